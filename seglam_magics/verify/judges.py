"""The judge's process, which serves several verifications: no foreign code comes into it, so none can spoil it.

It is restricted like every other child. What a verification needs is handed to it over a socket it was forked with: the
ends of pipes to the sides of this verification, and the job. One that did not answer soundly is ended, and after some
verifications another takes its place: what Hypothesis remembers must not grow for ever.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import mmap
import os
import select
import socket
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from . import children, processes, sandbox
from .channel import write_all
from .wires import Cut, Wire

_SERVES = 20  # verifications of one judge
_LIVES = 3600.0  # seconds of CPU it may use for them; the time of each is kept from outside
_PAPER = 1 << 12  # bytes of what is written on the line
_HANDED = 8  # descriptors with it, at most


@dataclass(slots=True)
class Seat:
    """A judge as its zygote knows it.

    Attributes
    ----------
    line : the zygote's end of the socket.
    note : where it says what it is about to do.
    left : verifications it may still serve.
    """

    child: int
    line: socket.socket
    note: mmap.mmap
    left: int

    def hand(self, message: bytes, sides: Sequence[str], ends: Sequence[int]) -> None:
        """Have it judge.

        Parameters
        ----------
        ends : descriptors of the answer, of what is printed, and of the pipes from and to each of `sides`.
        """
        self.note[:] = bytes(len(self.note))
        self.left -= 1
        job = os.memfd_create("job")
        try:
            write_all(job, message)
            with contextlib.suppress(OSError):  # it is gone, which is noticed soon
                socket.send_fds(self.line, [json.dumps(list(sides)).encode()], [job, *ends])
        finally:
            os.close(job)

    def done(self, within: float) -> int | None:
        """Its word on how it ended, a code as `children.end` has it; None where it gives none."""
        if not select.select([self.line], [], [], within)[0]:
            return None
        with contextlib.suppress(OSError):  # it ended with its job unread
            word = os.read(self.line.fileno(), 1)
            return word[0] if word else None
        return None

    def leave(self) -> None:
        """Let go of what the zygote holds of it."""
        self.line.close()
        self.note.close()


class Seats:
    """The one seat of a zygote, with a judge in it where one was needed."""

    def __init__(self, tier: sandbox.Isolation) -> None:
        self._tier = tier
        self._seat: Seat | None = None

    @property
    def idle(self) -> tuple[int, ...]:
        """The judge that waits, if one does."""
        return () if self._seat is None else (self._seat.child,)

    def taken(self) -> Seat:
        """A judge that waits for a job."""
        if self._seat is not None and not processes.runs(self._seat.child):
            self._ended()
        if self._seat is None:
            self._seat = _forked(self._tier)
        return self._seat

    def keep(self, seat: Seat, *, sound: bool) -> None:
        """After a job: keep the judge for the next one where it may serve on.

        Parameters
        ----------
        sound : it ended the job by itself; otherwise it was ended with it.
        """
        if not sound or seat.left <= 0:
            self._ended()

    def _ended(self) -> None:
        if self._seat is not None:
            with contextlib.suppress(ChildProcessError):  # it was asked already how it ended
                children.killed(self._seat.child)
            self._seat.leave()
            self._seat = None


def _forked(tier: sandbox.Isolation) -> Seat:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    note = mmap.mmap(-1, children.NOTE)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        with children.born(parent):
            children.restrict(tier, _LIVES, sandbox.Limits(), kept=[its.fileno()], hearing=True)
            gc.disable()  # it serves too few for that to matter, and a collection would copy what the zygote shares
            while _serve(its, note):
                pass
    its.close()
    # without a boundary, what one procedure does could reach the judge of the next
    return Seat(child, ours, note, 1 if tier == "S1" else _SERVES)


# ---------------------------------------------------------------- in the judge


def _serve(line: socket.socket, note: mmap.mmap) -> bool:
    """Judge once; False where nobody asks any more."""
    paper, ends = _handed(line)
    if not paper:
        return False
    job, reply, printed, *pipes = ends
    for fd in (1, 2):
        os.dup2(printed, fd)
    pairs = zip(pipes[::2], pipes[1::2], strict=True)
    code = _judged(job, reply, dict(zip(json.loads(paper), pairs, strict=True)), note)
    for fd in (1, 2):
        os.dup2(0, fd)  # where the zygote hears nothing
    for fd in ends:
        os.close(fd)
    os.write(line.fileno(), bytes([code]))
    return True


def _handed(line: socket.socket) -> tuple[bytes, list[int]]:
    paper, ancillary, _, _ = line.recvmsg(_PAPER, socket.CMSG_SPACE(_HANDED * array.array("i").itemsize))
    ends = array.array("i")
    for _, _, data in ancillary:
        ends.frombytes(data)
    return paper, list(ends)


def _judged(job: int, reply: int, pipes: dict[str, tuple[int, int]], note: mmap.mmap) -> int:
    from . import jobs  # imported ahead

    wires = {role: Wire(role, source, sink) for role, (source, sink) in pipes.items()}
    try:
        message = os.pread(job, os.fstat(job).st_size, 0)
        write_all(reply, jobs.answer(message, children.write_note(note), wires))
    except Cut as cut:
        return (children.UNSOUND if cut.unsound else children.ENDED) + list(wires).index(cut.role)
    except Exception:  # noqa: BLE001 - into the captured output, whose last line is told
        traceback.print_exc()
    return 0
