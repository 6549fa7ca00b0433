"""Texts that may fill a slot: of the kind of its example, bounded, and without words that would change the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .items import Item, Slot
from .kinds import CLOSED, Kind, is_currency, kind_of
from .language import lexicon
from .tokens import FREE_MARKS
from .view import View

# A kind an example may have -> the kinds a value may have in its place.
_ALIKE: dict[Kind, frozenset[Kind]] = {
    "name": frozenset({"name", "code", "mark"}),
    "title": frozenset({"title", "name"}),
}
# Kinds that are made of several tokens in a form of their own: the form decides, not the tokens.
_FORMED = frozenset({"date", "time"})
_SENTENCE_ENDS = frozenset("?!")
_LONGEST_SIGN = 3
_TOKENS_A_WORD = 12


def text_values(slot: Slot, view: View, at: int, neighbours: Sequence[Item | None]) -> Iterator[tuple[int, str]]:
    """Texts that may fill `slot` from token `at` on, as (end, text), the shortest first."""
    if slot.payload:
        yield from _payload(slot, view, at)
    elif slot.kind == "sign":
        yield from _signs(slot, view, at)
    else:
        # whatever is quoted is a value, be it worded as it may
        quoted = view.quoted.get(at)
        for end in _ends(slot, view, at, neighbours) if quoted is None else (quoted,):
            shown = without_affixes(slot, view.shown(at, end).strip("`"))
            if shown and (_of_kind(slot, shown) or (quoted is not None and slot.kind == "name")):
                yield end, shown


def without_affixes(slot: Slot, shown: str) -> str | None:
    """The words without the letters that belong to the wording; None where these are not there, or hide a lost e."""
    low = shown.casefold()
    if not (low.startswith(slot.prefix) and low.endswith(slot.suffix)):
        return None
    if slot.suffix == "s" and low.endswith(tuple(lexicon().words["unclear"])):
        return None
    return shown[len(slot.prefix) : len(shown) - len(slot.suffix)] or None


def _payload(slot: Slot, view: View, at: int) -> Iterator[tuple[int, str]]:
    text = view.text[view.tokens[at].start :]
    for mark in reversed(slot.tail):
        text = text.removesuffix(mark).rstrip()
    if text and (not slot.weak or _worded_alike(slot, view, at)):
        yield len(view.tokens), text


def _worded_alike(slot: Slot, view: View, at: int) -> bool:
    """Whether most common words of the payload are words of the example as well."""
    words = [t.text for t in view.tokens[at:] if t.kind == "word" and t.text.islower()]
    return sum(w in slot.own for w in words) * 2 >= len(words)


def _signs(slot: Slot, view: View, at: int) -> Iterator[tuple[int, str]]:
    money = is_currency(str(slot.parameter.example))
    for end in range(at + 1, min(len(view.tokens), at + _LONGEST_SIGN) + 1):
        shown = view.shown(at, end)
        if view.tokens[end - 1].kind != "mark" or " " in shown:
            return
        if is_currency(shown) or not money:
            yield end, shown


def _of_kind(slot: Slot, shown: str) -> bool:
    """Whether a value is of the kind of the example, as far as kinds can be told."""
    if slot.in_column or slot.kind == "text":
        return True
    if slot.parameter.type == "text" and slot.kind not in _FORMED:
        # anything goes, but for a name that drags a condition along: "foreign William"
        return slot.kind != "name" or shown.casefold() == shown or kind_of(shown) != "text"
    return kind_of(shown) in _ALIKE.get(slot.kind, frozenset({slot.kind}))


# ---------------------------------------------------------------- where a text ends


def _ends(slot: Slot, view: View, at: int, neighbours: Sequence[Item | None]) -> Iterator[int]:
    """Places where a text that begins at `at` may end."""
    lower_only = slot.kind == "text" and any(isinstance(i, Slot) and i.kind == "name" for i in neighbours)
    words = 0
    for place in range(at, min(len(view.tokens), at + _TOKENS_A_WORD * slot.words)):
        token = view.tokens[place]
        words += place == at or not view.glued(place)
        if words > slot.words or token.text in _SENTENCE_ENDS or (lower_only and token.text[0].isupper()):
            return
        if not slot.in_column and not _belongs(slot, view, place, at):
            return
        if not view.inner[place + 1] and _ends_well(view, at, place):
            yield place + 1 + _dotted(slot, view, place + 1)


def _ends_well(view: View, at: int, place: int) -> bool:
    """Whether a value may end with token `place`: brackets are closed, nothing is to follow, no mark hangs on it."""
    token, shown = view.tokens[place], view.shown(at, place + 1)
    closed = shown.count("(") == shown.count(")") and shown.count('"') % 2 == 0
    if view.keys[place] in lexicon().words["joins"]:
        return False
    return closed and (token.kind != "mark" or token.text not in FREE_MARKS or token.text == ")")


def _dotted(slot: Slot, view: View, end: int) -> bool:
    """Whether the full stop after the words is theirs, as it is in the example: Prof."""
    ends = str(slot.parameter.example or "").endswith(".") and end < len(view.tokens)
    return ends and view.tokens[end].text == "." and view.glued(end)


def _belongs(slot: Slot, view: View, place: int, at: int) -> bool:
    """Whether a token may be part of a value: nothing that counts, compares, negates, or begins another clause."""
    token, key = view.tokens[place], view.keys[place]
    if slot.kind in _FORMED or key in slot.own or (slot.kind in CLOSED and kind_of(token.text) == slot.kind):
        return True
    if token.kind == "number":
        return slot.numeric
    if place == at and key in lexicon().words["joins"]:
        return False  # it joins what stands before it, and that is no part of the value
    if token.kind == "mark":
        return _binds(view, place, at)
    return _is_plain(slot, key) or (slot.kind == "name" and _is_proper(view, place, at))


def _is_proper(view: View, place: int, at: int) -> bool:
    """Whether an operator is part of a name: of Lower Saxony; not in a question with capitals everywhere."""
    said = view.tokens[place].text[0].isupper() and at > 0 and view.tokens[at - 1].text.islower()
    return said and view.keys[place] not in lexicon().words["negation"]


def _is_plain(slot: Slot, key: str) -> bool:
    table = lexicon()
    if table.is_operator(key) or key in table.words["courtesy"]:
        return False
    if key in table.number_words - table.words["articles"] - table.words["joins"]:
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
