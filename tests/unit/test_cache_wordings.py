"""A question as a wording: the words its slots were read from become slots, and reading it again gives them back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cache.wordings import checked, guessed, language_of, proposed, told, worded
from seglam_magics.errors import SeglamError
from seglam_magics.question import Mismatch, compile_template, read, unify
from seglam_magics.words import (
    Binding,
    Candidate,
    Column,
    Decision,
    Parameter,
    Reading,
    Revision,
    Template,
    Trace,
    Variable,
)

K = Parameter("k", "int", example=3)
LIMIT = Parameter("limit", "float", example=2.5)
BY = Parameter("by", "column", example="price")
FRAME = Parameter("frame", "frame", example="sales")
TOWN = Parameter("town", "str", example="Riga")
SALES = Variable("sales", "frame", columns=(Column("price", "float"), Column("net weight", "float")))
Q3 = Variable("q3", "frame", columns=(Column("cost", "float"),))


def revision(wording: str, *parameters: Parameter) -> Revision:
    return Revision("top", 1, "ab" * 32, "", parameters=parameters, templates=(Template(wording),))


TOP = revision("the {k} rows of {frame} with the greatest {by}", K, FRAME, BY)


def reading(text: str, *variables: Variable) -> Reading:
    return read(text, {v.name: v for v in variables or (SALES,)})


@given(
    st.sampled_from(["5", "seven", "12", "1,000"]),
    st.sampled_from(["`price`", "price", "net weight", "`net weight`", "Price"]),
    st.sampled_from(["sales", "`sales`"]),
    st.sampled_from(["blorpish", "frobbed", "quuxy"]),
)
def test_a_question_with_a_strange_word_becomes_a_wording_that_reads_it(
    k: str, by: str, frame: str, strange: str
) -> None:
    asked = reading(f"the {k} {strange} rows of {frame} with the greatest {by}")
    template = checked(TOP, worded(asked, told(asked, TOP)))
    assert template.text == f"the {{k}} {strange} rows of {{frame}} with the greatest {{by}}"
    found = unify(compile_template(template, TOP.parameters), asked)
    assert not isinstance(found, Mismatch)
    assert found["frame"].value == "sales"
    assert found["by"].value == by.strip("`").casefold()
    assert found["k"].value == {"seven": 7, "1,000": 1000}.get(k) or int(k)


def test_in_other_words_the_slots_are_told_by_their_kinds() -> None:
    asked = reading("give me, by `price`, the best 4 of sales")
    assert worded(asked, told(asked, TOP)) == "give me, by {by}, the best {k} of {frame}"
    alone = reading("give me, by `price`, the best 4")
    assert worded(alone, told(alone, TOP)) == "give me, by {by}, the best {k}"
    town = revision("rows in {town}", TOWN)
    asked = reading('everything from "New York", please')
    assert worded(asked, told(asked, town)) == 'everything from "{town}", please'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("best 4 or 5 of sales by price", r"2 words for \{k\}"),
        ("the best of sales by price", r"0 words for \{k\}"),
        ("best 4 of sales by price and net weight", r"2 words for \{by\}"),
        ("best 4 of sales", r"0 words for \{by\}"),
        ("best 4 of sales and q3 by price", r"2 words for \{frame\}"),
    ],
)
def test_where_there_is_a_choice_nothing_is_guessed(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        guessed(reading(text, SALES, Q3), TOP.parameters)


def test_two_slots_of_a_kind_are_never_told_by_their_order() -> None:
    with pytest.raises(ValueError, match=r"2 words for \{k\} and \{limit\}"):
        guessed(reading("best 4 over 2.5"), (K, LIMIT))


def test_two_slots_of_a_kind_are_told_by_the_words_beside_them() -> None:
    ratio = revision("the best {k} rows over {limit}", K, LIMIT)
    asked = reading("the best 4 blorps over 2")
    assert worded(asked, told(asked, ratio)) == "the best {k} blorps over {limit}"
    turned = reading("blorps over 2, and of these the best 4")
    assert worded(turned, told(turned, ratio)) == "blorps over {limit}, and of these the best {k}"
    with pytest.raises(ValueError, match="2 words for"):
        told(reading("4 blorps and 2"), ratio)


def test_a_constant_no_wording_speaks_of_stays_a_constant() -> None:
    one = revision("the greatest {by} of {frame}", K, FRAME, BY)
    asked = reading("whatever `price` of sales is at the top")
    assert checked(one, worded(asked, told(asked, one))).text == "whatever {by} of {frame} is at the top"


@pytest.mark.parametrize(
    ("text", "bindings", "expected"),
    [
        ("5 of {1, 2}", {"k": "5"}, "{k} of {{1, 2}}"),
        ("5 of 15", {"k": "5"}, "{k} of 15"),
        ("5 of 5", {"k": "5"}, "in two places"),
        ("five of them", {"k": "5"}, "nowhere"),
        ("net weight", {"a": "net weight", "b": "weight"}, "in common"),
        ("all", {}, "all"),
    ],
)
def test_words_are_replaced_where_they_stand_once(text: str, bindings: dict[str, str], expected: str) -> None:
    given = {name: Binding(name, shown, shown=shown) for name, shown in bindings.items()}
    try:
        found = worded(reading(text), given)
    except ValueError as error:
        found = str(error)
    assert expected in found


@pytest.mark.parametrize(("text", "lang"), [("the {k} best", "en"), ("лучшие {k}", "ru"), ("{лимит} best", "en")])
def test_the_language_is_told_by_the_letters_outside_of_slots(text: str, lang: str) -> None:
    assert language_of(text) == lang


def test_a_proposal_needs_a_candidate_of_that_number() -> None:
    asked = reading("best 4 of sales by price")
    decision = Decision(hit=False, candidates=(Candidate("top@1", TOP.proc_id),))
    trace = Trace(asked.text, asked, decision)
    known: Any = {"top@1": TOP}.__getitem__
    assert proposed(trace, 1, known) == (TOP, Template("best {k} of {frame} by {by}"))
    for number in (0, 2, -1):
        with pytest.raises(SeglamError, match="1 procedures were looked at"):
            proposed(trace, number, known)
