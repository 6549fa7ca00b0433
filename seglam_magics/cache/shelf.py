"""What the events say is stored: revisions by name, which of them answers, and what was corrected."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ..errors import SeglamError
from ..procedure import from_record
from ..question import normalise
from ..words import Event, Revision

_SHORTEST_ID = 8
_SWITCHES = {"retire": ("retired", True), "restore": ("retired", False)}


class Shelf:
    """Revisions and corrections, the same whatever order the events of different kernels arrive in."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []
        self._versions: dict[str, dict[int, Revision]] = defaultdict(dict)
        self._by_id: dict[str, Revision] = {}
        self._said: dict[tuple[str, ...], tuple[tuple[int, str, int], Any]] = {}

    def apply(self, event: Event) -> str:
        """Take in one event; the name of the procedure it concerns, "" where none."""
        if event.kind == "revision":
            return self._publish(event)
        name = str(event.data.get("name", ""))
        if event.kind in _SWITCHES:
            topic, value = _SWITCHES[event.kind]
            self._say((topic, name), value, event)
        elif event.kind in ("pin", "unpin"):
            self._say(("pinned", name), event.data.get("number") if event.kind == "pin" else None, event)
        elif event.kind in ("reject", "unreject"):
            pair = (spelled(str(event.data.get("question", ""))), str(event.data.get("proc_id", "")))
            self._say(("rejected", *pair), event.kind == "reject", event)
        return name

    def put(self, revision: Revision) -> None:
        """Take in a revision; the first of a number stays."""
        kept = self._versions[revision.name].setdefault(revision.number, revision)
        self._by_id.setdefault(kept.proc_id, kept)

    def active(self, name: str) -> Revision | None:
        """The revision that answers for `name`: the pinned one, else the newest; None where it is retired."""
        if self.retired(name):
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

    def retired(self, name: str) -> bool:
        """Whether `name` is taken out of matching."""
        return bool(self._last(("retired", name)))

    def pinned(self, name: str) -> int | None:
        """The number `name` is pinned to."""
        number = self._last(("pinned", name))
        return int(number) if isinstance(number, int) else None

    def rejected(self, text: str, proc_id: str) -> bool:
        """Whether this revision must never answer this question."""
        return bool(self._last(("rejected", text, proc_id)))

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

    def _say(self, topic: tuple[str, ...], value: Any, event: Event) -> None:
        order = (event.clock, event.kernel, event.number)
        before = self._said.get(topic)
        if before is None or before[0] <= order:
            self._said[topic] = (order, value)

    def _last(self, topic: tuple[str, ...]) -> Any:
        return self._said[topic][1] if topic in self._said else None


def spelled(question: str) -> str:
    """A question as readings spell it; one that cannot be read as it is."""
    try:
        return normalise(question)
    except SeglamError:
        return question
