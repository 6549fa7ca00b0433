"""Typed values as people write them, in English and Russian; what is not plainly one value is none."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.question.dates import date_of, dates_in
from seglam_magics.question.kinds import kind_of
from seglam_magics.question.language import lexicon, stem
from seglam_magics.question.numerals import number_of, ordinal_of

NUMBERS = {
    "7": 7,
    "1,234": 1234,
    "1,234,567.5": Fraction("1234567.5"),
    "10 000": 10_000,
    "-3": -3,
    "+3": 3,
    ".5": Fraction(1, 2),
    "2.75": Fraction("2.75"),
    "1/3": Fraction(1, 3),
    "2 1/2": Fraction(5, 2),
    "seven": 7,
    "twenty-five": 25,
    "Twenty five": 25,
    "one hundred and twenty three": 123,
    "two hundred thousand": 200_000,
    "three million five hundred": 3_000_500,
    "2.5 million": 2_500_000,
    "a hundred": 100,
    "a dozen": 12,
    "three dozen": 36,
    "half a dozen": 6,
    "half": Fraction(1, 2),
    "a third": Fraction(1, 3),
    "one-third": Fraction(1, 3),
    "three quarters": Fraction(3, 4),
    "two and a half": Fraction(5, 2),
    "twice": 2,
    "thrice": 3,
    "four times": 4,
    "1.5 times": Fraction(3, 2),
    "quadruplets": 4,
    "семь": 7,
    "двадцать пять": 25,
    "сто двадцать три": 123,
    "две тысячи пятьсот": 2500,
    "три раза": 3,
    "вдвое": 2,
    "половина": Fraction(1, 2),
    "две трети": Fraction(2, 3),
    "дюжина": 12,
    "2,5 миллиона": None,
}
NONE = [
    *("", "a", "and", "third", "hundred", "two three", "twenty fifteen", "nineteen eighty four", "two third", "1/0"),
    *("1,23", "12,34,567", "1.2.3", "5-10", "six-sided", "twenty-", "one one", "zero five", "many", "¼x", "один два"),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_numbers_in_digits_and_words(text: str, value: Fraction | None) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize("text", NONE)
def test_what_is_not_plainly_one_number_is_none(text: str) -> None:
    assert number_of(text) is None


def test_the_decimal_comma_belongs_to_languages_that_write_it() -> None:
    assert number_of("3,5", comma=True) == Fraction(7, 2)
    assert number_of("1 000,25", comma=True) == Fraction("1000.25")
    assert number_of("2,5 миллиона", comma=True) == 2_500_000
    assert number_of("3,5") is None
    # a thousand to one reader, one and a bit to another
    assert number_of("1,234", comma=True) is None
    assert number_of("1,234,567", comma=True) == 1_234_567


@given(st.integers(0, 999_999_999))
def test_every_whole_number_reads_back_with_and_without_separators(value: int) -> None:
    assert number_of(str(value)) == number_of(f"{value:,}") == number_of(f"{value:,}".replace(",", " ")) == value


@given(st.integers(1, 999_999))
def test_every_number_in_english_words_reads_back(value: int) -> None:
    assert number_of(in_words(value)) == value


def in_words(value: int) -> str:
    words = {v: w for w, v in lexicon().numbers["cardinals"].items() if w.isascii() and w != "nought"}
    if value >= 1000:
        rest = value % 1000
        return f"{in_words(value // 1000)} thousand" + (f" {in_words(rest)}" if rest else "")
    if value >= 100:
        rest = value % 100
        return f"{words[value // 100]} hundred" + (f" and {in_words(rest)}" if rest else "")
    if value in words:
        return words[value]
    return f"{words[value - value % 10]}-{words[value % 10]}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("third", 3),
        ("3rd", 3),
        ("21st", 21),
        ("twenty-first", 21),
        ("третий", 3),
        ("5-го", 5),
        ("three", None),
        ("3", None),
    ],
)
def test_ordinals(text: str, value: int | None) -> None:
    assert ordinal_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-03",
        "03.03.2024",
        "3.3.2024",
        "3/3/2024",
        "3 March 2024",
        "3rd of March, 2024",
        "March 3, 2024",
        "Mar 3 2024",
        "3 марта 2024",
        "3 марта 2024 года",
        "3-го марта 2024 г.",
    ],
)
def test_dates_in_their_usual_spellings(text: str) -> None:
    assert date_of(text) == dt.date(2024, 3, 3)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2024",
        "March 2024",
        "2024",
        "2024-13-01",
        "2024-02-30",
        "v2024-01-01",
        "2024-01-01T10:00",
        "1.2.2024.5",
        "март 2024",
        "5 Foo 2024",
        "2024-1-1",
    ],
)
def test_what_two_people_read_differently_is_no_date(text: str) -> None:
    assert date_of(text) is None


def test_slashes_are_read_where_only_one_order_is_a_date() -> None:
    assert date_of("12/31/2023") == date_of("31/12/2023") == dt.date(2023, 12, 31)


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_every_iso_date_is_found_in_a_sentence(day: dt.date) -> None:
    text = f"after {day.isoformat()} and before"
    assert [(text[a:b], found) for a, b, found in dates_in(text)] == [(day.isoformat(), day)]


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        *(
            ("EECS", "code"),
            ("A380", "code"),
            ("Q3", "code"),
            ("499", "number"),
            ("half", "number"),
            ("fourth", "ordinal"),
        ),
        *(("3rd", "ordinal"), ("Friday", "weekday"), ("пятницу", "weekday"), ("May", "month"), ("мая", "month")),
        *(
            ("Fall", "season"),
            ("весной", "season"),
            ("Dr.", "title"),
            ("A+", "mark"),
            ("€", "sign"),
            ("4:30 PM", "time"),
        ),
        *(("Madison", "name"), ("Oak Ridge", "name"), ("Bank of America", "name"), ("Иван", "name"), ("иван", "text")),
        *(("part-time", "text"), ("her taxes", "text"), ("3 March 2024", "date"), ("東京", "text"), ("mL", "text")),
    ],
)
def test_kinds_of_words(shown: str, kind: str) -> None:
    assert kind_of(shown) == kind


@pytest.mark.parametrize(
    ("one", "many"),
    [("region", "regions"), ("country", "countries"), ("box", "boxes"), ("регион", "регионам"), ("город", "городах")],
)
def test_one_and_many_have_the_same_stem(one: str, many: str) -> None:
    assert stem(one) == stem(many)


@pytest.mark.parametrize("word", ["class", "status", "analysis", "bus"])
def test_words_that_only_end_like_a_plural_stay(word: str) -> None:
    assert stem(word) == word
