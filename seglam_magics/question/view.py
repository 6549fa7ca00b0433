"""A question laid out for matching: its tokens with borders, and what stands at each of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from ..words import Reading, Reference, Token
from .dates import dates_in
from .language import key_of, lexicon
from .numerals import number_of, ordinal_of
from .tokens import FREE_MARKS, inside

References = dict[int, list[tuple[int, Reference]]]
_LONGEST_NUMBER = 12  # tokens
_LONGEST_ORDINAL = 4


class View:
    """A reading as the templates see it; made once per question, shared by all of them.

    Attributes
    ----------
    keys : what each token must have in common with a token of a wording.
    inner : for each place, whether the border before it cuts a word or number in two.
    skip : for each place, the next place that holds a token which has to be accounted for.
    quoted : the first place within quotation marks -> the place of the closing one.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading, self.text, self.tokens = reading, reading.text, reading.tokens
        self.keys = tuple(key_of(t.text) for t in self.tokens)
        self.words = frozenset(self.keys)
        self.inner = [inside(self.tokens, k) for k in range(len(self.tokens) + 1)]
        self.skip = _skips(self.tokens, self.keys)
        self.quoted = _quoted(self.tokens)
        self.columns, self.names = _references(reading)
        self._numbers: dict[tuple[int, bool], list[tuple[int, Fraction]]] = {}
        self._dates: dict[int, list[tuple[int, dt.date]]] | None = None

    def shown(self, place: int, end: int) -> str:
        """The words from token `place` up to token `end`."""
        return self.text[self.tokens[place].start : self.tokens[end - 1].end]

    def glued(self, place: int) -> bool:
        """Whether no blank stands before token `place`."""
        return place > 0 and self.tokens[place - 1].end == self.tokens[place].start

    def numbers(self, place: int, *, comma: bool) -> list[tuple[int, Fraction]]:
        """Numbers that begin at `place`, as (end, value), the longest first; letters may hang on one, see `inner`."""
        if (place, comma) not in self._numbers:
            self._numbers[place, comma] = list(self._numbers_at(place, comma=comma))
        return self._numbers[place, comma]

    def ordinals(self, place: int) -> list[tuple[int, int]]:
        """The longest ordinal number that begins at `place`, as (end, value)."""
        for end in range(min(len(self.tokens), place + _LONGEST_ORDINAL), place, -1):
            value = None if self.inner[end] else ordinal_of(self.shown(place, end))
            if value is not None:
                return [(end, value)]
        return []

    def dates(self, place: int) -> list[tuple[int, dt.date]]:
        """Dates that begin at `place`, as (end, value)."""
        if self._dates is None:
            self._dates = self._all_dates()
        return self._dates.get(place, [])

    def _all_dates(self) -> dict[int, list[tuple[int, dt.date]]]:
        starts = {t.start: k for k, t in enumerate(self.tokens)}
        ends = {t.end: k + 1 for k, t in enumerate(self.tokens)}
        found = defaultdict(list)
        for start, end, day in dates_in(self.text):
            if start in starts and end in ends:
                found[starts[start]].append((ends[end], day))
        return found

    def _numbers_at(self, place: int, *, comma: bool) -> list[tuple[int, Fraction]]:
        found = []
        for end in range(self._number_end(place, comma=comma), place, -1):
            value = number_of(self.shown(place, end), comma=comma)
            if value is not None:
                found.append((end, value))
        return found

    def _number_end(self, place: int, *, comma: bool) -> int:
        """The first place after `place` that can not belong to a number any more."""
        words, end = lexicon().number_words, place
        last = min(len(self.tokens), place + _LONGEST_NUMBER)
        while end < last:
            token = self.tokens[end]
            joins = end > place and (token.text in "-/" or (comma and token.text == ","))
            said = token.kind == "number" or self.keys[end] in words
            if not (said or joins or (end == place and self._is_sign(end))):
                break
            end += 1
        return end

    def _is_sign(self, place: int) -> bool:
        if self.tokens[place].text not in ("-", "+") or place + 1 >= len(self.tokens):
            return False
        free_before = place == 0 or not self.glued(place) or self.tokens[place - 1].kind == "mark"
        return free_before and self.glued(place + 1) and self.tokens[place + 1].kind == "number"


def _skips(tokens: Sequence[Token], keys: Sequence[str]) -> list[int]:
    courtesy = lexicon().words["courtesy"]
    skip = list(range(len(tokens) + 1))
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        free = token.kind == "mark" and token.text in FREE_MARKS and not _between_digits(tokens, place)
        if free or keys[place] in courtesy:
            skip[place] = skip[place + 1]
    return skip


def _quoted(tokens: Sequence[Token]) -> dict[int, int]:
    marks = [k for k, t in enumerate(tokens) if t.text == '"']
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return {opening + 1: closing for opening, closing in pairs if closing > opening + 1}


def _between_digits(tokens: Sequence[Token], place: int) -> bool:
    """The mark in 4:30 or 3.1.2024 is part of what the digits say."""
    if not 0 < place < len(tokens) - 1:
        return False
    before, mark, after = tokens[place - 1 : place + 2]
    tight = before.end == mark.start and mark.end == after.start
    return tight and before.kind == "number" and after.kind == "number"


def _references(reading: Reading) -> tuple[References, References]:
    """References to columns and to variables by the token they begin at, as (end, reference)."""
    starts = {t.start: k for k, t in enumerate(reading.tokens)}
    ends = {t.end: k + 1 for k, t in enumerate(reading.tokens)}
    columns: References = defaultdict(list)
    names: References = defaultdict(list)
    for reference in reading.references:
        if reference.start in starts and reference.end in ends:
            found = names if reference.column is None else columns
            found[starts[reference.start]].append((ends[reference.end], reference))
    return columns, names
