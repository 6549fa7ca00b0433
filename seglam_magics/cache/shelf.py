"""What the events say is stored: revisions by name, which of them answers, and what was corrected."""

from __future__ import annotations

from collections import defaultdict

from ..procedure.stored import Stored
from ..words import Event, Revision, Template, Tier
from .arrivals import Arrivals, Origin
from .corrections import Corrections, slots_of, spelled
from .labels import Labels
from .tags import KINDS, Tags

__all__ = ["Shelf", "spelled"]

_SHORTEST_ID = 8
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


class Shelf:
    """Revisions and corrections, the same whatever order the events of different kernels arrive in."""

    def __init__(self) -> None:
        self._unreadable: dict[str, None] = {}
        self.corrections = Corrections()
        self.tags = Tags()
        self._arrivals = Arrivals()
        self._arrived: tuple[str, ...] = ()
        self._versions: dict[str, dict[int, Stored]] = defaultdict(dict)
        self._by_id: dict[str, Stored] = {}

    def apply(self, event: Event) -> str:
        """Take in one event; the name of the procedure it concerns, "" where none."""
        self._arrived = ()
        if event.kind == "revision":
            return self._publish(event)
        if event.kind == "import":
            self._arrivals.announce(event)
        elif event.kind in KINDS:
            self.tags.apply(event)
        return self.corrections.apply(event)

    def put(self, revision: Revision | Stored) -> None:
        """Take in a revision; the first of a number stays."""
        stored = revision if isinstance(revision, Stored) else Stored(revision)
        kept = self._versions[stored.name].setdefault(stored.number, stored)
        self._by_id.setdefault(kept.proc_id, kept)

    # ---------------------------------------------------------------- revisions

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Labels of revisions that turned out to be unreadable for this version of seglam."""
        return tuple(self._unreadable)

    def answering(self, name: str) -> Stored | None:
        """As `active`, without reading it: whether it can be read is known when it is."""
        if self.retired(name) or self.merged(name) is not None:
            return None
        number, versions = self.pinned(name), self._versions.get(name, {})
        return versions.get(self._newest(name, versions) if number is None else number)

    def _newest(self, name: str, versions: dict[int, Stored]) -> int:
        """The number of the newest revision made here; of one from a pack only where there is none."""
        own = [n for n in versions if not self.origin(name, n)] if self._arrivals else versions
        return max(own or versions, default=0)

    def origin(self, name: str, number: int) -> Origin | None:
        """The pack a revision came in, None where it was made here."""
        return self._arrivals.origin(name, number)

    def own(self) -> tuple[str, ...]:
        """The identities of all revisions that did not come in a pack."""
        every = list(self._by_id.values())
        return tuple(s.proc_id for s in every if not self._arrivals or self.origin(s.name, s.number) is None)

    def last(self, name: str) -> int:
        """The highest number ever given to a revision of `name`, 0 for a new name."""
        return max(self._arrivals.last(name), max(self._versions.get(name, ()), default=0))

    def active(self, name: str) -> Revision | None:
        """The revision that answers for `name`: the pinned one, else the newest; None where it is retired or merged."""
        while (stored := self.answering(name)) is not None:
            revision = self._read(stored)
            if revision is not None:
                return revision
        return None

    def head(self, name: str) -> Revision | None:
        """The newest revision of `name` that was made here, else the newest of a pack."""
        while versions := self._versions.get(name):
            revision = self._read(versions[self._newest(name, versions)])
            if revision is not None:
                return revision
        return None

    def versions(self, name: str) -> tuple[Revision, ...]:
        """All revisions of `name`, oldest first."""
        found = [self._read(stored) for _, stored in sorted(self._versions.get(name, {}).items())]
        return tuple(revision for revision in found if revision is not None)

    def names(self) -> tuple[str, ...]:
        """All names ever used, retired ones too, in alphabetical order."""
        return tuple(sorted(n for n, versions in list(self._versions.items()) if versions))

    def get(self, label: str) -> Revision | None:
        """The revision `name`, `name@N` or whose proc_id begins so (eight characters at least)."""
        name, at, number = label.partition("@")
        if at:
            stored = self._versions.get(name, {}).get(int(number)) if number.isdecimal() else None
            return self._read(stored) if stored is not None else None
        if self._versions.get(label):
            return self.head(label)
        return self._by_prefix(label) if len(label) >= _SHORTEST_ID else None

    def stored(self, name: str, number: int) -> Stored | None:
        """A revision without reading it, None where there is none of this number."""
        return self._versions.get(name, {}).get(number)

    def forget(self, stored: Stored) -> None:
        """Pass over a revision that this version of seglam cannot read, and note it; the log keeps it."""
        self._unreadable[stored.label] = None
        versions = self._versions.get(stored.name, {})
        if versions.get(stored.number) is stored:
            del versions[stored.number]
        if self._by_id.get(stored.proc_id) is stored:
            del self._by_id[stored.proc_id]

    def _read(self, stored: Stored) -> Revision | None:
        try:
            return stored.revision
        except UNREADABLE:
            self.forget(stored)
            return None

    def _by_prefix(self, start: str) -> Revision | None:
        found = self._by_id.get(start)
        if found is not None:
            return self._read(found)
        ids = [i for i in self._by_id if i.startswith(start)]
        return self._read(self._by_id[ids[0]]) if len(ids) == 1 else None

    def _publish(self, event: Event) -> str:
        try:
            stored = Stored(event.data)
        except UNREADABLE:
            # a later version of seglam may have written it; it is kept in the log and not guessed at
            self._unreadable[_label(event)] = None
            return ""
        ready = self._arrivals.arrived(event, stored)
        for one in ready:
            self.put(one)
        self._arrived = tuple(one.name for one in ready)
        return stored.name

    # ---------------------------------------------------------------- corrections

    def retired(self, name: str) -> bool:
        """Whether `name` is taken out of matching."""
        return self.corrections.retired(name)

    def pinned(self, name: str) -> int | None:
        """The number `name` is pinned to."""
        return self.corrections.pinned(name)

    def merged(self, name: str) -> str | None:
        """The stored procedure that `name` became part of; it answers then, and `name` is history."""
        into = self.corrections.merged(name)
        return into if into is not None and self._versions.get(into) else None

    def touched(self, name: str) -> frozenset[str]:
        """The names that may answer or not because of the event about `name` that was taken in last."""
        found, others = self.corrections.touched(name), [one for one in self._arrived if one != name]
        return found.union(*map(self.corrections.touched, others)) if others else found

    def rejected(self, text: str, proc_id: str) -> bool:
        """Whether this revision must never answer this question, in whatever spelling."""
        return self.corrections.rejected(text, proc_id)

    def counter_examples(self, proc_id: str) -> tuple[str, ...]:
        """The questions this revision must not answer, as they were asked."""
        return self.corrections.counter_examples(proc_id)

    def aliases(self, proc_id: str) -> tuple[Template, ...]:
        """The wordings that were added to the procedure of this revision, as far as it has their slots."""
        stored = self._by_id.get(proc_id)
        added = self.corrections.aliases(stored.name) if stored is not None else ()
        revision = self._read(stored) if stored is not None and added else None
        names = {p.name for p in revision.parameters} if revision is not None else set()
        return tuple(t for t in added if revision is not None and slots_of(t.text) <= names)

    def labels(self, name: str) -> dict[Tier, Labels]:
        """How many checked hits of `name` were right and wrong, by tier."""
        return self.corrections.labels(name)

    def suspended(self, proc_id: str) -> frozenset[Tier]:
        """The tiers on which the procedure of this revision may not answer until it was looked at."""
        revision = self._by_id.get(proc_id)
        return self.corrections.suspended(revision.name) if revision is not None else frozenset()


def _label(event: Event) -> str:
    try:
        return f"{event.data.get('name', '?')}@{event.data.get('number', '?')}"
    except ValueError:
        return "?@?"
