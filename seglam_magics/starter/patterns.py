"""Wordings and questions brought together: a pattern is the form of a wording and where its slots are found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..question import View
from ..words import Reading, Values, Variable
from .conditions import Context, Void
from .items import Item
from .query import Query, queries
from .reading import readings
from .spans import spans

Place = tuple[str | int, ...]  # ("targets", 0), ("conditions", 1, "values", 0), ("conditions", 0, "sign")


@dataclass(frozen=True, slots=True)
class Pattern:
    """The form of a wording.

    Attributes
    ----------
    name : the procedure it is a wording of.
    places : slot -> where its value stands in the query.
    signs : the comparisons the wording itself has, by the number of the condition.
    """

    name: str
    key: str
    places: Mapping[str, Place]
    signs: Mapping[int, str]
    text: str = ""


def meanings(reading: Reading, variable: Variable, values: Values) -> tuple[list[Query], str]:
    """All meanings of a question against one frame or list, and the word that nothing accounts for, "" for none."""
    view = View(reading)
    dates = [c.name for c in variable.columns if c.dtype in ("date", "datetime")]
    context = Context(variable, values.ranges(variable.name) if variable.columns else {})
    ways, stuck = readings(view, spans(view, context, values), dates)
    found: list[Query] = []
    for way in ways:
        try:
            found += [query for query in queries(way, context) if query not in found]
        except Void as void:
            stuck = stuck or str(void)
    return found, stuck


def values_at(query: Query, places: Mapping[str, Place]) -> dict[str, tuple[Any, str]]:
    """Slot -> its value and the words it was read from."""
    return {slot: _at(query, place) for slot, place in places.items()}


def _at(query: Query, place: Place) -> tuple[Any, str]:
    part, number, *deeper = place
    found = getattr(query, str(part))[number]
    if isinstance(found, Item):
        return found.value, found.shown
    value = getattr(found, str(deeper[0]))
    value = value[deeper[1]] if len(deeper) > 1 else value
    return value, str(value)


def places_of(query: Query) -> Iterator[tuple[Place, Any]]:
    """Every place of a query with what stands there."""
    for part in ("targets", "asked", "groups", "limits", "texts"):
        items: Sequence[Item] = getattr(query, part)
        for number, item in enumerate(items):
            yield (part, number), item.value
    for number, condition in enumerate(query.conditions):
        yield ("conditions", number, "column"), condition.column
        for place, value in enumerate(condition.values):
            yield ("conditions", number, "values", place), value
