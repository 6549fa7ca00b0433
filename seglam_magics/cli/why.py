"""The verb `why`, and which decision is meant by a number, a name or a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seglam_magics.cache.labels import tier_of
from seglam_magics.errors import SeglamError
from seglam_magics.notebook import explain
from seglam_magics.notebook.meant import Row, meant
from seglam_magics.notebook.wording import say
from seglam_magics.procedure.domains import Domains
from seglam_magics.store.lineage import is_answer, lineage
from seglam_magics.words import Answer

from . import descent
from .group import verb
from .learned import learned
from .office import Office, Output
from .texts import indented, table

if TYPE_CHECKING:
    from seglam_magics.words import Revision, Trace

_KEYS = (
    "question, hit, tier, procedure, reason, template, bindings, candidates, error, cell, words, references, reading,"
    " meaning, labels, suspended, answer, lineage"
)


@verb("why", _KEYS)
@click.argument("which", required=False, default="1")
@click.option("--reading", is_flag=True, help="Also show what was read of the question.")
def why(office: Office, *, which: str, reading: bool) -> Output:
    """Explain why it was a hit or a miss.

    WHICH is 1 for the last decision, N for the Nth last, a procedure, a variable that holds an answer or its value, or
    the id of an answer. Of an answer it also says where it comes from: compile, version, inputs and other results.
    """
    answer, wanted = _answer(office, which)
    if wanted and answer is None:
        return _descended(office, wanted)
    number, found = trace(office, which) if answer is None else answer
    if found is None:
        return Output(say("why.nothing"), None)
    output = _explained(office, number, found, reading=reading)
    if not wanted:
        return output
    known = lineage(office.reasoner.view(), wanted)
    if known is None:
        return output
    return Output(f"{output.text}\n{descent.text(known)}", {**output.data, "lineage": descent.data(known)})


def _descended(office: Office, answer: str) -> Output:
    """What the log alone knows of an answer; raises E-USAGE where that is nothing."""
    known = lineage(office.reasoner.view(), answer)
    if known is None:
        problem = say("lineage.unknown", answer=answer)
        raise SeglamError("E-USAGE", problem=problem, advice=say("lineage.which"))
    return Output(descent.text(known), {"answer": answer, "lineage": descent.data(known)})


def _answer(office: Office, which: str) -> tuple[tuple[int, Trace] | None, str]:
    """The decision remembered for an answer, or a variable that holds one or its value; and the id of the answer."""
    held = office.names.get(which)
    held = getattr(held, "answer", held)
    own = str(getattr(held, "id", "")) if isinstance(held, Answer) else ""
    wanted = which if is_answer(which) else own
    for number, found in enumerate(reversed(office.reasoner.recent()), 1):
        answer = found.answer
        if answer is not None and (
            (wanted and answer.id == wanted) or answer is held or (held is not None and answer.value is held)
        ):
            return (number, found), answer.id
    return None, wanted


def _explained(office: Office, number: int, found: Trace, *, reading: bool) -> Output:
    decision, answer = found.decision, found.answer
    compiled = answer.revision if answer is not None and not answer.hit else None
    proof = _proof(office, found)
    text = explain.why(
        found.question, decision, number=number, compiled=compiled, error=found.error, proof=proof["line"]
    )
    understood = meant(found.reading, Domains(office.names, found.reading.variables)) if reading else []
    text += "\n" + _table(found, understood) if reading else ""
    known = {"labels": proof["labels"], "suspended": proof["suspended"]}
    return Output(text, {**_data(found, compiled), "meaning": _meanings(understood), **known})


def _proof(office: Office, found: Trace) -> dict[str, Any]:
    """What is known of how often the tier of a hit is wrong."""
    revision, tier = found.decision.revision, tier_of(found.decision)
    if not found.decision.hit or revision is None or tier is None:
        return {"line": "", "labels": {}, "suspended": []}
    known = learned(office, revision)
    return {"line": known.line(tier), "labels": known.tiers, "suspended": known.suspended}


def _table(found: Trace, understood: list[tuple[str, list[Row]]]) -> str:
    head = [say(f"reading.{name}") for name in ("words", "what", "meaning")]
    tables = [table(head, explain.described(found.reading)) or say("reading.none")]
    for title, rows in understood:
        tables += [title, table(head, rows)] if title else [table(head, rows)]
    return "\n".join(indented(tables))


def _meanings(understood: list[tuple[str, list[Row]]]) -> list[dict[str, Any]]:
    names = ("words", "what", "meaning")
    return [
        {"variable": title, "parts": [dict(zip(names, row, strict=True)) for row in rows]} for title, rows in understood
    ]


def _data(found: Trace, compiled: Revision | None) -> dict[str, Any]:
    decision = found.decision
    revision = decision.revision or compiled
    return {
        "question": found.question,
        "hit": decision.hit,
        "tier": decision.tier,
        "procedure": revision.label if revision else None,
        "reason": decision.reason,
        "template": decision.template,
        "bindings": {
            s: {"value": str(b.value), "source": b.source, "shown": b.shown} for s, b in decision.bindings.items()
        },
        "candidates": [{"revision": c.revision, "blocked": c.blocked} for c in decision.candidates],
        "error": found.error,
        "cell": found.cell,
        "answer": found.answer.id if found.answer else "",
        "lineage": None,
        "words": [token.text for token in found.reading.tokens],
        "references": [{"text": r.text, "variable": r.variable, "column": r.column} for r in found.reading.references],
        "reading": [
            {"words": words, "what": what, "meaning": meaning}
            for words, what, meaning in explain.described(found.reading)
        ],
    }


def trace(office: Office, which: str) -> tuple[int, Trace | None]:
    """The decision meant by a number (1 is the last), a procedure's name or a variable that holds an answer.

    Raises
    ------
    SeglamError : E-USAGE where there is no such decision.
    """
    decisions = office.decisions()
    if which.isdecimal():
        number = int(which)
        if number == 1 and not decisions:
            return 1, None
        if not 1 <= number <= len(decisions):
            raise SeglamError(
                "E-USAGE", problem=say("why.no_number", number=number), advice=say("why.count", count=len(decisions))
            )
        return number, decisions[number - 1]
    for number, found in enumerate(decisions, 1):
        if _is_meant(office, which, found):
            return number, found
    raise SeglamError("E-USAGE", problem=say("why.no_name", name=which), advice=say("why.count", count=len(decisions)))


def asked(office: Office, which: str) -> Trace:
    """The decision meant, as `trace`; raises E-USAGE also where nothing was asked yet."""
    _, found = trace(office, which)
    if found is None:
        raise SeglamError("E-USAGE", problem=say("why.nothing"), advice=say("cli.help", program="seglam"))
    return found


def _is_meant(office: Office, which: str, found: Trace) -> bool:
    held = office.names.get(which)
    held = getattr(held, "answer", held)
    if held is not None and found.answer is held:
        return True
    revision = found.answer.revision if found.answer is not None else found.decision.revision
    return revision is not None and which in {revision.name, revision.label}
