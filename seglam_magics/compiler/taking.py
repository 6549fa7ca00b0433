"""Whether a procedure takes the updates of its question, found out by running it: in the sandbox, on plain data.

What counts is behaviour. The user's own check is run on the live result; the reply's claims about before and after are
run on its own inputs; the procedure from before the update and the new one are compared on the live data and on made-up
inputs. Only where nothing could be compared does it count that words of the update are in the code.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import SeglamError
from ..procedure.ambient import Ambient
from ..procedure.binding import bind
from ..procedure.calling import is_polars
from ..procedure.comparing import compared
from ..thinking.detectors import Taken, mentioned
from ..trust.redaction import holds_secret, redact
from ..verify import Executor, lint_revision
from ..words import Binding, Check, Example, Property, Revision
from .checks import under_name
from .course import Known
from .reply import Reply, UpdatePart
from .request import Task

CASES = 200  # made-up inputs on which old and new are compared
MOST_CHECKS = 5
_CLAIMED = "you asserted it of the result"


@dataclass(frozen=True, slots=True)
class Judging:
    """What is needed to find it out.

    Attributes
    ----------
    known : the new procedure and the question's bindings.
    before : the procedure from before the update, None where there is none.
    checks : expressions over `result` that the user asserted.
    updates : texts of the updates.
    seconds : for each run.
    """

    known: Known
    before: Known | None
    task: Task
    checks: Sequence[str]
    updates: Sequence[str]
    executor: Executor
    seconds: float


def found_out(judging: Judging, reply: Reply) -> Taken:
    """What could be found out."""
    return Taken(
        asserted=_asserted(judging),
        checks=[_shown(judging, part) for part in reply.update_checks[:MOST_CHECKS]],
        differs=_differs(judging),
        changes_nothing=reply.changes_nothing,
        missing=_missing(judging),
    )


# ---------------------------------------------------------------- (a) what the user asserts


def _asserted(judging: Judging) -> bool | None:
    """Whether what was asserted holds of the live result; None where nothing was."""
    if not judging.checks:
        return None
    value = _live(judging, judging.known)
    return all(holds(check, value, judging.executor, judging.seconds) for check in judging.checks)


def holds(check: str, value: Any, executor: Executor, seconds: float) -> bool:
    """Whether an expression over `result` holds; one that fails does not. Run in the sandbox.

    Parameters
    ----------
    value : the result; a frame is a list of rows.
    """
    source = f"def holds(result):\n    return bool({check})\n"
    try:
        return bool(executor.call(source, "holds", {"result": _plain(value)}, returns="bool", seconds=seconds))
    except SeglamError:
        return False


def _live(judging: Judging, known: Known, at: Ambient | None = None) -> Any:
    revision, bindings = known
    space = judging.task.question.namespace
    arguments = bind(revision, bindings, space, native=False, at=at).arguments
    return judging.executor.call(
        revision.source, revision.name, arguments, returns=revision.returns, seconds=judging.seconds
    )


def _plain(value: Any) -> Any:
    return value.to_dicts() if is_polars(value) else value


def kept(revision: Revision, checks: Sequence[str], executor: Executor, *, cases: int, seconds: float) -> Revision:
    """`revision`, verified, with what was asserted among its properties, as far as it holds for all inputs.

    What holds for the data of the question alone stays a check of its verdict.
    """
    for number, check in enumerate(checks, 1):
        name = f"asserted_{number}"
        said = dataclasses.replace(revision, properties=(*revision.properties, _property(name, check, revision)))
        candidate = under_name(said, revision.name)
        unfit = holds_secret(check) or lint_revision(candidate)
        found = None if unfit else executor.verify(candidate, cases=cases, seconds=seconds)
        if found is not None and found.ok:
            revision = dataclasses.replace(candidate, verdict=found)
        elif revision.verdict is not None:
            told = Check(f"asserted {redact(check)}", ok=True, cases=1, message="holds of the data it was asked about")
            verdict = dataclasses.replace(revision.verdict, checks=(*revision.verdict.checks, told))
            revision = dataclasses.replace(revision, verdict=verdict)
    return revision


def _property(name: str, check: str, revision: Revision) -> Property:
    taken = [p.name for p in revision.parameters]
    head, given = ", ".join(["run", "*", *taken]), ", ".join(f"{p}={p}" for p in taken)
    code = f"def {name}({head}):\n    result = run({given})\n    assert {check}, {_CLAIMED!r}\n"
    return Property(name, f"{_CLAIMED}: {check}", code)


# ---------------------------------------------------------------- (b) what the reply claims


def _shown(judging: Judging, part: UpdatePart) -> bool:
    """Whether the new procedure gives what the reply says it gives after the update, and the old one does not."""
    try:
        given, before, after = json.loads(part.input), json.loads(part.before), json.loads(part.after)
    except ValueError:
        return False
    if not isinstance(given, dict) or before == after:
        return False
    if not _gives(judging, judging.known[0], given, after):
        return False
    return judging.before is None or not _gives(judging, judging.before[0], given, after)


def _gives(judging: Judging, revision: Revision, given: Mapping[str, Any], result: Any) -> bool:
    names = {p.name for p in revision.parameters}
    example = Example({name: value for name, value in given.items() if name in names}, result)
    alone = dataclasses.replace(revision, examples=(example,), properties=())
    verdict = judging.executor.verify(alone, cases=1, seconds=judging.seconds)
    return any(check.name == "example 1" and check.ok for check in verdict.checks)


# ---------------------------------------------------------------- (d) behaviour


def _differs(judging: Judging) -> bool | None:
    """Whether old and new give different results on the live data or on made-up inputs; None where nobody can tell."""
    if judging.before is None:
        return None
    if judging.before[0].source == judging.known[0].source:
        return False
    live = _differs_here(judging, judging.before)
    return True if live else _differs_somewhere(judging, judging.before, here=live)


def _differs_here(judging: Judging, before: Known) -> bool | None:
    from ..verify.plain import same

    at = Ambient.here()
    try:
        new = _live(judging, judging.known, at)
    except SeglamError:
        return None
    try:
        old = _live(judging, before, at)
    except SeglamError:
        return True  # it fails where the new one does not
    return not same(_plain(old), _plain(new), ordered=judging.known[0].meaning.ordered)


def _differs_somewhere(judging: Judging, before: Known, *, here: bool | None) -> bool | None:
    (old, _), (new, bindings) = before, judging.known
    types = {p.name: p.type for p in new.parameters}
    if any(types.get(p.name) != p.type for p in old.parameters):
        return None
    names = {p.name: p.name for p in old.parameters}
    extra = {n: b.value for n, b in bindings.items() if n not in names and b.source not in ("variable", "implied")}
    if set(types) - set(names) - set(extra):
        return None
    try:
        both = compared(old, new, names, extra)
        verdict = judging.executor.verify(both, cases=CASES, seconds=judging.seconds)
    except (ValueError, SeglamError):
        return None
    if verdict.ok:
        return False if here is not None else None
    failure = verdict.failure
    return True if failure is not None and failure.name in ("property agree", "example 1") else None


# ---------------------------------------------------------------- (e) words of the update

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")


def _missing(judging: Judging) -> list[str]:
    """Numbers, columns and quoted names of the updates that are in no code, slot or example."""
    revision, bindings = judging.known
    said = json.dumps([[e.arguments, e.result] for e in revision.examples], default=str, ensure_ascii=False)
    slots = " ".join(f"{name} {binding.value!r}" for name, binding in bindings.items())
    text = f"{revision.source} {slots} {said}"
    numbers = {float(n) for n in _NUMBER.findall(text)} | _constants(revision.source)
    words = [word for update in judging.updates for word in (*mentioned(update), *_columns(update, judging.task))]
    return [w for w in dict.fromkeys(words) if w.casefold() not in text.casefold() and _number(w) not in numbers]


def _columns(update: str, task: Task) -> list[str]:
    names = dict.fromkeys(c.name for variable in task.variables.values() for c in variable.columns)
    return [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", update, re.IGNORECASE)]


def _constants(source: str) -> set[float]:
    found = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {float(value) for value in found if isinstance(value, (int, float)) and not isinstance(value, bool)}


def _number(word: str) -> float | None:
    try:
        return float(word.replace(",", "."))
    except ValueError:
        return None


def source_only(source: str, like: Revision, bindings: Mapping[str, Binding]) -> Known | None:
    """A candidate of which its source alone was kept, as a procedure with parameters of `like`; None without them."""
    try:
        tree = ast.parse(source)
        function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    except (SyntaxError, StopIteration, ValueError, RecursionError):
        return None
    taken = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    if not taken <= {p.name for p in like.parameters}:
        return None
    kept_ = tuple(p for p in like.parameters if p.name in taken)
    made = dataclasses.replace(like, source=source, name=function.name, parameters=kept_, examples=(), properties=())
    return made, {name: binding for name, binding in bindings.items() if name in taken}
