"""An update is taken or found out: by what the user asserts, by what the reply claims, by how old and new behave."""

from __future__ import annotations

import dataclasses
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from seglam_magics import runs
from seglam_magics.compiler.reply import Reply, strict_schema
from seglam_magics.compiler.request import build, prompt
from seglam_magics.compiler.taking import Judging, found_out, holds, kept
from seglam_magics.courses import with_updates
from seglam_magics.errors import SeglamError
from seglam_magics.thinking.control import Live, control, listen, sound_update
from seglam_magics.thinking.detectors import self_doubt
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Binding, Onward, Parameter, Property, Question, Reading, Revision, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Thinker

    from seglam_magics.reasoner import Reasoner
    from seglam_magics.words import Answer

CLAIMED = [{"input": '{"numbers": [1, 2, 3]}', "before": "6", "after": "5"}]


def updated(thinker: Thinker, reasoner: Reasoner, check: str = "", text: str = "", **options: Any) -> Answer:
    """The answer of a run that is told the update while it thinks."""
    thread = thinker.meanwhile(lambda _run: control("update", text=text or thinker.UPDATE, check=check))
    try:
        return reasoner.ask(thinker.asked(**options))
    finally:
        thread.join()


def tell(thinker: Thinker, name: str = "told", question: str = "", **reply: Any) -> None:
    asked = question or f"{thinker.QUESTION} {thinker.UPDATE}"
    thinker.write(name, {"question": asked, "reply": {**thinker.told, **reply}})


def before_it(thinker: Thinker) -> dict[str, Any]:
    """The code from before the update, under the name of the new one."""
    return {"code": thinker.whole["reply"]["code"].replace("total_of", "total_from_two"), "examples": []}


# ---------------------------------------------------------------- over real HTTP


def test_a12_a_reply_that_claims_to_have_taken_the_update_is_found_out(thinker: Thinker) -> None:
    tell(thinker, **before_it(thinker), summary="The update is taken.", update_checks=CLAIMED)
    reasoner = thinker.open()
    reasoner.ask(thinker.asked())  # what stands before the update
    with pytest.raises(SeglamError) as caught:
        updated(thinker, reasoner, reuse="fresh")
    assert caught.value.code == "E-UPDATE-IGNORED"
    assert "changed nothing" in caught.value.says
    run = runs.known(reasoner.log, str(caught.value.facts["run"]))[0]
    assert (run.state, runs.can_go_on(run)) == ("stopped", True)
    assert [flag["name"] for flag in run.flags] == ["self-doubt", "self-doubt"]
    assert [run.fate(said) for said in run.waiting or run.said if said.op == "update"] == ["ignored"]
    assert run.before == run.candidate == thinker.whole["reply"]["code"]  # both attempts, each without the update
    assert [call["recording"] for call in thinker.calls()] == ["first", "first", "told", "told"]
    again = thinker.sent()
    assert [message["role"] for message in again] == ["system", "user"]  # from the start
    assert again[1]["content"].count(thinker.UPDATE) == 1  # merged into the question, and said once
    assert reasoner.library.names() == ("total_of",)


def test_an_update_that_is_taken_is_checked_and_its_procedure_says_where_it_comes_from(thinker: Thinker) -> None:
    tell(thinker, update_checks=CLAIMED)
    reasoner = thinker.open()
    reasoner.ask(thinker.asked())
    answer = updated(thinker, reasoner, check="result == 5", reuse="fresh")
    assert answer.value == 5
    origin = answer.revision.provenance
    assert (origin["interrupted"], origin["level"], origin["rev"]) == (True, 3, 2)
    assert [(e["op"], e["text"], e["check"]) for e in origin["events"]] == [("update", thinker.UPDATE, "result == 5")]
    assert origin["detectors"] == []
    assert answer.revision.verdict is not None
    assert "asserted result == 5" in [check.name for check in answer.revision.verdict.checks]
    (run,) = runs.known(reasoner.log, origin["run"])
    assert [run.fate(said) for said in run.said] == ["checked"]


def test_what_holds_for_all_inputs_is_kept_among_the_properties(thinker: Thinker) -> None:
    tell(thinker, properties=[thinker.whole["reply"]["properties"][1]])
    answer = updated(thinker, thinker.open(), check="result >= 0")
    asserted = [p for p in answer.revision.properties if p.name.startswith("asserted")]
    assert [p.claim for p in asserted] == ["you asserted it of the result: result >= 0"]
    assert thinker.open().ask(thinker.asked(text=with_updates(thinker.QUESTION, [thinker.UPDATE]))).hit


