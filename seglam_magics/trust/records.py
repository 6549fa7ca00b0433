"""Approval records as a file: one JSON object, each record signed, replaced as a whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..procedure.identity import ABI
from .files import replaced
from .secret import is_signed, signed


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one revision and what this user decided about it, and in what environment.

    Attributes
    ----------
    effects : what it was granted, separated by commas; "" is pure.
    tier : the isolation it was verified in here, "" where it was not.
    environment : versions a verdict depends on; another one makes the record stale.
    expires : when an approval ends, in seconds since the epoch, as text; "" is never.
    evidence : what was verified here, for people.
    approved : when it was approved last, as `expires`; "" is never.
    label : `name@N` as it was called then, for people.
    time : when the record was made, as `expires`.
    mac : signature of all the others.
    """

    proc_id: str
    state: str
    effects: str = ""
    tier: str = ""
    environment: str = ""
    expires: str = ""
    evidence: str = ""
    approved: str = ""
    label: str = ""
    time: str = ""
    mac: str = ""

    def with_mac(self, secret: bytes) -> Record:
        """The same, signed."""
        return replace(self, mac=signed(secret, self._parts()))

    def is_sound(self, secret: bytes) -> bool:
        """Whether it was signed with `secret` and not changed since."""
        return is_signed(secret, self._parts(), self.mac)

    def grants(self, effects: Iterable[str]) -> bool:
        """Whether all of `effects` were granted."""
        return set(effects) <= set(self.effects.split(","))

    def _parts(self) -> tuple[str, ...]:
        return _parts(self)


_FIELDS = tuple(field.name for field in fields(Record))
_parts = attrgetter(*_FIELDS[:-1])


@cache
def environment() -> str:
    """What a verdict depends on: Python minor, major.minor of the frame libraries, our own way of calling.

    >>> environment().startswith("python 3.")
    True
    """
    libraries = (f"{name} {_minor(name)}" for name in ("polars", "narwhals"))
    return ", ".join([f"python {sys.version_info[0]}.{sys.version_info[1]}", *libraries, f"abi {ABI}"])


def changes(before: str) -> str:
    """What differs between an earlier environment and this one.

    >>> changes(environment().replace("abi ", "abi 0."))
    'abi 0.1 → 1'
    """
    old = dict(part.rsplit(" ", 1) for part in before.split(", ") if " " in part)
    new = dict(part.rsplit(" ", 1) for part in environment().split(", "))
    return ", ".join(f"{name} {old.get(name, 'none')} → {now}" for name, now in new.items() if old.get(name) != now)


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
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in _FIELDS):
        raise ValueError("a record without its fields")
    return Record(*(entry[name] for name in _FIELDS))


def write_records(path: Path, records: Mapping[str, Record]) -> None:
    """Replace the file as a whole, so that a reader sees the old one or the new one.

    Raises
    ------
    OSError : it cannot be written.
    """
    entries = [asdict(record) for record in records.values()]
    replaced(path, json.dumps({"version": 2, "records": entries}, indent=1).encode())
