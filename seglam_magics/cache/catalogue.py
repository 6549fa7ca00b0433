"""The procedures of this kernel: the index, the log that feeds it, and who trusts what.

Everything that changes which procedure answers goes through here and is an event before it is anything else. Trust is
the exception by design: approvals never travel with the store.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import UNWRITABLE, SeglamError, closest
from ..procedure import to_record
from ..words import Decision, Event, Revision, Template, Tier
from .corrections import Corrections, wording_key
from .fitting import withdrawn
from .following import Follower
from .kept import read_kept
from .labels import Label, tier_of
from .library import Library
from .loading import keep, undisturbed, worth_keeping
from .wordings import checked, known_to

if TYPE_CHECKING:
    from ..store import Log
    from ..trust import Approvals

FOLLOW_SECONDS = 0.5
SLICE = 50  # revisions, some milliseconds: a question that comes meanwhile waits no longer


class Catalogue:
    """Publishing and correcting procedures; `library` is what the log says."""

    def __init__(self, log: Log, approvals: Approvals) -> None:
        self.log = log
        self.approvals = approvals
        self.library = Library()
        self.lock = threading.RLock()
        self.trouble = ""
        self._unwritten: Log | None = None
        self._follower: Follower | None = None
        with undisturbed():
            self.library.load(log.snapshot(), read_kept(log.path))

    def follow(self) -> bool:
        """Take in what other kernels have published since; whether there was anything."""
        with self.lock:
            events = self.log.tail()
            for event in events:
                self.library.apply(event)
        return bool(events)

    def keep_following(self) -> None:
        """Follow the log twice a second from now on, in a daemon thread, until `close`; what it brings is filed."""
        if self._follower is None:
            self._follower = Follower(self.follow, FOLLOW_SECONDS, self._settle, self.tidy)

    def _settle(self) -> bool:
        with self.lock:  # as for events: what cannot be read is taken out of the library
            return self.library.settle(SLICE)

    def keep(self, rest: Callable[[], bool] = bool) -> bool:
        """Keep the indexes beside the store for the next kernel, if enough was filed here; whether they were kept.

        Parameters
        ----------
        rest : called every few milliseconds, waits a moment; True where it is time to end.
        """
        folder = self.log.path
        with self.lock:
            filing = self.library.filing
        if folder is None or not worth_keeping(filing):
            return False
        return keep(filing, folder, lambda: (self.library.generation, filing.waits), rest)

    def tidy(self, rest: Callable[[], bool] = bool) -> None:
        """Leave the store as the next kernel opens it fastest: its log compacted, the indexes kept beside it.

        Parameters
        ----------
        rest : as for `keep`.
        """
        with suppress(SeglamError):  # a store that cannot be written answers as it is
            self.log.upkeep(rest)
        self.keep(rest)

    def close(self) -> None:
        """End following and close the log."""
        if self._follower is not None:
            self._follower.close()
        self.log.close()

    def record(self, kind: str, data: Mapping[str, Any]) -> Event | None:
        """Append an activity event; a store that cannot be written spoils no answer, it is noted in `trouble`."""
        try:
            return self.log.append(kind, data)
        except SeglamError as error:
            self.trouble = str(error)
            return None

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
            self._made(revision)
            return head
        with self.lock:
            number = self.library.shelf.last(revision.name) + 1
            origin = parent or self.library.head(revision.name)
            parent_id = origin.proc_id if origin is not None else None
            revision = dataclasses.replace(revision, number=number, parent=parent_id)
            self.library.apply(self._put(revision))
        self._made(revision)
        return revision

    def _made(self, revision: Revision) -> None:
        """Note the verdict of a revision that was made here; what comes from the log brings none that counts."""
        try:
            self.approvals.made(revision)
        except SeglamError as error:
            self.trouble = str(error)

    def _put(self, revision: Revision) -> Event:
        """The event of a new revision, stored; in memory only where the store cannot be written."""
        record = to_record(revision)
        try:
            return self.log.put(revision.name, revision.number - 1, record)
        except SeglamError as error:
            if error.code not in UNWRITABLE:
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

    # ---------------------------------------------------------------- corrections of matches

    @property
    def corrections(self) -> Corrections:
        """What the events say beside the revisions: added wordings, rejections, labels, suspended tiers, merges."""
        return self.library.shelf.corrections

    def reject(self, question: str, revision: Revision, tier: Tier | None = None, by: str = "user") -> None:
        """Never answer this question with this revision again; where a `tier` found it, that was a wrong hit.

        Parameters
        ----------
        by : who says so: `user` or `model`.
        """
        self._correct("reject", {**_pair(question, revision), "by": by})
        if tier is not None and tier != "forced":
            self.label(revision, Label(tier, right=False, source="user", question=question))

    def unreject(self, question: str, revision: Revision) -> None:
        """Undo `reject`, and the verdict that went with it."""
        self._correct("unreject", _pair(question, revision))
        verdict = self.corrections.label(revision.name, Label("exact", None, "user", question))
        if verdict is not None and verdict.right is False:
            self.label(revision, dataclasses.replace(verdict, right=None))

    def alias(self, name: str, text: str, *, question: str = "", lang: str | None = None, by: str = "user") -> Template:
        """Add a wording to `name`; it is offered to every revision that has its slots.

        Parameters
        ----------
        question : the question it was made of, "" where it was written by hand.
        by : who says so: `user`, `model` or `merge`.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN; E-ALIAS for a wording no question could be of; E-ALIAS-TAKEN where another
            procedure has it; E-STORE-WRITE.
        """
        revision = self.answering(name)
        with self.lock:
            template = checked(revision, text, lang)
            owner = self.corrections.alias_of(template.text)
            if owner is not None and owner != revision.name:
                raise SeglamError("E-ALIAS-TAKEN", name=owner, text=template.text)
            if owner is None and not known_to(revision, template):
                said = {"text": template.text, "lang": template.lang, "question": question, "by": by}
                self._correct("alias", {**_named(revision), **said})
        return template

    def unalias(self, name: str, which: str) -> Template:
        """Take a wording back that was added to `name`: its number in `aliases`, or its text.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-ALIAS-UNKNOWN.
        """
        revision = self.answering(name)
        with self.lock:
            aliases = self.corrections.aliases(revision.name)
            numbered = {str(number): template for number, template in enumerate(aliases, 1)}
            found = numbered.get(which) or {wording_key(t.text): t for t in aliases}.get(wording_key(which))
            if found is None:
                raise SeglamError("E-ALIAS-UNKNOWN", name=revision.name, which=which, count=len(aliases))
            self._correct("unalias", {**_named(revision), "text": found.text})
        return found

    def accept(self, revision: Revision, by: str = "user") -> None:
        """Take a revision that was made under an interrupt as any other from now on.

        Parameters
        ----------
        by : who says so: `user`, or `hit` for one on other data.
        """
        if self.provisional(revision):
            self._correct("accept", {**_named(revision), "by": by})

    def provisional(self, revision: Revision) -> bool:
        """Whether it was made under an interrupt, and neither a hit on other data nor a person has settled that."""
        return bool(revision.provenance.get("interrupted")) and not self.corrections.accepted(revision.proc_id)

    def offered(self, revision: Revision) -> tuple[Template, ...]:
        """The added wordings whose slots `revision` has."""
        return self.library.shelf.aliases(revision.proc_id)

    def label(self, revision: Revision, label: Label) -> None:
        """Say whether a hit of `revision` was right; said twice it is one label. One wrong hit suspends its tier."""
        with self.lock:
            before = self.corrections.label(revision.name, label)
            if not _says_nothing_new(label, before):
                self._correct("label", {**_named(revision), **dataclasses.asdict(label)})

    def observe(self, revision: Revision, label: Label) -> None:
        """`label`, where a store that cannot be written spoils no answer: it is noted in `trouble`."""
        try:
            self.label(revision, label)
        except SeglamError as error:
            self.trouble = str(error)

    def allowed(self, decision: Decision) -> Decision:
        """`decision`, a miss where its tier was wrong for this procedure and nobody has looked at it since."""
        tier, revision = tier_of(decision), decision.revision
        if not decision.hit or revision is None or tier not in self.corrections.suspended(revision.name):
            return decision
        reason = f"{revision.name} was wrong by {tier} and is suspended there until %seglam clear {revision.name}"
        return withdrawn(decision, reason)

    def clear(self, name: str, tier: Tier | None = None) -> tuple[Tier, ...]:
        """Let `name` answer again where it was suspended, on one tier or on all; those tiers. The labels stay."""
        revision = self.known(name)
        with self.lock:
            waiting = self.corrections.suspended(revision.name)
            cleared = tuple(sorted(waiting if tier is None else waiting & {tier}))
            for one in cleared:
                self._correct("clear", {**_named(revision), "tier": one})
        return cleared

    def merge(self, member: str, into: str) -> None:
        """Let `into` answer for `member`, which stays as history; undone by `unmerge`."""
        revision, other = self.known(member), self.known(into)
        if revision.name == other.name:
            raise SeglamError("E-USAGE", problem="a procedure is not merged into itself", advice="name another one")
        self._correct("merge", {**_named(revision), "into": other.name, "member": revision.name})

    def unmerge(self, member: str) -> str:
        """Undo `merge`; the procedure it was part of.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN; E-USAGE where it was not merged.
        """
        revision = self.known(member)
        with self.lock:
            into = self.corrections.merged(revision.name)
            if into is None:
                problem = f"{revision.name} is part of no other procedure"
                raise SeglamError("E-USAGE", problem=problem, advice="%seglam ls lists the procedures")
            self._correct("unmerge", {**_named(revision), "into": into, "member": revision.name})
        return into

    def answering(self, label: str) -> Revision:
        """The revision that answers for the name of `label`, the known one where none does."""
        known = self.known(label)
        return self.library.shelf.active(known.name) or known

    # ---------------------------------------------------------------- trust

    def approve(self, label: str) -> Revision:
        """Let this revision, which was verified here, run in the kernel."""
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
        state = self.approvals.barred(revision)
        return f"{revision.label} is {state}" if state else ""

    def _correct(self, kind: str, data: Mapping[str, Any]) -> None:
        with self.lock:
            self.library.apply(self.log.append(kind, data, durable=True))


def _says_nothing_new(label: Label, before: Label | None) -> bool:
    if before is None:
        return label.right is None
    # a person may mean another hit by the same words; two procedures are compared once a day, whatever found them
    return label.right is before.right and (label.tier == before.tier or label.source != "user")


def _named(revision: Revision) -> dict[str, str]:
    return {"name": revision.name, "proc_id": revision.proc_id, "procedure": revision.label}


def _pair(question: str, revision: Revision) -> dict[str, str]:
    return {"question": question, "proc_id": revision.proc_id, "procedure": revision.label}
