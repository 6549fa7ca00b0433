"""What this kernel decided before: a dictionary of questions, and the last decision of each cell.

An entry is only used for the very same text, names, kinds and columns. What was evicted is simply not known any more.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from ..words import Column, Decision, Reading, Tier

CAPACITY = 50_000
K = TypeVar("K")

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A decision with what it depended on: the columns of its inputs, and the state of the library."""

    key: Key
    decisions: dict[Tier, Decision]
    columns: tuple[tuple[str, tuple[Column, ...]], ...]
    generation: int

    def same_inputs(self, reading: Reading) -> bool:
        """Whether the inputs still have the columns they had."""
        variables = reading.variables
        return all(variables[name].columns == columns for name, columns in self.columns)


class Memory:
    """Remembered decisions, least recently used ones forgotten first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._exact: OrderedDict[Key, Remembered] = OrderedDict()
        self._cells: OrderedDict[str, Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._exact)

    def recall(self, key: Key, cell: str | None) -> tuple[Tier, Remembered] | None:
        """What was decided for this question, by its cell first."""
        known = self._cells.get(cell) if cell is not None else None
        if known is not None and known.key == key:
            return "cell", known
        known = self._exact.get(key)
        if known is None:
            return None
        self._exact.move_to_end(key)
        return "exact", known

    def remember(self, reading: Reading, cell: str | None, decision: Decision, generation: int) -> None:
        """Keep a hit for the next time."""
        key = key_of(reading)
        tiers: tuple[Tier, ...] = ("cell", "exact")
        found = decision.found or decision.tier
        decisions = {
            tier: dataclasses.replace(decision, tier=tier, candidates=(), reason="", found=found) for tier in tiers
        }
        entry = Remembered(key, decisions, _columns(reading, decision), generation)
        _put(self._exact, key, entry, self._capacity)
        if cell is not None:
            _put(self._cells, cell, entry, self._capacity)


def key_of(reading: Reading) -> Key:
    """What makes two questions the same: text, and the names and kinds they may use."""
    return reading.text, frozenset((name, v.kind) for name, v in reading.variables.items())


def _columns(reading: Reading, decision: Decision) -> tuple[tuple[str, tuple[Column, ...]], ...]:
    named = (b.value for b in decision.bindings.values() if b.source in ("variable", "implied"))
    return tuple((str(n), reading.variables[n].columns) for n in named if n in reading.variables)


def _put(table: OrderedDict[K, Remembered], key: K, entry: Remembered, capacity: int) -> None:
    table[key] = entry
    table.move_to_end(key)
    while len(table) > capacity:
        table.popitem(last=False)
