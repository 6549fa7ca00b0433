"""Which stored procedure answers a question: by its cell, the same text or a wording; else a miss with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..errors import SeglamError, closest
from ..question import View
from ..question.language import lexicon
from ..words import Binding, Decision, Event, Reading, Revision, Tier
from .fitting import Block, Fit, Fits, by_question, by_wording
from .index import Index, Wording
from .memory import CAPACITY, Memory, Remembered, key_of
from .shelf import Shelf, spelled

MOST_CANDIDATES = 5
MOST_RIVALS = 8


def _always(_revision: Revision, _bindings: Mapping[str, Binding]) -> str:
    """Nothing stands in the way."""
    return ""


class Library:
    """The index of all revisions, fed by events only.

    Parameters
    ----------
    capacity : how many questions are remembered; a forgotten one is matched by its wording again.

    Examples
    --------
    >>> from seglam_magics.question import read
    >>> from seglam_magics.words import Parameter, Template
    >>> library = Library()
    >>> k = Parameter("k", "int", example=3)
    >>> wording = Template("the {k} largest values")
    >>> library.put(Revision("largest", 1, "ab" * 32, "", parameters=(k,), templates=(wording,)))
    >>> decision = library.decide(read("The five largest values?", {}))
    >>> decision.hit, decision.tier, decision.bindings["k"].value
    (True, 'template', 5)
    >>> library.decide(read("the 5 smallest values", {})).reason
    "blocked by 'smallest' (nearest: largest@1)"
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._shelf = Shelf()
        self._index = Index()
        self._memory = Memory(capacity)
        self._questions: dict[str, set[str]] = defaultdict(set)
        self._generation = 0

    # ---------------------------------------------------------------- what is stored

    def apply(self, event: Event) -> None:
        """Take in one event of the log; kinds that say nothing about procedures are passed over."""
        name = self._shelf.apply(event)
        if event.kind in ("hit", "miss", "run", "failed"):
            return
        self._refresh(name)

    def put(self, revision: Revision) -> None:
        """Take in a revision that is in no log."""
        self._shelf.put(revision)
        self._refresh(revision.name)

    def get(self, label: str) -> Revision | None:
        """The revision `name` (its newest), `name@N`, or whose proc_id begins so (eight characters at least)."""
        return self._shelf.get(label)

    def head(self, name: str) -> Revision | None:
        """The newest revision of `name`."""
        return self._shelf.head(name)

    def versions(self, name: str) -> tuple[Revision, ...]:
        """All revisions of `name`, oldest first."""
        return self._shelf.versions(name)

    def names(self) -> tuple[str, ...]:
        """All names, retired ones too, in alphabetical order."""
        return self._shelf.names()

    def retired(self, name: str) -> bool:
        """Whether `name` is taken out of matching."""
        return self._shelf.retired(name)

    def pinned(self, name: str) -> int | None:
        """The number that answers for `name` in place of the newest."""
        return self._shelf.pinned(name)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Labels of stored revisions that this version of seglam cannot read."""
        return tuple(self._shelf.unreadable)

    def _refresh(self, name: str) -> None:
        before = self._index.shape(name)
        active = self._shelf.active(name)
        if before is not None:
            self._questions[spelled(before.revision.question)].discard(name)
        if active is not None and active.question:
            self._questions[spelled(active.question)].add(name)
        self._index.put(name, active)
        self._generation += 1

    # ---------------------------------------------------------------- deciding

    def decide(
        self, reading: Reading, *, cell: str | None = None, forced: str | None = None, fits: Fits = _always
    ) -> Decision:
        """Hit or miss.

        Parameters
        ----------
        cell : id of the cell that asks, for its inline cache.
        forced : only this procedure may answer, `name` or `name@N`.
        fits : why a revision cannot answer with these bindings, "" where it can; the guards of the caller.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN for a forced procedure that does not exist.
        """
        guarded = self._guarded(reading, fits)
        if forced is not None:
            return self._forced(reading, forced, guarded)
        known = self._memory.recall(key_of(reading), cell)
        if known is not None and self._still_answers(known[1], reading, guarded):
            tier, entry = known
            return (
                entry.decisions[tier] if entry.generation == self._generation else self._again(entry, reading, guarded)
            )
        return self._search(reading, guarded)

    def remember(self, reading: Reading, cell: str | None, decision: Decision) -> None:
        """Keep a hit that was served, for the same question and for its cell."""
        if decision.hit and decision.revision is not None and decision.tier != "forced":
            self._memory.remember(reading, cell, decision, self._generation)

    def _guarded(self, reading: Reading, fits: Fits) -> Fits:
        def reason(revision: Revision, bindings: Mapping[str, Binding]) -> str:
            if self._shelf.rejected(reading.text, revision.proc_id):
                return "it was rejected for this question"
            return fits(revision, bindings)

        return reason

    def _still_answers(self, entry: Remembered, reading: Reading, fits: Fits) -> bool:
        decision = entry.decisions["exact"]
        revision = decision.revision
        if revision is None or not entry.same_inputs(reading):
            return False
        shape = self._index.shape(revision.name)
        return (
            shape is not None and shape.revision.proc_id == revision.proc_id and not fits(revision, decision.bindings)
        )

    def _again(self, entry: Remembered, reading: Reading, fits: Fits) -> Decision:
        """What was remembered, with the rivals that have been published since."""
        decision = entry.decisions["exact"]
        revision = decision.revision
        assert revision is not None
        fresh, _ = self._all_fits(reading, fits)
        mine = Fit(revision, decision.bindings, decision.template)
        return self._decided([mine, *(f for f in fresh if f.key != mine.key)], [], "exact")

    def _search(self, reading: Reading, fits: Fits) -> Decision:
        found, blocks = self._all_fits(reading, fits)
        if found:
            return self._decided(
                found, blocks, "exact" if found[0].template == found[0].revision.question else "template"
            )
        return self._missed(reading, blocks, fits)

    def _all_fits(self, reading: Reading, fits: Fits) -> tuple[list[Fit], list[Block]]:
        view = View(reading)
        found, blocks = by_wording(self._index.candidates(view.words), view, fits)
        for name in sorted(self._questions.get(reading.text, ())):
            shape = self._index.shape(name)
            if shape is not None and all(f.revision is not shape.revision for f in found):
                asked = by_question(shape.revision, reading, fits)
                if isinstance(asked, Fit):
                    found.append(asked)
                else:
                    blocks.append(asked)
        return found, blocks

    def _decided(self, found: Sequence[Fit], blocks: Sequence[Block], tier: Tier) -> Decision:
        first, others = found[0], found[1:]
        if len(others) > MOST_RIVALS:
            labels = ", ".join(f.revision.label for f in found[:3])
            return self._miss(f"{len(found)} procedures fit: {labels} …", [_blocked(f, "one of many") for f in found])
        candidates = [_blocked(f, "").candidate for f in found] + [b.candidate for b in blocks]
        return Decision(
            hit=True,
            tier=tier,
            revision=first.revision,
            bindings=first.bindings,
            template=first.template,
            candidates=tuple(candidates[:MOST_CANDIDATES]),
            rivals=tuple((f.revision, f.bindings) for f in others),
        )

    # ---------------------------------------------------------------- one procedure only

    def _forced(self, reading: Reading, label: str, fits: Fits) -> Decision:
        revision = self._shelf.active(label) or self._shelf.get(label)
        if revision is None:
            near = closest(label.partition("@")[0], self.names())
            advice = f"did you mean {near}?" if near else "%seglam ls lists them"
            raise SeglamError("E-PROCEDURE-UNKNOWN", name=label, advice=advice)
        if self.retired(revision.name):
            return Decision(hit=False, reason=f"{revision.name} is retired")
        alone = Index()
        alone.put(revision.name, revision)
        view = View(reading)
        found, blocks = by_wording(alone.wordings(), view, fits)
        if not found and spelled(revision.question) == reading.text:
            asked = by_question(revision, reading, fits)
            found = [asked] if isinstance(asked, Fit) else found
        if found:
            return self._decided(found, blocks, "forced")
        return self._miss(blocks[0].reason if blocks else f"{revision.label} has no usable wording", blocks)

    # ---------------------------------------------------------------- misses

    def _missed(self, reading: Reading, blocks: list[Block], fits: Fits) -> Decision:
        if not len(self._index):
            return Decision(hit=False, reason="nothing is stored yet")
        view = View(reading)
        near: list[Wording] = self._index.nearest(view.words, MOST_CANDIDATES)
        _, further = by_wording(near, view, fits)
        ranked = sorted([*blocks, *further], key=lambda b: -b.rank)
        if ranked:
            nearest = ranked[0]
            return self._miss(f"{nearest.reason} (nearest: {nearest.revision.label})", ranked)
        return Decision(hit=False, reason=self._unheard_of(view))

    def _miss(self, reason: str, blocks: Sequence[Block]) -> Decision:
        best: dict[str, Block] = {}
        for block in blocks:
            best.setdefault(block.revision.proc_id, block)
        candidates = tuple(b.candidate for b in list(best.values())[:MOST_CANDIDATES])
        return Decision(hit=False, reason=reason, candidates=candidates)

    def _unheard_of(self, view: View) -> str:
        stop = lexicon().words["stop"]
        for token, key in zip(view.tokens, view.keys, strict=True):
            if token.kind == "word" and key not in stop and not self._index.knows(key):
                return f"no stored wording speaks of {token.text!r}"
        return "no stored wording is like it"


def _blocked(fit: Fit, reason: str) -> Block:
    return Block(fit.revision, fit.template, reason)
