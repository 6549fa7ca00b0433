"""Whether a value is what a procedure declares to return. Exact types: what only looks like one does not count."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "list": (list, tuple),
    "dict": (dict,),
    "number": (int, float, Decimal, Fraction, type(None)),
    "str": (str, type(None)),
    "bool": (bool, type(None)),
    "date": (dt.date, dt.datetime, type(None)),
}


def misfit(value: Any, returns: str) -> str:
    """Why `value` is not a `returns`, "" where it is. A missing number, text, date or truth value is None.

    >>> misfit(3, "number"), misfit("3", "number")
    ('', 'it returned a str, not a number')
    """
    fits = is_frame(value) if returns == "frame" else type(value) in _KINDS.get(returns, ())
    shown = "None" if value is None else f"a {type(value).__name__}"
    return "" if fits else f"it returned {shown}, not a {returns}"


def is_frame(value: Any) -> bool:
    """Whether `value` is a polars DataFrame, without importing polars."""
    polars = sys.modules.get("polars")
    return polars is not None and type(value) is polars.DataFrame
