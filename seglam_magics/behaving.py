"""What two versions of a procedure do differently: on the examples that are kept, and on inputs that are looked for.

Both run in the sandbox. Where they differ, Hypothesis makes the input smaller until only what matters is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import SeglamError
from .procedure.comparing import compared
from .proving import outcome
from .words import Example, Property, Revision

if TYPE_CHECKING:
    from .verify import Executor
    from .verify.seam import Heard

CASES = 200
SECONDS = 10.0
_WAY = re.compile(r",? ?way_?\d*=\d\)$")
_GIVES = re.compile(r"(?s)one gives (?P<old>.*), the other (?P<new>.*)")
_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Case:
    """One input: the call, and what each version gives for it, as text; `same` where both say the same."""

    call: str
    old: str
    new: str
    same: bool


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What differs.

    Attributes
    ----------
    kept : the examples of both versions.
    found : the smallest input found on which they differ, None where none was.
    tried : inputs that were looked at.
    note : why none were looked for, "" where they were.
    """

    kept: tuple[Case, ...] = ()
    found: Case | None = None
    tried: int = 0
    note: str = ""

    @property
    def differs(self) -> bool:
        """Whether any input was found on which they differ."""
        return self.found is not None or not all(case.same for case in self.kept)


def behaviour(
    old: Revision, new: Revision, executor: Executor, cases: int = CASES, heard: Heard | None = None
) -> Behaviour:
    """Run both versions on the same inputs.

    Parameters
    ----------
    cases : inputs that are looked for.
    heard : told now and then at which check that is, and how many of its inputs were looked at; less than 0 once one
        was found that they differ on, which is then made smaller.

    Raises
    ------
    SeglamError : E-SANDBOX-DOWN where nothing can be run.
    """
    kept = tuple(_kept(old, new, executor))
    if not _takes_the_same(old, new):
        return Behaviour(kept, note="they take different arguments")
    return _looked_for(old, new, executor, kept, cases, heard)


def _takes_the_same(old: Revision, new: Revision) -> bool:
    return {p.name: p.type for p in old.parameters} == {p.name: p.type for p in new.parameters}


def _kept(old: Revision, new: Revision, executor: Executor) -> Iterator[Case]:
    from .verify.plain import same

    seen = []
    for owner, example in [*((old, e) for e in old.examples), *((new, e) for e in new.examples)]:
        if example.arguments in seen or not all(_fits(one, example) for one in (old, new)):
            continue
        seen.append(example.arguments)
        call, results = _ran(owner, example, (old, new), executor)
        ordered = old.meaning.ordered or new.meaning.ordered or old.returns != "frame"
        yield Case(call, _text(results[0]), _text(results[1]), same=same(*results, ordered=ordered))


def _fits(revision: Revision, example: Example) -> bool:
    return {p.name for p in revision.parameters} == set(example.arguments)


def _ran(
    owner: Revision, example: Example, both: tuple[Revision, Revision], executor: Executor
) -> tuple[str, list[Any]]:
    from .verify.plain import call_text
    from .verify.tables import decoded, frame_of, shapes

    known = shapes(owner)
    plain = decoded(owner, example, known)
    native = {name: frame_of(value, known[name]) if name in known else value for name, value in plain.items()}
    results = [_result(revision, native, executor) for revision in both]
    return call_text(owner.name, plain, {name: list(shape) for name, shape in known.items()}), results


def _result(revision: Revision, native: dict[str, Any], executor: Executor) -> Any:
    try:
        value = executor.call(revision.source, revision.name, native, returns=revision.returns, seconds=SECONDS)
    except SeglamError as error:
        if error.code == "E-SANDBOX-DOWN":
            raise
        return error.says
    return value.to_dicts() if hasattr(value, "to_dicts") else value


def _text(value: Any) -> str:
    from .verify.plain import written

    text = written(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"


def _looked_for(
    old: Revision, new: Revision, executor: Executor, kept: tuple[Case, ...], cases: int, heard: Heard | None
) -> Behaviour:
    try:
        both = compared(old, new, {p.name: p.name for p in old.parameters}, {})
    except (ValueError, SeglamError) as error:
        return Behaviour(kept, note=f"they cannot be put side by side: {error}")
    verdict = executor.verify(both, cases=cases, seconds=SECONDS, heard=heard)
    agree = outcome(Property("agree", "", ""), verdict.checks)
    parts = _GIVES.fullmatch(agree.why)
    if agree.ok or parts is None:
        return Behaviour(kept, tried=agree.cases, note=agree.why)
    call = _WAY.sub(")", agree.call).replace("both(", f"{new.name}(", 1)
    return Behaviour(kept, Case(call, parts["old"], parts["new"], same=False), agree.cases)
