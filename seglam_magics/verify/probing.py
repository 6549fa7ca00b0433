"""Which tier this system offers: found by trying it in a child, never by version numbers.

A tier is offered where a child can enter it, is then refused what the tier refuses, and can still do what a job needs.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .sandbox import TIERS, Isolation, Limits, enter

_SECONDS = 5.0  # for one try


@dataclass(frozen=True, slots=True)
class Reached:
    """The strongest tier there is, and why each stronger one is not."""

    tier: Isolation
    missing: tuple[str, ...] = ()


def strongest(at_most: Isolation = "S3") -> Reached:
    """Try the tiers from `at_most` on down. Forks, so nothing may have run that does not survive a fork.

    >>> strongest("S1")
    Reached(tier='S1', missing=('at most S1 was asked for',))
    """
    missing = [] if at_most == "S3" else [f"at most {at_most} was asked for"]
    for tier in TIERS[TIERS.index(at_most) : -1]:
        problem = _tried(tier) if hasattr(os, "fork") else "this system cannot fork"
        if not problem:
            return Reached(tier, tuple(missing))
        missing.append(f"{tier}: {problem}")
    return Reached("S1", tuple(missing))


def _tried(tier: Isolation) -> str:
    """Why a child cannot enter `tier`, "" where it can."""
    told, end = os.pipe()
    child = os.fork()
    if child == 0:
        _try(tier, end)
    os.close(end)
    try:
        said = os.read(told, 1000) if select.select([told], [], [], _SECONDS)[0] else b"it hangs there"
    finally:
        os.close(told)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if said == b"held":
        return ""
    return said.decode("utf-8", "replace").strip() or "it ends there without a word"


def _try(tier: Isolation, end: int) -> NoReturn:
    said = "held"
    try:
        enter(tier, _SECONDS, Limits())
        said = next((f"a child may {act}" for act, how in _refused().items() if _done(how)), said)
        _work(tier)
    except BaseException as error:  # noqa: BLE001 - whatever it is, this is no tier to claim
        said = (str(error.strerror) if isinstance(error, OSError) and error.strerror else str(error)) or repr(error)
    finally:
        with contextlib.suppress(OSError):
            os.write(end, said.encode())
        os._exit(0)


def _refused() -> dict[str, Callable[[], object]]:
    """One act of each kind that must fail, none of which does harm where it does not."""
    return {
        "open a socket": lambda: socket.socket().close(),
        "start a process": _fork,
        "run a program": lambda: os.execv("/proc/self/exe", ["-"]),  # noqa: S606 - it is refused, or ends at once
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "list the root folder": lambda: next(Path("/").iterdir()),
        "write to a file": lambda: os.close(os.open(os.devnull, os.O_WRONLY)),
        "move to another folder": lambda: os.chdir("/"),
    }


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _done(how: Callable[[], object]) -> bool:
    try:
        how()
    except PermissionError:
        return False
    return True


def _work(tier: Isolation) -> None:
    thread = threading.Thread(target=len, args=((),))
    thread.start()
    thread.join()
    if tier == "S3":
        Path(os.__file__).read_bytes()
