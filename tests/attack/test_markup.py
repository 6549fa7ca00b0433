"""Markup in questions, titles, columns and values stays text: in the display, in the saved notebook, in an export."""

from __future__ import annotations

import importlib.util
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from seglam_magics.notebook.display import AnswerView, identity
from seglam_magics.words import Answer, Binding, Decision, Revision

EVIL = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    '<button data-commandlinker-command="apputils:run" data-commandlinker-args="{}">x</button>',
    "</pre></div><iframe srcdoc='<script>alert(1)</script>'>",
    "<!--><script>alert(1)</script>-->",
    "<style>@import url(//evil)</style>",
    "<details ontoggle=alert(1) open>",
    "[x](javascript:alert(1)) ![](x) $\\href{javascript:alert(1)}{x}$",
]
ALLOWED = set("div details summary pre br table thead tbody tr th td style small p span".split())


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.odd: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.odd += [a for a in attrs if a[0].startswith("on") or a[0].startswith("data-") or a[0] in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def answers(evil: str) -> list[Answer]:
    """Answers that carry a text wherever one can be: name of a slot's value, title, code, note, question, value."""
    revision = Revision("p", 1, "ab" * 32, f"def p():\n    # {evil}\n    return 1\n", summary=evil, question=evil)
    decision = Decision(True, "exact", revision, {"k": Binding("k", evil)}, template=evil, reason=evil)
    values: list[Any] = [evil, [evil], {evil: evil}, pl.DataFrame({evil: [evil]}), pl.Series(evil, [evil])]
    if importlib.util.find_spec("pandas"):
        import pandas as pd

        values += [pd.DataFrame({evil: [evil]}), pd.Series([evil], name=evil)]
        values += [pd.DataFrame({"a": [1]}, index=pd.Index([evil], name=evil))]
    return [
        Answer(v, hit=hit, revision=revision, decision=decision, slots={"k": evil}, question=evil, notes=(evil,))
        for v in values
        for hit in (True, False)
    ]


@pytest.mark.parametrize("evil", EVIL)
def test_a35_markup_is_literal_text_in_the_display(evil: str) -> None:
    for answer in answers(evil):
        data, metadata = AnswerView(answer)._repr_mimebundle_()
        page = Elements(data["text/html"])
        assert page.tags <= ALLOWED
        assert page.odd == []
        if evil.startswith("<img"):
            assert evil in page.text
        assert metadata == {"seglam": identity(answer)}
        json.dumps(data["application/vnd.seglam.answer+json"], allow_nan=False)


HOSTILE = "</script><script>alert('title')</script>"
SHOWN = (
    "import polars as pl\nfrom seglam_magics.words import *\nfrom seglam_magics.notebook import AnswerView\n"
    f"evil = {HOSTILE!r}\n"
    "one = Revision('p', 1, 'ab' * 32, 'def p():\\n    return 1  # ' + evil, summary=evil, question=evil)\n"
    "decision = Decision(True, 'exact', one, {'k': Binding('k', evil)}, template=evil)\n"
    "AnswerView(Answer(pl.DataFrame({evil: [evil]}), True, one, decision, {'k': evil}, notes=(evil,)))"
)
CELLS = [
    SHOWN,
    "%load_ext seglam",
    "rows = [1, 2]",
    "%%reason\nWhat does `<img src=x onerror=alert(1)>` mean?",
    f"%%reason\nHow many `rows` are there {HOSTILE}?",
    "%seglam why",
    f"%seglam show {HOSTILE.replace(' ', '')}",
]


@pytest.mark.notebook
def test_a36_and_in_a_saved_notebook_and_its_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_MODEL", "scripted/demo")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(made, timeout=90, kernel_name="python3", allow_errors=True).execute(cwd=str(tmp_path))
    assert made.cells[0].outputs[0].output_type == "execute_result", made.cells[0].outputs
    assert len([o for cell in made.cells[3:] for o in cell.outputs]) >= 4
    bare = Elements(HTMLExporter().from_notebook_node(nbformat.v4.new_notebook())[0])
    page = HTMLExporter().from_notebook_node(made)[0]
    assert "alert(" in page  # it is shown, as text
    for cell in made.cells:
        for output in cell.outputs:
            saved = "".join(output.get("data", {}).get("text/html", ""))
            assert Elements(saved).tags <= ALLOWED
            assert "<script" not in json.dumps(output.get("metadata", {}))
    assert page.count("<script>alert") == page.count("<img src=x") == 0
    assert Elements(page).tags - bare.tags <= ALLOWED | {"input", "button"}
    assert page.count("<script") == HTMLExporter().from_notebook_node(nbformat.v4.new_notebook())[0].count("<script")
