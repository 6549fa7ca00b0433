"""Verbs that make one procedure of two: `merges merge unmerge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say

from .group import verb
from .office import Office, Output
from .texts import indented, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seglam_magics.considering import Refusal

_SHOWN = 5  # of the pairs that stay two
_WIDEST = 120


@verb("merges", "suggested, refused")
@click.option("--look", is_flag=True, help="Look at all procedures first, which takes about a second a pair.")
def merges(office: Office, *, look: bool) -> Output:
    """List the procedures that could be one.

    Such a pair differs only in columns, values or numbers, and one procedure with more slots gave the same as both. Of
    the pairs that stay two the last ones are listed with the reason.
    """
    merger = office.reasoner.merger
    if look:
        merger.survey()
    rows: list[dict[str, Any]] = [
        {"number": number, "into": p.one.label, "member": p.other.label, "difference": p.difference}
        for number, p in enumerate((s.proposal for s in merger.suggestions), 1)
    ]
    refused = [{"one": r.one, "other": r.other, "reason": r.reason} for r in merger.refusals]
    lines = [_suggested(rows), *_refused(merger.refusals[-_SHOWN:])]
    if not rows and not look:
        lines.append(say("merge.look"))
    return Output("\n".join(lines), {"suggested": rows, "refused": refused})


def _suggested(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return say("merge.none")
    shown = table([say(f"merge.{name}") for name in rows[0]], [list(row.values()) for row in rows], widest=_WIDEST)
    return f"{shown}\n{say('merge.how')}"


def _refused(refusals: Sequence[Refusal]) -> list[str]:
    told = [say("merge.refused", one=r.one, other=r.other, reason=r.reason) for r in refusals if r.one]
    return [say("merge.stays"), *indented(told)] if told else []


@verb("merge", "done, procedure, into")
@click.argument("which", metavar="N|NAME")
@click.argument("other", required=False)
def merge(office: Office, *, which: str, other: str | None) -> Output:
    """Make one procedure of two.

    N is a pair that merges lists; or NAME is to answer for OTHER as well. Both are verified together first, and stay
    two where they differ in more than columns, values or numbers. The versions that were remain.
    """
    merger = office.reasoner.merger
    if other is not None:
        known = office.reasoner.catalogue.known
        into, member = known(which).name, known(other).name
        merger.join(into, member)
    elif which.isdecimal():
        proposal = merger.accept(int(which)).proposal
        into, member = proposal.one.name, proposal.other.name
    else:
        raise SeglamError("E-USAGE", problem=say("merge.form"), advice=f"write merge {which} OTHER")
    data = {"done": "merge", "procedure": member, "into": office.reasoner.catalogue.answering(into).label}
    return Output(say("change.merge", **{k: data[k] for k in ("procedure", "into")}), data)


@verb("unmerge", "done, procedure, into")
@click.argument("name")
def unmerge(office: Office, *, name: str) -> Output:
    """Let NAME answer by itself again.

    What it was merged with is pinned to the version it had before; unpin lets the common one answer again.
    """
    from seglam_magics.merging import unmerge as take_back

    catalogue = office.reasoner.catalogue
    own = catalogue.known(name).name
    into = take_back(catalogue, own)
    pinned = catalogue.library.pinned(into)
    shown = into if pinned is None else f"{into}@{pinned}"
    text = say("change.unmerge" if pinned is None else "change.unmerge_pinned", procedure=own, into=shown)
    return Output(text, {"done": "unmerge", "procedure": own, "into": into})
