"""Wordings taken apart once, and checked, so that they can be compared with many questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ..words import Parameter, Reading, Template
from .items import INPUTS, Item, Literal, Slot
from .language import lexicon
from .tokens import tokenise
from .view import View
from .wording import SLOT, has_content, items_of

MOST_SLOTS = 40


@dataclass(frozen=True)
class CompiledTemplate:
    """A wording ready to be unified with questions.

    Attributes
    ----------
    items : its literal tokens and slots in order.
    implied : inputs the wording does not mention; bound to the only fitting variable.
    constants : parameters no wording mentions; they keep the value they were compiled with.
    comma : whether its language writes a decimal comma.
    ignorable : words that a question may have besides.
    later : for each item, the slots that are bound before it and come again from there on.
    """

    template: Template
    items: tuple[Item, ...]
    implied: tuple[Parameter, ...] = ()
    constants: tuple[Parameter, ...] = ()
    comma: bool = False
    ignorable: frozenset[str] = frozenset()
    later: tuple[tuple[str, ...], ...] = field(default=(), repr=False)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots, each where it first stands."""
        found: dict[str, Slot] = {}
        for item in self.items:
            if isinstance(item, Slot):
                found.setdefault(item.name, item)
        return tuple(found.values())


def compile_template(
    template: Template,
    parameters: Sequence[Parameter],
    *,
    constants: Collection[str] = (),
    ignorable: Iterable[str] = (),
    question: str | None = None,
    wordless: bool = False,
) -> CompiledTemplate:
    """Take a wording apart.

    Parameters
    ----------
    constants : parameters that no wording of the procedure mentions; they keep their example's value.
    ignorable : words without meaning for this question; operators, numbers and negations never are.
    question : what the procedure was compiled for; tells whether its numbers are counts ("three") or places ("third").
    wordless : take a wording that has small words alone beside its slots, as "which {key} of {frame} are in {other}".

    Raises
    ------
    ValueError : with a sentence that says why the wording can not be used.

    >>> k = Parameter("k", "int", example=3)
    >>> [s.name for s in compile_template(Template("the {k} largest values"), (k,)).slots]
    ['k']
    >>> compile_template(Template("{k}"), (k,))
    Traceback (most recent call last):
    ValueError: the wording has no word of its own
    """
    items = _told(items_of(template.text, {p.name: p for p in parameters}), question)
    named = {i.name for i in items if isinstance(i, Slot)}
    rest = [p for p in parameters if p.name not in named]
    _check(items, rest, constants, wordless=wordless)
    return CompiledTemplate(
        template,
        items,
        tuple(p for p in rest if p.type in INPUTS),
        tuple(p for p in rest if p.type not in INPUTS),
        comma=template.lang.partition("-")[0] in lexicon().comma,
        ignorable=frozenset(w for w in map(str.casefold, ignorable) if _may_be_ignored(w)),
        later=_later(items),
    )


def compile_templates(
    templates: Iterable[Template],
    parameters: Sequence[Parameter],
    *,
    ignorable: Iterable[str] = (),
    question: str | None = None,
) -> tuple[tuple[CompiledTemplate, ...], dict[Template, str]]:
    """All usable wordings of a procedure, and why the others can not be used.

    >>> usable, refused = compile_templates([Template("how many rows"), Template("{k}?")], ())
    >>> len(usable), list(refused.values())
    (1, ['{k} is no parameter'])
    """
    templates, ignorable = tuple(templates), tuple(ignorable)
    constants = unsaid(templates, parameters)
    usable, refused = [], {}
    for template in templates:
        try:
            compiled = compile_template(
                template, parameters, constants=constants, ignorable=ignorable, question=question
            )
        except ValueError as error:
            refused[template] = str(error)
        else:
            usable.append(compiled)
    return tuple(usable), refused


