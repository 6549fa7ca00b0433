"""What is written by hand goes the way of what a model writes: refused by the same rules, and nothing is stored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from seglam_magics import scripted
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.words import Question

FAULTS = Path(__file__).parent.parent / "scripted" / "faults"
ASK = "What is the total of `numbers` after a repair?"
HEAD = "def total_of(*, numbers):\n"
BAD = {
    "an import": ("import os\n" + HEAD + "    os.system('id')\n    return sum(numbers)", "E-EFFECT-IMPORT"),
    "a late import": (HEAD + "    import subprocess\n    return sum(numbers)", "E-EFFECT-IMPORT"),
    "code at run time": (HEAD + "    return __import__('os').system('id')", "E-EFFECT-DYNAMIC"),
    "a way out": (HEAD + "    return ().__class__.__mro__[1].__subclasses__()", "E-EFFECT-INTROSPECT"),
    "a file": (HEAD + "    open('x', 'w')\n    return sum(numbers)", "E-EFFECT-FS"),
    "the clock": ("from datetime import datetime\n" + HEAD + "    return datetime.now().year", "E-EFFECT-CLOCK"),
    "chance": ("import random\n" + HEAD + "    return random.choice(numbers)", "E-EFFECT-RANDOM"),
    "its input": (HEAD + "    numbers.append(1)\n    return sum(numbers)", "E-EFFECT-MUTATE"),
    "state": ("SEEN = []\n" + HEAD + "    SEEN.append(1)\n    return sum(numbers)", "E-EFFECT-STATE"),
    "another name's looks": (HEAD + "    numbеrs = 1\n    return sum(numbers)", "E-EFFECT-CHARACTERS"),
    "what is unseen": (HEAD + "    return sum(numbers)  # \u202e", "E-EFFECT-CHARACTERS"),
    "too much": (HEAD + "    return sum(numbers)\n#" + "x" * 70_000, "E-EFFECT-SIZE"),
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seglam]:
    monkeypatch.setenv("SEGLAM_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    scripted.stop(str(FAULTS))
    yield Seglam(model=f"scripted/{FAULTS}", store=str(tmp_path / "store"), cases=25, timeout=60.0)
    scripted.stop(str(FAULTS))


@pytest.fixture
def reasoner(settings: Seglam) -> Iterator[Reasoner]:
    one = open_reasoner(settings)
    yield one
    one.close()


def test_a_hand_edit_is_refused_and_nothing_is_stored(reasoner: Reasoner, tmp_path: Path) -> None:
    space = {"numbers": [1, 2, 3]}
    assert reasoner.ask(Question(ASK, space)).value == 6
    head, events = reasoner.library.head("total_of"), len(tuple(reasoner.log.snapshot()))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    for what, (source, code) in BAD.items():
        with pytest.raises(SeglamError) as caught:
            reasoner.revise("total_of", source)
        assert caught.value.code == code, what
        assert caught.value.hint, what
        assert len(str(caught.value).splitlines()) == 2, what
    assert reasoner.library.head("total_of") == head
    assert len(tuple(reasoner.log.snapshot())) == events
    assert space == {"numbers": [1, 2, 3]}
    assert {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} == environment
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config", "store"]
    assert reasoner.ask(Question(ASK, space)).hit


def test_a_cell_of_a_notebook_is_refused_alike(
    settings: Seglam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = open_reasoner(settings)
    assert one.ask(Question(ASK, {"numbers": [1, 2, 3]})).value == 6
    one.close()
    monkeypatch.setenv("SEGLAM_STORE", str(tmp_path / "store"))
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "seglam")
    try:
        result = shell.run_cell("%%procedure total_of\n" + BAD["an import"][0])
        assert isinstance(result.error_in_exec, SeglamError)
        assert "E-EFFECT-IMPORT: line 1: uses module os (runs processes)" in str(result.error_in_exec)
    finally:
        shell.run_line_magic("unload_ext", "seglam")
        capsys.readouterr()
    again = open_reasoner(settings)
    assert again.library.head("total_of").number == 1
    again.close()
