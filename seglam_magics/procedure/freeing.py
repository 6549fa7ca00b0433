"""The slots that the differing constants of two sources become: columns, values of a column, numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..words import Parameter, Revision
from .alpha import Item, Outline
from .pairing import demands
from .sites import Apart, Sites, table

Role = Literal["column", "text", "number", "derived"]
Place = tuple[Role, Any, Any]


@dataclass(frozen=True, slots=True)
class Freed:
    """A constant that becomes a slot.

    Attributes
    ----------
    parameter : the slot, its example the constant of the first revision.
    theirs : the constant of the other one.
    nodes : where it stands in the first source.
    """

    parameter: Parameter
    theirs: Any
    nodes: tuple[ast.expr, ...]

    @property
    def mine(self) -> Any:
        """The constant of the first revision."""
        return self.parameter.example


@dataclass(frozen=True, slots=True)
class Derived:
    """A text made of the name of a freed column: "mean_mass" of "mass"."""

    before: str
    slot: str
    after: str
    nodes: tuple[ast.expr, ...]


class Freeing:
    """Decides what the differing constants of two revisions become.

    Parameters
    ----------
    laid : the source of `one`.
    names : name in `one` -> name in `other`.
    """

    def __init__(self, one: Revision, other: Revision, laid: Outline, names: Mapping[str, str]) -> None:
        self._meaning = one.meaning
        self._mine, self._theirs = demands(one, names), demands(other)
        columns = {name: kind for columns in self._mine.values() for name, kind in columns.items()}
        slots = (p.name for p in one.parameters if p.type in ("column", "columns"))
        self._sites = Sites(laid.tree, columns, slots)
        trees = [laid.tree, *(ast.parse(p.code) for p in (*one.properties, *other.properties))]
        self._taken = {name for tree in trees for name in _names(tree)}

    def slots(self, pairs: Sequence[tuple[Item, Item]]) -> tuple[tuple[Freed, ...], tuple[Derived, ...]]:
        """The slots, one for each pair of constants that stand for each other.

        Raises
        ------
        Apart : a constant stands where no slot may stand.
        """
        places: dict[Place, list[ast.expr]] = {}
        for mine, its in pairs:
            assert mine.node is not None
            places.setdefault((self._role(mine.node, mine.value, its.value), mine.value, its.value), []).append(
                mine.node
            )
        found = [self._freed(place, nodes) for place, nodes in places.items() if place[0] != "derived"]
        columns = [f for f in found if f.parameter.type == "column"]
        made = [_derived(place[1], place[2], n, columns) for place, n in places.items() if place[0] == "derived"]
        return tuple(found), tuple(made)

    def _role(self, node: ast.expr, mine: Any, its: Any) -> Role:
        """What a constant is in every place where it is used."""
        sites, uses = self._sites, self._sites.uses(node)
        for use in uses:
            sites.refuse_formats(use)
            if not isinstance(mine, str):
                sites.check_number(use, (mine, its))
        if not isinstance(mine, str):
            return "number"
        if any(sites.compares(use) for use in uses):
            return "text"
        if self._class_of(mine, its) is None:
            return "derived"
        for use in uses:
            sites.check_column(use)
        return "column"

    def _class_of(self, mine: str, its: str) -> str | None:
        """Class of the dtype of a column that both name of the same data; None where they are no such columns."""
        for parameter, columns in self._mine.items():
            here, there = columns.get(mine), self._theirs.get(parameter, {}).get(its)
            if here is not None and there is not None:
                if here != there:
                    raise Apart(f"the column {mine!r} is {here}, the column {its!r} is {there}")
                return here
        return None

    # ---------------------------------------------------------------- slots

    def _freed(self, place: Place, nodes: Sequence[ast.expr]) -> Freed:
        role, mine, its = place
        uses = [use for node in nodes for use in self._sites.uses(node)]
        if role == "number":
            word, parameter = self._number(mine, its, uses)
        else:
            word, parameter = self._column(mine, its) if role == "column" else self._text(mine, uses)
        name = free_name(table()["names"][word], self._taken)
        self._taken.add(name)
        described = f"in place of {mine!r} and {its!r}"
        slot = Parameter(name, parameter.type, described, parameter.domain, parameter.example)
        return Freed(slot, float(its) if slot.type == "float" else its, tuple(nodes))

    def _column(self, mine: str, its: str) -> tuple[str, Parameter]:
        meaning = self._meaning
        grouped = "grouping" if mine in meaning.grouping else "column"
        word = "target" if mine == meaning.target else grouped
        return word, Parameter("", "column", domain={"dtype": self._class_of(mine, its)}, example=mine)

    def _text(self, mine: str, uses: Sequence[ast.expr]) -> tuple[str, Parameter]:
        columns = {self._sites.column_compared(use) for use in uses}
        if len(columns) > 1:
            raise Apart(f"{mine!r} is compared with {' and '.join(sorted(columns))}")
        return "text", Parameter("", "str", domain={"column": columns.pop()}, example=mine)

    def _number(self, mine: float, its: float, uses: Sequence[ast.expr]) -> tuple[str, Parameter]:
        if any(self._sites.counts(use) for use in uses):
            return "count", Parameter("", "int", domain={"min": min(1, mine, its)}, example=mine)
        word = "bound" if any(self._sites.compares(use) for use in uses) else "number"
        whole = isinstance(mine, int) and isinstance(its, int)
        return word, Parameter("", "int" if whole else "float", example=mine if whole else float(mine))


def _derived(mine: str, its: str, nodes: Sequence[ast.expr], columns: Sequence[Freed]) -> Derived:
    """The one column slot that two texts are made of in the same way; raises Apart where there is none."""
    made = {
        (mine[: found.start()], column.parameter.name, mine[found.end() :])
        for column in columns
        for found in re.finditer(re.escape(column.mine), mine)
        if mine[: found.start()] + str(column.theirs) + mine[found.end() :] == its
    }
    if len(made) != 1:
        raise Apart(f"{mine!r} and {its!r} are no columns, values of a column or numbers")
    return Derived(*made.pop(), tuple(nodes))


def _names(tree: ast.AST) -> set[str]:
    nodes = list(ast.walk(tree))
    return {n.id for n in nodes if isinstance(n, ast.Name)} | {n.arg for n in nodes if isinstance(n, ast.arg)}


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or the first of `name_2`, `name_3` ... that is not taken.

    >>> free_name("column", {"column", "column_2"})
    'column_3'
    """
    used, number, free = set(taken), 2, name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free
