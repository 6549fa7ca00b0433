"""One run as it is kept: what was asked and said, what became of that, what was thought and what came of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import one_line, say, span, visible
from seglam_magics.thinking.ladder import last_of, wordings
from seglam_magics.thinking.run import CHARACTERS_PER_TOKEN

from .office import Output
from .texts import code, indented

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seglam_magics.thinking.run import Run, Said

_LAST = 150  # tokens of the thinking that are shown
_WIDE = 200


def entry(run: Run) -> dict[str, Any]:
    """A run as one entry of the list."""
    from seglam_magics.runs import can_go_on

    names = (
        "state", "question", "rev", "updates", "model", "level", "estimated", "seconds", "began", "flags", "procedure"
    )  # fmt: skip
    tokens = (len(run.thinking) + len(run.answer)) // CHARACTERS_PER_TOKEN
    figures = {name: getattr(run, name) for name in names}
    figures["pending"] = [said.text or said.check for said in run.waiting]
    return {"run": run.id, **figures, "tokens": tokens, "goes_on": can_go_on(run)}


def one_run(found: Sequence[Run], run_id: str) -> Output:
    """Everything that is kept of a run.

    Raises
    ------
    SeglamError : E-THOUGHT-NONE where there is no such run.
    """
    run = next((one for one in found if one.id == run_id), None)
    if run is None:
        raise SeglamError("E-THOUGHT-NONE", run=f"run {run_id}")
    attempts = [source for source in (run.before, run.candidate) if source]
    said = [{**dataclasses.asdict(one), "fate": run.fate(one) if one.op == "update" else ""} for one in run.said]
    data = {**entry(run), "thinking": run.thinking, "said": said, "attempts": attempts}
    return Output("\n".join(_lines(run, attempts)), data)


def _lines(run: Run, attempts: Sequence[str]) -> Iterator[str]:
    yield say("think.run", run=run.id, state=run.state, question=one_line(run.question, _WIDE))
    tokens = f"{len(run.thinking) // CHARACTERS_PER_TOKEN:,}"
    yield "  " + say("think.used", model=run.model, tokens=tokens, seconds=span(run.seconds))
    for said in run.said:
        yield "  " + _said(run, said)
    for flag in run.flags:
        yield "  " + say("think.flag", name=flag["name"], says=one_line(str(flag["says"]), _WIDE))
    if run.thinking.strip():
        yield "  " + say("think.thinking")
        yield from indented(visible(last_of(run.thinking, _LAST)).splitlines(), "    ")
    for number, source in enumerate(attempts, 1):
        yield "  " + say("think.attempt", number=number, count=len(attempts))
        yield from indented(code(source).splitlines(), "    ")


def _said(run: Run, said: Said) -> str:
    how = wordings().shown[str(said.level)] if said.level is not None else ""
    if said.op == "update":
        text = one_line(" ".join(filter(None, (said.text, said.check))), _WIDE)
        return say(f"think.{run.fate(said)}", text=text, tokens=f"{said.at_tokens:,}")
    return say("think.told", op=said.op, text=said.text or how, tokens=f"{said.at_tokens:,}")
