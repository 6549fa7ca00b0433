"""Revisions with one frame, filed by what a question must say to be answered by them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from threading import RLock

from ..procedure.declared import COUNTING, POSSIBLE, Outline
from ..procedure.stored import Known
from ..question import Form
from ..words import Variable
from .anchors import Holders
from .index import Shape
from .meanings import TABULAR, Meanings
from .speaking import any_bare, roots_of, sure

MOST_COLUMNS = 6
FEW = 32  # so many of the same columns are looked through
_AGGREGATES = frozenset[str]().union(*POSSIBLE.values())


class GroundIndex:
    """Revisions with one frame, by the columns their source names, and where these are many by what they say.

    Parameters
    ----------
    lock : held while the tables are read or changed; the other indexes of the same revisions share it.
    """

    def __init__(self, lock: RLock | None = None) -> None:
        self._lock = lock or RLock()
        self._by_name: dict[str, tuple[frozenset[str], Entry]] = {}
        self._by_columns: dict[frozenset[str], _Drawer] = defaultdict(_Drawer)
        self._one_less: dict[frozenset[str], _Drawer] = defaultdict(_Drawer)
        self._anchors: dict[str, int] = defaultdict(int)
        self._words: dict[str, Counter[str]] = defaultdict(Counter)

    def file(self, shape: Shape, known: Known) -> None:
        """File a revision, if it takes one table."""
        if sum(kind in TABULAR for _, kind in known.parameters) != 1:
            return
        fixed, entry = frozenset(known.columns), Entry(shape)
        with self._lock:
            self._by_name[known.name] = fixed, entry
            for table, key in self._places(fixed):
                table[key].put(known.name, entry, known)
            self._anchors[min(fixed, default="")] += 1
            for column, words in known.synonyms:
                self._words[column].update(words)

    def synonyms(self, variable: Variable) -> dict[str, tuple[str, ...]]:
        """Column of this frame -> words that authors of filed revisions declared for columns of its name."""
        with self._lock:
            return {
                c.name: tuple(w for w, n in self._words[c.name].items() if n > 0)
                for c in variable.columns
                if c.name in self._words
            }

    def drop(self, name: str) -> None:
        """Take out what answers for `name`, if anything does."""
        with self._lock:
            fixed, entry = self._by_name.pop(name, (None, None))
            if fixed is None or entry is None:
                return
            for column, words in entry.shape.stored.known().synonyms:
                self._words[column].subtract(words)
            for table, key in self._places(fixed):
                table[key].drop(name)
                if not len(table[key]):
                    del table[key]
            self._anchors[min(fixed, default="")] -= 1

    def _places(self, fixed: frozenset[str]) -> Iterator[tuple[dict[frozenset[str], _Drawer], frozenset[str]]]:
        yield self._by_columns, fixed
        if len(fixed) <= MOST_COLUMNS:
            for column in fixed:
                yield self._one_less, fixed - {column}

    def may_answer(self, variable: Variable) -> bool:
        """Whether any filed revision could run on this frame, by its columns."""
        if self._anchors.get("", 0) > 0:
            return True
        return any(self._anchors.get(c.name, 0) > 0 for c in variable.columns)

    def candidates(self, form: Form) -> list[Meanings]:
        """Revisions whose columns are those a question uses; one that names no target may lack one of them."""
        used = form.columns
        if len(used) > MOST_COLUMNS + 2:
            return []
        keys = [frozenset(part) for size in range(len(used) + 1) for part in combinations(sorted(used), size)]
        with self._lock:
            found = [entry for key in keys if key in self._by_columns for entry in self._by_columns[key].likely(form)]
            found += self._one_less[used].likely(form) if used in self._one_less else ()
        return [meanings for entry in found if (meanings := entry.meanings) is not None]

    def beside(self, fixed: frozenset[str]) -> Iterable[Meanings]:
        """The revisions with these very columns."""
        with self._lock:
            found = self._by_columns[fixed].all() if fixed in self._by_columns else []
        return [meanings for entry in found if (meanings := entry.meanings) is not None]


class Entry:
    """A filed revision with its readings, made when they are first needed."""

    __slots__ = ("_meanings", "shape")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._meanings: Meanings | None = None

    @property
    def meanings(self) -> Meanings | None:
        """What it means; None where this version cannot read it after all."""
        if self._meanings is None and self.shape.readable:
            self._meanings = Meanings(self.shape.revision, self.shape.aliases)
        return self._meanings


def _said(shape: Shape, known: Known) -> tuple[set[str], bool, Outline | None]:
    """The roots of all a revision says, whether a wording may leave nothing over, and what it declares to compute."""
    declared = (word for _, words in known.synonyms for word in words)
    texts, named = shape.texts(known), (*known.examples, *known.columns, *declared)
    roots = roots_of(texts, (known.question, *named))
    return roots, any_bare((*texts, known.question), named), known.outline


class _Drawer:
    """Revisions of the same columns: all of them as long as they are few, then those that may mean what is asked.

    Nothing that could fit is left out. A revision fits by a wording or by what it declares. A wording fits only where
    the same words are left over of it as of the question: all of these stand in it, and where there are none, every
    word of it may be accounted for. What is declared fits only with as many conditions, compared in the same ways,
    as the question has, and with an aggregate that its operator may want.
    """

    __slots__ = ("_bare", "_declared", "_entries", "_holders")

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._holders: Holders[str] | None = None
        self._bare: dict[str, None] = {}
        self._declared: dict[Outline, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def all(self) -> list[Entry]:
        return list(self._entries.values())

    def put(self, name: str, entry: Entry, known: Known) -> None:
        self._entries[name] = entry
        if self._holders is not None:
            self._sort(self._holders, entry.shape, known)
        elif len(self._entries) > FEW:
            self._holders = Holders()
            for one in self._entries.values():
                self._sort(self._holders, one.shape, one.shape.stored.known())

    def drop(self, name: str) -> None:
        entry = self._entries.pop(name)
        if self._holders is not None:
            roots, _, outline = _said(entry.shape, entry.shape.stored.known())
            self._holders.discard(roots, name)
            self._bare.pop(name, None)
            if outline is not None:
                self._declared[outline].pop(name, None)

    def _sort(self, holders: Holders[str], shape: Shape, known: Known) -> None:
        roots, bare, outline = _said(shape, known)
        holders.add(roots, known.name)
        if bare:
            self._bare[known.name] = None
        if outline is not None:
            self._declared.setdefault(outline, {})[known.name] = None

    def likely(self, form: Form) -> list[Entry]:
        """Those that may answer a question of this form."""
        if self._holders is None:
            return self.all()
        left = sure(form.rest)
        names = dict.fromkeys(self._holders.holding(left)) if left else dict(self._bare)
        compared = tuple(sorted(c.comparison for c in form.conditions))
        for aggregate in _AGGREGATES if form.operator in COUNTING else POSSIBLE[form.operator]:
            names |= self._declared.get((aggregate, compared), {})
        return [self._entries[name] for name in names]
