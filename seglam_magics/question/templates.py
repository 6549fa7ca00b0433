"""Wordings with slots, taken apart once so that they can be compared with many questions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ..errors import SeglamError
from ..words import Parameter, Template, Token
from .kinds import CLOSED, Kind, kind_of
from .language import lexicon
from .normal import normalise
from .tokens import FREE_MARKS, tokenise

MOST_SLOTS = 40
PAYLOAD_WORDS = 6
TEXTUAL = frozenset({"str", "text"})
INPUTS = frozenset({"frame", "series", "list", "dict"})
# Slots that take letters before or after them into account: "{fruit}s"
_AFFIXED = TEXTUAL | INPUTS | {"choice", "column"}
SLOT = re.compile(r"\{([^\W\d]\w*)\}")
_TICKED_SLOT = re.compile(r"`(\{\w+\})`")
_BRACED = re.compile(r"\{\{|\}\}|" + SLOT.pattern)
# Doubled braces stand for themselves; characters for private use hold their places while slots are looked for.
_HELD = {"{{": "\ue000", "}}": "\ue001"}
_BACK = str.maketrans({"\ue000": "{", "\ue001": "}"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A token that must stand in the question.

    `glued` allows it to begin inside a word or number, `tight` demands that no blank stands before it.
    """

    key: str
    glued: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A hole and what may fill it.

    Attributes
    ----------
    prefix, suffix : letters of the wording glued to it.
    kind : of the example; `text` where there is none.
    payload : takes all the rest of the question, but for the marks the wording has before (`lead`) and after it (`tail`).
    words : the most words it takes.
    own : casefolded words, marks included, of its example: allowed in it though they are operators or end a clause.
    numeric, clausal : whether the example holds numbers, or words that join clauses.
    """

    parameter: Parameter
    prefix: str = ""
    suffix: str = ""
    glued: bool = False
    kind: Kind = "text"
    payload: bool = False
    lead: str = ""
    tail: str = ""
    words: int = 5
    own: frozenset[str] = frozenset()
    numeric: bool = False
    clausal: bool = False

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    @property
    def in_column(self) -> bool:
        """Whether its values are values of a column: the data tell then what fits."""
        return self.parameter.type == "str" and bool(self.parameter.domain.get("column"))

    @property
    def free(self) -> bool:
        """Whether nothing but its neighbours says where it ends."""
        return self.parameter.type in TEXTUAL and self.kind not in CLOSED and self.kind != "title"


Item = Literal | Slot


@dataclass(frozen=True)
class CompiledTemplate:
    """A wording ready to be unified with questions.

    Attributes
    ----------
    items : its literal tokens and slots in order.
    keys : every token a question must hold, casefolded: a cheap test before unifying.
    implied : inputs the wording does not mention; bound to the only fitting variable.
    constants : parameters no wording mentions; they keep the value they were compiled with.
    comma : whether its language writes a decimal comma.
    later : for each item, the slots that are bound before it and come again from there on.
    """

    template: Template
    items: tuple[Item, ...]
    keys: frozenset[str]
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
) -> CompiledTemplate:
    """Take a wording apart.

    Parameters
    ----------
    constants : parameters that no wording of the procedure mentions; they keep their example's value.
    ignorable : words without meaning for this question; operators, numbers and negations never are.

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
    items = _items(_spelled(template.text), {p.name: p for p in parameters})
    slots = [i for i in items if isinstance(i, Slot)]
    _check(items, slots)
    rest = [p for p in parameters if p.name not in {s.name for s in slots}]
    missing = [p.name for p in rest if p.type not in INPUTS and p.name not in constants]
    if missing:
        raise ValueError(f"the wording leaves out {missing[0]}")
    return CompiledTemplate(
        template,
        items,
        frozenset(i.key for i in items if isinstance(i, Literal)),
        tuple(p for p in rest if p.type in INPUTS),
        tuple(p for p in rest if p.type not in INPUTS),
        comma=template.lang.partition("-")[0] in lexicon().comma,
        ignorable=frozenset(w for w in map(str.casefold, ignorable) if _may_be_ignored(w)),
        later=_later(items),
    )


