"""The bench of interrupts as one call: staged, run, written, and shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..compiler.purse import Purse
from ..errors import SeglamError
from ..settings import Seglam
from ..verify import ChildExecutor
from . import report as reports
from . import tasks
from .asking import Asker
from .judging import Judge
from .plan import Plan
from .report import About, Report
from .running import Bench
from .staging import staged

Told = Callable[[int, int, float | None], None]


def interrupts(
    plan: Plan,
    settings: Seglam,
    *,
    usd: float | None = None,
    out: Path | None = None,
    goes_on: bool = False,
    purse: Purse | None = None,
    told: Told = lambda _done, _of, _usd: None,
) -> Report:
    """Interrupt a model at work, and report what came of it.

    Parameters
    ----------
    usd : US dollars that this call may cost; what an earlier one has spent is not counted.
    out : file of the report, which is written while the bench runs; None writes none.
    goes_on : go on with what stands in `out`.
    purse : what is left of the session and the day.
    told : called with the calls done, of how many, and what they have cost (None where the price is unknown).

    Raises
    ------
    SeglamError : E-BENCH-REPORT, E-BENCH-OTHER, E-BENCH-EXISTS, E-BENCH-WRITE for the file, E-BUDGET where not even
        the first call is allowed, E-MODEL-* where the model cannot be asked, E-SANDBOX-DOWN.
    """
    begun = _begun(plan, out, goes_on=goes_on)
    executor = ChildExecutor()
    executor.warm()
    try:
        with staged(plan.model, tasks.chosen(plan.n, plan.seed), settings) as stage:
            asker = Asker(stage.target, usd=usd, max_tokens=settings.max_tokens, purse=purse or Purse())
            judge = Judge(executor, cases=settings.cases)
            return Bench(plan, begun, asker, judge, stage.did, _saver(out), told).run()
    finally:
        executor.close()


def _begun(plan: Plan, out: Path | None, *, goes_on: bool) -> Report:
    about = About.model_validate(plan.about())
    if out is None or not out.exists():
        if goes_on and out is None:
            raise SeglamError("E-USAGE", problem="nothing can go on without a report", advice="name it with --out FILE")
        return Report(about=about)
    if not goes_on:
        raise SeglamError("E-BENCH-EXISTS", file=out)
    found = reports.read(out)
    reports.same_run(found, about, out)
    return found


def _saver(out: Path | None) -> Callable[[Report], None]:
    if out is None:
        return lambda _report: None
    return lambda report: reports.write(report, out)
