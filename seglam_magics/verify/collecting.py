"""One pass over a source: what it names, reads, changes and defines, each with the scope it stands in.

What is found is judged in `effects`, when every binding of every scope is known.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..procedure.loading import MODULES
from .calls import note_call
from .collected import Collected, constant, members, words
from .scopes import COMPREHENSIONS, FUNCTIONS, Binding, Scope, bind

_DISPLAYS = (ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp)


def collect(tree: ast.Module, module: Scope, found: Collected, main: ast.FunctionDef | None) -> list[Scope]:
    """Walk the whole source; gives the scope of `main`, in a list that is empty where there is no such function."""
    limit = found.book.data["limits"]["nodes"]
    stack: list[tuple[ast.AST, Scope]] = [(tree, module)]
    mains: list[Scope] = []
    seen = 0
    while stack:
        node, scope = stack.pop()
        seen += 1
        if isinstance(node, FUNCTIONS):
            inner = _function(node, scope, found)
            stack += _parts(node, scope, inner)
            if node is main:
                mains.append(inner)
        elif isinstance(node, COMPREHENSIONS):
            stack += _comprehension(node, scope, found)
        else:
            _note(node, scope, found)
            stack += ((child, scope) for child in _children(node))
    if seen > limit:
        found.add("size", None, name=f"{seen:,} parts; the limit is {limit:,}")
    return mains


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is walked next; `:=` binds its name elsewhere."""
    return iter((node.value,)) if isinstance(node, ast.NamedExpr) else ast.iter_child_nodes(node)


def _function(node: ast.FunctionDef | ast.Lambda, scope: Scope, found: Collected) -> Scope:
    given = node.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *(a for a in (given.vararg, given.kwarg) if a)]
    names = [a.arg for a in arguments]
    for name in names:
        _watch(name, node, found)
    inner = Scope(scope, "function", Counter(names), frozenset(names))
    for argument, default in _defaults(given):
        inner.bindings[argument] = Binding("is", default, scope)
        if not constant(default, literal=False):
            found.add("state-default", default, name=argument)
    if isinstance(node, ast.FunctionDef):
        _bound(node.name, node, scope, found)
        for decorator in node.decorator_list:
            word = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if scope.kind == "module" or word.rpartition(".")[2] not in found.book.allowed["decorators"]:
                found.add("state-cache", decorator, name=word)
    return inner


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


def _comprehension(node: Any, scope: Scope, found: Collected) -> Iterator[tuple[ast.AST, Scope]]:
    inner = found.inner[node] = Scope(scope, "comprehension")
    first = node.generators[0]
    bind(first.target, "item", first.iter, inner, scope)
    yield first.iter, scope
    yield first.target, inner
    yield from ((condition, inner) for condition in first.ifs)
    yield from ((other, inner) for other in node.generators[1:])
    results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    yield from ((result, inner) for result in results)


def _watch(name: str, node: ast.AST, found: Collected) -> None:
    if name.startswith("__") and name.endswith("__"):
        found.add("introspect", node, name=name)


def _bound(name: str, node: ast.AST, scope: Scope, found: Collected) -> None:
    scope.bound[name] += 1
    _watch(name, node, found)


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
        _bound(node.id, node, scope, found)


def _walrus(node: ast.NamedExpr, scope: Scope, found: Collected) -> None:
    home = scope.function()
    _bound(node.target.id, node, home, found)
    bind(node.target, "is", node.value, home, scope)


def _assigned(node: ast.Assign, scope: Scope, _found: Collected) -> None:
    for target in node.targets:
        bind(target, "is", node.value, scope)


def _annotated(node: ast.AnnAssign, scope: Scope, _found: Collected) -> None:
    if node.value is not None:
        bind(node.target, "is", node.value, scope)


def _looped(node: ast.For | ast.comprehension, scope: Scope, _found: Collected) -> None:
    bind(node.target, "item", node.iter, scope)


