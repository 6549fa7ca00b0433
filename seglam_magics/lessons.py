"""What a compile is told of earlier ones, what it leaves for later ones, and how often a procedure is written anew.

A lesson is one line that a repair has taught. It is kept with the event of the compile, so that it never travels with a
procedure, and it is told to compiles of questions that the same procedures are nearest to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import SeglamError
from .store import payloads
from .words import Again, Decision, Event, Revision

if TYPE_CHECKING:
    from .compiler.attempt import Part
    from .compiler.request import Before
    from .store import Log

MOST = 3
Record = Callable[[str, Mapping[str, Any]], Event | None]


def learned(log: Log, decision: Decision | None, known: Revision | None) -> tuple[str, ...]:
    """What went wrong when the procedures nearest to a question were written, newest first; each lesson once.

    >>> from .store import MemoryLog
    >>> learned(MemoryLog(), None, None)
    ()
    """
    names = [candidate.revision.partition("@")[0] for candidate in (decision.candidates if decision else ())]
    names += [known.name] if known is not None else []
    if not names:
        return ()
    from .store import View

    rows = View(log).query("lessons", names=list(dict.fromkeys(names)), limit=MOST)
    return tuple(str(row["lesson"]) for row in rows)


def before(again: Again | None, known: Revision | None) -> Before | None:
    """What is told of the version that is to be written anew; None where none is.

    >>> before(Again("too slow"), Revision("f", 1, "ab", "def f(): return 1")).source
    'def f(): return 1'
    """
    from .compiler.request import Before

    if again is None:
        return None
    return Before("" if known is None else known.source, again.failed or _verdict(known), again.why)


def _verdict(known: Revision | None) -> str:
    verdict = known.verdict if known is not None else None
    if verdict is None:
        return ""
    failure = verdict.failure
    if failure is not None:
        return f"it failed {failure.name}: {failure.message}"
    return f"it passed its checks: {verdict.properties} properties held in {verdict.cases} generated cases"


class Restarts:
    """How often in a row procedures were written anew, in this kernel."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()

    def another(self, name: str, most: int) -> None:
        """Count one more; raises E-AGAIN-LIMIT where that is one too many."""
        if self._count[name] >= most:
            raise SeglamError("E-AGAIN-LIMIT", name=name, count=self._count[name])
        self._count[name] += 1

    def ended(self, name: str) -> None:
        """Begin to count anew: a person has corrected it."""
        self._count.pop(name, None)


def account(record: Record, question: str, parts: Sequence[Part], told: Mapping[str, Any], procedure: str = "") -> None:
    """Record what each model of a compile has used that was not its last author."""
    for part in parts:
        if part.role == "critic":
            data = payloads.criticism(question, procedure, part.usage, part.error)
            record("run" if part.error is None else "failed", {**data, **told})
        elif part.error is not None:
            record("failed", {**payloads.failed(question, part.error, part.usage), **told})
