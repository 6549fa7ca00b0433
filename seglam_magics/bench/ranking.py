"""The report of a bench of compiles: what came of each, and the models in the order of how well they did.

Everything that differs between two runs with the same seed on models that answer the same is under `times`.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from . import tasks
from .intervals import difference, wilson
from .report import Share, Times

State = Literal["complete", "budget", "stopped"]
_DIGITS = 4


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)


class Asked(_Part):
    """What was asked for."""

    models: list[str] = Field(min_length=1)
    n: int = 20
    repeat: int = 1
    seed: int = 7
    tasks: str = Field(default_factory=tasks.digest, description="digest of the tasks")


class CompileTimes(_Part):
    """Seconds from the question to the verdict."""

    whole: float


class Compiled(_Part):
    """One compile and what came of it."""

    model: str
    task: str
    repeat: int
    error: str = Field("", description="code of the error it ended with")
    lost: bool = Field(default=False, description="it ended with what is no doing of the model; it does not count")
    verified: bool
    right: bool = Field(description="it passes the hidden tests")
    calls: int = 0
    repairs: int = Field(0, description="requests after the first")
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = Field(0, description="of tokens_in, those the provider had in its cache")
    usd: float | None = None
    estimated: bool = False
    times: CompileTimes


class Ranked(_Part):
    """The figures of one model, means of one compile; None where nothing is known."""

    model: str
    n: int
    right: Share
    verified: Share
    repairs: float | None
    tokens: float | None = Field(description="sent and received")
    tokens_cached: float | None
    usd: float | None
    times: CompileTimes | None = Field(None, description="the median")


class Comparison(_Part):
    """A bench of compiles; `ranking` has the best model first."""

    schema_: Literal["seglam.bench.compile/1"] = Field(default="seglam.bench.compile/1", alias="schema")
    about: Asked
    state: State = "complete"
    compiles: list[Compiled] = []
    ranking: list[Ranked] = []
    times: Times = Times()


def ranked(models: Sequence[str], compiles: Sequence[Compiled]) -> list[Ranked]:
    """The models, the best one first.

    What is right counts before what is verified, then fewer repairs, less money, fewer tokens; a price that is unknown
    counts as the highest. Seconds decide nothing: they tell of the machine as well.

    >>> times = CompileTimes(whole=1.0)
    >>> def one(model, right):
    ...     return Compiled(model=model, task="t", repeat=0, verified=True, right=right, times=times)
    >>> [found.model for found in ranked(["a", "b"], [one("a", False), one("b", True)])]
    ['b', 'a']
    """
    found = [_figures(model, [c for c in compiles if c.model == model and not c.lost]) for model in models]
    return sorted(found, key=_place)


def ahead(first: Ranked, second: Ranked) -> tuple[float, float, float]:
    """How much larger the share of right compiles of the first is, and the 95 % interval of that."""
    return difference((first.right.hits, first.right.n), (second.right.hits, second.right.n))


def _place(found: Ranked) -> tuple[float, ...]:
    shares = (-(found.right.share or 0.0), -(found.verified.share or 0.0))
    costs = (found.repairs, found.usd, found.tokens)
    return (float(not found.n), *shares, *(float("inf") if cost is None else cost for cost in costs))


def _figures(model: str, own: Sequence[Compiled]) -> Ranked:
    prices = [one.usd for one in own]
    return Ranked(
        model=model,
        n=len(own),
        right=_share([one.right for one in own]),
        verified=_share([one.verified for one in own]),
        repairs=_mean([one.repairs for one in own]),
        tokens=_mean([one.tokens_in + one.tokens_out for one in own]),
        tokens_cached=_mean([one.tokens_cached for one in own]),
        usd=None if None in prices else _mean([price for price in prices if price is not None]),
        times=CompileTimes(whole=round(median(one.times.whole for one in own), _DIGITS)) if own else None,
    )


def _share(held: Sequence[bool]) -> Share:
    hits, n = sum(held), len(held)
    low, high = wilson(hits, n)
    share = round(hits / n, _DIGITS) if n else None
    return Share(hits=hits, n=n, share=share, low=round(low, _DIGITS), high=round(high, _DIGITS))


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 8) if values else None
