"""Looking at results: whether two agree, and whether one says nothing."""

from __future__ import annotations

import math
from typing import Any

from ..words import Revision

CLOSE = 1e-9  # relative difference of floats that are the same
MOST_CELLS = 5_000_000  # that are compared one by one; larger frames must be equal to the last digit
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

    Floats agree within 1e-9 of their size: a mean of the same numbers differs in its last digit with the number of
    threads that computed it.

    >>> same([1, None], [1, None]), same(1, "1"), same({"a": 0.1 + 0.2}, {"a": 0.3}), same(1, True)
    (True, False, True, False)
    """
    try:
        return _exactly(one, other) or _nearly(one, other)
    except Exception:  # noqa: BLE001 - user-made types may raise anything when compared
        return False


def _exactly(one: Any, other: Any) -> bool:
    if hasattr(one, "equals"):
        return type(one) is type(other) and bool(one.equals(other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _nearly(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE**2) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return hasattr(one, "equals") and _nearly_frames(one, other)


def _nearly_frames(one: Any, other: Any) -> bool:
    """Whether frames of one library have the same columns with the same cells, floats nearly."""
    import narwhals.stable.v2 as nw

    mine, theirs = (nw.from_native(value, eager_only=True, allow_series=True) for value in (one, other))
    if isinstance(mine, nw.Series):
        mine, theirs = mine.to_frame(), theirs.to_frame()
    if mine.schema != theirs.schema or mine.shape != theirs.shape or mine.shape[0] * mine.shape[1] > MOST_CELLS:
        return False
    floats = [name for name, dtype in mine.schema.items() if dtype.is_float()]
    others = [name for name in mine.columns if name not in floats]
    if others and not mine.select(others).to_native().equals(theirs.select(others).to_native()):
        return False
    return all(same(mine[name].to_list(), theirs[name].to_list()) for name in floats)
