"""The views of one thing: a procedure, two of its versions, questions that nearly hit, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..notebook.display import jsonable
from ..notebook.wording import brief, one_line
from ..trust.redaction import redacted
from .state import run_of, shown

if TYPE_CHECKING:
    from seglam_magics.cli import Office

    from ..words import Example, Parameter, Revision, Trace

_WHOLE = (
    "label trust name number proc_id summary returns meaning verdict effects author model question created usage labels"
    " suspended merged rejected parent"
).split()
_EXAMPLES = 10
_LONG = 100  # characters of a parameter's example
_NEAR = 50
_DECISIONS = 30
_KEPT_RUNS = 5


def procedure(office: Office, label: str) -> dict[str, Any]:
    """All there is of a procedure, at this version.

    Raises
    ------
    SeglamError : E-PROCEDURE-UNKNOWN.
    """
    from ..cli.learned import learned
    from ..cli.sheet import sheet_data

    reasoner = office.reasoner
    revision = reasoner.catalogue.known(label)
    known = learned(office, revision)
    whole = sheet_data(revision, reasoner.approvals.state(revision), known)
    data = {
        **{name: whole[name] for name in _WHOLE},
        "source": shown(revision.source),
        "templates": [{"text": t.text, "lang": t.lang} for t in revision.templates],
        "aliases": known.aliases,
        "parameters": [_parameter(p) for p in revision.parameters],
        "examples": [_example(e) for e in revision.examples[:_EXAMPLES]],
        "properties": [_property(revision, p.name, p.claim, p.code) for p in revision.properties],
        "versions": [_version(office, one) for one in reversed(reasoner.library.versions(revision.name))],
        "pinned": reasoner.library.shelf.pinned(revision.name),
        "retired": reasoner.library.retired(revision.name),
    }
    with reasoner.view() as view:
        pays = next(iter(view.query("break_even", name=revision.name)), None)
        used = view.query("used_in", name=revision.name)
    found: dict[str, Any] = plain({**data, "pays": pays, "used": used})
    return found


def plain(data: Any) -> Any:
    """Data without secrets, as strict JSON."""
    return redacted(_strict(data))


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    return value if isinstance(value, str) else jsonable(value)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    domain = ", ".join(f"{key} {brief(value)}" for key, value in parameter.domain.items())
    example = brief(parameter.example, _LONG)
    about = one_line(parameter.description, 200)
    return {"name": parameter.name, "type": parameter.type, "domain": domain, "example": example, "description": about}


def _example(example: Example) -> dict[str, str]:
    call = ", ".join(f"{name}={brief(value, 200)}" for name, value in example.arguments.items())
    return {"call": f"({call})", "result": brief(example.result, 200)}


def _property(revision: Revision, name: str, claim: str, code: str) -> dict[str, Any]:
    checks = revision.verdict.checks if revision.verdict else ()
    own = next((c for c in checks if c.name.endswith(f" {name}")), None)
    last = {"ok": own.ok, "cases": own.cases, "message": one_line(own.message, 400)} if own else None
    return {"name": name, "claim": one_line(claim, 300), "code": shown(code), "last": last}


def _version(office: Office, revision: Revision) -> dict[str, Any]:
    return {
        "label": revision.label,
        "number": revision.number,
        "author": revision.author,
        "model": revision.model,
        "created": revision.created,
        "trust": office.reasoner.approvals.state(revision),
        "question": one_line(revision.question, 200),
    }


def versions(office: Office, name: str, old: int, new: int, *, behaviour: bool = False) -> dict[str, Any]:
    """What differs between two versions, with both sources; 0 is the newest, and before it the one before.

    Raises
    ------
    SeglamError : E-PROCEDURE-UNKNOWN, E-SANDBOX-DOWN.
    """
    from ..cli.difference import difference, done_differently

    reasoner = office.reasoner
    head = reasoner.catalogue.known(name)
    numbers = [one.number for one in reasoner.library.versions(head.name)] or [head.number]
    new = new if new in numbers else numbers[-1]
    old = old if old in numbers else max((n for n in numbers if n < new), default=new)
    left, right = (reasoner.catalogue.known(f"{head.name}@{n}") for n in (old, new))
    data = difference(left, right)
    if behaviour:
        data = done_differently(office, left, right, "", data)[1]
    sources = {"before": shown(left.source), "after": shown(right.source)}
    found: dict[str, Any] = plain({**data, "numbers": numbers, **sources})
    return found


def misses(office: Office) -> list[dict[str, Any]]:
    """Questions that nearly hit, latest first; `wording` is what the alias would be where it is known."""
    proposed = {trace.question: candidate.template for trace in office.reasoner.recent() if not trace.decision.hit
                for candidate in trace.decision.candidates[:1] if candidate.template}  # fmt: skip
    rows = office.rows("near_misses", limit=_NEAR)
    found = [{**row, "question": shown(row["question"] or ""), "wording": proposed.get(row["question"], "")}
             for row in rows]  # fmt: skip
    made: list[dict[str, Any]] = plain(found)
    return made


def trace(office: Office) -> list[dict[str, Any]]:
    """The last decisions, latest first, numbered as `why` and `reject` count."""
    found: list[dict[str, Any]] = plain([_decision(n, one) for n, one in enumerate(office.decisions()[:_DECISIONS], 1)])
    return found


def _decision(number: int, found: Trace) -> dict[str, Any]:
    decision = found.decision
    revision = found.answer.revision if found.answer else decision.revision
    return {
        "which": number,
        "question": one_line(found.question, 300),
        "hit": decision.hit,
        "tier": decision.tier,
        "procedure": revision.label if revision else None,
        "reason": one_line(decision.reason, 300),
        "error": found.error,
        "seconds": found.answer.seconds if found.answer else None,
    }


def kept_runs(office: Office) -> list[dict[str, Any]]:
    """The newest runs that were stopped and can go on."""
    from ..runs import can_go_on, known

    found = [run for run in reversed(known(office.reasoner.log, limit=20)) if not run.live and can_go_on(run)]
    rows: list[dict[str, Any]] = plain([run_of(run) for run in found[:_KEPT_RUNS]])
    return rows
