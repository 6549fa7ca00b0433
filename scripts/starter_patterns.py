"""The wordings of the starter pack, read as questions are: each slot is a name or a number that is nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from starter_sources import ambiguous

from seglam_magics.cache.library import NO_VALUES
from seglam_magics.question import read
from seglam_magics.starter.patterns import Pattern, meanings, places_of
from seglam_magics.starter.query import Query
from seglam_magics.words import Column, Parameter, Variable

if TYPE_CHECKING:
    from starter_drafts import Draft

_FIRST_DAY = dt.date(1901, 1, 1)
_NUMBERS = range(7001, 7100)
_DTYPES = {"number": "float", "str": "str", "date": "date", "bool": "bool"}


def patterns_of(draft: Draft) -> Iterator[Pattern]:
    """The wordings of a draft as patterns; what cannot be read is told."""
    if draft.meant:
        return
    for template in draft.templates:
        pattern = _pattern(draft, template.text)
        if isinstance(pattern, str):
            print(f"{draft.family}.{draft.name}: {template.text!r}: {pattern}")
        else:
            yield pattern


def ambiguous_forms() -> dict[str, list[Any]]:
    """Form without conditions -> why it is not answered, and the procedures that may be meant."""
    forms: dict[str, list[Any]] = {}
    for draft, why, readings in ambiguous():
        for pattern in patterns_of(draft):
            forms[pattern.key.rpartition("|")[0]] = [why, list(readings)]
    return forms


def _pattern(draft: Draft, text: str) -> Pattern | str:
    """A wording read as a question is, with a name or a number that is nowhere else in the place of each slot."""
    marks: dict[str, Any] = {}
    said, signs = text, set[str]()
    for number, parameter in enumerate(draft.parameters):
        slot = "{" + parameter.name + "}"
        if slot not in said:
            continue
        if parameter.name.endswith("sign"):
            signs.add(parameter.name)
        mark, shown = _mark(parameter, number)
        marks[parameter.name] = mark
        said = said.replace(slot, shown)
    variable = _stand_in(draft)
    asked, stuck = meanings(read(said, {variable.name: variable}), variable, NO_VALUES)
    best = next((q for q in asked if _whole(q, marks, signs)), None)
    if best is None:
        return stuck or f"its slots are not found: {[q.key for q in asked][:3]}"
    return Pattern(draft.name, best.key, _places(best, marks, draft, signs), _fixed(best, marks, signs), text)


def _whole(query: Query, marks: Mapping[str, Any], signs: set[str]) -> bool:
    there = [value for _, value in places_of(query)]
    says = bool(query.concepts or query.asked or query.groups)  # a column alone asks for nothing
    return says and all(mark in there for name, mark in marks.items() if name not in signs)


def _mark(parameter: Parameter, number: int) -> tuple[Any, str]:
    if parameter.name.endswith("sign"):
        return "", ">"
    if parameter.type == "choice":
        return "true", "true"
    if parameter.type in ("int", "float"):
        value = 2024 if parameter.name == "year" else _NUMBERS[number]
        return value, str(value)
    if parameter.type == "date":
        day = _FIRST_DAY + dt.timedelta(days=number)
        return day, day.isoformat()
    if parameter.type in ("str", "text"):
        return f"slot{number}", f'"slot{number}"'
    return f"col{number}" if parameter.type == "column" else parameter.name, (
        f"`col{number}`" if parameter.type == "column" else f"`{parameter.name}`"
    )


def _stand_in(draft: Draft) -> Variable:
    listed = next((p for p in draft.parameters if p.type == "list"), None)
    if listed is not None:
        return Variable(listed.name, "list")
    columns = [
        Column(f"col{k}", _DTYPES.get(str(p.domain.get("dtype")), "str"))
        for k, p in enumerate(draft.parameters)
        if p.type == "column"
    ]
    if not any(c.dtype == "date" for c in columns):
        columns.append(Column("colday", "date"))
    return Variable("frame", "frame", columns=tuple(columns))


def _places(query: Query, marks: Mapping[str, Any], draft: Draft, signs: set[str]) -> dict[str, Any]:
    places: dict[str, Any] = {}
    taken: set[Any] = set()
    for name, mark in marks.items():
        if name not in signs:
            places[name] = next(place for place, value in places_of(query) if value == mark and place not in taken)
            taken.add(places[name])
    names = [p.name for p in draft.parameters]
    for name in signs:  # a sign belongs to the value that follows it
        value = places[names[names.index(name) + 1]]
        places[name] = (*value[:2], "sign")
    dates = [p.name for p in draft.parameters if p.domain.get("dtype") == "date"]
    if "year" in marks:  # the year says of which date it is
        places |= {name: (*places["year"][:2], "column") for name in dates[:1] if name not in places}
    return places


def _fixed(query: Query, marks: Mapping[str, Any], signs: set[str]) -> dict[int, str]:
    """The comparisons that the wording itself has."""
    names = list(marks)
    thresholds = [marks[names[names.index(name) + 1]] for name in signs]
    free = {number for number, condition in enumerate(query.conditions) if set(condition.values) & set(thresholds)}
    return {k: c.sign for k, c in enumerate(query.conditions) if c.sign and k not in free}
