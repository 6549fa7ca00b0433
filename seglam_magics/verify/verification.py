"""Judging a revision: its examples, what holds for every procedure, and its own properties.

Hypothesis looks for arguments a property does not hold for and shrinks them; the answer is a call one can paste. A
property that also holds for a wrong procedure says nothing and is not counted. The judge runs no foreign code: the
procedure lives in the runner, the properties in the oracle, and both are asked through a `Talk`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..procedure import to_record
from ..words import Check, Example, Parameter, Property, Revision
from . import tables
from .channel import Garbled, encode
from .claims import cases_each, claim_checks, tried
from .comparing import crowd, engines
from .judge import Judge, short
from .noting import Note, silent
from .plain import same
from .promises import Broken, Failed, Rejected, Repeating
from .replies import failure_text, read_failure
from .wires import Cut, Message, Talk
from .witnesses import Procedure, Properties

_SHARE = 0.8  # of the time is used; the rest is for shrinking and the way back
_UNASKED = 25  # cases without properties


def check_revision(
    revision: Revision, talks: Mapping[str, Talk], *, cases: int, seconds: float, note: Note
) -> tuple[list[Check], bytes]:
    """All checks but the lint, in order, and calls to be made again beside another zygote.

    They end at the first part that fails.

    Parameters
    ----------
    talks : the `runner`, and the `oracle` where there are properties.
    cases : generated cases per property; over many properties they share `claims.TOTAL`.
    seconds : after four fifths of them no further case is begun.
    note : told before every call of foreign code.

    Raises
    ------
    Cut : a side ended, or said what it was not asked.
    """
    until = time.monotonic() + _SHARE * seconds
    known = tables.shapes(revision)
    examples = tuple(tables.decoded(revision, example, known) for example in revision.examples)
    note("load", "")
    problem = _loaded(talks)
    if problem is not None:
        return [problem], b""
    runner = Procedure(talks["runner"], revision, known)
    judge = Judge(revision, known, runner, Properties(talks.get("oracle")), note, until, examples)
    checks = [_example(judge, i, example) for i, example in enumerate(revision.examples)]
    if all(check.ok for check in checks):
        checks += _all(judge, cases)
    return checks, judge.seen.packed(known) if all(check.ok for check in checks) else b""


def _loaded(talks: Mapping[str, Talk]) -> Check | None:
    """Wait until both sides have loaded what they are to run; the check that fails where one cannot."""
    for role in ("oracle", "runner"):
        if role not in talks:
            continue
        said = talks[role].greeting()
        if said.get("loaded") is True:
            continue
        name, facts = _unloadable(role, said)
        told = f"it cannot be loaded: {failure_text(facts)}"
        return Check(f"property {name}" if name else "load", ok=False, message=told)
    return None


def _unloadable(role: str, said: Message) -> tuple[str, Mapping[str, Any]]:
    try:
        return str(said.get("claim", ""))[:100], read_failure(said.get("failed"))
    except Garbled:
        raise Cut(role, unsound=True) from None


# ---------------------------------------------------------------- examples


def _example(judge: Judge, index: int, example: Example) -> Check:
    arguments, name = judge.examples[index], f"example {index + 1}"
    judge.note(name, judge.call(arguments))
    try:
        value = judge.repeating(1)(arguments)
    except (Broken, Failed, Rejected) as error:
        return judge.failed(name, error, arguments)
    expected = tables.any_rows(example.result) if judge.revision.returns == "frame" else example.result
    if not same(expected, value, ordered=judge.ordered):
        told = f"it gives {short(value)}, the example says {short(expected)}: {judge.call(arguments)}"
        return Check(name, ok=False, cases=1, message=told)
    return Check(name, ok=True, cases=1)


# ---------------------------------------------------------------- everything else


def _all(judge: Judge, cases: int) -> list[Check]:
    from .strategies import arguments

    strategy = arguments(judge.revision, judge.known, judge.examples, respelling=True)
    claims = judge.revision.properties
    each = cases_each(cases, len(claims))
    found = claim_checks(judge, strategy, each) if claims else [tried(judge, strategy, min(each, _UNASKED))]
    checks = [check for check, _ in found] if claims else [check for check, _ in found if not check.ok]
    if not all(check.ok for check in checks):
        return checks
    checks += engines(judge, strategy)
    if all(check.ok for check in checks):
        checks += crowd(judge)
    if not all(check.ok for check in checks):
        return checks
    return checks + _promises(judge, [repeating for _, repeating in found])


def _promises(judge: Judge, made: Sequence[Repeating]) -> list[Check]:
    """The checks that held in every call."""
    calls = sum(repeating.calls for repeating in made) + len(judge.examples)
    repeated = sum(repeating.repeated for repeating in made) + len(judge.examples)
    held = {"type": calls, "inputs unchanged": calls, "deterministic": repeated}
    return [Check(name, ok=True, cases=number) for name, number in held.items()]


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
    answer(encode(job), silent)
