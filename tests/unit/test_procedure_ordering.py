"""Rows whose order nobody declared come in the same order every time; every other order is kept."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.procedure import apply, load
from seglam_magics.procedure.ordering import settled
from seglam_magics.verify.executor import ChildExecutor
from seglam_magics.words import Example, Meaning, Parameter, Revision

FRAME = (Parameter("t", "frame"),)
GROUPED = "def f(t): return t.group_by('g').agg(nw.len().alias('n'))\n"
DISTINCT = "def f(t): return t.unique()\n"
JOINED = "def f(t): return t.join(t.select('g').unique(), on='g')\n"
MANY = pl.DataFrame({"g": [n % 6_000 for n in range(12_000)]})


def revision(source: str, returns: str = "frame", **parts: Any) -> Revision:
    return Revision("f", 1, "", source, **{"parameters": FRAME, "returns": returns, **parts})


def ran(one: Revision, frame: pl.DataFrame) -> Any:
    return settled(one, apply(load(one.source, "f"), {"t": frame}, one.returns))


@pytest.mark.parametrize("source", [GROUPED, DISTINCT, JOINED])
def test_thousands_of_groups_come_in_one_order(source: str) -> None:
    results = [ran(revision(source), MANY) for _ in range(5)]
    assert all(result.equals(results[0]) for result in results)
    assert apply(load(source, "f"), {"t": MANY}, "frame").sort(pl.all()).equals(results[0])


def test_a_list_of_one_column_and_of_rows_comes_in_one_order() -> None:
    names = revision(DISTINCT, "list")
    assert ran(names, pl.DataFrame({"g": [3, None, 1, 3]})) == [1, 3, None]
    rows = ran(revision(GROUPED, "list"), pl.DataFrame({"g": ["b", None, "a", "b"]}))
    assert rows == [{"g": "a", "n": 1}, {"g": "b", "n": 2}, {"g": None, "n": 1}]


@pytest.mark.parametrize(
    "one",
    [
        revision("def f(t): return t.filter(nw.col('g') > 1)\n"),
        revision("def f(t): return t.unique().sort('g', descending=True)\n"),
        revision(GROUPED, meaning=Meaning(order="as they come")),
        revision(GROUPED, parameters=(Parameter("t", "list"),)),
    ],
)
def test_an_order_that_says_something_is_kept(one: Revision) -> None:
    rows = pl.DataFrame({"g": [3, 2, 4]})
    assert settled(one, rows) is rows


@given(st.lists(st.none() | st.integers() | st.text() | st.floats() | st.booleans()))
def test_values_without_an_order_among_them_are_kept(values: list[Any]) -> None:
    found = settled(revision(DISTINCT, "list"), values)
    assert sorted(map(repr, found)) == sorted(map(repr, values))


def test_columns_that_cannot_be_sorted_are_kept() -> None:
    rows = pl.DataFrame({"g": pl.Series([object(), object()], dtype=pl.Object)})
    assert settled(revision(DISTINCT), rows) is rows


# ---------------------------------------------------------------- rows that tie


TIES = pl.DataFrame({"n": [n % 7 for n in range(5_000)], "g": [n % 3 for n in range(5_000)], "at": range(5_000)})
TOPS = {
    "one key": ("t.sort('n', descending=True, nulls_last=True)", False),
    "keys": ("t.sort('n', 'g', descending=[True, False])", False),
    "a list of keys": ("t.sort(['n', 'g'])", False),
    "after a step": ("t.filter(nw.col('at') >= 0).with_columns(one=nw.lit(1)).drop('one').sort('n', 'g')", False),
    "in memory": ("t.collect().sort('n', 'g')", False),
    "lazy again": ("t.collect().lazy().sort('n', 'g')", False),
    "after a join": ("t.join(t.select('g').unique(), on='g').sort('at').sort('n', 'g')", False),
    "top k": ("t.top_k(3_000, by='n')", True),
    "top k, smallest": ("t.top_k(3_000, by=['n', 'g'], reverse=[True, False])", True),
}


@pytest.mark.parametrize(("rows", "top"), TOPS.values(), ids=TOPS)
def test_rows_that_tie_stay_as_they_came(rows: str, *, top: bool) -> None:
    found = ran(revision(f"def f(t): return {rows}\n"), TIES)
    assert found.height == (3_000 if top else 5_000)
    for tied in found.partition_by("n", "g"):
        assert tied["at"].is_sorted()


def test_top_k_gives_the_largest_and_no_nulls_before_them() -> None:
    frame = pl.DataFrame({"n": [1, None, 3, 2]})
    assert ran(revision("def f(t): return t.top_k(3, by='n')\n"), frame)["n"].to_list() == [3, 2, 1]
    assert ran(revision("def f(t): return t.top_k(2, by='n', reverse=True)\n"), frame)["n"].to_list() == [1, 2]


def test_ties_give_one_result_in_another_process_with_other_threads() -> None:
    source = "def f(t, k): return t.sort('n', descending=True, nulls_last=True).head(k)\n"
    parameters = (*FRAME, Parameter("k", "int", domain={"min": 1}, example=2))
    rows = {"n": [2, 1, 2, 2], "of": ["a", "b", "c", "d"]}
    example = Example({"t": rows, "k": 2}, {"n": [2, 2], "of": ["a", "c"]})
    one = revision(source, parameters=parameters, meaning=Meaning(order="n"), examples=(example,))
    executor = ChildExecutor()
    try:
        verdicts = [executor.verify(one, cases=10) for _ in range(5)]
    finally:
        executor.close()
    assert all(verdict.ok for verdict in verdicts), verdicts
