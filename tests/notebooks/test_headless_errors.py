"""A failing question fails the run: exit code and a short error output, under papermill and under nbconvert."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

RUNNERS = {
    "papermill": ["-m", "papermill", "asked.ipynb", "done.ipynb", "--kernel", "python3", "--no-progress-bar"],
    "nbconvert": ["-m", "nbconvert", "--to", "notebook", "--execute", "asked.ipynb", "--output", "done.ipynb"],
}
# what a stop does that comes from beside the cell
STOP = """import threading, time
from seglam_magics.thinking.control import control, lives

def stop():
    while not any(live.run.thinking for live in lives()):
        time.sleep(0.02)
    control("stop")

threading.Thread(target=stop, daemon=True).start()"""


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_error_is_an_exit_code_and_two_lines(runner: str, tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell(c) for c in ("%load_ext seglam", "%%reason\nhow many `rows` are there?", "1 + 1")
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "asked.ipynb")
    done = subprocess.run(
        [sys.executable, *RUNNERS[runner]], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode != 0
    assert "E-NAME-UNKNOWN: there is no variable `rows` here" in done.stderr + done.stdout
    if runner == "papermill":
        kept = nbformat.read(tmp_path / "done.ipynb", as_version=4)
        errors = [o for c in kept.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "error"]
        assert [len("\n".join(e.traceback).splitlines()) for e in errors] == [2]
        assert kept.cells[-1].get("outputs", []) == []


@pytest.mark.parametrize("runner", RUNNERS)
def test_a16_a_cell_that_stops_thinking_halts_the_run(runner: str, tmp_path: Path) -> None:
    model = Path(__file__).parents[1] / "scripted" / "thinking"
    first = f"%load_ext seglam\n%config Seglam.model = {f'scripted/{model}'!r}\nimport litellm\nnumbers = [1, 2, 3]"
    cells = [nbformat.v4.new_code_cell(c) for c in (first, STOP, "%%reason\nWhat is the total of `numbers`?", "1 + 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "asked.ipynb")
    done = subprocess.run(
        [sys.executable, *RUNNERS[runner]], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode != 0
    assert "E-STOPPED-THINKING: stopped after " in done.stderr + done.stdout
    assert "%seglam resume goes on" in done.stderr + done.stdout
