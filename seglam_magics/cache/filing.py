"""The revisions that answer, in all indexes; filing one waits until a question comes, or somebody has time for it.

A store is loaded when its records are there. What it takes to find them is read from them by `settle`: all at once
before the first question, unless the thread that follows the log was quicker.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from threading import RLock

from ..procedure.stored import Stored
from ..words import Template
from .ground_index import GroundIndex
from .index import Index, Shape, wordings_of
from .kept import Tables, Writing
from .shelf import UNREADABLE
from .text_index import TextIndex
from .twin_index import TwinIndex


class Filing:
    """One stored revision a name, filed in four indexes.

    Parameters
    ----------
    kept : indexes that were kept, as far as they hold.
    shapes : the revisions in them.

    Attributes
    ----------
    wordings, grounds, texts, twins : the indexes; they know what was settled.
    refused : revisions that this version cannot read, by label.
    fresh : how many revisions were filed here, beside those that were kept.
    lock : held while the indexes are read or changed.

    >>> from seglam_magics.words import Revision
    >>> filing = Filing()
    >>> filing.put("mean", Stored(Revision("mean", 1, "ab", "", templates=(Template("mean of {xs}"),))))
    >>> len(filing.wordings), filing.settle(), len(filing.wordings)
    (0, [], 1)
    """

    def __init__(self, kept: Tables | None = None, shapes: Mapping[str, Shape] | None = None) -> None:
        shapes = shapes or {}
        self.lock = RLock()
        self._kept = kept
        self._shapes: dict[str, Shape] = dict(shapes)
        self._waiting: dict[str, None] = {}
        self.refused: dict[str, Stored] = {}
        self.fresh = 0
        self.wordings = Index(self.lock, kept, shapes)
        self.grounds = GroundIndex(self.lock, kept, shapes)
        self.texts = TextIndex(self.lock, kept, shapes)
        self.twins = TwinIndex(kept, {name: shape.stored for name, shape in shapes.items()})

    def __len__(self) -> int:
        return len(self._shapes)

    @property
    def waits(self) -> bool:
        """Whether anything is not filed yet."""
        return bool(self._waiting)

    @property
    def unfit(self) -> bool:
        """Whether what was kept turned out to be nothing that can be relied on."""
        return self._kept is not None and self._kept.unfit

    def doubt(self) -> bool:
        """Rely on what was kept no more; whether anything was."""
        if self._kept is None:
            return False
        self._kept.unfit = True
        return True

    def shape(self, name: str) -> Shape | None:
        """What answers for `name`, filed or not."""
        return self._shapes.get(name)

    def put(
        self,
        name: str,
        stored: Stored | None,
        aliases: tuple[Template, ...] = (),
        learned: Collection[Template] = (),
    ) -> None:
        """Let `stored` answer for `name`, with further wordings; None takes the name out. It is filed by `settle`."""
        with self.lock:
            before = self._shapes.get(name)
            if before is not None and before.stored is stored and before.aliases == aliases:
                return
            if before is not None:
                self._drop(name)
            if stored is not None:
                self._shapes[name] = Shape(stored, aliases, learned)
                self._waiting[name] = None

    def settle(self, most: int | None = None) -> list[Stored]:
        """File what waits, at most so many; those that this version cannot read, which answer no more."""
        if not self._waiting:
            return []
        unreadable = []
        with self.lock:
            for name in list(islice(self._waiting, most)):
                shape = self._shapes[name]
                del self._waiting[name]
                if not self._filed(shape):
                    del self._shapes[name]
                    unreadable.append(shape.stored)
                    self.refused[shape.stored.label] = shape.stored
        return unreadable

    def _filed(self, shape: Shape) -> bool:
        try:
            known = shape.stored.known()
            wordings = list(wordings_of(shape, known))
        except UNREADABLE:
            return False
        self.fresh += 1
        self.wordings.file(shape, known, wordings)
        self.grounds.file(shape, known)
        self.texts.file(shape, known)
        self.twins.file(shape.stored, known)
        return True

    def keep(self, writing: Writing) -> None:
        """Write all indexes down; nothing waits, and nothing is put in meanwhile."""
        for index in (self.wordings, self.grounds, self.texts, self.twins):
            index.keep(writing)

    def shapes(self) -> dict[str, Shape]:
        """What answers, by name, in the order in which it was filed."""
        return dict(self._shapes)

    def _drop(self, name: str) -> None:
        del self._shapes[name]
        if name in self._waiting:
            del self._waiting[name]
            return
        self.grounds.drop(name)
        self.texts.drop(name)
        self.twins.drop(name)
        self.wordings.drop(name)
