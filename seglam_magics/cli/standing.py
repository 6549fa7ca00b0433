"""How a revision stands, as data and as the page that approving it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglam_magics.admitting import BOUNDARIES
from seglam_magics.notebook.wording import one_line, say, visible
from seglam_magics.trust.records import environment
from seglam_magics.trust.states import runs

from .difference import change_text, difference
from .texts import code, indented, table, when

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seglam_magics.trust import Standing
    from seglam_magics.words import Revision

    from .office import Office


def row_of(office: Office, revision: Revision) -> dict[str, Any]:
    """How `revision` stands and all that approving it is about, as data."""
    standing = office.reasoner.approvals.standing(revision)
    record, since = standing.record, _approved_last(office, revision)
    return {
        "procedure": revision.label,
        "proc_id": revision.proc_id,
        "before": standing.state,
        "trust": standing.state,
        "runs": _place(office, revision, standing),
        "effects": list(revision.effects),
        "tier": standing.tier,
        "evidence": record.evidence if record else "",
        "environment": record.environment if record else "",
        "approved": _seconds(record.approved if record else ""),
        "expires": _seconds(record.expires if record else ""),
        "source": revision.source,
        "properties": [{"name": p.name, "claim": p.claim, "code": p.code} for p in revision.properties],
        "since": since.label if since else None,
        "difference": difference(since, revision) if since else None,
    }


def _seconds(text: str) -> float | None:
    return float(text) if text else None


def _place(office: Office, revision: Revision, standing: Standing) -> str:
    """Where it runs as things are, `verification` in the sandbox once it was verified there."""
    mode, place = office.settings.effective_trust(), runs(standing.state)
    if standing.waits:
        return "verification"
    by_rule = place == "sandbox" and mode == "auto" and not revision.effects and standing.tier in BOUNDARIES
    return "sandbox" if place == "kernel" and mode == "sandbox" else "kernel" if by_rule else place


def _approved_last(office: Office, revision: Revision) -> Revision | None:
    """The other revision of the name that was approved last."""
    others = [r for r in office.reasoner.library.versions(revision.name) if r.proc_id != revision.proc_id]
    times = [(_approved(office, other), other.number, other) for other in others]
    return max((t for t in times if t[0]), default=(0, 0, None), key=lambda t: t[:2])[2]


def _approved(office: Office, revision: Revision) -> float:
    record = office.reasoner.approvals.standing(revision).record
    return float(record.approved) if record and record.approved else 0.0


def listed(rows: Iterable[dict[str, Any]]) -> str:
    """A line for each row."""
    head = [say(f"trust.{name}") for name in ("procedure", "state", "runs", "tier", "approved", "evidence")]
    cells = ([row["procedure"], row["trust"], say(f"trust.{row['runs']}"), row["tier"] or "-", when(row["approved"]),
              row["evidence"] or "-"] for row in rows)  # fmt: skip
    return table(head, cells)


def page(office: Office, revision: Revision) -> Iterator[str]:
    """All that approving `revision` is about, with nothing hidden in it."""
    row = row_of(office, revision)
    yield " · ".join([revision.label, row["trust"], say(f"trust.{row['runs']}")])
    if revision.summary:
        yield visible(revision.summary)
    yield from _block("code", code(revision.source).splitlines())
    yield from _block("effects", [", ".join(revision.effects) or say("trust.pure")])
    yield from _block("verified", [_proof(row)])
    yield from _block("properties", _properties(revision))
    yield from _difference(office, revision)
    yield f"{say('trust.identity')}  {revision.proc_id}"


def _block(title: str, lines: Iterable[str]) -> list[str]:
    body = indented(lines)
    return [say(f"trust.{title}"), *body] if body else []


def _proof(row: dict[str, Any]) -> str:
    if not row["evidence"]:
        return say("trust.unverified")
    proof = say("trust.proof", evidence=row["evidence"], tier=row["tier"], environment=row["environment"])
    return proof if row["environment"] == environment() else say("trust.before", proof=proof)


def _properties(revision: Revision) -> Iterator[str]:
    for one in revision.properties:
        yield f"{one.name}: {one_line(one.claim, 200)}"
        yield from indented(code(one.code).splitlines())


def _difference(office: Office, revision: Revision) -> Iterator[str]:
    since = _approved_last(office, revision)
    if since is not None:
        yield say("trust.since", procedure=since.label, when=when(_approved(office, since)))
        yield from indented([change_text(since, revision)])
