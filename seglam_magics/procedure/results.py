"""Looking at results: whether two agree, and whether one says nothing."""

from __future__ import annotations

from typing import Any

from ..words import Revision

DATA = ("frame", "list", "series", "dict")


def empty(value: Any) -> bool:
    """Whether `value` says nothing: None, zero, or something without rows or items.

    >>> empty([]), empty(0), empty("x")
    (True, True, False)
    """
    if value is None or isinstance(value, (bool, str)):
        return value is None or value == ""
    height = getattr(value, "height", None)
    if isinstance(height, int):
        return height == 0
    if hasattr(value, "__len__"):
        return len(value) == 0
    return isinstance(value, (int, float)) and value == 0


def suspicious(revision: Revision, value: Any) -> bool:
    """Whether `value` is empty where the examples' results were not; in measurements every wrong hit looked like this.

    A zero computed from numbers alone is a number like any other.
    """
    if not empty(value):
        return False
    data = any(p.type in DATA for p in revision.parameters)
    if isinstance(value, (int, float)) and not data:
        return False
    return not any(empty(e.result) for e in revision.examples)


def same(one: Any, other: Any) -> bool:
    """Whether two results are equal, frames by their content; what cannot be compared is not.

    >>> same([1, None], [1, None]), same(1, "1")
    (True, False)
    """
    try:
        if hasattr(one, "equals"):
            return type(one) is type(other) and bool(one.equals(other))
        return bool(one == other)
    except Exception:  # noqa: BLE001 - user-made types may raise anything when compared
        return False
