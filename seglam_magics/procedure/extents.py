"""The smallest and greatest value of the numeric columns of a table; read anew every time where that is cheap."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from .cells import Cells, PythonCells
from .inputs import library_of
from .tables import pandas_array, pandas_cells, python_columns

if TYPE_CHECKING:
    import polars as pl

_NUMBERS = ("int", "uint", "float", "double", "halffloat", "decimal128")
# A column of Python objects with a text among its first cells is not read to the end.
_HEAD = 10

Extent = tuple[float, float]
Measure = Callable[[], Extent | None]


def number_columns(table: Any) -> Iterator[tuple[str, Cells | None, Measure]]:
    """The columns that may hold numbers: name, the cells where reading them is dear, and what gives their extent.

    >>> [(name, extent()) for name, _, extent in number_columns({"n": [3, None, 1], "day": [{}]})]
    [('n', (1.0, 3.0)), ('day', None)]
    """
    columns = _COLUMNS.get(library_of(table))
    return iter(()) if columns is None else columns(table)


def _polars_columns(table: Any) -> Iterator[tuple[str, Cells | None, Measure]]:
    for column in table.get_columns() if hasattr(table, "get_columns") else ():
        if column.dtype.is_numeric():
            yield column.name, None, partial(_polars_extent, column)


def _arrow_columns(table: Any) -> Iterator[tuple[str, Cells | None, Measure]]:
    if hasattr(table, "itercolumns"):
        for name, column in zip(table.column_names, table.itercolumns(), strict=True):
            if str(column.type).startswith(_NUMBERS):
                yield name, None, partial(_arrow_extent, column)


def _pandas_columns(table: Any) -> Iterator[tuple[str, Cells | None, Measure]]:
    for place, name in enumerate(table.columns.tolist() if hasattr(table, "columns") else ()):
        array = pandas_array(table, place)
        cells = pandas_cells(str(name), table, place, array)
        if getattr(array.dtype, "kind", "O") in "iuf":
            yield str(name), None, partial(_numpy_extent if hasattr(array, "strides") else _pandas_extent, array)
        elif isinstance(cells, PythonCells) and not _starts_with_text(cells):
            yield str(name), cells, partial(_python_extent, cells)


def _python_columns(table: Any) -> Iterator[tuple[str, Cells | None, Measure]]:
    for cells in python_columns(table):
        if not _starts_with_text(cells):
            yield cells.name, cells, partial(_python_extent, cells)


_COLUMNS = {
    "polars": _polars_columns, "pyarrow": _arrow_columns, "pandas": _pandas_columns, "python": _python_columns
}  # fmt: skip


def _numpy_extent(array: Any) -> Extent | None:
    import numpy as np

    return _extent(np.fmin.reduce(array), np.fmax.reduce(array)) if len(array) else None


def _pandas_extent(array: Any) -> Extent | None:
    import pandas as pd

    column = pd.Series(array, copy=False)
    return _extent(column.min(), column.max())


def _polars_extent(column: pl.Series) -> Extent | None:
    return _extent(column.min(), column.max())


def _arrow_extent(column: Any) -> Extent | None:
    import polars as pl

    return _polars_extent(pl.Series(column))


def _starts_with_text(cells: PythonCells) -> bool:
    return any(isinstance(cells.cell(row), str) for row in range(min(cells.size, _HEAD)))


def _python_extent(cells: PythonCells) -> Extent | None:
    """Smallest and greatest of `cells` where all of them are numbers, but for nulls."""
    known = [c for c in cells.listed() if c is not None and type(c).__name__ not in ("NAType", "NaTType")]
    if not all(isinstance(c, numbers.Number) and not isinstance(c, bool) for c in known):
        return None
    try:
        values = [value for value in map(float, known) if not math.isnan(value)]
    except (TypeError, ValueError, OverflowError):  # complex numbers, signalling NaNs, integers beyond any float
        return None
    return (min(values), max(values)) if values else None


def _extent(least: Any, most: Any) -> Extent | None:
    try:
        found = float(least), float(most)
    except (TypeError, ValueError, OverflowError):  # no number there: None or NA
        return None
    return None if math.isnan(found[0]) or math.isnan(found[1]) else found
