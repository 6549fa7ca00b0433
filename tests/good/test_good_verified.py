"""Good procedures verify: none of them is refused by what holds for all, the second engine or the second process."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Meaning, Parameter, Revision

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
HERE = Path(__file__).parent
PLAIN = tomllib.loads((HERE / "plain.toml").read_text(encoding="utf-8"))
FRAMES = tomllib.loads((HERE / "frames.toml").read_text(encoding="utf-8"))
ALL = {**PLAIN, **FRAMES["procedures"]}
KINDS = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}


# What they say of rows that tie depends on the order these come in, which is theirs to declare.
FOLLOWING = {"top_by", "last_by_date", "named_shift", "running_total", "fill_forward"}
# `now` is a moment when seglam fills it in, not a date; a window over rows that tie is determined by nothing.
OTHERWISE = {"age_in_years", "rolling_per_group"}


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


def revision(name: str) -> Revision:
    """A case as a compiler would have published it: its call is the example, its values are bound by slots."""
    case = ALL[name]
    arguments = {key: meant(value) for key, value in case["arguments"].items()}
    frames = [value for value in arguments.values() if isinstance(value, pl.DataFrame)]
    plain = {key: _plain(value) for key, value in arguments.items()}
    return Revision(
        name,
        1,
        "",
        case["source"],
        parameters=tuple(_parameter(key, value, frames) for key, value in arguments.items()),
        returns=case.get("returns", "frame" if name in FRAMES["procedures"] else "number"),
        meaning=Meaning(order=_order(name)),
        examples=(Example(plain, _plain(meant(case["result"]))),),
    )


def _order(name: str) -> str:
    if name in FOLLOWING:
        return "as the rows come"
    return "" if ALL[name].get("ordered", name in PLAIN) else "unordered"


def _plain(value: Any) -> Any:
    return value.to_dict(as_series=False) if isinstance(value, pl.DataFrame) else value


def _parameter(name: str, value: Any, frames: list[pl.DataFrame]) -> Parameter:
    if isinstance(value, pl.DataFrame):
        return Parameter(name, "frame")
    for frame in frames:
        if isinstance(value, str) and value in frame.columns:
            return Parameter(name, "column", domain=_domain(frame, [value]), example=value)
        if isinstance(value, list) and value and set(map(str, value)) <= set(frame.columns):
            return Parameter(name, "columns", domain=_domain(frame, value), example=value)
    for frame in frames:
        for column in frame.columns:
            if isinstance(value, str) and value in frame[column].to_list():
                return Parameter(name, "str", domain={"column": column}, example=value)
    if type(value) in (int, float):
        return Parameter(name, KINDS[type(value)], domain={"min": value, "max": value}, example=value)  # type: ignore[arg-type]
    if isinstance(value, str):
        return Parameter(name, "choice", domain={"values": [value]}, example=value)
    return Parameter(name, KINDS.get(type(value), "date"), example=value)  # type: ignore[arg-type]


def _domain(frame: pl.DataFrame, names: list[str]) -> Mapping[str, str]:
    kinds = [frame.schema[name] for name in names]
    if all(kind.is_numeric() for kind in kinds):
        return {"dtype": "number"}
    if all(kind.is_temporal() for kind in kinds):
        return {"dtype": "date"}
    return {"dtype": "str"} if all(kind == pl.String for kind in kinds) else {}


@pytest.mark.parametrize("name", [name for name in ALL if name not in OTHERWISE])
def test_it_verifies(name: str, executor: ChildExecutor) -> None:
    verdict = executor.verify(revision(name), cases=10)
    assert verdict.ok, verdict.failure
