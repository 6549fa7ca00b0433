"""Twins: revisions whose sources are the same but for names; what a stored one learns from a new one.

A newly compiled twin of a stored procedure is not stored once more: the stored one learns its wordings. Only what is
proven by form counts here; code that is written otherwise may compute the same and is nevertheless no twin.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SeglamError
from ..procedure.alpha import align, outline
from ..procedure.pairing import called, demands, unlike
from ..question import CompiledTemplate, compile_templates, unify_all
from ..question.unify import Mismatch
from ..words import Binding, Reading, Revision, Template
from .wordings import checked, known_to

if TYPE_CHECKING:
    from .catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Twin:
    """A stored revision that is the same procedure as a new one.

    Attributes
    ----------
    slots : slot of the new one -> slot of the stored one.
    """

    revision: Revision
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taught:
    """A stored revision that answers a question from now on: with these bindings, by so many new wordings."""

    revision: Revision
    bindings: Mapping[str, Binding]
    learned: int


def twin_of(revision: Revision, candidates: Iterable[Revision]) -> Twin | None:
    """The first of `candidates` that is the same procedure as `revision` but for names, None where none is.

    >>> from seglam_magics.words import Parameter
    >>> list_, int_ = Parameter("xs", "list"), Parameter("k", "int")
    >>> one = Revision("top", 1, "ab", "def top(xs, k): return xs[:k]", parameters=(list_, int_))
    >>> taken = Parameter("n", "int"), Parameter("rows", "list")
    >>> new = Revision("head", 1, "cd", "def head(n, rows): return rows[:n]", parameters=taken)
    >>> dict(twin_of(new, [one]).slots)
    {'rows': 'xs', 'n': 'k'}
    """
    for stored in candidates:
        names = _names(stored, revision)
        if names is not None and not unlike(stored, revision, names) and demands(stored, names) == demands(revision):
            return Twin(stored, {its: mine for mine, its in names.items()})
    return None


def _names(stored: Revision, revision: Revision) -> Mapping[str, str] | None:
    """Parameter of `stored` -> parameter of `revision`, where the sources are the same but for names."""
    try:
        laid = outline(stored.source, stored.name)
        found = align(laid, outline(revision.source, revision.name))
    except ValueError:
        return None
    return None if found is None or found.differences else {p: found.names.get(p, p) for p in laid.parameters}


# ---------------------------------------------------------------- what the stored one learns


def taught(
    catalogue: Catalogue, revision: Revision, reading: Reading, bindings: Mapping[str, Binding]
) -> Taught | None:
    """Let a stored twin of `revision` learn its wordings, as events; None where none can answer the question by them.

    Then the new one is worth storing: asked again, its question would be compiled again.

    Raises
    ------
    SeglamError : E-STORE-WRITE.
    """
    with catalogue.lock:
        for stored in catalogue.library.twins.alike(revision):
            twin = twin_of(revision, [stored])
            if twin is None or hindrance(catalogue, stored) or catalogue.approvals.state(stored) == "trusted":
                continue  # what its owner let into the kernel answers nothing more behind the owner's back
            bound = rebound(twin, bindings)
            fresh = learnable(catalogue, twin, revision, reading, bound)
            for template in fresh:
                told = {"question": reading.text, "lang": template.lang, "by": "merge"}
                catalogue.alias(stored.name, template.text, **told)
            if fresh:
                return Taught(stored, bound, len(fresh))
    return None


def learnable(
    catalogue: Catalogue, twin: Twin, revision: Revision, reading: Reading, bound: Mapping[str, Binding]
) -> list[Template]:
    """The wordings that the twin can take over from `revision`, those first that read the question as it is `bound`.

    None where none of them does, and where one does that the twin had already: it has missed for another reason.
    """
    stored, said = twin.revision, catalogue.corrections
    old = (*stored.templates, *catalogue.offered(stored))
    if said.rejected(reading.text, stored.proc_id):
        return []
    spoken = [Template(called(t.text, twin.slots), t.lang) for t in revision.templates]
    new = [t for t in dict.fromkeys(spoken) if not said.settled(stored.name, t.text) and _takes(stored, t)]
    usable, _ = compile_templates((*old, *new), stored.parameters, ignorable=stored.ignorable, question=stored.question)
    reads = {c.template for c in usable if _reads(c, reading, bound)}
    fresh = [c.template for c in usable if c.template in new]
    if not reads or reads & {*old}:
        return []
    return sorted(fresh, key=lambda t: t not in reads)


def rebound(twin: Twin, bindings: Mapping[str, Binding]) -> dict[str, Binding]:
    """Bindings of the new revision as those of its twin."""
    return {twin.slots[name]: dataclasses.replace(b, slot=twin.slots[name]) for name, b in bindings.items()}


def _takes(stored: Revision, template: Template) -> bool:
    try:
        checked(stored, template.text, template.lang)
    except SeglamError:
        return False
    return not known_to(stored, template)


def _reads(compiled: CompiledTemplate, reading: Reading, bound: Mapping[str, Binding]) -> bool:
    """Whether a wording can be read in this one way."""
    ways = unify_all(compiled, reading)
    wanted = {name: binding.value for name, binding in bound.items()}
    return not isinstance(ways, Mismatch) and len(ways) == 1 and {n: b.value for n, b in ways[0].items()} == wanted


def hindrance(catalogue: Catalogue, revision: Revision) -> str:
    """Why `revision` may not become one with another procedure now, "" where it may."""
    name, library, said = revision.name, catalogue.library, catalogue.corrections
    head = library.head(name)
    if head is None or head.proc_id != revision.proc_id:
        return f"{revision.label} is not the newest of its name"
    if library.retired(name) or said.merged(name) is not None:
        return f"{name} does not answer any more"
    if library.pinned(name) is not None:
        return f"{name} is pinned"
    if said.suspended(name):
        return f"{name} was wrong by {', '.join(sorted(said.suspended(name)))} and nobody has looked at it"
    return catalogue.barred(head)  # as it is stored: `revision` may have been given its added wordings
