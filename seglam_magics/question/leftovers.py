"""Words of a question about data that play no part, and which of them may be conditions.

A word that may be a condition is never passed over: "among women" asks for other rows, and games won are not games
played. What cannot be one is a verb that only relates two grounded words ("driven by", "called", "did NAME have"), and
the noun that says what a row is ("the game on week 13").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .grammar import grammar
from .layout import Word
from .mentions import Mention

_GROUNDED = frozenset({"value", "column", "number"})


def rows_said(words: Sequence[Word]) -> list[Word]:
    """Nouns that say what a row is: "the player with …", "for teams that …"; their role becomes `row`."""
    found = [word for place, word in enumerate(words) if not word.role and names_rows(words, place)]
    for word in found:
        word.role = "row"
    return found


def names_rows(words: Sequence[Word], place: int) -> bool:
    """Whether the word at `place` says what a row is, and no more."""
    table = grammar().words
    if not place:
        return False
    before, word = words[place - 1], words[place]
    related = place + 1 < len(words) and words[place + 1].key in table["relatives"]
    if word.key in table["plural_entities"]:
        return related and (before.key in table["of_entities"] or before.key in table["determiners"])
    return word.key in table["singular_entities"] and _is_definite(words, place)


def _is_definite(words: Sequence[Word], place: int) -> bool:
    """Whether a determiner stands before the noun: "the game"; also over a value, as in "a week 15 game"."""
    before = place - 1
    if words[before].role in ("value", "number"):
        while before > 0 and words[before].role in _GROUNDED:
            before -= 1
    return words[before].key in grammar().words["determiners"] and words[before].role not in _GROUNDED


def is_row_mention(words: Sequence[Word], mention: Mention, anchor: int) -> bool:
    """Whether a column's name only says what a row is: "the year won for the player with a score of 8"."""
    first, end = mention.first, mention.end
    if not first or end + 1 >= len(words) or anchor >= first:
        return False
    table = grammar().words
    return words[first - 1].key in table["determiners"] and words[end].key in table["relatives"]


def may_be_condition(words: Sequence[Word], place: int, *, named: Collection[str], shouting: bool) -> bool:
    """Whether the word at `place`, which plays no part, may be a condition of its own.

    Parameters
    ----------
    named : roots of all column names.
    shouting : whether the whole question is in capitals, so that these say nothing.
    """
    word = words[place]
    proper = place > 0 and word.text[0].isupper() and not shouting
    relating = word.root in grammar().roots["relating"]
    return not relating or not _relates(words, place) or proper or word.root in named


def _relates(words: Sequence[Word], place: int) -> bool:
    """A word between two grounded ones, or the main verb of "did VALUE verb"."""
    table = grammar().words
    before = place - 1
    while before >= 0 and words[before].key in table["auxiliaries"]:
        before -= 1
    if before < 0 or words[before].role not in _GROUNDED:
        return False
    after = place + 1
    while after < len(words) and words[after].key in table["through"]:
        after += 1
    if after < len(words):
        return words[after].role in _GROUNDED and (after > place + 1 or words[after].role != "column")
    return words[place - 1].role == "value" and _asks_what_it_did(words, before)


def _asks_what_it_did(words: Sequence[Word], before: int) -> bool:
    """Whether the value that ends at `before` is the subject of did, does, has."""
    role = words[before].role
    while before >= 0 and words[before].role == role:
        before -= 1
    while before >= 0 and words[before].key in grammar().words["determiners"]:
        before -= 1
    return before >= 0 and words[before].key in grammar().words["doing"]
