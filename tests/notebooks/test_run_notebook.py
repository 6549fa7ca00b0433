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


def executed(path: Path, monkeypatch: pytest.MonkeyPatch) -> subprocess.CompletedProcess[str]:
    monkeypatch.setenv("CI", "true")
    command = [sys.executable, str(SCRIPT), str(path)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.notebook
def test_status_lines_are_printed_and_an_expected_failure_is_none(tmp_path, monkeypatch):
    path = written(tmp_path, (SAYS, []), ("1 / 0", ["raises-exception"]), (STORE, []))
    before = path.read_bytes()
    done = executed(path, monkeypatch)
    assert done.returncode == 0, done.stderr
    first, second, last = done.stdout.splitlines()
    assert first == "[1] hit · mean v1 · 3 ms"
    assert "seglam-demo-" in second
    assert second.endswith("no CI")
    assert last.startswith("some.ipynb: every cell ran, 2 answers")
    assert "error · division by zero" in done.stderr
    assert path.read_bytes() == before


@pytest.mark.notebook
def test_a_failed_cell_ends_the_run_with_its_error(tmp_path, monkeypatch):
    done = executed(written(tmp_path, ("1 / 0", []), (SAYS, [])), monkeypatch)
    assert done.returncode == 1
    assert "error · division by zero" in done.stderr
    assert "hit" not in done.stdout
