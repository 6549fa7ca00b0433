"""Operators of a question about data: comparisons at their value, aggregates, counting, and all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from .grammar import grammar
from .layout import Word, phrase_at
from .mentions import Found, Literal
from .numerals import number_of
from .schema import Schema

REACH = 4  # words between a comparison and its number
_ONE_WORD_BEFORE = 2
_PRONOUNS = ("one", "zero")
_LONGEST_NUMBER = 6


@dataclass(slots=True)
class Operators:
    """What the operators of a question say.

    Attributes
    ----------
    name : see `Form.operator`; `anchor` is the word it stands at.
    loose : classes of operators that apply to nothing; `spelled` has the words that said them.
    ordering : places of superlatives beside those that aggregate: "the 3 oldest".
    """

    name: str = "select"
    anchor: int = 0
    loose: list[str] = field(default_factory=list)
    asks: str = ""
    limit: int | None = None
    spelled: dict[str, str] = field(default_factory=dict)
    ordering: list[int] = field(default_factory=list)


# ---------------------------------------------------------------- numbers and comparisons


def signs_of_numbers(words: list[Word]) -> None:
    """Mark words that only label a number, as in "pick number", "number 7", "#"; they are no operators."""
    signs = grammar().words["number_signs"]
    for place, word in enumerate(words):
        if word.role or word.key not in signs:
            continue
        before = words[place - 1] if place else None
        after = words[place + 1] if place + 1 < len(words) else None
        valued = after is not None and (after.kind == "number" or after.role == "value")
        of_column = before is not None and before.role == "column" and word.low != "no"
        if word.low == "#" or valued or (of_column and (after is None or after.low != "of")):
            word.role = "particle"


def comparisons(words: list[Word]) -> dict[int, tuple[int, str]]:
    """Comparison phrases by the word they begin at, as (length, comparison)."""
    found: dict[int, tuple[int, str]] = {}
    for place in range(len(words)):
        size, sign = phrase_at(words, place, grammar().before)
        if size:
            found[place] = (size, sign)
            for word in words[place : place + size]:
                word.role = "compare"
    return found


def numbers(text: str, words: list[Word], schema: Schema) -> list[Literal]:
    """Numbers that are no part of a name or value, each of which any numeric column may hold."""
    found: list[Literal] = []
    place = 0
    while place < len(words):
        end, value = _number_at(text, words, place)
        if value is None:
            place += 1
            continue
        for word in words[place:end]:
            word.role = "number"
        plain = _signed(text, words[place], value)
        found.append(Literal(place, end, dict.fromkeys(schema.numeric, plain), number=True))
        place = end
    return found


def _number_at(text: str, words: list[Word], place: int) -> tuple[int, Fraction | None]:
    from .language import lexicon

    table = lexicon()
    first = words[place]
    said = first.kind == "number" or (first.low in table.number_words - table.words["articles"] - table.words["joins"])
    if first.role or not said or first.low in _PRONOUNS:
        return place, None
    end = place
    while end < min(len(words), place + _LONGEST_NUMBER) and not words[end].role:
        if words[end].kind != "number" and words[end].low not in table.number_words:
            break
        end += 1
    for stop in range(end, place, -1):
        value = number_of(text[first.start : words[stop - 1].end])
        if value is not None:
            return stop, value
    return place, None


def _signed(text: str, word: Word, value: Fraction) -> int | float:
    start = word.start
    negative = start > 0 and text[start - 1] == "-" and (start == 1 or text[start - 2] == " ")
    value = -value if negative else value
    return int(value) if value.denominator == 1 else float(value)


def attach_comparisons(words: list[Word], found: Found, compared: dict[int, tuple[int, str]], loose: list[str]) -> None:
    """Give each comparison to the value it stands at; one without a value is a loose operator."""
    for place, (size, sign) in compared.items():
        end = place + size
        after = [x for x in found.literals if x.number and x.comparison == "=" and _reaches(words, end, x.first)]
        if after:
            min(after, key=lambda x: x.first).comparison = sign
            continue
        values = [x for x in found.literals if not x.number and 0 <= x.first - end <= _ONE_WORD_BEFORE]
        if size == 1 and values and _stands_alone(words[place]):
            values[0].comparison = sign
        elif words[place].key in grammar().aggregates:
            for word in words[place:end]:
                word.role = ""  # "maximum of laps" is an aggregate, "maximum of 5" is not
        elif size == 1 and _stands_alone(words[place]):
            words[place].role = ""
            loose.append(words[place].low)
        else:
            loose.append("compare" + sign)
    for literal in found.literals:
        if literal.number and literal.comparison == "=":
            size, sign = phrase_at(words, literal.end, grammar().after)
            if size:
                literal.comparison = sign
                for word in words[literal.end : literal.end + size]:
                    word.role = "compare"


def _stands_alone(word: Word) -> bool:
    """Whether a preposition may compare by itself: after, before, over; "exceeds" is always one."""
    return (word.key,) in grammar().before and (word.key in grammar().relations or word.low in ("since", "beyond"))


def _reaches(words: Sequence[Word], end: int, first: int) -> bool:
    between = words[end:first] if 0 <= first - end <= REACH else None
    return between is not None and all(w.role == "column" or is_light(w) for w in between)


def is_light(word: Word) -> bool:
    """Whether a word has no condition of its own."""
    table = grammar()
    return word.key in table.words["particles"] or word.root in table.roots["light"]


def ranges_of(words: list[Word], found: Found) -> None:
    """Read "between 3 and 5" or "from May 1 to June 30" as the two ends of one range."""
    table = grammar().words
    for place, word in enumerate(words):
        if word.role or word.key not in table["range_from"]:
            continue
        ends = [x for x in found.literals if x.number and x.first > place and x.comparison == "="][:2]
        if len(ends) < _ONE_WORD_BEFORE or ends[0].first - place > REACH or ends[1].first - ends[0].end != 1:
            continue
        if words[ends[0].end].key in table["range_to"] and not words[ends[0].end].role:
            word.role = words[ends[0].end].role = "compare"
            ends[0].comparison, ends[1].comparison = "between>", "between<"


# ---------------------------------------------------------------- aggregates and the rest


def operators(words: list[Word], loose: list[str], found: Found) -> Operators:
    """Aggregates, counting, question words and all other operators; particles are marked on the way."""
    table = grammar()
    said = Operators(loose=loose)
    aggregates: list[tuple[int, str]] = []
    many: int | None = None
    for place, word in enumerate(words):
        if word.role:
            continue
        size, kind = phrase_at(words, place, table.counting)
        if not size and word.key in table.words["counted"] and _is_sum(aggregates, place - 1):
            size, kind = 1, "count"
        if size and (kind == "many" or many is None):
            many = place
            for counted in words[place : place + size]:
                counted.role = "operator"
            continue
        if _is_grain(words, place):
            said.loose.append("each")
            said.spelled.setdefault("each", word.text)
            word.role = "operator"
            continue
        _one_word(words, place, said, aggregates)
    _named(words, said, aggregates, many)
    _limited(words, said, aggregates, found)
    return said


def _is_grain(words: Sequence[Word], place: int) -> bool:
    """Whether "by month" begins here, which is "per month"."""
    grouping = grammar().governing.get((words[place].key,)) == "group"
    after = words[place + 1] if place + 1 < len(words) else None
    return grouping and after is not None and not after.role and after.key in grammar().words["grains"]


def _is_sum(aggregates: Sequence[tuple[int, str]], place: int) -> bool:
    return bool(aggregates) and aggregates[-1] == (place, "sum")


def _one_word(words: list[Word], place: int, said: Operators, aggregates: list[tuple[int, str]]) -> None:
    table, word = grammar(), words[place]
    asks = table.asking.get(word.key)
    if word.key in table.aggregates:
        aggregates.append((place, table.aggregates[word.key]))
        word.role = "operator"
    elif word.key in table.graded:
        grade, adjective = table.graded[word.key]
        said.loose.append(f"{grade} {adjective}")
        said.spelled.setdefault(said.loose[-1], word.text)
        said.ordering.append(place)
        word.role = "operator"
    elif word.key in table.quantifiers and table.quantifiers[word.key] not in ("all", "any"):
        said.loose.append(table.quantifiers[word.key])
        said.spelled.setdefault(said.loose[-1], word.text)
        word.role = "operator"
    elif asks is not None and asks != "what":
        said.asks, word.role = said.asks or asks, "asking"
    elif word.key in table.words["particles"] or word.key in table.words["ask"] or word.root in table.roots["light"]:
        word.role = "particle"


def _named(words: list[Word], said: Operators, aggregates: list[tuple[int, str]], many: int | None) -> None:
    """The one operator of the question; several that contradict each other are none."""
    kinds = {kind for _, kind in aggregates}
    total = kinds == {"sum"} and many is not None and aggregates[0][0] == many - 1
    alone = kinds - {"sum"} if len(kinds) > 1 else kinds
    if total:
        said.name, said.anchor = "total", aggregates[0][0]
    elif len(alone) == 1:
        said.name = next(iter(alone))  # "the overall lowest" is the lowest
        said.anchor = next(place for place, kind in aggregates if kind == said.name)
    elif alone:
        said.name, said.anchor = "none", aggregates[0][0]
        in_order = list(dict.fromkeys(kind for _, kind in aggregates))
        said.loose.append(" ".join(in_order))  # "from the lowest to the highest" is not its reverse
        said.spelled[said.loose[-1]] = words[aggregates[-1][0]].text
    elif many is not None:
        said.name = "many" if phrase_said(words, many, "many") else "count"
        said.anchor = many
    else:
        said.anchor = next((k for k, w in enumerate(words) if w.key in grammar().words["ask"]), 0)


def phrase_said(words: Sequence[Word], place: int, kind: str) -> bool:
    """Whether a counting phrase of this kind begins at `place`, whatever part its words play by now."""
    keys = tuple(w.key for w in words[place : place + 3])
    return any(grammar().counting.get(keys[:size]) == kind for size in range(1, len(keys) + 1))


def _limited(words: list[Word], said: Operators, aggregates: list[tuple[int, str]], found: Found) -> None:
    """Take the number of "top 5" or "the 3 largest" as how many rows are wanted, and as no value of a column."""
    ordering = [*said.ordering, *(place for place, kind in aggregates if kind in ("max", "min"))]
    for literal in [x for x in found.literals if x.number and x.comparison == "="]:
        after = literal.first - 1 in ordering
        before = literal.end in ordering and not _is_labelled(words, literal.first)
        value = next(iter(literal.values.values()), None) if literal.values else _whole(words, literal)
        if (after or before) and isinstance(value, int) and said.limit is None:
            said.limit = value
            found.literals.remove(literal)


def _whole(words: Sequence[Word], literal: Literal) -> int | None:
    value = number_of(" ".join(w.text for w in words[literal.first : literal.end]))
    return int(value) if value is not None and value.denominator == 1 else None


def _is_labelled(words: Sequence[Word], place: int) -> bool:
    before = words[place - 1] if place else None
    return before is not None and (before.role in ("column", "compare", "value") or before.low == "#")
