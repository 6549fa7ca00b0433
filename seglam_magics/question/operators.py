"""Operators of a question about data: aggregates, counting, question words and all others but comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from .grammar import grammar
from .layout import Word, phrase_at
from .mentions import Found, Literal
from .numerals import number_of


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
    _asks_otherwise(words, said, aggregates, many)
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
        said.ordering += [place] * (grade == "most")
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
    mild = grammar().words["overall"]
    kinds = {kind for _, kind in aggregates}
    total = kinds == {"sum"} and many is not None and aggregates[0][0] == many - 1
    alone = {kind for place, kind in aggregates if words[place].key not in mild} or kinds
    if total:
        said.name, said.anchor = "total", aggregates[0][0]
    elif len(alone) == 1:
        said.name = next(iter(alone))  # "the overall lowest" is the lowest
        said.anchor = next(place for place, kind in aggregates if kind == said.name)
        if words[said.anchor].key in grammar().words["temporal"]:
            said.spelled["in time"] = words[said.anchor].text
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


def _asks_otherwise(
    words: Sequence[Word], said: Operators, aggregates: Sequence[tuple[int, str]], many: int | None
) -> None:
    """What makes another question of an extreme: how many are the highest, who has it, whether it is so."""
    if not aggregates:
        return
    if many is not None and phrase_said(words, many, "many") and said.name in ("max", "min", "none"):
        said.loose.append("many")
        said.spelled["many"] = words[many].text
    table = grammar().words
    if words[0].key in table["auxiliaries"] and not any(w.role == "asking" or w.key in table["ask"] for w in words):
        said.loose.append("yesno")
        said.spelled["yesno"] = words[0].text
    first = next((_asks_for(w) for w in words if _asks_for(w) or w.key not in table["particles"]), "")
    other = many is not None or any(_asks_for(w) == "what" for w in words)
    timeless = first == "when" and said.name not in ("max", "min", "none")
    if (timeless or first in ("who", "where", "why", "how")) and not other:
        said.loose.append(first)
        said.spelled[first] = next(w.text for w in words if _asks_for(w) == first)
    place = _possessor(words, said.anchor) if said.name in ("max", "min") else -1
    if place >= 0:
        said.loose.append("which")
        said.spelled["which"] = words[place].text


def _asks_for(word: Word) -> str:
    """What a question word asks for, "" where it is none."""
    return grammar().asking.get(word.key, "")


def _possessor(words: Sequence[Word], anchor: int) -> int:
    """The word for what is asked for and has the extreme: "which Gentoo has the highest", "the row with"; -1: none."""
    table = grammar().words
    asked = [k for k, w in enumerate(words) if w.key in table["ask"] and w.role != "value"]
    if _is_predicate(words, anchor):
        return -1  # "which week is the highest?"
    for begin in [k + 1 for k in asked] or [0]:
        silent = takewhile(lambda w: w.key in table["articles"] | table["recipients"], words[begin:anchor])
        place = begin + len([*silent])
        head = words[place] if place < anchor else None
        has = any(w.key in table["possession"] and w.role in ("", "particle") for w in words[place + 1 : anchor])
        if head is not None and has and (head.role in ("value", "column") or head.key in table["whole_rows"]):
            return place
    return -1


def _is_predicate(words: Sequence[Word], anchor: int) -> bool:
    """Whether the extreme is what something is: "is the highest", and not "that is the highest"."""
    table, place = grammar().words, anchor - 1
    while place > 0 and words[place].key in table["articles"]:
        place -= 1
    return place > 0 and words[place].key in table["being"] and words[place - 1].key not in table["relatives"]


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
