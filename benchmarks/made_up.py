"""Procedures and questions made by rule, as many as are wanted, for benchmarks of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from timing import OPERATIONS

from seglam_magics.procedure import proc_id
from seglam_magics.question import read
from seglam_magics.words import Column, Meaning, Parameter, Reading, Requirement, Revision, Template, Variable, Verdict

WORDS = 2_000
SYLLABLES = "ba de fi go lu ma ne ri so tu va ze ki po".split()
PEOPLE = "clerk baker driver teacher painter farmer sailor miner".split()
WORLD = (Column("region", "str"), Column("year", "int"), Column("visits", "int"), Column("score", "float"))


def word(number: int) -> str:
    """The `number`-th of two thousand made-up words.

    >>> word(0), word(1), word(2_000)
    ('bababa', 'babade', 'bababa')
    """
    number %= WORDS
    size = len(SYLLABLES)
    return "".join(SYLLABLES[n % size] for n in (number // size // size, number // size, number))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of procedure.

    Attributes
    ----------
    wordings : with {slots}; <op>, <one>, <two> and <who> are filled by rule.
    parameters : of every procedure of this kind.
    fixed : whether its source names the columns <one> and <two>.
    """

    wordings: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    fixed: bool = False


FRAME = Parameter("frame", "frame", example="sales")
KINDS = (
    Kind(
        (
            "What is the <op> of <one> in {frame} where <two> is over {limit}?",
            "<op> of <one> for rows of {frame} with <two> over {limit}",
            "In {frame}, show the <op> <one> when <two> exceeds {limit}",
            "Каково <op> столбца <one> в {frame}, где <two> больше {limit}?",
        ),
        (FRAME, Parameter("limit", "int", example=7)),
        fixed=True,
    ),
    Kind(
        (
            "Which {k} <one> <two> of {frame} have the <op> {column}?",
            "{k} <one> <two> with the <op> {column} in {frame}",
            "In {frame}, list {k} <one> <two> having the <op> of {column}",
            "Какие {k} <one> <two> из {frame} имеют <op> {column}?",
        ),
        (
            FRAME,
            Parameter("k", "int", example=3),
            Parameter("column", "column", domain={"dtype": "number"}, example="visits"),
        ),
    ),
    Kind(
        (
            "A <who> sells {a} <one> a day at {b} <two> each; what is the <op> after {c} weeks?",
            "Selling {a} <one> a day at {b} <two> each, which <op> does a <who> have after {c} weeks?",
            "What <op> does a <who> reach who sells {a} <one> a day for {b} <two> in {c} weeks?",
            "Продавая {a} <one> в день по {b} <two>, какое <op> имеет <who> через {c} недель?",
        ),
        tuple(Parameter(name, "int", example=example) for name, example in (("a", 12), ("b", 3), ("c", 4))),
    ),
)


def kind_of(number: int) -> Kind:
    """The kind of the `number`-th procedure."""
    return KINDS[number % len(KINDS)]


def filled(text: str, number: int, operation: str = "") -> str:
    """A wording of the `number`-th procedure; no two procedures of a kind have the same words."""
    place = number // len(KINDS)
    whom, row = PEOPLE[place // WORDS % len(PEOPLE)], place // len(OPERATIONS)
    one, two = word(row), word(row * 31 + row // WORDS * 7 + 11)
    operation = operation or OPERATIONS[place % len(OPERATIONS)]
    for mark, said in (("<op>", operation), ("<one>", one), ("<two>", two), ("<who>", whom)):
        text = text.replace(mark, said)
    return text


def procedure(number: int) -> Revision:
    """The `number`-th procedure."""
    kind, name = kind_of(number), f"p{number}"
    one, two = filled("<one>", number), filled("<two>", number)
    taken = ", ".join(p.name for p in kind.parameters)
    source = f"def {name}(*, {taken}):\n    return {number}\n"
    templates = tuple(
        Template(filled(text, number), "ru" if place == len(kind.wordings) - 1 else "en")
        for place, text in enumerate(kind.wordings)
    )
    columns = {one: "float", two: "int"} if kind.fixed else {}
    return Revision(
        name,
        1,
        proc_id(source, kind.parameters, returns="number", templates=templates),
        source,
        summary=f"The {filled('<op>', number)} asked for in {templates[0].text!r}.",
        parameters=kind.parameters,
        templates=templates,
        meaning=Meaning(filled("<op>", number), one, (f"{two} > limit",)) if kind.fixed else Meaning(),
        requires=(Requirement("frame", columns),) if columns else (),
        verdict=Verdict(ok=True),
        question=filled(kind.wordings[0], number).format(**{p.name: p.example for p in kind.parameters}),
        created=float(number),
    )


# ---------------------------------------------------------------- questions


def reading(number: int, text: str, values: Mapping[str, object]) -> Reading:
    """A question for the `number`-th procedure, read against a frame that has its columns and others."""
    kind, place = kind_of(number), number * 13
    columns = [Column(filled(mark, number), "float") for mark in ("<one>", "<two>")] if kind.fixed else []
    columns += [
        Column(word(place + n), "float") for n in range(1, 5) if word(place + n) not in {c.name for c in columns}
    ]
    frame = Variable(str(values["frame"]), "frame", "pandas", 1_000, (*columns, *WORLD))
    return read(text.format(**values), {frame.name: frame} if FRAME in kind.parameters else {})


def hit(number: int) -> Reading:
    """A question that the `number`-th procedure answers: other wording, numbers, column and variable."""
    kind = kind_of(number)
    text = filled(kind.wordings[number // len(KINDS) % len(kind.wordings)], number)
    some = number % 50 + 2
    values = {"frame": f"q{some}_data", "column": ("visits", "score")[number % 2], "limit": some * 10, "k": some}
    return reading(number, text, values | {"a": some, "b": some + 3, "c": some + 9})


def miss(number: int) -> Reading:
    """A question nothing answers: another operation, one more condition, or nothing but unknown words."""
    kind, turn = kind_of(number), number // len(KINDS) % 3
    text = filled(kind.wordings[0], number, "skewness" if turn == 0 else "")
    if turn == 1:
        text = text.rstrip("?") + " among women?"
    if turn == 2:
        text = f"How do {word(number * 7)} quokkas of {{frame}} differ from {word(number * 3)} wombats?"
    return reading(number, text, {"frame": "sales", "column": "visits", "limit": 7, "k": 3, "a": 5, "b": 6, "c": 7})
