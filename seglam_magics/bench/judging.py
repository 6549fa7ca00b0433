"""What became of a reply: whether it can be used, is verified, passes the hidden tests, and how it went wrong.

Nothing a model wrote runs anywhere but in the sandbox. The same code is judged once: a verdict depends on nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from ..asking import understood
from ..compiler.checks import draft
from ..compiler.course import Known
from ..compiler.reply import Reply, parse
from ..compiler.request import Task
from ..compiler.taking import Judging, found_out
from ..courses import with_updates
from ..errors import SeglamError
from ..procedure.binding import bind
from ..thinking import Completion, detectors
from ..thinking.detectors import Flag, Taken, Usual
from ..thinking.run import CHARACTERS_PER_TOKEN
from ..words import Question, Revision
from .tasks import BenchTask, Hidden, Variant
from .values import says

if TYPE_CHECKING:
    from ..verify import Executor

SECONDS = 20.0
K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a reply.

    Attributes
    ----------
    error : code of the first check that failed, "" for none.
    right : it passes the hidden tests.
    known : the procedure with the question's bindings, where the reply can be used.
    seconds : that it took to verify it, when that was done.
    """

    error: str = ""
    verified: bool = False
    right: bool = False
    properties: int = 0
    known: Known | None = None
    reply: Reply | None = None
    leak: Flag | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class Judge:
    """Judges replies; remembers what it has judged.

    Parameters
    ----------
    cases : generated cases per property.
    """

    executor: Executor
    cases: int = 100
    _verdicts: dict[str, tuple[bool, float]] = field(default_factory=dict)
    _passed: dict[tuple[str, str, Variant], bool] = field(default_factory=dict)
    _taken: dict[tuple[str, str, str, str], Flag | None] = field(default_factory=dict)

    def judged(self, completion: Completion, task: BenchTask, variant: Variant, usual: Usual) -> Judged:
        """What became of a reply; `usual` is the length of the same model's whole answer to the task."""
        try:
            reply = parse(completion.text, completion.finish)
        except SeglamError as error:
            return Judged(error.code, leak=_leak(completion, "", usual))
        leak = _leak(completion, reply.code, usual)
        found = Judged(properties=len(reply.properties), reply=reply, leak=leak)
        try:
            made = draft(_bared(reply) if leak is not None else reply, compile_task(task, variant))
        except SeglamError as error:
            return dataclasses.replace(found, error=error.code)
        known = made.revision, made.bindings
        verified, seconds = self._verified(known)
        return dataclasses.replace(
            found,
            error="" if verified else "E-VERIFY",
            verified=verified,
            right=verified and self.passes(known, task, variant),
            known=known,
            seconds=seconds,
        )

    def doubt(self, judged: Judged, before: Judged | None, task: BenchTask, variant: Variant) -> Flag | None:
        """Whether an update was read and not taken, as it is found in the product: by running both procedures."""
        reply = judged.reply
        if judged.known is None or reply is None:
            return None
        earlier = before.known if before is not None and before.verified else None
        claims = reply.model_dump_json(include={"update_checks", "changes_nothing"})
        key = (judged.known[0].proc_id, earlier[0].proc_id if earlier else "", claims, f"{task.name}.{variant}")
        judging = Judging(
            known=judged.known,
            before=earlier,
            task=compile_task(task, variant),
            checks=(),
            updates=task.updates(variant),
            executor=self.executor,
            seconds=SECONDS,
        )
        return _once(self._taken, key, lambda: detectors.self_doubt(_found_out(judging, reply)))

    def _verified(self, known: Known) -> tuple[bool, float]:
        revision = known[0]

        def verify() -> tuple[bool, float]:
            start = time.monotonic()
            return self.executor.verify(revision, cases=self.cases, seconds=SECONDS).ok, time.monotonic() - start

        return _once(self._verdicts, _tested(revision), verify)

    def passes(self, known: Known, task: BenchTask, variant: Variant) -> bool:
        """Whether a procedure with the question's bindings passes the hidden tests of a task."""
        bound = json.dumps({name: str(binding.value) for name, binding in sorted(known[1].items())})
        key = (_tested(known[0]), f"{task.name} {bound}", variant)
        return _once(self._passed, key, lambda: all(self._holds(known, task, test, variant) for test in task.hidden))

    def _holds(self, known: Known, task: BenchTask, test: Hidden, variant: Variant) -> bool:
        revision, bindings = known
        try:
            arguments = bind(revision, bindings, task.namespace(test.rows), native=False).arguments
            value = self.executor.call(
                revision.source, revision.name, arguments, returns=revision.returns, seconds=SECONDS
            )
        except SeglamError:
            return False
        return says(test.expected(variant), value)


@lru_cache(maxsize=128)
def compile_task(task: BenchTask, variant: Variant) -> Task:
    """A variant of a task as the compiler takes it."""
    text = with_updates(task.question, task.updates(variant))
    asked = understood(Question(text, task.namespace(), only=tuple(task.slots)))
    return Task(asked.question, asked.reading, asked.variables, updated=variant != "asked")


def _tested(revision: Revision) -> str:
    """All of a revision that its verdict depends on; wordings are no part of it."""
    kept = (revision.name, revision.parameters, revision.returns, revision.examples, revision.properties)
    return repr((revision.source, revision.meaning.order, revision.requires, *kept))


def _found_out(judging: Judging, reply: Reply) -> Taken:
    """As in the product; the same code needs no comparing."""
    if judging.before is None or judging.before[0].source != judging.known[0].source:
        return found_out(judging, reply)
    return dataclasses.replace(found_out(dataclasses.replace(judging, before=None), reply), differs=False)


def _leak(completion: Completion, code: str, usual: Usual) -> Flag | None:
    return detectors.leakage(completion.text, code, len(completion.text) // CHARACTERS_PER_TOKEN, usual)


def _bared(reply: Reply) -> Reply:
    """The reply without what leaked into its code."""
    try:
        return reply.model_copy(update={"code": detectors.bare(reply.code)})
    except (SyntaxError, ValueError, RecursionError):
        return reply


def _once(known: dict[K, T], key: K, find: Callable[[], T]) -> T:
    if key not in known:
        known[key] = find()
    return known[key]
