"""The same rows in the same order every time, where a procedure leaves their order open.

Engines give groups, joined and distinct rows in another order at every run. What declares an order, sorts by itself or
keeps the rows of its input as they come is left alone: there the order says something.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

from ..words import Revision
from .calling import is_polars

_SHUFFLING = frozenset({"group_by", "unique", "join"})
_MOST = 1_000_000  # rows; sorting more of them takes longer than most procedures


def settled(revision: Revision, value: Any) -> Any:
    """`value`, its rows sorted by all of their columns where nothing else says in what order they are.

    >>> import polars as pl
    >>> from seglam_magics.words import Parameter
    >>> source = "def f(t): return t.group_by('g').agg(nw.len())"
    >>> sizes = Revision("f", 1, "", source, parameters=(Parameter("t", "frame"),), returns="frame")
    >>> settled(sizes, pl.DataFrame({"g": ["b", "a"], "n": [1, 2]}))["g"].to_list()
    ['a', 'b']
    """
    if not leaves_open(revision):
        return value
    if isinstance(value, list):
        return _sorted_list(value)
    return _sorted_frame(value) if is_polars(value) and 1 < value.height <= _MOST else value


def leaves_open(revision: Revision) -> bool:
    """Whether neither the meaning nor the source of a procedure says in what order the rows of its result come."""
    if revision.returns not in ("frame", "list") or revision.meaning.ordered:
        return False
    return any(p.type == "frame" for p in revision.parameters) and _is_open(revision.source)


@lru_cache(maxsize=4096)
def _is_open(source: str) -> bool:
    """Whether the engine decides in which order the rows of this source come."""
    called = {n.attr for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute)}
    return bool(called & _SHUFFLING) and "sort" not in called


def _sorted_frame(frame: Any) -> Any:
    import polars as pl

    try:
        return frame.sort(frame.columns, nulls_last=True)
    except pl.exceptions.PolarsError:  # a column of Python objects
        return frame


def _sorted_list(rows: list[Any]) -> list[Any]:
    try:
        return sorted(rows, key=_key) if len(rows) <= _MOST else rows
    except TypeError:  # values that have no order among them
        return rows


def _key(row: Any) -> Any:
    if isinstance(row, dict):
        return [_key(cell) for cell in row.values()]
    return (row is None, row if row is not None else 0)
