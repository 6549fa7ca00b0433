"""From a task to a verified revision: one model after another, as the route of the order says.

The first is asked, checked and given what failed; what it cannot do, a stronger one is asked, and where it gives no
answer at all, a fallback. Every one of them is accounted for under its own name.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..errors import SeglamError
from ..words import Usage
from .attempt import Attempt, Compilation, Part
from .course import Course
from .ledger import CompileFailed, Order, Progress
from .request import Task

if TYPE_CHECKING:
    from ..verify import Executor

__all__ = ["Compilation", "Compiler", "LiteCompiler", "Part"]


class Compiler(Protocol):
    """What turns a task into a verified revision."""

    def compile(self, task: Task, order: Order, progress: Progress) -> Compilation:
        """Compile `task`; raises CompileFailed."""
        ...


class LiteCompiler:
    """Compiles with any model litellm reaches, verifying with `executor`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def compile(self, task: Task, order: Order, progress: Progress) -> Compilation:
        """Ask one model after another until what came is verified; whatever is said to the run meanwhile is done.

        Raises
        ------
        CompileFailed : with the error of the last model, the usage of all, and the part of each.
        """
        if not order.target.model:
            raise CompileFailed(SeglamError("E-MODEL-UNSET"), Usage())
        deadline = time.monotonic() + order.seconds
        parts: tuple[Part, ...] = ()
        notes: tuple[str, ...] = ()
        while True:
            attempt = Attempt(self._executor, task, order, progress, deadline)
            try:
                return _whole(attempt.made(), parts, attempt.parts, notes)
            except CompileFailed as failed:
                parts = (*parts, *_failed(attempt.parts, failed.error))
                following = _following(order, attempt, failed.error)
                if following is None:
                    raise CompileFailed(failed.error, total(parts), parts) from None
            deadline = time.monotonic() + attempt.ledger.left()
            notes = (*notes, _other(following, parts[-1]))
            task, order = attempt.steering.task, following


def total(parts: Sequence[Part]) -> Usage:
    """What the models of a compile used together, under the name of the last author; the price is known where all are.

    >>> used = [Part("author", Usage("a", 1, 10, 1, 0.5)), Part("author", Usage("b", 2, 20, 2, None))]
    >>> total(used).model, total(used).calls, total(used).tokens_in, total(used).usd
    ('b', 3, 30, None)
    """
    used = [part.usage for part in parts]
    prices = [usage.usd for usage in used if usage.calls]
    return Usage(
        model=next((part.usage.model for part in reversed(parts) if part.role == "author"), ""),
        calls=sum(usage.calls for usage in used),
        tokens_in=sum(usage.tokens_in for usage in used),
        tokens_out=sum(usage.tokens_out for usage in used),
        usd=None if None in prices else sum(price for price in prices if price is not None),
        seconds=sum(usage.seconds for usage in used),
        estimated=any(usage.estimated for usage in used),
        tokens_cached=sum(usage.tokens_cached for usage in used),
    )


def _whole(made: Compilation, before: Sequence[Part], own: Sequence[Part], notes: Sequence[str]) -> Compilation:
    """What was made, with what all of it cost."""
    usage = total((*before, *own))
    revision = dataclasses.replace(made.revision, usage=usage)
    return dataclasses.replace(made, revision=revision, usage=usage, parts=(*before, *own), notes=(*notes, *made.notes))


def _failed(parts: Sequence[Part], error: SeglamError) -> tuple[Part, ...]:
    """The parts of an attempt that came to nothing, its author last."""
    author, *others = parts
    return (*others, dataclasses.replace(author, error=error))


def _other(order: Order, before: Part) -> str:
    """What to say of a model that was asked after another."""
    why = before.error.says if before.error is not None else ""
    return SeglamError("W-MODEL-OTHER", model=order.target.model, before=before.usage.model, why=why).says


# ---------------------------------------------------------------- who is asked next


def _following(order: Order, attempt: Attempt, error: SeglamError) -> Order | None:
    """The order for whoever is asked after an attempt that failed; None where nobody is, or nothing is left."""
    found, used = order.route.after(error.code), total(attempt.parts)
    tokens = None if order.tokens is None else order.tokens - used.tokens_in - used.tokens_out
    usd = None if order.usd is None else order.usd - (used.usd or 0.0)
    over = attempt.ledger.used().seconds >= order.seconds or (tokens is not None and tokens <= 0)
    if found is None or over or (usd is not None and usd <= 0):
        return None
    target, route = found
    return dataclasses.replace(
        order, target=target, route=route, tokens=tokens, usd=usd, course=_course(order.course, attempt)
    )


def _course(course: Course, attempt: Attempt) -> Course:
    """A run of its own for the next model; the same one, with its thoughts left out, where something was said to it."""
    run, settled, reread = attempt.steering.driver.run, attempt.steering.settled, course.reread
    if settled and reread is not None:
        course = dataclasses.replace(course, reread=lambda updates: reread((*settled, *updates)))
    if not run.updates and not run.waiting:
        return dataclasses.replace(course, run=None, ask="resume", messages=())
    run = dataclasses.replace(run, thinking="", answer="", candidate="", level=None)
    return dataclasses.replace(course, run=run, ask="resume", messages=())
