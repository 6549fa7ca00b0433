"""Why an answer was a hit or a miss, in words: what was read, what was looked at, what stood in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .status import shown
from .wording import one_line, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.words import Binding, Candidate, Decision, Reading, Revision

_SOURCES = {
    "text": "why.from_text",
    "variable": "why.from_variable",
    "implied": "why.implied",
    "given": "why.given",
}


def why(
    question: str, decision: Decision, *, number: int = 1, compiled: Revision | None = None, error: str = ""
) -> str:
    """The explanation of one decision.

    Parameters
    ----------
    number : its place among the last decisions, 1 is the latest; the number `%seglam reject` takes.
    compiled : the revision that was compiled because of this miss.
    error : code of the error the question ended with.

    >>> from seglam_magics.words import Decision
    >>> print(why("how many?", Decision(False, reason="nothing stored speaks of 'many'")))
    “how many?” → miss: nothing stored speaks of 'many'
      nothing is stored that could answer it
    """
    failed = [say("why.failed", error=error)] if error else []
    return "\n".join([*_lines(question, decision, number, compiled), *failed])


def reading(text: Reading) -> str:
    """What was read of a question: its tokens and what they refer to.

    >>> from seglam_magics.words import Reading, Token
    >>> print(reading(Reading("how many", (Token("how", "word", 0, 3), Token("many", "word", 4, 8)))))
      words: how · many
      references: none
    """
    words = " · ".join(token.text for token in text.tokens)
    references = " · ".join(f"{r.text} = {r.variable}" + (f".{r.column}" if r.column else "") for r in text.references)
    return "\n".join(
        [
            say("why.words", words=one_line(words, 400)),
            say("why.references", references=one_line(references, 400) or say("why.no_references")),
        ]
    )


def _lines(question: str, decision: Decision, number: int, compiled: Revision | None) -> Iterator[str]:
    asked = say("why.asked", question=one_line(question, 200))
    if decision.hit:
        yield say("why.hit", asked=asked, tier=say(f"tier.{decision.tier or 'exact'}"))
        yield from evidence(decision)
    else:
        reason = one_line(decision.reason, 200) or say("why.anew")
        yield say("why.miss", asked=asked, reason=reason)
    yield from looked_at(decision, compiled)
    revision = decision.revision or compiled
    if revision is not None:
        yield say("why.retire", label=revision.label)
    if decision.hit:
        yield say("why.refuse", number=number)


def evidence(decision: Decision) -> Iterator[str]:
    """What a hit rests on: the wording that fitted and what its slots were read from."""
    if decision.template:
        yield say("why.wording", template=one_line(decision.template, 200))
    if decision.bindings:
        yield say("why.read", slots=" · ".join(map(_slot, decision.bindings.values())))


def _slot(binding: Binding) -> str:
    key = _SOURCES.get(binding.source, "why.from_text")
    return say(key, slot=binding.slot, value=shown(binding.value, binding), shown=one_line(binding.shown))


def looked_at(decision: Decision, compiled: Revision | None = None) -> Iterator[str]:
    """The procedures that were looked at, numbered, with what blocked each."""
    rows = list(_rows(decision, compiled))
    if not rows:
        yield "  " + say("why.first")
    width = max((len(name) for name, _ in rows), default=0)
    for index, (name, note) in enumerate(rows, 1):
        yield f"  {index}. {name:<{width}}  {note}".rstrip()


def _rows(decision: Decision, compiled: Revision | None) -> Iterator[tuple[str, str]]:
    used = decision.revision
    candidates = [c for c in decision.candidates if used is None or c.proc_id != used.proc_id]
    if used is not None and decision.hit:
        yield used.label, say("why.used")
    for candidate in candidates:
        yield candidate.revision, _note(candidate, {r.proc_id for r, _ in decision.rivals})
    if compiled is not None and not decision.hit:
        yield compiled.label, say("why.compiled")


def _note(candidate: Candidate, rivals: set[str]) -> str:
    if candidate.proc_id in rivals and not candidate.blocked:
        return say("why.rival")
    return one_line(candidate.blocked, 120)
