"""Words of a question that are known to nobody: no operator, number, unit, period, name or value, and in no wording.

Such a word may be another word for something, or a condition of its own. No rule tells which, so it makes a miss; but
where it is all that stands in the way a person or a model may be asked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib import resources

from ..question import cell_key, content, literal_words
from ..question.columns import pieces
from ..question.grammar import grammar
from ..question.language import key_of, lexicon
from ..question.stems import fold, root
from ..words import Reading, Revision, Token, Values
from .grounded import frames_of

LONGEST_CELL = 3  # words


def said_by(revision: Revision, texts: Iterable[str]) -> frozenset[str]:
    """Roots of the words that a revision knows: those of its wordings, and those its author declared.

    >>> from seglam_magics.words import Template
    >>> sorted(said_by(Revision("top", 1, "ab", ""), ["the {k} largest values"]))
    ['largest', 'the', 'valu']
    """
    words = {word for text in texts for word in literal_words(text)}
    words |= {w for said in revision.synonyms.values() for text in said for w in text.casefold().split()}
    return frozenset(root(key_of(word)) for word in {*words, *revision.ignorable})


def strange_words(reading: Reading, values: Values) -> list[Token]:
    """The words of a question that no table and no data know; which of them a procedure knows is told by `unsaid_of`.

    >>> from seglam_magics.cache.library import NO_VALUES
    >>> from seglam_magics.question import read
    >>> [t.text for t in strange_words(read("the grand sum not in miles of 5 prices", {}), NO_VALUES)]
    ['grand', 'prices']
    """
    names = {root(p) for v in reading.variables.values() for text in _named(v) for p in pieces(text)}
    found = [t for k, t in enumerate(reading.tokens) if _is_loose(reading, k) and is_plain(t.text)]
    found = unsaid_of(found, names)
    if not found:
        return []
    taken = [(r.start, r.end) for r in reading.references]
    taken += [(x.start, x.end) for x in content(reading).literals]
    taken += list(_cells(reading, values))
    return [t for t in found if not any(start < t.end and t.start < end for start, end in taken)]


def unsaid_of(words: Iterable[Token], said: Collection[str]) -> list[Token]:
    """Those of `words` whose roots are not among `said`."""
    return [t for t in words if root(key_of(t.text)) not in said and key_of(t.text) not in said]


def without(reading: Reading, words: Iterable[Token]) -> str:
    """The text of a question without these words.

    >>> from seglam_magics.question import read
    >>> grand = read("the grand sum", {})
    >>> without(grand, [grand.tokens[1]])
    'the sum'
    """
    text, at = "", 0
    for word in words:
        text += reading.text[at : word.start]
        at = word.end
    return " ".join((text + reading.text[at:]).split())


def is_plain(word: str) -> bool:
    """Whether a word says nothing that decides what is asked, as far as any table knows.

    >>> is_plain("takings"), is_plain("Narnia"), is_plain("above"), is_plain("километрах")
    (True, True, False, False)
    """
    low = word.casefold()
    table, key = lexicon(), key_of(word)
    if not low.isalpha() or len(low) <= 1 or table.is_operator(low):
        return False
    return {low, key, fold(key), root(key)}.isdisjoint(_telling())


def _is_loose(reading: Reading, place: int) -> bool:
    """Whether a word stands by itself, is no name, and is not in quotation marks."""
    token, text = reading.tokens[place], reading.text
    beside = text[max(0, token.start - 1) : token.start] + text[token.end : token.end + 1]
    if token.kind != "word" or not all(c.isspace() or c in ".,;:!?()" for c in beside):
        return False
    named = place > 0 and token.text[:1].isupper()
    return not named and text.count('"', 0, token.start) % 2 == 0


def _named(variable: object) -> Iterator[str]:
    yield str(getattr(variable, "name", ""))
    yield from (c.name for c in getattr(variable, "columns", ()))


def _cells(reading: Reading, values: Values) -> Iterator[tuple[int, int]]:
    """Where values of the columns stand."""
    tokens = reading.tokens
    spans = [
        (tokens[k].start, tokens[k + size - 1].end)
        for size in range(1, LONGEST_CELL + 1)
        for k in range(len(tokens) - size + 1)
    ]
    phrases = {span: cell_key(reading.text[span[0] : span[1]]) for span in spans}
    for variable in frames_of(reading):
        known = values.find(variable.name, sorted(set(phrases.values()) - {""}))
        yield from (span for span, phrase in phrases.items() if known.get(phrase))


@cache
def _telling() -> frozenset[str]:
    """Words, and roots of words, that are in a table because they decide what is asked, or carry nothing at all."""
    table, lists = grammar(), lexicon()
    phrases = (table.before, table.after, table.counting, table.governing)
    words = {word for several in phrases for phrase in several for word in phrase}
    for known in (table.aggregates, table.quantifiers, table.relations, table.asking, table.graded):
        words |= {*known}
    words |= {adjective for _, adjective in table.graded.values()}
    words |= {word for pair in table.words["opposites"] for word in pair.split(">")}
    for name in ("grains", "range_from", "range_to", "auxiliaries", "particles", "number_signs"):
        words |= table.words.get(name, frozenset())
    for name in ("stop", "clause", "weekdays", "seasons", "titles", "hours", "true", "false", "courtesy", "negation"):
        words |= lists.words.get(name, frozenset())
    words |= {word for numbers in lists.numbers.values() for word in numbers} | lists.number_words | _measures()
    return frozenset({*words, *map(fold, words), *map(root, words)})


@cache
def _measures() -> frozenset[str]:
    text = resources.files(__package__).joinpath("measures.toml").read_text(encoding="utf-8")
    return frozenset(w for lists in tomllib.loads(text).values() for said in lists.values() for w in said.split())
