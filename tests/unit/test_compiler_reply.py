"""The reply contract: what a model sends is data until every check has passed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.compiler import reply as replies
from seglam_magics.errors import SeglamError

GOOD: dict[str, Any] = {
    "name": "count_over",
    "summary": "How many values lie above a limit.",
    "parameters": [
        {"name": "values", "type": "list", "description": "", "domain": {"items": "float"}, "example": "xs"},
        {"name": "limit", "type": "int", "description": "", "domain": None, "example": 3},
    ],
    "meaning": None,
    "templates": [{"lang": "en", "text": "How many of  {values} are over {limit}?"}],
    "synonyms": None,
    "ignorable": [],
    "code": "def count_over(values, *, limit):\n    return sum(v > limit for v in values)\n",
    "returns": "number",
    "examples": [{"arguments": '{"values": [1, 5], "limit": 3}', "result": "1"}],
    "properties": [],
    "effects": [],
    "open_questions": [],
}


def reply(**changes: Any) -> str:
    return json.dumps({**GOOD, **changes})


def refused(text: str, finish: str = "stop") -> str:
    with pytest.raises(SeglamError, match="E-LLM-FORMAT") as caught:
        replies.examples_of(replies.parse(text, finish))
    return caught.value.says


def test_a_good_reply_is_read() -> None:
    parsed = replies.parse(reply())
    assert [p.example for p in replies.parameters_of(parsed)] == ["xs", 3]
    assert replies.templates_of(parsed)[0].text == "How many of {values} are over {limit}?"
    assert replies.examples_of(parsed)[0].arguments == {"values": [1, 5], "limit": 3}
    assert replies.examples_of(parsed)[0].result == 1


def test_a_fence_and_objects_in_place_of_json_texts_are_forgiven() -> None:
    plain = reply(examples=[{"arguments": {"values": [], "limit": 0}, "result": 0}])
    parsed = replies.parse(f"```json\n{plain}\n```")
    assert replies.examples_of(parsed)[0].arguments == {"values": [], "limit": 0}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is not JSON"),
        ("Here is your answer: 42", "it is not JSON"),
        ("<html>502 Bad Gateway</html>", "it is not JSON"),
        (reply()[:200], "it is not JSON"),
        ("[" * 100_000, "it is nested too deep"),
        ("[]", "the object"),
        ("null", "the object"),
        (reply(name="Not A Name"), "name"),
        (reply(name="__import__"), "name"),
        (reply(templates=[]), "templates"),
        (reply(parameters=[{"name": "x", "type": "callable"}]), "parameters.0.type"),
        (reply(returns="object"), "returns"),
        (reply(code="x" * 70_000), "code"),
        (reply(examples=[{"arguments": "{", "result": "1"}]), "the arguments of example 1 are not JSON"),
        (reply(examples=[{"arguments": "[1]", "result": "1"}]), "the arguments of example 1 are not an object"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str) -> None:
    assert says in refused(text)


def test_a_cut_reply_is_called_cut() -> None:
    assert "cut off" in refused(reply(), "length")


def outcome(text: str) -> str:
    """The code of the error `text` gives, "" where it is a reply."""
    try:
        parsed = replies.parse(text)
        replies.parameters_of(parsed)
        replies.examples_of(parsed)
    except SeglamError as error:
        return error.code
    return ""


@given(st.text() | st.binary().map(lambda b: b.decode("utf-8", "replace")))
def test_any_text_is_a_reply_or_a_clear_error(text: str) -> None:
    with pytest.raises(SeglamError, match="E-LLM-FORMAT"):
        replies.parse(text)


@given(
    st.dictionaries(
        st.sampled_from(sorted(GOOD)),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none() | st.text()),
        min_size=1,
    )
)
def test_any_shape_is_a_reply_or_a_clear_error(changes: dict[str, Any]) -> None:
    assert outcome(json.dumps({**GOOD, **changes})) in ("", "E-LLM-FORMAT")


@pytest.mark.parametrize(
    ("kind", "example", "expected"),
    [("int", "7", 7), ("float", 2, 2.0), ("date", "2024-05-01", dt.date(2024, 5, 1)), ("str", 499, "499")],
)
def test_examples_take_the_type_of_their_slot(kind: str, example: Any, expected: Any) -> None:
    part = {"name": "x", "type": kind, "example": example}
    parsed = replies.parse(reply(parameters=[part]))
    value = replies.parameters_of(parsed)[0].example
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(("kind", "example"), [("int", "seven"), ("int", 1.5), ("date", "soon")])
def test_an_example_of_another_type_is_refused(kind: str, example: Any) -> None:
    parsed = replies.parse(reply(parameters=[{"name": "x", "type": kind, "example": example}]))
    with pytest.raises(SeglamError, match="the example"):
        replies.parameters_of(parsed)


def test_text_results_stay_text() -> None:
    texts = [json.dumps("10"), "10", "plain"]
    parsed = replies.parse(reply(returns="str", examples=[{"arguments": "{}", "result": t} for t in texts]))
    assert [e.result for e in replies.examples_of(parsed)] == ["10", "10", "plain"]


def test_the_schema_is_strict_all_the_way_down() -> None:
    def objects(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [o for n in node for o in objects(n)]
        if not isinstance(node, dict):
            return []
        own = [node] if node.get("type") == "object" else []
        return own + [o for v in node.values() for o in objects(v)]

    found = objects(replies.strict_schema())
    assert len(found) > 7
    for one in found:
        assert one["additionalProperties"] is False
        assert sorted(one["required"]) == sorted(one["properties"])
    assert '"default"' not in json.dumps(replies.strict_schema())
