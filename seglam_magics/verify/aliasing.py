"""Whose value an expression is: of a parameter, of the module, or new.

A change of something that is, or is part of, an argument changes the input, under whatever name: `row = rows[0]`,
`for row in sorted(rows)`, `best = max(rows, key=…)`. What cannot be told is taken for new; the guards at run time
compare.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .scopes import COMPREHENSIONS, Scope

_STEPS = 200  # of looking back; longer chains are taken for new
_SHELLS = frozenset({"list", "tuple", "sorted", "reversed", "iter", "set", "frozenset", "dict", "deque", "enumerate"})
_PICKED = frozenset({"next", "max", "min"})
_HELD = frozenset({"get", "pop", "popleft", "popitem", "setdefault"})
_VIEWED = frozenset({"values", "items", "copy"})


@dataclass(slots=True)
class Owners:
    """Finds the owner of a value: `(name, scope)` of a parameter of a main function or of a name of the module.

    Attributes
    ----------
    inner : the scope of each comprehension.
    """

    module: Scope
    mains: Collection[Scope]
    inner: Mapping[ast.AST, Scope]
    steps: int = _STEPS

    def owner(self, node: ast.AST, scope: Scope) -> tuple[str, Scope] | None:
        """The name `node` is, or is a part of; None where it is new."""
        self.steps = _STEPS
        return self._part(node, scope)

    def _part(self, node: ast.AST, scope: Scope) -> tuple[str, Scope] | None:
        self.steps -= 1
        if self.steps < 0:
            return None
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, inside=False)
        if isinstance(node, ast.Subscript):
            return None if isinstance(node.slice, ast.Slice) else self._inside(node.value, scope)
        if isinstance(node, ast.Attribute):
            return self._inside(node.value, scope)
        if isinstance(node, ast.NamedExpr):
            return self._part(node.value, scope)
        if isinstance(node, (ast.BoolOp, ast.IfExp)):
            choices = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
            return self._first([self._part(choice, scope) for choice in choices])
        return self._given(node, scope) if isinstance(node, ast.Call) else None

    def _given(self, node: ast.Call, scope: Scope) -> tuple[str, Scope] | None:
        """The owner of what a call picks out of something."""
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _HELD:
            return self._inside(function.value, scope)
        if isinstance(function, ast.Name) and function.id in _PICKED and node.args:
            if len(node.args) == 1 or function.id == "next":
                return self._inside(node.args[0], scope)
            return self._first([self._part(given, scope) for given in node.args])
        return None

    def _inside(self, node: ast.AST, scope: Scope) -> tuple[str, Scope] | None:
        """The owner of the items of a value, which may be new itself: `list(rows)` is, its rows are not."""
        self.steps -= 1
        found = self._part(node, scope)
        if found or self.steps < 0:
            return found
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, inside=True)
        if isinstance(node, ast.Subscript):
            return self._inside(node.value, scope)
        if isinstance(node, (ast.List, ast.Tuple)):
            return self._first([self._part(part, scope) for part in node.elts[:9]])
        if isinstance(node, ast.Starred):
            return self._inside(node.value, scope)
        if isinstance(node, COMPREHENSIONS):
            return self._collected(node)
        return self._passed(node, scope) if isinstance(node, ast.Call) else None

    def _passed(self, node: ast.Call, scope: Scope) -> tuple[str, Scope] | None:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _VIEWED:
            return self._inside(function.value, scope)
        name = getattr(function, "id", "")
        if name in _SHELLS and node.args:
            return self._inside(node.args[0], scope)
        return self._inside(node.args[1], scope) if name == "filter" and len(node.args) > 1 else None

    def _collected(self, node: ast.AST) -> tuple[str, Scope] | None:
        """`[row for row in rows]` holds the rows themselves."""
        if not isinstance(node, (ast.ListComp, ast.GeneratorExp)) or not isinstance(node.elt, ast.Name):
            return None
        loop = node.generators[0]
        same = isinstance(loop.target, ast.Name) and loop.target.id == node.elt.id
        scope = self.inner[node].outer if same and len(node.generators) == 1 else None
        return self._inside(loop.iter, scope) if scope is not None else None

    def _named(self, name: str, scope: Scope, *, inside: bool) -> tuple[str, Scope] | None:
        home = scope.home(name)
        if home is None or home.bound[name] != 1:
            return None
        if home is self.module:
            return None if name in home.modules else (name, home)
        if name in home.parameters and home in self.mains:
            return (name, home)
        binding = home.bindings.get(name)
        if binding is None:
            return None
        if binding.how == "copy":
            return self._inside(binding.value, binding.scope) if inside else None
        if binding.how == "item" or inside:
            return self._inside(binding.value, binding.scope)
        return self._part(binding.value, binding.scope)

    def _first(self, found: list[tuple[str, Scope] | None]) -> tuple[str, Scope] | None:
        return next((owner for owner in found if owner), None)
