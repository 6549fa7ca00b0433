"""Sources compared by their form: the same but for names (alpha-equivalence), or but for names and constants.

A source is laid out as a sequence of marks, names and constants. Names that it binds itself may be called anything, as
long as the same ones are called the same; built-ins, imports, attributes and keywords are what they are. Doc strings,
comments, annotations and formatting say nothing to the machine and are left out, and so is the order of the parameters:
procedures are called by keyword.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

_FIXED = frozenset({*dir(builtins), "nw"})
_SILENT = frozenset({"annotation", "returns", "type_comment", "kind", "ctx"})
# Where a node keeps a name that it binds or reads.
NAMES = {
    "Name": "id",
    "arg": "arg",
    "FunctionDef": "name",
    "AsyncFunctionDef": "name",
    "ExceptHandler": "name",
    "MatchAs": "name",
    "MatchStar": "name",
    "MatchMapping": "rest",
    "Global": "names",
    "Nonlocal": "names",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One step of a source: `mark` for what must be the same, `name` for what may be called otherwise, `constant`."""

    kind: Literal["mark", "name", "constant"]
    value: Any
    node: ast.expr | None = None

    @property
    def exact(self) -> tuple[str, str]:
        """A constant as it is told from all others: 1 is not 1.0 is not True."""
        return type(self.value).__name__, repr(self.value)

    @property
    def masked(self) -> tuple[str, str]:
        """A constant without its value, where another one might stand in its place: a number or a text."""
        if type(self.value) in (int, float):
            return "number", ""
        return ("str", "") if isinstance(self.value, str) else self.exact


@dataclass(frozen=True)
class Outline:
    """A source laid out.

    Attributes
    ----------
    main : the function a procedure is called by.
    parameters : its parameters in the order in which its body first needs them, unused ones last.
    free : the names that may be called otherwise.
    """

    tree: ast.Module
    main: ast.FunctionDef
    parameters: tuple[str, ...]
    free: frozenset[str]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two sources of one form.

    Attributes
    ----------
    names : name of the one -> name of the other.
    differences : the constants that differ, each of the one with its fellow of the other.
    """

    names: Mapping[str, str]
    differences: tuple[tuple[Item, Item], ...]


@lru_cache(maxsize=64)
def outline(source: str, name: str) -> Outline:
    """The layout of `source`, whose function is called `name`.

    Raises
    ------
    ValueError : it is not Python, or defines no such function.

    >>> outline("def f(b, a): return a - b", "f").parameters
    ('a', 'b')
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"it is not Python: {error}") from None
    main = next((n for n in reversed(tree.body) if isinstance(n, ast.FunctionDef) and n.name == name), None)
    if main is None:
        raise ValueError(f"it defines no function {name}")
    own = _own_calls(tree, main)
    walk = _Walk(main, _free(tree, main, own), own)
    try:
        walk.node(tree)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    parameters = sorted((a.arg for a in _arguments(main.args)), key=walk.seen.index)
    return Outline(tree, main, tuple(parameters), walk.free, tuple(walk.items))


def form_key(laid: Outline, *, masked: bool = False) -> str:
    """A key that sources have in common that are the same but for names; `masked`, but for names and constants.

    >>> one, other = outline("def f(xs): return sum(xs) + 1", "f"), outline("def g(a): return sum(a) + 2", "g")
    >>> form_key(one) == form_key(other), form_key(one, masked=True) == form_key(other, masked=True)
    (False, True)
    """
    numbers: dict[str, int] = {}
    told: list[Any] = []
    for item in laid.items:
        if item.kind == "constant":
            told.append(item.masked if masked else item.exact)
        else:
            told.append(numbers.setdefault(item.value, len(numbers)) if item.kind == "name" else item.value)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def align(one: Outline, other: Outline) -> Alignment | None:
    """What is called and what is written differently in two sources of one form; None where they are of two.

    >>> found = align(outline("def f(xs): return sum(xs) + 1", "f"), outline("def g(a): return sum(a) + 2", "g"))
    >>> found.names, [(a.value, b.value) for a, b in found.differences]
    ({'f': 'g', 'xs': 'a'}, [(1, 2)])
    """
    if len(one.items) != len(other.items):
        return None
    names: dict[str, str] = {}
    back: dict[str, str] = {}
    differences = []
    for mine, its in zip(one.items, other.items, strict=True):
        if mine.kind != its.kind or (mine.kind == "mark" and mine.value != its.value):
            return None
        if mine.kind == "name" and not (_pairs(names, mine.value, its.value) and _pairs(back, its.value, mine.value)):
            return None
        if mine.kind == "constant" and mine.exact != its.exact:
            if mine.masked != its.masked:
                return None
            differences.append((mine, its))
    return Alignment(names, tuple(differences))


def _pairs(known: dict[str, str], name: str, other: str) -> bool:
    return known.setdefault(name, other) == other


def number(node: ast.AST) -> int | float | None:
    """The number a node writes, also a negative one; None where it is none.

    >>> number(ast.parse("-2.5", mode="eval").body), number(ast.parse("True", mode="eval").body)
    (-2.5, None)
    """
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = number(node.operand)
        return None if value is None else -value
    known = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    return node.value if known else None  # type: ignore[attr-defined]


