"""The pack as a supply of procedures: what answers a question, and each of them by its name."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import SeglamError
from ..words import Binding, Reading, Revision, Values
from .matching import Match, match
from .pack import Altered, Pack, load

_EMPTY = Pack({}, {}, frozenset())
_SHORTEST_ID = 8


class Starter:
    """The starter pack of this installation; empty where its file is not the one this version was made with.

    Attributes
    ----------
    trouble : the sentence that says so, "" where all is well.

    >>> starter = Starter()
    >>> starter.get("starter_mean_by_group@1").summary
    'Mean of a column for each value of another.'
    """

    def __init__(self) -> None:
        self.trouble = ""
        try:
            self._pack = load()
        except Altered:
            self._pack = _EMPTY
            self.trouble = str(SeglamError("W-STARTER-ALTERED"))

    @property
    def identities(self) -> frozenset[str]:
        """The proc_id of each procedure."""
        return self._pack.identities

    def names(self) -> tuple[str, ...]:
        """The names of all procedures, in alphabetical order."""
        return tuple(sorted(self._pack.procedures))

    def get(self, label: str) -> Revision | None:
        """The procedure of this name or label, or whose proc_id begins so (eight characters at least)."""
        name, at, number = label.partition("@")
        if name in self._pack.procedures:
            return self._pack.revision(name) if not at or number == "1" else None
        ids = [s for s in self._pack.procedures.values() if len(label) >= _SHORTEST_ID and s.proc_id.startswith(label)]
        return ids[0].revision if len(ids) == 1 else None

    def find(self, reading: Reading, values: Values) -> tuple[str, Mapping[str, Binding], str] | tuple[str, str]:
        """Name, bindings and wording of what answers; else the reason why nothing does, and the nearest name."""
        found = match(self._pack, reading, values)
        if isinstance(found, Match):
            return found.name, found.bindings, found.template
        return found.reason, found.nearest
