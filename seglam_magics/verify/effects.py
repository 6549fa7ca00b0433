"""Which effects a source has: what was collected of it, held against the allow-lists."""

from __future__ import annotations

import ast
import builtins
from functools import cache

from ..procedure.loading import BUILTINS, MODULES
from . import frame_rules
from .aliasing import Owners
from .collected import Collected, constant, members, words
from .collecting import collect
from .rulebook import Finding, advice, effects
from .scopes import Scope

_ADVISED = 20  # findings about unknown names; more help nobody, and looking for similar names takes time


def inspect_effects(tree: ast.Module, name: str | None, *, frames: bool, role: str) -> list[Finding]:
    """Findings about effects; see `lint` for the parameters."""
    found = Collected(effects())
    module = Scope(None, "module")
    main = _main(tree, name, found)
    mains = collect(tree, module, found, main)
    _judge_form(found, module, main, mains)
    _judge_names(found, frames=frames, role=role)
    _judge_attributes(found, frames=frames)
    _judge_changes(found, module, mains if role == "procedure" else [])
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


def _judge_form(found: Collected, module: Scope, main: ast.FunctionDef | None, mains: list[Scope]) -> None:
    if main is not None and module.bound[main.name] > 1:
        found.add("twice", main, name=main.name)
    if main is not None and any(scope in mains for scope in found.generators):
        found.add("yields", main, name=main.name)
    for name in module.bound:
        if name in words("names") and hasattr(builtins, name):
            found.add("shadow", None, name=name)


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


def _judge_names(found: Collected, *, frames: bool, role: str) -> None:
    known, refused, unknown = _known(frames=frames, role=role), words("names"), 0
    for node, scope in found.names:
        name, home = node.id, scope.home(node.id)
        if home is not None:
            if name in home.modules and node not in found.bases:
                found.add("module", node, name=name)
        elif name in refused:
            found.add(refused[name], node, name=name)
        elif name.startswith("__"):
            found.add("introspect", node, name=name)
        elif name == "nw" and frames and node not in found.bases:
            found.add("module", node, name=name)
        elif name not in known and (unknown := unknown + 1) <= _ADVISED:
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
    unknown = 0
    for node, scope in found.attributes:
        module = scope.module(node.value)
        rule = _refused(found, node)
        if node.attr.startswith("_"):
            found.add("introspect", node, name=f".{node.attr}")
        elif rule and not _is_field(found, node, rule, frames=frames):
            found.add(rule, node, name=_called(node, rule))
        elif not rule and not _permitted(found, node, module, frames=frames):
            if node in found.remote:
                found.add("network", node, name=f".{node.attr}")
            elif (unknown := unknown + 1) <= _ADVISED:
                found.findings.append(_stranger(found, node, module, frames=frames))


def _refused(found: Collected, node: ast.Attribute) -> str | None:
    """The rule an attribute breaks by its name."""
    pairs, name = words("pairs"), node.attr
    rule = pairs.get(f"{_word(node)}.{name}") or words("attributes").get(name)
    if rule is None and name not in found.book.allowed["methods"]:
        rule = next((rule for beginning, rule in words("beginnings").items() if name.startswith(beginning)), None)
    return "network" if rule == "files" and node in found.remote else rule


def _word(node: ast.Attribute) -> str:
    """What stands before the dot, where it is a name or an attribute."""
    base = node.value
    return base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")


def _called(node: ast.Attribute, rule: str) -> str:
    """An attribute as the sentence names it."""
    return node.attr if rule in ("format", "dynamic-frame") else f"{_word(node)}.{node.attr}".lstrip(".")


def _is_field(found: Collected, node: ast.Attribute, rule: str, *, frames: bool) -> bool:
    """Whether an attribute that is called like something refused is read from a named tuple of the source."""
    harmless = rule in found.book.allowed["fields"] and node not in found.called
    return harmless and not frames and node.attr in found.fields


def _stranger(found: Collected, node: ast.Attribute, module: str, *, frames: bool) -> Finding:
    if frames and not module:
        return frame_rules.unknown_name(node)
    among = members(module) or found.book.allowed["methods"]
    told = advice(node.attr, among, "use the methods of str, list, dict, set and numbers")
    return found.book.finding("method", node.lineno, name=node.attr, advice=told)


def _permitted(found: Collected, node: ast.Attribute, module: str, *, frames: bool) -> bool:
    if module:
        return node.attr in members(module)
    if frames:
        return node in found.plain or frame_rules.permitted(node)
    return node.attr in found.book.allowed["methods"] or node.attr in found.fields


def _judge_changes(found: Collected, module: Scope, mains: list[Scope]) -> None:
    owners = Owners(module, mains, found.inner)
    for node, line, scope in found.changes:
        owner = owners.owner(node, scope)
        if owner is not None:
            rule = "state-global" if owner[1] is module else "mutate"
            found.findings.append(found.book.finding(rule, line, name=owner[0]))
