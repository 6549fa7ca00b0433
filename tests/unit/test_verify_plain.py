"""Plain values: the same within tolerance, copied, and written as a call."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.verify.contract import misfit
from seglam_magics.verify.plain import call_text, copied, identical, same

steady = settings(deadline=None, max_examples=60)  # machines may be busy
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6) | st.dates()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)
rows = st.lists(st.fixed_dictionaries({"g": st.sampled_from("ab"), "x": st.floats(-9, 9)}), max_size=8)


@steady
@given(values)
def test_a_value_is_the_same_as_itself(value):
    assert same(value, value)
    assert identical(value, copied(value))


@steady
@given(values, values)
def test_same_and_identical_agree_on_what_differs(a, b):
    if identical(a, b):
        assert same(a, b)


@steady
@given(rows, st.randoms(use_true_random=False))
def test_rows_in_another_order_are_the_same_unless_ordered(table, random):
    mixed = list(table)
    random.shuffle(mixed)
    assert same(table, mixed, ordered=False)
    assert same(table, mixed, ordered=True) == all(same(a, b) for a, b in zip(table, mixed, strict=True))


@steady
@given(rows.filter(bool), st.floats(0.01, 5))
def test_a_changed_cell_is_noticed(table, by):
    other = copied(table)
    other[0]["x"] += by
    assert not same(table, other, ordered=True)
    assert not same(sorted(r["x"] for r in table), [*sorted(r["x"] for r in table)[:-1], 1e6], ordered=False)


@steady
@given(values)
def test_a_copy_shares_nothing(value):
    if isinstance(value, (list, dict)):
        other = copied(value)
        other.clear()
        assert identical(value, copied(value))
        assert not value or other != value


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (0.3, 0.1 + 0.2),
        (3, 3.0),
        (0.5, Fraction(1, 2)),
        (0.1, Decimal("0.1")),
        (None, float("nan")),
        ("2024-05-01", dt.date(2024, 5, 1)),
        ("2024-05-01", dt.datetime(2024, 5, 1)),  # noqa: DTZ001 - plain data have no zone
        ("2024-05-01T10:00:00", dt.datetime(2024, 5, 1, 10)),  # noqa: DTZ001
        ({"2024": 1}, {2024: 1}),
        ([1, 2], (1, 2)),
        (["b", "a"], {"a", "b"}),
    ],
)
def test_what_json_cannot_say_is_understood(expected, actual):
    assert same(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [(1, True), (0, False), (1, "1"), (None, 0), ("", None), ([], None), ({}, []), ([1], [1, 1]), ({"a": 1}, {"b": 1}),
     ("2024-05-02", dt.date(2024, 5, 1)), (1.0, 1.00001), ("soon", dt.date(2024, 5, 1))],
)  # fmt: skip
def test_what_is_not_the_same(expected, actual):
    assert not same(expected, actual)
    assert not same(actual, expected)


@steady
@given(st.dictionaries(st.sampled_from(["values", "k", "text"]), values, min_size=1))
def test_a_call_can_be_pasted(arguments):
    text = call_text("procedure", arguments, {})
    if not text.endswith("…"):
        pasted = eval(text, {"procedure": lambda **given: given, "date": dt.date})
        assert identical(list(pasted.items()), list(arguments.items()))


def test_frames_are_written_by_column():
    table = [{"g": "a", "x": 1}, {"g": None, "x": 2}]
    assert call_text("f", {"frame": table}, {"frame": ["g", "x"]}) == "f(frame={'g': ['a', None], 'x': [1, 2]})"
    assert call_text("f", {"frame": []}, {"frame": ["g", "x"]}) == "f(frame={'g': [], 'x': []})"


class Liar(list):
    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize(
    ("value", "returns"),
    [
        (True, "number"),
        ("1", "number"),
        (1, "str"),
        (Liar(), "list"),
        ([], "dict"),
        (None, "list"),
        ([], "frame"),
        (1, "x"),
    ],
)
def test_what_does_not_fit_is_told(value, returns):
    assert misfit(value, returns).startswith("it returned")


@pytest.mark.parametrize(
    ("value", "returns"),
    [(1, "number"), (None, "number"), (Decimal(1), "number"), ((1,), "list"), (dt.date.min, "date"), (False, "bool")],
)
def test_what_fits(value, returns):
    assert misfit(value, returns) == ""
