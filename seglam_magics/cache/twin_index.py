"""The revisions that answer, by the forms of their sources: those that may be twins of a new one, and its kin.

Filing one costs next to nothing: its source is laid out when another one is looked for that takes the same.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..procedure.alpha import form_key, outline
from ..procedure.stored import Known, Stored
from ..words import Revision
from .kept import Tables, Writing

# Sources that are laid out in one search; those that wait longer are laid out in the next ones, the newest first.
MOST_LAID_OUT = 500

_SEPARATOR = "\n"
_Types = tuple[str, ...]
_Label = tuple[_Types, tuple[str, ...]]  # types of the slots, names of the columns


@dataclass(slots=True)
class _Filed:
    """A revision, and the form of its source once somebody needed it."""

    stored: Stored
    form: str | None = None


class TwinIndex:
    """Revisions by the forms of their sources.

    Parameters
    ----------
    kept : an earlier index, as far as it holds.
    stored : the revisions in it.

    >>> from seglam_magics.words import Parameter
    >>> index, n = TwinIndex(), Parameter("n", "int")
    >>> one = Stored(Revision("one", 1, "ab", "def one(n): return n + 1", parameters=(n,)))
    >>> index.file(one, one.known())
    >>> new = Revision("new", 1, "cd", "def new(k): return k + 2", parameters=(Parameter("k", "int"),))
    >>> [r.name for r in index.kin(new)]
    ['one']
    """

    def __init__(self, kept: Tables | None = None, stored: Mapping[str, Stored] | None = None) -> None:
        self._lock = threading.Lock()
        self._kept = kept
        self._drawers: dict[_Types, dict[_Label, dict[str, _Filed]]] = {}
        self._stored: dict[str, Stored] = dict(stored or {})

    def file(self, stored: Stored, known: Known) -> None:
        """File the revision that answers for its name."""
        self.drop(stored.name)
        label = _label(known)
        with self._lock:
            self._stored[stored.name] = stored
            self._taking(label[0]).setdefault(label, {})[stored.name] = _Filed(stored)

    def drop(self, name: str) -> None:
        """Take out what answers for `name`, if anything does."""
        with self._lock:
            stored = self._stored.get(name)
            if stored is None:
                return
            label = _label(stored.known())
            drawers = self._taking(label[0])
            if drawers.get(label, {}).pop(name, None) and not drawers[label]:
                del drawers[label]
            del self._stored[name]  # last: a drawer that is opened now still has it

    def _taking(self, types: _Types) -> dict[_Label, dict[str, _Filed]]:
        """The revisions whose slots are of these types, by what they take; with the lock."""
        found = self._drawers.get(types)
        if found is None:
            kept = self._kept.entry("twins", _SEPARATOR.join(types), self._read) if self._kept else None
            found = self._drawers[types] = {(types, columns): drawer for columns, drawer in kept or ()}
        return found

    def _read(self, said: Any) -> list[tuple[tuple[str, ...], dict[str, _Filed]]]:
        assert self._kept is not None
        drawers = [(tuple(columns), self._kept.names_of(numbers)) for columns, numbers in said]
        return [(columns, {n: _Filed(self._stored[n]) for n in names}) for columns, names in drawers if names]

    def keep(self, writing: Writing) -> None:
        """Write down what finding a revision takes, but for the forms; nothing is filed meanwhile."""
        with self._lock:
            found: dict[str, list[tuple[tuple[str, ...], list[str]]]] = defaultdict(list)
            for joined in self._kept.keys("twins") if self._kept else ():
                self._taking(tuple(joined.split(_SEPARATOR)) if joined else ())
            for types, drawers in self._drawers.items():
                found[_SEPARATOR.join(types)] += [(label[1], list(drawer)) for label, drawer in drawers.items()]
        lines = {
            types: writing.line([[columns, writing.numbers(names)] for columns, names in drawers])
            for types, drawers in found.items()
        }
        writing.table("twins", lines)

    def alike(self, revision: Revision) -> tuple[Revision, ...]:
        """Those of its form that take the same and name the same columns; `twin_of` says which are its twins."""
        label = _label(Stored(revision).known())
        with self._lock:
            filed = list(self._taking(label[0]).get(label, {}).values())
        return _of_one_form(filed, revision)

    def kin(self, revision: Revision) -> tuple[Revision, ...]:
        """Those whose sources are of its form but for names and constants, its twins among them."""
        types = _label(Stored(revision).known())[0]
        with self._lock:
            filed = [one for drawer in self._taking(types).values() for one in drawer.values()]
        return _of_one_form(filed, revision)


def _of_one_form(filed: list[_Filed], revision: Revision) -> tuple[Revision, ...]:
    """Without the lock: who files something does not wait until sources are laid out."""
    waiting = [one for one in reversed(filed) if one.form is None]
    for one in waiting[:MOST_LAID_OUT]:
        one.form = _form(one.stored)
    wanted = _form(Stored(revision))
    found = (one.stored for one in filed if one.form == wanted)
    return tuple(stored.revision for stored in found if stored.proc_id != revision.proc_id)


def _label(known: Known) -> _Label:
    return tuple(sorted(kind for _, kind in known.parameters)), tuple(sorted(known.columns))


def _form(stored: Stored) -> str:
    """What sources have in common that are the same but for names and constants, and of procedures that give the same.

    One that cannot be read has a form that nothing else has.
    """
    try:
        revision = stored.revision
        laid = outline(revision.source, revision.name)
    except (KeyError, TypeError, ValueError):
        return stored.proc_id
    kinds = {p.name: p.type for p in revision.parameters}
    return f"{form_key(laid, masked=True)} {[kinds.get(n) for n in laid.parameters]} {revision.returns}"
