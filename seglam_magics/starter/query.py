"""What a question asks, in a form in which wordings of the same meaning are equal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..question.columns import pieces
from ..question.language import stem
from .conditions import Condition, Context, Void, listed
from .extracting import extract
from .items import Item
from .lexicon import words as lexicon
from .refusals import GRAINS, check_items, check_query

# Words that take a number beside them, and those whose row may be meant, not their value: "the one with the highest".
COUNTED = frozenset({
    "top", "bottom", "max", "min", "first", "last", "percentile", "quantile", "bins", "moving", "common", "rare",
    "longest", "shortest",
})  # fmt: skip
EXTREME = frozenset({"max", "min", "most", "fewest", "top", "bottom", "first", "last", "longest", "shortest"})
_PLACES = frozenset({"first", "last"})
_OF_A_HUNDRED = frozenset({"percentile", "quantile"})
_COMPARING = frozenset({"before", "after", "is", "in", "between"})
_JOINS = {"&": "and", ",": "and", "t": "to", "|": "or"}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    Attributes
    ----------
    concepts : what is to be computed, in alphabetical order.
    targets : the columns or lists it is computed of; `joins` stand between them.
    asked : the columns after "which".
    groups : the columns after "per".
    conditions : in the order of their forms.
    limits : numbers that belong to a concept.
    texts : quoted texts that belong to no column.
    """

    concepts: tuple[str, ...]
    targets: tuple[Item, ...] = ()
    joins: tuple[str, ...] = ()
    asked: tuple[Item, ...] = ()
    groups: tuple[Item, ...] = ()
    conditions: tuple[Condition, ...] = ()
    limits: tuple[Item, ...] = ()
    texts: tuple[Item, ...] = ()

    @property
    def key(self) -> str:
        """Equal for questions that differ in columns, values and numbers only."""
        joins = (*self.joins, "")[: len(self.targets)]
        targets = " ".join(f"{t.kind[0]} {join}".strip() for t, join in zip(self.targets, joins, strict=True))
        counts = f"{len(self.asked)} {len(self.groups)} {len(self.limits)} {len(self.texts)}"
        return f"{' '.join(self.concepts)}|{targets}|{counts}|{' '.join(c.form for c in self.conditions)}"

    @property
    def bare_key(self) -> str:
        """The same for any conditions."""
        return self.key.rpartition("|")[0]


def queries(items: Sequence[Item], context: Context) -> Iterator[Query]:
    """The meanings of one reading: as it stands, and without the noun that only says what a row is.

    Raises
    ------
    Void : the reading makes no sense.
    """
    check_items(items, context)
    conditions, left = extract(_limited(items), context)
    whole = _selected(_of_each(_roles(left, tuple(sorted(conditions, key=lambda c: (c.form, c.sign)))), items))
    placed = [(c.column, c.kind) for c in conditions if c.kind == "is" or c.sign == "="]
    if len(set(placed)) < len(placed):
        raise Void("and")  # nothing has two values at once
    check_query(whole, items, context)
    if whole.limits and not _PLACES.isdisjoint(whole.concepts):
        timely = [i for i in items if i.kind == "concept" and i.shown.casefold() in listed("timely")]
        if timely and not whole.targets:
            raise Void(timely[0].shown)  # of the file, or of the days?
        nouns = [item for item in left if item.kind == "rows"]
        if nouns and all(item.value != "rows" for item in nouns):
            raise Void(nouns[0].shown)  # the first orders may be those of the first days
    if any(c.together for c in whole.conditions) and whole.concepts not in ((), ("rows",)):
        raise Void("and")  # of both together, or of each?
    yield whole
    if _is_of_rows(whole, items):
        yield replace(whole, concepts=("rows",))
    if _is_count(whole, items):
        yield replace(whole, concepts=tuple(sorted(("many", *whole.concepts))))
    parts = whole.targets or whole.groups or whole.asked
    if "rows" in whole.concepts and parts and not EXTREME.intersection(whole.concepts):
        yield replace(whole, concepts=tuple(c for c in whole.concepts if c != "rows"))


