"""Examples as they were declared (JSON: columns of values, ISO dates) turned into what a procedure is called with.

Within verification a frame is a list of row dictionaries; its columns and their classes are known from the examples, so
an empty frame is still a frame.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..procedure.ambient import ambient_value, is_ambient
from ..words import Example, Parameter, Revision

Shape = dict[str, str]  # column -> class of its dtype: int float str bool date datetime other


@dataclass(frozen=True, slots=True)
class Table:
    """A frame by column, where it is too large to be looked at row by row."""

    columns: Mapping[str, list[Any]]

    def rows(self) -> list[dict[str, Any]]:
        """The same as rows."""
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]


def class_of(values: Iterable[Any]) -> str:
    """Class of the dtype that holds `values`, "" where all are missing.

    >>> class_of([1, None, 2.5]), class_of(["a"]), class_of([None])
    ('float', 'str', '')
    """
    kinds = {type(v) for v in values if v is not None}
    if not kinds:
        return ""
    if kinds <= {int, float}:
        return "int" if kinds == {int} else "float"
    names = {bool: "bool", str: "str", dt.date: "date", dt.datetime: "datetime"}
    return names.get(kinds.pop(), "other") if len(kinds) == 1 else "other"


def shapes(revision: Revision) -> dict[str, Shape]:
    """Columns of every frame parameter: those of the examples' frames, and those the source requires."""
    return {p.name: _shape(revision, p) for p in revision.parameters if p.type == "frame"}


def _shape(revision: Revision, parameter: Parameter) -> Shape:
    columns: dict[str, list[Any]] = {}
    for example in revision.examples:
        for name, values in columns_of(example.arguments.get(parameter.name)).items():
            columns.setdefault(name, []).extend(values)
    told = _told(revision, parameter)
    found = {name: _class(values, told.get(name, "")) for name, values in columns.items()}
    needed = {name: "float" if kind == "number" else kind for name, kind in told.items() if name not in found}
    return {**found, **{name: kind or "str" for name, kind in needed.items()}}


def _told(revision: Revision, parameter: Parameter) -> dict[str, str]:
    """What the revision says of the columns of a frame: by its requirements and by the slots bound to them."""
    told: dict[str, str] = {}
    for slot in revision.parameters:
        if slot.type in ("column", "columns"):
            for example in revision.examples:
                bound = example.arguments.get(slot.name)
                names = [bound] if isinstance(bound, str) else bound if isinstance(bound, list) else []
                known = columns_of(example.arguments.get(parameter.name))
                told |= {name: str(slot.domain.get("dtype") or "") for name in names if name in known}
    for requirement in revision.requires:
        if requirement.parameter == parameter.name:
            told |= requirement.columns
    return told


def _class(values: Sequence[Any], told: str) -> str:
    kind = class_of(values)
    if kind == "str" and told in ("date", "datetime"):
        return class_of([moment(v) for v in values])
    if not kind:
        return {"number": "float", "": "str"}.get(told, told)
    return "float" if kind == "int" and told == "float" else kind


def columns_of(table: Any) -> dict[str, list[Any]]:
    """`{column: [values]}` of a declared frame, which may be written by column or by row."""
    if isinstance(table, Mapping):
        return {str(k): list(v) if isinstance(v, (list, tuple)) else [v] for k, v in table.items()}
    if isinstance(table, list) and all(isinstance(row, Mapping) for row in table):
        names = dict.fromkeys(k for row in table for k in row)
        return {name: [row.get(name) for row in table] for name in names}
    return {}


def moment(value: Any) -> Any:
    """An ISO text as a date, or as a datetime where it has a time; anything else as it is.

    >>> moment("2024-05-01"), moment("soon")
    (datetime.date(2024, 5, 1), 'soon')
    """
    if not isinstance(value, str):
        return value
    try:
        return dt.date.fromisoformat(value) if len(value) <= len("2024-05-01") else dt.datetime.fromisoformat(value)
    except ValueError:
        return value


def decoded(revision: Revision, example: Example, known: Mapping[str, Shape]) -> dict[str, Any]:
    """Arguments of `example` as a procedure's plain arguments, in the order of its parameters."""
    given = example.arguments
    named = {p.name: _decoded(p, given[p.name], known.get(p.name, {})) for p in revision.parameters if p.name in given}
    return {**named, **{name: value for name, value in given.items() if name not in named}}


def _decoded(parameter: Parameter, value: Any, shape: Shape) -> Any:
    if parameter.type == "frame":
        return rows_of(value, shape)
    if is_ambient(parameter):
        return ambient_value(parameter, value, dt.UTC)
    if parameter.type == "date":
        return moment(value)
    if parameter.type == "list" and isinstance(value, Mapping) and all(isinstance(v, list) for v in value.values()):
        return rows_of(value, {})
    if parameter.type in ("list", "series") and isinstance(value, list) and parameter.domain.get("items") == "date":
        return [moment(v) for v in value]
    return value


def rows_of(table: Any, shape: Shape) -> list[dict[str, Any]]:
    """A declared frame as rows, ISO texts in date columns as dates."""
    columns = columns_of(table)
    height = max((len(values) for values in columns.values()), default=0)
    dates = {name for name, kind in shape.items() if kind in ("date", "datetime")}
    return [{name: _cell(values, i, as_date=name in dates) for name, values in columns.items()} for i in range(height)]


def _cell(values: Sequence[Any], at: int, *, as_date: bool) -> Any:
    value = values[at] if at < len(values) else None
    return moment(value) if as_date else value


def by_name(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> dict[str, list[Any]]:
    """Rows as columns."""
    return {name: [row.get(name) for row in rows] for name in names}


def frame_of(rows: Sequence[Mapping[str, Any]], shape: Shape) -> Any:
    """Rows as a polars DataFrame with the columns of `shape`, and those the rows have besides."""
    return frame_from(by_name(rows, [*shape, *dict.fromkeys(k for row in rows for k in row if k not in shape)]), shape)


def frame_from(columns: Mapping[str, list[Any]], classes: Mapping[str, str]) -> Any:
    """Columns as a polars DataFrame.

    A column keeps its class where its values allow; where every value is missing, it has the class it was declared as.
    """
    import polars as pl

    return pl.DataFrame([_series(name, list(values), classes.get(name, "")) for name, values in columns.items()])


def _series(name: str, values: list[Any], told: str) -> Any:
    import polars as pl

    kind = _wider(class_of(values) or told, told)
    if kind == "float":
        values = [None if v is None or v != v else float(v) for v in values]  # noqa: PLR0124 - NaN is null at the border
    dtypes: dict[str, Any] = {
        "int": pl.Int64,
        "float": pl.Float64,
        "str": pl.String,
        "bool": pl.Boolean,
        "date": pl.Date,
        "datetime": pl.Datetime("us"),
    }
    return pl.Series(name, values, dtype=dtypes.get(kind), strict=kind in dtypes)


def _wider(found: str, told: str) -> str:
    """The class that holds both what was found and what was told."""
    for pair in (("int", "float"), ("date", "datetime")):
        if {found, told} == set(pair):
            return pair[1]
    return found


def any_rows(table: Any) -> Any:
    """A frame as rows, however it was written down."""
    if isinstance(table, Mapping):
        return rows_of(table, {})
    return list(table) if isinstance(table, Iterable) and not isinstance(table, str) else table
