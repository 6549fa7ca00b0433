"""The notebooks that each tell one capability, executed: their figures, and what fails where it should."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from statistics import correlation, mean, median, stdev
from typing import Any

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
pytestmark = [pytest.mark.notebook, pytest.mark.timeout(300)]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_it_is_saved_without_outputs_and_with_ids(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_its_links_lead_somewhere(path):
    cells = nbformat.read(path, as_version=4).cells
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", "\n".join(c.source for c in cells if c.cell_type == "markdown"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


# ---------------------------------------------------------------- a day of analysis

NUMBERS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "year")
ROWS = [
    {k: None if v == "NA" else float(v) if k in NUMBERS else v for k, v in row.items()}
    for row in csv.DictReader((FOLDER / "data" / "penguins.csv").read_text(encoding="utf-8").splitlines())
]
MASS, FLIPPER, LENGTH, DEPTH = "body_mass_g", "flipper_length_mm", "bill_length_mm", "bill_depth_mm"


def values(column: str, **where: Any) -> list[Any]:
    """What a column holds where others have these values, missing ones left out."""
    rows = [row for row in ROWS if all(row[name] == value for name, value in where.items())]
    return [row[column] for row in rows if row[column] is not None]


def per(group: str, compute: Callable[[list[Any]], float], column: str) -> dict[str, float]:
    """A figure for each value of a column."""
    return {each: compute(values(column, **{group: each})) for each in sorted({row[group] for row in ROWS})}


def ratio(upper: str, lower: str, group: str) -> dict[str, float]:
    """Mean ratio of two columns, for each group, highest first."""
    found: dict[str, list[float]] = {}
    for row in ROWS:
        if row[upper] is not None and row[lower]:
            found.setdefault(row[group], []).append(row[upper] / row[lower])
    means = {name: mean(ratios) for name, ratios in found.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


both = [row for row in ROWS if row[MASS] is not None and row[FLIPPER] is not None]
FIGURES: dict[str, list[float]] = {
    "q01": [344, 8],
    "q03": sorted((len(values("species", species=each)) for each in {row["species"] for row in ROWS}), reverse=True),
    "q04": [len(set(values("species", island=each))) for each in sorted({row["island"] for row in ROWS})],
    "q06": list(per("species", mean, MASS).values()),
    "q07": list(per("island", median, FLIPPER).values()),
    "q08": list(per("species", stdev, DEPTH).values()),
    "q10": [mean(values(MASS, sex="female", species="Gentoo"))],
    "q12": sorted(values(MASS), reverse=True)[:5],
    "q13": [sum(mass > 6000 for mass in values(MASS))],
    "q14": [correlation([row[FLIPPER] for row in both], [row[MASS] for row in both])],
    "q15": [mean(row[LENGTH] for row in ROWS if (row[MASS] or 0) > 5000)],
    "q16": list(ratio(MASS, FLIPPER, "species").values())[:2],
    "q17": list(ratio(LENGTH, DEPTH, "island").values())[:2],
    "q18": list(ratio(LENGTH, DEPTH, "species").values()),
    "q19": [mean(values(MASS, year=year)) for year in (2007.0, 2008.0, 2009.0)],
    "q20": [mean(values(MASS, sex="male", species="Adelie", year=2008.0))],
    "q21": [mean(row[MASS] for row in ROWS if row["island"] != "Biscoe" and row[MASS] is not None)],
    "q24": [168, 124, 52],
    "q25": [mean(values(MASS, sex="female", species="Gentoo"))],
}


@pytest.fixture(scope="module")
def day(execute, tmp_path_factory):
    return execute("a-day-of-analysis", tmp_path_factory.mktemp("day"))


def test_25_questions_need_one_model_and_nothing_fails(day):
    asked = [cell for cell in day.cells if re.fullmatch(r"q\d\d", cell)]
    assert len(asked) == 25
    hits = [cell for cell in asked if day.status(cell).startswith("hit · ")]
    assert [cell for cell in asked if cell not in hits] == ["q16"]
    assert [call["recording"] for call in day.calls] == ["top_groups_by_ratio"]
    assert "25, 24 of them hits (96 %)" in day.text("card")
    assert day.failed == []
    assert day.warned == []


@pytest.mark.parametrize("cell", FIGURES)
def test_the_figures_of_the_day_are_those_of_the_table(day, cell):
    shown = "\n".join(day.text(cell).splitlines()[1:])
    numbers = [
        float(text) for text in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", re.sub(r"shape: .*", "", shown))
    ]
    wanted = list(FIGURES[cell])
    for number in numbers:
        if wanted and abs(number - wanted[0]) <= 1e-5 * (1 + abs(wanted[0])):
            del wanted[0]
    assert not wanted, shown


def test_words_of_the_day_are_right(day):
    assert day.text("q22").splitlines()[-1] == "'Chinstrap'"
    female = sum(row["sex"] == "female" for row in ROWS) / len(ROWS)
    assert abs(float(day.text("q23").splitlines()[-1]) - female) < 1e-9


# ---------------------------------------------------------------- the others


def test_a_frozen_report_runs_without_a_model_and_fails_when_a_question_changed(execute, tmp_path):
    ran = execute("frozen-in-ci", tmp_path)
    assert ran.failed == ["broken"]
    assert "E-LOCK-QUESTION" in ran.text("broken")
    assert "above 11" in ran.text("broken")
    assert ran.text("frozen").splitlines()[-1].startswith("report.ipynb: every cell ran, 3 answers")
    assert ran.text("pins").count(" sha256:") == 3
    assert [call["recording"] for call in ran.calls] == ["longest_streak_above"]
    assert ran.warned == []


def test_a_pack_goes_from_one_to_the_other_and_is_believed_only_after_it_was_verified(execute, tmp_path):
    ran = execute("packs-between-two", tmp_path)
    assert ran.failed == []
    assert ran.warned == []
    mark = re.search(r"fingerprint ([0-9a-f-]+)", ran.text("export"))
    assert mark is not None
    assert mark[1] in ran.text("key")
    assert mark[1] in ran.text("show")
    assert "def longest_streak_above" in ran.text("show")
    assert "quarantined" in ran.text("trust")
    assert ran.text("ask").strip() == "hit - longest_streak_above@1 - 3"
    assert "verified" in ran.text("verified")
    assert "quarantined" not in ran.text("verified")
    assert ran.text("tampered").startswith("E-PACK-")
    assert len(ran.calls) == 1


def test_own_properties_are_kept_or_refused_with_the_reason(execute, tmp_path):
    ran = execute("own-properties", tmp_path)
    assert ran.failed == ["fails", "vacuous", "correct"]
    assert ran.status("holds").startswith("stored longest_streak_above v2 · by hand · 5 properties hold")
    assert "longest_streak_above(values=[" in ran.text("fails")
    assert "always returns the same" in ran.text("vacuous")
    assert "E-PROCEDURE-UNVERIFIED" in ran.text("correct")
    assert ran.status("still").startswith("hit · longest_streak_above v2 · ")
    assert ran.text("still").splitlines()[-1] == "3"
    assert ran.warned == []
