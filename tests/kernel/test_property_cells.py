"""`%%property`: a claim of one's own is verified with the procedure and kept, or refused with its counterexample."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, close_shared, shared
from seglam_magics.settings import load_settings

pytestmark = pytest.mark.kernel
QUESTION = "What is the longest streak of values above 10 in `waits`?"
NAME = "longest_streak_above"
HOLDS = '''def never_longer_than_the_list(run, *, values, limit):
    """A streak is never longer than the list."""
    assert run(values=values, limit=limit) <= len(values)
'''
FAILS = HOLDS.replace("<= len(values)", "<= 2")
VACUOUS = HOLDS.replace("assert run(values=values, limit=limit) <= len(values)", "assert True")


@pytest.fixture(scope="module")
def reasoner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reasoner]:
    """A reasoner with one compiled procedure, on a store of its own."""
    from seglam_magics.reasoner import open_reasoner
    from seglam_magics.words import Question

    folder = tmp_path_factory.mktemp("property")
    settings = load_settings(folder)
    settings.model, settings.store = "scripted/demo", str(folder / "store")
    one = open_reasoner(settings, start=folder)
    one.ask(Question(QUESTION, {"waits": [4, 12, 15, 11, 3]}))
    yield one
    one.close()


def refused(reasoner: Reasoner, source: str, code: str) -> SeglamError:
    before = reasoner.library.head(NAME)
    with pytest.raises(SeglamError) as caught:
        reasoner.claim(NAME, source)
    assert caught.value.code == code, caught.value
    assert reasoner.library.head(NAME) == before
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1",
        "def f(run, *, values, limit)",
        "def f(run): assert run()",
        "def f(run, *, limit, values): pass",
        "def f(values, *, limit): pass",
        "async def f(run, *, values, limit): pass",
        HOLDS + HOLDS.replace("never", "not"),
        "class f: pass",
        "(" * 5000,
        "def f(run, *, values, limit):\n    assert '\x00'",
    ],
)
def test_what_is_no_property_says_how_one_is_written(reasoner: Reasoner, source: str) -> None:
    assert "def NAME(run, *, values, limit)" in refused(reasoner, source, "E-PROPERTY-FORM").hint


def test_one_that_does_not_hold_is_refused_with_a_call_that_shows_it(reasoner: Reasoner) -> None:
    said = refused(reasoner, FAILS, "E-PROCEDURE-UNVERIFIED").says
    assert "never_longer_than_the_list" in said
    assert "values=" in said


def test_one_that_says_nothing_is_refused(reasoner: Reasoner) -> None:
    said = refused(reasoner, VACUOUS, "E-PROCEDURE-UNVERIFIED").says
    assert "it also holds for a procedure that always returns the same" in said


@pytest.mark.parametrize("line", ["import os", "open('x')", "__import__('os')"])
def test_one_that_does_what_no_procedure_may_is_refused(reasoner: Reasoner, line: str) -> None:
    before = reasoner.library.head(NAME)
    with pytest.raises(SeglamError) as caught:
        reasoner.claim(NAME, HOLDS.replace("    assert", f"    {line}\n    assert"))
    assert caught.value.code.startswith("E-EFFECT"), caught.value
    assert reasoner.library.head(NAME) == before


def test_an_unknown_procedure_is_named(reasoner: Reasoner) -> None:
    with pytest.raises(SeglamError, match="E-PROCEDURE-UNKNOWN"):
        reasoner.claim("no_such_thing", HOLDS)


def test_one_that_holds_is_the_next_version_and_stays_with_it(reasoner: Reasoner) -> None:
    old = reasoner.library.head(NAME)
    assert old is not None
    made = reasoner.claim(NAME, HOLDS)
    assert (made.number, made.source, made.author, made.parent) == (old.number + 1, old.source, "human", old.proc_id)
    assert made.properties[:-1] == old.properties
    assert made.properties[-1].claim == "A streak is never longer than the list."
    assert [check.ok for check in made.verdict.checks if "never_longer" in check.name] == [True]
    assert reasoner.claim(NAME, HOLDS) == made  # said twice it is the same version
    again = reasoner.claim(NAME, HOLDS.replace("A streak is never longer", "It is never longer"))
    assert [p.name for p in again.properties] == [p.name for p in made.properties]


def test_the_cell_shows_what_was_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.environ["SEGLAM_MODEL"] = "scripted/demo"
    shell: Any = InteractiveShell.instance()
    try:
        shell.run_cell("%load_ext seglam\nwaits = [4, 12, 15]")
        shell.run_cell(f"%%reason\n{QUESTION}").raise_error()
        shell.run_cell(f"%%property {NAME}\n{HOLDS}").raise_error()
        said = capsys.readouterr().out
        assert f"stored {NAME} v2 · by hand" in said
        assert "never_longer_than_the_list" in said
        result = shell.run_cell("%%property two names\nx")
        assert result.error_in_exec.code == "E-USAGE"
        assert shared().library.head(NAME).number == 2
    finally:
        shell.run_cell("%unload_ext seglam")
        InteractiveShell.clear_instance()
        close_shared()
        del os.environ["SEGLAM_MODEL"]
