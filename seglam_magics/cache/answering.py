"""Looking for what answers a question in the indexes: by its wording, by what it means, by what it says; and misses."""

from __future__ import annotations

from collections.abc import Sequence

from ..question import View, read
from ..question.language import lexicon
from ..question.openings import without_opening
from ..words import Decision, Reading, Tier, Values
from .filing import Filing
from .fitting import Block, Fit, Fits, by_question, by_wording
from .grounded import by_form
from .policy import Policy
from .textual import by_text

MOST_CANDIDATES = 5
MOST_RIVALS = 8


def all_fits(
    filing: Filing, policy: Policy, reading: Reading, fits: Fits, values: Values
) -> tuple[list[Fit], list[Block]]:
    """By the wording; where no wording fits, by what the question means."""
    found, blocks = _worded(filing, reading, fits) if policy.template else ([], [])
    if found:
        return found, blocks
    meant = [by_form(filing.grounds, reading, values, fits, policy)] if policy.grounded else []
    meant += [by_text(filing.texts, reading, fits, policy)] if policy.text else []
    for fitting, blocked in meant:
        found += fitting
        blocks += blocked
    return found, sorted(blocks, key=lambda b: -b.rank)


def _worded(filing: Filing, reading: Reading, fits: Fits) -> tuple[list[Fit], list[Block]]:
    view = View(reading)
    found, blocks = by_wording(filing.wordings.candidates(view.words), view, fits)
    for shape in filing.wordings.asked(reading.text):
        if shape.readable and all(f.revision is not shape.revision for f in found):
            asked = by_question(shape.revision, reading, fits)
            if isinstance(asked, Fit):
                found.append(asked)
            else:
                blocks.append(asked)
    return (found, blocks) if found else _without_opening(filing, reading, fits, blocks)


def _without_opening(
    filing: Filing, reading: Reading, fits: Fits, blocks: list[Block]
) -> tuple[list[Fit], list[Block]]:
    """The same for what is left of a question when "show me the" is taken off."""
    bare = without_opening(reading.text)
    if not bare:
        return [], blocks
    view = View(read(bare, reading.variables))
    found, further = by_wording(filing.wordings.candidates(view.words), view, fits)
    return found, [*blocks, *further]


def decided(found: Sequence[Fit], blocks: Sequence[Block], tier: Tier) -> Decision:
    """The hit of the first, with the others as its rivals; too many are a miss."""
    first, others = found[0], found[1:]
    if len(others) > MOST_RIVALS:
        labels = ", ".join(f.revision.label for f in found[:3])
        return missed(f"{len(found)} procedures fit: {labels} …", [blocked(f, "one of many") for f in found])
    candidates = [blocked(f, "").candidate for f in found] + [b.candidate for b in blocks]
    return Decision(
        hit=True,
        tier=tier,
        revision=first.revision,
        bindings=first.bindings,
        template=first.template,
        candidates=tuple(candidates[:MOST_CANDIDATES]),
        rivals=tuple((f.revision, f.bindings) for f in others),
    )


def not_found(filing: Filing, reading: Reading, blocks: list[Block], fits: Fits) -> Decision:
    """The miss, with what stood in the way of the nearest."""
    if not len(filing):
        return Decision(hit=False, reason="nothing is stored yet")
    view = View(reading)
    near = filing.wordings.nearest(view.words, MOST_CANDIDATES)
    _, further = by_wording(near, view, fits)
    ranked = sorted([*blocks, *further], key=lambda b: -b.rank)
    if ranked:
        nearest = ranked[0]
        return missed(f"{nearest.reason} (nearest: {nearest.revision.label})", ranked)
    return Decision(hit=False, reason=_unheard_of(filing, view))


def missed(reason: str, blocks: Sequence[Block]) -> Decision:
    """A miss; each procedure is among its candidates once."""
    best: dict[str, Block] = {}
    for block in blocks:
        best.setdefault(block.revision.proc_id, block)
    candidates = tuple(b.candidate for b in list(best.values())[:MOST_CANDIDATES])
    return Decision(hit=False, reason=reason, candidates=candidates)


def _unheard_of(filing: Filing, view: View) -> str:
    stop = lexicon().words["stop"]
    for token, key in zip(view.tokens, view.keys, strict=True):
        if token.kind == "word" and key not in stop and not filing.wordings.knows(key):
            return f"no stored wording speaks of {token.text!r}"
    return "no stored wording is like it"


def blocked(fit: Fit, reason: str) -> Block:
    """A fit that is not served."""
    return Block(fit.revision, fit.template, reason, 3.0)
