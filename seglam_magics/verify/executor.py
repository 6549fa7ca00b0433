"""Running foreign code beside the kernel, with a zygote and one child per job: the executor that ships with seglam.

Nothing here ever runs a procedure in the kernel. When the zygote dies or hangs it is restarted once; then the job
fails.
"""

from __future__ import annotations

import dataclasses
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import SeglamError
from ..procedure import to_record
from ..procedure.wire import unpack
from ..words import Check, Revision, Verdict
from .channel import encode, open_message
from .contract import misfit
from .link import Link, Lost, Setup
from .lint import lint_revision
from .replies import Done, call_job, failure_text, read_checks, read_done, read_failure, size
from .sandbox import Isolation, Limits

SILENCE = 3.0  # seconds without a sign of life after which a zygote is given up
VERIFY = 20.0  # seconds after which any verification is ended
_PATIENCE = 2.0  # seconds an interrupted job may take to be ended

T = TypeVar("T")


class ChildExecutor:
    """Runs each job in a forked, restricted child of a zygote, which starts at the first job or with `warm`.

    Safe to use from several threads; their jobs take turns.

    Parameters
    ----------
    limits : bounds of every job.
    fork : fork a child per job; None does where the system can, otherwise each job gets a fresh interpreter.
    at_most : the strongest tier to try. A parameter, for tests of the weaker ones: nothing that a notebook, a project
        or an environment variable could set leads here.

    >>> executor = ChildExecutor()
    >>> executor.call("def twice(x): return 2 * x", "twice", {"x": 21}, returns="number")
    42
    >>> executor.close()
    """

    def __init__(self, *, limits: Limits | None = None, fork: bool | None = None, at_most: Isolation = "S3") -> None:
        self._limits = limits or Limits()
        self._fork = hasattr(os, "fork") if fork is None else fork
        self._setup = Setup(fork=self._fork, at_most=at_most)
        self._reached: tuple[str, tuple[str, ...]] | None = None
        self._lock, self._owner = threading.Lock(), os.getpid()
        self._link: Link | None = None
        self._number = 0
        self._pending = 0  # job the zygote has been given and has not ended yet
        self._finalizer: Any = None
        self._aborted = False

    @property
    def tier(self) -> str:
        """What the children reach; the first question waits for the zygote. Raises SeglamError E-SANDBOX-DOWN."""
        return self._isolation()[0]

    @property
    def missing(self) -> tuple[str, ...]:
        """Why it is not a stronger tier, a phrase for each; waits and raises like `tier`."""
        return self._isolation()[1]

    def warm(self) -> None:
        """Start the zygote in the background, without waiting for it."""
        lock = self._turn()
        if lock.acquire(blocking=False):
            try:
                self._running()
            finally:
                lock.release()

    def call(self, source: str, name: str, arguments: Mapping[str, Any], *, returns: str, seconds: float = 10.0) -> Any:
        """Run the procedure `name` of `source` in a child; nothing is linted here.

        Parameters
        ----------
        arguments : parameter -> plain data or polars frame.
        returns : declared kind of the result, which is checked: `frame list dict number str bool date`.
        seconds : wall time after which the child is killed.

        Raises
        ------
        SeglamError : E-RUN for an error of the procedure, E-RUN-TIME, E-RUN-MEMORY, E-RUN-PROTOCOL for a child that
            ends without a sound answer, E-INPUT-SIZE and E-INPUT-CONTENT for arguments that cannot be handed over,
            E-SANDBOX-DOWN where no child can be had.
        """
        job = call_job(source, name, arguments, returns)
        done = self._exchange(job, seconds)
        facts = {"procedure": name, "name": name}
        if done.status == "time":
            raise SeglamError("E-RUN-TIME", seconds=f"{seconds:g}", **facts)
        if done.status == "memory":
            raise SeglamError("E-RUN-MEMORY", limit=size(self._limits.resident), **facts)
        if done.status != "answered":
            raise SeglamError("E-RUN-PROTOCOL", why=done.why, **facts)
        value = self._value(done, facts)
        problem = misfit(value, returns)
        if problem:
            raise SeglamError("E-RUN", why=problem, **facts)
        return value

    def verify(self, revision: Revision, *, cases: int = 100, seconds: float = 10.0) -> Verdict:
        """Judge `revision`: lint here, then examples, built-in checks and properties in a child.

        Parameters
        ----------
        cases : generated cases per property.
        seconds : wall time for all of it, at most `VERIFY`: what has not ended by then will not.

        Raises
        ------
        SeglamError : E-SANDBOX-DOWN where no child can be had; whatever the revision does wrong is in the verdict.
        """
        started = time.monotonic()
        checks, tier = self._checks(revision, cases, min(seconds, VERIFY))
        ok = all(check.ok for check in checks)
        return Verdict(ok, checks, tier, round(time.monotonic() - started, 4))

    def abort(self) -> None:
        """End the job of another thread, which fails with E-SANDBOX-DOWN like every later one."""
        self._aborted = True
        link = self._link
        if link is not None:
            link.close()

    def close(self) -> None:
        """End the zygote; a later job starts a new one."""
        with self._turn():
            self._discard()

    # ---------------------------------------------------------------- replies

    def _value(self, done: Done, facts: Mapping[str, str]) -> Any:
        try:
            header, blobs = open_message(done.reply)
            if "failed" in header:
                self._raise(read_failure(header["failed"]), facts)
            return unpack(header["value"], blobs)
        except SeglamError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library makes of foreign bytes
            raise SeglamError("E-RUN-PROTOCOL", why=f"a reply that cannot be read: {error}", **facts) from None

    def _raise(self, failed: dict[str, Any], facts: Mapping[str, str]) -> None:
        if failed["type"] == "MemoryError":
            raise SeglamError("E-RUN-MEMORY", limit=size(self._limits.address), **facts)
        raise SeglamError("E-RUN", why=failure_text(failed), **facts)

    def _checks(self, revision: Revision, cases: int, seconds: float) -> tuple[tuple[Check, ...], str]:
        """The checks, and the tier they were made in: of a revision that ran nowhere, the one that says the least."""
        findings = lint_revision(revision)
        if findings:
            told = (Check("lint", ok=False, message=f"{where}: {finding}") for where, finding in findings[:5])
            return tuple(told), "S1"
        passed = Check("lint", ok=True, cases=1 + len(revision.properties))
        bare = dataclasses.replace(revision, verdict=None, usage=None, templates=())
        job = encode({"kind": "verify", "revision": to_record(bare), "cases": cases, "seconds": seconds})
        done = self._exchange(job, seconds)
        if done.status == "answered":
            return (passed, *read_checks(done.reply)), done.tier
        check, _, call = done.note.partition("\n")
        why = {
            "time": f"did not finish within {seconds:g} s",
            "memory": f"needs more than {size(self._limits.resident)}",
        }.get(done.status, f"ended without an answer: {done.why}")
        return (passed, Check(check or "run", ok=False, message=why + (f" in {call}" if call else ""))), done.tier

    # ---------------------------------------------------------------- the zygote

    def _exchange(self, job: bytes, seconds: float) -> Done:
        return self._twice(lambda link: self._ask(link, job, seconds))

    def _isolation(self) -> tuple[str, tuple[str, ...]]:
        return self._reached or self._twice(self._ready)

    def _twice(self, what: Callable[[Link], T]) -> T:
        """Do `what` with a running zygote, once more with a new one where it is lost."""
        problem = ""
        with self._turn():
            for _ in range(2):
                link = self._running()
                try:
                    return what(link)
                except Lost as lost:
                    problem = str(lost)
                    self._discard()
                except BaseException:
                    self._abandon(link)
                    raise
        raise SeglamError("E-SANDBOX-DOWN", why=problem)

    def _ready(self, link: Link) -> tuple[str, tuple[str, ...]]:
        link.wait_ready()
        self._reached = link.tier, link.missing
        return self._reached

    def _turn(self) -> threading.Lock:
        """The lock of this process: in a forked kernel another thread's turn would last for ever."""
        if self._owner != os.getpid():
            self._lock, self._owner, self._link = threading.Lock(), os.getpid(), None
        return self._lock

    def _running(self) -> Link:
        if self._link is None or not self._link.usable:
            self._discard()
            self._link = Link(self._setup)
            self._finalizer = weakref.finalize(self, self._link.close)
            self._link.start()
        if self._aborted:
            self._discard()
            raise SeglamError("E-SANDBOX-DOWN", why="it was told to end")
        return self._link

    def _discard(self) -> None:
        self._pending = 0
        if self._link is not None:
            self._finalizer()
            self._link = None

    def _ask(self, link: Link, job: bytes, seconds: float) -> Done:
        self._ready(link)
        self._number += 1
        number, limits = self._number, dataclasses.asdict(self._limits)
        self._pending = number if self._fork else 0
        link.send({"kind": "job", "id": number, "seconds": seconds, "limits": limits}, (job,))
        if not self._fork:
            return self._ask_once(link, seconds)
        while True:
            header, blobs = link.receive(SILENCE, "it does not answer")
            if header.get("kind") == "done" and header.get("id") == number:
                self._pending = 0
                return dataclasses.replace(read_done(header, blobs), tier=link.tier)

    def _ask_once(self, link: Link, seconds: float) -> Done:
        """An interpreter of its own for one job: its end is the answer's end, and the deadline is kept from here."""
        try:
            return dataclasses.replace(read_done(*link.receive(seconds + 1, "time")), tier=link.tier)
        except Lost as lost:
            late = str(lost) == "time"
            return Done("time" if late else "died", "" if late else "it ended without an answer", "", b"", link.tier)
        finally:
            self._discard()
            self._running()  # the next one imports while the user reads

    def _abandon(self, link: Link) -> None:
        """After an interrupt: end the job and read on until it has ended, or give the zygote up."""
        number, self._pending = self._pending, 0
        if not number:
            return
        try:
            link.send({"kind": "cancel", "id": number})
            until = time.monotonic() + _PATIENCE
            while (left := until - time.monotonic()) > 0:
                header, _ = link.receive(left, "it does not answer")
                if header.get("kind") == "done" and header.get("id") == number:
                    return
            self._discard()
        except BaseException as error:
            self._discard()
            if not isinstance(error, Lost):
                raise
