"""Arguments to try and properties to hold, for the tests of procedures that have left seglam.

This module is carried along: it needs Hypothesis, and polars where there are frames. Within a test a frame is a list of
row dictionaries, as argument and as result.
"""

from __future__ import annotations

import copy
import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

Drawn = dict[str, Any]
Strategy = st.SearchStrategy[Any]
Dependent = Callable[[Drawn], Strategy]
_ROWS, _ALIKE, _ITEMS, _NEAR = 12, 2, 10, 12


# ---------------------------------------------------------------- arguments


def arguments(order: Sequence[str], **parts: Strategy | Dependent) -> Strategy:
    """Whole argument dictionaries, in this order; a part that is a function gets what was drawn before it."""

    @st.composite
    def drawn(draw: Callable[[Strategy], Any]) -> Drawn:
        found: Drawn = {}
        for name, part in parts.items():
            found[name] = draw(part if isinstance(part, st.SearchStrategy) else part(found))
        return {name: found[name] for name in order}

    return drawn()


def rows(pools: Mapping[str, Sequence[Any]], unique: Sequence[str] = ()) -> Strategy:
    """Up to twelve rows of all kinds, or rows much like each other; any cell may be missing."""
    names = list(pools)
    keys = tuple(itemgetter(names.index(name)) for name in unique)

    def some(width: int | None) -> Strategy:
        cells = [
            st.integers(1, 1000) if name in unique else st.sampled_from([*pool[:width], None])
            for name, pool in pools.items()
        ]
        return st.lists(st.tuples(*cells), max_size=_ROWS, unique_by=keys or None)

    return (some(None) | some(_ALIKE)).map(lambda drawn: [dict(zip(names, row, strict=True)) for row in drawn])


def column(names: Sequence[str]) -> Dependent:
    """One of these columns, one that no other parameter has where there is one."""

    def drawn(found: Drawn) -> Strategy:
        taken = [value for value in found.values() if isinstance(value, str)]
        return st.sampled_from([name for name in names if name not in taken] or list(names))

    return drawn


def columns(names: Sequence[str]) -> Strategy:
    """One to three of these columns."""
    return st.lists(st.sampled_from(list(names)), min_size=1, max_size=3, unique=True)


def cell(of: str, absent: Sequence[Any], otherwise: Strategy) -> Dependent:
    """A value of a column, or one that is nowhere; `of` names the column, or the parameter that names it."""

    def drawn(found: Drawn) -> Strategy:
        name = found.get(of, of)
        tables = (v for v in found.values() if isinstance(v, list) and v and isinstance(v[0], dict))
        values = [row[name] for table in tables for row in table if row.get(name) is not None]
        there = [value for i, value in enumerate(values) if value not in values[:i]]
        return st.sampled_from([*there, *absent]) if there else otherwise

    return drawn


def whole(low: int, high: int) -> Strategy:
    """Whole numbers, those at the bounds often."""
    bounds = sorted({low, min(low + 1, high), min(low + 2, high), high})
    return st.sampled_from(bounds) | st.integers(low, min(high, low + _NEAR)) | st.integers(low, high)


def decimal(low: float, high: float) -> Strategy:
    """Numbers with two decimals, the bounds often."""
    if high - low < 1:
        return st.sampled_from([low, high]) | st.floats(low, high, allow_subnormal=False)
    return st.sampled_from([low, high]) | st.integers(int(low * 100), int(high * 100)).map(
        lambda n: min(max(n / 100, low), high)
    )


def words(known: Sequence[str], signs: str) -> Strategy:
    """These texts, and short ones of these characters."""
    return st.sampled_from(list(known)) | st.text(st.sampled_from(signs), max_size=8)


def numbers(pool: Sequence[Any], parts: int = 1) -> Strategy:
    """These numbers, and any from -1000 to 1000 in such parts."""
    wide = st.integers(-1000 * parts, 1000 * parts)
    return st.sampled_from(list(pool)) | (wide if parts == 1 else wide.map(lambda n: n / parts))


def items(of: Strategy, low: int = 0, high: int = _ITEMS) -> Strategy:
    """Lists of these."""
    return st.lists(of, min_size=low, max_size=high)


def moments() -> Strategy:
    """Moments with an offset from UTC."""
    offsets = st.sampled_from([dt.timezone(dt.timedelta(minutes=m)) for m in (0, 60, 330, -480)])
    low, high = dt.datetime(2000, 1, 1), dt.datetime(2030, 12, 31)  # noqa: DTZ001 - their offset is drawn
    return st.datetimes(low, high, timezones=offsets).map(lambda t: t.replace(microsecond=0))


# ---------------------------------------------------------------- calls


class Refused(ValueError):
    """The procedure raised a ValueError, as it may: the case says nothing."""


def tested(drawn: Strategy) -> Callable[[Callable[[Drawn], None]], Callable[[], None]]:
    """A test of a hundred such arguments, the same ones every time."""

    def decorated(test: Callable[[Drawn], None]) -> Callable[[], None]:
        quiet = settings(
            deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck), max_examples=100
        )
        return quiet(given(drawn)(test))

    return decorated


def hold(claim: Callable[..., None], procedure: Callable[..., Any], drawn: Drawn) -> None:
    """Assert a property of a procedure for these arguments; it gets copies, and what it does not say is as drawn."""

    def run(*some: Any, **named: Any) -> Any:
        given_ = {**drawn, **dict(zip(drawn, some, strict=False)), **named}
        try:
            return procedure(**copy.deepcopy(given_))
        except ValueError as error:
            if type(error).__module__.partition(".")[0] in sys.stdlib_module_names:
                raise Refused(str(error)) from error
            raise

    try:
        claim(run, **copy.deepcopy(drawn))
    except Refused:
        reject()


# ---------------------------------------------------------------- frames


def frame(table: Any, classes: Mapping[str, str]) -> Any:
    """Rows, or `{column: [values]}`, as a polars frame; `classes` are what its columns are where nothing tells."""
    import polars as pl

    listed = table if isinstance(table, Mapping) else None
    names = dict.fromkeys([*classes, *(listed or (name for row in table for name in row))])
    found = {name: list(listed[name]) if listed else [row.get(name) for row in table] for name in names}
    return pl.DataFrame([_series(name, values, classes.get(name, "")) for name, values in found.items()])


def _series(name: str, values: list[Any], told: str) -> Any:
    import polars as pl

    kind = _wider(_class(values) or told, told)
    dtypes: dict[str, Any] = {
        "int": pl.Int64, "float": pl.Float64, "str": pl.String, "bool": pl.Boolean, "date": pl.Date,
        "datetime": pl.Datetime("us"),
    }  # fmt: skip
    if kind == "float":
        values = [None if value is None else float(value) for value in values]
    return pl.Series(name, values, dtype=dtypes.get(kind), strict=kind in dtypes)


def _class(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return "int" if kinds == {int} else "float"
    names = {bool: "bool", str: "str", dt.date: "date", dt.datetime: "datetime"}
    return names.get(kinds.pop(), "other") if len(kinds) == 1 else ("other" if kinds else "")


def _wider(found: str, told: str) -> str:
    for narrow, wide in (("int", "float"), ("date", "datetime")):
        if {found, told} == {narrow, wide}:
            return wide
    return found


def plain(result: Any) -> Any:
    """A frame as rows; anything else as it is."""
    return result.to_dicts() if hasattr(result, "to_dicts") else result
