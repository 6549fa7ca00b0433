"""Verbs that say what may run where: `approve revoke unrevoke trust`.

Nothing is approved that was not verified here, and nothing without its code being shown in the same output or `--yes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seglam_magics.admitting import Gate, foreign_store, refusal
from seglam_magics.notebook.wording import say

from .group import verb
from .office import Office, Output
from .standing import listed, page, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seglam_magics.words import Revision

_KEYS = (
    "a list of procedure, proc_id, before, trust, runs, effects, tier, evidence, environment, approved, expires,"
    " source, properties, since, difference"
)
_NAMES = click.argument("names", metavar="NAME[@N] …", nargs=-1, required=True)


@verb("approve", _KEYS)
@_NAMES
@click.option("--yes", is_flag=True, help="You know the code: do not print it.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="For so many days; else until revoked.")
def approve(office: Office, *, names: tuple[str, ...], yes: bool, days: float | None) -> Output:
    """Let versions run in the kernel.

    Prints the whole code, the effects, what was verified here, and what differs from the version approved last. What is
    not verified here is verified first; where one fails, none is approved.
    """
    approvals = office.reasoner.approvals
    chosen = _chosen(office, names)
    before = {}
    for number, revision in enumerate(chosen):
        facts = {"number": number + 1, "count": len(chosen)}
        office.progress(say("trust.verifying", procedure=revision.label, **facts), number / len(chosen))
        before[revision.proc_id] = _verified(office, revision)
    shown = {revision.proc_id: [] if yes else list(page(office, revision)) for revision in chosen}
    rows, lines = [], []
    for revision in chosen:
        already = before[revision.proc_id] == "trusted" and days is None
        if not already:
            approvals.approve(revision, days=days)
        done = say("trust.already" if already else "change.approve", procedure=revision.label)
        lines += [*shown[revision.proc_id], done]
        rows.append(row_of(office, revision) | {"before": before[revision.proc_id]})
    return Output("\n".join(lines), rows)


@verb("revoke", _KEYS)
@_NAMES
def revoke(office: Office, *, names: tuple[str, ...]) -> Output:
    """Never run versions again, anywhere, not even when they come back from elsewhere."""
    return _decided(office, names, "revoke")


@verb("unrevoke", _KEYS)
@_NAMES
def unrevoke(office: Office, *, names: tuple[str, ...]) -> Output:
    """Take revoke back: each is verified in the sandbox before it runs again."""
    return _decided(office, names, "unrevoke")


@verb("trust", _KEYS)
@click.argument("names", nargs=-1, metavar="[NAME[@N] …]")
def trust(office: Office, *, names: tuple[str, ...]) -> Output:
    """List what may run where; with names, show what approve would show, and change nothing."""
    if names:
        chosen = _chosen(office, names)
        return Output(
            "\n".join(line for one in chosen for line in page(office, one)), [row_of(office, r) for r in chosen]
        )
    library = office.reasoner.library
    rows = [row_of(office, revision) for name in library.names() for revision in library.versions(name)]
    notices = (office.reasoner.approvals.notice, foreign_store(office.reasoner.catalogue))
    text = listed(rows) if rows else say("ls.none")
    return Output("\n".join(filter(None, [text, *notices])), rows)


# ---------------------------------------------------------------- deciding


def _chosen(office: Office, names: Iterable[str]) -> list[Revision]:
    """The revisions of these names, each once; raises E-PROCEDURE-UNKNOWN before anything is done."""
    known = (office.reasoner.catalogue.known(name) for name in names)
    return list({revision.proc_id: revision for revision in known}.values())


def _verified(office: Office, revision: Revision) -> str:
    """The state `revision` was in; afterwards it is verified here. Raises what tells why it cannot be."""
    standing = office.reasoner.approvals.standing(revision)
    if standing.state in ("revoked", "failed") or standing.why == "identity":
        raise refusal(revision, standing)
    if standing.state not in ("verified", "trusted"):
        Gate(lambda: office.settings, office.reasoner.executor, office.reasoner.catalogue).verify(revision)
    return standing.state


def _decided(office: Office, names: tuple[str, ...], what: str) -> Output:
    approvals, rows = office.reasoner.approvals, []
    for revision in _chosen(office, names):
        before = approvals.state(revision)
        (approvals.revoke if what == "revoke" else approvals.unrevoke)(revision)
        rows.append(row_of(office, revision) | {"before": before})
    return Output("\n".join(say(f"change.{what}", procedure=row["procedure"]) for row in rows), rows)