def test_what_was_asserted_and_does_not_hold_is_told_and_asked_once_more(thinker: Thinker) -> None:
    check = "result == 5 and result != 6 and 0 < result < 100"
    tell(thinker, **before_it(thinker))
    mended = f"Of the result for my data this has to hold: {check}"
    tell(thinker, "mended", question=mended)
    reasoner = thinker.open()
    answer = updated(thinker, reasoner, check=check)
    assert answer.value == 5
    assert [call["recording"] for call in thinker.calls()] == ["first", "told", "mended"]
    assert any("what you asserted does not hold" in note for note in answer.notes)
    assert answer.revision.provenance["level"] == 0


def test_a13_an_update_that_changes_nothing_is_said_to_change_nothing(thinker: Thinker) -> None:
    tell(thinker, **before_it(thinker), changes_nothing=True, update_checks=[])
    reasoner = thinker.open()
    reasoner.ask(thinker.asked())
    answer = updated(thinker, reasoner, reuse="fresh")
    assert answer.value == 6
    assert any("changes nothing" in note for note in answer.notes)
    assert answer.revision.provenance["detectors"] == []


def test_an_update_while_it_is_verified_corrects_what_was_verified(thinker: Thinker) -> None:
    reasoner = thinker.open()
    said = threading.Event()

    def listener(live: Live) -> None:
        if live.run.state == "verifying" and not said.is_set():
            said.set()
            control("update", text=thinker.UPDATE)

    deaf = listen(listener)
    try:
        answer = reasoner.ask(thinker.asked())
    finally:
        deaf()
    assert (answer.value, answer.procedure) == (5, "total_of@2")
    assert answer.corrects is not None
    assert (answer.corrects.label, "number >= 2" in answer.corrects.source) == ("total_of@1", False)
    assert reasoner.library.names() == ("total_of",)


def test_an_update_after_the_answer_corrects_its_procedure(thinker: Thinker) -> None:
    reasoner = thinker.open()
    first = reasoner.ask(thinker.asked())
    run = first.revision.provenance["run"]
    text = with_updates(thinker.QUESTION, [thinker.UPDATE])
    answer = reasoner.ask(thinker.asked(Onward(run, "update", ((thinker.UPDATE, ""),)), text))
    assert (answer.value, answer.procedure) == (5, "total_of@2")
    assert answer.corrects is not None
    assert answer.corrects.label == "total_of@1"
    assert runs.to_go_on(reasoner.log, correct=True).id == run
    with pytest.raises(SeglamError, match="E-THOUGHT-OVER"):
        runs.to_go_on(reasoner.log, run)


def test_a_procedure_made_under_an_interrupt_is_provisional_until_it_answers_for_other_data(thinker: Thinker) -> None:
    reasoner = thinker.open()
    answer = updated(thinker, reasoner)
    assert reasoner.catalogue.provisional(answer.revision)
    assert any("is provisional" in note for note in answer.notes)
    text = with_updates(thinker.QUESTION, [thinker.UPDATE])
    same = reasoner.ask(thinker.asked(text=text))
    assert same.hit
    assert any("is provisional" in note for note in same.notes)
    other = reasoner.ask(Question(text, {"numbers": [5, 6, 7, 8]}))
    assert (other.hit, other.value, other.notes) == (True, 26, ())
    assert not thinker.open().catalogue.provisional(answer.revision)


def test_a_person_may_accept_what_is_provisional(thinker: Thinker) -> None:
    reasoner = thinker.open()
    answer = updated(thinker, reasoner)
    reasoner.catalogue.accept(answer.revision)
    assert not reasoner.catalogue.provisional(answer.revision)
    assert not thinker.open().catalogue.provisional(answer.revision)


def test_other_requests_are_not_changed_by_what_is_asked_of_updates() -> None:
    whole = strict_schema()
    told = strict_schema(updated=True)
    assert set(told["properties"]) - set(whole["properties"]) == {"update_checks", "changes_nothing"}
    assert "UpdatePart" not in json.dumps(whole)
    assert prompt("update.md").strip()[:9] == "# Updates"


# ---------------------------------------------------------------- what is found out

LIST = Parameter("xs", "list", domain={"items": "int"}, example="xs")
SUM = Revision("f", 1, "", "def f(*, xs):\n    return sum(x or 0 for x in xs)\n", parameters=(LIST,))
BINDING = {"xs": Binding("xs", "xs", "variable")}


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    made = ChildExecutor()
    yield made
    made.close()


def judging(
    executor: ChildExecutor, new: str, old: str | None, checks: tuple[str, ...] = (), update: str = ""
) -> Judging:
    from seglam_magics.compiler.request import Task

    question = Question("the total of `xs`", {"xs": [1, 2, 3]})
    task = Task(question, Reading(question.text), {"xs": Variable("xs", "list", rows=3)})
    before = (dataclasses.replace(SUM, source=old), BINDING) if old is not None else None
    known = dataclasses.replace(SUM, source=new), BINDING
    return Judging(known, before, task, checks, (update,) if update else (), executor, 10.0)


