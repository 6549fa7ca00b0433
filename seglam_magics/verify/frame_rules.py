"""Rules for procedures on frames: the portable part of narwhals, and the forms that answer wrongly without an error.

Each rule has a name, a sentence and a rewrite in `frame_rules.toml`. They were found by running the same code on seven
engines; the commonest one is a condition inside an aggregate, which three of them ignore in silence.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .rulebook import Finding, advice, frames


@cache
def _expressions() -> frozenset[str]:
    allowed = frames().allowed
    return allowed["frame"] | allowed["expression"] | allowed["plain"]


def permitted(node: ast.Attribute) -> bool:
    """Whether an attribute is in the allow-list: of `nw` where it is one of `nw`, else of frames and expressions."""
    if isinstance(node.value, ast.Name) and node.value.id == "nw":
        return node.attr in frames().allowed["nw"] | frames().allowed["types"]
    return node.attr in _expressions()


def unknown_name(node: ast.Attribute) -> Finding:
    """The finding for an attribute outside of the allow-list, with what to write instead."""
    name = node.attr
    instead = frames().data["instead"].get(name)
    told = instead or advice(
        name, _expressions() | frames().allowed["nw"], "write it with the functions listed for frames"
    )
    return frames().finding("name", node.lineno, name=name, advice=told)


@dataclass(slots=True)
class Context:
    """The tree as the rules need it."""

    parent: Mapping[ast.AST, ast.AST]
    values: Mapping[str, ast.expr]
    columns: frozenset[str]
    helpers: frozenset[str]
    tables: frozenset[str]
    findings: list[Finding] = field(default_factory=list)

    def add(self, rule: str, node: Any, **facts: Any) -> None:
        """Note a finding of `rule` at `node`."""
        self.findings.append(frames().finding(rule, node.lineno, **facts))

    def meant(self, node: ast.AST) -> ast.AST:
        """The expression a name stands for, where it is assigned once."""
        return self.values.get(node.id, node) if isinstance(node, ast.Name) else node


def inspect_frames(tree: ast.Module) -> list[Finding]:
    """Findings about the form of a procedure on frames."""
    nodes = list(ast.walk(tree))
    context = _context(nodes)
    for node in nodes:
        if type(node).__name__ in _refused():
            context.add("statement", node, name=type(node).__name__)
        rule = _RULES.get(type(node))
        if rule is not None:
            rule(node, context)
    return context.findings


@cache
def _refused() -> frozenset[str]:
    return frozenset(frames().data["statements"]["refused"].split())


@cache
def _functions(kind: str) -> frozenset[str]:
    return frozenset(frames().data["functions"][kind].split())


def _context(nodes: list[ast.AST]) -> Context:
    parent = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    assigned: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    values = {name: given[0] for name, given in assigned.items() if len(given) == 1}
    columns = frozenset(n for n, v in values.items() if _is_attribute(v, "nw", "col"))
    functions = [n for n in nodes if isinstance(n, (ast.FunctionDef, ast.Lambda))]
    helpers = {f.name for f in functions if isinstance(f, ast.FunctionDef)}
    helpers |= {n for n, v in values.items() if isinstance(v, ast.Lambda)}
    helpers |= {a.asname or a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    return Context(parent, values, columns, frozenset(helpers), _tables(nodes, assigned))


def _tables(nodes: list[ast.AST], assigned: Mapping[str, list[ast.expr]]) -> frozenset[str]:
    """Names that hold frames: what frame methods are called on, and what their results are called."""
    methods = frames().allowed["frame"] - {"drop", "rename", "filter"}
    tables = {_root(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr in methods} - {"", "nw"}
    return frozenset(tables | {n for n, given in assigned.items() if any(_root(v) in tables for v in given)})


def _root(node: ast.AST) -> str:
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_attribute(node: ast.AST, base: str, name: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == base
    )


def _is_column(node: ast.AST, context: Context) -> bool:
    """`nw.col(…)`, `nw.all()`, or an alias of `nw.col` called."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in context.columns
    return _is_attribute(function, "nw", "col") or _is_attribute(function, "nw", "all")


