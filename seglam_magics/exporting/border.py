"""Frames on their way into a procedure and out of it, for code that has left seglam.

This module is carried along: it needs polars and narwhals and nothing else. A frame of pandas, polars, pyarrow or
anything that speaks Arrow goes in, the procedure gets a lazy narwhals frame in which rows that tie keep their order and
NaN is missing, and a frame comes back in the kind of the first one that went in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, Literal

import narwhals.stable.v2 as nw
import polars as pl

_MOST = 1_000_000  # rows; sorting more of them takes longer than most procedures


def procedure(
    function: Callable[..., Any],
    *,
    kinds: Mapping[str, str],
    returns: str,
    sort_rows: bool = False,
    needs: Mapping[str, tuple[Sequence[str], Sequence[str]]] | None = None,
) -> Callable[..., Any]:
    """`function`, to be called with frames of any kind.

    Parameters
    ----------
    kinds : parameter -> what it takes; `frame`, `list`, `series`, `columns` and `dict` are converted.
    returns : `frame`, `list`, or a single value, which is the only cell of a frame that is returned.
    sort_rows : the order of the rows means nothing, so they are sorted by all of their columns.
    needs : frame -> the columns it must have, and the parameters that name further ones; others are left out.

    >>> largest = procedure(lambda t: t.select(nw.col("n").max()), kinds={"t": "frame"}, returns="number")
    >>> largest(t=pl.DataFrame({"n": [3, 5, 4]}))
    5
    """

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        given = {**dict(zip(kinds, arguments, strict=False)), **named}
        frames = [given[name] for name, kind in kinds.items() if kind == "frame" and name in given]
        kept = {name: _chosen(given, *columns) for name, columns in (needs or {}).items()}
        taken = {name: _taken(value, kinds.get(name, ""), kept.get(name)) for name, value in given.items()}
        result = _plain(function(**taken), returns)
        return _as(_sorted(result) if sort_rows else result, frames[0] if frames else None)

    return called


# ---------------------------------------------------------------- in


def _chosen(given: Mapping[str, Any], own: Sequence[str], named: Sequence[str]) -> list[str]:
    names = list(own)
    for parameter in named:
        value = given.get(parameter, ())
        names += [value] if isinstance(value, str) else list(value)
    return list(dict.fromkeys(names))


def _taken(value: Any, kind: str, columns: list[str] | None) -> Any:
    if kind == "frame":
        return lazy(polars_frame(value, columns))
    if kind in ("list", "columns"):
        return _rows(value)
    if kind == "series":
        return _items(value)
    return dict(value) if kind == "dict" else _scalar(value)


def polars_frame(value: Any, columns: list[str] | None = None) -> pl.DataFrame:
    """Any frame as a polars frame, of these columns only; NaN is missing.

    >>> polars_frame([{"a": 1.0}, {"a": float("nan")}])["a"].to_list()
    [1.0, None]
    """
    if isinstance(value, pl.LazyFrame):
        value = value.collect()
    if _library(value) in ("pandas", "modin"):
        frame = _from_pandas(value, columns)
    else:
        frame = value if isinstance(value, pl.DataFrame) else pl.DataFrame(value)
        frame = frame if columns is None else frame.select(columns)
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    return frame.with_columns(pl.col(floats).fill_nan(None)) if floats else frame


def _from_pandas(value: Any, columns: list[str] | None) -> pl.DataFrame:
    names = list(value.columns) if columns is None else columns
    return pl.DataFrame([_series(name, value[name]) for name in names])


def _series(name: str, column: Any) -> pl.Series:
    """One pandas column by way of numpy or of Python lists; pyarrow is not needed."""
    kind = getattr(column.dtype, "kind", "O")
    if hasattr(column.dtype, "numpy_dtype"):  # nullable dtypes
        whole = not column.isna().any()
        return pl.Series(name, column.to_numpy(column.dtype.numpy_dtype) if whole else _objects(column))
    if kind in "biuf" or (kind == "M" and getattr(column.dtype, "tz", None) is None):
        return pl.Series(name, column.to_numpy(), nan_to_null=kind == "f")
    return pl.Series(name, _objects(column), strict=True)


def _objects(column: Any) -> list[Any]:
    return list(column.astype(object).where(column.notna(), None))


def _rows(value: Any) -> list[Any]:
    if type(value).__name__ == "Series" or _library(value) == "numpy":
        return _items(value)
    return polars_frame(value).to_dicts() if hasattr(value, "columns") else list(value)


def _items(value: Any) -> list[Any]:
    listed = value.to_list() if hasattr(value, "to_list") else getattr(value, "tolist", lambda: list(value))()
    return [None if isinstance(item, float) and item != item else _scalar(item) for item in listed]  # noqa: PLR0124 - NaN


def _scalar(value: Any) -> Any:
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if _library(value) == "numpy" and hasattr(value, "item") else value


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0].lstrip("_")


# ---------------------------------------------------------------- a sort that leaves ties as they came


class _Stable:
    def sort(
        self: Any, by: str | Iterable[str], *more_by: str, descending: Any = False, nulls_last: bool = False
    ) -> Any:
        """The rows sorted by `by`, those that tie as they came."""
        keys = [*([by] if isinstance(by, str) else by), *more_by]
        native = self.to_native().sort(keys, descending=descending, nulls_last=nulls_last, maintain_order=True)
        return self._with_compliant(self._compliant_frame._with_native(native))  # noqa: SLF001 - as narwhals does

    def top_k(self, k: int, *, by: Any, reverse: Any = False) -> Any:
        """The `k` largest rows by `by`; of rows that tie the first come first."""
        downwards = not reverse if isinstance(reverse, bool) else [not flag for flag in reverse]
        return self.sort(by, descending=downwards, nulls_last=True).head(k)


class DataFrame(_Stable, nw.DataFrame[Any]):  # by the names that narwhals has
    """A frame in memory."""

    def lazy(self, *args: Any, **options: Any) -> Any:
        """The same, lazy."""
        return _made(LazyFrame, super().lazy(*args, **options), "lazy")


class LazyFrame(_Stable, nw.LazyFrame[Any]):
    """A frame to be computed."""

    @property
    def _dataframe(self) -> type[nw.DataFrame[Any]]:
        return DataFrame

    def collect(self, *args: Any, **options: Any) -> Any:
        """The rows."""
        return _made(DataFrame, super().collect(*args, **options), "full")


def _made(kind: type[Any], frame: Any, level: Literal["full", "lazy"]) -> Any:
    return kind(frame._compliant_frame, level=level)  # noqa: SLF001 - narwhals has no public way to its own subclass


def lazy(frame: pl.DataFrame) -> Any:
    """A polars frame as the procedure gets it.

    >>> rows = lazy(pl.DataFrame({"n": [1, 2, 2, 2], "of": ["a", "b", "c", "d"]}))
    >>> rows.sort("n", descending=True).head(2).collect()["of"].to_list()
    ['b', 'c']
    """
    return _made(LazyFrame, nw.from_native(frame.lazy()), "lazy")


# ---------------------------------------------------------------- out


def _plain(result: Any, returns: str) -> Any:
    if isinstance(result, nw.Series):
        result = result.to_list()
    if isinstance(result, (nw.LazyFrame, nw.DataFrame)):
        native = result.to_native()
        return _collected(native.collect() if isinstance(native, pl.LazyFrame) else native, returns)
    if returns == "number" and hasattr(result, "item") and not isinstance(result, (list, dict)):
        return result.item()
    return result


def _collected(frame: pl.DataFrame, returns: str) -> Any:
    if returns == "frame":
        return frame
    if returns == "list":
        return frame.to_series(0).to_list() if frame.width == 1 else frame.to_dicts()
    if frame.height > 1 or frame.width > 1:
        raise TypeError(f"a {returns} was declared, but the result has several rows or columns")
    return frame.item() if frame.height else None


def _sorted(result: Any) -> Any:
    if isinstance(result, pl.DataFrame) and 1 < result.height <= _MOST:
        try:
            return result.sort(result.columns, nulls_last=True)
        except pl.exceptions.PolarsError:  # a column of Python objects
            return result
    try:
        return sorted(result, key=_key) if isinstance(result, list) and len(result) <= _MOST else result
    except TypeError:  # values that have no order among them
        return result


def _key(row: Any) -> Any:
    if isinstance(row, dict):
        return [_key(cell) for cell in row.values()]
    return (row is None, row if row is not None else 0)


def _as(result: Any, like: Any) -> Any:
    """A frame in the kind of `like`; anything else as it is."""
    if not isinstance(result, pl.DataFrame) or like is None:
        return result
    if _library(like) in ("pandas", "modin"):
        return type(like)({c.name: _pandas_values(c) for c in result.iter_columns()}, columns=result.columns)
    if _library(like) == "pyarrow":
        return result.to_arrow()
    return result.lazy() if isinstance(like, pl.LazyFrame) else result


def _pandas_values(column: pl.Series) -> Any:
    dtype = column.dtype
    if dtype.is_numeric() and not dtype.is_decimal():
        return column.to_numpy()
    if dtype == pl.Date:
        return column.cast(pl.Datetime("us")).to_numpy()
    return column.to_numpy() if dtype == pl.Datetime("us") else column.to_list()
