"""A question laid against a frame: which part each of its words plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..words import Reading, Values, Variable
from .comparisons import attach_comparisons, comparisons, numbers, periods_opened, ranges_of, signs_of_numbers
from .dates import dates_in
from .grammar import grammar
from .language import lexicon
from .layout import Word, phrase_keys
from .leftovers import may_be_condition, rows_said
from .mentions import LONGEST_VALUE, Found, Literal, Mention, parts_of_names, whole_names_and_values
from .operators import Operators, operators
from .schema import Schema
from .spelling import mend


class Sketch:
    """A question, each of whose words has its part.

    Attributes
    ----------
    found : values and columns that are named.
    said : the operators; `groups` are the columns after "per".
    rows : words for what a row is; `rest` are the roots of what is left over, `risky` those that may be conditions.
    """

    def __init__(self, reading: Reading, variable: Variable, values: Values, words: list[Word], schema: Schema) -> None:
        self.reading, self.variable, self.words, self.schema = reading, variable, words, schema
        self.values = values
        self.found = Found()
        self.groups: tuple[str, ...] = ()
        self.said = Operators()
        self.rows: list[Word] = []
        self.rest: tuple[str, ...] = ()
        self.risky: frozenset[str] = frozenset()

        self._read()

    def _read(self) -> None:
        """Give every word its part."""
        text, words = self.reading.text, self.words
        self._mark_variables()
        keys = list(dict.fromkeys(key for _, _, key in phrase_keys(text, words, LONGEST_VALUE)))
        cells = self.values.find(self.variable.name, keys)
        self.found = whole_names_and_values(text, words, self.schema, cells)
        mend(words, self.schema)
        signs_of_numbers(words)
        self._find_dates()
        compared = comparisons(words)
        self.found.literals += numbers(text, words, self.schema)
        ranges_of(words, self.found, compared)
        loose: list[str] = []
        attach_comparisons(words, self.found, compared, loose)
        plain = [x.first for x in self.found.literals if x.number and x.comparison == "="]
        loose += periods_opened(words, plain)
        self.found.mentions += parts_of_names(words, self.schema)
        self.groups = self._grouped(loose)
        self.said = operators(words, loose, self.found)
        self.rows = rows_said(words)
        self._leave(cells)

    def parts(self) -> Iterator[tuple[int, int, str, str]]:
        """What was understood, stretch by stretch."""
        for literal in self.found.literals:
            start, end = self.words[literal.first].start, self.words[literal.end - 1].end
            shown = ", ".join(f"{c} {literal.comparison} {v!r}" for c, v in literal.values.items())
            yield start, end, "value", shown
        for mention in self.found.mentions:
            yield self.words[mention.first].start, self.words[mention.end - 1].end, "column", mention.column
        placed = [*((x.first, x.end) for x in self.found.literals), *((m.first, m.end) for m in self.found.mentions)]
        taken = {k for first, end in placed for k in range(first, end)}
        for k, word in enumerate(self.words):
            if k not in taken:
                yield word.start, word.end, word.role or "left over", word.key

    # ---------------------------------------------------------------- words

    def _mark_variables(self) -> None:
        """The name of the frame selects it, and says no more."""
        spans = [(r.start, r.end) for r in self.reading.references if r.column is None and self._is_mine(r.variable)]
        for word in self.words:
            if any(start <= word.start and word.end <= end for start, end in spans):
                word.role = "variable"

    def _is_mine(self, name: str) -> bool:
        return name == self.variable.name and name not in self.schema.columns

    def _find_dates(self) -> None:
        if not self.schema.dated:
            return
        after = lexicon().words["after"]
        for start, end, day in dates_in(self.reading.text):
            span = [k for k, w in enumerate(self.words) if start <= w.start and w.end <= end]
            if len(span) > 1 and self.words[span[-1]].role == "column" and self.words[span[-1]].low in after:
                year = span.pop()  # "3 марта 2024 года" where a column is called "год"
                self.words[year].role = "particle"
                self.found.mentions = [m for m in self.found.mentions if m.first != year]
            if not span or any(self.words[k].role for k in span):
                continue
            for k in span:
                self.words[k].role = "date"
            dated = dict.fromkeys(self.schema.dated, day)
            self.found.literals.append(Literal(span[0], span[-1] + 1, dated, number=True))

    def _grouped(self, loose: list[str]) -> tuple[str, ...]:
        """Columns after "per", "by", "for each"; those that order are loose operators."""
        groups: list[str] = []
        for mention in list(self.found.mentions):
            size, what = self._governed(mention)
            if not size or (what == "group" and size == 1 and self._has_value(mention)):
                continue
            for word in self.words[mention.first - size : mention.first]:
                word.role = "group"
            if what == "group":
                groups.append(mention.column)
                self.found.mentions.remove(mention)
            else:
                loose.append("order")
        return tuple(sorted(set(groups)))

    def _governed(self, mention: Mention) -> tuple[int, str]:
        governing = grammar().governing
        for size in range(min(3, mention.first), 0, -1):
            before = self.words[mention.first - size : mention.first]
            what = governing.get(tuple(w.key for w in before))
            if what is not None and not any(w.role for w in before):
                return size, what
        return 0, ""

    def _has_value(self, mention: Mention) -> bool:
        """Whether a value follows at once: "by player Smith" is a condition."""
        return any(x.first == mention.end and mention.column in x.values for x in self.found.literals)

    def _leave(self, cells: Mapping[str, object]) -> None:
        """What is left over when all parts are given."""
        shouting = self.reading.text.isupper()
        pieces = {piece for key in cells for piece in key.split()}
        named = self.schema.holders.keys()
        left = [(k, w) for k, w in enumerate(self.words) if not w.role]
        self.rest = tuple(w.root for _, w in left)
        self.risky = frozenset(
            w.root
            for k, w in left
            if may_be_condition(self.words, k, named=named, shouting=shouting) or w.low in pieces
        )
