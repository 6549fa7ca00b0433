"""Comparing a wording with a question: every token of the question is accounted for, or it is a mismatch.

The search walks over the tokens of both, so that its time is bounded by their number; a wording that can be read in two
ways is no match, and one that would take too many steps neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..words import Binding, Reading
from .filling import Filling, Place, fillings
from .items import Literal, Slot
from .settling import settle
from .templates import CompiledTemplate
from .tokens import FREE_MARKS
from .view import View
from .wording import fill

MOST_STEPS = 50_000
MOST_WAYS = 4


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a question is not of a wording.

    Attributes
    ----------
    token : the first token of the question that is not accounted for, "" where none is to blame.
    reason : the same as a phrase.
    matched : how many items of the wording fitted before it.
    """

    token: str
    reason: str
    matched: int = 0


def unify(compiled: CompiledTemplate, reading: Reading | View) -> dict[str, Binding] | Mismatch:
    """The bindings with which `compiled` says exactly what the question says, or what stands in the way.

    >>> from seglam_magics.words import Parameter, Template
    >>> from .references import read
    >>> from .templates import compile_template
    >>> top = compile_template(Template("the {k} largest values"), (Parameter("k", "int", example=3),))
    >>> unify(top, read("The five largest values?", {}))["k"].value
    5
    >>> unify(top, read("the 5 smallest values", {})).reason
    "blocked by 'smallest'"
    """
    ways = unify_all(compiled, reading)
    if isinstance(ways, Mismatch):
        return ways
    return ways[0] if len(ways) == 1 else Mismatch("", "the wording can be read in two ways")


def unify_all(compiled: CompiledTemplate, reading: Reading | View) -> list[dict[str, Binding]] | Mismatch:
    """All ways to read the question as this wording, at most four, or what stands in the way."""
    search = _Search(compiled, reading if isinstance(reading, View) else View(reading))
    search.walk(0, 0, {})
    if search.steps > MOST_STEPS:
        return Mismatch("", "too many ways to read the question")
    return search.found or search.blocked()


def render(text: str, shown: Mapping[str, str]) -> str:
    """A wording with its slots filled; doubled braces become single ones.

    Raises
    ------
    KeyError : a slot has nothing to show.

    >>> render("the {k} largest of {{1, 2}}", {"k": "five"})
    'the five largest of {1, 2}'
    """
    return fill(text, shown)


