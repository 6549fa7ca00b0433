"""What a process remembers of columns: bounded, bound to their owners without keeping them, and checked by a mark."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from .cells import Cells


class Learned(Protocol):
    """Something learned of a column, and the memory it takes."""

    @property
    def nbytes(self) -> int: ...  # noqa: D102


T = TypeVar("T", bound=Learned)


@dataclass(frozen=True, slots=True)
class _Fact:
    owner: weakref.ref[Any] | None
    mark: Hashable
    learned: Any
    nbytes: int


class Memory:
    """Facts about columns, the last used `columns` of them and no more than `nbytes`; safe to use from all threads.

    A fact goes with the owner of its cells. A list or a dictionary cannot be watched; its facts go when they are the
    oldest, and the mark alone tells another list at the same address from it.
    """

    def __init__(self, columns: int, nbytes: int) -> None:
        self.columns, self.nbytes = columns, nbytes
        self._facts: dict[Hashable, _Fact] = {}
        self._most = 0  # bytes they can take together; less where owners have gone
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._facts)

    def recall(self, what: str, cells: Cells, learn: Callable[[], T], holds: Callable[[T], bool]) -> T:
        """What is known of `cells`, learned now where it is not, they have changed, or it no longer `holds`."""
        key, mark = (what, id(cells.owner), cells.place), cells.mark()
        with self._lock:
            fact = self._facts.pop(key, None)
            if fact is not None and _is_of(fact, cells, mark):
                self._facts[key] = fact  # the last one used is the last to go
                known: T = fact.learned
                if holds(known):
                    return known
        learned = learn()
        fact = _Fact(self._watched(cells.owner, key), mark, learned, learned.nbytes)
        with self._lock:
            self._facts[key] = fact
            self._most += fact.nbytes
            self._forget()
        return learned

    def _watched(self, owner: object, key: Hashable) -> weakref.ref[Any] | None:
        facts = self._facts
        try:
            # called whenever the owner goes, maybe amid a lookup, so it takes no lock
            return weakref.ref(owner, lambda _: facts.pop(key, None))
        except TypeError:
            return None

    def _forget(self) -> None:
        """Drop the oldest facts until the rest fits; the newest one stays."""
        if len(self._facts) > self.columns:
            for key in list(self._facts)[: -max(1, self.columns)]:
                self._drop(key)
        if self._most > self.nbytes:
            facts = list(self._facts.items())
            self._most = sum(fact.nbytes for _, fact in facts)
            for key, _ in facts[:-1]:
                if self._most <= self.nbytes:
                    break
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        fact = self._facts.pop(key, None)
        self._most -= fact.nbytes if fact is not None else 0


def _is_of(fact: _Fact, cells: Cells, mark: Hashable) -> bool:
    return fact.mark == mark and (fact.owner is None or fact.owner() is cells.owner)
