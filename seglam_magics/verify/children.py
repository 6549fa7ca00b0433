"""The forked children of a job: how they start, what is taken from them, how they end and what they leave behind.

A call has one child. A verification has a judge, who runs no foreign code, a runner and an oracle, who run nothing
else; only the judge can answer. Nothing a child sends is believed: more than one answer, bytes that are none, or an end
without an answer are failures.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import mmap
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from . import privileges, processes, sandbox
from .channel import Decoder, Garbled, write_all

ROLES = ("call", "judge", "runner", "oracle")
_NOTE = 8192  # bytes in which a child says what it is about to do
_CHUNK = 1 << 20
_REPLY = 3  # descriptor of the answer, in the child
_ALL = 1024  # more descriptors than a zygote ever has
_ENDING = 0.5  # seconds a child may take to end after its last word
# how a judge ends that cannot go on: a side ended, or said what it was not asked; plus the place of that side
_ENDED, _UNSOUND = 10, 20


@dataclass(slots=True)
class Job:
    """The forked children of one job, the first of which answers, and what has come from them."""

    number: int
    children: tuple[int, ...]
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


@dataclass(frozen=True, slots=True)
class _Post:
    """The place of one child: its role, its ends of pipes to others in the order they have, and how it is held."""

    role: str
    sink: int
    printed: int
    wires: tuple[tuple[str, int, int], ...]  # role of the other, descriptor to read from, descriptor to write to
    tier: sandbox.Isolation
    seconds: float
    limits: sandbox.Limits


def start(header: dict[str, Any], message: bytes, tier: sandbox.Isolation) -> Job:
    """Fork children in the roles of `header` that do the job of `message` in `tier` and within its limits."""
    limits = sandbox.Limits(**header["limits"])
    seconds = float(header["seconds"])
    note = mmap.mmap(-1, _NOTE)
    reply, reply_end = os.pipe()
    printed, print_end = os.pipe()
    first, *sides = header.get("roles", ("call",))
    there, back = {role: os.pipe() for role in sides}, {role: os.pipe() for role in sides}
    wires = tuple((role, back[role][0], there[role][1]) for role in sides)
    posts = [_Post(first, reply_end, print_end, wires, tier, seconds, limits)]
    for role in sides:
        wire = (("judge", there[role][0], back[role][1]),)
        posts.append(_Post(role, back[role][1], print_end, wire, tier, seconds, limits))
    parent = os.getpid()
    children = tuple(_forked(parent, post, message, note) for post in posts)
    for fd in (reply_end, print_end, *itertools.chain(*there.values(), *back.values())):
        os.close(fd)
    deadline = time.monotonic() + seconds
    return Job(header["id"], children, reply, printed, note, deadline, limits, open={reply, printed})


def _forked(parent: int, post: _Post, message: bytes, note: mmap.mmap) -> int:
    child = os.fork()
    if child == 0:
        _child(parent, post, message, note)
    return child


def watch(job: Job, *, quiet: bool) -> None:
    """Hold the children to their limits; `quiet` says that nothing has come from them for a while."""
    if time.monotonic() >= job.deadline:
        job.stop("time")
    elif processes.resident(processes.below(os.getpid())) > job.limits.resident:
        job.stop("memory")
    elif quiet and not processes.runs(job.children[0]):
        job.open.clear()  # it ended, but something it left behind holds its pipes


def end(job: Job) -> None:
    """End the children and all they have started, and say how they ended."""
    finished = not job.status and processes.ended(job.children[0], _ENDING)
    code = _code(job.children[0]) if finished else 0
    lost = (code % 10) + 1 if code >= _ENDED else 0
    if lost:
        finished = processes.ended(job.children[lost], _ENDING)
    states = [_ended(child) for child in job.children]
    processes.end_orphans()
    _drain(job)
    os.close(job.reply)
    os.close(job.printed)
    if not job.status:
        _judge(job, states[lost], finished=finished, unsound=code >= _UNSOUND)


def _code(child: int) -> int:
    """The exit code of a child that has ended and is still there to be asked; 0 where a signal ended it."""
    state = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return state.si_status if state is not None and state.si_code == os.CLD_EXITED else 0


def _ended(child: int) -> int:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _drain(job: Job) -> None:
    """Read what was said and not read yet: a child may answer and end between two looks; last words tell why."""
    for fd in (job.printed, job.reply):
        job.open = {fd}
        while not job.status and fd in job.open and select.select([fd], [], [], 0)[0]:
            take(job, fd)
    job.open.clear()


def take(job: Job, fd: int) -> None:
    """Read what has come at one of the pipes."""
    data = os.read(fd, _CHUNK)
    if not data:
        job.open.discard(fd)
        if fd == job.reply and len(job.children) > 1:
            job.open.clear()  # the judge has nothing more to say, and who is left is only waiting to be asked
    elif fd == job.printed:
        job.output += data[: max(0, job.limits.output - len(job.output))]
    else:
        try:
            job.messages += job.decoder.cut(data)
        except Garbled as error:
            job.stop("protocol", str(error))
        if len(job.messages) > 1:
            job.stop("protocol", "more than one answer")


def _judge(job: Job, state: int, *, finished: bool, unsound: bool) -> None:
    signalled = os.WTERMSIG(state) if os.WIFSIGNALED(state) and finished else 0
    if unsound:
        job.stop("protocol", "it said what it was not asked for")
    elif signalled == signal.SIGXCPU:
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


# ---------------------------------------------------------------- in the child


def _child(parent: int, post: _Post, message: bytes, note: mmap.mmap) -> NoReturn:
    code = 0
    try:
        os.setsid()
        privileges.die_with_parent(parent)
        ends = [fd for _, *pair in post.wires for fd in pair]
        _keep_only(post.sink, post.printed, [*ends, *([sandbox.rules()] if post.tier == "S3" else [])])
        sandbox.enter(post.tier, post.seconds, post.limits)
        code = _act(post, message, note)
    except BaseException:  # noqa: BLE001 - into the captured output, whose last line is told
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _act(post: _Post, message: bytes, note: mmap.mmap) -> int:
    """Do what the role is; the exit code."""
    from . import jobs  # imported ahead
    from .wires import Cut, Wire

    wires = {role: Wire(role, source, sink) for role, source, sink in post.wires}
    if post.role == "judge":
        gc.disable()  # it lives for a second, and a collection would copy what it shares with the zygote
    if post.role in ("runner", "oracle"):
        note.close()  # it is the judge's to write
        jobs.serve(post.role, message, wires["judge"])
        return 0
    try:
        data = jobs.answer(message, _write_note(note), wires or None)
    except Cut as cut:
        return (_UNSOUND if cut.unsound else _ENDED) + list(wires).index(cut.role)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    write_all(_REPLY, data)
    return 0


def _keep_only(sink: int, printed: int, kept: Sequence[int]) -> None:
    """Both outputs into one pipe, `sink` also at descriptor 3, all else but `kept` closed; the input is nothing."""
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    if sink != _REPLY:  # where the other pipe is there, it is not needed any more
        os.dup2(sink, _REPLY, inheritable=False)
    for below, above in itertools.pairwise((_REPLY, *sorted(set(kept) - {_REPLY}), _ALL)):
        os.closerange(below + 1, above)
