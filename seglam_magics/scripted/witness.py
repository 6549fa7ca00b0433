"""The witness: how often the scripted model was asked, for what, and how each call ended."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any


@dataclass(slots=True)
class Call:
    """One call of the model.

    Attributes
    ----------
    did : what a character did in it: `answers`, `leaks`, `panics`, `doubts`; "" without a character.
    end : `open`, `done`, `refused`, `cut` (by us), `hung up` (by the client).
    """

    recording: str | None = None
    turn: int = 0
    stream: bool = False
    did: str = ""
    end: str = "open"


@dataclass(slots=True)
class Ledger:
    """Every call so far and the body of the last one: the witness of how often a model was asked, and for what."""

    calls: list[Call] = field(default_factory=list)
    last: bytes = b""
    asked: Counter[bytes] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def times(self, body: bytes) -> int:
        """How often this very request came before."""
        with self.lock:
            self.asked[hashlib.sha256(body).digest()] += 1
            return self.asked[hashlib.sha256(body).digest()] - 1

    def open(self) -> tuple[Call, int]:
        """A new call and its number, counted from 1."""
        with self.lock:
            self.calls.append(Call())
            return self.calls[-1], len(self.calls)

    def body(self) -> dict[str, Any]:
        """What `GET /calls` says."""
        with self.lock:
            return {"calls": len(self.calls), "log": [asdict(call) for call in self.calls]}
