"""Plain values: copied, compared with tolerance, and written as a call one can paste."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

_REL, _ABS = 1e-9, 1e-12
_PAIRED = 400  # rows up to which each is looked for among all others
_SHOWN = 1500  # characters of a call that are worth showing


def copied(value: Any) -> Any:
    """A copy of plain data that shares no container with it."""
    kind = type(value)
    if kind is list:
        return [copied(v) for v in value]
    if kind is dict:
        return {k: copied(v) for k, v in value.items()}
    if kind is set:
        return set(value)
    return tuple(copied(v) for v in value) if kind is tuple else value


def identical(a: Any, b: Any) -> bool:
    """Whether two plain values are the same in every type, order and bit; NaN is NaN.

    >>> identical([1, float("nan")], [1, float("nan")]), identical([1], [1.0]), identical([True], [1])
    (True, False, False)
    """
    kind = type(a)
    if kind is not type(b):
        return False
    if kind in (list, tuple):
        return len(a) == len(b) and all(map(identical, a, b))
    if kind is dict:
        return identical(list(a.items()), list(b.items()))
    if kind is float:
        return bool(a == b) or (math.isnan(a) and math.isnan(b))
    return bool(a == b)


def same(expected: Any, actual: Any, *, ordered: bool = True) -> bool:
    """Whether `actual` says the same as `expected`, which may come from JSON.

    Numbers agree within 1e-9 of their size, a missing number is None or NaN, dates may be ISO texts, dictionary keys
    their texts; rows in another order are the same unless `ordered`.

    >>> same([{"g": "a", "x": 0.3}], [{"x": 0.1 + 0.2, "g": "a"}])
    True
    >>> same([1, 2], [2, 1]), same([1, 2], [2, 1], ordered=False)
    (False, True)
    """
    if _missing(expected) or _missing(actual):
        return _missing(expected) and _missing(actual)
    if isinstance(actual, (set, frozenset)) or isinstance(expected, (set, frozenset)):
        return _is_many(expected) and _is_many(actual) and _as_multisets(list(expected), list(actual))
    if _is_many(expected) and _is_many(actual):
        if len(expected) != len(actual):
            return False
        in_order = all(same(e, a) for e, a in zip(expected, actual, strict=True))
        return in_order or (not ordered and _as_multisets(expected, actual))
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return _same_entries(expected, actual)
    return _same_scalars(expected, actual)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_many(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset))


def _same_entries(expected: Mapping[Any, Any], actual: Mapping[Any, Any]) -> bool:
    if len(expected) != len(actual):
        return False
    by_text = {_text(k): v for k, v in actual.items()}
    return all(_text(k) in by_text and same(v, by_text[_text(k)]) for k, v in expected.items())


def _text(key: Any) -> str:
    return key.isoformat() if isinstance(key, dt.date) else str(key)


def _same_scalars(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return bool(expected is actual)
    if isinstance(actual, (dt.date, dt.time)) or isinstance(expected, (dt.date, dt.time)):
        return bool(_moment(expected) == _moment(actual))
    numbers = (int, float, Decimal, Fraction)
    if isinstance(expected, numbers) and isinstance(actual, numbers):
        return bool(expected == actual) or math.isclose(expected, actual, rel_tol=_REL, abs_tol=_ABS)
    return type(expected) is type(actual) and bool(expected == actual)


def _moment(value: Any) -> Any:
    """A date or time as one comparable thing; a date is its midnight."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def _as_multisets(expected: Sequence[Any], actual: Sequence[Any]) -> bool:
    if len(expected) != len(actual):
        return False
    a, b = sorted(expected, key=_rank), sorted(actual, key=_rank)
    if all(same(x, y) for x, y in zip(a, b, strict=True)):
        return True
    return len(a) <= _PAIRED and _paired(a, b)


def _paired(expected: list[Any], actual: list[Any]) -> bool:
    """Pair rows one by one: sorting cannot tell apart what only tolerance makes equal."""
    left = list(actual)
    for row in expected:
        at = next((i for i, other in enumerate(left) if same(row, other)), None)
        if at is None:
            return False
        del left[at]
    return True


def _rank(value: Any) -> Any:
    if isinstance(value, Mapping):
        return (4, sorted((str(k), _rank(v)) for k, v in value.items()))
    if _is_many(value):
        return (3, [_rank(v) for v in value])
    if _missing(value):
        return (0, 0.0, "")
    if isinstance(value, (int, float, Decimal, Fraction)):
        return (1, round(float(value), 6), "")
    return (2, 0.0, str(value))


def call_text(name: str, arguments: Mapping[str, Any], tables: Mapping[str, Sequence[str]]) -> str:
    """The call as one can paste it; frames, whose columns `tables` names, are written by column.

    >>> call_text("rank_by_sum", {"values": [0, 1], "k": 1}, {})
    'rank_by_sum(values=[0, 1], k=1)'
    >>> call_text("total", {"frame": [{"x": 1}, {"x": 2}]}, {"frame": ["x"]})
    "total(frame={'x': [1, 2]})"
    """
    shown = {n: by_column(v, tables[n]) if n in tables else v for n, v in arguments.items()}
    text = f"{name}({', '.join(f'{n}={written(v)}' for n, v in shown.items())})"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"


def by_column(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, list[Any]]:
    """Rows as `{column: [values]}`; columns only some rows have come last."""
    names = [*columns, *dict.fromkeys(k for row in rows for k in row if k not in columns)]
    return {name: [row.get(name) for row in rows] for name in names}


def written(value: Any) -> str:
    """`repr` as one can paste it: dates as one imports them, no bare `inf`.

    >>> written({"on": [dt.date(2024, 5, 1)]})
    "{'on': [date(2024, 5, 1)]}"
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return repr(value).replace("datetime.", "")  # a zone has a prefix of its own
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)
