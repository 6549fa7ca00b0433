"""Each kind of operator, in each language: a question with it hits its procedure, one with the opposite does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.matching.corpus import LANGUAGES, Ask, load, procedures
from tests.unit.matching.world import alone, world

KINDS = (
    "comparison between negation extreme top order aggregate distinct share change group grain first junction".split()
)
CASES = [(lang, kind) for lang in LANGUAGES for kind in KINDS]


def case(lang: str, kind: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    facts = load(f"operators_{lang}.toml")[kind]
    return facts, procedures(lang)[facts["procedure"]].inputs


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_has_its_question(lang: str) -> None:
    assert list(load(f"operators_{lang}.toml")) == KINDS


@pytest.mark.parametrize(("lang", "kind"), CASES)
def test_a_question_with_the_operator_hits(lang: str, kind: str) -> None:
    facts, inputs = case(lang, kind)
    decision = world(lang).ask(facts["ask"], *inputs)
    assert decision.hit, decision.reason
    assert not world(lang).wrong(decision, [Ask(facts["ask"], facts["procedure"], facts["bindings"])])


@pytest.mark.parametrize(("lang", "kind"), CASES)
def test_a_question_with_the_opposite_does_not(lang: str, kind: str) -> None:
    facts, inputs = case(lang, kind)
    for text, other in facts["opposite"].items():
        decision = world(lang).ask(text, *inputs)
        right = [Ask(text, other, facts["bindings"])] if other else []
        assert not world(lang).wrong(decision, right), text
        assert not world(lang).unnamed(text, decision), text
        assert not alone(lang, facts["procedure"]).ask(text, *inputs).hit, text


@pytest.mark.parametrize(("lang", "kind"), CASES)
def test_the_opposite_that_is_stored_is_found(lang: str, kind: str) -> None:
    facts, inputs = case(lang, kind)
    for text, other in facts["opposite"].items():
        if other:
            decision = world(lang).ask(text, *inputs)
            assert decision.hit, f"{text}: {decision.reason}"
