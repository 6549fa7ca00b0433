"""Numbers as they are said: digits, words, fractions, multiples. What is not plainly one number is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from .language import Lexicon, lexicon

_DIGITS = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?|\.\d+")
_RATIO = re.compile(r"(\d+) ?/ ?(\d+)")
_COMMA = re.compile(r"(\d+|\d{1,3}(?: \d{3})+),(\d+)")
_LONGEST = 80


@lru_cache(maxsize=20_000)
def number_of(text: str, *, comma: bool = False) -> Fraction | None:
    """The value of a number in digits or words, None for anything else.

    Parameters
    ----------
    comma : the text is of a language that writes a decimal comma.

    >>> [str(number_of(t)) for t in ("1,234.50", "twenty-five", "two thirds", "four times", "two three")]
    ['2469/2', '25', '2/3', '4', 'None']
    """
    plain = text.strip().casefold()
    if not plain or len(plain) > _LONGEST:
        return None
    if plain[0] in "+-":
        value = _unsigned(plain[1:].lstrip(), comma=comma)
        return value if value is None or plain[0] == "+" else -value
    return _unsigned(plain, comma=comma)


def ordinal_of(text: str) -> int | None:
    """The value of an ordinal number, None for anything else.

    >>> ordinal_of("third"), ordinal_of("21st"), ordinal_of("three")
    (3, 21, None)
    """
    plain, table = text.strip().casefold(), lexicon()
    digits = re.fullmatch(r"(\d+)-?([^\W\d_]+)", plain)
    if digits and digits[2] in table.words["ordinal_endings"]:
        return int(digits[1])
    words = re.split(r"[\s-]+", plain)
    last = table.numbers["ordinals"].get(words[-1])
    if last is None or not words[:-1]:
        return last
    tens = _cardinal(words[:-1], table)
    return int(tens) + last if tens is not None and tens % 10 == 0 and last < 10 else None  # noqa: PLR2004


def _unsigned(plain: str, *, comma: bool) -> Fraction | None:
    digits = _in_digits(plain, comma=comma)
    if digits is not None:
        return digits
    words = re.split(r"[\s-]+", plain)
    if not all(w and (w[0].isdigit() or w in lexicon().number_words) for w in words):
        return None
    return _spoken(words, lexicon(), comma=comma)


def _in_digits(plain: str, *, comma: bool) -> Fraction | None:
    if comma and (found := _COMMA.fullmatch(plain)):
        # 1,234 is a thousand to one reader and one and a bit to another
        alike = len(found[2]) == 3 and len(found[1]) <= 3  # noqa: PLR2004
        return None if alike else Fraction(f"{found[1].replace(' ', '')}.{found[2]}")
    if _DIGITS.fullmatch(plain):
        return Fraction(plain.replace(",", "").replace(" ", ""))
    if (found := _RATIO.fullmatch(plain)) and int(found[2]):
        return Fraction(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d+) (\d+ ?/ ?\d+)", plain):
        part = _in_digits(found[2], comma=comma)
        return Fraction(int(found[1])) + part if part is not None and part < 1 else None
    return None


def _spoken(words: Sequence[str], table: Lexicon, *, comma: bool = False) -> Fraction | None:
    if len(words) == 1 and words[0] in table.numbers["multiples"]:
        return Fraction(table.numbers["multiples"][words[0]])
    if words[-1] in table.words["times"]:
        return _cardinal(words[:-1], table, comma=comma)
    if len(words) > 1 and words[0] in table.words["bare_parts"] and words[1] in table.words["articles"]:
        whole = _cardinal(words[1:], table, comma=comma)  # half a dozen
        return None if whole is None else whole / table.numbers["part"][words[0]]
    if words[-1] in table.numbers["part"] or words[-1] in table.numbers["parts"]:
        return _fraction(words, table)
    return _cardinal(words, table, comma=comma)


def _fraction(words: Sequence[str], table: Lexicon) -> Fraction | None:
    for join in (i for i in range(len(words) - 1, 0, -1) if words[i] in table.words["joins"]):
        whole, part = _cardinal(words[:join], table), _fraction(words[join + 1 :], table)
        return whole + part if whole is not None and part is not None and whole.denominator == 1 else None
    one, many = table.numbers["part"].get(words[-1]), table.numbers["parts"].get(words[-1])
    above = words[:-1]
    if not above:
        return Fraction(1, one) if one and words[-1] in table.words["bare_parts"] else None
    top = Fraction(1) if len(above) == 1 and above[0] in table.words["articles"] else _cardinal(above, table)
    if top is None or top.denominator != 1:
        return None
    # "two third" is no fraction, "twenty-third" is an ordinal
    return top / one if one and top == 1 else top / many if many and top > 1 else None


def _cardinal(words: Sequence[str], table: Lexicon, *, comma: bool = False) -> Fraction | None:
    """Words up to the largest scale multiply it, words after it are added and must be smaller."""
    scales = {**table.numbers["scales"], **table.numbers["dozens"]}
    scale = max((scales.get(w, 0) for w in words), default=0)
    if not scale:
        return _small(words, table, comma=comma)
    place = next(i for i, w in enumerate(words) if scales.get(w) == scale)
    times = _times(words[:place], words[place], table, comma=comma)
    if times is None or not words[place + 1 :]:
        return None if times is None else times * scale
    rest = words[place + 2 :] if words[place + 1] in table.words["joins"] else words[place + 1 :]
    added = None if words[place] in table.numbers["dozens"] else _cardinal(rest, table)
    return times * scale + added if added is not None and 0 < added < scale else None


def _times(words: Sequence[str], scale: str, table: Lexicon, *, comma: bool) -> Fraction | None:
    if not words:
        bare = scale in table.words["bare_scales"] or scale in table.numbers["dozens"]
        return Fraction(1) if bare else None
    if len(words) == 1 and words[0] in table.words["articles"]:
        return Fraction(1)
    value = _cardinal(words, table, comma=comma)
    return value or None


def _small(words: Sequence[str], table: Lexicon, *, comma: bool) -> Fraction | None:
    """Twenty and five make 25; two and three, or twenty and fifteen, make no number."""
    if len(words) == 1 and words[0][0].isdigit():
        return _in_digits(words[0], comma=comma)
    total = None
    for word in words:
        value = table.numbers["cardinals"].get(word)
        if value is None:
            return None
        step = 10 ** len(str(value))
        if total is not None and (value == 0 or total == 0 or total % step or 0 < total % 100 < 20):  # noqa: PLR2004
            return None
        total = (total or 0) + value
    return None if total is None else Fraction(total)
