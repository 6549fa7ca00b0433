"""Deciding without data: a question that says what a stored wording says, with other values, is answered by it.

Equal content words, operators and question class, and literals of the same kinds; two slots of a kind need a word that
tells them apart. Between two or more wordings of one procedure everything fits that has all their common words and
none beyond what they say together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..question import TextForm, TextLiteral, content
from ..question.filling import VARIABLE_KINDS
from ..question.items import INPUTS
from ..question.language import lexicon
from ..question.numerals import number_of
from ..words import Binding, Parameter, Reading, Revision
from .fitting import Block, Fit, Fits
from .policy import ALL, Policy
from .text_index import Said, SlotPlace, TextIndex, TextMeanings

# The kind of a slot -> the kinds of a literal that may fill it.
FITTING: Mapping[str, frozenset[str]] = {"name": frozenset({"name", "code"})}
LEAST_ALIKE = 0.5


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
    if not found and not blocks:
        blocks = [b for m in candidates if (b := _nearest(m, form)) is not None]
    return list(found.values()), blocks


def _nearest(meanings: TextMeanings, form: TextForm) -> Block | None:
    """What stands between the question and the wording that says most of it; None where none says half."""
    rated = [(likeness(said.form, form), said) for said in meanings.said]
    share, said = max(rated, key=lambda pair: pair[0], default=(0.0, None))
    if said is None or share < LEAST_ALIKE:
        return None
    return Block(meanings.revision, meanings.revision.question, _difference(said.form, form), share)


def likeness(one: TextForm, other: TextForm) -> float:
    """The share of their content words that two forms have in common (Jaccard 1901)."""
    return len(one.words & other.words) / max(1, len(one.words | other.words))


def _difference(wording: TextForm, form: TextForm) -> str:
    """The first thing the two do not have in common, in the question's own words where it says it."""
    for mine, theirs in ((form.words, wording.words), (set(form.operators), set(wording.operators))):
        if more := sorted(mine - theirs):
            return f"blocked by {form.spelled.get(more[0], more[0])!r}"
        if less := sorted(theirs - mine):
            return f"the wording says {wording.spelled.get(less[0], less[0])!r}"
    if form.asks != wording.asks:
        if wording.asks in wording.spelled:
            return f"the wording says {wording.spelled[wording.asks]!r}"
        if form.asks in form.spelled:
            return f"blocked by {form.spelled[form.asks]!r}"
        return f"it asks {form.asks!r} where the wording asks {wording.asks!r}"
    word = form.operators[-1] if form.operators else ""
    return f"blocked by {form.spelled.get(word, word)!r}"


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
        number: Fraction | None = number_of(shown, comma=("," in shown and number_of(shown) is None))
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


def _same_noun(slot: SlotPlace, literal: TextLiteral, words: frozenset[str]) -> bool:
    """Whether a number is of what it was: a loan of 5 is no payment of 5, where both are spoken of."""
    if slot.kind != "number" or (slot.right == literal.right and slot.right in words):
        return True
    return slot.noun == literal.noun or not {slot.noun, literal.noun} <= words


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
            told = [(slot, by_word[word]) for slot, word in zip(slots, beside, strict=True)]
            return told if all(_same_noun(s, x, words) for s, x in told) else None
    return None
