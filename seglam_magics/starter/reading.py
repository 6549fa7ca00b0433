"""The ways to read a question as items, the likeliest first: at each token the longest of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..question import View
from ..question.tokens import FREE_MARKS
from .items import Item
from .spans import Spans

MOST = 48
_OF_DATA = ("column", "cell", "rows", "list", "text")


def readings(view: View, found: Spans) -> tuple[list[tuple[Item, ...]], str]:
    """All ways to account for every token, at most `MOST`, and the word that stands in the way where there is none."""
    walk = _Walk(view, found)
    ways = []
    for way in walk.ways(0):
        ways.append(way)
        if len(ways) >= MOST:
            break
    return ways, "" if ways else walk.stuck()


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
                yield rest if item.kind == "silent" else (item, *rest)
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
    named = {i.end for i in data if i.kind == "column"}
    longest = [replace(i, doubtful=True) if i.end in named else i for i in longest]
    shorter = [
        i for i in words if i.end < end and any(d.kind in _OF_DATA and d.end >= end for d in found.get(i.end, ()))
    ]
    return sorted([*data, *longest, *shorter], key=lambda i: (-i.end, i.kind not in _OF_DATA))


def _longest(items: list[Item]) -> list[Item]:
    longest = max((i.end for i in items), default=0)
    return [i for i in items if i.end == longest]
