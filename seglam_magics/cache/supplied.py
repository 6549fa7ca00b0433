"""Procedures that are in no log and answer where nothing stored does, such as those that ship with seglam.

They come behind everything the user has: they are looked at when a question would be a miss, and a correction of the
user holds for them as for any other procedure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..words import Binding, Candidate, Decision, Event, Reading, Revision, Tier, Values
from .fitting import Fit, Fits
from .shelf import Shelf

TIER: Tier = "grounded"  # they are found by what a question means against the data


class Supply(Protocol):
    """What has procedures of its own."""

    def get(self, label: str) -> Revision | None:
        """The revision of this name or label, or whose proc_id begins so."""
        ...

    def names(self) -> tuple[str, ...]:
        """The names of all of them."""
        ...

    def find(self, reading: Reading, values: Values) -> tuple[str, Mapping[str, Binding], str] | tuple[str, str]:
        """Name, bindings and wording of what answers; else the reason why nothing does, and the nearest name."""
        ...


def supplied(supply: Supply, shelf: Shelf, reading: Reading, values: Values, fits: Fits) -> Fit | Decision:
    """What answers a question that nothing stored does; else a miss that says why."""
    found = supply.find(reading, values)
    if len(found) == 2:  # noqa: PLR2004 - a reason and a name
        return _missed(supply, *found)
    name, bindings, text = found
    revision = answering(supply, shelf, name)
    if revision is None:
        return _missed(supply, f"{name} is retired", "")
    if TIER in shelf.corrections.suspended(name):
        return _missed(supply, f"{name} was wrong and is suspended until %seglam clear {name}", name)
    reason = fits(revision, bindings)
    if reason:
        return _missed(supply, reason, name)
    return Fit(revision, bindings, text, TIER)


def answering(supply: Supply, shelf: Shelf, name: str) -> Revision | None:
    """What answers for the name of a supplied procedure: its correction by the user where there is one."""
    shipped = supply.get(name)
    if shipped is None or shelf.retired(name) or shelf.corrections.merged(name):
        return None
    own = shelf.active(name)
    same = own is not None and [p.name for p in own.parameters] == [p.name for p in shipped.parameters]
    return own if same else shipped


def _missed(supply: Supply, reason: str, name: str) -> Decision:
    revision = supply.get(name) if name else None
    if revision is None:
        return Decision(hit=False, reason=reason)
    candidate = Candidate(revision.label, revision.proc_id, blocked=reason)
    return Decision(hit=False, reason=f"{reason} (nearest: {revision.label})", candidates=(candidate,))


def taught(supply: Supply | None, shelf: Shelf, event: Event) -> None:
    """Take in what a user has added a wording to, so that it answers to it like a procedure of his own."""
    name = str(event.data.get("name", ""))
    if supply is None or event.kind != "alias" or shelf.head(name) is not None:
        return
    revision = supply.get(name)
    if revision is not None:
        shelf.put(revision)
