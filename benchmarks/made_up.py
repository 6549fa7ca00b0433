"""Procedures and questions made by rule, as many as are wanted, for benchmarks of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl
from kinds import COMPUTED, FRAME, KINDS, PEOPLE, PLACES, RUSSIAN_PEOPLE, SAID, Kind
from timing import OPERATIONS

from seglam_magics.procedure import proc_id
from seglam_magics.procedure.domains import Domains
from seglam_magics.question import read
from seglam_magics.words import (
    Column,
    Meaning,
    Parameter,
    Reading,
    Requirement,
    Revision,
    Template,
    Values,
    Variable,
    Verdict,
)

WORDS = 2_000
SYLLABLES = "ba de fi go lu ma ne ri so tu va ze ki po".split()
WORLD = {"region": "str", "year": "int", "visits": "int", "score": "float"}
DTYPES = {"Float64": "float", "Int64": "int", "String": "str"}
CYRILLIC = str.maketrans("abdefgiklmnoprstuvz", "абдефгиклмнопрстувз")


def word(number: int) -> str:
    """The `number`-th of two thousand made-up words.

    >>> word(0), word(1), word(2_000)
    ('bababa', 'babade', 'bababa')
    """
    number %= WORDS
    size = len(SYLLABLES)
    return "".join(SYLLABLES[n % size] for n in (number // size // size, number // size, number))


def kind_of(number: int) -> Kind:
    """The kind of the `number`-th procedure."""
    return KINDS[number % len(KINDS)]


def filled(text: str, number: int, operation: str = "") -> str:
    """A wording of the `number`-th procedure; no two procedures of a kind have the same words."""
    kind, place = kind_of(number), number // len(KINDS)
    whom, row = place // WORDS % len(PEOPLE), place // len(OPERATIONS)
    one, two = word(row), word(row * 31 + row // WORDS * 7 + 11)
    was, said = SAID[kind.lang][computed(number)]
    if "<op>" not in kind.wordings[0]:
        one += SYLLABLES[place % len(OPERATIONS)]
    if kind.lang == "ru":
        one, two = one.translate(CYRILLIC), two.translate(CYRILLIC)
    operation = operation or OPERATIONS[place % len(OPERATIONS)]
    who = (RUSSIAN_PEOPLE if kind.lang == "ru" else PEOPLE)[whom]
    marks = {"<op>": operation, "<one>": one, "<two>": two, "<who>": who, "<was>": was, "<said>": said}
    for mark, meant in marks.items():
        text = text.replace(mark, meant)
    return text


def computed(number: int) -> int:
    """Which of `COMPUTED` the `number`-th procedure computes, where its kind is found by meaning."""
    return number // len(KINDS) % len(COMPUTED)


def meaning(number: int) -> Meaning:
    """What the `number`-th procedure declares."""
    kind = kind_of(number)
    if not kind.fixed:
        return Meaning()
    aggregate = COMPUTED[computed(number)] if kind.tier == "grounded" else filled("<op>", number)
    return Meaning(aggregate, filled("<one>", number), (filled(kind.condition, number),))


def parameters(number: int) -> tuple[Parameter, ...]:
    """The slots of the `number`-th procedure."""
    return tuple(
        replace(p, domain={k: filled(str(v), number) for k, v in p.domain.items()}) for p in kind_of(number).parameters
    )


def procedure(number: int) -> Revision:
    """The `number`-th procedure."""
    kind, name = kind_of(number), f"p{number}"
    one, two = filled("<one>", number), filled("<two>", number)
    slots = parameters(number)
    taken = ", ".join(p.name for p in slots)
    source = f"def {name}(*, {taken}):\n    return {number}\n"
    templates = tuple(
        Template(filled(text, number), "ru" if kind.lang == "ru" or place == len(kind.wordings) - 1 else "en")
        for place, text in enumerate(kind.wordings)
    )
    columns = dict(zip((one, two), kind.fixed, strict=True)) if kind.fixed else {}
    return Revision(
        name,
        1,
        proc_id(source, slots, returns="number", templates=templates),
        source,
        summary=f"What is asked for in {templates[0].text!r}.",
        parameters=slots,
        templates=templates,
        meaning=meaning(number),
        requires=(Requirement("frame", columns),) if columns else (),
        verdict=Verdict(ok=True),
        question=filled(kind.wordings[0], number).format(**{p.name: p.example for p in slots}),
        created=float(number),
    )


# ---------------------------------------------------------------- questions


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read, with what looks words up in its table."""

    reading: Reading
    values: Values


