"""What a question may begin with: "show me the mean" and "what is the mean" ask the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain, islice

from ..words import Token
from .grammar import Phrase, grammar
from .language import lexicon
from .stems import fold
from .tokens import token_by_token

LEAST = 2  # words that must be left
_LONGEST = 6


@lru_cache(maxsize=256)  # the indexes file a wording one after the other
def without_opening(text: str) -> str:
    """`text` without the words that only ask for what follows them, "" where it has none.

    Nearly all texts are told by their first word, so no more of a text is taken apart than that takes.

    >>> without_opening("Please show me the mean price per city"), without_opening("How many rows are there?")
    ('mean price per city', '')
    """
    tokens = token_by_token(text)
    first = _first(tokens)
    phrases = _by_first_word().get(fold(first.text.casefold()), ()) if first is not None else ()
    if not phrases:
        return ""
    following = list(islice(tokens, _LONGEST))
    keys = tuple(fold(t.text.casefold()) for t in following[: _LONGEST - 1])
    size = next((len(p) for p in phrases if keys[: len(p) - 1] == p[1:]), 0)
    if not size:
        return ""
    place = size - 1
    if place < len(following) and following[place].text.casefold() in grammar().words["articles"]:
        place += 1
    rest = chain(following[place:], tokens)
    begins = next(rest, None)
    if begins is None:
        return ""
    left = islice((t for t in chain([begins], rest) if t.kind != "mark"), LEAST)
    return text[begins.start :] if len(list(left)) == LEAST else ""


def _first(tokens: Iterator[Token]) -> Token | None:
    """The first word that is no courtesy."""
    courtesy = lexicon().words["courtesy"]
    return next((t for t in tokens if t.kind == "word" and t.text.casefold() not in courtesy), None)


@cache
def _by_first_word() -> dict[str, list[Phrase]]:
    """The openings by their first word, the longest first."""
    found: dict[str, list[Phrase]] = {}
    for phrase in grammar().phrases["openings"]:
        found.setdefault(phrase[0], []).append(phrase)
    return found
