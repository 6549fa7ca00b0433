"""A procedure that does not fit the data is a miss with its reason."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
import pytest

from seglam_magics.procedure import describe_all, from_record, to_record
from seglam_magics.procedure.binding import bind
from seglam_magics.procedure.guards import misfit, requirements
from seglam_magics.procedure.identity import proc_id
from seglam_magics.words import Binding, Check, Example, Parameter, Revision, Usage, Verdict

SOURCE = """
def points_of(rows, *, player, least):
    return [r["points"] for r in rows if r["player"].lower() == player.lower() and r["points"] > least]
"""
PARAMETERS = (
    Parameter("rows", "list", example="df"),
    Parameter("player", "str", domain={"column": "player"}, example="Ann"),
    Parameter("least", "int", example=1),
)
GAMES = pl.DataFrame({"player": ["Ann", "BOB", "Bob"], "points": [3, 5, 7], "rest": [0, 0, 0]})
POINTS = Revision(
    "points_of",
    1,
    "0" * 64,
    SOURCE,
    parameters=PARAMETERS,
    requires=requirements(SOURCE, PARAMETERS, describe_all({"df": GAMES})),
)


def bindings(player: str) -> dict[str, Binding]:
    return {
        "rows": Binding("rows", "df", "implied"),
        "player": Binding("player", player),
        "least": Binding("least", 1),
    }


def reason(frame: Any, player: str = "Ann") -> str:
    space = {"df": frame}
    return misfit(POINTS, bindings(player), describe_all(space), space)


def test_only_columns_the_code_names_are_required() -> None:
    assert dict(POINTS.requires[0].columns) == {"player": "str", "points": "number"}


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (GAMES, ""),
        (GAMES.with_columns(pl.col("points").cast(pl.Float32)), ""),
        (GAMES.drop("points"), "no column 'points' in df"),
        (GAMES.with_columns(pl.col("points").cast(pl.String)), "column 'points' of df is str, not number"),
        (GAMES.filter(pl.col("player") != "Ann"), "no 'Ann' in column 'player'"),
        (GAMES.head(0), "no 'Ann' in column 'player'"),
    ],
)
def test_the_guard_says_what_is_missing(frame: pl.DataFrame, says: str) -> None:
    assert reason(frame) == says


def test_every_kind_of_frame_is_guarded_alike() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(GAMES.to_dict(as_series=False))
    assert reason(frame) == ""
    assert reason(frame, "Zoe") == "no 'Zoe' in column 'player'"
    assert reason(GAMES.to_dicts(), "Zoe") == "no 'Zoe' in column 'player'"


def test_a_value_takes_the_spelling_of_the_column_when_there_is_one() -> None:
    given = {
        p: bind(POINTS, bindings(p), {"df": GAMES}, native=False).arguments["player"] for p in ("ANN", "bob", "Bob")
    }
    assert given == {"ANN": "Ann", "bob": "bob", "Bob": "Bob"}


def test_typography_of_a_cell_does_not_hide_it() -> None:
    frame = pl.DataFrame({"player": ["20\u201313", "O\u2019Neil"], "points": [1, 2]})
    assert reason(frame, "20-13") == ""
    assert reason(frame, "o'neil") == ""
    given = bind(POINTS, bindings("20-13"), {"df": frame}, native=False).arguments["player"]
    assert given == "20\u201313"


def test_a_record_gives_the_same_revision_back() -> None:
    verdict = Verdict(ok=True, checks=(Check("property p", ok=True, cases=9),), seconds=0.5)
    revision = dataclasses.replace(
        POINTS,
        verdict=verdict,
        usage=Usage("m", 1, 2, 3, None, 0.1),
        examples=(Example({"rows": [{"player": "a"}]}, [1, None]),),
        synonyms={"points": ("score",)},
    )
    assert from_record(to_record(revision)) == revision


def test_identity_hangs_on_what_can_change_an_answer() -> None:
    one = proc_id(SOURCE, PARAMETERS, returns="list")
    assert one == proc_id(SOURCE.replace("\n", "\r\n"), PARAMETERS, returns="list")
    assert one != proc_id(SOURCE.replace(">", ">="), PARAMETERS, returns="list")
    assert one != proc_id(SOURCE, PARAMETERS[:2], returns="list")
    assert one != proc_id(SOURCE, PARAMETERS, returns="number")
