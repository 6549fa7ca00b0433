"""Examples made up for a pack: values of nobody's, of the same form as the procedure's own, computed in the sandbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import SeglamError
from ..procedure import wire
from ..verify import Executor
from ..verify.tables import Shape, frame_of, shapes
from ..words import Example, Parameter, Revision

_ROWS = 6
_SECONDS = 5.0


def synthetic(revision: Revision, executor: Executor) -> tuple[Example, ...]:
    """One example of `revision` with made-up values; none where it cannot be computed.

    Parameters
    ----------
    executor : runs it, in the sandbox.
    """
    known = shapes(revision)
    given = dict(_arguments(revision, known))
    native = {name: frame_of(value, known[name]) if name in known else value for name, value in given.items()}
    try:
        value = executor.call(revision.source, revision.name, native, returns=revision.returns, seconds=_SECONDS)
        result = _plain(value)
        wire.pack([given, result])
    except (SeglamError, TypeError, ValueError):
        return ()
    return (Example({name: _declared(value) for name, value in given.items()}, result),)


def _arguments(revision: Revision, known: Mapping[str, Shape]) -> Iterator[tuple[str, Any]]:
    frames = {name: _rows(shape) for name, shape in known.items()}
    for parameter in revision.parameters:
        yield parameter.name, frames.get(parameter.name) or _value(parameter, known)


def _rows(shape: Shape) -> list[dict[str, Any]]:
    return [{name: _cell(kind, at) for name, kind in shape.items()} for at in range(_ROWS)]


def _cell(kind: str, at: int) -> Any:
    """The same few values again and again, so that there are groups and ties."""
    day = dt.date(2024, 1, 1 + at)
    return {
        "int": at % 4 + 1,
        "float": at % 4 + 0.5,
        "bool": at % 2 == 0,
        "date": day,
        "datetime": dt.datetime.combine(day, dt.time()),
    }.get(kind, "abc"[at % 3])


def _value(parameter: Parameter, known: Mapping[str, Shape]) -> Any:
    domain, kind = parameter.domain, parameter.type
    if kind in ("column", "columns"):
        names = [name for shape in known.values() for name, found in shape.items() if _fits(found, domain.get("dtype"))]
        return names[:1] if kind == "columns" else next(iter(names), "")
    if domain.get("values"):
        return next(iter(domain["values"]))
    if kind in ("list", "series"):
        return [_cell(str(domain.get("items") or "int"), at) for at in range(_ROWS)]
    if kind == "dict":
        return {"a": 1, "b": 2}
    if kind in ("int", "float"):
        return _number(kind, domain)
    return _cell(kind, 0)


def _number(kind: str, domain: Mapping[str, Any]) -> int | float:
    least, most = domain.get("min"), domain.get("max")
    value = 2 if least is None else max(2, least)
    value = value if most is None else min(value, most)
    return float(value) if kind == "float" else int(value)


def _fits(found: str, dtype: object) -> bool:
    return dtype in (None, "", found) or (dtype == "number" and found in ("int", "float"))


def _plain(value: Any) -> Any:
    """A result as examples hold it: a frame by column."""
    to_dict = getattr(value, "to_dict", None)
    if hasattr(value, "collect"):
        return _plain(value.collect())
    return _declared(to_dict(as_series=False) if to_dict is not None else value)


def _declared(value: Any) -> Any:
    """A value as JSON declares it: dates by their ISO text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _declared(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_declared(item) for item in value]
    return value
