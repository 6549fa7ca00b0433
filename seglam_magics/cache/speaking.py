"""The words a revision speaks of, as the readers of meanings know them: by their roots, at a glance.

Readers leave words out and put others in, so not every root can be relied on. `sure` are those that a reading cannot
hold unless they stand in the text; `certain` are the words of a text that its reading must hold.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache, lru_cache

from ..question.grammar import grammar
from ..question.language import key_of, lexicon
from ..question.stems import fold, root
from ..question.wording import SLOT
from .quick import quick_words

_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z\u0430-\u0451])(?=[A-Z\u0401-\u042f])")
_QUOTES = frozenset("\"'`«»“”„‘’")


def roots_of(wordings: Iterable[str], others: Iterable[str]) -> set[str]:
    """Roots of every word that a reading of these wordings may hold.

    Parameters
    ----------
    others : texts without slots: the question they began with, examples of slots, names of columns.

    >>> sorted(roots_of(["mean weights of {xs}"], ["bodyMass_g"]))
    ['bodi', 'g', 'mass', 'mean', 'of', 'weight']
    """
    found: set[str] = set()
    for text in wordings:
        found |= _of_wording(text)
    for text in others:
        found.update(root(key_of(word)) for word in _WORD.findall(_HUMP.sub(" ", text)))
    return found


def _of_wording(text: str) -> set[str]:
    try:
        return set(map(root, quick_words(text)))
    except ValueError:
        return {root(key_of(word)) for word in _WORD.findall(text)}


def sure(roots: Iterable[str]) -> frozenset[str]:
    """Those of `roots` that only a word of the text itself can have brought in."""
    return frozenset(r for r in roots if (r.isalpha() or r.startswith("=")) and r not in _brought_in())


@cache
def _brought_in() -> frozenset[str]:
    """Roots that a reader puts in for another word: the adjective of "smallest", the "not" of "isn't"; courtesy."""
    adjectives = {adjective for _, adjective in grammar().graded.values()}
    courtesy = lexicon().words["courtesy"]
    return frozenset({"not", *adjectives, *map(root, adjectives), *courtesy, *map(root, courtesy)})


def any_bare(wordings: Iterable[str], others: Iterable[str] = ()) -> bool:
    """Whether the reading of any of these wordings may hold no word: each is an operator, a value, or says nothing.

    Parameters
    ----------
    others : names and cells that words may be read as, in any spelling near to theirs.

    >>> any_bare(["What is the mean {column} of {frame}?"]), any_bare(["What is the mean {column} of the tenants?"])
    (True, False)
    """
    near = [word.casefold() for text in others for word in _WORD.findall(_HUMP.sub(" ", text))]
    starts, roots = {word[0] for word in near}, set(map(root, near))
    return any(_is_bare(SLOT.sub(" ", text), starts, roots) for text in wordings)


def _is_bare(text: str, starts: Collection[str], roots: Collection[str]) -> bool:
    if not _QUOTES.isdisjoint(text):
        return True
    certain = (w for w in _WORD.findall(text) if w.islower() and not _is_told(w))
    return all(w[0] in starts or root(key_of(w)) in roots for w in certain)


@lru_cache(maxsize=100_000)
def _is_told(word: str) -> bool:
    """Whether the tables of the readers have the word in any place."""
    key = key_of(word)
    return len(key) == 1 or not {key, fold(key), root(key)}.isdisjoint(_vocabulary())


@cache
def _vocabulary() -> frozenset[str]:
    table, lists = grammar(), lexicon()
    phrases = (table.before, table.after, table.counting, table.governing, *table.phrases.values())
    words = {word for several in phrases for phrase in several for word in phrase}
    for known in (table.aggregates, table.quantifiers, table.relations, table.asking, table.graded, lists.variants):
        words |= {*known}
    for listed in (*table.words.values(), *table.roots.values(), *table.answers.values(), *lists.words.values()):
        words |= listed
    words |= {word for numbers in lists.numbers.values() for word in numbers} | lists.number_words | lists.operators
    return frozenset({*words, *map(root, words)})
