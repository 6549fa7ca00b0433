"""Messages between kernel, zygote and child: a length-prefixed JSON header and binary blobs, never pickle.

Whatever arrives is foreign: sizes are capped before anything is kept, and a byte out of place is a `Garbled`.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Sequence
from typing import Any

LIMIT = 64 << 20  # bytes of a message from a child, which is foreign
JOB_LIMIT = 1 << 30  # bytes of a job, which holds the user's own data
ENVELOPE = 1 << 16  # bytes a message may gain when it is handed on inside another
_PREFIX = struct.Struct("!4sII")  # magic, bytes of the header, bytes of all blobs
_MAGIC = b"SGL1"


class Garbled(ValueError):
    """Bytes that are no message; the stream cannot be read any further."""


class Oversized(ValueError):
    """A message larger than its limit; `size` is what it would have had, in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        super().__init__(f"{size / 1e6:,.0f} MB; the limit is {limit >> 20} MB")


def encode(header: dict[str, Any], blobs: Sequence[bytes] = (), limit: int = LIMIT) -> bytes:
    """One message as bytes.

    Raises
    ------
    Oversized : header and blobs together exceed `limit`.

    >>> Decoder().feed(encode({"kind": "call"}, [b"ab"]))
    [({'kind': 'call'}, [b'ab'])]
    """
    sizes = [len(blob) for blob in blobs]
    text = json.dumps({"header": header, "blobs": sizes}, separators=(",", ":")).encode()
    size = len(text) + sum(sizes)
    if size > limit:
        raise Oversized(size, limit)
    return b"".join([_PREFIX.pack(_MAGIC, len(text), sum(sizes)), text, *blobs])


class Decoder:
    """Takes bytes as they come and gives whole messages of at most `limit` bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._held = bytearray()

    @property
    def empty(self) -> bool:
        """Whether no part of a message is held."""
        return not self._held

    def feed(self, data: bytes) -> list[tuple[dict[str, Any], list[bytes]]]:
        """The messages completed by `data`; raises Garbled for anything else."""
        return [open_message(message) for message in self.cut(data)]

    def cut(self, data: bytes) -> list[bytes]:
        """The same, unopened: for a relay that needs to know only where a message ends."""
        self._held += data
        found: list[bytes] = []
        while True:
            size = self._size()
            if size is None or len(self._held) < size:
                return found
            found.append(bytes(self._held[:size]))
            del self._held[:size]

    def _size(self) -> int | None:
        if len(self._held) < _PREFIX.size:
            return None
        magic, header, blobs = _PREFIX.unpack_from(self._held)
        if magic != _MAGIC or header + blobs > self._limit:
            raise Garbled("bytes that are not a message")
        return int(_PREFIX.size + header + blobs)


def open_message(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Header and blobs of a whole message; raises Garbled where it is not sound.

    >>> open_message(encode({"n": 1}))
    ({'n': 1}, [])
    """
    magic, length, _ = _PREFIX.unpack_from(message)
    body = _PREFIX.size + length
    try:
        form = json.loads(message[_PREFIX.size : body])
        header, sizes = form["header"], form["blobs"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Garbled(f"a header that is not JSON: {error}") from error
    sound = magic == _MAGIC and isinstance(header, dict) and isinstance(sizes, list)
    if not sound or not all(type(size) is int and size >= 0 for size in sizes) or body + sum(sizes) != len(message):
        raise Garbled("a header that does not fit its message")
    blobs = []
    for size in sizes:
        blobs.append(message[body : body + size])
        body += size
    return header, blobs


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, which a pipe takes in pieces."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
