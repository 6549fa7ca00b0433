"""The `Log` protocol: what every backend of the event log does, and how events are ordered."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ..errors import SeglamError
from ..procedure.stored import RawRecord
from ..words import Event

_FULL = frozenset(code for name in ("ENOSPC", "EDQUOT") if (code := getattr(errno, name, None)) is not None)


class Log(Protocol):
    """The event log as one kernel sees it. Safe to use from several threads."""

    @property
    def kernel(self) -> str:
        """Id under which this kernel's events are recorded."""

    @property
    def path(self) -> Path | None:
        """Folder of the store, None where nothing is kept on disk."""

    @property
    def damage(self) -> list[str]:
        """Sentences about what could not be read; empty for a sound log."""

    def append(self, kind: str, data: Mapping[str, Any], *, durable: bool = False) -> Event:
        """Record one event; when this returns, the death of the process does not lose it.

        Known secrets in the data are replaced first, so that neither a segment nor the view ever holds one.

        Parameters
        ----------
        data : plain JSON data.
        durable : survive the loss of power as well (a few milliseconds).

        Raises
        ------
        SeglamError : E-STORE-WRITE; nothing was recorded.
        TypeError, ValueError : `kind` is not a lower-case word, or `data` not plain JSON.
        """

    def tail(self) -> list[Event]:
        """Events of other kernels not handed out yet, of every kind, in order of (clock, kernel, number).

        Begins where the first `snapshot` ended, so that a snapshot and then tails miss nothing and repeat nothing;
        without a snapshot before it, at the very beginning.
        """

    def put(self, name: str, expect: int, data: Mapping[str, Any]) -> Event:
        """Record a revision of `name`, unless another kernel published one after number `expect`. Durable.

        Parameters
        ----------
        expect : the head's number known here, 0 for a new name.
        data : the revision's record; carries `name` and a `number` above `expect`.

        Raises
        ------
        SeglamError : E-STORE-CONFLICT, or E-STORE-WRITE; nothing was recorded.
        """

    def snapshot(self) -> list[Event]:
        """All definitions (every kind but hit, miss, run and failed), in order of (clock, kernel, number)."""

    def upkeep(self, rest: Callable[[], bool]) -> None:
        """What makes the next opening faster, in small steps; changes nothing of what is recorded.

        Parameters
        ----------
        rest : called every few milliseconds, waits a moment; True where it is time to end.

        Raises
        ------
        SeglamError : as `append`; nothing is lost.
        """

    def close(self) -> None:
        """End the use of this log; a second call does nothing."""


def order(event: Event) -> tuple[int, str, int]:
    """The sort key of events: Lamport clock first, never the time of day."""
    return (event.clock, event.kernel, event.number)


def new_kernel() -> str:
    """A fresh kernel id: random, with the process id for people to read."""
    return f"{secrets.token_hex(4)}-{os.getpid()}"


def check_revision(name: str, expect: int, data: Mapping[str, Any]) -> int:
    """The number of the revision in `data`.

    Raises
    ------
    ValueError : it is not a revision of `name` that can follow `expect`.
    """
    number = data.get("number")
    if data.get("name") != name or not isinstance(number, int) or number <= expect:
        message = f"data is not a revision of {name!r} after number {expect}: {data.get('name')!r}@{number!r}"
        raise ValueError(message)
    return number


def published(event: Event) -> tuple[str, int] | None:
    """Name and number of the revision an event publishes, None for any other event."""
    if event.kind != "revision":
        return None
    head = (
        event.data.identity() if isinstance(event.data, RawRecord) else event.data
    )  # of a stored one, its first bytes
    name, number = head.get("name"), head.get("number")
    if isinstance(name, str) and isinstance(number, int):
        return name, number
    return None


def conflict(name: str) -> SeglamError:
    """The error of a lost compare-and-set."""
    return SeglamError("E-STORE-CONFLICT", name=name)


def cannot_write(path: Path, why: str | OSError) -> SeglamError:
    """The error of a store that cannot be written; a full disk and a used up quota have one of their own."""
    full = isinstance(why, OSError) and why.errno in _FULL
    return SeglamError("E-STORE-FULL" if full else "E-STORE-WRITE", path=path, why=_reason(why))


def busy(path: Path, why: str) -> SeglamError:
    """The error of a store that another process has held for too long."""
    return SeglamError("E-STORE-BUSY", path=path, why=why)


def cannot_read(path: Path, why: str | OSError) -> SeglamError:
    """The error of a store that cannot be read."""
    return SeglamError("E-STORE-READ", path=path, why=_reason(why))


def newer(path: Path) -> SeglamError:
    """The error of a view that a newer seglam made."""
    return SeglamError("E-STORE-VERSION", path=path, why="a newer version of seglam made it", advice=UPDATE)


UPDATE = "update seglam: pip install --upgrade seglam"


def _reason(why: str | OSError) -> str:
    return (why.strerror or type(why).__name__).lower() if isinstance(why, OSError) else why
