"""Procedures made under an interrupt: provisional until one hit on other data, or until somebody accepts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .asking import Asked
from .cache.catalogue import Catalogue
from .errors import SeglamError
from .words import Answer, Binding, Revision, Variable

FOOTPRINT = "footprint"
_LONGEST = 100


def footprint(bindings: Mapping[str, Binding], variables: Mapping[str, Variable]) -> dict[str, Any]:
    """What a question was asked about, without any value of its data: slots, and the shape of each input.

    >>> bound = {"xs": Binding("xs", "q3", "variable"), "k": Binding("k", 5)}
    >>> footprint(bound, {"q3": Variable("q3", "list", rows=9)})
    {'slots': {'k': '5'}, 'inputs': [['list', 9, 0]]}
    """
    names = [str(b.value) for b in bindings.values() if b.source in ("variable", "implied")]
    inputs = [[v.kind, v.rows, len(v.columns)] for name in names if (v := variables.get(name)) is not None]
    slots = {n: repr(b.value)[:_LONGEST] for n, b in bindings.items() if b.source not in ("variable", "implied")}
    return {"slots": slots, "inputs": sorted(inputs, key=repr)}


def marked(revision: Revision, bindings: Mapping[str, Binding], asked: Asked) -> dict[str, Any]:
    """Where a new revision comes from; of one made under an interrupt with what it was first asked about."""
    origin = dict(revision.provenance)
    return origin | {FOOTPRINT: footprint(bindings, asked.variables)} if origin.get("interrupted") else origin


def settle(catalogue: Catalogue, asked: Asked, answer: Answer) -> None:
    """Accept a provisional revision that has answered for other data; a store that fails spoils no answer."""
    revision = answer.revision
    if not revision.provenance or not catalogue.provisional(revision):
        return
    if footprint(answer.decision.bindings, asked.variables) == revision.provenance.get(FOOTPRINT):
        return
    try:
        catalogue.accept(revision, by="hit")
    except SeglamError as error:
        catalogue.trouble = str(error)


def said_of(catalogue: Catalogue, revision: Revision) -> tuple[str, ...]:
    """What the user should know of a provisional revision; nothing of any other."""
    if not revision.provenance or not catalogue.provisional(revision):
        return ()
    told = SeglamError("W-PROCEDURE-PROVISIONAL", procedure=revision.label)
    return (f"{told.says}; {told.hint}",)
