"""A question of a notebook as plain Python: the procedure's source where it is used first, and a call."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..words import Revision
from .literals import literal
from .recording import Record
from .sources import NARWHALS, border_options, bound_names, needs_narwhals, placed, signature, takes_frames, uses_itself
from .texts import carried, tell

_COPIES = {"list": "list", "series": "list", "columns": "list", "dict": "dict"}
_DATES = "_datetime"
BORDER = "_procedure"


@dataclass(slots=True)
class Bench:
    """What the plain notebook has defined so far.

    Attributes
    ----------
    user : names the notebook itself binds; a procedure that has one of them gets another name.
    defined : name of a function -> proc_id it was made of.
    border : a procedure on frames was met.
    """

    user: frozenset[str]
    defined: dict[str, str] = field(default_factory=dict)
    border: bool = False
    _bound: set[str] = field(default_factory=set)

    def call(self, record: Record) -> tuple[list[str], str]:
        """Definitions that are missing for a question, and the call that answers it."""
        revision = record.revision
        assert revision is not None
        name = revision.name
        while name in self.user:
            name += "_procedure"
        lines: list[str] = []
        bordered = takes_frames(revision) or bool(record.foreign)
        if self.defined.get(name) != f"{revision.proc_id} {bordered}":
            lines = self._definition(revision, name, bordered=bordered)
            self.defined[name] = f"{revision.proc_id} {bordered}"
        arguments = ", ".join(
            f"{n}={_argument(record, n, kind, bordered=bordered)}" for n, kind in signature(revision).items()
        )
        if f"{_DATES}." in arguments:
            lines = [f"import datetime as {_DATES}", *lines]
        return lines, f"{name}({arguments})"

    def _definition(self, revision: Revision, name: str, *, bordered: bool) -> list[str]:
        narwhals = needs_narwhals(revision.source)
        source = f"{NARWHALS}\n\n\n{revision.source}" if narwhals else revision.source
        own = {revision.name} if bordered and uses_itself(revision) else set()
        taken = self.user | (self._bound - {name}) | own
        text = placed(source, revision.name, name, taken).text
        self._bound |= bound_names(revision.source)
        self.border = self.border or bordered
        lines = [*text.splitlines(), ""]
        return [*lines, f"{name} = {BORDER}({name}, {border_options(revision)})", ""] if bordered else [*lines, ""]


def _argument(record: Record, name: str, kind: str, *, bordered: bool) -> str:
    if name not in record.names:
        return literal(record.values[name], _DATES)
    variable = record.names[name]
    copies = _COPIES.get(kind) if not bordered else None
    return f"{copies}({variable})" if copies else variable


def border_source() -> str:
    """The border as a function of its own, so that none of its names are the notebook's."""
    text = carried("border").replace("from __future__ import annotations\n", "")
    body = text.split('"""\n', 1)[1].strip("\n")
    head = "# " + tell("notebook.border")
    inner = textwrap.indent(body, "    ")
    return f"{head}\ndef _made_border():\n{inner}\n\n    return procedure\n\n\n{BORDER} = _made_border()"


def commented(why: str, source: str) -> str:
    r"""A cell that only says why it does nothing, and what it was.

    >>> print(commented("left out", "1 +\n\n1"))
    # left out
    # 1 +
    #
    # 1
    """
    return "\n".join(f"# {line}".rstrip() for line in [*why.splitlines(), *source.rstrip("\n").splitlines()])


def names_bound(sources: Iterable[str]) -> frozenset[str]:
    """Every name that cells of a notebook bind anywhere; what is no Python is passed over."""
    found: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            found |= _bound_by(node)
    return frozenset(found)


def _bound_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return {node.id}
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return set()
