"""The starter pack on frames of PySpark and Dask: every procedure gives what it gives on the table of its example.

They are installed for `make test-cluster` only; PySpark needs a Java runtime.
"""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.starter import load
from seglam_magics.store import MemoryLog
from seglam_magics.words import Options, Question, Revision

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200), pytest.mark.filterwarnings("ignore")]
TYPES = {"day": "date", "price": "double", "quantity": "long", "returned": "boolean"}  # all others are texts
Table = Mapping[str, list[Any]]


def on_frames() -> list[Revision]:
    revisions = [stored.revision for stored in load().procedures.values()]
    return [r for r in revisions if any(p.type == "frame" for p in r.parameters)]


def table_of(revision: Revision) -> Table:
    table = dict(revision.examples[0].arguments["frame"])
    return {**table, "day": [dt.date.fromisoformat(day) for day in table["day"]]}


def in_spark(table: Table) -> Any:
    sql = pytest.importorskip("pyspark.sql")
    chosen = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    session = sql.SparkSession.builder.master("local[1]").config(map=chosen).getOrCreate()
    schema = ", ".join(f"{name} {TYPES.get(name, 'string')}" for name in table)
    return session.createDataFrame(list(zip(*table.values(), strict=True)), schema).cache()


def in_dask(table: Table) -> Any:
    dask = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(table)
    frame = frame.assign(day=pandas.to_datetime(frame["day"]))
    return dask.from_pandas(frame.astype({"returned": "boolean"} if "returned" in table else {}), npartitions=2)


@pytest.fixture(params=[in_spark, in_dask], ids=["pyspark", "dask"], scope="module")
def frame_of(request: pytest.FixtureRequest) -> Callable[[Revision], Any]:
    """The table of a procedure's example on a cluster, made once for those that have the same columns."""
    tables = {tuple(table): table for table in map(table_of, on_frames())}

    @cache
    def made(columns: tuple[str, ...]) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries about one another's versions
            return request.param(tables[columns])

    return lambda revision: made(tuple(table_of(revision)))


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    made = open_reasoner(Seglam(starter=True), log=MemoryLog())
    made.shipped()
    yield made
    made.close()


def given(revision: Revision) -> dict[str, Any]:
    arguments = {name: value for name, value in revision.examples[0].arguments.items() if name != "frame"}
    days = {p.name for p in revision.parameters if p.type == "date"}
    return {name: dt.date.fromisoformat(value) if name in days else value for name, value in arguments.items()}


def plain(value: Any) -> Any:
    if value is None or str(value) in ("NaT", "<NA>", "nan"):
        return None
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str | bool):
        return value
    return None if math.isnan(value) else round(float(value), 9)


def rows(result: Any) -> Any:
    """A result as rows in one order, a single value as it is."""
    if hasattr(result, "compute"):
        result = result.compute()
    if hasattr(result, "itertuples"):
        found = [tuple(row) for row in result.itertuples(index=False)]
    elif hasattr(result, "collect"):
        found = [tuple(row) for row in result.collect()]
    elif isinstance(result, list) and result and isinstance(result[0], dict):
        found = [tuple(row.values()) for row in result]
    else:
        return result if isinstance(result, list | dict) else plain(result)
    return sorted((tuple(map(plain, row)) for row in found), key=str)


def test_every_procedure_gives_on_a_cluster_what_its_example_says(
    reasoner: Reasoner, frame_of: Callable[[Revision], Any]
) -> None:
    wrong = []
    for revision in on_frames():
        result = rows(reasoner.call(revision.label, {"frame": frame_of(revision), **given(revision)}))
        if result != rows(revision.examples[0].result) and (result or revision.examples[0].result):
            wrong.append((revision.name, result, revision.examples[0].result))
    assert not wrong


def test_a_question_is_answered_in_the_kind_of_frame_that_was_asked(
    reasoner: Reasoner, frame_of: Callable[[Revision], Any]
) -> None:
    frame = frame_of(on_frames()[0])
    question = Question("mean price per region", {"sales": frame}, options=Options(reuse="cached"))
    answer = reasoner.ask(question)
    assert type(answer.value).__module__.partition(".")[0] == type(frame).__module__.partition(".")[0]
    assert dict(rows(answer.value))["north"] == 3.5
