"""The bench of compiles: several models get the same questions through the product's compiler, and are ranked.

One task after the other is given to all of them, so that a bench that ends early has asked each the same.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ..compiler.author import LiteCompiler
from ..compiler.gateway import Target
from ..compiler.ledger import CompileFailed, Order
from ..compiler.purse import Purse
from ..errors import SeglamError
from ..settings import Seglam
from ..verify import ChildExecutor
from ..words import Usage
from . import ranking, tasks
from .asking import FATAL
from .judging import Judge, compile_task
from .ranking import Asked, Comparison, Compiled
from .report import Times, write
from .staging import staged
from .tasks import BenchTask

LOST = ("E-MODEL-DOWN", "E-MODEL-LIMIT", "E-MODEL-FAILED")  # what says nothing of the model
_IN_A_ROW = 3  # requests that brought nothing: the provider is down
Told = Callable[[int, int, float | None], None]


class _Ended(Exception):
    """No more is asked: `state` says why, `error` what the user would be told."""

    def __init__(self, state: ranking.State, error: SeglamError) -> None:
        super().__init__(state)
        self.state, self.error = state, error


def compiles(
    asked: Asked,
    settings: Seglam,
    *,
    usd: float | None = None,
    out: Path | None = None,
    purse: Purse | None = None,
    told: Told = lambda _done, _of, _usd: None,
) -> Comparison:
    """Have several models compile the same tasks, and rank them.

    Parameters
    ----------
    usd : US dollars that all of it may cost.
    out : file of the report; None writes none.
    purse : what is left of the session and the day.
    told : called with the compiles done, of how many, and what they have cost (None where a price is unknown).

    Raises
    ------
    SeglamError : E-BENCH-EXISTS, E-BENCH-WRITE for the file, E-BUDGET where not even the first compile is allowed,
        E-MODEL-* where a model cannot be asked, E-SANDBOX-DOWN.
    """
    if out is not None and out.exists():
        raise SeglamError("E-BENCH-EXISTS", file=out)
    chosen, begin = tasks.chosen(asked.n, asked.seed), time.monotonic()
    executor = ChildExecutor()
    executor.warm()
    try:
        with ExitStack() as stack:
            stages = [stack.enter_context(staged(model, chosen, settings)) for model in asked.models]
            race = _Race(
                LiteCompiler(executor), Judge(executor, cases=settings.cases), settings, purse or Purse(), told, usd
            )
            state = race.run(asked, dict(zip(asked.models, (s.target for s in stages), strict=True)), chosen)
    finally:
        executor.close()
    times = Times(
        made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), seconds=round(time.monotonic() - begin, 3)
    )
    found = Comparison(
        about=asked, state=state, compiles=race.done, ranking=ranking.ranked(asked.models, race.done), times=times
    )
    if out is not None:
        write(found, out)
    return found


@dataclass(slots=True)
class _Race:
    """Compiles on their way.

    Attributes
    ----------
    done : what came of each so far.
    """

    compiler: LiteCompiler
    judge: Judge
    settings: Seglam
    purse: Purse
    told: Told
    usd: float | None
    done: list[Compiled] = field(default_factory=list)
    _lost: int = 0

    def run(self, asked: Asked, targets: dict[str, Target], chosen: Sequence[BenchTask]) -> ranking.State:
        """Do all of it; how it ended."""
        count = asked.repeat * len(chosen) * len(targets)
        try:
            for repeat in range(asked.repeat):
                for task in chosen:
                    for model, target in targets.items():
                        self.done.append(self._compiled(model, target, task, repeat))
                        self.told(len(self.done), count, self._spent())
        except _Ended as ended:
            if not self.done:
                raise ended.error from None
            return ended.state
        except KeyboardInterrupt:
            return "stopped"
        return "complete"

    def _compiled(self, model: str, target: Target, task: BenchTask, repeat: int) -> Compiled:
        begin, known, error = time.monotonic(), None, ""
        try:
            made = self.compiler.compile(compile_task(task, "asked"), self._order(target), _quiet)
            known, usage = (made.revision, made.bindings), made.usage
        except CompileFailed as failed:
            error, usage = failed.error.code, failed.usage
            self._heed(failed.error)
        self._lost = 0 if error not in LOST else self._lost
        seconds = time.monotonic() - begin
        right = known is not None and self.judge.passes(known, task, "asked")
        return _row(model, task, repeat, error, usage, seconds, verified=known is not None, right=right)

    def _heed(self, error: SeglamError) -> None:
        """End it where no further request brings anything."""
        if error.code.startswith("E-BUDGET"):
            raise _Ended("budget", error) from None
        if error.code.startswith("E-STOPPED"):
            raise KeyboardInterrupt from None
        self._lost += error.code in LOST
        if error.code in (*FATAL, "E-SANDBOX-DOWN") or self._lost >= _IN_A_ROW:
            raise error from None

    def _order(self, target: Target) -> Order:
        """As a question of a notebook is compiled, within what is left, and by this model alone."""
        left = None if self.usd is None else max(0.0, self.usd - (self._spent() or 0.0))
        return Order(
            target,
            seconds=self.settings.timeout,
            usd=left,
            max_tokens=self.settings.max_tokens,
            repair=self.settings.repair,
            cases=self.settings.cases,
            purse=self.purse,
            purpose="bench",
        )

    def _spent(self) -> float | None:
        prices = [one.usd for one in self.done if one.calls]
        return None if None in prices else sum(price for price in prices if price is not None)


def _row(
    model: str,
    task: BenchTask,
    repeat: int,
    error: str,
    usage: Usage,
    seconds: float,
    *,
    verified: bool,
    right: bool,
) -> Compiled:
    used = {name: value for name, value in dataclasses.asdict(usage).items() if name in Compiled.model_fields}
    return Compiled(
        **{**used, "model": model, "usd": None if usage.usd is None else round(usage.usd, 8)},
        task=task.name,
        repeat=repeat,
        error=error,
        verified=verified,
        right=right,
        repairs=max(0, usage.calls - 1),
        lost=error in LOST,
        times=ranking.CompileTimes(whole=round(seconds, 4)),
    )


def _quiet(_said: str) -> None:
    """Progress nobody watches."""
