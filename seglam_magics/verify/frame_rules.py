"""Rules for procedures on frames: the portable part of narwhals, and the forms that answer wrongly without an error.

Each rule has a name, a sentence and a rewrite in `frame_rules.toml`. They were found by running the same code on seven
engines; the commonest one is a condition inside an aggregate, which three of them ignore in silence.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

from ..procedure.loading import BUILTINS
from .frame_context import Context, context_of, functions, has_order, is_attribute, is_column, is_elementary, items
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
    known = (_expressions() | frames().allowed["nw"]) - {name}
    told = instead or advice(name, known, "write it with the functions listed for frames")
    return frames().finding("name", node.lineno, name=name, advice=told)


def inspect_frames(tree: ast.Module, name: str | None) -> list[Finding]:
    """Findings about the form of a procedure on frames, the function `name` of the tree."""
    nodes = list(ast.walk(tree))
    mains = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == (name or n.name)]
    context = context_of(nodes, mains[-1] if mains else None)
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
    ordered = function.attr in functions("ordered") or (function.attr == "fill_null" and "strategy" in given)
    if ordered and not has_order(node, context):
        context.add("order", node, name=function.attr)
    check = _METHODS.get(function.attr)
    if check is not None:
        check(node, given, context)


def _plain_call(node: ast.Call, name: str, context: Context) -> None:
    if name not in BUILTINS | context.columns | context.helpers:
        context.add("call", node, name=name)


def _keywords(node: ast.Call, name: str, given: set[str | None], context: Context) -> None:
    keyword = frames().data["keywords"].get(name)
    if keyword and keyword not in given:
        context.add("keyword", node, name=name, keyword=keyword, example=frames().data["examples"][keyword])


def _aggregate(node: ast.Call, _given: set[str | None], context: Context) -> None:
    for argument in (*node.args, *(k.value for k in node.keywords)):
        for item in items(argument, context):
            if not is_elementary(item, context, functions("aggregates")):
                context.add("aggregate", argument)
                break


def _over(node: ast.Call, _given: set[str | None], context: Context) -> None:
    allowed = functions("aggregates") | functions("ordered") | functions("windowed")
    base = node.func.value if isinstance(node.func, ast.Attribute) else node
    if node.args and not is_elementary(base, context, allowed):
        context.add("window", node)


def _unique(node: ast.Call, given: set[str | None], context: Context) -> None:
    if "keep" in given and "order_by" not in given:
        context.add("unique", node)


def _group(node: ast.Call, _given: set[str | None], context: Context) -> None:
    behind = context.parent.get(node)
    if not (isinstance(behind, ast.Attribute) and behind.attr == "agg"):
        context.add("group", node)
    for argument in node.args:
        keys = items(argument, context)
        if any(isinstance(key, ast.Call) and not is_column(key, context) for key in keys):
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
    if not methods or getattr(methods[0], "value", None) not in functions("ranks"):
        context.add("rank", node)


def _truncate(node: ast.Call, _given: set[str | None], context: Context) -> None:
    units = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "every")]
    if not units or getattr(units[0], "value", None) not in functions("truncations"):
        context.add("truncate", node)


def _cast(node: ast.Call, _given: set[str | None], context: Context) -> None:
    base = context.meant(node.func.value) if isinstance(node.func, ast.Attribute) else node
    if any(is_attribute(a, "nw", "Int64") for a in node.args) and _is_fraction(base):
        context.add("cast", node)


def _is_fraction(node: ast.AST) -> bool:
    """Whether a value has a fraction, whatever the columns hold: a quotient, a mean, a root."""
    if isinstance(node, ast.BinOp):
        decimal = any(isinstance(getattr(side, "value", None), float) for side in (node.left, node.right))
        return isinstance(node.op, ast.Div) or (decimal and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)))
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") in functions("fractions")


def _added(node: ast.Call, _given: set[str | None], context: Context) -> None:
    base = context.meant(node.func.value) if isinstance(node.func, ast.Attribute) else node
    logical = isinstance(base, ast.BinOp) and isinstance(base.op, (ast.BitAnd, ast.BitOr))
    asked = isinstance(base, ast.Call) and getattr(base.func, "attr", "") in functions("conditions")
    if isinstance(base, ast.Compare) or logical or asked:
        context.add("bool", node)


def _pattern(node: ast.Call, _given: set[str | None], context: Context) -> None:
    """A regular expression with a class of characters: which letters it takes differs."""
    literal = next((k.value for k in node.keywords if k.arg == "literal"), None)
    if not (isinstance(literal, ast.Constant) and literal.value is False):
        return
    text = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "pattern"), None)
    known = isinstance(text, ast.Constant) and isinstance(text.value, str)
    if not known or any(sign in text.value for sign in frames().data["patterns"]["refused"].split()):  # type: ignore[union-attr]
        context.add("pattern", node)


def _head(node: ast.Call, _given: set[str | None], context: Context) -> None:
    """The first rows of a chain that is known from its beginning, a parameter, and was sorted nowhere."""
    base: ast.AST = node
    while isinstance(base, ast.Call) and isinstance(base.func, ast.Attribute):
        if base.func.attr in functions("sorting"):
            return
        base = context.meant(base.func.value)
    if isinstance(base, ast.Name) and base.id in context.inputs:
        context.add("head", node)


def _concat(node: ast.Call, _given: set[str | None], context: Context) -> None:
    if any(k.arg == "how" and getattr(k.value, "value", None) == "horizontal" for k in node.keywords):
        context.add("concat", node)


def _text(node: ast.Call, _given: set[str | None], context: Context) -> None:
    texts = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "format")]
    for text in texts:
        form = getattr(context.meant(text), "value", "")
        signs = {part[:1] for part in str(form).split("%")[1:] if part}
        if not signs <= set(frames().data["patterns"]["dates"].split()):
            context.add("to-string", node)


def _invert(node: ast.UnaryOp, context: Context) -> None:
    operand = node.operand
    known = isinstance(operand, ast.Call) and isinstance(operand.func, ast.Attribute) and operand.func.attr == "is_null"
    if isinstance(node.op, ast.Invert) and not known:
        context.add("negate", node)


def _compare(node: ast.Compare, context: Context) -> None:
    sides = (node.left, *node.comparators)
    if not any(context.touches_column(side) for side in sides):
        return
    if any(isinstance(side, ast.Constant) and side.value is None for side in sides):
        context.add("null", node)
    elif any(isinstance(op, ast.NotEq) for op in node.ops):
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
    "contains": _pattern,
    "replace_all": _pattern,
    "head": _head,
    "concat": _concat,
    "to_string": _text,
}

_RULES: dict[type[ast.AST], Any] = {
    ast.Call: _call,
    ast.UnaryOp: _invert,
    ast.Compare: _compare,
    ast.Subscript: _subscript,
}
