"""Everything a stretch of a question may be, at each of its tokens; nothing is decided here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..question import View, cell_key
from ..question.language import stem, writes_comma
from ..question.stems import fold
from ..words import Reading, Values, Variable
from .conditions import Context, listed
from .items import Item
from .lexicon import words
from .names import is_numbering, mentions, only_with, row_nouns
from .periods import period_at

LONGEST_CELL = 4  # words
LONGEST_MEASURE = 3
_OF_TEXTS = ("starts", "ends", "contains")
_BESIDE = frozenset("'()[],;")  # marks that stand beside a cell
_SINGLE = ("'", "\u2018", "\u2019")
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


def spans(view: View, context: Context, values: Values) -> Spans:
    """The items that may begin at each token, against one frame or list."""
    found: dict[int, list[Item]] = defaultdict(list)
    for item in _all(view, context, values):
        if not (view.inner[item.start] and item.kind != "concept") and item not in found[item.start]:
            found[item.start].append(item)
    return found


def _all(view: View, context: Context, values: Values) -> Iterator[Item]:
    variable = context.variable
    yield from _texts(view, variable, values)
    yield from _said(view)
    yield from _references(view, variable)
    yield from _numbers(view)
    yield from _periods(view)
    yield from _cells(view, variable, values)
    yield from _named(view, context)
    yield from _phrases(view)
    yield from _measures(view, variable)


# ---------------------------------------------------------------- values


def _texts(view: View, variable: Variable, values: Values) -> Iterator[Item]:
    for first, closing in view.quoted.items():
        said = view.shown(first, closing)
        cells = _found(values, variable, {cell_key(said): said})
        pairs = cells.get(cell_key(said), ())
        yield Item("cell" if pairs else "text", pairs or said, first - 1, closing + 1, said)


def _said(view: View) -> Iterator[Item]:
    """Texts without quotation marks, or in single ones: contains Lamp, starts with 'G'."""
    keys = [fold(token.text.casefold()) for token in view.tokens]
    for first in range(len(keys)):
        for end in range(first + 1, min(len(keys) - 1, first + words().longest) + 1):
            kinds = {name for _, name in words().parts.get(tuple(keys[first:end]), ())}
            if not kinds.isdisjoint(_OF_TEXTS):
                yield from _text_at(view, end)


def _text_at(view: View, place: int) -> Iterator[Item]:
    marks = [k for k in range(place, len(view.tokens)) if view.tokens[k].text in _SINGLE]
    if marks[:1] == [place]:
        first, last = place + 1, marks[1] if len(marks) > 1 else place
        end = last + 1
    else:
        first, last, end = place, place + 1, place + 1
    said = view.shown(first, last) if first < last else ""
    word = view.tokens[place].kind in ("word", "number") and not _is_small(said)
    if said and (first > place or word):
        yield Item("text", said, place, end, said)


def _numbers(view: View) -> Iterator[Item]:
    comma = writes_comma(view.text)
    for place in range(len(view.tokens)):
        dates = view.dates(place)
        for end, day in dates[:1]:
            yield Item("date", day, place, end, view.shown(place, end))
        for end, number in view.numbers(place, comma=comma)[:1]:
            value = int(number) if number.denominator == 1 else float(number)
            percent = end < len(view.tokens) and view.tokens[end].text in listed("percents")
            kind, end_of_it = ("percent", end + 1) if percent else ("number", end)
            yield Item(kind, value, place, end_of_it, view.shown(place, end_of_it))
        for end, place_said in view.ordinals(place)[:1]:
            if view.tokens[place].kind == "number":
                yield Item("nth", place_said, place, end, view.shown(place, end))


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
            if {view.tokens[first].text, view.tokens[end - 1].text} & _BESIDE:
                continue
            said = view.shown(first, end)
            keys = list(dict.fromkeys(filter(None, _cell_keys(said))))
            places[first, end] = keys
            phrases |= dict.fromkeys(keys, said)
    found = _found(values, variable, phrases)
    for (first, end), keys in places.items():
        pairs = next((found[key] for key in keys if key in found), ())
        if pairs and (not _is_small(view.shown(first, end)) or _is_among_values(view, first, end)):
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


def _is_among_values(view: View, first: int, end: int) -> bool:
    """Whether a word stands where a value does, and no particle: in us, North and us, us and North."""
    beside = [token.text.casefold() for token in view.tokens[max(0, first - 1) : first] + view.tokens[end : end + 1]]
    return not {"and", "or", ","}.isdisjoint(beside) or beside[:1] in (["in"], ["from"])


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


def _named(view: View, context: Context) -> Iterator[Item]:
    variable = context.variable
    said = [_word(view, place) for place in range(len(view.tokens))]
    nouns = row_nouns(variable, context.ranges) if variable.columns else frozenset()
    for first, end, column in mentions(said, variable.columns):
        if not (end == first + 1 and is_numbering(column) and not nouns.isdisjoint(_stems(said[first]))):
            yield Item("column", column, first, end, view.shown(first, end))
    for place, word in enumerate(said):
        if word and not nouns.isdisjoint(_stems(word)):
            yield Item("rows", variable.name, place, place + 1, word)


def _stems(word: str) -> tuple[str, str]:
    """A noun and its translation, as stems."""
    return stem(word), stem(words().rows.get(fold(word), ""))


def _word(view: View, place: int) -> str:
    token = view.tokens[place]
    return token.text.casefold() if token.kind in ("word", "number") else ""


# ---------------------------------------------------------------- words


def _phrases(view: View) -> Iterator[Item]:
    table = words()
    keys = [fold(token.text.casefold()) for token in view.tokens]
    names = _names(view)
    for first in range(len(keys)):
        for end in range(first + 1, min(len(keys), first + table.longest) + 1):
            particle = end == first + 1 and (first in names or _stands_alone(keys, first))
            for kind, name in table.parts.get(tuple(keys[first:end]), ()):
                if particle and kind in ("silent", "mark"):
                    continue
                yield _item(kind, name, first, end, view.shown(first, end))


def _stands_alone(keys: Sequence[str], place: int) -> bool:
    """Whether a word that says nothing elsewhere stands where only a value can: us and uk, a and b, revenue us."""
    if keys[place] not in words().values:
        return False
    after, before = keys[place + 1 : place + 2], keys[place - 1] if place else ""
    return after in (["and"], ["or"]) or (not after and before not in listed("telling"))


def _names(view: View) -> frozenset[int]:
    """Places of words that are written as names are among small letters: US, IT, A, Only."""
    said = [token.text for token in view.tokens]
    if sum(word.islower() for word in said) < sum(word[:1].isupper() for word in said[1:]):
        return frozenset()  # All In Capitals
    return frozenset(k for k, word in enumerate(said) if word.isupper() and word != "I" and (k or len(word) > 1)) | {
        k for k, word in enumerate(said) if k and word.istitle() and len(word) > 1 and said[k - 1][-1:] not in ".!?:;,"
    }


def names_left(reading: Reading) -> bool:
    """Whether a word that is silent elsewhere is written as a name, or stands where only a value can: US, us and uk."""
    view = View(reading)
    keys = [fold(token.text.casefold()) for token in view.tokens]
    if any(_stands_alone(keys, place) for place in range(len(keys))):
        return True
    folded = (fold(view.tokens[place].text.casefold()) for place in _names(view))
    return any(("silent", "") in words().parts.get((word,), ()) for word in folded)


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
