"""What a judge says it is about to do, as text in memory it shares: for who watches, and for who finds it hung or dead.

No foreign code writes it. It may be read while it is written, so what cannot be read is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SHRINKING = -1  # instead of a number of cases: one failed, and is made as small as it can be


class Note(Protocol):
    """Takes what comes next: a check, the call it makes, and how many cases of the check have held before."""

    def __call__(self, check: str, call: str, done: int = 0) -> None:
        """Say it."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A note as it is read."""

    check: str = ""
    done: int = 0
    call: str = ""


def silent(check: str, call: str, done: int = 0) -> None:
    """Say it to nobody."""
    del check, call, done


def written(check: str, call: str, done: int) -> str:
    """A note as text.

    >>> read(written("property sorted", "top(k=1)", 12))
    Noted(check='property sorted', done=12, call='top(k=1)')
    """
    return f"{check}\n{done}\n{call}"


def read(text: str) -> Noted:
    """The note of a text; an empty one where it is none."""
    check, _, rest = text.partition("\n")
    done, _, call = rest.partition("\n")
    try:
        return Noted(check, int(done[:10]), call)
    except ValueError:
        return Noted()
