"""The kernel's end of a zygote: its process, and two threads that read and write its pipes.

The threads hold what is half read or half written, so an interrupt in the cell's thread can never cut a message in two.
They work the same where pipes cannot be polled.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .channel import ENVELOPE, JOB_LIMIT, LIMIT, Decoder, Garbled, encode, write_all
from .processes import below, kill, stopped
from .sandbox import Isolation

START = 60.0  # seconds a zygote may take to import everything on a busy machine
_LOOK = 0.25  # seconds between two looks at a silent one
_CHUNK = 1 << 20
_ROOTS = ("seglam_magics", "narwhals", "polars", "hypothesis", "sortedcontainers", "numpy", "duckdb")
_BOOT = (
    "import sys; sys.path += [p for p in sys.argv[4:] if p not in sys.path];"
    "from seglam_magics.verify.zygote import main; main(sys.argv[1], int(sys.argv[2]), sys.argv[3])"
)

Message = tuple[dict[str, Any], list[bytes]]


class Lost(Exception):
    """The zygote ended or does not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a zygote is started.

    Attributes
    ----------
    fork : whether it forks a child per job; otherwise it does one job itself and ends.
    seed : PYTHONHASHSEED, the order in which sets of strings are gone through.
    threads : of polars and of numeric libraries, in each child.
    at_most : the strongest tier to try; no environment variable, setting or notebook reaches it.
    """

    fork: bool = True
    seed: int = 0
    threads: int = 1
    at_most: Isolation = "S3"


class Link:
    """One zygote. Nobody waits for its start before the first job.

    Attributes
    ----------
    tier : what its children reach, "" until it is ready.
    missing : why they reach no more.
    """

    def __init__(self, setup: Setup) -> None:
        self.owner = os.getpid()
        self.ended = ""
        self.tier = ""
        self.missing: tuple[str, ...] = ()
        self._setup = setup
        self._ready = False
        self._closed = False
        self._keeper: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def start(self) -> None:
        """Start the process in a thread that lives as long: the parent-death signal is tied to the starting thread."""
        self._keeper = threading.Thread(target=self._keep, name="seglam-zygote", daemon=True)
        self._keeper.start()

    @property
    def usable(self) -> bool:
        """Whether jobs can be given to it: it has not ended, and it was started by this very process."""
        return not self.ended and not self._closed and self.owner == os.getpid()

    @property
    def pid(self) -> int | None:
        """Process id, None until it has been started."""
        return self._process.pid if self._process is not None else None

    def wait_ready(self) -> None:
        """Wait until everything is imported; raises Lost where that fails."""
        if self._ready:
            return
        header, _ = self.receive(START, "it did not start in time")
        if header.get("kind") != "ready":
            raise Lost(str(header.get("why", "it did not start")))
        self.tier, self.missing = str(header["tier"]), tuple(map(str, header["missing"]))
        self._ready = True

    def send(self, header: dict[str, Any], blobs: tuple[bytes, ...] = ()) -> None:
        """Queue a message; it is written whole or not at all."""
        self._outbox.put(encode(header, blobs, JOB_LIMIT + ENVELOPE))

    def receive(self, seconds: float, otherwise: str) -> Message:
        """The next message; raises Lost with `otherwise` after `seconds` without one, or when the process ended."""
        if self.ended:
            raise Lost(self.ended)
        until = time.monotonic() + seconds
        while True:
            left = max(0.0, until - time.monotonic())
            try:
                message = self._inbox.get(timeout=min(left, _LOOK))
            except queue.Empty:
                if left <= _LOOK:
                    raise Lost(otherwise) from None
                if self.pid is not None and stopped(self.pid):
                    raise Lost("it was stopped") from None
                continue
            if message is None:
                raise Lost(self.ended)
            return message

    def close(self) -> None:
        """Kill the process with all it has started, and wait for both threads to end, for two seconds at most."""
        self.kill()
        if self._keeper is not None and self.owner == os.getpid():
            self._keeper.join(timeout=2.0)

    def kill(self) -> None:
        """The same without waiting: what a finalizer may call, where Python drops an interrupt that comes meanwhile."""
        self._closed = True
        self._outbox.put(None)
        if self._process is not None and self.owner == os.getpid():
            started = list(below(self._process.pid)) if self._process.poll() is None else []
            with contextlib.suppress(OSError):
                self._process.kill()
            kill(started)

    # ---------------------------------------------------------------- the two threads

    def _keep(self) -> None:
        reason = "it ended"
        try:
            with _start(self._setup) as process:
                self._process = process
                if self._closed:
                    process.kill()
                writer = threading.Thread(target=self._write, args=(process,), name="seglam-zygote-write", daemon=True)
                writer.start()
                reason = self._read(process) or reason
                process.kill()
                self._outbox.put(None)
                writer.join()
                reason = _last_words(process) or reason
        except (OSError, ValueError) as error:
            reason = str(error)
        self.ended = reason
        self._inbox.put(None)

    def _read(self, process: subprocess.Popen[bytes]) -> str:
        decoder = Decoder(LIMIT + ENVELOPE)
        assert process.stdout is not None
        while data := os.read(process.stdout.fileno(), _CHUNK):
            try:
                for message in decoder.feed(data):
                    self._inbox.put(message)
            except Garbled as error:
                return str(error)
        return ""

    def _write(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            while (data := self._outbox.get()) is not None:
                write_all(process.stdin.fileno(), data)


def _start(setup: Setup) -> subprocess.Popen[bytes]:
    """A fresh interpreter that shares nothing with the kernel: no environment, descriptors, directory or signals.

    Not `-I`: it would ignore PYTHONHASHSEED. With an environment of our own, `-P -s` isolates as much.
    """
    if not sys.executable:
        raise OSError("Python does not know its own executable")
    told = ["fork" if setup.fork else "once", str(os.getpid()), setup.at_most]
    command = [sys.executable, "-P", "-s", "-W", "ignore", "-c", _BOOT, *told, *_roots()]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # for what goes wrong before it can speak; it lets go of it then
        bufsize=0,
        close_fds=True,
        cwd=Path(sys.executable).anchor,
        env=_environment(setup),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
    )


def _last_words(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    lines = process.stderr.read(1 << 16).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _environment(setup: Setup) -> dict[str, str]:
    """Nothing of the kernel's but what its platform needs to start Python at all."""
    fixed = {
        "OPENBLAS_NUM_THREADS": str(setup.threads),
        "OMP_NUM_THREADS": str(setup.threads),
        "POLARS_MAX_THREADS": str(setup.threads),
        "PYTHONHASHSEED": str(setup.seed),
    }
    needed = ("SYSTEMROOT",) if os.name == "nt" else ("LD_LIBRARY_PATH",)
    return {**{name: os.environ[name] for name in needed if name in os.environ}, **fixed}


def _roots() -> list[str]:
    """Folders the kernel has its libraries from; the fresh interpreter may not find them by itself."""
    found = []
    for name in _ROOTS:
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(name)
            places = list(spec.submodule_search_locations or ()) if spec else []
            found += [str(Path(place).parent) for place in places[:1]]
            if spec and not places and spec.origin:
                found.append(str(Path(spec.origin).parent))
    return list(dict.fromkeys(found))
