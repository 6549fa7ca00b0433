"""Conditions of a question, by a small grammar over its items: what is compared with what, and how.

The grammar is in `conditions.toml`: patterns over one letter an item (see items.py), tried in order. What one takes is
a condition or nothing; a value whose column is not sure makes the whole reading void.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

from ..words import Variable
from .items import Item

TAKEN, LED = "~", "^"  # what was taken; the first of it where that was a preposition
TEXTS, SILENT = "a", "k"  # the letters of a column of texts, and of a column that is not compared after all
YEAR, IN_TIME = "y", "B"
YEARS = range(1900, 2101)
_DATES = ("date", "datetime")
_EDGES = {"<": (1, 1), ">=": (1, 1), ">": (12, 31)}  # the month and day of a year that a comparison with it looks at
_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NEGATED = {"is": "not", "in": "notin", "null": "known", "known": "null", "starts": "", "ends": "", "contains": "lacks"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What rows must be like.

    Attributes
    ----------
    kind : `is not in notin compares null known starts ends contains lacks day`.
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
            return bool(self.only(*_DATES))
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


def extract(items: Sequence[Item], context: Context) -> tuple[tuple[Condition, ...], list[Item]]:
    """The conditions of a question, and the items that are left.

    Raises
    ------
    Void : a condition that cannot be understood for sure.
    """
    letters = "".join(_letter(item, context) for item in items)
    found: list[Condition] = []
    for name, pattern in _patterns():
        while match := pattern.search(letters):
            taken = [items[k] for k in range(match.start(), match.end()) if letters[k] not in (TAKEN, LED)]
            made = _MAKERS[name](taken, context)
            if made is None:  # the column beside a value is not the one it is of
                letters = letters[: match.start()] + re.sub("[ac]", SILENT, letters[match.start() :], count=1)
                continue
            found += [replace(condition, predicate=_is_predicate(taken)) for condition in made]
            led = LED if match[0].startswith("p") else TAKEN
            mark = led + TAKEN * (match.end() - match.start() - 1)
            letters = letters[: match.start()] + mark + letters[match.end() :]
    left = [item for item, letter in zip(items, _tidied(letters), strict=True) if letter not in (TAKEN, LED)]
    return tuple(found), left


def _is_predicate(taken: Sequence[Item]) -> bool:
    said = " ".join(item.shown.casefold() for item in taken[:2])
    return not listed("predicates").isdisjoint((said, taken[0].shown.casefold()))


def _letter(item: Item, context: Context) -> str:
    if item.kind == "column" and context.dtype(str(item.value)) == "str":
        return TEXTS
    if item.kind == "number" and context.is_year(item.value):
        return YEAR
    if item.kind == "before" and item.shown.casefold() in listed("temporal"):
        return IN_TIME
    return item.letter


@cache
def listed(name: str) -> frozenset[str]:
    """A list of words of `conditions.toml`."""
    return frozenset(map(str.strip, _grammar()[name].split(";")))


@cache
def _grammar() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("conditions.toml").read_text(encoding="utf-8"))


def _tidied(letters: str) -> str:
    """Without "and" and commas beside a condition, and the noun of a value after "of": of Adelie penguins."""
    letters = re.sub(r"(?:p~|\^)~*[rT]", _taken, letters).replace(LED, TAKEN)
    letters = re.sub(r"[&,ph=]+(?=~)|(?<=~)[&,]+(?=~|$)", _taken, letters)
    return re.sub(r"(?<=~)[&,]+(?=[phw])", _taken, letters)


def _taken(match: re.Match[str]) -> str:
    return TAKEN * len(match[0])


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((rule["makes"], re.compile(rule["pattern"])) for rule in _grammar()["patterns"])


# ---------------------------------------------------------------- what is made of a match


def _pick(items: Sequence[Item], *kinds: str) -> list[Item]:
    return [item for item in items if item.kind in kinds]


def _column(items: Sequence[Item]) -> str:
    return next((str(item.value) for item in items if item.kind == "column"), "")


def _range(items: Sequence[Item], context: Context) -> list[Condition] | None:
    column, ends = _column(items), _pick(items, "number", "date")
    days = all(item.kind == "date" for item in ends)
    if days and column and context.dtype(column) not in _DATES:
        return None  # revenue, from 2024-01-01 to 2024-03-31
    column = column or (context.only(*_DATES) if days else "")
    low, high = ends[0].value, ends[1].value
    kind = _kind(ends, column, context)
    return [Condition(kind, column, (low,), ">="), Condition(kind, column, (high,), "<=")]


def _kind(ends: Sequence[Item], column: str, context: Context) -> str:
    """How numbers or dates are compared with a column; Void where they cannot be."""
    days = {item.kind for item in ends} == {"date"}
    fitting = _DATES if days else ("int", "float")
    if context.dtype(column) not in fitting:
        raise Void(ends[0].shown)
    return "day" if days else "compares"


def _years(items: Sequence[Item], context: Context) -> list[Condition]:
    low, high = (item.value for item in _pick(items, "number"))
    measured = [c for c, (least, most) in context.ranges.items() if c != context.years and least <= low <= most]
    if not context.years or measured:
        raise Void(items[-1].shown)
    return [Condition("compares", context.years, (low,), ">="), Condition("compares", context.years, (high,), "<=")]


def _since(items: Sequence[Item], context: Context) -> list[Condition]:
    return _of_year(items[-1], next(str(item.value) for item in items if item.kind == "before"), context)


def _of_year(year: Item, sign: str, context: Context) -> list[Condition]:
    """A comparison with a year: of the column of years, else of the only date."""
    if context.years:
        return [Condition("compares", context.years, (year.value,), sign)]
    column = context.only(*_DATES)
    if not column or sign not in _EDGES:  # until 2024: with or without it?
        raise Void(year.shown)
    return [Condition("day", column, (dt.date(year.value, *_EDGES[sign]),), sign)]


def _period(items: Sequence[Item], context: Context) -> list[Condition]:
    """The days of a month or quarter, or those before or after it."""
    first, last = items[-1].value
    column = context.only(*_DATES)
    if not column:
        raise Void(items[-1].shown)
    sign = next((str(item.value) for item in items if item.kind == "before"), "") or _begins(items)
    if sign:
        return [Condition("day", column, (first if sign in ("<", ">=") else last,), sign)]
    return [Condition("day", column, (first,), ">="), Condition("day", column, (last,), "<=")]


def _compared(items: Sequence[Item], context: Context) -> list[Condition] | None:
    sign = next(item.value for item in items if item.kind in ("before", "after"))
    ends = _pick(items, "number", "date")
    day = ends[0].kind == "date"
    if day and _column(items) and context.dtype(_column(items)) not in _DATES:
        return None
    column = _column(items) or (context.only(*_DATES) if day else "")
    if _pick(items, "not"):
        sign = _OPPOSITE[sign] if len(sign) == 2 else _OPPOSITE[sign] + "="  # noqa: PLR2004 - not less is at least
        sign = sign.rstrip("=") if sign in (">=", "<=") and len(_pick(items, "not")) > 1 else sign
    return [Condition(_kind(ends, column, context), column, (ends[0].value,), sign)]


def _equal(items: Sequence[Item], context: Context) -> list[Condition] | None:
    ends = _pick(items, "number", "date")
    column = _column(items)
    if ends[0].kind == "date" and context.dtype(column) not in _DATES:
        return None
    if context.is_year(ends[0].value) and column != context.years and not _pick(items, "is"):
        return None  # body mass, not in 2007
    sign = "!=" if _pick(items, "not") else "="
    return [Condition(_kind(ends, column, context), column, (ends[0].value,), sign)]


def _on(items: Sequence[Item], context: Context) -> list[Condition]:
    day = items[-1]
    sign = _begins(items) or "="
    return [Condition(_kind([day], context.only(*_DATES), context), context.only(*_DATES), (day.value,), sign)]


def _begins(items: Sequence[Item]) -> str:
    """The sign of a beginning, "" where no word says that something begins there; Void for a word that may say it."""
    said = {item.shown.casefold() for item in _pick(items, "prep")}
    if not said.isdisjoint(listed("beginning_or_within")):
        raise Void(items[-1].shown)
    return "" if said.isdisjoint(listed("beginning")) else ">="


def _in_year(items: Sequence[Item], context: Context) -> list[Condition]:
    """In 2008: the column of years where there is one, else the year of the only date."""
    number = _pick(items, "number")[0]
    if _column(items) not in ("", context.years):
        raise Void(number.shown)
    sign = "!=" if _pick(items, "not") else "="
    begins = _begins(items)
    if begins and sign == "!=":
        raise Void(number.shown)
    if begins:
        return _of_year(number, begins, context)
    if context.years:
        return [Condition("compares", context.years, (number.value,), sign)]
    column = context.only(*_DATES)
    if not column or sign == "!=":
        raise Void(number.shown)
    return [Condition("year", column, (number.value,))]


def _unknown(items: Sequence[Item], _context: Context) -> list[Condition]:
    known, missing, negated = (bool(_pick(items, kind)) for kind in ("known", "missing", "not"))
    is_known = (known and not negated) or (missing and negated)
    return [Condition("known" if is_known else "null", _column(items))]


def _text(items: Sequence[Item], context: Context) -> list[Condition]:
    item = next(i for i in items if i.kind in ("starts", "ends", "contains"))
    said, column = _pick(items, "text", "cell")[-1], _column(items)
    kind = item.kind if not _pick(items, "not") else _NEGATED[item.kind]
    if context.dtype(column) != "str" or not kind:
        raise Void(said.shown)
    return [Condition(kind, column, (said.shown,))]


def _valued(items: Sequence[Item], context: Context) -> list[Condition] | None:
    """Values of a column, named beside them or sure without: one, or several of the same column."""
    said, column = _pick(items, "cell", "text"), _column(items)
    columns = [dict(item.value) if item.kind == "cell" else {column: item.value} for item in said]
    shared = set.intersection(*(set(c) for c in columns))
    if column and column not in shared and not _pick(items, "is", "not", "in"):
        return None
    if column:
        shared &= {column}
    if len(shared) != 1 or context.dtype(next(iter(shared))) != "str":
        raise Void(said[0].shown)
    chosen = shared.pop()
    values = tuple(dict.fromkeys(found[chosen] for found in columns))
    kind = "is" if len(values) == 1 else "in"
    together = kind == "in" and bool(_pick(items, "and")) and not _pick(items, "or", "not")
    return [Condition(_NEGATED[kind] if _pick(items, "not") else kind, chosen, values, together=together)]


_MAKERS: Mapping[str, Callable[[Sequence[Item], Context], list[Condition] | None]] = {
    "range": _range,
    "years": _years,
    "since": _since,
    "period": _period,
    "compared": _compared,
    "equal": _equal,
    "year": _in_year,
    "on": _on,
    "unknown": _unknown,
    "text": _text,
    "valued": _valued,
}
