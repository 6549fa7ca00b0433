"""The starter pack on questions that were written before its wordings: answered without a model, and right."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import importlib.util
import math
import statistics
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Options, Question

HERE = Path(__file__).parent
PENGUINS = HERE.parent.parent / "notebooks" / "data" / "penguins.csv"
LISTS: dict[str, list[Any]] = {
    "numbers": [3, 1, 4, 1, 5, 9, 2, 6],
    "words": ["pear", "fig", "banana", "fig"],
    "dates": [dt.date(2024, 1, 5), dt.date(2024, 3, 1)],
}
LEAST = 0.9  # of the questions that have an answer


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gold = loaded("gold")


def frames() -> dict[str, pl.DataFrame]:
    return {"penguins": pl.read_csv(PENGUINS, null_values="NA"), "sales": pl.DataFrame(gold.sales()),
            "games": pl.DataFrame(gold.games()), "orders": pl.DataFrame(gold.orders()),
            "deals": pl.DataFrame(gold.deals())}  # fmt: skip


def cases(file: str) -> Iterator[tuple[str, str, Any]]:
    """Table, question and right answer; None for no answer."""
    known = frames()
    for name, text in tomllib.loads((HERE / "questions" / f"{file}.toml").read_text(encoding="utf-8")).items():
        names: dict[str, Any] = {"dt": dt, "len": len, "statistics": statistics, "math": math, **LISTS}
        if name in known:
            table = gold.Table(known[name].to_dicts())
            names |= {n: getattr(table, n) for n in dir(table) if not n.startswith("_")}
        for line in text.strip().splitlines():
            question, _, wanted = line.rpartition(" | ")
            yield name, question.strip(), eval(wanted, names)


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    made = open_reasoner(Seglam(starter=True), log=MemoryLog())
    yield made
    made.close()


def told(reasoner: Reasoner, table: str, question: str) -> Any:
    """The answer of the pack, or the reason of the miss as an error."""
    space = LISTS if table == "lists" else {table: frames()[table]}
    return reasoner.ask(Question(question, dict(space), options=Options(reuse="cached")))


def outcomes(reasoner: Reasoner, file: str) -> dict[str, list[str]]:
    """Questions by what came of them: `right wrong missed answered`, the last where there was nothing to answer."""
    found: dict[str, list[str]] = collections.defaultdict(list)
    space: dict[str, dict[str, Any]] = {"lists": dict(LISTS), **{n: {n: f} for n, f in frames().items()}}
    for table, question, wanted in cases(file):
        try:
            answer = reasoner.ask(Question(question, space[table], options=Options(reuse="cached")))
        except Exception:  # noqa: BLE001 - whatever it is, it is no answer
            found["refused" if wanted is None else "missed"].append(question)
            continue
        right = wanted is not None and gold.agrees(answer.value, wanted)
        found["answered" if wanted is None else "right" if right else "wrong"].append(question)
    return found


@pytest.mark.parametrize(
    ("file", "least"),
    [
        ("english", 150),
        ("russian", 60),
        ("lists", 30),
        ("later", 60),
        ("unseen", 70),
        ("unseen_ru", 35),
        ("newcomers", 85),
        ("newcomers_ru", 35),
        ("deals", 175),
        ("deals_ru", 65),
    ],
)
def test_nine_of_ten_questions_are_answered_and_every_answer_is_right(
    reasoner: Reasoner, file: str, least: int
) -> None:
    found = outcomes(reasoner, file)
    assert not found["wrong"]
    assert not found["answered"]
    assert len(found["right"]) >= least
    assert len(found["right"]) >= LEAST * (len(found["right"]) + len(found["missed"])), found["missed"]


def test_no_twin_is_answered_with_the_answer_of_the_other(reasoner: Reasoner) -> None:
    found = outcomes(reasoner, "twins")
    assert not found["wrong"]
    assert not found["answered"]
    assert len(found["right"]) + len(found["refused"]) >= 100


def test_a_column_that_is_called_like_a_word_is_never_taken_for_it(reasoner: Reasoner) -> None:
    found = outcomes(reasoner, "named")
    assert not found["wrong"]
    assert not found["answered"]
    assert len(found["right"]) >= 30
    assert not found["missed"]


def test_what_nobody_can_answer_is_a_miss(reasoner: Reasoner) -> None:
    found = outcomes(reasoner, "unanswerable")
    assert not found["answered"]
    assert len(found["refused"]) >= 30


@pytest.mark.parametrize("word", ["healthy", "adult", "largest", "not", "weighted", "2", "островные", "second"])
def test_one_word_more_than_is_accounted_for_is_a_miss_or_another_answer(reasoner: Reasoner, word: str) -> None:
    plain = told(reasoner, "penguins", "mean body mass of Adelie penguins")
    other = None
    with contextlib.suppress(SeglamError):
        other = told(reasoner, "penguins", f"mean body mass of {word} Adelie penguins").value
    assert other is None or not gold.agrees(other, plain.value)


def test_the_oracle_describes_columns_of_numbers_alone() -> None:
    rows = [{"n": 3, "a": 1.5, "so": True, "t": "x"}, {"n": 5, "a": None, "so": False, "t": "y"}]
    assert gold.Table(rows).described_all() == [("a", 1, 1.5, None, 1.5, 1.5, 1.5), ("n", 2, 4, 2**0.5, 3, 4, 5)]


def test_the_oracle_tells_right_from_wrong() -> None:
    assert gold.agrees(pl.DataFrame({"g": ["a", "b"], "n": [1.0, 2.0]}), [("b", 2), ("a", 1)])
    assert not gold.agrees(pl.DataFrame({"g": ["a", "b"], "n": [1.0, 2.0]}), [("b", 1), ("a", 2)])
    assert gold.agrees(3.0000000000001, 3)
    assert not gold.agrees(3.1, 3)
