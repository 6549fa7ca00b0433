"""What a procedure is handed in the kernel: copies and clones, watched for changes.

The user's own objects never reach it. Plain containers are copied, frames are clones that share their memory (polars
copies a column before it writes to it), relations cannot be changed. After the run what was handed over is compared
with what it was: a procedure that changes its input did not mean what it was verified for.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from operator import is_
from types import NoneType
from typing import Any

from ..errors import SeglamError
from .calling import is_polars

# Containers of an input that are copied for a run in the kernel; more of them go to the sandbox, which copies anyway.
MOST = 10_000
_DEPTH = 200
_SAMPLE = 1_024  # rows of a frame that are compared; a smaller frame is compared as a whole
_ATOMS: frozenset[type] = frozenset(
    {NoneType, bool, int, float, str, bytes, complex, dt.date, dt.datetime, dt.time, dt.timedelta, Decimal, Fraction}
)
_PLAINER: tuple[type, ...] = (bool, int, float, str)
_MISSING = frozenset({"NaTType", "NAType"})


class TooMany(Exception):
    """An input of more containers than are copied in the kernel."""


@dataclass(slots=True)
class Handed:
    """Copies of inputs, and what they were when they were made.

    Attributes
    ----------
    most : containers of one input that are copied before `TooMany` is raised; None copies whatever it takes.
    """

    most: int | None = MOST
    _watched: list[tuple[str, Callable[[], bool]]] = field(default_factory=list)

    def over(self, name: str, value: Any) -> Any:
        """`value` as the procedure may have it, watched from now on; `name` is what the user calls it.

        Raises
        ------
        TooMany : there are more containers in it than are copied here.
        SeglamError : E-INPUT-CONTENT for anything but plain data.

        >>> mine = [[1], [2]]
        >>> handed = Handed()
        >>> its = handed.over("mine", mine)
        >>> its[0].append(9)
        >>> mine, handed.changed()
        ([[1], [2]], 'mine')
        """
        if type(value) in _ATOMS:
            return value
        if is_polars(value):
            return self._frame(name, value)
        copying = _Copying(name, self.most)
        copy = copying.plain(value, 0)
        self._watched.append((name, copying.changed))
        return copy

    def changed(self) -> str | None:
        """The name of the first input that is not what it was, None where all are."""
        return next((name for name, is_changed in self._watched if is_changed()), None)

    def _frame(self, name: str, frame: Any) -> Any:
        clone = frame.clone()
        if hasattr(clone, "hash_rows"):  # a lazy frame has no rows yet
            before = _fingerprint(clone)
            self._watched.append((name, lambda: _fingerprint(clone) != before))
        return clone


class _Copying:
    """One input being copied: every container that was made, beside what was put into it."""

    __slots__ = ("_dicts", "_lists", "_name", "_room", "_sets")

    def __init__(self, name: str, most: int | None) -> None:
        self._name = name
        self._room = float("inf") if most is None else most
        self._lists: list[tuple[list[Any], tuple[Any, ...]]] = []
        self._dicts: list[tuple[dict[Any, Any], tuple[Any, ...], tuple[Any, ...]]] = []
        self._sets: list[tuple[set[Any], frozenset[Any]]] = []

    def plain(self, value: Any, depth: int) -> Any:
        """A copy of `value` that shares no container with it."""
        kind = type(value)
        if kind in _ATOMS:
            return value
        make = _MAKERS.get(kind) or next((make for known, make in _MAKERS.items() if isinstance(value, known)), None)
        if make is None:
            return _scalar(self._name, value)
        self._room -= 1
        if self._room < 0:
            raise TooMany
        if depth > _DEPTH:
            raise _refused(self._name, f"it is nested more than {_DEPTH} levels deep")
        return make(self, value, depth + 1)

    def changed(self) -> bool:
        """Whether a container holds anything else than it did; all objects in it were made here or are atoms."""
        same = all(len(now) == len(was) and all(map(is_, now, was)) for now, was in self._lists)
        same = same and all(
            len(now) == len(was) and all(map(is_, now, keys)) and all(map(is_, now.values(), was))
            for now, keys, was in self._dicts
        )
        return not same or any(now != was for now, was in self._sets)

    def _items(self, value: Any, depth: int) -> list[Any]:
        items = list(value)
        if _ATOMS.issuperset(map(type, items)):
            return items
        return [self.plain(item, depth) for item in items]

    def as_dict(self, value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        """A dictionary, watched."""
        copy = dict(value)
        values = tuple(copy.values())
        if not (_ATOMS.issuperset(map(type, copy)) and _ATOMS.issuperset(map(type, values))):
            copy = {self.plain(k, depth): self.plain(v, depth) for k, v in copy.items()}
            values = tuple(copy.values())
        self._dicts.append((copy, tuple(copy), values))
        return copy

    def as_list(self, value: Any, depth: int) -> list[Any]:
        """A list, watched."""
        copy = self._items(value, depth)
        self._lists.append((copy, tuple(copy)))
        return copy

    def as_set(self, value: Any, depth: int) -> set[Any]:
        """A set, watched."""
        copy = set(self._items(value, depth))
        self._sets.append((copy, frozenset(copy)))
        return copy

    def as_tuple(self, value: Any, depth: int) -> tuple[Any, ...]:
        """A tuple, which cannot change."""
        return tuple(self._items(value, depth))

    def as_frozenset(self, value: Any, depth: int) -> frozenset[Any]:
        """A frozen set, which cannot change."""
        return frozenset(self._items(value, depth))


_MAKERS: dict[type, Callable[[_Copying, Any, int], Any]] = {
    dict: _Copying.as_dict,
    list: _Copying.as_list,
    tuple: _Copying.as_tuple,
    set: _Copying.as_set,
    frozenset: _Copying.as_frozenset,
}


def _fingerprint(frame: Any) -> tuple[Any, ...]:
    """Schema, height, and the hashes of at most `_SAMPLE` rows spread over a frame."""
    height = frame.height
    rows = frame if height <= _SAMPLE else frame[_spread(height)]
    # beside its rows, a frame without columns has nothing that could change
    hashes = rows.hash_rows().to_list() if frame.width and height else []
    return frame.columns, frame.dtypes, height, hashes


@lru_cache(maxsize=64)
def _spread(height: int) -> Any:
    """Places over the whole of a frame, the first and the last row among them."""
    import polars as pl

    return pl.Series([at * (height - 1) // (_SAMPLE - 1) for at in range(_SAMPLE)], dtype=pl.UInt32)


def fate(*, frame: bool, attempted: bool) -> str:
    """What became of the user's own input that a procedure has changed, or only tried to change.

    >>> fate(frame=False, attempted=False)
    'yours is as it was, the procedure had a copy'
    """
    told: str = _words()["original"]["attempt" if attempted else "frame" if frame else "copy"]
    return told


def was_refused(error: BaseException) -> bool:
    """Whether `error` is what a library says to somebody who would change what cannot be changed.

    >>> was_refused(ValueError("assignment destination is read-only")), was_refused(ValueError("no such city"))
    (True, False)
    """
    return isinstance(error, (ValueError, TypeError)) and any(p in str(error) for p in _words()["attempts"]["phrases"])


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("handing.toml").read_text(encoding="utf-8"))


def _scalar(name: str, value: Any) -> Any:
    """A number, text or time of another library as plain Python; anything else is refused."""
    if type(value).__name__ in _MISSING:
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if type(value).__module__ == "numpy" and hasattr(value, "item") and type(value.item()) in _ATOMS:
        return value.item()
    for kind in _PLAINER:
        if isinstance(value, kind):
            return kind(value)
    raise _refused(name, f"it holds a {type(value).__name__}, which is not plain data")


def _refused(name: str, why: str) -> SeglamError:
    advice = "convert it to numbers, texts, dates, lists and dictionaries"
    return SeglamError("E-INPUT-CONTENT", name=name, why=why, advice=advice)
