"""Thinking and answer are told apart in every format models use, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.thinking.splitting import Splitter

THOUGHT, ANSWER = "Sum the laps.\nThen divide.", '{"code": "def f(x): return x < 3  # </think>"}'
REPLIES = {
    "think": f"<think>{THOUGHT}</think>\n\n{ANSWER}",
    "think, after a line": f"\n <think>{THOUGHT}</think>{ANSWER}",
    "brackets": f"[THINK]{THOUGHT}[/THINK]{ANSWER}",
    "reflection": f"<thinking>{THOUGHT}</thinking><output>{ANSWER}</output>",
    "channels": f"<|channel|>analysis<|message|>{THOUGHT}<|end|>"
    f"<|start|>assistant<|channel|>final<|message|>{ANSWER}<|return|>",
    "opened by the chat template": f"{THOUGHT}</think>\n{ANSWER}",
}


def split(parts: list[str]) -> tuple[str, str]:
    splitter, thinking, answer = Splitter(), "", ""
    for piece in [*map(splitter.feed, parts), splitter.end()]:
        if piece.moved:
            thinking, answer = thinking + answer, ""
        thinking, answer = thinking + piece.thinking, answer + piece.answer
    return thinking, answer


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@given(cuts=st.lists(st.integers(0, 200), max_size=30))
def test_s04_the_same_reply_in_every_format_gives_the_same_record(reply: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(reply)) for cut in cuts})
    parts = [reply[a:b] for a, b in zip([0, *places], [*places, len(reply)], strict=True)]
    assert split(parts) == (THOUGHT, ANSWER)


@pytest.mark.parametrize(
    "reply", ["", "{}", ANSWER, "plain words", "```json\n{}\n```", "<thin", "a < b", "[1, 2]", "<"]
)
@given(size=st.integers(1, 9))
def test_what_has_no_marks_is_all_answer(reply: str, size: int) -> None:
    assert split([reply[n : n + size] for n in range(0, len(reply), size)]) == ("", reply)


@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "[THINK]", "x", " ", "{", "<output>", "<|end|>", "\n"]), max_size=12
    )
)
def test_nothing_but_marks_and_space_is_lost(parts: list[str]) -> None:
    thinking, answer = split(parts)
    assert (thinking + answer).count("x") == "".join(parts).count("x") or "</output>" in "".join(parts)


def test_several_thoughts_follow_each_other() -> None:
    assert split(["<thinking>a</thinking><reflection>b</reflection>", "<output>c</output>"]) == ("ab", "c")


def test_a_thought_without_end_is_a_thought() -> None:
    assert split(["<think>so far", "</thin"]) == ("so far</thin", "")
