"""`again`: a procedure is written anew from its question and from what became of it, twice in a row and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from seglam_magics.cli.group import run
from seglam_magics.cli.office import Office
from seglam_magics.errors import SeglamError
from seglam_magics.settings import Seglam

CODES = ("sum(values)", "sum(v for v in values)", "math_sum(values)", "sum(list(values))")


def code(body: str) -> str:
    return f"def total(*, values):\n    def math_sum(xs):\n        return sum(xs)\n    return {body}\n"


class Notebook:
    """A shell whose model writes the procedure otherwise each time it is asked."""

    def __init__(self, models: Any, ask: Any, shell: InteractiveShell) -> None:
        self.models, self.ask, self.shell = models, ask, shell
        self.written = 0

    def write_next(self, **changes: Any) -> str:
        for file in (self.models.folder / "author").glob("*.json"):
            file.unlink()
        reply = {**self.ask.total, "code": code(CODES[self.written % len(CODES)]), **changes}
        self.written += 1
        return str(self.models.says("author", self.ask.asked, reply))

    def run(self, text: str) -> Any:
        return self.shell.run_cell_magic("reason", "", text)

    def verb(self, line: str) -> None:
        self.shell.run_line_magic("seglam", line)

    @property
    def library(self) -> Any:
        from seglam_magics.reasoner import shared

        return shared().library


@pytest.fixture
def notebook(models: Any, ask: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    for name, value in {"CASES": "10", "MERGE": "off", "STARTER": "false"}.items():
        monkeypatch.setenv(f"SEGLAM_{name}", value)
    shell = InteractiveShell()
    made = Notebook(models, ask, shell)
    monkeypatch.setenv("SEGLAM_MODEL", made.write_next())
    shell.user_ns["xs"] = [1, 2, 3]
    shell.run_line_magic("load_ext", "seglam")
    yield made
    shell.run_line_magic("unload_ext", "seglam")


def code_of(notebook: Notebook, line: str) -> SeglamError:
    with pytest.raises(SeglamError) as caught:
        notebook.verb(line)
    return caught.value


def test_s13_three_forced_restarts_stop_at_the_limit_with_all_versions_kept(
    notebook: Notebook, ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notebook.run(ask.asked).value == 6
    for number in (2, 3):
        notebook.write_next()
        capsys.readouterr()
        notebook.verb("again it is slow")
        shown = capsys.readouterr().out
        assert f"+    return {CODES[number - 1]}" in shown
        assert f"-    return {CODES[number - 2]}" in shown
        assert f"total v{number}" in shown
    notebook.write_next()
    error = code_of(notebook, "again")
    assert (error.code, error.facts["count"]) == ("E-AGAIN-LIMIT", 2)
    assert notebook.models.calls("author") == []  # the third was not asked
    versions = notebook.library.versions("total")
    assert [CODES.index(v.source.splitlines()[-1].removeprefix("    return ")) for v in versions] == [0, 1, 2]
    assert notebook.run(ask.asked).hit


def test_s13_the_model_gets_the_question_the_verdict_and_the_reason(notebook: Notebook, ask: Any) -> None:
    notebook.run(ask.asked)
    notebook.write_next()
    notebook.verb('again "the sum of nothing should be none"')
    sent = notebook.models.user("author")
    assert sent.startswith(f"Question:\n{ask.asked}\n")
    told = json.loads(sent[sent.index('{\n "code"') :])
    assert told["code"] == code(CODES[0])
    assert told["what became of it"].startswith("it passed its checks")
    assert told["what its user says"] == "the sum of nothing should be none"


def test_s13_what_failed_is_told_with_how_it_failed(notebook: Notebook, ask: Any) -> None:
    notebook.write_next(code=code("0"))
    with pytest.raises(SeglamError, match="E-VERIFY"):
        notebook.run(ask.asked)
    notebook.write_next()
    notebook.verb("again")
    assert "did not verify: example 1: it gives 0, the example says 3" in notebook.models.user("author")
    assert notebook.run(ask.asked).hit


def test_a_restart_that_fails_leaves_what_there_is(notebook: Notebook, ask: Any) -> None:
    notebook.run(ask.asked)
    notebook.write_next(code=code("0"))
    assert code_of(notebook, "again").code == "E-VERIFY"
    assert [v.number for v in notebook.library.versions("total")] == [1]
    assert notebook.run(ask.asked).hit


def test_the_limit_is_a_setting_and_a_correction_by_hand_begins_anew(notebook: Notebook, ask: Any) -> None:
    notebook.run(ask.asked)
    notebook.shell.run_cell("get_ipython().run_line_magic('config', 'Seglam.restarts = 1')")
    notebook.write_next()
    notebook.verb("again")
    notebook.write_next()
    assert code_of(notebook, "again").code == "E-AGAIN-LIMIT"
    notebook.shell.run_cell_magic("procedure", "total", code("sum(values) + 0"))
    notebook.verb("again")
    assert [v.number for v in notebook.library.versions("total")] == [1, 2, 3, 4]


def test_without_a_question_or_a_notebook_it_says_so(notebook: Notebook, models: Any) -> None:
    assert code_of(notebook, "again").code == "E-AGAIN-NONE"
    with pytest.raises(SeglamError, match="there is no data here") as caught:
        run("again", Office(models.open, Seglam()))
    assert caught.value.code == "E-USAGE"
