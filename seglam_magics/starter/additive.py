"""Questions that do not say what is made of a column, where its name does: revenue by region is the total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..question.stems import fold
from ..words import Variable
from .items import Item
from .lexicon import words
from .names import names_of
from .query import Query
from .refusals import GRAINS

TIMES = frozenset({"year", "day"})
KEYS = frozenset({"str", "bool", "date", "datetime"})
_EXTREMES = {"most": "max", "fewest": "min"}
_SAID = frozenset({"much", "many", "sell", "sort", "rank", "ascending", "descending"})
_AMOUNTS = frozenset({"much", "many", "sell"})  # of what is added up they say nothing more
_BEST = frozenset({"max", "min", "has", "month"})


def added_up(query: Query, variable: Variable) -> Query | None:
    """The question with a sum put in; None where it says itself what is computed, or its column is not added up."""
    if _is_best(query, variable):
        return replace(query, concepts=tuple(sorted({*query.concepts, "sum"})))
    if len(query.targets) != 1:
        return None
    if _orders_totals(query, variable):
        targets = (*query.targets, *query.groups)
        return replace(query, concepts=("by", "sum", *query.concepts), targets=targets, joins=("",), groups=())
    if not _is_total(query, variable):
        return None
    concepts = (_EXTREMES.get(concept, concept) for concept in query.concepts if concept not in _AMOUNTS)
    return replace(query, concepts=tuple(sorted({*concepts, "sum"})))


def added_up_by(variable: Variable, column: str) -> bool:
    """Whether this column is added up where nothing else is said."""
    return any(words().is_additive("".join(n.core[-1:])) for n in names_of(variable.columns) if n.column == column)


def _is_best(query: Query, variable: Variable) -> bool:
    """Whether the group with the most is asked for: which region has the highest revenue, month with the lowest sales.

    Where each group has one row, the sum is the value of that row.
    """
    return _wants_best(query, variable) and _are_added_up(query.targets[-1:], variable)


def is_unclear(query: Query, variable: Variable) -> bool:
    """Whether the group with the most is asked for by a word that may mean rows, or by a sum or one of its parts.

    The product with the highest number; which customers have a revenue above 500.
    """
    compared = [c.column for c in query.conditions if c.kind == "compares"]
    grouped = (query.asked or "distinct" in query.concepts) and "sum" not in query.concepts
    if grouped and any(added_up_by(variable, column) for column in compared):
        return True
    named = all(words().is_additive(last) for last in _last_pieces(query.targets[-1:], variable))
    return _wants_best(query, variable) and named and not _are_added_up(query.targets[-1:], variable)


def _wants_best(query: Query, variable: Variable) -> bool:
    extreme = {"max", "min"}.intersection(query.concepts) and set(query.concepts) <= _BEST
    groups = (*query.asked, *query.targets[:-1])
    counted = len(groups) == (0 if "month" in query.concepts else 1)
    fits = counted and query.targets and not (query.groups or query.limits)
    return bool(extreme and fits) and _are_keys(groups, variable)


def _is_total(query: Query, variable: Variable) -> bool:
    """Whether only a column that is added up is asked for, by groups or times: revenue by region, revenue in 2024."""
    if not _are_added_up(query.targets, variable) or not _are_keys((*query.groups, *query.asked), variable):
        return False
    concepts = set(query.concepts)
    if concepts & set(_EXTREMES):
        return bool(query.asked) and concepts <= {*_EXTREMES, "has"}
    if "many" in concepts and not _are_pieces(query.targets, variable):
        return False  # how many sales: rows or what they add up to?
    if query.limits or query.asked or not concepts <= {*GRAINS, *_SAID}:
        return False
    if concepts & _SAID - _AMOUNTS and not query.groups:
        return False  # what is sorted are rows
    alone = bool(query.conditions) and {c.kind for c in query.conditions} <= TIMES
    return bool(concepts or query.groups) or alone


def _orders_totals(query: Query, variable: Variable) -> bool:
    """Whether groups are to be put in the order of what is added up: top 2 customers by revenue."""
    counted = len(query.limits) == len(query.groups) == 1
    return (
        counted
        and query.concepts == ("top",)
        and _are_keys(query.targets, variable)
        and _are_added_up(query.groups, variable)
    )


def _are_added_up(items: Iterable[Item], variable: Variable) -> bool:
    """Whether these are columns that are added up, and named so that no number of rows may be meant: количество."""
    items = tuple(items)
    rows = (("concept", "many") in words().parts.get((fold(item.shown.casefold()),), ()) for item in items)
    return not any(rows) and all(words().is_additive(last) for last in _last_pieces(items, variable))


def _are_pieces(items: Iterable[Item], variable: Variable) -> bool:
    """Whether the columns count pieces: how many units."""
    return all(words().is_countable(last) for last in _last_pieces(items, variable))


def _last_pieces(items: Iterable[Item], variable: Variable) -> Iterable[str]:
    last = {name.column: "".join(name.core[-1:]) for name in names_of(variable.columns)}
    return [last.get(str(item.value), "") for item in items]


def _are_keys(items: Iterable[Item], variable: Variable) -> bool:
    """Whether rows are grouped by these columns: by two numbers a ratio may be meant, revenue per quantity."""
    kinds = {column.name: column.dtype for column in variable.columns}
    return all(kinds.get(str(item.value)) in KEYS for item in items)
