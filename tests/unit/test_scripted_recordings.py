"""Recordings: which one answers, and what a broken file says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.scripted.recordings import SHIPPED, Recording, RecordingSet, find, fold, load_set

GOOD = {"question": "How many?", "raw": "7"}


def written(folder, **files):
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def problem(folder) -> SeglamError:
    with pytest.raises(SeglamError) as caught:
        load_set(folder)
    assert caught.value.code == "E-SCRIPTED-RECORDING"
    return caught.value


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", "the whole"),
        ("[]", "the whole"),
        ({"raw": "7"}, "question"),
        ({**GOOD, "question": ""}, "question"),
        ({**GOOD, "question": 7}, "question"),
        ({"question": "How many?"}, "the whole"),
        ({**GOOD, "reply": {}}, "the whole"),
        ({"question": "How many?", "reply": "7"}, "reply"),
        ({**GOOD, "chunk": 0}, "chunk"),
        ({**GOOD, "delay": -1}, "delay"),
        ({**GOOD, "delay": "long"}, "delay"),
        ({**GOOD, "chunks": 3}, "chunks"),
        ({**GOOD, "stall_after": -1}, "stall_after"),
        ({**GOOD, "usage": {"prompt_tokens": 1}}, "usage.completion_tokens"),
        ({**GOOD, "status": 500}, "the whole"),
        ({"question": "How many?", "error": {"message": "no"}}, "the whole"),
        ({**GOOD, "then": [GOOD]}, "then.0.question"),
        ({**GOOD, "then": [{"raw": 1}]}, "then.0.raw"),
    ],
)
def test_a_broken_file_is_named_with_its_field(tmp_path, content, field):
    error = problem(written(tmp_path, fine=GOOD, wrong=content))
    assert error.facts["file"] == "wrong.json"
    assert error.facts["field"] == field


def test_two_recordings_of_one_question_are_refused(tmp_path):
    error = problem(written(tmp_path, a=GOOD, b={**GOOD, "question": " How\nmany? "}))
    assert (error.facts["file"], error.facts["field"]) == ("b.json", "question")
    assert "a.json" in error.facts["why"]


@pytest.mark.parametrize(
    ("text", "field"),
    [("key = ", "the whole"), ("key = 7", "key"), ("keys = 'a'", "keys"), ("continues = 4", "continues")],
)
def test_a_broken_setting_of_a_set_is_named(tmp_path, text, field):
    (written(tmp_path, fine=GOOD) / "set.toml").write_text(text)
    error = problem(tmp_path)
    assert (error.facts["file"], error.facts["field"]) == ("set.toml", field)


def test_every_shipped_recording_loads():
    sets = [load_set(folder) for folder in SHIPPED.iterdir() if folder.is_dir()]
    assert {s.name for s in sets} >= {"demo"}
    assert all(s.by_question for s in sets)


def test_the_longest_question_wins(tmp_path):
    found = load_set(written(tmp_path, short={**GOOD, "question": "many?"}, long={**GOOD, "question": "How\nmany?"}))
    assert find(found, ["How\nmany?"])[0] == "long"
    assert find(found, ["How\nmany? "])[0] == "long"
    assert find(found, ["so\nmany?"])[0] == "short"


@pytest.mark.parametrize(
    "asked", ["How many? Only the large ones.", "And how many? How many?", "How many?s", "How many"]
)
def test_a_question_with_more_words_is_another_one(tmp_path, asked):
    assert find(load_set(written(tmp_path, it=GOOD)), [asked]) is None


def test_the_newest_message_that_asks_wins(tmp_path):
    found = load_set(written(tmp_path, a={**GOOD, "question": "First?"}, b={**GOOD, "question": "Second, longer?"}))
    assert find(found, ["Second, longer?", "First?", "The check failed."])[0] == "a"
    assert find(found, ["Third?"]) is None
    assert find(found, []) is None


words = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t.split())
blanks = st.text(" \t\n\u00a0", min_size=1, max_size=3)


@given(st.lists(words, min_size=1), st.lists(blanks, min_size=1), words, words)
def test_white_space_never_decides(question, gaps, before, after):
    asked = fold(" ".join(question))
    found = RecordingSet("s", {asked: ("it", Recording(question=asked, raw=""))})
    respaced = "".join(part + gaps[i % len(gaps)] for i, part in enumerate(asked.split(" ")))
    assert find(found, [f"{before}\n{respaced}\n{after}"]) == found.by_question[asked]


@given(st.integers(0, 5), st.integers(0, 3))
def test_turns_run_through_then_and_stay_at_its_end(number, more):
    recording = Recording.model_validate_json(json.dumps({**GOOD, "then": [{"raw": str(n)} for n in range(more)]}))
    expected = ["7", *map(str, range(more))]
    assert recording.turn(number).text == expected[min(number, more)]
