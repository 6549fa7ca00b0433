"""What a run may use, and what is done as it uses it up: hurry, then answer now, then stop.

Nothing is cut below 15 % of a model's usual thinking: cut earlier, models go on thinking in their answers (measured by
others at about 14 %). Where less than that is allowed, the model is asked to think little from the start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Step = Literal["go on", "hurry", "answer", "stop"]
HURRY = 0.7
RESERVE_SHARE, RESERVE_TOKENS = 0.2, 1500
LEAST_THINKING = 0.15
UNDER_WAY = 0.3  # of the usual thinking: a run that is not further than this may still be begun again


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed of each kind; None is no limit."""

    seconds: float | None = None
    tokens: int | None = None
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What has been used, in the same kinds."""

    seconds: float = 0.0
    tokens: int = 0
    usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done, and because of which kind."""

    step: Step = "go on"
    kind: str = ""
    share: float = 0.0


def shares(limits: Limits, used: Used) -> dict[str, float]:
    """How much of each limit is used, as shares of it; kinds without a limit are left out.

    >>> shares(Limits(tokens=8000), Used(tokens=6000))
    {'tokens': 0.75}
    """
    pairs = {
        "seconds": (limits.seconds, used.seconds),
        "tokens": (limits.tokens, used.tokens),
        "usd": (limits.usd, used.usd),
    }
    return {
        kind: (have / most if most > 0 else 1.0)
        for kind, (most, have) in pairs.items()
        if most is not None and have is not None
    }


def due(
    limits: Limits,
    used: Used,
    *,
    level: Callable[[], int],
    said: frozenset[str],
    usual_thinking: float | None,
    thought: int,
    again: Used,
) -> Due:
    """What a run's budget asks for now.

    Parameters
    ----------
    level : of the ladder; at 1 and 0 an interrupt costs a second request. Asked only where it matters, for it may take
        a request to find out.
    said : what was said to the run already; each step is taken once.
    thought : tokens of thinking so far.
    again : what another request sends; where that is not left, the run is not interrupted.
    """
    used_up = shares(limits, used)
    if not used_up:
        return Due()
    kind, share = max(used_up.items(), key=lambda pair: pair[1])
    if share >= 1.0:
        return Due("stop", kind, share)
    if max(shares(limits, _both(used, again)).values(), default=0.0) >= 1.0:
        return Due("go on", kind, share)
    reserve = _reserve(limits, kind, again.tokens)
    if share >= 1.0 - reserve:
        return Due("go on" if "strict" in said else "answer", kind, share)
    if share >= HURRY and "hurry" not in said and _may_hurry(level, usual_thinking, thought):
        return Due("hurry", kind, share)
    return Due("go on", kind, share)


def _both(used: Used, again: Used) -> Used:
    usd = None if used.usd is None or again.usd is None else used.usd + again.usd
    return Used(used.seconds, used.tokens + again.tokens, usd)


def _reserve(limits: Limits, kind: str, again: int) -> float:
    """Share of a limit that is kept for the answer and for the request that asks for it."""
    if kind != "tokens" or not limits.tokens:
        return RESERVE_SHARE
    tokens = max(RESERVE_TOKENS, RESERVE_SHARE * limits.tokens) + again
    return min(1.0 - HURRY, tokens / limits.tokens)


def _may_hurry(level: Callable[[], int], usual: float | None, thought: int) -> bool:
    return (usual is not None and thought < UNDER_WAY * usual) or level() >= 2  # noqa: PLR2004 - level 2


def think_little(limits: Limits, usual_thinking: float | None) -> bool:
    """Whether so little is allowed that the model should be asked to think little instead of being cut.

    >>> think_little(Limits(tokens=500), 8000)
    True
    """
    return limits.tokens is not None and usual_thinking is not None and limits.tokens < LEAST_THINKING * usual_thinking
