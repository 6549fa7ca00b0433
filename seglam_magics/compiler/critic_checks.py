"""Whether a procedure takes the arguments of a counterexample: their names, types and declared domains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..procedure.ambient import is_ambient
from ..words import Example, Parameter

_NUMBER = (int, float)


@dataclass(frozen=True, slots=True, eq=False)
class Counterexample:
    """A call and what it should give, as somebody says who has not run it."""

    example: Example
    why: str = ""


def legal(arguments: Mapping[str, Any], parameters: Sequence[Parameter]) -> bool:
    """Whether these arguments are ones that the declared parameters allow.

    >>> k = Parameter("k", "int", domain={"min": 1})
    >>> legal({"k": 3}, [k]), legal({"k": 0}, [k]), legal({}, [k]), legal({"k": "3"}, [k])
    (True, False, False, False)
    """
    needed = {p.name for p in parameters if not is_ambient(p)}
    if not needed <= set(arguments) <= {p.name for p in parameters}:
        return False
    columns = {name for p in parameters if p.type == "frame" for name in _columns(arguments.get(p.name))}
    return all(_fits(p, arguments[p.name], columns) for p in parameters if p.name in arguments)


def _fits(parameter: Parameter, value: Any, columns: set[str]) -> bool:
    kind = parameter.type
    if kind == "frame":
        return _is_table(value)
    if kind in ("list", "series"):
        return isinstance(value, list) or (kind == "list" and _is_table(value))
    if kind == "dict":
        return isinstance(value, dict)
    if kind == "column":
        return isinstance(value, str) and (value in columns or not columns)
    if kind == "columns":
        return isinstance(value, list) and all(isinstance(one, str) and one in columns for one in value)
    return _is_scalar(kind, value) and _allowed(parameter.domain, value)


def _is_scalar(kind: str, value: Any) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "float":
        return isinstance(value, _NUMBER) and not isinstance(value, bool)
    if kind == "date":
        return isinstance(value, str) and _is_date(value)
    return isinstance(value, str) or (kind == "choice" and isinstance(value, (*_NUMBER, bool)))


def _is_date(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _allowed(domain: Mapping[str, Any], value: Any) -> bool:
    low, high, values = domain.get("min"), domain.get("max"), domain.get("values")
    if isinstance(value, _NUMBER) and isinstance(low, _NUMBER) and value < low:
        return False
    if isinstance(value, _NUMBER) and isinstance(high, _NUMBER) and value > high:
        return False
    return not values or value in values


def _is_table(value: Any) -> bool:
    """Whether a frame is written by column, all of one length, or by row."""
    if isinstance(value, dict):
        sizes = {len(column) if isinstance(column, list) else -1 for column in value.values()}
        return bool(value) and len(sizes) == 1 and -1 not in sizes
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _columns(value: Any) -> list[str]:
    if not _is_table(value):
        return []
    return list(value) if isinstance(value, dict) else list(value[0])
