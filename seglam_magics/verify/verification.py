"""Judging a revision, in the child: its examples, what holds for every procedure, and its own properties.

Hypothesis looks for arguments a property does not hold for and shrinks them; the answer is a call one can paste. A
property that also holds for a procedure that returns the same thing for everything says nothing and is not counted.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..procedure import load, to_record
from ..words import Check, Example, Parameter, Property, Revision
from . import tables
from .channel import encode
from .exploring import Exploration, Unusable, assume, explore
from .jobs import failure
from .plain import call_text, copied, same, written
from .runner import Broken, LocalRunner, Rejected, Repeating, Runner

Note = Callable[[str, str], None]
TOTAL = 1000  # cases over all properties, however many there are
_REPEATED = 15  # calls of each property that are asked twice
_MUTATED = 30  # cases a constant procedure must fail on
_SHARE = 0.8  # of the time is used; the rest is for shrinking and the way back


@dataclasses.dataclass(frozen=True, slots=True)
class Judge:
    """What all checks of one revision need."""

    revision: Revision
    known: Mapping[str, tables.Shape]
    runner: Runner
    holds: Mapping[str, Callable[..., Any]]
    note: Note
    until: float
    examples: tuple[Mapping[str, Any], ...]

    @property
    def ordered(self) -> bool:
        """Whether the order of a result counts: always, but for frames without a declared order."""
        return bool(self.revision.meaning.order) or not self.known

    def call(self, arguments: Mapping[str, Any]) -> str:
        """The call as one can paste it."""
        return call_text(self.revision.name, arguments, {name: list(shape) for name, shape in self.known.items()})

    def repeating(self, times: int) -> Repeating:
        """The procedure, the first `times` calls of it asked twice."""
        return Repeating(self.runner, shuffled=tuple(self.known), ordered=self.ordered, times=times)

    def why(self, error: BaseException, claim: Property | None = None) -> str:
        """One sentence for an error, with the line of the source it left."""
        if isinstance(error, Broken):
            return str(error)
        in_procedure = failure(error, self.revision.name, self.revision.source)
        if claim is None or in_procedure["line"]:
            return _sentence(in_procedure)
        told = failure(error, claim.name, claim.code)
        if isinstance(error, AssertionError):
            return str(error).strip() or str(told["text"]) or claim.claim
        return f"the property itself fails: {_sentence(told)}"


def check_revision(revision: Revision, *, cases: int, seconds: float, note: Note) -> list[Check]:
    """All checks but the lint, in order; they end at the first part that fails.

    Parameters
    ----------
    cases : generated cases per property; over many properties they share `TOTAL`.
    seconds : after four fifths of them no further case is begun.
    note : told (check, call) before every call of foreign code.
    """
    until = time.monotonic() + _SHARE * seconds
    known = tables.shapes(revision)
    examples = tuple(tables.decoded(revision, example, known) for example in revision.examples)
    note("load", "")
    loading = ("load", "", "")
    holds: dict[str, Callable[..., Any]] = {}
    try:
        for claim in revision.properties:  # first, with built-ins the procedure has not had its hands on
            loading = (f"property {claim.name}", claim.name, claim.code)
            holds[claim.name] = load(claim.code, claim.name, assume=assume)
        loading = ("load", revision.name, revision.source)
        runner = LocalRunner(revision, known)
    except Exception as error:  # noqa: BLE001 - foreign code
        name, function, source = loading
        return [Check(name, ok=False, message=f"it cannot be loaded: {_sentence(failure(error, function, source))}")]
    judge = Judge(revision, known, runner, holds, note, until, examples)
    checks = [_example(judge, i, example) for i, example in enumerate(revision.examples)]
    if all(check.ok for check in checks):
        checks += _claims(judge, cases)
    return checks


def _sentence(failed: Mapping[str, Any]) -> str:
    said = f"{failed['type']}: {failed['message']}"
    return said + (f" (line {failed['line']}: {failed['text']})" if failed["line"] else "")


# ---------------------------------------------------------------- examples


def _example(judge: Judge, index: int, example: Example) -> Check:
    arguments, name = judge.examples[index], f"example {index + 1}"
    call = judge.call(arguments)
    judge.note(name, call)
    try:
        value = judge.repeating(1)(arguments)
    except Broken as broken:
        return Check(broken.check, ok=False, message=f"{broken}: {call}")
    except Exception as error:  # noqa: BLE001 - foreign code
        return Check(name, ok=False, message=f"{judge.why(error)}: {call}")
    expected = _rows(example.result) if judge.revision.returns == "frame" else example.result
    if not same(expected, value, ordered=judge.ordered):
        told = f"it gives {_short(value)}, the example says {_short(expected)}: {call}"
        return Check(name, ok=False, cases=1, message=told)
    return Check(name, ok=True, cases=1)


def _rows(table: Any) -> Any:
    """A frame as rows, however it was written down."""
    if isinstance(table, Mapping):
        return tables.rows_of(table, {})
    return list(table) if isinstance(table, Iterable) and not isinstance(table, str) else table


def _short(value: Any) -> str:
    text = written(value)
    return text if len(text) <= 300 else text[:300] + " …"  # noqa: PLR2004 - what fits a sentence


# ---------------------------------------------------------------- properties


def _claims(judge: Judge, cases: int) -> list[Check]:
    from .strategies import arguments

    strategy = arguments(judge.revision, judge.known, judge.examples)
    claims = judge.revision.properties
    each = cases_each(cases, len(claims))
    if not claims:
        return _promises([_tried(judge, strategy, min(each, 25))], judge)
    found: list[tuple[Check, Repeating]] = []
    for claim in claims:
        check, repeating = _claim(judge, claim, strategy, each)
        found.append((check, repeating))
        if not check.ok:
            return [c for c, _ in found]
    checks = [check for check, _ in found]
    if not any(check.name.startswith("property ") for check in checks):
        told = "no property says anything: each also holds for a procedure that always returns the same"
        checks.append(Check("properties", ok=False, message=told))
    return checks + _promises(found, judge)


def cases_each(cases: int, claims: int) -> int:
    """Cases for each of so many properties: what was asked for, less where there are very many of them.

    >>> cases_each(100, 5), cases_each(100, 40), cases_each(1000, 4)
    (100, 25, 250)
    """
    return min(cases, max(10, max(TOTAL, cases) // max(1, claims)))


def _promises(found: list[tuple[Check, Repeating]], judge: Judge) -> list[Check]:
    """The checks that held in every call."""
    failed = [check for check, _ in found if not check.ok]
    if failed:
        return failed
    calls = sum(repeating.calls for _, repeating in found) + len(judge.examples)
    repeated = sum(repeating.repeated for _, repeating in found) + len(judge.examples)
    held = {"type": calls, "inputs unchanged": calls, "deterministic": repeated}
    return [Check(name, ok=True, cases=number) for name, number in held.items()]


def _tried(judge: Judge, strategy: Any, cases: int) -> tuple[Check, Repeating]:
    """No property to test: only what holds for every procedure; errors on made-up arguments are no fault."""
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
    return _outcome(judge, "run", None, exploration, usable=True), repeating


def _claim(judge: Judge, claim: Property, strategy: Any, cases: int) -> tuple[Check, Repeating]:
    name, repeating = f"property {claim.name}", judge.repeating(_REPEATED)
    holds = judge.holds[claim.name]

    def body(arguments: Mapping[str, Any]) -> None:
        def run(*some: Any, **given: Any) -> Any:
            named = {**arguments, **dict(zip(arguments, some, strict=False)), **given}
            return repeating({name: _rows(value) if name in judge.known else value for name, value in named.items()})

        judge.note(name, judge.call(arguments))
        try:
            holds(run, **_copies(arguments))
        except Rejected as error:
            raise Unusable from error

    exploration = explore(strategy, body, cases=cases, until=judge.until, first=judge.examples)
    check = _outcome(judge, name, claim, exploration, usable=exploration.usable > 0)
    if check.ok and _says_nothing(judge, holds, exploration):
        told = "vacuous: it also holds for a procedure that always returns the same"
        check = Check(f"vacuous {claim.name}", ok=True, cases=exploration.usable, message=told)
    return check, repeating


def _copies(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: copied(value) for name, value in arguments.items()}


def _outcome(judge: Judge, name: str, claim: Property | None, found: Exploration, *, usable: bool) -> Check:
    if found.error is not None:
        check = found.error.check if isinstance(found.error, Broken) else name
        told = f"{judge.why(found.error, claim)}: {judge.call(found.arguments)}"
        return Check(check, ok=False, cases=found.usable, message=told)
    if not usable and time.monotonic() > judge.until:
        return Check(name, ok=False, message="no time was left for it: the procedure or another property is too slow")
    if not usable:
        return Check(name, ok=False, message="vacuous: 0 usable examples; every case was refused or assumed away")
    return Check(name, ok=True, cases=found.usable)


def _says_nothing(judge: Judge, holds: Callable[..., Any], found: Exploration) -> bool:
    """Whether a procedure that returns the same for everything keeps this property as well."""
    constants = [None, *(example.result for example in judge.revision.examples[:1])]
    return any(_survives(constant, holds, found.kept[:_MUTATED]) for constant in constants)


def _survives(constant: Any, holds: Callable[..., Any], cases: list[Mapping[str, Any]]) -> bool:
    kept = 0
    for arguments in cases:
        try:
            holds(lambda *_some, **_given: copied(constant), **_copies(arguments))
            kept += 1
        except Unusable:
            continue
        except Exception:  # noqa: BLE001 - however it fails, it noticed
            return False
    return kept > 0


# ---------------------------------------------------------------- warming


def warm(answer: Callable[[bytes, Note], bytes]) -> None:
    """Judge two throw-away revisions, so that a child finds Hypothesis and this module with their caches filled."""
    code = "def p{n}(run, *, xs, k, s, d):\n    r = run(xs=xs, k=k, s=s, d=d)\n    assert {claim}"
    claims = ("len(r) == min(k, len(xs))", "all(x < 5 for x in xs)")
    examples = (Example({"xs": [1, 2], "k": 1, "s": "a", "d": "2024-01-01"}, [2]),)
    parameters = (
        Parameter("xs", "list"),
        Parameter("k", "int", domain={"min": 0}),
        Parameter("s", "str"),
        Parameter("d", "date"),
    )
    source = "def top(xs, k, s, d):\n    return sorted(xs, reverse=True)[:k]"
    properties = tuple(Property(f"p{n}", "", code.format(n=n, claim=claim)) for n, claim in enumerate(claims))
    toy = Revision(
        "top", 1, "", source, parameters=parameters, returns="list", examples=examples, properties=properties
    )
    job = {"kind": "verify", "revision": to_record(toy), "cases": 10, "seconds": 10}
    answer(encode(job), lambda _check, _call: None)
