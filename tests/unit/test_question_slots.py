"""Each type of slot, in both languages: what fills it, what does not, and why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from seglam_magics.question import Mismatch, compile_template, read, unify
from seglam_magics.words import Binding, Column, Parameter, Template, Variable

SALES = Variable(
    "sales",
    "frame",
    columns=(Column("region", "str"), Column("unit_price", "float"), Column("units", "int"), Column("sold on", "date")),
)
Q3 = Variable("q3", "frame", columns=(Column("region", "str"), Column("revenue", "float")))
HERE = {
    v.name: v
    for v in (
        SALES,
        *(Variable("k", "int"), Variable("rate_2", "float"), Variable("who_1", "str"), Variable("today", "date")),
        *(Variable("xs", "list"), Variable("ages", "series"), Variable("prices", "dict"), Variable("flag", "bool")),
    )
}
BOTH = {**HERE, "q3": Q3}
FRAME = Parameter("frame", "frame", example="sales")


def bound(
    wording: str,
    parameters: tuple[Parameter, ...],
    question: str,
    variables: Mapping[str, Variable] = HERE,
    lang: str = "en",
) -> dict[str, Binding]:
    found = unify(compile_template(Template(wording, lang), parameters), read(question, variables))
    assert not isinstance(found, Mismatch), found
    return found


def reason(
    wording: str, parameters: tuple[Parameter, ...], question: str, variables: Mapping[str, Variable] = HERE
) -> str:
    found = unify(compile_template(Template(wording), parameters), read(question, variables))
    assert isinstance(found, Mismatch), found
    return found.reason


ONE: list[tuple[str, Any, str, Any, str]] = [
    ("int", 3, "5", 5, "text"),
    ("int", 3, "пять", 5, "text"),
    ("int", 3, "-2", -2, "text"),
    ("int", 3, "k", "k", "variable"),
    ("int", 3, "`k`", "k", "variable"),
    ("float", 0.5, "2.25", 2.25, "text"),
    ("float", 0.5, "three quarters", 0.75, "text"),
    ("float", 0.5, "четверть", 0.25, "text"),
    ("float", 0.5, "rate_2", "rate_2", "variable"),
    ("float", 0.5, "k", "k", "variable"),
    ("date", None, "2024-02-29", dt.date(2024, 2, 29), "text"),
    ("date", None, "3 March 2024", dt.date(2024, 3, 3), "text"),
    ("date", None, "3 марта 2024 года", dt.date(2024, 3, 3), "text"),
    ("date", None, "today", "today", "variable"),
    ("bool", None, "yes", True, "text"),
    ("bool", None, "ложь", False, "text"),
    ("bool", None, "flag", "flag", "variable"),
    ("str", "red", "dark blue", "dark blue", "text"),
    ("str", "red", "who_1", "who_1", "variable"),
    ("str", "Riga", "New York", "New York", "text"),
    ("str", "Riga", "Нижний Новгород", "Нижний Новгород", "text"),
    ("text", "red", "light green", "light green", "text"),
    ("frame", "sales", "sales", "sales", "variable"),
    ("frame", "sales", "`sales`", "sales", "variable"),
    ("series", "ages", "ages", "ages", "variable"),
    ("list", "xs", "xs", "xs", "variable"),
    ("list", "xs", "sales", "sales", "variable"),
    ("dict", "prices", "prices", "prices", "variable"),
]


@pytest.mark.parametrize(("kind", "example", "shown", "value", "source"), ONE)
def test_a_slot_takes_values_and_names_of_its_type(
    kind: Any, example: Any, shown: str, value: Any, source: str
) -> None:
    slot = Parameter("slot", kind, example=example)
    for wording, lang in (("Compute it for {slot} now", "en"), ("Посчитай это для {slot} сейчас", "ru")):
        binding = bound(wording, (slot,), wording.replace("{slot}", shown), lang=lang)["slot"]
        assert (binding.value, binding.source, binding.shown) == (value, source, shown)


NOT: list[tuple[str, Any, str, str]] = [
    ("int", 3, "2.5", "'2.5' is no whole number for slot"),
    ("int", 5, "third", "'third' is no whole number for slot"),
    ("int", 3, "rate_2", "is no whole number for slot"),
    ("int", 3, "sales", "'sales' is no whole number for slot"),
    ("float", 0.5, "many", "'many' is no number for slot"),
    ("date", None, "03/04/2024", "'03' is no date for slot"),
    ("date", None, "March 2024", "'March' is no date for slot"),
    ("bool", None, "maybe", "'maybe' is no yes or no for slot"),
    ("str", "red", "not red", "blocked by 'not'"),
    ("str", "red", "5 red", "blocked by '5'"),
    ("str", "Riga", "riga", "blocked by 'riga'"),
    ("str", "Riga", "Not Riga", "blocked by 'Not'"),
    ("str", "red", "`k`", "blocked by '`k`'"),
    ("frame", "sales", "xs", "'xs' is no frame for slot"),
    ("frame", "sales", "Sales", "'Sales' is no frame for slot"),
    ("series", "ages", "sales", "'sales' is no series for slot"),
    ("dict", "prices", "xs", "'xs' is no dict for slot"),
    ("list", "xs", "prices", "'prices' is no list for slot"),
]


@pytest.mark.parametrize(("kind", "example", "shown", "why"), NOT)
def test_a_slot_refuses_what_is_of_another_type(kind: Any, example: Any, shown: str, why: str) -> None:
    assert why in reason(
        "Compute it for {slot} now", (Parameter("slot", kind, example=example),), f"Compute it for {shown} now"
    )


def test_a_plain_word_is_a_text_even_where_a_variable_is_called_so() -> None:
    slot, variables = Parameter("slot", "str", example="red"), {"north": Variable("north", "str")}
    assert bound("sales of {slot}", (slot,), "sales of north", variables)["slot"].source == "text"
    assert bound("sales of {slot}", (slot,), "sales of `north`", variables)["slot"].source == "variable"


def test_what_is_quoted_is_a_value_however_it_is_worded() -> None:
    slot = Parameter("slot", "str", example="Riga")
    for shown in ("The Last One, not more", "over 9 & out", "sales", "Riga"):
        assert bound("rows of {slot} here", (slot,), f'rows of "{shown}" here')["slot"].value == shown
        assert bound('rows of "{slot}" here', (slot,), f"rows of \u201c{shown}\u201d here")["slot"].value == shown
    assert reason("rows of {slot} here", (slot,), 'rows of "Riga" or "Oslo" here') == "blocked by 'or'"


# ---------------------------------------------------------------- columns


VALUE = Parameter("value", "column", domain={"dtype": "number"}, example="unit_price")
BY = Parameter("by", "column", example="region")
MEAN = "What is the mean {value} per {by} in {frame}?"


@pytest.mark.parametrize(
    ("question", "value", "by"),
    [
        ("What is the mean unit_price per region in sales?", "unit_price", "region"),
        ("what is the mean Unit Price per Regions in `sales`", "unit_price", "region"),
        ("What is the mean `units` per `sold on` in sales?", "units", "sold on"),
    ],
)
def test_column_slots_take_columns_of_the_frame_however_spelled(question: str, value: str, by: str) -> None:
    found = bound(MEAN, (FRAME, VALUE, BY), question)
    assert {n: b.value for n, b in found.items()} == {"value": value, "by": by, "frame": "sales"}


def test_a_column_is_looked_for_in_the_bound_frame_only() -> None:
    parameters = (FRAME, VALUE, BY)
    assert bound(MEAN, parameters, "What is the mean revenue per region in q3?", BOTH)["value"].value == "revenue"
    missing = reason(MEAN, parameters, "What is the mean revenue per region in sales?", BOTH)
    assert missing == "no column like 'revenue' in sales"
    assert (
        reason(MEAN, parameters, "What is the mean weight per region in sales?") == "no column like 'weight' in sales"
    )


def test_a_column_of_the_wrong_dtype_does_not_fit() -> None:
    why = reason(MEAN, (FRAME, VALUE, BY), "What is the mean region per region in sales?")
    assert why == "column 'region' of sales is str, not number"
    day = Parameter("value", "column", domain={"dtype": "date"}, example="sold on")
    assert bound(MEAN, (FRAME, day, BY), "What is the mean sold on per region in sales?")["value"].value == "sold on"


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        ("units", ["units"]),
        ("units and region", ["units", "region"]),
        ("units, `unit_price` and region", ["units", "unit_price", "region"]),
        ("units, region, unit price", ["units", "region", "unit_price"]),
    ],
)
def test_columns_slots_take_lists_of_columns(shown: str, names: list[str]) -> None:
    slot = Parameter("cols", "columns", example=["region"])
    assert bound("describe {cols} of {frame}", (FRAME, slot), f"describe {shown} of sales")["cols"].value == names


def test_a_list_with_a_word_that_is_no_column_does_not_fit() -> None:
    slot = Parameter("cols", "columns", example=["region"])
    assert reason("describe {cols} of {frame}", (FRAME, slot), "describe units and tax of sales") == "blocked by 'and'"


def test_letters_of_the_wording_around_a_slot() -> None:
    assert bound("mean {value} for all {by}s of {frame}", (FRAME, VALUE, BY), "mean units for all regions of sales")
    unit = Parameter("unit", "choice", domain={"values": ["minute", "hour"]}, example="hour")
    assert bound("time in {unit}s", (unit,), "time in minutes")["unit"].value == "minute"
    assert reason("time in {unit}s", (unit,), "time in days") == "'days' is no choice for unit"


# ---------------------------------------------------------------- choices and domains


def test_choices_are_taken_in_their_own_spelling() -> None:
    how = Parameter("how", "choice", domain={"values": ["left_outer", "inner", 5, ">="]}, example="inner")
    for shown, value in {
        "inner": "inner",
        "Left outer": "left_outer",
        "left-outer": "left_outer",
        "5": 5,
        ">=": ">=",
    }.items():
        assert bound("join them {how} please", (how,), f"join them {shown}")["how"].value == value
    assert reason("join them {how} now", (how,), "join them inner outer now") == "blocked by 'outer'"


@pytest.mark.parametrize(
    ("kind", "shown", "why"),
    [
        ("int", "0", "k = 0 is below 1"),
        ("int", "eleven", "k = eleven is above 10"),
        ("float", "10.5", "k = 10.5 is above 10"),
    ],
)
def test_values_outside_of_the_domain_are_a_reason(kind: Any, shown: str, why: str) -> None:
    k = Parameter("k", kind, domain={"min": 1, "max": 10}, example=3)
    assert reason("the {k} largest", (k,), f"the {shown} largest") == why
    assert bound("the {k} largest", (k,), "the 10 largest")["k"].value == 10


def test_a_value_of_a_column_may_look_like_anything() -> None:
    town = Parameter("town", "str", domain={"column": "town"}, example="Riga")
    for shown in ("oslo", "Over 9 not (east)", "5-1-3", "St. John's, NL", "7th (heats)", "Route 66"):
        assert (
            bound("rows where town is {town} here", (town,), f"rows where town is {shown} here")["town"].value == shown
        )


# ---------------------------------------------------------------- inputs nobody names


ROWS = Template("How many rows are there?")


def test_an_unnamed_input_is_the_only_variable_of_its_kind() -> None:
    for parameter, name in ((FRAME, "sales"), (Parameter("d", "dict"), "prices"), (Parameter("s", "series"), "ages")):
        binding = bound(ROWS.text, (parameter,), ROWS.text)[parameter.name]
        assert (binding.value, binding.source) == (name, "implied")


def test_two_or_no_variables_that_fit_are_a_question_back() -> None:
    assert reason(ROWS.text, (FRAME,), ROWS.text, BOTH) == "which frame: sales or q3? name it in the question"
    assert reason(ROWS.text, (FRAME,), ROWS.text, {}) == "no frame here for frame"
    several = reason(ROWS.text, (Parameter("rows", "list", example="sales"),), ROWS.text)
    assert several == "which list: sales or xs or ages? name it in the question"


def test_a_named_input_goes_before_others() -> None:
    found = bound(
        "How many rows are in {frame} and xs?", (FRAME, Parameter("l", "list")), "How many rows are in q3 and xs?", BOTH
    )
    assert {n: b.value for n, b in found.items()} == {"frame": "q3", "l": "xs"}


def test_a_name_that_the_wording_holds_is_not_replaced_by_another_frame() -> None:
    wording = "How many rows has sales?"
    assert bound(wording, (FRAME,), wording)["frame"].value == "sales"
    assert reason(wording, (FRAME,), wording, {"q3": Q3}) == "no frame here for frame"
