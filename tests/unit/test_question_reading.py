"""What the names in a question refer to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.question import back_ticked, check_names, mentioned, read
from seglam_magics.words import Column, Variable

SALES = Variable(
    "sales",
    "frame",
    columns=tuple(
        Column(n, t)
        for n, t in [("region", "str"), ("unit_price", "float"), ("Units", "int"), ("tie no", "int"), ("a", "int")]
    ),
)
HERE = {"sales": SALES, "k": Variable("k", "int"), "q3": Variable("q3", "frame", columns=(Column("region", "str"),))}


def found(text: str, variables: dict[str, Variable] | None = None) -> list[tuple[str, str, str | None]]:
    return [
        (r.text, r.variable, r.column) for r in read(text, variables or {"sales": SALES, "k": HERE["k"]}).references
    ]


@pytest.mark.parametrize(
    ("words", "column"),
    [
        *(
            ("unit_price", "unit_price"),
            ("Unit Price", "unit_price"),
            ("unit prices", "unit_price"),
            ("unit-price", "unit_price"),
        ),
        *(
            ("`unit_price`", "unit_price"),
            ("regions", "region"),
            ("REGION", "region"),
            ("tie no", "tie no"),
            ("tie_no", "tie no"),
        ),
        *(("unit", "Units"), ("`a`", "a")),
    ],
)
def test_columns_are_found_by_name_whatever_case_underscore_or_plural(words: str, column: str) -> None:
    assert found(f"What is the mean {words}?") == [(words, "sales", column)]


@pytest.mark.parametrize("text", ["mean prices", "a list", "unitprice", "regional", "unit_price_2", "x.region2"])
def test_parts_of_names_and_articles_are_no_columns(text: str) -> None:
    assert [r for r in found(text) if r[2] != "Units"] == []


def test_a_column_called_like_an_article_is_meant_where_nothing_follows_it() -> None:
    assert found("the sum of a per region") == [("a", "sales", "a"), ("region", "sales", "region")]
    assert found("a sum per region") == [("region", "sales", "region")]


def test_the_same_column_of_two_frames_is_two_references() -> None:
    assert found("mean region", HERE) == [("region", "sales", "region"), ("region", "q3", "region")]


def test_variables_are_found_in_back_ticks_and_as_bare_identifiers() -> None:
    assert found("top k of `sales`") == [("k", "k", None), ("`sales`", "sales", None)]
    assert found("Sales and kk and sales2") == []


def test_a_spelling_that_two_columns_share_names_neither() -> None:
    frame = Variable("f", "frame", columns=(Column("pick", "int"), Column("Pick_#", "int")))
    assert found("mean pick", {"f": frame}) == []
    assert found("mean `Pick_#`", {"f": frame}) == [("`Pick_#`", "f", "Pick_#")]


def test_the_longest_column_name_wins() -> None:
    frame = Variable("f", "frame", columns=(Column("tax", "int"), Column("sales tax", "int")))
    assert found("mean sales tax", {"f": frame}) == [("sales tax", "f", "sales tax")]


def test_russian_column_names_are_found_in_other_cases() -> None:
    frame = Variable("f", "frame", columns=(Column("регион", "str"), Column("сумма продаж", "float")))
    assert [r[2] for r in found("суммы продаж по регионам", {"f": frame})] == ["сумма продаж", "регион"]


def test_names_of_the_namespace_that_a_text_mentions() -> None:
    space = {"sales": 1, "q3": 2, "a": 3, "np": 4, "total": 5, "the": 6}
    assert mentioned("What is a mean of `q3` and sales, in the sales?", space) == ("q3", "sales")
    assert mentioned("sum of a", space) == ("a",)
    assert mentioned("nothing here", space) == ()
    assert back_ticked("mean of `x` in `my frame` and `x`") == ("x", "my frame")


@pytest.mark.parametrize(
    ("text", "code", "meant"),
    [
        ("mean of `unit_prise` in `sales`", "E-COLUMN-UNKNOWN", "unit_price"),
        ("mean of region in `sale`", "E-NAME-UNKNOWN", "sales"),
        ("mean of `zzzzzz`", "E-COLUMN-UNKNOWN", "region"),
    ],
)
def test_an_unknown_name_in_back_ticks_is_refused_with_the_closest(text: str, code: str, meant: str) -> None:
    variables = {"sales": SALES}
    with pytest.raises(SeglamError) as caught:
        check_names(read(text, variables))
    assert caught.value.code == code
    assert meant in caught.value.hint


def test_names_are_checked_without_any_variable() -> None:
    with pytest.raises(SeglamError) as caught:
        check_names(read("mean of `x`", {}))
    assert caught.value.code == "E-NAME-UNKNOWN"
    check_names(read("mean of x", {}))


@given(st.text(alphabet="ab`_ .'-1", min_size=1, max_size=60))
def test_references_are_what_the_text_says_at_their_place(text: str) -> None:
    if not text.strip():
        return
    frame = Variable("a", "frame", columns=(Column("b", "int"), Column("a_b", "int"), Column("b 1", "int")))
    reading = read(text, {"a": frame, "ab": Variable("ab", "int")})
    assert all(reading.text[r.start : r.end] == r.text for r in reading.references)
    assert all(r.column is None or frame.column(r.column) for r in reading.references)


def test_code_in_back_ticks_is_no_name() -> None:
    check_names(read("use `mean()` or `x > 3` of sales", {"sales": SALES}))
