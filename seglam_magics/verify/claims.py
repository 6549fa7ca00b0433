"""The properties of a revision: cases until one fails, and whether what holds says anything."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from ..words import Check, Property
from . import mutants
from .exploring import Exploration, explore
from .judge import Judge
from .noting import SHRINKING
from .promises import Broken, Repeating, Runner, Unusable

TOTAL = 1000  # cases over all properties, however many there are
_REPEATED = 15  # calls of each property that are asked twice
_CONSTANT = 30  # cases a constant procedure must fail on
_SPOILED = 8  # cases a spoiled one must fail on
_VACUOUS = "E-VERIFY-VACUOUS"


def cases_each(cases: int, claims: int) -> int:
    """Cases for each of so many properties: what was asked for, less where there are very many of them.

    >>> cases_each(100, 5), cases_each(100, 40), cases_each(1000, 4)
    (100, 25, 250)
    """
    return min(cases, max(10, max(TOTAL, cases) // max(1, claims)))


def claim_checks(judge: Judge, strategy: Any, cases: int) -> list[tuple[Check, Repeating]]:
    """A check for each property, up to the first that fails, with the calls that were made for it."""
    found: list[tuple[Check, Repeating]] = []
    for claim in judge.revision.properties:
        check, repeating = _claim(judge, claim, strategy, cases)
        found.append((check, repeating))
        if not check.ok:
            return found
    if found and not any(check.name.startswith("property ") for check, _ in found):
        told = (
            "no property says anything: each also holds for a wrong procedure, such as one that always returns the same"
        )
        found.append((Check("properties", ok=False, message=f"{told} ({_VACUOUS})"), found[-1][1]))
    return found


def _claim(judge: Judge, claim: Property, strategy: Any, cases: int) -> tuple[Check, Repeating]:
    name, repeating = f"property {claim.name}", judge.repeating(_REPEATED)

    held = 0

    def body(arguments: Mapping[str, Any]) -> None:
        nonlocal held
        judge.note(name, judge.call(arguments), held)
        try:
            judge.oracle.hold(claim.name, arguments, repeating)
        except Unusable:
            raise
        except Exception:
            held = SHRINKING
            raise
        held += held != SHRINKING

    exploration = explore(strategy, body, cases=cases, until=judge.until, first=judge.examples)
    check = outcome(judge, name, claim, exploration, usable=exploration.usable > 0)
    if check.ok:
        check = _weighed(judge, claim, check, exploration)
    return check, repeating


def outcome(judge: Judge, name: str, claim: Property | None, found: Exploration, *, usable: bool) -> Check:
    """What an exploration says."""
    if found.error is not None:
        return judge.failed(name, found.error, found.arguments, claim, found.usable)
    if not usable and time.monotonic() > judge.until:
        return Check(name, ok=False, message="no time was left for it: the procedure or another property is too slow")
    if not usable:
        told = f"vacuous: 0 usable examples; every case was refused or assumed away ({_VACUOUS})"
        return Check(name, ok=False, message=told)
    return Check(name, ok=True, cases=found.usable)


def _weighed(judge: Judge, claim: Property, check: Check, found: Exploration) -> Check:
    """The check with the share of wrong procedures its property notices, or that of one that says nothing."""
    constants = [None, *(example.result for example in judge.revision.examples[:1])]
    told = "vacuous: it also holds for a procedure that"
    for value in constants:
        if _survives(judge, claim, mutants.constant(value), found.kept[:_CONSTANT]):
            return Check(f"vacuous {claim.name}", ok=True, cases=check.cases, message=f"{told} always returns the same")
    if judge.late:
        return check
    right = _Remembering(judge.runner)
    spoiled = [mutants.spoiled(right, spoil) for spoil in mutants.SPOILING.values()] + [mutants.now_and_then(right)]
    noticed = sum(not _survives(judge, claim, mutant, found.kept[:_SPOILED]) for mutant in spoiled)
    if not noticed:
        return Check(f"vacuous {claim.name}", ok=True, cases=check.cases, message=f"{told} spoils every result")
    message = f"notices {noticed + len(constants)} of {len(spoiled) + len(constants)} wrong procedures"
    return dataclasses.replace(check, message=message)


class _Remembering:
    """The procedure, each call of it made once."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._known: dict[str, Any] = {}

    def __call__(self, arguments: Mapping[str, Any]) -> Any:
        key = repr(arguments)
        if key not in self._known:
            self._known[key] = self._runner(arguments)
        return self._known[key]


def _survives(judge: Judge, claim: Property, mutant: Any, cases: list[Mapping[str, Any]]) -> bool:
    kept = 0
    for arguments in cases:
        try:
            judge.oracle.hold(claim.name, arguments, mutant)
            kept += 1
        except Unusable:
            continue
        except Exception:  # noqa: BLE001 - however it fails, it noticed
            return False
    return kept > 0


def tried(judge: Judge, strategy: Any, cases: int) -> tuple[Check, Repeating]:
    """What holds for every procedure, on drawn cases; errors on made-up arguments are no fault."""
    repeating = judge.repeating(cases)

    def body(arguments: Mapping[str, Any]) -> None:
        judge.note("run", judge.call(arguments))
        try:
            repeating(arguments)
        except Broken:
            raise
        except Exception as error:
            raise Unusable from error

    exploration = explore(strategy, body, cases=cases, until=judge.until)
    return outcome(judge, "run", None, exploration, usable=True), repeating
