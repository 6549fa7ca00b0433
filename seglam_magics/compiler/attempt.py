"""One model's way from a question to a verified revision: ask, check, verify, and repair with the check that failed.

What a repair teaches is kept as one line. What the question leaves open is put to the user, once. Where the mode wants
a critic, it is asked about what verified.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..errors import SeglamError
from ..procedure.freeing import free_name
from ..thinking import Completion
from ..thinking.stream import Interrupted, Steered
from ..words import Binding, Check, Revision, Usage
from .asides import Asides, left_open
from .checks import Draft, draft
from .critic import Critic
from .gateway import Request
from .ledger import CompileFailed, Ledger, Order, Progress
from .meaning import confirmed
from .reply import parse
from .request import LONGEST_LESSON, Task, repair
from .routing import WRONG
from .steering import Again, Steering

if TYPE_CHECKING:
    from ..verify import Executor


@dataclass(frozen=True, slots=True)
class Part:
    """What one model did in a compile: as its author or its critic, what it used, and the error it ended with."""

    role: Literal["author", "critic"]
    usage: Usage
    error: SeglamError | None = None


@dataclass(frozen=True, slots=True)
class Compilation:
    """A verified revision (`number` still open), the question's bindings, and what it cost.

    Attributes
    ----------
    usage : of all models together, under the name of the one that wrote it.
    parts : the same by model, in the order they were asked; the last author wrote it.
    task : the question as it was in the end, with the updates said meanwhile; None where nothing was.
    lesson : what its last repair taught, in a line; "" where none was needed.
    earlier : what was verified when an update came that it corrects; `corrects` the stored revision that it replaces.
    answer : id of the event that records it, "" before there is one.
    """

    revision: Revision
    bindings: Mapping[str, Binding]
    usage: Usage
    notes: tuple[str, ...] = ()
    task: Task | None = None
    answer: str = ""
    parts: tuple[Part, ...] = ()
    lesson: str = ""
    earlier: Compilation | None = None
    corrects: Revision | None = None


class Attempt:
    """One model on its way.

    Parameters
    ----------
    deadline : on the monotonic clock.
    """

    def __init__(self, executor: Executor, task: Task, order: Order, progress: Progress, deadline: float) -> None:
        self._executor, self._order, self._progress = executor, order, progress
        self.ledger = Ledger(order, deadline)
        self.steering = Steering(task, self.ledger, progress)
        self._critic = Critic(executor, order, progress) if order.manner.critic else None
        self._repairs = order.manner.rounds if order.repair else 0
        self._asides = Asides(order.asker, self.ledger.waited)
        self._problem = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What each role has used so far."""
        author = Part("author", self.ledger.usage)
        return (author,) if self._critic is None or self._critic.usage is None else (author, self._critic_part())

    def _critic_part(self) -> Part:
        assert self._critic is not None
        assert self._critic.usage is not None
        return Part("critic", self._critic.usage, self._critic.error)

    def made(self) -> Compilation:
        """What came of it.

        Raises
        ------
        CompileFailed : with the error of the last turn and what the author used.
        """
        driver = self.steering.driver
        try:
            made = self._rounds()
            self.steering.done(made.revision)
        except CompileFailed as failed:
            self.steering.failed(failed.error)
            raise
        except SeglamError as error:  # an update that cannot be read
            self.steering.failed(error)
            raise CompileFailed(error, self.ledger.usage) from None
        except (KeyboardInterrupt, Interrupted) as stop:
            kept = self.steering.stopped(discard=isinstance(stop, Interrupted) and stop.discard)
            raise CompileFailed(self.ledger.stopped(kept, driver.over), self.ledger.usage) from None
        finally:
            driver.close()
        return made

    def _rounds(self) -> Compilation:
        turn, request = 1, self.steering.first()
        while True:
            completion: Completion | None = None
            try:
                completion = self.ledger.ask(request, self._progress, turn, self.steering.driver)
                return self._judged(completion, request)
            except Steered as said:
                request = self.steering.next(said.delivery)
            except Again as again_:
                request = again_.request
            except SeglamError as error:
                again = self.steering.panicked_once(error)
                if again is None and (turn > self._repairs or error.code not in WRONG):
                    raise CompileFailed(error, self.ledger.usage) from None
                turn += again is None
                self._problem = _problem(error)
                request = again or repair(request, completion.text if completion else "", error.says)

    def _judged(self, completion: Completion, request: Request) -> Compilation:
        steering, order = self.steering, self._order
        task = steering.task
        reply = steering.looked_at(parse(steering.text(completion, request), completion.finish), completion)
        self._complete(self._asides.put(left_open(reply)))
        # a new procedure never becomes a version of another
        earlier = steering.earlier.revision.name if steering.earlier is not None else None
        try:
            made = draft(reply, task, order.name or earlier or free_name(reply.name, order.taken))
        except SeglamError:
            self._complete(self._asides.settle(left_open(reply)))
            raise
        self._progress("verifying")
        steering.driver.now(state="verifying", candidate=made.revision.source)
        revision, notes = self._verified(made, task)
        revision = steering.taken((revision, made.bindings), reply, self._executor)
        told = (*made.dropped, *notes, *steering.notes, *self._asides.notes)
        lesson = " ".join(reply.lesson.split())[:LONGEST_LESSON] or self._problem if self._problem else ""
        whole = Compilation(revision, made.bindings, self.ledger.usage, told, task, lesson=lesson)
        steering.obey(completion, whole)  # an update that came meanwhile makes it another question
        return dataclasses.replace(whole, earlier=steering.earlier)

    def _verified(self, made: Draft, task: Task) -> tuple[Revision, tuple[str, ...]]:
        """The revision with its verdict, and what to say of it; raises E-VERIFY where a check fails."""
        verdict = self._executor.verify(made.revision, cases=self._order.cases, seconds=self.ledger.left())
        failure = verdict.failure or (
            None if verdict.ok else Check("verification", ok=False, message="no check was made")
        )
        if failure is not None:
            raise SeglamError("E-VERIFY", check=failure.name, why=failure.message)
        revision = made.revision
        notes: tuple[str, ...] = ()
        if self._critic is not None:
            revision, notes = self._critic.looked_at(revision, task, self.ledger)
        meant, unsaid = confirmed(revision, made.bindings, task, self._executor, self.ledger.left())
        model, mode = self._order.target.model, self._order.mode
        whole = dataclasses.replace(
            meant, verdict=verdict, model=model, mode=mode, usage=self.ledger.usage, created=time.time()
        )
        return whole, (*notes, *unsaid)

    def _complete(self, added: tuple[str, ...]) -> None:
        """Ask again, with what was added to the question, if anything was."""
        if added:
            raise Again(self.steering.completed(added))


def _problem(error: SeglamError) -> str:
    """What was wrong, in a line: the lesson where the model puts it in no words of its own."""
    facts = error.facts
    text = f"{facts['check']}: {facts['why']}" if "check" in facts else str(facts.get("why", error.says))
    return " ".join(text.split())[:LONGEST_LESSON]
