"""What a question means against a frame, and without data: one parametrised case for each thing that can be said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.question import Form, Grounded, cell_key, content, ground, read
from seglam_magics.words import Column, Variable

RACES = Variable(
    "races",
    "frame",
    columns=(
        Column("driver", "str"),
        Column("team", "str"),
        Column("grid", "int"),
        Column("laps", "int"),
        Column("year", "int"),
        Column("time/retired", "str"),
        Column("race_day", "date"),
        Column("u.s._viewers_(millions)", "float"),
    ),
)
CELLS = {
    "driver": ("Alex Wurz", "Mark Skaife", "Oslo"),
    "team": ("Jaguar R3", "Oslo", "Porto"),
    "time/retired": ("+1 lap", "68-66=134"),
}


class Cells:
    """The cells of `races`."""

    def find(self, _variable: str, phrases: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
        """Cells whose key is among the phrases."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for column, cells in CELLS.items():
            for cell in cells:
                if cell_key(cell) in phrases:
                    found.setdefault(cell_key(cell), {})[column] = (cell,)
        return found

    def ranges(self, _variable: str) -> dict[str, tuple[float, float]]:
        """Years are years."""
        return {"grid": (1, 30), "laps": (0, 80), "year": (1980, 2020)}


def grounded(text: str) -> Grounded:
    return ground(read(text, {"races": RACES}), RACES, Cells())


def best(text: str) -> Form:
    found = grounded(text).best
    assert found is not None, grounded(text)
    return found


# ---------------------------------------------------------------- operators and what they apply to


@pytest.mark.parametrize(
    ("text", "operator", "target"),
    [
        ("What is the highest grid?", "max", "grid"),
        ("Which is the lowest number of laps?", "min", "laps"),
        ("average laps of Alex Wurz", "mean", "laps"),
        ("What is the median grid?", "median", "grid"),
        ("the sum of laps", "sum", "laps"),
        ("How many laps did Alex Wurz do?", "many", "laps"),
        ("the number of laps for Alex Wurz", "count", "laps"),
        ("the total number of laps for Alex Wurz", "total", "laps"),
        ("What is the overall lowest grid?", "min", "grid"),
        ("Name the driver with a grid of 5", "select", "driver"),
        ("Who had a grid of 5?", "select", "driver"),
    ],
)
def test_an_aggregate_applies_to_the_column_beside_it(text: str, operator: str, target: str) -> None:
    form = best(text)
    assert (form.operator, form.target) == (operator, target)


@pytest.mark.parametrize(
    ("said", "comparison"),
    [
        ("under 12", "<"),
        ("less than 12", "<"),
        ("< 12", "<"),
        ("above 12", ">"),
        ("larger than 12", ">"),
        ("> 12", ">"),
        (">= 12", ">="),
        ("at least 12", ">="),
        ("no less than 12", ">="),
        ("12 or more", ">="),
        ("at most 12", "<="),
        ("no more than 12", "<="),
        ("12 or less", "<="),
        ("of 12", "="),
    ],
)
def test_a_comparison_is_of_the_number_it_stands_at(said: str, comparison: str) -> None:
    form = best(f"average laps with a grid {said}")
    assert [(c.column, c.comparison, c.value) for c in form.conditions] == [("grid", comparison, 12)]
    assert form.operators == ()


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ("bill length", "bill_length_mm"),
        ("bill depth", "bill_depth_mm"),
        ("depth", "bill_depth_mm"),
        ("flipper length", "flipper_length_mm"),
        ("bill", None),
        ("length", None),
        ("length of the bill", None),
        ("flipper depth", None),
    ],
)
def test_a_part_of_a_name_is_enough_where_one_column_has_it(said: str, column: str | None) -> None:
    names = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm")
    birds = Variable("birds", "frame", columns=tuple(Column(name, "float") for name in names))
    found = ground(read(f"average {said}", {"birds": birds}), birds, Cells())
    assert {f.target for f in found.forms if not (f.rest or f.extra)} == ({column} if column else set())


