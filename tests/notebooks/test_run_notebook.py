"""The script behind `HEADLESS=1 make demo`: status lines, failed cells, and a notebook that stays as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "run_notebook.py"
SAYS = "print('hit · mean v1 · 3 ms')\nprint('not a status line')"
STORE = "import os\nprint('hit · ' + os.environ['SEGLAM_STORE'] + ' ' + os.environ.get('CI', 'no CI'))"


def written(folder: Path, *cells: tuple[str, list[str]]) -> Path:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in cells]
    path = folder / "some.ipynb"
    nbformat.write(notebook, path)
    return path


def executed(path: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> subprocess.CompletedProcess[str]:
    monkeypatch.setenv("CI", "true")
    command = [sys.executable, str(SCRIPT), str(path), *more]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.notebook
def test_status_lines_are_printed_and_an_expected_failure_is_none(tmp_path, monkeypatch):
    path = written(tmp_path, (SAYS, []), ("1 / 0", ["raises-exception"]), (STORE, []))
    before = path.read_bytes()
    done = executed(path, monkeypatch)
    assert done.returncode == 0, done.stderr
    asked, first, failing, error, _, third, last = done.stdout.splitlines()
    assert (asked, first) == ("print('hit · mean v1 · 3 ms')", "    hit · mean v1 · 3 ms")
    assert (failing, error) == ("1 / 0", "    error · division by zero")
    assert "seglam-demo-" in third
    assert third.endswith("no CI")
    assert last.startswith("some.ipynb: every cell ran, 2 answers")
    assert path.read_bytes() == before


@pytest.mark.notebook
def test_a_question_is_printed_without_its_magic_and_outputs_can_be_kept(tmp_path, monkeypatch):
    magic = "from IPython.core.magic import register_cell_magic\n\n@register_cell_magic\ndef reason(line, cell):\n    "
    path = written(tmp_path, (magic + "print('hit · mean v1')", []), ("%%reason -o x\nhow many\nrows?", []))
    done = executed(path, monkeypatch, "--save", str(tmp_path / "done.ipynb"))
    assert done.stdout.splitlines()[:3] == ["how many", "rows?", "    hit · mean v1"]
    kept = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    assert "hit · mean v1" in kept.cells[1].outputs[0].text


@pytest.mark.notebook
def test_a_failed_cell_ends_the_run_with_its_error(tmp_path, monkeypatch):
    done = executed(written(tmp_path, ("1 / 0", []), (SAYS, [])), monkeypatch)
    assert done.returncode == 1
    assert "error · division by zero" in done.stdout
    assert "hit" not in done.stdout
