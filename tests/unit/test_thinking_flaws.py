"""What interrupted models do wrong, over real HTTP: it is noticed and told, and something is done about it."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics import runs
from seglam_magics.errors import SeglamError
from seglam_magics.thinking.control import control
from seglam_magics.thinking.detectors import Taken, Usual, bounds, cut_thought, leakage, panic, self_doubt, unwrapped
from seglam_magics.thinking.run import Run

if TYPE_CHECKING:
    from conftest import Thinker

    from seglam_magics.reasoner import Reasoner
    from seglam_magics.words import Answer

WAIT = "Wait, perhaps the mean was meant, let me look at the rows once more before I write. "


def reply_to(thinker: Thinker, **more: Any) -> dict[str, Any]:
    return {**thinker.whole["reply"], **more}


def test_a11_comments_that_fill_the_code_are_thinking_and_the_code_is_stored_without_them(thinker: Thinker) -> None:
    code = thinker.whole["reply"]["code"]
    head, body = code.splitlines()
    leaky = "\n".join([head, *(f"    # {WAIT}" for _ in range(44_000 // len(WAIT))), body, ""])
    assert len(leaky) > 44_000
    thinker.write("first", {"question": thinker.QUESTION, "reply": reply_to(thinker, code=leaky), "chunk": 4_000})
    reasoner = thinker.open()
    answer = reasoner.ask(thinker.asked())
    assert answer.value == 6
    assert answer.revision.source.strip() == ast.unparse(ast.parse(code))
    assert answer.revision.verdict is not None
    assert answer.revision.verdict.ok
    (run,) = runs.known(reasoner.log)
    assert run.thinking.count(WAIT.strip()) > 400
    (flag,) = answer.revision.provenance["detectors"]
    assert (flag["name"], flag["figures"]["comment_share"] > 0.9) == ("leakage", True)
    assert any("% of the code are comments" in note for note in answer.notes)
    assert answer.usage.tokens_out > 10_000  # what it cost, the leak included


def test_prose_before_the_reply_is_thinking_and_no_failure(thinker: Thinker) -> None:
    raw = WAIT * 20 + "\n```json\n" + json.dumps(thinker.whole["reply"]) + "\n```"
    thinker.write("first", {"question": thinker.QUESTION, "raw": raw, "chunk": 400})
    reasoner = thinker.open()
    answer = reasoner.ask(thinker.asked())
    assert answer.value == 6
    assert thinker.ends() == ["done"]  # not asked again
    assert [flag["name"] for flag in answer.revision.provenance["detectors"]] == ["leakage"]
    (run,) = runs.known(reasoner.log)
    assert WAIT.strip() in run.thinking


def hurried(thinker: Thinker, reasoner: Reasoner, **reply: Any) -> Answer:
    """The answer of a run that is told to answer at once, with an update; it thinks not one thought more."""
    told = {**thinker.told, **reply}
    thinker.write("told", {"question": f"{thinker.QUESTION} {thinker.UPDATE}", "reply": told})

    def say(_run: Run) -> None:
        control("update", text=thinker.UPDATE)
        control("answer")

    thread = thinker.meanwhile(say)
    try:
        return reasoner.ask(thinker.asked())
    finally:
        thread.join()


def test_a_hurried_model_whose_procedure_fails_is_asked_once_more_to_keep_what_is_needed(thinker: Thinker) -> None:
    reasoner = thinker.open(repair=False)
    with pytest.raises(SeglamError, match="E-VERIFY"):
        hurried(thinker, reasoner, code="def total_from_two(*, numbers):\n    raise NotImplementedError\n")
    (run,) = runs.known(reasoner.log)
    assert [flag["name"] for flag in run.flags] == ["panic", "panic"]
    assert [said.op for said in run.said] == ["update", "answer", "hurry"]  # once more, and no third time
    assert [call["recording"] for call in thinker.calls()] == ["first", "told", "told"]
    assert (run.state, "NotImplementedError" in run.candidate) == ("failed", True)  # what there is, is kept


def test_so_is_one_whose_procedure_verifies_and_promises_little(thinker: Thinker) -> None:
    reasoner = thinker.open()
    for _ in range(3):
        usual = Run("r0", "q", model=thinker.model, tokens_thinking=900, tokens_answer=500, properties=4)
        runs.finished(reasoner.log, usual)
    answer = hurried(thinker, reasoner, properties=[thinker.whole["reply"]["properties"][1]])
    assert answer.value == 5
    assert any("it states few properties" in note for note in answer.notes)
    assert [call["recording"] for call in thinker.calls()] == ["first", "told", "told"]
    origin = answer.revision.provenance
    assert {flag["name"] for flag in origin["detectors"]} == {"panic"}
    assert [event["op"] for event in origin["events"]] == ["update", "answer", "hurry"]


def test_thinking_that_was_cut_off_is_a_budget_and_no_answer(thinker: Thinker) -> None:
    cut = thinker.THOUGHT[:777]
    thinker.write("first", {"question": thinker.QUESTION, "raw": "", "reasoning": cut, "truncate_after": 0})
    reasoner = thinker.open()
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked())
    (run,) = runs.known(reasoner.log)
    assert caught.value.code == "E-BUDGET-CUT"
    assert f"%seglam resume {run.id}" in caught.value.hint
    assert (run.state, runs.can_go_on(run), run.thinking) == ("budget", True, cut)
    assert thinker.ends() == ["done"]  # no retry


# ---------------------------------------------------------------- ground truth, built

USUAL = Usual(thinking=4_000, answer=400, properties=4)
CODE = "def f(*, xs, k):\n    best = sorted(xs, reverse=True)\n    return best[:k]\n"
SENTENCE = "so the rows are looked at once more "


def answer_of(code: str) -> str:
    return json.dumps({"code": code, "properties": ["p"] * 4})


@st.composite
def leaks(draw: st.DrawFn) -> tuple[str, str, int]:
    """An answer with thinking in it, in one of the forms it has."""
    form = draw(st.sampled_from(["comments", "prose", "marker", "length"]))
    words = SENTENCE * draw(st.integers(30, 80))
    if form == "comments":
        code = CODE.replace("\n", f"\n    # {words}\n", 1)
        return answer_of(code), code, 500
    if form == "prose":
        return f"{words}\n{answer_of(CODE)}", CODE, 500
    if form == "marker":
        return answer_of(CODE) + draw(st.sampled_from(bounds()["leakage"]["markers"])), CODE, 500
    return answer_of(CODE), CODE, draw(st.integers(1_200, 50_000))


@given(leaks())
def test_a10_every_leak_is_found(leak: tuple[str, str, int]) -> None:
    assert leakage(*leak, USUAL) is not None


@given(st.integers(1, 1_199), st.integers(0, 15), st.sampled_from(["", "Here it is: ", "```json\n"]))
def test_a10_no_answer_of_a_usual_length_is_a_leak(tokens: int, words: int, opening: str) -> None:
    code = CODE.replace("\n", f"\n    # {'because ' * words}\n", 1)
    assert leakage(opening + answer_of(code), code, tokens, USUAL) is None


@given(st.integers(500, 20_000), st.floats(0, 0.0199), st.sampled_from(["pass", "...", "raise NotImplementedError"]))
def test_a10_every_panic_is_found(before: int, share: float, body: str) -> None:
    code = f"def f(*, xs, k):\n    {body}\n"
    assert panic(before, int(before * share), code, verified=False, properties=0, usual=USUAL) is not None
    assert panic(before, int(before * share), code, verified=True, properties=4, usual=USUAL) is not None


@given(st.integers(500, 20_000), st.floats(0, 1), st.integers(2, 9))
def test_a10_a_short_way_to_a_whole_procedure_is_no_panic(before: int, share: float, properties: int) -> None:
    assert panic(before, int(before * share), CODE, verified=True, properties=properties, usual=USUAL) is None


@given(st.lists(st.booleans(), max_size=3), st.sampled_from([(), ("250",)]))
def test_a10_every_update_that_changed_nothing_is_found_and_no_other(
    checks: list[bool], missing: tuple[str, ...]
) -> None:
    assert self_doubt(Taken(checks=checks, differs=False, missing=missing)) is not None
    assert self_doubt(Taken(checks=[True] * len(checks), differs=True, missing=missing)) is None
    assert self_doubt(Taken(asserted=True, checks=checks, differs=False, missing=missing)) is None


@given(st.text(alphabet="abc .", max_size=40), st.integers(0, 400))
def test_a_whole_sentence_is_no_cut_thought(text: str, tokens: int) -> None:
    assert cut_thought(f"{text}.", tokens, USUAL) is None


@given(st.text(alphabet='ab {}"[]:\n', max_size=60))
def test_prose_and_object_are_told_apart(prose: str) -> None:
    told = answer_of(CODE)
    before, found = unwrapped(f"Well, {prose}\n{told} That is all.")
    assert found.startswith("{")
    assert json.loads(found)
    assert before.startswith("Well,")
