"""The source of a procedure as it stands among other code: what it needs, and apart from names it would clash with."""

from __future__ import annotations

import ast
import builtins
import keyword
import sys
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..procedure.binding import narrows
from ..procedure.identity import canonical_source
from ..procedure.ordering import leaves_open
from ..words import Parameter, Revision
from .literals import literal

NARWHALS = "import narwhals.stable.v2 as nw"
_CONVERTED = frozenset({"frame", "series", "list", "columns", "dict"})
_TEXTS = frozenset({"str", "text", "choice", "list"})


@dataclass(frozen=True, slots=True)
class Placed:
    """Source and the name its function has there."""

    text: str
    name: str


def needs_narwhals(source: str) -> bool:
    """Whether a source speaks of frames, as loading decides it."""
    return "nw." in source


def takes_frames(revision: Revision) -> bool:
    """Whether a procedure has to be given frames in a form of its own."""
    return any(p.type == "frame" for p in revision.parameters)


def uses_itself(revision: Revision) -> bool:
    """Whether the source of a procedure mentions its own name."""
    return revision.name in _used(revision.source)


def bound_names(source: str) -> set[str]:
    r"""The names that a source binds at its top level.

    >>> sorted(bound_names("from math import pi as p\ndef f(): x = 1"))
    ['f', 'p']
    """
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        else:
            found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return found


def placed(source: str, function: str, wanted: str, taken: Collection[str]) -> Placed:
    r"""`source` as code that binds `wanted` to its function and leaves the names in `taken` alone.

    A source that would bind one of them, or that means a built-in which `taken` hides, is put into a function.

    >>> print(placed("import re\ndef f(x):\n    return re.sub('a', '', x)", "f", "f_2", {"re"}).text)
    def _made_f_2():
        import re
    <BLANKLINE>
        def f(x):
            return re.sub('a', '', x)
        return f
    f_2 = _made_f_2()
    """
    text = canonical_source(source).rstrip("\n")
    hidden = _used(source) & set(taken) & set(dir(builtins))
    if wanted == function and not hidden and not bound_names(source) & set(taken):
        return Placed(text, function)
    own = [f"    from builtins import {', '.join(sorted(hidden))}"] if hidden else []
    inner = ["    " + line if line else "" for line in _without_lines(ast.parse(source)).splitlines()]
    lines = [f"def _made_{wanted}():", *own, *inner, f"    return {function}", f"{wanted} = _made_{wanted}()"]
    return Placed("\n".join(lines), wanted)


def _used(source: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}


def _without_lines(tree: ast.Module) -> str:
    """The source without strings over several lines, which an indent would change."""
    return ast.unparse(_Joined().visit(tree))


class _Joined(ast.NodeTransformer):
    """Docstrings go: unparsed they are the only constants that spread over lines."""

    def _bare(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        body = getattr(node, "body", [])
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body[:] = body[1:] or [ast.Pass()]
        return node

    visit_Module = visit_FunctionDef = visit_ClassDef = _bare  # noqa: N815 - as `ast` names them


# ---------------------------------------------------------------- the call


def signature(revision: Revision) -> dict[str, str]:
    """Parameter -> its type, in the order of the function's own parameters."""
    types = {p.name: p.type for p in revision.parameters}
    return {name: types.get(name, "") for name in _parameters(revision)}


def _parameters(revision: Revision) -> list[str]:
    body = ast.parse(revision.source).body
    function = next(n for n in body if isinstance(n, ast.FunctionDef) and n.name == revision.name)
    given = function.args
    return [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def border_options(revision: Revision) -> str:
    """The keyword arguments of `border.procedure` for this one."""
    parts = [f"kinds={literal(signature(revision))}", f"returns={literal(revision.returns)}"]
    parts += ["sort_rows=True"] if leaves_open(revision) else []
    needs = {p.name: _needs(revision, p) for p in revision.parameters if p.type == "frame"}
    known = {name: columns for name, columns in needs.items() if columns is not None}
    return ", ".join([*parts, *([f"needs={literal(known)}"] if known else [])])


def _needs(revision: Revision, frame: Parameter) -> tuple[list[str], list[str]] | None:
    """The columns of a frame that can be seen: its own and the slots that name some; None where it may be all."""
    texts = {p.name for p in revision.parameters if p.type in _TEXTS}
    frames = [p for p in revision.parameters if p.type == "frame"]
    if len(frames) != 1 or not narrows(revision.source, frame.name, texts):
        return None
    own = [c for r in revision.requires if r.parameter == frame.name for c in r.columns]
    slots = [p.name for p in revision.parameters if p.type in ("column", "columns")]
    return (own, slots) if own or slots else None


# ---------------------------------------------------------------- names


def module_names(names: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """A name for the module of each procedure: no keyword, no module of Python's own, no two that a disk takes for one.

    >>> module_names(["class_size", "json", "Mean", "mean", "доля"])
    {'class_size': 'class_size', 'json': 'json_', 'Mean': 'Mean', 'mean': 'mean_2', 'доля': 'доля'}
    """
    found: dict[str, str] = {}
    used = {_folded(name) for name in taken}
    for name in names:
        base = name.strip("_") or "procedure"
        base += "_" if keyword.iskeyword(base) or base in sys.stdlib_module_names else ""
        chosen, number = base, 2
        while _folded(chosen) in used:
            chosen, number = f"{base}_{number}", number + 1
        used.add(_folded(chosen))
        found[name] = chosen
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
