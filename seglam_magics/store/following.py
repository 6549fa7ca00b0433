"""Following the log: what other kernels publish reaches this one within a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from ..words import Event
from .log import Log


def follow(
    log: Log,
    deliver: Callable[[Event], object],
    every: float = 0.5,
    *,
    trouble: Callable[[Exception], object] | None = None,
) -> Callable[[], None]:
    """Hand every new event of the other kernels to `deliver`, from a daemon thread.

    Parameters
    ----------
    deliver : called with one event at a time, in order. What it raises keeps no later event back.
    every : seconds between two looks.
    trouble : told what went wrong in `deliver` or in reading; nothing is ever raised in the thread.

    Returns
    -------
    A function that ends the following and waits for it; a second call does nothing.

    >>> from seglam_magics.store import MemoryLog
    >>> stop = follow(MemoryLog(), print)
    >>> stop()
    """
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            _look(log, deliver, trouble or _ignore)
            ended.wait(every)

    thread = threading.Thread(target=run, name="seglam-follow", daemon=True)
    thread.start()

    def stop() -> None:
        ended.set()
        if thread is not threading.current_thread():
            thread.join(timeout=5)

    return stop


def _look(log: Log, deliver: Callable[[Event], object], trouble: Callable[[Exception], object]) -> None:
    """Deliver what is new; a follower outlives whatever its folder and its receiver go through."""
    try:
        events = log.tail()
    except Exception as error:  # noqa: BLE001
        _tell(trouble, error)
        return
    for event in events:
        try:
            deliver(event)
        except Exception as error:  # noqa: BLE001
            _tell(trouble, error)


def _tell(trouble: Callable[[Exception], object], error: Exception) -> None:
    with suppress(Exception):
        trouble(error)


def _ignore(error: Exception) -> None:
    """Nobody asked to be told."""
