"""The notebook of interrupts, executed on a real kernel: each verb does what the text beside it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "interrupting.ipynb"
ERRORS = {"stopped": "E-STOPPED-THINKING", "budget": "E-BUDGET-THINKING", "refused": "E-BUDGET"}
RIGHT = ("Gentoo", "5076", "Chinstrap", "3733")
UPDATED = ("4207.05",)
pytestmark = [pytest.mark.notebook, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory, exported: Callable[[Any], list[str]]) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("interrupting")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGLAM_") and name != "CI"}
    own = {"SEGLAM_STORE": str(folder / "store"), "SEGLAM_CONFIG_DIR": str(folder / "config")}
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    client.execute(env={**kept, **own})
    assert exported(notebook) == []
    return {cell.id: cell for cell in notebook.cells}


def text(cell: Any) -> str:
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


def error(cell: Any) -> str:
    return next((o.evalue for o in cell.outputs if o.output_type == "error"), "")


def test_just_the_cells_that_say_so_fail(cells: dict[str, Any]) -> None:
    failed = {name: error(cell) for name, cell in cells.items() if cell.cell_type == "code" and error(cell)}
    assert {name: said.partition(":")[0] for name, said in failed.items()} == ERRORS
    assert all(cells[name].metadata.get("tags") == ["raises-exception"] for name in ERRORS)


@pytest.mark.parametrize(
    ("cell", "verb"), [("stop", "stop"), ("hurry", "hurry"), ("answer", "strict"), ("update", "update")]
)
def test_a_verb_reaches_the_run_on_its_way(cells: dict[str, Any], cell: str, verb: str) -> None:
    assert text(cells[cell]).rstrip().endswith(f"was told: {verb}")


def test_a_stopped_run_is_listed_with_the_line_that_goes_on(cells: dict[str, Any]) -> None:
    run = error(cells["stopped"]).rpartition("kept as ")[2].split()[0]
    (line,) = [line for line in text(cells["runs"]).splitlines() if line.startswith(run)]
    assert " stopped " in line
    assert line.endswith(f"%seglam resume {run}")


@pytest.mark.parametrize("cell", ["resume", "hurried", "answered", "updated"])
def test_what_was_interrupted_is_continued_verified_and_right(cells: dict[str, Any], cell: str) -> None:
    shown = text(cells[cell])
    assert shown.startswith("miss · compiled ")
    assert "· continued ·" in shown.splitlines()[0]
    assert " hold" in shown.splitlines()[0]  # its properties
    places = [shown.index(word) for word in (UPDATED if cell == "updated" else RIGHT)]
    assert places == sorted(places)


@pytest.mark.parametrize(("cell", "words"), [("again", RIGHT), ("update-again", UPDATED)])
def test_asked_again_it_is_a_hit(cells: dict[str, Any], cell: str, words: tuple[str, ...]) -> None:
    assert text(cells[cell]).startswith("hit · ")
    assert all(word in text(cells[cell]) for word in words)


def test_what_was_queued_is_asked_and_what_was_discarded_is_gone(cells: dict[str, Any]) -> None:
    assert "Biscoe" in text(cells["next"])
    gone = text(cells["discard"]).split()[0]
    (line,) = [line for line in text(cells["all"]).splitlines() if line.startswith(gone)]
    assert " discarded " in line
    assert "%seglam resume" not in line


def test_it_is_saved_without_outputs_and_with_ids() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")
