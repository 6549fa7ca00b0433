"""Wrong procedures: a property that says anything must notice them.

Two of them always return the same; a property that lets one of those pass says nothing. The others spoil the right
result a little, always or every second time; of those at least one has to be noticed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from .plain import copied

Spoil = Callable[[Any, Mapping[str, Any]], Any]


def _identity(value: Any, arguments: Mapping[str, Any]) -> Any:
    return next((a for a in arguments.values() if type(a) is type(value)), value)


def _first(value: Any, _arguments: Mapping[str, Any]) -> Any:
    return value[:1] if isinstance(value, (list, str)) else value


def _empty(value: Any, _arguments: Mapping[str, Any]) -> Any:
    return None if value is None else type(value)() if isinstance(value, (list, dict, str, int, float, tuple)) else None


def _off_by_one(value: Any, _arguments: Mapping[str, Any]) -> Any:
    return _shifted(value)[0]


def _shifted(value: Any) -> tuple[Any, bool]:
    """`value` with its first number one larger, and whether it had one."""
    if isinstance(value, bool):
        return not value, True
    if isinstance(value, (int, float)):
        return value + 1, True
    if isinstance(value, (list, tuple)):
        items = list(value)
        for i, item in enumerate(items):
            items[i], done = _shifted(item)
            if done:
                return (tuple(items) if isinstance(value, tuple) else items), True
    if isinstance(value, dict):
        for key, item in value.items():
            changed, done = _shifted(item)
            if done:
                return {**value, key: changed}, True
    return value, False


def _reversed(value: Any, _arguments: Mapping[str, Any]) -> Any:
    return value[::-1] if isinstance(value, (list, tuple, str)) else value


def _truncated(value: Any, _arguments: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return dict(list(value.items())[:-1])
    return value[:-1] if isinstance(value, (list, tuple, str)) else value


def _without_first(value: Any, _arguments: Mapping[str, Any]) -> Any:
    return value[1:] if isinstance(value, (list, tuple)) else value


def _without_column(value: Any, _arguments: Mapping[str, Any]) -> Any:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return [dict(list(row.items())[:-1]) for row in value]
    return value


SPOILING: Mapping[str, Spoil] = {
    "off by one": _off_by_one,
    "empty": _empty,
    "an input as it is": _identity,
    "the last one missing": _truncated,
    "the first one missing": _without_first,
    "the first one only": _first,
    "in reverse": _reversed,
    "a column missing": _without_column,
}


def now_and_then(runner: Callable[..., Any]) -> Callable[..., Any]:
    """A procedure that is wrong every second time: what compares two calls with each other notices this one alone.

    >>> wrong = now_and_then(lambda arguments: 7)
    >>> wrong({}), wrong({}), wrong({})
    (7, 8, 7)
    """
    turns = itertools.cycle((False, True))

    def run(arguments: Mapping[str, Any], **_options: Any) -> Any:
        value, wrong = runner(arguments), next(turns)
        spoils = (spoil(value, arguments) for spoil in (_off_by_one, _truncated, _empty))
        return copied(next((other for other in spoils if other != value), None)) if wrong else copied(value)

    return run


def constant(value: Any) -> Callable[..., Any]:
    """A procedure that always returns `value`."""
    return lambda _arguments, **_options: copied(value)


def spoiled(runner: Callable[..., Any], spoil: Spoil) -> Callable[..., Any]:
    """A procedure whose right results are spoiled.

    >>> spoiled(lambda arguments: [1, 2], SPOILING["in reverse"])({})
    [2, 1]
    """
    return lambda arguments, **_options: copied(spoil(runner(arguments), arguments))
