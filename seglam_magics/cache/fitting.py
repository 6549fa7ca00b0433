"""Which wordings of which revisions say what a question says, and what stands in the way of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..question import CompiledTemplate, Mismatch, View, unify_all
from ..question.filling import VARIABLE_KINDS
from ..question.items import INPUTS
from ..words import Binding, Candidate, Decision, Parameter, Reading, Revision, Tier
from .index import Wording

Fits = Callable[[Revision, Mapping[str, Binding]], str]


@dataclass(frozen=True, slots=True)
class Fit:
    """A revision that answers, with its bindings, the wording that said so and the tier that found it."""

    revision: Revision
    bindings: Mapping[str, Binding]
    template: str = ""
    tier: Tier = "template"

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Fits with the same key compute the same."""
        return self.revision.proc_id, tuple(sorted((n, repr(b.value)) for n, b in self.bindings.items()))


@dataclass(frozen=True, slots=True)
class Block:
    """A wording that does not fit, why, and how near it came."""

    revision: Revision
    template: str
    reason: str
    rank: float = 0.0

    @property
    def candidate(self) -> Candidate:
        """The same, for the decision."""
        return Candidate(self.revision.label, self.revision.proc_id, self.template, self.reason)


def by_wording(wordings: Iterable[Wording], view: View, fits: Fits) -> tuple[list[Fit], list[Block]]:
    """All fits among `wordings`, the newest revision first, and all blocks, the nearest first."""
    found: dict[object, Fit] = {}
    blocks: list[Block] = []
    for wording in sorted(wordings, key=lambda w: (w.shape.label, w.text)):
        compiled = wording.compiled
        result = _one(wording.shape.revision, compiled, view, fits) if compiled is not None else None
        if isinstance(result, Fit):
            found.setdefault(result.key, result)
        elif result is not None:
            blocks.append(result)
    newest = sorted(found.values(), key=lambda f: (-f.revision.created, f.revision.name))
    return newest, sorted(blocks, key=lambda b: -b.rank)


def _one(revision: Revision, compiled: CompiledTemplate, view: View, fits: Fits) -> Fit | Block:
    """A wording that can be read in two ways fits only where the data leave one of them."""
    text = compiled.template.text
    ways = unify_all(compiled, view)
    if isinstance(ways, Mismatch):
        return Block(revision, text, ways.reason, ways.matched / (len(compiled.items) + 1))
    reasons = [fits(revision, way) for way in ways]
    fitting = [way for way, reason in zip(ways, reasons, strict=True) if not reason]
    if len(fitting) == 1:
        return Fit(revision, fitting[0], text, "exact" if text == revision.question else "template")
    return Block(revision, text, "it can be read in two ways" if fitting else reasons[0], 2.0)


def by_question(revision: Revision, reading: Reading, fits: Fits) -> Fit | Block:
    """The very question a revision was compiled for: its parameters keep the values they had."""
    bindings: dict[str, Binding] = {}
    for parameter in revision.parameters:
        others = _others(revision, parameter, reading)
        if others:
            which = " or ".join([str(parameter.example), *others])
            why = f"which {parameter.type}: {which}? name it in the question"
            return Block(revision, revision.question, why, 2.0)
        binding = _as_compiled(parameter, reading)
        if binding is None:
            return Block(revision, revision.question, f"{parameter.name} cannot be bound as it was", 1.0)
        bindings[parameter.name] = binding
    reason = fits(revision, bindings)
    return (
        Block(revision, revision.question, reason, 2.0)
        if reason
        else Fit(revision, bindings, revision.question, "exact")
    )


def _others(revision: Revision, parameter: Parameter, reading: Reading) -> list[str]:
    """Other variables that an input nobody names could be as well: of its kind, with the columns that are needed."""
    example = str(parameter.example)
    named = any(r.variable == example and r.column is None for r in reading.references)
    if parameter.type not in INPUTS or named or example not in reading.variables:
        return []
    kinds = VARIABLE_KINDS[parameter.type]
    needed = {c for r in revision.requires if r.parameter == parameter.name for c in r.columns}
    fitting = (v for v in reading.variables.values() if v.kind in kinds and v.name != example)
    return [v.name for v in fitting if needed <= {c.name for c in v.columns}]


def _as_compiled(parameter: Parameter, reading: Reading) -> Binding | None:
    example = parameter.example
    if parameter.type in INPUTS:
        variable = reading.variables.get(str(example))
        fits = variable is not None and variable.kind in VARIABLE_KINDS[parameter.type]
        return Binding(parameter.name, str(example), "implied") if fits else None
    scalars = [r for r in reading.references if r.column is None and reading.variables[r.variable].kind not in INPUTS]
    if example is None or scalars:
        return None  # it may have been read from a variable, whose value is another one now
    if parameter.type in ("column", "columns"):
        wanted = {example} if isinstance(example, str) else set(example)
        known = {c.name for v in reading.variables.values() for c in v.columns}
        return Binding(parameter.name, example) if wanted <= known else None
    return Binding(parameter.name, example)


def withdrawn(decision: Decision, reason: str) -> Decision:
    """A hit that is not served: a miss for this reason, its procedure the nearest candidate."""
    revision = decision.revision
    assert revision is not None
    blocked = Candidate(revision.label, revision.proc_id, decision.template, reason)
    candidates = (blocked, *(c for c in decision.candidates if c.proc_id != blocked.proc_id))
    return Decision(hit=False, reason=reason, candidates=candidates)
