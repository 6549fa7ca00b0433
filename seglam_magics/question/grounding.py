"""Reading a question against a frame: which columns, values and operators it names, and what applies to what.

All assignments of values and of the target to columns are weighed, the cheapest is meant; the costs are distances in
words, with surcharges found in the prototype on questions that real people asked about tables.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..words import Reading, Values, Variable
from .dates import dates_in
from .form import Condition, Form, Grounded
from .grammar import grammar
from .layout import Word, laid_out, phrase_keys, without_marks
from .leftovers import is_row_mention, may_be_condition, names_rows, rows_said
from .mentions import LONGEST_VALUE, Found, Literal, Mention, parts_of_names, whole_names_and_values
from .operators import (
    Operators,
    attach_comparisons,
    comparisons,
    numbers,
    operators,
    ranges_of,
    signs_of_numbers,
)
from .schema import Schema, schema_of, synonyms_of
from .spelling import mend

LONGEST = 120  # words; longer questions are read by their wording only
MOST_WAYS = 64
MOST_COLUMNS = 4  # a value is tried in

# Costs of an assignment; the unit is one word of distance.
_BESIDE_ITS_COLUMN = -0.5
_LIKE_A_YEAR = 6
_ONLY_NUMERIC = 25
_OVER_A_VALUE = 3
_BEFORE_THE_OPERATOR = 2
_USED_TWICE = 20
_IMPLIED = 12
_NO_TARGET = 30
_ONLY_CONDITIONS = 8
_YEARS = (1500, 2100)
_SAID_YEARS = (1000, 2100)


def ground(
    reading: Reading, variable: Variable, values: Values, synonyms: Mapping[str, Iterable[str]] = MappingProxyType({})
) -> Grounded:
    """The question read against the columns of `variable`.

    Parameters
    ----------
    values : looks words up in the columns.
    synonyms : column -> words that name it, too, as an author of a procedure declared.

    Examples
    --------
    >>> from seglam_magics.words import Column
    >>> from .references import read
    >>> class Cells:
    ...     def find(self, variable, phrases):
    ...         return {"adelie": {"species": ("Adelie",)}}
    ...     def ranges(self, variable):
    ...         return {}
    >>> df = Variable("df", "frame", columns=(Column("species", "str"), Column("mass", "float")))
    >>> best = ground(read("highest mass of an Adelie", {"df": df}), df, Cells()).best
    >>> best.operator, best.target, best.places
    ('max', 'mass', (('species', '='),))
    """
    words = without_marks(laid_out(reading))
    if len(words) > LONGEST:
        return Grounded(variable.name, reason=f"it has more than {LONGEST} words")
    schema = schema_of(variable.columns, synonyms_of(synonyms, variable.columns))
    sketch = _Sketch(reading, variable, values, words, schema)
    reason = sketch.read()
    forms = () if reason else tuple(sorted(sketch.forms(), key=lambda f: f.cost))
    shown = {w.root: w.text for w in reversed(words)} | sketch.said.spelled
    return Grounded(variable.name, forms, tuple(sketch.parts()), reason, shown)


@dataclass(frozen=True, slots=True)
class _Way:
    """A value in one of the columns it may belong to."""

    cost: float
    column: str
    value: Any


class _Sketch:
    """A question on its way to its forms."""

    def __init__(self, reading: Reading, variable: Variable, values: Values, words: list[Word], schema: Schema) -> None:
        self.reading, self.variable, self.words, self.schema = reading, variable, words, schema
        self.values = values
        self.found = Found()
        self.groups: tuple[str, ...] = ()
        self.said = Operators()
        self.rows: list[Word] = []
        self.rest: tuple[str, ...] = ()
        self.risky: frozenset[str] = frozenset()
        self.options: list[list[_Way]] = []

    def read(self) -> str:
        """Give every word its part; why the question cannot be read, "" where it can."""
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
        ranges_of(words, self.found)
        loose: list[str] = []
        attach_comparisons(words, self.found, compared, loose)
        self.found.mentions += parts_of_names(words, self.schema)
        self.groups = self._grouped(loose)
        self.said = operators(words, loose, self.found)
        self.rows = rows_said(words)
        self._leave(cells)
        self.options = [self._ways(literal) for literal in self.found.literals]
        return "" if all(self.options) else self._homeless()

    def parts(self) -> Iterator[tuple[int, int, str, str]]:
        """What was understood, stretch by stretch."""
        for literal in self.found.literals:
            start, end = self.words[literal.first].start, self.words[literal.end - 1].end
            shown = ", ".join(f"{c} {literal.comparison} {v!r}" for c, v in literal.values.items())
            yield start, end, "value", shown
        for mention in self.found.mentions:
            yield self.words[mention.first].start, self.words[mention.end - 1].end, "column", mention.column
        placed = [*self.found.literals, *self.found.mentions]
        taken = {k for x in placed for k in range(x.first, x.end)}
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
        for start, end, day in dates_in(self.reading.text):
            span = [k for k, w in enumerate(self.words) if start <= w.start and w.end <= end]
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

    # ---------------------------------------------------------------- columns

    def _ways(self, literal: Literal) -> list[_Way]:
        """Columns the value may belong to, the likeliest first."""
        ways = (self._way(literal, column, value) for column, value in literal.values.items())
        return sorted((w for w in ways if w is not None), key=lambda w: w.cost)[:MOST_COLUMNS]

    def _way(self, literal: Literal, column: str, value: Any) -> _Way | None:
        gaps = [_gap(literal, m) for m in self.found.mentions if m.column == column]
        if not literal.number:
            return _Way(_BESIDE_ITS_COLUMN if gaps else 0, column, value)
        if gaps:
            return _Way(min(gaps), column, value)
        if self._like_a_year(column, value):
            return _Way(_LIKE_A_YEAR, column, value)
        return _Way(_ONLY_NUMERIC, column, value) if len(literal.values) == 1 else None

    def _like_a_year(self, column: str, value: Any) -> bool:
        if not isinstance(value, (int, float)) or not _SAID_YEARS[0] <= abs(value) <= _SAID_YEARS[1]:
            return False
        lows = self.schema.columns[column].lows
        if {"year", "season", "date", "год"} & set(lows):
            return True
        low, high = self.values.ranges(self.variable.name).get(column, (0.0, 0.0))
        return low >= _YEARS[0] and high <= _YEARS[1]

    def _homeless(self) -> str:
        """The value that no column takes."""
        literal = next(x for x, ways in zip(self.found.literals, self.options, strict=True) if not ways)
        start, end = self.words[literal.first].start, self.words[literal.end - 1].end
        return f"no column for {self.reading.text[start:end]!r}"

    # ---------------------------------------------------------------- forms

    def forms(self) -> Iterator[Form]:
        """All readings, in no order."""
        for combination in itertools.islice(itertools.product(*self.options), MOST_WAYS):
            used = [way.column for way in combination]
            conditions = tuple(
                Condition(way.column, literal.comparison, way.value, self._shown(literal), self._before(literal))
                for way, literal in zip(combination, self.found.literals, strict=True)
            )
            if len({c.place for c in conditions}) == len(conditions):
                yield from self._targets(conditions, used, sum(way.cost for way in combination))

    def _before(self, literal: Literal) -> str:
        return self.words[literal.first - 1].key if literal.first else ""

    def _shown(self, literal: Literal) -> str:
        return self.reading.text[self.words[literal.first].start : self.words[literal.end - 1].end]

    def _targets(self, conditions: tuple[Condition, ...], used: Sequence[str], base: float) -> Iterator[Form]:
        mentioned = {m.column for m in self.found.mentions}
        choices = self._choices(used)
        for target, cost in choices.items() or [(None, _NO_TARGET)]:
            yield self._form(conditions, target, mentioned - {*used} - {target}, base + cost)
        if choices and all(c in used for c in choices):
            rest = (*self.rest, *(w.root for w in self.rows))
            extra = frozenset(mentioned - {*used})
            yield self._of(conditions, None, extra, rest, self.risky, base + _ONLY_CONDITIONS)

    def _choices(self, used: Sequence[str]) -> dict[str | None, float]:
        """Columns that may be asked for, with what that costs."""
        anchor = self.said.anchor
        choices: dict[str | None, float] = {}
        for mention in self.found.mentions:
            times = sum(m.column == mention.column for m in self.found.mentions)
            taken = mention.column in used
            if taken and times <= used.count(mention.column):
                continue
            gap = mention.first - anchor
            gap = gap if gap >= 0 else _BEFORE_THE_OPERATOR + anchor - mention.end
            first, last = sorted((mention.first, anchor))
            inside = sum(first <= x.first < last for x in self.found.literals)
            cost = gap + _OVER_A_VALUE * inside + _USED_TWICE * taken
            choices[mention.column] = min(choices.get(mention.column, 99), cost)
        implied = self.schema.answering.get(self.said.asks, frozenset()) - {*used} - {*self.groups}
        if not choices and self.said.name == "select" and len(implied) == 1:
            choices[next(iter(implied))] = _IMPLIED
        return choices

    def _form(self, conditions: tuple[Condition, ...], target: str | None, unused: set[str], cost: float) -> Form:
        mentions = [m for m in self.found.mentions if m.column in unused]
        needed = [m for m in mentions if m.whole and not (target and self._is_row(m))]
        extra = frozenset(m.column for m in needed)
        whole = {m.column for m in self.found.mentions if m.whole}
        # a part of a name that nobody needs is a word like any other
        partial = [
            m
            for m in self.found.mentions
            if not m.whole and (m.column in unused or m.column in whole) and not (target and self._names_rows(m))
        ]
        words = [w.root for m in partial for w in self.words[m.first : m.end]]
        rest = [*self.rest, *words, *(() if target else (w.root for w in self.rows))]
        when = self.schema.answering["when"]
        said = grammar().answers.get("when", frozenset())
        left = tuple(w for w in rest if not (target in when and w in said))
        return self._of(conditions, target, extra, left, self.risky | {*words}, cost)

    def _names_rows(self, mention: Mention) -> bool:
        return mention.end == mention.first + 1 and names_rows(self.words, mention.first)

    def _is_row(self, mention: Mention) -> bool:
        return is_row_mention(self.words, mention, self.said.anchor)

    def _of(
        self,
        conditions: tuple[Condition, ...],
        target: str | None,
        extra: frozenset[str],
        rest: tuple[str, ...],
        risky: frozenset[str],
        cost: float,
    ) -> Form:
        said = self.said
        return Form(
            said.name,
            target,
            conditions,
            self.groups,
            said.limit,
            extra,
            rest,
            risky,
            tuple(sorted(said.loose)),
            said.asks,
            cost,
        )


def _gap(literal: Literal, mention: Mention) -> float:
    if mention.end <= literal.first:
        return abs(literal.first - mention.end)
    return mention.first - literal.end + 1
