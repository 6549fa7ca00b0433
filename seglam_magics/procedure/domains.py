"""Words of a question looked up in the data: which column holds a value that is spelled so.

What was learned about a column is kept once per process, for the next question: keys and rows, never a cell. A cell is
read again at every lookup and its key compared, so a value that is no longer there is never named.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..question.normal import spelled
from .cells import Cells
from .extents import Extent, Measure, number_columns
from .keys import folded_key
from .lookup import DISTINCT, SPELLINGS, UNITS, Index, Phrases, TooLarge, fits, learn, spelt
from .remembering import Memory
from .tables import text_columns

# What the process remembers, over all tables.
MEMORY = Memory(columns=1_024, nbytes=64 * 2**20)


class Domains:
    """Looks words of a question up in the columns of tables (`words.Values`).

    Tables are frames of polars and pandas, tables of pyarrow, lists of dictionaries and dictionaries of lists. What
    would have to run a query (DuckDB relations, LazyFrames ...) is not looked into. Columns of text are looked up,
    categorical ones and the texts of an object column too; a cell of more than 1,000 characters is no value.

    A column is read once and then remembered. That it changed is noticed

    - always in pyarrow, in pandas columns that are categorical or in Arrow memory, and in any column of up to 1,024
      cells;
    - in polars (where only a whole column can be replaced in place) always up to 50,000 rows, beyond that when the
      change touches one of about 2,048 cells spread over the column;
    - in an object column of pandas always, but for a text that came to lie at the address of the one it replaced;
    - in larger lists and dictionaries when it touches one of about 1,024 cells, or the length.

    Where a change goes unnoticed, a new value may not be found; one that is gone is never named.

    Parameters
    ----------
    namespace : name -> value.
    variables : the names that may be looked into; anything else has no domain.

    Examples
    --------
    >>> domains = Domains({"df": [{"who": "O'Neil", "n": 3}, {"who": "Ann", "n": 5}]}, {"df"})
    >>> domains.find("df", ["o neil", "bob"])
    {'o neil': {'who': ("O'Neil",)}}
    >>> domains.ranges("df")
    {'n': (3.0, 5.0)}
    """

    def __init__(self, namespace: Mapping[str, Any], variables: Container[str]) -> None:
        self._namespace = namespace
        self._variables = variables

    def find(self, variable: str, phrases: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
        """Phrase -> column -> the different cells spelled so, at most eight, in the order of their rows or categories.

        Parameters
        ----------
        phrases : keys made by `cell_key`; the empty one finds nothing.
        """
        wanted = Phrases(phrases)
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for cells, index in self._columns(variable):
            for phrase, rows in () if index is None else index.candidates(wanted):
                texts = spelt(cells, rows, phrase) if phrase else []
                if texts:
                    columns = found.setdefault(phrase, {})
                    known = columns.get(cells.name, ())  # of another column with this name
                    columns[cells.name] = tuple(dict.fromkeys((*known, *texts)))[:SPELLINGS]
        return {phrase: found[phrase] for phrase in phrases if phrase in found} if found else {}

    def ranges(self, variable: str) -> dict[str, Extent]:
        """Numeric column -> its smallest and greatest value, but for NaN and nulls; none of a column of only these."""
        found: dict[str, Extent] = {}
        for name, cells, measure in number_columns(self._table(variable)):
            extent = measure() if cells is None else _measured(cells, measure)
            if extent is not None:
                known = found.get(name, extent)
                found[name] = min(known[0], extent[0]), max(known[1], extent[1])
        return found

    def skipped(self, variable: str) -> tuple[str, ...]:
        """The columns of text that are too large to be looked into.

        >>> Domains({"ids": {"id": [str(n) for n in range(400_000)], "who": ["Ann"]}}, {"ids"}).skipped("ids")
        ('id',)
        """
        return tuple(dict.fromkeys(cells.name for cells, index in self._columns(variable) if index is None))

    def _table(self, variable: str) -> Any:
        return self._namespace.get(variable) if variable in self._variables else None

    def _columns(self, variable: str) -> Iterator[tuple[Cells, Index | None]]:
        """The columns that may hold texts, each with its index, or None where that would be too dear."""
        units, room = UNITS, DISTINCT
        for cells in text_columns(self._table(variable)):
            index = _index(cells, units, room)
            within = None if isinstance(index, TooLarge) or not fits(index, units, room) else index
            units -= index.cost if index.cost <= units else 0
            room -= 0 if within is None else within.distinct
            yield cells, within


def _index(cells: Cells, units: int = UNITS, room: int = DISTINCT) -> Index | TooLarge:
    """The index of `cells` as the process knows it; one that was too large is made where there is room for it now."""
    return MEMORY.recall(
        "texts",
        cells,
        lambda: learn(cells, units, room),
        lambda known: not (isinstance(known, TooLarge) and fits(known, units, room)),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    extent: Extent | None
    nbytes: int = 64


def _measured(cells: Cells, measure: Measure) -> Extent | None:
    if cells.size * cells.weight > UNITS:
        return None
    return MEMORY.recall("numbers", cells, lambda: _Measured(measure()), lambda _: True).extent


def alike(table: Any, column: str, word: str) -> list[str] | None:
    """The different cells of `column` that equal `word` but for case and typography.

    None where the index cannot tell: no table in memory, too large, or cells in it that are no texts.

    >>> alike([{"who": "Ann"}, {"who": "ANN"}, {"who": "Bob"}], "who", "ann")
    ['Ann', 'ANN']
    """
    wanted, key = spelled(word).casefold(), folded_key(word)
    columns = [(cells, _index(cells)) for cells in text_columns(table) if cells.name == column] if key else []
    found: dict[str, None] = {}
    for cells, index in columns:
        if isinstance(index, TooLarge) or not index.whole:
            return None
        for _, rows in index.candidates(Phrases([key])):
            texts = map(cells.cell, rows)
            found |= dict.fromkeys(t for t in texts if isinstance(t, str) and spelled(t).casefold() == wanted)
    return list(found) if columns else None
