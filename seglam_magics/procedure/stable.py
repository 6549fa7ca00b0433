"""Frames whose rows that tie stay as they came.

A sort of polars puts rows that tie in an order that differs with the number of threads, from run to run, and narwhals
has no way to ask for another. "The three largest" would then be three others each time where the third and the fourth
are equal. The frames that procedures get sort as `maintain_order=True` does; the rows of DuckDB relations come in no
order that could be kept. They have the names that narwhals has, for those are what errors say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

import narwhals.stable.v2 as nw

Flags = bool | Sequence[bool]


class _Stable:
    """What lazy and eager frames have in common."""

    def sort(self, by: str | Iterable[str], *more_by: str, descending: Flags = False, nulls_last: bool = False) -> Any:
        """The rows sorted by `by`, those that tie as they came."""
        frame = cast("Any", self)
        keys = [*([by] if isinstance(by, str) else by), *more_by]
        native = frame.to_native().sort(keys, descending=descending, nulls_last=nulls_last, maintain_order=True)
        return frame._with_compliant(frame._compliant_frame._with_native(native))  # noqa: SLF001 - as narwhals does

    def top_k(self, k: int, *, by: str | Iterable[str], reverse: Flags = False) -> Any:
        """The `k` largest rows by `by`, the largest first; of rows that tie the first come first."""
        keys = [by] if isinstance(by, str) else list(by)
        downwards = not reverse if isinstance(reverse, bool) else [not flag for flag in reverse]
        return self.sort(keys, descending=downwards, nulls_last=True).head(k)


class DataFrame(_Stable, nw.DataFrame[Any]):
    """A frame in memory."""

    def lazy(self, *args: Any, **options: Any) -> Any:
        """The same, lazy."""
        return _made(LazyFrame, super().lazy(*args, **options))


class LazyFrame(_Stable, nw.LazyFrame[Any]):
    """A frame to be computed."""

    @property
    def _dataframe(self) -> type[nw.DataFrame[Any]]:
        return DataFrame

    def collect(self, *args: Any, **options: Any) -> Any:
        """The rows."""
        return _made(DataFrame, super().collect(*args, **options))


def _made(kind: type[Any], frame: Any) -> Any:
    level: Literal["full", "lazy"] = "full" if kind is DataFrame else "lazy"
    return kind(frame._compliant_frame, level=level)  # noqa: SLF001 - narwhals has no public way to its own subclass


def stable(value: Any) -> Any:
    """A polars frame as a lazy narwhals frame whose sorts leave ties as they came.

    >>> import polars as pl
    >>> rows = stable(pl.DataFrame({"n": [1, 2, 2, 2], "of": ["a", "b", "c", "d"]}))
    >>> rows.sort("n", descending=True).head(2).to_native().collect()["of"].to_list()
    ['b', 'c']
    """
    return _made(LazyFrame, nw.from_native(value).lazy())
