"""Intervals, comparing of values, and the plan of the bench: what holds for all of them."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.bench.intervals import difference, wilson
from seglam_magics.bench.metrics import summary
from seglam_magics.bench.plan import MODES, Plan, Step, modes_of, positions_of
from seglam_magics.bench.report import Call, CallTimes
from seglam_magics.bench.tasks import chosen
from seglam_magics.bench.values import says
from seglam_magics.errors import SeglamError

counted = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counted)
def test_an_interval_holds_the_share_and_is_one_of_shares(pair):
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1
    assert low < high


@given(counted)
def test_it_is_wilsons(pair):
    """Both bounds are where the share is 1.96 standard errors away, with the errors of the bound itself."""
    hits, n = pair
    for bound in wilson(hits, n):
        if 0 < bound < 1:
            error = math.sqrt(bound * (1 - bound) / n)
            assert math.isclose(abs(hits / n - bound), 1.959963984540054 * error, rel_tol=1e-6)


@given(counted, counted)
def test_a_difference_turned_round_is_its_negative(one, other):
    middle, low, high = difference(one, other)
    back = difference(other, one)
    assert back == pytest.approx((-middle, -high, -low))
    assert -1 - 1e-9 <= low <= middle <= high <= 1 + 1e-9


@pytest.mark.parametrize(
    ("expected", "value", "same"),
    [
        (3, 3.0000000001, True),
        (3, pl.DataFrame({"n": [3]}), True),
        (3, [3], True),
        (3, "3", False),
        (1, True, False),
        (0, None, False),
        (0, "", False),
        ("a", "a", True),
        ("2024-01-02", dt.date(2024, 1, 2), True),
        (["a", "b"], pl.DataFrame({"n": ["a", "b"]}), True),
        (["a", "b"], [{"n": "a"}, {"n": "b"}], True),
        (["a", "b"], ["b", "a"], False),
        ([], [], True),
        ([], None, False),
        ([["a", 1.0]], pl.DataFrame({"x": ["a"], "y": [1]}), True),
        ([["a", 1.0]], {"a": 1}, True),
        ([["a", 1.0]], [["a", 1.0], ["b", 1.0]], False),
        ([["a", 1.0]], [["a"]], False),
    ],
)
def test_a_result_is_compared_by_what_it_says(expected, value, same):
    assert says(expected, value) == same


def test_a_plan_asks_each_step_once_and_the_whole_first():
    plan = Plan("m", n=3, repeat=2)
    steps = list(plan.steps())
    assert steps[0] == Step("full")
    assert len(set(steps)) == len(steps) == 33
    assert plan.calls == 3 * 2 * 33
    assert {step.mode for step in steps} == set(MODES)
    assert sum(step.variant == "unnecessary" for step in steps) == len(plan.positions)


@given(st.integers(1, 20), st.integers(0, 10**9))
def test_a_seed_decides_the_tasks(n, seed):
    first = [task.name for task in chosen(n, seed)]
    assert first == [task.name for task in chosen(n, seed)] == [task.name for task in chosen(20, seed)][:n]
    assert len(set(first)) == n


@pytest.mark.parametrize("text", ["", " , ", "hard,harder", "HARD"])
def test_modes_that_are_none(text):
    with pytest.raises(SeglamError) as caught:
        modes_of(text)
    assert caught.value.code == "E-USAGE"


@pytest.mark.parametrize("text", ["", "0", "1", "-0.1", "nan", "inf", "a", "0.1;0.2"])
def test_positions_that_are_none(text):
    with pytest.raises(SeglamError) as caught:
        positions_of(text)
    assert caught.value.code == "E-USAGE"


# ---------------------------------------------------------------- figures


def call(mode, at=None, variant="necessary", **facts):
    return Call(task="t", repeat=1, mode=mode, at=at, variant=variant, times=CallTimes(answer=1.0), **facts)


def test_updates_are_measured_by_the_oracle_and_the_rest_by_the_whole():
    calls = [
        *(call("full", variant="asked", right=n < 4, thinking_after=100, answer=10) for n in range(5)),
        *(call("oracle", right=n < 2) for n in range(4)),
        *(call("hard", 0.5, "asked", right=n < 2) for n in range(5)),
        *(call("update", 0.5, right=n < 1) for n in range(4)),
        *(call("update", 0.5, "unnecessary", right=n < 3) for n in range(4)),
        *(call("update_plain", 0.5, right=False) for n in range(4)),
    ]
    cells = {cell.mode: cell for cell in summary(calls).cells}
    assert cells["hard"].relative == 0.5
    assert cells["update"].relative == 0.5
    assert (cells["update"].right.hits, cells["update"].right.n) == (1, 4)
    assert (cells["update"].unnecessary.hits, cells["update"].unnecessary.n) == (1, 4)
    assert cells["hard"].unnecessary is None
    (whole, there) = summary(calls).guidance
    assert (whole.at, there.at, whole.difference) == (None, 0.5, 0.25)


def test_a_stop_and_redo_pays_for_what_was_thought():
    whole = call("full", variant="asked", thinking_after=100, tokens_in=50, tokens_out=150)
    redo = call("redo", tokens_in=100, tokens_out=150)
    answer = call("hard", 0.5, "asked", thinking_before=50, tokens_in=60, tokens_out=40)
    cell = next(cell for cell in summary([whole, redo, answer]).cells if cell.mode == "hard")
    assert (cell.tokens, cell.against_full, cell.against_redo) == (150, 0.75, 0.5)


def test_an_unknown_price_is_never_nothing():
    calls = [call("full", variant="asked", usd=0.5), call("full", variant="asked", usd=None)]
    found = summary(calls)
    assert (found.usd, found.cells[0].usd) == (None, None)
    assert summary([]).usd == 0
