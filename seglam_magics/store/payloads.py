"""What the activity events hold: plain data made of answers, decisions and usages.

Questions and slot values are kept, results and cells are not.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import SeglamError
from ..words import Answer, Decision, Usage, Variable

LONGEST_VALUE = 200
MOST_COLUMNS = 100


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


def inputs(variables: Mapping[str, Variable], answer: Answer | None = None) -> dict[str, Any]:
    """What went in, without any of its values: kind, rows and columns of each variable.

    Parameters
    ----------
    answer : tells only the variables it was bound to, and only the columns it names or its procedure demands; None
        tells all of both, as they were when a procedure was compiled.

    >>> inputs({"xs": Variable("xs", "list", rows=3)})
    {'xs': {'kind': 'list', 'library': 'python', 'rows': 3}}
    """
    if answer is None:
        return {name: _described(variable, None) for name, variable in variables.items()}
    bound = {str(b.value) for b in answer.decision.bindings.values() if b.source in ("variable", "implied")}
    wanted = {column for requirement in answer.revision.requires for column in requirement.columns}
    for value in answer.slots.values():
        wanted.update(value if isinstance(value, (list, tuple)) else (value,) if isinstance(value, str) else ())
    return {name: _described(variable, wanted) for name, variable in variables.items() if name in bound}


def _described(variable: Variable, wanted: Collection[str] | None) -> dict[str, Any]:
    described: dict[str, Any] = {"kind": variable.kind, "library": variable.library, "rows": variable.rows}
    if variable.columns:
        columns = [c for c in variable.columns if wanted is None or c.name in wanted]
        described |= {"columns": {c.name: c.dtype for c in columns[:MOST_COLUMNS]}, "of": len(variable.columns)}
    return described


def miss(question: str, decision: Decision) -> dict[str, Any]:
    """Data of a `miss` event: the reason, and the nearest procedure with what blocked it."""
    nearest = decision.candidates[0] if decision.candidates else None
    return {
        "question": question,
        "reason": decision.reason,
        "nearest": nearest.revision if nearest else None,
        "blocked": nearest.blocked if nearest else None,
    }


def run(question: str, procedure: str, usage: Usage, mode: str = "", lesson: str = "") -> dict[str, Any]:
    """Data of a `run` event: a compile that made a revision, how much was asked of its model, and what it taught."""
    made = {"mode": mode, "lesson": lesson}
    return {
        "question": question,
        "procedure": procedure,
        "usage": dataclasses.asdict(usage),
        "ok": True,
        "seconds": usage.seconds,
        **{name: value for name, value in made.items() if value},
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


def criticism(question: str, procedure: str, usage: Usage, error: SeglamError | None) -> dict[str, Any]:
    """Data of the `run` or `failed` event of a critic who looked at a new procedure; its usage counts as any other."""
    used = {"usage": dataclasses.asdict(usage), "seconds": usage.seconds}
    data = {"question": question, "procedure": procedure, "critic": True, **used}
    return data if error is None else {**data, "code": error.code, "message": error.says}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (int, bool)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)[:LONGEST_VALUE]
