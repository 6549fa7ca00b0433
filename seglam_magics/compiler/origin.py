"""Where a procedure comes from: what its run was told, on which level it went on, what it used, what was noticed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..thinking.ladder import VERSION
from ..thinking.run import Run
from ..words import Usage

_LONGEST = 400  # characters of a text that was said
_MARKED = ("hurry", "answer", "strict", "update")


def provenance(
    run: Run, usage: Usage, limits: Mapping[str, float | int | None], answers: Collection[str] = ()
) -> dict[str, Any]:
    """Plain data that is stored with a procedure.

    Parameters
    ----------
    answers : updates that are no interrupts, for the model asked for them.

    >>> sorted(provenance(Run("r1", "how many?"), Usage(), {}))
    ['budget', 'detectors', 'events', 'interrupted', 'level', 'rev', 'run']
    """
    events = [
        {
            "op": said.op,
            "t": said.t,
            "at_tokens": said.at_tokens,
            "at_share": said.at_share,
            "level": said.level,
            "text": said.text[:_LONGEST],
            "check": said.check[:_LONGEST],
            "wordings": said.wordings or VERSION,
        }
        for said in run.said
    ]
    used = {"tokens": usage.tokens_in + usage.tokens_out, "usd": usage.usd, "seconds": round(run.seconds, 3)}
    return {
        "run": run.id,
        "rev": run.rev,
        "level": run.level,
        "events": events,
        "budget": {"allowed": {k: v for k, v in limits.items() if v is not None}, "used": used},
        "detectors": [{name: flag.get(name) for name in ("name", "says", "figures")} for flag in run.flags],
        "interrupted": any(said.op in _MARKED and (not said.text or said.text not in answers) for said in run.said),
    }
