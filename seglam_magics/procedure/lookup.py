"""The index of one column: from a key to the rows of the cells that have it. It holds keys or their hashes, no cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..question.normal import cell_key
from .cells import FEW, LIGHT, LONGEST, Cells
from .keys import index_keys, one_by_one, vectorised

if TYPE_CHECKING:
    import polars as pl

# What the first lookup in a table may cost, about 0.3 s. Reading a cell takes as many units (15 ns each) as its table
# says, and three more where texts hardly repeat; of different texts there may be so many.
UNITS = 16_000_000
DISTINCT = 300_000
# A text that Python has to spell counts as so many: it takes up to 5 µs.
_BY_PYTHON = 6
# Bytes that are read in the time of a unit.
_BYTES = 100
# Cells named for one phrase and column.
SPELLINGS = 8
# Of a large column a sample tells what is in it. Of 4,096 cells over 2,048 are different texts when 3,000 in the column
# are, and over 4,085 when 800,000 are: such a column is not read. One without any text there is none of texts.
_SAMPLE = 4_096
_DIVERSE = 2_048
_ALL_DIFFER = 4_085
_DIVERSE_COST = 3


class Phrases:
    """Keys that are looked up together, hashed once for all columns that need it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.different = set(texts)

    @cached_property
    def texts(self) -> list[str]:
        """The different ones but the empty one, which no cell is found by."""
        return [text for text in self.different if text]

    @cached_property
    def hashes(self) -> pl.Series:
        """A hash of each text, as polars hashes the keys of a column."""
        import polars as pl

        return pl.Series(self.texts, dtype=pl.String).hash()


@dataclass(frozen=True, slots=True)
class Listed:
    """An index of few cells, a dictionary.

    Attributes
    ----------
    rows : key -> the rows of the different cells that have it, their case folded or not.
    whole : whether every cell that is not null is a text and in the index.
    distinct : number of different texts, one that Python had to spell counted six times.
    """

    rows: dict[str, list[int]]
    whole: bool
    distinct: int
    cost: int

    @property
    def nbytes(self) -> int:
        """Memory it takes, about."""
        return 200 * len(self.rows) + 2 * sum(map(len, self.rows))

    def candidates(self, phrases: Phrases) -> Iterator[tuple[str, Sequence[int]]]:
        """The phrases that are keys here, with the rows of their cells."""
        for phrase in self.rows.keys() & phrases.different:
            yield phrase, self.rows[phrase]


@dataclass(frozen=True, slots=True)
class Hashed:
    """An index of many cells: sorted hashes of keys and the rows they belong to, twelve bytes each."""

    hashes: pl.Series
    rows: pl.Series
    whole: bool
    distinct: int
    cost: int

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return 12 * len(self.rows)

    def candidates(self, phrases: Phrases) -> Iterator[tuple[str, Sequence[int]]]:
        """The phrases whose hash occurs, with the rows of the cells that may have this key."""
        first = self.hashes.search_sorted(phrases.hashes, side="left").to_list()
        after = self.hashes.search_sorted(phrases.hashes, side="right").to_list()
        for phrase, begin, end in zip(phrases.texts, first, after, strict=True):
            if begin < end:
                yield phrase, self.rows[begin:end].to_list()


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A column that is not indexed: `cost` is what reading it takes, `distinct` its different texts, 0 if unread."""

    cost: int
    distinct: int
    nbytes: int = 64


Index = Listed | Hashed


def learn(cells: Cells, units: int = UNITS, room: int = DISTINCT) -> Index | TooLarge:
    """The index of `cells`, or that it takes more than `units` to read them or they are more than `room` texts."""
    cost = cells.size * cells.weight + cells.nbytes // _BYTES
    if cells.size <= FEW and cells.nbytes <= LIGHT:
        return _listed(cells.listed(), cost)
    if cells.size > DISTINCT or cost > units:
        different = _sampled(cells)
        if different == 0:
            return Listed({}, whole=False, distinct=0, cost=0)
        if cells.size > DISTINCT and different > _ALL_DIFFER:
            return TooLarge(0, cells.size)
        cost += cells.size * _DIVERSE_COST if cells.size > DISTINCT and different > _DIVERSE else 0
    return _hashed(cells, cost, room) if cost <= units else TooLarge(cost, 0)


def fits(learned: Index | TooLarge, units: int, room: int) -> bool:
    """Whether a column is within what may still be read: `units`, and `room` for texts."""
    return learned.cost <= units and learned.distinct <= room


def _listed(cells: list[Any], cost: int) -> Listed:
    rows: dict[str, list[int]] = {}
    seen = set()
    whole = True
    for row, cell in enumerate(cells):
        if not isinstance(cell, str) or len(cell) > LONGEST:
            whole = whole and _null(cell)
        elif cell not in seen:
            seen.add(cell)
            for key in index_keys(cell):
                rows.setdefault(key, []).append(row)
    return Listed(rows, whole, len(seen), cost)


def spelt(cells: Cells, rows: Sequence[int], phrase: str) -> list[str]:
    """The cells in `rows` whose key is `phrase`, at most eight."""
    texts = (cell for cell in map(cells.cell, rows) if isinstance(cell, str) and cell_key(cell) == phrase)
    return list(islice(texts, SPELLINGS))


def _sampled(cells: Cells) -> int:
    """How many different texts are in 4,096 cells."""
    import random

    if cells.different:
        return min(cells.size, _SAMPLE)
    # the same cells every time, or a frame would have a domain on one day and none on the next
    rows = random.Random(cells.size).sample(range(cells.size), min(cells.size, _SAMPLE))  # noqa: S311
    return len({c for c in map(cells.cell, rows) if isinstance(c, str)})


def _hashed(cells: Cells, cost: int, room: int) -> Hashed | TooLarge:
    import polars as pl

    texts = cells.series()
    whole = True
    if texts is None:
        texts, whole = _texts(cells.listed())
    rows = texts.to_physical().arg_unique()
    if len(rows) > room + 1:  # null is one of them
        return TooLarge(cost, len(rows))
    found = pl.DataFrame({"row": rows, "text": texts.gather(rows).cast(pl.String)}).drop_nulls()
    proven, rest = vectorised(found.lazy().filter(pl.col("text").str.len_chars() <= LONGEST))
    distinct = proven.height + rest.height * _BY_PYTHON
    if distinct > room:
        return TooLarge(cost, distinct)
    keys = pl.concat([proven, one_by_one(rest)])
    index = pl.DataFrame({"hash": keys["key"].hash(), "row": keys["row"]}).sort("hash", "row")
    whole = whole and proven.height + rest.height == found.height
    return Hashed(index["hash"], index["row"], whole, distinct, cost)


def _texts(cells: list[Any]) -> tuple[pl.Series, bool]:
    """Python objects as a polars column of the texts among them, and whether the others are nulls."""
    import polars as pl

    texts = [cell if isinstance(cell, str) and len(cell) <= LONGEST else None for cell in cells]
    whole = all(_null(cell) for cell, text in zip(cells, texts, strict=True) if text is None)
    try:
        return pl.Series(texts, dtype=pl.String), whole
    except UnicodeEncodeError:  # half a character has no place in Arrow; as in a key, it parts words
        plain = [None if text is None else text.encode("utf-8", "replace").decode() for text in texts]
        return pl.Series(plain, dtype=pl.String), False


def _null(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)  # noqa: PLR0124
