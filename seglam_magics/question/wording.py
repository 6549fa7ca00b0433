"""From the text of a wording to its items, and from a wording and what its slots show back to text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ..errors import SeglamError
from ..words import Parameter, Token
from .items import INPUTS, TEXTUAL, Item, Literal, Slot
from .kinds import CLOSED, kind_of
from .language import key_of, lexicon
from .normal import normalise
from .tokens import FREE_MARKS, tokenise

PAYLOAD_WORDS = 6
SLOT = re.compile(r"\{([^\W\d]\w*)\}")
_TICKED_SLOT = re.compile(r"`(\{\w+\})`")
_BRACED = re.compile(r"\{\{|\}\}|" + SLOT.pattern)
# Doubled braces stand for themselves; characters for private use hold their places while slots are looked for.
_HELD = {"{{": "\ue000", "}}": "\ue001"}
_BACK = str.maketrans({"\ue000": "{", "\ue001": "}"})
# Slots that take letters before or after them into account: "{fruit}s"
_AFFIXED = TEXTUAL | INPUTS | {"choice", "column"}
_NUMERIC = frozenset({"number", "ordinal", "date", "time"})


def items_of(text: str, parameters: Mapping[str, Parameter]) -> tuple[Item, ...]:
    """The items of a wording.

    Raises
    ------
    ValueError : with a sentence, for a slot that is no parameter, a lonely brace, a text that is no question.
    """
    pieces = SLOT.split(_spelled(text))
    around = [parameters.get(p) if k % 2 else None for k, p in enumerate(pieces)] + [None]
    items: list[Item] = []
    for place, piece in enumerate(pieces):
        if place % 2:
            if piece not in parameters:
                raise ValueError(f"{{{piece}}} is no parameter")
            items.append(_slot(parameters[piece], pieces, place))
        elif "{" in piece or "}" in piece:
            raise ValueError("a brace of the wording has no partner")
        else:
            items += _literals(piece, around[place - 1] if place else None, around[place + 1])
    return tuple(items)


def literal_words(text: str) -> frozenset[str]:
    """The words and numbers of a wording outside of its slots: enough to find it by, and quickly made.

    >>> sorted(literal_words("How many {fruit}s are in {n} boxes?"))
    ['are', 'boxes', 'how', 'in', 'many']
    """
    bare = re.sub(r"[^\W\d_]*\{\w+\}[^\W\d_]*", " ", _spelled(text))
    return frozenset(key_of(t.text) for t in tokenise(bare) if t.kind in ("word", "number") and not _is_courtesy(t))


def fill(text: str, shown: Mapping[str, str]) -> str:
    """A wording with its slots filled and its doubled braces single.

    Raises
    ------
    KeyError : a slot has nothing to show.
    """
    bare = _TICKED_SLOT.sub(r"\1", text)
    return _BRACED.sub(lambda m: shown[m[1]] if m[1] else m[0][0], bare)


def has_content(key: str) -> bool:
    """Whether a token says something by itself: a word that is no particle, or a number such as a year.

    >>> has_content("average"), has_content("of"), has_content("1996"), has_content("5")
    (True, False, True, False)
    """
    if key in lexicon().words["stop"]:
        return False
    return key[:1].isalpha() or (key.isdigit() and len(key) > 2)  # noqa: PLR2004


def _spelled(text: str) -> str:
    """A wording in one spelling, without the back-ticks around slots."""
    try:
        plain = normalise(text)
    except SeglamError as error:
        raise ValueError(error.says) from None
    return _TICKED_SLOT.sub(r"\1", _BRACED.sub(lambda m: _HELD.get(m[0], m[0]), plain))


# ---------------------------------------------------------------- slots


def _slot(parameter: Parameter, pieces: Sequence[str], place: int) -> Slot:
    before, after = pieces[place - 1], pieces[place + 1]
    last = place == len(pieces) - 2 and not re.search(r"\w", after)
    affixed = parameter.type in _AFFIXED
    prefix = _found(r"[^\W\d_]*$", before) if affixed else ""
    example = "" if parameter.example is None else _example(str(parameter.example))
    own, size, kind = frozenset(t.text.casefold() for t in tokenise(example)), len(example.split()), kind_of(example)
    table = lexicon()
    in_column = bool(parameter.domain.get("column"))
    return Slot(
        parameter,
        prefix.casefold(),
        suffix=_found(r"^[^\W\d_]*", after).casefold() if affixed else "",
        glued=not prefix and (not before[-1].isspace() if before else place > 1),
        kind=kind,
        payload=last and parameter.type in TEXTUAL and size >= PAYLOAD_WORDS and not in_column,
        lead=_found(r"[^\w`]*$", before).replace(" ", ""),
        tail=after.replace(" ", ""),
        words=size + 2 if parameter.type == "str" and kind in CLOSED else 1 + max(4, 2 * size),
        own=own,
        numeric=kind in _NUMERIC or any(w in table.number_words or w[0].isdigit() for w in own),
        clausal=bool(own & table.words["clause"]),
    )


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[0] if found else ""


@lru_cache(maxsize=4096)
def _example(example: str) -> str:
    """An example as it stands in a question; "" where it could not stand in one."""
    try:
        return normalise(example)
    except SeglamError:
        return ""


# ---------------------------------------------------------------- literal tokens


def _literals(piece: str, slot_before: Parameter | None, slot_after: Parameter | None) -> list[Literal]:
    """The tokens of the text between two slots that must stand in a question, without letters that belong to a slot."""
    tokens = tokenise(piece)
    # all there is between two slots: "{one}, {other}"
    alone = bool(slot_before and slot_after) and all(_is_free(t) for t in tokens)
    found = []
    for place, token in enumerate(tokens):
        first, last = slot_before if token.start == 0 else None, slot_after if token.end == len(piece) else None
        if token.kind == "word" and any(p is not None and p.type in _AFFIXED for p in (first, last)):
            continue
        glued = first is not None or (place > 0 and tokens[place - 1].end == token.start)
        joins = glued and _joins_values(piece, token, first=first is not None, last=last is not None)
        if alone or joins or not (_is_free(token) or _is_courtesy(token)):
            tight = glued and token.kind in ("word", "number") and _letters_before(tokens, place)
            found.append(Literal(key_of(token.text.translate(_BACK)), glued, tight))
    return found


def _is_free(token: Token) -> bool:
    return token.kind == "mark" and (token.text in FREE_MARKS or token.text == "`")


def _is_courtesy(token: Token) -> bool:
    return token.text.casefold() in lexicon().words["courtesy"]


def _letters_before(tokens: Sequence[Token], place: int) -> bool:
    return place == 0 or tokens[place - 1].kind in ("word", "number")


def _joins_values(piece: str, token: Token, *, first: bool, last: bool) -> bool:
    """The colon of {hours}:{minutes} says something, the one of "total: {x}" does not."""
    before = first or piece[token.start - 1].isdigit()
    after = last or (token.end < len(piece) and piece[token.end].isdigit())
    return token.kind == "mark" and before and after
