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
    _refuse_none_of(query)
    _refuse_members(query, items, context)
    _refuse_two(items)
    _refuse_several(query, items)
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
    extremes = [item for item in items if _is_extreme(item)]
    if len(extremes) > 1 and len({item.value for item in extremes}) == 1:
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
    noun, after = _noun(items)
    if extremes and noun is not None and len(query.targets) > 1 and query.targets[0] in after[:1]:
        raise Void(noun.shown)
    if [item.kind for item in items[:2]] == ["prep", "is"] and items[0].shown.casefold() == "where":
        raise Void(items[0].shown)


def _refuse_none_of(query: Query) -> None:
    """Which products were not returned: those with a row that was not, or those none of whose rows was? Void."""
    for condition in query.conditions:
        negated = condition.kind == "flag" and condition.values == ("false",)
        if negated and (query.asked or "distinct" in query.concepts):
            raise Void("not")


def _refuse_members(query: Query, items: Sequence[Item], context: Context) -> None:
    """The orders of customers with a total above 3000 are no customers: Void."""
    compared = any(condition.kind == "compares" for condition in query.conditions)
    noun, after = _noun(items)
    if noun is None or not compared or "sum" not in query.concepts or len(query.targets) != 1:
        return
    group = next((item for item in after[:2] if item.kind != "prep"), None)
    if group is not None and group.kind == "column" and context.dtype(str(group.value)) == "str":
        raise Void(noun.shown)


def _refuse_two(items: Sequence[Item]) -> None:
    """The number of orders and returned orders is two numbers: Void."""
    several = sum(item.kind == "rows" for item in items) > 1
    _, after = _noun(items)
    if several and [item.kind for item in after[:2]] in (["and", "rows"], ["and", "column"]):
        raise Void(after[0].shown)


def _refuse_several(query: Query, items: Sequence[Item]) -> None:
    """Of the heaviest penguins nobody says how many there are: Void."""
    for item in () if query.limits else filter(_is_extreme, items):
        noun = next((other for other in items if other.start >= item.end), None)
        if noun is not None and noun.kind == "rows" and _is_plural(item, noun):
            raise Void(item.shown)


def _is_extreme(item: Item) -> bool:
    return item.kind == "concept" and item.value in ("max", "min")


def _noun(items: Sequence[Item]) -> tuple[Item | None, Sequence[Item]]:
    """The first noun for rows, None where there is none, and what follows it."""
    for place, item in enumerate(items):
        if item.kind == "rows":
            return item, items[place + 1 :]
    return None, ()


def _is_plural(extreme: Item, noun: Item) -> bool:
    """Whether the rows of an extreme value are said to be several: самые крупные заказы, the largest orders."""
    if re.search("[\u0400-\u04ff]", extreme.shown):
        endings = tuple(listed("endings_of_plural_adjectives"))
        return any(word.endswith(endings) for word in extreme.shown.casefold().split())
    said = noun.shown.casefold()
    return said.endswith("s") and said not in listed("one_or_several")


def _refuse_ratios(items: Sequence[Item], context: Context) -> None:
    """The average price per quantity may be that of each quantity, or a ratio: Void."""
    measured = [k for k, item in enumerate(items) if item.kind == "column" and _is_measure(item, context)]
    for place in measured[1:]:
        by = items[place - 1]
        if by.kind == "by" and by.shown.casefold() in listed("dividing"):
            raise Void(items[place].shown)


def _is_measure(item: Item, context: Context) -> bool:
    return context.dtype(str(item.value)) in ("int", "float") and item.value != context.years