@pytest.mark.parametrize(
    "text",
    [
        "Show the row of Alex Wurz with the highest laps",
        "Give me the records with the fewest laps for Porto",
        "Which Porto has the highest laps?",
        "Which team has the highest laps?",
        "the driver with the most laps",
        "Which driver from Porto has the highest laps?",
    ],
)
def test_whoever_has_an_extreme_is_not_the_extreme(text: str) -> None:
    assert "which" in best(text).operators


@pytest.mark.parametrize(
    "text",
    [
        "What is the highest laps of a driver?",
        "Which year is the highest with a grid of 5?",
        "Porto had what highest laps?",
        "a team of Porto had which lowest laps?",
    ],
)
def test_an_extreme_of_something_is_the_extreme(text: str) -> None:
    assert best(text).operators == ()


def test_the_highest_total_is_not_the_highest() -> None:
    assert best("the highest overall laps").operator == "max"
    total = best("the highest total laps")
    assert (total.operator, total.operators) == ("none", ("max sum",))


@pytest.mark.parametrize("word", ["from", "by", "through", "till"])
def test_a_year_that_may_end_a_period_is_not_just_that_year(word: str) -> None:
    assert best(f"average laps of Porto {word} 1999").operators == (word,)
    assert best("average laps of Porto in 1999").operators == ()
    without = content(read(f"Who ran BIO 101 {word} 1999?", {}))
    assert without.operators != content(read("Who ran BIO 101 in 1999?", {})).operators


def test_a_range_has_two_ends_whatever_its_words() -> None:
    for said in ("between 3 and 5", "from 3 to 5"):
        places = [(c.comparison, c.value) for c in best(f"average laps with a grid {said}").conditions]
        assert places == [("between>", 3), ("between<", 5)], said


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("average laps without a grid of 5", "not"),
        ("average laps, but not with a grid of 5", "not"),
        ("average of the distinct laps", "distinct"),
        ("the percentage of laps", "share"),
        ("average laps, sorted", "order"),
        ("average laps of all teams including Porto", "including"),
        ("average laps other than those with a grid of 5", "other"),
    ],
)
def test_what_changes_the_result_is_never_lost(text: str, operator: str) -> None:
    assert operator in best(text).operators


def test_contradicting_extremes_are_no_operator_and_keep_their_order() -> None:
    up, down = best("laps from the lowest to the highest"), best("laps from the highest to the lowest")
    assert up.operator == down.operator == "none"
    assert up.operators != down.operators


def test_grouping_and_limit() -> None:
    assert best("average laps per team").groups == ("team",)
    assert best("average laps for each team").groups == ("team",)
    assert best("the top 3 drivers by laps").limit == 3
    assert best("the 3 highest laps").limit == 3
    assert best("the highest laps with a grid of 3").limit is None


# ---------------------------------------------------------------- columns and values


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("the grids of Alex Wurz", "grid"),
        ("the `grid` of Alex Wurz", "grid"),
        ("the retired of Alex Wurz", "time/retired"),
        ("the time/retired for Alex Wurz", "time/retired"),
        ("the U.S. viewers of Alex Wurz", "u.s._viewers_(millions)"),
        ("the drivver with a grid of 5", "driver"),
    ],
)
def test_a_column_is_named_in_full_in_part_or_misspelled(text: str, column: str) -> None:
    assert best(text).target == column


def test_a_real_word_is_no_misspelled_column() -> None:
    county = Variable("t", "frame", columns=(Column("country", "str"), Column("n", "int")))
    found = ground(read("highest n in the county", {"t": county}), county, Cells()).forms
    assert all("country" not in form.columns for form in found)


