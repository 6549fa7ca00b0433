"""What one pass over a source found, and the words it is held against."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .rulebook import Finding, Rulebook, effects
from .scopes import Scope


@dataclass(slots=True)
class Collected:
    """What one pass found, still to be judged.

    Attributes
    ----------
    changes : expressions whose value is changed, with the line.
    bases : names that stand before a dot.
    called, plain : attributes that are called; those of them whose keywords tell that they are of a frame or a date.
    generators : functions that yield.
    inner : the scope of each comprehension.
    fields : names of the fields of named tuples.
    remote : attributes called with an address of the network.
    """

    book: Rulebook
    findings: list[Finding] = field(default_factory=list)
    names: list[tuple[ast.Name, Scope]] = field(default_factory=list)
    attributes: list[tuple[ast.Attribute, Scope]] = field(default_factory=list)
    changes: list[tuple[ast.expr, int, Scope]] = field(default_factory=list)
    bases: set[ast.AST] = field(default_factory=set)
    called: set[ast.AST] = field(default_factory=set)
    plain: set[ast.AST] = field(default_factory=set)
    generators: list[Scope] = field(default_factory=list)
    inner: dict[ast.AST, Scope] = field(default_factory=dict)
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


def constant(node: ast.AST, *, literal: bool) -> bool:
    """Whether an expression has the same value for every call: constants, and where `literal`, containers of them."""
    kinds = effects().allowed["constant"] | (effects().allowed["literal"] if literal else frozenset())
    if isinstance(node, ast.Call):
        pure = ast.unparse(node.func) in effects().allowed["constructors"]
        return pure and all(constant(a, literal=True) for a in (*node.args, *(k.value for k in node.keywords)))
    if type(node).__name__ not in kinds or (isinstance(node, ast.BinOp) and not _is_small(node)):
        return False
    return all(constant(child, literal=literal) for child in ast.iter_child_nodes(node))


def _is_small(node: ast.BinOp) -> bool:
    """Whether a constant is worked out at once: a power of plain numbers, nothing repeated."""
    if isinstance(node.op, ast.Pow):
        right = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        most = effects().data["limits"]["exponent"]
        return isinstance(right, ast.Constant) and isinstance(right.value, (int, float)) and right.value <= most
    sides = (node.left, node.right)
    return not (isinstance(node.op, ast.Mult) and any(isinstance(getattr(s, "value", 0), (str, bytes)) for s in sides))
