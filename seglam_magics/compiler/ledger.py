"""What a compile may use and has used: the one place that spends."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from ..errors import SeglamError
from ..thinking import Budget, Completion, collect
from ..thinking.allowance import Due, Limits, Used
from ..thinking.run import CHARACTERS_PER_TOKEN
from ..thinking.stream import Hearer, Interrupted, Steered
from ..words import Mode, Usage
from . import gateway
from .course import Course
from .gateway import Request, Target

Progress = Callable[[str], None]
_MANY = 1_000_000  # tokens whose price is asked for, to have that of one
_UNKNOWN = -1.0


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
    course : how the run is followed and what is said to it.
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
    course: Course = field(default_factory=Course)

    @property
    def limits(self) -> Limits:
        """What the run may use."""
        return Limits(self.seconds, self.tokens, self.usd)


class CompileFailed(Exception):
    """Nothing came of a compile: the error to show, and what was spent nevertheless."""

    def __init__(self, error: SeglamError, usage: Usage) -> None:
        super().__init__(str(error))
        self.error = error
        self.usage = usage


class Ledger:
    """What a compile has used of its budget, and the only place that spends it."""

    def __init__(self, order: Order, deadline: float) -> None:
        self._order = order
        self._deadline = deadline
        self.usage = Usage(model=order.target.model)
        self._sent = 0  # tokens of the request that runs
        self._each: float | None = _UNKNOWN

    def left(self) -> float:
        """Seconds until the deadline, at least one."""
        return max(1.0, self._deadline - time.monotonic())

    def used(self, streamed: int = 0) -> Used:
        """What has been used, with so many tokens streamed in the request that runs."""
        seconds = self._order.seconds - (self._deadline - time.monotonic())
        usd = self.usage.usd
        if self._order.usd is not None and streamed:
            price = self._price()
            usd = None if price is None else (usd or 0.0) + price * streamed
        tokens = self.usage.tokens_in + self.usage.tokens_out + (streamed + self._sent if streamed else 0)
        return Used(seconds, tokens, usd)

    def _price(self) -> float | None:
        """Dollars a token of the reply costs; asked for once."""
        if self._each == _UNKNOWN:
            cost = gateway.price(self._order.target, 0, _MANY)
            self._each = None if cost is None else cost / _MANY
        return self._each

    def stopped(self, run: str = "", over: Due | None = None) -> SeglamError:
        """What the user is told of a run that was stopped, or was over a limit.

        Parameters
        ----------
        run : its id, where something is kept of it.
        """
        facts = {"seconds": f"{self.used().seconds:.1f}", "spent": _spent(self.usage)}
        if over is not None:
            return self._over(over, run, facts)
        return SeglamError("E-STOPPED-THINKING", run=run, **facts) if run else SeglamError("E-STOPPED", **facts)

    def _over(self, over: Due, run: str, facts: dict[str, str]) -> SeglamError:
        order = self._order
        option = {"seconds": "--time", "tokens": "--tokens", "usd": "--usd"}[over.kind]
        most = f"{getattr(order.limits, over.kind):g}"
        if run:
            shown = {"seconds": f"{most} s", "tokens": f"{most} tokens", "usd": f"${most}"}[over.kind]
            return SeglamError("E-BUDGET-THINKING", run=run, shown=shown, most=most, option=option, **facts)
        if over.kind == "seconds":
            return SeglamError("E-MODEL-TIMEOUT", model=order.target.model, seconds=most)
        return SeglamError("E-BUDGET", why=f"{most} {over.kind} are used up", option=option)

    def ask(self, request: Request, progress: Progress, turn: int, hearer: Hearer | None = None) -> Completion:
        """One call of the model within what is left.

        Raises
        ------
        CompileFailed : it failed.
        Interrupted, Steered : the run was spoken to; what it used is counted.
        """
        order = self._order
        begin = time.monotonic()

        def told(_size: int) -> None:
            progress(f"asking {order.target.model}, {time.monotonic() - begin:.1f} s")

        progress(f"asking {order.target.model}" if turn == 1 else "asking once more, with the check that failed")
        try:
            affordable(request, order, self.usage)
            self._sent = request.characters // CHARACTERS_PER_TOKEN
            budget = Budget(self._deadline, order.tokens)
            completion = collect(
                lambda: gateway.open_stream(request, order.target, budget.left()),
                budget,
                model=order.target.model,
                asked=request.characters,
                progress=told,
                hearer=hearer,
            )
        except (Interrupted, Steered) as said:
            self._add(said.completion)
            raise
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
