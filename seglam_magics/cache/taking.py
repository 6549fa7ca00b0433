"""Taking the procedures of a pack into the store, beside what is there and never before it; and groups of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..errors import SeglamError
from ..procedure import to_record
from ..words import Event, Revision
from .arrivals import Origin
from .catalogue import Catalogue

_TRIES = 5  # times that another kernel may publish under the same name while it is stored here


def take_in(catalogue: Catalogue, revisions: Sequence[Revision], origin: Origin) -> tuple[Revision, ...]:
    """Store `revisions` with numbers of this store.

    One of a name that was made here does not answer unless it is pinned, whatever its number is.

    Raises
    ------
    SeglamError : E-STORE-WRITE, E-STORE-CONFLICT; then no kernel ever sees one of them.
    """
    if not revisions:
        return ()
    with catalogue.lock:
        catalogue.follow()
        said = {"procedures": [one.proc_id for one in revisions], **dataclasses.asdict(origin)}
        catalogue.library.apply(catalogue.log.append("import", said, durable=True))
        taken = []
        for one in revisions:
            event, revision = _put(catalogue, one)
            catalogue.library.apply(event)
            taken.append(revision)
    return tuple(taken)


def tag(catalogue: Catalogue, name: str, word: str, *, on: bool = True) -> str:
    """Put a procedure into the group `word`, or take it out; its name. Raises E-PROCEDURE-UNKNOWN, E-STORE-WRITE."""
    with catalogue.lock:
        known = catalogue.known(name).name
        said = {"name": known, "tag": word}
        catalogue.library.apply(catalogue.log.append("tag" if on else "untag", said, durable=True))
    return known


def _put(catalogue: Catalogue, revision: Revision) -> tuple[Event, Revision]:
    for left in reversed(range(_TRIES)):
        number = catalogue.library.shelf.last(revision.name) + 1
        numbered = dataclasses.replace(revision, number=number, parent=None)
        try:
            return catalogue.log.put(revision.name, number - 1, to_record(numbered)), numbered
        except SeglamError as error:
            if error.code != "E-STORE-CONFLICT" or not left:
                raise
        catalogue.follow()
    raise AssertionError