def test_a_value_is_of_its_column_and_keeps_its_spelling() -> None:
    condition = best("average laps of alex wurz").conditions[0]
    assert (condition.column, condition.value, condition.shown) == ("driver", "Alex Wurz", "alex wurz")
    assert best("the driver with 68-66=134").conditions[0].value == "68-66=134"


def test_a_year_finds_the_column_of_years() -> None:
    assert best("highest laps in 1996").conditions[0].column == "year"


def test_a_date_finds_the_only_column_of_dates() -> None:
    condition = best("highest laps after 2 March 2001").conditions[0]
    assert (condition.column, condition.comparison, condition.value) == ("race_day", ">", dt.date(2001, 3, 2))


def test_values_that_may_change_places_are_no_one_reading() -> None:
    found = grounded("laps from Oslo to Porto")
    assert found.best is not None
    torn = Variable("t", "frame", columns=(Column("origin", "str"), Column("goal", "str"), Column("n", "int")))

    class Both:
        def find(self, _variable: str, phrases: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
            both = {"oslo": "Oslo", "porto": "Porto"}
            return {k: {"origin": (v,), "goal": (v,)} for k, v in both.items() if k in phrases}

        def ranges(self, _variable: str) -> dict[str, tuple[float, float]]:
            return {}

    doubtful = ground(read("highest n from Oslo to Porto", {"t": torn}), torn, Both())
    assert doubtful.doubtful
    assert doubtful.swapped
    assert doubtful.best is None


def test_a_number_no_column_takes_says_so() -> None:
    assert grounded("drivers of 7").reason == "no column for '7'"


# ---------------------------------------------------------------- words that are left


@pytest.mark.parametrize(
    "text",
    [
        "highest laps among women",
        "highest official laps",
        "highest laps of injured drivers with a grid of 3",
        "highest laps won by Alex Wurz",
        "In overtime, what are the highest laps?",
        "highest laps of Alex Wurz 🚫",
    ],
)
def test_a_word_that_may_be_a_condition_is_left_over_and_risky(text: str) -> None:
    assert best(text).risky


@pytest.mark.parametrize(
    "text",
    [
        "highest laps driven by Alex Wurz",
        "What are the highest laps of the race with a grid of 3?",
        "the highest laps for the driver with a grid of 3",
        "What laps did Alex Wurz have in 1996?",
    ],
)
def test_a_word_that_only_relates_or_says_what_a_row_is_is_not_risky(text: str) -> None:
    form = best(text)
    assert not form.risky & {*form.rest}
    assert not form.extra


# ---------------------------------------------------------------- without data


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Who will be teaching BIO 101 this Fall?", "In Winter, who teaches CHEM 202?"),
        ("Show me easy courses of BIO", "Which courses of BIO are easy?"),
        ("Can you tell me who teaches BIO 101?", "BIO 101 is taught by whom?"),
        ("How many numbers are below 5?", "the number of numbers smaller than 5"),
        ("What time does BIO 101 meet?", "When does BIO 101 meet?"),
        ("For my degree is BIO 101 needed?", "Is BIO 101 needed for my degree?"),
    ],
)
def test_other_words_of_the_same_question_have_the_same_form(one: str, other: str) -> None:
    assert content(read(one, {})) == content(read(other, {}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Which professors teach classes without labs?", "Which professors do not teach classes with labs?"),
        ("Which is easier, BIO 1 or BIO 2?", "Which is harder, BIO 1 or BIO 2?"),
        ("numbers above 5", "numbers below 5"),
        ("numbers above 5", "numbers not above 5"),
        ("courses before BIO 101", "courses after BIO 101"),
        ("Who teaches BIO 101?", "When does BIO 101 teach?"),
        ("Is there a lab for BIO 101?", "Which labs are there for BIO 101?"),
        ("How many more numbers are more than 6?", "How many numbers are more than 6?"),
        ("Does every class meet?", "Does any class meet?"),
    ],
)
def test_another_question_has_another_form(one: str, other: str) -> None:
    assert content(read(one, {})) != content(read(other, {}))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("classes of BIO 101 on Friday in March", ["code", "number", "weekday", "month"]),
        ('a grade of A+ in "Modern Art" by Prof. Mary Ann Smith', ["mark", "name", "name"]),
        ("twenty five miles in Spring-Summer", ["number", "season"]),
        ("the GSIs for STATS 520", ["name", "code", "number"]),
    ],
)
def test_literals_have_kinds(text: str, kinds: list[str]) -> None:
    assert [x.kind for x in content(read(text, {})).literals] == kinds


