"""Plain values as Python source."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any


def literal(value: Any, module: str = "datetime") -> str:
    """`value` as an expression; dates are written with the name of their module.

    Raises
    ------
    TypeError : for anything but plain data.

    >>> literal({"on": [dt.date(2024, 5, 1)], "x": (float("inf"),)})
    "{'on': [datetime.date(2024, 5, 1)], 'x': (float('inf'),)}"
    >>> literal(dt.date(2024, 5, 1), "_datetime")
    '_datetime.date(2024, 5, 1)'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k, module)}: {literal(v, module)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return _collection(value, module)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return repr(value).replace("datetime.", f"{module}.")
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    raise TypeError(f"{type(value).__name__} has no literal")


def _collection(value: Any, module: str) -> str:
    listed = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
    items = [literal(item, module) for item in listed]
    inner = ", ".join(items)
    if isinstance(value, list):
        return f"[{inner}]"
    if isinstance(value, tuple):
        return f"({inner},)" if len(items) == 1 else f"({inner})"
    return f"{{{inner}}}" if items else "set()"


def doc(text: str) -> str:
    """`text` as it may stand in a docstring: one that cannot end it.

    >>> doc('a "thing"')
    'a "thing'
    """
    clean = text.replace("\\", "/").replace('"""', "'''")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in clean).rstrip('"').strip()
