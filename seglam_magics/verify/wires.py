"""Two processes of one verification that talk: numbered requests and replies over a pair of pipes, plain data only.

Whoever asks is trusted, whoever answers is not. What comes unasked, twice, out of order or not at all ends the
verification; it never reaches what is judged.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .channel import Decoder, Garbled, encode

Message = dict[str, Any]
_CHUNK = 1 << 18


Answer = Callable[[Any], Mapping[str, Any]]


class Cut(BaseException):
    """One side cannot be heard any more; `unsound` where it has said what it was not asked.

    No `Exception`: whatever catches the errors of foreign code must not take this for one.
    """

    def __init__(self, role: str, *, unsound: bool) -> None:
        self.role, self.unsound = role, unsound
        super().__init__(f"the {role} {'said what it was not asked for' if unsound else 'ended'}")


class Talk(Protocol):
    """A conversation with a side that answers."""

    def greeting(self) -> Message:
        """What the side says first: whether it could load what it is to run."""

    def converse(self, header: Mapping[str, Any], answer: Answer | None = None) -> Message:
        """Ask, answer what the side asks meanwhile, and give its reply; raises Cut."""


class Wire:
    """One end of two pipes to the side called `role`."""

    def __init__(self, role: str, source: int, sink: int) -> None:
        self.role = role
        self._source, self._sink = source, sink
        self._decoder = Decoder()
        self._ready: list[Message] = []
        self._number = 0

    def greeting(self) -> Message:
        """See `Talk`."""
        return self.receive()

    def converse(self, header: Mapping[str, Any], answer: Answer | None = None) -> Message:
        """See `Talk`."""
        self._number += 1
        said = header
        while True:
            self.silent()
            self.write({"n": self._number, **said})
            reply = self.receive()
            if reply.get("n") != self._number:
                raise Cut(self.role, unsound=True)
            if answer is None or "ask" not in reply:
                return reply
            said = answer(reply["ask"])

    def write(self, header: Mapping[str, Any]) -> None:
        """Write a message, whatever waits to be read; raises Cut, and Oversized for a message that is too large."""
        data = memoryview(encode(dict(header)))
        try:
            while data:
                data = data[os.write(self._sink, data) :]
        except BrokenPipeError:
            raise Cut(self.role, unsound=False) from None

    def silent(self) -> None:
        """Raise Cut where something waits to be read that nobody asked for."""
        if self._ready or not self._decoder.empty:
            raise Cut(self.role, unsound=True)
        if select.select([self._source], [], [], 0)[0]:
            raise Cut(self.role, unsound=bool(os.read(self._source, 1)))

    def receive(self) -> Message:
        """Wait for a message; raises Cut where the other side ends, or says what is none."""
        while not self._ready:
            data = os.read(self._source, _CHUNK)
            if not data:
                raise Cut(self.role, unsound=False)
            try:
                found = self._decoder.feed(data)
            except Garbled:
                raise Cut(self.role, unsound=True) from None
            if any(blobs for _, blobs in found):
                raise Cut(self.role, unsound=True)
            self._ready += [header for header, _ in found]
        return self._ready.pop(0)
