"""Following the log: what other kernels publish reaches this one within a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from seglam_magics.store.log import Log
from seglam_magics.words import Event


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

    def tell(error: Exception) -> None:
        if trouble is not None:
            with suppress(Exception):
                trouble(error)

    def look() -> None:
        try:
            events = log.tail()
        except Exception as error:  # noqa: BLE001 (a follower outlives whatever its folder goes through)
            return tell(error)
        for event in events:
            try:
                deliver(event)
            except Exception as error:  # noqa: BLE001
                tell(error)
        return None

    def run() -> None:
        while not ended.is_set():
            look()
            ended.wait(every)

    thread = threading.Thread(target=run, name="seglam-follow", daemon=True)
    thread.start()

    def stop() -> None:
        ended.set()
        if thread is not threading.current_thread():
            thread.join(timeout=5)

    return stop
