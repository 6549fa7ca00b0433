"""Every kind of frame goes in, and comes back as what it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import polars as pl
import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.procedure import apply, describe, load
from seglam_magics.procedure.binding import bind, narrows, used_columns
from seglam_magics.procedure.frames import into_polars, restore
from seglam_magics.words import Binding, Parameter, Requirement, Revision

SOURCE = """
def mean_by(frame, *, value, by):
    return frame.group_by(by).agg(nw.col(value).mean().alias("mean_of_value")).sort(by, nulls_last=True)
"""
MEAN = Revision(
    "mean_by",
    1,
    "0" * 64,
    SOURCE,
    parameters=(Parameter("frame", "frame"), Parameter("value", "column"), Parameter("by", "column")),
    returns="frame",
)
DATA = {"g": ["a", "b", "a", None], "x": [1.0, 2.0, float("nan"), 4.0], "имя": ["и", "м", "я", ""], "n": [1, 2, 3, 4]}


def pandas_frame() -> Any:
    return pytest.importorskip("pandas").DataFrame(DATA)


def arrow_table() -> Any:
    return pytest.importorskip("pyarrow").table(DATA)


def relation() -> Any:
    con = duckdb.connect()
    con.execute("create table t(g varchar, x double, n integer)")
    con.execute("insert into t values ('a', 1, 1), ('b', 2, 2), ('a', null, 3), (null, 4, 4)")
    return con.table("t")


KINDS = {
    "polars": lambda: pl.DataFrame(DATA, strict=False),
    "lazy": lambda: pl.DataFrame(DATA, strict=False).lazy(),
    "pandas": pandas_frame,
    "pyarrow": arrow_table,
    "duckdb": relation,
}


def answered(frame: Any, *, native: bool) -> tuple[Any, Any]:
    bindings = {
        "frame": Binding("frame", "df", "variable"),
        "value": Binding("value", "x"),
        "by": Binding("by", "g"),
    }
    bound = bind(MEAN, bindings, {"df": frame}, native=native)
    value = apply(load(SOURCE, "mean_by"), bound.arguments, "frame")
    return bound, bound.give_back(value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("native", [True, False])
def test_a_frame_comes_back_as_what_it_was(kind: str, native: bool) -> None:
    frame = KINDS[kind]()
    _, result = answered(frame, native=native)
    assert type(result).__name__ == type(frame).__name__
    rows = into_polars("result", result).sort("g", nulls_last=True).rows()
    assert rows == [("a", 1.0), ("b", 2.0), (None, 4.0)]


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_described_without_values(kind: str) -> None:
    variable = describe("df", KINDS[kind]())
    assert variable is not None
    assert variable.kind == "frame"
    dtypes = {c.name: c.dtype for c in variable.columns}
    assert (dtypes["g"], dtypes["x"], dtypes["n"]) == ("str", "float", "int")


def test_only_the_columns_in_use_are_carried() -> None:
    bound, _ = answered(pl.DataFrame(DATA, strict=False), native=False)
    assert bound.arguments["frame"].columns == ["x", "g"]


@pytest.mark.parametrize(
    "body",
    [
        "return t.filter(nw.col('x') > 1)",
        "return t.drop_nulls().select('x')",
        "return t.select(nw.all())",
        "return t.unique().select(nw.len())",
        "other = t\n    return other.select('x')",
    ],
)
def test_a_frame_is_carried_whole_when_all_of_it_may_matter(body: str) -> None:
    assert not narrows(f"def f(t):\n    {body}\n", "t")


def test_a_text_handed_to_the_frame_may_name_any_column() -> None:
    source = "def f(t, *, c): return t.select(c)"
    revision = Revision(
        "f", 1, "0", source, parameters=(Parameter("t", "frame"), Parameter("c", "str")), requires=(Requirement("t"),)
    )
    assert used_columns(revision, revision.parameters[0], {}) is None


def test_pandas_kinds_are_kept_through_a_round_trip() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "day": pandas.to_datetime(["2024-01-01", None]),
            "flag": [True, False],
            "whole": pandas.array([1, None], dtype="Int64"),
            "text": ["a", None],
        }
    )
    again = restore(into_polars("df", frame), frame)
    assert str(again.dtypes["day"]).startswith("datetime64")
    assert again["flag"].tolist() == [True, False]
    assert again["whole"].isna().tolist() == [False, True]
    assert again["text"].isna().tolist() == [False, True]


def test_an_empty_frame_stays_empty() -> None:
    pandas = pytest.importorskip("pandas")
    empty = pandas.DataFrame({"g": pandas.Series([], dtype=str), "x": pandas.Series([], dtype=float)})
    _, result = answered(empty, native=False)
    assert len(result) == 0


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"a": [1, "x"]}, "column 'a' holds values of mixed types"),
        ({1: [1]}, "column names are not all text"),
        ({"o": [object(), 1]}, "column 'o'"),
    ],
)
def test_what_cannot_be_carried_is_named(columns: dict[Any, Any], says: str) -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(SeglamError, match="E-INPUT-CONTENT") as caught:
        into_polars("df", pandas.DataFrame(columns))
    assert says in caught.value.says


def test_two_columns_of_one_name_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(SeglamError, match="two columns 'a'"):
        into_polars("df", pandas.DataFrame([[1, 2]], columns=["a", "a"]))


def test_dates_of_pandas_are_dates() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"d": [dt.date(2024, 1, 1), None]})
    assert into_polars("df", frame).schema["d"] == pl.Date


def test_the_input_is_never_changed() -> None:
    values = [[1], [2]]
    revision = Revision(
        "f", 1, "0", "def f(xs):\n    xs[0].append(9)\n    return xs\n", parameters=(Parameter("xs", "list"),)
    )
    bound = bind(revision, {"xs": Binding("xs", "xs", "variable")}, {"xs": values}, native=True)
    apply(load(revision.source, "f"), bound.arguments, "list")
    assert values == [[1], [2]]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_days_of_pandas_are_carried_whatever_their_resolution(unit: str) -> None:
    pandas = pytest.importorskip("pandas")
    day = dt.datetime(2024, 1, 5)  # noqa: DTZ001 - a column without a time zone
    days = pandas.Series([day, None]).astype(f"datetime64[{unit}]")
    assert into_polars("d", pandas.DataFrame({"day": days}))["day"].to_list() == [day, None]
