"""Misspelled names of columns: a word no dictionary knows, one letter off a word of just one column's name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from .grammar import grammar
from .layout import Word
from .schema import Schema
from .stems import fold, root

SHORTEST = 5
_SWAPPED = 2


def mend(words: Sequence[Word], schema: Schema) -> None:
    """Read misspelled words of column names as what they must be; real words never are ("county" is no "country").

    Only words in Latin letters, for which there is a dictionary with all inflected forms.
    """
    for word in words:
        if word.role or word.kind != "word" or len(word.low) < SHORTEST or not word.low.isascii():
            continue
        if _is_said(word) or word.root in schema.holders:
            continue
        near = [w for w in schema.words if _is_near(word.low, w)]
        if len(near) == 1 and word.low not in _dictionary():
            word.low, word.key, word.root = near[0], fold(near[0]), root(near[0])


def _is_said(word: Word) -> bool:
    """Whether the tables know the word."""
    table = grammar()
    return any(word.key in words for words in (*table.words.values(), table.aggregates, table.quantifiers))


def _is_near(one: str, other: str) -> bool:
    """Whether one letter was put in, left out or changed, or two changed places (Damerau 1964); the first is right.

    >>> _is_near("incubent", "incumbent"), _is_near("atendnace", "attendance"), _is_near("laps", "lap")
    (True, False, False)
    """
    if len(other) < SHORTEST or one[0] != other[0] or abs(len(one) - len(other)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[head:], other[head:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == len(other) == _SWAPPED and one == other[::-1])


@cache
def _dictionary() -> Any:
    """English words with their inflected forms, read once and only where a name may be misspelled."""
    from spellchecker import SpellChecker

    return SpellChecker(language="en", distance=1).word_frequency
