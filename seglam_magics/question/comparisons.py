"""Numbers and comparisons of a question about data: which comparison stands at which number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from .grammar import grammar
from .language import lexicon, writes_comma
from .layout import Word, phrase_at
from .mentions import Found, Literal
from .numerals import number_of
from .schema import Schema

REACH = 4  # words between a comparison and its number
_ONE_WORD_BEFORE = 2
_LONGEST_NUMBER = 6
_YEARS = (1000, 2100)


def signs_of_numbers(words: list[Word]) -> None:
    """Mark words that only label a number, as in "pick number", "number 7", "#"; they are no operators."""
    signs = grammar().words["number_signs"]
    for place, word in enumerate(words):
        if word.role or word.key not in signs:
            continue
        before = words[place - 1] if place else None
        after = words[place + 1] if place + 1 < len(words) else None
        valued = after is not None and (after.kind == "number" or after.role == "value")
        of_column = before is not None and before.role == "column" and word.low != "no"
        if word.low == "#" or valued or (of_column and (after is None or after.low != "of")):
            word.role = "particle"


def comparisons(words: list[Word]) -> dict[int, tuple[int, str]]:
    """Comparison phrases by the word they begin at, as (length, comparison)."""
    found: dict[int, tuple[int, str]] = {}
    for place in range(len(words)):
        size, sign = phrase_at(words, place, grammar().before)
        size, sign = (size, sign) if size else _at_a_number(words, place)
        if size and not _ends_a_value(words, place, size):
            found[place] = (size, sign)
            for word in words[place : place + size]:
                word.role = "compare"
    return found


def _at_a_number(words: Sequence[Word], place: int) -> tuple[int, str]:
    """A word that compares only where a number, or only where a date or a year, follows at once."""
    table = grammar()
    for phrases, is_value in ((table.near, _is_number), (table.dated, _is_dated)):
        size, sign = phrase_at(words, place, phrases)
        if size and place + size < len(words) and is_value(words, place + size):
            return size, sign
    return 0, ""


def _ends_a_value(words: Sequence[Word], place: int, size: int) -> bool:
    """Whether a comparison is the end of "30 or more", and no value follows it."""
    ends = place > 0 and phrase_at(words, place - 1, grammar().after)[0] == size + 1
    return ends and (place + size >= len(words) or not _is_number(words, place + size))


def _is_number(words: Sequence[Word], place: int) -> bool:
    word, table = words[place], lexicon()
    spoken = word.low in table.number_words - table.words["articles"] - table.words["joins"]
    return word.role == "date" or (not word.role and (word.kind == "number" or spoken))


def _is_dated(words: Sequence[Word], place: int) -> bool:
    return words[place].role == "date" or (not words[place].role and _is_year(words[place]))


def _is_year(word: Word) -> bool:
    return _YEARS[0] <= _whole(word) <= _YEARS[1]


def numbers(text: str, words: list[Word], schema: Schema) -> list[Literal]:
    """Numbers that are no part of a name or value, each of which any numeric column may hold."""
    found: list[Literal] = []
    place = 0
    while place < len(words):
        end, value = _number_at(text, words, place)
        if value is None:
            place += 1
            continue
        for word in words[place:end]:
            word.role = "number"
        if _is_year(words[end - 1]) and end < len(words) and words[end].low in lexicon().words["after"]:
            words[end].role = words[end].role or "particle"
        plain = _signed(text, words[place], value)
        found.append(Literal(place, end, dict.fromkeys(schema.numeric, plain), number=True))
        place = end
    return found


def _number_at(text: str, words: list[Word], place: int) -> tuple[int, Fraction | None]:
    table = lexicon()
    first = words[place]
    if not _is_number(words, place) or first.low in table.words["pronouns"]:
        return place, None
    comma = writes_comma(text)
    end = place
    while end < min(len(words), place + _LONGEST_NUMBER) and not words[end].role:
        if words[end].kind != "number" and words[end].low not in table.number_words:
            break
        if words[end].low in table.words["times"] and not words[end].low.isascii():
            break
        end += 1
    for stop in range(end, place, -1):
        value = number_of(text[first.start : words[stop - 1].end], comma=comma)
        if value is not None:
            return stop, value
    return place, None


def _signed(text: str, word: Word, value: Fraction) -> int | float:
    start = word.start
    negative = start > 0 and text[start - 1] == "-" and (start == 1 or text[start - 2] == " ")
    value = -value if negative else value
    return int(value) if value.denominator == 1 else float(value)


def attach_comparisons(words: list[Word], found: Found, compared: dict[int, tuple[int, str]], loose: list[str]) -> None:
    """Give each comparison to the value it stands at; one without a value is a loose operator."""
    for place, (size, sign) in compared.items():
        _attach(words, found, place, size, sign, loose)
    for literal in found.literals:
        if literal.number and literal.comparison == "=":
            at = literal.end
            if at < len(words) and words[at].role in ("", "column") and not phrase_at(words, at, grammar().after)[0]:
                at += 1  # "30 years or older"
            size, sign = phrase_at(words, at, grammar().after)
            if size:
                literal.comparison = sign
                for word in words[at : at + size]:
                    word.role = "compare"


def _attach(words: list[Word], found: Found, place: int, size: int, sign: str, loose: list[str]) -> None:
    end, alone = place + size, size == 1 and _stands_alone(words[place])
    after = [x for x in found.literals if x.number and x.comparison == "=" and _reaches(words, end, x.first)]
    values = [x for x in found.literals if not x.number and 0 <= x.first - end <= _ONE_WORD_BEFORE]
    if after:
        min(after, key=lambda x: x.first).comparison = sign
    elif values and alone:
        values[0].comparison = sign
    elif words[place].key in grammar().aggregates:
        for word in words[place:end]:
            word.role = ""  # "maximum of laps" is an aggregate, "maximum of 5" is not
    elif alone:
        words[place].role = ""
        loose.append(words[place].low)
    else:
        loose.append("compare" + sign)


def _stands_alone(word: Word) -> bool:
    """Whether a preposition may compare by itself: after, before, over; "exceeds" is always one."""
    return (word.key,) in grammar().before and (word.key in grammar().relations or word.low in ("since", "beyond"))


def _reaches(words: Sequence[Word], end: int, first: int) -> bool:
    between = words[end:first] if 0 <= first - end <= REACH else None
    return between is not None and all(w.role == "column" or is_light(w) for w in between)


def is_light(word: Word) -> bool:
    """Whether a word has no condition of its own."""
    table = grammar()
    return word.key in table.words["particles"] or word.root in table.roots["light"]


def ranges_of(words: list[Word], found: Found, compared: dict[int, tuple[int, str]]) -> None:
    """Read "between 3 and 5" or "from May 1 to June 30" as the two ends of one range."""
    ranges = grammar().phrases["ranges"]
    for place in reversed(range(len(words))):  # the word that opens a range is the last one before it
        ends = [x for x in found.literals if x.number and x.first > place and x.comparison == "="][:2]
        if words[place].role not in ("", "compare") or len(ends) < _ONE_WORD_BEFORE or ends[0].first - place > REACH:
            continue
        *beside, joint = range(ends[0].end, ends[1].first) or (place,)
        plain = all(words[k].role in ("particle", "column") for k in beside) and words[joint].role in ("", "compare")
        if plain and (words[place].key, words[joint].key) in ranges:
            for bound in (place, joint):
                words[bound].role = "compare"
                compared.pop(bound, None)
            ends[0].comparison, ends[1].comparison = "between>", "between<"


def periods_opened(words: Sequence[Word], places: Iterable[int]) -> list[str]:
    """Words that make a year or a date the end of a period or of nothing: "from 2023" may be since, "by 2023" until.

    Parameters
    ----------
    places : first words of values that nothing is compared with yet.
    """
    opening = grammar().words["open_periods"]
    dated = [k for k in places if k and (words[k].role == "date" or _is_year(words[k]))]
    return [words[k - 1].key for k in dated if words[k - 1].key in opening]


def _whole(word: Word) -> int:
    return int(word.low) if word.kind == "number" and word.low.isdecimal() else 0
