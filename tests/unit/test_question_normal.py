"""Spelling of questions: one for all, refused where a reader could be deceived, the same when done twice."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.question import LIMIT, normalise
from seglam_magics.question.tokens import tokenise


def refused(text: str) -> SeglamError:
    with pytest.raises(SeglamError) as caught:
        normalise(text)
    return caught.value


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u00a0", "\u200b\ufeff"])
def test_a_question_without_words_is_empty(text: str) -> None:
    assert refused(text).code == "E-QUESTION-EMPTY"


def test_the_limit_of_characters_holds_to_the_character() -> None:
    assert len(normalise("x" * LIMIT)) == LIMIT
    error = refused("x" * (LIMIT + 1))
    assert (error.code, error.facts["length"]) == ("E-QUESTION-LONG", LIMIT + 1)
    assert refused("word " * 20_000).code == "E-QUESTION-LONG"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u202a", "\u2066", "\ud800"])
def test_control_characters_and_bidi_overrides_are_refused_with_their_place(character: str) -> None:
    error = refused(f"mean{character} of x")
    assert error.code == "E-QUESTION-CHARACTERS"
    assert (error.facts["position"], error.facts["character"]) == (4, f"U+{ord(character):04X}")


def test_text_from_right_to_left_and_emoji_are_no_control_characters() -> None:
    assert normalise("كم عدد الصفوف؟ 👩‍👩‍👧") == "كم عدد الصفوف؟ 👩‍👩‍👧"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  What\tis\n\nthe\u00a0mean? ", "What is the mean?"),
        ("Tom\u2019s \u201csales\u201d \u00abв Риге\u00bb", 'Tom\'s "sales" "в Риге"'),
        ("5\u20137 \u2014 \u22123", "5-7 - -3"),
        ("the ``Big Fish'' row", 'the "Big Fish" row'),
        ("mean of `a b`", "mean of `a b`"),
        ("cafe\u0301 na\u200bive\u00ad", "café naive"),
    ],
)
def test_typography_is_unified(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    try:
        once = normalise(text)
    except SeglamError:
        return
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(alphabet=st.sampled_from("ab`'\"‘’“”«»–— \u0301\u212a\u1ffd\u200d´′ "), max_size=40))
def test_normalising_twice_changes_nothing_however_odd_the_typography(text: str) -> None:
    try:
        once = normalise(text)
    except SeglamError:
        return
    assert normalise(once) == once


@given(st.text(max_size=200))
def test_tokens_are_the_whole_text_but_for_the_blanks(text: str) -> None:
    try:
        plain = normalise(text)
    except SeglamError:
        return
    tokens = tokenise(plain)
    assert all(plain[t.start : t.end] == t.text for t in tokens)
    assert "".join(t.text for t in tokens).replace(" ", "") == "".join(plain.split())
    assert all(one.end <= other.start for one, other in pairwise(tokens))
