"""Dates in their usual spellings. A spelling that two countries read differently is no date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache

from .language import lexicon

_BEFORE = r"(?<![\w.,:/-])"
_AFTER = r"(?![\w/-]|[.,:]\d)"


def dates_in(text: str) -> Iterator[tuple[int, int, dt.date]]:
    """Every date of a normalised text with its place [start, end).

    >>> [str(day) for _, _, day in dates_in("from 2024-01-31 to 3 March 2024, not 03/04/2024")]
    ['2024-01-31', '2024-03-03']
    """
    for found in _pattern().finditer(text):
        day = _day({name: value for name, value in found.groupdict().items() if value is not None})
        if day is not None:
            yield found.start(), found.end(), day


def date_of(text: str) -> dt.date | None:
    """The date `text` is, None where it is none.

    >>> date_of("31.01.2024"), date_of("март 2024"), date_of("1/2/2024")
    (datetime.date(2024, 1, 31), None, None)
    """
    return next((day for start, end, day in dates_in(text) if (start, end) == (0, len(text))), None)


@cache
def _pattern() -> re.Pattern[str]:
    table = lexicon()
    month = "|".join(sorted(table.numbers["months"], key=len, reverse=True))
    ending = rf"(?:-?(?:{'|'.join(sorted(table.words['ordinal_endings']))}))?"
    between = f"(?:(?:{'|'.join(sorted(table.words['between']))}) )?"
    after = f"(?: (?:{'|'.join(sorted(table.words['after']))})\\b\\.?)?"
    ways = (
        r"(?P<y1>\d{4})-(?P<m1>\d\d)-(?P<d1>\d\d)",
        r"(?P<d2>\d\d?)\.(?P<m2>\d\d?)\.(?P<y2>\d{4})",
        r"(?P<s1>\d\d?)/(?P<s2>\d\d?)/(?P<y3>\d{4})",
        rf"(?P<d4>\d\d?){ending} {between}(?P<n4>{month})\.?,? (?P<y4>\d{{4}}){after}",
        rf"(?P<n5>{month})\.? (?P<d5>\d\d?){ending},? (?P<y5>\d{{4}})",
    )
    return re.compile(_BEFORE + f"(?:{'|'.join(ways)})" + _AFTER, re.IGNORECASE)


def _day(parts: dict[str, str]) -> dt.date | None:
    if "s1" in parts:
        return _slashed(int(parts["s1"]), int(parts["s2"]), int(parts["y3"]))
    by = {name[0]: value for name, value in parts.items()}
    month = lexicon().numbers["months"][by["n"].casefold()] if "n" in by else int(by["m"])
    return _valid(int(by["y"]), month, int(by["d"]))


def _slashed(first: int, second: int, year: int) -> dt.date | None:
    """Day and month are told apart only where one of them cannot be a month, or where they are equal."""
    ways = {_valid(year, first, second), _valid(year, second, first)} - {None}
    return ways.pop() if len(ways) == 1 else None


def _valid(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
