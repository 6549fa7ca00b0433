"""A thread that takes in what other kernels publish."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from ..errors import SeglamError


class Follower:
    """Calls `follow` every so many seconds, in a daemon thread, until it is closed."""

    def __init__(self, follow: Callable[[], object], seconds: float) -> None:
        self._follow = follow
        self._seconds = seconds
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._followed, name="seglam-follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join(timeout=2 * self._seconds)

    def _followed(self) -> None:
        while not self._closed.wait(self._seconds):
            # a store that cannot be read now is read at the next miss, which says so
            with suppress(SeglamError, OSError):
                self._follow()