def unsaid(templates: Iterable[Template], parameters: Iterable[Parameter]) -> frozenset[str]:
    """The parameters that none of the wordings mentions.

    >>> sorted(unsaid([Template("the {k} largest")], (Parameter("k", "int"), Parameter("by", "column"))))
    ['by']
    """
    return frozenset(p.name for p in parameters) - {name for t in templates for name in SLOT.findall(t.text)}


def _told(items: tuple[Item, ...], question: str | None) -> tuple[Item, ...]:
    """The items with what only the whole wording and its question can say of a slot."""
    weak = sum(isinstance(i, Literal) and has_content(i.key) for i in items) <= 1
    counts, places = _numbers_said(question) if question is not None else (frozenset(), frozenset())

    def told(slot: Slot) -> Slot:
        example = slot.parameter.example
        ordinal = None if question is None else slot.parameter.type == "int" and example in places - counts
        return replace(slot, ordinal=ordinal, weak=weak)

    return tuple(told(i) if isinstance(i, Slot) else i for i in items)


@lru_cache(maxsize=64)  # the wordings of a procedure ask one after the other
def _numbers_said(question: str) -> tuple[frozenset[Any], frozenset[Any]]:
    """Values of the numbers of a question: those that count, and those that say a place."""
    view = View(Reading(question, tokenise(question)))
    places = range(len(view.tokens))
    counts = {value for place in places for end, value in view.numbers(place, comma=False) if not view.inner[end]}
    return frozenset(counts), frozenset(value for place in places for _, value in view.ordinals(place))


def _may_be_ignored(word: str) -> bool:
    table = lexicon()
    return word.isalpha() and not table.is_operator(word) and word not in table.number_words | table.words["clause"]


def _later(items: Sequence[Item]) -> tuple[tuple[str, ...], ...]:
    names = [i.name if isinstance(i, Slot) else "" for i in items]
    return tuple(tuple(sorted({*names[:k]} & {*names[k:]} - {""})) for k in range(len(names) + 1))


# ---------------------------------------------------------------- what can not be used


def _check(items: Sequence[Item], rest: Sequence[Parameter], constants: Collection[str], *, wordless: bool) -> None:
    if not wordless and not any(isinstance(i, Literal) and has_content(i.key) for i in items):
        raise ValueError("the wording has no word of its own")
    slots = sum(isinstance(i, Slot) for i in items)
    if slots > MOST_SLOTS:
        raise ValueError(f"the wording has {slots} slots; the limit is {MOST_SLOTS}")
    for one, other in pairwise(items):
        if isinstance(one, Slot) and isinstance(other, Slot) and not _told_apart(one, other, items):
            raise ValueError(f"nothing tells {{{one.name}}} from {{{other.name}}}: put a word between them")
    missing = [p.name for p in rest if p.type not in INPUTS and p.name not in constants]
    if missing:
        raise ValueError(f"the wording leaves out {missing[0]}")


def _told_apart(one: Slot, other: Slot, items: Sequence[Item]) -> bool:
    """Whether neighbours can be told apart: by kind, by the data, as single words, or because one stands elsewhere."""
    if other.glued and "sign" not in (one.kind, other.kind):
        return False
    if not (one.free and other.free):
        return True
    if one.payload or other.payload:
        return False
    told = {one.kind, other.kind} == {"name", "text"} or (one.in_column and other.in_column)
    return told or (one.single and other.single) or _stands_alone(one, items) or _stands_alone(other, items)


def _stands_alone(slot: Slot, items: Sequence[Item]) -> bool:
    """Whether the slot comes again where no other free slot is its neighbour."""
    places = [k for k, i in enumerate(items) if isinstance(i, Slot) and i.name == slot.name]
    return any(not any(_is_free_slot(items, k + step) for step in (-1, 1)) for k in places)


def _is_free_slot(items: Sequence[Item], place: int) -> bool:
    item = items[place] if 0 <= place < len(items) else None
    return isinstance(item, Slot) and item.free
