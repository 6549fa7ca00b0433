"""Revisions with one frame, filed by what a question must say to be answered by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from threading import RLock
from typing import Any

from ..procedure.stored import Known
from ..question import Form
from ..words import Variable
from .drawers import Drawers, Entry
from .index import Shape
from .kept import Tables, Writing
from .meanings import TABULAR, Meanings

MOST_COLUMNS = 6


class GroundIndex:
    """Revisions with one frame, by the columns their source names, and where these are many by what they say.

    Parameters
    ----------
    lock : held while the tables are read or changed; the other indexes of the same revisions share it.
    kept : an earlier index, as far as it holds.
    shapes : the revisions it was made of, and others.
    """

    def __init__(
        self, lock: RLock | None = None, kept: Tables | None = None, shapes: Mapping[str, Shape] | None = None
    ) -> None:
        self._lock = lock or RLock()
        self._kept = kept
        names = kept.names("grounds", "all") if kept and shapes else []
        self._entries: dict[str, Entry] = {name: Entry(shapes[name]) for name in names} if shapes else {}
        self._by_columns = Drawers("columns", self._entries, kept)
        self._one_less = Drawers("one less", self._entries, kept)
        self._anchors: dict[str, int] = {}
        self._said: dict[str, dict[str, tuple[str, ...]]] = {}
        self._words: dict[str, Counter[str]] = {}

    def file(self, shape: Shape, known: Known) -> None:
        """File a revision, if it takes one table."""
        if sum(kind in TABULAR for _, kind in known.parameters) != 1:
            return
        fixed, entry = frozenset(known.columns), Entry(shape)
        with self._lock:
            self._entries[known.name] = entry
            for drawers, key in self._places(fixed):
                drawers.open(key).put(known.name, entry, known)
            anchor = min(fixed, default="")
            self._anchors[anchor] = self._anchored(anchor) + 1
            for column, words in known.synonyms:
                self._words_for(column).update(words)
                self._said[column][known.name] = words

    def synonyms(self, variable: Variable) -> dict[str, tuple[str, ...]]:
        """Column of this frame -> words that authors of filed revisions declared for columns of its name."""
        with self._lock:
            declared = {c.name: self._words_for(c.name) for c in variable.columns}
        return {column: tuple(w for w, n in words.items() if n > 0) for column, words in declared.items() if words}

    def drop(self, name: str) -> None:
        """Take out what answers for `name`, if anything does."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return
            known = entry.shape.stored.known()
            for column, words in known.synonyms:
                self._words_for(column).subtract(words)
                self._said[column].pop(name, None)
            fixed = frozenset(known.columns)
            for drawers, key in self._places(fixed):
                drawers.open(key).drop(name, entry)
            del self._entries[name]  # last: a drawer that is opened now still has it
            anchor = min(fixed, default="")
            self._anchors[anchor] = self._anchored(anchor) - 1

    def _places(self, fixed: frozenset[str]) -> Iterator[tuple[Drawers, frozenset[str]]]:
        yield self._by_columns, fixed
        if len(fixed) <= MOST_COLUMNS:
            for column in fixed:
                yield self._one_less, fixed - {column}

    def _anchored(self, column: str) -> int:
        """How many revisions need this column, as the first of theirs."""
        found = self._anchors.get(column)
        if found is None:
            found = len(self._kept.numbers("anchors", column)) if self._kept else 0
            self._anchors[column] = found
        return found

    def _words_for(self, column: str) -> Counter[str]:
        """How often each word was declared for columns of this name."""
        found = self._words.get(column)
        if found is None:
            said = (self._kept.entry("synonyms", column, self._declared) if self._kept else None) or {}
            self._said[column] = said
            found = self._words[column] = Counter(word for words in said.values() for word in words)
        return found

    def _declared(self, said: Any) -> dict[str, tuple[str, ...]]:
        assert self._kept is not None
        found = ((self._kept.name(number), tuple(map(str, words))) for number, words in said)
        return {name: words for name, words in found if name is not None}

    def may_answer(self, variable: Variable) -> bool:
        """Whether any filed revision could run on this frame, by its columns."""
        with self._lock:
            return self._anchored("") > 0 or any(self._anchored(c.name) > 0 for c in variable.columns)

    def candidates(self, form: Form) -> list[Meanings]:
        """Revisions whose columns are those a question uses; one that names no target may lack one of them."""
        used = form.columns
        if len(used) > MOST_COLUMNS + 2:
            return []
        keys = [frozenset(part) for size in range(len(used) + 1) for part in combinations(sorted(used), size)]
        with self._lock:
            drawers = [*map(self._by_columns.get, keys), self._one_less.get(used)]
            found = [entry for drawer in drawers if drawer is not None for entry in drawer.likely(form)]
        return [meanings for entry in found if (meanings := entry.meanings) is not None]

    def beside(self, fixed: frozenset[str]) -> Iterable[Meanings]:
        """The revisions with these very columns."""
        with self._lock:
            drawer = self._by_columns.get(fixed)
            found = drawer.all() if drawer is not None else []
        return [meanings for entry in found if (meanings := entry.meanings) is not None]

    def keep(self, writing: Writing) -> None:
        """Write everything down that finding a revision takes; nothing is filed meanwhile."""
        writing.table("grounds", {"all": writing.listed(list(self._entries))})
        self._by_columns.keep(writing)
        self._one_less.keep(writing)
        anchored: dict[str, list[str]] = {}
        for fixed, drawer in self._by_columns.opened():
            anchored.setdefault(min(fixed, default=""), []).extend(drawer.names())
        writing.table("anchors", {column: writing.listed(names) for column, names in anchored.items() if names})
        for column in self._kept.keys("synonyms") if self._kept else ():
            self._words_for(column)
        lines = {
            column: writing.line([[*writing.numbers([name]), words] for name, words in said.items()])
            for column, said in list(self._said.items())
            if said
        }
        writing.table("synonyms", lines)
