"""Processes as the system shows them: which there are below one, how much memory they use, whether one was stopped."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

_ORPHANS = 1.0  # seconds spent on what a child has started


def runs(child: int) -> bool:
    """Whether `child`, which this process has started, has not ended."""
    try:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False


def ended(child: int, within: float) -> bool:
    """Wait up to `within` seconds for `child` to end by itself."""
    until = time.monotonic() + within
    while runs(child):
        if time.monotonic() > until:
            return False
        time.sleep(0.0005)
    return True


def stopped(pid: int) -> bool:
    """Whether `pid` was stopped by a signal; False where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"T"
    except (OSError, IndexError):
        return False


def below(pid: int) -> Iterator[int]:
    """Every process that `pid` or one of its threads has started or adopted, and theirs."""
    try:
        lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except (OSError, ValueError):
        return
    for child in (int(number) for text in lists for number in text.split()):
        yield child
        yield from below(child)


def resident(pids: Iterable[int]) -> int:
    """Bytes of memory in use by all of `pids`; pages they share count for each."""
    return sum(map(_resident, pids))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * mmap.PAGESIZE
    except (OSError, IndexError, ValueError):
        return 0


def kill(pids: Iterable[int]) -> None:
    """Kill all of `pids`; those that are gone already are no fault."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def end_orphans(kept: Container[int] = ()) -> None:
    """Kill what a child has started: it became ours when the child ended. Twice over, for what was born meanwhile.

    Parameters
    ----------
    kept : children that live on.
    """
    until = time.monotonic() + _ORPHANS
    while time.monotonic() < until:
        orphans = [pid for pid in below(os.getpid()) if pid not in kept]
        if not orphans:
            return
        kill(orphans)
        for pid in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