def _of_each(query: Query, items: Sequence[Item]) -> Query:
    """The share of each group that is so: of female penguins by species it may be that of each species among them."""
    shared = {"share", "percent"}.intersection(query.concepts)
    within = any(item.kind == "by" and item.shown.casefold() in listed("within") for item in items)
    predicated = within or all(c.predicate for c in query.conditions)
    said = query.groups and query.conditions and not query.targets and predicated
    of_itself = {c.column for c in query.conditions} & {item.value for item in query.groups}
    if not shared or not said or of_itself:
        return query
    return replace(query, concepts=tuple(sorted({*query.concepts, "of_each"})))


def _selected(query: Query) -> Query:
    """Without the columns that are shown and grouped by: select region, sum(revenue) … group by region."""
    groups = [item.value for item in query.groups]
    shown = [item.value for item in query.targets[: len(groups)]]
    if not groups or shown != groups:
        return query
    return replace(query, targets=query.targets[len(groups) :], joins=query.joins[len(groups) :])


def _is_of_rows(query: Query, items: Sequence[Item]) -> bool:
    """Whether nothing but a comparison is said, with its operator: revenue > 500."""
    compared = any(item.kind in _COMPARING for item in items) and items[0].kind == "column"
    return compared and bool(query.conditions) and query == Query((), conditions=query.conditions)


def _is_count(query: Query, items: Sequence[Item]) -> bool:
    """Whether only rows are asked for, so many per something: orders per city, female penguins on each island.

    "Orders by city" may be a list of them in that order; sales per city may be what they add up to.
    """
    if (
        not {"rows"} <= {*query.concepts} <= {"rows", "ascending", "descending", *GRAINS}
        or query.targets
        or query.asked
        or query.limits
    ):
        return False
    grains = [item.shown for item in items if item.kind == "concept" and item.value in GRAINS]
    said = [item.shown for item in items if item.kind == "by"] + grains
    nouns = [str(item.value) for item in items if item.kind == "rows"]
    shared = bool(said) and all(words.casefold().startswith(tuple(listed("sharing"))) for words in said)
    return shared and not any(lexicon().is_additive(stem(piece)) for noun in nouns for piece in pieces(noun))


def _limited(items: Sequence[Item]) -> list[Item]:
    """Numbers beside a word that takes one: top 5, the 3 highest, 90th percentile."""
    found = list(items)
    for place, item in enumerate(items):
        of_a_hundred = item.kind == "nth" and [i.value in _OF_A_HUNDRED for i in items[place + 1 : place + 2]] == [True]
        if of_a_hundred or (item.kind == "number" and _is_limit(items, place)):
            found[place] = replace(item, kind="limit")
    return found


def _is_limit(items: Sequence[Item], place: int) -> bool:
    after = place + 2 if [i.kind for i in items[place + 1 : place + 2]] == ["has"] else place + 1
    beside = [items[k] for k in (place - 1, after) if 0 <= k < len(items)]
    if any(i.kind == "concept" and i.value in COUNTED for i in beside):
        return True
    kinds = [i.kind for i in items[place + 1 : place + 4]]  # the 3 penguins with the highest
    noun = len(kinds) == 3 and kinds[0] in ("rows", "column") and kinds[1] in ("has", "prep") and kinds[2] == "concept"  # noqa: PLR2004
    return noun and items[place + 3].value in EXTREME


