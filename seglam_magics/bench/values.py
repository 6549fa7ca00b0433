"""Whether a result says what is expected, in whatever form a procedure gives it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from ..procedure.calling import is_polars

CLOSE = 1e-6  # relative difference of numbers that are the same


def says(expected: Any, value: Any) -> bool:
    """Whether `value` is `expected`: a number in a frame of one cell is that number, rows may be dictionaries.

    >>> says([["a", 1.0]], [{"team": "a", "mean": 1}]), says([["a", 1.0]], {"a": 1.0}), says(3, "3"), says(3, True)
    (True, True, False, False)
    """
    value = _plain(value)
    if isinstance(expected, list):
        return isinstance(value, list) and len(value) == len(expected) and all(map(_row, expected, value))
    return _cell(expected, _single(value))


def _plain(value: Any) -> Any:
    if is_polars(value):
        return [list(row) for row in value.rows()]
    if isinstance(value, Mapping):
        return [[key, item] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [list(item.values()) if isinstance(item, Mapping) else item for item in value]
    return value


def _single(value: Any) -> Any:
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return value


def _row(expected: Any, value: Any) -> bool:
    if not isinstance(expected, list):
        return _cell(expected, _single(value))
    same_length = isinstance(value, list | tuple) and len(value) == len(expected)
    return same_length and all(map(_cell, expected, value))


def _cell(expected: Any, value: Any) -> bool:
    if isinstance(value, dt.date):
        value = value.isoformat()
    if isinstance(expected, int | float) and isinstance(value, int | float):
        return isinstance(value, bool) == isinstance(expected, bool) and math.isclose(expected, value, rel_tol=CLOSE)
    return type(expected) is type(value) and bool(expected == value)