def reply(**more: Any) -> Reply:
    return Reply(name="f", parameters=[], templates=[{"text": "x"}], code="", returns="number", **more)


OLD = SUM.source
EVEN = "def f(*, xs):\n    return sum(x for x in xs if x is not None and x % 2 == 0)\n"
REWRITTEN = "def f(*, xs):\n    total = 0\n    for x in xs:\n        total += x or 0\n    return total\n"
LARGE = "def f(*, xs):\n    return sum(x for x in xs if x is not None and x > -1000)\n"


@pytest.mark.parametrize(
    ("new", "old", "differs"),
    [(EVEN, OLD, True), (REWRITTEN, OLD, False), (LARGE, OLD, True), (OLD, None, None), (EVEN, "def f(", None)],
    ids=["live", "nowhere", "elsewhere", "no before", "no code before"],
)
def test_behaviour_is_compared_on_live_data_and_on_made_up_inputs(
    executor: ChildExecutor, new: str, old: str | None, differs: bool | None
) -> None:
    found = found_out(judging(executor, new, old), reply())
    assert found.differs in ({differs, True} if old == "def f(" else {differs})


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        ({"input": '{"xs": [1, 2]}', "before": "3", "after": "2"}, True),
        ({"input": '{"xs": [1, 2]}', "before": "3", "after": "7"}, False),
        ({"input": '{"xs": [2]}', "before": "1", "after": "2"}, False),  # before gives it as well
        ({"input": '{"xs": [1, 2]}', "before": "2", "after": "2"}, False),
        ({"input": "nonsense", "before": "3", "after": "2"}, False),
        ({"input": "[1]", "before": "3", "after": "2"}, False),
    ],
)
def test_what_a_reply_claims_of_an_update_is_run(executor: ChildExecutor, claim: dict[str, str], held: bool) -> None:
    assert found_out(judging(executor, EVEN, OLD), reply(update_checks=[claim])).checks == [held]


@pytest.mark.parametrize(
    ("update", "missing"),
    [
        ("only multiples of 2", []),
        ("only those over 250", ["250"]),
        ("leave out `refunds`", ["refunds"]),
        ("nothing is named here", []),
    ],
)
def test_numbers_and_names_of_an_update_are_looked_for(
    executor: ChildExecutor, update: str, missing: list[str]
) -> None:
    found = found_out(judging(executor, EVEN, None, update=update), reply())
    assert list(found.missing) == missing
    assert (self_doubt(found) is not None) == bool(missing)


@pytest.mark.parametrize(
    ("check", "held"),
    [
        ("result == 6", True),
        ("result == 5", False),
        ("result['total'] == 6", False),
        ("result / 0", False),
        ("open('/etc/passwd')", False),
        ("[r for r in [result] if r > 3]", True),
        ("(lambda: [0 for _ in iter(int, 1)])() or result", False),
    ],
    ids=["holds", "fails", "no such key", "error", "file", "comprehension", "endless"],
)
def test_what_a_user_asserts_is_run_in_the_sandbox(executor: ChildExecutor, check: str, held: bool) -> None:
    assert holds(check, 6, executor, 1.0) == held


@pytest.mark.parametrize("check", ["result ==", "x > 3", "result > 0; 1", "import os", "", "1" * 100_000 + "("])
def test_a_check_that_cannot_be_one_is_refused_when_it_is_said(check: str) -> None:
    with pytest.raises(SeglamError) as caught:
        sound_update("", check)
    assert caught.value.code in ("E-UPDATE-CHECK", "E-UPDATE-EMPTY")


def test_what_the_lint_refuses_is_no_property(executor: ChildExecutor) -> None:
    claim = Property("sum_of_two", "c", "def sum_of_two(run, *, xs):\n    assert run(xs=[1, 2]) == 3\n")
    verified = dataclasses.replace(SUM, properties=(claim,), verdict=executor.verify(SUM))
    found = kept(verified, ["open('x') or result"], executor, cases=10, seconds=10.0)
    assert found.properties == (claim,)


def test_the_prompt_asks_for_checks_only_where_there_was_an_update() -> None:
    from seglam_magics.compiler.modes import usual
    from seglam_magics.compiler.request import Task

    question = Question("the total of `xs`")
    task = Task(question, Reading(question.text), {})
    plain, told = (build(dataclasses.replace(task, updated=u), usual(), None) for u in (False, True))
    assert "update_checks" not in json.dumps([plain.messages, plain.schema])
    assert "update_checks" in told.messages[0]["content"]
    assert "update_checks" in told.schema["properties"]
