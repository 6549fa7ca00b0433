"""Which stored procedure answers a question: by its cell, the same text or a wording; else a miss with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..errors import SeglamError, closest
from ..procedure.stored import Stored
from ..question import View
from ..words import Binding, Decision, Event, Reading, Revision, Values
from .answering import all_fits, blocked, decided, missed, not_found
from .counter import reads_alike
from .filing import Filing
from .fitting import Block, Fit, Fits, by_question, by_wording
from .index import Shape, wordings_of
from .kept import Lines
from .loading import loaded
from .memory import CAPACITY, Memory, Remembered, key_of
from .policy import ALL, Policy
from .shelf import Shelf, spelled
from .supplied import Supply, supplied, taught
from .twin_index import TwinIndex


class NoValues:
    """Columns nobody may look into."""

    def find(self, _variable: str, _phrases: Sequence[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Nothing."""
        return {}

    def ranges(self, _variable: str) -> Mapping[str, tuple[float, float]]:
        """Nothing."""
        return {}


NO_VALUES: Values = NoValues()


def _always(_revision: Revision, _bindings: Mapping[str, Binding]) -> str:
    """Nothing stands in the way."""
    return ""


class Library:
    """The index of all revisions, fed by events only.

    Parameters
    ----------
    capacity : how many questions are remembered; a forgotten one is matched by its wording again.
    policy : the tiers and guards in use; all of them by default.

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

    def __init__(self, capacity: int = CAPACITY, policy: Policy = ALL) -> None:
        self.policy = policy
        self.shelf = Shelf()
        self._filing = Filing()
        self._memory = Memory(capacity if policy.memory else 0)
        self._generation = 0
        self._supply: Supply | None = None

    # ---------------------------------------------------------------- what is stored

    def apply(self, event: Event) -> None:
        """Take in one event of the log; kinds that say nothing about procedures are passed over."""
        taught(self._supply, self.shelf, event)
        name = self.shelf.apply(event)
        if event.kind in ("hit", "miss", "run", "failed"):
            return
        if event.kind == "label" and event.data.get("right"):
            return  # what was right changes nothing
        for touched in self.shelf.touched(name) | {name}:
            self._refresh(touched)

    def load(self, events: Iterable[Event], lines: Lines | None = None) -> None:
        """Take in all events of a store, before any other; `lines` are its indexes as an earlier kernel kept them."""
        self._filing = loaded(self.shelf, events, lines)
        self._generation += 1

    def put(self, revision: Revision) -> None:
        """Take in a revision that is in no log."""
        self.shelf.put(revision)
        self._refresh(revision.name)

    def supply(self, supply: Supply) -> None:
        """Let procedures that are in no log answer where nothing stored does."""
        self._supply = supply
        for name in supply.names():
            revision = supply.get(name) if self.shelf.corrections.aliases(name) else None
            if revision is not None and self.shelf.head(name) is None:  # the user has added a wording to it
                self.put(revision)

    def get(self, label: str) -> Revision | None:
        """The revision `name` (its newest), `name@N`, or whose proc_id begins so (eight characters at least)."""
        found = self.shelf.get(label)
        return self._supply.get(label) if found is None and self._supply is not None else found

    def head(self, name: str) -> Revision | None:
        """The newest revision of `name`."""
        return self.shelf.head(name)

    def versions(self, name: str) -> tuple[Revision, ...]:
        """All revisions of `name`, oldest first."""
        return self.shelf.versions(name)

    def names(self) -> tuple[str, ...]:
        """All names, retired ones too, in alphabetical order."""
        return self.shelf.names()

    @property
    def filing(self) -> Filing:
        """The revisions that answer in their indexes, all of them filed."""
        self._settled()
        return self._filing

    @property
    def twins(self) -> TwinIndex:
        """The revisions that answer, by the forms of their sources."""
        self._settled()
        return self._filing.twins

    def retired(self, name: str) -> bool:
        """Whether `name` is taken out of matching."""
        return self.shelf.retired(name)

    def pinned(self, name: str) -> int | None:
        """The number that answers for `name` in place of the newest."""
        return self.shelf.pinned(name)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Labels of stored revisions that this version of seglam cannot read, as far as it tried."""
        self._settled()
        return self.shelf.unreadable

    def settle(self, most: int | None = None) -> bool:
        """File revisions that were taken in and not yet filed, at most so many; whether more wait.

        Every decision settles all before it. To do it earlier in small parts spares the first question the wait.
        """
        for stored in self._filing.settle(most):
            self.shelf.forget(stored)
            self._refresh(stored.name)
        return self._filing.waits

    def _settled(self) -> None:
        while self._filing.waits:
            self.settle()

    def _sound(self) -> bool:
        """Whether the kept indexes are; where they are not, all is filed anew."""
        if self._filing.unfit:
            before, self._filing = self._filing, Filing()
            for name in before.shapes():
                self._refresh(name)
            return False
        return True

    def _refresh(self, name: str) -> None:
        active = self.shelf.answering(name)
        aliases = self.shelf.aliases(active.proc_id) if active is not None else ()
        self._filing.put(name, active, aliases, self.shelf.corrections.learned(name))
        self._generation += 1

    @property
    def generation(self) -> int:
        """A number that changes whenever what answers does."""
        return self._generation

    def alone(self, revision: Revision) -> Library:
        """A library in which nothing but `revision` answers, with what its name was taught."""
        other = Library(policy=self.policy)
        aliases, learned = self.shelf.aliases(revision.proc_id), self.shelf.corrections.learned(revision.name)
        other.shelf.put(revision)
        other._filing.put(revision.name, Stored(revision), aliases, learned)
        return other

    # ---------------------------------------------------------------- deciding

    def decide(
        self,
        reading: Reading,
        *,
        cell: str | None = None,
        forced: str | None = None,
        fits: Fits = _always,
        values: Values = NO_VALUES,
    ) -> Decision:
        """Hit or miss.

        Parameters
        ----------
        cell : id of the cell that asks, for its inline cache.
        forced : only this procedure may answer, `name` or `name@N`.
        fits : why a revision cannot answer with these bindings, "" where it can; the guards of the caller.
        values : looks words up in the columns of the variables; nothing is found by default.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN for a forced procedure that does not exist.
        """
        guarded = self._guarded(reading, fits)
        if forced is not None:
            return self._forced(reading, forced, guarded)
        try:
            decision = self._decided(reading, cell, guarded, values)
        except (AttributeError, LookupError, StopIteration, TypeError, ValueError):
            if not self._filing.doubt():
                raise
        return decision if self._sound() else self._decided(reading, cell, guarded, values)

    def _decided(self, reading: Reading, cell: str | None, guarded: Fits, values: Values) -> Decision:
        known = self._memory.recall(key_of(reading), cell)
        if known is not None and self._still_answers(known[1], reading, guarded):
            tier, entry = known
            return (
                entry.decisions[tier]
                if entry.generation == self._generation
                else self._again(entry, reading, guarded, values)
            )
        return self._search(reading, guarded, values)

    def remember(self, reading: Reading, cell: str | None, decision: Decision) -> None:
        """Keep a hit that was served, for the same question and for its cell."""
        if decision.hit and decision.revision is not None and decision.tier != "forced":
            self._memory.remember(reading, cell, decision, self._generation)

    def _guarded(self, reading: Reading, fits: Fits) -> Fits:
        def reason(revision: Revision, bindings: Mapping[str, Binding]) -> str:
            if self.shelf.rejected(reading.text, revision.proc_id):
                return "it was rejected for this question"
            return fits(revision, bindings) if self.policy.slots else ""

        return reason

    def _still_answers(self, entry: Remembered, reading: Reading, fits: Fits) -> bool:
        decision = entry.decisions["exact"]
        revision = decision.revision
        if revision is None or not entry.same_inputs(reading):
            return False
        shape = self._filing.shape(revision.name)
        return shape is not None and shape.stored.proc_id == revision.proc_id and not fits(revision, decision.bindings)

    def _again(self, entry: Remembered, reading: Reading, fits: Fits, values: Values) -> Decision:
        """What was remembered, with the rivals that have been published since."""
        decision = entry.decisions["exact"]
        revision = decision.revision
        assert revision is not None
        fresh, _ = self._fits(reading, fits, values)
        mine = Fit(revision, decision.bindings, decision.template)
        return decided([mine, *(f for f in fresh if f.key != mine.key)], [], "exact")

    def _search(self, reading: Reading, fits: Fits, values: Values) -> Decision:
        found, blocks = self._fits(reading, fits, values)
        reasons = [self._withheld(fit, reading, values) for fit in found]
        served = [fit for fit, reason in zip(found, reasons, strict=True) if not reason]
        withheld = [blocked(fit, reason) for fit, reason in zip(found, reasons, strict=True) if reason]
        if served:
            return decided(served, [*withheld, *blocks], served[0].tier)
        missed = not_found(self._filing, reading, [*withheld, *blocks], fits)
        if self._supply is None:
            return missed
        other = supplied(self._supply, self.shelf, reading, values, fits)
        if isinstance(other, Fit):
            return decided([other], [], other.tier)
        return missed if missed.candidates else other

    def _withheld(self, fit: Fit, reading: Reading, values: Values) -> str:
        """Why a fit is not served: its tier was wrong for the procedure, or one that reads the same was rejected."""
        proc_id = fit.revision.proc_id
        if fit.tier in self.shelf.suspended(proc_id):
            name = fit.revision.name
            return f"{name} was wrong by {fit.tier} and is suspended there until %seglam clear {name}"
        examples = self.shelf.counter_examples(proc_id)
        if fit.tier in ("grounded", "text") and any(reads_alike(e, reading, fit, values) for e in examples):
            return "a question that reads the same was rejected"
        return ""

    def _fits(self, reading: Reading, fits: Fits, values: Values) -> tuple[list[Fit], list[Block]]:
        self._settled()
        found, blocks = all_fits(self._filing, self.policy, reading, fits, values)
        own = [fit for fit in found if self._own(fit)]
        if found and not own:  # what came in a pack has the wording; what was made here may still mean the question
            meant, _ = all_fits(self._filing, replace(self.policy, template=False), reading, fits, values)
            own = [fit for fit in meant if self._own(fit)]
        return own or found, blocks

    def _own(self, fit: Fit) -> bool:
        """Whether it was made here: what came in a pack answers where nothing of one's own does, never beside it."""
        return self.shelf.origin(fit.revision.name, fit.revision.number) is None

    # ---------------------------------------------------------------- one procedure only

    def _forced(self, reading: Reading, label: str, fits: Fits) -> Decision:
        revision = self.shelf.active(label) or self.shelf.get(label)
        if revision is None:
            near = closest(label.partition("@")[0], self.names())
            advice = f"did you mean {near}?" if near else "%seglam ls lists them"
            raise SeglamError("E-PROCEDURE-UNKNOWN", name=label, advice=advice)
        if self.retired(revision.name):
            return Decision(hit=False, reason=f"{revision.name} is retired")
        alone = Stored(revision)
        view = View(reading)
        found, blocks = by_wording(wordings_of(Shape(alone), alone.known()), view, fits)
        if not found and spelled(revision.question) == reading.text:
            asked = by_question(revision, reading, fits)
            found = [asked] if isinstance(asked, Fit) else found
        if found:
            return decided(found, blocks, "forced")
        return missed(blocks[0].reason if blocks else f"{revision.label} has no usable wording", blocks)
