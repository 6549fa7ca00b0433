"""The figures of a report: shares with their intervals, lengths, cost, by mode and position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, median, quantiles

from .intervals import difference, wilson
from .plan import MODES
from .report import Call, Cell, CellTimes, Difference, Share, Summary

UPDATES = ("update", "update_plain", "redo")
_DIGITS = 4


def summary(calls: Sequence[Call]) -> Summary:
    """The figures of these calls."""
    places = dict.fromkeys((call.mode, call.at) for call in calls)
    ordered = sorted(places, key=lambda place: (MODES.index(place[0]), place[1] or 0.0))
    priced = [call.usd for call in calls]
    return Summary(
        cells=[_cell(calls, mode, at) for mode, at in ordered],
        guidance=list(_guidance(calls)),
        calls=len(calls),
        usd=None if None in priced else round(sum(usd for usd in priced if usd is not None), 6),
        times=_times(call.times.stop for call in calls if call.times.stop is not None),
    )


def share(calls: Sequence[Call], holds: Callable[[Call], bool]) -> Share:
    """How many of the calls it holds for."""
    hits, n = sum(map(holds, calls)), len(calls)
    low, high = wilson(hits, n)
    return Share(hits=hits, n=n, share=_just(hits / n) if n else None, low=_just(low), high=_just(high))


def changes(now: Sequence[Cell], then: Sequence[Cell]) -> list[Difference]:
    """How much more is right now than then, by mode and position; what stands in one only is left out."""
    before = {(cell.mode, cell.at): cell for cell in then}
    pairs = ((cell, before[cell.mode, cell.at]) for cell in now if (cell.mode, cell.at) in before)
    return [_difference(cell.mode, cell.at, cell.right, other.right) for cell, other in pairs]


def _cell(calls: Sequence[Call], mode: str, at: float | None) -> Cell:
    here = [call for call in calls if (call.mode, call.at) == (mode, at)]
    full, redo = (_main(calls, other) for other in ("full", "redo"))
    main = [call for call in here if call.variant != "unnecessary"]
    right = share(main, lambda call: call.right)
    base = share(_main(calls, "oracle" if mode in UPDATES else "full"), lambda call: call.right)
    tokens, thought = _mean(map(_tokens, main)), _mean(call.thinking_after for call in full)
    again = None if not redo or thought is None else _known(_mean(map(_tokens, redo))) + (at or 0.0) * thought
    return Cell(
        mode=main[0].mode,
        at=at,
        right=right,
        relative=_ratio(right.share, base.share),
        thinking=_median(call.thinking_after for call in main),
        answer=_median(call.answer for call in main),
        answer_ratio=_ratio(_median(call.answer for call in main), _median(call.answer for call in full)),
        leakage=share(here, lambda call: call.flagged("leakage")),
        panic=share(here, lambda call: call.flagged("panic")),
        doubt=share(here, lambda call: call.flagged("self-doubt")),
        unnecessary=_unnecessary(here),
        tokens=tokens,
        usd=_cost(main),
        against_full=_ratio(tokens, _mean(map(_tokens, full))),
        against_redo=_ratio(tokens, again),
        levels=_levels(main),
        times=_times(call.times.answer + call.times.verify for call in main if call.verified),
    )


def _main(calls: Iterable[Call], mode: str) -> list[Call]:
    return [call for call in calls if call.mode == mode and call.variant != "unnecessary"]


def _unnecessary(calls: Sequence[Call]) -> Share | None:
    asked = [call for call in calls if call.variant == "unnecessary"]
    return share(asked, lambda call: not call.right) if asked else None


def _tokens(call: Call) -> int:
    """All that a reply costs: what was thought before it, what was sent, and what came."""
    return call.thinking_before + call.tokens_in + call.tokens_out


def _cost(calls: Sequence[Call]) -> float | None:
    prices = [call.usd for call in calls if call.usd is not None]
    return round(fmean(prices), 6) if prices and len(prices) == len(calls) else None


def _levels(calls: Sequence[Call]) -> dict[str, float]:
    found = Counter(str(call.level) for call in calls if call.level is not None)
    return {level: _just(count / len(calls)) for level, count in sorted(found.items())}


def _guidance(calls: Sequence[Call]) -> Iterable[Difference]:
    """What the guiding sentences are worth, at each position and over all."""
    guided, plain = _main(calls, "update"), _main(calls, "update_plain")
    if not guided or not plain:
        return
    for at in (None, *sorted({call.at for call in guided if call.at is not None})):
        pair = ([call for call in side if at in (None, call.at)] for side in (guided, plain))
        yield _difference("update", at, *(share(side, lambda call: call.right) for side in pair))


def _difference(of: str, at: float | None, one: Share, other: Share) -> Difference:
    middle, low, high = difference((one.hits, one.n), (other.hits, other.n))
    return Difference(
        of=of, at=at, difference=_just(middle), low=_just(low), high=_just(high), n=one.n, n_other=other.n
    )


def _times(seconds: Iterable[float]) -> CellTimes:
    found = sorted(seconds)
    if len(found) < 2:  # noqa: PLR2004 - quantiles need two
        return CellTimes(p50=_just(found[0]), p95=_just(found[0])) if found else CellTimes()
    cuts = quantiles(found, n=20, method="inclusive")
    return CellTimes(p50=_just(cuts[9]), p95=_just(cuts[18]))


def _ratio(one: float | None, other: float | None) -> float | None:
    return _just(one / other) if one is not None and other else None


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return _just(fmean(found)) if found else None


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return _just(float(median(found))) if found else None


def _known(value: float | None) -> float:
    return value or 0.0


def _just(value: float) -> float:
    return round(value, _DIGITS) + 0.0  # no negative zero
