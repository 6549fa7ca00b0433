"""Noticing that a model says nothing: a clock beside a request, since whoever reads its stream is held by that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_SHORTEST = 0.01  # seconds between two looks


class Watch:
    """Tells after so many seconds without a word, and again after as many more. Safe to use from several threads.

    Parameters
    ----------
    seconds : of silence that are waited for; None watches nothing.
    tell : called in a thread of its own with the seconds of silence.
    """

    def __init__(self, seconds: float | None, tell: Callable[[float], object]) -> None:
        self._seconds, self._tell = seconds, tell
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._since = self._from = time.monotonic()

    def begin(self) -> None:
        """A request is sent."""
        with self._lock:
            self._since = self._from = time.monotonic()
            self._arm(self._seconds)

    def heard(self) -> None:
        """Something came."""
        self._since = self._from = time.monotonic()

    def end(self) -> None:
        """The request is over; nothing is told from here on."""
        with self._lock:
            self._arm(None)

    def _arm(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None:
            self._timer = threading.Timer(max(_SHORTEST, seconds), self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return  # it was called off while it woke
            assert self._seconds is not None
            now = time.monotonic()
            quiet = now - self._since
            due = now - self._from >= self._seconds
            self._from = now if due else self._from
            self._arm(self._seconds - (now - self._from))
        if due:
            self._tell(quiet)