def _attribute(node: ast.Attribute, scope: Scope, found: Collected) -> None:
    found.bases.add(node.value)
    if not isinstance(node.ctx, ast.Load):
        found.add("mutate-attribute", node, name=node.attr)
        return
    found.attributes.append((node, scope))
    if node.attr in found.book.allowed["inplace"] and node not in found.plain:
        found.changes.append((node.value, node.lineno, scope))


def _import(node: ast.Import, scope: Scope, found: Collected) -> None:
    for alias in node.names:
        bound = alias.asname or alias.name.partition(".")[0]
        _bound(bound, node, scope, found)
        scope.modules[bound] = alias.name
        if alias.name not in MODULES:
            _refuse_module(alias.name, node, found)


def _import_from(node: ast.ImportFrom, scope: Scope, found: Collected) -> None:
    module = node.module or "."
    known = members(module)
    for alias in node.names:
        _bound(alias.asname or alias.name, node, scope, found)
        if known and not node.level and alias.name not in known:
            shown = ", ".join(sorted(known)[:8])
            found.add("import-member", node, module=module, name=alias.name, members=shown)
    if node.level or not known:
        _refuse_module(module, node, found)


def _refuse_module(module: str, node: ast.AST, found: Collected) -> None:
    top = module.partition(".")[0]
    what = found.book.data["modules"].get(top, "not among those a procedure may import")
    rule = words("imports").get(top, "import")
    found.add(rule, node, name=module, what=what, modules=", ".join(sorted(MODULES)))


def _subscript(node: ast.Subscript, scope: Scope, found: Collected) -> None:
    if not isinstance(node.ctx, ast.Load):
        found.changes.append((node.value, node.lineno, scope))


def _augmented(node: ast.AugAssign, scope: Scope, found: Collected) -> None:
    if isinstance(node.target, ast.Name) and isinstance(node.value, _DISPLAYS):
        scope.bound[node.target.id] -= 1  # `xs += […]` changes the list that `xs` is
        found.changes.append((ast.Name(node.target.id, ast.Load()), node.lineno, scope))


def _handler(node: ast.ExceptHandler, scope: Scope, found: Collected) -> None:
    if node.name:
        _bound(node.name, node, scope, found)
    if node.type is None:
        found.add("catch", node, name="a bare except")


def _pattern(node: Any, scope: Scope, found: Collected) -> None:
    name = getattr(node, "rest", None) or getattr(node, "name", None)
    if name:
        _bound(name, node, scope, found)


def _class_pattern(node: ast.MatchClass, _scope: Scope, found: Collected) -> None:
    plain = isinstance(node.cls, ast.Name) and node.cls.id in found.book.allowed["patterns"]
    if node.kwd_attrs or (node.patterns and not plain):
        found.add("pattern", node, name=ast.unparse(node.cls))


def _yielded(_node: ast.expr, scope: Scope, found: Collected) -> None:
    found.generators.append(scope.function())


def _text(node: ast.Constant, _scope: Scope, found: Collected) -> None:
    if isinstance(node.value, (str, bytes)) and len(node.value) > found.book.data["limits"]["text"]:
        found.add("size", node, name=f"a text of {len(node.value):,} characters")


_NOTERS: dict[str, Any] = {
    "Name": _name,
    "NamedExpr": _walrus,
    "Assign": _assigned,
    "AnnAssign": _annotated,
    "For": _looped,
    "comprehension": _looped,
    "Attribute": _attribute,
    "Import": _import,
    "ImportFrom": _import_from,
    "Call": note_call,
    "Subscript": _subscript,
    "AugAssign": _augmented,
    "ExceptHandler": _handler,
    "MatchAs": _pattern,
    "MatchStar": _pattern,
    "MatchMapping": _pattern,
    "MatchClass": _class_pattern,
    "Yield": _yielded,
    "YieldFrom": _yielded,
    "Constant": _text,
}
