"""A question that asks something else with almost the same words is never answered by the procedure of the other.

Reversal, negation, another operator, unit, quantifier, period, number, and/or, exchanged values: made by rule from
every wording of the corpus, asked where all procedures are stored and where the one it was made from is alone.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.matching.corpus import LANGUAGES, procedures
from tests.unit.matching.rules import Made, twins
from tests.unit.matching.world import alone, asked, world

KINDS = {"reversal", "negation", "operator", "unit", "quantifier", "period", "junction", "number", "exchange"}
CASES = [(lang, name) for lang in LANGUAGES for name in procedures(lang)]


def _of(lang: str, name: str) -> list[Made]:
    return [t for t in twins(lang) if t.procedure.name == name]


def _told(twin: Made, fault: str) -> str:
    return f"{twin.kind}: {twin.text!r}, made from {twin.origin!r}, hits {fault}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_twins_of_every_kind(lang: str) -> None:
    kinds = Counter(t.kind for t in twins(lang))
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 10


@pytest.mark.parametrize(("lang", "name"), CASES)
def test_no_twin_hits_what_it_does_not_ask(lang: str, name: str) -> None:
    found = ((t, world(lang).wrong(asked(lang, t.text, t.procedure.inputs), t.right)) for t in _of(lang, name))
    faults = [_told(twin, fault) for twin, fault in found if fault]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("lang", "name"), CASES)
def test_no_twin_hits_the_procedure_it_was_made_from_where_that_is_alone(lang: str, name: str) -> None:
    here = alone(lang, name)
    found = ((t, here.wrong(here.ask(t.text, *t.procedure.inputs), t.right)) for t in _of(lang, name))
    faults = [_told(twin, fault) for twin, fault in found if fault]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_twin_that_misses_is_told_why(lang: str) -> None:
    found = ((t.text, world(lang).unnamed(t.text, asked(lang, t.text, t.procedure.inputs))) for t in twins(lang))
    faults = [f"{text}: {reason}" for text, reason in found if reason]
    assert not faults, "\n".join(faults)
