"""Deciding without data: a question that says what a stored wording says, with other values, is answered by it.

Equal content words, operators and question class, and literals of the same kinds; two slots of a kind need a word that
tells them apart. Between two or more wordings of one procedure everything fits that has all their common words and
none beyond what they say together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..errors import SeglamError
from ..question import TextForm, TextLiteral, content, normalise, read
from ..question.filling import VARIABLE_KINDS
from ..question.grammar import grammar
from ..question.items import INPUTS
from ..question.language import lexicon
from ..question.numerals import number_of
from ..question.stems import fold, root
from ..question.wording import SLOT
from ..words import Binding, Parameter, Reading, Revision, Template, Variable
from .fitting import Block, Fit, Fits
from .policy import ALL, Policy

# The kind of a slot -> the kinds of a literal that may fill it.
FITTING: Mapping[str, frozenset[str]] = {"name": frozenset({"name", "code"})}
LISTS = ("list", "frame")
LEAST_COMMON = 2
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """Where a slot stands in a wording: its kind, and the words that tell it from others of its kind."""

    name: str
    kind: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Said:
    """A wording as it was read: its form, its slots in order, and the literals that never change."""

    form: TextForm
    slots: tuple[SlotPlace, ...]
    fixed: tuple[str, ...]

    @property
    def kinds(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What wordings of one space have in common."""
        return tuple(sorted(s.kind for s in self.slots)), self.fixed


