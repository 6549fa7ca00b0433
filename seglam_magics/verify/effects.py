"""Which effects a source has: an allow-list over its syntax tree, with Python's own rules of scope.

One pass collects names, attributes and changes with the scope they stand in; what they mean is decided afterwards, when
every binding of every scope is known.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..procedure.loading import BUILTINS, MODULES
from . import frame_rules
from .rulebook import Finding, Rulebook, advice, effects

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


def inspect_effects(tree: ast.Module, name: str | None, *, frames: bool, role: str) -> list[Finding]:
    """Findings about effects; see `lint` for the parameters."""
    found = Collected(effects())
    module = Scope(None, "module")
    main = _main(tree, name, found)
    mains = _collect(tree, module, found, main)
    _judge_names(found, module, frames=frames, role=role)
    _judge_attributes(found, frames=frames)
    if role == "procedure":
        _judge_changes(found, module, mains)
    return found.findings


def _main(tree: ast.Module, name: str | None, found: Collected) -> ast.FunctionDef | None:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    named = [f for f in functions if f.name == name] if name else functions
    if not named:
        found.add("missing", None, name=name or "")
        return None
    for node in tree.body:
        _toplevel(node, found)
    return named[-1]


def _toplevel(node: ast.stmt, found: Collected) -> None:
    kind = type(node).__name__
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
        found.add("toplevel", node, name="an expression")
    elif kind not in found.book.allowed["toplevel"]:
        found.add("toplevel", node, name=kind)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value and not _constant(node.value, literal=True):
        found.add("toplevel", node, name="a computed value")


def _constant(node: ast.AST, *, literal: bool) -> bool:
    """Whether an expression has the same value for every call: constants, and where `literal`, containers of them."""
    kinds = effects().allowed["constant"] | (effects().allowed["literal"] if literal else frozenset())
    if isinstance(node, ast.Call):
        pure = ast.unparse(node.func) in effects().allowed["constructors"]
        return pure and all(_constant(a, literal=True) for a in (*node.args, *(k.value for k in node.keywords)))
    if type(node).__name__ not in kinds:
        return False
    return all(_constant(child, literal=literal) for child in ast.iter_child_nodes(node))


# ---------------------------------------------------------------- collecting


def _collect(tree: ast.Module, module: Scope, found: Collected, main: ast.FunctionDef | None) -> list[Scope]:
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


def _function(node: ast.FunctionDef | ast.Lambda, scope: Scope, found: Collected) -> Scope:
    given = node.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *(a for a in (given.vararg, given.kwarg) if a)]
    names = [a.arg for a in arguments]
    for argument, default in _defaults(given):
        if not _constant(default, literal=False):
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
        found.add(_words("statements").get(kind, "statement"), node, name=kind)
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
    members = _members(module)
    for alias in node.names:
        scope.bound[alias.asname or alias.name] += 1
        if members and not node.level and alias.name not in members:
            shown = ", ".join(sorted(members)[:8])
            found.add("import-member", node, module=module, name=alias.name, members=shown)
    if node.level or not members:
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
            rule = _words("keywords").get(keyword.arg or "")
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


# ---------------------------------------------------------------- judging


@cache
def _words(table: str) -> dict[str, str]:
    return effects().words(table)


@cache
def _members(module: str) -> frozenset[str]:
    return frozenset(effects().data["members"].get(module, "").split())


@cache
def _known(*, frames: bool, role: str) -> frozenset[str]:
    extra = {"assume"} if role == "property" else {"nw"} if frames else set()
    return BUILTINS | extra


def _judge_names(found: Collected, module: Scope, *, frames: bool, role: str) -> None:
    known, refused = _known(frames=frames, role=role), _words("names")
    for name in module.bound:
        if name in refused and name not in found.modules:
            found.add("shadow", None, name=name)
    for node, scope in found.names:
        name = node.id
        if scope.home(name) is not None or name in known:
            continue
        if name in refused:
            found.add(refused[name], node, name=name)
        elif name.startswith("__"):
            found.add("introspect", node, name=name)
        else:
            found.add("name", node, name=name, advice=_unknown(name, scope, known))


def _unknown(name: str, scope: Scope, known: frozenset[str]) -> str:
    if name in MODULES:
        return f"add the line: import {name}"
    if name in ("List", "Dict", "Optional", "Any", "Tuple", "Set"):
        return "annotate with list, dict, tuple, set, or leave the annotation out"
    names: set[str] = set(known)
    inner: Scope | None = scope
    while inner is not None:
        names |= set(inner.bound)
        inner = inner.outer
    return advice(name, names, "take it as a parameter, or define it")


def _judge_attributes(found: Collected, *, frames: bool) -> None:
    refused, pairs, beginnings = _words("attributes"), _words("pairs"), _words("beginnings")
    for node, _scope in found.attributes:
        name, base = node.attr, node.value
        word = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
        rule = pairs.get(f"{word}.{name}")
        if rule is None and _permitted(found, node, frames=frames):
            continue
        rule = rule or refused.get(name) or next((r for b, r in beginnings.items() if name.startswith(b)), None)
        if name.startswith("_"):
            found.add("introspect", node, name=f".{name}")
        elif rule in ("files", None) and node in found.remote:
            found.add("network", node, name=f".{name}")
        elif rule:
            found.add(rule, node, name=name if rule in ("format", "dynamic-frame") else f"{word}.{name}".lstrip("."))
        elif frames:
            found.findings.append(frame_rules.unknown_name(node))
        else:
            among = _members(_module(found, node)) or found.book.allowed["methods"]
            told = advice(name, among, "use the methods of str, list, dict, set and numbers")
            found.add("method", node, name=name, advice=told)


def _permitted(found: Collected, node: ast.Attribute, *, frames: bool) -> bool:
    name, module = node.attr, _module(found, node)
    if module:
        return name in _members(module)
    if name in found.fields and name not in _words("attributes"):
        return True
    if frames:
        return frame_rules.permitted(node)
    return name in found.book.allowed["methods"]


def _module(found: Collected, node: ast.Attribute) -> str:
    """The module whose member this is, "" where it is a method."""
    return found.modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""


def _judge_changes(found: Collected, module: Scope, mains: list[Scope]) -> None:
    for name, line, scope in found.changes:
        home = scope.home(name)
        root = home.loops.get(name, name) if home is not None and home.bound[name] == 1 else name
        owner = home.home(root) if home is not None else None
        if home is module and name not in found.modules:
            found.findings.append(found.book.finding("state-global", line, name=name))
        elif owner in mains and owner is not None and root in owner.parameters and owner.bound[root] == 1:
            found.findings.append(found.book.finding("mutate", line, name=root))
