"""Completion in `%%reason`, `%seglam` and `%%procedure`: options, verbs, procedures, variables, columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, context_matcher

from .arguments import option_actions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping

    from IPython.core.completer import CompletionContext, SimpleMatcherResult

    from seglam_magics.cli.completing import Continuation
    from seglam_magics.words import Variable

IDENTIFIER = "seglam"
_REASON = re.compile(r"(?:%%reason|(?:^|.*\n)[^\n%]*%reason)\b(?P<rest>.*)\Z", re.DOTALL)
_SEGLAM = re.compile(r"(?:^|.*\n)[^\n%]*%seglam\s+(?P<rest>[^\n]*)\Z", re.DOTALL)
_PROCEDURE = re.compile(r"%%(?:procedure|property)\s+(?P<name>[^\s]*)\Z")
_WORD = re.compile(r"\w*\Z")
_NAME_OPTIONS = frozenset({"-u", "--use", "-o", "--output"})
_PROCEDURE_OPTIONS = frozenset({"-p", "--procedure"})


@dataclass(frozen=True, slots=True)
class Known:
    """What may be completed; what is costly is asked for when it is needed."""

    parser: argparse.ArgumentParser
    variables: Callable[[], Mapping[str, Variable]] = dict
    procedures: Callable[[], Iterable[str]] = list
    continued: Callable[[str], Continuation] | None = None
    modes: Callable[[], Iterable[str]] = list


def complete(before: str, known: Known) -> tuple[str, list[str]]:
    """The fragment before the cursor and what it may become.

    Parameters
    ----------
    before : the cell's text up to the cursor.
    """
    if found := _PROCEDURE.match(before):
        return _fitting(found["name"], known.procedures())
    if found := _SEGLAM.match(before):
        return _verb(found["rest"], known)
    if found := _REASON.match(before):
        return _question(found["rest"], known)
    return "", []


def matcher(known: Known) -> Any:
    """`complete` as a matcher of IPython; what it finds, nobody else adds to."""

    @context_matcher(identifier=IDENTIFIER)  # type: ignore[untyped-decorator]
    def seglam(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        before = "\n".join([*lines[:-1], lines[-1][: context.cursor_position]])
        try:
            fragment, found = complete(before, known)
        except Exception:  # noqa: BLE001 - a store or frame that cannot be read must not print into the cell being typed
            fragment, found = "", []
        completions = [SimpleCompletion(text=text, type="seglam") for text in found]
        return {"completions": completions, "matched_fragment": fragment, "suppress": bool(found)}

    return seglam


def _fitting(fragment: str, words: Iterable[str]) -> tuple[str, list[str]]:
    folded = fragment.casefold()
    return fragment, sorted(word for word in words if word.casefold().startswith(folded))


def _verb(rest: str, known: Known) -> tuple[str, list[str]]:
    if known.continued is None:
        return "", []
    found = known.continued(rest)
    return _fitting(found.fragment, known.procedures() if found.procedure else found.words)


def _question(rest: str, known: Known) -> tuple[str, list[str]]:
    line, newline, _ = rest.partition("\n")
    if rest.count("`") % 2:
        return _fitting(rest.rpartition("`")[2], _back_ticked(rest, known.variables()))
    if not newline and (found := _option(line, known)) is not None:
        return found
    fragment = _WORD.search(rest)
    return _fitting(fragment[0] if fragment else "", known.variables())


def _option(line: str, known: Known) -> tuple[str, list[str]] | None:
    *earlier, fragment = line.split(" ")
    last = earlier[-1] if earlier else ""
    actions = dict(option_actions(known.parser))
    if fragment.startswith("-"):
        return _fitting(fragment, actions)
    if last in _PROCEDURE_OPTIONS:
        return _fitting(fragment, known.procedures())
    if last in _NAME_OPTIONS:
        return _fitting(fragment, known.variables())
    if last == "--mode":
        return _fitting(fragment, known.modes())
    if last in actions and actions[last].choices:
        return _fitting(fragment, map(str, actions[last].choices or ()))
    return None


def _back_ticked(text: str, variables: Mapping[str, Variable]) -> set[str]:
    """Columns of the frames the text names, of every frame where it names none, and all names."""
    words = set(re.findall(r"\w+", text))
    frames = [v for v in variables.values() if v.columns]
    named = [v for v in frames if v.name in words] or frames
    return {column.name for frame in named for column in frame.columns} | set(variables)
