"""A wording that somebody adds to a procedure: made of a question or by hand, and checked before it is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations

from ..errors import SeglamError
from ..question import Mismatch, compile_template, compile_templates, normalise, unify
from ..question.items import INPUTS
from ..question.wording import SLOT
from ..words import Binding, Parameter, Reading, Revision, Template, Token, Trace
from .corrections import slots_of, wording_key

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def language_of(text: str) -> str:
    """The language a wording is filed under, by its letters; slots have none.

    >>> language_of("the {k} largest"), language_of("{k} наибольших")
    ('en', 'ru')
    """
    return "ru" if _CYRILLIC.search(SLOT.sub("", text)) else "en"


def checked(revision: Revision, text: str, lang: str | None = None) -> Template:
    """`text` as a wording of `revision`, in one spelling.

    Raises
    ------
    SeglamError : E-ALIAS where no question could be of it: it is empty or says nothing, lacks a slot or has another's.

    >>> from seglam_magics.words import Parameter
    >>> k = Parameter("k", "int")
    >>> one = Revision("top", 1, "ab", "", parameters=(k,), templates=(Template("the {k} largest"),))
    >>> checked(one, " the  {k} greatest ")
    Template(text='the {k} greatest', lang='en')
    """
    try:
        plain = normalise(text)
        template = Template(plain, lang or language_of(plain))
        said = frozenset().union(*(slots_of(t.text) for t in revision.templates))
        constants = {p.name for p in revision.parameters} - said
        compile_template(
            template, revision.parameters, constants=constants, ignorable=revision.ignorable, question=revision.question
        )
    except (ValueError, SeglamError) as error:
        why = error.says.replace("the question", "it") if isinstance(error, SeglamError) else str(error)
        raise SeglamError("E-ALIAS", name=revision.name, why=why, slots=_slots(revision)) from None
    return template


def known_to(revision: Revision, template: Template) -> bool:
    """Whether the wording is one of the revision's own."""
    return wording_key(template.text) in {wording_key(t.text) for t in revision.templates}


def _slots(revision: Revision) -> str:
    names = [f"{{{p.name}}}" for p in revision.parameters]
    return ", ".join(names) or "no slots"


# ---------------------------------------------------------------- out of a question


def proposed(trace: Trace, number: int, known: Callable[[str], Revision]) -> tuple[Revision, Template]:
    """The procedure that was looked at as `number` for a miss, and the question as a wording of it.

    Parameters
    ----------
    known : the revision of a label.

    Raises
    ------
    SeglamError : E-USAGE where so many were not looked at, E-ALIAS-PROPOSAL where it cannot be told which words of the
        question its slots stand for.
    """
    candidates = trace.decision.candidates
    if not 1 <= number <= len(candidates):
        problem = f"{len(candidates)} procedures were looked at for that question, not {number}"
        raise SeglamError("E-USAGE", problem=problem, advice="%seglam why lists them")
    revision = known(candidates[number - 1].revision)
    offer = candidates[number - 1]
    if offer.offered is not None:
        return revision, checked(revision, offer.template)
    try:
        text = worded(trace.reading, told(trace.reading, revision))
    except ValueError as error:
        facts = {"name": revision.name, "why": str(error), "slots": _slots(revision)}
        raise SeglamError("E-ALIAS-PROPOSAL", **facts) from None
    return revision, checked(revision, text)


def told(reading: Reading, revision: Revision) -> dict[str, Binding]:
    """What the slots of `revision` are in a question that is said to be of it.

    Raises
    ------
    ValueError : a slot may stand for several words of the question, or for none.

    >>> from seglam_magics.question import read
    >>> from seglam_magics.words import Parameter
    >>> k = Parameter("k", "int")
    >>> one = Revision("top", 1, "ab", "", parameters=(k,), templates=(Template("the {k} largest values"),))
    >>> told(read("the five very largest values", {}), one)["k"].shown
    'five'
    """
    words = frozenset(token.text.casefold() for token in reading.tokens if token.kind == "word")
    usable, _ = compile_templates(
        revision.templates, revision.parameters, ignorable={*words, *revision.ignorable}, question=revision.question
    )
    for compiled in usable:
        found = unify(compiled, reading)
        if not isinstance(found, Mismatch):
            return found
    said = frozenset().union(*(slots_of(t.text) for t in revision.templates))
    return guessed(reading, [p for p in revision.parameters if p.name in said], revision.templates)


