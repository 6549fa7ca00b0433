"""Questions made by rule: twins that ask something else, and questions with a condition that nothing here knows."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .corpus import Ask, Procedure, load, procedures

T = TypeVar("T")
Row = Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """A question made from a wording, by a rule of a kind, and what may answer it: mostly nothing."""

    text: str
    kind: str
    procedure: Procedure
    origin: str
    right: tuple[Ask, ...] = ()


@functools.cache
def twins(lang: str) -> tuple[Made, ...]:
    """All twins of all wordings of a language, each text once."""
    found: dict[str, Made] = {}
    kinds = load(f"twins_{lang}.toml")
    for procedure in procedures(lang).values():
        own = {procedure.question(text) for text in procedure.texts(lang)}
        for text in procedure.texts(lang):
            for twin in _twins(procedure, text, kinds):
                if twin.text not in own:
                    found.setdefault(twin.text, twin)
    return tuple(found.values())


def _twins(procedure: Procedure, text: str, kinds: Mapping[str, Mapping[str, list[Row]]]) -> Iterator[Made]:
    origin = procedure.question(text)
    for kind, rule in kinds.items():
        if kind in procedure.spare:
            continue
        for row in rule["rows"]:
            if "unless" in row and re.search(row["unless"], text):
                continue
            for changed, becomes in _changed(text, row, procedure):
                shown = procedure.question(changed)
                kin = dict.fromkeys(procedure.kin[name] for name in becomes if name in procedure.kin)
                yield Made(shown, kind, procedure, origin, tuple(Ask(shown, k, procedure.right) for k in kin))
    yield from _exchanged(procedure, text, origin)


def _exchanged(procedure: Procedure, text: str, origin: str) -> Iterator[Made]:
    """Two slots change places: the same procedure, with the values the other way round."""
    if procedure.exchange:
        one, other = procedure.exchange
        slots, right = procedure.slots, procedure.right
        shown = procedure.question(text, **{one: slots[other].shown, other: slots[one].shown})
        swapped = {**right, one: right[other], other: right[one]}
        yield Made(shown, "exchange", procedure, origin, (Ask(shown, procedure.name, swapped),))


def _changed(text: str, row: Row, procedure: Procedure) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each way to change a wording by a row, with the names of the phrases it has then."""
    phrases = {name: phrase for name, phrase in row.items() if name != "unless"}
    if any("{cell}" in p for p in phrases.values()):
        cells = [name for name, slot in procedure.slots.items() if slot.is_cell]
        for cell in cells:
            held = {n: p.replace("{cell}", f"{{{cell}}}") for n, p in phrases.items()}
            yield from _replaced(text, held)
    else:
        yield from _replaced(text, phrases)


def _replaced(text: str, phrases: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    names = {phrase: name for name, phrase in phrases.items()}
    found = {names[m] for m in _phrases(["from"] if "from" in phrases else list(phrases), phrases, text)}
    if len(found) == 2:  # they change places
        one, other = sorted(found)
        yield _swap(text, {phrases[one]: phrases[other], phrases[other]: phrases[one]}), (one, other)
        return
    for name, other in itertools.product(found, phrases):
        if other not in (name, "from") and phrases[other].casefold() not in text.casefold().replace(phrases[name], ""):
            yield _swap(text, {phrases[name]: phrases[other]}, list(phrases.values())), (other,)


def _phrases(names: list[str], phrases: Mapping[str, str], text: str) -> Iterator[str]:
    """The phrases of a row that stand in a wording, the longest where they overlap."""
    known = {phrases[n].casefold(): phrases[n] for n in names}
    for found in _pattern(list(known)).finditer(text):
        yield known[found[0].casefold()]


def _swap(text: str, changes: Mapping[str, str], known: list[str] | None = None) -> str:
    into = {phrase.casefold(): other for phrase, other in changes.items()}
    # phrases of the row that stay are found as well, so that nothing inside them is changed
    pattern = _pattern([p for p in known or into if p.casefold() in into or any(i in p.casefold() for i in into)])

    def changed(match: re.Match[str]) -> str:
        other = into.get(match[0].casefold(), match[0])
        first = other[:1].upper() if match[0][:1].isupper() else other[:1].lower()
        return first + other[1:]

    return pattern.sub(changed, text)


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    # a slot may be a phrase of its own, and its name is never a word of one
    ways = "|".join(re.escape(p) for p in longest)
    return re.compile(rf"(?<![\w{{]){'(?:' + ways + ')'}(?![\w}}])", re.IGNORECASE)


# ---------------------------------------------------------------- conditions nobody knows


def inserted(lang: str, text: str, turn: int) -> Iterator[tuple[str, str]]:
    """A question with something more in it, as (kind, text); `turn` chooses which words are put in."""
    facts = load_insertions(lang)
    plain = text.rstrip("?")
    condition = _one(facts["conditions"], turn)
    yield "at the end", f"{plain} {condition}?"
    yield "at the beginning", f"{_one(facts['leading'], turn)} {text[:1].lower()}{text[1:]}"
    yield "an exclusion", f"{plain}{_one(facts['exclusions'], turn)}?"
    yield "another grouping", f"{plain}{_one(facts['groupings'], turn)}?"
    borders = [m.start() for m in _any_of(facts["borders"]).finditer(text) if m.start()]
    if borders:
        at = _one(borders, turn)
        yield "in the middle", f"{text[:at]}{condition} {text[at:]}"
    nouns = [(m.start(), form) for form, words in facts["nouns"].items() for m in _any_of(words).finditer(text)]
    if nouns:
        at, form = _one(sorted(nouns), turn)
        yield "an adjective", f"{text[:at]}{_one(facts['adjectives'][''].split(), turn)}{form} {text[at:]}"


@functools.cache
def load_insertions(lang: str) -> dict[str, Any]:
    """The words that are put in, in a language."""
    return load(f"insertions_{lang}.toml")


@functools.cache
def _any_of(words: str) -> re.Pattern[str]:
    # a word in quotation marks is a value and stays whole
    return re.compile(rf"(?<![\w\"])(?:{'|'.join(words.split())})(?![\w\"])")


def _one(choices: Sequence[T], turn: int) -> T:
    return choices[turn % len(choices)]
