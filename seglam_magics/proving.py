"""Testing a stored procedure's properties again, one after the other, on as many cases as one likes.

It changes nothing: neither the verdict that was kept nor what the procedure may do. Whoever asks is told how far it is
and may stop it; what was tried comes back as Hypothesis observed it.
"""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import SeglamError
from .words import Check, Property, Revision

if TYPE_CHECKING:
    from .verify import Executor

CASES = 100
SECONDS = 20.0  # of one property
_FAILED = re.compile(r"(?s)(?P<why>.*?)(: (?P<call>\S+\(.*\)))? \((?P<code>E-[A-Z-]+)\)")
_SHOWN = 6  # values of a parameter


@dataclass(frozen=True, slots=True)
class Sample:
    """How good the cases of one property were.

    Attributes
    ----------
    cases : that ran; `refused` were assumed away, `doubled` had been tried before.
    odd : what is worth knowing, such as `k=0`, and how often it was tried.
    spread : parameter -> its commonest values and how often each was tried.
    seconds : drawing the arguments, and running.
    """

    cases: int = 0
    refused: int = 0
    doubled: int = 0
    odd: tuple[tuple[str, int], ...] = ()
    spread: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    drawing: float = 0.0
    running: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one property.

    Attributes
    ----------
    why, call, code : of a failure: a sentence, the smallest call that fails, to be pasted, and the code.
    note : what else was found, such as that it says nothing.
    """

    name: str
    claim: str
    ok: bool
    cases: int
    why: str = ""
    call: str = ""
    code: str = ""
    note: str = ""
    seconds: float = 0.0
    sample: Sample = Sample()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the test of a property is.

    Attributes
    ----------
    done : cases that have held, None where one failed and is being made smaller.
    cases : that are to hold.
    check : what is looked at after them, such as other engines; "" before.
    """

    done: int | None
    cases: int
    check: str = ""


class Proving:
    """One test of one revision.

    Parameters
    ----------
    cases : generated cases of each property.
    spare : makes the executor that runs it; the kernel's own never waits for it.
    told : called with every property that has begun, and what came of it (None while it runs).
    counted : called now and then with the property that runs and how far it is.
    """

    def __init__(
        self,
        revision: Revision,
        cases: int = CASES,
        *,
        spare: Callable[[], Executor] | None = None,
        told: Callable[[Property, Outcome | None], None] | None = None,
        counted: Callable[[Property, Progress], None] | None = None,
    ) -> None:
        self.revision, self.cases = revision, cases
        self.observations: list[dict[str, Any]] = []
        self.found: tuple[Outcome, ...] = ()
        self._spare, self._told = spare or _child, told or (lambda _one, _found: None)
        self._counted = counted or (lambda _one, _progress: None)
        self._stopped = threading.Event()
        self._executor: Executor | None = None

    def run(self) -> tuple[Outcome, ...]:
        """Test every property, also behind one that fails.

        Raises
        ------
        SeglamError : E-TEST-NONE where there is none, E-TEST-STOPPED, E-SANDBOX-DOWN.
        """
        if not self.revision.properties:
            raise SeglamError("E-TEST-NONE", procedure=self.revision.label)
        with closing(self._spare()) as executor:
            self._executor = executor
            for one in self.revision.properties:
                self._told(one, None)
                self.found = (*self.found, self._outcome(executor, one))
                self._told(one, self.found[-1])
        return self.found

    def stop(self) -> None:
        """End it, from any thread."""
        self._stopped.set()
        if self._executor is not None:
            self._executor.abort()

    def _outcome(self, executor: Executor, one: Property) -> Outcome:
        began, tried = time.monotonic(), list[dict[str, Any]]()
        try:
            self._unstopped()
            alone = dataclasses.replace(self.revision, properties=(one,))
            verdict = executor.verify(alone, cases=self.cases, seconds=SECONDS, tried=tried, heard=self._heard(one))
        except SeglamError:
            self._unstopped()
            raise
        self._unstopped()
        self.observations += [{**case, "property": f"{self.revision.label} {one.name}"} for case in tried]
        seconds = round(time.monotonic() - began, 3)
        return dataclasses.replace(outcome(one, verdict.checks), seconds=seconds, sample=sample(tried))

    def _heard(self, one: Property) -> Callable[[str, int], None]:
        """What takes a check and the number of its cases that have held; other checks come after the property's own."""

        def heard(check: str, held: int) -> None:
            own = check == f"property {one.name}"
            done = (held if held >= 0 else None) if own else self.cases
            self._counted(one, Progress(done, self.cases, "" if own else check))

        return heard

    def _unstopped(self) -> None:
        if self._stopped.is_set():
            facts = {"done": len(self.found), "count": len(self.revision.properties)}
            raise SeglamError("E-TEST-STOPPED", procedure=self.revision.label, **facts)


