"""A question under a lock: the pinned revision answers it or nothing does, and the error says what is in the way."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from ..asking import Asked, columns_of, guards
from ..cache.catalogue import Catalogue
from ..cache.library import Library
from ..errors import SeglamError
from ..words import Decision, Question, Revision
from .lockfile import Lock, Pin, read_lock
from .places import Place, is_strict, place_of

_Stamp = tuple[Path, int, int]


class Frozen:
    """Decides questions whose reuse is frozen by the lock beside their notebook.

    Parameters
    ----------
    catalogue : where the pinned revisions are.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._read: tuple[_Stamp, Lock] | None = None
        self._alone: dict[tuple[str, int], Library] = {}

    def narrowed(self, question: Question) -> Question:
        """`question`, frozen where the whole run is: then a cell cannot ask for a compile."""
        if question.options.reuse == "frozen" or not is_strict():
            return question
        return dataclasses.replace(question, options=dataclasses.replace(question.options, reuse="frozen"))

    def decided(self, asked: Asked) -> Decision | None:
        """The hit of the pinned revision; None where reuse is not frozen, or there is no lock.

        Raises
        ------
        SeglamError : E-LOCK-READ, E-LOCK-MERGE, E-LOCK-NEWER, E-LOCK-FORM for a file that is no lock here,
            E-LOCK-AMBIGUOUS, E-LOCK-QUESTION for a question without a pin, E-LOCK-MISSING, E-LOCK-CHANGED,
            E-LOCK-REFUSED and E-LOCK-FIT where the pinned revision is not there, is another one, may not answer or
            does not fit.
        """
        if asked.question.options.reuse != "frozen":
            return None
        place = place_of(asked.question.namespace)
        lock = self._lock(place)
        if lock is None:
            return None
        question = asked.reading.text
        pin = lock.pin(question, place.notebook)
        if pin is None:
            raise SeglamError("E-LOCK-QUESTION", question=question, lock=lock.path.name)
        return self._hit(asked, pin, self._revision(question, pin))

    def _lock(self, place: Place) -> Lock | None:
        """The lock, read again where its file has changed."""
        try:
            status = os.stat(place.lock)  # noqa: PTH116 - as the path is, without an object more
        except FileNotFoundError:
            if place.strict:
                raise SeglamError("E-LOCK-NONE", path=place.lock) from None
            return None
        except OSError as error:
            raise SeglamError("E-LOCK-READ", path=place.lock, why=error.strerror or str(error)) from None
        stamp = (place.lock, status.st_mtime_ns, status.st_size)
        if self._read is None or self._read[0] != stamp:
            lock = read_lock(place.lock)
            if lock is None:
                return None
            self._read = stamp, lock
        return self._read[1]

    def _revision(self, question: str, pin: Pin) -> Revision:
        """The pinned revision; its content decides, for another store may number it otherwise."""
        known = self._catalogue.library.get
        revision = known(pin.sha256)
        if revision is None:
            self._catalogue.follow()
            revision = known(pin.sha256)
        if revision is not None:
            return revision
        other = known(pin.label)
        if other is None:
            raise SeglamError("E-LOCK-MISSING", question=question, pinned=pin)
        found = Pin.of(other)
        raise SeglamError("E-LOCK-CHANGED", question=question, pinned=pin, found=found)

    def _hit(self, asked: Asked, pin: Pin, revision: Revision) -> Decision:
        catalogue, question = self._catalogue, asked.reading.text
        barred = catalogue.barred(revision)
        if not barred and catalogue.library.shelf.rejected(question, revision.proc_id):
            barred = f"{revision.label} was rejected for this question"
        if barred:
            raise SeglamError("E-LOCK-REFUSED", question=question, pinned=pin, why=barred, name=revision.label)
        found = self._library(revision).decide(asked.reading, fits=guards(asked, catalogue), values=columns_of(asked))
        if not found.hit:
            raise SeglamError("E-LOCK-FIT", question=question, pinned=pin, why=found.reason)
        # as one that was asked for by name: nothing is remembered of it that would answer without the lock
        return dataclasses.replace(found, tier="forced")

    def _library(self, revision: Revision) -> Library:
        """A library in which only this revision answers, as it was taught until now."""
        library = self._catalogue.library
        stamp = (revision.proc_id, library.generation)
        if stamp not in self._alone:
            self._alone = {known: made for known, made in self._alone.items() if known[1] == stamp[1]}
            self._alone[stamp] = library.alone(revision)
        return self._alone[stamp]
