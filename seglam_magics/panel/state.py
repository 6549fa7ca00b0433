"""The state of a panel as plain JSON: what it shows first, and the figures that follow.

What is in memory comes at once; what has to be counted in the log follows in a patch, so that a panel over a year of
questions is there as quickly as over a day of them.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..bench.newest import newest
from ..notebook.wording import one_line
from ..thinking.control import lives
from ..thinking.run import CHARACTERS_PER_TOKEN, Run

if TYPE_CHECKING:
    from seglam_magics.cli import Office

SCHEMA = 1
_TAIL = 600  # characters of what is thought
_DAYS = 366


def opening(office: Office) -> dict[str, Any]:
    """What is shown first; every view is there, None until somebody looks at it."""
    reasoner, settings = office.reasoner, office.settings
    views = dict.fromkeys(("now", "list", "procedure", "versions", "behaviour", "test", "misses", "trace", "why"))
    return {
        "schema": SCHEMA,
        "store": str(reasoner.log.path) if reasoner.log.path else None,
        "damage": [one_line(sentence, 300) for sentence in reasoner.log.damage],
        "model": settings.model,
        "trust": settings.effective_trust(),
        "budget": {"usd": settings.budget_usd, "seconds": settings.timeout},
        "procedures": len(reasoner.library.names()),
        "runs": runs(),
        "kept": [],
        **views,
    }


def figures(office: Office) -> dict[str, Any]:
    """What was asked, answered, spent and saved; read in one look at the log."""
    with office.reasoner.view() as view:
        days = view.query("rates", by="day")[-_DAYS:]
        total = next(iter(view.query("savings")), {})
        (late,) = view.query("now")
    return {
        "questions": total.get("questions", 0),
        "hits": total.get("hits", 0),
        "rate": total.get("rate"),
        "spent": _cost(total, "spent"),
        "saved": _cost(total, "saved"),
        "last": {"questions": late["last_questions"], "hits": late["last_hits"]},
        "calls": late["calls"],
        "hit_seconds": late["hit_seconds"],
        "days": [[row["period"], row["hits"], row["misses"]] for row in days],
        "bench": bench(),
        "at": time.time(),
    }


def bench() -> dict[str, Any] | None:
    """The newest bench of this kernel: what was measured, and for each bar the share that was right."""
    found = newest()
    if found is None:
        return None
    bars = [{**asdict(bar), "name": one_line(bar.name, 100)} for bar in found.bars]
    return {"title": one_line(found.title, 100), "state": found.state, "bars": bars}


def _cost(total: dict[str, Any], kind: str) -> dict[str, Any]:
    found = {unit: total.get(f"{kind}_{unit}") for unit in ("usd", "tokens", "seconds")}
    return {**found, "tokens": found["tokens"] or 0, "seconds": found["seconds"] or 0.0}


def runs() -> list[dict[str, Any]]:
    """The runs on their way in this kernel."""
    return [run_of(live.run, waiting=len(live.mailbox.pending)) for live in lives()]


def run_of(run: Run, waiting: int = 0) -> dict[str, Any]:
    """One run: where it stands, what it has used, and the end of what is thought."""
    thought = run.thinking + run.answer
    counted = run.tokens_thinking + run.tokens_answer
    return {
        "run": run.id,
        "state": run.state,
        "question": one_line(run.question, 300),
        "updates": [one_line(text, 200) for text in run.updates],
        "said": [{"op": said.op, "text": one_line(said.text, 200), "level": said.level} for said in run.said[-5:]],
        "waiting": waiting,
        "rev": run.rev,
        "model": run.model,
        "tokens": max(counted, len(thought) // CHARACTERS_PER_TOKEN),
        "usd": run.usd,
        "began": run.began,
        "seconds": run.seconds,
        "tail": shown(thought[-_TAIL:]),
        "live": run.live,
    }


def shown(text: str) -> str:
    """A longer text as it may be shown: without secrets, with nothing hidden in it."""
    from ..notebook.wording import visible
    from ..trust.redaction import redact

    return visible(redact(text))
