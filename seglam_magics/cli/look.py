"""Verbs that look: the state, `ls show why diff log path config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook import explain
from seglam_magics.notebook.wording import money, one_line, say, span

from .difference import change_text, difference
from .group import verb
from .office import Office, Output
from .sheet import SHEET, sheet, sheet_data
from .texts import pairs, table, when

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seglam_magics.words import Revision, Trace

_ENTRY = "name, number, summary, hits, compiled, last_used, created, author, retired, pinned, saved_usd, saved_tokens"
_BAD = frozenset({"failed", "quarantined", "stale", "revoked"})


def card(office: Office) -> Output:
    """The state: store, model, procedures, hit rate, what was spent and saved."""
    reasoner, settings = office.reasoner, office.settings
    total = next(iter(office.rows("savings")), {})
    data = {
        "store": str(reasoner.log.path) if reasoner.log.path else None,
        "model": settings.model,
        "trust": settings.effective_trust(),
        "procedures": len(reasoner.library.names()),
        "questions": total.get("questions", 0),
        "hits": total.get("hits", 0),
        "misses": total.get("misses", 0),
        "hit_rate": total.get("rate"),
        "spent_usd": total.get("spent_usd"),
        "spent_tokens": total.get("spent_tokens", 0),
        "saved_usd": total.get("saved_usd"),
        "saved_tokens": total.get("saved_tokens", 0),
        "damage": list(reasoner.log.damage),
    }
    rows = [
        ("store", data["store"] or say("card.memory")),
        ("model", data["model"] or say("card.no_model")),
        ("trust", data["trust"]),
        ("procedures", f"{data['procedures']:,}"),
        ("questions", _questions(data)),
        ("spent", _cost(data, "spent")),
        ("saved", _cost(data, "saved")),
    ]
    lines = [pairs((say(f"card.{name}"), value) for name, value in rows), *data["damage"]]
    return Output("\n".join(lines), data)


def _questions(data: Mapping[str, Any]) -> str:
    if not data["questions"]:
        return say("card.nothing")
    rate = f"{100 * (data['hit_rate'] or 0):.0f} %"
    return say("card.rate", questions=f"{data['questions']:,}", hits=f"{data['hits']:,}", rate=rate)


def _cost(data: Mapping[str, Any], kind: str) -> str:
    tokens = data[f"{kind}_tokens"]
    if not tokens:
        return say("card.nothing")
    usd = data[f"{kind}_usd"]
    return say("card.tokens" if usd == 0 else "card.cost", cost=money(usd), tokens=f"{tokens:,}")


@verb("ls", f"a list of {_ENTRY}, properties, properties_held, proc_id, trust")
@click.option("--unused", is_flag=True, help="Only those that no hit has used yet.")
@click.option("--failing", is_flag=True, help="Only those that are failed, quarantined, stale or revoked.")
def ls(office: Office, *, unused: bool, failing: bool) -> Output:
    """List the procedures, last used first."""
    rows = [_entry(office, row) for row in office.rows("procedures")]
    rows = [row for row in rows if not (unused and row["hits"]) and not (failing and row["trust"] not in _BAD)]
    if not rows:
        return Output(say("ls.none"), [])
    head = [say(f"ls.{name}") for name in ("name", "number", "hits", "last_used", "properties", "trust", "summary")]
    cells = ([*(_cell(row, name) for name in ("name", "number", "hits")), when(row["last_used"]),
              f"{row['properties_held']}/{row['properties']}", _states(row), one_line(row["summary"], 60)]
             for row in rows)  # fmt: skip
    return Output(table(head, cells), rows)


def _cell(row: Mapping[str, Any], name: str) -> str:
    return f"{row[name]:,}" if isinstance(row[name], int) else str(row[name])


def _states(row: Mapping[str, Any]) -> str:
    pinned = say("ls.pinned", number=row["pinned"]) if row["pinned"] else ""
    return ", ".join(filter(None, [row["trust"], say("ls.retired") if row["retired"] else "", pinned]))


def _entry(office: Office, row: Mapping[str, Any]) -> dict[str, Any]:
    """One procedure as `ls --json` gives it."""
    reasoner = office.reasoner
    revision = reasoner.library.get(f"{row['name']}@{row['number']}")
    checks = [c for c in (revision.verdict.checks if revision and revision.verdict else ()) if _is_property(c.name)]
    return {
        **{key: row[key] for key in _ENTRY.split(", ")},
        "proc_id": revision.proc_id if revision else None,
        "properties": len(checks),
        "properties_held": sum(c.ok for c in checks),
        "trust": reasoner.approvals.state(revision) if revision else "draft",
    }


def _is_property(name: str) -> bool:
    return name.startswith("property ")


@verb("show", f"label, trust, {SHEET}")
@click.argument("name")
def show(office: Office, *, name: str) -> Output:
    """Show all there is of a procedure.

    Its code, wordings, parameters, examples, properties, verdict, trust and origin. NAME is a name, name@N, or the
    start of a proc_id.
    """
    revision = office.reasoner.catalogue.known(name)
    trust = office.reasoner.approvals.state(revision)
    return Output(sheet(revision, trust), sheet_data(revision, trust))


@verb("why", "question, hit, tier, procedure, reason, template, bindings, candidates, error, cell, words, references")
@click.argument("which", required=False, default="1")
@click.option("--reading", is_flag=True, help="Also show what was read of the question.")
def why(office: Office, *, which: str, reading: bool) -> Output:
    """Explain why it was a hit or a miss.

    WHICH is 1 for the last decision, N for the Nth last, a procedure, or a variable that holds an answer.
    """
    number, found = trace(office, which)
    if found is None:
        return Output(say("why.nothing"), None)
    decision, answer = found.decision, found.answer
    compiled = answer.revision if answer is not None and not answer.hit else None
    text = explain.why(found.question, decision, number=number, compiled=compiled, error=found.error)
    text += "\n" + explain.reading(found.reading) if reading else ""
    return Output(text, _why_data(found, compiled))


def _why_data(found: Trace, compiled: Revision | None) -> dict[str, Any]:
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
        "words": [token.text for token in found.reading.tokens],
        "references": [{"text": r.text, "variable": r.variable, "column": r.column} for r in found.reading.references],
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


def _is_meant(office: Office, which: str, found: Trace) -> bool:
    held = office.names.get(which)
    held = getattr(held, "answer", held)
    if held is not None and found.answer is held:
        return True
    revision = found.answer.revision if found.answer is not None else found.decision.revision
    return revision is not None and which in {revision.name, revision.label}


@verb("diff", "name, old, new, meaning, templates, parameters, properties, code")
@click.argument("name")
@click.argument("numbers", nargs=-1, type=int)
def diff(office: Office, *, name: str, numbers: tuple[int, ...]) -> Output:
    """Show what differs between two versions.

    First in meaning, then in wordings, then in code; by default between the last two.
    """
    library = office.reasoner.library
    head = office.reasoner.catalogue.known(name)
    known = [revision.number for revision in library.versions(head.name)]
    old, new = _two(numbers, known, head.name)
    left, right = (office.reasoner.catalogue.known(f"{head.name}@{number}") for number in (old, new))
    return Output(change_text(left, right), difference(left, right))


def _two(numbers: tuple[int, ...], known: list[int], name: str) -> tuple[int, int]:
    chosen = list(numbers) or sorted(known)[-2:]
    if len(chosen) == 1:
        raise SeglamError("E-USAGE", problem=say("diff.one", name=name), advice=say("diff.two", name=name))
    if len(chosen) != 2:  # noqa: PLR2004 - a difference has two sides
        raise SeglamError("E-USAGE", problem=say("diff.many"), advice=say("diff.two", name=name))
    return chosen[0], chosen[1]


@verb("log", "a list of time, kind, procedure, question, tier, seconds, reason")
@click.option("-n", "--limit", default=20, show_default=True, help="How many events.")
def log(office: Office, *, limit: int) -> Output:
    """Show the newest events of the store, newest first."""
    rows = office.rows("log", limit=limit)
    if not rows:
        return Output(say("log.none"), [])
    head = [say(f"log.{name}") for name in ("time", "kind", "procedure", "seconds", "question")]
    cells = ([when(r["time"]), r["kind"], r["procedure"] or "-", "-" if r["seconds"] is None else span(r["seconds"]),
              one_line(r["question"] or r["reason"] or "", 60)] for r in rows)  # fmt: skip
    return Output(table(head, cells), rows)


@verb("path", "store")
def path(office: Office) -> Output:
    """Print the folder of the store."""
    folder = office.reasoner.log.path
    return Output(str(folder) if folder else say("card.memory"), {"store": str(folder) if folder else None})


@verb("config", "value, origin by setting")
def config(office: Office) -> Output:
    """List the settings and where each came from."""
    found = office.settings.origins()
    data = {name: {"value": value, "origin": origin} for name, (value, origin) in found.items()}
    rows = [(name, _setting(value), origin) for name, (value, origin) in found.items()]
    return Output(table([say(f"config.{c}") for c in ("name", "value", "origin")], rows), data)


def _setting(value: Any) -> str:
    return "-" if value in ("", None) else str(value)
