"""A log beside a store that is only read: what is new stays in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..words import Event
from .folder import FolderLog
from .log import check_revision, conflict, order, published
from .memory import MemoryLog


class BesideLog:
    """A `Log` that reads a folder and writes nothing in it: one without permission, without locks, of another format.

    What is stored there answers as ever; what is made here ends with the kernel.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = FolderLog(Path(folder)).append("retire", {"name": "mean"})
    ...     log = BesideLog(Path(folder))
    ...     known = log.snapshot()
    ...     _ = log.append("restore", {"name": "mean"})
    ...     [event.kind for event in log.snapshot()], [event.kind for event in FolderLog(Path(folder)).snapshot()]
    (['retire', 'restore'], ['retire'])
    """

    def __init__(self, path: Path) -> None:
        self._folder = FolderLog(path)
        self._memory = MemoryLog()
        self._heads: dict[str, int] = {}

    @property
    def kernel(self) -> str:
        """Id under which this kernel's events are recorded."""
        return self._memory.kernel

    @property
    def path(self) -> Path:
        """Folder of the store."""
        return self._folder.path

    @property
    def damage(self) -> list[str]:
        """Sentences about what could not be read."""
        return self._folder.damage

    def append(self, kind: str, data: Mapping[str, Any], *, durable: bool = False) -> Event:
        """Record one event in memory; see `Log.append`."""
        return self._memory.append(kind, data, durable=durable)

    def tail(self) -> list[Event]:
        """Events of the kernels that write the folder; see `Log.tail`."""
        return self._met(self._folder.tail())

    def put(self, name: str, expect: int, data: Mapping[str, Any]) -> Event:
        """Record a revision in memory if the head is as expected; see `Log.put`."""
        check_revision(name, expect, data)
        self._met(self._folder.snapshot())
        if self._heads.get(name, 0) > expect:
            raise conflict(name)
        return self._memory.put(name, expect, data)

    def snapshot(self) -> list[Event]:
        """All definitions, of the folder and of this kernel; see `Log.snapshot`."""
        stored = self._met(self._folder.snapshot())
        return sorted([*stored, *self._memory.snapshot()], key=order)

    def upkeep(self, rest: Callable[[], bool]) -> None:
        """Nothing: the folder is only read."""

    def close(self) -> None:
        """End the use of this log."""
        self._folder.close()
        self._memory.close()

    def _met(self, events: list[Event]) -> list[Event]:
        """The events, after which those of this kernel come."""
        for name, number in filter(None, map(published, events)):
            self._heads[name] = max(number, self._heads.get(name, 0))
        self._memory.reach(max((event.clock for event in events), default=0))
        return events
