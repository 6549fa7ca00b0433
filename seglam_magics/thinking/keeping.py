"""What is kept of a run while it runs, so that it can go on after a stop, a dead kernel, or a night.

Thinking goes into the event log in pieces, at the latest 250 ms or 2 kB after it came. From the events of a run its
record is made again, in any kernel.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import SeglamError
from ..words import Event
from .run import Run, Said
from .splitting import Piece

KIND = "thinking"
EVERY_SECONDS = 0.25
EVERY_CHARACTERS = 2048
_FIELDS = tuple(f.name for f in dataclasses.fields(Run) if f.name not in ("id", "thinking", "answer", "said", "kernel"))

Record = Callable[[str, Mapping[str, Any]], object]


class Keeper:
    """Writes one run into the log. Safe to use from several threads.

    A store that cannot be written does not end the run: what was not kept is told once, by `trouble`.

    Parameters
    ----------
    record : appends an event to the log.
    """

    def __init__(self, run: Run, record: Record) -> None:
        self._id = run.id
        self._record = record
        self._waiting = Piece()
        self._timer: threading.Timer | None = None
        self._lock = threading.RLock()
        self.trouble = ""

    def now(self, run: Run, *, anew: bool = False) -> None:
        """Keep how a run stands, all but its texts. `anew`: its answer begins again."""
        self.flush()
        self._write("now", {name: getattr(run, name) for name in _FIELDS} | ({"anew": True} if anew else {}))

    def said(self, said: Said) -> None:
        """Keep what was said to it."""
        self.flush()
        self._write("said", dataclasses.asdict(said))

    def heard(self, piece: Piece) -> None:
        """Keep what was thought, a moment later."""
        with self._lock:
            if piece.moved:
                self.flush()
            waiting = self._waiting
            self._waiting = Piece(waiting.thinking + piece.thinking, waiting.answer + piece.answer, piece.moved)
            full = len(self._waiting.thinking) + len(self._waiting.answer) >= EVERY_CHARACTERS
            if full or piece.moved:
                self.flush()
            elif self._timer is None:
                self._timer = threading.Timer(EVERY_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Keep what waits."""
        with self._lock:
            timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            waiting, self._waiting = self._waiting, Piece()
            if waiting != Piece():
                self._write("part", {name: value for name, value in dataclasses.asdict(waiting).items() if value})

    def _write(self, what: str, data: Mapping[str, Any]) -> None:
        try:
            self._record(KIND, {"run": self._id, "what": what, **data})
        except SeglamError as error:
            self.trouble = self.trouble or error.says


def restored(events: Iterable[Event]) -> dict[str, Run]:
    """The runs that events tell of, by id, those that began first first; other events are passed over.

    Events lie in the order of the log. What an older or newer version wrote and this one does not know is left out.
    """
    runs: dict[str, Run] = {}
    for event in events:
        run_id, what = event.data.get("run"), event.data.get("what")
        if event.kind != KIND or not isinstance(run_id, str):
            continue
        if what == "now":
            known = {name: event.data[name] for name in _FIELDS if name in event.data}
            known |= {name: tuple(known[name]) for name in ("updates", "flags") if name in known}
            known |= {"answer": ""} if event.data.get("anew") else {}
            runs[run_id] = dataclasses.replace(runs.get(run_id) or Run(run_id, ""), kernel=event.kernel, **known)
        elif run_id in runs:
            runs[run_id] = _continued(runs[run_id], str(what), event.data)
    return runs


def _continued(run: Run, what: str, data: Mapping[str, Any]) -> Run:
    if what == "part":
        texts = (str(data.get("thinking", "")), str(data.get("answer", "")))
        return run.grown(*texts, moved=bool(data.get("moved")))
    if what == "said":
        names = {f.name for f in dataclasses.fields(Said)}
        return dataclasses.replace(run, said=(*run.said, Said(**{k: v for k, v in data.items() if k in names})))
    return run
