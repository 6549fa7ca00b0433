"""A declared meaning is kept only where the question says it, or running the code shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.compiler.meaning import alike, confirmed, evaluated
from seglam_magics.compiler.request import Task
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import apply as apply_function
from seglam_magics.procedure import describe_all, load
from seglam_magics.procedure.declared import Compared, Declared, declared
from seglam_magics.procedure.guards import requirements
from seglam_magics.question import read
from seglam_magics.words import Binding, Meaning, Parameter, Question, Revision, Verdict

ROWS = [
    {"who": "Ann", "n": 1, "m": 4.0},
    {"who": "ann", "n": 5, "m": None},
    {"who": "Bob", "n": 9, "m": 2.5},
    {"who": "Eve", "n": 0, "m": 7.25},
    {"who": "Ann", "n": 7, "m": -3.0},
]
SOURCE = """def f(rows, *, name, most):
    found = [r["n"] for r in rows if r["who"].lower() == name.lower() and r["n"] < most]
    return {result}
"""


class Here:
    """Runs procedures in this process, and counts how often."""

    tier = "S1"

    def __init__(self) -> None:
        self.calls = 0

    def call(self, source: str, name: str, arguments: Mapping[str, Any], *, returns: str, seconds: float) -> Any:  # noqa: ARG002
        """The procedure's result."""
        self.calls += 1
        try:
            return apply_function(load(source, name), arguments, returns)
        except Exception as error:
            raise SeglamError("E-RUN", procedure=name, name=name, why=str(error)) from error

    def warm(self) -> None:
        """Nothing to warm."""

    def verify(self, _revision: Revision, *, cases: int, seconds: float) -> Verdict:
        """Not asked here."""
        raise AssertionError((cases, seconds))

    def close(self) -> None:
        """Nothing to close."""


def judged(result: str, meaning: Meaning, question: str = "tell me about Ann below 8", rows: Any = None) -> Any:
    table = ROWS if rows is None else rows
    source = SOURCE.format(result=result)
    parameters = (
        Parameter("rows", "list", example="df"),
        Parameter("name", "str", domain={"column": "who"}, example="Ann"),
        Parameter("most", "int", example=8),
    )
    space = {"df": pl.DataFrame(table) if isinstance(table, list) and table else table}
    variables = describe_all(space)
    revision = Revision(
        "f",
        1,
        "ab" * 32,
        source,
        parameters=parameters,
        meaning=meaning,
        requires=requirements(source, parameters, variables),
        returns="number",
        question=question,
    )
    bindings = {
        "rows": Binding("rows", "df", "implied"),
        "name": Binding("name", "Ann"),
        "most": Binding("most", 8),
    }
    executor = Here()
    task = Task(Question(question, space), read(question, variables), variables)
    kept, notes = confirmed(revision, bindings, task, executor, 5.0)
    return kept.meaning, notes, executor.calls


CONDITIONS = ("who = name", "n < most")


@pytest.mark.parametrize(
    ("result", "aggregate"),
    [
        ("max(found, default=None)", "max"),
        ("min(found, default=None)", "min"),
        ("len(found)", "count"),
        ("sum(found)", "sum"),
        ("sum(found) / len(found) if found else None", "mean"),
        ("found", "select"),
    ],
)
def test_what_the_code_computes_is_confirmed_by_running(result: str, aggregate: str) -> None:
    meaning, notes, calls = judged(result, Meaning(aggregate, "n", CONDITIONS))
    assert meaning.aggregate == aggregate
    assert notes == ()
    assert calls > 1


@pytest.mark.parametrize(
    ("result", "meaning"),
    [
        ("max(found, default=None)", Meaning("min", "n", CONDITIONS)),
        ("max(found, default=None)", Meaning("max", "n", ("who = name",))),
        ("max(found, default=None)", Meaning("max", "n", ("who = name", "n <= most"))),
        ("len(set(found))", Meaning("sum", "n", CONDITIONS)),
        ("1 // 0", Meaning("max", "n", CONDITIONS)),
    ],
)
def test_a_wrong_meaning_is_dropped_and_said(result: str, meaning: Meaning) -> None:
    rows = [*ROWS, {"who": "Ann", "n": 8, "m": 0.5}]
    kept, notes, _ = judged(result, meaning, rows=rows)
    assert kept == Meaning()
    assert "not confirmed" in notes[0]


def test_what_the_question_says_needs_no_run() -> None:
    question = "What is the highest m for Ann with an n below 8?"
    spelled_once = [row for row in ROWS if row["who"] != "ann"]
    meaning, notes, calls = judged('max(r["m"] for r in rows)', Meaning("max", "m", CONDITIONS), question, spelled_once)
    assert (meaning.aggregate, notes, calls) == ("max", (), 0)


def test_without_rows_nothing_is_confirmed() -> None:
    empty = pl.DataFrame(schema={"who": pl.String, "n": pl.Int64, "m": pl.Float64})
    kept, notes, _ = judged("max(found, default=None)", Meaning("max", "n", CONDITIONS), rows=empty)
    assert kept == Meaning()
    assert "no rows" in notes[0]


def test_a_meaning_that_cannot_be_read_is_none() -> None:
    parameters = (Parameter("name", "str", example="Ann"),)
    for meaning in (
        Meaning("max", "n", ("who = nobody",)),
        Meaning("max", "n", ("who != name",)),
        Meaning("weird", "n", ("who = name",)),
        Meaning("max", "elsewhere", ("who = name",)),
        Meaning("max", "n", ("who = name",), (), "descending"),
        Meaning("max", "", ("who = name",)),
    ):
        source = 'def f(rows, *, name): return max(r["n"] for r in rows if r["who"] == name)'
        frame = Parameter("rows", "list", example="df")
        requires = requirements(source, (frame,), describe_all({"df": pl.DataFrame(ROWS)}))
        revision = Revision("f", 1, "", source, parameters=(frame, *parameters), meaning=meaning, requires=requires)
        assert declared(revision) is None, meaning
        good = dataclasses.replace(revision, meaning=Meaning("max", "n", ("who = name",)))
        assert declared(good) is not None


@given(st.lists(st.integers(-9, 9), max_size=8), st.integers(-9, 9))
def test_the_reference_gives_what_its_words_say(numbers: list[int], limit: int) -> None:
    said = Declared("count", "n", (Compared("n", "<", "limit"),))
    rows = [{"n": n} for n in numbers]
    kept = [n for n in numbers if n < limit]
    assert evaluated(said, rows, {"limit": limit}) == len(kept)
    assert evaluated(dataclasses.replace(said, aggregate="sum"), rows, {"limit": limit}) == (sum(kept) or None) or (
        kept and sum(kept) == 0
    )
    assert evaluated(dataclasses.replace(said, aggregate="select"), rows, {"limit": limit}) == kept


@given(st.lists(st.floats(-1e6, 1e6), max_size=6))
def test_results_are_alike_in_any_order_and_to_six_digits(values: list[float]) -> None:
    assert alike(values, list(reversed(values)))
    assert alike(values, pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)}))
    assert not alike([*values, 5e7], values)


def test_nothing_is_nothing() -> None:
    for nothing in (None, [], 0):
        assert alike(None, nothing)
    assert not alike(3, None)
    assert not alike(3, 4)
    assert alike(3, [3.0000000001])
