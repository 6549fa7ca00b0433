"""What the activity events hold: plain data made of answers, decisions and usages.

Questions and slot values are kept, results and cells are not.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from ..errors import SeglamError
from ..words import Answer, Decision, Usage

LONGEST_VALUE = 200


def hit(answer: Answer, found: str | None = None) -> dict[str, Any]:
    """Data of a `hit` event; `found` is the tier that found it when it was first asked."""
    return {
        "question": answer.question,
        "procedure": answer.procedure,
        "proc_id": answer.revision.proc_id,
        "tier": answer.decision.tier,
        "found": found,
        "slots": {k: _plain(v) for k, v in answer.slots.items()},
        **_injected(answer),
        "seconds": round(answer.seconds, 6),
        "run_seconds": round(answer.run_seconds, 6),
        "where": answer.where,
    }


def _injected(answer: Answer) -> dict[str, list[str]]:
    """Which slots were filled in by the clock or a seed; with their values a call is repeated exactly."""
    names = sorted(n for n, b in answer.decision.bindings.items() if b.source == "injected")
    return {"injected": names} if names else {}


def miss(question: str, decision: Decision) -> dict[str, Any]:
    """Data of a `miss` event: the reason, and the nearest procedure with what blocked it."""
    nearest = decision.candidates[0] if decision.candidates else None
    return {
        "question": question,
        "reason": decision.reason,
        "nearest": nearest.revision if nearest else None,
        "blocked": nearest.blocked if nearest else None,
    }


def run(question: str, procedure: str, usage: Usage) -> dict[str, Any]:
    """Data of a `run` event: a compile that made a revision."""
    return {
        "question": question,
        "procedure": procedure,
        "usage": dataclasses.asdict(usage),
        "ok": True,
        "seconds": usage.seconds,
    }


def failed(question: str, error: SeglamError, usage: Usage) -> dict[str, Any]:
    """Data of a `failed` event: a compile that made none, and what it cost."""
    return {"question": question, "code": error.code, "message": error.says, "usage": dataclasses.asdict(usage)}


def recheck(question: str, procedure: str, usage: Usage, error: str = "") -> dict[str, Any]:
    """Data of the `run` or `failed` event of a check in the background; its usage counts as any other."""
    data = {"question": question, "procedure": procedure, "recheck": True, "usage": dataclasses.asdict(usage)}
    return {**data, "message": error} if error else {**data, "ok": True, "seconds": usage.seconds}


def binding(question: str, procedure: str, usage: Usage, says: str) -> dict[str, Any]:
    """Data of the `run` or `failed` event of asking whether a question is of a procedure; its usage counts.

    Parameters
    ----------
    says : what the model said, or that nothing came of it.
    """
    used = {"usage": dataclasses.asdict(usage), "seconds": usage.seconds}
    return {"question": question, "procedure": procedure, "binder": True, "message": says, **used}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (int, bool)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)[:LONGEST_VALUE]