def _is_elementary(node: ast.AST, context: Context, functions: frozenset[str]) -> bool:
    """One function of one column, named or not: the form every engine computes alike."""
    node = context.meant(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "alias":
        node = context.meant(node.func.value)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if isinstance(node.func.value, ast.Name) and node.func.value.id == "nw":
        return node.func.attr == "len"
    return node.func.attr in functions and _is_column(context.meant(node.func.value), context)


def _items(node: ast.AST, context: Context) -> Iterator[ast.AST]:
    """The expressions an argument hands over: itself, the items of a list, or of a comprehension."""
    node = context.meant(node.value if isinstance(node, ast.Starred) else node)
    if isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            yield from _items(item, context)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield from _items(node.elt, context)
    else:
        yield node


# ---------------------------------------------------------------- the rules


def _call(node: ast.Call, context: Context) -> None:
    function = node.func
    if isinstance(function, ast.Name):
        _plain_call(node, function.id, context)
        return
    if not isinstance(function, ast.Attribute):
        return
    given = {k.arg for k in node.keywords}
    _keywords(node, function.attr, given, context)
    if function.attr in _functions("ordered") and not _has_order(node, context):
        context.add("order", node, name=function.attr)
    check = _METHODS.get(function.attr)
    if check is not None:
        check(node, given, context)


def _plain_call(node: ast.Call, name: str, context: Context) -> None:
    from ..procedure.loading import BUILTINS

    if name not in BUILTINS | context.columns | context.helpers:
        context.add("call", node, name=name)


def _keywords(node: ast.Call, name: str, given: set[str | None], context: Context) -> None:
    keyword = frames().data["keywords"].get(name)
    if keyword and keyword not in given:
        context.add("keyword", node, name=name, keyword=keyword, example=frames().data["examples"][keyword])


def _has_order(node: ast.AST, context: Context) -> bool:
    while node in context.parent and not isinstance(node, ast.stmt):
        node = context.parent[node]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "over":
            return any(k.arg == "order_by" for k in node.keywords)
    return False


def _aggregate(node: ast.Call, _given: set[str | None], context: Context) -> None:
    for argument in (*node.args, *(k.value for k in node.keywords)):
        for item in _items(argument, context):
            if not _is_elementary(item, context, _functions("aggregates")):
                context.add("aggregate", argument)
                break


def _over(node: ast.Call, _given: set[str | None], context: Context) -> None:
    functions = _functions("aggregates") | _functions("ordered") | _functions("windowed")
    base = node.func.value if isinstance(node.func, ast.Attribute) else node
    if node.args and not _is_elementary(base, context, functions):
        context.add("window", node)


def _unique(node: ast.Call, given: set[str | None], context: Context) -> None:
    if "keep" in given and "order_by" not in given:
        context.add("unique", node)


def _group(node: ast.Call, _given: set[str | None], context: Context) -> None:
    behind = context.parent.get(node)
    if not (isinstance(behind, ast.Attribute) and behind.attr == "agg"):
        context.add("group", node)
    for argument in node.args:
        items = _items(argument, context)
        if any(isinstance(item, ast.Call) and not _is_column(item, context) for item in items):
            context.add("group-key", node)


def _sort(node: ast.Call, _given: set[str | None], context: Context) -> None:
    if any(isinstance(context.meant(argument), ast.Call) for argument in node.args):
        context.add("sort", node)


def _quantile(node: ast.Call, _given: set[str | None], context: Context) -> None:
    for keyword in node.keywords:
        if keyword.arg == "interpolation" and getattr(keyword.value, "value", None) != "linear":
            context.add("quantile", node)


def _rank(node: ast.Call, _given: set[str | None], context: Context) -> None:
    methods = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "method")]
    if not methods or getattr(methods[0], "value", None) not in _functions("ranks"):
        context.add("rank", node)


def _truncate(node: ast.Call, _given: set[str | None], context: Context) -> None:
    units = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "every")]
    if not units or getattr(units[0], "value", None) not in _functions("truncations"):
        context.add("truncate", node)


def _cast(node: ast.Call, _given: set[str | None], context: Context) -> None:
    base = context.meant(node.func.value) if isinstance(node.func, ast.Attribute) else node
    whole = any(_is_attribute(a, "nw", "Int64") for a in node.args)
    if whole and isinstance(base, ast.BinOp) and isinstance(base.op, ast.Div):
        context.add("cast", node)


def _added(node: ast.Call, _given: set[str | None], context: Context) -> None:
    base = context.meant(node.func.value) if isinstance(node.func, ast.Attribute) else node
    if isinstance(base, ast.Compare):
        context.add("bool", node)


def _invert(node: ast.UnaryOp, context: Context) -> None:
    operand = node.operand
    known = isinstance(operand, ast.Call) and isinstance(operand.func, ast.Attribute) and operand.func.attr == "is_null"
    if isinstance(node.op, ast.Invert) and not known:
        context.add("negate", node)


def _compare(node: ast.Compare, context: Context) -> None:
    if any(isinstance(op, ast.NotEq) for op in node.ops):
        sides = (context.meant(side) for side in (node.left, *node.comparators))
        if any(_is_column(part, context) for side in sides for part in ast.walk(side)):
            context.add("unequal", node)


def _subscript(node: ast.Subscript, context: Context) -> None:
    if isinstance(node.value, ast.Name) and node.value.id in context.tables:
        context.add("index", node, name=node.value.id)


_METHODS: dict[str, Any] = {
    "agg": _aggregate,
    "over": _over,
    "unique": _unique,
    "group_by": _group,
    "sort": _sort,
    "quantile": _quantile,
    "rank": _rank,
    "truncate": _truncate,
    "cast": _cast,
    "sum": _added,
    "mean": _added,
}

_RULES: dict[type[ast.AST], Any] = {
    ast.Call: _call,
    ast.UnaryOp: _invert,
    ast.Compare: _compare,
    ast.Subscript: _subscript,
}
