"""Which procedures a missed question may be another wording of: the nearest ones, if nothing else stands between.

Vectors only put in order what is looked at. They are asked where more procedures share words with the question than can
be looked at, so that a small store needs none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ..errors import SeglamError
from ..question import View
from ..words import Candidate, Decision, Reading, Token, Values
from .answering import MOST_CANDIDATES
from .fitting import Fits
from .index import Shape
from .library import Library
from .masking import masked_question, masked_wording
from .nearby import Nearby, nearby
from .nearness import Embedder, nearest
from .shelf import UNREADABLE
from .strange import strange_words

MOST_TRIED = 8
MOST_OFFERED = 3


def likely(library: Library, reading: Reading, decision: Decision, embedder: Embedder | None = None) -> list[str]:
    """Names of the procedures that a question which missed is to be compared with, the likeliest first.

    Parameters
    ----------
    decision : the miss; what it looked at comes first.
    embedder : puts the others in order; hashed pieces of words by default. One that fails is passed over.
    """
    names = [candidate.revision.partition("@")[0] for candidate in decision.candidates]
    return list(dict.fromkeys([*names, *_nearest(library, reading, embedder)]))[:MOST_TRIED]


def proposed(
    library: Library, reading: Reading, names: Iterable[str], fits: Fits, values: Values
) -> tuple[Nearby, ...]:
    """Those of these procedures that only unknown words keep from answering; first those that differ least.

    None is looked at any more when one differs in a single word.
    """
    loose, found = strange_words(reading, values), list[Nearby]()
    for shape in (library.filing.shape(name) for name in names if loose):
        near = _looked_at(library, shape, reading, loose, fits, values) if shape is not None else None
        if near is not None:
            found.append(near)
            if len(near.words) + near.missing == 1:
                break
    found.sort(key=lambda near: len(near.words) + near.missing)  # equal ones stay in the order they came in
    return tuple(found[:MOST_OFFERED])


def with_offers(decision: Decision, offers: Sequence[Nearby]) -> Decision:
    """`decision` with what may be offered first among its candidates, so that a number means the same everywhere."""
    if not offers:
        return decision
    first = [near.candidate for near in offers]
    known = {candidate.proc_id for candidate in first}
    others = [c for c in decision.candidates if c.proc_id not in known]
    nearest_is = f"{first[0].blocked} (nearest: {first[0].revision})"
    return dataclasses.replace(decision, reason=nearest_is, candidates=tuple([*first, *others][:MOST_CANDIDATES]))


def withdrawn_offer(decision: Decision, proc_id: str, reason: str) -> Decision:
    """`decision` with one offer taken back for this reason."""
    candidates = (
        Candidate(c.revision, c.proc_id, "", reason) if c.proc_id == proc_id else c for c in decision.candidates
    )
    return dataclasses.replace(decision, candidates=tuple(candidates))


def _looked_at(
    library: Library, shape: Shape, reading: Reading, loose: Sequence[Token], fits: Fits, values: Values
) -> Nearby | None:
    proc_id, known = shape.stored.proc_id, library.shelf.corrections
    if (
        not shape.readable
        or library.shelf.rejected(reading.text, proc_id)
        or "template" in library.shelf.suspended(proc_id)
    ):
        return None
    near = nearby(reading, loose, shape.revision, shape.aliases, fits, values)
    if near is None:
        return None
    owner = known.alias_of(near.template.text)
    return near if owner in (None, shape.revision.name) else None


def _nearest(library: Library, reading: Reading, embedder: Embedder | None) -> list[str]:
    filing, words = library.filing, View(reading).words
    shared = filing.wordings.sharing(words, MOST_TRIED + 1)
    if len(shared) <= MOST_TRIED:
        return [name for name, _ in shared]

    def wordings(name: str) -> Sequence[str]:
        shape = filing.shape(name)
        return _masked(shape) if shape is not None else ()

    question = masked_question(reading)
    try:
        found = nearest(question, words, filing.wordings, wordings, embedder)
    except SeglamError:  # a model of vectors that fails proposes nothing
        found = nearest(question, words, filing.wordings, wordings)
    return [near.key for near in found]


@lru_cache(maxsize=4_096)
def _masked(shape: Shape) -> tuple[str, ...]:
    """The wordings of a revision without what they are about."""
    try:
        known = shape.stored.known()
    except UNREADABLE:
        return ()
    types: Mapping[str, str] = dict(known.parameters)
    said = (*known.templates, *(template.text for template in shape.aliases))
    return tuple(masked_wording(text, types, known.columns) for text in said)
