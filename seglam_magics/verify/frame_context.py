"""A procedure on frames as the rules need it: what its names stand for, and which of them hold columns and frames."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .rulebook import Finding, frames


@cache
def functions(kind: str) -> frozenset[str]:
    """Functions of columns of one kind, as `frame_rules.toml` lists them."""
    return frozenset(frames().data["functions"][kind].split())


@dataclass(slots=True)
class Context:
    """The tree as the rules need it.

    Attributes
    ----------
    parent : node -> the one it is part of.
    values : name -> what it is assigned, where it is assigned once.
    named : the other way round.
    uses : name -> where it is read.
    columns : aliases of `nw.col`.
    helpers : functions of the source.
    tables : names that hold frames.
    inputs : parameters of the procedure that are never assigned.
    """

    parent: Mapping[ast.AST, ast.AST]
    values: Mapping[str, ast.expr]
    named: Mapping[ast.AST, str]
    uses: Mapping[str, list[ast.Name]]
    columns: frozenset[str]
    helpers: frozenset[str]
    tables: frozenset[str]
    inputs: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    _touching: dict[int, bool] = field(default_factory=dict)

    def add(self, rule: str, node: Any, **facts: Any) -> None:
        """Note a finding of `rule` at `node`."""
        self.findings.append(frames().finding(rule, node.lineno, **facts))

    def meant(self, node: ast.AST) -> ast.AST:
        """The expression a name stands for, where it is assigned once."""
        return self.values.get(node.id, node) if isinstance(node, ast.Name) else node

    def touches_column(self, node: ast.AST) -> bool:
        """Whether an expression, or what its name stands for, is made of a column."""
        node = self.meant(node)
        known = self._touching.get(id(node))
        if known is None:
            known = self._touching[id(node)] = any(is_column(part, self) for part in ast.walk(node))
        return known


def context_of(nodes: list[ast.AST], main: ast.FunctionDef | None) -> Context:
    """The context of a whole tree, given as the list of its nodes and the function that is called from outside."""
    parent = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    assigned = _assigned(nodes)
    values = {name: given[0] for name, given in assigned.items() if len(given) == 1}
    columns = frozenset(n for n, v in values.items() if is_attribute(v, "nw", "col"))
    helpers = {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    helpers |= {n for n, given in assigned.items() if all(isinstance(v, ast.Lambda) for v in given)}
    helpers |= {n for n, v in values.items() if isinstance(v, ast.Attribute) and getattr(v.value, "id", "") == "nw"}
    helpers |= {a.asname or a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    uses: dict[str, list[ast.Name]] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            uses.setdefault(node.id, []).append(node)
    taken = ast.walk(main.args) if main is not None else ()
    inputs = {n.arg for n in taken if isinstance(n, ast.arg)} - _rebound(nodes)
    named: dict[ast.AST, str] = {value: name for name, value in values.items()}
    return Context(
        parent, values, named, uses, columns, frozenset(helpers), _tables(nodes, assigned), frozenset(inputs)
    )


def _assigned(nodes: list[ast.AST]) -> dict[str, list[ast.expr]]:
    """Name -> the values it is assigned."""
    assigned: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            for target, value in _pairs(node.targets[0], node.value):
                if isinstance(target, ast.Name):
                    assigned.setdefault(target.id, []).append(value)
    return assigned


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """`a, b = x, y` is two assignments."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _rebound(nodes: list[ast.AST]) -> set[str]:
    """Names that are given a value in any way."""
    return {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}


def _tables(nodes: list[ast.AST], assigned: Mapping[str, list[ast.expr]]) -> frozenset[str]:
    """Names that hold frames: what frame methods are called on, and what their results are called."""
    methods = frames().allowed["frame"] - functions("shared")
    tables = {_root(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr in methods} - {"", "nw"}
    return frozenset(tables | {n for n, given in assigned.items() if any(_root(v) in tables for v in given)})


def _root(node: ast.AST) -> str:
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_attribute(node: ast.AST, base: str, name: str) -> bool:
    """Whether an expression is just `base.name`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == base
    )


def is_column(node: ast.AST, context: Context) -> bool:
    """`nw.col(…)`, `nw.all()`, or an alias of `nw.col` called."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in context.columns
    return is_attribute(function, "nw", "col") or is_attribute(function, "nw", "all")


def is_elementary(node: ast.AST, context: Context, functions: frozenset[str]) -> bool:
    """One function of one column, named or not: the form every engine computes alike."""
    node = context.meant(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "alias":
        node = context.meant(node.func.value)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if isinstance(node.func.value, ast.Name) and node.func.value.id == "nw":
        return node.func.attr == "len"
    return node.func.attr in functions and is_column(context.meant(node.func.value), context)


def items(node: ast.AST, context: Context) -> Iterator[ast.AST]:
    """The expressions an argument hands over: itself, the items of a list, or of a comprehension."""
    node = context.meant(node.value if isinstance(node, ast.Starred) else node)
    if isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            yield from items(item, context)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield from items(node.elt, context)
    else:
        yield node


def has_order(node: ast.AST, context: Context) -> bool:
    """Whether a function stands in an `.over(order_by=…)`, itself or under the name it is given."""
    while not isinstance(node, ast.stmt):
        name = context.named.get(node)
        if name is not None:
            uses = context.uses.get(name, [])
            return bool(uses) and all(has_order(use, context) for use in uses)
        node = context.parent[node]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "over":
            return any(k.arg == "order_by" for k in node.keywords)
    return False
