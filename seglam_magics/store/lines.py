"""One event is one line: its JSON, chained to the line before it and closed by its own check sum.

`{"kind":…,"kernel":…,"number":…,"clock":…,"time":…,"data":{…},"prev":"…","sum":"…"}`. `kind` comes first so that a
reader can step over activity by its first bytes; `sum` is the short SHA-256 of everything before it and `prev` is the
`sum` of the line before, so an edited line gives itself away and so does a removed one.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from ..procedure.stored import RawRecord
from ..words import Event

ACTIVITY = frozenset({"hit", "miss", "run", "failed", "thinking"})
"""Kinds that only tell what happened; every other kind defines something and is part of a snapshot."""

SKIPPED = tuple(f'{{"kind":"{kind}"'.encode() for kind in sorted(ACTIVITY))
NO_ACTIVITY = re.compile(rb'\n(?!\{"kind":"(?:%s)")' % "|".join(sorted(ACTIVITY)).encode())
"""The newline before a line that is to be looked at."""

OPENING = b'{"kind":"'
START = b"0" * 16

_MOST = 1 << 62  # a clock stays within the integers of every reader

# Where the fixed end of a line lies, counted from its last byte: …"prev":"<16>","sum":"<16>"}
_BODY = slice(None, -26)
_LABEL = slice(-26, -18)
SUM = slice(-18, -2)
PREV = slice(-43, -27)
_DATA_END = -52
_REVISION = re.compile(
    rb'\{"kind":"revision","kernel":"([\w.:-]{1,64})","number":([1-9]\d{0,17}),"clock":([1-9]\d{0,17}),'
    rb'"time":(\d{1,17}(?:\.\d{1,17})?),"data":(?=\{)'
)
_HEAD = re.compile(rb'","kernel":"([\w.:-]{1,64})","number":(\d{1,18}),')

# Strict JSON: NaN and infinity are not plain data, and readers other than Python refuse them.
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_escaped = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


def plain(data: Mapping[str, Any]) -> bytes:
    """`data` as compact JSON.

    Raises
    ------
    TypeError, ValueError : it holds something that JSON has no form for.
    """
    if isinstance(data, RawRecord):
        return data.json
    try:
        return _compact(data).encode()
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8 form but survives as an escape
        return _escaped(data).encode()


def stamp() -> float:
    """Now, in seconds since the epoch, to the microsecond."""
    return round(time.time(), 6)


def checked(kind: str) -> str:
    """`kind` itself when it can be written into a line as it is.

    Raises
    ------
    ValueError : it is not a lower-case word.
    """
    if kind.isascii() and kind.isidentifier() and kind.islower():
        return kind
    message = f"{kind!r} is not a kind of event: use a lower-case word"
    raise ValueError(message)


def encode(event: Event, last: bytes = START) -> bytes:
    """The line of `event`, its newline included, chained to the check sum `last`.

    >>> encode(Event("retire", {"name": "mean"}, kernel="k-1", number=1, clock=1, time=2.5))[:58]
    b'{"kind":"retire","kernel":"k-1","number":1,"clock":1,"time'
    """
    body = b'{"kind":"%b","kernel":"%b","number":%d,"clock":%d,"time":%a,"data":%b,"prev":"%b"' % (
        event.kind.encode(),
        event.kernel.encode(),
        event.number,
        event.clock,
        event.time,
        plain(event.data),
        last,
    )
    return b'%b,"sum":"%b"}\n' % (body, short(body))


def decode(line: bytes) -> Event:
    """The event of a line that `whole` has accepted; the record of a revision is read when it is looked at.

    Raises
    ------
    ValueError : the line is no event after all.
    """
    revision = _revision(line)
    if revision is not None:
        return revision
    try:
        record = json.loads(line)
        data, number, clock, when = record["data"], record["number"], record["clock"], record["time"]
        # a sound check sum can still close a line that seglam never wrote; one of those must not stop the others
        if not (isinstance(data, dict) and _counts(number) and _counts(clock) and isinstance(when, float | int)):
            raise ValueError(line[:80])
        return Event(checked(record["kind"]), data, record["kernel"], number, clock, when)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _revision(line: bytes) -> Event | None:
    """The event of a revision whose record waits as it is; None where the line is of another kind or order."""
    head = _REVISION.match(line)
    if head is None or not (line[_DATA_END:].startswith(b',"prev":"') and line.endswith(b'"}')):
        return None
    kernel, number, clock, when = head.groups()
    record = RawRecord(line[head.end() : _DATA_END])
    return (
        Event("revision", record, kernel.decode(), int(number), int(clock), float(when)) if record.identity() else None
    )


def _counts(value: object) -> bool:
    return type(value) is int and 0 < value < _MOST


def head_of(line: bytes) -> tuple[str, int]:
    """Kernel and number of a line without reading its data; ("", 0) where it does not begin as a line does."""
    found = _HEAD.search(line, 0, 192)
    return (found[1].decode(), int(found[2])) if found else ("", 0)


def marker(kernel: str) -> bytes:
    """What every line of this kernel has near its beginning."""
    return b'","kernel":"%b","number":' % kernel.encode()


@cache
def glued(mark: bytes) -> re.Pattern[bytes]:
    """The beginning of a line behind the rest of a torn one. Data that only looks alike does not carry the mark."""
    return re.compile(rb"[^\n]" + re.escape(OPENING) + rb"\w+" + re.escape(mark))


def whole(line: bytes, mark: bytes) -> bool:
    """Whether the line (without newline) is as it was written, by the kernel of `mark`."""
    return (
        line.startswith(OPENING)
        and mark in line[:128]
        and line[_LABEL] == b',"sum":"'
        and line.endswith(b'"}')
        and short(line[_BODY]) == line[SUM]
    )


def salvaged(line: bytes, mark: bytes) -> bytes | None:
    """The whole line that follows the rest of a torn one, or None."""
    start = line.find(OPENING, 1)
    while start > 0:
        if whole(line[start:], mark):
            return line[start:]
        start = line.find(OPENING, start + 1)
    return None


def short(body: bytes) -> bytes:
    """The check sum of a line's body: the first 16 digits of its SHA-256."""
    return sha256(body).hexdigest()[:16].encode()
