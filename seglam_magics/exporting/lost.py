"""Names that a plain notebook lacks because the cell that made them was left out, and the cells that need them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from .cells import names_bound

_OUTPUT = re.compile(r"\s*%%reason\b[^\n]*?(?:-o|--output)[ =]\s*(\w+)")
_CELL_MAGIC = re.compile(r"\s*%%\w")


def python_of(source: str) -> str:
    r"""A cell as the Python it is run as; "" for a cell magic.

    >>> python_of("%%reason\nhow many rows?"), python_of("x = 1")
    ('', 'x = 1\n')
    """
    from IPython.core.inputtransformer2 import TransformerManager

    if _CELL_MAGIC.match(source):
        return ""
    text: str = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
    return text


def outputs_of(source: str) -> tuple[str, ...]:
    r"""The name that `-o` of a question binds.

    >>> outputs_of("%%reason -o top\nhow many rows?")
    ('top',)
    """
    found = _OUTPUT.match(source)
    return (found[1],) if found else ()


@dataclass(slots=True)
class Lost:
    """The names that are missing from here on."""

    _names: set[str] = field(default_factory=set)

    def needed_by(self, python: str) -> str:
        """A missing name that a cell reads, "" where there is none."""
        try:
            tree = ast.parse(python)
        except SyntaxError:
            return ""
        read = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
        return next((name for name in read if name in self._names), "")

    def without(self, source: str, python: str) -> None:
        """A cell was left out: what it binds is missing."""
        self._names |= names_bound([python]) | set(outputs_of(source))

    def after(self, source: str, python: str) -> None:
        """A cell runs: what it binds is there again."""
        self._names -= names_bound([python]) | set(outputs_of(source))
