"""A question laid out for the readers of meanings: words with their roots and the part each of them plays."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ..words import Reading
from .grammar import Phrase, grammar
from .language import key_of
from .stems import fold, root
from .tokens import FREE_MARKS

_LONGEST_MERGED = 4
KEPT_MARKS = frozenset("#%")
# Marks between words that say nothing beside data; any other is a word that must be accounted for.
SILENT_MARKS = FREE_MARKS | frozenset("-_/&+*[]{}|\\`@~^")


@dataclass(slots=True)
class Word:
    """A token on its way through a reader.

    Attributes
    ----------
    low : casefolded; `key` is what the tables are looked up by, `root` what all its forms have in common.
    role : the part it plays: `value number date column variable group operator compare asking particle literal row`,
        "" as long as it plays none.
    """

    text: str
    low: str
    key: str
    root: str
    kind: str
    start: int
    end: int
    role: str = ""


def laid_out(reading: Reading) -> list[Word]:
    """The tokens of a reading as words; contracted negations are one `not`.

    >>> from .references import read
    >>> [w.low for w in laid_out(read("Isn't it 5 %?", {}))]
    ['not', 'it', '5', '%', '?']
    """
    words: list[Word] = []
    tokens = reading.tokens
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if _is_contracted(reading, place):
            last = tokens[place + 2]
            words.append(Word(reading.text[token.start : last.end], "not", "not", "not", "word", token.start, last.end))
            place += 3
            continue
        merged = _merged(reading, place)
        if merged is not None:
            words.append(merged)
            place = next(k for k, t in enumerate(tokens) if t.end == merged.end) + 1
            continue
        low = key_of(token.text)
        spoken = token.kind == "word"
        hung = spoken and place > 0 and tokens[place - 1].text == "'" and tokens[place - 1].end == token.start
        words.append(
            Word(
                token.text,
                low,
                f"'{low}" if hung else fold(low) if spoken else low,
                root(low) if spoken else low,
                token.kind,
                token.start,
                token.end,
            )
        )
        place += 1
    return words


def _merged(reading: Reading, place: int) -> Word | None:
    """The word that a phrase from `place` on is read as: "самый высокий" is "наибольший"."""
    if fold(key_of(reading.tokens[place].text)) not in _merged_begin():
        return None
    keys = tuple(fold(key_of(t.text)) for t in reading.tokens[place : place + _LONGEST_MERGED])
    for size in range(len(keys), 0, -1):
        word = grammar().merged.get(keys[:size])
        if word is not None:
            start, end = reading.tokens[place].start, reading.tokens[place + size - 1].end
            return Word(reading.text[start:end], word, fold(word), root(word), "word", start, end)
    return None


@cache
def _merged_begin() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in grammar().merged)


def _is_contracted(reading: Reading, place: int) -> bool:
    """Whether isn't, do n't or can 't begins here."""
    tokens = reading.tokens
    if place + 2 >= len(tokens) or tokens[place + 1].text != "'" or tokens[place + 2].text.casefold() != "t":
        return False
    glued = tokens[place + 1].end == tokens[place + 2].start
    return glued and tokens[place].text.casefold().endswith(("n", "can"))


def without_marks(words: Sequence[Word]) -> list[Word]:
    """The words, numbers and back-ticked names, and marks that say something."""
    return [w for k, w in enumerate(words) if w.kind != "mark" or not _is_silent(words, k)]


def _is_silent(words: Sequence[Word], place: int) -> bool:
    """Whether a mark says nothing: punctuation, or the unit of a column in brackets: earnings ($)."""
    bracketed = 0 < place < len(words) - 1 and words[place - 1].text + words[place + 1].text == "()"
    return words[place].text in SILENT_MARKS or bracketed


def phrase_at(words: Sequence[Word], place: int, table: Mapping[Phrase, str], longest: int = 5) -> tuple[int, str]:
    """Length and meaning of the longest phrase of `table` that begins at `place` among words without a role."""
    keys: list[str] = []
    for word in words[place : place + longest]:
        if word.role:
            break
        keys.append(word.key)
    for size in range(len(keys), 0, -1):
        meaning = table.get(tuple(keys[:size]))
        if meaning is not None:
            return size, meaning
    return 0, ""


def phrase_keys(text: str, words: Sequence[Word], longest: int) -> Iterator[tuple[int, int, str]]:
    """Every stretch of up to `longest` words as (first, end, the key of a cell spelled so); see `cell_key`."""
    spelled, starts, ends = _spelled(text, words)
    borders = [w.kind != "mark" or w.text in KEPT_MARKS for w in words]
    for first in range(len(words)):
        for end in range(first + 1, min(len(words), first + longest) + 1):
            if not borders[first] or not borders[end - 1]:
                continue
            key = spelled[starts[first] : ends[end - 1]]
            if key:
                yield first, end, key


def _spelled(text: str, words: Sequence[Word]) -> tuple[str, list[int], list[int]]:
    """The whole text as one key, and where each word stands in it."""
    key, starts, ends = "", [], []
    at = 0
    for word in words:
        piece = _plain(text[word.start : word.end])
        if key and not key.endswith(" ") and (not piece or _apart(text[at : word.start])):
            key += " "
        starts.append(len(key))
        key += piece
        ends.append(len(key))
        at = word.end
    return key, starts, ends


def _apart(between: str) -> bool:
    return any(not (c.isalnum() or c in KEPT_MARKS) for c in between)


@lru_cache(maxsize=50_000)
def _plain(text: str) -> str:
    from .normal import cell_key

    return cell_key(unicodedata.normalize("NFC", text))
