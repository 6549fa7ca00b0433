"""What is made of a stretch of a question that a pattern of `conditions.toml` fits: conditions, or nothing.

A maker gives None where the column beside a value is not the one it is of; a value whose column is not sure makes the
whole reading void.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..question.columns import pieces
from .conditions import DATES, Condition, Context, Void, listed
from .items import Item

PERCENT = 100
PERCENT_NAMES = frozenset({"percent", "percentage", "pct", "%"})
_EDGES = {"<": (1, 1), ">=": (1, 1), ">": (12, 31)}  # the month and day of a year that a comparison with it looks at
_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NEGATED = {"is": "not", "in": "notin", "null": "known", "known": "null", "starts": "", "ends": "", "contains": "lacks"}


def pick(items: Sequence[Item], *kinds: str) -> list[Item]:
    """The items of these kinds, in their order."""
    return [item for item in items if item.kind in kinds]


def _column(items: Sequence[Item]) -> str:
    return next((str(item.value) for item in items if item.kind == "column"), "")


def _range(items: Sequence[Item], context: Context) -> list[Condition] | None:
    column, ends = _column(items), _ends(items, context)
    days = all(item.kind == "date" for item in ends)
    if days and column and context.dtype(column) not in DATES:
        return None  # revenue, from 2024-01-01 to 2024-03-31
    column = column or (context.only(*DATES) if days else "")
    low, high = ends[0].value, ends[1].value
    kind = _kind(ends, column, context)
    return [Condition(kind, column, (low,), ">="), Condition(kind, column, (high,), "<=")]


def _ends(items: Sequence[Item], context: Context) -> list[Item]:
    """The numbers or dates a column is compared with; 10 % of a column of shares is 0.1."""
    column = _column(items)
    low, high = context.ranges.get(column, (0.0, 0.0))
    shares = low >= -1 and high <= 1
    in_percent = not PERCENT_NAMES.isdisjoint(map(str.casefold, pieces(column)))
    found = pick(items, "number", "date", "percent")
    percents = any(item.kind == "percent" for item in found)
    for place, item in enumerate(found):
        above = shares and column in context.ranges and item.kind == "number" and 1 < item.value <= PERCENT
        if (percents and shares == in_percent) or (above and not percents):
            raise Void(item.shown)  # of a column of neither, or of one that may be either; more than all of it
        if percents and item.kind != "date":
            found[place] = replace(item, kind="number", value=item.value / PERCENT if shares else item.value)
    return found


def _kind(ends: Sequence[Item], column: str, context: Context) -> str:
    """How numbers or dates are compared with a column; Void where they cannot be."""
    days = {item.kind for item in ends} == {"date"}
    fitting = DATES if days else ("int", "float")
    if context.dtype(column) not in fitting:
        raise Void(ends[0].shown)
    return "day" if days else "compares"


def _years(items: Sequence[Item], context: Context) -> list[Condition]:
    low, high = (item.value for item in pick(items, "number"))
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
    column = context.only(*DATES)
    if not column or sign not in _EDGES:  # until 2024: with or without it?
        raise Void(year.shown)
    return [Condition("day", column, (dt.date(year.value, *_EDGES[sign]),), sign)]


def _period(items: Sequence[Item], context: Context) -> list[Condition] | None:
    """The days of a month or quarter, or those before or after it."""
    first, last = items[-1].value
    if _column(items) and context.dtype(_column(items)) not in DATES:
        return None
    column = _column(items) or context.only(*DATES)
    if not column:
        raise Void(items[-1].shown)
    sign = next((str(item.value) for item in items if item.kind == "before"), "") or _begins(items)
    if sign:
        return [Condition("day", column, (first if sign in ("<", ">=") else last,), sign)]
    return [Condition("day", column, (first,), ">="), Condition("day", column, (last,), "<=")]


def _compared(items: Sequence[Item], context: Context) -> list[Condition] | None:
    sign = next(item.value for item in items if item.kind in ("before", "after"))
    ends = _ends(items, context)
    day = ends[0].kind == "date"
    if day and _column(items) and context.dtype(_column(items)) not in DATES:
        return None
    column = _column(items) or (context.only(*DATES) if day else "")
    if pick(items, "not"):
        sign = _OPPOSITE[sign] if len(sign) == 2 else _OPPOSITE[sign] + "="  # noqa: PLR2004 - not less is at least
        sign = sign.rstrip("=") if sign in (">=", "<=") and len(pick(items, "not")) > 1 else sign
    return [Condition(_kind(ends, column, context), column, (ends[0].value,), sign)]


def _equal(items: Sequence[Item], context: Context) -> list[Condition] | None:
    ends = _ends(items, context)
    column = _column(items)
    if ends[0].kind == "date" and context.dtype(column) not in DATES:
        return None
    if context.is_year(ends[0].value) and column != context.years and not pick(items, "is"):
        return None  # body mass, not in 2007
    sign = "!=" if pick(items, "not") else "="
    return [Condition(_kind(ends, column, context), column, (ends[0].value,), sign)]


def _on(items: Sequence[Item], context: Context) -> list[Condition]:
    day = items[-1]
    sign = _begins(items) or "="
    return [Condition(_kind([day], context.only(*DATES), context), context.only(*DATES), (day.value,), sign)]


def _begins(items: Sequence[Item]) -> str:
    """The sign of a beginning, "" where no word says that something begins there; Void for a word that may say it."""
    said = {item.shown.casefold() for item in pick(items, "prep")}
    if not said.isdisjoint(listed("beginning_or_within")):
        raise Void(items[-1].shown)
    return "" if said.isdisjoint(listed("beginning")) else ">="


def _in_year(items: Sequence[Item], context: Context) -> list[Condition] | None:
    """In 2008: the column of years where there is one, else the year of the only date."""
    number = pick(items, "number")[0]
    if items[-1] is number and _column(items) != context.years and _column(items):
        plain = not _begins(items) and not pick(items, "not", "is")
        dated = context.dtype(_column(items)) in DATES and plain
        return [Condition("year", _column(items), (number.value,))] if dated else None
    if _column(items) not in ("", context.years):
        raise Void(number.shown)
    sign = "!=" if pick(items, "not") else "="
    begins = _begins(items)
    if begins and sign == "!=":
        raise Void(number.shown)
    if begins:
        return _of_year(number, begins, context)
    if context.years:
        return [Condition("compares", context.years, (number.value,), sign)]
    column = context.only(*DATES)
    if not column or sign == "!=":
        raise Void(number.shown)
    return [Condition("year", column, (number.value,))]


def _unknown(items: Sequence[Item], context: Context) -> list[Condition] | None:
    known, missing, negated = (bool(pick(items, kind)) for kind in ("known", "missing", "not"))
    low, high = context.ranges.get(_column(items), (1, 1))
    if not (known or missing or negated):
        said = {item.shown.casefold() for item in items if item.kind in ("prep", "has")}
        return [Condition("known", _column(items))] if said <= listed("with") else None
    if not (known or missing) and low <= 0 <= high:
        raise Void(items[-1].shown)  # without a discount: none is known, or it is nothing?
    is_known = (known and not negated) or (missing and negated)
    return [Condition("known" if is_known else "null", _column(items))]


def _flag(items: Sequence[Item], _context: Context) -> list[Condition] | None:
    """Rows a column of true and false is true of, or is not."""
    if any(item.shown.casefold() in listed("of") for item in pick(items, "prep")):
        return None  # the values of that column
    false = bool(pick(items, "not")) != bool(pick(items, "false"))
    return [Condition("flag", _column(items), ("false" if false else "true",))]


def _text(items: Sequence[Item], context: Context) -> list[Condition]:
    item = next(i for i in items if i.kind in ("starts", "ends", "contains"))
    said, column = pick(items, "text", "cell")[-1], _column(items)
    kind = item.kind if not pick(items, "not") else _NEGATED[item.kind]
    if context.dtype(column) != "str" or not kind:
        raise Void(said.shown)
    return [Condition(kind, column, (said.shown,))]


def _valued(items: Sequence[Item], context: Context) -> list[Condition] | None:
    """Values of a column, named beside them or sure without: one, or several of the same column."""
    said, column = pick(items, "cell", "text"), _column(items)
    if len({item.value for item in pick(items, "column")}) > 1:
        raise Void(pick(items, "or")[0].shown)
    columns = [dict(item.value) if item.kind == "cell" else {column: item.value} for item in said]
    shared = set.intersection(*(set(c) for c in columns))
    if column and column not in shared and not pick(items, "is", "not", "in"):
        return None
    if column:
        shared &= {column}
    if len(shared) != 1 or context.dtype(next(iter(shared))) != "str":
        raise Void(said[0].shown)
    chosen = shared.pop()
    values = tuple(dict.fromkeys(found[chosen] for found in columns))
    kind = "is" if len(values) == 1 else "in"
    together = kind == "in" and bool(pick(items, "and", "comma")) and not pick(items, "or", "not")
    return [Condition(_NEGATED[kind] if pick(items, "not") else kind, chosen, values, together=together)]


def _listed(items: Sequence[Item], context: Context) -> list[Condition] | None:
    """One of several values of a column, which is named before them."""
    said, column = pick(items, "cell", "text"), _column(items)
    if not all(item.kind == "text" or column in dict(item.value) for item in said):
        return None  # by region, in Germany and France
    found = _valued(items, context) or []
    return [replace(condition, together=False) for condition in found]


MAKERS: Mapping[str, Callable[[Sequence[Item], Context], list[Condition] | None]] = {
    "range": _range,
    "years": _years,
    "since": _since,
    "period": _period,
    "compared": _compared,
    "equal": _equal,
    "year": _in_year,
    "on": _on,
    "unknown": _unknown,
    "flag": _flag,
    "text": _text,
    "valued": _valued,
    "listed": _listed,
}
