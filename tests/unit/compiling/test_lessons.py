"""A reply that fails gets the check it failed; what that taught is kept in a line and told to the next of its kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from seglam_magics.compiler.request import LONGEST_LESSON, MOST_LESSONS
from seglam_magics.words import Options, Question

if TYPE_CHECKING:
    import pytest

LESSON = "sum the values themselves, nothing is added to an empty list"
MEAN = "What is the mean total of `xs`?"
OTHER: dict[str, Any] = {
    "name": "mean_total",
    "templates": [{"lang": "en", "text": "What is the mean total of {values}?"}],
    "code": "def mean_total(*, values):\n    return sum(values) / len(values) if values else 0\n",
    "examples": [{"arguments": '{"values": [1, 3]}', "result": "2"}],
}


def user(models: Any, name: str) -> str:
    return models.user(name)  # type: ignore[no-any-return]


def test_s09_wrong_first_and_right_after_the_counterexample_takes_two_requests(models: Any, ask: Any) -> None:
    model = models.says("author", ask.asked, ask.wrong, {**ask.total, "lesson": LESSON})
    reasoner = models.open(model=model)
    answer = ask(reasoner)
    assert (answer.value, answer.usage.calls) == (6, 2)
    assert models.calls("author") == ["done", "done"]
    turns = models.last("author")["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert "it gives 4, the example says 3" in turns[-1]["content"]
    assert "total(values=[1, 2])" in turns[-1]["content"]
    assert [event["lesson"] for event in ask.events(reasoner, "run")] == [LESSON]


def test_s09_the_lesson_is_in_the_next_similar_prompt_and_in_a_dry_run(models: Any, ask: Any) -> None:
    model = models.says("author", ask.asked, ask.wrong, {**ask.total, "lesson": LESSON})
    models.says("author", MEAN, {**ask.total, **OTHER})
    ask(models.open(model=model))
    reasoner = models.open(model=model)  # another kernel
    shown = reasoner.preview(Question(MEAN, {"xs": [1, 2, 3]}))
    sent = json.loads(shown.payload)["messages"][1]["content"]
    assert LESSON in sent
    assert ask(reasoner, MEAN).value == 2
    assert user(models, "author") == sent, "a dry run shows what is sent"
    assert ask.events(reasoner, "run")[-1].get("lesson") is None  # nothing was repaired


def test_s09_it_is_told_when_the_procedure_itself_is_written_anew(models: Any, ask: Any) -> None:
    model = models.says("author", ask.asked, ask.wrong, {**ask.total, "lesson": LESSON})
    reasoner = models.open(model=model)
    ask(reasoner)
    ask(reasoner, reuse="fresh")
    first = models.last("author")["messages"][1]["content"]
    assert first.count(LESSON) == 1


def test_s09_switched_off_there_is_one_request_and_no_lesson(models: Any, ask: Any) -> None:
    model = models.says("author", ask.asked, ask.wrong, {**ask.total, "lesson": LESSON})
    models.says("author", MEAN, {**ask.total, **OTHER})
    assert ask.fails(models.open(model=model, repair=False)).code == "E-VERIFY"
    assert len(models.calls("author")) == 1
    ask(models.open(model=model))
    ask(models.open(model=model, repair=False), MEAN)
    assert LESSON not in user(models, "author")


def test_a_question_that_is_near_to_nothing_is_told_no_lesson(models: Any, ask: Any) -> None:
    text = "Which word of `names` is the longest?"
    longest = {
        "name": "longest",
        "parameters": [{"name": "names", "type": "list", "domain": {"items": "str"}, "example": "names"}],
        "templates": [{"lang": "en", "text": "Which word of {names} is the longest?"}],
        "code": "def longest(*, names):\n    return max(names, key=lambda n: (len(n), n), default='')\n",
        "returns": "str",
        "examples": [{"arguments": '{"names": ["a", "bb"]}', "result": '"bb"'}],
    }
    model = models.says("author", ask.asked, ask.wrong, {**ask.total, "lesson": LESSON})
    models.says("author", text, {**ask.total, **longest})
    reasoner = models.open(model=model)
    ask(reasoner)
    answer = reasoner.ask(Question(text, {"names": ["one", "three"]}, options=Options()))
    assert (answer.value, LESSON in user(models, "author")) == ("three", False)


def test_without_words_of_the_model_the_check_is_the_lesson(models: Any, ask: Any) -> None:
    reasoner = models.open(model=models.says("author", ask.asked, ask.wrong, ask.total))
    ask(reasoner)
    (lesson,) = [event["lesson"] for event in ask.events(reasoner, "run")]
    assert lesson.startswith("example 1: it gives 4, the example says 3")
    assert len(lesson) <= LONGEST_LESSON


def test_a_lesson_is_bounded_and_without_secrets(models: Any, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "shop-0123456789")
    long = "never print shop-0123456789; " + "x" * 1_900
    model = models.says("author", ask.asked, ask.wrong, {**ask.total, "lesson": long})
    models.says("author", MEAN, {**ask.total, **OTHER})
    reasoner = models.open(model=model)
    ask(reasoner)
    (lesson,) = [event["lesson"] for event in ask.events(reasoner, "run")]
    assert len(lesson) <= LONGEST_LESSON
    assert "shop-0123456789" not in lesson
    ask(reasoner, MEAN)
    assert "‹secret:SHOP_TOKEN›" in user(models, "author")


def test_the_newest_lessons_are_told_each_once_and_few_of_them(models: Any, ask: Any) -> None:
    model = models.says("author", ask.asked, ask.total)
    reasoner = models.open(model=model)
    ask(reasoner)
    for number in (1, 2, 3, 4, 4, 5):
        told = {"question": "q", "procedure": "total", "lesson": f"lesson {number}", "usage": {}, "ok": True}
        reasoner.log.append("run", told)
    ask(reasoner, reuse="fresh")
    sent = user(models, "author")
    assert [f"lesson {n}" in sent for n in (1, 2, 3, 4, 5)] == [False, False, True, True, True]
    assert sent.count("lesson 4") == 1
    assert MOST_LESSONS == 3
