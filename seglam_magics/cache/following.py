"""A thread that takes in what other kernels publish, and files what was taken in before a question waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from ..errors import SeglamError

PAUSE = 0.002


class Follower:
    """Calls `follow` every so many seconds, in a daemon thread, until it is closed.

    Parameters
    ----------
    settle : called between, first of all at once; as long as it says that there is more to do, again after a pause in
        which the thread of the notebook may go on.
    keep : called when all is settled, with what it calls now and then: it pauses, and says whether it is time to end.
    """

    def __init__(
        self,
        follow: Callable[[], object],
        seconds: float,
        settle: Callable[[], bool],
        keep: Callable[[Callable[[], bool]], object],
    ) -> None:
        self._follow, self._settle, self._keep = follow, settle, keep
        self._seconds = seconds
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._followed, name="seglam-follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join(timeout=2 * self._seconds)

    def _followed(self) -> None:
        self._settled()
        while not self._closed.wait(self._seconds):
            # a store that cannot be read now is read at the next miss, which says so
            with suppress(SeglamError, OSError):
                self._follow()
            self._settled()

    def _settled(self) -> None:
        while self._settle() and not self._closed.wait(PAUSE):
            pass
        self._keep(self._paused)

    def _paused(self) -> bool:
        return self._closed.wait(PAUSE)
