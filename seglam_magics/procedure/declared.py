"""What a procedure computes, as its author declares it, taken apart: an aggregate of a target under conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..words import Revision

_CONDITION = re.compile(r"\s*(.+?)\s*(<=|>=|!=|==|=|<|>)\s*(.+?)\s*")
_AGGREGATES = {
    **dict.fromkeys(("", "select", "list", "rows", "value", "filter"), "select"),
    **dict.fromkeys(("mean", "avg", "average"), "mean"),
    **dict.fromkeys(("max", "maximum"), "max"),
    **dict.fromkeys(("min", "minimum"), "min"),
    **dict.fromkeys(("sum", "total"), "sum"),
    **dict.fromkeys(("count", "len", "number"), "count"),
    "median": "median",
}
# What an operator of a question may want computed.
POSSIBLE: Mapping[str, frozenset[str]] = {
    **{name: frozenset({name}) for name in ("max", "min", "mean", "median", "sum", "select")},
    **{name: frozenset({"count"}) for name in ("many", "count", "total")},
    "none": frozenset(),
}
COUNTING = ("many", "count", "total")
NUMERIC = frozenset({"mean", "median", "sum", "max", "min"})


@dataclass(frozen=True, slots=True)
class Compared:
    """A condition: the column, how it is compared, the parameter that holds the value."""

    column: str
    comparison: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared meaning whose columns are named by the source or stand for a column slot.

    Attributes
    ----------
    aggregate : `select max min mean median sum count`.
    target, groups, conditions : by column; a column slot by the column of its example.
    """

    aggregate: str
    target: str | None
    conditions: tuple[Compared, ...]
    groups: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column it speaks of."""
        named = {c.column for c in self.conditions} | {*self.groups}
        return frozenset(named | ({self.target} if self.target else set()))

    @property
    def untyped(self) -> frozenset[str]:
        """Columns that are only compared for equality: whatever type their values have, equal is equal."""
        others = {c.column for c in self.conditions if c.comparison != "="} | {self.target, *self.groups}
        return frozenset(c.column for c in self.conditions if c.column not in others)


def declared(revision: Revision) -> Declared | None:
    """The declared meaning; None where there is none, or it speaks of what the source does not touch.

    Examples
    --------
    >>> from seglam_magics.words import Meaning, Parameter, Requirement
    >>> meaning = Meaning("mean", "mass", ("species = kind",))
    >>> kind = Parameter("kind", "str", example="Adelie")
    >>> needs = Requirement("frame", {"mass": "number", "species": "str"})
    >>> found = declared(Revision("f", 1, "", "", parameters=(kind,), meaning=meaning, requires=(needs,)))
    >>> found.target, found.conditions[0].parameter, sorted(found.untyped)
    ('mass', 'kind', ['species'])
    """
    meaning = revision.meaning
    aggregate = _AGGREGATES.get(meaning.aggregate.strip().casefold())
    conditions = tuple(_conditions(revision))
    target = _column(revision, meaning.target)
    groups = tuple(_column(revision, g) or "" for g in meaning.grouping)
    whole = len(conditions) == len(meaning.conditions) and "" not in groups and bool(target) == bool(meaning.target)
    if aggregate is None or meaning.ordered or not whole or not (target or aggregate == "count"):
        return None
    places = {(c.column, c.comparison) for c in conditions}
    return Declared(aggregate, target, conditions, tuple(sorted(groups))) if len(places) == len(conditions) else None


Outline = tuple[str, tuple[str, ...]]


def outlined(aggregate: str, target: str, conditions: Sequence[str]) -> Outline | None:
    """The aggregate and the comparisons that `declared` finds, if it finds anything; at a glance.

    >>> outlined("Average", "mass", ["year >= start", "species == kind"])
    ('mean', ('=', '>='))
    """
    known = _AGGREGATES.get(aggregate.strip().casefold())
    matches = [match for text in conditions if (match := _CONDITION.fullmatch(text))]
    if known is None or len(matches) < len(conditions) or not (target.strip() or known == "count"):
        return None
    return known, tuple(sorted("=" if match[2] == "==" else match[2] for match in matches))


def _conditions(revision: Revision) -> Iterator[Compared]:
    for text in revision.meaning.conditions:
        match = _CONDITION.fullmatch(text)
        column = _column(revision, match[1]) if match else None
        if match and column and match[2] != "!=" and revision.parameter(match[3]) is not None:
            yield Compared(column, "=" if match[2] == "==" else match[2], match[3])


def _column(revision: Revision, said: str) -> str | None:
    """The column a declaration speaks of, by its name or by the slot that names it."""
    name = said.strip().strip("`'\"")
    slot = revision.parameter(name)
    if slot is not None and slot.type == "column" and isinstance(slot.example, str):
        return slot.example
    return name if any(name in r.columns for r in revision.requires) else None
