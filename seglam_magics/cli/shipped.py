"""The procedures that ship with seglam, as `ls` tells of them: a line beside the user's, and a list of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.wording import one_line, say

from .office import Output
from .texts import table

if TYPE_CHECKING:
    from .office import Office


def told(office: Office) -> str:
    """The line below the list of the user's procedures; "" where none ship or they are switched off."""
    pack = office.reasoner.shipped()
    count = len(pack.names()) if pack is not None else 0
    return say("ls.starter", count=f"{count:,}") if count else ""


def shipped(office: Office) -> Output:
    """The procedures that ship with seglam, in alphabetical order."""
    pack = office.reasoner.shipped()
    revisions = [pack.get(name) for name in pack.names()] if pack is not None else []
    states = office.reasoner.approvals
    rows: list[dict[str, Any]] = [
        {
            "name": r.name,
            "number": r.number,
            "summary": r.summary,
            "wording": r.templates[0].text if r.templates else "",
            "author": r.author,
            "proc_id": r.proc_id,
            "trust": states.state(r),
        }
        for r in revisions
        if r is not None
    ]
    if not rows:
        return Output(say("ls.none"), [])
    head = [say(f"ls.{name}") for name in ("name", "trust", "wording", "summary")]
    cells = ([r["name"], r["trust"], one_line(r["wording"], 60), one_line(r["summary"], 60)] for r in rows)
    return Output(table(head, cells), rows)
