"""Which column a few words name: by its whole name, by a part that no other column has, in another language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..question.columns import pieces
from ..question.language import stem
from ..question.stems import fold
from ..words import Column, Variable
from .lexicon import stems, words

LONGEST = 5  # words of a mention
_PRICES = frozenset({"price", "cost"})
_IDS = frozenset({"id", "no", "nr", "number", "num"})
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


def row_nouns(variable: Variable, ranges: Mapping[str, tuple[float, float]]) -> frozenset[str]:
    """What a row is called: by the name of the table, by a column that numbers all rows, by another word for sales.

    >>> sales = Variable("sales", "frame", rows=3, columns=(Column("order_id", "int"), Column("city", "str")))
    >>> sorted(row_nouns(sales, {"order_id": (7, 9)})), sorted(row_nouns(sales, {"order_id": (7, 90)}))
    (['deal', 'order', 'purchase', 'sale', 'transaction'], ['deal', 'purchase', 'sale', 'transaction'])
    """
    own = stem(variable.name.casefold())
    names = names_of(variable.columns)
    numbered = {name.column for name in names if name.column in ranges and _counts(ranges[name.column], variable.rows)}
    ids = [name.all for name in names if name.column in numbered and len(name.all) == 2]  # noqa: PLR2004 - order_id
    keyed = {piece for parts in ids if _IDS.intersection(parts) for piece in parts if piece not in _IDS}
    alike = stems(words().alike)
    said = {piece for name in names for piece in name.all}
    return frozenset({own} | keyed | (alike - said if own in alike else frozenset()))


def is_numbering(column: str) -> bool:
    """Whether a column's name says that it numbers something: order_id.

    >>> is_numbering("order_id"), is_numbering("order date")
    (True, False)
    """
    return not _IDS.isdisjoint(_name(column).all)


def _counts(ends: tuple[float, float], rows: int | None) -> bool:
    """Whether whole numbers from one end to the other are as many as the rows."""
    return ends[1] - ends[0] + 1 == rows


def only_with(pieces: frozenset[str], columns: tuple[Column, ...]) -> str:
    """The one column of numbers that has one of these pieces in its name, "" where none or several."""
    wanted = frozenset(map(stem, pieces))
    if not wanted.isdisjoint(_PRICES) and any(words().is_additive(n.core[-1]) for n in names_of(columns) if n.core):
        return ""  # of an order it may be the price of a piece or what was paid
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
