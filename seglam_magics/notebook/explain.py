"""Why an answer was a hit or a miss, in words: what was read, what was looked at, what stood in the way."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from .status import shown
from .wording import one_line, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.words import Binding, Candidate, Decision, Reading, Reference, Revision

_SOURCES = {
    "text": "why.from_text",
    "variable": "why.from_variable",
    "implied": "why.implied",
    "given": "why.given",
    "injected": "why.injected",
}


def why(
    question: str,
    decision: Decision,
    *,
    number: int = 1,
    compiled: Revision | None = None,
    error: str = "",
    proof: str = "",
) -> str:
    """The explanation of one decision.

    Parameters
    ----------
    number : its place among the last decisions, 1 is the latest; the number `%seglam reject` takes.
    compiled : the revision that was compiled because of this miss.
    error : code of the error the question ended with.
    proof : what is known of how often such hits are wrong, see `proven`.

    >>> from seglam_magics.words import Decision
    >>> print(why("how many?", Decision(False, reason="nothing stored speaks of 'many'")))
    “how many?” → miss: nothing stored speaks of 'many'
      nothing is stored that could answer it
    """
    failed = [say("why.failed", error=error)] if error else []
    return "\n".join([*_lines(question, decision, number, compiled, proof), *failed])


def described(text: Reading) -> list[tuple[str, str, str]]:
    """What was read of a question: its words in order, what they are, and what they mean.

    >>> from seglam_magics.words import Reading, Reference, Token
    >>> tokens = (Token("sum", "word", 0, 3), Token("of", "word", 4, 6), Token("`xs`", "quoted", 7, 11))
    >>> described(Reading("sum of `xs`", tokens, (Reference("`xs`", "xs", None, 7, 11),)))
    [('sum of', 'words', ''), ('`xs`', 'variable', 'xs')]
    """
    places = [(r.start, r.end, r.text, *_referred(r)) for r in text.references]
    taken = [range(start, end) for start, end, *_ in places]
    rest = [t for t in text.tokens if not any(t.start in span for span in taken)]
    for kind, tokens in groupby(rest, key=lambda t: (t.kind, sum(span.stop <= t.start for span in taken))):
        run = list(tokens)
        start, end = run[0].start, run[-1].end
        what = say(f"reading.{'words' if kind[0] == 'word' else kind[0]}")
        places.append((start, end, text.text[start:end], what, ""))
    return [(one_line(words, 60), what, one_line(meaning, 60)) for _, _, words, what, meaning in sorted(places)]


def _referred(reference: Reference) -> tuple[str, str]:
    if reference.column is None:
        return say("reading.variable"), reference.variable
    return say("reading.column"), f"{reference.variable}.{reference.column}"


def proven(hits: int, right: int, wrong: int) -> str:
    """Hits of a tier, how many of them were checked, and at most which share of them is wrong.

    >>> proven(41, 12, 0)
    '41 hits, right 12 of 12 checked; at most 22 % wrong (95 %)'
    """
    from seglam_magics.cache.labels import bound

    count = say("labels.hit" if hits == 1 else "labels.hits", hits=f"{hits:,}")
    checked = right + wrong
    if not checked:
        return f"{count}, {say('labels.unchecked')}"
    return f"{count}, {say('labels.checked', right=right, checked=checked, bound=_percent(bound(wrong, checked)))}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.2g}"  # noqa: PLR2004 - two digits are enough


def _lines(question: str, decision: Decision, number: int, compiled: Revision | None, proof: str) -> Iterator[str]:
    asked = say("why.asked", question=one_line(question, 200))
    if decision.hit:
        yield say("why.hit", asked=asked, tier=say(f"tier.{decision.tier or 'exact'}"))
        yield from evidence(decision)
        if proof:
            yield say("why.proof", proof=proof)
    else:
        reason = one_line(decision.reason, 200) or say("why.anew")
        yield say("why.miss", asked=asked, reason=reason)
        filled = [b for b in decision.bindings.values() if b.source == "injected"]
        if filled:
            yield say("why.read", slots=" · ".join(map(_slot, filled)))
    yield from looked_at(decision, compiled)
    revision = decision.revision or compiled
    if revision is not None:
        yield say("why.retire", label=revision.label)
    if decision.hit:
        yield say("why.refuse", number=number)
    elif decision.candidates and number == 1:
        yield say("why.alias")


def evidence(decision: Decision) -> Iterator[str]:
    """What a hit rests on: the wording that fitted and what its slots were read from."""
    if decision.template:
        yield say("why.wording", template=one_line(decision.template, 200))
    if decision.bindings:
        yield say("why.read", slots=" · ".join(map(_slot, decision.bindings.values())))


def _slot(binding: Binding) -> str:
    key = _SOURCES.get(binding.source, "why.from_text")
    value = str(binding.value) if binding.source == "injected" else shown(binding.value, binding)
    return say(key, slot=binding.slot, value=value, shown=one_line(binding.shown))


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
    # those of a miss keep their numbers, which alias takes
    served = used.proc_id if used is not None and decision.hit else None
    candidates = [c for c in decision.candidates if c.proc_id != served]
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
