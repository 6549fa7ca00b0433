"""Where a result comes from: question, run, revision, inputs, and the other results of the same procedure.

The id of an answer is that of its event, `KERNEL.NUMBER`: unique, and found without reading anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..words import Event

if TYPE_CHECKING:
    from .view import View

_ID = re.compile(r"([\w:-]{1,64})\.([1-9]\d{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is known of one answer; every part is a row of `queries/lineage_….sql`, empty where the log has none.

    Attributes
    ----------
    question : what was asked, when, in which notebook and kernel, and how it was answered.
    run : the work of a model that made the revision.
    revision : the version that answered, with the columns it demands.
    results : how often its procedure answered, when first and last, and the latest answers.
    """

    answer: str
    question: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    revision: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)


def answer_id(event: Event) -> str:
    """The id of the answer that an event records.

    >>> answer_id(Event("hit", {}, kernel="0a1b2c3d-77", number=5))
    '0a1b2c3d-77.5'
    """
    return f"{event.kernel}.{event.number}"


def is_answer(text: str) -> bool:
    """Whether `text` has the form of the id of an answer.

    >>> is_answer("0a1b2c3d-77.5"), is_answer("mean_by@2"), is_answer("3")
    (True, False, False)
    """
    return _ID.fullmatch(text) is not None


def lineage(view: View, answer: str) -> Lineage | None:
    """Where the answer of this id comes from; None where the log has no such answer."""
    found = _ID.fullmatch(answer)
    if found is None:
        return None
    with view.lent():
        question = _only(view, "lineage_question", kernel=found[1], number=int(found[2]))
        if not question:
            return None
        name, version = question["name"], question["version"]
        revision = _only(view, "lineage_revision", name=name, version=version)
        run = _only(view, "lineage_run", name=name, version=version)
        results = _only(view, "lineage_results", name=name)
    return Lineage(answer, question, run, revision, results)


def _only(view: View, query: str, **facts: Any) -> dict[str, Any]:
    return next(iter(view.query(query, **facts)), {})
