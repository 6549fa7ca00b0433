"""Notebooks of this repository, executed on a real kernel: what they show, and what their model was asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
WITNESS = """
import json, urllib.request
from seglam_magics.scripted import start

print(urllib.request.urlopen(start("demo").removesuffix("/v1") + "/calls").read().decode())
"""


@dataclass
class Ran:
    """An executed notebook: its cells by id, and what its scripted model was asked."""

    cells: dict[str, Any]
    calls: list[dict[str, Any]]

    def text(self, cell: str) -> str:
        """Everything a cell shows in plain text."""
        return "\n".join(map(shown, self.cells[cell].outputs))

    def status(self, cell: str) -> str:
        """The first line a cell shows."""
        return self.text(cell).splitlines()[0]

    @property
    def failed(self) -> list[str]:
        """Cells that ended with an error."""
        return [i for i, c in self.cells.items() if any(o.output_type == "error" for o in c.get("outputs", ()))]

    @property
    def warned(self) -> list[Any]:
        """What was printed as an error or warning."""
        return [o for c in self.cells.values() for o in c.get("outputs", ()) if o.get("name") == "stderr"]


def shown(output: Any) -> str:
    """An output as text, an error too."""
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))


def run(name: str, folder: Path) -> Ran:
    """Execute `notebooks/NAME.ipynb` on the store in `folder`."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(WITNESS, id="witness"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGLAM_") and name != "CI"}
    own = {"SEGLAM_STORE": str(folder / "store"), "SEGLAM_CONFIG_DIR": str(folder / "config")}
    client = NotebookClient(notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute(env={**kept, **own})
    cells = {cell.id: cell for cell in notebook.cells}
    return Ran(cells, json.loads(cells["witness"].outputs[0].text)["log"])


@pytest.fixture(scope="session")
def execute() -> Callable[[str, Path], Ran]:
    """Executes a notebook by its name, on the store in a folder."""
    return run
