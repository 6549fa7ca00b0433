"""A pack against what is stored: what it would bring."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ..words import Revision

State = Literal["new", "same", "other revision", "conflict", "revoked"]
CARRIED_IN = ("new", "other revision", "conflict")


class Shelf(Protocol):
    """What is stored."""

    def get(self, label: str) -> Revision | None:
        """The revision of a name, `name@N` or proc_id."""

    def versions(self, name: str) -> Sequence[Revision]:
        """All revisions of a name, oldest first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A procedure of a pack beside what is stored.

    Attributes
    ----------
    state : `new` nothing of its name is stored; `same` it is stored itself; `other revision` its name is, with the same
        slots; `conflict` its name is, with other slots: another procedure; `revoked` its signer took it back.
    stored : the revision it is compared with.
    """

    revision: Revision
    state: State
    stored: Revision | None = None


def against(revisions: Iterable[Revision], shelf: Shelf, revoked: Collection[str] = ()) -> tuple[Standing, ...]:
    """How each of `revisions` stands to what is stored; nothing is changed."""
    return tuple(_standing(revision, shelf, revoked) for revision in revisions)


def _standing(revision: Revision, shelf: Shelf, revoked: Collection[str]) -> Standing:
    versions = shelf.versions(revision.name)
    same = next((one for one in versions if one.proc_id == revision.proc_id), None)
    if revision.proc_id in revoked:
        return Standing(revision, "revoked", same)
    if same is not None:
        return Standing(revision, "same", same)
    stored = shelf.get(revision.name) if versions else None
    if stored is None:
        return Standing(revision, "new")
    state: State = "other revision" if _slots(stored) == _slots(revision) else "conflict"
    return Standing(revision, state, stored)


def _slots(revision: Revision) -> tuple[frozenset[tuple[str, str]], str]:
    return frozenset((p.name, p.type) for p in revision.parameters), revision.returns
