"""Hypothesis at work: cases until one fails, then the smallest one that fails. The only module that runs its engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable

from .promises import Unusable

_KEPT = 50  # usable cases that are remembered
_SEED = 1  # of what is drawn, the same in every verification; unseeded, it would be a digest of the code here
_SHRINK = 2.0  # seconds spent on making a failing case smaller


class _Enough(BaseException):
    """Time is over; Hypothesis passes it on untouched."""


@dataclass(slots=True)
class Exploration:
    """What was tried.

    Attributes
    ----------
    usable : cases that ran to their end before the first one failed.
    error : why the smallest failing case failed, None where none did; `arguments` are that case.
    kept : some of the usable cases.
    """

    usable: int = 0
    error: Exception | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    kept: list[Mapping[str, Any]] = field(default_factory=list)


def explore(
    strategy: Any,
    body: Callable[[Mapping[str, Any]], None],
    *,
    cases: int,
    until: float,
    first: Sequence[Mapping[str, Any]] = (),
) -> Exploration:
    """Run `body` on arguments drawn from `strategy` until it fails.

    Parameters
    ----------
    body : raises Unusable for a case that does not count, anything else for one that fails.
    cases : how many to try, those of `first` among them.
    until : monotonic time after which no further case is begun.
    first : arguments to try before any are drawn.
    """
    found = Exploration()
    for arguments in first:
        _try(found, body, arguments)
        if found.error is not None:
            return found
    settings = hypothesis.settings(
        max_examples=max(1, cases - len(first)),
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    given: Any = hypothesis.given(strategy)
    test = settings(hypothesis.seed(_SEED)(given(_case(found, body, until))))
    try:
        test()
    except (Unsatisfiable, _Enough):
        pass
    except BaseException:
        if found.error is None:
            raise
    return found


def _case(
    found: Exploration, body: Callable[[Mapping[str, Any]], None], until: float
) -> Callable[[Mapping[str, Any]], None]:
    deadline = until

    def case(arguments: Mapping[str, Any]) -> None:
        nonlocal deadline
        if time.monotonic() > deadline:
            raise _Enough
        before = found.error
        if not _try(found, body, arguments):
            hypothesis.reject()
        if found.error is not None and found.error is not before:
            if before is None:  # from now on it is being shrunk
                deadline = min(deadline, time.monotonic() + _SHRINK)
            raise found.error

    return case


def _try(found: Exploration, body: Callable[[Mapping[str, Any]], None], arguments: Mapping[str, Any]) -> bool:
    """Run one case and note how it went; False where it says nothing."""
    try:
        body(arguments)
    except Unusable:
        return False
    except Exception as error:  # noqa: BLE001 - foreign code
        found.error, found.arguments = error, arguments
    else:
        if found.error is None:
            found.usable += 1
            if len(found.kept) < _KEPT:
                found.kept.append(arguments)
    return True
