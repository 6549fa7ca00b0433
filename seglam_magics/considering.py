"""Looking, after an answer, whether a new procedure and a stored one are one: in the background, so that nobody waits.

The setting `merge` says whether such a pair is merged (`auto`), only suggested (`ask`) or not looked for (`off`).
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cache.catalogue import Catalogue
from .cache.twins import hindrance
from .errors import SeglamError
from .procedure.sites import Apart
from .settings import Seglam
from .words import Revision

if TYPE_CHECKING:
    from .merging import Suggestion
    from .verify import Executor

KEPT = 20  # suggestions and refusals that are remembered
MOST_KIN = 8  # stored procedures that a new one is compared with
_ENDING = 5.0  # seconds that what is under way may take to end


@dataclass(frozen=True, slots=True)
class Refusal:
    """Two procedures that stay two, by their labels, and why; `one` is "" where no pair was come to."""

    one: str
    other: str
    reason: str


class Merger:
    """Looks for pairs in a thread that lives as long as there is something to look at.

    Parameters
    ----------
    settings : the settings that hold when a procedure is considered.
    spare : makes the executor that verifies; the kernel's own never waits for it.
    """

    def __init__(
        self, settings: Callable[[], Seglam], catalogue: Catalogue, spare: Callable[[], Executor] | None = None
    ) -> None:
        self._settings, self._catalogue = settings, catalogue
        self._spare = spare or _child
        self._lock = threading.Lock()
        self._waiting: deque[Revision] = deque(maxlen=KEPT)
        self._seen: set[str] = set()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._busy: set[Executor] = set()
        self._suggestions: deque[Suggestion] = deque(maxlen=KEPT)
        self._refusals: deque[Refusal] = deque(maxlen=KEPT)
        self._news: deque[str] = deque(maxlen=KEPT)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Pairs that would be one, verified, as far as both still answer; the oldest first."""
        with self._catalogue.lock:
            return tuple(s for s in tuple(self._suggestions) if not self._hindered(s.proposal.one, s.proposal.other))

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The last pairs that stay two, and why."""
        return tuple(self._refusals)

    def news(self) -> tuple[str, ...]:
        """What was found since it was asked for last, each in a sentence."""
        return tuple(self._news.popleft() for _ in range(len(self._news)))

    # ---------------------------------------------------------------- looking

    def consider(self, revision: Revision) -> None:
        """Look in the background, once, whether a new revision and a stored one are one; returns at once."""
        if self._settings().merge == "off" or self._closed.is_set():
            return
        with self._lock:
            if revision.proc_id in self._seen:
                return
            self._seen.add(revision.proc_id)
            self._waiting.append(revision)
            if self._thread is None:
                self._thread = threading.Thread(target=self._worked, name="seglam-merge", daemon=True)
                self._thread.start()

    def survey(self) -> None:
        """Look at every procedure that answers, here and now; what is found is suggested."""
        library = self._catalogue.library
        with self._catalogue.lock:
            found = [r for name in library.names() if (r := library.shelf.active(name)) is not None]
        for revision in found:
            if revision.proc_id not in self._seen:
                self._seen.add(revision.proc_id)
                self._look(revision, mode="ask")
        self._news.clear()

    def wait(self, seconds: float) -> bool:
        """Whether everything was looked at within so many seconds."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Look at nothing more; what is under way is ended and changes nothing."""
        self._closed.set()
        with self._lock:
            self._waiting.clear()
            busy = tuple(self._busy)
        for executor in busy:
            executor.abort()
        self.wait(_ENDING)

    def _worked(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._closed.is_set():
                    self._thread = None
                    return
                revision = self._waiting.popleft()
            try:
                self._look(revision, self._settings().merge)
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nobody is there to be told
                self._refusals.append(Refusal("", revision.label, f"{type(error).__name__}: {error}"))

    def _look(self, revision: Revision, mode: str) -> None:
        """Merge or suggest the first pair that passes."""
        with self._catalogue.lock:
            twins = self._catalogue.library.twins
        for stored in twins.kin(revision)[:MOST_KIN]:
            if stored.name == revision.name or self._closed.is_set() or self._suggested(stored, revision):
                continue
            older, newer = sorted((stored, revision), key=lambda r: r.created)
            try:
                self._take(self._examined(older, newer), mode)
            except (Apart, SeglamError) as error:
                self._refusals.append(Refusal(older.label, newer.label, str(error)))
            else:
                return

    def _suggested(self, *pair: Revision) -> bool:
        names = {revision.name for revision in pair}
        return any({s.proposal.one.name, s.proposal.other.name} == names for s in self.suggestions)

    def _examined(self, one: Revision, other: Revision) -> Suggestion:
        """Both as one procedure, verified; raises Apart."""
        from .merging import examined
        from .procedure.abstracting import proposed

        with self._catalogue.lock:
            reason = self._hindered(one, other)
            if reason:
                raise Apart(reason)
            pair = [_spoken(self._catalogue, revision) for revision in (one, other)]
        proposal = proposed(*pair)
        with closing(self._spare()) as executor:
            with self._lock:
                self._busy.add(executor)
            try:
                if self._closed.is_set():
                    raise Apart("nothing is looked at any more")
                return examined(proposal, executor, cases=self._settings().cases)
            finally:
                with self._lock:
                    self._busy.discard(executor)

    def _hindered(self, *pair: Revision) -> str:
        return next(filter(None, (hindrance(self._catalogue, revision) for revision in pair)), "")

    # ---------------------------------------------------------------- merging

    def _take(self, suggestion: Suggestion, mode: str) -> None:
        from .merging import merge

        one, other = suggestion.proposal.one, suggestion.proposal.other
        if self._closed.is_set():
            return
        # what its owner let into the kernel is not exchanged behind the owner's back
        known, state = self._catalogue.known, self._catalogue.approvals.state
        approved = any(state(known(revision.label)) == "trusted" for revision in (one, other))
        if mode == "auto" and not approved:
            made = merge(self._catalogue, suggestion)
            self._news.append(f"{made.label} answers for {other.name}, too; %seglam unmerge {other.name} takes it back")
        else:
            self._suggestions.append(suggestion)
            self._news.append(
                f"{one.name} and {other.name} {suggestion.proposal.difference}; "
                f"%seglam merge {one.name} {other.name} makes them one"
            )

    def accept(self, number: int) -> Suggestion:
        """Merge the pair that is suggested as `number`, from 1; that pair.

        Raises
        ------
        SeglamError : E-USAGE where there are not so many; as `merge`.
        """
        from .merging import merge

        suggested = self.suggestions
        if not 1 <= number <= len(suggested):
            problem = f"{len(suggested) or 'no'} merges are suggested, there is no number {number}"
            raise SeglamError("E-USAGE", problem=problem, advice="%seglam merges lists them with their numbers")
        merge(self._catalogue, suggested[number - 1])
        return suggested[number - 1]

    def join(self, name: str, member: str) -> None:
        """Let `name` answer for `member`, verified now unless the pair is suggested.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN; E-MERGE where they stay two procedures, and why; as `merge`.
        """
        from .merging import completed, merge

        known = self._catalogue.known
        one, other = (known(known(label).name) for label in (name, member))
        if one.name == other.name:
            raise SeglamError("E-USAGE", problem="a procedure is not merged into itself", advice="name another one")
        if completed(self._catalogue, one, other):
            return
        pairs = {(s.proposal.one.proc_id, s.proposal.other.proc_id): s for s in self.suggestions}
        try:
            merge(self._catalogue, pairs.get((one.proc_id, other.proc_id)) or self._examined(one, other))
        except Apart as apart:
            raise SeglamError("E-MERGE", one=one.label, other=other.label, why=str(apart)) from None


def _spoken(catalogue: Catalogue, revision: Revision) -> Revision:
    """`revision` with the wordings that were added to it."""
    spoken = dict.fromkeys([*revision.templates, *catalogue.offered(revision)])
    return dataclasses.replace(revision, templates=tuple(spoken))


def _child() -> Executor:
    from .verify import ChildExecutor

    return ChildExecutor()
