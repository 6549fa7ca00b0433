"""A log in a folder: every kernel appends to its own segment and reads the others'."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ..trust.redaction import redacted
from ..words import Event
from .archive import Archive
from .compaction import compact, worth
from .lines import decode
from .lock import held, holder
from .log import busy, cannot_read, cannot_write, check_revision, conflict, order, published
from .reading import defining, unread
from .segments import Damage, Place
from .writer import Writer, prepare

LOCK = "lock"
_PATIENCE = 5.0  # seconds to wait for another kernel that is publishing
_BETWEEN = 60.0  # seconds between two looks whether there is much to compact


class FolderLog:
    """A `Log` in the folder of a store. Making one writes nothing; the first `append` makes folder and segment.

    Two locks: one around the pen, taken for microseconds on the way of a hit, and one around what was read, which may
    be held for as long as another kernel's new events take to read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log, other = FolderLog(Path(folder, "store")), FolderLog(Path(folder, "store"))
    ...     _ = log.append("hit", {"question": "how many?"})
    ...     [event.kind for event in other.tail()]
    ['hit']
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 (without following links): it outlives a change of folder
        self._pen = RLock()
        self._eyes = RLock()
        self._writer = Writer(self.path)
        self._clock = 0
        self._archive = Archive(self.path)
        self._damage = Damage()
        self._told: dict[str, Place] | None = None  # how far `tail` handed events out
        self._known: dict[str, Place] = {}  # how far `_heads` is true
        self._heads: dict[str, int] = {}
        self._looked: float | None = None
        self._closed = False

    @property
    def kernel(self) -> str:
        """Id under which this kernel's events are recorded."""
        return self._writer.kernel

    @property
    def damage(self) -> list[str]:
        """Sentences about what could not be read."""
        with self._eyes:
            return self._damage.sentences

    def append(self, kind: str, data: Mapping[str, Any], *, durable: bool = False) -> Event:
        """Record one event, without the secrets in it; see `Log.append`."""
        data = redacted(data)
        with self._pen:
            try:
                event = self._writer.append(kind, data, self._clock + 1, durable=durable)
            except OSError as error:
                raise cannot_write(self.path, error) from error
            self._clock = event.clock
        return event

    def tail(self) -> list[Event]:
        """Events of the other kernels not handed out yet; see `Log.tail`.

        Costs one `stat` per segment while nothing changes.

        Raises
        ------
        SeglamError : E-STORE-READ.
        """
        fresh: list[Event] = []
        with self._eyes:
            if self._closed:
                return []
            told = dict(self._told or {})  # a copy: an interrupt amid reading must not leave places ahead of events
            with self._readable():
                for segment, part in unread(self._archive, told, self._damage, self.kernel):
                    fresh += self._events(segment.name, segment.size, part.lines)
            self._catch_up(max((event.clock for event in fresh), default=0))
            self._told = told
        return sorted(fresh, key=order)

    def put(self, name: str, expect: int, data: Mapping[str, Any]) -> Event:
        """Record a revision if the head is as expected; see `Log.put`."""
        check_revision(name, expect, data)
        with self._publishing():
            with self._eyes:
                known = dict(self._known)
                for event in self._defined(known):  # its own as well: an interrupted `put` may have published
                    self._learn(event)
                self._known = known
                if self._heads.get(name, 0) > expect:
                    raise conflict(name)
            return self.append("revision", data, durable=True)

    def snapshot(self) -> list[Event]:
        """All definitions of all segments; see `Log.snapshot`.

        Raises
        ------
        SeglamError : E-STORE-READ.
        """
        with self._eyes:
            places: dict[str, Place] = {}
            events = self._defined(places)
            if self._told is None:
                self._told = dict(places)
        return sorted(events, key=order)

    def upkeep(self, rest: Callable[[], bool]) -> None:
        """Compact the store where that is worth it; looks once in a while. See `Log.upkeep`."""
        now = time.monotonic()
        if self._looked is None or now - self._looked > _BETWEEN:
            self._looked = now
            with self._readable():
                much = worth(self.path)
            if much:
                compact(self.path, rest=rest)

    def close(self) -> None:
        """Close the segment; nothing is handed out any more. A later append begins another segment."""
        with self._eyes, self._pen:
            self._closed = True
            self._writer.close()

    def _defined(self, places: dict[str, Place]) -> list[Event]:
        """The definitions after `places`, which move on."""
        events: list[Event] = []
        with self._readable():
            for name, lines, clock, final in defining(self._archive, places, self._damage):
                found = self._events(name, 0, lines)
                latest = self._events(name, 0, [final] if final else [])
                self._catch_up(max([clock, *(event.clock for event in latest)]))
                events += found
        return events

    def _events(self, name: str, at: int, lines: list[bytes]) -> list[Event]:
        events = []
        for line in lines:
            try:
                events.append(decode(line))
            except ValueError:
                self._damage.note(name, at, "unfit")
        return events

    def _learn(self, event: Event) -> None:
        if head := published(event):
            name, number = head
            self._heads[name] = max(number, self._heads.get(name, 0))

    def _catch_up(self, clock: int) -> None:
        with self._pen:
            self._clock = max(self._clock, clock)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise cannot_read(self.path, error) from error

    @contextmanager
    def _publishing(self) -> Iterator[None]:
        """Alone among the kernels of this store, or E-STORE-BUSY, E-STORE-WRITE, E-STORE-FULL."""
        path = self.path / LOCK
        with ExitStack() as stack:
            try:
                prepare(self.path)
                taken = stack.enter_context(held(path, wait=_PATIENCE))
            except OSError as error:
                raise cannot_write(self.path, error) from error
            if not taken:
                raise busy(self.path, f"{holder(path)} has held its lock for {_PATIENCE:g} s")
            yield
