"""The words a wording is found by, as `literal_words` gives them, several times as fast where its spelling is plain.

Filing the wordings of a large store is reading them, and reading is nearly all of what filing costs. Plain is a text of
printable ASCII and Cyrillic letters without doubled braces: nothing there is spelled in two ways. Every other text is
left to `literal_words` itself, so that both always give the same.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ..question import LIMIT, literal_words
from ..question.language import key_of, lexicon
from ..question.tokens import NUMERAL

_LETTERS = "abcdefghijklmnopqrstuvwxyz" + "".join(map(chr, range(0x430, 0x450))) + "ё"
_FOREIGN = re.compile(rf"[^ -~{_LETTERS}]")
_TOKEN = re.compile(rf"[{_LETTERS}]+|{NUMERAL}")
_TICKED_SLOT = re.compile(r"`(\{\w+\})`")


@lru_cache(maxsize=256)  # the indexes file a wording one after the other
def quick_words(text: str) -> frozenset[str]:
    """The words and numbers of a wording outside of its slots.

    Raises
    ------
    ValueError : the text is no wording, see `literal_words`.

    >>> sorted(quick_words("How many {fruit}s are in {n} boxes?"))
    ['are', 'boxes', 'how', 'in', 'many']
    """
    folded = text.casefold()
    bare = None if _FOREIGN.search(folded) or len(text) > LIMIT else _without_slots(folded)
    words = frozenset(_TOKEN.findall(bare)) if bare is not None else frozenset()
    if not words:
        return literal_words(text)
    return words if _special().isdisjoint(words) else _settled(words)


def _without_slots(text: str) -> str | None:
    """A casefolded text with a blank for each slot and the letters that hang on it; None where that takes more care."""
    if "`" in text:
        text = _TICKED_SLOT.sub(r"\1", text)
    if "{{" in text or "}}" in text or "`" in text:
        return None
    before, *others = text.split("{")
    pieces = []
    for other in others:
        name, closed, after = other.partition("}")
        if not closed or not name.isidentifier():
            return None
        pieces.append(before.rstrip(_LETTERS))
        before = after.lstrip(_LETTERS)
    return " ".join([*pieces, before])


@cache
def _special() -> frozenset[str]:
    """Words that are left out, and words that are spelled in two ways."""
    return lexicon().words["courtesy"] | lexicon().variants.keys()


def _settled(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(key_of, words - lexicon().words["courtesy"]))
