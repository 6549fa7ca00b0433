"""Scopes of a source, by Python's own rules: what is bound where, and to what.

So a local variable called `id` is no built-in, a default is read where it stands, and a name that is bound once stands
for one value.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

FUNCTIONS = (ast.FunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
How = Literal["is", "item", "copy"]


class Binding(NamedTuple):
    """What a name is bound to: the value of an expression, an item of it, or a new list of its items."""

    how: How
    value: ast.expr
    scope: Scope


@dataclass(slots=True, eq=False)
class Scope:
    """A scope of the source and what is bound in it, how often and to what."""

    outer: Scope | None
    kind: Literal["module", "function", "comprehension"]
    bound: Counter[str] = field(default_factory=Counter)
    parameters: frozenset[str] = frozenset()
    bindings: dict[str, Binding] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)

    def home(self, name: str) -> Scope | None:
        """The scope a name means when it is read here; None for a built-in."""
        scope: Scope | None = self
        while scope is not None and not scope.bound[name]:
            scope = scope.outer
        return scope

    def function(self) -> Scope:
        """The function this scope belongs to: a comprehension hands `:=` on to it."""
        return self.outer.function() if self.kind == "comprehension" and self.outer else self

    def module(self, node: ast.AST) -> str:
        """The module an expression names; "" where it names none."""
        home = self.home(node.id) if isinstance(node, ast.Name) else None
        return home.modules.get(node.id, "") if home is not None and isinstance(node, ast.Name) else ""


def bind(target: ast.expr, how: How, value: ast.expr, scope: Scope, of: Scope | None = None) -> None:
    """Note what the names of `target` stand for, when it is given `value`, an expression of the scope `of`."""
    of = of or scope
    if isinstance(target, ast.Name):
        scope.bindings[target.id] = Binding(how, value, of)
    elif isinstance(target, ast.Starred):
        bind(target.value, "copy", value, scope, of)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part, (kind, given) in zip(target.elts, _shared(target, how, value), strict=False):
            bind(part, kind, given, scope, of)


def _shared(target: ast.Tuple | ast.List, how: How, value: ast.expr) -> Iterator[tuple[How, ast.expr]]:
    """What each part of a target gets."""
    size = len(target.elts)
    whole = not any(isinstance(part, ast.Starred) for part in target.elts)
    if how == "is" and whole and isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == size:
        yield from (("is", part) for part in value.elts)
    elif how == "item" and whole and isinstance(value, ast.Call) and (pairs := _pairs(value, size)):
        yield from pairs
    else:
        yield from (("item", value) for _ in range(size))


def _pairs(call: ast.Call, size: int) -> list[tuple[How, ast.expr]]:
    """What the parts of `for a, b in enumerate(…)`, `zip(…, …)` and `….items()` are; nothing for another call."""
    name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
    nothing = ast.Constant(None)
    if name == "enumerate" and call.args:
        return [("is", nothing), ("item", call.args[0])]
    if name == "zip" and len(call.args) == size:
        return [("item", given) for given in call.args]
    if name == "items" and isinstance(call.func, ast.Attribute):
        return [("is", nothing), ("item", call.func.value)]
    return []