class TextMeanings:
    """The wordings of one revision that takes no table, read when they are first needed."""

    def __init__(self, revision: Revision, templates: Sequence[Template]) -> None:
        self.revision, self.templates = revision, tuple(templates)

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The wordings that can be read, each once."""
        found = (_read(self.revision, template) for template in self.templates)
        return tuple(dict.fromkeys(s for s in found if s is not None))

    @property
    def lists(self) -> bool:
        """Whether the answer is a list, which says as well whether there are any."""
        declared = self.revision.meaning.aggregate.casefold()
        return declared == "list" or (not declared and self.revision.returns in LISTS)

    def answers(self, said: Said, form: TextForm) -> bool:
        """Whether a question of this form says what the wording says."""
        same = said.form.words == form.words and said.form.operators == form.operators
        return same and self._asks(said.form.asks, form.asks)

    def _asks(self, mine: str, theirs: str) -> bool:
        """Whether one question class serves the other: a list says as well whether there are any, so does yes or no."""
        alike = ({"what", "exist"}, {"who", "exist"}) if self.lists else ({"yesno", "exist"},)
        return mine == theirs or {mine, theirs} in alike

    def spans(self, form: TextForm) -> Iterator[Said]:
        """Wordings between which the question lies."""
        spaces: dict[Any, list[Said]] = defaultdict(list)
        for said in self.said:
            spaces[said.kinds].append(said)
        for members in spaces.values():
            words = [m.form.words for m in members]
            common, everything = frozenset.intersection(*words), frozenset.union(*words)
            enough = len(members) > 1 and len(common) + bool(members[0].slots) > LEAST_COMMON
            operators = any(m.form.operators == form.operators for m in members)
            asks = any(self._asks(m.form.asks, form.asks) for m in members)
            if enough and operators and asks and common <= form.words <= everything:
                yield from members


def _read(revision: Revision, template: Template) -> Said | None:
    """A wording with the examples of its slots, read as a question is."""
    try:
        rendered = _rendered(revision, normalise(template.text))
        variables = {
            str(p.example): Variable(str(p.example), p.type)
            for p in revision.parameters
            if p.type in INPUTS and p.example is not None
        }
        reading = read(rendered.text, variables)
    except (SeglamError, KeyError):
        return None
    if reading.text != rendered.text:
        return None
    form = content(reading, [(start, end) for _, start, end in rendered.spans])
    literals = {(x.start, x.end): x for x in form.literals}
    slots = []
    for name, start, end in rendered.spans:
        literal = literals.pop((start, end), None)
        if literal is None:
            return None
        slots.append(SlotPlace(name, literal.kind, literal.left, literal.right))
    return Said(form, tuple(slots), tuple(sorted(x.text.casefold() for x in literals.values())))


@dataclass(frozen=True, slots=True)
class _Rendered:
    text: str
    spans: tuple[tuple[str, int, int], ...]


def _rendered(revision: Revision, text: str) -> _Rendered:
    """A wording with its slots filled, and where each of them stands; KeyError where one has no example."""
    shown = {p.name: str(p.example) for p in revision.parameters if p.example is not None}
    pieces = SLOT.split(text.replace("`", ""))
    spans, made = [], ""
    for k, piece in enumerate(pieces):
        if k % 2 == 0:
            made += piece.replace("{{", "{").replace("}}", "}")
            continue
        value = normalise(shown[piece])
        spans.append((piece, len(made), len(made) + len(value)))
        made += value
    return _Rendered(made, tuple(spans))


# ---------------------------------------------------------------- finding them


class TextIndex:
    """Revisions that take no table, by the rarest content word of each wording."""

    def __init__(self) -> None:
        self._anchors: dict[str, dict[str, TextMeanings]] = defaultdict(dict)
        self._by_name: dict[str, tuple[str, ...]] = {}

    def put(self, name: str, revision: Revision | None, aliases: Iterable[Template] = ()) -> None:
        """File `revision` as the one that answers for `name`; None takes the name out."""
        for anchor in self._by_name.pop(name, ()):
            self._anchors[anchor].pop(name, None)
        if revision is None or _takes_a_table(revision):
            return
        templates = (*revision.templates, *aliases)
        meanings = TextMeanings(revision, templates)
        anchors = tuple(dict.fromkeys(self._anchor(t.text) for t in templates))
        for anchor in anchors:
            self._anchors[anchor][name] = meanings
        self._by_name[name] = anchors

    def _anchor(self, text: str) -> str:
        words = {root(w.casefold()) for w in _WORD.findall(SLOT.sub(" ", text)) if not _says_nothing(w.casefold())}
        return min(words, key=lambda w: (len(self._anchors[w]), w), default="")

    def candidates(self, form: TextForm) -> Iterator[TextMeanings]:
        """Revisions one of whose wordings shares its rarest word with the question."""
        seen: set[int] = set()
        fixed = {root(w.casefold()) for literal in form.literals for w in _WORD.findall(literal.text)}
        for word in (*sorted(form.words | fixed), ""):
            for meanings in self._anchors.get(word, {}).values():
                if id(meanings) not in seen:
                    seen.add(id(meanings))
                    yield meanings

    def __len__(self) -> int:
        return len(self._by_name)


def _takes_a_table(revision: Revision) -> bool:
    return any(p.type == "frame" for p in revision.parameters) or any(r.columns for r in revision.requires)


def _says_nothing(word: str) -> bool:
    """Whether a word is no content word in every question."""
    table, key = grammar(), fold(word)
    listed = any(key in table.words[name] for name in ("particles", "ask", "imperatives", "auxiliaries"))
    counted = key in table.words["times"] or any(key in phrase for phrase in table.counting)
    framed = counted or any(key in phrase for phrases in table.phrases.values() for phrase in phrases)
    operator = key in table.relations or key in table.quantifiers or key in table.graded or key in table.asking
    return listed or framed or operator or root(word) in table.roots["empty"] or len(word) == 1


# ---------------------------------------------------------------- deciding


def by_text(index: TextIndex, reading: Reading, fits: Fits, policy: Policy = ALL) -> tuple[list[Fit], list[Block]]:
    """All fits of a question by what it says, and what blocked the nearest."""
    if not len(index):
        return [], []
    form = content(reading)
    found: dict[object, Fit] = {}
    blocks: list[Block] = []
    candidates = list(index.candidates(form))
    for meanings in candidates:
        for said in (s for s in meanings.said if meanings.answers(s, form)):
            _take(meanings, said, form, reading, fits, found, blocks)
    if not found and policy.spaces:
        for meanings in candidates:
            for said in meanings.spans(form):
                _take(meanings, said, form, reading, fits, found, blocks)
    return list(found.values()), blocks


def _take(
    meanings: TextMeanings,
    said: Said,
    form: TextForm,
    reading: Reading,
    fits: Fits,
    found: dict[object, Fit],
    blocks: list[Block],
) -> None:
    revision = meanings.revision
    bindings = _bound(revision, said, form.literals, reading)
    if isinstance(bindings, str):
        blocks.append(Block(revision, revision.question, bindings, 1.0))
        return
    reason = fits(revision, bindings)
    if reason:
        blocks.append(Block(revision, revision.question, reason, 2.0))
        return
    fit = Fit(revision, bindings, revision.question, "text")
    found.setdefault(fit.key, fit)


def _bound(
    revision: Revision, said: Said, literals: Sequence[TextLiteral], reading: Reading
) -> dict[str, Binding] | str:
    """All parameters bound, or why one is not."""
    values = assigned(literals, said.slots, said.fixed, said.form.words)
    if isinstance(values, str):
        return values
    bindings: dict[str, Binding] = {}
    for parameter in revision.parameters:
        if parameter.name in values:
            bound = _binding(parameter, values[parameter.name], reading)
        elif parameter.type in INPUTS:
            bound = _only_input(parameter, reading, bindings)
        else:
            bound = Binding(parameter.name, parameter.example, "given") if parameter.example is not None else None
        if bound is None:
            return f"nothing in the question is the {parameter.name} of {revision.label}"
        bindings[parameter.name] = bound
    return bindings


def _binding(parameter: Parameter, shown: str, reading: Reading) -> Binding | None:
    if parameter.type in INPUTS:
        variable = reading.variables.get(shown.strip("`"))
        fits = variable is not None and variable.kind in VARIABLE_KINDS[parameter.type]
        return Binding(parameter.name, shown.strip("`"), "variable", shown) if fits else None
    value = _typed(parameter, shown)
    return None if value is None else Binding(parameter.name, value, "text", shown)


def _typed(parameter: Parameter, shown: str) -> Any:
    if parameter.type in ("int", "float"):
        number: Fraction | None = number_of(shown)
        if number is None or (parameter.type == "int" and number.denominator != 1):
            return None
        value = int(number) if parameter.type == "int" else float(number)
        low, high = parameter.domain.get("min"), parameter.domain.get("max")
        return None if (low is not None and value < low) or (high is not None and value > high) else value
    legal = parameter.domain.get("values")
    if parameter.type in ("str", "text", "choice"):
        return shown if not legal or shown in legal else None
    return None


def _only_input(parameter: Parameter, reading: Reading, taken: Mapping[str, Binding]) -> Binding | None:
    """The only variable that an input nobody named can be."""
    used = {b.value for b in taken.values()}
    kinds = VARIABLE_KINDS[parameter.type]
    fitting = [v.name for v in reading.variables.values() if v.kind in kinds and v.name not in used]
    return Binding(parameter.name, fitting[0], "implied") if len(fitting) == 1 else None


def assigned(
    literals: Sequence[TextLiteral], slots: Sequence[SlotPlace], fixed: Sequence[str], words: frozenset[str]
) -> dict[str, str] | str:
    """Typed literals for typed slots: the fixed ones are there, every literal is used, neighbours tell equals apart.

    The slots' texts, or why they cannot be told.
    """
    rest = list(literals)
    for text in fixed:
        same = next((k for k, x in enumerate(rest) if x.text.casefold() == text), None)
        if same is None:
            return f"the wording says {text!r}"
        del rest[same]
    if len(rest) > len(slots):
        kinds = [s.kind for s in slots]
        return f"blocked by {next((x.text for x in rest if x.kind not in kinds), rest[-1].text)!r}"
    if len(rest) < len(slots):
        return f"the question says no {slots[-1].name}"
    found: dict[str, str] = {}
    for kind in dict.fromkeys(s.kind for s in slots):
        group = [s for s in slots if s.kind == kind]
        others = {s.kind for s in slots}
        mine = [x for x in rest if x.kind == kind or (x.kind in FITTING.get(kind, ()) and x.kind not in others)]
        told = _told_apart(group, mine, words)
        if told is None:
            return f"blocked by {(mine or rest)[0].text!r}"
        for slot, literal in told:
            if found.setdefault(slot.name, literal.text).casefold() != literal.text.casefold():
                return f"{slot.name} is said in two ways"
    return found


def _tells(word: str) -> bool:
    """Whether the word beside a value tells it from another: no mark, and no "and"."""
    return word.startswith("<") or (word[:1].isalpha() and word not in lexicon().words["joins"])


def _same_unit(slot: SlotPlace, literal: TextLiteral, words: frozenset[str]) -> bool:
    """Whether a number is of the unit it had: 5 miles are no 5 kilometers, wherever both are spoken of."""
    if slot.kind != "number" or slot.right not in words or literal.right not in words:
        return True
    return slot.right == literal.right


def _told_apart(
    slots: Sequence[SlotPlace], literals: Sequence[TextLiteral], words: frozenset[str]
) -> list[tuple[SlotPlace, TextLiteral]] | None:
    if len(slots) != len(literals):
        return None
    if len(slots) == 1 or len({s.name for s in slots}) == 1:
        pairs = list(zip(slots, literals, strict=True))
        return pairs if all(_same_unit(s, x, words) for s, x in pairs) else None
    for side in ("right", "left"):
        beside = [getattr(s, side) for s in slots]
        if not all(_tells(w) for w in beside):
            continue  # "A and B": that is their order and nothing else
        by_word = {getattr(x, side): x for x in literals}
        if len(set(beside)) == len(beside) and set(beside) == set(by_word) and len(by_word) == len(literals):
            return [(slot, by_word[word]) for slot, word in zip(slots, beside, strict=True)]
    return None
