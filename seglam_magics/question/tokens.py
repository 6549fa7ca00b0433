"""A text as words, numbers, marks and back-ticked names, each with its place."""

from __future__ import annotations

import re

from ..words import Token

NUMERAL = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
_TOKEN = re.compile(
    rf"(?P<quoted>`[^`]+`)|(?P<number>{NUMERAL})|(?P<word>[^\W\d_]+)|(?P<mark>\S)"
)
# Marks a text may have or lack without another meaning. All others must be met by the same mark.
FREE_MARKS = frozenset(".,;:?!\"'()…")


def tokenise(text: str) -> tuple[Token, ...]:
    """The tokens of a normalised text.

    >>> [t.text for t in tokenise("a 430-foot `big fish`'s $1,234.50")]
    ['a', '430', '-', 'foot', '`big fish`', "'", 's', '$', '1,234.50']
    """
    return tuple(Token(m.group(), str(m.lastgroup), m.start(), m.end()) for m in _TOKEN.finditer(text))
