"""Stems of words: the Snowball algorithms, one an alphabet, with the irregular forms of the tables."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from typing import Any

from .tables import tables

_CYRILLIC = range(0x400, 0x530)
_YO = {0x451: 0x435}  # both spellings of one letter


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """What a casefolded word is looked up by in the tables: an English word as it is, a Russian one by its stem.

    >>> fold("highest"), fold("средней") == fold("средняя"), fold("больше") == fold("большой")
    ('highest', True, False)
    """
    if ord(word[:1] or "a") not in _CYRILLIC:
        return word
    plain = word.translate(_YO)
    return f"={plain}" if plain in _whole() else _stemmed(plain)


@lru_cache(maxsize=100_000)
def root(word: str) -> str:
    """What all forms and general synonyms of a casefolded word have in common (Porter 2001, Snowball).

    >>> root("taught") == root("teaching") == root("teacher"), root("регионам") == root("регион")
    (True, True)
    """
    same = _synonyms()
    word = _irregular().get(word, word)
    stemmed = _stemmed(word)
    return same.get(word) or same.get(stemmed) or stemmed


def _stemmed(word: str) -> str:
    return _table().get(word) or made(word)


def made(word: str) -> str:
    """The stem of a word by its alphabet's algorithm.

    >>> made("teaching"), made("регионам")
    ('teach', 'регион')
    """
    # a stemmer keeps the word it works on in itself: each call has its own, since two threads must not share one
    return str(_stemmer(cyrillic=ord(word[:1] or "a") in _CYRILLIC)().stemWord(word.translate(_YO)))


@cache
def _table() -> dict[str, str]:
    """Word -> stem of the words of the tables: making these is most of what a first question would wait for."""
    text = resources.files(__package__).joinpath("data", "stems.txt").read_text(encoding="utf-8")
    lines = (line.split(" ") for line in text.splitlines() if not line.startswith("#"))
    return {line[0]: line[1] for line in lines}


@cache
def _stemmer(*, cyrillic: bool) -> Any:
    if cyrillic:
        from snowballstemmer.russian_stemmer import RussianStemmer

        return RussianStemmer
    from snowballstemmer.english_stemmer import EnglishStemmer

    return EnglishStemmer


@cache
def _whole() -> frozenset[str]:
    """Words whose stem is that of another word as well: "больше" is no "большой", "или" no "Илья"."""
    return frozenset(w for t in tables().values() for w in t["synonyms"].get("whole", "").split())


@cache
def _irregular() -> dict[str, str]:
    rules = (rule for t in tables().values() for rule in t["synonyms"].get("irregular", "").split())
    return dict(rule.split(">", 1) for rule in rules)


@cache
def _synonyms() -> dict[str, str]:
    """Word and stem -> a sign for all words of its group."""
    found: dict[str, str] = {}
    for table in tables().values():
        for group in table["synonyms"].get("groups", "").split(";"):
            words = group.split()
            for word in words:
                found[word] = found[_stemmed(word)] = f"={words[0]}"
    return found
