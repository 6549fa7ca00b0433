"""A question whose answer is a picture: compiled, verified, hit, shown, saved, exported and frozen, in real kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbconvert import HTMLExporter

if TYPE_CHECKING:
    from conftest import Cell, Kernel

pytestmark = pytest.mark.kernel
MODEL = Path(__file__).parents[1] / "scripted" / "charts"
PICTURE = "application/vnd.vegalite.v5+json"
ANSWER = "application/vnd.seglam.answer+json"
DRAW = "Draw the amounts in `sold` as bars."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts")


@pytest.fixture(scope="module")
def drawing(opened: Callable[..., AbstractContextManager[Kernel]], folder: Path) -> Iterator[Kernel]:
    """A kernel in which the first chart was compiled."""
    with opened(folder, SEGLAM_MODEL=f"scripted/{MODEL}") as kernel:
        kernel.run("%load_ext seglam\nsold = {'pears': 2, 'apples': 3}\nstock = {'<b>kiwis</b>': 4, 'figs': 1}")
        cell = kernel.run(f"%%reason\n{DRAW}")
        assert cell.status == "ok", cell.outputs
        assert cell.text.startswith("miss · compiled bars_of v1 · ")
        assert "properties hold" in cell.text
        yield kernel


def drawn(cell: Cell) -> list[Any]:
    assert set(cell.result) == {"text/plain", PICTURE, ANSWER}
    return list(cell.result[PICTURE]["data"]["values"])


def test_it_is_a_hit_on_other_data_and_in_other_words(drawing: Kernel) -> None:
    cell = drawing.run("%%reason\nPlot the amounts in `stock` as bars.")
    assert cell.text.startswith("hit · bars_of v1 · ")
    assert drawn(cell) == [{"name": "<b>kiwis</b>", "amount": 4}, {"name": "figs", "amount": 1}]
    assert cell.texts()[-1].splitlines()[0] == "chart: bar · x name · y amount · rows 2"
    assert drawing.run("%%reason -o picture\nPlot the amounts in `stock` as bars.").status == "ok"
    assert drawing.value("type(picture).__name__, picture['mark']['type']") == "('dict', 'bar')"


def test_it_is_trusted_and_tested_like_every_other(drawing: Kernel) -> None:
    assert "bars_of@1" in drawing.run("%seglam test bars_of --cases 30").text
    drawing.run("%seglam approve bars_of@1 --yes")
    assert drawn(drawing.run(f"%%reason\n{DRAW}"))[0] == {"name": "apples", "amount": 3}
    shown = drawing.run("import seglam\nseglam.reason('Draw the amounts in `sold` as bars.', sold=sold)")
    assert shown.texts()[0].startswith("hit · bars_of v1 · ")
    assert PICTURE in shown.outputs[1]["data"]


def test_an_export_holds_the_text_and_nothing_of_the_drawing(drawing: Kernel) -> None:
    cell = drawing.run("%%reason\nPlot the amounts in `stock` as bars.")
    outputs = [nbformat.v4.new_output("execute_result", o["data"], metadata=o["metadata"], execution_count=1)
               for o in cell.outputs if o["kind"] == "execute_result"]  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%%reason", outputs=outputs)])
    nbformat.validate(notebook)
    saved = nbformat.reads(nbformat.writes(notebook), as_version=4)
    assert saved.cells[0].outputs[0].data[PICTURE]["mark"]["type"] == "bar"
    page, _ = HTMLExporter().from_notebook_node(saved)
    shown = page.partition('class="jp-Cell-outputWrapper"')[2]
    assert "chart: bar · x name · y amount · rows 2" in shown
    assert "&lt;b&gt;kiwis&lt;/b&gt;" in shown
    assert "<b>kiwis" not in page
    assert "vega" not in shown.partition("</main>")[0]


def test_frozen_it_is_drawn_without_a_model_from_a_notebook(folder: Path, drawing: Kernel) -> None:
    assert drawing.run(f"%%reason\n{DRAW}").status == "ok"
    sources = ["%load_ext seglam\nsold = {'pears': 5}", f"%%reason\n{DRAW}"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    (folder / "drawn.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    seglam(folder, "run", "drawn.ipynb", "--lock")
    seglam(folder, "run", "drawn.ipynb", "--reuse", "frozen", "-o", "frozen.ipynb")
    outputs = nbformat.read(folder / "frozen.ipynb", as_version=4).cells[1].outputs
    assert outputs[-1].data[PICTURE]["data"]["values"] == [{"name": "pears", "amount": 5}]
    assert outputs[-1].data[ANSWER]["procedure"] == "bars_of"


def seglam(folder: Path, *words: str) -> None:
    """The command line, without a model."""
    homes = {name: str(folder / name.lower()) for name in ("HOME", "IPYTHONDIR", "SEGLAM_CONFIG_DIR", "SEGLAM_STORE")}
    command = [sys.executable, "-c", "from seglam_magics.cli import main; main()", *words]
    given = {**os.environ, **homes, "SEGLAM_MODEL": ""}
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
