"""What a question may begin with: "show me the mean" and "what is the mean" ask the same."""

from __future__ import annotations

from .grammar import grammar
from .language import lexicon
from .stems import fold
from .tokens import tokenise

LEAST = 2  # words that must be left
_LONGEST = 6


def without_opening(text: str) -> str:
    """`text` without the words that only ask for what follows them, "" where it has none.

    >>> without_opening("Please show me the mean price per city"), without_opening("How many rows are there?")
    ('mean price per city', '')
    """
    tokens = tokenise(text)
    table, courtesy = grammar(), lexicon().words["courtesy"]
    first = next((k for k, t in enumerate(tokens) if t.text.casefold() not in courtesy and t.kind == "word"), 0)
    keys = tuple(fold(t.text.casefold()) for t in tokens[first : first + _LONGEST])
    size = next((len(p) for p in table.phrases["openings"] if keys[: len(p)] == p), 0)
    place = first + size
    if size and place < len(tokens) and tokens[place].text.casefold() in table.words["articles"]:
        place += 1
    left = sum(t.kind != "mark" for t in tokens[place:])
    return text[tokens[place].start :] if size and left >= LEAST else ""
