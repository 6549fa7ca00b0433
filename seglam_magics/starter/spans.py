"""Everything a stretch of a question may be, at each of its tokens; nothing is decided here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ..question import View, cell_key
from ..question.language import stem, writes_comma
from ..question.stems import fold
from ..words import Values, Variable
from .items import Item
from .lexicon import words
from .names import mentions, only_with
from .periods import period_at

LONGEST_CELL = 4  # words
LONGEST_MEASURE = 3
_COLUMN = ("column", "")
_MOST, _LEAST = (("has", ""), ("concept", "max"), _COLUMN), (("has", ""), ("concept", "min"), _COLUMN)
_ROWS = ("rows", "rows")
# What a word for a quantity stands for, in one way or several: items as (kind, value).
_GRADES: Mapping[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "plain": ((_COLUMN,),),
    "more": ((_COLUMN, ("before", ">")),),
    "less": ((_COLUMN, ("before", "<")),),
    "most": (_MOST, (_ROWS, *_MOST)),
    "least": (_LEAST, (_ROWS, *_LEAST)),
}
Spans = Mapping[int, list[Item]]


def spans(view: View, variable: Variable, values: Values) -> Spans:
    """The items that may begin at each token, against one frame or list."""
    found: dict[int, list[Item]] = defaultdict(list)
    for item in _all(view, variable, values):
        if not (view.inner[item.start] and item.kind != "concept") and item not in found[item.start]:
            found[item.start].append(item)
    return found


def _all(view: View, variable: Variable, values: Values) -> Iterator[Item]:
    yield from _texts(view, variable, values)
    yield from _references(view, variable)
    yield from _numbers(view)
    yield from _periods(view)
    yield from _cells(view, variable, values)
    yield from _named(view, variable)
    yield from _phrases(view)
    yield from _measures(view, variable)


# ---------------------------------------------------------------- values


def _texts(view: View, variable: Variable, values: Values) -> Iterator[Item]:
    for first, closing in view.quoted.items():
        said = view.shown(first, closing)
        cells = _found(values, variable, {cell_key(said): said})
        pairs = cells.get(cell_key(said), ())
        yield Item("cell" if pairs else "text", pairs or said, first - 1, closing + 1, said)


def _numbers(view: View) -> Iterator[Item]:
    comma = writes_comma(view.text)
    for place in range(len(view.tokens)):
        dates = view.dates(place)
        for end, day in dates[:1]:
            yield Item("date", day, place, end, view.shown(place, end))
        for end, number in view.numbers(place, comma=comma)[:1]:
            value = int(number) if number.denominator == 1 else float(number)
            yield Item("number", value, place, end, view.shown(place, end))
        for end, place_said in view.ordinals(place)[:1]:
            if view.tokens[place].kind == "number":
                yield Item("number", place_said, place, end, view.shown(place, end))


def _periods(view: View) -> Iterator[Item]:
    for place in range(len(view.tokens)):
        found = period_at([token.text.casefold() for token in view.tokens[place : place + 4]])
        if found is not None:
            length, days = found
            yield Item("period", days, place, place + length, view.shown(place, place + length))


def _cells(view: View, variable: Variable, values: Values) -> Iterator[Item]:
    phrases: dict[str, str] = {}
    places: dict[tuple[int, int], list[str]] = {}
    for first in range(len(view.tokens)):
        for end in range(first + 1, min(len(view.tokens), first + LONGEST_CELL) + 1):
            said = view.shown(first, end)
            keys = list(dict.fromkeys(filter(None, _cell_keys(said))))
            places[first, end] = keys
            phrases |= dict.fromkeys(keys, said)
    found = _found(values, variable, phrases)
    for (first, end), keys in places.items():
        pairs = next((found[key] for key in keys if key in found), ())
        if pairs and not _is_small(view.shown(first, end)):
            yield Item("cell", pairs, first, end, view.shown(first, end))


def _cell_keys(said: str) -> list[str]:
    """A cell is named by its own words, in the plural, or in another language."""
    key = cell_key(said)
    other = words().cells.get(key, "")
    return [key, stem(key) if " " not in key else "", other]


def _is_small(said: str) -> bool:
    """Whether a lower-case word is a particle by trade, and a cell by chance."""
    parts = words().parts.get((fold(said.casefold()),), ())
    return said.islower() and any(kind in ("silent", "mark") for kind, _ in parts)


def _found(values: Values, variable: Variable, phrases: Mapping[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Phrase -> (column, cell) of the columns that have one cell spelled so."""
    looked = values.find(variable.name, list(phrases)) if variable.columns else {}
    return {
        key: tuple((column, cells[0]) for column, cells in found.items() if len(cells) == 1)
        for key, found in looked.items()
        if any(len(cells) == 1 for cells in found.values())
    }


# ---------------------------------------------------------------- names


def _references(view: View, variable: Variable) -> Iterator[Item]:
    """Columns and variables by their very names, also in back-ticks."""
    for place in range(len(view.tokens)):
        for end, reference in view.columns.get(place, ()):
            if reference.variable == variable.name and reference.column:
                yield Item("column", reference.column, place, end, reference.text)
        for end, reference in view.names.get(place, ()):
            if reference.variable == variable.name:
                kind = "rows" if variable.columns else "list"
                yield Item(kind, variable.name, place, end, reference.text)


def _named(view: View, variable: Variable) -> Iterator[Item]:
    said = [_word(view, place) for place in range(len(view.tokens))]
    for first, end, column in mentions(said, variable.columns):
        yield Item("column", column, first, end, view.shown(first, end))
    for place, word in enumerate(said):
        if word and variable.columns and _is_rows(word, variable.name.casefold()):
            yield Item("rows", variable.name, place, place + 1, word)


def _word(view: View, place: int) -> str:
    token = view.tokens[place]
    return token.text.casefold() if token.kind in ("word", "number") else ""


def _is_rows(word: str, name: str) -> bool:
    translated = words().rows.get(fold(word), "")
    return stem(word) == stem(name) or bool(translated and stem(translated) == stem(name))


# ---------------------------------------------------------------- words


def _phrases(view: View) -> Iterator[Item]:
    table = words()
    keys = [fold(token.text.casefold()) for token in view.tokens]
    for first in range(len(keys)):
        for end in range(first + 1, min(len(keys), first + table.longest) + 1):
            for kind, name in table.parts.get(tuple(keys[first:end]), ()):
                yield _item(kind, name, first, end, view.shown(first, end))


def _measures(view: View, variable: Variable) -> Iterator[Item]:
    """Words that name a quantity without its column, where the table has one column of it."""
    keys = [fold(token.text.casefold()) for token in view.tokens]
    for first in range(len(keys)):
        for end in range(first + 1, min(len(keys), first + LONGEST_MEASURE) + 1):
            grade, pieces = words().measures.get(tuple(keys[first:end]), ("", frozenset()))
            column = only_with(pieces, variable.columns) if grade else ""
            for way in _GRADES[grade] if column else ():
                shown = view.shown(first, end)
                parts = tuple(Item(kind, value or column, first, end, shown) for kind, value in way)
                yield Item("measure", grade, first, end, shown, parts)


def _item(kind: str, name: str, first: int, end: int, shown: str) -> Item:
    value: Any = name
    return Item(name if kind == "mark" else kind, value, first, end, shown)
