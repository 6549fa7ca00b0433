"""The newest bench of this process, as shares with their intervals: for a panel, which draws them.

What is kept for longer is the file of the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ranking import Comparison
    from .report import Report, Share


@dataclass(frozen=True, slots=True)
class Bar:
    """A share that was right of `n`, None where there were none, and its 95 % interval."""

    name: str
    share: float | None
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Newest:
    """A bench: its number in this process, what was measured, how it ended, and a bar for each thing compared."""

    number: int
    title: str
    state: str
    bars: tuple[Bar, ...]


_kept: list[Newest] = []


def newest() -> Newest | None:
    """The bench that ended last in this process, None where none has."""
    return _kept[-1] if _kept else None


def keep_interrupts(report: Report) -> None:
    """Make a bench of interrupts the newest: a bar for each mode and position."""
    cells = report.summary.cells
    _keep(report.about.model, report.state, (_bar(" ".join((c.mode, _at(c.at))).strip(), c.right) for c in cells))


def keep_compiles(found: Comparison) -> None:
    """Make a bench of compiles the newest: a bar for each model, the best first."""
    _keep("compile", found.state, (_bar(one.model, one.right) for one in found.ranking))


def _keep(title: str, state: str, bars: Iterable[Bar]) -> None:
    number = _kept[-1].number + 1 if _kept else 1
    _kept[:] = [Newest(number, title, state, tuple(bars))]


def _bar(name: str, right: Share) -> Bar:
    return Bar(name, right.share, right.low, right.high, right.n)


def _at(at: float | None) -> str:
    return "" if at is None else f"{at:.0%}"
