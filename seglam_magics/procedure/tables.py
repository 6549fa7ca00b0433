"""The columns of a table that may hold texts, whatever made the table.

Only of tables that lie in memory: reading a column of a DuckDB relation, a LazyFrame, a Dask, Spark or Modin frame runs
a query nobody asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from .cells import ArrowCells, Cells, CodedCells, PolarsCells, PythonCells
from .inputs import library_of

if TYPE_CHECKING:
    import polars as pl

# The columns of a list of dictionaries are the keys of its first rows; of a dictionary, its first keys.
_ROWS = 100
_KEYS = 1_000
_KEYED = 10  # the weight of a cell that is looked up in a dictionary
# Addresses this far apart are summed up together, so that two cells that change places are noticed as well.
_STRIDE = 1_021
_STRINGS = ("string", "large_string", "string_view")


def text_columns(table: Any) -> Iterator[Cells]:
    """The columns of `table` that may hold texts, in its own order.

    >>> [cells.name for cells in text_columns([{"who": "Ann", "n": 1}])]
    ['who', 'n']
    """
    library = library_of(table)
    if library == "polars" and hasattr(table, "get_columns"):
        yield from _polars_texts(table)
    elif library == "pandas" and hasattr(table, "columns"):
        for place, name in enumerate(table.columns.tolist()):
            cells = pandas_cells(str(name), table, place, pandas_array(table, place))
            if cells is not None:
                yield cells
    elif library == "pyarrow" and hasattr(table, "itercolumns"):
        for place, (name, column) in enumerate(zip(table.column_names, table.itercolumns(), strict=True)):
            if _arrow_text(column):
                yield ArrowCells(name, table, place, column)
    elif library == "python":
        yield from python_columns(table)


def _polars_texts(table: pl.DataFrame) -> Iterator[Cells]:
    for place, column in enumerate(table.get_columns()):
        kind = type(column.dtype).__name__
        if kind in ("String", "Categorical", "Enum"):
            yield PolarsCells(column.name, table, place, column)
        elif kind == "Object":
            yield PythonCells(column.name, table, place, len(column), column.__getitem__, column.to_list)


def pandas_array(table: Any, place: int) -> Any:
    """The array behind a column of pandas, without the forty times dearer Series around it where that can be had."""
    direct = getattr(table, "_get_column_array", None)
    return table.iloc[:, place].array if direct is None else direct(place)


def pandas_cells(name: str, owner: object, place: Hashable, array: Any) -> Cells | None:
    """The cells of one array of pandas, None where it holds no texts."""
    chunked = getattr(array, "_pa_array", None)
    if chunked is not None:
        return ArrowCells(name, chunked, 0, chunked) if _arrow_text(chunked) else None
    if type(array).__name__ == "Categorical":
        inner = pandas_cells(name, array.categories, 0, array.categories.array)
        return None if inner is None else CodedCells(name, array.codes, inner)
    objects = getattr(array, "_ndarray", array)  # what strings without pyarrow and plain object columns are made of
    if not hasattr(objects, "__array_interface__") or objects.dtype.kind != "O":
        return None  # numbers, dates, intervals, sparse columns
    return PythonCells(
        name, owner, place, len(objects), objects.__getitem__, objects.tolist, lambda: _addresses(objects)
    )


def _addresses(objects: Any) -> int:
    """A hash of sums over the addresses in an object array: a cell replaced by another one changes it."""
    import numpy as np

    class Memory:
        __array_interface__ = objects.__array_interface__ | {"typestr": np.dtype(np.uintp).str, "descr": []}

    addresses = np.asarray(Memory())
    whole = len(addresses) // _STRIDE * _STRIDE
    sums = addresses[:whole].reshape(-1, _STRIDE).sum(axis=0)
    return hash((sums.tobytes(), addresses[whole:].tobytes()))


def _arrow_text(column: Any) -> bool:
    kind = str(column.type)
    if kind.startswith("dictionary<values="):
        kind = kind[len("dictionary<values=") :].partition(",")[0]
    return kind in _STRINGS


def python_columns(table: Any) -> Iterator[PythonCells]:
    """The columns of a dictionary of lists or a list of dictionaries, whatever they hold."""
    if isinstance(table, dict):
        for place, (label, values) in enumerate(list(islice(table.items(), _KEYS))):
            if isinstance(values, (list, tuple)):
                yield PythonCells(
                    str(label), table, place, len(values), partial(_at, values), partial(list[Any], values)
                )
    elif isinstance(table, (list, tuple)):
        labels = dict.fromkeys(label for row in table[:_ROWS] if isinstance(row, dict) for label in row)
        for place, label in enumerate(labels):
            yield _keyed(table, place, label)


def _at(values: Sequence[Any], row: int) -> Any:
    try:
        return values[row]
    except IndexError:  # another thread has cut the list
        return None


def _keyed(rows: Sequence[Any], place: int, label: Hashable) -> PythonCells:
    def cell(row: int) -> Any:
        found = _at(rows, row)
        return found.get(label) if isinstance(found, dict) else None

    def listed() -> list[Any]:
        return [row.get(label) if isinstance(row, dict) else None for row in rows]

    return PythonCells(str(label), rows, place, len(rows), cell, listed, weight=_KEYED)
