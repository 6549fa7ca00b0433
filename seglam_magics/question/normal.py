"""One spelling for every question: Unicode, white space, typographic quotes and dashes."""

from __future__ import annotations

import re
import unicodedata

from ..errors import SeglamError

LIMIT = 20_000

# Typography of keyboards and word processors; invisible characters that pasting leaves behind are dropped.
_UNIFIED = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u061c\u2060\ufeff", None),
    }
)
_WHITE = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LATEX_QUOTES = re.compile(r"(?<!`)``(?!`)([^`]{0,500}?)(?<!')''(?!')")
_APART = re.compile(r"(?:[^\w#%]|_)+")
_PLAIN = re.compile(r"[ -&(-_a-~]*")  # ASCII without quotes that may need unifying


def normalise(text: str) -> str:
    r"""`text` in one spelling: NFC, single blanks, plain quotes and dashes. Doing it twice changes nothing.

    Raises
    ------
    SeglamError : E-QUESTION-EMPTY, E-QUESTION-LONG (over 20,000 characters), E-QUESTION-CHARACTERS (control characters
        other than white space, bidirectional overrides, half characters).

    >>> normalise("What\u2019s the  mean\n of \u201csales\u201d?")
    'What\'s the mean of "sales"?'
    """
    _check_length(len(text))
    plain = text if _PLAIN.fullmatch(text) else _unified(text)
    folded = " ".join(plain.split())
    _check_length(len(folded))
    if not folded:
        raise SeglamError("E-QUESTION-EMPTY")
    return folded


def spelled(text: str) -> str:
    """`text` in the spelling of a normalised question, whatever characters it holds; for cells of a column.

    >>> spelled(" 20\u201313 ")
    '20-13'
    """
    folded = unicodedata.normalize("NFC", text).translate(_UNIFIED)
    return " ".join(unicodedata.normalize("NFC", folded).split())


def cell_key(text: str) -> str:
    """What a cell and the words that mean it have in common: letters, digits, `#` and `%` in lower case.

    >>> cell_key("  O'Brien, Tom_Jr. ") == cell_key("o brien tom jr")
    True
    """
    return _APART.sub(" ", unicodedata.normalize("NFC", text).lower()).strip()


def _check_length(length: int) -> None:
    if length > LIMIT:
        raise SeglamError("E-QUESTION-LONG", length=length, limit=LIMIT)


def _unified(text: str) -> str:
    for position, character in enumerate(text):
        if character not in _WHITE and _forbidden(character):
            raise SeglamError("E-QUESTION-CHARACTERS", character=f"U+{ord(character):04X}", position=position)
    return _LATEX_QUOTES.sub(r'"\1"', spelled(text))


def _forbidden(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in ("Cc", "Cs")
