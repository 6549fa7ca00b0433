"""One pass over a source: what it names, reads, changes and defines, each with the scope it stands in.

Scopes follow Python's own rules, so a local variable called `id` is no built-in and a default is read where it stands.
What is found is judged in `effects`, when every binding of every scope is known.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..procedure.loading import MODULES
from .rulebook import Finding, Rulebook, effects

_FUNCTIONS = (ast.FunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True, eq=False)
class Scope:
    """A scope of the source and what is bound in it."""

    outer: Scope | None
    kind: str
    bound: Counter[str] = field(default_factory=Counter)
    parameters: frozenset[str] = frozenset()
    loops: dict[str, str] = field(default_factory=dict)

    def home(self, name: str) -> Scope | None:
        """The scope a name means when it is read here; None for a built-in."""
        scope: Scope | None = self
        while scope is not None and name not in scope.bound:
            scope = scope.outer
        return scope

    def function(self) -> Scope:
        """The function this scope belongs to: a comprehension hands `:=` on to it."""
        return self.outer.function() if self.kind == "comprehension" and self.outer else self


@dataclass(slots=True)
class Collected:
    """What one pass found, still to be judged."""

    book: Rulebook
    findings: list[Finding] = field(default_factory=list)
    names: list[tuple[ast.Name, Scope]] = field(default_factory=list)
    attributes: list[tuple[ast.Attribute, Scope]] = field(default_factory=list)
    changes: list[tuple[str, int, Scope]] = field(default_factory=list)
    modules: dict[str, str] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    remote: set[ast.AST] = field(default_factory=set)

    def add(self, rule: str, node: Any, **facts: Any) -> None:
        """Note a finding of `rule` at `node`."""
        self.findings.append(self.book.finding(rule, getattr(node, "lineno", 0), **facts))


@cache
def words(table: str) -> dict[str, str]:
    """Word -> rule, of a table of `effects.toml`."""
    return effects().words(table)


@cache
def members(module: str) -> frozenset[str]:
    """What may be used of a module; nothing where it may not be imported."""
    return frozenset(effects().data["members"].get(module, "").split())


def collect(tree: ast.Module, module: Scope, found: Collected, main: ast.FunctionDef | None) -> list[Scope]:
    """Walk the whole source; gives the scope of `main`, in a list that is empty where there is no such function."""
    limit = found.book.data["limits"]["nodes"]
    stack: list[tuple[ast.AST, Scope]] = [(tree, module)]
    mains: list[Scope] = []
    seen = 0
    while stack:
        node, scope = stack.pop()
        seen += 1
        if isinstance(node, _FUNCTIONS):
            inner = _function(node, scope, found)
            stack += _parts(node, scope, inner)
            if node is main:
                mains.append(inner)
        elif isinstance(node, _COMPREHENSIONS):
            stack += _comprehension(node, scope)
        else:
            _note(node, scope, found)
            stack += ((child, scope) for child in ast.iter_child_nodes(node))
    if seen > limit:
        found.add("size", None, name=f"{seen:,} parts; the limit is {limit:,}")
    return mains


def constant(node: ast.AST, *, literal: bool) -> bool:
    """Whether an expression has the same value for every call: constants, and where `literal`, containers of them."""
    kinds = effects().allowed["constant"] | (effects().allowed["literal"] if literal else frozenset())
    if isinstance(node, ast.Call):
        pure = ast.unparse(node.func) in effects().allowed["constructors"]
        return pure and all(constant(a, literal=True) for a in (*node.args, *(k.value for k in node.keywords)))
    if type(node).__name__ not in kinds:
        return False
    return all(constant(child, literal=literal) for child in ast.iter_child_nodes(node))


def _function(node: ast.FunctionDef | ast.Lambda, scope: Scope, found: Collected) -> Scope:
    given = node.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *(a for a in (given.vararg, given.kwarg) if a)]
    names = [a.arg for a in arguments]
    for argument, default in _defaults(given):
        if not constant(default, literal=False):
            found.add("state-default", default, name=argument)
    if isinstance(node, ast.FunctionDef):
        scope.bound[node.name] += 1
        for decorator in node.decorator_list:
            word = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if scope.kind == "module" or word.rpartition(".")[2] not in found.book.allowed["decorators"]:
                found.add("state-cache", decorator, name=word)
    return Scope(scope, "function", Counter(names), frozenset(names))


def _defaults(given: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*given.posonlyargs, *given.args]
    for argument, default in zip(reversed(positional), reversed(given.defaults), strict=False):
        yield argument.arg, default
    for argument, keyword in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if keyword is not None:
            yield argument.arg, keyword


def _parts(node: ast.FunctionDef | ast.Lambda, scope: Scope, inner: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """The body belongs to the function; defaults, annotations and decorators to where it is defined."""
    if isinstance(node, ast.Lambda):
        yield node.body, inner
    else:
        yield from ((part, inner) for part in node.body)
        yield from ((part, scope) for part in (*node.decorator_list, node.returns) if part is not None)
    yield node.args, scope


def _comprehension(node: Any, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    inner = Scope(scope, "comprehension")
    first = node.generators[0]
    yield first.iter, scope
    yield first.target, inner
    yield from ((condition, inner) for condition in first.ifs)
    yield from ((other, inner) for other in node.generators[1:])
    results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    yield from ((result, inner) for result in results)


def _note(node: ast.AST, scope: Scope, found: Collected) -> None:
    kind = type(node).__name__
    if kind not in found.book.allowed["nodes"]:
        found.add(words("statements").get(kind, "statement"), node, name=kind)
    noter = _NOTERS.get(kind)
    if noter is not None:
        noter(node, scope, found)


def _name(node: ast.Name, scope: Scope, found: Collected) -> None:
    if isinstance(node.ctx, ast.Load):
        found.names.append((node, scope))
    else:
        scope.bound[node.id] += 1


def _walrus(node: ast.NamedExpr, scope: Scope, _found: Collected) -> None:
    scope.function().bound[node.target.id] += 1


def _attribute(node: ast.Attribute, scope: Scope, found: Collected) -> None:
    if isinstance(node.ctx, ast.Load):
        found.attributes.append((node, scope))
    else:
        found.add("mutate-attribute", node, name=node.attr)


def _import(node: ast.Import, scope: Scope, found: Collected) -> None:
    for alias in node.names:
        bound = alias.asname or alias.name.partition(".")[0]
        scope.bound[bound] += 1
        found.modules[bound] = alias.name
        if alias.name not in MODULES:
            _refuse_module(alias.name, node, found)


def _import_from(node: ast.ImportFrom, scope: Scope, found: Collected) -> None:
    module = node.module or "."
    known = members(module)
    for alias in node.names:
        scope.bound[alias.asname or alias.name] += 1
        if known and not node.level and alias.name not in known:
            shown = ", ".join(sorted(known)[:8])
            found.add("import-member", node, module=module, name=alias.name, members=shown)
    if node.level or not known:
        _refuse_module(module, node, found)


def _refuse_module(module: str, node: ast.AST, found: Collected) -> None:
    top = module.partition(".")[0]
    if top == "narwhals":
        found.add("import-frames", node, name=module)
        return
    what = found.book.data["modules"].get(top, "not among those a procedure may import")
    found.add("import", node, name=module, what=what, modules=", ".join(sorted(MODULES)))


def _call(node: ast.Call, scope: Scope, found: Collected) -> None:
    function = node.func
    if isinstance(function, ast.Attribute):
        for keyword in node.keywords:
            rule = words("keywords").get(keyword.arg or "")
            if rule:
                found.add(rule, node, name=keyword.arg)
        if any(isinstance(a, ast.Constant) and isinstance(a.value, str) and "://" in a.value for a in node.args):
            found.remote.add(function)
        if function.attr in found.book.allowed["inplace"]:
            _changed(function.value, node.lineno, scope, found)
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if word == "namedtuple":
        texts = (c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str))
        found.fields.update(part for text in texts for part in text.replace(",", " ").split())


def _subscript(node: ast.Subscript, scope: Scope, found: Collected) -> None:
    if not isinstance(node.ctx, ast.Load):
        _changed(node.value, node.lineno, scope, found)


def _augmented(node: ast.AugAssign, scope: Scope, found: Collected) -> None:
    if isinstance(node.target, ast.Name) and isinstance(node.value, (ast.List, ast.ListComp)):
        found.changes.append((node.target.id, node.lineno, scope))


def _changed(node: ast.AST, line: int, scope: Scope, found: Collected) -> None:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        found.changes.append((node.id, line, scope))


def _for(node: ast.For | ast.comprehension, scope: Scope, _found: Collected) -> None:
    if isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Name):
        scope.loops[node.target.id] = node.iter.id


def _handler(node: ast.ExceptHandler, scope: Scope, found: Collected) -> None:
    if node.name:
        scope.bound[node.name] += 1
    if node.type is None:
        found.add("catch", node, name="a bare except")


def _pattern(node: Any, scope: Scope, _found: Collected) -> None:
    name = getattr(node, "rest", None) or getattr(node, "name", None)
    if name:
        scope.bound[name] += 1


def _text(node: ast.Constant, _scope: Scope, found: Collected) -> None:
    if isinstance(node.value, (str, bytes)) and len(node.value) > found.book.data["limits"]["text"]:
        found.add("size", node, name=f"a text of {len(node.value):,} characters")


_NOTERS: dict[str, Any] = {
    "Name": _name,
    "NamedExpr": _walrus,
    "Attribute": _attribute,
    "Import": _import,
    "ImportFrom": _import_from,
    "Call": _call,
    "Subscript": _subscript,
    "AugAssign": _augmented,
    "For": _for,
    "ExceptHandler": _handler,
    "MatchAs": _pattern,
    "MatchStar": _pattern,
    "MatchMapping": _pattern,
    "Constant": _text,
}
