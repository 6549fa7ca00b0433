"""Which column a few words name: by its whole name, by a part that no other column has, in another language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..question.columns import pieces
from ..question.language import stem
from ..question.stems import fold
from ..words import Column
from .lexicon import words

LONGEST = 5  # words of a mention
SHORTEST = 3  # letters of a part that stands for a whole name


@dataclass(frozen=True, slots=True)
class Name:
    """A column's name as its pieces.

    Attributes
    ----------
    core : the pieces but for a unit at the end.
    """

    column: str
    all: tuple[str, ...]
    core: tuple[str, ...]


@lru_cache(maxsize=64)
def names_of(columns: tuple[Column, ...]) -> tuple[Name, ...]:
    """The names of the columns, taken apart."""
    return tuple(_name(column.name) for column in columns)


def _name(column: str) -> Name:
    parts = tuple(stem(piece) for piece in pieces(column))
    unit = len(parts) > 1 and parts[-1] in words().units
    return Name(column, parts, parts[:-1] if unit else parts)


def column_of(said: Sequence[str], columns: tuple[Column, ...]) -> str:
    """The one column these casefolded words name, "" where none or several.

    >>> penguins = (Column("bill_length_mm", "float"), Column("bill_depth_mm", "float"), Column("body_mass_g", "int"))
    >>> column_of(["bill", "lengths"], penguins), column_of(["mass"], penguins), column_of(["bill"], penguins)
    ('bill_length_mm', 'body_mass_g', '')
    >>> column_of(["длины", "клюва"], penguins)
    'bill_length_mm'
    """
    named = [(len(n.core), n.column) for n in names_of(columns) if _covers(said, n)]
    whole = [column for size, column in named if size == len(said)]
    if whole:
        return whole[0] if len(whole) == 1 else ""
    partly = [column for _, column in named]
    return partly[0] if len(partly) == 1 and not any(map(_says_more, said)) else ""


def only_with(pieces: frozenset[str], columns: tuple[Column, ...]) -> str:
    """The one column of numbers that has one of these pieces in its name, "" where none or several."""
    wanted = frozenset(map(stem, pieces))
    numbers = {c.name for c in columns if c.dtype in ("int", "float")}
    found = [n.column for n in names_of(columns) if n.column in numbers and not wanted.isdisjoint(n.core)]
    return found[0] if len(found) == 1 else ""


def _says_more(word: str) -> bool:
    """Whether a word is too short for a part, or means something by itself."""
    return len(word) < SHORTEST or words().knows(word)


def _covers(said: Sequence[str], name: Name) -> bool:
    """Whether each word is a piece of the name, each of another one."""
    left = list(name.all if len(said) == len(name.all) else name.core)
    for word in said:
        piece = next((p for p in left if p in _meanings(word)), None)
        if piece is None:
            return False
        left.remove(piece)
    return True


@lru_cache(maxsize=4096)
def _meanings(word: str) -> frozenset[str]:
    return frozenset(map(stem, {word, *words().pieces.get(fold(word), ()), *words().pieces.get(stem(word), ())}))


def mentions(said: Sequence[str], columns: tuple[Column, ...]) -> Iterator[tuple[int, int, str]]:
    """The (first, end, column) of all stretches that name a column; `said` has "" where there is no word."""
    for first in range(len(said)):
        for end in range(first + 1, min(len(said), first + LONGEST) + 1):
            if not said[end - 1]:
                break
            column = column_of(said[first:end], columns)
            if column:
                yield first, end, column
