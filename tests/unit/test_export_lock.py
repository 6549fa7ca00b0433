"""`seglam.lock`: its form, where it is found, and what a question that is frozen gets from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.exporting.executing import Ran
from seglam_magics.exporting.locking import pins_of, write_lock
from seglam_magics.exporting.recording import Record
from seglam_magics.frozen import Lock, Pin, place_of, read_lock, written
from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import Reasoner, close_shared, shared
from seglam_magics.settings import load_settings
from seglam_magics.words import Answer, Options, Parameter, Question, Reuse, Revision, Template, Verdict

ASKED = "What is the total of `xs`?"
NAME = "seglam.lock"


def total(source: str = "return sum(xs)", name: str = "total") -> Revision:
    text, parameters = f"def {name}(xs):\n    {source}\n", (Parameter("xs", "list", example="xs"),)
    templates = (Template("What is the total of {xs}?"),)
    made = Revision(name, 0, "", text, parameters=parameters, templates=templates, verdict=Verdict(ok=True))
    return dataclasses.replace(made, proc_id=proc_id(text, parameters, returns="number", templates=templates))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("JPY_SESSION_NAME", "SEGLAM_LOCK", "SEGLAM_NOTEBOOK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    yield shared(load_settings())
    close_shared()


def ask(reasoner: Reasoner, text: str = ASKED, reuse: Reuse = "frozen", **names: Any) -> Answer:
    return reasoner.ask(Question(text, names or {"xs": [1, -2]}, options=Options(reuse=reuse)))


def refused(reasoner: Reasoner, text: str = ASKED, **names: Any) -> SeglamError:
    with pytest.raises(SeglamError) as error:
        ask(reasoner, text, **names)
    return error.value


def pin(revision: Revision, question: str = ASKED, notebook: str = "a.ipynb") -> None:
    Path(NAME).write_text(written(Lock(Path(NAME), {notebook: {question: Pin.of(revision)}})), encoding="utf-8")


# ---------------------------------------------------------------- what a frozen question gets


def test_the_pinned_version_answers_whatever_is_newer(reasoner):
    first = reasoner.catalogue.publish(total())
    pin(first)
    reasoner.catalogue.publish(total("return sum(map(abs, xs))"))
    assert (ask(reasoner).procedure, ask(reasoner).value) == ("total@1", -1)
    assert (ask(reasoner, reuse="auto").procedure, ask(reasoner, reuse="auto").value) == ("total@2", 3)
    assert ask(reasoner).procedure == "total@1"


def test_other_procedures_that_fit_do_not_matter(reasoner):
    pin(reasoner.catalogue.publish(total()))
    reasoner.catalogue.publish(total("return sum(map(abs, xs))", "sum_of"))
    assert ask(reasoner).value == -1
    with pytest.raises(SeglamError):  # without the lock the two disagree, and that is a miss
        ask(reasoner, reuse="cached")


def test_a_retired_version_still_reproduces(reasoner):
    pin(reasoner.catalogue.publish(total()))
    reasoner.catalogue.retire("total")
    assert ask(reasoner).value == -1


def test_without_a_lock_frozen_is_as_it_was(reasoner):
    reasoner.catalogue.publish(total())
    assert ask(reasoner).procedure == "total@1"
    assert refused(reasoner, "Which poem do `xs` recite?").code == "E-MISS-FROZEN"


def test_an_added_wording_counts_under_a_lock(reasoner):
    revision = reasoner.catalogue.publish(total())
    reasoner.catalogue.alias("total", "add up {xs}")
    pin(revision, "add up `xs`")
    assert ask(reasoner, "add up `xs`").value == -1


def test_a_question_that_is_not_in_the_lock_is_named(reasoner):
    pin(reasoner.catalogue.publish(total()))
    error = refused(reasoner, "What is the total of `ys`?", ys=[1])
    assert error.code == "E-LOCK-QUESTION"
    assert "What is the total of `ys`?" in error.says


def test_a_version_that_is_nowhere_is_named_with_its_content(reasoner):
    gone = dataclasses.replace(total(), number=3)
    pin(gone)
    error = refused(reasoner)
    assert error.code == "E-LOCK-MISSING"
    assert f"total@3 sha256:{gone.proc_id}" in error.says


def test_another_content_under_the_name_is_named_with_both(reasoner):
    here = reasoner.catalogue.publish(total("return sum(map(abs, xs))"))
    pinned = dataclasses.replace(total(), number=1)
    pin(pinned)
    error = refused(reasoner)
    assert error.code == "E-LOCK-CHANGED"
    assert pinned.proc_id in error.says
    assert here.proc_id in error.says
    assert "total@1" in error.says


def test_the_same_content_under_another_number_answers(reasoner):
    revision = reasoner.catalogue.publish(total())
    pin(dataclasses.replace(revision, number=7))
    assert ask(reasoner).procedure == "total@1"


def test_a_revoked_version_does_not_answer(reasoner):
    pin(reasoner.catalogue.publish(total()))
    assert ask(reasoner).value == -1
    reasoner.catalogue.revoke("total@1")
    error = refused(reasoner)
    assert (error.code, "revoked" in error.says) == ("E-LOCK-REFUSED", True)


def test_a_rejected_answer_does_not_come_back(reasoner):
    revision = reasoner.catalogue.publish(total())
    pin(revision)
    reasoner.catalogue.reject(ASKED, revision)
    assert refused(reasoner).code == "E-LOCK-REFUSED"


def test_a_version_that_does_not_fit_the_data_is_no_guess(reasoner):
    pin(reasoner.catalogue.publish(total()))
    error = refused(reasoner, xs=3)
    assert error.code == "E-LOCK-FIT"


def test_a_lock_that_is_written_anew_counts_at_once(reasoner):
    first = reasoner.catalogue.publish(total())
    pin(first)
    assert ask(reasoner).value == -1
    pin(reasoner.catalogue.publish(total("return 100")))
    assert ask(reasoner).value == 100


def test_a_whole_run_is_frozen_whatever_the_cell_says(reasoner, monkeypatch):
    pin(reasoner.catalogue.publish(total()))
    reasoner.catalogue.publish(total("return 100"))
    monkeypatch.setenv("SEGLAM_LOCK", NAME)
    assert ask(reasoner, reuse="fresh").value == -1
    Path(NAME).unlink()
    assert refused(reasoner).code == "E-LOCK-NONE"


# ---------------------------------------------------------------- files that are no lock

BROKEN = {
    "E-LOCK-MERGE": 'format = 1\n<<<<<<< HEAD\n["a.ipynb"]\n=======\n>>>>>>> other\n',
    "E-LOCK-NEWER": 'format = 2\n["a.ipynb"]\nwhat = {}\n',
    "not toml": "format = ",
    "no format": '["a.ipynb"]\n',
    "a truth for a format": "format = true\n",
    "no table": 'format = 1\n"a.ipynb" = 3\n',
    "no pin": 'format = 1\n["a.ipynb"]\n"how many?" = "total@0 sha256:ab"\n',
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_lock_is_a_sentence(reasoner, case):
    reasoner.catalogue.publish(total())
    text = BROKEN[case]
    Path(NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    error = refused(reasoner)
    assert error.code == (case if case.startswith("E-") else "E-LOCK-FORM")
    assert NAME in error.says
    assert "line 2" in error.says or case != "E-LOCK-MERGE"


def test_a_lock_that_is_a_folder_is_a_sentence(reasoner):
    Path(NAME).mkdir()
    assert refused(reasoner).code == "E-LOCK-READ"


# ---------------------------------------------------------------- where it is


def test_the_lock_lies_beside_the_notebook(folder, monkeypatch):
    (folder / "deep").mkdir()
    assert place_of({}).lock == folder / NAME
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "deep" / "a.ipynb"))
    assert (place_of({}).lock, place_of({}).notebook) == (folder / "deep" / NAME, "a.ipynb")
    there = place_of({"__vsc_ipynb_file__": str(folder / "b.ipynb")})
    assert (there.lock, there.notebook) == (folder / NAME, "b.ipynb")


@pytest.mark.parametrize("named", ["/no/such/folder/a.ipynb", "a-session-id", ""])
def test_a_session_that_names_no_notebook_is_its_folder(folder, monkeypatch, named):
    monkeypatch.setenv("JPY_SESSION_NAME", named)
    assert place_of({"__vsc_ipynb_file__": 3}).lock == folder / NAME


def test_two_notebooks_that_differ_are_told_apart_by_name_only():
    lock = Lock(Path(NAME), {"a.ipynb": {"q": Pin("f@1", "a" * 64)}, "b.ipynb": {"q": Pin("f@2", "b" * 64)}})
    assert lock.pin("q", "b.ipynb") == Pin("f@2", "b" * 64)
    with pytest.raises(SeglamError) as error:
        lock.pin("q")
    assert error.value.code == "E-LOCK-AMBIGUOUS"


# ---------------------------------------------------------------- writing it

TEXTS = st.text(max_size=6) | st.sampled_from(["a b", "Ёж", "\\", '"', "\n", "\x7f", "\u2028", "="])
PINS = st.builds(Pin, st.sampled_from(["total@1", "доля@20"]), st.sampled_from(["a" * 64, "0f" * 32]))
NOTEBOOKS = st.dictionaries(
    TEXTS.filter(lambda name: name != "format"), st.dictionaries(TEXTS, PINS, min_size=1, max_size=3), max_size=3
)


@given(NOTEBOOKS)
def test_what_is_written_is_read_again_and_is_the_same_bytes(tmp_path_factory, notebooks):
    path = tmp_path_factory.mktemp("lock") / NAME
    text = written(Lock(path, notebooks))
    path.write_bytes(text.encode())
    lock = read_lock(path)
    assert lock == Lock(path, notebooks)
    shuffled = {name: dict(reversed(pins.items())) for name, pins in reversed(notebooks.items())}
    assert written(Lock(path, shuffled)) == text
    assert all(len(line.splitlines()) <= 1 for line in text.split("\n"))


def test_another_notebook_keeps_its_pins_and_the_same_pins_write_nothing(folder):
    one, two = {"q": Pin("f@1", "a" * 64)}, {"r": Pin("g@2", "b" * 64)}
    assert write_lock(folder / "a.ipynb", one)
    assert write_lock(folder / "b.ipynb", two)
    before = (folder / NAME).stat()
    assert not write_lock(folder / "a.ipynb", one)
    after = (folder / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert read_lock(folder / NAME) == Lock(folder / NAME, {"a.ipynb": one, "b.ipynb": two})


def test_a_broken_lock_is_not_written_over(folder):
    (folder / NAME).write_text("<<<<<<< HEAD\n", encoding="utf-8")
    with pytest.raises(SeglamError) as error:
        write_lock(folder / "a.ipynb", {})
    assert error.value.code == "E-LOCK-MERGE"
    assert (folder / NAME).read_text(encoding="utf-8") == "<<<<<<< HEAD\n"


def test_two_versions_for_one_question_cannot_be_pinned():
    one, two = dataclasses.replace(total(), number=1), dataclasses.replace(total("return 1"), number=2)
    ran = Ran(None, {0: (Record("q", one),), 3: (Record("q", two), Record("r", None, error="E-MISS"))})
    with pytest.raises(SeglamError) as error:
        pins_of(ran)
    assert error.value.code == "E-LOCK-TWO"
    assert "cell 1" in error.value.says
    assert "cell 4" in error.value.says


def test_a_secret_of_a_question_is_one_mark_in_every_process():
    one, two = Record("rows of ‹secret:github_bcdfgh›", total()), Record("rows of ‹secret:github_zzzzzz›", total())
    assert list(pins_of(Ran(None, {0: (one,), 1: (two,)}))) == ["rows of ‹secret:github›"]
