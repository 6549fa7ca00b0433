"""The readings of a question laid against a frame: what belongs to which column, and what each reading costs.

All assignments of values and of the target to columns are weighed; the costs are distances in words, with surcharges
found on questions that people asked about tables.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .form import Condition, Form
from .grammar import grammar
from .leftovers import is_row_mention, names_rows
from .mentions import Literal, Mention
from .sketch import Sketch

MOST_WAYS = 64
LEADING = ">"  # after a preposition whose noun says where to, and not where
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


@dataclass(frozen=True, slots=True)
class Way:
    """A value in one of the columns it may belong to."""

    cost: float
    column: str
    value: Any


def forms(sketch: Sketch, options: Sequence[Sequence[Way]]) -> Iterator[Form]:
    """All readings, in no order; `options` are the ways of each value."""
    for combination in itertools.islice(itertools.product(*options), MOST_WAYS):
        used = [way.column for way in combination]
        conditions = tuple(
            Condition(way.column, literal.comparison, way.value, _shown(sketch, literal), _before(sketch, literal))
            for way, literal in zip(combination, sketch.found.literals, strict=True)
        )
        if len({c.place for c in conditions}) == len(conditions):
            yield from _targets(sketch, conditions, used, sum(way.cost for way in combination))


def _before(sketch: Sketch, literal: Literal) -> str:
    words, table, place = sketch.words, grammar().words, literal.first - 1
    while place > 0 and (words[place].role == "column" or words[place].key in table["articles"]):
        place -= 1  # "from the city Riga"
    if place < 0:
        return ""
    noun = words[place + 1]
    led = words[place].key in table["leading"] and noun.role == "column"
    where = tuple(ending.removeprefix("=") for ending in table["locative_endings"])
    return words[place].key + LEADING * (led and not noun.low.endswith(where))


def _shown(sketch: Sketch, literal: Literal) -> str:
    return sketch.reading.text[sketch.words[literal.first].start : sketch.words[literal.end - 1].end]


def _targets(sketch: Sketch, conditions: tuple[Condition, ...], used: Sequence[str], base: float) -> Iterator[Form]:
    mentioned = {m.column for m in sketch.found.mentions}
    choices = _choices(sketch, used)
    for target, cost in choices.items() or [(None, _NO_TARGET)]:
        yield _form(sketch, conditions, target, mentioned - {*used} - {target}, base + cost)
    if choices and all(c in used for c in choices):
        rest = (*sketch.rest, *(w.root for w in sketch.rows))
        extra = frozenset(mentioned - {*used})
        yield _of(sketch, conditions, None, extra, rest, sketch.risky, base + _ONLY_CONDITIONS)


def _choices(sketch: Sketch, used: Sequence[str]) -> dict[str | None, float]:
    """Columns that may be asked for, with what that costs."""
    anchor = sketch.said.anchor
    choices: dict[str | None, float] = {}
    for mention in sketch.found.mentions:
        times = sum(m.column == mention.column for m in sketch.found.mentions)
        taken = mention.column in used
        if taken and times <= used.count(mention.column):
            continue
        gap = mention.first - anchor
        gap = gap if gap >= 0 else _BEFORE_THE_OPERATOR + anchor - mention.end
        first, last = sorted((mention.first, anchor))
        inside = sum(first <= x.first < last for x in sketch.found.literals)
        cost = gap + _OVER_A_VALUE * inside + _USED_TWICE * taken
        choices[mention.column] = min(choices.get(mention.column, 99), cost)
    implied = sketch.schema.answering.get(sketch.said.asks, frozenset()) - {*used} - {*sketch.groups}
    if not choices and sketch.said.name == "select" and len(implied) == 1:
        choices[next(iter(implied))] = _IMPLIED
    return choices


def _form(sketch: Sketch, conditions: tuple[Condition, ...], target: str | None, unused: set[str], cost: float) -> Form:
    mentions = [m for m in sketch.found.mentions if m.column in unused]
    needed = [m for m in mentions if m.whole and not (target and _is_row(sketch, m))]
    extra = frozenset(m.column for m in needed)
    whole = {m.column for m in sketch.found.mentions if m.whole}
    # a part of a name that nobody needs is a word like any other; so is one that says once more what a value is of
    again = _said_again(sketch, whole, target)
    partial = [
        m
        for m in sketch.found.mentions
        if m in again
        or (not m.whole and (m.column in unused or m.column in whole) and not (target and _names_rows(sketch, m)))
    ]
    words = [w.root for m in partial for w in sketch.words[m.first : m.end]]
    rest = [*sketch.rest, *words, *(() if target else (w.root for w in sketch.rows))]
    when = sketch.schema.answering["when"]
    said = grammar().answers.get("when", frozenset())
    left = tuple(w for w in rest if not (target in when and w in said))
    return _of(sketch, conditions, target, extra, left, sketch.risky | {*words}, cost)


def _said_again(sketch: Sketch, whole: Collection[str], target: str | None) -> list[Mention]:
    """Parts of a name beyond one for each value, the farthest from them: "retired" beside a cell of time/retired."""
    found = []
    for column in {m.column for m in sketch.found.mentions} - {*whole}:
        mine = [m for m in sketch.found.mentions if m.column == column]
        values = [x for x in sketch.found.literals if column in x.values]
        spare = len(values) + (column == target)
        if values and len(mine) > spare:
            mine.sort(key=lambda m: min(_gap(x, m) for x in values))
            found += mine[spare:]
    return found


def _names_rows(sketch: Sketch, mention: Mention) -> bool:
    return mention.end == mention.first + 1 and names_rows(sketch.words, mention.first)


def _is_row(sketch: Sketch, mention: Mention) -> bool:
    return is_row_mention(sketch.words, mention, sketch.said.anchor)


def _of(
    sketch: Sketch,
    conditions: tuple[Condition, ...],
    target: str | None,
    extra: frozenset[str],
    rest: tuple[str, ...],
    risky: frozenset[str],
    cost: float,
) -> Form:
    said = sketch.said
    return Form(
        said.name,
        target,
        conditions,
        sketch.groups,
        said.limit,
        extra,
        rest,
        risky,
        tuple(sorted([*said.loose, *_in_time(sketch, target)])),
        said.asks,
        cost,
    )


def _in_time(sketch: Sketch, target: str | None) -> tuple[str, ...]:
    """The last price is not the highest one, while the last year or round is the one with the highest number."""
    said, words = sketch.said, sketch.words
    if "in time" not in said.spelled or words[said.anchor].text != said.spelled["in time"]:
        return ()
    column = sketch.variable.column(target) if target is not None else None
    measured = column is not None and column.dtype == "float" and not _holds_years(sketch, column.name)
    return ("in time",) if measured or target is None else ()


def ways(sketch: Sketch, literal: Literal) -> list[Way]:
    """Columns the value may belong to, the likeliest first."""
    ways = (_way(sketch, literal, column, value) for column, value in literal.values.items())
    return sorted((w for w in ways if w is not None), key=lambda w: w.cost)[:MOST_COLUMNS]


def _way(sketch: Sketch, literal: Literal, column: str, value: Any) -> Way | None:
    gaps = [_gap(literal, m) for m in sketch.found.mentions if m.column == column]
    if not literal.number:
        return Way(_BESIDE_ITS_COLUMN if gaps else 0, column, value)
    if gaps:
        return Way(min(gaps), column, value)
    if _like_a_year(sketch, column, value):
        return Way(_LIKE_A_YEAR, column, value)
    return Way(_ONLY_NUMERIC, column, value) if len(literal.values) == 1 else None


def _like_a_year(sketch: Sketch, column: str, value: Any) -> bool:
    if not isinstance(value, (int, float)) or not _SAID_YEARS[0] <= abs(value) <= _SAID_YEARS[1]:
        return False
    return _holds_years(sketch, column)


def _holds_years(sketch: Sketch, column: str) -> bool:
    lows = sketch.schema.columns[column].lows
    if {"year", "season", "date", "год", "сезон", "дата"} & set(lows):
        return True
    low, high = sketch.values.ranges(sketch.variable.name).get(column, (0.0, 0.0))
    return low >= _YEARS[0] and high <= _YEARS[1]


def _gap(literal: Literal, mention: Mention) -> float:
    if mention.end <= literal.first:
        return abs(literal.first - mention.end)
    return mention.first - literal.end + 1
