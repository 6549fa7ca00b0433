"""Notebooks of this repository, executed on a real kernel: what they show, and what their model was asked.

Each of them is exported as well: as html it has to show the same text, without a script.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

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
    assert list(lost(notebook)) == []
    cells = {cell.id: cell for cell in notebook.cells}
    return Ran(cells, json.loads(cells["witness"].outputs[0].text)["log"])


# ---------------------------------------------------------------- as html


class Page(HTMLParser):
    """What of a page is seen where scripts do not run, and what in it would be active."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.active: list[str] = []
        self._hidden = 0
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return squeezed("".join(self.parts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"script", "style", "title"}
        self.active += [tag] if tag in {"script", "iframe", "object", "embed"} else []
        self.active += [
            name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "").lower()
        ]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"script", "style", "title"}

    def handle_data(self, data: str) -> None:
        self.parts += [] if self._hidden else [data]


def squeezed(text: str) -> str:
    """Text without colours and spaces, which differ between forms."""
    return re.sub(r"\x1b\[[\d;]*m|\s+", "", text)


def lost(notebook: Any) -> Iterator[str]:
    """What the outputs show and an export as html without scripts does not; what in them is active."""
    page = Page(HTMLExporter().from_notebook_node(notebook)[0]).text
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            own = Page(html) if html else None
            if (own.text if own else squeezed(shown(output))) not in page:
                yield f"{cell.id}: an export lacks {shown(output)!r}"
            if own and own.active:
                yield f"{cell.id}: the html has {own.active}"
            lasting = re.sub(r"\b[\d.,]+ (ms|s|min|h)\b", "", shown(output))  # the html says how long nothing took
            if own and any(word not in own.text for word in re.findall(r"\w+", lasting)):
                yield f"{cell.id}: the html says less than {shown(output)!r}"


@pytest.fixture(scope="session")
def exported() -> Callable[[Any], list[str]]:
    """What an export as html would lose of a notebook."""
    return lambda notebook: list(lost(notebook))


@pytest.fixture(scope="session")
def execute() -> Callable[[str, Path], Ran]:
    """Executes a notebook by its name, on the store in a folder."""
    return run