def worded(reading: Reading, bindings: Mapping[str, Binding]) -> str:
    """The question with the words that its slots were read from replaced by the slots.

    Raises
    ------
    ValueError : the words of a slot stand nowhere in the question, or in two places.

    >>> from seglam_magics.question import read
    >>> worded(read("the five largest values", {}), {"k": Binding("k", 5, shown="five")})
    'the {k} largest values'
    """
    places = sorted((*_place(reading, binding), name) for name, binding in bindings.items() if binding.shown)
    text, at = "", 0
    for start, end, name in places:
        if start < at:
            raise ValueError(f"{{{name}}} has its words in common with another slot")
        text += _braced(reading.text[at:start]) + f"{{{name}}}"
        at = end
    return text + _braced(reading.text[at:])


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _place(reading: Reading, binding: Binding) -> tuple[int, int]:
    starts = {token.start for token in reading.tokens}
    ends = {token.end for token in reading.tokens}
    found = [m.span() for m in re.finditer(re.escape(binding.shown), reading.text)]
    found = [(start, end) for start, end in found if start in starts and end in ends]
    if len(found) != 1:
        where = "in two places" if found else "nowhere"
        raise ValueError(f"the words of {{{binding.slot}}}, {binding.shown!r}, stand {where} in the question")
    return found[0]


def guessed(
    reading: Reading, parameters: Sequence[Parameter], templates: Sequence[Template] = ()
) -> dict[str, Binding]:
    """Bindings that the question leaves no choice about: as many names or numbers of a kind as slots take them.

    Where it has several of a kind, the words beside them must tell them apart as those of a wording do.

    Raises
    ------
    ValueError : there is a choice, or nothing, for a slot.

    >>> from seglam_magics.question import read
    >>> guessed(read("give me the 5 top values", {}), (Parameter("k", "int"),))["k"].shown
    '5'
    """
    found: dict[str, Binding] = {}
    for kind in dict.fromkeys(map(_kind, parameters)):
        slots = [p for p in parameters if _kind(p) == kind]
        words = _words(reading, kind)
        if kind in INPUTS and not words and len(slots) == 1:
            continue  # it is implied
        told = dict(zip((p.name for p in slots), words, strict=False)) if len(words) == len(slots) == 1 else None
        if len(words) == len(slots) > 1:
            told = _beside(reading.text, words, [p.name for p in slots], templates)
        if told is None:
            names = " and ".join(f"{{{p.name}}}" for p in slots)
            raise ValueError(f"the question has {len(words)} words for {names}")
        found |= {name: Binding(name, word, shown=word) for name, word in told.items()}
    return found


def _beside(
    text: str, words: Sequence[str], names: Sequence[str], templates: Sequence[Template]
) -> dict[str, str] | None:
    """Slot -> word, where the word before or after each is one that a wording has there; None where two ways do."""
    spoken = [frozenset(_neighbours(t.text, f"{{{name}}}") for t in templates) for name in names]
    sides = [frozenset().union(*wordings) for wordings in spoken]
    beside = {word: _neighbours(text, word) for word in words}
    ways = [way for way in permutations(words) if all(side & beside[w] for side, w in zip(sides, way, strict=True))]
    return dict(zip(names, ways[0], strict=True)) if len(ways) == 1 else None


def _neighbours(text: str, word: str) -> frozenset[tuple[int, str]]:
    """What stands one before (-1) and one after (1) a word, wherever it is."""
    said = text.casefold().replace("`", "").split()
    places = [k for k, token in enumerate(said) if token.strip(",.;:?!") == word.casefold().strip("`")]
    return frozenset((side, said[k + side]) for k in places for side in (-1, 1) if 0 <= k + side < len(said))


def _kind(parameter: Parameter) -> str:
    return "number" if parameter.type in ("int", "float") else parameter.type


def _words(reading: Reading, kind: str) -> list[str]:
    if kind == "number":
        taken = [range(r.start, r.end) for r in reading.references]
        return [t.text for t in reading.tokens if t.kind == "number" and not any(t.start in r for r in taken)]
    if kind == "str":
        return _quotations(reading.text, reading.tokens)
    found = [r for r in reading.references if _fits(reading, r.variable, r.column, kind)]
    return list(dict.fromkeys(r.text for r in found))


def _fits(reading: Reading, variable: str, column: str | None, kind: str) -> bool:
    return kind == "column" if column is not None else kind in INPUTS and reading.variables[variable].kind == kind


def _quotations(text: str, tokens: Sequence[Token]) -> list[str]:
    marks = [token for token in tokens if token.text == '"']
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return [text[opening.end : closing.start] for opening, closing in pairs if closing.start > opening.end]
