"""What the page about asking without a model says is answered is answered."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Options, Question

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "how-to" / "ask-without-a-model.md"
PENGUINS = HERE.parents[1] / "notebooks" / "data" / "penguins.csv"


def gold() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gold", HERE / "gold.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def questions() -> list[tuple[str, str]]:
    blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.partition(": ") for block in blocks for line in block.splitlines()]
    return [(table, question) for table, _, question in lines]


@pytest.fixture(scope="module")
def frames() -> dict[str, Any]:
    rows = [{**row, "gift": number % 7 == 0} for number, row in enumerate(gold().orders())]
    return {"penguins": pl.read_csv(PENGUINS, null_values="NA"), "orders": pl.DataFrame(rows)}


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    made = open_reasoner(Seglam(starter=True), log=MemoryLog())
    yield made
    made.close()


def test_the_page_shows_many_questions() -> None:
    assert len(questions()) >= 40


@pytest.mark.parametrize(("table", "question"), questions())
def test_what_the_page_says_is_answered(reasoner: Reasoner, frames: dict[str, Any], table: str, question: str) -> None:
    answer = reasoner.ask(Question(question, {table: frames[table]}, options=Options(reuse="cached")))
    assert answer.procedure.startswith("starter_")
