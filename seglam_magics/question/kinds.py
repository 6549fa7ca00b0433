"""What kind of word a value is: a closed class (a month, a code, a number ...), a proper name, or plain text.

A text slot takes only values of the kind its example is of, so that a name never fills a weekday's place.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from .dates import date_of
from .language import lexicon
from .numerals import number_of, ordinal_of

Kind = Literal[
    "sign", "date", "time", "number", "ordinal", "month", "weekday", "season", "title", "mark", "code", "name", "text"
]
# Kinds whose members can be told from everything else.
CLOSED = frozenset({"sign", "date", "time", "number", "ordinal", "month", "weekday", "season", "mark", "code"})
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def kind_of(shown: str) -> Kind:
    """The kind of a value as it stands in a question.

    >>> [kind_of(t) for t in ("EECS", "Friday", "A+", "one third", "Oak Ridge", "green tea", "$", "4:30 PM")]
    ['code', 'weekday', 'mark', 'number', 'name', 'text', 'sign', 'time']
    """
    plain = shown.strip()
    words = _WORD.findall(plain)
    if not words:
        return "sign" if plain else "text"
    low = plain.casefold()
    listed = _listed(low.rstrip("."))
    if listed is not None:
        return listed
    if date_of(plain) is not None:
        return "date"
    if _is_time(low):
        return "time"
    if number_of(low) is not None:
        return "number"
    if ordinal_of(low) is not None:
        return "ordinal"
    return _by_letters(plain, words)


def is_currency(shown: str) -> bool:
    """Whether `shown` is a currency sign.

    >>> is_currency("€"), is_currency("%")
    (True, False)
    """
    return all(unicodedata.category(c) == "Sc" for c in shown)


def _listed(low: str) -> Kind | None:
    table = lexicon()
    if low in table.numbers["months"]:
        return "month"
    if low in table.words["weekdays"]:
        return "weekday"
    if low in table.words["seasons"]:
        return "season"
    return "title" if low in table.words["titles"] else None


def _is_time(low: str) -> bool:
    found = re.fullmatch(r"\d{1,2}(:\d\d)?(?: ?([^\W\d]+))?", low.replace(".", ""))
    if found is None:
        return False
    return found[2] in lexicon().words["hours"] if found[2] else found[1] is not None


def _by_letters(plain: str, words: list[str]) -> Kind:
    if re.fullmatch(r"[^\W\d_][+-]?", plain) and plain[0].isupper():
        return "mark"
    shouted = plain.upper() == plain and any(c.isupper() or c.isdigit() for c in plain)
    if shouted and re.fullmatch(r"[\w.&/-]{2,}", plain):
        return "code"
    letters = [w for w in words if w[0].isalpha()]
    links = lexicon().words["links"]
    named = bool(letters) and letters[0][0].isupper() and letters[-1][0].isupper()
    return "name" if named and all(w[0].isupper() or w in links for w in letters) else "text"
