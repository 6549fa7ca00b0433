"""What may fill a slot at one place of a question: typed values, names of variables, columns, bounded texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..words import Parameter, Reference
from .columns import pieces
from .items import INPUTS, TEXTUAL, Item, Literal, Slot
from .language import lexicon
from .texts import text_values, without_affixes
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
_NUMBERS = ("int", "float")


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
        if self.columns:
            return tuple(frozenset((r.variable, r.column) for r in references) for references in self.columns)
        return self.value.casefold() if isinstance(self.value, str) and self.source == "text" else self.value


@dataclass(frozen=True, slots=True)
class Place:
    """A slot between its neighbours, at one token of a question."""

    slot: Slot
    view: View
    at: int
    before: Item | None
    after: Item | None
    comma: bool


def fillings(place: Place) -> Iterator[Filling]:
    """Everything that may fill the slot from its token on."""
    kind = place.slot.parameter.type
    yield from _variables(place.slot.parameter, place.view, place.at)
    if kind in _NUMBERS:
        yield from _numbers(place)
    elif kind in TEXTUAL and not _names_a_variable(place):
        for end, shown in text_values(place.slot, place.view, place.at, (place.before, place.after)):
            yield Filling(end, shown, shown)
    elif kind not in TEXTUAL:
        yield from _typed(place)


def _typed(place: Place) -> Iterator[Filling]:
    slot, view, at = place.slot, place.view, place.at
    match slot.parameter.type:
        case "date":
            yield from (Filling(end, day, view.shown(at, end)) for end, day in view.dates(at))
        case "column":
            yield from _column(slot, view, at)
        case "columns":
            yield from _columns(view, at)
        case "choice":
            yield from _choices(slot, view, at)
        case "bool":
            yield from _truth(view, at)


# ---------------------------------------------------------------- names


def _variables(parameter: Parameter, view: View, at: int) -> Iterator[Filling]:
    kinds = VARIABLE_KINDS.get(parameter.type, frozenset())
    for end, reference in view.names.get(at, ()):
        variable = view.reading.variables[reference.variable]
        if variable.kind in kinds and (parameter.type in INPUTS or _surely_a_name(reference, parameter)):
            yield Filling(end, variable.name, reference.text, "variable")


def _names_a_variable(place: Place) -> bool:
    return any(_surely_a_name(r, place.slot.parameter) for _, r in place.view.names.get(place.at, ()))


def _surely_a_name(reference: Reference, parameter: Parameter) -> bool:
    """A plain word may be a text as well as the name of one; back-ticks or its spelling say that it is a name."""
    low = reference.text.casefold()
    if parameter.type not in TEXTUAL:
        return low not in lexicon().number_words
    return low.startswith("`") or not low.isalpha()


def _column(slot: Slot, view: View, at: int) -> Iterator[Filling]:
    for end in {end for end, _ in view.columns.get(at, ())}:
        low = view.shown(at, end).strip("`").casefold()
        if low.endswith(slot.suffix) and low.startswith(slot.prefix):
            yield Filling(end, None, view.shown(at, end), columns=(_referring(view, at, end),))


def _referring(view: View, at: int, end: int) -> tuple[Reference, ...]:
    return tuple(r for e, r in view.columns[at] if e == end)


def _columns(view: View, at: int) -> Iterator[Filling]:
    """`a`, `a and b`, `a, b and c`; the longest list first."""
    lists: list[tuple[int, tuple[tuple[Reference, ...], ...]]] = []
    found: tuple[tuple[Reference, ...], ...] = ()
    place, more = at, True
    while more and view.columns.get(place):
        end = max(e for e, _ in view.columns[place])
        found = (*found, _referring(view, place, end))
        lists.append((end, found))
        place = view.skip[end]
        joined = place < len(view.keys) and (view.keys[place] in lexicon().words["joins"] or view.keys[place] == "&")
        more = joined or place > end
        place = view.skip[place + 1] if joined else place
    for end, columns in reversed(lists):
        yield Filling(end, None, view.shown(at, end), columns=columns)


# ---------------------------------------------------------------- closed lists


def _choices(slot: Slot, view: View, at: int) -> Iterator[Filling]:
    values = {_choice_key(str(v)): v for v in slot.parameter.domain.get("values") or ()}
    longest = max((len(str(v)) for v in values.values()), default=0)
    for end in range(at + 1, len(view.tokens) + 1):
        shown = view.shown(at, end)
        if len(shown) > longest + len(slot.prefix) + len(slot.suffix) + 2:
            return
        bare = without_affixes(slot, shown.strip("`"))
        if bare is not None and not view.inner[end] and _choice_key(bare) in values:
            yield Filling(end, values[_choice_key(bare)], bare)


def _choice_key(value: str) -> str:
    """Choices are the same but for case, underscores and hyphens.

    >>> _choice_key("Left_outer") == _choice_key("left outer")
    True
    """
    words = pieces(value)
    spaced = value.casefold().replace("_", " ").replace("-", " ").strip()
    return " ".join(words) if " ".join(words) == " ".join(spaced.split()) else value.casefold()


def _truth(view: View, at: int) -> Iterator[Filling]:
    words, key = lexicon().words, view.keys[at]
    if key in words["true"] or key in words["false"]:
        yield Filling(at + 1, key in words["true"], view.shown(at, at + 1))


# ---------------------------------------------------------------- numbers


def _numbers(place: Place) -> Iterator[Filling]:
    slot, view, at = place.slot, place.view, place.at
    if slot.parameter.type == "int" and slot.ordinal is not False:
        for end, position in view.ordinals(at):
            if slot.ordinal or position == slot.parameter.example:
                yield Filling(end, position, view.shown(at, end))
    if not slot.ordinal:
        yield from _cardinals(place)


def _cardinals(place: Place) -> Iterator[Filling]:
    """The longest number; a shorter one only where the wording goes on with what the longer one would swallow."""
    view, at, after = place.view, place.at, place.after
    if isinstance(place.before, Literal) and at and _begins_inside(view, at, comma=place.comma):
        return
    unit_follows = isinstance(after, Literal) and after.tight
    found = [(end, value) for end, value in view.numbers(at, comma=place.comma) if unit_follows or not view.inner[end]]
    shorter = isinstance(after, Literal) or (isinstance(after, Slot) and after.parameter.type in _NUMBERS)
    for end, value in found if shorter else found[:1]:
        if place.slot.parameter.type == "float":
            yield Filling(end, float(value), view.shown(at, end))
        elif value.denominator == 1:
            yield Filling(end, int(value), view.shown(at, end))


def _begins_inside(view: View, at: int, *, comma: bool) -> bool:
    """Whether a number that began one word before reaches over this place: twenty | five."""
    before = at - 1
    if view.tokens[before].kind == "mark" and before:
        before -= 1
    return any(end > at for end, _ in view.numbers(before, comma=comma))
