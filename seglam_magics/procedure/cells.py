"""Cells of a column, whatever holds them: how to list them, read one, and notice that they changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import polars as pl

# Up to so many cells (and bytes of them in Arrow memory) all are listed and compared; beyond, polars reads the column.
FEW = 1_024
LIGHT = 250_000
# A cell of more characters is prose, no value that a question names.
LONGEST = 1_000
# Up to so many cells of a polars column all are hashed to notice a change (0.3 ms), beyond every n-th.
_HASHED = 50_000
_HASHED_SAMPLE = 2_048
_LISTED_SAMPLE = 1_024


class Cells(Protocol):
    """A column that may hold texts or numbers.

    Attributes
    ----------
    name : of the column, as text.
    owner : object that what is learned of the cells is bound to; `place` tells its columns apart.
    nbytes : memory of the texts, 0 for Python objects.
    weight : what it takes to read one cell, as a multiple of one in Arrow memory.
    different : whether no two cells are equal.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> object: ...  # noqa: D102
    @property
    def place(self) -> Hashable: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def nbytes(self) -> int: ...  # noqa: D102
    @property
    def weight(self) -> int: ...  # noqa: D102
    @property
    def different(self) -> bool: ...  # noqa: D102

    def mark(self) -> Hashable:
        """A value that changes when the cells do, as far as can be told without reading them all."""
        ...

    def cell(self, row: int) -> Any:
        """The cell of `row`."""
        ...

    def listed(self) -> list[Any]:
        """All cells as Python objects."""
        ...

    def series(self) -> pl.Series | None:
        """The texts as a polars column, where they are one already or nearly so."""
        ...


class PolarsCells(NamedTuple):
    """A column of a polars DataFrame: its memory never changes, but another column may take its place."""

    name: str
    owner: object
    place: int
    column: pl.Series
    weight: int = 1
    different: bool = False

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.column)

    @property
    def nbytes(self) -> int:
        """Memory of the texts."""
        return int(self.column.estimated_size())

    def mark(self) -> Hashable:
        """All of few cells, a hash of up to 50,000, else a hash of about 2,048 evenly spread ones."""
        size = len(self.column)
        if size <= FEW and self.nbytes <= LIGHT:
            return hash(tuple(self.column.to_list()))
        import polars as pl

        texts = (self.column if size <= _HASHED else self.column.gather_every(size // _HASHED_SAMPLE)).cast(pl.String)
        places = pl.int_range(1, len(texts) + 1, dtype=pl.UInt64, eager=True)
        if self.nbytes > LIGHT:  # no need to read what is too long for a value: a letter takes four bytes at most
            short = texts.str.len_bytes() <= 4 * LONGEST
            texts, places = texts.filter(short), places.filter(short)
        return size, (texts.hash() * places).sum()

    def cell(self, row: int) -> Any:
        """The cell of `row`."""
        return self.column[row]

    def listed(self) -> list[Any]:
        """All cells."""
        return self.column.to_list()

    def series(self) -> pl.Series:
        """The column itself."""
        return self.column


class ArrowCells(NamedTuple):
    """A chunked array of pyarrow, of a table or inside pandas: neither ever changes, so its owner is mark enough."""

    name: str
    owner: object
    place: int
    column: Any
    weight: int = 1
    different: bool = False

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.column)

    @property
    def nbytes(self) -> int:
        """Memory of the texts."""
        return int(self.column.nbytes)

    def mark(self) -> Hashable:
        """Nothing: the owner is immutable."""
        return None

    def cell(self, row: int) -> Any:
        """The cell of `row`."""
        return self.column[row].as_py()

    def listed(self) -> list[Any]:
        """All cells."""
        cells: list[Any] = self.column.to_pylist()
        return cells

    def series(self) -> pl.Series:
        """The same memory as a polars column."""
        import polars as pl

        return pl.Series(self.column)


class PythonCells(NamedTuple):
    """Python objects: a list, a key of many dictionaries, or an object array of pandas."""

    name: str
    owner: object
    place: Hashable
    size: int
    cell: Callable[[int], Any]
    listed: Callable[[], list[Any]]
    pointers: Callable[[], Hashable] | None = None
    nbytes: int = 0
    weight: int = 6
    different: bool = False

    def mark(self) -> Hashable:
        """All of few cells, else about 1,024 evenly spread ones and, of an object array, the addresses of all."""
        if self.size <= FEW:
            return _content(self.listed())
        step = self.size // _LISTED_SAMPLE + 1
        sample = _content([self.cell(row) for row in range(0, self.size, step)])
        return self.size, sample, self.pointers() if self.pointers is not None else 0

    def series(self) -> None:
        """Nothing: what are texts among the objects is for the reader to say."""
        return


def _content(cells: list[Any]) -> int:
    return hash(tuple([cell if isinstance(cell, str) else id(cell) for cell in cells]))


class CodedCells(NamedTuple):
    """A categorical column of pandas: its categories never change, and a cell of one without a row is no cell."""

    name: str
    codes: Any
    categories: Cells
    different: bool = True

    @property
    def owner(self) -> object:
        """What owns the categories."""
        return self.categories.owner

    @property
    def place(self) -> Hashable:
        """That of the categories."""
        return self.categories.place

    @property
    def size(self) -> int:
        """Number of categories."""
        return self.categories.size

    @property
    def nbytes(self) -> int:
        """That of the categories."""
        return self.categories.nbytes

    @property
    def weight(self) -> int:
        """That of the categories."""
        return self.categories.weight

    def mark(self) -> Hashable:
        """That of the categories: codes are looked at every time."""
        return self.categories.mark()

    def cell(self, row: int) -> Any:
        """The category `row` where a row holds it."""
        return self.categories.cell(row) if (self.codes == row).any() else None

    def listed(self) -> list[Any]:
        """All categories."""
        return self.categories.listed()

    def series(self) -> pl.Series | None:
        """All categories."""
        return self.categories.series()
