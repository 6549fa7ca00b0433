"""Asking the model: every request goes through the compiler's ledger and gateway, and into one account."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field

from ..asking import together
from ..compiler import probing
from ..compiler.gateway import Request, Target
from ..compiler.ledger import CompileFailed, Ledger, Order
from ..compiler.modes import usual
from ..compiler.purse import Purse
from ..compiler.request import build
from ..errors import SeglamError
from ..thinking import Completion
from ..thinking.control import Delivery
from ..thinking.ladder import going_on
from ..thinking.splitting import Piece
from ..thinking.stream import Interrupted, Stream
from ..words import Usage
from .judging import compile_task
from .plan import Step
from .tasks import BenchTask, Variant

FATAL = ("E-MODEL-KEY", "E-MODEL-NOKEY", "E-MODEL-UNKNOWN", "E-MODEL-ADDRESS", "E-MODEL-UNSET")
_LOST = 3  # requests in a row that brought nothing: the provider is down


class OverBudget(Exception):
    """The next request might cost more than is left; `error` says why."""

    def __init__(self, error: SeglamError) -> None:
        super().__init__(str(error))
        self.error = error


class Lost(Exception):
    """A request brought nothing, and that was not the model's doing; it is asked again when the bench goes on."""

    def __init__(self, error: SeglamError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class Told:
    """A reply, what it used, and the seconds it took.

    Attributes
    ----------
    level : of the ladder, where it goes on with a thought.
    stop : seconds from a stop to the closed connection, where one was made before.
    """

    completion: Completion
    usage: Usage
    seconds: float
    level: int | None = None
    stop: float | None = None


@dataclass(slots=True)
class Asker:
    """Asks one model, and keeps the account.

    Parameters
    ----------
    usd : what all requests together may cost; None is no limit.
    seconds : longest time of one request.
    purse : of the session and the day.
    """

    target: Target
    usd: float | None = None
    max_tokens: int | None = None
    seconds: float = 300.0
    purse: Purse = field(default_factory=Purse)
    spent: Usage = field(default_factory=Usage)
    _lost: int = 0
    _last: Usage = field(default_factory=Usage)

    def whole(self, task: BenchTask, variant: Variant) -> Told:
        """The reply to a question, asked from the start.

        Raises
        ------
        OverBudget, Lost : nothing came of it.
        SeglamError : E-MODEL-*, where no request will bring anything.
        KeyboardInterrupt : by whoever runs it.
        """
        return self._asked(self._built(task, variant))

    def redone(self, task: BenchTask, variant: Variant) -> Told:
        """The reply after a stop: the question is asked, stopped as its thinking begins, and asked with the update."""
        stopper = _Stopper()
        try:
            self._asked(self._built(task, "asked"), stopper)
        except Interrupted:
            if not stopper.at:
                raise KeyboardInterrupt from None
        stop, stopped = (time.monotonic() - stopper.at if stopper.at else None), self._last
        told = self.whole(task, variant)
        return dataclasses.replace(told, usage=together(stopped, told.usage), stop=stop)

    def interrupted(self, task: BenchTask, step: Step, thinking: str) -> Told:
        """The reply of a model that is interrupted after so much thinking."""
        base = self._built(task, step.variant)
        level = probing.level(self.target, self.purse) if thinking.strip() else 0
        going = going_on(
            base.messages,
            level=level,
            ask=step.ask,
            thinking=thinking,
            answer="",
            updates=task.updates(step.variant),
            plain=step.plain,
        )
        low = step.ask in ("answer", "strict") and level < probing.ANSWER
        request = dataclasses.replace(
            base, messages=going.messages, prefix=going.prefix, effort="low" if low else base.effort
        )
        return dataclasses.replace(self._asked(request), level=level)

    def _built(self, task: BenchTask, variant: Variant) -> Request:
        return build(compile_task(task, variant), usual(), self.max_tokens)

    def _asked(self, request: Request, hearer: _Stopper | None = None) -> Told:
        order = Order(self.target, usd=self._left(), max_tokens=self.max_tokens, purse=self.purse, purpose="bench")
        ledger = Ledger(order, time.monotonic() + self.seconds)
        start = time.monotonic()
        try:
            completion = ledger.ask(request, _quiet, 1, hearer)
        except CompileFailed as failed:
            self._fail(failed.error)
            raise Lost(failed.error) from None
        except Interrupted:
            if hearer is None:
                raise KeyboardInterrupt from None
            raise
        finally:
            self._last = ledger.usage
            self.spent = together(self.spent, ledger.usage)
        self._lost = 0
        begun = "" if completion.text.lstrip().startswith(request.prefix) else request.prefix
        whole = dataclasses.replace(completion, text=begun + completion.text)
        return Told(whole, ledger.usage, time.monotonic() - start)

    def _left(self) -> float | None:
        """Dollars that the next request may cost: each is a compile of its own to the ledger."""
        return None if self.usd is None else max(0.0, self.usd - (self.spent.usd or 0.0))

    def _fail(self, error: SeglamError) -> None:
        if error.code == "E-BUDGET":
            raise OverBudget(error) from None
        self._lost += 1
        if error.code in FATAL or self._lost >= _LOST:
            raise error from None


class _Stopper:
    """Stops a stream at its first piece; `at` is when."""

    def __init__(self) -> None:
        self.at = 0.0
        self._heard = False

    def asked(self) -> None:
        """Nothing is timed but the stop."""

    def opened(self, stream: Stream) -> None:
        """Nothing is woken."""

    def heard(self, piece: Piece) -> None:
        """The reply has begun."""
        self._heard = bool(piece.thinking or piece.answer)

    def delivery(self, *, woken: bool) -> Delivery | None:
        """A stop, once there is something to stop."""
        if woken or not self._heard:
            return None
        self.at = self.at or time.monotonic()
        return Delivery("stop")

    def was_woken(self) -> bool:
        """An interrupt is the user's."""
        return False

    def ended(self) -> None:
        """Nothing is left to do."""


def _quiet(_said: str) -> None:
    """Progress nobody watches."""
