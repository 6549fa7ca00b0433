"""The forked children of a job: how they start, what is taken from them, how they end and what they leave behind.

A call has one child. A verification has a judge, who runs no foreign code and serves several (`judges`), a runner and
an oracle, who run nothing else; only the judge can answer. Nothing a child sends is believed: more than one answer,
bytes that are none, or an end without an answer are failures.
"""

from __future__ import annotations

import contextlib
import itertools
import mmap
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import privileges, processes, sandbox
from .channel import Decoder, Garbled, write_all
from .noting import written

if TYPE_CHECKING:
    from .judges import Seat
    from .noting import Note

NOTE = 8192  # bytes in which a child says what it is about to do
_CHUNK = 1 << 20
_REPLY = 3  # descriptor of the answer, in the child
_ALL = 1024  # more descriptors than a zygote ever has
_ENDING = 0.5  # seconds a child may take to end after its last word
# what a judge says that cannot go on: a side ended, or said what it was not asked; plus the place of that side
ENDED, UNSOUND = 10, 20


@dataclass(slots=True)
class Job:
    """The forked children of one job, the first of which answers, and what has come from them.

    Attributes
    ----------
    seat : that of the first child, where it is a judge who serves on.
    """

    number: int
    children: tuple[int, ...]
    reply: int
    printed: int
    note: mmap.mmap
    deadline: float
    limits: sandbox.Limits
    seat: Seat | None = None
    sound: bool = False
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
        return bytes(self.note[:NOTE]).rstrip(b"\0").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Post:
    """The place of one child: its role, its ends of pipes to its judge, and how it is held."""

    role: str
    sink: int
    printed: int
    wire: tuple[int, ...]  # descriptor to read from, descriptor to write to; none where it answers itself
    tier: sandbox.Isolation
    seconds: float
    limits: sandbox.Limits


def start(header: dict[str, Any], message: bytes, tier: sandbox.Isolation, seat: Seat | None) -> Job:
    """Fork children in the roles of `header` that do the job of `message` in `tier` and within its limits.

    Parameters
    ----------
    seat : the judge of a verification; None for a call.
    """
    limits = sandbox.Limits(**header["limits"])
    seconds = float(header["seconds"])
    note = mmap.mmap(-1, NOTE) if seat is None else seat.note
    reply, reply_end = os.pipe()
    printed, print_end = os.pipe()
    sides = header["roles"][1:] if seat is not None else []
    there, back = {role: os.pipe() for role in sides}, {role: os.pipe() for role in sides}
    if seat is not None:
        wires = [(back[role][0], there[role][1]) for role in sides]
        seat.hand(message, sides, [reply_end, print_end, *itertools.chain(*wires)])
        posts = [
            _Post(role, back[role][1], print_end, (there[role][0], back[role][1]), tier, seconds, limits)
            for role in sides
        ]
    else:
        posts = [_Post("call", reply_end, print_end, (), tier, seconds, limits)]
    parent = os.getpid()
    children = tuple(_forked(parent, post, message, note) for post in posts)
    for fd in (reply_end, print_end, *itertools.chain(*there.values(), *back.values())):
        os.close(fd)
    judge = () if seat is None else (seat.child,)
    deadline = time.monotonic() + seconds
    return Job(header["id"], (*judge, *children), reply, printed, note, deadline, limits, seat, open={reply, printed})


def _forked(parent: int, post: _Post, message: bytes, note: mmap.mmap) -> int:
    child = os.fork()
    if child == 0:
        with born(parent):
            restrict(post.tier, post.seconds, post.limits, kept=post.wire, ends=(post.sink, post.printed))
            _act(post, message, note)
    return child


def watch(job: Job, *, quiet: bool) -> None:
    """Hold the children to their limits; `quiet` says that nothing has come from them for a while."""
    if time.monotonic() >= job.deadline:
        job.stop("time")
    elif processes.resident(processes.below(os.getpid())) > job.limits.resident:
        job.stop("memory")
    elif quiet and not processes.runs(job.children[0]):
        job.open.clear()  # it ended, but something it left behind holds its pipes


def end(job: Job, others: Sequence[int] = ()) -> None:
    """End the children and all they have started, and say how they ended; a judge who has answered lives on.

    Parameters
    ----------
    others : children of the zygote that have no part in the job.
    """
    code = None if job.status or job.seat is None else job.seat.done(_ENDING)
    job.sound = code is not None
    code = code or 0
    lost = (code % 10) + 1 if code >= ENDED else 0
    finished = not job.status and ((lost == 0 and job.sound) or processes.ended(job.children[lost], _ENDING))
    kept = job.children[:1] if job.sound else ()
    states = [0 if child in kept else killed(child) for child in job.children]
    processes.end_orphans((*kept, *others))
    _drain(job)
    os.close(job.reply)
    os.close(job.printed)
    if not job.status:
        _judge(job, states[lost], finished=finished, unsound=code >= UNSOUND)


def killed(child: int) -> int:
    """End a child with its group, and say how it ended, which may have been before."""
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
        if fd == job.reply and job.seat is not None:
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


def write_note(note: mmap.mmap) -> Note:
    """What writes into `note` which call of which check comes next."""

    def tell(check: str, call: str, done: int = 0) -> None:
        data = written(check, call, done).encode("utf-8", "replace")[: NOTE - 1]
        note[: len(data) + 1] = data + b"\0"
        note[len(data) + 1 :] = bytes(NOTE - len(data) - 1)

    return tell


# ---------------------------------------------------------------- in the child


@contextlib.contextmanager
def born(parent: int) -> Iterator[None]:
    """What a child does, after which it ends: nothing of the zygote's program may go on in it."""
    try:
        os.setsid()
        privileges.die_with_parent(parent)
        yield
    except BaseException:  # noqa: BLE001 - into the captured output, whose last line is told
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(0)


def restrict(
    tier: sandbox.Isolation,
    seconds: float,
    limits: sandbox.Limits,
    *,
    kept: Sequence[int],
    ends: tuple[int, int] | None = None,
    hearing: bool = False,
) -> None:
    """Let go of all descriptors but `kept` and the `ends` of answer and output, and enter `tier`."""
    _keep_only(ends, [*kept, *([sandbox.rules()] if tier == "S3" else [])])
    sandbox.enter(tier, seconds, limits, hearing=hearing)


def _act(post: _Post, message: bytes, note: mmap.mmap) -> None:
    """Do what the role is."""
    from . import jobs  # imported ahead
    from .wires import Wire

    if post.wire:
        note.close()  # it is the judge's to write
        jobs.serve(post.role, message, Wire("judge", *post.wire))
        return
    data = jobs.answer(message, write_note(note))
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    write_all(_REPLY, data)


def _keep_only(ends: tuple[int, int] | None, kept: Sequence[int]) -> None:
    """Both outputs into one pipe, the answer at descriptor 3, all else but `kept` closed; the input is nothing."""
    held = set(kept)
    if ends is not None:
        sink, printed = ends
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        if sink != _REPLY:  # where the other pipe is there, it is not needed any more
            os.dup2(sink, _REPLY, inheritable=False)
        held.add(_REPLY)
    for below, above in itertools.pairwise((2, *sorted(held), _ALL)):
        os.closerange(below + 1, above)
