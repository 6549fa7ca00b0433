"""What a compile may use and has used: the one place that spends, within a question, a session and a day."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import SeglamError
from ..thinking import Budget, Completion, collect
from ..thinking.allowance import Due, Limits, Used
from ..thinking.run import CHARACTERS_PER_TOKEN
from ..thinking.stream import Hearer, Interrupted, Silent, Steered
from ..words import Mode, Usage
from . import gateway
from .asides import Asker
from .course import Course
from .estimating import affordable
from .gateway import Request, Target
from .modes import Manner, usual
from .purse import Kind, Purse, Span, setting
from .routing import Route

if TYPE_CHECKING:
    from .attempt import Part

Progress = Callable[[str], None]
_MANY = 1_000_000  # tokens whose price is asked for, to have that of one
_UNKNOWN = -1.0


@dataclass(frozen=True, slots=True)
class Order:
    """How a task is to be compiled.

    Attributes
    ----------
    manner : how much is asked of the model.
    seconds, tokens, usd : budget of the whole compile.
    max_tokens : tokens one reply may have.
    name : call the procedure this (a new revision of a known one); None leaves it to the model.
    taken : names that are in use, none of which a new procedure may get.
    cases : generated cases per property.
    course : how the run is followed and what is said to it.
    route : who is asked where the first model does not do.
    repair : whether a model is given the check that it failed.
    asker : asks the user what the question leaves open, see `asides.Asker`; None takes the defaults.
    purse : what is left of the session and the day; `purpose` is under what it is counted there.
    """

    target: Target
    manner: Manner = field(default_factory=usual)
    seconds: float = 120.0
    tokens: int | None = None
    usd: float | None = None
    max_tokens: int | None = None
    name: str | None = None
    taken: Collection[str] = ()
    cases: int = 100
    course: Course = field(default_factory=Course)
    route: Route = field(default_factory=Route)
    repair: bool = True
    asker: Asker | None = None
    purse: Purse = field(default_factory=Purse)
    purpose: Kind = "compile"

    @property
    def mode(self) -> Mode:
        """Name of the mode."""
        return self.manner.name

    @property
    def limits(self) -> Limits:
        """What the run may use."""
        return Limits(self.seconds, self.tokens, self.usd)


class CompileFailed(Exception):
    """Nothing came of a compile: the error to show, and what was spent nevertheless."""

    def __init__(self, error: SeglamError, usage: Usage, parts: Sequence[Part] = ()) -> None:
        super().__init__(str(error))
        self.error = error
        self.usage = usage
        self.parts = tuple(parts)  # by model, where several were asked


class Ledger:
    """What a compile has used of its budget, and the only place that spends it.

    Attributes
    ----------
    order : with the limits of the question, or less where the session or the day has less left.
    """

    def __init__(self, order: Order, deadline: float) -> None:
        usd, tokens, self._bound = order.purse.left(order.usd, order.tokens)
        self._asked = order
        self._order = self.order = dataclasses.replace(order, usd=usd, tokens=tokens)
        self._deadline = deadline
        self.usage = Usage(model=order.target.model)
        self._beside = Usage()
        self._sent = 0  # tokens of the request that runs
        self._each: tuple[float, float] | None = (_UNKNOWN, _UNKNOWN)

    def waited(self, seconds: float) -> None:
        """Give back the time in which the user was asked something."""
        self._deadline += seconds

    @property
    def spent(self) -> str:
        """What has been spent, in words."""
        return _spent(self.usage)

    def left(self) -> float:
        """Seconds until the deadline, at least one."""
        return max(1.0, self._deadline - time.monotonic())

    def used(self, streamed: int = 0) -> Used:
        """What has been used, with so many tokens streamed in the request that runs."""
        seconds = self._order.seconds - (self._deadline - time.monotonic())
        whole = self._whole()
        usd = whole.usd
        if self._order.usd is not None and streamed:
            price = self._price()
            usd = None if price is None else (usd or 0.0) + price[0] * self._sent + price[1] * streamed
        tokens = whole.tokens_in + whole.tokens_out + (streamed + self._sent if streamed else 0)
        return Used(seconds, tokens, usd)

    def shared(self, usage: Usage) -> None:
        """Count against the budget what somebody else has used for the same compile."""
        self._beside = usage

    def _whole(self) -> Usage:
        own, other = self.usage, self._beside
        known = (own.usd is not None or not own.calls) and (other.usd is not None or not other.calls)
        return dataclasses.replace(
            own,
            calls=own.calls + other.calls,
            tokens_in=own.tokens_in + other.tokens_in,
            tokens_out=own.tokens_out + other.tokens_out,
            tokens_cached=own.tokens_cached + other.tokens_cached,
            usd=(own.usd or 0.0) + (other.usd or 0.0) if known and own.calls + other.calls else None,
        )

    def again(self, tokens: int) -> Used:
        """What sending so many tokens would use."""
        price = self._price() if self._order.usd is not None else None
        return Used(tokens=tokens, usd=None if price is None else price[0] * tokens)

    def _price(self) -> tuple[float, float] | None:
        """Dollars a token of the request and one of the reply costs; asked for once."""
        if self._each == (_UNKNOWN, _UNKNOWN):
            target = self._order.target
            costs = gateway.price(target, _MANY, 0), gateway.price(target, 0, _MANY)
            self._each = None if costs[0] is None or costs[1] is None else (costs[0] / _MANY, costs[1] / _MANY)
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
        span = self._bound.get(over.kind)
        if span is not None:
            return self._over_span(span, over.kind, run, facts)
        if run:
            shown = {"seconds": f"{most} s", "tokens": f"{most} tokens", "usd": f"${most}"}[over.kind]
            return SeglamError("E-BUDGET-THINKING", run=run, shown=shown, most=most, option=option, **facts)
        if over.kind == "seconds":
            return SeglamError("E-MODEL-TIMEOUT", model=order.target.model, seconds=most)
        return SeglamError("E-BUDGET", why=f"{most} {over.kind} are used up", option=option)

    def _over_span(self, span: Span, kind: str, run: str, facts: dict[str, str]) -> SeglamError:
        """What is said where the session or the day had less left than the question was allowed."""
        option, allowed = setting(span, kind), self._order.purse.allowed[span]
        shown = f"the ${allowed.usd:g}" if kind == "usd" else f"the {allowed.tokens:,} tokens"
        shown += {"session": " of this session", "day": " of this day"}[span]
        if run:
            return SeglamError("E-BUDGET-SPAN", run=run, shown=shown, option=option, **facts)
        return SeglamError("E-BUDGET", why=f"{shown} are used up", option=option)

    def ask(
        self,
        request: Request,
        progress: Progress,
        turn: int,
        hearer: Hearer | None = None,
        kind: Kind | None = None,
    ) -> Completion:
        """One call of the model within what is left.

        Parameters
        ----------
        turn : from 1; a later one of a compile is a repair.
        kind : what it is counted as; by default the purpose of the order.

        Raises
        ------
        CompileFailed : it failed.
        Interrupted, Steered : as `collect`; what it used is counted.
        """
        repairs = turn > 1 and self._order.purpose == "compile"
        kind = kind or ("repair" if repairs else self._order.purpose)
        order = self._order
        begin = time.monotonic()

        def told(_size: int) -> None:
            progress(f"asking {order.target.model}, {time.monotonic() - begin:.1f} s")

        progress(f"asking {order.target.model}" if turn == 1 else "asking once more, with the check that failed")
        try:
            affordable(request, self._asked, self._whole())
            gateway.ready()
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
            self._add(said.completion, kind)
            raise
        except Silent as quiet:
            self._add(quiet.completion, kind)
            seconds = f"{order.route.silence:g}"
            error = SeglamError("E-MODEL-SILENT", model=order.target.model, seconds=seconds)
            raise CompileFailed(error, self.usage) from None
        except SeglamError as error:
            self.usage = dataclasses.replace(self.usage, seconds=self.usage.seconds + time.monotonic() - begin)
            raise CompileFailed(_timed(error, order), self.usage) from None
        self._add(completion, kind)
        return completion

    def _add(self, completion: Completion, kind: Kind) -> None:
        one, all_ = completion.usage, self.usage
        cost = gateway.price(self._order.target, one.tokens_in, one.tokens_out, one.tokens_cached)
        self._order.purse.add(kind, cost, one.tokens_in + one.tokens_out)
        known = cost is not None and (all_.usd is not None or all_.calls == 0)
        self.usage = Usage(
            model=all_.model,
            calls=all_.calls + 1,
            tokens_in=all_.tokens_in + one.tokens_in,
            tokens_out=all_.tokens_out + one.tokens_out,
            usd=(all_.usd or 0.0) + (cost or 0.0) if known else None,
            seconds=all_.seconds + one.seconds,
            estimated=all_.estimated or completion.estimated,
            tokens_cached=all_.tokens_cached + one.tokens_cached,
        )


def _timed(error: SeglamError, order: Order) -> SeglamError:
    if error.code != "E-MODEL-TIMEOUT":
        return error
    return SeglamError("E-MODEL-TIMEOUT", model=order.target.model, seconds=f"{order.seconds:g}")


def _spent(usage: Usage) -> str:
    if not usage.calls:
        return "nothing spent"
    if usage.usd is not None:
        return f"≈ ${usage.usd:.4f} spent"
    return f"{'~ ' if usage.estimated else ''}{usage.tokens_in + usage.tokens_out:,} tokens spent"
