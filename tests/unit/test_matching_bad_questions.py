"""Texts that are no question, or more than one: a miss with a reason or an error with a code, never a guess."""

from __future__ import annotations

import functools
import random
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.words import Decision
from tests.unit.matching.corpus import LANGUAGES, load, procedures, tables
from tests.unit.matching.world import World, world

TEXTS = [(kind["why"], text) for kind in load("bad.toml")["text"] for text in kind["texts"]]
PLACES: list[tuple[str, ...]] = [(name,) for name in tables("en")] + [()]
LENGTH = 100_000


def decided(here: World, text: str, *names: str) -> Decision | None:
    """What is decided, None where the text is refused with a code."""
    try:
        return here.ask(text, *names)
    except SeglamError as error:
        assert error.code.startswith("E-")  # noqa: PT017 - the other way out is a decision
        return None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("why", "text"), TEXTS, ids=[f"{why}: {text[:40]!a}" for why, text in TEXTS])
def test_a_bad_question_hits_nothing(lang: str, why: str, text: str) -> None:
    for names in PLACES:
        decision = decided(world(lang), text, *names)
        if decision is not None:
            assert not decision.hit, f"{why}: {text!r} hits {decision.revision and decision.revision.label}"
            assert decision.reason


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bad_question_hits_nothing_where_all_is_there(lang: str) -> None:
    hits = [text for _, text in TEXTS if (d := decided(world(lang), text, *tables(lang))) is not None and d.hit]
    assert not hits


@pytest.mark.parametrize(
    "text",
    [
        "What is the average price of coffee? " * (LENGTH // 37),
        "average " * (LENGTH // 8),
        "x" * LENGTH,
        "кофе, " * (LENGTH // 6),
        "9" * LENGTH,
        "?" * LENGTH,
        "`" * LENGTH,
    ],
    ids=lambda text: text[:12],
)
def test_a_hundred_kilobytes_are_refused(text: str) -> None:
    with pytest.raises(SeglamError) as caught:
        world("en").ask(text, "sales")
    assert caught.value.code == "E-QUESTION-LONG"


@pytest.mark.parametrize("text", ["average " * 2_400, "of in by at " * 1_500, "9 " * 9_000, "«чай» " * 3_000])
def test_a_long_text_is_decided(text: str) -> None:
    decision = world("en").ask(text, "sales")
    assert (decision.hit, bool(decision.reason)) == (False, True)


# ---------------------------------------------------------------- which frame?


@functools.cache
def _two(lang: str) -> World:
    sales = tables(lang)["sales"]
    return World(procedures(lang).values(), {"sales": sales, "returns": sales.with_columns(pl.col("price") * 2)})


@pytest.mark.parametrize(
    "name", ["mean_price_of_product", "revenue_of_region", "units_per_month", "top_products_by_revenue"]
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_two_frames_with_the_same_columns_none_is_guessed(lang: str, name: str) -> None:
    procedure = procedures(lang)[name]
    # the wording it was compiled in may be told by its text, which the exact tier answers
    for text in map(procedure.question, list(procedure.texts(lang))[1:]):
        decision = _two(lang).ask(text, "sales", "returns")
        assert not decision.hit
        assert {"sales", "returns"} <= set(re.findall(r"\w+", decision.reason))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_two_frames_not_even_its_own_question_guesses_one(lang: str) -> None:
    decision = _two(lang).ask(procedures(lang)["mean_price_of_product"].revision.question, "sales", "returns")
    assert not decision.hit


def test_of_two_frames_the_named_one_is_asked() -> None:
    here = _two("ru")
    for text, frame in {
        "Какова медиана price по каждому region в returns?": "returns",
        "Какова медиана price по каждому region в sales?": "sales",
    }.items():
        decision = here.ask(text, "sales", "returns")
        assert (decision.hit, decision.bindings["frame"].value) == (True, frame)


# ---------------------------------------------------------------- anything at all

WORDS = sorted({w for lang in LANGUAGES for p in procedures(lang).values() for t in p.texts(lang) for w in t.split()})


@given(st.text(max_size=80))
def test_any_text_is_decided_or_refused(text: str) -> None:
    decision = decided(world("en"), text, "sales", "scores")
    assert decision is None or decision.hit or decision.reason


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=14), st.sampled_from(["sales", "staff", "scores", "films"])
)
def test_any_words_of_the_wordings_are_decided(words: list[str], table: str) -> None:
    decision = decided(world("ru"), " ".join(words), table)
    assert decision is None or decision.hit or decision.reason


@given(st.sampled_from(sorted(procedures("en"))), st.randoms(use_true_random=False))
def test_words_in_any_order_never_bind_what_was_not_said(name: str, chance: random.Random) -> None:
    """Shuffled words may be understood or not; a value that is bound stands in the question."""
    procedure = procedures("en")[name]
    words = procedure.revision.question.split()
    chance.shuffle(words)
    decision = decided(world("en"), " ".join(words), *procedure.inputs)
    if decision is not None and decision.hit:
        said = " ".join(words).casefold()
        assert all(b.source != "text" or b.shown.casefold() in said for b in decision.bindings.values())
