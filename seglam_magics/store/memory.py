"""A log that lives and dies with the process: for kernels without a store, and for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from ..trust.redaction import redacted
from ..words import Event
from .lines import ACTIVITY, checked, plain, stamp
from .log import check_revision, conflict, new_kernel, order, published


class MemoryLog:
    """A `Log` in memory.

    Parameters
    ----------
    beside : another log whose memory is shared, as two kernels share a folder; None begins an empty one.

    >>> log = MemoryLog()
    >>> other = MemoryLog(log)
    >>> _ = log.put("mean", 0, {"name": "mean", "number": 1})
    >>> [event.data["name"] for event in other.tail()]
    ['mean']
    """

    def __init__(self, beside: MemoryLog | None = None) -> None:
        self.kernel = new_kernel()
        self.path: Path | None = None
        self._shared: list[Event] = beside._shared if beside else []  # noqa: SLF001 (its own kind)
        self._lock: Lock = beside._lock if beside else Lock()  # noqa: SLF001
        self._number = 0
        self._clock = 0
        self._seen: int | None = None
        self._closed = False

    @property
    def damage(self) -> list[str]:
        """Always empty: memory is not read back."""
        return []

    def append(self, kind: str, data: Mapping[str, Any], *, durable: bool = False) -> Event:  # noqa: ARG002 (Log)
        """Record one event, without the secrets in it; see `Log.append`."""
        copy = _copied(data)
        with self._lock:
            return self._add(checked(kind), copy)

    def tail(self) -> list[Event]:
        """Events of the other kernels on this memory; see `Log.tail`."""
        with self._lock:
            if self._closed:
                return []
            start, self._seen = self._seen or 0, len(self._shared)
            fresh = [event for event in self._shared[start:] if event.kernel != self.kernel]
            self._catch_up()
        return sorted(fresh, key=order)

    def put(self, name: str, expect: int, data: Mapping[str, Any]) -> Event:
        """Record a revision if the head is as expected; see `Log.put`."""
        check_revision(name, expect, data)
        copy = _copied(data)
        with self._lock:
            heads = [number for found, number in filter(None, map(published, self._shared)) if found == name]
            if max(heads, default=0) > expect:
                raise conflict(name)
            self._catch_up()
            return self._add("revision", copy)

    def snapshot(self) -> list[Event]:
        """All definitions; see `Log.snapshot`."""
        with self._lock:
            if self._seen is None:
                self._seen = len(self._shared)
            self._catch_up()
            return sorted((event for event in self._shared if event.kind not in ACTIVITY), key=order)

    def history(self) -> list[Event]:
        """Every event of this memory, for the view."""
        with self._lock:
            return sorted(self._shared, key=order)

    def reach(self, clock: int) -> None:
        """From now on events come after this Lamport clock."""
        with self._lock:
            self._clock = max(self._clock, clock)

    def upkeep(self, rest: Callable[[], bool]) -> None:
        """Nothing: it ends with the process."""

    def close(self) -> None:
        """End the use of this log; others on the same memory keep its events."""
        self._closed = True

    def _add(self, kind: str, data: Mapping[str, Any]) -> Event:
        self._number += 1
        self._clock += 1
        event = Event(kind, data, self.kernel, self._number, self._clock, stamp())
        self._shared.append(event)
        return event

    def _catch_up(self) -> None:
        self._clock = max(self._clock, max((event.clock for event in self._shared), default=0))


def _copied(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as a folder would give it back: plain, and out of reach of later changes."""
    copy: dict[str, Any] = json.loads(plain(redacted(data)))
    return copy
