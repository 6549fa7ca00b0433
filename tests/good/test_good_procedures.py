"""Good procedures: the lint lets each through, and each computes what it should in the sandbox, its inputs intact."""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics.verify import ChildExecutor, lint
from seglam_magics.verify.plain import same

HERE = Path(__file__).parent
PLAIN = tomllib.loads((HERE / "plain.toml").read_text(encoding="utf-8"))
FRAMES = tomllib.loads((HERE / "frames.toml").read_text(encoding="utf-8"))
ALL = {**PLAIN, **FRAMES["procedures"]}


def meant(value: Any) -> Any:
    """A value of the files: `null` is None, `@name` a table."""
    if isinstance(value, dict):
        return {key: meant(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [meant(inner) for inner in value]
    if isinstance(value, str) and value.startswith("@"):
        return pl.DataFrame(meant(FRAMES["tables"][value[1:]]))
    return None if value == "null" else value


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    made = ChildExecutor()
    yield made
    made.close()


def test_there_are_enough_of_them_and_some_are_long() -> None:
    assert len(PLAIN) >= 50
    assert len(FRAMES["procedures"]) >= 40
    assert sum(case["source"].count("\n") > 17 for case in ALL.values()) >= 8


@pytest.mark.parametrize("name", ALL)
def test_the_lint_lets_it_through(name: str) -> None:
    found = lint(ALL[name]["source"], name=name, frames=name in FRAMES["procedures"])
    assert not found, [str(f) for f in found]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("name", ALL)
def test_it_computes_what_it_should(name: str, executor: ChildExecutor) -> None:
    case = ALL[name]
    framed = name in FRAMES["procedures"]
    arguments = {key: meant(value) for key, value in case["arguments"].items()}
    before = copy.deepcopy(arguments)
    returns = case.get("returns", "frame" if framed else "number")
    value = executor.call(case["source"], name, arguments, returns=returns)
    rows = value.to_dicts() if framed else value
    assert same(meant(case["result"]), rows, ordered=case.get("ordered", not framed)), rows
    for key, given in before.items():
        now = arguments[key]
        assert now.equals(given) if isinstance(given, pl.DataFrame) else now == given
