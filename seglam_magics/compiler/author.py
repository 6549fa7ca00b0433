"""The author loop: ask, check, verify; one repair turn with the failing check; then a revision or a clear error."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..errors import SeglamError
from ..procedure.freeing import free_name
from ..thinking import Completion
from ..thinking.stream import Interrupted, Steered
from ..words import Binding, Check, Revision, Usage
from .checks import draft
from .gateway import Request
from .ledger import CompileFailed, Ledger, Order, Progress
from .meaning import confirmed
from .reply import parse
from .request import Task, repair
from .steering import Steering

if TYPE_CHECKING:
    from ..verify import Executor

ROUNDS = 2  # the first reply and one repair


@dataclass(frozen=True, slots=True)
class Compilation:
    """A verified revision (`number` still open), the question's bindings, and what it cost.

    Attributes
    ----------
    task : the question as it was in the end, with the updates said meanwhile; None where nothing was.
    answer : id of the event that records it, "" before there is one.
    """

    revision: Revision
    bindings: Mapping[str, Binding]
    usage: Usage
    notes: tuple[str, ...] = ()
    task: Task | None = None
    answer: str = ""


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
        """Ask, check and verify, with one repair turn; whatever is said to the run meanwhile is done.

        Raises
        ------
        CompileFailed : with the error of the last turn and the usage of all.
        """
        if not order.target.model:
            raise CompileFailed(SeglamError("E-MODEL-UNSET"), Usage())
        ledger = Ledger(order, time.monotonic() + order.seconds)
        steering = Steering(task, order, ledger.used)
        try:
            made = self._rounds(order, ledger, steering, progress)
            steering.driver.now(state="done", procedure=made.revision.name)
        except CompileFailed as failed:
            steering.driver.now(state="failed", finish=failed.error.code)
            raise
        except SeglamError as error:  # an update that cannot be read
            steering.driver.now(state="failed", finish=error.code)
            raise CompileFailed(error, ledger.usage) from None
        except (KeyboardInterrupt, Interrupted) as stop:
            kept = steering.stopped(discard=isinstance(stop, Interrupted) and stop.discard)
            raise CompileFailed(ledger.stopped(kept, steering.driver.over), ledger.usage) from None
        finally:
            steering.driver.close()
        return made

    def _rounds(self, order: Order, ledger: Ledger, steering: Steering, progress: Progress) -> Compilation:
        turn, request = 1, steering.first()
        while True:
            completion: Completion | None = None
            try:
                completion = ledger.ask(request, progress, turn, steering.driver)
                return self._judged(completion, request, order, ledger, steering, progress)
            except Steered as said:
                request = steering.next(said.delivery)
            except SeglamError as error:
                again = steering.panicked_once(error)
                if again is None and (turn == ROUNDS or error.code not in ("E-LLM-FORMAT", "E-VERIFY")):
                    raise CompileFailed(error, ledger.usage) from None
                turn += again is None
                request = again or repair(request, completion.text if completion else "", error.says)

    def _judged(
        self,
        completion: Completion,
        request: Request,
        order: Order,
        ledger: Ledger,
        steering: Steering,
        progress: Progress,
    ) -> Compilation:
        task = steering.task
        reply = steering.looked_at(parse(steering.text(completion, request), completion.finish), completion)
        # a new procedure never becomes a version of another
        made = draft(reply, task, order.name or free_name(reply.name, order.taken))
        progress("verifying")
        steering.driver.now(state="verifying", candidate=made.revision.source)
        verdict = self._executor.verify(made.revision, cases=order.cases, seconds=ledger.left())
        failure = verdict.failure or (
            None if verdict.ok else Check("verification", ok=False, message="no check was made")
        )
        if failure is not None:
            raise SeglamError("E-VERIFY", check=failure.name, why=failure.message)
        meant, notes = confirmed(made.revision, made.bindings, task, self._executor, ledger.left())
        revision = dataclasses.replace(
            meant, verdict=verdict, model=order.target.model, usage=ledger.usage, created=time.time()
        )
        steering.driver.obey(completion)  # an update that came meanwhile makes it another question
        return Compilation(revision, made.bindings, ledger.usage, (*made.dropped, *notes, *steering.notes), task)
