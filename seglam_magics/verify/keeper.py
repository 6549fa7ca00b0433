"""One zygote that is there when a job comes: started at the first, once more where it is lost, ended with its owner."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..errors import SeglamError
from .link import Link, Lost, Setup
from .replies import Done, read_done
from .sandbox import Limits

NOTED = 0.1  # seconds between two notes of a job that somebody watches
SILENCE = 3.0  # seconds without a sign of life after which a zygote is given up
_PATIENCE = 2.0  # seconds an interrupted job may take to be ended

T = TypeVar("T")


class Keeper:
    """Gives jobs to a zygote, one at a time; safe to use from several threads."""

    def __init__(self, setup: Setup) -> None:
        self.link: Link | None = None
        self._setup = setup
        self._reached: tuple[str, tuple[str, ...]] | None = None
        self._lock, self._owner = threading.Lock(), os.getpid()
        self._number = 0
        self._pending = 0  # job the zygote has been given and has not ended yet
        self._finalizer: Any = None
        self._aborted = False

    def isolation(self) -> tuple[str, tuple[str, ...]]:
        """The tier its children reach, and why no more; waits for the zygote. Raises SeglamError E-SANDBOX-DOWN."""
        return self._reached or self._twice(self._ready)

    def warm(self) -> None:
        """Start the zygote in the background, without waiting for it."""
        lock = self._turn()
        if lock.acquire(blocking=False):
            try:
                self._running()
            finally:
                lock.release()

    def exchange(
        self,
        job: bytes,
        seconds: float,
        limits: Limits,
        roles: Sequence[str] = ("call",),
        heard: Callable[[str], None] | None = None,
    ) -> Done:
        """How the job ended; `heard` is told its notes meanwhile.

        Raises SeglamError E-SANDBOX-DOWN where no zygote can be had for it.
        """
        header = {"kind": "job", "seconds": seconds, "limits": dataclasses.asdict(limits), "roles": list(roles)}
        pause = {"pause": NOTED} if heard else {}
        return self._twice(lambda link: self._ask(link, {**header, **pause}, job, heard or _deaf))

    def abort(self) -> None:
        """End the job of another thread, which fails with E-SANDBOX-DOWN like every later one."""
        self._aborted = True
        link = self.link
        if link is not None:
            link.close()

    def close(self) -> None:
        """End the zygote; a later job starts a new one."""
        with self._turn():
            self._discard()

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
            self._lock, self._owner, self.link = threading.Lock(), os.getpid(), None
        return self._lock

    def _running(self) -> Link:
        if self.link is None or not self.link.usable:
            self._discard()
            self.link = Link(self._setup)
            self._finalizer = weakref.finalize(self, self.link.kill)
            self.link.start()
        if self._aborted:
            self._discard()
            raise SeglamError("E-SANDBOX-DOWN", why="it was told to end")
        return self.link

    def _discard(self) -> None:
        self._pending = 0
        if self.link is not None:
            self._finalizer.detach()
            self.link.close()
            self.link = None

    def _ask(self, link: Link, header: dict[str, Any], job: bytes, heard: Callable[[str], None]) -> Done:
        self._ready(link)
        self._number += 1
        number = self._number
        self._pending = number if self._setup.fork else 0
        link.send({**header, "id": number}, (job,))
        if not self._setup.fork:
            return self._ask_once(link, header["seconds"])
        while True:
            said, blobs = link.receive(SILENCE, "it does not answer")
            if said.get("id") != number:
                continue
            if said.get("kind") == "done":
                self._pending = 0
                return dataclasses.replace(read_done(said, blobs), tier=link.tier)
            heard(str(said.get("note", "")))

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


def _deaf(_note: str) -> None:
    return
