"""Calling a procedure: frames in as lazy narwhals frames, plain values out.

The same code calls in the kernel and in the child, so a verdict speaks of what will run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

# A result larger than this is refused: aggregates come back, never the table (notes on frames, contract 2).
MAX_ROWS = 10_000_000


def apply(function: Callable[..., Any], arguments: Mapping[str, Any], returns: str) -> Any:
    """Call `function` with `arguments` by keyword and give its result as a plain value.

    Parameters
    ----------
    arguments : parameter -> value; polars frames and native relations reach the function as `nw.LazyFrame`;
        those over polars leave rows that tie as they came (`stable`).
    returns : declared kind; a frame of one row and one column becomes its cell unless this is `frame`.

    Returns
    -------
    A polars DataFrame for a frame (a native relation where the input was one), else plain Python.

    >>> apply(lambda xs: sum(xs), {"xs": [1, 2]}, "number")
    3
    """
    given = {name: _lazy(value) for name, value in arguments.items()}
    return _plain(function(**given), returns)


def is_polars(value: Any) -> bool:
    """Whether `value` is a polars DataFrame or LazyFrame, without importing polars."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, (polars.DataFrame, polars.LazyFrame))


def is_relation(value: Any) -> bool:
    """Whether `value` is a DuckDB relation, without importing duckdb."""
    kind = type(value)
    return kind.__name__ == "DuckDBPyRelation" and kind.__module__.split(".")[0] in ("duckdb", "_duckdb")


def _lazy(value: Any) -> Any:
    if is_polars(value):
        from .stable import stable

        return stable(value)
    if is_relation(value):
        import narwhals.stable.v2 as nw

        return _without_nan(nw.from_native(value).lazy())
    return value


def _without_nan(frame: Any) -> Any:
    """NaN as a missing value, as in frames in memory: DuckDB counts it as a number, and as the greatest of all."""
    import narwhals.stable.v2 as nw

    floats = [nw.col(name) for name, dtype in frame.collect_schema().items() if dtype.is_float()]
    return frame.with_columns(nw.when(~c.is_nan()).then(c) for c in floats) if floats else frame


def _plain(result: Any, returns: str) -> Any:
    narwhals = sys.modules.get("narwhals.stable.v2")
    if narwhals is not None:
        if isinstance(result, (narwhals.LazyFrame, narwhals.DataFrame)):
            return _collected(result, returns)
        if isinstance(result, narwhals.Series):
            result = result.to_list()
    if returns == "number" and hasattr(result, "item") and not isinstance(result, (list, dict)):
        result = result.item()
    return result


def _collected(result: Any, returns: str) -> Any:
    native = result.to_native()
    if is_relation(native):
        if returns == "frame":
            return native
        rows = native.limit(2).fetchall()
        return _cell([tuple(row) for row in rows], returns)
    frame = native.collect() if hasattr(native, "collect") else native
    if frame.height > MAX_ROWS:
        problem = f"the result has {frame.height:,} rows, more than {MAX_ROWS:,}"
        raise OverflowError(problem)
    if returns == "frame":
        return frame
    if returns == "list":
        return frame.to_series(0).to_list() if frame.width == 1 else frame.to_dicts()
    return _cell(frame.rows(), returns)


def _cell(rows: list[tuple[Any, ...]], returns: str) -> Any:
    if not rows:
        return None
    if len(rows) > 1 or len(rows[0]) > 1:
        problem = f"a {returns} was declared, but the result has several rows or columns"
        raise TypeError(problem)
    return rows[0][0]
