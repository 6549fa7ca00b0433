"""Questions that may mean two things: a total per order, the heaviest penguins, all except the paid ones in Riga.

Each function raises Void with the word that is not clear; what none of them knows goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..question.columns import pieces
from ..question.language import stem
from .conditions import Context, Void, listed
from .items import Item
from .lexicon import words as lexicon

if TYPE_CHECKING:
    from .query import Query

AVERAGES = frozenset({"mean", "median", "max", "min", "std", "var", "range"})
_SINGULAR = frozenset({"rows", "records", "entries", "series", "species"})  # "rows" are those of the extreme value
GRAINS = frozenset({"dayly", "weekly", "monthly", "quarterly", "yearly"})


def check_items(items: Sequence[Item], context: Context) -> None:
    """Refuse what is not clear by its words alone."""
    _refuse_averages(items)
    _refuse_each(items)
    _refuse_ratios(items, context)
    _refuse_rates(items)
    _refuse_scopes(items)


def check_query(query: Query, items: Sequence[Item], context: Context) -> None:
    """Refuse what is not clear by the parts the words play."""
    _refuse_pluralities(query, items, context)
    _refuse_rows_of_groups(query, items)
    _refuse_flags(query, context)


def _refuse_averages(items: Sequence[Item]) -> None:
    """The average monthly revenue may be that of a month, or of the months: Void."""
    for one, other in pairwise(item for item in items if item.kind != "prep"):
        if (
            one.kind == other.kind == "concept"
            and one.value in AVERAGES
            and other.value in GRAINS
            and " " not in other.shown
        ):
            raise Void(other.shown)


def _refuse_each(items: Sequence[Item]) -> None:
    """A total per order is no total of all, where an average per order is that of the orders: Void."""
    averaged = any(item.kind == "concept" and item.value in AVERAGES for item in items)
    measured = any(item.kind == "column" for item in items)
    for one, other in pairwise(items):
        each = one.kind == "by" or (one.kind == "prep" and _is_one(other))
        if measured and not averaged and each and other.kind == "rows":
            raise Void(one.shown)


def _is_one(noun: Item) -> bool:
    """Whether one row is named, by a word that is not the table's name: in an order, в заказе."""
    said = noun.shown.casefold()
    one = not said.endswith(tuple(listed("endings_of_several")))
    return one and said != str(noun.value).casefold() and said not in listed("several")


def _refuse_rates(items: Sequence[Item]) -> None:
    """The average revenue per month may be one number, where what is averaged is added up otherwise: Void."""
    averaged = any(item.kind == "concept" and item.value in AVERAGES for item in items)
    names = [pieces(str(item.value)) for item in items if item.kind == "column"]
    added = any(lexicon().is_additive(stem(name[-1])) for name in names if name)
    for one, other in pairwise(items):
        daily = one.kind == other.kind == "concept" and one.value in GRAINS and other.value in AVERAGES
        if averaged and added and daily:
            raise Void(one.shown)
    for item in items:
        rate = item.kind == "concept" and item.value in GRAINS and item.shown.casefold().split()[0] in listed("rates")
        if averaged and added and rate:
            raise Void(item.shown)


def _refuse_flags(query: Query, context: Context) -> None:
    """By region, renewals only: no second group where the column's own name is not said: Void."""
    for item in query.groups[1:]:
        if context.dtype(str(item.value)) == "bool" and item.shown.casefold() != str(item.value).casefold():
            raise Void(item.shown)


def _refuse_scopes(items: Sequence[Item]) -> None:
    """All except the paid ones in Riga: those of Riga that are not paid, or all but some of Riga? Void."""
    for place, item in enumerate(items):
        if item.kind == "not" and item.shown.casefold() in listed("exclusions"):
            kinds = [i.kind for i in items[place + 1 :] if i.kind not in ("is", "rows")]
            kinds = kinds[1:] if kinds[:1] == ["prep"] else kinds
            led = kinds[1:2] in (["prep"], ["has"], ["and"])
            if (
                kinds[:1] in (["column"], ["cell"])
                and kinds[1 + led : 2 + led] in (["column"], ["cell"])
                and (led or kinds[:2] == ["cell", "cell"])
            ):
                raise Void(item.shown)