def _child() -> Executor:
    from .verify import ChildExecutor

    return ChildExecutor()


def outcome(one: Property, checks: Sequence[Check]) -> Outcome:
    """What the checks of a verification say of its only property.

    >>> one = Property("sorted", "it is sorted", "")
    >>> failed = Check("property sorted", False, 3, "[2, 1] is not sorted: top(xs=[1, 2], k=0) (E-VERIFY-PROPERTY)")
    >>> outcome(one, [failed]).call
    'top(xs=[1, 2], k=0)'
    """
    bad = next((check for check in checks if not check.ok), None)
    own = next((check for check in checks if check.name.endswith(f" {one.name}")), None)
    cases, note = (own.cases, own.message) if own is not None else (0, "")
    if bad is None:
        return Outcome(one.name, one.claim, ok=True, cases=cases, note=note)
    parts = _FAILED.fullmatch(bad.message)
    named = "" if bad is own else f"{bad.name}: "
    if parts is None:
        return Outcome(one.name, one.claim, ok=False, cases=bad.cases, why=named + bad.message)
    return Outcome(
        one.name, one.claim, ok=False, cases=bad.cases, why=named + parts["why"], call=parts["call"] or "",
        code=parts["code"],
    )  # fmt: skip


# ---------------------------------------------------------------- how good the cases were


def sample(tried: Sequence[Mapping[str, Any]]) -> Sample:
    """What was drawn before anything was shrunk.

    >>> case = {"status": "passed", "representation": "a", "arguments": {"arguments": {"k": 0}}, "timing": {}}
    >>> sample([case, case]).odd, sample([case, case]).doubled
    ((('k=0', 2),), 1)
    """
    drawn = [case for case in tried if _phase(case) != "shrink"]
    shown = [str(case.get("representation", "")) for case in drawn]
    arguments = [given for case in drawn if isinstance(given := _given(case), Mapping)]
    odd = Counter(text for given in arguments for text in _odd(given))
    return Sample(
        cases=len(drawn),
        refused=sum(case.get("status") == "gave_up" for case in drawn),
        doubled=len(shown) - len(set(shown)),
        odd=tuple(odd.most_common(_SHOWN)),
        spread=_spread(arguments),
        drawing=_seconds(drawn, "generate"),
        running=_seconds(drawn, "execute"),
    )


def _phase(case: Mapping[str, Any]) -> str:
    metadata = case.get("metadata")
    return str(metadata.get("phase", "")) if isinstance(metadata, Mapping) else ""


def _given(case: Mapping[str, Any]) -> Any:
    arguments = case.get("arguments")
    return arguments.get("arguments") if isinstance(arguments, Mapping) else None


def _odd(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        if value is None:
            yield f"{name} missing"
        elif isinstance(value, (list, dict, str)) and not value:
            yield f"{name} empty"
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0:
            yield f"{name}=0"
        elif isinstance(value, list) and any(_lacking(item) for item in value):
            yield f"{name} with missing values"


def _lacking(item: Any) -> bool:
    return item is None or (isinstance(item, Mapping) and None in item.values())


def _spread(arguments: Sequence[Mapping[str, Any]]) -> dict[str, tuple[tuple[str, int], ...]]:
    names = list(dict.fromkeys(name for given in arguments for name in given))
    return {name: tuple(Counter(_kind(given[name]) for given in arguments if name in given).most_common(_SHOWN))
            for name in names}  # fmt: skip


def _kind(value: Any) -> str:
    """A value as a class that can be counted: a list by its length, a number by its size."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        bounds = ((0, "< 0"), (1, "0 to 1"), (10, "1 to 10"), (100, "10 to 100"))
        return next((text for bound, text in bounds if value < bound), "100 and more")
    if isinstance(value, list):
        return f"{len(value)} items" if len(value) < _SHOWN else f"{_SHOWN} items and more"
    return str(value)[:40]


def _seconds(cases: Sequence[Mapping[str, Any]], kind: str) -> float:
    timing = [case.get("timing") for case in cases]
    found = (s for one in timing if isinstance(one, Mapping) for name, s in one.items() if name.startswith(kind))
    return round(sum(s for s in found if isinstance(s, (int, float))), 4)
