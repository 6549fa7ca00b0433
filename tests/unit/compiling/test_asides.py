"""What a question leaves open is put to its user; the answer belongs to the question, a default is taken and said."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from seglam_magics.compiler.asides import LONGEST, MOST, Asides, Open, left_open
from seglam_magics.compiler.gateway import Target
from seglam_magics.compiler.ledger import Ledger, Order
from seglam_magics.compiler.reply import parse
from seglam_magics.words import Answer, Options, Question

ASKED = "What is the total `amount`?"
WHICH, DEFAULT, OTHER = "Which `amount`, of orders or of refunds?", "that of orders", "that of refunds"
SAID = f"({WHICH} {OTHER})"
ORDERS, REFUNDS = pl.DataFrame({"amount": [10, 20]}), pl.DataFrame({"amount": [1, 2]})
BOTH = {"orders": ORDERS, "refunds": REFUNDS}


def reply(frame: str, more: str = "", **changes: Any) -> dict[str, Any]:
    name = f"total_of_{frame}"
    return {
        "name": name,
        "summary": "",
        "parameters": [
            {"name": "frame", "type": "frame", "example": frame},
            {"name": "value", "type": "column", "domain": {"dtype": "number"}, "example": "amount"},
        ],
        "templates": [{"lang": "en", "text": "What is the total {value}?" + more}],
        "code": f"def {name}(frame, *, value):\n    return frame.select(nw.col(value).sum().alias('total'))\n",
        "returns": "number",
        "examples": [{"arguments": json.dumps({"frame": {"x": [1, 2]}, "value": "x"}), "result": "3"}],
        "properties": [],
        **changes,
    }


OPEN = [{"question": WHICH, "taken": DEFAULT}]
NAMED = " (Which {value}, of orders or of refunds? that of {frame})"


@pytest.fixture
def model(models: Any) -> str:
    """Both tables have the column: no wording of the plain question says which is meant."""
    models.says("author", ASKED, reply("orders", open_questions=OPEN))
    models.says("author", f"{ASKED} ({WHICH} {DEFAULT})", reply("orders", NAMED))
    return str(models.says("author", f"{ASKED} {SAID}", reply("refunds", NAMED)))


class Person:
    """Answers what is asked, and remembers it."""

    def __init__(self, *says: str | None) -> None:
        self.says = list(says)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, question: str, default: str) -> str | None:
        self.asked.append((question, default))
        return self.says.pop(0)


def asked(reasoner: Any, text: str = ASKED, **options: Any) -> Answer:
    chosen = Options(**{"ask": True, **options})
    answer: Answer = reasoner.ask(Question(text, BOTH, options=chosen))
    return answer


def test_s14_the_question_is_shown_and_the_answer_becomes_part_of_the_key(models: Any, model: str) -> None:
    reasoner = models.open(model=model)
    reasoner.asker = person = Person(OTHER)
    answer = asked(reasoner)
    assert person.asked == [(WHICH, DEFAULT)]
    assert (answer.value, answer.question, answer.notes) == (3, f"{ASKED} {SAID}", ())
    other = models.open(model=model)
    hit = asked(other, f"{ASKED}\n{SAID}")
    assert (hit.hit, hit.value) == (True, 3)
    other.asker = person = Person("")
    plain = asked(other)
    assert (plain.hit, plain.value, person.asked) == (False, 30, [(WHICH, DEFAULT)])


@pytest.mark.parametrize("said", ["", DEFAULT, DEFAULT.upper()])
def test_s14_a_default_that_was_chosen_needs_no_note(models: Any, model: str, said: str) -> None:
    reasoner = models.open(model=model)
    reasoner.asker = Person(said)
    answer = asked(reasoner)
    assert (answer.value, answer.notes) == (30, ())
    assert answer.question == f"{ASKED} ({WHICH} {DEFAULT})", "without it the question cannot be read"


NOBODY: list[Any] = [
    pytest.param(Person(), {}, {"ask": False}, id="--no-ask"),
    pytest.param(Person(), {"ask": False}, {}, id="setting"),
    pytest.param(None, {}, {}, id="nobody"),
    pytest.param(lambda _question, _default: None, {}, {}, id="no input"),
]


@pytest.mark.parametrize(("asker", "settings", "options"), NOBODY)
def test_s14_where_nobody_is_asked_the_default_is_taken_and_said(
    models: Any, model: str, asker: Any, settings: dict[str, Any], options: dict[str, Any]
) -> None:
    reasoner = models.open(model=model, **settings)
    reasoner.asker = asker
    answer = asked(reasoner, **options)
    assert answer.value == 30
    assert [WHICH in note and DEFAULT in note for note in answer.notes] == [True]
    assert asked(reasoner, f"{ASKED} ({WHICH} {DEFAULT})", **options).hit


@pytest.mark.parametrize(("asker", "settings", "options"), NOBODY)
def test_a_default_the_question_can_do_without_leaves_it_as_it_was(
    models: Any, asker: Any, settings: dict[str, Any], options: dict[str, Any]
) -> None:
    text = "What is the total `amount` of orders?"
    open_ = [{"question": "With the refunds?", "taken": "without them"}]
    templates = [{"lang": "en", "text": "What is the total {value} of {frame}?"}]
    model = models.says("author", text, reply("orders", open_questions=open_, templates=templates))
    reasoner = models.open(model=model, **settings)
    reasoner.asker = asker
    answer = asked(reasoner, text, **options)
    assert (answer.value, answer.question, answer.usage.calls) == (30, text, 1)
    assert [note for note in answer.notes if "without them" in note]
    assert asked(reasoner, text, **options).hit


def test_a_person_who_interrupts_the_question_stops_the_run(models: Any, model: str, ask: Any) -> None:
    reasoner = models.open(model=model)

    def interrupts(_question: str, _default: str) -> str:
        raise KeyboardInterrupt

    reasoner.asker = interrupts
    with pytest.raises(Exception, match="E-STOPPED"):
        asked(reasoner)
    assert not reasoner.library.names()


def test_the_time_a_person_takes_is_not_the_budgets() -> None:
    def slowly(_question: str, _default: str) -> str:
        time.sleep(0.05)
        return ""

    ledger = Ledger(Order(Target("m"), seconds=10.0), time.monotonic() + 10.0)
    before = ledger.left()
    Asides(slowly, lambda seconds: ledger.waited(100 * seconds)).put((Open(WHICH, DEFAULT),))
    assert ledger.left() > before + 4


def test_no_more_than_two_are_asked_and_only_with_a_default(models: Any) -> None:
    text = "What is the total `amount` of orders?"
    many = [{"question": f"Which of {n}?", "taken": "" if n == 1 else f"number {n}"} for n in range(5)]
    templates = [{"lang": "en", "text": "What is the total {value} of {frame}?"}]
    said = reply("orders", open_questions=["And why?", *many], templates=templates)
    reasoner = models.open(model=models.says("author", text, said))
    reasoner.asker = person = Person("", "")
    assert asked(reasoner, text).value == 30
    assert person.asked == [("Which of 0?", "number 0"), ("Which of 2?", "number 2")]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=6))
def test_what_is_shown_of_it_is_short_and_on_one_line(said: list[tuple[str, str]]) -> None:
    body = reply("orders", open_questions=[{"question": one, "taken": other} for one, other in said])
    found = left_open(parse(json.dumps(body)))
    assert len(found) <= MOST
    for one in found:
        for text in (one.question, one.default):
            assert 0 < len(text) <= LONGEST
            assert text.isprintable()


def test_a_secret_is_not_added_to_a_question(models: Any, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "shop-0123456789")
    asides = Asides(Person("that of shop-0123456789"), lambda _seconds: None)
    said = asides.put((Open(WHICH, DEFAULT),))
    assert said == (f"({WHICH} that of ‹secret:SHOP_TOKEN›)",)


# ---------------------------------------------------------------- in a notebook


@pytest.fixture
def shell(models: Any, model: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    for name, value in {"MODEL": model, "CASES": "10", "MERGE": "off", "STARTER": "false"}.items():
        monkeypatch.setenv(f"SEGLAM_{name}", value)
    made = InteractiveShell()
    made.user_ns |= BOTH
    made.run_line_magic("load_ext", "seglam")
    yield made
    made.run_line_magic("unload_ext", "seglam")


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    shown: list[str] = []
    waiting = list(lines)

    def read(prompt: str = "") -> str:
        shown.append(prompt)
        return waiting.pop(0)

    monkeypatch.setattr("builtins.input", read)
    return shown


def test_s14_a_cell_asks_in_one_line(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = typed(monkeypatch, OTHER)
    view = shell.run_cell_magic("reason", "", ASKED)
    assert shown == [f"{WHICH} [{DEFAULT}] "]
    assert view.value == 3


@pytest.mark.parametrize("options", ["--no-ask", ""])
def test_s14_a_cell_that_cannot_ask_says_what_it_took(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: str
) -> None:
    shown = typed(monkeypatch)

    def nobody(_prompt: str = "") -> str:
        raise EOFError

    if not options:
        monkeypatch.setattr("builtins.input", nobody)
    view = shell.run_cell_magic("reason", options, ASKED)
    assert (shown, view.value) == ([], 30)
    assert f"{WHICH} — taken: {DEFAULT}" in capsys.readouterr().out
