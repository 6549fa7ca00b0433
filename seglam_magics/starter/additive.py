"""Questions that do not say what is made of a column, where its name does: revenue by region is the total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..words import Variable
from .items import Item
from .lexicon import words
from .names import names_of
from .query import GRAINS, Query

TIMES = frozenset({"year", "day"})
KEYS = frozenset({"str", "bool", "date", "datetime"})
_EXTREMES = {"most": "max", "fewest": "min"}


def added_up(query: Query, variable: Variable) -> Query | None:
    """The question with a sum put in; None where it says itself what is computed, or its column is not added up."""
    if len(query.targets) != 1:
        return None
    if _orders_totals(query, variable):
        targets = (*query.targets, *query.groups)
        return replace(query, concepts=("by", "sum", *query.concepts), targets=targets, joins=("",), groups=())
    if not _is_total(query, variable):
        return None
    concepts = (_EXTREMES.get(concept, concept) for concept in query.concepts)
    return replace(query, concepts=tuple(sorted({*concepts, "sum"})))


def one_or_sum(query: Query, variable: Variable) -> str:
    """The column of which one value or the sum may be meant, "" for none: which customer has the highest revenue."""
    extreme = bool({"max", "min"}.intersection(query.concepts)) and {*query.concepts} <= {"max", "min", "has"}
    if not (extreme and query.asked and len(query.targets) == 1 and _are_added_up(query.targets, variable)):
        return ""
    return str(query.targets[0].value)


def _is_total(query: Query, variable: Variable) -> bool:
    """Whether only a column that is added up is asked for, by groups or times: revenue by region, revenue in 2024."""
    if not _are_added_up(query.targets, variable) or not _are_keys((*query.groups, *query.asked), variable):
        return False
    concepts = set(query.concepts)
    if concepts & set(_EXTREMES):
        return bool(query.asked) and concepts <= {*_EXTREMES, "has"}
    if query.limits or query.asked or not concepts <= GRAINS:
        return False
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
    last = {name.column: name.core[-1:] for name in names_of(variable.columns)}
    return all(words().is_additive("".join(last.get(str(item.value), ()))) for item in items)


def _are_keys(items: Iterable[Item], variable: Variable) -> bool:
    """Whether rows are grouped by these columns: by two numbers a ratio may be meant, revenue per quantity."""
    kinds = {column.name: column.dtype for column in variable.columns}
    return all(kinds.get(str(item.value)) in KEYS for item in items)
