"""Wordings in which a constant becomes a slot: where they show it, and whether they then say the same.

A wording that does not show the constant, or in a place that cannot be told, is of no use to the general procedure. One
that says a word of its own (a unit, an adjective) may speak of the one constant only, and is left behind as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import SeglamError
from ..question import Mismatch, View, cell_key, compile_template, literal_words, normalise, read, unify
from ..question.items import INPUTS
from ..question.language import lexicon
from ..question.stems import root
from ..words import Binding, Column, Parameter, Reading, Revision, Template, Variable
from .pairing import PIECE, unsaid

Span = tuple[int, int]
_DTYPES = {"number": "float"}
_LONGEST = 8  # words of a value


def stage(revision: Revision) -> dict[str, Variable]:
    """Variables as the question had them, as far as the revision knows: its data, with the columns it names."""
    demanded = {r.parameter: r.columns for r in revision.requires}
    slots = [p for p in revision.parameters if p.type == "column" and isinstance(p.example, str)]
    found = {}
    for parameter in revision.parameters:
        if parameter.type in INPUTS:
            dtypes = {c: _DTYPES.get(d, d) for c, d in demanded.get(parameter.name, {}).items()}
            if parameter.type in ("frame", "list"):
                told = {s.example: str(s.domain.get("dtype") or "str") for s in slots}
                dtypes = {c: _DTYPES.get(d, d) for c, d in told.items()} | dtypes
            name = str(parameter.example or parameter.name)
            found[name] = Variable(name, parameter.type, columns=tuple(Column(c, d) for c, d in dtypes.items()))
    return found


@dataclass(frozen=True, slots=True)
class Rewording:
    """Makes the wordings of one revision those of the general procedure.

    Attributes
    ----------
    revision : the special one, its parameters called as in the general one.
    constants : freed slot -> what the special one has in its place.
    general : the general procedure; its wordings are not looked at.
    """

    revision: Revision
    constants: Mapping[str, Any]
    general: Revision

    def templates(self) -> Iterator[Template]:
        """Its wordings with the new slots, as far as these can be told and say the constants again."""
        for template in self.revision.templates:
            made = self._made(template)
            if made is not None:
                yield made

    def answers(self, templates: Iterable[Template]) -> bool:
        """Whether one of `templates` reads the question it was compiled for, if any, as its constants."""
        if not self.revision.question:
            return True
        try:
            reading = read(self.revision.question, stage(self.revision))
        except SeglamError:
            return False
        return any(self._reads(template, reading) for template in templates)

    def _made(self, template: Template) -> Template | None:
        try:
            text = normalise(template.text)
            filled, pieces = _filled(text, {p.name: p.example for p in self.revision.parameters})
            reading = read(filled, stage(self.revision))
        except (SeglamError, KeyError):
            return None
        if reading.text != filled:
            return None
        places = [self._place(name, reading, pieces, template.lang) for name in self.constants]
        told = [(name, place) for name, place in zip(self.constants, places, strict=True) if place is not None]
        made = Template(_replaced(text, told), template.lang)
        return made if len(told) == len(places) and _apart(told) and self._reads(made, reading) else None

    def _place(self, slot: str, reading: Reading, pieces: Sequence[tuple[int, int, int]], lang: str) -> Span | None:
        """Where in the wording the constant stands: in one place, outside of other slots."""
        parameter = self.general.parameter(slot)
        assert parameter is not None
        inside = []
        for start, end in dict.fromkeys(_mentions(parameter, self.constants[slot], reading, lang)):
            homes = [shift for first, last, shift in pieces if first <= start and end <= last]
            inside += [(start + shift, end + shift) for shift in homes]
        return inside[0] if len(inside) == 1 else None

    def _reads(self, template: Template, reading: Reading) -> bool:
        """Whether the general procedure, by this wording, reads what the special one computes."""
        general = self.general
        try:
            compiled = compile_template(
                template,
                general.parameters,
                constants=unsaid(self.revision),
                ignorable=general.ignorable,
                question=general.question,
            )
        except ValueError:
            return False
        found = unify(compiled, reading)
        wanted = {p.name: p.example for p in self.revision.parameters} | dict(self.constants)
        return not isinstance(found, Mismatch) and all(_is(found.get(name), value) for name, value in wanted.items())


def shared(mine: Sequence[Template], theirs: Sequence[Template]) -> tuple[list[Template], list[Template]]:
    """The wordings of each side that say no word the other side does not know.

    Words without content and operators are everybody's: the code they speak of is the same.

    >>> grams, mean = Template("mean {target} in grams"), Template("the mean {target}")
    >>> [len(kept) for kept in shared([grams, mean], [mean])]
    [1, 1]
    """
    known = [frozenset(w for t in side for w in _own_words(t)) for side in (mine, theirs)]
    return [t for t in mine if _own_words(t) <= known[1]], [t for t in theirs if _own_words(t) <= known[0]]


def _own_words(template: Template) -> frozenset[str]:
    table = lexicon()
    words = (w for w in literal_words(template.text) if w not in table.words["stop"] and not table.is_operator(w))
    return frozenset(root(w) for w in words)


# ---------------------------------------------------------------- mentions


def _mentions(parameter: Parameter, value: Any, reading: Reading, lang: str) -> Iterator[Span]:
    """Where a question says a value, in the way a slot of this kind is said."""
    if parameter.type == "column":
        yield from ((r.start, r.end) for r in reading.references if r.column == value)
    elif parameter.type == "str":
        yield from _cells(View(reading), cell_key(value))
    else:
        yield from _numbers(View(reading), value, comma=lang.partition("-")[0] in lexicon().comma)


def _cells(view: View, key: str) -> Iterator[Span]:
    for place in range(len(view.tokens)):
        for end in range(place + 1, min(len(view.tokens), place + _LONGEST) + 1):
            if not view.inner[place] and not view.inner[end] and cell_key(view.shown(place, end)) == key:
                yield view.tokens[place].start, view.tokens[end - 1].end
                break


def _numbers(view: View, value: float, *, comma: bool) -> Iterator[Span]:
    place = 0
    while place < len(view.tokens):
        found = [] if view.inner[place] else [f for f in view.numbers(place, comma=comma) if not view.inner[f[0]]]
        end = found[0][0] if found else place + 1
        if found and float(found[0][1]) == float(value):
            yield view.tokens[place].start, view.tokens[end - 1].end
        place = end


# ---------------------------------------------------------------- texts


def _filled(text: str, examples: Mapping[str, Any]) -> tuple[str, list[tuple[int, int, int]]]:
    """A wording with the examples of its slots, and its own stretches: start and end there, and how far it is back.

    Raises
    ------
    KeyError : a slot has no example.
    """
    filled, at = "", 0
    pieces: list[tuple[int, int, int]] = []
    for found in [*PIECE.finditer(text), None]:
        stop = len(text) if found is None else found.start()
        pieces.append((len(filled), len(filled) + stop - at, at - len(filled)))
        filled += text[at:stop]
        if found is not None:
            filled += _said(examples[found[1]]) if found[1] else found[0][0]
            at = found.end()
    return filled, pieces


def _said(example: Any) -> str:
    if example is None:
        raise KeyError
    return " and ".join(map(str, example)) if isinstance(example, (list, tuple)) else str(example)


def _replaced(text: str, told: Sequence[tuple[str, Span]]) -> str:
    for name, (start, end) in sorted(told, key=lambda t: -t[1][0]):
        text = text[:start] + f"{{{name}}}" + text[end:]
    return text


def _apart(told: Sequence[tuple[str, Span]]) -> bool:
    spans = sorted(span for _, span in told)
    return all(first[1] <= second[0] for first, second in pairwise(spans))


def _is(binding: Binding | None, value: Any) -> bool:
    """Whether a binding is the value that is meant, in whatever spelling."""
    if binding is None:
        return False
    found = binding.value
    if isinstance(found, str) and isinstance(value, str):
        return cell_key(found) == cell_key(value)
    return bool(found == value) or value is None
