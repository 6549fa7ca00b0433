"""The procedures of this kernel: the index, the log that feeds it, and who trusts what.

Everything that changes which procedure answers goes through here and is an event before it is anything else. Trust is
the exception by design: approvals never travel with the store.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError, closest
from ..procedure import to_record
from ..words import Event, Revision
from .library import Library

if TYPE_CHECKING:
    from ..store import Log
    from ..trust import Approvals

FOLLOW_SECONDS = 0.5
BARRED = ("revoked", "quarantined")


class Catalogue:
    """Publishing and correcting procedures; `library` is what the log says."""

    def __init__(self, log: Log, approvals: Approvals) -> None:
        self.log = log
        self.approvals = approvals
        self.library = Library()
        self.lock = threading.RLock()
        self.trouble = ""
        self._unwritten: Log | None = None
        self._follower: threading.Thread | None = None
        self._closed = threading.Event()
        for event in log.snapshot():
            self.library.apply(event)

    def follow(self) -> bool:
        """Take in what other kernels have published since; whether there was anything."""
        with self.lock:
            events = self.log.tail()
            for event in events:
                self.library.apply(event)
        return bool(events)

    def keep_following(self) -> None:
        """Follow the log twice a second from now on, in a daemon thread, until `close`."""
        if self._follower is None:
            self._follower = threading.Thread(target=self._followed, name="seglam-follower", daemon=True)
            self._follower.start()

    def _followed(self) -> None:
        while not self._closed.wait(FOLLOW_SECONDS):
            # a store that cannot be read now is read at the next miss, which says so
            with suppress(SeglamError, OSError):
                self.follow()

    def close(self) -> None:
        """End following and close the log."""
        self._closed.set()
        if self._follower is not None:
            self._follower.join(timeout=2 * FOLLOW_SECONDS)
        self.log.close()

    def record(self, kind: str, data: Mapping[str, Any]) -> None:
        """Append an activity event; a store that cannot be written spoils no answer, it is noted in `trouble`."""
        try:
            self.log.append(kind, data)
        except SeglamError as error:
            self.trouble = str(error)

    def known(self, label: str) -> Revision:
        """The revision called `name`, `name@N` or by the start of its proc_id; raises E-PROCEDURE-UNKNOWN."""
        revision = self.library.get(label)
        if revision is None:
            near = closest(label.partition("@")[0], self.library.names())
            advice = f"did you mean {near}?" if near else "%seglam ls lists them"
            raise SeglamError("E-PROCEDURE-UNKNOWN", name=label, advice=advice)
        return revision

    def publish(self, revision: Revision, parent: Revision | None = None) -> Revision:
        """`revision` with its number, stored; the head where it is the very same.

        Raises
        ------
        SeglamError : E-STORE-CONFLICT where another kernel published one of this name just now, E-STORE-WRITE.
        """
        head = self.library.head(revision.name)
        if head is not None and head.proc_id == revision.proc_id and not self.library.retired(head.name):
            return head
        with self.lock:
            known = self.library.versions(revision.name)
            number = max((r.number for r in known), default=0) + 1
            origin = parent or self.library.head(revision.name)
            parent_id = origin.proc_id if origin is not None else None
            revision = dataclasses.replace(revision, number=number, parent=parent_id)
            self.library.apply(self._put(revision))
        return revision

    def _put(self, revision: Revision) -> Event:
        """The event of a new revision, stored; in memory only where the store cannot be written."""
        record = to_record(revision)
        try:
            return self.log.put(revision.name, revision.number - 1, record)
        except SeglamError as error:
            if error.code != "E-STORE-WRITE":
                raise
            self.trouble = str(error)
        from ..store import MemoryLog

        self._unwritten = self._unwritten or MemoryLog()
        return self._unwritten.append("revision", record)

    def retire(self, name: str) -> None:
        """Take `name` out of matching; its revisions stay."""
        self._correct("retire", {"name": self.known(name).name})

    def restore(self, name: str) -> None:
        """Undo `retire`."""
        self._correct("restore", {"name": self.known(name).name})

    def pin(self, label: str) -> None:
        """Answer with this revision of its procedure, not with the newest."""
        revision = self.known(label)
        self._correct("pin", {"name": revision.name, "number": revision.number})

    def unpin(self, name: str) -> None:
        """Undo `pin`."""
        self._correct("unpin", {"name": self.known(name).name})

    def reject(self, question: str, revision: Revision) -> None:
        """Never answer this question with this revision again."""
        self._correct("reject", _pair(question, revision))

    def unreject(self, question: str, revision: Revision) -> None:
        """Undo `reject`."""
        self._correct("unreject", _pair(question, revision))

    def approve(self, label: str) -> Revision:
        """Let this revision run in the kernel."""
        revision = self.known(label)
        self.approvals.approve(revision)
        return revision

    def revoke(self, label: str) -> Revision:
        """Never run this revision again, anywhere."""
        revision = self.known(label)
        self.approvals.revoke(revision)
        return revision

    def barred(self, revision: Revision) -> str:
        """Why `revision` may not run anywhere, "" where it may."""
        state = self.approvals.state(revision)
        return f"{revision.label} is {state}" if state in BARRED else ""

    def _correct(self, kind: str, data: Mapping[str, Any]) -> None:
        with self.lock:
            self.library.apply(self.log.append(kind, data, durable=True))


def _pair(question: str, revision: Revision) -> dict[str, str]:
    return {"question": question, "proc_id": revision.proc_id, "procedure": revision.label}
