"""The author loop: ask, check, verify; one repair turn with the failing check; then a revision or a clear error."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..errors import SeglamError
from ..procedure.freeing import free_name
from ..thinking import Budget, Completion, collect
from ..thinking.stream import Interrupted
from ..words import Binding, Mode, Revision, Usage
from . import gateway
from .checks import draft
from .gateway import Request, Target
from .meaning import confirmed
from .reply import parse
from .request import Task, build, repair

if TYPE_CHECKING:
    from ..verify import Executor

ROUNDS = 2  # the first reply and one repair
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """How a task is to be compiled.

    Attributes
    ----------
    seconds, tokens, usd : budget of the whole compile.
    max_tokens : tokens one reply may have.
    name : call the procedure this (a new revision of a known one); None leaves it to the model.
    taken : names that are in use, none of which a new procedure may get.
    cases : generated cases per property.
    """

    target: Target
    mode: Mode = "careful"
    seconds: float = 120.0
    tokens: int | None = None
    usd: float | None = None
    max_tokens: int | None = None
    name: str | None = None
    taken: Collection[str] = ()
    cases: int = 100


@dataclass(frozen=True, slots=True)
class Compilation:
    """A verified revision (`number` still open), the question's bindings, and what it cost."""

    revision: Revision
    bindings: Mapping[str, Binding]
    usage: Usage
    notes: tuple[str, ...] = ()


class CompileFailed(Exception):
    """Nothing came of a compile: the error to show, and what was spent nevertheless."""

    def __init__(self, error: SeglamError, usage: Usage) -> None:
        super().__init__(str(error))
        self.error = error
        self.usage = usage


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
        """Ask, check and verify, with one repair turn.

        Raises
        ------
        CompileFailed : with the error of the last turn and the usage of all.
        """
        if not order.target.model:
            raise CompileFailed(SeglamError("E-MODEL-UNSET"), Usage())
        ledger = Ledger(order, time.monotonic() + order.seconds)
        try:
            return self._rounds(task, order, ledger, progress)
        except KeyboardInterrupt:
            raise CompileFailed(ledger.stopped(), ledger.usage) from None

    def _rounds(self, task: Task, order: Order, ledger: Ledger, progress: Progress) -> Compilation:
        request = build(task, order.mode, order.max_tokens)
        for turn in range(1, ROUNDS + 1):
            completion = ledger.ask(request, progress, turn)
            try:
                return self._judged(completion, task, order, ledger, progress)
            except SeglamError as error:
                if turn == ROUNDS or error.code not in ("E-LLM-FORMAT", "E-VERIFY"):
                    raise CompileFailed(error, ledger.usage) from None
                request = repair(request, completion.text, error.says)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _judged(
        self, completion: Completion, task: Task, order: Order, ledger: Ledger, progress: Progress
    ) -> Compilation:
        reply = parse(completion.text, completion.finish)
        # a new procedure never becomes a version of another
        made = draft(reply, task, order.name or free_name(reply.name, order.taken))
        progress("verifying")
        verdict = self._executor.verify(made.revision, cases=order.cases, seconds=ledger.left())
        if verdict.failure is not None or not verdict.ok:
            check = verdict.failure
            name, why = (check.name, check.message) if check else ("verification", "no check was made")
            raise SeglamError("E-VERIFY", check=name, why=why)
        meant, notes = confirmed(made.revision, made.bindings, task, self._executor, ledger.left())
        revision = dataclasses.replace(
            meant, verdict=verdict, model=order.target.model, usage=ledger.usage, created=time.time()
        )
        return Compilation(revision, made.bindings, ledger.usage, (*made.dropped, *notes))


class Ledger:
    """What a compile has used of its budget, and the only place that spends it."""

    def __init__(self, order: Order, deadline: float) -> None:
        self._order = order
        self._deadline = deadline
        self.usage = Usage(model=order.target.model)

    def left(self) -> float:
        """Seconds until the deadline, at least one."""
        return max(1.0, self._deadline - time.monotonic())

    def stopped(self) -> SeglamError:
        """What the user is told who stopped the run."""
        seconds = self._order.seconds - (self._deadline - time.monotonic())
        return SeglamError("E-STOPPED", seconds=f"{seconds:.1f}", spent=_spent(self.usage))

    def ask(self, request: Request, progress: Progress, turn: int) -> Completion:
        """One call of the model within what is left; raises CompileFailed."""
        order = self._order
        begin = time.monotonic()

        def told(_size: int) -> None:
            progress(f"asking {order.target.model}, {time.monotonic() - begin:.1f} s")

        progress(f"asking {order.target.model}" if turn == 1 else "asking once more, with the check that failed")
        try:
            affordable(request, order, self.usage)
            budget = Budget(self._deadline, order.tokens)
            completion = collect(
                lambda: gateway.open_stream(request, order.target, budget.left()),
                budget,
                model=order.target.model,
                asked=request.characters,
                progress=told,
            )
        except Interrupted as stop:
            self._add(stop.completion)
            raise CompileFailed(self.stopped(), self.usage) from None
        except SeglamError as error:
            self.usage = dataclasses.replace(self.usage, seconds=self.usage.seconds + time.monotonic() - begin)
            raise CompileFailed(_timed(error, order), self.usage) from None
        self._add(completion)
        return completion

    def _add(self, completion: Completion) -> None:
        one, all_ = completion.usage, self.usage
        cost = gateway.price(self._order.target, one.tokens_in, one.tokens_out)
        known = cost is not None and (all_.usd is not None or all_.calls == 0)
        self.usage = Usage(
            model=all_.model,
            calls=all_.calls + 1,
            tokens_in=all_.tokens_in + one.tokens_in,
            tokens_out=all_.tokens_out + one.tokens_out,
            usd=(all_.usd or 0.0) + (cost or 0.0) if known else None,
            seconds=all_.seconds + one.seconds,
        )


def affordable(request: Request, order: Order, spent: Usage) -> None:
    """Refuse before sending what would already be over budget.

    Raises
    ------
    SeglamError : E-BUDGET.
    """
    asked = gateway.count_tokens(request, order.target) if order.usd is not None or order.tokens is not None else 0
    if order.tokens is not None and spent.tokens_in + spent.tokens_out + asked >= order.tokens:
        why = f"the question alone has {asked:,} tokens, {order.tokens:,} are allowed"
        raise SeglamError("E-BUDGET", why=why, option="--tokens")
    if order.usd is None:
        return
    cost = gateway.price(order.target, asked, order.max_tokens or 4000)
    if cost is None:
        raise SeglamError(
            "E-BUDGET", why=f"the price of {order.target.model} is unknown", option="--tokens instead of --usd"
        )
    if (spent.usd or 0.0) + cost > order.usd:
        why = f"this may cost ≈ ${(spent.usd or 0.0) + cost:.4f}, ${order.usd:.4f} are allowed"
        raise SeglamError("E-BUDGET", why=why, option="--usd")


def _timed(error: SeglamError, order: Order) -> SeglamError:
    if error.code != "E-MODEL-TIMEOUT":
        return error
    return SeglamError("E-MODEL-TIMEOUT", model=order.target.model, seconds=f"{order.seconds:g}")


def _spent(usage: Usage) -> str:
    if not usage.calls:
        return "nothing spent"
    return (
        f"≈ ${usage.usd:.4f} spent" if usage.usd is not None else f"{usage.tokens_in + usage.tokens_out:,} tokens spent"
    )
