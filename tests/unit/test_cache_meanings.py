"""A procedure is found by what its question means: through the library, with the guards of a real run."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
import pytest

from seglam_magics.cache.library import Library
from seglam_magics.cache.policy import Policy
from seglam_magics.procedure import describe_all
from seglam_magics.procedure.domains import Domains
from seglam_magics.procedure.guards import misfit, requirements
from seglam_magics.procedure.identity import identity_of
from seglam_magics.question import read
from seglam_magics.words import Decision, Meaning, Parameter, Revision, Template

RACES = pl.DataFrame(
    {
        "driver": ["Alex Wurz", "Mark Skaife", "Ann Lee", "Alex Wurz"],
        "team": ["Jaguar", "Jaguar", "Lotus", "Lotus"],
        "grid": [4, 12, 7, 9],
        "laps": [50, 61, 12, 44],
        "game": ["a", "b", "c", "d"],
    }
)
SOURCE = """def {name}(rows, *, who, most):
    found = [r["laps"] for r in rows if r["driver"] == who and r["grid"] < most]
    return {result}
"""


def races(name: str, question: str, result: str, meaning: Meaning, *templates: str, **parts: Any) -> Revision:
    """A procedure over the laps of one driver below a place of the grid."""
    source = SOURCE.format(name=name, result=result)
    parameters = (
        Parameter("rows", "list", example="df"),
        Parameter("who", "str", domain={"column": "driver"}, example="Alex Wurz"),
        Parameter("most", "int", example=12),
    )
    made = Revision(
        name,
        1,
        "",
        source,
        parameters=parameters,
        templates=tuple(Template(t) for t in templates),
        requires=requirements(source, parameters, describe_all({"df": RACES})),
        meaning=meaning,
        question=question,
        **parts,
    )
    return dataclasses.replace(made, proc_id=identity_of(made))


CONDITIONS = ("driver = who", "grid < most")
COUNT = races(
    "count_laps",
    "How many laps for Alex Wurz with a grid under 12?",
    "len(found)",
    Meaning("count", "laps", CONDITIONS),
    "How many laps for {who} with a grid under {most}?",
)
MAX = races(
    "most_laps",
    "highest laps for Alex Wurz with a grid under 12",
    "max(found, default=None)",
    Meaning("max", "laps", CONDITIONS),
    "highest laps for {who} with a grid under {most}",
)


def asked(library: Library, text: str, **namespace: Any) -> Decision:
    space = namespace or {"df": RACES}
    variables = describe_all(space)
    return library.decide(
        read(text, variables),
        fits=lambda revision, bindings: misfit(revision, bindings, variables, space),
        values=Domains(space, variables),
    )


def library(*revisions: Revision, policy: Policy | None = None) -> Library:
    made = Library(policy=policy) if policy is not None else Library()
    for revision in revisions:
        made.put(revision)
    return made


def values(decision: Decision) -> dict[str, Any]:
    return {name: b.value for name, b in decision.bindings.items() if b.source == "text"}


@pytest.mark.parametrize(
    "text",
    [
        "What are the highest laps when the driver is Mark Skaife and the grid is less than 20?",
        "With a grid below 20, what was the maximum of laps driven by Mark Skaife?",
        "mark skaife: the most laps with a grid of under 20",
    ],
)
def test_other_words_of_the_same_meaning_hit_with_their_own_values(text: str) -> None:
    decision = asked(library(MAX, COUNT), text)
    assert (decision.tier, decision.revision, values(decision)) == (
        "grounded",
        MAX,
        {"who": "Mark Skaife", "most": 20},
    ), decision.reason


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("What are the lowest laps when the driver is Mark Skaife and the grid is less than 20?", "min"),
        ("the average laps for Mark Skaife with a grid under 20", "mean"),
        ("the highest laps for Mark Skaife with a grid under 20 among women", "women"),
        ("the highest official laps for Mark Skaife with a grid under 20", "official"),
        ("the highest laps, but not for Mark Skaife, with a grid under 20", "not"),
        ("the highest laps won by Mark Skaife with a grid under 20", "won"),
    ],
)
def test_another_operator_or_a_word_that_may_be_a_condition_blocks_and_is_named(text: str, blocked: str) -> None:
    decision = asked(library(MAX), text)
    assert not decision.hit
    assert blocked in decision.reason


@pytest.mark.parametrize(
    "text",
    [
        "highest laps for Mark Skaife with a grid above 20",
        "highest laps for Mark Skaife",
        "highest grid for Mark Skaife with laps under 20",
        "highest laps for the team Jaguar with a grid under 20",
    ],
)
def test_another_condition_is_another_question(text: str) -> None:
    assert not asked(library(MAX, COUNT), text).hit


def test_how_many_over_numbers_is_only_what_a_wording_meant() -> None:
    total = races("sum_laps", "the laps for Alex Wurz", "sum(found)", Meaning("sum", "laps", CONDITIONS))
    text = "How many laps did Mark Skaife have with a grid under 20?"
    assert asked(library(COUNT), text).revision is COUNT
    assert not asked(library(total), text).hit
    assert not asked(library(MAX), text).hit


def test_a_value_of_no_column_and_a_missing_column_are_misses() -> None:
    text = "highest laps for {} with a grid under 20"
    assert not asked(library(MAX), text.format("Mark Twain")).hit
    assert not asked(library(MAX), text.format("Mark Skaife"), df=RACES.drop("grid")).hit


def test_two_frames_that_could_be_meant_are_asked_for() -> None:
    text = "What are the highest laps of Mark Skaife with a grid of less than 20"
    both = {"df": RACES, "other": RACES}
    decision = asked(library(MAX), text + "?", **both)
    assert not decision.hit
    assert "which frame: df or other?" in decision.reason
    assert asked(library(MAX), text + " in `other`?", **both).bindings["rows"].value == "other"


def test_a_meaning_that_names_what_the_source_does_not_touch_is_no_meaning() -> None:
    lying = dataclasses.replace(MAX, meaning=Meaning("max", "game", CONDITIONS), templates=(), question="")
    assert not asked(library(lying), "highest game for Mark Skaife with a grid under 20").hit


def test_without_a_declared_meaning_a_wording_is_compared_by_its_reading() -> None:
    undeclared = dataclasses.replace(MAX, meaning=Meaning())
    text = "maximum laps for Mark Skaife with a grid under 20"
    decision = asked(library(undeclared), text)
    assert values(decision) == {"who": "Mark Skaife", "most": 20}, decision.reason


def test_words_of_other_questions_about_the_same_columns_are_known() -> None:
    text = "the highest laps in the wet for Mark Skaife with a grid under 20"
    assert not asked(library(MAX), text).hit
    wet = dataclasses.replace(
        COUNT, templates=(Template("How many laps in the wet for {who} with a grid under {most}?"),)
    )
    assert asked(library(MAX, wet), text).revision is MAX


@pytest.mark.parametrize("tier", ["template", "grounded", "text"])
def test_a_tier_that_is_switched_off_finds_nothing(tier: str) -> None:
    off = library(MAX, policy=dataclasses.replace(Policy(), **{tier: False}))
    said = {
        "template": "highest laps for Mark Skaife with a grid under 20",
        "grounded": "With a grid below 20, what was the maximum of laps driven by Mark Skaife?",
        "text": "never",
    }[tier]
    assert asked(off, said).tier != tier


def test_slots_for_columns_are_bound_by_the_part_they_play() -> None:
    source = "def mean_by(rows, *, value, by):\n    return {}\n"
    made = Revision(
        "mean_by",
        1,
        "cd" * 32,
        source,
        parameters=(
            Parameter("rows", "list", example="df"),
            Parameter("value", "column", domain={"dtype": "number"}, example="laps"),
            Parameter("by", "column", example="team"),
        ),
        templates=(Template("What is the mean {value} per {by}?"),),
        meaning=Meaning("mean", "value", (), ("by",)),
        question="What is the mean laps per team?",
    )
    decision = asked(library(made), "For each driver, give the average grid")
    assert values(decision) == {"value": "grid", "by": "driver"}, decision.reason
    assert not asked(library(made), "For each driver, give the highest grid").hit
    assert not asked(library(made), "For each driver, give the average team").hit


def test_without_data_a_question_in_other_words_hits() -> None:
    made = Revision(
        "teaches",
        1,
        "ef" * 32,
        "def teaches(*, code, number):\n    return code\n",
        parameters=(Parameter("code", "str", example="BIO"), Parameter("number", "int", example=101)),
        templates=(Template("Who will teach {code} {number} this term?"),),
        question="Who will teach BIO 101 this term?",
        returns="str",
    )
    decision = asked(library(made), "This term, CHEM 202 is taught by whom?", df=RACES)
    assert (decision.tier, values(decision)) == ("text", {"code": "CHEM", "number": 202}), decision.reason
    for other in (
        "Who will not teach CHEM 202 this term?",
        "When is CHEM 202 taught this term?",
        "Who teaches CHEM 202?",
    ):
        assert not asked(library(made), other, df=RACES).hit


def test_like_values_are_never_bound_by_their_order_alone() -> None:
    made = Revision(
        "harder",
        1,
        "0f" * 32,
        "def harder(*, one, other):\n    return one\n",
        parameters=(Parameter("one", "int", example=101), Parameter("other", "int", example=202)),
        templates=(Template("Is course {one} required before course {other}?"),),
        question="Is course 101 required before course 202?",
        returns="bool",
    )
    assert not asked(library(made), "Before course 5, is course 7 required?", df=RACES).hit


def test_the_moment_of_the_call_is_no_slot_that_the_question_must_fill() -> None:
    dated = dataclasses.replace(MAX, parameters=(*MAX.parameters, Parameter("now", "date", example="2026-03-01")))
    library = Library()
    library.put(dataclasses.replace(dated, proc_id=identity_of(dated)))
    decision = asked(library, "for Mark Skaife with a grid below 20, the highest laps")
    assert decision.hit
    assert decision.tier == "grounded"
    assert "now" not in decision.bindings
