"""The conditions of a question, by a small grammar over its items: what is compared with what, and how.

The grammar is in `conditions.toml`: patterns over one letter an item (see items.py), tried in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from .conditions import Condition, Context, Void, grammar, listed
from .items import Item
from .makers import MAKERS, pick

TAKEN, LED = "~", "^"  # what was taken; the first of it where that was a preposition
# the letters of a column of texts, of one of true and false, and of one that is not compared after all
TEXTS, FLAGS, SILENT = "a", "f", "k"
YEAR, IN_TIME = "y", "B"
_COLUMNS = {"str": TEXTS, "bool": FLAGS}
COUNT, _COUNTING = "m", frozenset({"many", "share", "percent"})
_ONCE = frozenset({"flag", "valued", "listed", "unknown", "text"})  # not not is no stronger a not


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
            if len(pick(taken, "not")) > 1 and name in _ONCE:
                raise Void(pick(taken, "not")[1].shown)
            made = MAKERS[name](taken, context)
            if made is None:  # the column beside a value is not the one it is of
                letters = letters[: match.start()] + re.sub("[acf]", SILENT, letters[match.start() :], count=1)
                continue
            found += [replace(condition, predicate=_is_predicate(taken)) for condition in made]
            of_another = match[0].startswith("!") and re.search("[acf]", letters[: match.start()])
            led = LED if match[0].startswith("p") or of_another else TAKEN
            mark = led + TAKEN * (match.end() - match.start() - 1)
            letters = letters[: match.start()] + mark + letters[match.end() :]
    left = [item for item, letter in zip(items, _tidied(letters), strict=True) if letter not in (TAKEN, LED)]
    return tuple(found), left


def _is_predicate(taken: Sequence[Item]) -> bool:
    said = " ".join(item.shown.casefold() for item in taken[:2])
    return not listed("predicates").isdisjoint((said, taken[0].shown.casefold()))


def _letter(item: Item, context: Context) -> str:
    if item.kind == "column" and context.dtype(str(item.value)) in _COLUMNS:
        return _COLUMNS[context.dtype(str(item.value))]
    if item.kind == "concept" and item.value in _COUNTING:
        return COUNT
    if item.kind == "number" and context.is_year(item.value):
        return YEAR
    if item.kind == "before" and item.shown.casefold() in listed("temporal"):
        return IN_TIME
    return item.letter


def _tidied(letters: str) -> str:
    """Without "and" and commas beside a condition, and the noun of a value after "of": of Adelie penguins."""
    letters = re.sub(r"(?:p~|\^)~*[rT]", _taken, letters).replace(LED, TAKEN)
    letters = re.sub(r"[&,ph=]+(?=~)|(?<=~)[&,]+(?=~|$)", _taken, letters)
    return re.sub(r"(?<=~)[&,]+(?=[phw])", _taken, letters)


def _taken(match: re.Match[str]) -> str:
    return TAKEN * len(match[0])


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((rule["makes"], re.compile(rule["pattern"])) for rule in grammar()["patterns"])
