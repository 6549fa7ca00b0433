"""What may fill a slot at one place of a question: typed values, names of variables, columns, bounded texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..words import Parameter, Reference
from .columns import pieces
from .kinds import CLOSED, Kind, is_currency, kind_of
from .language import lexicon
from .templates import INPUTS, TEXTUAL, CompiledTemplate, Item, Literal, Slot
from .tokens import FREE_MARKS
from .view import View

# Kinds of variables that may stand for a slot of this type.
VARIABLE_KINDS: dict[str, frozenset[str]] = {
    "frame": frozenset({"frame"}),
    "series": frozenset({"series"}),
    "list": frozenset({"list", "series", "frame"}),
    "dict": frozenset({"dict"}),
    "columns": frozenset({"list"}),
    "int": frozenset({"int"}),
    "float": frozenset({"int", "float"}),
    "str": frozenset({"str"}),
    "text": frozenset({"str"}),
    "bool": frozenset({"bool"}),
    "date": frozenset({"date"}),
}
# A kind an example may have -> the kinds a value may have in its place.
_ALIKE: dict[Kind, frozenset[Kind]] = {"name": frozenset({"name", "code", "mark"})}
_SENTENCE_ENDS = frozenset("?!")


@dataclass(frozen=True, slots=True)
class Filling:
    """A value for a slot: it ends before token `end`; `columns` are what its words may refer to, settled later."""

    end: int
    value: Any
    shown: str
    source: str = "text"
    columns: tuple[tuple[Reference, ...], ...] = ()

    @property
    def key(self) -> Any:
        """What two fillings of one slot must have in common."""
        return self.value.casefold() if isinstance(self.value, str) and self.source == "text" else self.value


def fillings(compiled: CompiledTemplate, place: int, view: View, at: int) -> Iterator[Filling]:
    """Everything that may fill the slot `compiled.items[place]` from token `at` on."""
    slot = compiled.items[place]
    assert isinstance(slot, Slot)  # noqa: S101 - callers ask for slots only
    after = compiled.items[place + 1] if place + 1 < len(compiled.items) else None
    kind = slot.parameter.type
    yield from _variables(slot.parameter, view, at)
    if kind in ("int", "float"):
        yield from _numbers(compiled, place, view, at, after)
    elif kind in TEXTUAL:
        yield from _texts(slot, view, at, before=compiled.items[place - 1] if place else None, after=after)
    elif kind == "date":
        yield from (Filling(end, day, view.shown(at, end)) for end, day in view.dates(at))
    elif kind == "column":
        yield from _column(slot, view, at)
    elif kind == "columns":
        yield from _columns(view, at)
    elif kind == "choice":
        yield from _choices(slot, view, at)
    elif kind == "bool":
        yield from _truth(view, at)


# ---------------------------------------------------------------- names


def _variables(parameter: Parameter, view: View, at: int) -> Iterator[Filling]:
    kinds = VARIABLE_KINDS.get(parameter.type, frozenset())
    for end, reference in view.names.get(at, ()):
        variable = view.reading.variables[reference.variable]
        if variable.kind in kinds and (parameter.type in INPUTS or _surely_a_name(reference, parameter)):
            yield Filling(end, variable.name, reference.text, "variable")


def _surely_a_name(reference: Reference, parameter: Parameter) -> bool:
    """A plain word may be a text as well as the name of one; back-ticks or its spelling say that it is a name."""
    low = reference.text.casefold()
    if parameter.type not in TEXTUAL:
        return low not in lexicon().number_words
    return low.startswith("`") or not low.isalpha()


def _column(slot: Slot, view: View, at: int) -> Iterator[Filling]:
    for end in {end for end, _ in view.columns.get(at, ())}:
        shown = view.shown(at, end)
        if shown.strip("`").casefold().endswith(slot.suffix) and shown.strip("`").casefold().startswith(slot.prefix):
            yield Filling(end, None, shown, columns=(_referring(view, at, end),))


def _referring(view: View, at: int, end: int) -> tuple[Reference, ...]:
    return tuple(r for e, r in view.columns[at] if e == end)


def _columns(view: View, at: int) -> Iterator[Filling]:
    """`a`, `a and b`, `a, b and c`; the longest list first."""
    lists: list[tuple[int, tuple[tuple[Reference, ...], ...]]] = []
    found: tuple[tuple[Reference, ...], ...] = ()
    place = at
    while view.columns.get(place):
        end = max(e for e, _ in view.columns[place])
        found = (*found, _referring(view, place, end))
        lists.append((end, found))
        place = view.skip[end]
        if place < len(view.keys) and (view.keys[place] in lexicon().words["joins"] or view.keys[place] == "&"):
            place = view.skip[place + 1]
        elif place == end:
            break
    for end, columns in reversed(lists):
        yield Filling(end, None, view.shown(at, end), columns=columns)


def _choices(slot: Slot, view: View, at: int) -> Iterator[Filling]:
    values = {pieces(str(v)) or (str(v),): v for v in slot.parameter.domain.get("values") or ()}
    longest = max((len(pieces(str(v))) + 4 for v in values.values()), default=0)
    for end in range(min(len(view.tokens), at + longest), at, -1):
        shown = _without_affixes(slot, view.shown(at, end))
        if shown is not None and not view.inner[end]:
            key = pieces(shown) or (shown,)
            clean = all(c.isalnum() or c in " _-/.'" for c in shown) or key == (shown,)
            if key in values and clean:
                yield Filling(end, values[key], shown)


def _truth(view: View, at: int) -> Iterator[Filling]:
    words, key = lexicon().words, view.keys[at]
    if key in words["true"] or key in words["false"]:
        yield Filling(at + 1, key in words["true"], view.shown(at, at + 1))


# ---------------------------------------------------------------- numbers


def _numbers(compiled: CompiledTemplate, place: int, view: View, at: int, after: Item | None) -> Iterator[Filling]:
    """The longest number; a shorter one only where the wording goes on with what the longer one would swallow."""
    slot = compiled.items[place]
    assert isinstance(slot, Slot)  # noqa: S101
    before = compiled.items[place - 1] if place else None
    if isinstance(before, Literal) and at and _begins_inside(view, at, comma=compiled.comma):
        return
    found = view.numbers(at, comma=compiled.comma)
    shorter = isinstance(after, Literal) or (isinstance(after, Slot) and after.parameter.type in ("int", "float"))
    for end, value in found if shorter else found[:1]:
        if slot.parameter.type == "float":
            yield Filling(end, float(value), view.shown(at, end))
        elif value.denominator == 1:
            yield Filling(end, int(value), view.shown(at, end))


def _begins_inside(view: View, at: int, *, comma: bool) -> bool:
    """Whether a number that began one word before reaches over this place: twenty | five."""
    before = at - 1
    if view.tokens[before].kind == "mark" and before:
        before -= 1
    return any(end > at for end, _ in view.numbers(before, comma=comma))


# ---------------------------------------------------------------- texts


def _texts(slot: Slot, view: View, at: int, before: Item | None, after: Item | None) -> Iterator[Filling]:
    if slot.payload:
        yield from _payload(slot, view, at)
    elif slot.kind == "sign":
        yield from _signs(slot, view, at)
    else:
        for end in _text_ends(slot, view, at, before, after):
            shown = _without_affixes(slot, view.shown(at, end).strip("`"))
            if shown and _of_kind(slot, shown):
                yield Filling(end, shown, shown)


def _payload(slot: Slot, view: View, at: int) -> Iterator[Filling]:
    text = view.text[view.tokens[at].start :]
    for mark in reversed(slot.tail):
        text = text.removesuffix(mark).rstrip()
    if text:
        yield Filling(len(view.tokens), text, text)


def _signs(slot: Slot, view: View, at: int) -> Iterator[Filling]:
    example = str(slot.parameter.example)
    end = at
    while end < len(view.tokens) and end < at + 3 and view.tokens[end].kind == "mark":
        end += 1
        shown = view.shown(at, end)
        if " " not in shown and (is_currency(shown) or not is_currency(example)):
            yield Filling(end, shown, shown)


def _without_affixes(slot: Slot, shown: str) -> str | None:
    """The words without the letters that belong to the wording; None where these are not there, or hide a lost e."""
    low = shown.casefold()
    if not (low.startswith(slot.prefix) and low.endswith(slot.suffix)):
        return None
    if slot.suffix == "s" and low.endswith(tuple(lexicon().words["unclear"])):
        return None
    return shown[len(slot.prefix) : len(shown) - len(slot.suffix)] or None


def _of_kind(slot: Slot, shown: str) -> bool:
    """Whether a value is of the kind of the example, as far as kinds can be told."""
    if slot.in_column or slot.kind == "text" or slot.parameter.type == "text":
        return True
    kind = kind_of(shown)
    return kind in _ALIKE.get(slot.kind, frozenset({slot.kind})) or (slot.kind == "title" and kind == "name")


def _text_ends(slot: Slot, view: View, at: int, before: Item | None, after: Item | None) -> Iterator[int]:
    """Places where a text that begins at `at` may end."""
    beside_name = any(isinstance(i, Slot) and i.kind == "name" for i in (before, after))
    lower_only = slot.kind == "text" and beside_name
    words = 0
    for place in range(at, len(view.tokens)):
        words += place == at or not view.glued(place)
        token = view.tokens[place]
        if words > slot.words or token.text in _SENTENCE_ENDS or (lower_only and token.text[0].isupper()):
            return
        if not slot.in_column and not _belongs(slot, view, place, at):
            return
        if not view.inner[place + 1] and _ends_well(view, at, place):
            yield place + 1 + _dotted(slot, view, place + 1)


def _ends_well(view: View, at: int, place: int) -> bool:
    """Whether a value may end with token `place`: brackets are closed, and no mark of the sentence hangs on it."""
    token, shown = view.tokens[place], view.shown(at, place + 1)
    closed = shown.count("(") == shown.count(")") and shown.count('"') % 2 == 0
    return closed and (token.kind != "mark" or token.text not in FREE_MARKS or token.text == ")")


def _dotted(slot: Slot, view: View, end: int) -> bool:
    """Whether the full stop after the words is theirs, as it is in the example: Prof."""
    ends = str(slot.parameter.example or "").endswith(".") and end < len(view.tokens)
    return ends and view.tokens[end].text == "." and view.glued(end)


def _belongs(slot: Slot, view: View, place: int, at: int) -> bool:
    """Whether a token may be part of a value: nothing that counts, compares, negates, or begins another clause."""
    token, key, table = view.tokens[place], view.keys[place], lexicon()
    if key in slot.own or (slot.kind in CLOSED and kind_of(token.text) == slot.kind):
        return True
    if token.kind == "number":
        return slot.numeric
    if token.kind == "mark":
        return _binds(view, place, at)
    if table.is_operator(key) or key in table.words["courtesy"]:
        return False
    if key in table.number_words and not (key in table.words["articles"] or key in table.words["joins"]):
        return slot.numeric
    linked = slot.kind == "name" and key in table.words["links"]
    return slot.clausal or linked or key not in table.words["clause"]


def _binds(view: View, place: int, at: int) -> bool:
    """Whether a mark holds a value together: part-time, R&B, O'Brien, Dr. Who; not "Tom, who" and not "Tom's"."""
    mark = view.tokens[place].text
    if place == at or place + 1 >= len(view.tokens):
        return False
    if mark == "." and not view.glued(place + 1):
        return _abbreviates(view.keys[place - 1]) and view.glued(place)
    if mark == "'" and view.keys[place + 1] == "s":
        return False
    return mark in "-/&'._" and view.glued(place) and view.glued(place + 1)


def _abbreviates(word: str) -> bool:
    table = lexicon()
    return len(word) == 1 or word in table.words["titles"] or word in table.words["abbreviations"]


