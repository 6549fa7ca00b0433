"""The quickstart, executed on a real kernel: what a newcomer sees, and how often the model was asked for it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from seglam_magics.scripted.recordings import SHIPPED

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
WITNESS = """
import json, urllib.request
from seglam_magics.scripted import start

print(urllib.request.urlopen(start("demo").removesuffix("/v1") + "/calls").read().decode())
"""
MISSES = {
    "miss": "miss · compiled top_groups_by_mean v1 · scripted/demo · ",
    "list-miss": "miss · compiled longest_streak_above v1 · scripted/demo · ",
}
HITS = {
    "exact": "hit · top_groups_by_mean v1 · ",
    "other-columns": "hit · top_groups_by_mean v1 · ",
    "other-frame-ask": "hit · top_groups_by_mean v1 · ",
    "russian": "hit · top_groups_by_mean v1 · ",
    "list-hit": "hit · longest_streak_above v1 · ",
    "flaw": "hit · top_groups_by_mean v1 · ",
    "corrected": "hit · top_groups_by_mean v2 · ",
}
pytestmark = pytest.mark.notebook


@dataclass
class Ran:
    """An executed notebook: its cells by id, and what its scripted model was asked."""

    cells: dict[str, Any]
    calls: list[dict[str, Any]]

    def text(self, cell: str) -> str:
        """Everything a cell shows in plain text."""
        shown = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in self.cells[cell].outputs)
        return "\n".join(shown)

    def status(self, cell: str) -> str:
        """The first line a cell shows."""
        return self.text(cell).splitlines()[0]


def run(folder: Path) -> Ran:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(WITNESS, id="witness"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGLAM_") and name != "CI"}
    own = {"SEGLAM_STORE": str(folder / "store"), "SEGLAM_CONFIG_DIR": str(folder / "config")}
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    client.execute(env={**kept, **own})
    cells = {cell.id: cell for cell in notebook.cells}
    return Ran(cells, json.loads(cells["witness"].outputs[0].text)["log"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("quickstart")


@pytest.fixture(scope="module")
def first(folder):
    return run(folder)


@pytest.fixture(scope="module")
def again(folder, first):
    return run(folder)


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


def test_the_model_is_asked_as_often_as_there_are_misses(first):
    asked = [(call["recording"], call["turn"], call["end"]) for call in first.calls]
    assert asked == [(name, 0, "done") for name in ("top_groups_by_mean", "longest_streak_above", "share_by_group")]


def test_the_answers_are_right(first):
    def positions(cell: str, *words: str) -> list[int]:
        return [first.text(cell).index(word) for word in words]

    for cell, words in {
        "miss": ("Gentoo", "5076", "Chinstrap", "3733"),
        "exact": ("Gentoo", "5076", "Chinstrap", "3733"),
        "other-columns": ("Biscoe", "45.2", "Dream", "44.1", "Torgersen", "38.9"),
        "other-frame-value": ("Riga", "280.0", "Porto", "210.0"),
        "russian": ("Biscoe", "209.7", "Dream", "193.0"),
        "flaw": ("male", "4545", "null", "4005"),
        "corrected": ("male", "4545", "female", "3862"),
        "python": ("Adelie", "152", "Gentoo", "124", "Chinstrap", "68"),
    }.items():
        found = positions(cell, *words)
        assert found == sorted(found), cell
    assert first.text("list-miss").splitlines()[-1] == "3"
    assert first.text("list-hit").splitlines()[-1] == "4"
    assert "Adelie" not in first.text("miss")
    assert "null" not in first.text("corrected")


def test_a_bound_value_is_not_shown(first):
    assert "Riga" not in first.text("other-frame-ask")


def test_a_near_miss_fails_and_names_the_word(first):
    (error,) = [o for o in first.cells["near-miss"].outputs if o.output_type == "error"]
    assert "E-MISS" in "".join(error.traceback)
    assert "lowest" in "".join(error.traceback)
    assert "lowest" in first.text("why")
    assert "top_groups_by_mean@1" in first.text("why")


def test_a_correction_is_version_two_and_shows_what_changed(first):
    assert first.status("correct").startswith("stored top_groups_by_mean v2 · by hand · ")
    assert "properties hold" in first.status("correct")
    assert "+" in first.text("diff")
    assert "is_null()).group_by(by)" in first.text("diff")


def test_python_gives_the_answer_with_its_evidence(first):
    assert first.text("python-hit").startswith("hit share_by_group@1 {")


def test_the_verbs_show_what_is_stored(first):
    assert "def top_groups_by_mean(frame, *, by, value, k):" in first.text("show")
    for name in ("top_groups_by_mean", "longest_streak_above", "share_by_group"):
        assert name in first.text("ls")
    assert "scripted/demo" in first.text("card")


def test_only_the_near_miss_fails_and_nothing_is_warned(first):
    failed = [i for i, c in first.cells.items() if any(o.output_type == "error" for o in c.get("outputs", ()))]
    assert failed == ["near-miss"]
    printed = [o for c in first.cells.values() for o in c.get("outputs", ()) if o.get("name") == "stderr"]
    assert printed == []


def test_a_second_time_in_the_same_project_no_model_is_asked(again):
    assert again.calls == []
    for cell in (*MISSES, *HITS):
        assert again.status(cell).startswith("hit · ")
    assert again.status("flaw").startswith("hit · top_groups_by_mean v2 · ")


def test_it_is_saved_without_outputs_and_with_ids():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")


def test_every_recording_answers_a_question_that_newcomers_meet():
    pages = (NOTEBOOK, ROOT / "README.md")
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for path in (SHIPPED / "demo").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["question"] in text
