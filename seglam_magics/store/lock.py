"""File locks between processes, given back by the operating system when their holder dies.

Three files are locked: `lock` while a procedure's head is compared and set, `view.lock` while `seglam.duckdb` is open,
`compact.lock` while segments move to the archive; so publishing never waits for a fold. Lock files are never removed:
a removed one could be held and created anew at once. Besides, a kernel holds the lock of the segment it writes for as
long as it lives, which is how others know that it does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE = 0.01  # seconds between two tries
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # the locked byte lies beyond the text, which stays readable

    def take(handle: int, *, shared: bool = False) -> bool:  # noqa: ARG001 (Windows knows exclusive locks only)
        """Lock an open file, without waiting; False where another holds it."""
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _give_back(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        with suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def take(handle: int, *, shared: bool = False) -> bool:
        """Lock an open file, without waiting; False where another holds it. Closing it gives the lock back."""
        # flock rather than lockf: it belongs to this opening of the file, so two logs in one process take turns too
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give_back(handle: int) -> None:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)


@contextmanager
def held(path: Path, *, wait: float = 0.0, shared: bool = False) -> Iterator[bool]:
    """Hold the lock of this file inside `with`; yields False when another held it for all of `wait` seconds.

    Raises
    ------
    OSError : the file cannot be made, or its file system knows no locks.
    """
    handle = os.open(path, _FLAGS, 0o600)
    try:
        taken = _taken(handle, time.monotonic() + wait, shared=shared)
        if taken and not shared:
            _sign(handle)
        try:
            yield taken
        finally:
            if taken:
                _give_back(handle)
    finally:
        os.close(handle)


def holder(path: Path) -> str:
    """Who took the lock last, for a message: `another process (pid 123)`."""
    with suppress(OSError, ValueError):
        return f"another process (pid {int(path.read_bytes()[:16])})"
    return "another process"


def _taken(handle: int, deadline: float, *, shared: bool) -> bool:
    while not take(handle, shared=shared):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _sign(handle: int) -> None:
    with suppress(OSError):  # only a courtesy to whoever waits; a full disk must not fail a lock
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, b"%-16d" % os.getpid())
