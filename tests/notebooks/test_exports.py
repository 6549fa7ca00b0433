"""Exports as html: every notebook that the suite executes is exported, and what an export lacked would be noticed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat import v4

FOLDER = Path(__file__).parents[2] / "notebooks"
TABLE = "<table><tr><td>Gentoo</td></tr></table>"
SOUND = [
    v4.new_output("display_data", {"text/plain": "Gentoo", "text/html": TABLE}),
    v4.new_output("stream", name="stdout", text="hit · it <b>"),
    v4.new_output("error", ename="SeglamError", evalue="x", traceback=["\x1b[31mE-X: says\x1b[0m", "hint"]),
]
POOR = {
    "the html says less": {"text/plain": "Gentoo 5076", "text/html": TABLE},
    "the html has": {"text/plain": "Gentoo", "text/html": TABLE + "<script>show()</script>"},
    "has ['onclick']": {"text/plain": "Gentoo", "text/html": "<p onclick='x'>Gentoo</p>"},
    "an export lacks": {"image/svg+xml": "<svg></svg>", "text/plain": "5076"},
}


def notebook(*outputs: Any) -> Any:
    return v4.new_notebook(cells=[v4.new_code_cell("%%reason", outputs=list(outputs))])


def test_an_export_of_sound_outputs_lacks_nothing(exported: Callable[[Any], list[str]]) -> None:
    assert exported(notebook(*SOUND)) == []


@pytest.mark.parametrize("why", POOR)
def test_what_an_export_would_lose_is_noticed(exported: Callable[[Any], list[str]], why: str) -> None:
    (said,) = exported(notebook(*SOUND, v4.new_output("display_data", POOR[why])))
    assert why in said


def test_every_notebook_is_among_those_that_are_executed() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    executed = set(re.findall(r'execute\("([\w-]+)"|"notebooks" / "([\w-]+)\.ipynb"', tests))
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {name for pair in executed for name in pair if name}
