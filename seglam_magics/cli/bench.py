"""The verbs `bench interrupts` and `bench compile`: how well models do on tasks that ship with seglam."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import money, say, span

from .group import as_json, group
from .office import Office, Output
from .texts import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seglam_magics.bench.plan import Plan
    from seglam_magics.bench.report import Cell, Difference, Report, Share
    from seglam_magics.compiler.purse import Purse

_MODES = "full,hard,strict,hurry,update,update_plain,redo,oracle"
_POSITIONS = "0.1,0.3,0.5,0.7,0.9"
_KEYS = "the report, as its schema says, and changes against another one"
_HEAD = ("mode", "at", "n", "right", "relative", "thinking", "answer", "flags", "unnecessary", "cost", "seconds")


@group.group("bench", invoke_without_command=True)
@as_json("as `interrupts` and `compile` have it")
@click.pass_context
def bench(context: click.Context) -> Output:
    """Measure models on tasks that ship with seglam."""
    if context.invoked_subcommand is None:
        raise SeglamError("E-USAGE", problem="it is not said what to measure", advice=say("bench.how"))
    return Output("")


@bench.command("interrupts")
@as_json(_KEYS)
@click.pass_obj
@click.option("--model", "-m", default=None, help="As litellm calls it; loop/ideal, leaky, panicky, doubter are here.")
@click.option("--modes", default=_MODES, show_default=True, help="What is done to the model.")
@click.option("--positions", default=_POSITIONS, show_default=True, help="Shares of its own thinking.")
@click.option("--n", "n", default=20, show_default=True, type=click.IntRange(1, 20), help="Tasks.")
@click.option("--repeat", default=1, show_default=True, type=click.IntRange(1, 100), help="Times each is done.")
@click.option("--seed", default=7, show_default=True, type=click.IntRange(0), help="Decides the order of the tasks.")
@click.option("--usd", type=click.FloatRange(0, min_open=True), default=None, help="Dollars this call may cost.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="File of the report.")
@click.option("--continue", "goes_on", is_flag=True, help="Go on with the report in --out.")
@click.option("--against", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Compare with a report.")
def interrupts(office: Office, /, *, against: Path | None, **asked: Any) -> Output:
    """Measure how a model takes interrupts: answer now, hurry, updates, stop and redo.

    Each task is answered once as a whole; then its thinking is cut at each position and the model is interrupted. What
    comes back is verified and run on hidden tests, in the sandbox.
    """
    other = _other(against) if against is not None else None
    report = _run(office, asked)
    lines = list(_lines(report, asked["out"]))
    if other is None:
        return Output("\n".join(lines), _data(report), _code(report))
    changes = _changes(report, other)
    lines += ["", *_against(changes, other, against)]
    data = {**_data(report), "changes": [change.model_dump() for change in changes]}
    return Output("\n".join(lines), data, _code(report))


# ---------------------------------------------------------------- running


def _run(office: Office, asked: dict[str, Any]) -> Report:
    from seglam_magics.bench.interrupts import interrupts as ran
    from seglam_magics.bench.newest import keep_interrupts

    plan = _plan(office, asked)
    report = ran(
        plan,
        office.settings,
        usd=asked["usd"],
        out=asked["out"],
        goes_on=asked["goes_on"],
        purse=purse(office, [plan.model]),
        told=told(office),
    )
    keep_interrupts(report)
    return report


def _plan(office: Office, asked: dict[str, Any]) -> Plan:
    from seglam_magics.bench.plan import Plan, modes_of, positions_of

    return Plan(
        asked["model"] or office.settings.model,
        modes_of(asked["modes"]),
        positions_of(asked["positions"]),
        n=asked["n"],
        repeat=asked["repeat"],
        seed=asked["seed"],
    )


def purse(office: Office, models: Iterable[str]) -> Purse | None:
    """What the session and the day have left; scripted characters cost nothing and need no store."""
    from seglam_magics.bench.staging import LOOP
    from seglam_magics.compiler.purse import purse_of

    played = all(model.startswith(LOOP) for model in models)
    return None if played else purse_of(office.reasoner.log, office.settings)


def told(office: Office) -> Callable[[int, int, float | None], None]:
    """What takes the answers done, of how many, and what they cost."""

    def take(done: int, of: int, usd: float | None) -> None:
        office.progress(say("bench.progress", done=f"{done:,}", of=f"{of:,}", cost=money(usd)), done / max(of, 1))

    return take


def _code(report: Report) -> int:
    return {"complete": 0, "budget": 4}.get(report.state, 1)


def _data(report: Report) -> dict[str, Any]:
    data: dict[str, Any] = report.model_dump(mode="json", by_alias=True)
    return data


# ---------------------------------------------------------------- showing


def _lines(report: Report, out: Path | None) -> Iterable[str]:
    summary, about = report.summary, report.about
    yield _title(report)
    yield say(f"bench.{report.state}")
    yield ""
    yield table([say(f"bench.{name}") for name in _HEAD], map(_row, summary.cells))
    yield ""
    for found in summary.guidance[:1]:
        yield say("bench.guidance", **_points(found), n=found.n, other=found.n_other)
    if summary.times.p50 is not None and summary.times.p95 is not None:
        yield say("bench.stop", p50=span(summary.times.p50), p95=span(summary.times.p95))
    yield say("bench.proven", version=about.wordings, proven=_proven(about.wordings))
    if out is not None:
        yield say("bench.written", file=out)


def _title(report: Report) -> str:
    about, summary = report.about, report.summary
    from seglam_magics.bench.plan import Plan

    plan = Plan(about.model, tuple(about.modes), tuple(about.positions), about.n, about.repeat, about.seed)
    facts = {"calls": f"{summary.calls:,}", "of": f"{plan.calls:,}", "seconds": span(report.times.seconds)}
    return say("bench.title", model=about.model, cost=money(summary.usd), **facts)


def _proven(version: str) -> str:
    from seglam_magics.bench.proven import proven

    return proven(version) or say("bench.unproven")


def _row(cell: Cell) -> tuple[str, ...]:
    flags = (_percent(found.share) for found in (cell.leakage, cell.panic, cell.doubt))
    return (
        cell.mode,
        _at(cell.at),
        str(cell.right.n),
        _share(cell.right),
        _percent(cell.relative),
        _number(cell.thinking),
        f"{_times(cell.answer_ratio)} {_number(cell.answer)}",
        " ".join(flags),
        "-" if cell.unnecessary is None else _percent(cell.unnecessary.share),
        f"{_times(cell.against_full)} {_times(cell.against_redo)}",
        "-" if cell.times.p50 is None else span(cell.times.p50),
    )


def _at(at: float | None) -> str:
    return say("bench.whole") if at is None else f"{at:.0%}"


def _share(found: Share) -> str:
    return f"{_percent(found.share):>5} {100 * found.low:.0f}-{100 * found.high:.0f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}×"


def _number(number: float | None) -> str:
    return "-" if number is None else f"{number:,.0f}"


def _points(found: Difference) -> dict[str, str]:
    return {name: f"{100 * getattr(found, name):+.1f}" for name in ("difference", "low", "high")}


# ---------------------------------------------------------------- comparing


def _other(against: Path) -> Report:
    from seglam_magics.bench.report import read

    return read(against)


def _changes(report: Report, other: Report) -> list[Difference]:
    from seglam_magics.bench.metrics import changes

    return changes(report.summary.cells, other.summary.cells)


def _against(changes: list[Difference], other: Report, file: Path | None) -> Iterable[str]:
    from seglam_magics.bench.tasks import digest

    yield say("bench.against", file=file, model=other.about.model)
    if other.about.tasks != digest():
        yield say("bench.other_tasks", file=file)
    rows = ((change.of, _at(change.at), _changed(change)) for change in changes)
    yield table([say("bench.mode"), say("bench.at"), say("bench.change")], rows)


def _changed(change: Difference) -> str:
    points = _points(change)
    return f"{points['difference']} ({points['low']} to {points['high']})"
