"""Scripted characters: what they hear, what they do, and that the witness tells it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.scripted.characters import Deed, character, heard, names, play, thinking
from seglam_magics.scripted.protocol import Message, Request, to_say
from seglam_magics.scripted.recordings import Recording, RecordingSet, fold, load_set, without_update
from seglam_magics.thinking.ladder import going_on

BEFORE = Recording(
    question="How many `xs`?",
    reply={
        "name": "count",
        "summary": "Counts.",
        "code": "def count(*, xs):\n    return len(xs)\n",
        "examples": [{"arguments": '{"xs": [1]}', "result": "1"}],
        "properties": [{"name": "p", "claim": "c", "code": "def p(run, *, xs): ..."}],
    },
)
AFTER = BEFORE.model_copy(
    update={
        "question": "How many `xs`? Leave out 0.",
        "reply": {**BEFORE.reply, "code": "def count(*, xs):\n    return sum(x != 0 for x in xs)\n"},
    }
)
ASKS = ("strict", "answer", "hurry", "update", "resume")


def asked(ask: Any, level: int, *, share: float = 0.5, tokens: int = 480) -> Request:
    """A request that goes on with a thought, as the product makes it."""
    whole = thinking(tokens)
    messages = ({"role": "system", "content": "s"}, {"role": "user", "content": "How many `xs`? Leave out 0."})
    updates = ("Leave out 0.",) if ask == "update" else ()
    cut = whole[: round(share * len(whole))]
    going = going_on(messages, level=level, ask=ask, thinking=cut, answer="", updates=updates)
    return Request(model="m", messages=[Message(**message) for message in going.messages])


def turn(recording: Recording = AFTER) -> Recording:
    return recording.model_copy(update={"reasoning": thinking(480)})


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("ask", ASKS)
def test_what_is_said_to_a_model_is_heard_by_its_wording(ask: Any, level: int) -> None:
    silent = ask == "resume" and level == 3  # nothing is said to a thought that only goes on
    assert heard(asked(ask, level), turn()) == (set() if silent else {ask})


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_ideal_one_goes_on_and_answers_rightly(level: int) -> None:
    for ask in ASKS:
        played = play(character("ideal"), asked(ask, level), turn(), turn(BEFORE), 0)
        assert (played.did, played.turn.reply) == ("answers", AFTER.reply)
    said = to_say(asked("hurry", 3), play(character("ideal"), asked("hurry", 3), turn(), None, 0).turn)
    assert 0 < len(said["reasoning_content"]) < 0.2 * len(thinking(480))


def deeds(name: str, ask: Any, level: int = 3) -> list[tuple[Deed, str]]:
    played = (play(character(name), asked(ask, level), turn(), turn(BEFORE), times) for times in range(60))
    return [(one.did, one.turn.text) for one in played]


@pytest.mark.parametrize(
    ("name", "ask", "deed"),
    [("leaky", "strict", "leaks"), ("panicky", "answer", "panics"), ("doubter", "update", "doubts")],
)
def test_each_goes_wrong_in_its_own_way_and_not_always(name: str, ask: Any, deed: Deed) -> None:
    right = AFTER.whole
    found = deeds(name, ask)
    assert {did for did, _ in found} == {"answers", deed}
    assert all((text == right) == (did == "answers") for did, text in found)
    assert {did for did, _ in deeds(name, "resume", 1)} == {"answers"}


def test_leaks_take_every_form() -> None:
    texts = {text for did, text in deeds("leaky", "strict") if did == "leaks"}
    assert len(texts) == 4
    assert sum(text.startswith("{") for text in texts) == 3


def test_a_panicked_reply_keeps_the_signature_and_does_nothing() -> None:
    reply = next(json.loads(text) for did, text in deeds("panicky", "strict") if did == "panics")
    assert reply["code"] == "def count(*, xs):\n    raise NotImplementedError\n"
    assert reply["properties"] == []


def test_a_doubter_says_that_it_took_the_update_and_answers_as_before() -> None:
    reply = next(json.loads(text) for did, text in deeds("doubter", "update") if did == "doubts")
    assert reply["code"] == BEFORE.reply["code"]
    assert "taken into account" in reply["summary"]


def test_nobody_doubts_an_update_that_changes_nothing() -> None:
    same = AFTER.model_copy(update={"reply": BEFORE.reply, "reasoning": thinking(480)})
    assert {play(character("doubter"), asked("update", 3), same, turn(BEFORE), n).did for n in range(40)} == {"answers"}


@given(st.sampled_from(["ideal", "leaky", "panicky", "doubter"]), st.sampled_from(ASKS), st.integers(0, 99))
def test_the_same_request_gives_the_same_reply(name: str, ask: Any, times: int) -> None:
    one, other = (play(character(name), asked(ask, 3), turn(), turn(BEFORE), times) for _ in range(2))
    assert one == other


def test_an_update_is_known_by_the_question_before_it() -> None:
    both = {fold(each.question): (each.question, each) for each in (AFTER, BEFORE)}
    recorded = RecordingSet("s", both)
    assert without_update(recorded, AFTER) is BEFORE
    assert without_update(recorded, BEFORE) is None


@pytest.mark.parametrize(("name", "near"), [("leeky", "leaky"), ("", ""), ("../ideal", "ideal")])
def test_an_unknown_character_is_a_sentence(name: str, near: str) -> None:
    with pytest.raises(SeglamError) as caught:
        character(name)
    assert caught.value.code == "E-MODEL-UNKNOWN"
    assert near in str(caught.value)


def test_a_set_may_have_a_character(tmp_path) -> None:
    (tmp_path / "set.toml").write_text('continues = 3\ncharacter = "leaky"\n')
    assert load_set(tmp_path).character == character("leaky")
    (tmp_path / "set.toml").write_text('character = "nobody"\n')
    with pytest.raises(SeglamError) as caught:
        load_set(tmp_path)
    assert caught.value.code == "E-MODEL-UNKNOWN"
    assert names()
