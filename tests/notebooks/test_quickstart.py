"""The quickstart, executed on a real kernel: what a newcomer sees, and how often the model was asked for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seglam_magics.scripted.recordings import SHIPPED

ROOT = Path(__file__).parents[2]
MISSES = {
    "miss": "miss · compiled top_groups_by_ratio v1 · scripted/demo · ",
    "list-miss": "miss · compiled longest_streak_above v1 · scripted/demo · ",
}
COMMON = ("average", "filtered", "terse")
HITS = {
    **dict.fromkeys(COMMON, "hit · starter_"),
    "exact": "hit · top_groups_by_ratio v1 · ",
    "other-columns": "hit · top_groups_by_ratio v1 · ",
    "other-frame-ask": "hit · top_groups_by_ratio v1 · ",
    "russian": "hit · top_groups_by_ratio v1 · ",
    "list-hit": "hit · longest_streak_above v1 · ",
    "flaw": "hit · top_groups_by_ratio v1 · ",
    "corrected": "hit · top_groups_by_ratio v2 · ",
}
RIGHT = {  # what a cell shows, in this order; computed by hand from the table
    "average": ("Adelie", "3700.66", "Chinstrap", "3733.08", "Gentoo", "5076.01"),
    "terse": ("Biscoe", "168", "Dream", "124", "Torgersen", "52"),
    "miss": ("Gentoo", "23.34", "Adelie", "19.46"),
    "exact": ("Gentoo", "23.34", "Adelie", "19.46"),
    "other-columns": ("Biscoe", "2.89", "Dream", "2.40", "Torgersen", "2.12"),
    "other-frame-value": ("Lyon", "3.5", "Porto", "3.25"),
    "russian": ("Biscoe", "2.89", "Dream", "2.40"),
    "flaw": ("male", "22.1", "null", "20.03"),
    "corrected": ("male", "22.1", "female", "19.46"),
}
pytestmark = [pytest.mark.notebook, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("quickstart")


@pytest.fixture(scope="module")
def first(execute, folder):
    return execute("quickstart", folder)


@pytest.fixture(scope="module")
def again(execute, folder, first):
    return execute("quickstart", folder)


@pytest.mark.parametrize("cell", MISSES)
def test_a_new_question_is_compiled_and_tested(first, cell):
    status = first.status(cell)
    assert status.startswith(MISSES[cell])
    assert "properties hold" in status


@pytest.mark.parametrize("cell", HITS)
def test_its_kind_is_a_hit_without_a_model(first, cell):
    status = first.status(cell)
    assert status.startswith(HITS[cell])
    assert "no model" in status


def test_the_first_answers_come_before_the_model_is_asked_for_anything(first):
    code = [cell for cell in first.cells if cell in (*MISSES, *HITS)]
    assert tuple(code[: len(COMMON)]) == COMMON


def test_the_model_is_asked_as_often_as_there_are_misses(first):
    asked = [(call["recording"], call["turn"], call["end"]) for call in first.calls]
    assert asked == [(name, 0, "done") for name in ("top_groups_by_ratio", "longest_streak_above")]


@pytest.mark.parametrize("cell", RIGHT)
def test_the_answers_are_right(first, cell):
    found = [first.text(cell).index(word) for word in RIGHT[cell]]
    assert found == sorted(found)


def test_plain_answers_are_right_too(first):
    assert {name: first.text(name).splitlines()[-1] for name in ("filtered", "list-miss", "list-hit", "python")} == {
        "filtered": "56", "list-miss": "3", "list-hit": "4", "python": "3",
    }  # fmt: skip
    assert "null" not in first.text("corrected")


def test_a_bound_value_is_not_shown(first):
    assert "Lyon" not in first.text("other-frame-ask")


def test_a_near_miss_fails_and_names_the_word(first):
    assert "E-MISS" in first.text("near-miss")
    assert "lowest" in first.text("near-miss")
    assert "lowest" in first.text("why")
    assert "top_groups_by_ratio@1" in first.text("why")


def test_a_correction_is_version_two_and_shows_what_changed(first):
    assert first.status("correct").startswith("stored top_groups_by_ratio v2 · by hand · ")
    assert "properties hold" in first.status("correct")
    for cell in ("correct", "diff"):
        assert "+" in first.text(cell)
        assert "~nw.col(by).is_null()" in first.text(cell)


def test_python_gives_the_answer_with_its_evidence(first):
    assert first.text("python").startswith("hit longest_streak_above@1 {")


def test_the_verbs_show_what_is_stored(first):
    assert "def top_groups_by_ratio(frame, *, by, upper, lower, k):" in first.text("show")
    for name in ("top_groups_by_ratio", "longest_streak_above"):
        assert name in first.text("ls")
    assert "scripted/demo" in first.text("card")


def test_only_the_near_miss_fails_and_nothing_is_warned(first):
    assert first.failed == ["near-miss"]
    assert first.warned == []


def test_a_second_time_in_the_same_project_no_model_is_asked(again):
    assert again.calls == []
    for cell in (*MISSES, *HITS):
        assert again.status(cell).startswith("hit · ")
    assert again.status("flaw").startswith("hit · top_groups_by_ratio v2 · ")


def test_every_recording_answers_a_question_that_newcomers_meet():
    pages = (ROOT / "notebooks" / "quickstart.ipynb", ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for path in (SHIPPED / "demo").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["question"] in text, path.name
