"""Conditions of a question: what rows must be like, and the table that is read against."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from ..words import Variable

YEARS = range(1900, 2101)
DATES = ("date", "datetime")


@dataclass(frozen=True, slots=True)
class Condition:
    """What rows must be like.

    Attributes
    ----------
    kind : `is not in notin compares null known starts ends contains lacks day flag`.
    column : the column that is looked at.
    values : the values it is compared with.
    sign : of `compares` and `day`: `< <= > >= = !=`.
    together : whether the values were joined by "and": of both of them, or of each?
    predicate : whether it is said of the rows by a verb, as in "which penguins are female", and does not pick them out.
    """

    kind: str
    column: str
    values: tuple[Any, ...] = ()
    sign: str = ""
    together: bool = False
    predicate: bool = field(default=False, compare=False)

    @property
    def form(self) -> str:
        """Its kind, and for a list the number of its values."""
        return f"{self.kind}{len(self.values)}" if self.kind in ("in", "notin") else self.kind


class Void(Exception):
    """A stretch of the question that means two things, or nothing: its words."""


@dataclass(frozen=True, slots=True)
class Context:
    """The table a question is read against."""

    variable: Variable
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def is_year(self, number: Any) -> bool:
        """Whether a number is a year of this table: near those of its column of years, or of its only date."""
        if not isinstance(number, int) or number not in YEARS:
            return False
        if not self.years:
            return bool(self.only(*DATES))
        low, high = self.ranges.get(self.years, (YEARS[0], YEARS[-1]))
        return low - 1 <= number <= high + 1

    def dtype(self, column: str) -> str:
        """The class of a column's type."""
        found = self.variable.column(column)
        return found.dtype if found is not None else ""

    def only(self, *dtypes: str) -> str:
        """The one column of these types, "" where none or several."""
        found = [c.name for c in self.variable.columns if c.dtype in dtypes]
        return found[0] if len(found) == 1 else ""

    @property
    def years(self) -> str:
        """The column of whole numbers that is called a year."""
        return next((c.name for c in self.variable.columns if c.dtype == "int" and c.name.casefold() == "year"), "")


@cache
def listed(name: str) -> frozenset[str]:
    """A list of words of `conditions.toml`."""
    return frozenset(map(str.strip, grammar()[name].split(";")))


@cache
def grammar() -> dict[str, Any]:
    """The tables of `conditions.toml`."""
    return tomllib.loads(resources.files(__package__).joinpath("conditions.toml").read_text(encoding="utf-8"))
