"""One forked child per job: how it starts, what is taken from it, how it ends and what it leaves behind.

Nothing a child sends is believed: more than one answer, bytes that are none, or an end without an answer are failures.
"""

from __future__ import annotations

import contextlib
import itertools
import mmap
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from . import privileges, processes, sandbox
from .channel import Decoder, Garbled, write_all

_NOTE = 8192  # bytes in which a child says what it is about to do
_CHUNK = 1 << 20
_REPLY = 3  # descriptor of the answer, in the child
_ALL = 1024  # more descriptors than a zygote ever has
_ENDING = 0.5  # seconds a child may take to end after its last word


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
        """Read no further; the first reason stands."""
        if not self.status:
            self.status, self.why = status, why
        self.open.clear()

    def told(self) -> str:
        """What it was about to do when it last said so."""
        return bytes(self.note[:_NOTE]).rstrip(b"\0").decode("utf-8", "replace")


def start(header: dict[str, Any], message: bytes, tier: sandbox.Isolation) -> Job:
    """Fork a child that does the job of `message` in `tier` and within the limits of `header`."""
    limits = sandbox.Limits(**header["limits"])
    seconds = float(header["seconds"])
    note = mmap.mmap(-1, _NOTE)
    reply, reply_end = os.pipe()
    printed, print_end = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _child(parent, message, (reply_end, print_end), note, _Cage(tier, seconds, limits))
    os.close(reply_end)
    os.close(print_end)
    deadline = time.monotonic() + seconds
    return Job(header["id"], child, reply, printed, note, deadline, limits, open={reply, printed})


def watch(job: Job, *, quiet: bool) -> None:
    """Hold the child to its limits; `quiet` says that nothing has come from it for a while."""
    if time.monotonic() >= job.deadline:
        job.stop("time")
    elif processes.resident(processes.below(os.getpid())) > job.limits.resident:
        job.stop("memory")
    elif quiet and not processes.runs(job.child):
        job.open.clear()  # it ended, but something it left behind holds its pipes


def end(job: Job) -> None:
    """End the child and all it has started, and say how it ended."""
    finished = not job.status and processes.ended(job.child, _ENDING)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(job.child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(job.child, signal.SIGKILL)
    _, state = os.waitpid(job.child, 0)
    processes.end_orphans()
    os.close(job.reply)
    os.close(job.printed)
    if not job.status:
        _judge(job, state, finished=finished)


def take(job: Job, fd: int) -> None:
    """Read what has come at one of the child's pipes."""
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


def _write_note(note: mmap.mmap) -> Callable[[str, str], None]:
    def tell(check: str, call: str) -> None:
        data = f"{check}\n{call}".encode("utf-8", "replace")[: _NOTE - 1]
        note[: len(data) + 1] = data + b"\0"
        note[len(data) + 1 :] = bytes(_NOTE - len(data) - 1)

    return tell


@dataclass(frozen=True, slots=True)
class _Cage:
    """How a child is held."""

    tier: sandbox.Isolation
    seconds: float
    limits: sandbox.Limits


def _child(parent: int, message: bytes, ends: tuple[int, int], note: mmap.mmap, cage: _Cage) -> NoReturn:
    try:
        os.setsid()
        privileges.die_with_parent(parent)
        reply = _keep_only(*ends, *([sandbox.rules()] if cage.tier == "S3" else []))
        sandbox.enter(cage.tier, cage.seconds, cage.limits)
        from .jobs import answer  # imported ahead

        data = answer(message, _write_note(note))
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        write_all(reply, data)
    except BaseException:  # noqa: BLE001 - into the captured output, whose last line is told
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(0)


def _keep_only(reply: int, printed: int, *kept: int) -> int:
    """Both outputs into one pipe, the reply at descriptor 3, all else but `kept` closed; the input is nothing."""
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    if reply != _REPLY:  # where the other pipe is there, it is not needed any more
        os.dup2(reply, _REPLY, inheritable=False)
    for below, above in itertools.pairwise((_REPLY, *kept, _ALL)):
        os.closerange(below + 1, above)
    return _REPLY
