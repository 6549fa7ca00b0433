"""The places of a source where a constant stands: which of them may hold another one without being another algorithm.

A place must be known to be harmless. In a regular expression, a format, an exponent, an index or a name that code hands
on, another constant may mean another way of computing.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_SHOWN = 60  # characters of code that fit a sentence


class Apart(ValueError):
    """Two revisions stay two; the sentence says why."""


@cache
def table() -> dict[str, Any]:
    """The words of `abstracting.toml`."""
    text = resources.files(__package__).joinpath("abstracting.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def listed(name: str) -> frozenset[str]:
    """One of its lists."""
    return frozenset(table()[name].split())


class Sites:
    """The places of the constants of one source.

    Parameters
    ----------
    columns : column -> class of its dtype, of all columns the source names.
    slots : parameters that hold the name of a column.
    """

    def __init__(self, tree: ast.Module, columns: dict[str, str], slots: Iterable[str]) -> None:
        self._nodes = list(ast.walk(tree))
        self._parent = {child: node for node in self._nodes for child in ast.iter_child_nodes(node)}
        self._columns, self._slots = columns, frozenset(slots)

    def uses(self, node: ast.expr) -> list[ast.expr]:
        """The constant itself, or where it is given a name, every place of that name.

        Raises
        ------
        Apart : the name is used for something else, too.
        """
        behind = self._parent[node]
        if not (
            isinstance(behind, ast.Assign) and len(behind.targets) == 1 and isinstance(behind.targets[0], ast.Name)
        ):
            return [node]
        name = behind.targets[0].id
        places = [n for n in self._nodes if isinstance(n, ast.Name) and n.id == name]
        parameters = any(isinstance(n, ast.arg) and n.arg == name for n in self._nodes)
        if parameters or sum(not isinstance(n.ctx, ast.Load) for n in places) > 1:
            raise Apart(f"{name} stands for more than {ast.unparse(node)}")
        return [n for n in places if isinstance(n.ctx, ast.Load)]

    def refuse_formats(self, node: ast.expr) -> None:
        """Refuse what stands inside of an f-string, in an exponent, or is computed into an index; raises Apart."""
        child, behind = node, self._parent.get(node)
        while isinstance(behind, ast.expr):
            exponent = isinstance(behind, ast.BinOp) and isinstance(behind.op, ast.Pow) and behind.right is child
            index = isinstance(behind, ast.Subscript) and behind.slice is child and child is not node
            if exponent or isinstance(behind, ast.JoinedStr) or (index and not isinstance(child, ast.Slice)):
                raise Apart(f"{ast.unparse(node)} stands in {self.around(child)}")
            child, behind = behind, self._parent.get(behind)

    def around(self, node: ast.AST) -> str:
        """The code around a node."""
        text = ast.unparse(self._parent.get(node, node))
        return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"

    def compares(self, node: ast.expr) -> bool:
        """Whether it is compared with something."""
        return isinstance(self._parent[node], ast.Compare)

    # ---------------------------------------------------------------- columns

    def check_column(self, node: ast.expr) -> None:
        """Refuse a text that is no name of a column there; raises Apart."""
        behind: ast.AST = self._parent[node]
        inner: ast.AST = node
        if isinstance(behind, (ast.List, ast.Tuple)):
            inner, behind = behind, self._parent[behind]
        named = isinstance(behind, ast.Subscript) and behind.slice is node
        key = isinstance(behind, ast.Dict) and inner in behind.keys
        keyword = isinstance(behind, ast.keyword) and behind.arg in listed("keywords")
        argument = isinstance(behind, ast.Call) and inner in behind.args and function_of(behind) in listed("columns")
        if not (named or key or keyword or argument):
            raise Apart(f"the column {ast.unparse(node)} stands in {self.around(node)}")

    # ---------------------------------------------------------------- values of a column

    def column_compared(self, node: ast.expr) -> str:
        """The one column that a text is compared with; raises Apart where there is no such one."""
        behind = self._parent[node]
        if not (
            isinstance(behind, ast.Compare) and len(behind.ops) == 1 and isinstance(behind.ops[0], (ast.Eq, ast.NotEq))
        ):
            raise Apart(f"{ast.unparse(node)} stands in {self.around(node)}")
        across = behind.comparators[0] if behind.left is node else behind.left
        parts = list(ast.walk(across))
        if any(isinstance(n, ast.Call) and function_of(n) in listed("folding") for n in parts):
            raise Apart(
                f"{ast.unparse(node)} is compared with {ast.unparse(across)}, which is no cell as it is written"
            )
        if any(isinstance(n, ast.Name) and n.id in self._slots for n in parts):
            raise Apart(f"{ast.unparse(node)} is compared with a column that is a slot")
        texts = {n.value for n in parts if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        columns = [c for c in self._columns if c in texts]
        if len(columns) != 1 or self._columns[columns[0]] != "str":
            raise Apart(f"which column {ast.unparse(node)} is compared with cannot be told")
        return columns[0]

    # ---------------------------------------------------------------- numbers

    def check_number(self, node: ast.expr, values: Sequence[Any]) -> None:
        """Refuse a number where another one may be another algorithm; raises Apart."""
        behind = self._parent[node]
        computed = isinstance(behind, ast.BinOp) and isinstance(behind.op, _ARITHMETIC)
        given = isinstance(behind, ast.Call) and node in behind.args and function_of(behind) in listed("numbers")
        counted = self.counts(node)
        if not (computed or given or counted or isinstance(behind, ast.Compare)):
            raise Apart(f"{ast.unparse(node)} stands in {self.around(node)}")
        if counted and not all(isinstance(v, int) and v >= 0 for v in values):
            raise Apart(f"{' and '.join(map(str, values))} are no counts in {self.around(node)}")

    def counts(self, node: ast.expr) -> bool:
        """Whether a number says how many: of a range, a slice, a head."""
        behind: ast.AST = self._parent[node]
        if isinstance(behind, ast.UnaryOp):
            behind = self._parent[behind]
        if isinstance(behind, ast.Call):
            return node in behind.args and function_of(behind) in listed("counts")
        return isinstance(behind, ast.Slice)


def function_of(call: ast.Call) -> str:
    """The last name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def texts_of(tree: ast.AST) -> Iterator[str]:
    """Every text that is written in a source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