def compile_templates(
    templates: Iterable[Template], parameters: Sequence[Parameter], *, ignorable: Iterable[str] = ()
) -> tuple[tuple[CompiledTemplate, ...], dict[Template, str]]:
    """All usable wordings of a procedure, and why the others can not be used.

    >>> usable, refused = compile_templates([Template("how many rows"), Template("{k}?")], ())
    >>> len(usable), list(refused.values())
    (1, ['{k} is no parameter'])
    """
    templates, ignorable = tuple(templates), tuple(ignorable)
    said = {name for t in templates for name in SLOT.findall(t.text)}
    constants = {p.name for p in parameters} - said
    usable, refused = [], {}
    for template in templates:
        try:
            usable.append(compile_template(template, parameters, constants=constants, ignorable=ignorable))
        except ValueError as error:
            refused[template] = str(error)
    return tuple(usable), refused


def literal_words(text: str) -> frozenset[str]:
    """The casefolded words and numbers of a wording outside of its slots: enough to find it by, and quickly made.

    >>> sorted(literal_words("How many {fruit}s are in {n} boxes?"))
    ['are', 'boxes', 'how', 'in', 'many']
    """
    bare = re.sub(r"[^\W\d_]*\{\w+\}[^\W\d_]*", " ", _spelled(text))
    return frozenset(t.text.casefold() for t in tokenise(bare) if t.kind in ("word", "number")) - lexicon().words["courtesy"]


def fill(text: str, shown: Mapping[str, str]) -> str:
    """A wording with its slots filled and its doubled braces single.

    Raises
    ------
    KeyError : a slot has nothing to show.
    """
    bare = _TICKED_SLOT.sub(r"\1", text)
    return _BRACED.sub(lambda m: shown[m[1]] if m[1] else m[0][0], bare)


def _spelled(text: str) -> str:
    """A wording in one spelling, without the back-ticks around slots."""
    try:
        plain = normalise(text)
    except SeglamError as error:
        raise ValueError(error.says) from None
    return _TICKED_SLOT.sub(r"\1", _BRACED.sub(lambda m: _HELD.get(m[0], m[0]), plain))


def _may_be_ignored(word: str) -> bool:
    table = lexicon()
    return word.isalpha() and not table.is_operator(word) and word not in table.number_words | table.words["clause"]


# ---------------------------------------------------------------- from text to items


def _items(text: str, parameters: dict[str, Parameter]) -> tuple[Item, ...]:
    pieces = SLOT.split(text)
    items: list[Item] = []
    for place, piece in enumerate(pieces):
        if place % 2:
            if piece not in parameters:
                raise ValueError(f"{{{piece}}} is no parameter")
            before, after = pieces[place - 1], pieces[place + 1]
            last = place == len(pieces) - 2 and not re.search(r"\w", after)
            items.append(_slot(parameters[piece], before, after, last=last))
        elif "{" in piece or "}" in piece:
            raise ValueError("a brace of the wording has no partner")
        else:
            before_slot = parameters.get(pieces[place + 1]) if place + 1 < len(pieces) else None
            after_slot = parameters.get(pieces[place - 1]) if place else None
            items += _literals(piece, after_slot, before_slot)
    return tuple(items)


def _slot(parameter: Parameter, before: str, after: str, *, last: bool) -> Slot:
    affixed = parameter.type in _AFFIXED
    prefix = re.search(r"[^\W\d_]*$", before)[0] if affixed else ""  # type: ignore[index]
    suffix = re.match(r"[^\W\d_]*", after)[0] if affixed else ""  # type: ignore[index]
    example = "" if parameter.example is None else normalised_example(str(parameter.example))
    size, own = len(example.split()), frozenset(t.text.casefold() for t in tokenise(example))
    kind, table = kind_of(example), lexicon()
    closed = parameter.type == "str" and kind in CLOSED
    return Slot(
        parameter,
        prefix.casefold(),
        suffix.casefold(),
        glued=bool(before) and not before[-1].isspace() and not prefix,
        kind=kind,
        payload=last and parameter.type in TEXTUAL and size >= PAYLOAD_WORDS and not parameter.domain.get("column"),
        lead=re.search(r"[^\w`]*$", before)[0].replace(" ", ""),  # type: ignore[index]
        tail=after.replace(" ", ""),
        words=size + 2 if closed else 1 + max(4, 2 * size),
        own=own,
        numeric=kind in ("number", "ordinal", "date", "time") or any(w in table.number_words or w[0].isdigit() for w in own),
        clausal=bool(own & table.words["clause"]),
    )


