"""A procedure on frames gives outside of seglam what it gives inside: the border that is carried along is the same."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.exporting import border
from seglam_magics.exporting.cells import border_source
from seglam_magics.exporting.sources import border_options, placed
from seglam_magics.procedure import apply, load
from seglam_magics.procedure.frames import into_polars, restore
from seglam_magics.procedure.ordering import settled
from seglam_magics.words import Parameter, Revision

GOOD = tomllib.loads((Path(__file__).parents[1] / "good" / "frames.toml").read_text(encoding="utf-8"))
CASES = GOOD["procedures"]


def meant(value: Any) -> Any:
    if isinstance(value, list):
        return [meant(inner) for inner in value]
    if isinstance(value, str) and value.startswith("@"):
        return pl.DataFrame({name: meant(column) for name, column in GOOD["tables"][value[1:]].items()})
    return None if value == "null" else value


def revised(name: str, arguments: dict[str, Any]) -> Revision:
    kinds = {n: "frame" if isinstance(v, pl.DataFrame) else "text" for n, v in arguments.items()}
    parameters = tuple(Parameter(n, kind) for n, kind in kinds.items())
    return Revision(name, 1, "", CASES[name]["source"], parameters=parameters, returns="frame")


def outside(revision: Revision) -> Any:
    """The procedure as a plain notebook has it."""
    space: dict[str, Any] = {}
    exec(border_source(), space)
    exec("import narwhals.stable.v2 as nw", space)
    exec(placed(revision.source, revision.name, revision.name, {"_procedure"}).text, space)
    exec(f"{revision.name} = _procedure({revision.name}, {border_options(revision)})", space)
    return space[revision.name]


def inside(revision: Revision, arguments: dict[str, Any]) -> pl.DataFrame:
    given_ = {n: into_polars(n, v) if isinstance(v, pl.DataFrame) else v for n, v in arguments.items()}
    return settled(revision, apply(load(revision.source, revision.name), given_, "frame"))


@pytest.mark.parametrize("name", CASES)
def test_it_gives_the_same_rows_in_the_same_order(name):
    arguments = {key: meant(value) for key, value in CASES[name]["arguments"].items()}
    revision = revised(name, arguments)
    ours, theirs = inside(revision, arguments), outside(revision)(**arguments)
    assert theirs.equals(ours)
    assert theirs.schema == ours.schema


CELLS = st.none() | st.sampled_from([0, 1, 2, 2, -3])
TABLES = st.lists(st.fixed_dictionaries({"g": st.sampled_from(["a", "b", None]), "n": CELLS}), max_size=8)
SORTED = "def top(t, k):\n    return t.sort('n', descending=True, nulls_last=True).head(k)\n"


@given(TABLES, st.integers(0, 5))
def test_rows_that_tie_come_as_they_came(rows, k):
    frame = pl.DataFrame(rows, schema={"g": pl.String, "n": pl.Int64})
    revision = Revision(
        "top", 1, "", SORTED, parameters=(Parameter("t", "frame"), Parameter("k", "int")), returns="frame"
    )
    known = border.procedure(load(SORTED, "top"), kinds={"t": "frame", "k": "int"}, returns="frame")
    assert known(frame, k).rows() == inside(revision, {"t": frame, "k": k}).rows()


def test_pandas_goes_in_and_out_as_it_does_here():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "part": [1.5, None, 2.0],
            "text": ["a", None, "b"],
            "day": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "truth": [True, False, True],
        }
    )
    whole = border.procedure(lambda t: t, kinds={"t": "frame"}, returns="frame")
    pd.testing.assert_frame_equal(whole(frame), restore(into_polars("frame", frame), frame))


def test_what_is_no_frame_is_handed_over_as_it_is_here():
    both = border.procedure(
        lambda xs, d, k: (xs, d, k), kinds={"xs": "series", "d": "dict", "k": "int"}, returns="list"
    )
    assert both(pl.Series([1.0, float("nan")]), {"a": dt.date(2024, 5, 1)}, 3) == (
        [1.0, None],
        {"a": dt.date(2024, 5, 1)},
        3,
    )


def test_a_frame_that_was_declared_a_number_is_its_only_cell():
    one = border.procedure(lambda t: t.select("n"), kinds={"t": "frame"}, returns="number")
    assert one(pl.DataFrame({"n": [7]})) == 7
    assert one(pl.DataFrame({"n": []})) is None
    with pytest.raises(TypeError, match="several rows"):
        one(pl.DataFrame({"n": [7, 8]}))
