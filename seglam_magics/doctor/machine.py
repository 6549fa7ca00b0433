"""The machine: cores, memory, and graphics processors where a tool that measures them is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TOOL = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
SECONDS = 2.0  # a driver that hangs must not keep everybody waiting
_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something measured here: `cores` (count), `memory` (bytes, and bytes allowed) or `gpu` (name, bytes)."""

    name: str
    amount: float
    text: str = ""


def measured(graphics: Callable[[], str] | None = None) -> list[Fact]:
    """What was measured, and nothing else: no line for what could not be.

    Parameters
    ----------
    graphics : gives what the tool for graphics processors prints; "" for no tool.

    >>> {"cores"} <= {fact.name for fact in measured(graphics=str)}
    True
    """
    return [*_cores(), *_memory(), *_graphics((graphics or _asked)())]


def _cores() -> Iterator[Fact]:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if allowed:
        yield Fact("cores", allowed)


def _memory() -> Iterator[Fact]:
    try:
        import psutil
    except ImportError:  # ipykernel brings it, but not everywhere
        return
    total = psutil.virtual_memory().total
    yield Fact("memory", min(total, _allowed() or total))


def _allowed() -> int | None:
    """Bytes a container allows its processes; None without such a limit."""
    try:
        text = _LIMIT.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def _asked() -> str:
    path = shutil.which(TOOL[0])
    if path is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - the path of a known tool, no word of anybody's in it
            [path, *TOOL[1:]], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _graphics(printed: str) -> Iterator[Fact]:
    """A fact a line `name, MiB`; a line that reads otherwise is none."""
    for row in printed.splitlines():
        name, comma, size = row.rpartition(",")
        if comma and size.strip().isdecimal():
            yield Fact("gpu", int(size) * 2**20, name.strip())
