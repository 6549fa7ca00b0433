"""Reading the line of a `%%reason` magic: options first, the question after them, in any language and with any quotes.

A question is prose, so it is never split the way a shell would; only the options in front of it are taken off.
"""

from __future__ import annotations

import itertools
import keyword
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from seglam_magics.errors import SeglamError, closest
from seglam_magics.words import Mode, Options, Reuse

from .arguments import option_actions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection

_WORD = re.compile(r"""\s*("[^"]*"|'[^']*'|\S+)""")
_OPTION = re.compile(r"--?[A-Za-z]|--(?:\s|$)")
_QUOTES = ('"""', "'''", '"', "'")
_HELP = "%%reason? lists the options with examples"
_TAKEN = frozenset({"In", "Out", "_", "__", "___", "exit", "quit", "get_ipython"})


@dataclass(frozen=True, slots=True)
class Request:
    """A `%%reason` cell as it was read.

    Attributes
    ----------
    output : name to bind the plain value to.
    dry : show what would be sent, send nothing.
    silent : the question ended with `;`, so the value is not shown.
    quiet : the status line is not shown.
    """

    question: str
    options: Options
    output: str | None = None
    only: tuple[str, ...] | None = None
    background: bool = False
    dry: bool = False
    silent: bool = False
    quiet: bool = False


def read_request(
    line: str, body: str, parser: argparse.ArgumentParser, *, reuse: str, mode: str, modes: Collection[str] = ()
) -> Request:
    """What a cell asks for.

    Parameters
    ----------
    line : the rest of the magic's own line.
    body : the lines below it; "" for a line magic.
    reuse, mode : hold where the cell does not say.
    modes : those there are; any may be named where it is empty.

    Raises
    ------
    SeglamError : E-USAGE for an option that does not exist or has an unusable value, with the closest one.
    """
    words, rest = split_options(line, parser, greedy=bool(body.strip()))
    given = _parsed(parser, words)
    question, silent = read_question(rest, body)
    return Request(
        question,
        Options(
            procedure=given.procedure,
            model=given.model,
            reuse=_reuse(given.reuse or reuse),
            mode=_mode(given.mode, modes) or mode,
            seconds=_limit("--time", given.time),
            tokens=_limit("--tokens", given.tokens),
            usd=_limit("--usd", given.usd, zero=True),
            tag=given.tag,
            ask=not given.no_ask and not given.background,
        ),
        output=_output_name(given.output),
        only=_names(given.use),
        background=given.background,
        dry=given.dry_run,
        silent=silent,
        quiet=given.quiet,
    )


def read_question(rest: str, body: str) -> tuple[str, bool]:
    """The question and whether a `;` at its end asks for silence.

    >>> read_question('"how many rows has df?"', "")
    ('how many rows has df?', False)
    >>> read_question("", "how many rows has `df`?;")
    ('how many rows has `df`?', True)
    """
    text = "\n".join(part for part in (rest.strip(), body.strip()) if part)
    silent = text.endswith(";")
    text = text.rstrip("; \t\n") if silent else text
    return (text if body.strip() else _unquoted(text)), silent


def split_options(line: str, parser: argparse.ArgumentParser, *, greedy: bool) -> tuple[list[str], str]:
    """The options in front of a line, as words for `parser`, and the text behind them exactly as it was typed.

    Parameters
    ----------
    greedy : an option that takes several words takes all up to the next option; else one (`-u df,prices`), because the
        question follows on the same line.
    """
    words: list[str] = []
    rest = line.strip()
    while _OPTION.match(rest):
        word, rest = _first(rest)
        if word == "--":
            return words, rest
        name, equals, value = word.partition("=")
        action = _action(parser, name)
        values, rest = ([value], rest) if equals else _values(action, rest, greedy=greedy)
        words += [name, *values]
    _refuse_late_options(rest, parser)
    return words, rest


def _first(text: str) -> tuple[str, str]:
    found = _WORD.match(text)
    return (found[1], text[found.end() :].lstrip()) if found else ("", "")


def _values(action: argparse.Action, rest: str, *, greedy: bool) -> tuple[list[str], str]:
    if action.nargs == 0:
        return [], rest
    values: list[str] = []
    while rest and not _OPTION.match(rest):
        word, rest = _first(rest)
        values.append(word.strip("\"'"))
        if not (greedy and action.nargs == "+"):
            break
    return values, rest


def _action(parser: argparse.ArgumentParser, name: str) -> argparse.Action:
    known = _actions(parser)
    if name not in known:
        near = closest(name, known)
        raise _usage(f"no option {name}" + (f", did you mean {near}?" if near else ""))
    return known[name]


def _actions(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return dict(option_actions(parser))


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> Any:
    for name, value in itertools.pairwise(words):
        choices = _actions(parser)[name].choices if name in _actions(parser) else None
        if choices and value not in choices:
            near = closest(value, choices)
            raise _usage(f"{name} cannot be {value!r}" + (f", did you mean {near}?" if near else ""), choices)
    try:
        return parser.parse_args(words)
    except UsageError as error:
        raise _usage(str(error).removeprefix("argument ")) from None


def _refuse_late_options(rest: str, parser: argparse.ArgumentParser) -> None:
    late = next((word for word in rest.split() if word in _actions(parser)), None)
    if late is not None:
        raise _usage(f"{late} comes behind the question; options come first, or -- ends them")


def _usage(problem: str, choices: Any = None) -> SeglamError:
    advice = "one of: " + ", ".join(map(str, choices)) if choices else _HELP
    return SeglamError("E-USAGE", problem=problem, advice=advice)


def _output_name(name: str | None) -> str | None:
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise _usage(f"-o takes the name of a variable, {name!r} cannot be one")
    if name in _TAKEN:
        raise _usage(f"-o cannot bind {name!r}, which belongs to IPython")
    return name


def _names(given: list[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    return tuple(name.strip("`") for word in given for name in word.split(",") if name)


def _limit(option: str, value: Any, *, zero: bool = False) -> Any:
    if value is not None and (not math.isfinite(value) or value < 0 or (value == 0 and not zero)):
        raise _usage(f"{option} takes a number above 0, not {value}")
    return value


def _reuse(value: Any) -> Reuse:
    return value  # type: ignore[no-any-return]


def _mode(value: str | None, modes: Collection[str]) -> Mode:
    if value is not None and modes and value not in modes:
        near = closest(value, modes)
        raise _usage(f"--mode cannot be {value!r}" + (f", did you mean {near}?" if near else ""), modes)
    return value or ""


def _unquoted(text: str) -> str:
    for quote in _QUOTES:
        inner = text[len(quote) : -len(quote)]
        if len(text) >= 2 * len(quote) and text.startswith(quote) and text.endswith(quote) and quote not in inner:
            return inner
    return text
