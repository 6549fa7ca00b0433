"""What a session and a day may cost, over everything that calls a model; a session is the life of a kernel.

Every caller has its kind: a compile and its repairs, the confirmation of a wording, a check in the background, a
critic, the benchmark, the probing of a model, vectors. All of them ask `Purse.check` before they send and tell
`Purse.add` after.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

from ..errors import SeglamError
from ..settings import Seglam

if TYPE_CHECKING:
    from ..store import Log

Kind = Literal["compile", "repair", "confirm", "recheck", "critic", "bench", "probe", "embed"]
Span = Literal["session", "day"]
SPANS: tuple[Span, ...] = ("session", "day")


@dataclass(frozen=True, slots=True)
class Spent:
    """Money in US dollars, as far as prices are known, and tokens in and out.

    >>> Spent(0.5, 100) + Spent(0.25, 50)
    Spent(usd=0.75, tokens=150)
    """

    usd: float = 0.0
    tokens: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.usd + other.usd, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a span of time may cost; None is no limit."""

    usd: float | None = None
    tokens: int | None = None


@dataclass(slots=True, eq=False)
class Tally:
    """What this kernel has spent, by day (in UTC) and kind. Safe to use from several threads."""

    _spent: dict[tuple[str, Kind], Spent] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: Kind, spent: Spent, day: str = "") -> None:
        """Count it."""
        key = day or today(), kind
        with self._lock:
            self._spent[key] = self._spent.get(key, Spent()) + spent

    def total(self, day: str = "") -> Spent:
        """Of a day, of all days where none is named."""
        with self._lock:
            return sum((spent for (on, _), spent in self._spent.items() if day in ("", on)), Spent())

    def kinds(self) -> dict[Kind, Spent]:
        """By kind, over all days."""
        with self._lock:
            found: dict[Kind, Spent] = {}
            for (_, kind), spent in self._spent.items():
                found[kind] = found.get(kind, Spent()) + spent
            return found


@dataclass(frozen=True, slots=True)
class Purse:
    """What is left of a session and of a day.

    Attributes
    ----------
    elsewhere : what other kernels on the same store have spent on a day.
    """

    allowed: dict[Span, Allowance] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    elsewhere: Callable[[str], Spent] = lambda _day: Spent()

    def spent(self, span: Span) -> Spent:
        """What was spent in this session, or today by every kernel of the store."""
        if span == "session":
            return self.tally.total()
        return self.tally.total(today()) + self.elsewhere(today())

    def add(self, kind: Kind, usd: float | None, tokens: int) -> None:
        """Count what a call has used; money of an unknown price cannot be counted."""
        self.tally.add(kind, Spent(usd or 0.0, tokens))

    def check(self, usd: float | None, tokens: int) -> None:
        """Refuse what is over a limit before it is sent.

        Parameters
        ----------
        usd, tokens : what the call is expected to use; None is an unknown price.

        Raises
        ------
        SeglamError : E-BUDGET, naming the setting.
        """
        for span in self._limited():
            limit, spent = self.allowed[span], self.spent(span)
            if limit.usd is not None:
                _refuse_money(span, limit.usd, spent.usd, usd)
            if limit.tokens is not None and spent.tokens + tokens > limit.tokens:
                why = f"{_this(span)} has used {spent.tokens:,} of {limit.tokens:,} tokens, this may take ≈ {tokens:,}"
                raise SeglamError("E-BUDGET", why=why, option=setting(span, "tokens"))

    def left(self, usd: float | None, tokens: int | None) -> tuple[float | None, int | None, dict[str, Span]]:
        """The limits of one question, or less where the session or the day has less left.

        Returns
        -------
        The money, the tokens, and by kind the span that has less left.
        """
        bound: dict[str, Span] = {}
        for span in self._limited():
            limit, spent = self.allowed[span], self.spent(span)
            if limit.usd is not None and (usd is None or limit.usd - spent.usd < usd):
                usd, bound["usd"] = max(0.0, limit.usd - spent.usd), span
            if limit.tokens is not None and (tokens is None or limit.tokens - spent.tokens < tokens):
                tokens, bound["tokens"] = max(0, limit.tokens - spent.tokens), span
        return usd, tokens, bound

    @property
    def limited(self) -> bool:
        """Whether anything is limited."""
        return bool(self._limited())

    @property
    def counts_money(self) -> bool:
        """Whether money is limited, so that a price has to be known."""
        return any(self.allowed[span].usd is not None for span in self._limited())

    def _limited(self) -> list[Span]:
        return [span for span in SPANS if self.allowed.get(span, Allowance()) != Allowance()]


def _refuse_money(span: Span, limit: float, spent: float, usd: float | None) -> None:
    if spent >= limit:
        why = f"{_this(span)} has spent ≈ ${spent:.4f} of ${limit:.4f}"
    elif usd is None:
        why = f"the price is unknown, and {_this(span)} may cost ${limit:.4f}"
        raise SeglamError("E-BUDGET", why=why, option=f"{setting(span, 'tokens')} instead of {setting(span, 'usd')}")
    elif spent + usd > limit:
        why = f"{_this(span)} has spent ≈ ${spent:.4f} of ${limit:.4f}, this may cost ≈ ${usd:.4f}"
    else:
        return
    raise SeglamError("E-BUDGET", why=why, option=setting(span, "usd"))


def setting(span: Span, kind: str) -> str:
    """The setting that limits a span.

    >>> setting("day", "usd")
    'the setting budget_day_usd'
    """
    return f"the setting budget_{span}_{kind}"


def _this(span: Span) -> str:
    return {"session": "this session", "day": "this day"}[span]


def today() -> str:
    """The day, in UTC: kernels in several places count the same one."""
    return time.strftime("%Y-%m-%d", time.gmtime())


_tallies: WeakKeyDictionary[Log, Tally] = WeakKeyDictionary()


def purse_of(log: Log, settings: Seglam) -> Purse:
    """The purse of a kernel: everyone who spends for the same log has the same one.

    >>> from seglam_magics.store import MemoryLog
    >>> log = MemoryLog()
    >>> purse_of(log, Seglam(budget_session_usd=0.1)).add("compile", 0.04, 900)
    >>> purse_of(log, Seglam()).spent("session")
    Spent(usd=0.04, tokens=900)
    """
    tally = _tallies.setdefault(log, Tally())
    allowed: dict[Span, Allowance] = {
        "session": Allowance(settings.budget_session_usd, settings.budget_session_tokens),
        "day": Allowance(settings.budget_day_usd, settings.budget_day_tokens),
    }
    return Purse(allowed, tally, lambda day: _others(log, day))


def _others(log: Log, day: str) -> Spent:
    from ..store import View

    (row,) = View(log).query("spent", day=day, kernel=log.kernel)
    return Spent(float(row["usd"]), int(row["tokens"]))
