"""Frames with thousands of groups: what looks ordered among few rows is not among many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..words import Revision
from .tables import Shape, Table, by_name

ROWS = 6000  # of which nine in ten are alone in their group
_OWN = 10  # every so many rows hold values of the example, so that filters find some
_GONE = 97  # every so many rows lack a value

_EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - frames of examples have no time zones
_CELLS: Mapping[str, Callable[[int], Any]] = {
    "int": lambda i: i * 7919 % ROWS,
    "float": lambda i: (i * 7919 % ROWS) / 8,
    "str": lambda i: f"k{i * 7919 % ROWS:04}",
    "bool": lambda i: i % 2 == 0,
    "date": lambda i: (_EPOCH + dt.timedelta(days=i)).date(),
    "datetime": lambda i: _EPOCH + dt.timedelta(hours=i),
}


def crowded(
    revision: Revision, known: Mapping[str, Shape], examples: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Arguments of the first example with a large frame for each of its frames; None where there is none.

    >>> from ..words import Parameter
    >>> one = Revision("f", 1, "", "", parameters=(Parameter("d", "frame"),))
    >>> made = crowded(one, {"d": {"g": "str"}}, [{"d": [{"g": "a"}]}])
    >>> len(set(made["d"].columns["g"])) > 5000
    True
    """
    if not known or not examples:
        return None
    arguments = dict(examples[0])
    if not all(parameter.name in arguments for parameter in revision.parameters):
        return None
    return {**arguments, **{name: Table(_columns(shape, arguments[name])) for name, shape in known.items()}}


def _columns(shape: Shape, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    own = by_name(rows, shape)
    return {name: _column(kind, [v for v in own[name] if v is not None]) for name, kind in shape.items()}


def _column(kind: str, own: Sequence[Any]) -> list[Any]:
    cell = _CELLS.get(kind)
    if cell is None:
        return [own[i % len(own)] if own else None for i in range(ROWS)]
    found = [own[i % len(own)] if own and i % _OWN == 0 else cell(i) for i in range(ROWS)]
    found[_GONE::_GONE] = [None] * len(found[_GONE::_GONE])
    return found
