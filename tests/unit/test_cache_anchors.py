"""Filing by words: quickly read, always found again, nothing found that does not belong."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seglam_magics.cache.anchors import BUDGET, CROWD, Postings, WordSets
from seglam_magics.cache.quick import quick_words
from seglam_magics.question import literal_words

PLAIN = string.ascii_letters + string.digits + " .,;:?!'\"-_/%$#()" + "абвёжЯЁЩ"
ODD = "`{}«»’–\u00a0\u200b\u0301ſKßﬁİıé中٣²\n\t\u00ad\ue000"
PIECES = st.sampled_from(
    "{n}|{a_b}s|pre{x}|`{df}`|{{1}}|{|}|`big fish`|``x''|``|an|please|об|Пожалуйста|over|средняя|{1a}|{n m}|"
    "1,234.5|1234,567|.5|x.5|{n}.5|{n}s.5|3rd|t5".split("|")
)
WORDINGS = st.lists(PIECES | st.text(PLAIN, max_size=8) | st.text(PLAIN + ODD, max_size=5), max_size=8)


def words_or_refusal(read, text):
    try:
        return read(text)
    except ValueError:
        return "refused"


@given(WORDINGS.map(" ".join) | WORDINGS.map("".join) | st.text(max_size=30))
@example("`{a} {b}` an {n}`s")
@example("x" * 20_001)
def test_quick_words_are_the_words(text: str) -> None:
    assert words_or_refusal(quick_words, text) == words_or_refusal(literal_words, text)


@pytest.mark.parametrize("block", range(0, 0x3000, 0x400))
def test_no_character_is_read_in_two_ways(block: int) -> None:
    for code in range(block, block + 0x400):
        text = f"ab{chr(code)}cd 1{chr(code)}2 {{n}}{chr(code)}"
        assert words_or_refusal(quick_words, text) == words_or_refusal(literal_words, text), hex(code)


WORDS = st.frozensets(st.sampled_from("abcdefgh"), max_size=5)


class Filing(RuleBasedStateMachine):
    """`WordSets` beside a plain list of what was filed."""

    def __init__(self) -> None:
        super().__init__()
        self.sets: WordSets[int] = WordSets()
        self.plain: list[tuple[frozenset[str], int]] = []

    @rule(words=WORDS, key=st.integers(0, 5), times=st.integers(1, CROWD))
    def add(self, words, key, times):
        for step in range(times):
            self.sets.add(words, key + step)
            self.plain.append((words, key + step))

    @rule(data=st.data())
    def discard(self, data):
        words, key = data.draw(st.sampled_from(self.plain) if self.plain else st.tuples(WORDS, st.integers()))
        self.sets.discard(words, key)
        if (words, key) in self.plain:
            self.plain.remove((words, key))

    @rule(words=WORDS)
    def find(self, words):
        assert sorted(self.sets.within(words)) == sorted(key for own, key in self.plain if own <= words)

    @invariant()
    def all_is_there(self):
        assert sorted(self.sets.within(frozenset("abcdefgh"))) == sorted(key for _, key in self.plain)


TestFiling = Filing.TestCase


def test_what_was_never_filed_is_not_taken_out() -> None:
    sets: WordSets[str] = WordSets()
    sets.add({"mean", "price"}, "a")
    sets.discard({"mean"}, "a")
    sets.discard({"mean", "price"}, "b")
    assert list(sets.within(frozenset({"mean", "price", "of"}))) == ["a"]


def test_a_search_in_a_crowd_looks_at_few() -> None:
    """However many wordings share their words two by two, only those that may fit are compared."""
    sets: WordSets[int] = WordSets()
    for number in range(3_000):
        sets.add({"mean", f"a{number % 60}", f"b{number // 60}", "of"}, number)
    looked = Counting("mean of a7 b3 per region".split())
    assert list(sets.within(looked)) == [3 * 60 + 7]
    assert looked.compared <= 4 * CROWD


class Counting(frozenset):
    """A set of words that counts how often it is compared."""

    compared = 0

    def issuperset(self, other):
        self.compared += 1
        return super().issuperset(other)


def test_what_shares_rare_words_comes_first_and_only_so_much_is_looked_at() -> None:
    postings: Postings[int] = Postings()
    for number in range(3 * BUDGET):
        postings.add({"mean", f"w{number}"}, number)
    (first, share), (_, other) = postings.sharing({"mean", "w5", "unheard"}, 2)
    assert first == 5
    assert 1 >= share > other > 0
    assert {key for key, _ in postings.sharing({"mean"}, 10_000)} == set(range(2 * BUDGET, 3 * BUDGET))
    assert postings.sharing({"unheard"}, 3) == []


def test_one_rare_word_weighs_more_than_two_common_ones() -> None:
    postings: Postings[str] = Postings()
    for number in range(100):
        postings.add({"mean", "rows"}, f"p{number}")
    postings.add({"quartile", "span"}, "rare")
    assert postings.sharing({"mean", "rows", "quartile"}, 1)[0][0] == "rare"


@given(st.lists(st.tuples(WORDS, st.integers(0, 3)), max_size=12), WORDS)
def test_postings_forget_what_is_taken_out(filed, words) -> None:
    postings: Postings[int] = Postings()
    for own, key in filed:
        postings.add(own, key)
    for own, key in filed[::2]:
        postings.discard(own, key)
    left = filed[1::2]
    assert {w for w in "abcdefgh" if postings.knows(w)} == {w for own, _ in left for w in own}
    assert {key for key, _ in postings.sharing(words, 100)} == {key for own, key in left if own & words}
