"""Verbs that look: the state, `ls show diff log path`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import money, one_line, say, span

from .difference import change_text, difference, done_differently
from .group import verb
from .learned import LEARNED, learned
from .office import Office, Output
from .sheet import SHEET, sheet, sheet_data
from .shipped import shipped, told
from .texts import pairs, table, when

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@verb("ls", f"a list of {_ENTRY}, properties, properties_held, proc_id, trust, merged, suspended")
@click.option("--unused", is_flag=True, help="Only those that no hit has used yet.")
@click.option("--failing", is_flag=True, help="Only those that are failed, quarantined, stale or revoked.")
@click.option("--starter", is_flag=True, help="Those of the starter pack instead.")
def ls(office: Office, *, unused: bool, failing: bool, starter: bool) -> Output:
    """List the procedures, last used first."""
    if starter:
        return shipped(office)
    rows = [_entry(office, row) for row in office.rows("procedures")]
    rows = [row for row in rows if not (unused and row["hits"]) and not (failing and row["trust"] not in _BAD)]
    if not rows:
        return Output("\n".join(filter(None, [say("ls.none"), told(office)])), [])
    head = [say(f"ls.{name}") for name in ("name", "number", "hits", "last_used", "properties", "trust", "summary")]
    cells = ([*(_cell(row, name) for name in ("name", "number", "hits")), when(row["last_used"]),
              f"{row['properties_held']}/{row['properties']}", _states(row), one_line(row["summary"], 60)]
             for row in rows)  # fmt: skip
    return Output("\n".join(filter(None, [table(head, cells), told(office)])), rows)


def _cell(row: Mapping[str, Any], name: str) -> str:
    return f"{row[name]:,}" if isinstance(row[name], int) else str(row[name])


def _states(row: Mapping[str, Any]) -> str:
    retired = say("ls.retired") if row["retired"] else ""
    pinned = say("ls.pinned", number=row["pinned"]) if row["pinned"] else ""
    merged = say("ls.merged", name=row["merged"]) if row["merged"] else ""
    suspended = say("ls.suspended", tiers=", ".join(row["suspended"])) if row["suspended"] else ""
    return ", ".join(filter(None, [row["trust"], retired, pinned, merged, suspended]))


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
        "merged": reasoner.catalogue.corrections.merged(row["name"]),
        "suspended": sorted(reasoner.catalogue.corrections.suspended(row["name"])),
    }


def _is_property(name: str) -> bool:
    return name.startswith("property ")


@verb("show", f"label, trust, {SHEET}, {LEARNED}")
@click.argument("name")
def show(office: Office, *, name: str) -> Output:
    """Show all there is of a procedure.

    Its code, wordings, parameters, examples, properties, verdict, labels, trust and origin. NAME is a name, name@N, or
    the start of a proc_id.
    """
    revision = office.reasoner.catalogue.known(name)
    trust = office.reasoner.approvals.state(revision)
    known = learned(office, revision)
    return Output(sheet(revision, trust, known), sheet_data(revision, trust, known))


@verb("diff", "name, old, new, meaning, templates, parameters, properties, code, behaviour")
@click.argument("name")
@click.argument("numbers", nargs=-1, type=int)
@click.option("--behaviour", is_flag=True, help="Also run both in the sandbox, and look for inputs they differ on.")
def diff(office: Office, *, name: str, numbers: tuple[int, ...], behaviour: bool) -> Output:
    """Show what differs between two versions.

    First in meaning, then in wordings, then in code, then in what they do; by default between the last two.
    """
    library = office.reasoner.library
    head = office.reasoner.catalogue.known(name)
    known = [revision.number for revision in library.versions(head.name)]
    old, new = _two(numbers, known, head.name)
    left, right = (office.reasoner.catalogue.known(f"{head.name}@{number}") for number in (old, new))
    text, data = change_text(left, right), difference(left, right)
    if behaviour:
        return Output(*done_differently(office, left, right, text, data))
    return Output(text, {**data, "behaviour": None})


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
