"""The ways to read a question as items, the likeliest first: at each token the longest of each kind.

The name of a column goes before every word that asks for something: a column called "record" is not the word for rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from ..question import View
from ..question.tokens import FREE_MARKS
from .items import Item
from .spans import Spans

MOST = 48
_OF_DATA = ("column", "cell", "rows", "list", "text")
_BEATEN = ("concept", "rows", "table", "columns", "missing", "known", "cell", "silent")
LEAST = 4  # letters of a name that goes before a word that says nothing: not "a", "in"


def readings(view: View, found: Spans, dates: Collection[str] = ()) -> tuple[list[tuple[Item, ...]], str]:
    """All ways to account for every token, and the word that stands in the way where there is none.

    A question with more than `MOST` ways has none: nobody could say that only one of them is meant. `dates` are the
    columns whose names are words of time by trade.
    """
    walk = _Walk(view, {place: _unbeaten(items, found, dates) for place, items in _counted(found).items()})
    ways = list(islice(walk.ways(0), MOST + 1))
    if len(ways) > MOST:
        return [], view.tokens[0].text
    return ways, "" if ways else walk.stuck()


def _counted(found: Spans) -> Spans:
    """Without the column "quantity" where the quantity of rows is meant: количество строк, number of orders."""
    spans = [
        range(item.start, item.end)
        for items in found.values()
        for item in items
        if item.kind == "concept" and item.value == "many" and _begins(found, item.end, "rows")
    ]
    inside = {place for span in spans for place in span}
    return {
        place: [i for i in items if i.kind != "column" or inside.isdisjoint(range(i.start, i.end))]
        for place, items in found.items()
    }


def _begins(found: Spans, place: int, kind: str) -> bool:
    return any(item.kind == kind for item in found.get(place, ()))


def _unbeaten(items: list[Item], found: Spans, dates: Collection[str]) -> list[Item]:
    """The items of one place but for words that are, or have in them, the name of a column."""
    nouns = {i.start for i in items if i.kind == "rows" and (i.start or not _is_ordering(found, i.end))}
    return [
        item
        for item in items
        if not (item.value == "sort" and item.start in nouns and item.end == item.start + 1)  # an order, not to order
        if item.kind not in _BEATEN or not any(_beats(c, item, found, dates) for c in _columns_in(item, found))
    ]


def _is_ordering(found: Spans, place: int) -> bool:
    return _begins(found, place, "rows") or _begins(found, place, "by")


def _columns_in(item: Item, found: Spans) -> Iterator[Item]:
    return (c for place in range(item.start, item.end) for c in found.get(place, ()) if c.kind == "column")


def _beats(column: Item, item: Item, found: Spans, dates: Collection[str]) -> bool:
    if item.kind == "rows" and item.value != "rows":
        return False  # the table's own name: what a row of it is
    if item.kind == "concept" and _begins(found, item.end, "column") and not _is_literal(column):
        return False  # сумма Sales Amount, where "сумма" may be the amount too
    if item.kind == "cell":
        return (column.start, column.end) == (item.start, item.end)
    if item.kind == "silent" and len(column.shown) < LEAST:
        return False
    inside = column.end <= item.end and (column.start, column.end) != (item.start, item.end)
    return column.value not in dates if inside else column.start == item.start


def _is_literal(column: Item) -> bool:
    """Whether a column is named by its own name, not by a word for it."""
    return column.shown.casefold() in str(column.value).casefold()


class _Walk:
    """Goes through the tokens of a question; remembers the farthest one that nothing accounts for."""

    def __init__(self, view: View, found: Spans) -> None:
        self.view, self.found = view, found
        self._farthest = -1
        self._dead: set[int] = set()

    def ways(self, at: int) -> Iterator[tuple[Item, ...]]:
        if at >= len(self.view.tokens):
            yield ()
            return
        if at in self._dead:
            return
        options, led = _best(self.found, at), False
        for item in options:
            for rest in self.ways(item.end):
                led = True
                yield rest if item.kind == "silent" else (*(item.parts or (item,)), *rest)
        if not options and self._is_free(at):
            yield from self.ways(at + 1)
            return
        if not options:
            self._farthest = max(self._farthest, at)
        if not led:
            self._dead.add(at)

    def _is_free(self, at: int) -> bool:
        token = self.view.tokens[at]
        glued = self.view.inner[at] or (at + 1 < len(self.view.tokens) and self.view.inner[at + 1])
        return token.kind == "mark" and token.text in FREE_MARKS and not glued

    def stuck(self) -> str:
        """The word that was the farthest to be reached and is not known."""
        return self.view.tokens[self._farthest].text if self._farthest >= 0 else ""


def _best(found: Spans, at: int) -> list[Item]:
    """The longest of what is in the data and the longest of the words; a longer one of the first goes before.

    A shorter word is tried too where something of the data begins behind it and ends no earlier: by | year.
    """
    items = found.get(at, [])
    data = _longest([i for i in items if i.kind in _OF_DATA])
    words = [i for i in items if i.kind not in _OF_DATA]
    longest = _longest(words)
    end = longest[0].end if longest else 0
    shorter = [
        i for i in words if i.end < end and any(d.kind in _OF_DATA and d.end >= end for d in found.get(i.end, ()))
    ]
    return sorted([*data, *longest, *shorter], key=lambda i: (-i.end, i.kind not in _OF_DATA))


def _longest(items: list[Item]) -> list[Item]:
    longest = max((i.end for i in items), default=0)
    return [i for i in items if i.end == longest]
