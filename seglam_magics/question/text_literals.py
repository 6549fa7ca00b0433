"""Typed literals of a question without data: numbers, names, codes, marks, days, months, seasons, quoted texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Literal as OneOf

from .form import TextLiteral
from .grammar import grammar
from .language import lexicon, writes_comma
from .layout import Word
from .numerals import number_of

_SENTENCE_ENDS = frozenset(".?!")
_SHOUTING = 0.6
_PRONOUNS = frozenset({"i", "a"})
Span = tuple[int, int]


def text_literals(
    text: str, words: Sequence[Word], slots: Collection[Span] = (), names: Mapping[Span, str] = MappingProxyType({})
) -> tuple[TextLiteral, ...]:
    """The literals of a question; their words get the role `literal`.

    Parameters
    ----------
    names : character spans that name a variable, with its name.
    slots : character spans [start, end) that are slots of a wording: a capital at the beginning of a sentence says
        nothing, but in a slot it is a name.
    """
    finder = _Finder(text, words, slots, names)
    place = 0
    while place < len(words):
        place = finder.at(place)
    return tuple(finder.found)


class _Finder:
    """Walks over the words and takes the literals out."""

    def __init__(self, text: str, words: Sequence[Word], slots: Collection[Span], names: Mapping[Span, str]) -> None:
        self.text, self.words, self.slots, self.names = text, words, dict(slots), names
        self.comma = writes_comma(text)
        self.found: list[TextLiteral] = []
        self.kinds: dict[int, str] = {}
        self._signed = -1
        spoken = [w for w in words if w.kind == "word"]
        self.shouting = sum(w.text.isupper() for w in spoken) > _SHOUTING * max(1, len(spoken))

    def at(self, place: int) -> int:
        """Take the literal that begins at `place`, if one does; the next place to look at."""
        for take in (
            self._variable,
            self._slot,
            self._quoted,
            self._number,
            self._listed,
            self._mark,
            self._code,
            self._title,
        ):
            end = take(place)
            if end:
                return end
        return self._name(place) or place + 1

    def _put(self, kind: str, first: int, end: int) -> int:
        for k in range(first, end):
            self.words[k].role = "literal"
        left = next((self._beside(k) for k in range(first - 1, -1, -1) if self._says(k)), "")
        self.kinds.update((k, kind) for k in range(first, end))
        right = self.words[end].root if end < len(self.words) else ""
        start, stop = self.words[first].start, self.words[end - 1].end
        if first == self._signed:
            start -= 1
        self.found.append(TextLiteral(kind, self.text[start:stop], start, stop, left, right, self._noun(first)))
        return end

    def _noun(self, place: int) -> str:
        """The word before a literal that it belongs to, over particles: "a loan of 20000"."""
        lists = grammar().words
        for word in reversed(self.words[:place]):
            if word.role == "literal" or word.text in _SENTENCE_ENDS:
                return ""
            if word.kind == "word" and word.key not in lists["particles"] and word.key not in lists["auxiliaries"]:
                return word.root
        return ""

    def _says(self, place: int) -> bool:
        return self.words[place].kind == "word" or place in self.kinds

    def _beside(self, place: int) -> str:
        return f"<{self.kinds[place]}>" if place in self.kinds else self.words[place].root

    def _is_first(self, place: int) -> bool:
        return place == 0 or self.words[place - 1].text in _SENTENCE_ENDS

    def _variable(self, place: int) -> int:
        word = self.words[place]
        if (word.start, word.end) not in self.names:
            return 0
        return self._put("variable", place, place + 1)

    def _slot(self, place: int) -> int:
        """A capitalised word at the beginning that is known to be a slot's value."""
        word = self.words[place]
        until = self.slots.get(word.start)
        if until is None or not self._is_first(place) or not word.text[0].isupper() or word.text.isupper():
            return 0
        end = next((k + 1 for k in range(place, len(self.words)) if self.words[k].end == until), 0)
        return self._put("name", place, end) if end and word.kind == "word" else 0

    def _quoted(self, place: int) -> int:
        if self.words[place].text != '"':
            return 0
        close = next((k for k in range(place + 1, len(self.words)) if self.words[k].text == '"'), 0)
        if close <= place + 1:
            return 0
        self.words[place].role = self.words[close].role = "literal"
        self._put("name", place + 1, close)
        return close + 1

    def _number(self, place: int) -> int:
        word, table = self.words[place], lexicon()
        spoken = word.low in table.number_words and not (
            word.low in table.words["articles"] or word.low in table.words["joins"]
        )
        if word.kind == "number":
            self._signed = place if self._has_sign(place) else -1
            return self._put("number", place, self._digits_end(place))
        if not spoken or word.low in table.words["pronouns"] or word.kind != "word":
            return 0
        end = place
        while end < len(self.words) and self.words[end].low in table.number_words:
            end += 1
        for stop in range(end, place, -1):
            if number_of(self.text[word.start : self.words[stop - 1].end]) is not None:
                return self._put("number", place, stop)
        return 0

    def _has_sign(self, place: int) -> bool:
        """Whether a minus belongs to the number: -3, and not 5-3 or 400 -level."""
        if not place or self.words[place - 1].text != "-" or self.words[place - 1].end != self.words[place].start:
            return False
        return place == 1 or self.words[place - 2].end < self.words[place - 1].start

    def _digits_end(self, place: int) -> int:
        """The end of 3,5 and 5 000 in a text with decimal commas."""
        end = place + 1
        while (
            self.comma and end < len(self.words) and (self.words[end].kind == "number" or self.words[end].text == ",")
        ):
            end += 1
        texts = (
            (stop, self.text[self.words[place].start : self.words[stop - 1].end]) for stop in range(end, place, -1)
        )
        return next((stop for stop, text in texts if number_of(text, comma=self.comma) is not None), place + 1)

    def _listed(self, place: int) -> int:
        kind = calendar_kind(self.words[place])
        return self._put(kind, place, self._calendar_end(place, kind)) if kind else 0

    def _calendar_end(self, place: int, kind: str) -> int:
        """Spring-Summer is one season."""
        words = self.words
        joined = place + 2 < len(words) and words[place + 1].text == "-" and calendar_kind(words[place + 2]) == kind
        glued = joined and words[place].end == words[place + 1].start and words[place + 1].end == words[place + 2].start
        return place + 3 if glued else place + 1

    def _mark(self, place: int) -> int:
        """A letter that stands for itself: B, A+; not "I" and not the article."""
        word = self.words[place]
        signed = place + 1 < len(self.words) and self.words[place + 1].text in ("+", "-")
        signed = signed and self.words[place + 1].start == word.end
        if self._is_first(place) and word.kind == "word" and word.key in grammar().words["particles"] and not signed:
            return 0  # a preposition that begins a sentence
        single = word.kind == "word" and len(word.text) == 1 and word.text.isupper()
        if not single or (word.low in _PRONOUNS and not (word.low == "a" and signed)):
            return 0
        return self._put("mark", place, place + 1 + signed)

    def _code(self, place: int) -> int:
        word, table = self.words[place], grammar().words
        shouted = word.kind == "word" and word.text.isupper() and len(word.text) > 1 and not self.shouting
        plain = self._is_first(place) and (word.key in table["particles"] or word.key in table["ask"])
        return self._put("code", place, place + 1) if shouted and not plain else 0

    def _title(self, place: int) -> int:
        """Prof. Smith is Smith."""
        word = self.words[place]
        if word.kind != "word" or not word.text[0].isupper() or word.low not in lexicon().words["titles"]:
            return 0
        word.role = "particle"
        dotted = place + 1 < len(self.words) and self.words[place + 1].text == "."
        if dotted:
            self.words[place + 1].role = "particle"
        return place + 1 + dotted

    def _name(self, place: int) -> int:
        word = self.words[place]
        if word.kind != "word" or not word.text[0].isupper() or self.shouting or word.low == "i":
            return 0
        if self._is_first(place) and not self._is_followed(place):
            return 0
        end = place + 1
        while end < len(self.words):
            step = self._goes_on(end)
            if not step:
                break
            end += step
        return self._put("name", place, end)

    def _is_followed(self, place: int) -> bool:
        """Whether the first word of a sentence is surely a name: another capitalised one follows."""
        word, table = self.words[place], grammar().words
        if word.key in table["particles"] or word.key in table["ask"] or place + 1 >= len(self.words):
            return False
        after = self.words[place + 1].text
        return after[0].isupper() and not after.isupper()

    def _goes_on(self, place: int) -> int:
        """How many words from `place` on belong to the name as well."""
        if self._is_part(place):
            return 1
        word = self.words[place]
        if word.text == "-" and self._is_glued(place) and self.words[place + 1].kind == "word":
            return 2
        links = word.low in grammar().words["whole_names"] or word.text in (",", "&", ":", "-")
        if not links or place + 1 >= len(self.words) or not self._is_part(place + 1):
            return 0
        code = self.words[place + 1].text.isupper() and len(self.words[place + 1].text) > 1
        return 0 if code else 2  # "the GSIs for STATS": a code is a value of its own

    def _is_glued(self, place: int) -> bool:
        """Whether no blank stands on either side: Keller-cohen."""
        if not 0 < place < len(self.words) - 1:
            return False
        before, word, after = self.words[place - 1 : place + 2]
        return before.end == word.start and word.end == after.start

    def _is_part(self, place: int) -> bool:
        word = self.words[place]
        return word.kind == "word" and word.text[0].isupper() and not calendar_kind(word)


def calendar_kind(word: Word) -> OneOf["", "season", "weekday", "month"]:
    """Whether a word is a season, a weekday or a month; "may" and "march" are words first.

    The kind, "" where it is none.
    """
    table = lexicon()
    if word.kind != "word":
        return ""
    if word.low in table.words["weekdays"] and len(word.low) > _SHORT:
        return "weekday"
    if word.low in table.words["seasons"]:
        return "season"
    said = word.low in table.numbers["months"] and len(word.low) > _SHORT
    return "month" if said and (word.text[0].isupper() or word.low not in ("may", "march")) else ""


_SHORT = 3