# ---------------------------------------------------------------- any text


TEXTS = st.text(st.sampled_from("abc 12.,?'\"-%#<>=№Жя🚫()\u0301"), min_size=1, max_size=60)
WORDS = st.lists(
    st.sampled_from(
        [
            *"highest lowest not except grid laps team Alex Wurz Oslo Porto 5 12".split(),
            *"between and or than more top per each who 1996 of".split(),
        ]
    ),
    min_size=1,
    max_size=14,
)


@given(st.one_of(TEXTS, WORDS.map(" ".join)))
def test_no_text_breaks_the_readers(text: str) -> None:
    try:
        reading = read(text, {"races": RACES})
    except SeglamError:
        return
    found = ground(reading, RACES, Cells())
    assert [f.cost for f in found.forms] == sorted(f.cost for f in found.forms)
    assert content(reading) == content(reading)


@given(WORDS)
def test_every_content_word_plays_a_part_or_is_left_over(words: list[str]) -> None:
    found = grounded(" ".join(words))
    spans = sorted((start, end) for start, end, _, _ in found.parts)
    covered = " ".join(words)
    assert all(any(s <= k < e for s, e in spans) for k, c in enumerate(covered) if c.isalnum())


@given(WORDS, st.integers(0, 14))
def test_a_negation_put_anywhere_changes_the_form(words: list[str], place: int) -> None:
    plain: Any = grounded(" ".join(words)).forms
    negated: Any = grounded(" ".join([*words[:place], "not", *words[place:]])).forms
    for one in plain[:1]:
        for other in negated[:1]:
            assert one.asked != other.asked


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("A train covers 240 km in 3 hours. How fast is it?", "how"),
        ("A train covers 240 km in 3 hours. Is it fast?", "yesno"),
        ("A train covers 240 km. Why so slow?", "why"),
    ],
)
def test_what_a_later_sentence_asks_for(text: str, asks: str) -> None:
    assert content(read(text, {})).asks == asks


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("List all courses without labs", "Which courses have no labs?"),
        ("What are all the courses without labs?", "What are the courses without labs?"),
        ("Which courses do not include labs?", "Which courses do not contain labs?"),
    ],
)
def test_what_is_asked_for_may_be_all_of_it(text: str, same: str) -> None:
    one, other = content(read(text, {})), content(read(same, {}))
    assert (one.words, one.operators) == (other.words, other.operators)
    without = content(read("Which courses are without all labs?", {}))
    assert without.operators != one.operators


@pytest.mark.parametrize(
    ("text", "same", "operator"),
    [
        ("What is the interest on 500 at 4 % a month?", "What is the interest on 500 at 4 %?", "each"),
        ("How much is 3 cups a day?", "How much is 3 cups in a day?", "each"),
        ("A meal costs $60. How much is it with a 15 % tip?", "A meal costs $60. How much is a 15 % tip?", "with"),
    ],
)
def test_a_rate_and_what_goes_along_are_operators(text: str, same: str, operator: str) -> None:
    assert operator in content(read(text, {})).operators
    assert operator not in content(read(same, {})).operators


def test_a_number_belongs_to_the_noun_before_it() -> None:
    found = content(read("What is the payment on a loan of 10000 at 5 % over 3 years?", {})).literals
    assert [x.noun for x in found][:2] == ["loan", ""]
