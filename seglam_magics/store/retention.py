"""How long hits and misses are kept. Definitions, and what models cost, are kept for good.

Pruning is an event like any other: from then on no query sees what is older, in this kernel or another, also after the
view was made anew. The lines stay in the files of the store: what is written there is never written anew.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakSet

from ..errors import SeglamError
from ..words import Event

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from .log import Log
    from .view import View

_kept: WeakSet[Log] = WeakSet()
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Pruning:
    """What pruning takes away.

    Attributes
    ----------
    before : what is older than this moment, in seconds since the epoch.
    first, last : when the oldest and the youngest of it were; None where there is nothing.
    """

    before: float
    hits: int = 0
    misses: int = 0
    first: float | None = None
    last: float | None = None


def pruning(view: View, days: int, now: float | None = None) -> Pruning:
    """What is older than so many days; nothing is changed."""
    before = (time.time() if now is None else now) - days * _DAY
    (row,) = view.query("pruning", before=before)
    return Pruning(before, **row)


def prune(log: Log, found: Pruning) -> Event:
    """Take away what was found. There is no way back.

    Raises
    ------
    SeglamError : E-STORE-WRITE.
    """
    return log.append("prune", {"before": found.before}, durable=True)


def kept(log: Log, days: int) -> View:
    """A view of so many days, 0 for all there is: once for a log, what is a day older than that is pruned."""
    from .view import View

    view = View(log)
    if days and log not in _kept:
        _kept.add(log)
        with suppress(SeglamError):  # a store that cannot be written shows what it has
            found = pruning(view, days)
            if found.first is not None and found.first < found.before - _DAY:
                prune(log, found)
    return view


def cutoff(connection: DuckDBPyConnection, source: str) -> float:
    """The moment before which hits and misses were pruned, 0.0 where they never were."""
    asked = f"select max(try_cast(data ->> '$.before' as double)) from ({source}) where kind = 'prune'"  # noqa: S608
    (found,) = connection.execute(asked).fetchone() or (None,)
    return float(found or 0.0)
