"""Every procedure of the starter pack that takes a frame gives the same on every kind of frame, whatever is in it."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.procedure.frames import Capsule
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.starter import load
from seglam_magics.store import MemoryLog
from seglam_magics.verify.plain import same
from seglam_magics.words import Meaning, Parameter, Revision

Row = tuple[Any, ...]
EXAMPLES = 3  # of each procedure, each with a drawn table and with one of CERTAIN
SCHEMA = {
    "day": pl.Date(),
    "sold at": pl.Datetime("us"),
    "region": pl.String(),
    "Товар": pl.String(),
    "unit price": pl.Float64(),
    "quantity": pl.Int64(),
    "paid": pl.Boolean(),
}
CLASSES = {
    "number": ["unit price", "quantity"],
    "str": ["region", "Товар"],
    "date": ["day", "sold at"],
    "bool": ["paid"],
    None: list(SCHEMA),
}
DAYS = [dt.date(2023, 12, 31), dt.date(2024, 1, 1), dt.date(2024, 2, 29), dt.date(2024, 12, 30), dt.date(2025, 1, 5)]
TIMES = [dt.datetime.combine(day, dt.time(hour)) for day, hour in zip(DAYS, (0, 23, 12, 0, 6), strict=True)]
TEXTS = ["north", "North", "чай", "cafe\u0301", "café", "", " tea", "a_b%c", "日本"]
PRICES = [0.0, -0.0, 0.1, 2.5, -3.0, 1e9, float("nan")]
COUNTS = [0, 1, 2, 7, -5]
POOLS = [DAYS, TIMES, TEXTS, TEXTS[:4], PRICES, COUNTS, [True, False]]
ROWS = st.lists(st.tuples(*(st.sampled_from([*pool, None]) for pool in POOLS)), max_size=9)
ALIKE = st.lists(st.tuples(*(st.sampled_from([*pool[:2], None]) for pool in POOLS)), min_size=2, max_size=9)
ONE: Row = (DAYS[1], TIMES[1], "north", "чай", 2.5, 2, True)
NOTHING: Row = (None,) * len(SCHEMA)
ZERO: Row = (DAYS[1], TIMES[2], "north", "чай", -0.0, 0, False)
CERTAIN: tuple[list[Row], ...] = ([], [ONE], [NOTHING, NOTHING], [ONE, ONE, NOTHING], [ZERO, (*ZERO[:4], 0.0, 0, None)])


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    made = open_reasoner(Seglam(starter=True), log=MemoryLog())
    made.shipped()
    yield made
    made.close()


def on_frames() -> list[Revision]:
    revisions = [stored.revision for stored in load().procedures.values()]
    return [r for r in revisions if any(p.type == "frame" for p in r.parameters)]


# ---------------------------------------------------------------- what is drawn


@st.composite
def arguments(draw: st.DrawFn, revision: Revision, rows: list[Row]) -> dict[str, Any]:
    """A value of each parameter, as its domain allows; most columns are different ones."""
    found: dict[str, Any] = {}
    for parameter in revision.parameters:
        if parameter.type == "column":
            names = CLASSES[parameter.domain.get("dtype")]
            fresh = [name for name in names if name not in found.values()]
            found[parameter.name] = draw(st.sampled_from(fresh or names))
    for parameter in revision.parameters:
        if parameter.type not in ("frame", "column"):
            found[parameter.name] = draw(values(parameter, found, rows))
    return found


def values(parameter: Parameter, columns: Mapping[str, Any], rows: list[Row]) -> st.SearchStrategy[Any]:
    """Values of a parameter that is no column."""
    domain = parameter.domain
    if "values" in domain:
        return st.sampled_from(list(domain["values"]))
    if "column" in domain:  # a cell, or a text that none has
        place = list(SCHEMA).index(columns[domain["column"]])
        return st.sampled_from([*(row[place] for row in rows if row[place] is not None), "none has it"])
    if parameter.type == "int":
        low, high = domain["min"], domain["max"]
        return st.sampled_from([2023, 2024, 2025] if low == 1000 else [low, 2, 3, high])
    if parameter.type == "float":
        low, high = domain.get("min"), domain.get("max")
        return st.sampled_from([-3.0, -0.0, 0.1, 2, 2.5] if low is None else [low, high, high / 2, high / 3])
    if parameter.type == "columns":
        return st.just(list(SCHEMA))
    if parameter.type == "dict":
        return st.just({**dict.fromkeys(SCHEMA, "other"), **dict.fromkeys(CLASSES["number"], "float")})
    return st.sampled_from(DAYS if parameter.type == "date" else ["n", "ea", "ча", "%", "_", "", "日"])


# ---------------------------------------------------------------- kinds of frames


def polars_of(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def duckdb_of(frame: pl.DataFrame) -> Any:
    return duckdb.from_arrow(Capsule(frame))


def pandas_of(frame: pl.DataFrame) -> Any:
    import pandas as pd

    made = pd.DataFrame({name: frame[name].to_list() for name in frame.columns}, columns=frame.columns)
    made["region"] = made["region"].astype("str")
    made["Товар"] = made["Товар"].astype("category")
    counts = "float64" if frame["quantity"].null_count() else "int64"  # as pandas reads them from a file
    kinds = {"day": "datetime64[us]", "sold at": "datetime64[ns]", "unit price": "float64", "quantity": counts}
    return made.astype(kinds)


def arrow_of(frame: pl.DataFrame) -> Any:
    import pandas as pd

    return frame.to_arrow().to_pandas(types_mapper=pd.ArrowDtype)


KINDS: dict[str, Callable[[pl.DataFrame], Any]] = {"lazy": pl.DataFrame.lazy, "duckdb": duckdb_of}
if importlib.util.find_spec("pandas") is not None:
    KINDS["pandas"] = pandas_of
    if importlib.util.find_spec("pyarrow") is not None:
        KINDS["pandas with Arrow"] = arrow_of


# ---------------------------------------------------------------- what came of it


def result(reasoner: Reasoner, revision: Revision, given: Mapping[str, Any]) -> Any:
    """What a procedure gives, a frame as a list of rows; the code of the error where it gives none."""
    try:
        return plain(reasoner.call(revision.label, given))
    except SeglamError as error:
        return error.code


def plain(value: Any) -> Any:
    if isinstance(value, pl.LazyFrame):
        value = value.collect()
    if hasattr(value, "fetchall"):
        return [dict(zip(value.columns, map(cell, row), strict=True)) for row in value.fetchall()]
    if hasattr(value, "to_dicts"):
        return [{name: cell(v) for name, v in row.items()} for row in value.to_dicts()]
    if hasattr(value, "itertuples"):
        return [dict(zip(value.columns, map(cell, row), strict=True)) for row in value.itertuples(index=False)]
    return cell(value)


def cell(value: Any) -> Any:
    """A time at midnight is a day: pandas has no days."""
    if value is None or str(value) in ("NaT", "<NA>"):
        return None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


def agree(revision: Revision, given: Mapping[str, Any], one: Any, other: Any, *, kept: bool) -> bool:
    """Whether two results say the same: rows in their order where the procedure sorts, ties included where `kept`."""
    if ".sort(" not in revision.source or revision.meaning.order == "unordered":
        return same(one, other, ordered=False)
    if kept or not revision.meaning.ordered or not isinstance(one, list):
        return same(one, other)
    key = given.get("value") or given.get("by")  # rows that tie come as they were, and a relation has no such order
    if key is None:
        return len(one) == len(other)  # which are the first of it nobody can say
    tied = [[row[key] for row in rows] for rows in (one, other)]
    return same(*tied) and (".head(" in revision.source or same(one, other, ordered=False))


def check(reasoner: Reasoner, revision: Revision, tables: tuple[list[Row], ...], given: Mapping[str, Any]) -> bool:
    """Whether there was an answer; raises where kinds of frames have different ones."""
    names = [p.name for p in revision.parameters if p.type == "frame"]
    frames = {name: polars_of(rows) for name, rows in zip(names, tables, strict=False)}
    wanted = result(reasoner, revision, {**frames, **given})
    for kind, made in KINDS.items():
        found = result(reasoner, revision, {**{name: made(frame) for name, frame in frames.items()}, **given})
        alike = agree(revision, given, wanted, found, kept=kind != "duckdb")
        assert alike, f"{revision.name} of {given} on {tables}: polars {wanted}, {kind} {found}"
    return not (isinstance(wanted, str) and wanted.startswith("E-"))


@pytest.mark.parametrize("revision", on_frames(), ids=lambda revision: revision.name)
def test_a_procedure_gives_the_same_on_every_kind_of_frame(reasoner: Reasoner, revision: Revision) -> None:
    answered = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data(), rows=ROWS | ALIKE, certain=st.sampled_from(CERTAIN))
    def drawn(data: st.DataObject, rows: list[Row], certain: list[Row]) -> None:
        for tables in ((rows, certain), (certain, rows)):  # the second is that of a join
            given = data.draw(arguments(revision, tables[0]))
            answered.append(check(reasoner, revision, tables, given))

    drawn()
    assert any(answered), "it never had an answer"


def written(source: str, order: str = "") -> Revision:
    return Revision("f", 1, "", source, parameters=(Parameter("frame", "frame"),), meaning=Meaning(order=order))


@pytest.mark.parametrize(
    ("source", "order", "kept", "one", "other", "alike"),
    [
        ("frame.sort('x')", "", False, [{"x": 1}, {"x": 2}], [{"x": 2}, {"x": 1}], False),
        ("frame.filter(so)", "unordered", False, [{"x": 1}, {"x": 2}], [{"x": 2}, {"x": 1}], True),
        ("frame.filter(so)", "unordered", False, [{"x": 1}, {"x": 2}], [{"x": 2}, {"x": 2}], False),
        (
            "frame.sort(x)",
            "ties as they come",
            True,
            [{"x": 1, "y": 1}, {"x": 1, "y": 2}],
            [{"x": 1, "y": 2}] * 2,
            False,
        ),
        (
            "frame.sort(x)",
            "ties as they come",
            False,
            [{"x": 1, "y": 1}, {"x": 1, "y": 2}],
            [{"x": 1, "y": 2}] * 2,
            False,
        ),
        ("frame.sort(x).head(1)", "ties as they come", False, [{"x": 1, "y": 1}], [{"x": 1, "y": 2}], True),
        ("frame.sort(x).head(1)", "ties as they come", True, [{"x": 1, "y": 1}], [{"x": 1, "y": 2}], False),
        ("frame.sort(x).head(1)", "ties as they come", False, [{"x": 1, "y": 1}], [{"x": 2, "y": 1}], False),
        ("frame.select(x)", "", False, 0.3, 0.1 + 0.2, True),
        ("frame.select(x)", "", False, None, 0.0, False),
        ("frame.select(x)", "", False, "E-RUN", None, False),
    ],
)
def test_what_differs_is_noticed(source: str, order: str, kept: bool, one: Any, other: Any, alike: bool) -> None:
    assert agree(written(source, order), {"by": "x"}, one, other, kept=kept) == alike