class _Search:
    """A depth-first walk over items and tokens that remembers where nothing can follow."""

    __slots__ = ("_best", "_dead", "_settled", "compiled", "found", "steps", "view")

    def __init__(self, compiled: CompiledTemplate, view: View) -> None:
        self.compiled, self.view = compiled, view
        self.found: list[dict[str, Binding]] = []
        self.steps = 0
        self._settled = 0
        self._dead: set[tuple[Any, ...]] = set()
        self._best: tuple[int, int, str] = (-1, 0, "")

    def walk(self, item: int, at: int, bound: dict[str, Filling]) -> None:
        """Go on from `item` at token `at`."""
        items = self.compiled.items
        while item < len(items) and isinstance(literal := items[item], Literal):
            after = self._literal(literal, at)
            self.steps += 1
            if after is None:
                return self._note(item, at)
            item, at = item + 1, after
        if item == len(items):
            return self._end(item, at, bound)
        return self._fill(item, self._start(items[item], at), bound)

    def _start(self, slot: Literal | Slot, at: int) -> int:
        """Where a slot begins: after free marks; a payload keeps those that the wording does not have before it."""
        if not isinstance(slot, Slot) or not slot.payload:
            return self.view.skip[at]
        for mark in slot.lead:
            if at < len(self.view.keys) and self.view.keys[at] == mark and mark in FREE_MARKS:
                at += 1
        return at

    def _fill(self, item: int, at: int, bound: dict[str, Filling]) -> None:
        slot = self.compiled.items[item]
        if not isinstance(slot, Slot) or at >= len(self.view.tokens) or (self.view.inner[at] and not slot.glued):
            return self._note(item, at)
        state = (item, at, *(bound[n].key for n in self.compiled.later[item]))
        if state in self._dead:
            return None
        settled, filled = self._settled, False
        for filling in fillings(self._place(slot, item, at)):
            self.steps += 1
            if self.steps > MOST_STEPS or len(self.found) >= MOST_WAYS:
                return None
            if slot.name not in bound or bound[slot.name].key == filling.key:
                filled = True
                self.walk(item + 1, filling.end, {slot.name: filling, **bound})
        if not filled:
            self._note(item, at)
        if self._settled == settled:
            self._dead.add(state)
        return None

    def _place(self, slot: Slot, item: int, at: int) -> Place:
        items = self.compiled.items
        after = items[item + 1] if item + 1 < len(items) else None
        return Place(slot, self.view, at, items[item - 1] if item else None, after, self.compiled.comma)

    def _literal(self, literal: Literal, at: int) -> int | None:
        """The token after `literal`, None where another token stands there."""
        view = self.view
        if literal.key not in FREE_MARKS:
            at = view.skip[at]
            while at < len(view.keys) and view.keys[at] != literal.key and view.keys[at] in self.compiled.ignorable:
                at = view.skip[at + 1]
        if at >= len(view.keys) or view.keys[at] != literal.key:
            return None
        cut = (view.inner[at] and not literal.glued) or (literal.tight and not view.glued(at))
        return None if cut else at + 1

    def _end(self, item: int, at: int, bound: dict[str, Filling]) -> None:
        at = self.view.skip[at]
        while at < len(self.view.keys) and self.view.keys[at] in self.compiled.ignorable:
            at = self.view.skip[at + 1]
        if at < len(self.view.tokens):
            return self._note(item, at)
        self._settled += 1
        result = settle(self.compiled, self.view, bound)
        if isinstance(result, str):
            self._note(item + 1, at, result)
        elif result not in self.found:
            self.found.append(result)
        return None

    def _note(self, item: int, at: int, reason: str = "") -> None:
        """Remember the mismatch that got farthest: most items, then the earliest token."""
        if (item, -at) > (self._best[0], -self._best[1]):
            self._best = (item, at, reason)

    def blocked(self) -> Mismatch:
        """The mismatch of the walk that got farthest."""
        item, at, reason = self._best
        at = self.view.skip[min(at, len(self.view.tokens))]
        token = self._word(at)
        if reason:
            return Mismatch("", reason, item)
        wanted = self.compiled.items[item] if item < len(self.compiled.items) else None
        return Mismatch(token, _why(wanted, token, self.view), item)

    def _word(self, at: int) -> str:
        """The token at `at` with the letters and digits that hang on it: 3rd, Q3; "" at the end."""
        end = at
        while end < len(self.view.tokens) and (end == at or self.view.inner[end]):
            end += 1
        return self.view.shown(at, end) if end > at else ""


def _why(wanted: Literal | Slot | None, token: str, view: View) -> str:
    if not token:
        rest = repr(wanted.key) if isinstance(wanted, Literal) else f"a value for {wanted.name}" if wanted else ""
        return f"the question ends before {rest}"
    if isinstance(wanted, Slot):
        noun = _NOUNS.get(wanted.parameter.type)
        if wanted.parameter.type == "column":
            return f"no column like {token!r}" + _in_the_frame(view)
        if noun:
            return f"{token!r} is no {noun} for {wanted.name}"
    return f"blocked by {token!r}"


def _in_the_frame(view: View) -> str:
    frames = [v.name for v in view.reading.variables.values() if v.columns]
    return f" in {frames[0]}" if len(frames) == 1 else ""


_NOUNS = {
    "int": "whole number",
    "float": "number",
    "date": "date",
    "bool": "yes or no",
    "columns": "list of columns",
    "frame": "frame",
    "series": "series",
    "list": "list",
    "dict": "dict",
    "choice": "choice",
}