@dataclass(frozen=True, slots=True)
class Posed:
    """The text of a question and the tables it may be about, by name."""

    text: str
    tables: Mapping[str, pl.DataFrame]

    def read(self) -> Asked:
        """Read as a kernel reads it: what the tables have, then the text."""
        variables = {name: described(name, frame) for name, frame in self.tables.items()}
        return Asked(read(self.text, variables), Domains(self.tables, self.tables))


def described(name: str, frame: pl.DataFrame) -> Variable:
    """The variable that holds such a table."""
    columns = tuple(Column(column, DTYPES[str(dtype)]) for column, dtype in frame.schema.items())
    return Variable(name, "frame", "polars", frame.height, columns)


def table(number: int) -> pl.DataFrame:
    """A table that has the columns of the `number`-th procedure and others."""
    kind, place = kind_of(number), number * 13
    names = [filled(mark, number) for mark in ("<one>", "<two>")] if kind.fixed else []
    cells = {"float": [1.5, 2.5, 3.5, 4.5], "int": [1, 2, 3, 4], "str": list(PLACES[kind.lang])}
    mine = dict(zip(names, (cells[dtype] for dtype in kind.fixed), strict=True))
    others = {word(place + n): cells["float"] for n in range(1, 5)}
    return pl.DataFrame({**others, **mine, **{name: cells[dtype] for name, dtype in WORLD.items()}})


def posed(number: int, text: str, values: Mapping[str, object]) -> Posed:
    """A question for the `number`-th procedure, over a table that has its columns and others."""
    tabular = FRAME in kind_of(number).parameters
    return Posed(text.format(**values), {str(values["frame"]): table(number)} if tabular else {})


def hit(number: int) -> Posed:
    """A question that the `number`-th procedure answers: other wording, numbers, values, column and variable."""
    kind = kind_of(number)
    asked = kind.asked or kind.wordings
    text = filled(asked[number // len(KINDS) % len(asked)], number)
    some = number % 50 + 2
    values = {"frame": f"q{some}_data", "column": ("visits", "score")[number % 2], "limit": some * 10, "k": some}
    values |= {"place": PLACES[kind.lang][number % len(PLACES[kind.lang])], "course": "CHEM"}
    return posed(number, text, values | {"a": some, "b": some + 3, "c": some + 9})


def miss(number: int) -> Posed:
    """A question nothing answers: another operation, one more condition, or nothing but unknown words."""
    kind, turn = kind_of(number), number // len(KINDS) % 3
    text = filled(kind.wordings[0], number, "skewness" if turn == 0 else "")
    if turn == 0 and "<op>" not in kind.wordings[0]:
        text = text.rstrip("?") + (" не для кассиров?" if kind.lang == "ru" else " except for bakers?")
    if turn == 1:
        text = text.rstrip("?") + (" среди женщин?" if kind.lang == "ru" else " among women?")
    if turn == 2:
        text = f"How do {word(number * 7)} quokkas of {{frame}} differ from {word(number * 3)} wombats?"
    values = {"frame": "sales", "column": "visits", "limit": 7, "k": 3, "a": 5, "b": 6, "c": 7, "course": "CHEM"}
    return posed(number, text, values | {"place": PLACES[kind.lang][0]})
