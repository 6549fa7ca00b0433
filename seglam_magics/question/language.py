"""The tables of the languages a question may be written in; each language is one file in `data/`.

The tables of all languages are merged: a question may mix them, and words of one are seldom words of another. Only what
contradicts itself between languages (the decimal comma) stays with its language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .tables import tables as all_tables

_NUMBER_TABLES = ("cardinals", "scales", "dozens", "part", "parts", "multiples")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of all languages, casefolded.

    Attributes
    ----------
    numbers : table name (`cardinals scales dozens part parts multiples ordinals months`) -> word -> value.
    words : list name (`stop clause links titles weekdays ...`) -> words.
    number_words : every word a number may be said with.
    operators : words that change what is asked (negation, comparison, extremes, aggregates, quantities), as stems.
    variants : a word as the sound after it spells it -> its usual spelling.
    comma : languages that write a decimal comma.
    """

    numbers: Mapping[str, Mapping[str, int]]
    words: Mapping[str, frozenset[str]]
    number_words: frozenset[str]
    operators: frozenset[str]
    variants: Mapping[str, str]
    comma: frozenset[str]
    endings: tuple[tuple[str, str, int], ...]
    kept: tuple[str, ...]

    def is_operator(self, word: str) -> bool:
        """Whether a casefolded word changes what is asked.

        >>> lexicon().is_operator("except"), lexicon().is_operator("apples")
        (True, False)
        """
        return word in self.operators or stem(word) in self.operators


@cache
def lexicon() -> Lexicon:
    """The merged tables, read once."""
    tables = all_tables()
    numbers = {name: _values(tables.values(), name) for name in (*_NUMBER_TABLES, "ordinals", "months")}
    words = {name: _merged(tables.values(), "words", name) for name in _names(tables, "words")}
    words["unclear"] = _merged(tables.values(), "stems", "unclear")
    words["negation"] = _merged(tables.values(), "operators", "negation")
    for section in ("numbers", "dates"):
        words |= {name: _merged(tables.values(), section, name) for name in _names(tables, section)}
    spoken = frozenset(w for name in _NUMBER_TABLES for w in numbers[name])
    operators = frozenset(w for t in tables.values() for text in t["operators"].values() for w in text.split())
    endings, kept = _endings(tables.values())
    return Lexicon(
        numbers=numbers,
        words=words,
        number_words=spoken | words["articles"] | words["joins"] | words["times"],
        operators=operators | {_reduced(w, endings, kept) for w in operators},
        variants=dict(rule.split(">", 1) for rule in words.pop("variants")),
        comma=frozenset(name for name, t in tables.items() if t["decimal_comma"]),
        endings=endings,
        kept=kept,
    )


def writes_comma(text: str) -> bool:
    """Whether a text is of a language with a decimal comma, by its letters.

    >>> writes_comma("ниже 3,5"), writes_comma("below 3.5")
    (True, False)
    """
    return any("\u0400" <= letter < "\u0530" for letter in text)


def key_of(text: str) -> str:
    """What two tokens must have in common to be the same.

    >>> key_of("An"), key_of("`big Fish`")
    ('a', 'big fish')
    """
    key = text.strip("`").strip().casefold()
    return lexicon().variants.get(key, key)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A casefolded word without its plural or case ending, the same for both numbers of it.

    >>> stem("regions"), stem("countries"), stem("class"), stem("регионам") == stem("регион")
    ('region', 'country', 'class', True)
    """
    table = lexicon()
    return _reduced(word, table.endings, table.kept)


def _reduced(word: str, endings: tuple[tuple[str, str, int], ...], kept: tuple[str, ...]) -> str:
    if word.endswith(kept):
        return word
    for ending, replacement, least in endings:
        if word.endswith(ending) and len(word) - len(ending) + len(replacement) >= least:
            return word[: len(word) - len(ending)] + replacement
    return word


def _names(tables: Mapping[str, Mapping[str, Any]], section: str) -> set[str]:
    return {name for table in tables.values() for name in table[section]}


def _values(tables: Iterable[Mapping[str, Any]], name: str) -> dict[str, int]:
    return {w: int(value) for t in tables for value, text in t.get(name, {}).items() for w in text.split()}


def _merged(tables: Iterable[Mapping[str, Any]], section: str, name: str) -> frozenset[str]:
    return frozenset(w for t in tables for w in t[section].get(name, "").split())


def _endings(tables: Iterable[Mapping[str, Any]]) -> tuple[tuple[tuple[str, str, int], ...], tuple[str, ...]]:
    endings, kept = [], []
    for table in tables:
        section = table["stems"]
        pairs = (rule.partition(">") for rule in section["endings"].split())
        endings += [(ending, replacement, section["least"]) for ending, _, replacement in pairs]
        kept += section["keep"].split()
    return tuple(endings), tuple(kept)
