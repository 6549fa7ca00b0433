"""A question on its way: read, with the variables it may use."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import SeglamError, closest
from .procedure import describe_all
from .procedure.results import DATA
from .question import back_ticked, mentioned, normalise, read
from .words import Decision, Question, Reading, Variable


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way: read, with the variables it may use.

    Attributes
    ----------
    begin : when it was asked, by `time.perf_counter`.
    """

    question: Question
    reading: Reading
    variables: Mapping[str, Variable]
    begin: float


def understood(question: Question) -> Asked:
    """`question`, read.

    Raises
    ------
    SeglamError : E-QUESTION-* for what cannot be read, E-NAME-UNKNOWN and E-INPUT-KIND for names it cannot use.

    >>> understood(Question("the sum of `xs`", {"xs": [1, 2]})).reading.references[0].variable
    'xs'
    """
    begin = time.perf_counter()
    text = normalise(question.text)
    variables = usable(question, text)
    return Asked(question, read(text, variables), variables, begin)


def usable(question: Question, text: str) -> dict[str, Variable]:
    """The variables a question may use: those of `-u`, else those it names, else every one there is."""
    space = question.namespace
    if question.only is not None:
        return _chosen(space, question.only)
    found = describe_all(space, mentioned(text, space))
    if not any(v.kind in DATA for v in found.values()):
        found = describe_all(space) | found
    columns = {c.name for v in found.values() for c in v.columns}
    _refuse_kinds(space, [n for n in back_ticked(text) if n not in found and n not in columns])
    return found


def _chosen(space: Mapping[str, Any], names: Sequence[str]) -> dict[str, Variable]:
    for name in names:
        if name not in space:
            near = closest(name, space)
            advice = f"did you mean {near}?" if near else "run the cell that makes it first"
            raise SeglamError("E-NAME-UNKNOWN", name=name, advice=advice)
    found = describe_all(space, names)
    _refuse_kinds(space, [n for n in names if n not in found])
    return found


def _refuse_kinds(space: Mapping[str, Any], names: Sequence[str]) -> None:
    """A name that was meant, and whose value no procedure can take, is an error and not a missing name."""
    odd = next((n for n in names if n in space), None)
    if odd is not None:
        raise SeglamError("E-INPUT-KIND", name=odd, kind=type(space[odd]).__name__)


def over_nothing(question: Asked, decision: Decision) -> bool:
    """Whether an input has no rows at all, so that an empty result is what there is to say."""
    named = (b.value for b in decision.bindings.values() if b.source in ("variable", "implied"))
    return any(v.rows == 0 for name in named if (v := question.variables.get(str(name))) is not None)
