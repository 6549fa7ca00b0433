"""The zygote: a process with everything imported that forks one restricted child per job.

It is started by exec with an empty environment, so it holds neither keys nor data of the kernel. It never runs foreign
code and never executes polars: a fork after one polars query hangs. Where the system cannot fork it does one job and ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from . import sandbox
from .channel import Decoder, Garbled, encode, open_message

ALIVE = 0.5  # seconds between two signs of life
_TICK = 0.05
_NOTE = 8192  # bytes in which a child says what it is about to do
_CHUNK = 1 << 20
# What would otherwise be imported in every child, at its first frame or first statistic.
_AHEAD = (
    "decimal", "fractions", "statistics", "zoneinfo", "polars", "narwhals.stable.v2", "narwhals.stable.v2._namespace",
    "narwhals._interchange.dataframe", "narwhals._polars.dataframe", "narwhals._polars.expr",
    "narwhals._polars.group_by", "narwhals._polars.namespace", "narwhals._polars.series", "narwhals._polars.utils",
)  # fmt: skip


def main(mode: str, parent: int) -> None:
    """Serve the pipes at descriptors 0 and 1 until they close.

    Parameters
    ----------
    mode : `fork` for one child per job, `once` to do a single job in this process.
    parent : process that started this one; when it ends, so does this.
    """
    if mode == "fork":
        sandbox.die_with_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the kernel, which says what to stop
    source, sink = _take_pipes()
    try:
        _warm()
    except Exception as error:  # noqa: BLE001 - whatever is missing here, the kernel has to tell the user
        _send(sink, {"kind": "failed", "why": f"{type(error).__name__}: {error}"})
        return
    _send(sink, {"kind": "ready"})
    if mode == "fork":
        sandbox.adopt_orphans()
        Zygote(source, sink, parent).serve()
    else:
        _once(source, sink)


def _take_pipes() -> tuple[int, int]:
    """Move the protocol off the standard descriptors, which foreign code knows how to write to."""
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    return source, sink


def _warm() -> None:
    """Import all a job may need and let Hypothesis fill its caches; nothing here executes polars."""
    for name in _AHEAD:
        with contextlib.suppress(ImportError):  # inner modules of another release
            importlib.import_module(name)
    from . import jobs
    from .verification import warm

    warm(jobs.answer)
    gc.collect()
    gc.freeze()


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _send(fd: int, header: dict[str, Any], blobs: tuple[bytes, ...] = ()) -> None:
    _write(fd, encode(header, blobs))


def _once(source: int, sink: int) -> None:
    from .jobs import answer

    decoder = Decoder()
    for header, blobs in iter(lambda: _one(source, decoder), None):
        if header["kind"] == "job":
            sandbox.enter(header["seconds"], sandbox.Limits(**header["limits"]))
            reply = answer(blobs[0], lambda _check, _call: None)
            _send(sink, {"kind": "done", "id": header["id"], "status": "answered", "why": "", "note": ""}, (reply,))
            return


def _one(source: int, decoder: Decoder) -> tuple[dict[str, Any], list[bytes]] | None:
    while data := os.read(source, _CHUNK):
        for message in decoder.feed(data):
            return message
    return None


@dataclass(slots=True)
class Job:
    """One forked child and what has come from it."""

    number: int
    child: int
    reply: int
    printed: int
    note: mmap.mmap
    deadline: float
    limits: sandbox.Limits
    decoder: Decoder = field(default_factory=Decoder)
    messages: list[bytes] = field(default_factory=list)
    output: bytearray = field(default_factory=bytearray)
    open: set[int] = field(default_factory=set)
    status: str = ""
    why: str = ""

    def stop(self, status: str, why: str = "") -> None:
        """End the child; the first reason stands."""
        if not self.status:
            self.status, self.why = status, why
        self.open.clear()


class Zygote:
    """Serves jobs one after another over its two pipes."""

    def __init__(self, source: int, sink: int, parent: int) -> None:
        self._source, self._sink, self._parent = source, sink, parent
        self._decoder = Decoder()
        self._waiting: list[tuple[dict[str, Any], list[bytes]]] = []

    def serve(self) -> None:
        """Do jobs until the kernel closes its end or is gone."""
        while True:
            while not self._waiting:
                self._listen(1.0)
            header, blobs = self._waiting.pop(0)
            if header["kind"] == "job":
                self._work(header, blobs.pop())

    def _listen(self, timeout: float) -> None:
        if os.getppid() != self._parent:
            sys.exit()
        if not select.select([self._source], [], [], timeout)[0]:
            return
        data = os.read(self._source, _CHUNK)
        if not data:
            sys.exit()
        self._waiting += self._decoder.feed(data)

    def _work(self, header: dict[str, Any], message: bytes) -> None:
        job = self._fork(header, message)
        del message
        said = time.monotonic()
        try:
            while job.open:
                self._step(job)
                if time.monotonic() - said >= ALIVE:
                    said = time.monotonic()
                    _send(self._sink, {"kind": "alive", "id": job.number})
        finally:
            self._bury(job)
        reply = (job.messages[0],) if job.status == "answered" else ()
        done = {"kind": "done", "id": job.number, "status": job.status, "why": job.why, "note": _read_note(job.note)}
        job.note.close()
        _send(self._sink, done, reply)

    def _fork(self, header: dict[str, Any], message: bytes) -> Job:
        limits = sandbox.Limits(**header["limits"])
        seconds = float(header["seconds"])
        note = mmap.mmap(-1, _NOTE)
        reply, reply_end = os.pipe()
        printed, print_end = os.pipe()
        here = os.getpid()
        child = os.fork()
        if child == 0:
            _child(here, message, (reply_end, print_end), note, seconds, limits)
        os.close(reply_end)
        os.close(print_end)
        deadline = time.monotonic() + seconds
        return Job(header["id"], child, reply, printed, note, deadline, limits, open={reply, printed})

    def _step(self, job: Job) -> None:
        ready = select.select([*job.open, self._source], [], [], _TICK)[0]
        for fd in ready:
            if fd == self._source:
                self._listen(0)
                if any(h["kind"] == "cancel" and h["id"] == job.number for h, _ in self._waiting):
                    job.stop("cancelled")
            elif fd in job.open:
                _take(job, fd)
        if time.monotonic() >= job.deadline:
            job.stop("time")
        elif _resident(job.child) > job.limits.resident:
            job.stop("memory")
        elif not ready and not _runs(job.child):
            job.open.clear()  # it ended, but something it left behind holds its pipes

    def _bury(self, job: Job) -> None:
        """End the child and all it has started, and say how it ended."""
        finished = not job.status and _ended(job.child, 0.5)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(job.child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(job.child, signal.SIGKILL)
        _, state = os.waitpid(job.child, 0)
        _end_orphans()
        os.close(job.reply)
        os.close(job.printed)
        if not job.status:
            _judge(job, state, finished=finished)


def _take(job: Job, fd: int) -> None:
    data = os.read(fd, _CHUNK)
    if not data:
        job.open.discard(fd)
    elif fd == job.printed:
        job.output += data[: max(0, job.limits.output - len(job.output))]
    else:
        try:
            job.messages += job.decoder.cut(data)
        except Garbled as error:
            job.stop("protocol", str(error))
        if len(job.messages) > 1:
            job.stop("protocol", "more than one answer")


def _judge(job: Job, state: int, *, finished: bool) -> None:
    signalled = os.WTERMSIG(state) if os.WIFSIGNALED(state) and finished else 0
    if signalled == signal.SIGXCPU:
        job.stop("time")
    elif len(job.messages) == 1 and job.decoder.empty:
        job.stop("answered")
    elif signalled and b"memory allocation" in job.output:
        job.stop("memory")  # compiled libraries end the process instead of raising MemoryError
    elif signalled:
        job.stop("died", f"signal {signalled} ({signal.strsignal(signalled)}){_last_line(job.output)}")
    else:
        job.stop("died", f"it ended without an answer{_last_line(job.output)}")


def _last_line(output: bytearray) -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {lines[-1][:200]}" if lines else ""


def _read_note(note: mmap.mmap) -> str:
    return bytes(note[:_NOTE]).rstrip(b"\0").decode("utf-8", "replace")


def _write_note(note: mmap.mmap) -> Callable[[str, str], None]:
    def tell(check: str, call: str) -> None:
        data = f"{check}\n{call}".encode("utf-8", "replace")[: _NOTE - 1]
        note[: len(data) + 1] = data + b"\0"
        note[len(data) + 1 :] = bytes(_NOTE - len(data) - 1)

    return tell


def _runs(child: int) -> bool:
    try:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False


def _ended(child: int, within: float) -> bool:
    until = time.monotonic() + within
    while _runs(child):
        if time.monotonic() > until:
            return False
        time.sleep(0.0005)
    return True


def _resident(child: int) -> int:
    try:
        fields = Path(f"/proc/{child}/statm").read_bytes().split()
        return int(fields[1]) * mmap.PAGESIZE
    except (OSError, IndexError, ValueError):
        return 0


def _end_orphans() -> None:
    """Kill what a child has started: it became ours when the child ended. Twice over, for what was born meanwhile."""
    until = time.monotonic() + 1
    while time.monotonic() < until:
        orphans = _children()
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except (OSError, ValueError):
        return []


def _child(
    parent: int, message: bytes, ends: tuple[int, int], note: mmap.mmap, seconds: float, limits: sandbox.Limits
) -> NoReturn:
    try:
        os.setsid()
        sandbox.die_with_parent(parent)
        reply = _keep_only(*ends)
        sandbox.offer_to_memory_killer()
        sandbox.enter(seconds, limits)
        from .jobs import answer  # imported ahead

        data = answer(message, _write_note(note))
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        _write(reply, data)
    finally:
        os._exit(0)


def _keep_only(reply: int, printed: int) -> int:
    """Standard input from nowhere, both outputs into one pipe, the reply at descriptor 3, everything else closed."""
    null = os.open(os.devnull, os.O_RDONLY)
    spare = os.dup2(reply, 250)
    os.dup2(null, 0)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    reply = os.dup2(spare, 3, inheritable=False)
    os.closerange(4, 1024)
    return reply
