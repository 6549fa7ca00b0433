"""Input transformers: a question may end in `?` and stand on the magic's own line.

IPython turns `%reason how many rows has df?` and `x = %reason … df?` into help on `df`, and refuses a cell magic that
has no body. Both are recognised here by their tokens, so that strings and comments that only look like them stay as
they are.
"""

from __future__ import annotations

import re
import tokenize
from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import TokenTransformBase, assemble_continued_line, find_end_of_continued_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

MAGICS = frozenset({"reason", "seglam"})
_ONE_LINE = re.compile(r"%%(reason|procedure|property)(\s|$)")
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


def one_line_cell(lines: list[str]) -> list[str]:
    r"""Give a `%%reason` cell without a body an empty one, since IPython refuses none.

    >>> one_line_cell(["%%reason how many rows has df?\n"])
    ['%%reason how many rows has df?\n', '\n']
    """
    return [*lines, "\n"] if lines and not "".join(lines[1:]) and _ONE_LINE.match(lines[0]) else lines


class QuestionLine(TokenTransformBase):  # IPython's own way to add syntax
    """`%reason …` and `x = %reason …` as calls of the magic, before a trailing `?` is read as a request for help."""

    priority = 1  # help has 5

    def __init__(self, first: Any, magic: Any) -> None:
        super().__init__(first.start)  # type: ignore[no-untyped-call]
        self.magic_line = magic.start[0] - 1
        self.magic_column = magic.start[1]

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[Any]]) -> QuestionLine | None:
        """The first such line of a cell."""
        return next((found for line in tokens_by_line if (found := cls._in_line(line)) is not None), None)

    @classmethod
    def _in_line(cls, line: Sequence[Any]) -> QuestionLine | None:
        tokens = [token for token in line if token.type not in {tokenize.INDENT, tokenize.DEDENT}]
        starts = [0] + ([assigned + 1] if (assigned := _assignment(tokens)) is not None else [])
        at = next((start for start in starts if _is_ours(tokens[start : start + 3])), None)
        return None if at is None else cls(tokens[0], tokens[at])

    def transform(self, lines: list[str]) -> list[str]:
        """The cell with that line replaced."""
        end = find_end_of_continued_line(lines, self.magic_line)
        text = assemble_continued_line(lines, (self.magic_line, self.magic_column), end)
        name, _, rest = text[1:].partition(" ")
        call = f"get_ipython().run_line_magic({name.strip()!r}, {rest.strip()!r})\n"
        head = lines[self.magic_line][: self.magic_column]
        return [*lines[: self.magic_line], head + call, *lines[end + 1 :]]


def _assignment(tokens: Sequence[Any]) -> int | None:
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.string in _OPENING) - (token.string in _CLOSING)
        if token.string == "=" and depth == 0:
            return index
    return None


def _is_ours(tokens: Sequence[Any]) -> bool:
    """`%`, a name of ours, and no `?` on its heels: `%reason?` does ask for help."""
    if len(tokens) < 2 or tokens[0].string != "%" or tokens[1].string not in MAGICS:  # noqa: PLR2004 - `%` and a name
        return False
    behind = tokens[2:]
    return not (behind and behind[0].string == "?" and behind[0].start == tokens[1].end)


def install(shell: InteractiveShell) -> None:
    """Add both transformers to `shell`."""
    manager = shell.input_transformer_manager
    manager.line_transforms.insert(0, one_line_cell)
    manager.token_transformers.insert(0, QuestionLine)


def remove(shell: InteractiveShell) -> None:
    """Take both transformers away again."""
    manager = shell.input_transformer_manager
    manager.line_transforms[:] = [t for t in manager.line_transforms if t is not one_line_cell]
    manager.token_transformers[:] = [t for t in manager.token_transformers if t is not QuestionLine]
