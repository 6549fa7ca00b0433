"""Generated arguments: what frames, slots and values look like."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings

from seglam_magics.verify import strategies, tables
from seglam_magics.words import Example, Parameter, Requirement, Revision

FRAME = {
    "order_id": [1, 2, 3],
    "region": ["north", None, "south"],
    "price": [1.5, 2.5, None],
    "day": ["2024-01-01"] * 3,
}
SALES = Revision(
    "p",
    1,
    "",
    "",
    parameters=(
        Parameter("frame", "frame", example="sales"),
        Parameter("value", "column", domain={"dtype": "number"}, example="price"),
        Parameter("by", "column", domain={"dtype": "str"}, example="region"),
        Parameter("day", "column", domain={"dtype": "date"}, example="day"),
        Parameter("who", "str", domain={"column": "region"}, example="north"),
        Parameter("k", "int", domain={"min": 1, "max": 5}, example=3),
    ),
    requires=(Requirement("frame", {"order_id": "number"}),),
    examples=(Example({"frame": FRAME, "value": "price", "by": "region", "day": "day", "who": "north", "k": 3}, []),),
)


def arguments(revision):
    known = tables.shapes(revision)
    examples = [tables.decoded(revision, example, known) for example in revision.examples]
    return strategies.arguments(revision, known, examples)


def one(type_, example=None, samples=(), **domain):
    parameter = Parameter("x", type_, domain=domain, example=example)
    examples = tuple(Example({"x": sample}, None) for sample in samples)
    return arguments(Revision("p", 1, "", "", parameters=(parameter,), examples=examples)).map(lambda a: a["x"])


def drawn(strategy, count):
    """The first cases Hypothesis would try, the same every time."""
    found = []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def collect(case):
        found.append(case)

    collect()
    return found


@pytest.fixture(scope="module")
def cases():
    return drawn(arguments(SALES), 500)


def test_the_shape_of_a_frame_is_read_from_its_examples():
    assert tables.shapes(SALES) == {"frame": {"order_id": "int", "region": "str", "price": "float", "day": "date"}}


def test_every_case_fits_the_signature(cases):
    for case in cases:
        fits(case)


def fits(case):
    assert list(case) == [p.name for p in SALES.parameters]
    assert (case["value"], case["by"], case["day"]) in {(v, "region", "day") for v in ("price", "order_id")}
    assert 1 <= case["k"] <= 5
    assert len(case["frame"]) <= 12
    for row in case["frame"]:
        assert list(row) == list(FRAME)
        assert row["price"] is None or isinstance(row["price"], float)
        assert row["day"] is None or type(row["day"]) is dt.date
    present = {row["region"] for row in case["frame"]} - {None}
    assert not present or case["who"] in present or case["who"].startswith("a value")


@pytest.mark.parametrize(
    "condition",
    [
        lambda c: not c["frame"],
        lambda c: len(c["frame"]) == 1,
        lambda c: len(c["frame"]) > 9,
        lambda c: any(r["price"] is None for r in c["frame"]),
        lambda c: any((r["price"] or 0) < 0 for r in c["frame"]),
        lambda c: any(r["region"] is None for r in c["frame"]),
        lambda c: any(r["region"] and len(r["region"]) >= 60 for r in c["frame"]),
        lambda c: any(r["region"] and "Ё" in r["region"] for r in c["frame"]),
        lambda c: len(c["frame"]) > 2 and len({r["price"] for r in c["frame"]}) == 1,
        lambda c: c["who"] in {r["region"] for r in c["frame"]},
        lambda c: c["frame"] and c["who"] not in {r["region"] for r in c["frame"]},
        lambda c: c["value"] == "order_id",
        lambda c: c["k"] == 5,
    ],
    ids=["empty", "one row", "many rows", "missing number", "negative", "missing text", "long text", "Russian", "ties",
         "a value that is there", "a value that is nowhere", "another column", "the bound"],
)  # fmt: skip
def test_the_cases_that_matter_occur(cases, condition):
    assert any(condition(case) for case in cases)


def test_what_names_a_row_stays_unique(cases):
    for case in cases:
        ids = [row["order_id"] for row in case["frame"]]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("strategy", "within"),
    [
        (one("int", 3), lambda v: type(v) is int and v >= 0),
        (one("int", -3), lambda v: type(v) is int),
        (one("int", min=-5, max=-2), lambda v: -5 <= v <= -2),
        (one("int", values=[1, 5]), lambda v: v in (1, 5)),
        (one("float", min=0.1, max=0.2), lambda v: 0.1 <= v <= 0.2),
        (one("float", min=-1, max=10), lambda v: -1 <= v <= 10),
        (one("choice", values=["mean", "sum"]), lambda v: v in ("mean", "sum")),
        (one("bool"), lambda v: type(v) is bool),
        (one("date", min="2024-01-01", max="2024-02-01"), lambda v: dt.date(2024, 1, 1) <= v <= dt.date(2024, 2, 1)),
        (one("date", samples=["2024-01-01T10:00:00"]), lambda v: type(v) is dt.datetime),
        (one("list", items="int"), lambda v: all(type(i) is int for i in v)),
        (one("list", items="str"), lambda v: all(type(i) is str for i in v)),
        (one("list", samples=[[1, None]]), lambda v: all(i is None or type(i) is int for i in v)),
        (one("list", samples=[[[1, 2], [3, 4]]]), lambda v: all(len(i) == 2 for i in v)),
        (
            one("list", samples=[[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]]),
            lambda v: all(list(i) == ["a", "b"] for i in v),
        ),
        (one("dict", samples=[{"x": 1, "y": 2}]), lambda v: all(type(i) is int for i in v.values())),
        (one("dict", samples=[{"x": 1, "y": "z"}]), lambda v: list(v) == ["x", "y"] and type(v["y"]) is str),
        (one("str", "north"), lambda v: type(v) is str),
    ],
)
def test_domains_and_examples_are_kept_to(strategy, within):
    for value in drawn(strategy, 40):
        assert within(value)


def test_rows_become_a_frame_of_the_declared_columns(cases):
    for case in cases[:50]:
        frame = tables.frame_of(case["frame"], tables.shapes(SALES)["frame"])
        assert [str(t) for t in frame.dtypes] == ["Int64", "String", "Float64", "Date"]
        assert frame.to_dicts() == case["frame"]


def test_rows_may_be_changed_by_a_property():
    shape = {"x": "int", "g": "str"}
    frame = tables.frame_of([{"x": 1, "g": None}, {"x": 2.5, "new": True}], shape)
    assert frame.to_dict(as_series=False) == {"x": [1.0, 2.5], "g": [None, None], "new": [None, True]}


def test_examples_are_decoded_from_json():
    revision = Revision(
        "p",
        1,
        "",
        "",
        parameters=(
            Parameter("frame", "frame"),
            Parameter("since", "date"),
            Parameter("rows", "list"),
            Parameter("on", "column", domain={"dtype": "date"}),
        ),
        examples=(
            Example(
                {
                    "frame": {"d": ["2024-01-02T00:00:00", None]},
                    "since": "2024-01-01",
                    "rows": {"a": [1, 2]},
                    "on": "d",
                },
                1,
            ),
        ),
    )
    known = tables.shapes(revision)
    assert known == {"frame": {"d": "datetime"}}
    assert tables.decoded(revision, revision.examples[0], known) == {
        "frame": [{"d": dt.datetime(2024, 1, 2)}, {"d": None}],  # noqa: DTZ001 - plain data have no zone
        "since": dt.date(2024, 1, 1),
        "rows": [{"a": 1}, {"a": 2}],
        "on": "d",
    }


def test_a_key_of_two_frames_is_drawn_from_the_columns_of_both_and_has_one_name_in_them():
    other = {"region": ["north", "east"], "manager": ["Ann", "Bob"], "price": ["1", "2"]}
    joined = Revision(
        "joined",
        1,
        "",
        "",
        parameters=(
            Parameter("frame", "frame", example="sales"),
            Parameter("other", "frame", example="managers"),
            Parameter("key", "column", example="region"),
        ),
        examples=(Example({"frame": FRAME, "other": other, "key": "region"}, []),),
    )
    known = tables.shapes(joined)
    examples = [tables.decoded(joined, example, known) for example in joined.examples]
    cases = drawn(strategies.arguments(joined, known, examples, respelling=True), 60)
    keys = {case["key"] for case in cases}
    assert "region" in keys
    assert len(keys) == 2, "its own name, and another spelling of it"
    for case in cases:
        for rows in (case["frame"], case["other"]):
            assert all(case["key"] in row for row in rows)
            assert all(len(row) == len(known["frame" if rows is case["frame"] else "other"]) for row in rows)
