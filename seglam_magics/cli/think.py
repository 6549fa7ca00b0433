"""Verbs for thinking: `runs stop resume hurry answer update next discard`.

To a run that is on its way something is said; one that was stopped goes on, in the notebook that has its data.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import one_line, say, span
from seglam_magics.words import Onward

from .group import verb
from .office import Office, Output
from .texts import table, when
from .thought import entry, one_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from seglam_magics.thinking.run import Run

    Word = Literal["stop", "hurry", "answer", "strict", "update", "discard"]
    Ask = Literal["resume", "hurry", "answer", "strict", "update"]

_RUN = (
    "run, state, question, rev, updates, pending, model, level, tokens, estimated, seconds, began, flags, procedure,"
    " goes_on; of one run thinking, said and attempts besides"
)
_DONE = "run, said"


def _id(function: Callable[..., Output]) -> Callable[..., Output]:
    return click.argument("run", default="", required=False, metavar="[RUN]")(function)


@verb("runs", _RUN)
@_id
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
def runs(office: Office, *, run: str, limit: int) -> Output:
    """List what was thought about, newest first, and what can go on; of RUN show all that is kept."""
    from seglam_magics.runs import known

    if run:
        return one_run(known(office.reasoner.log, run), run)
    found = list(reversed(known(office.reasoner.log, limit=limit)))
    data = [entry(one) for one in found]
    if not found:
        return Output(say("think.none"), data)
    rows = [_row(one, told) for one, told in zip(found, data, strict=True)]
    return Output(table(("run", "state", "question", "thinking", "began", ""), rows), data)


def _row(run: Run, told: dict[str, Any]) -> tuple[str, ...]:
    shown = one_line(" + ".join((run.question, *run.updates)), 60)
    goes_on = f"%seglam resume {run.id}" if told["goes_on"] else run.procedure
    return (run.id, run.state, shown, f"≈ {told['tokens']:,} tokens, {span(run.seconds)}", when(run.began), goes_on)


@verb("stop", _DONE)
@_id
def stop(office: Office, *, run: str) -> Output:
    """Stop what is being thought about; it is kept and can go on."""
    return _told(office, "stop", run)


@verb("resume", _DONE)
@_id
@click.option("--model", "-m", default=None, help="Go on with this model.")
@click.option("--time", "seconds", type=click.FloatRange(0, min_open=True), default=None, help="Seconds it may take.")
@click.option("--tokens", type=click.IntRange(1), default=None, help="Tokens it may use.")
@click.option("--usd", type=click.FloatRange(0), default=None, help="Dollars it may cost.")
def resume(office: Office, *, run: str, **limits: Any) -> Output:
    """Go on with a stopped run, from what it has thought."""
    return _went_on(office, Onward(run), "resume", **limits)


@verb("hurry", _DONE)
@_id
def hurry(office: Office, *, run: str) -> Output:
    """Think less: keep what is needed, drop the exploration."""
    return _either(office, "hurry", "hurry", run)


@verb("answer", _DONE)
@_id
@click.option("--strict", is_flag=True, help="Not one thought more.")
def answer(office: Office, *, run: str, strict: bool) -> Output:
    """Answer now, from what was thought so far; it is verified as ever."""
    op: Literal["strict", "answer"] = "strict" if strict else "answer"
    return _either(office, op, op, run)


@verb("update", _DONE)
@click.argument("text", default="", required=False)
@click.option("--assert", "check", default="", help="An expression over `result` that has to hold.")
@click.option("--run", "run", default="", help="Which run, where several are on their way.")
def update(office: Office, *, text: str, check: str, run: str) -> Output:
    """Add TEXT to the question, also while it is thought about."""
    from seglam_magics.thinking.control import sound_update

    sound_update(text, check)
    return _either(office, "update", "update", run, text, check)


@verb("next", _DONE)
@click.argument("text")
def next_(office: Office, *, text: str) -> Output:
    """Ask TEXT as a question of its own when this one is answered; at once where none is."""
    _notebook(office, "next", "")
    office.queue(text)
    return Output(say("think.queued", question=one_line(text, 80)), {"run": "", "said": "next"})


@verb("discard", _DONE)
@_id
def discard(office: Office, *, run: str) -> Output:
    """Throw a run away; what it cost stays counted."""
    from seglam_magics.runs import to_go_on
    from seglam_magics.thinking.control import lives
    from seglam_magics.thinking.keeping import Keeper

    if _is_live(run, [live.run.id for live in lives()]):
        return _told(office, "discard", run)
    found = to_go_on(office.reasoner.log, run)
    Keeper(found, office.reasoner.catalogue.record).now(dataclasses.replace(found, state="discarded"))
    return Output(say("think.discarded", run=found.id), {"run": found.id, "said": "discard"})


# ---------------------------------------------------------------- saying it


def _is_live(run: str, ids: list[str]) -> bool:
    return run in ids if run else bool(ids)


def _either(office: Office, op: Word, ask: Ask, run: str, text: str = "", check: str = "") -> Output:
    """Say it to a run on its way, else go on with a stopped one and say it then."""
    from seglam_magics.thinking.control import lives

    if _is_live(run, [live.run.id for live in lives()]):
        return _told(office, op, run, text, check)
    updates = ((text, check),) if text or check else ()
    return _went_on(office, Onward(run, ask, updates), op)


def _told(office: Office, op: Word, run: str, text: str = "", check: str = "") -> Output:
    from seglam_magics.thinking.control import control

    del office
    live = control(op, run, text, check)
    return Output(say("think.said", run=live.run.id, op=op), {"run": live.run.id, "said": op})


def _went_on(office: Office, onward: Onward, word: str, **limits: Any) -> Output:
    from seglam_magics.runs import to_go_on

    _notebook(office, word, onward.run)
    found = to_go_on(office.reasoner.log, onward.run, correct=onward.ask == "update")
    office.go_on(found, dataclasses.replace(onward, run=found.id), limits)
    return Output("", {"run": found.id, "said": word})


def _notebook(office: Office, word: str, run: str) -> None:
    if not office.in_notebook:
        raise SeglamError("E-USAGE", problem="there is no data here", advice=say("think.elsewhere", run=run, verb=word))
