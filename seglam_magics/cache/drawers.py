"""Drawers of an index: the revisions of the same columns, each drawer as it was kept until it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..procedure.declared import COUNTING, POSSIBLE, Outline
from ..procedure.stored import Known
from ..question import Form
from .anchors import Holders
from .index import Shape
from .kept import Tables, Writing
from .meanings import Meanings
from .speaking import any_bare, roots_of, sure

FEW = 32  # so many of the same columns are looked through
_SEPARATOR = "\n"
_AGGREGATES = frozenset[str]().union(*POSSIBLE.values())


class Drawers:
    """Drawers by their columns, each of them as it was kept until it is first opened.

    Parameters
    ----------
    table : under which they are kept.
    entries : all filed revisions.
    """

    def __init__(self, table: str, entries: Mapping[str, Entry], kept: Tables | None) -> None:
        self._table, self._entries, self._kept = table, entries, kept
        self._drawers: dict[frozenset[str], Drawer] = {}

    def get(self, columns: frozenset[str]) -> Drawer | None:
        """The drawer of these columns, None where there is none."""
        found = self._drawers.get(columns)
        if found is None and self._kept is not None:
            found = self._kept.entry(self._table, _SEPARATOR.join(sorted(columns)), self._read)
            if found is not None:
                self._drawers[columns] = found
        return found

    def _read(self, said: Any) -> Drawer:
        assert self._kept is not None
        return Drawer(self._entries, self._kept, said)

    def open(self, columns: frozenset[str]) -> Drawer:
        """The drawer of these columns; made where there is none."""
        found = self.get(columns)
        if found is None:
            found = self._drawers[columns] = Drawer()
        return found

    def opened(self) -> list[tuple[frozenset[str], Drawer]]:
        """All drawers that were opened so far."""
        return list(self._drawers.items())

    def keep(self, writing: Writing) -> None:
        """Write all drawers down."""
        for joined in self._kept.keys(self._table) if self._kept else ():
            self.get(frozenset(joined.split(_SEPARATOR)) if joined else frozenset())
        lines = {_SEPARATOR.join(sorted(columns)): d.keep(writing) for columns, d in self.opened() if len(d)}
        writing.table(self._table, lines)


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


class Drawer:
    """Revisions of the same columns: all of them as long as they are few, then those that may mean what is asked.

    Nothing that could fit is left out. A revision fits by a wording or by what it declares. A wording fits only where
    the same words are left over of it as of the question: all of these stand in it, and where there are none, every
    word of it may be accounted for. What is declared fits only with as many conditions, compared in the same ways,
    as the question has, and with an aggregate that its operator may want.

    Parameters
    ----------
    entries : all filed revisions.
    kept : an earlier index, as far as it holds.
    said : what it says of this drawer.
    """

    __slots__ = ("_bare", "_declared", "_entries", "_holders", "_words")

    def __init__(
        self, entries: Mapping[str, Entry] | None = None, kept: Tables | None = None, said: Any = None
    ) -> None:
        self._entries: dict[str, Entry] = {}
        self._holders: Holders[str] | None = None
        self._words: dict[str, int] = {}
        self._bare: dict[str, None] = {}
        self._declared: dict[Outline, dict[str, None]] = {}
        if kept is not None and entries is not None:
            self._resume(entries, kept, *said)

    def _resume(
        self, entries: Mapping[str, Entry], kept: Tables, all_of: Any, words: Any, bare: Any, declared: Any
    ) -> None:
        numbers = kept.living(all_of)
        names = kept.names_of(numbers)
        self._entries = {name: entries[name] for name in names}
        if len(names) <= FEW or words is None:
            return
        self._words = dict(words)
        read = partial(_numbers_of, kept, self._words)
        self._holders = Holders(read, dict(zip(numbers, names, strict=True)))
        self._bare = dict.fromkeys(kept.names_of(bare))
        self._declared = {
            (aggregate, tuple(compared)): dict.fromkeys(kept.names_of(several))
            for aggregate, compared, several in declared
        }

    def keep(self, writing: Writing) -> int:
        """Write the drawer down; where it lies."""
        numbers = writing.numbers(self._entries)
        if self._holders is None:
            return writing.line([numbers, None, [], []])
        words = {word: writing.listed(names) for word, names in self._holders.filed(self._words)}
        declared = [[*outline, writing.numbers(names)] for outline, names in list(self._declared.items())]
        return writing.line([numbers, words, writing.numbers(self._bare), declared])

    def names(self) -> list[str]:
        """Names of the revisions in it."""
        return list(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def all(self) -> list[Entry]:
        """All of them."""
        return list(self._entries.values())

    def put(self, name: str, entry: Entry, known: Known) -> None:
        """Put a revision in."""
        self._entries[name] = entry
        if self._holders is not None:
            self._sort(self._holders, entry.shape, known)
        elif len(self._entries) > FEW:
            self._holders = Holders()
            for one in self._entries.values():
                self._sort(self._holders, one.shape, one.shape.stored.known())

    def drop(self, name: str, entry: Entry) -> None:
        """Take a revision out, if it is in."""
        if self._entries.pop(name, None) is None:
            return
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


def _numbers_of(kept: Tables, words: Mapping[str, int], word: str) -> list[int]:
    """The numbers that a drawer lists for a word."""
    offset = words.get(word)
    return (kept.line(offset, kept.living) or []) if offset is not None else []
