"""The course of a compile: where its run is kept, what it goes on with, what stood before updates, what is usual."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import runs
from .asking import Asked, columns_of, guards, understood
from .words import Onward, Revision, Variable

if TYPE_CHECKING:
    from .cache.catalogue import Catalogue
    from .compiler.course import Course, Known
    from .compiler.request import Task


def course_of(catalogue: Catalogue, asked: Asked, told: Task, model: str) -> Course:
    """How the run of a question is followed: kept in the log, and gone on with where the question says so.

    Parameters
    ----------
    told : the question as it is compiled.

    Raises
    ------
    SeglamError : E-THOUGHT-* where the run cannot go on.
    """
    from .compiler.course import Course
    from .thinking.control import Message

    onward = asked.question.options.onward
    run = None if onward is None else runs.to_go_on(catalogue.log, onward.run, correct=onward.ask == "update")
    text = asked.question.text if run is None else run.question

    def read(updates: Sequence[str]) -> Asked:
        return understood(dataclasses.replace(asked.question, text=with_updates(text, updates)))

    def reread(updates: Sequence[str]) -> Task:
        again = read(updates)
        return dataclasses.replace(told, question=again.question, reading=again.reading, variables=again.variables)

    kind = kind_of(asked.variables)
    return Course(
        catalogue.record,
        reread=reread,
        earlier=lambda updates: stored(catalogue, read(updates)),
        run=run,
        ask="resume" if onward is None else onward.ask,
        messages=() if onward is None else tuple(Message("update", said, check) for said, check in onward.updates),
        usual=runs.usual(catalogue.log, model, kind),
        kind=kind,
        finished=lambda done: runs.finished(catalogue.log, done),
    )


def corrected(catalogue: Catalogue, onward: Onward | None) -> Revision | None:
    """The revision that an update corrects: what a run that is done has made; None where nothing is corrected."""
    if onward is None or onward.ask != "update":
        return None
    run = next((run for run in runs.known(catalogue.log, onward.run) if run.id == onward.run), None)
    done = run is not None and run.state == "done"
    return catalogue.library.head(run.procedure) if done and run is not None and run.procedure else None


def stored(catalogue: Catalogue, asked: Asked) -> Known | None:
    """The stored procedure that answers a question, and its bindings; None where none does."""
    with catalogue.lock:
        found = catalogue.library.decide(asked.reading, fits=guards(asked, catalogue), values=columns_of(asked))
    return (found.revision, found.bindings) if found.hit and found.revision is not None else None


def kind_of(variables: Mapping[str, Variable]) -> str:
    """What a question is about: the kinds of the data it may use.

    >>> kind_of({"xs": Variable("xs", "list"), "t": Variable("t", "frame"), "u": Variable("u", "frame")})
    'frame, list'
    """
    return ", ".join(sorted({variable.kind for variable in variables.values()}))


def with_updates(text: str, updates: Sequence[str]) -> str:
    """A question with what was added to it: one line each, in the order it was said.

    >>> print(with_updates("the mean of `laps`", ["without the first"]))
    the mean of `laps`
    without the first
    """
    return "\n".join((text, *updates))
