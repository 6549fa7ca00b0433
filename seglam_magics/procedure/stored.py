"""Revisions as they wait in a store: their JSON, their name, and what finding them takes; the rest when it is needed.

A store of 100,000 procedures would be gigabytes of dictionaries and seconds of building them. Here a record stays the
bytes it was read as; who looks for wordings reads a `Known` out of it, and only what answers becomes a `Revision`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from ..words import Revision
from .declared import Outline, outlined
from .record import from_record

# The first three keys of every record that `to_record` makes; a record of another order is read as a whole.
_HEAD = re.compile(rb'\{"name":"([A-Za-z_]\w{0,200})","number":([1-9]\d{0,8}),"proc_id":"(\w{1,128})"[,}]')
_FIRST = {"name": 0, "number": 1, "proc_id": 2}
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PARTS = {"templates": {"text", "lang"}, "parameters": {"name", "type", "description", "domain", "example"}}


class RawRecord(Mapping[str, Any]):
    """A record as its JSON. It is read whenever it is looked at and what was read is not kept.

    >>> dict(RawRecord(b'{"name":"mean","number":1}'))
    {'name': 'mean', 'number': 1}
    """

    __slots__ = ("first", "json")

    def __init__(self, text: bytes) -> None:
        self.json = text
        found = _HEAD.match(text)
        # read once, since everybody who takes a record in asks for it
        self.first = (found[1].decode(), int(found[2]), found[3].decode()) if found is not None else None

    def read(self) -> dict[str, Any]:
        """The whole record.

        Raises
        ------
        ValueError : it is not the JSON of an object.
        """
        try:
            found = json.loads(self.json)
        except RecursionError:
            raise ValueError("it is nested too deep") from None
        if not isinstance(found, dict):
            raise ValueError("a record is an object")  # noqa: TRY004 - of JSON that is no record, as of no JSON at all
        return found

    def identity(self) -> dict[str, Any]:
        """Its name, number and proc_id without reading the rest; empty where they do not come first."""
        return dict(zip(_FIRST, self.first, strict=True)) if self.first is not None else {}

    def __getitem__(self, key: str) -> Any:
        return self.first[_FIRST[key]] if self.first is not None and key in _FIRST else self.read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())


@dataclass(frozen=True, slots=True)
class Known:
    """What a revision is found by.

    Attributes
    ----------
    templates : texts of its wordings.
    parameters : (name, slot type) of each.
    columns : names of the columns its source demands.
    examples : examples of its slots that are texts.
    outline : what it declares to compute, see `declared.outlined`.
    synonyms : column -> words its author declared for it; those of a slot are of no column.
    """

    name: str
    number: int
    proc_id: str
    created: float
    question: str
    templates: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    examples: tuple[str, ...] = ()
    outline: Outline | None = None
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def label(self) -> str:
        """`name@N`."""
        return f"{self.name}@{self.number}"


def summary_of(record: Mapping[str, Any]) -> Known:
    """What the revision of `record` is found by, at a small part of the cost of `from_record`.

    Raises
    ------
    KeyError, TypeError, ValueError : the record is not one of a revision. What passes here may still be refused by
        `from_record`, which looks at all of it.

    >>> from .record import to_record
    >>> summary_of(to_record(Revision("f", 1, "ab", "def f(): return 1", question="how many?"))).question
    'how many?'
    """
    try:
        return _summary(_plain(record))
    except AttributeError as error:  # a list where an object belongs
        raise TypeError(str(error)) from None


def _summary(plain: Mapping[str, Any]) -> Known:
    name, number, proc_id = _identity(plain)
    meaning = plain.get("meaning") or {}
    slots = {p["name"] for p in _parts(plain, "parameters")}
    return Known(
        name,
        number,
        proc_id,
        float(plain.get("created", 0.0)),
        str(plain.get("question", "")),
        tuple([t["text"] for t in _parts(plain, "templates")]),
        tuple([(p["name"], p["type"]) for p in _parts(plain, "parameters")]),
        tuple([column for r in plain.get("requires", ()) for column in r.get("columns", ())]),
        tuple([e for p in _parts(plain, "parameters") for e in _texts(p.get("example"))]),
        outlined(meaning.get("aggregate", ""), meaning.get("target", ""), meaning.get("conditions", ())),
        tuple([(str(c), tuple(map(str, w))) for c, w in dict(plain.get("synonyms") or {}).items() if c not in slots]),
    )


class Stored:
    """A revision of the log: its name at once, everything else when it is asked for.

    Parameters
    ----------
    record : of the revision, or the revision itself where it is there already.

    Raises
    ------
    KeyError, TypeError, ValueError : `record` has no name, number and identity.

    >>> from .record import to_record
    >>> one = Revision("f", 1, "ab", "def f(): return 1")
    >>> stored = Stored(RawRecord(json.dumps(to_record(one)).encode()))
    >>> stored.name, stored.number, stored.revision == one
    ('f', 1, True)
    """

    __slots__ = ("_digest", "_record", "_revision", "name", "number", "proc_id")
    _record: Mapping[str, Any] | None
    _revision: Revision | None

    def __init__(self, record: Mapping[str, Any] | Revision) -> None:
        self._digest = 0
        if isinstance(record, Revision):
            self._record, self._revision = None, record
            self.name, self.number, self.proc_id = record.name, record.number, record.proc_id
        else:
            self._record, self._revision = record, None
            first = record.first if isinstance(record, RawRecord) else None
            self.name, self.number, self.proc_id = first or _identity(_plain(record))

    @property
    def label(self) -> str:
        """`name@N`."""
        return f"{self.name}@{self.number}"

    @property
    def digest(self) -> int:
        """The check sum of its record as the log has it; 0 of a revision that came from no record."""
        record = self._record
        if not self._digest and record is not None:
            self._digest = _digest(record)
        return self._digest

    def known(self) -> Known:
        """What it is found by: read now and not kept; raises as `summary_of`."""
        record = self._record
        return summary_of(record) if record is not None else _known(self.revision)

    @property
    def revision(self) -> Revision:
        """The whole of it, made once; its record is let go then.

        Raises
        ------
        KeyError, TypeError, ValueError : as `from_record` and `RawRecord.read`; or it is another one than it said.
        """
        record = self._record
        if record is not None:
            made = from_record(_plain(record))
            if (made.name, made.number, made.proc_id) != (self.name, self.number, self.proc_id):
                raise ValueError("a record with two names")
            self._digest = self._digest or _digest(record)
            # in this order: who finds no record finds the revision, in another thread too
            self._revision = made
            self._record = None
        assert self._revision is not None
        return self._revision


def _known(revision: Revision) -> Known:
    return Known(
        revision.name,
        revision.number,
        revision.proc_id,
        revision.created,
        revision.question,
        tuple(t.text for t in revision.templates),
        tuple((p.name, p.type) for p in revision.parameters),
        tuple(column for r in revision.requires for column in r.columns),
        tuple(e for p in revision.parameters for e in _texts(p.example)),
        outlined(revision.meaning.aggregate, revision.meaning.target, revision.meaning.conditions),
        tuple((c, tuple(w)) for c, w in revision.synonyms.items() if revision.parameter(c) is None),
    )


def _texts(example: Any) -> list[str]:
    several = example if isinstance(example, list | tuple) else [example]
    return [text for text in several if isinstance(text, str)]


def _plain(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return record.read() if isinstance(record, RawRecord) else record


def _digest(record: Mapping[str, Any]) -> int:
    """Check sum and length of the JSON of a record; never 0."""
    text = record.json if isinstance(record, RawRecord) else _compact(dict(record)).encode("utf-8", "surrogatepass")
    return crc32(text) | len(text) << 32


def _identity(plain: Mapping[str, Any]) -> tuple[str, int, str]:
    name, number, proc_id = plain["name"], plain["number"], plain["proc_id"]
    if not (isinstance(name, str) and type(number) is int and isinstance(proc_id, str)):
        raise TypeError("name, number or proc_id of another type")
    return name, number, proc_id


def _parts(plain: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The templates or parameters, as long as this version knows everything that is said of them."""
    found: list[Mapping[str, Any]] = list(plain.get(key, ()))
    for part in found:
        if not part.keys() <= _PARTS[key]:
            raise TypeError(f"unknown keys in {key}")
    return found
