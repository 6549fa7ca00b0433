"""A process that has loaded everything and forks those that are to be killed: so that a hundred kills take seconds.

Commands come line by line: `writer STORE TOLD COUNT`, `folder STORE`, `compactor STORE`; the answer is the process id.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, compact, fold

EVERY = 40  # of the events one is a definition


def writer(store: str, told: str, count: str) -> None:
    """Write as fast as it can, and say what was acknowledged in a file of its own: one write for each line."""
    log = FolderLog(Path(store))
    acknowledged = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for n in range(int(count)):
        if n % EVERY:
            event = log.append("hit", {"question": "q" * (n % 300), "procedure": "mean@1", "n": n})
        else:
            name = f"p{n}-{log.kernel}"
            event = log.put(name, 0, {"name": name, "number": 1, "source": "x" * 5000})
        os.write(acknowledged, f"{event.kernel} {event.number}\n".encode())
    os.write(acknowledged, b"end\n")


def folder(store: str) -> None:
    """Fold, again and again."""
    while True:
        fold(Path(store))


def compactor(store: str) -> None:
    """Compact and fold, again and again."""
    while True:
        compact(Path(store))
        fold(Path(store))


KINDS: dict[str, Callable[..., None]] = {"writer": writer, "folder": folder, "compactor": compactor}


def main() -> None:
    """Fork until there are no more commands."""
    assert duckdb.__version__
    SeglamError("E-STORE-WRITE")  # its wordings are read before the first fork
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        kind, *arguments = line.split()
        child = os.fork()
        if not child:
            status = 1
            try:
                KINDS[kind](*arguments)
                status = 0
            finally:
                os._exit(status)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