@lru_cache(maxsize=4096)
def normalised_example(example: str) -> str:
    """An example as it stands in a question; "" where it could not stand in one."""
    try:
        return normalise(example)
    except SeglamError:
        return ""


def _literals(piece: str, after_slot: Parameter | None, before_slot: Parameter | None) -> list[Literal]:
    """The literal tokens of the text between two slots, without letters that belong to a slot."""
    tokens = tokenise(piece)
    found = []
    for place, token in enumerate(tokens):
        first, last = after_slot is not None and token.start == 0, before_slot is not None and token.end == len(piece)
        affix = (first and after_slot and after_slot.type in _AFFIXED) or (last and before_slot and before_slot.type in _AFFIXED)
        if token.kind == "word" and affix:
            continue
        glued = first or (place > 0 and tokens[place - 1].end == token.start)
        if _is_free(token) and not (glued and _joins_values(piece, token, first=first, last=last)):
            continue
        tight = glued and token.kind in ("word", "number") and (first or tokens[place - 1].kind in ("word", "number"))
        found.append(Literal(token.text.translate(_BACK).strip("`").strip().casefold(), glued, tight))
    return found


def _is_free(token: Token) -> bool:
    return (token.kind == "mark" and token.text in FREE_MARKS) or token.text.casefold() in lexicon().words["courtesy"] or (
        token.text == "`"
    )


def _joins_values(piece: str, token: Token, *, first: bool, last: bool) -> bool:
    """The colon of {hours}:{minutes} says something, the one of "total: {x}" does not."""
    before = first or piece[token.start - 1].isdigit()
    after = last or (token.end < len(piece) and piece[token.end].isdigit())
    return token.kind == "mark" and before and after


# ---------------------------------------------------------------- what can not be used


def _check(items: Sequence[Item], slots: Sequence[Slot]) -> None:
    stop = lexicon().words["stop"]
    if not any(isinstance(i, Literal) and i.key[:1].isalpha() and i.key not in stop for i in items):
        raise ValueError("the wording has no word of its own")
    if len(slots) > MOST_SLOTS:
        raise ValueError(f"the wording has {len(slots)} slots; the limit is {MOST_SLOTS}")
    for one, other in zip(items, items[1:], strict=False):
        if isinstance(one, Slot) and isinstance(other, Slot) and not _told_apart(one, other, items):
            raise ValueError(f"nothing tells {{{one.name}}} from {{{other.name}}}: put a word between them")


def _told_apart(one: Slot, other: Slot, items: Sequence[Item]) -> bool:
    signed = "sign" in (one.kind, other.kind)
    if other.glued and not signed:
        return False
    if not (one.free and other.free):
        return True
    if one.payload or other.payload:
        return False
    return {one.kind, other.kind} == {"name", "text"} or _stands_alone(one, items) or _stands_alone(other, items)


def _stands_alone(slot: Slot, items: Sequence[Item]) -> bool:
    """Whether the slot comes again where no other free slot is its neighbour."""
    places = [k for k, i in enumerate(items) if isinstance(i, Slot) and i.name == slot.name]
    return any(not any(_is_free_slot(items, k + step) for step in (-1, 1)) for k in places)


def _is_free_slot(items: Sequence[Item], place: int) -> bool:
    item = items[place] if 0 <= place < len(items) else None
    return isinstance(item, Slot) and item.free


def _later(items: Sequence[Item]) -> tuple[tuple[str, ...], ...]:
    names = [i.name if isinstance(i, Slot) else "" for i in items]
    return tuple(
        tuple(sorted({n for n in names[:k] if n} & {n for n in names[k:] if n})) for k in range(len(names) + 1)
    )