# ---------------------------------------------------------------- names


def _arguments(given: ast.arguments) -> list[ast.arg]:
    starred = [a for a in (given.vararg, given.kwarg) if a is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *starred]


def _own_calls(tree: ast.Module, main: ast.FunctionDef) -> frozenset[ast.Call] | None:
    """The calls of a procedure by itself; None where it uses itself otherwise, or its name for something else."""
    nodes = list(ast.walk(tree))
    uses = [n for n in nodes if isinstance(n, ast.Name) and n.id == main.name]
    calls = [n for n in nodes if isinstance(n, ast.Call) and n.func in uses]
    named = sum(name == main.name for n in nodes for name in _bound(n))
    plain = len(uses) == len(calls) and named == 1 and all(k.arg for c in calls for k in c.keywords)
    return frozenset(calls) if plain else None


def _free(tree: ast.Module, main: ast.FunctionDef, own: frozenset[ast.Call] | None) -> frozenset[str]:
    """Names the source binds itself, but for those that something else knows by their spelling.

    The keyword of a call may be a parameter of any function that is handed about, so a parameter that is called like a
    keyword keeps its name. Only of the calls of `main` by itself it is known whose keywords they are.
    """
    nodes = list(ast.walk(tree))
    bound = {name for node in nodes for name in _bound(node)}
    imports = (n for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom)))
    imported = {alias.asname or alias.name.partition(".")[0] for n in imports for alias in n.names}
    calls = [n for n in nodes if isinstance(n, ast.Call) and n not in (own or ())]
    said = {k.arg for call in calls for k in call.keywords if k.arg}
    functions = (n for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))
    inner = {a.arg for f in functions if f is not main for a in _arguments(f.args)}
    handed = {a.arg for a in _arguments(main.args)} if own is None else set()
    return frozenset(bound - _FIXED - imported - (said & inner) - handed)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names a node binds."""
    found = getattr(node, NAMES.get(type(node).__name__, ""), None)
    if found and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
        yield from [found] if isinstance(found, str) else found


# ---------------------------------------------------------------- the layout


class _Walk:
    """Lays a tree out, node by node.

    `own` are the calls of `main` by itself. Where there are any, perhaps by position, its parameters keep their order.
    """

    def __init__(self, main: ast.FunctionDef, free: frozenset[str], own: frozenset[ast.Call] | None) -> None:
        self.free = free
        self.items: list[Item] = []
        self.seen: list[str] = []
        self._main = main
        unusual = main.args.posonlyargs or main.args.vararg or main.args.kwarg
        self._sorted = own is not None and not own and not unusual
        self._keywords = {k for call in own or () for k in call.keywords}
        self._bounds: set[ast.AST] = set()  # of slices: there a sign is an end to count from, and no part of a number

    def node(self, node: ast.AST) -> None:
        """Lay out one node and all below it."""
        value = None if node in self._bounds else number(node)
        if isinstance(node, ast.expr) and (value is not None or isinstance(node, ast.Constant)):
            self.items.append(Item("constant", node.value if isinstance(node, ast.Constant) else value, node))
            return
        if isinstance(node, ast.Slice):
            self._bounds |= set(ast.iter_child_nodes(node))
        self._mark(type(node).__name__)
        if node is self._main and self._sorted:
            self._by_use(self._main)
        else:
            for name, part in ast.iter_fields(node):
                if name not in _SILENT:
                    self._field(node, name, part)

    def _field(self, node: ast.AST, name: str, part: Any) -> None:
        if isinstance(part, list):
            parts = _without_doc(node, part) if name == "body" else part
            self._mark(len(parts))
            for one in parts:
                self._field(node, name, one)
        elif isinstance(part, ast.AST):
            self.node(part)
        elif isinstance(part, str) and (name == NAMES.get(type(node).__name__) or node in self._keywords):
            self._name(part)
        else:
            self._mark(repr(part))

    def _by_use(self, main: ast.FunctionDef) -> None:
        """A function with its parameters behind its body, in the order in which this needs them."""
        self._name(main.name)
        self._field(main, "body", main.body)
        self._field(main, "decorator_list", main.decorator_list)
        given = main.args
        defaults = dict(zip(reversed(given.args), reversed(given.defaults), strict=False))
        defaults |= {a: d for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None}
        place = {name: k for k, name in reversed(list(enumerate(self.seen)))}
        self._mark(len(_arguments(given)))
        for argument in sorted(_arguments(given), key=lambda a: place.get(a.arg, len(self.seen))):
            self._name(argument.arg)
            self._field(main, "default", defaults.get(argument))

    def _name(self, name: str) -> None:
        self.seen.append(name)
        self.items.append(Item("name" if name in self.free else "mark", name))

    def _mark(self, value: object) -> None:
        self.items.append(Item("mark", value))


def _without_doc(node: ast.AST, body: Sequence[Any]) -> Sequence[Any]:
    """The statements without a doc string; of a function that has nothing else, as they are."""
    documented = isinstance(node, (ast.Module, ast.FunctionDef)) and len(body) > 1
    first = body[0].value if documented and isinstance(body[0], ast.Expr) else None
    return body[1:] if isinstance(first, ast.Constant) and isinstance(first.value, str) else body
