"""The share of each group that is so: answered where a verb says it of the rows, else it may be meant otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Options, Question

PENGUINS = pl.read_csv(Path(__file__).parent.parent.parent / "notebooks" / "data" / "penguins.csv", null_values="NA")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    made = open_reasoner(Seglam(starter=True), log=MemoryLog())
    yield made
    made.close()


def asked(reasoner: Reasoner, question: str) -> Any:
    return reasoner.ask(Question(question, {"penguins": PENGUINS}, options=Options(reuse="cached")))


def share(group: str, so: Callable[[Row], bool], whole: float = 1.0) -> list[tuple[Any, float]]:
    rows = PENGUINS.to_dicts()
    groups = sorted({row[group] for row in rows})
    return [
        (g, whole * sum(so(row) for row in rows if row[group] == g) / sum(row[group] == g for row in rows))
        for g in groups
    ]


def is_female(row: Row) -> bool:
    return bool(row["sex"] == "female")


def is_heavy(row: Row) -> bool:
    return row["body_mass_g"] is not None and row["body_mass_g"] > 4000


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("what percentage of penguins are female on each island?", share("island", is_female, 100.0)),
        ("share of penguins that are female by species", share("species", is_female)),
        ("what share of penguins in each year is Gentoo?", share("year", lambda row: row["species"] == "Gentoo")),
        ("what fraction of penguins on each island have sex missing", share("island", lambda row: row["sex"] is None)),
        ("percentage of penguins on each island that have a body mass over 4000", share("island", is_heavy, 100.0)),
        ("what percent of penguins have body mass above 4000 by species", share("species", is_heavy, 100.0)),
        ("какая доля пингвинов являются самками на каждом острове", share("island", is_female)),
    ],
)
def test_the_share_of_each_group_that_is_so(reasoner: Reasoner, question: str, wanted: list[tuple[Any, float]]) -> None:
    rows = asked(reasoner, question).value.rows()
    assert [group for group, _ in rows] == [group for group, _ in wanted]
    assert [part for _, part in rows] == pytest.approx([part for _, part in wanted])


@pytest.mark.parametrize(
    "question",
    [
        "share of female penguins by species",  # of each species, or of the females?
        "percentage of Biscoe penguins by species",
        "share of penguins by species in 2008",
        "share of penguins in 2008 by species",
        "percentage of penguins by species where sex is missing",
        "proportion of penguins with body mass over 4000 by species",
        "percentage of Adelie per island",
        "share of penguins that are Adelie by species",
        "доля самок по видам",
    ],
)
def test_a_share_that_may_be_of_two_wholes_is_not_answered(reasoner: Reasoner, question: str) -> None:
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(reasoner, question)
