"""The columns of a frame as a question may speak of them: in full, in part, by what they answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..words import Column
from .grammar import grammar
from .language import lexicon, writes_comma
from .normal import spelled
from .stems import fold, root
from .tokens import tokenise

_NUMBER = "#number"
_HUMP = re.compile(r"(?<=[a-z\u0430-\u0451])(?=[A-Z\u0401-\u042f])")  # bodyMass
_DTYPES = {"int": "number", "float": "number", "date": "date", "datetime": "date"}
SHORTEST_PART = 3


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column with the roots of its name and the words themselves."""

    name: str
    dtype: str
    roots: tuple[str, ...]
    lows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """What can be said of the columns without looking at a cell.

    Attributes
    ----------
    full : roots of a whole name -> the columns called so.
    holders : a root -> the columns whose name has it.
    numeric, dated : columns that hold numbers, and dates.
    answering : `who when where` -> the columns that answer it.
    words : casefolded words of all names, for misspelled ones.
    """

    columns: dict[str, ColumnName]
    full: dict[tuple[str, ...], tuple[str, ...]]
    holders: dict[str, frozenset[str]]
    numeric: frozenset[str]
    dated: frozenset[str]
    answering: dict[str, frozenset[str]]
    words: frozenset[str]
    longest: int

    def part_of(self, stem: str) -> str:
        """The only column whose name has this root, or ""."""
        held = self.holders.get(stem, frozenset())
        return next(iter(held)) if len(held) == 1 else ""


Synonyms = tuple[tuple[str, tuple[str, ...]], ...]


def synonyms_of(said: Mapping[str, Iterable[str]], columns: Iterable[Column]) -> Synonyms:
    """Declared synonyms of the columns there are, in one order.

    >>> synonyms_of({"mass": ["weight"], "x": ["y"]}, (Column("mass", "float"),))
    (('mass', ('weight',)),)
    """
    return tuple((c.name, tuple(sorted(said[c.name]))) for c in columns if said.get(c.name))


@lru_cache(maxsize=512)
def schema_of(columns: tuple[Column, ...], synonyms: Synonyms = ()) -> Schema:
    """The schema of these columns, made once.

    Parameters
    ----------
    synonyms : column -> words that name it, too; one that names two columns names none.

    >>> schema = schema_of((Column("body_mass_g", "float"), Column("drivers", "str")))
    >>> schema.part_of("mass"), sorted(schema.answering["who"])
    ('body_mass_g', ['drivers'])
    """
    names = {c.name: _named(c) for c in columns}
    holders: dict[str, set[str]] = defaultdict(set)
    for column in names.values():
        for part in column.roots:
            if len(part) >= SHORTEST_PART and part != _NUMBER and not _is_particle(part):
                holders[part].add(column.name)
    full = _with_synonyms(_full(names.values()), synonyms)
    return Schema(
        columns=names,
        full=full,
        holders={k: frozenset(v) for k, v in holders.items()},
        numeric=frozenset(c.name for c in names.values() if c.dtype == "number"),
        dated=frozenset(c.name for c in names.values() if c.dtype == "date"),
        answering={asked: _answering(names.values(), asked) for asked in ("who", "when", "where")},
        words=frozenset(w for c in names.values() for w in c.lows if w.isalpha()),
        longest=max(map(len, full), default=0),
    )


def _named(column: Column) -> ColumnName:
    text = _HUMP.sub(" ", spelled(column.name.replace("_", " ")))
    lows, roots = [], []
    signs = grammar().words["number_signs"]
    for place, token in enumerate(t for t in tokenise(text) if t.kind != "mark" or t.text in "#%"):
        low = token.text.strip("`").casefold()
        lows.append(low)
        sign = fold(low) in signs and (place > 0 or low == "#")
        roots.append(_NUMBER if sign else root(low) if token.kind == "word" else low)
    return ColumnName(column.name, _DTYPES.get(column.dtype, column.dtype), tuple(roots), tuple(lows))


def sign_root(root_: str, low: str) -> str:
    """The root of a word of a question, with every sign of a number spelled alike.

    >>> sign_root("no", "no") == sign_root("#", "#")
    True
    """
    return _NUMBER if fold(low) in grammar().words["number_signs"] else root_


def _is_particle(part: str) -> bool:
    return part in grammar().roots["particles"] or part in lexicon().number_words


def _full(names: Iterable[ColumnName]) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    short: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for column in names:
        if not column.roots:
            continue
        found[column.roots][column.name] = None
        if len(column.roots) > 1:
            found["".join(column.lows),][column.name] = None
            bare = tuple(r for r in column.roots if r != _NUMBER)
            if bare and bare != column.roots:
                short[bare][column.name] = None
    for key, columns in short.items():
        found.setdefault(key, columns)
    return {key: tuple(columns) for key, columns in found.items()}


def _with_synonyms(
    full: dict[tuple[str, ...], tuple[str, ...]], synonyms: Synonyms
) -> dict[tuple[str, ...], tuple[str, ...]]:
    further: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for column, words in synonyms:
        for said in words:
            further[tuple(root(t.text.casefold()) for t in tokenise(spelled(said)) if t.kind == "word")].add(column)
    named = {key: tuple(columns) for key, columns in further.items() if key and len(columns) == 1}
    return {**named, **full}


def _answering(names: Iterable[ColumnName], asked: str) -> frozenset[str]:
    said = grammar().answers.get(asked, frozenset())
    last_only = asked == "who"  # a "player count" is no player
    return frozenset(
        c.name for c in names if any(fold(w) in said or c_root in _roots(asked) for w, c_root in _parts(c, last_only))
    )


def _parts(column: ColumnName, last_only: bool) -> list[tuple[str, str]]:  # noqa: FBT001 - read aloud above
    pairs = list(zip(column.lows, column.roots, strict=True))
    if not last_only:
        return pairs
    return pairs[:1] if writes_comma(column.name) else pairs[-1:]  # the head of a Russian name comes first


@lru_cache(maxsize=8)
def _roots(asked: str) -> frozenset[str]:
    return frozenset(root(w) for w in grammar().answers.get(asked, frozenset()))
