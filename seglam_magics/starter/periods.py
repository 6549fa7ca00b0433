"""Months and quarters of a year, as their first and last day: March 2024, Q2 2024, второй квартал 2024."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ..question.language import lexicon
from ..question.stems import fold
from .lexicon import words

YEARS = range(1900, 2101)
MONTHS_OF_A_QUARTER = 3
Days = tuple[dt.date, dt.date]


def period_at(said: Sequence[str]) -> tuple[int, Days] | None:
    """How many of these casefolded words are a month or a quarter of a year, and its first and last day.

    >>> period_at(["march", "2024", "please"])
    (2, (datetime.date(2024, 3, 1), datetime.date(2024, 3, 31)))
    >>> period_at(["q", "2", "2024"])[1], period_at(["may", "be", "2024"])
    ((datetime.date(2024, 4, 1), datetime.date(2024, 6, 30)), None)
    """
    for length, first, months in _starts(said):
        rest = [word for word in said[length : length + 2] if word != "of"]
        if rest and rest[0].isdecimal() and int(rest[0]) in YEARS:
            return length + said[length:].index(rest[0]) + 1, _days(int(rest[0]), first, months)
    return None


def _starts(said: Sequence[str]) -> list[tuple[int, int, int]]:
    """Ways to begin: words taken, first month, months."""
    month = lexicon().numbers["months"].get(said[0])
    if month is not None:
        return [(1, month, 1)]
    pair = [_quarter(word) for word in said[:2]]
    numbers = [number for number in pair if number]
    if len(pair) == 2 and None in pair and numbers and 1 <= numbers[0] <= 4:  # noqa: PLR2004 - quarters of a year
        return [(2, MONTHS_OF_A_QUARTER * (numbers[0] - 1) + 1, MONTHS_OF_A_QUARTER)]
    return []


def _quarter(word: str) -> int | None:
    """The number of a quarter, None for a word for one, 0 for any other."""
    if fold(word) in words().quarters:
        return None
    return int(word) if word.isdecimal() else lexicon().numbers["ordinals"].get(word, 0)


def _days(year: int, first: int, months: int) -> Days:
    after = first + months
    end = dt.date(year + (after > 12), (after - 1) % 12 + 1, 1)  # noqa: PLR2004 - months of a year
    return dt.date(year, first, 1), end - dt.timedelta(days=1)
