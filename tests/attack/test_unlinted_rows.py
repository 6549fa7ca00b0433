"""Every row of the attack table that the lint refuses, with the lint switched off: the rest has to hold by itself."""

from __future__ import annotations

import os
import re
import time
import tomllib
from pathlib import Path

import pytest

from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Parameter, Revision

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

ROWS = tomllib.loads(Path(__file__).with_name("unlinted_rows.toml").read_text(encoding="utf-8"))
FAULTS = re.compile("SyntaxError|NameError")  # of the attack itself
LISTS = {"parameters": (Parameter("values", "list", domain={"items": "int"}),), "returns": "list"}
FRAMES = {"parameters": (Parameter("frame", "frame"),), "returns": "frame"}
TABLE = {"g": ["a", "b"], "x": [1, 2]}


@pytest.fixture(scope="module")
def executor():
    made = ChildExecutor()
    yield made
    made.close()


def revision(row):
    if row.get("columns"):
        example = Example({"frame": TABLE}, [{"g": "a", "x": 1}, {"g": "b", "x": 2}])
        return Revision("p", 1, "", row["source"], examples=(example,), **FRAMES)
    return Revision("p", 1, "", row["source"], examples=(Example({"values": [3, 1]}, [1, 3]),), **LISTS)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_not_believed_and_changes_nothing(name, executor, monkeypatch, tmp_path):
    monkeypatch.setattr("seglam_magics.verify.executor.lint_revision", lambda _revision: ())
    monkeypatch.chdir(tmp_path)
    before, begin = dict(os.environ), time.monotonic()
    verdict = executor.verify(revision(ROWS[name]), cases=25, seconds=3.0)
    assert time.monotonic() - begin < 10
    assert not verdict.ok, f"{name} was believed"
    told = verdict.failure.message
    assert re.search(ROWS[name]["says"], told), told
    assert not FAULTS.search(told), told
    assert "\n" not in told
    assert (list(tmp_path.iterdir()), dict(os.environ)) == ([], before)
    assert executor.call("def f(): return 1", "f", {}, returns="number") == 1


def test_the_rows_that_code_alone_decides_are_all_here():
    assert {f"A{n:02}" for n in (*range(1, 21), 27, 28)} <= set(ROWS)
