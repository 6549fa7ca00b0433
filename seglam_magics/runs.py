"""The runs there are: those on their way in this kernel, and those the log tells of."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .errors import SeglamError
from .thinking.baselines import Sample, usual_of
from .thinking.control import Live, last, lives
from .thinking.detectors import Usual
from .thinking.keeping import KIND, restored
from .thinking.run import Run, Said
from .words import Event

if TYPE_CHECKING:
    from .store import Log

    last_run: Run | None


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
            found[live.run.id] = _with_pending(live)
    return list(found.values())


def _with_pending(live: Live) -> Run:
    """A run on its way, with the updates that lie in its mailbox: what was accepted is shown until it is delivered."""
    said = (Said("update", text=one.text, check=one.check) for one in live.pending if one.op == "update")
    return dataclasses.replace(live.run, said=(*live.run.said, *said))


def _event(row: Mapping[str, Any]) -> Event:
    data = row["data"]
    return Event(KIND, json.loads(data) if isinstance(data, str) else data, row["kernel"], row["number"], row["clock"])


def to_go_on(log: Log, run: str = "", *, correct: bool = False) -> Run:
    """The run that is meant: the one named, else the newest that can go on.

    Parameters
    ----------
    correct : a run that has come to a procedure goes on as well, for an update corrects that; where none is named, it
        is the newest of all.

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
        if not can_go_on(one) and not (correct and one.state == "done"):
            raise SeglamError("E-THOUGHT-OVER", run=run, state=one.state)
        return one
    if correct and found and found[-1].state == "done":
        return found[-1]
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


# ---------------------------------------------------------------- what is usual

_samples: WeakKeyDictionary[Log, dict[str, list[Sample]]] = WeakKeyDictionary()


def usual(log: Log, model: str, kind: str = "") -> Usual:
    """What is usual of a model's finished runs to which nothing was said; read from the log once, then counted on.

    Parameters
    ----------
    kind : of the data; where there are enough runs about it, only those count.
    """
    return usual_of(_of(log, model), kind)


def finished(log: Log, run: Run) -> None:
    """Count a run that has come to a procedure, unless something was said to it."""
    if not run.interrupted:
        _of(log, run.model).append(Sample(run.kind, run.tokens_thinking, run.tokens_answer, run.properties))


def _of(log: Log, model: str) -> list[Sample]:
    by_model = _samples.setdefault(log, {})
    if model not in by_model:
        from .store import View

        rows = View(log).query("finished", model=model) if log.path is not None else []
        by_model[model] = [Sample(**row) for row in reversed(rows)]
    return by_model[model]


def __getattr__(name: str) -> Any:
    if name == "last_run":  # `seglam.last_run`, which is another one each time
        return last()
    problem = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(problem)
