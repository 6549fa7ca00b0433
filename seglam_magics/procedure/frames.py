"""Frames at the border: the user's kind in, polars inside, the user's kind out again.

In-memory frames become polars frames (over ten million rows that is faster than computing in pandas), NaN becomes
null; results return in the kind of the first frame that went in. Frames of Dask and PySpark are computed and become
polars frames as well. Nothing is imported that the user has not imported, except polars. What cannot be converted
without loss is refused by name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError
from .calling import is_polars
from .inputs import library_of

if TYPE_CHECKING:
    import polars as pl


class Capsule:
    """A frame as a bare Arrow stream: DuckDB reads it without pyarrow, and polars keeps no hold of DuckDB by it."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._frame.__arrow_c_stream__(requested_schema)


def into_polars(name: str, value: Any, columns: Iterable[str] | None = None) -> pl.DataFrame:
    """The frame called `name` as a polars DataFrame.

    Parameters
    ----------
    columns : only these, in this order; None takes all.

    Raises
    ------
    SeglamError : E-INPUT-CONTENT where a column cannot be carried over.

    >>> into_polars("d", {"a": [1.0, float("nan")]})["a"].to_list()
    [1.0, None]
    """
    import polars as pl

    wanted = None if columns is None else list(columns)
    if library_of(value) == "dask":
        value = (value if wanted is None else value[wanted]).compute()
    if library_of(value) == "pyspark":
        value = value.toArrow()
    if library_of(value) in ("pandas", "modin"):
        frame = _from_pandas(name, value, wanted)
    elif is_polars(value):
        frame = value if wanted is None else value.select(wanted)
        frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    elif hasattr(value, "__arrow_c_stream__"):
        frame = pl.DataFrame(Capsule(value if wanted is None else value.select(*_spread(value, wanted))))
    else:
        frame = pl.DataFrame(value)
    _refuse_objects(name, frame)
    floats = [n for n, d in frame.schema.items() if d.is_float()]
    return frame.with_columns(pl.col(floats).fill_nan(None)) if floats else frame


def _spread(value: Any, columns: list[str]) -> Iterable[Any]:
    if library_of(value) == "duckdb":
        return ['"' + c.replace('"', '""') + '"' for c in columns]
    return [columns]


def _refuse_objects(name: str, frame: pl.DataFrame) -> None:
    import polars as pl

    for column, dtype in frame.schema.items():
        if dtype == pl.Object:
            raise SeglamError(
                "E-INPUT-CONTENT", name=name, why=f"column {column!r} holds Python objects", advice="convert the column"
            )


def _from_pandas(name: str, value: Any, columns: list[str] | None) -> pl.DataFrame:
    import polars as pl

    labels = list(value.columns)
    if not all(isinstance(c, str) for c in labels):
        raise SeglamError(
            "E-INPUT-CONTENT",
            name=name,
            why="its column names are not all text",
            advice=f"{name}.columns = [str(c) for c in {name}.columns]",
        )
    if len(set(labels)) < len(labels):
        twice = next(c for c in labels if labels.count(c) > 1)
        raise SeglamError(
            "E-INPUT-CONTENT", name=name, why=f"it has two columns {twice!r}", advice="rename or drop one of them"
        )
    return pl.DataFrame(
        [_typed(_series(name, c, value[c]), value[c]) for c in (labels if columns is None else columns)]
    )


def _typed(series: pl.Series, column: Any) -> pl.Series:
    """A column without any value as the type pandas has it; the null type of polars has no text and no year."""
    import polars as pl

    if series.dtype != pl.Null:
        return series
    if str(column.dtype).startswith("date"):
        return series.cast(pl.Date)
    match getattr(column.dtype, "kind", "O"):
        case "i" | "u":
            return series.cast(pl.Int64)
        case "f":
            return series.cast(pl.Float64)
        case "b":
            return series.cast(pl.Boolean)
        case "M":
            return series.cast(pl.Datetime("us"))
        case _:
            return series.cast(pl.String)


def _series(name: str, label: str, column: Any) -> pl.Series:
    """One pandas column by way of numpy or Python lists; pyarrow is not needed."""
    import polars as pl

    kind = getattr(column.dtype, "kind", "O")
    try:
        if hasattr(column.dtype, "numpy_dtype"):  # nullable dtypes
            whole = not column.isna().any()
            return pl.Series(label, column.to_numpy(column.dtype.numpy_dtype) if whole else _objects(column))
        if str(column.dtype) == "datetime64[s]":
            column = column.astype("datetime64[us]")  # polars knows no time in whole seconds
        if kind in "biuf" or (kind == "M" and getattr(column.dtype, "tz", None) is None):
            return pl.Series(label, column.to_numpy(), nan_to_null=kind == "f")
        return pl.Series(label, _objects(column), strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise SeglamError(
            "E-INPUT-CONTENT",
            name=name,
            why=f"column {label!r} holds values of mixed types",
            advice=f'convert it: {name}["{label}"] = {name}["{label}"].astype(str)',
        ) from error


def _objects(column: Any) -> list[Any]:
    return list(column.astype(object).where(column.notna(), None))


def restore(frame: pl.DataFrame, like: Any) -> Any:
    """`frame` in the kind of `like`, the user's own frame.

    >>> import polars as pl
    >>> type(restore(pl.DataFrame({"a": [1]}), pl.DataFrame().lazy())).__name__
    'LazyFrame'
    """
    library = library_of(like)
    if library in ("pandas", "modin"):
        return _into_pandas(frame, type(like))
    if library == "dask":
        import pandas as pd

        # Dask makes texts of objects, which true and false beside a missing value are otherwise
        whole = _into_pandas(frame, pd.DataFrame).astype(dict.fromkeys(_flags(frame), "boolean"))
        return sys.modules["dask.dataframe"].from_pandas(whole, npartitions=1)
    if library == "pyspark":
        return like.sparkSession.createDataFrame(_signed(frame).to_arrow())
    if library == "pyarrow":
        return frame.to_arrow()
    if library == "duckdb":
        return sys.modules["duckdb"].from_arrow(Capsule(frame))
    return frame.lazy() if type(like).__name__ == "LazyFrame" else frame


def _flags(frame: pl.DataFrame) -> list[str]:
    """Columns of true and false in which a value is missing."""
    return [c.name for c in frame.iter_columns() if str(c.dtype) == "Boolean" and c.null_count()]


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` without unsigned numbers, such as counts, which Spark does not have."""
    import polars as pl

    return frame.with_columns(pl.col(n).cast(pl.Int64) for n, d in frame.schema.items() if d.is_unsigned_integer())


def _into_pandas(frame: pl.DataFrame, kind: Any) -> Any:
    return kind({c.name: _pandas_values(c) for c in frame.iter_columns()}, columns=frame.columns)


def _pandas_values(column: pl.Series) -> Any:
    import polars as pl

    dtype = column.dtype
    if dtype.is_numeric() and not dtype.is_decimal():
        return column.to_numpy()  # integers with nulls become floats, as pandas itself reads them
    if dtype == pl.Date:
        return column.cast(pl.Datetime("us")).to_numpy()
    if dtype == pl.Datetime and dtype.time_zone is None:  # type: ignore[attr-defined]
        return column.to_numpy()
    return column.to_list()
