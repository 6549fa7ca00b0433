"""Finding the column a few words name: exactly, but for case and underscores, or but for a plural."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..words import Column
from .language import stem

_PIECE = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class ColumnIndex:
    """The columns of one frame by how they may be spelled; "" marks a spelling that several columns share."""

    exact: dict[str, str]
    spelled: dict[tuple[str, ...], str]
    stemmed: dict[tuple[str, ...], str]
    firsts: frozenset[str]
    longest: int

    def by_name(self, name: str) -> str:
        """The column called `name`, in whatever spelling, or "".

        >>> column_index((Column("bill_length", "float"),)).by_name("Bill lengths")
        'bill_length'
        """
        return self.exact.get(name, "") or self.by_words(pieces(name))

    def by_words(self, words: Sequence[str]) -> str:
        """The column these casefolded words spell, or ""."""
        key = tuple(words)
        if key in self.spelled:
            return self.spelled[key]
        return self.stemmed.get(tuple(stem(w) for w in key), "")


def pieces(name: str) -> tuple[str, ...]:
    """The casefolded words and numbers a name is made of.

    >>> pieces("First_elected 2nd")
    ('first', 'elected', '2', 'nd')
    """
    return tuple(p.casefold() for p in _PIECE.findall(name))


@lru_cache(maxsize=256)
def column_index(columns: tuple[Column, ...]) -> ColumnIndex:
    """The index of a frame's columns, made once per schema."""
    names = [c.name for c in columns]
    spelled = _unique((pieces(n), n) for n in names)
    stemmed = _unique((tuple(stem(w) for w in pieces(n)), n) for n in names)
    firsts = frozenset(key[0] for key in (*spelled, *stemmed))
    return ColumnIndex({n: n for n in names}, spelled, stemmed, firsts, max(map(len, spelled), default=0))


def _unique(pairs: Iterable[tuple[tuple[str, ...], str]]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for key, name in pairs:
        if key:
            found[key] = name if found.get(key, name) == name else ""
    return found
