"""Revisions as plain JSON records, for the log and the wire; nothing is guessed on the way back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..words import (
    Check,
    Example,
    Meaning,
    Parameter,
    Property,
    Requirement,
    Revision,
    Template,
    Usage,
    Verdict,
)
from . import wire


def to_record(revision: Revision) -> dict[str, Any]:
    """`revision` as JSON-able data; `from_record` gives an equal one back.

    >>> one = Revision("f", 1, "ab", "def f(): return 1")
    >>> from_record(to_record(one)) == one
    True
    """
    return {f.name: _plain(getattr(revision, f.name)) for f in dataclasses.fields(revision)}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return wire.pack(value)[0]


def from_record(record: Mapping[str, Any]) -> Revision:
    """The revision a record was made of.

    Raises
    ------
    KeyError, TypeError, ValueError : the record is not one of a revision.
    """
    try:
        return _revision(record)
    except AttributeError as error:  # a list where an object belongs
        raise TypeError(str(error)) from None


def _revision(record: Mapping[str, Any]) -> Revision:
    plain = {f.name: record[f.name] for f in dataclasses.fields(Revision) if f.name in record}
    return Revision(
        **{
            **plain,
            "parameters": tuple(_parameter(p) for p in record.get("parameters", ())),
            "templates": tuple(Template(**t) for t in record.get("templates", ())),
            "meaning": _meaning(record.get("meaning") or {}),
            "requires": tuple(Requirement(**r) for r in record.get("requires", ())),
            "synonyms": {k: tuple(v) for k, v in (record.get("synonyms") or {}).items()},
            "ignorable": tuple(record.get("ignorable", ())),
            "examples": tuple(_example(e) for e in record.get("examples", ())),
            "properties": tuple(Property(**p) for p in record.get("properties", ())),
            "effects": tuple(record.get("effects", ())),
            "verdict": _verdict(record.get("verdict")),
            "usage": Usage(**record["usage"]) if record.get("usage") else None,
        }
    )


def _parameter(record: Mapping[str, Any]) -> Parameter:
    domain = {k: wire.unpack(v, []) for k, v in (record.get("domain") or {}).items()}
    return Parameter(**{**record, "domain": domain, "example": wire.unpack(record.get("example"), [])})


def _example(record: Mapping[str, Any]) -> Example:
    return Example(wire.unpack(record["arguments"], []), wire.unpack(record["result"], []))


def _meaning(record: Mapping[str, Any]) -> Meaning:
    lists = {k: tuple(record.get(k, ())) for k in ("conditions", "grouping")}
    return Meaning(**{**record, **lists})


def _verdict(record: Mapping[str, Any] | None) -> Verdict | None:
    if record is None:
        return None
    return Verdict(**{**record, "checks": tuple(Check(**c) for c in record["checks"])})
