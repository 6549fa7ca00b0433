"""The words the pack understands, merged over its languages: what each phrase is in a question."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ..question.grammar import Phrase, grammar, phrase_of
from ..question.language import stem
from ..question.stems import fold

LANGUAGES = ("en", "ru")
_ARTICLES = ("the", "a", "an")
_LISTS = ("units", "plurals", "quarters", "additive", "countable", "alike", "values")
FILE = "words.json"  # the tables as they ship, with all stems made


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases by what they are.

    Attributes
    ----------
    parts : phrase -> (`silent`, `mark`, `concept`, `before` or `after`, its name or sign), the ways it may be taken.
    longest : words of the longest phrase.
    pieces : word -> pieces of column names it may stand for.
    cells : word -> the cell it may stand for.
    rows : word -> the table whose rows it may stand for.
    units : last pieces of column names that say in what they are measured.
    plurals : words beside a noun that say it is of several.
    quarters : words for a quarter of a year.
    additive : last pieces of names of columns that are added up where nothing else is said.
    countable : those of them that are of pieces: how many of them there are is their sum.
    alike : names of tables whose rows may be called by any of these.
    values : words that say nothing where they stand, and are values where only a value can stand.
    measures : phrase -> (`plain more less most least`, pieces of the name of the column it is about).
    """

    parts: Mapping[Phrase, tuple[tuple[str, str], ...]]
    longest: int
    pieces: Mapping[str, frozenset[str]]
    cells: Mapping[str, str]
    rows: Mapping[str, str]
    units: frozenset[str]
    plurals: frozenset[str]
    quarters: frozenset[str]
    additive: frozenset[str]
    countable: frozenset[str]
    alike: frozenset[str]
    values: frozenset[str]
    measures: Mapping[Phrase, tuple[str, frozenset[str]]]

    def is_additive(self, piece: str) -> bool:
        """Whether the last piece of a column's name says that its values are added up."""
        return piece in stems(self.additive)

    def is_countable(self, piece: str) -> bool:
        """Whether the last piece of a column's name says that its values are numbers of pieces."""
        return piece in stems(self.countable)

    def knows(self, word: str) -> bool:
        """Whether a casefolded word is a phrase of its own.

        >>> words().knows("average"), words().knows("flipper")
        (True, False)
        """
        return (fold(word),) in self.parts


@cache
def stems(said: frozenset[str]) -> frozenset[str]:
    """The stems of one of these lists."""
    return frozenset(map(stem, said))


@cache
def words() -> Words:
    """The tables as they ship, read once: making the stems takes ten times as long."""
    data = json.loads(resources.files(__package__).joinpath(FILE).read_bytes())
    parts = {tuple(phrase.split(" ")): tuple(map(tuple, found)) for phrase, found in data["parts"].items()}
    pieces = {word: frozenset(found) for word, found in data["pieces"].items()}
    measures = {tuple(said.split(" ")): (grade, frozenset(found)) for said, (grade, found) in data["measures"].items()}
    lists = {name: frozenset(data[name]) for name in _LISTS}
    return Words(parts, data["longest"], pieces, data["cells"], data["rows"], measures=measures, **lists)


def shipped(found: Words) -> bytes:
    """The bytes that `words` reads."""
    plain = {
        "parts": {" ".join(phrase): list(map(list, ways)) for phrase, ways in found.parts.items()},
        "longest": found.longest,
        "pieces": {word: sorted(pieces) for word, pieces in found.pieces.items()},
        "cells": found.cells,
        "rows": found.rows,
        **{name: sorted(getattr(found, name)) for name in _LISTS},
        "measures": {" ".join(said): [grade, sorted(pieces)] for said, (grade, pieces) in found.measures.items()},
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def made() -> Words:
    """The tables, merged from their sources."""
    parts: dict[Phrase, dict[tuple[str, str], None]] = {}
    for said, part in _phrases():
        # an article says nothing, and stands where it likes
        phrase = said[1:] if len(said) > 1 and said[0] in _ARTICLES else said
        if phrase:
            parts.setdefault(phrase, {})[part] = None
    columns = _table("columns")
    pieces: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for word, piece in _pairs(columns[language]):
            pieces.setdefault(fold(word), set()).add(piece)
    return Words(
        {phrase: tuple(found) for phrase, found in parts.items()},
        max(map(len, parts)),
        {word: frozenset(found) for word, found in pieces.items()},
        dict(_pairs(columns["cells"])),
        {fold(word): name for word, name in _pairs(columns["rows"])},
        frozenset(columns["units"].split()),
        frozenset(columns["plurals"].split()),
        frozenset(map(fold, columns["quarters"].split())),
        frozenset(columns["additive"].split()),
        frozenset(columns["countable"].split()),
        frozenset(columns["alike"].split()),
        frozenset(columns["values"].split()),
        dict(_measures(columns["measures"])),
    )


def _phrases() -> Iterator[tuple[Phrase, tuple[str, str]]]:
    for language in LANGUAGES:
        table = _table(language)
        for text in table["silent"].split(";"):
            yield phrase_of(text), ("silent", "")
        for kind in ("marks", "concepts"):
            for name, texts in table[kind].items():
                for text in texts.split(";"):
                    yield phrase_of(text), (kind.removesuffix("s"), name)
    yield from _shared()


def _shared() -> Iterator[tuple[Phrase, tuple[str, str]]]:
    """What the reader of questions knows in any case: comparisons, groups, and what a question begins with."""
    table = grammar()
    for opening in table.phrases["openings"]:
        yield opening, ("silent", "")
    for governing, kind in table.governing.items():
        if kind == "group":
            yield governing, ("mark", "by")
    for before, sign in table.before.items():
        yield before, ("before", sign)
    for after, sign in table.after.items():
        yield after, ("after", sign)


def _measures(grades: Mapping[str, str]) -> Iterator[tuple[Phrase, tuple[str, frozenset[str]]]]:
    for grade, text in grades.items():
        for rule in text.split(";"):
            said, _, pieces = rule.strip().partition(">")
            yield phrase_of(said), (grade, frozenset(pieces.split()))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for rule in text.split():
        word, _, other = rule.partition(">")
        yield word, other


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"words/{name}.toml").read_text(encoding="utf-8"))
