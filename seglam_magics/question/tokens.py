"""A text as words, numbers, marks and back-ticked names, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ..words import Token

NUMERAL = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
_TOKEN = re.compile(rf"(?P<quoted>`[^`]+`)|(?P<number>{NUMERAL})|(?P<word>[^\W\d_]+)|(?P<mark>\S)")
# Marks a text may have or lack without another meaning. All others must be met by the same mark.
FREE_MARKS = frozenset(".,;:?!\"'()…")


def tokenise(text: str) -> tuple[Token, ...]:
    """The tokens of a normalised text.

    >>> [t.text for t in tokenise("a 430-foot `big fish`'s $1,234.50")]
    ['a', '430', '-', 'foot', '`big fish`', "'", 's', '$', '1,234.50']
    """
    return tuple(token_by_token(text))


def token_by_token(text: str) -> Iterator[Token]:
    """The same, no more of them than are asked for."""
    return (Token(m.group(), str(m.lastgroup), m.start(), m.end()) for m in _TOKEN.finditer(text))


def inside(tokens: Sequence[Token], place: int) -> bool:
    """Whether the border before token `place` cuts a word, a number or a sign in two.

    >>> pair = tokenise("Q3 x-y")
    >>> [inside(pair, i) for i in range(6)]
    [False, True, False, False, False, False]
    """
    if not 0 < place < len(tokens) or tokens[place - 1].end != tokens[place].start:
        return False
    return _clings(tokens[place - 1]) and _clings(tokens[place])


def _clings(token: Token) -> bool:
    if token.kind in ("word", "number") or token.text == "_":
        return True
    return token.kind == "mark" and not token.text.isascii() and unicodedata.category(token.text)[0] in "MC"
