"""What the events say is stored: revisions by name, which of them answers, and what was corrected."""

from __future__ import annotations

from collections import defaultdict

from ..procedure import from_record
from ..words import Event, Revision, Template, Tier
from .corrections import Corrections, slots_of, spelled
from .labels import Labels

__all__ = ["Shelf", "spelled"]

_SHORTEST_ID = 8


class Shelf:
    """Revisions and corrections, the same whatever order the events of different kernels arrive in."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []
        self.corrections = Corrections()
        self._versions: dict[str, dict[int, Revision]] = defaultdict(dict)
        self._by_id: dict[str, Revision] = {}

    def apply(self, event: Event) -> str:
        """Take in one event; the name of the procedure it concerns, "" where none."""
        return self._publish(event) if event.kind == "revision" else self.corrections.apply(event)

    def put(self, revision: Revision) -> None:
        """Take in a revision; the first of a number stays."""
        kept = self._versions[revision.name].setdefault(revision.number, revision)
        self._by_id.setdefault(kept.proc_id, kept)

    # ---------------------------------------------------------------- revisions

    def active(self, name: str) -> Revision | None:
        """The revision that answers for `name`: the pinned one, else the newest; None where it is retired or merged."""
        if self.retired(name) or self.merged(name) is not None:
            return None
        number = self.pinned(name)
        return self._versions.get(name, {}).get(number) if number is not None else self.head(name)

    def head(self, name: str) -> Revision | None:
        """The newest revision of `name`."""
        versions = self._versions.get(name)
        return versions[max(versions)] if versions else None

    def versions(self, name: str) -> tuple[Revision, ...]:
        """All revisions of `name`, oldest first."""
        versions = self._versions.get(name, {})
        return tuple(versions[n] for n in sorted(versions))

    def names(self) -> tuple[str, ...]:
        """All names ever used, retired ones too, in alphabetical order."""
        return tuple(sorted(n for n, versions in self._versions.items() if versions))

    def get(self, label: str) -> Revision | None:
        """The revision `name`, `name@N` or whose proc_id begins so (eight characters at least)."""
        name, at, number = label.partition("@")
        if at:
            return self._versions.get(name, {}).get(int(number)) if number.isdecimal() else None
        if label in self._versions:
            return self.head(label)
        return self._by_prefix(label) if len(label) >= _SHORTEST_ID else None

    def _by_prefix(self, start: str) -> Revision | None:
        found = self._by_id.get(start)
        if found is not None:
            return found
        ids = [i for i in self._by_id if i.startswith(start)]
        return self._by_id[ids[0]] if len(ids) == 1 else None

    def _publish(self, event: Event) -> str:
        try:
            revision = from_record(event.data)
        except (KeyError, TypeError, ValueError):
            # a later version of seglam may have written it; it is kept in the log and not guessed at
            self.unreadable.append(f"{event.data.get('name', '?')}@{event.data.get('number', '?')}")
            return ""
        self.put(revision)
        return revision.name

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
        """The names that may answer or not because of an event about `name`."""
        return self.corrections.touched(name)

    def rejected(self, text: str, proc_id: str) -> bool:
        """Whether this revision must never answer this question, in whatever spelling."""
        return self.corrections.rejected(text, proc_id)

    def counter_examples(self, proc_id: str) -> tuple[str, ...]:
        """The questions this revision must not answer, as they were asked."""
        return self.corrections.counter_examples(proc_id)

    def aliases(self, proc_id: str) -> tuple[Template, ...]:
        """The wordings that were added to the procedure of this revision, as far as it has their slots."""
        revision = self._by_id.get(proc_id)
        if revision is None:
            return ()
        names = {p.name for p in revision.parameters}
        return tuple(t for t in self.corrections.aliases(revision.name) if slots_of(t.text) <= names)

    def labels(self, name: str) -> dict[Tier, Labels]:
        """How many checked hits of `name` were right and wrong, by tier."""
        return self.corrections.labels(name)

    def suspended(self, proc_id: str) -> frozenset[Tier]:
        """The tiers on which the procedure of this revision may not answer until it was looked at."""
        revision = self._by_id.get(proc_id)
        return self.corrections.suspended(revision.name) if revision is not None else frozenset()
