"""Making one procedure of two that differ only in constants: verified, compared with both, published, undone.

What cannot be shown to be right leaves the two as they are. `considering` looks for such pairs.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cache.catalogue import Catalogue
from .cache.twins import hindrance
from .errors import SeglamError
from .procedure.abstracting import Proposal
from .procedure.comparing import compared
from .procedure.sites import Apart
from .words import Check, Revision, Verdict

if TYPE_CHECKING:
    from .verify import Executor

SECONDS = 20.0  # for each verification
_SAME = "same as "


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One procedure in place of two, verified: `revision` has the verdict, its number is open."""

    proposal: Proposal
    revision: Revision


def examined(proposal: Proposal, executor: Executor, *, cases: int = 100) -> Suggestion:
    """`proposal`, verified like any procedure, and compared with both it is made of on examples and made-up inputs.

    Raises
    ------
    Apart : a check failed.
    SeglamError : E-SANDBOX-DOWN.
    """
    one, other, general = proposal.one, proposal.other, proposal.revision
    if not (one.examples and other.examples):
        raise Apart(f"{(other if one.examples else one).label} has no example to compare on")
    verdict = executor.verify(general, cases=cases, seconds=SECONDS)
    _pass(verdict, general.name)
    back = {its: mine for mine, its in proposal.names.items()}
    same = {name: name for name in back.values()}
    checks = [
        _compare(one, general, same, proposal.mine, executor, cases),
        _compare(other, general, back, proposal.theirs, executor, cases),
    ]
    verdict = dataclasses.replace(verdict, checks=(*verdict.checks, *checks))
    return Suggestion(proposal, dataclasses.replace(general, verdict=verdict))


def _compare(
    special: Revision,
    general: Revision,
    names: Mapping[str, str],
    constants: Mapping[str, Any],
    executor: Executor,
    cases: int,
) -> Check:
    verdict = executor.verify(compared(special, general, names, constants), cases=cases, seconds=SECONDS)
    name = f"{_SAME}{special.label}"
    _pass(verdict, name)
    return Check(name, ok=True, cases=verdict.cases)


def _pass(verdict: Verdict, what: str) -> None:
    failure = verdict.failure
    if failure is not None or not verdict.ok:
        raise Apart(f"{what}: {failure.message or failure.name}" if failure else f"{what}: no check was made")


# ---------------------------------------------------------------- doing and undoing


def merge(catalogue: Catalogue, suggestion: Suggestion) -> Revision:
    """Publish the general procedure as the next revision of the first of the two; the other becomes part of it.

    What either must not answer, the general one must not answer. Undone by `unmerge`.

    Raises
    ------
    SeglamError : E-MERGE where one of the two has changed meanwhile; E-STORE-CONFLICT, E-STORE-WRITE.
    """
    one, other = suggestion.proposal.one, suggestion.proposal.other
    with catalogue.lock:
        reason = hindrance(catalogue, one) or hindrance(catalogue, other)
        if reason:
            raise SeglamError("E-MERGE", one=one.label, other=other.label, why=reason)
        general = dataclasses.replace(suggestion.revision, number=one.number + 1, created=time.time())
        for special in (one, other):
            for question in catalogue.corrections.counter_examples(special.proc_id):
                catalogue.reject(question, general)  # before it can answer
        published = catalogue.publish(general, parent=one)
        catalogue.merge(other.name, one.name)
    return published


def completed(catalogue: Catalogue, one: Revision, other: Revision) -> bool:
    """Whether `one` was made of `other` before, and that merge was cut short or taken back; it holds from now on."""
    with catalogue.lock:
        made = other.label in _parts(one) and not (hindrance(catalogue, one) or hindrance(catalogue, other))
        if made:
            catalogue.merge(other.name, one.name)
    return made


def unmerge(catalogue: Catalogue, member: str) -> str:
    """Undo `merge`: `member` answers for itself again, and what it was merged with as it did before.

    That one is pinned, so that the two are not merged again; where it was changed by hand since, it stays as it is.

    Returns
    -------
    The name of the procedure it was part of.

    Raises
    ------
    SeglamError : E-PROCEDURE-UNKNOWN; E-USAGE where it was not merged, or others were merged on top of it.
    """
    with catalogue.lock:
        name, library = catalogue.known(member).name, catalogue.library
        into = catalogue.corrections.merged(name)
        if into is None:
            return catalogue.unmerge(name)
        made = {n: v for v in library.versions(into) for n in map(_name, _parts(v)) if n != into}
        later = [n for n, v in made.items() if n != name and name in made and v.number > made[name].number]
        still = [n for n in later if catalogue.corrections.merged(n) == into]
        if still:
            problem = f"{still[0]} was merged into {into} after {name}"
            raise SeglamError("E-USAGE", problem=problem, advice=f"unmerge {still[0]} first")
        catalogue.unmerge(name)
        head = library.head(into)
        latest = name in made and head is not None and made[name].number == head.number
        if latest and library.pinned(into) is None:
            before = next(v for v in library.versions(into) if v.proc_id == made[name].parent)
            catalogue.pin(before.label)
    return into


def _parts(revision: Revision) -> tuple[str, ...]:
    """The labels of those it was compared with when it was made of them."""
    checks = revision.verdict.checks if revision.verdict is not None else ()
    return tuple(c.name.removeprefix(_SAME) for c in checks if c.name.startswith(_SAME))


def _name(label: str) -> str:
    return label.partition("@")[0]
