"""Where a question names columns of a frame and values in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from .grammar import grammar
from .layout import Word, phrase_keys
from .schema import ColumnName, Schema, sign_root

LONGEST_VALUE = 16  # words
LEAST_SHARE = 0.34


@dataclass(slots=True)
class Literal:
    """A value of the question, with what it would be in each column it may belong to.

    Attributes
    ----------
    first, end : its words.
    number : whether it is a number or a date, which any column of the kind may hold.
    """

    first: int
    end: int
    values: dict[str, Any]
    number: bool = False
    comparison: str = "="
    year: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A column named by the words [first, end), by its whole name or by a part that no other column has."""

    first: int
    end: int
    column: str
    whole: bool


@dataclass(slots=True)
class Found:
    """What a question names."""

    literals: list[Literal] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)


def whole_names_and_values(
    text: str, words: list[Word], schema: Schema, cells: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> Found:
    """Whole column names and values of columns, the longest first."""
    found = Found()
    spans = [*_values(text, words, cells), *_whole_names(words, schema)]
    for _, first, end, what in sorted(spans, key=lambda s: (-s[0], s[1])):
        if any(w.role for w in words[first:end]):
            continue
        role = "column" if isinstance(what, str) else "value"
        for word in words[first:end]:
            word.role = role
        if isinstance(what, str):
            found.mentions.append(Mention(first, end, what, whole=True))
        else:
            found.literals.append(Literal(first, end, what))
    return found


Span = tuple[float, int, int, "str | dict[str, Any]"]


def _values(text: str, words: list[Word], cells: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[Span]:
    for first, end, key in phrase_keys(text, words, LONGEST_VALUE) if cells else ():
        if key not in cells or (end - first == 1 and _is_common(words[first])):
            continue
        start, stop = words[first].start, words[end - 1].end
        raw, wide = text[start:stop].lower(), text[max(0, start - 2) : stop + 2].lower()
        picked = {c: p for c, found in cells[key].items() if (p := _meant(found, raw, wide)) is not None}
        if picked:
            named = end - first > 1 or not words[first].text.islower()
            yield end - first + 0.5 * named, first, end, picked


def _is_common(word: Word) -> bool:
    """A small word that is a cell by chance, like "a" or "most"."""
    table = grammar()
    common = word.key in table.words["particles"] or word.key in table.words["ask"] or word.key in table.aggregates
    return common and word.text.islower()


def _meant(cells: Sequence[str], raw: str, wide: str) -> str | None:
    """The cell that is spelled as the question has it; the only one there is."""
    from .normal import spelled

    best = [c for c in cells if c.lower() == raw] or [c for c in cells if spelled(c).lower() in wide]
    best = best or (list(cells) if len(cells) == 1 else [])
    return best[0] if len(best) == 1 else None


def _whole_names(words: list[Word], schema: Schema) -> Iterator[Span]:
    roots = [sign_root(w.root, w.low) for w in words]
    for first, word in enumerate(words):
        if word.kind == "quoted":
            if word.text.strip("` ") in schema.columns:
                yield 99, first, first + 1, word.text.strip("` ")
            continue
        for size in range(1, min(schema.longest, len(words) - first) + 1):
            end = first + size
            for key in (tuple(w.root for w in words[first:end]), tuple(roots[first:end])):
                named = schema.full.get(key)
                column = _named(named, words[first:end], schema) if named else ""
                if column:
                    yield size + 0.25, first, end, column
                    break


def _named(named: Sequence[str], words: Sequence[Word], schema: Schema) -> str:
    """The column these words are the name of; of several with the same roots only one with these very words."""
    if len(named) == 1:
        return named[0]
    lows = tuple(w.low for w in words)
    exact = [n for n in named if schema.columns[n].lows == lows]
    return exact[0] if len(exact) == 1 else ""


# ---------------------------------------------------------------- parts of names


def parts_of_names(words: list[Word], schema: Schema) -> Iterator[Mention]:
    """Columns named by words that no other column has: `mass` for body_mass_g, "bill length" beside "bill depth"."""
    place = 0
    while place < len(words):
        column = "" if words[place].role else schema.part_of(words[place].root) or _only_together(words, place, schema)
        span = _part(words, place, schema.columns[column]) if column else None
        if span is None:
            place += 1
            continue
        first, end = span
        for word in words[first:end]:
            word.role = "column"
        yield Mention(first, end, column, whole=False)
        place = end


def _only_together(words: Sequence[Word], place: int, schema: Schema) -> str:
    """The only column whose name has this word and those that follow it, in their order; "" where there is none."""
    run = tuple(w.root for w in takewhile(lambda w: not w.role, words[place : place + schema.longest]))
    for size in range(len(run), 1, -1):
        held = frozenset.intersection(*(schema.holders.get(part, frozenset()) for part in run[:size]))
        named = [name for name in held if _follows(run[:size], schema.columns[name].roots)]
        if named:
            return named[0] if len(named) == 1 else ""
    return ""


def _follows(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether `part` is said by `whole` in one piece."""
    return any(tuple(whole[k : k + len(part)]) == tuple(part) for k in range(len(whole) - len(part) + 1))


def _part(words: list[Word], place: int, column: ColumnName) -> tuple[int, int] | None:
    first, end = place, place + 1
    while end < len(words) and not words[end].role and words[end].root in column.roots:
        end += 1
    while first and not words[first - 1].role and _goes_before(words, first - 1, column):
        first -= 1
    own = {w.root for w in words[first:end]}
    weight = sum(len(r) for r in own) / max(1, sum(len(r) for r in column.roots if not r.startswith("#")))
    operator = words[place].key in grammar().aggregates and end == place + 1
    return None if operator or weight < LEAST_SHARE else (first, end)


def _goes_before(words: Sequence[Word], place: int, column: ColumnName) -> bool:
    """Whether a word belongs to the name that follows it; a particle only within it, as the S in U.S. viewers."""
    if words[place].root not in column.roots:
        return False
    inside = place > 0 and not words[place - 1].role and words[place - 1].root in column.roots
    return inside or words[place].key not in grammar().words["particles"]