def _refuse_rows_of_groups(query: Query, items: Sequence[Item]) -> None:
    """The region of the order with the highest revenue is no group; how many customers start with A no rows: Void."""
    extremes = [item for item in items if item.kind == "concept" and item.value in ("max", "min")]
    if len(extremes) > 1 and query.concepts.count("range") == 0 and {"max", "min"} - {e.value for e in extremes}:
        raise Void(extremes[1].shown)  # the highest maximum
    for one, other in pairwise(items):
        of_each = other.kind == "rows" and (one.kind == "by" or _is_one(other))
        of_groups = query.asked or len(query.targets) > 1 or "month" in query.concepts
        if extremes and of_each and of_groups:
            raise Void(other.shown)
        counted = one.kind in ("number", "limit") or (one.kind == "concept" and one.value in ("many", "tally"))
        conditions = [c.kind for c in query.conditions if other.kind == "column" and c.column == other.value]
        if counted and not {"is", "not", "in", "notin", "starts", "ends", "contains", "lacks"}.isdisjoint(conditions):
            raise Void(other.shown)
    nouns = [k for k, item in enumerate(items) if item.kind == "rows"]
    if extremes and nouns and len(query.targets) > 1 and query.targets[0] in items[nouns[0] + 1 : nouns[0] + 2]:
        raise Void(items[nouns[0]].shown)
    if [item.kind for item in items[:2]] == ["prep", "is"] and items[0].shown.casefold() == "where":
        raise Void(items[0].shown)


def _refuse_pluralities(query: Query, items: Sequence[Item], context: Context) -> None:
    """What may be of each row or of the groups, of one row or of several: Void.

    Which products were not returned: some of them, or none? The rows of groups with a total are no groups. Of the
    heaviest penguins nobody says how many there are.
    """
    for condition in query.conditions:
        negated = condition.kind == "flag" and condition.values == ("false",)
        if negated and (query.asked or "distinct" in query.concepts):
            raise Void("not")
    nouns = [k for k, item in enumerate(items) if item.kind == "rows"]
    grouped = (
        "sum" in query.concepts and any(c.kind == "compares" for c in query.conditions) and len(query.targets) == 1
    )
    after = [item.kind for item in items[nouns[0] + 1 : nouns[0] + 3]] if nouns else []
    noun = items[nouns[0] + 1 + (after[:1] == ["prep"])] if len(after) > 1 else None
    if grouped and noun is not None and noun.kind == "column" and context.dtype(str(noun.value)) == "str":
        raise Void(items[nouns[0]].shown)
    if len(nouns) > 1 and [item.kind for item in items[nouns[0] + 1 : nouns[0] + 3]] in (
        ["and", "rows"],
        ["and", "column"],
    ):
        raise Void(items[nouns[0] + 1].shown)  # number of orders and returned orders
    for item in items:
        if query.limits or item.kind != "concept" or item.value not in ("max", "min"):
            continue
        noun = next((other for other in items if other.start >= item.end), None)
        if noun is not None and noun.kind == "rows" and _is_plural(item, noun):
            raise Void(item.shown)


def _is_plural(extreme: Item, noun: Item) -> bool:
    if re.search("[\u0400-\u04ff]", extreme.shown):
        return re.search(r"(?:ие|ые|их|ых)(?:\s|$)", extreme.shown.casefold()) is not None
    return noun.shown.casefold().endswith("s") and noun.shown.casefold() not in _SINGULAR


def _refuse_ratios(items: Sequence[Item], context: Context) -> None:
    """The average price per quantity may be that of each quantity, or a ratio: Void."""
    measured = [k for k, item in enumerate(items) if item.kind == "column" and _is_measure(item, context)]
    for place in measured[1:]:
        by = items[place - 1]
        if by.kind == "by" and by.shown.casefold() in listed("dividing"):
            raise Void(items[place].shown)


def _is_measure(item: Item, context: Context) -> bool:
    return context.dtype(str(item.value)) in ("int", "float") and item.value != context.years
