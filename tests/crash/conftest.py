"""Processes to kill, and what they acknowledged before they died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seglam_magics.store.duck import connect

Key = tuple[str, int]


class Nursery:
    """Starts processes in milliseconds, and kills them."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "error", str(Path(__file__).with_name("nursery.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, kind: str, *arguments: object) -> int:
        """The id of a new process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, (kind, *arguments))) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self, process: int) -> None:
        """SIGKILL, and until it is gone."""
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.wait(process)

    def wait(self, process: int) -> None:
        """Until a process is gone."""
        until(lambda: not alive(process))

    def close(self) -> None:
        """End it, and with it what it started is no more its business."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(met: Callable[[], object]) -> None:
    """Wait for something that comes soon."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


class Told:
    """What a writer said that was acknowledged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begun(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    @property
    def ended(self) -> bool:
        return self.path.read_text().endswith("end\n")

    @property
    def keys(self) -> set[Key]:
        lines = self.path.read_text().split("\n")[:-1] if self.path.exists() else []
        return {(kernel, int(number)) for kernel, number in (line.split() for line in lines if line != "end")}


def folded_rows(store: Path) -> Counter[Key]:
    """How often each event is in the view."""
    connection = connect(store / "seglam.duckdb", read_only=True)
    found = connection.execute("select kernel, number from folded").fetchall()
    connection.close()
    return Counter(found)
