"""Opening a large store: all its events at once, and the indexes that an earlier kernel kept, as far as they hold.

A revision that answers as it did when the indexes were kept is in them already. All others wait to be filed, as if
nothing had been kept. Both come to the same, in the same order.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from ..procedure.stored import Stored
from ..words import Event
from .filing import Filing
from .index import Shape
from .kept import Lines, Tables, Writing, write_kept
from .shelf import Shelf

LEAST = 64  # revisions, a hundredth of a second of filing: fewer than these are not worth a file
# What may change the order in which revisions are filed: everything that changes which of them answers, and how.
_CHANGING = frozenset(
    {"revision", "retire", "restore", "pin", "unpin", "alias", "unalias", "merge", "unmerge", "import"}
)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without looking for garbage, of which loading makes none: that would take as long as the loading itself."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def loaded(shelf: Shelf, events: Iterable[Event], lines: Lines | None = None) -> Filing:
    """What answers after these events, in indexes.

    Parameters
    ----------
    shelf : takes the events in.
    lines : indexes that were kept.

    >>> from seglam_magics.words import Revision
    >>> record = {"name": "mean", "number": 1, "proc_id": "ab", "source": "", "templates": []}
    >>> filing = loaded(Shelf(), [Event("revision", record, "a", 1, 1)])
    >>> len(filing), filing.waits
    (1, True)
    """
    order = _taken_in(shelf, events)
    refused = _refused(shelf, lines)
    found = ((name, shelf.answering(name)) for name in order)
    shapes = {name: _shape(shelf, stored) for name, stored in found if stored is not None}
    filing = _resumed(lines, shapes) if lines is not None else Filing()
    filing.refused |= refused
    filed = filing.shapes()
    for name, shape in shapes.items():
        if name not in filed:
            filing.put(name, shape.stored, shape.aliases, shape.learned)
    return filing


def _taken_in(shelf: Shelf, events: Iterable[Event]) -> list[str]:
    """The names that may answer, in the order in which they were changed last."""
    order: dict[str, None] = {}
    for event in events:
        name, changing = shelf.apply(event), event.kind in _CHANGING
        touched = shelf.touched(name) if name else ()
        for one in sorted(touched) if len(touched) > 1 else touched:
            if changing:
                order.pop(one, None)
            order[one] = None
    return list(order)


def _shape(shelf: Shelf, stored: Stored) -> Shape:
    if not shelf.corrections.aliases(stored.name):
        return Shape(stored)
    return Shape(stored, shelf.aliases(stored.proc_id), shelf.corrections.learned(stored.name))


# ---------------------------------------------------------------- what was kept


def _resumed(lines: Lines, shapes: dict[str, Shape]) -> Filing:
    """The kept indexes of the revisions that answer as they did, up to the first that must be filed anew."""
    try:
        names, digests = list(map(str, lines.head["names"])), list(map(int, lines.head["digests"]))
        places = {name: place for place, name in enumerate(names)}
        held, last = dict[str, Shape](), -1
        for name, shape in shapes.items():
            place = places.get(name, -1)
            if place <= last or digests[place] != digest(shape):
                break  # what comes later was filed later
            held[name], last = shape, place
        gone = frozenset(place for name, place in places.items() if name not in held)
        filing = Filing(Tables(lines, names, gone), held)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return Filing()
    return Filing() if filing.unfit else filing


def _refused(shelf: Shelf, lines: Lines | None) -> dict[str, Stored]:
    """Revisions that could not be filed when the indexes were kept, and cannot be now; the ones before them answer."""
    refused: dict[str, Stored] = {}
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        for name, number, known in lines.head["refused"] if lines is not None else ():
            stored = shelf.stored(name, number)
            if stored is not None and stored.digest == known:
                shelf.forget(stored)
                refused[stored.label] = stored
    return refused


def digest(shape: Shape) -> int:
    """What changes with anything that a revision is filed by; 0 where it came from no record."""
    known = shape.stored.digest
    if not known or not shape.aliases:
        return known
    said = [(t.text, t.lang, t in shape.learned) for t in shape.aliases]
    return known ^ crc32(repr(said).encode("utf-8", "surrogatepass"))


# ---------------------------------------------------------------- keeping them


def worth_keeping(filing: Filing) -> bool:
    """Whether so much was filed here that the next kernel should find it."""
    return not filing.waits and filing.fresh >= max(LEAST, len(filing) // 100)


def keep(filing: Filing, folder: Path, state: Callable[[], object], rest: Callable[[], bool]) -> bool:
    """Write the indexes into the folder of the store; False where that could not be, or something changed meanwhile.

    Parameters
    ----------
    state : differs as soon as anything else answers.
    rest : called every few milliseconds without the lock, waits a moment; True where it is time to end.
    """
    before, shapes = state(), filing.shapes()

    def interrupted() -> bool:
        filing.lock.release()
        try:
            ended = rest()
        finally:
            filing.lock.acquire()
        return ended or state() != before

    try:
        with filing.lock:
            data = _written(filing, Writing({name: n for n, name in enumerate(shapes)}, interrupted), shapes)
            if filing.unfit:  # all is filed anew by the next question, and is kept then
                filing.fresh = 0
            if filing.waits or filing.unfit or state() != before:
                return False
        write_kept(folder, data)
    except (InterruptedError, KeyError, RuntimeError):
        return False
    except OSError:  # it cannot be written now, and is not tried again before as much has come once more
        filing.fresh = 0
        return False
    filing.fresh = 0
    return True


def _written(filing: Filing, writing: Writing, shapes: dict[str, Shape]) -> bytes:
    filing.keep(writing)
    head: dict[str, Any] = {
        "names": list(shapes),
        "digests": [digest(shape) for shape in shapes.values()],
        "refused": [[one.name, one.number, one.digest] for one in list(filing.refused.values())],
    }
    return writing.closed(head)
