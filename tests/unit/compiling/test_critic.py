"""A critic returns inputs and they are run: what it finds is mended, what it is wrong about costs no rejection."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.compiler.critic_checks import legal
from seglam_magics.compiler.gateway import Target
from seglam_magics.compiler.ledger import Ledger, Order
from seglam_magics.words import Parameter, Usage

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "planted.toml").read_text())["case"]
SMALL = {"arguments": '{"values": [4, 5]}', "why": "two values"}


def reply(case: dict[str, Any], body: str) -> dict[str, Any]:
    xs, result = case["example"]
    code = f"def {case['name']}(*, xs):\n    import math\n    return {case[body]}\n"
    return {
        "name": case["name"],
        "summary": "",
        "parameters": [{"name": "xs", "type": "list", "domain": {"items": "int"}, "example": "xs"}],
        "templates": [{"lang": "en", "text": case["asks"]}],
        "code": code,
        "returns": "number",
        "examples": [{"arguments": json.dumps({"xs": xs}), "result": json.dumps(result)}],
        "properties": [],
    }


def criticism(*found: dict[str, Any]) -> dict[str, Any]:
    return {"counterexamples": [{"why": "", **one} for one in found]}


def test_s26_the_critic_finds_the_planted_bug_in_nine_of_ten_and_false_alarms_reject_nothing(
    models: Any, ask: Any
) -> None:
    for case in CASES:
        question = case["asks"].replace("{xs}", "`xs`")
        author = models.says("author", question, reply(case, "planted"), reply(case, "right"))
        xs, result = case["counter"]
        critic = models.says(
            "critic", question, criticism({"arguments": json.dumps({"xs": xs}), "result": str(result)})
        )
    reasoner = models.open(model=author, critic_model=critic)
    found = []
    for case in CASES:
        before = len(models.calls("author"))
        answer = ask(reasoner, case["asks"].replace("{xs}", "`xs`"), mode="critic")
        requests = len(models.calls("author")) - before
        mended = case["right"] in answer.revision.source
        assert mended == case["found"], case["bug"]
        assert requests == (2 if mended else 1), case["bug"]
        assert not any("E-VERIFY" in note for note in answer.notes)
        kept = [dict(example.arguments) for example in answer.revision.examples]
        assert ({"xs": case["counter"][0]} in kept) == mended, "what it was shown stays with it as an example"
        found.append(mended)
    assert (len(found), sum(found)) == (10, 9)
    assert len(models.calls("critic")) == 10


def test_s26_what_the_critic_costs_is_in_the_ledger_under_its_model(models: Any, ask: Any) -> None:
    author = models.says("author", ask.asked, ask.total)
    critic = models.says("critic", ask.asked, criticism())
    reasoner = models.open(model=author, critic_model=critic)
    answer = ask(reasoner, mode="critic")
    written, criticised = ask.events(reasoner, "run")
    assert (written["usage"]["model"], criticised["usage"]["model"]) == (author, critic)
    assert (criticised["critic"], criticised["procedure"]) == (True, "total")
    assert answer.usage.tokens_in == written["usage"]["tokens_in"] + criticised["usage"]["tokens_in"]
    assert (answer.usage.calls, answer.usage.model) == (2, author)
    (row,) = reasoner.view().query("savings")
    assert row["spent_tokens"] == answer.usage.tokens_in + answer.usage.tokens_out
    (made,) = reasoner.view().query("lineage_run", name="total", version=1)
    assert made["model"] == author
    (listed,) = reasoner.view().query("procedures")
    assert listed["compiled"] == 1


def test_what_the_critic_used_is_taken_from_the_budget_of_the_question() -> None:
    ledger = Ledger(Order(Target("m"), tokens=100), time.monotonic() + 10)
    ledger.shared(Usage("critic", 1, 60, 10, 0.5))
    assert (ledger.used().tokens, ledger.used().usd) == (70, 0.5)
    assert ledger.usage.calls == 0, "the author has not used it"


@pytest.mark.parametrize("mode", ["quick", "careful"])
def test_s26_it_is_off_by_default(models: Any, ask: Any, mode: str) -> None:
    author, critic = models.says("author", ask.asked, ask.total), models.says("critic", ask.asked, criticism())
    ask(models.open(model=author, critic_model=critic), mode=mode)
    assert (models.calls("author"), models.calls("critic")) == (["done"], [])


def test_the_critic_sees_the_question_the_code_and_the_tests_and_no_values(models: Any, ask: Any) -> None:
    author, critic = models.says("author", ask.asked, ask.total), models.says("critic", ask.asked, criticism())
    ask(models.open(model=author, critic_model=critic), mode="critic")
    sent = models.user("critic")
    assert ask.asked in sent
    assert "return sum(values)" in sent
    assert '"result": 3' in sent
    assert "[1, 2, 3]" not in sent


@pytest.mark.parametrize(
    "arguments",
    [
        {"values": "12"},
        {"xs": [1]},
        {},
        {"values": [1], "more": 2},
        [1, 2],
        "no JSON",
    ],
)
def test_arguments_the_procedure_does_not_take_are_passed_over(models: Any, ask: Any, arguments: Any) -> None:
    author = models.says("author", ask.asked, ask.total)
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    critic = models.says("critic", ask.asked, criticism({"arguments": text, "result": "99"}))
    answer = ask(models.open(model=author, critic_model=critic), mode="critic")
    assert (answer.value, len(models.calls("author"))) == (6, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"raw": "I think it is fine."},
        {"raw": '{"counterexamples": 3}'},
        {"raw": "[" * 100_000},
        {"status": 503, "error": {"message": "overloaded"}},
        {"status": 401, "error": {"message": "no key", "code": "invalid_api_key"}},
    ],
    ids=["prose", "shape", "deep", "down", "locked"],
)
def test_a_critic_that_cannot_be_heard_spoils_no_answer(models: Any, ask: Any, said: dict[str, Any]) -> None:
    author, critic = models.says("author", ask.asked, ask.total), models.says("critic", ask.asked, **said)
    reasoner = models.open(model=author, critic_model=critic)
    answer = ask(reasoner, mode="critic")
    assert answer.value == 6
    assert any(note.startswith("no critic has looked at it") for note in answer.notes)
    assert len(models.calls("critic")) == 1
    (failed,) = ask.events(reasoner, "failed")
    assert failed["critic"]


def test_a_counterexample_that_stays_unanswered_is_a_failed_verification(models: Any, ask: Any) -> None:
    author = models.says("author", ask.asked, ask.total)  # it insists
    critic = models.says("critic", ask.asked, criticism({**SMALL, "result": "20"}))
    error = ask.fails(models.open(model=author, critic_model=critic), mode="critic")
    assert error.code == "E-VERIFY"
    assert "it gives 9, the example says 20" in error.says
    assert len(models.calls("critic")) == 1


def test_a_stronger_model_is_asked_where_the_critic_was_not_answered(models: Any, ask: Any) -> None:
    weak = models.says("weak", ask.asked, {**ask.total, "code": "def total(*, values):\n    return sum(values[:2])\n"})
    strong = models.says("strong", ask.asked, ask.total)
    small = {"arguments": '{"values": [1, 1, 1]}', "result": "3"}
    critic = models.says("critic", ask.asked, criticism(small))
    answer = ask(models.open(model=weak, stronger_models=[strong], critic_model=critic), mode="critic")
    assert (answer.value, answer.revision.model) == (6, strong)


SCALARS = {
    "int": st.integers(),
    "float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    "str": st.text(),
    "bool": st.booleans(),
    "date": st.dates().map(str),
    "list": st.lists(st.integers()),
    "dict": st.dictionaries(st.text(), st.integers()),
}


@given(st.data())
def test_a_value_of_the_declared_type_is_legal_and_one_out_of_its_domain_is_not(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(SCALARS)))
    value = data.draw(SCALARS[kind])
    assert legal({"p": value}, [Parameter("p", kind)])
    assert not legal({"p": value, "q": 1}, [Parameter("p", kind)])
    assert not legal({"p": None}, [Parameter("p", kind)])
    if kind in ("int", "float"):
        assert not legal({"p": value}, [Parameter("p", kind, domain={"min": value + abs(value) + 1})])


@pytest.mark.parametrize(
    ("table", "column", "fine"),
    [
        ({"a": [1, 2], "b": ["x", None]}, "b", True),
        ([{"a": 1}, {"a": 2}], "a", True),
        ({"a": [1, 2]}, "c", False),
        ({"a": [1, 2], "b": [1]}, "a", False),
        ({"a": 1}, "a", False),
        ({}, "a", False),
        ([1, 2], "a", False),
        ("a,b", "a", False),
    ],
)
def test_a_frame_is_columns_of_one_length_or_rows(table: Any, column: str, fine: bool) -> None:
    parameters = [Parameter("frame", "frame"), Parameter("by", "column")]
    assert legal({"frame": table, "by": column}, parameters) == fine
