"""What words do in a question: the tables of all languages, merged and looked up by `fold`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from .stems import fold, root
from .tables import tables
from .tokens import tokenise

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Tables by what they are for.

    Attributes
    ----------
    before, after : comparison phrases that stand before and after their value -> `< <= > >=`.
    near, dated : comparison phrases that must stand at a number, and at a date or a year.
    aggregates : word -> `max min mean median sum`.
    counting : phrase -> `many` ("how many"), `count` ("number of"), or `counted`, which counts after a word for a sum.
    governing : phrase -> `group` or `order`, what the column after it does.
    quantifiers, relations : operator word -> its class, over data and without data.
    asking : question word -> `who when where why what`.
    answers : `who when where` -> words a column's name has that answers it.
    words : the lists of section `grammar`, folded.
    roots : the same lists as stems.
    phrases : the lists of phrases (`frames`, `futures`, `purposes`, `openings`, `ranges`), the longest first.
    graded : comparative or superlative -> (`more` or `most`, the adjective).
    merged : phrase -> the word it is read as.
    """

    before: Mapping[Phrase, str]
    after: Mapping[Phrase, str]
    near: Mapping[Phrase, str]
    dated: Mapping[Phrase, str]
    aggregates: Mapping[str, str]
    counting: Mapping[Phrase, str]
    governing: Mapping[Phrase, str]
    quantifiers: Mapping[str, str]
    relations: Mapping[str, str]
    asking: Mapping[str, str]
    answers: Mapping[str, frozenset[str]]
    words: Mapping[str, frozenset[str]]
    roots: Mapping[str, frozenset[str]]
    phrases: Mapping[str, tuple[Phrase, ...]]
    graded: Mapping[str, tuple[str, str]]
    merged: Mapping[Phrase, str]


_PHRASES = ("frames", "futures", "purposes", "openings", "ranges")


@cache
def grammar() -> Grammar:
    """The merged tables, read once."""
    names = {name for t in tables().values() for name in t["grammar"]}
    lists = {name: [w for t in tables().values() for w in t["grammar"].get(name, "").split()] for name in names}
    return Grammar(
        before=_by_phrase("before"),
        after=_by_phrase("after"),
        near=_by_phrase("near"),
        dated=_by_phrase("dated"),
        aggregates=_by_word("aggregates"),
        counting={said: kind for said, kind in _by_phrase("counting").items() if kind != "counted"},
        governing=_by_phrase("governing"),
        quantifiers=_by_word("quantifiers"),
        relations=_by_word("relations"),
        asking=_by_word("asking"),
        answers={name: frozenset(words) for name, words in _classes("answers", str.split)},
        words={name: frozenset(map(_folded, words)) for name, words in lists.items()}
        | {"counted": frozenset(fold(w) for k, ws in _classes("counting", None) if k == "counted" for w in ws)},
        roots={name: frozenset(root(w) for w in words) for name, words in lists.items()},
        phrases={name: tuple(sorted(_phrases(name), key=lambda p: (-len(p), p))) for name in _PHRASES},
        graded=dict(_grades()),
        merged=dict(_merged()),
    )


def phrase_of(text: str) -> Phrase:
    """A phrase as it is looked up.

    >>> phrase_of("no more than")
    ('no', 'more', 'than')
    """
    return tuple(fold(t.text.casefold()) for t in tokenise(text))


def _folded(word: str) -> str:
    """A word of a list, or a pair of them (`from>to`), as it is looked up."""
    return ">".join(map(fold, word.split(">")))


def _classes(section: str, parted: object) -> Iterator[tuple[str, list[str]]]:
    """Class -> its entries in all languages."""
    names = {name for t in tables().values() for name in t.get(section, {})}
    for name in sorted(names):
        texts = [t[section].get(name, "") for t in tables().values() if section in t]
        yield (
            name,
            [
                entry
                for text in texts
                for entry in (text.split() if parted is str.split else map(str.strip, text.split(";")))
            ],
        )


def _by_word(section: str) -> dict[str, str]:
    return {fold(word): name for name, words in _classes(section, str.split) for word in words}


def _by_phrase(section: str) -> dict[Phrase, str]:
    return {phrase_of(said): name for name, entries in _classes(section, None) for said in entries if said.strip()}


def _phrases(name: str) -> Iterable[Phrase]:
    entries = (said for t in tables().values() for said in t["grammar"].get(name, "").split(";"))
    return {phrase_of(said) for said in entries if said.strip()}


def _grades() -> Iterator[tuple[str, tuple[str, str]]]:
    """Comparatives and superlatives of the adjectives of a language: regular ones made, others as they are listed."""
    for table in tables().values():
        for adjective in table["synonyms"].get("graded", "").split():
            stem = _doubled(adjective)
            yield stem + "er", ("more", root(adjective))
            yield stem + "est", ("most", root(adjective))
        for said in table["synonyms"].get("grades", "").split():
            word, grade, adjective = said.split(">")
            yield fold(word), (grade, root(adjective))


def _merged() -> Iterator[tuple[Phrase, str]]:
    for table in tables().values():
        for rule in table["synonyms"].get("merged", "").split(";"):
            said, _, word = rule.strip().partition(">")
            if word:
                yield phrase_of(said), word


def _doubled(adjective: str) -> str:
    """The adjective as its endings are put to it: bigg-, simpl-, easi-."""
    if adjective.endswith("y"):
        return adjective[:-1] + "i"
    if adjective.endswith("e"):
        return adjective[:-1]
    return adjective + adjective[-1] if adjective in ("big", "hot", "fat", "wet", "sad", "thin") else adjective
