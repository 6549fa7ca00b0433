"""What this user lets a revision do, remembered outside of the store and signed.

A decision is about the exact identity of a revision, which is computed anew from what is about to run: a store that
claims an approved identity for other code gains nothing. Looking up costs a dictionary; the file is looked at once a
second.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from ..errors import SeglamError
from ..procedure.identity import identity_of
from ..words import Revision, Trust
from .records import Record, environment, locked, read_records, write_records
from .secret import make_secret, read_secret

_LOOK = 1.0  # seconds between two looks at the file
_KEPT = 4096  # revisions whose identity is remembered as checked
_BARRED = ("revoked", "quarantined")
_STATES = ("verified", "trusted", *_BARRED)


class Approvals:
    """The approvals of this user.

    Nothing is read before the first question and nothing is written before the first decision.

    Parameters
    ----------
    folder : one only this user can read; never the folder of a store.

    Attributes
    ----------
    notice : a sentence the user should read once, "" where there is none.

    >>> import tempfile
    >>> from ..words import Verdict
    >>> mine = Approvals(Path(tempfile.mkdtemp()) / "mine")
    >>> source = "def f(): return 1"
    >>> from seglam_magics.procedure import proc_id
    >>> one = Revision("f", 1, proc_id(source, [], returns="number"), source, verdict=Verdict(True))
    >>> mine.state(one)
    'verified'
    >>> mine.approve(one)
    >>> mine.state(one)
    'trusted'
    """

    def __init__(self, folder: Path) -> None:
        self.notice = ""
        self._folder = Path(folder)
        self._file = self._folder / "approvals.json"
        self._states: Mapping[str, Trust] = {}
        self._seen: tuple[int, ...] | None = None
        self._look_at = 0.0
        self._sound: dict[str, Revision] = {}

    def state(self, revision: Revision) -> Trust:
        """What `revision` may do; without a decision of this user its verdict counts.

        Returns
        -------
        `trusted` may run in the kernel, `verified` in the sandbox, `stale` after it was verified again; `revoked` and
        `quarantined` nowhere.

        Raises
        ------
        SeglamError : E-TRUST-SECRET where others could have signed.
        """
        now = time.monotonic()
        if now >= self._look_at:
            self._look(now)
        state = self._states.get(revision.proc_id)
        if state is None:
            return _undecided(revision)
        if self._sound.get(revision.proc_id) is not revision and not self._is_itself(revision):
            return "quarantined"
        return state

    def approve(self, revision: Revision) -> None:
        """Let `revision` run in the kernel; also lifts `revoke` and `quarantine`.

        Raises
        ------
        SeglamError : E-TRUST-WRITE where that cannot be kept, E-TRUST-SECRET where others could have signed,
            E-TRUST-IDENTITY for a revision that was changed after it was made.
        """
        self._decide(revision, "trusted")

    def verified(self, revision: Revision) -> None:
        """Note that `revision` was verified here: a stale or quarantined one may run in the sandbox again.

        Raises
        ------
        SeglamError : as `approve`.
        """
        self._decide(revision, "verified")

    def revoke(self, revision: Revision) -> None:
        """Never let `revision` run again, not even when it comes back. Raises as `approve`."""
        self._decide(revision, "revoked")

    def quarantine(self, revision: Revision) -> None:
        """Let `revision` run nowhere until it was verified again. Raises as `approve`."""
        self._decide(revision, "quarantined")

    # ---------------------------------------------------------------- reading

    def _look(self, now: float) -> None:
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
        states = {key: _meaning(record, secret) for key, record in records.items()}
        self._states = {key: state for key, state in states.items() if state is not None}

    def _is_itself(self, revision: Revision) -> bool:
        if identity_of(revision) != revision.proc_id:
            return False
        if len(self._sound) >= _KEPT:
            self._sound.clear()
        self._sound[revision.proc_id] = revision
        return True

    # ---------------------------------------------------------------- deciding

    def _decide(self, revision: Revision, state: Trust) -> None:
        if state not in _BARRED and not self._is_itself(revision):
            raise SeglamError("E-TRUST-IDENTITY", procedure=revision.label)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self._folder / "approvals.lock"):
                secret, records = self._writable()
                label, moment = revision.label, f"{time.time():.0f}"
                record = Record(revision.proc_id, state, label, environment(), moment).with_mac(secret)
                records[revision.proc_id] = record
                write_records(self._file, records)
                self._take(secret, records)
                self._seen = self._stamp()
        except OSError as error:
            raise SeglamError("E-TRUST-WRITE", path=self._folder, why=error.strerror or str(error)) from None

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
        secret = make_secret(path)
        return secret, {key: r.with_mac(secret) for key, r in records.items() if r.state in _BARRED}


def _undecided(revision: Revision) -> Trust:
    if revision.verdict is None:
        return "draft"
    return "verified" if revision.verdict.ok else "failed"


def _meaning(record: Record, secret: bytes | None) -> Trust | None:
    """What a record says today; None where it says nothing. What cannot be checked restricts and never permits."""
    if record.state not in _STATES:
        return "quarantined"
    if secret is None:
        return "quarantined" if record.state in _BARRED else None
    if not record.is_sound(secret):
        return "quarantined"
    if record.state in _BARRED:
        return cast("Trust", record.state)
    return cast("Trust", record.state) if record.environment == environment() else "stale"