def _roles(items: Sequence[Item], conditions: tuple[Condition, ...]) -> Query:
    letters = _plain("".join(item.letter for item in items), items)
    groups = _taken(letters, r"gc(?:[,&]+g?c)*", items, "column")
    letters = re.sub(r"gc(?:[,&]+g?c)*", lambda m: "~" * len(m[0]), letters)
    asked = [items[m.start() + 1] for m in re.finditer("wc", letters)]
    letters = re.sub("wc", "~~", letters)
    letters = re.sub(r"[p=wT,](?![cl])", "~", re.sub(r"[p=wT](?=[cl])", "~", letters))
    targets = [(k, items[k]) for k, letter in enumerate(letters) if letter in "cl"]
    joins = [_join(letters[one + 1 : other]) for (one, _), (other, _) in pairwise(targets)]
    for (one, _), (other, _) in pairwise(targets):
        letters = letters[: one + 1] + re.sub(r"[&,t|]", "~", letters[one + 1 : other]) + letters[other:]
    concepts = [_concept(items[k], letter) for k, letter in enumerate(letters) if letter not in "~clLq"]
    repeated = {*concepts} - {"rows", "weighted"}
    return Query(
        tuple(sorted([c for c in concepts if c in repeated] + [c for c in ("rows", "weighted") if c in concepts])),
        tuple(item for _, item in targets),
        tuple(joins),
        tuple(asked),
        tuple(groups),
        conditions,
        tuple(items[k] for k, letter in enumerate(letters) if letter == "L"),
        tuple(items[k] for k, letter in enumerate(letters) if letter == "q"),
    )


def _plain(letters: str, items: Sequence[Item]) -> str:
    """Without what only holds the parts together: the rows after "of", "has" before what is no extreme."""
    letters = re.sub(r"gr(?!c)", "~~", letters)  # the average revenue per sale is that of the sales
    letters = re.sub(r"h(?![xz])|b(?=c)", "~", letters)
    for match in re.finditer("[hp](?=[xz])", letters):
        place = match.start()
        if letters[place : place + 2] == "hx" and items[place + 1].value not in EXTREME:
            letters = letters[:place] + "~" + letters[place + 1 :]
        if letters[place] in "hp" and letters[place + 1] == "z" and "r" in letters[:place]:
            letters = letters[:place] + "h" + letters[place + 1 :]
            continue
        if (
            letters[place : place + 2] == "px"
            and items[place + 1].value in EXTREME
            and items[place].shown.casefold() in listed("possessing")
            and re.search("[rc]", letters[:place])
        ):
            letters = letters[:place] + "h" + letters[place + 1 :]
    for match in re.finditer(r"wr(?=[=p]*x)", letters):  # which penguin is the heaviest
        if any(item.value in EXTREME for item in items[match.end() :]):
            letters = letters[: match.start()] + "h" + letters[match.start() + 1 :]
    for match in re.finditer(r"(?<=c)r", letters):  # a genitive: of the penguins
        if re.search(r"[\u0400-\u04ff]", items[match.start()].shown):
            letters = letters[: match.start()] + "~" + letters[match.end() :]
    letters = re.sub(r"p+w?(?=r)r", lambda m: "~" * len(m[0]), letters)
    letters = re.sub(r"K(?=c)|(?<=c)K", "~", letters)
    counted = any(item.value in ("top", "bottom") for item in items)
    return letters if counted else re.sub(r"r(?=~*c)", "~", letters)


def _taken(letters: str, pattern: str, items: Sequence[Item], kind: str) -> list[Item]:
    spans = [range(m.start(), m.end()) for m in re.finditer(pattern, letters)]
    return [items[k] for span in spans for k in span if items[k].kind == kind]


def _join(between: str) -> str:
    """What stands between two targets: `and`, `to`, or nothing that says how they belong together."""
    return next((_JOINS[letter] for letter in between if letter in _JOINS), "")


def _concept(item: Item, letter: str) -> str:
    """The name of what is asked; a mark that binds nothing is a word nobody has accounted for."""
    if letter == "h":
        return "has"
    if item.kind == "concept":
        return str(item.value)
    if item.kind in ("rows", "columns", "missing", "known", "by", "and"):
        return item.kind
    raise Void(item.shown)


__all__ = ["Query", "Void", "queries"]
