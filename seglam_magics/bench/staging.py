"""What is asked: a model of the settings, or a scripted character on a server of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..compiler import probing
from ..compiler.gateway import Target
from ..errors import SeglamError
from ..scripted.characters import character
from ..scripted.recordings import RecordingSet
from ..scripted.running import served
from ..settings import Seglam
from .reference import recordings
from .tasks import BenchTask

LOOP = "loop/"
_LEVELS = ("1", "2", "3")


@dataclass(frozen=True, slots=True)
class Stage:
    """What is asked, and what its character did in the last call ("" where it is none)."""

    target: Target
    did: Callable[[], str]


@contextmanager
def staged(model: str, tasks: Iterable[BenchTask], settings: Seglam) -> Iterator[Stage]:
    """What is asked, while it is there.

    Parameters
    ----------
    model : as litellm calls it, or `loop/CHARACTER`, `loop/CHARACTER@LEVEL` for one that can go on at a level only.

    Raises
    ------
    SeglamError : E-MODEL-UNSET, E-MODEL-UNKNOWN.
    """
    if not model:
        raise SeglamError("E-MODEL-UNSET")
    if not model.startswith(LOOP):
        yield Stage(Target(model, settings.api_base, settings.key_name), lambda: "")
        return
    server = served(_played(model.removeprefix(LOOP), tasks))
    probing.forget()  # another character may have had this port
    try:
        target = Target(f"scripted/{server.recorded.name}", server.base)
        yield Stage(target, lambda: server.ledger.calls[-1].did)
    finally:
        server.stop()


def _played(name: str, tasks: Iterable[BenchTask]) -> RecordingSet:
    name, _, level = name.partition("@")
    role = character(name)
    if level not in ("", *_LEVELS):
        raise SeglamError("E-MODEL-UNKNOWN", model=f"{LOOP}{name}@{level}", why="levels are 1, 2 and 3")
    found = {question: recorded for task in tasks for question, recorded in recordings(task).items()}
    longest_first = dict(sorted(found.items(), key=lambda item: -len(item[0])))
    return RecordingSet(name, longest_first, continues=int(level or _LEVELS[-1]), character=role)
