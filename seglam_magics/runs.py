"""The runs there are: those on their way in this kernel, and those the log tells of."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import SeglamError
from .thinking.control import lives
from .thinking.keeping import KIND, restored
from .thinking.run import Run
from .words import Event

if TYPE_CHECKING:
    from .store import Log


def known(log: Log, run: str | None = None, limit: int = 50) -> list[Run]:
    """The newest runs, the oldest of them first; those of this kernel as they stand now.

    Parameters
    ----------
    run : id of the only one wanted.
    """
    from .store import View

    rows = View(log).query("thinking", run=run, limit=limit)
    found = restored(_event(row) for row in rows)
    for live in lives():
        if run in (None, live.run.id):
            found[live.run.id] = live.run
    return list(found.values())


def _event(row: Mapping[str, Any]) -> Event:
    data = row["data"]
    return Event(KIND, json.loads(data) if isinstance(data, str) else data, row["kernel"], row["number"], row["clock"])


def to_go_on(log: Log, run: str = "") -> Run:
    """The run that is meant: the one named, else the newest that can go on.

    Raises
    ------
    SeglamError : E-THOUGHT-REST where there is none, E-THOUGHT-NONE where the one named is not known, E-THOUGHT-OVER
        where it has come to its end or is on its way.
    """
    found = known(log, run or None)
    if run:
        one = next((one for one in found if one.id == run), None)
        if one is None:
            raise SeglamError("E-THOUGHT-NONE", run=f"run {run}")
        if not can_go_on(one):
            raise SeglamError("E-THOUGHT-OVER", run=run, state=one.state)
        return one
    waiting = [one for one in found if can_go_on(one) and (one.thinking.strip() or one.answer.strip())]
    if not waiting:
        raise SeglamError("E-THOUGHT-REST")
    return waiting[-1]


def can_go_on(run: Run) -> bool:
    """Whether a run has stopped, or was on its way in a kernel that is gone."""
    if run.live:
        return run.id not in {live.run.id for live in lives()} and not _runs(run.kernel)
    return run.resumable


def _runs(kernel: str) -> bool:
    """Whether the process of a kernel still runs; on another machine, or where nobody can tell, it does not."""
    number = kernel.rpartition("-")[2]
    if not number.isdecimal() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except (OSError, OverflowError):
        return False
    return True
