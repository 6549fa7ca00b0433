"""What this user lets a revision do, remembered outside of the store and signed.

A decision is about the exact identity of a revision, which is computed anew from what is about to run: a store that
claims an approved identity for other code gains nothing, and neither does a verdict that came with a store. The file is
looked at once a second.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from ..errors import SeglamError
from ..words import Revision, Trust, Verdict
from . import records as files
from .files import locked
from .records import Record, read_records, write_records
from .secret import keep_secret, new_secret, read_secret
from .standing import RESTRICTING, SHIPPED, Standing, evidence, is_itself, standing_of, undecided
from .states import Happening, after, runs

_LOOK = 1.0  # seconds between two looks at the file
_KEPT = 4096  # revisions whose identity is remembered as checked, for matching
_DAY = 86_400


class Approvals:
    """The approvals of this user.

    Nothing is read before the first question and nothing is written before the first verdict.

    Parameters
    ----------
    folder : one only this user can read; never the folder of a store.

    Attributes
    ----------
    notice : a sentence the user should read once, "" where there is none.
    shipped : identities of what came with seglam itself; they are trusted unless this user restricts them.

    >>> import tempfile
    >>> from seglam_magics.procedure import proc_id
    >>> mine = Approvals(Path(tempfile.mkdtemp()) / "mine")
    >>> source = "def f(): return 1"
    >>> one = Revision("f", 1, proc_id(source, [], returns="number"), source)
    >>> mine.judged(one, Verdict(ok=True, tier="S3"))
    'verified'
    >>> mine.approve(one)
    >>> mine.state(one)
    'trusted'
    """

    def __init__(self, folder: Path) -> None:
        self.notice = ""
        self.shipped: Container[str] = frozenset()
        self._folder = Path(folder)
        self._file = self._folder / "approvals.json"
        self._secret: bytes | None = None
        self._records: Mapping[str, Record] = {}
        self._unwritten: dict[str, Record] = {}  # verdicts of this kernel where the folder cannot be written
        self._barred: Mapping[str, Trust] = {}
        self._seen: tuple[int, ...] | None = None
        self._look_at = 0.0
        self._sound: dict[str, Revision] = {}

    # ---------------------------------------------------------------- asking

    def state(self, revision: Revision) -> Trust:
        """What `revision` may do: the state of `standing`, which says what is raised."""
        return self.standing(revision).state

    def standing(self, revision: Revision) -> Standing:
        """What `revision` may do, its identity and the signature of its record checked anew.

        Returns
        -------
        `trusted` may run in the kernel, `verified` in the sandbox, `draft` and `stale` there after they were verified;
        `failed`, `revoked` and `quarantined` nowhere, the last until it was verified here where that never happened.

        Raises
        ------
        SeglamError : E-TRUST-SECRET where others could have signed.
        """
        self._follow()
        if not is_itself(revision):
            return Standing("quarantined", why="identity")
        record = self._records.get(revision.proc_id)
        known = standing_of(record, self._secret) if record is not None else None
        if revision.proc_id in self.shipped and (known is None or runs(known.state) != "nowhere"):
            return Standing("trusted", why=SHIPPED)
        if known is not None:
            return known
        mine = self._unwritten.get(revision.proc_id)
        return Standing(cast("Trust", mine.state), mine) if mine is not None else undecided(revision)

    def knows_any(self, identities: Iterable[str]) -> bool:
        """Whether anything was ever decided or found here about one of these revisions. Raises as `standing`."""
        self._follow()
        return any(one in self._records or one in self._unwritten for one in identities)

    def barred(self, revision: Revision) -> Trust | None:
        """The state that keeps `revision` from running anywhere, None where it may; costs a dictionary.

        For matching, which asks often; what is about to run is asked for its `standing`. Raises as `standing`.
        """
        self._follow()
        if revision.proc_id not in self._records:
            return None
        if self._sound.get(revision.proc_id) is not revision and not self._noted_as_sound(revision):
            return "quarantined"
        return self._barred.get(revision.proc_id)

    # ---------------------------------------------------------------- facts

    def made(self, revision: Revision) -> Trust:
        """Note that `revision` was compiled or written here and passed the verdict it carries; its state.

        Raises
        ------
        SeglamError : E-TRUST-IDENTITY, E-TRUST-SECRET. Where nothing can be written it holds for this kernel.
        """
        verdict = revision.verdict
        return self._noted(revision, "made", verdict) if verdict is not None and verdict.ok else self.state(revision)

    def judged(self, revision: Revision, verdict: Verdict) -> Trust:
        """Note what verification found here: a draft, stale or quarantined revision is verified, or failed. As `made`.

        What was trusted stays so where it passed; what was stale needs to be approved again.
        """
        return self._noted(revision, "verified" if verdict.ok else "failed", verdict)

    def quarantine(self, revision: Revision) -> None:
        """Let `revision` run nowhere until it was verified and approved again. Raises as `approve`."""
        self._decide(revision, "quarantined")

    # ---------------------------------------------------------------- wishes

    def approve(self, revision: Revision, *, days: float | None = None) -> None:
        """Let `revision`, which was verified here, run in the kernel.

        Parameters
        ----------
        days : for how long; None is until it is revoked.

        Raises
        ------
        SeglamError : E-TRUST-STATE where it was not verified here, E-TRUST-IDENTITY for a revision that was changed
            after it was made, E-TRUST-WRITE where it cannot be kept, E-TRUST-SECRET where others could have signed.
        """
        now = time.time()
        expires = "" if days is None else f"{now + days * _DAY:.0f}"
        effects = ",".join(sorted(revision.effects))
        self._decide(revision, "approved", effects=effects, expires=expires, approved=f"{now:.3f}")

    def revoke(self, revision: Revision) -> None:
        """Never let `revision` run again, not even when it comes back. Raises as `approve`."""
        self._decide(revision, "revoked")

    def unrevoke(self, revision: Revision) -> None:
        """Take `revoke` back: `revision` is a draft again, which runs once it was verified. Raises as `approve`."""
        self._decide(revision, "unrevoked")

    # ---------------------------------------------------------------- reading

    def _follow(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        seen = self._stamp()
        if seen != self._seen:
            self._take(*self._read())
            self._seen = seen
        self._look_at = now + _LOOK

    def _stamp(self) -> tuple[int, ...]:
        stamp: list[int] = []
        for path in (self._file, self._folder / "secret"):
            with contextlib.suppress(OSError):
                found = path.stat()
                stamp += [found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode]
        return tuple(stamp)

    def _read(self) -> tuple[bytes | None, dict[str, Record]]:
        try:
            records = read_records(self._file)
        except (OSError, ValueError) as error:
            self.notice = f"the approvals in {self._file} cannot be read ({error}); approve procedures anew"
            return None, {}
        if not records:
            return None, {}
        return read_secret(self._folder / "secret"), records

    def _take(self, secret: bytes | None, records: Mapping[str, Record]) -> None:
        if records and secret is None:
            self.notice = "the secret that signs approvals is gone, and all approvals with it; approve procedures anew"
        self._secret, self._records = secret, records
        states = {key: standing_of(record, secret) for key, record in records.items()}
        self._barred = {
            key: found.state for key, found in states.items() if not found.waits and runs(found.state) == "nowhere"
        }

    def _noted_as_sound(self, revision: Revision) -> bool:
        if not is_itself(revision):
            return False
        if len(self._sound) >= _KEPT:
            self._sound.clear()
        self._sound[revision.proc_id] = revision
        return True

    # ---------------------------------------------------------------- deciding

    def _noted(self, revision: Revision, event: Happening, verdict: Verdict) -> Trust:
        facts = {"tier": verdict.tier, "evidence": evidence(verdict)}
        try:
            return self._decide(revision, event, **facts)
        except SeglamError as error:
            if error.code not in ("E-TRUST-WRITE", "E-TRUST-SECRET"):
                raise
        known = self.standing(revision)
        state = after(known.state if known.record is not None else "draft", event) or known.state
        self._unwritten[revision.proc_id] = Record(revision.proc_id, state, environment=files.environment(), **facts)
        return state

    def _decide(self, revision: Revision, event: Happening, **facts: str) -> Trust:
        if event in ("made", "verified", "approved") and not is_itself(revision):
            raise SeglamError("E-TRUST-IDENTITY", procedure=revision.label)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self._folder / "approvals.lock"):
                return self._written(revision, event, facts)
        except OSError as error:
            raise SeglamError("E-TRUST-WRITE", path=self._folder, why=error.strerror or str(error)) from None

    def _written(self, revision: Revision, event: Happening, facts: Mapping[str, str]) -> Trust:
        """Take the step from what the file says now, whatever this kernel had read of it."""
        secret, records = self._writable()
        old = records.get(revision.proc_id)
        known = Standing("draft") if old is None else standing_of(old, secret)
        state = after(known.state, event)
        if state is None:
            raise SeglamError("E-TRUST-STATE", procedure=revision.label, state=known.state, wish=event)
        base = known.record or Record(revision.proc_id, state)
        if known.state != "trusted" or state != "trusted":
            base = replace(base, effects="", expires="")  # a grant ends with the trust it was given with
        new = replace(base, state=state, environment=files.environment(), label=revision.label, mac="", **facts)
        if old is None or replace(new, time=old.time).with_mac(secret) != old:
            records[revision.proc_id] = replace(new, time=f"{time.time():.0f}").with_mac(secret)
            write_records(self._file, records)
        self._take(secret, records)
        self._seen = self._stamp()
        self._unwritten.pop(revision.proc_id, None)
        return state

    def _writable(self) -> tuple[bytes, dict[str, Record]]:
        """Secret and records to go on with; without its secret only what restricts is carried on."""
        path = self._folder / "secret"
        secret = read_secret(path)
        try:
            records = read_records(self._file)
        except ValueError:
            self._file.replace(self._file.with_suffix(".unreadable"))
            records = {}
        if secret is not None:
            return secret, records
        secret = new_secret()
        kept = {key: r.with_mac(secret) for key, r in records.items() if r.state in RESTRICTING}
        if records:
            write_records(self._file, kept)  # first: a new secret makes what the old one signed look forged
        keep_secret(path, secret)
        return secret, kept
