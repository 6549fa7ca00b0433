"""Deciding by the grounded form: a question that means what a stored procedure means is answered by it.

Either the form is the declared meaning, or it is the reading of a confirmed wording. What is left over must have been
said in a confirmed wording of the same columns or only relate two grounded words; operators and columns never are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ..procedure.ambient import is_ambient
from ..procedure.declared import COUNTING, POSSIBLE
from ..question import Condition, Form, Grounded, ground
from ..question.forming import LEADING
from ..question.grammar import grammar
from ..question.schema import schema_of
from ..question.settling import outside_any, wrong_dtype
from ..words import Binding, Parameter, Reading, Values, Variable
from .columns import bound_columns
from .fitting import Block, Fit, Fits
from .ground_index import GroundIndex
from .meanings import TABULAR, Meanings, Signature
from .policy import ALL, Policy

MOST_FRAMES = 8
MOST_LEFT = 2


def frames_of(reading: Reading) -> list[Variable]:
    """The frames a question may be about: the one it names, else all; none where it names several."""
    tabular = {n: v for n, v in reading.variables.items() if v.kind in TABULAR and v.columns}
    named = {r.variable for r in reading.references if r.column is None and r.variable in tabular}
    if len(named) > 1:
        return []
    return [tabular[n] for n in named] or list(tabular.values())


def by_form(
    index: GroundIndex, reading: Reading, values: Values, fits: Fits, policy: Policy = ALL
) -> tuple[list[Fit], list[Block]]:
    """All fits of the question against the frames it may be about, and what blocked the others."""
    found: list[Fit] = []
    blocks: list[Block] = []
    frames = [v for v in frames_of(reading) if index.may_answer(v)][:MOST_FRAMES]
    for variable in frames:
        grounded = ground(reading, variable, values, index.synonyms(variable))
        fitting, blocked = _on_frame(_Matcher(index, grounded, variable, fits, policy))
        found += fitting
        blocks += blocked
    named = dict.fromkeys(str(b.value) for f in found for b in f.bindings.values() if b.source == "implied")
    if len(named) > 1:
        which = " or ".join(named)
        return [], [Block(f.revision, f.template, f"which frame: {which}? name it in the question", 2.0) for f in found]
    return found, blocks


def _on_frame(matcher: _Matcher) -> tuple[list[Fit], list[Block]]:
    grounded = matcher.grounded
    if not grounded.forms:
        return [], []
    best = grounded.forms[0]
    candidates = list({id(m): m for m in matcher.index.candidates(best)}.values())
    tied = [f for f in grounded.forms if f.key == best.key and f.cost - best.cost < 1] if grounded.swapped else [best]
    found = [fit for m in candidates for form in tied if (fit := matcher.by_prompt(m, form)) is not None]
    if found:
        return found, []
    if grounded.doubtful:
        return [], [
            Block(m.revision, "", f"blocked by {_torn(grounded)!r}: it may be of either column", 0.5)
            for m in candidates
        ]
    found = [fit for m in candidates if (fit := matcher.by_meaning(m, best)) is not None]
    return found, matcher.blocks


def _torn(grounded: Grounded) -> str:
    """The words that two readings understand in different ways."""
    first, second = grounded.forms[:2]
    told = {(c.column, c.comparison, str(c.value)) for c in second.conditions}
    torn = next((c.shown for c in first.conditions if (c.column, c.comparison, str(c.value)) not in told), "")
    return torn or first.target or second.target or "the question"


class _Matcher:
    """Compares one reading with stored meanings."""

    def __init__(self, index: GroundIndex, grounded: Grounded, variable: Variable, fits: Fits, policy: Policy) -> None:
        self.index, self.grounded, self.variable, self.fits, self.policy = index, grounded, variable, fits, policy
        self.numeric = schema_of(variable.columns).numeric
        self.blocks: list[Block] = []

    # ---------------------------------------------------------------- the reading of a wording

    def by_prompt(self, meanings: Meanings, form: Form) -> Fit | None:
        """The fit where a confirmed wording reads as the question does."""
        for prompt in meanings.prompts:
            if (prompt.operator, prompt.asks, prompt.operators) != (form.operator, form.asks, form.operators):
                continue
            if frozenset(prompt.rest) != frozenset(form.rest) or (prompt.limit is None) != (form.limit is None):
                continue
            columns = bound_columns(prompt, form, meanings.slots)
            if columns is None or turned(prompt, form):
                continue
            if self.grounded.swapped and not told_apart(prompt, form):
                continue
            places = self._places(meanings, prompt)
            fit = self._fit(meanings, form, columns, places, prompt) if places is not None else None
            if fit is not None and self._counts_alike(meanings, form):
                return fit
        return None

    def _places(self, meanings: Meanings, prompt: Form) -> Mapping[tuple[str, str], str] | None:
        """Which parameter takes the value compared at each place: as declared, else as the example tells."""
        signature = meanings.signature
        if signature is not None:
            declared = set(signature.parameters)
            return signature.parameters if declared == {c.place for c in prompt.conditions} else None
        found: dict[tuple[str, str], str] = {}
        for condition in prompt.conditions:
            taking = [p.name for p in meanings.revision.parameters if _is_example(p, condition.value)]
            if len(taking) > 1 or (taking and taking[0] in found.values()):
                return None
            if taking:
                found[condition.place] = taking[0]
        return found

    def _counts_alike(self, meanings: Meanings, form: Form) -> bool:
        """Whether a count is meant: over numbers "how many" may be a sum; then only what a wording meant."""
        if self.policy.counts and form.operator in COUNTING and form.target in self.numeric:
            return form.operator in meanings.spoken
        signature = meanings.signature
        return signature is None or signature.aggregate in POSSIBLE[form.operator]

    # ---------------------------------------------------------------- the declared meaning

    def by_meaning(self, meanings: Meanings, form: Form) -> Fit | None:
        """The fit where the question means what was declared, and says nothing else that matters."""
        signature = meanings.signature
        if signature is None:
            return None
        unnamed = form.target is None and form.operator in COUNTING and signature.aggregate == "count"
        declared = signature.form
        if (form.target is None) != (declared.target is None) and not unnamed:
            return None
        columns = bound_columns(declared, form, meanings.slots, target=not unnamed, extra=False)
        if columns is None:
            return None
        reason = self._blocked(meanings, signature, form)
        if reason:
            self.blocks.append(Block(meanings.revision, meanings.revision.question, reason, 1.5))
            return None
        return self._fit(meanings, form, columns, signature.parameters, declared)

    def _blocked(self, meanings: Meanings, signature: Signature, form: Form) -> str:
        if not self._counts_alike(meanings, form):
            return f"{form.operator!r} is not the {signature.aggregate} of {meanings.revision.label}"
        if any(turned(p, form) for p in meanings.prompts):
            return f"blocked by {next((c.before.strip('=>') for c in form.conditions if c.before), '')!r}"
        if form.operators:
            operator = form.operators[0]
            return f"blocked by {self.grounded.spelled.get(operator, operator)!r}"
        if form.extra:
            return f"blocked by column {min(form.extra)!r}"
        left = [w for w in form.rest if w not in meanings.vocabulary] if self.policy.leftovers else []
        for other in self.index.beside(meanings.fixed) if left and meanings.fixed else ():
            if other.signature is not None:  # wordings of the same columns say what may be left over
                left = [w for w in left if w not in other.vocabulary]
        risky = [w for w in left if w in form.risky]
        if risky or len(set(left)) > MOST_LEFT or (left and form.target is None):
            word = (risky or left)[0]
            return f"blocked by {self.grounded.spelled.get(word, word)!r}"
        return ""

    # ---------------------------------------------------------------- bindings

    def _fit(
        self,
        meanings: Meanings,
        form: Form,
        columns: Mapping[str, str],
        places: Mapping[tuple[str, str], str],
        stored: Form,
    ) -> Fit | None:
        """The fit with all parameters bound; None where one is not, or a value is of no use for it."""
        bindings = self._inputs(meanings, columns)
        asked = {(_slotted(c.column, columns), c.comparison): c for c in form.conditions}
        slots = meanings.slots
        for condition in stored.conditions:
            name = places.get(condition.place)
            given = asked.pop((slots.get(condition.column, condition.column), condition.comparison), None)
            if given is None or (name is None and given.value != condition.value):
                return None
            if name is not None:
                parameter = meanings.revision.parameter(name)
                same = condition.comparison == "=" and self._is_of(condition.column, given)
                if parameter is None or not (same or _takes(parameter, given.value)):
                    return None
                bindings[name] = Binding(name, _converted(parameter, given.value), "text", given.shown)
        if asked or not self._limit(meanings, form, stored, bindings):
            return None
        if any(p.name not in bindings and not is_ambient(p) for p in meanings.revision.parameters):
            return None
        reason = self._wrong(meanings, columns) or outside_any(meanings.revision, bindings)
        reason = reason or self.fits(meanings.revision, bindings)
        if reason:
            self.blocks.append(Block(meanings.revision, meanings.revision.question, reason, 2.0))
            return None
        return Fit(meanings.revision, bindings, meanings.revision.question, "grounded")

    def _wrong(self, meanings: Meanings, columns: Mapping[str, str]) -> str:
        """Why a column cannot fill its slot, "" where all can."""
        slots = ((meanings.revision.parameter(slot), column) for slot, column in columns.items())
        reasons = (wrong_dtype(p, column, [self.variable]) for p, column in slots if p is not None)
        return next((r for r in reasons if r), "")

    def _is_of(self, stored: str, given: Condition) -> bool:
        """Whether a value that is only compared for equality is of the column in this frame, whatever its type."""
        column = self.variable.column(given.column)
        return column is not None and stored == given.column and isinstance(given.value, (str, int, float))

    def _inputs(self, meanings: Meanings, columns: Mapping[str, str]) -> dict[str, Binding]:
        tabular = meanings.tabular
        assert tabular is not None
        bindings = {tabular.name: Binding(tabular.name, self.variable.name, "implied")}
        for slot, column in columns.items():
            bindings[slot] = Binding(slot, column, "text", column)
        return bindings

    def _limit(self, meanings: Meanings, form: Form, stored: Form, bindings: dict[str, Binding]) -> bool:
        """Bind the number of "top 5"; whether what the question says is what the procedure takes."""
        free = [p for p in meanings.revision.parameters if p.name not in bindings and not is_ambient(p)]
        if form.limit is None:
            return stored.limit is None
        taking = [p for p in free if p.type == "int" and p.example == stored.limit]
        if len(taking) != 1 or stored.limit is None:
            return stored.limit == form.limit and not free
        bindings[taking[0].name] = Binding(taking[0].name, form.limit, "text", str(form.limit))
        return True


def turned(stored: Form, asked: Form) -> bool:
    """Whether a word before a value is the opposite of the one a wording has there: from Riga, to Riga."""
    mine = {c.place: c.before for c in stored.conditions}
    return any(_opposed(c.before, mine.get(c.place, "")) for c in asked.conditions)


def _opposed(asked: str, stored: str) -> bool:
    one, other = asked.removesuffix(LEADING), stored.removesuffix(LEADING)
    return f"{one}>{other}" in grammar().words["opposites"] or (one == other and asked != stored)


def told_apart(stored: Form, asked: Form) -> bool:
    """Whether the words before them tell values apart that could change places, and tell them as a wording does."""
    mine = {c.place: c.before for c in stored.conditions}
    theirs = {c.place: c.before for c in asked.conditions}
    particles = set(theirs.values())
    return mine == theirs and len(particles) == len(theirs) and "" not in particles


def _slotted(column: str, columns: Mapping[str, str]) -> str:
    """The slot a column was bound to, else the column."""
    return next((slot for slot, bound in columns.items() if bound == column), column)


def _is_example(parameter: Parameter, value: Any) -> bool:
    return parameter.type in ("int", "float", "str", "date") and parameter.example == value


def _takes(parameter: Parameter, value: Any) -> bool:
    """Whether a value of the question is of the type of the parameter."""
    if parameter.type == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if parameter.type == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if parameter.type == "date":
        return isinstance(value, dt.date)
    if parameter.type == "choice":
        return value in (parameter.domain.get("values") or ())
    return parameter.type in ("str", "text") and isinstance(value, str)


def _converted(parameter: Parameter, value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if parameter.type == "float" and number else value
