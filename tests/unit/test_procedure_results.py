"""Whether two results are the same."""

from __future__ import annotations

import importlib.util
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.procedure.results import same

SUM = 0.1 + 0.2


def frames() -> list[Any]:
    """Makers of frames that are there."""
    makers: list[Any] = [pl.DataFrame]
    if importlib.util.find_spec("pandas"):
        import pandas as pd

        makers.append(pd.DataFrame)
    return makers


@pytest.mark.parametrize("make", frames())
def test_frames_of_other_threads_are_the_same(make: Any) -> None:
    one = make({"g": ["a", "b", None], "x": [0.3, 1e9, None], "n": [1, 2, 3]})
    assert same(one, make({"g": ["a", "b", None], "x": [SUM, 1e9 + 1e-3, None], "n": [1, 2, 3]}))
    assert not same(one, make({"g": ["a", "b", None], "x": [0.31, 1e9, None], "n": [1, 2, 3]}))
    assert not same(one, make({"g": ["a", "c", None], "x": [SUM, 1e9, None], "n": [1, 2, 3]}))
    assert not same(one, make({"g": ["a", "b", None], "x": [SUM, 1e9, None], "n": [1, 2, 4]}))
    assert not same(one, make({"g": ["b", "a", None], "x": [1e9, SUM, None], "n": [2, 1, 3]}))
    assert not same(one, make({"g": ["a", "b", None], "y": [SUM, 1e9, None], "n": [1, 2, 3]}))
    assert not same(one, make({"g": ["a"], "x": [0.3], "n": [1]}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, 0.3001),
        (1, 1.5),
        (1, True),
        ("a", "b"),
        ([1, 2], [2, 1]),
        ([0.3], [0.3, 0.3]),
        ({"a": 0.3}, {"b": 0.3}),
        (None, 0),
        (float("nan"), 0.0),
        (1e-12, 2e-12),
        (pl.DataFrame({"a": [1]}), [{"a": 1}]),
    ],
)
def test_what_differs_differs(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_everything_is_the_same_as_itself(value: Any) -> None:
    assert same(value, value)


@given(VALUES, VALUES)
def test_it_is_the_same_both_ways(one: Any, other: Any) -> None:
    assert same(one, other) == same(other, one)
