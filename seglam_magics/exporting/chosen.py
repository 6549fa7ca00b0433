"""Which revisions leave: those that are named, or all that answer, without what may not run and what holds a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..procedure import to_record
from ..trust.redaction import redacted
from ..words import Revision
from .texts import tell

VERIFIED = frozenset({"verified", "trusted", "stale"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What leaves, and a sentence for each procedure that does not."""

    revisions: tuple[Revision, ...]
    left_out: tuple[str, ...] = ()


def chosen(revisions: Iterable[Revision], state: Callable[[Revision], str]) -> Chosen:
    """The revisions that may leave, one of each name, in alphabetical order.

    Parameters
    ----------
    state : how a revision stands here; what was never verified here, or is revoked, stays.

    >>> chosen([Revision("f", 1, "ab", "def f(): ...")], lambda revision: "revoked").left_out
    ('f@1 is revoked and is left out',)
    """
    kept: dict[str, Revision] = {}
    sentences = []
    for revision in sorted(revisions, key=lambda r: (r.name, -r.number)):
        found = state(revision)
        if found not in VERIFIED:
            sentences.append(tell("left_out.state", procedure=revision.label, state=found))
        elif holds_secret(revision):
            sentences.append(tell("left_out.secret", procedure=revision.label))
        elif revision.name in kept:
            sentences.append(tell("left_out.more", procedure=revision.label, name=revision.name))
        else:
            kept[revision.name] = revision
    return Chosen(tuple(kept.values()), tuple(sentences))


def holds_secret(revision: Revision) -> bool:
    """Whether anything of a revision is, or was, a secret."""
    record = to_record(revision)
    return "‹secret:" in str(record) or bool(redacted(record) != record)
