"""Which effects a source has: what was collected of it, held against the allow-lists."""

from __future__ import annotations

import ast
import builtins
from functools import cache

from ..procedure.loading import BUILTINS, MODULES
from . import frame_rules
from .collecting import Collected, Scope, collect, constant, members, words
from .rulebook import Finding, advice, effects


def inspect_effects(tree: ast.Module, name: str | None, *, frames: bool, role: str) -> list[Finding]:
    """Findings about effects; see `lint` for the parameters."""
    found = Collected(effects())
    module = Scope(None, "module")
    main = _main(tree, name, found)
    mains = collect(tree, module, found, main)
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
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value and not constant(node.value, literal=True):
        found.add("toplevel", node, name="a computed value")


@cache
def _known(*, frames: bool, role: str) -> frozenset[str]:
    extra = {"assume"} if role == "property" else {"nw"} if frames else set()
    return BUILTINS | extra


def _judge_names(found: Collected, module: Scope, *, frames: bool, role: str) -> None:
    known, refused = _known(frames=frames, role=role), words("names")
    for name in module.bound:
        if name in refused and hasattr(builtins, name):
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
    refused, pairs, beginnings = words("attributes"), words("pairs"), words("beginnings")
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
            among = members(_module(found, node)) or found.book.allowed["methods"]
            told = advice(name, among, "use the methods of str, list, dict, set and numbers")
            found.add("method", node, name=name, advice=told)


def _permitted(found: Collected, node: ast.Attribute, *, frames: bool) -> bool:
    name, module = node.attr, _module(found, node)
    if module:
        return name in members(module)
    if name in found.fields and name not in words("attributes"):
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
        elif owner is not None and owner in mains and root in owner.parameters and owner.bound[root] == 1:
            found.findings.append(found.book.finding("mutate", line, name=root))
