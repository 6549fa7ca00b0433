"""Approval records as a file: one JSON object, each record signed, replaced as a whole."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..procedure.identity import ABI
from .secret import is_signed, signed

_FIELDS = ("proc_id", "state", "label", "environment", "time")


@dataclass(frozen=True, slots=True)
class Record:
    """What this user decided about one revision, and in what environment.

    Attributes
    ----------
    label : `name@N` as it was called then, for people.
    environment : versions a verdict depends on; another one makes the record stale.
    time : when, in seconds since the epoch, as text.
    mac : signature of all the others.
    """

    proc_id: str
    state: str
    label: str
    environment: str
    time: str
    mac: str = ""

    def with_mac(self, secret: bytes) -> Record:
        """The same, signed."""
        return Record(*self._parts(), signed(secret, self._parts()))

    def is_sound(self, secret: bytes) -> bool:
        """Whether it was signed with `secret` and not changed since."""
        return is_signed(secret, self._parts(), self.mac)

    def _parts(self) -> tuple[str, str, str, str, str]:
        return (self.proc_id, self.state, self.label, self.environment, self.time)


@cache
def environment() -> str:
    """What a verdict depends on: Python minor, major.minor of the frame libraries, our own way of calling.

    >>> environment().startswith("python 3.")
    True
    """
    libraries = (f"{name} {_minor(name)}" for name in ("polars", "narwhals"))
    return ", ".join([f"python {sys.version_info[0]}.{sys.version_info[1]}", *libraries, f"abi {ABI}"])


def _minor(name: str) -> str:
    try:
        return ".".join(version(name).split(".")[:2])
    except PackageNotFoundError:
        return "none"


def read_records(path: Path) -> dict[str, Record]:
    """Every record of the file, sound or not; none where there is no file.

    Raises
    ------
    ValueError : the file is not one of approvals.
    OSError : it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found = json.loads(text)
    entries = found.get("records") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise ValueError("no approvals in it")  # noqa: TRY004 - a file that is not ours, not a caller's mistake
    records = (_record(entry) for entry in entries)
    return {record.proc_id: record for record in records}


def _record(entry: Any) -> Record:
    fields = (*_FIELDS, "mac")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in fields):
        raise ValueError("a record without its fields")
    return Record(*(entry[name] for name in fields))


def write_records(path: Path, records: Mapping[str, Record]) -> None:
    """Replace the file as a whole, so that a reader sees the old one or the new one.

    Raises
    ------
    OSError : it cannot be written.
    """
    text = json.dumps({"version": 1, "records": [asdict(r) for r in records.values()]}, indent=1)
    fd, name = tempfile.mkstemp(prefix=".approvals-", dir=path.parent)  # readable for its owner alone
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, against the other kernels of this user."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(fd, msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
