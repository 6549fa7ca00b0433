"""Wordings of short stories with numbers: what fills the slots, and what must not."""

from __future__ import annotations

from typing import Any

import pytest

from seglam_magics.question import Mismatch, compile_template, compile_templates, read, render, unify
from seglam_magics.words import Parameter, Template

Values = dict[str, Any]


def slots(**given: Any) -> tuple[Parameter, ...]:
    """Parameters from examples: int, float and str by the example, (type, example) where that is not enough."""
    parameters = []
    for name, example in given.items():
        kind, value = example if isinstance(example, tuple) else (type(example).__name__, example)
        parameters.append(Parameter(name, kind, example=value))
    return tuple(parameters)


def answer(wording: str, parameters: tuple[Parameter, ...], question: str, lang: str = "en") -> Values | Mismatch:
    found = unify(compile_template(Template(wording, lang), parameters), read(question, {}))
    return found if isinstance(found, Mismatch) else {name: b.value for name, b in found.items()}


FITS: list[tuple[str, tuple[Parameter, ...], str, Values]] = [
    (
        "{name} is {n} years old. In {k} years she will be {m} as old as {other}. How old is {other}?",
        slots(name="Ann", n=9, k=7, m=("int", 2), other="Bob"),
        "Mary-Jane is thirty-one years old. In 12 years she will be four times as old as Dr. Lee. How old is Dr. Lee?",
        {"name": "Mary-Jane", "n": 31, "k": 12, "m": 4, "other": "Dr. Lee"},
    ),
    (
        "A {n}-year-old walks a {d}-minute trail.",
        slots(n=9, d=20),
        "A ten-year-old walks a 45-minute trail.",
        {"n": 10, "d": 45},
    ),
    (
        "{name} rolls a {n}-sided die {k} times.",
        slots(name="Jerry", n=6, k=2),
        "Tom rolls a twelve-sided die 3 times.",
        {"name": "Tom", "n": 12, "k": 3},
    ),
    (
        "How long does a candle burn from {a}:00 PM to {b}:30 PM?",
        slots(a=1, b=5),
        "How long does a candle burn from 2:00 PM to 11:30 PM?",
        {"a": 2, "b": 11},
    ),
    (
        "The ferry leaves at {time} and costs {cur}{price} each.",
        slots(time="4:30 PM", cur="$", price=1.5),
        "The ferry leaves at 11:05 am and costs € 1,234.50 each.",
        {"time": "11:05 am", "cur": "€", "price": 1234.5},
    ),
    (
        "Their ages are in the ratio of {a}:{b} and the total is {total}.",
        slots(a=7, b=11, total=162),
        "Their ages are in the ratio of 3:5 and the total is 64.",
        {"a": 3, "b": 5, "total": 64},
    ),
    (
        "{a}, {b}, and {c} share a bill of ${x}.",
        slots(a="Rich", b="Jerry", c="Don", x=60),
        "Ann, Mary Lou and Bob share a bill of $.50.".replace("$.50", "$75"),
        {"a": "Ann", "b": "Mary Lou", "c": "Bob", "x": 75},
    ),
    (
        "{p}% of the {n} {item}s are {color}, {frac} of them are old.",
        slots(p=20, n=30, item="ball", color="red", frac=1 / 3),
        "12.5% of the 400 tennis rackets are dark blue, two-thirds of them are old.".replace("12.5", "12"),
        {"p": 12, "n": 400, "item": "tennis racket", "color": "dark blue", "frac": 2 / 3},
    ),
    (
        "There are {n} {grade}-graders at {school} School on {day}.",
        slots(n=100, grade="fourth", school="Oak Ridge", day="Monday"),
        "There are 1,024 3rd-graders at Pine Valley School on Friday.",
        {"n": 1024, "grade": "3rd", "school": "Pine Valley", "day": "Friday"},
    ),
    (
        "{name}'s {pet} eats {n} cups of {food}.",
        slots(name="Ann", pet="cat", n=2, food="rice"),
        "Chris's guinea pig eats a dozen cups of oats.",
        {"name": "Chris", "pet": "guinea pig", "n": 12, "food": "oats"},
    ),
    (
        "{title} {name} earns {n} in {month}.",
        slots(title="Prof.", name="Rodriguez", n=10, month="November"),
        "Mr. Brown earns 2.5 million in May.",
        {"title": "Mr.", "name": "Brown", "n": 2_500_000, "month": "May"},
    ),
    (
        "{n} out of {total} pieces are at {speed}mph.",
        slots(n=3, total=4, speed=30),
        "a hundred out of 1 000 pieces are at 55mph.",
        {"n": 100, "total": 1000, "speed": 55},
    ),
    (
        "A {container} has an apple and {n} pears.",
        slots(container="box", n=3),
        "An old box has an apple and 5 pears.",
        {"container": "old box", "n": 5},
    ),
    (
        "У {name} было {n} яблок, {part} он отдал. Сколько осталось?",
        slots(name="Иван", n=10, part=0.5),
        "У Марии Ивановны было двадцать пять яблок, две трети он отдал. Сколько осталось?",
        {"name": "Марии Ивановны", "n": 25, "part": 2 / 3},
    ),
]


@pytest.mark.parametrize(("wording", "parameters", "question", "values"), FITS)
def test_slots_take_what_people_write(
    wording: str, parameters: tuple[Parameter, ...], question: str, values: Values
) -> None:
    assert answer(wording, parameters, question) == pytest.approx(values)


@pytest.mark.parametrize(("wording", "parameters", "question", "values"), FITS)
def test_what_a_slot_showed_gives_the_question_back(
    wording: str, parameters: tuple[Parameter, ...], question: str, values: Values
) -> None:
    compiled = compile_template(Template(wording), parameters)
    found = unify(compiled, read(question, {}))
    assert not isinstance(found, Mismatch)
    again = unify(compiled, read(render(wording, {name: b.shown for name, b in found.items()}), {}))
    assert again == found


TRAIL = slots(name="Ann", n=20, item="apple", place="park")
MISSES = [
    # a number is taken whole, or not at all
    ("{n} trees are in the {place}", slots(n=20, place="park"), "1.5 trees are in the park", "1.5"),
    ("{n} trees are here today", slots(n=20), "4:30 trees are here today", ":"),
    ("{n} trees are here today", slots(n=20), "3.4.2024 trees are here today", "3.4"),
    ("{n} trees are here today", slots(n=20), "Q3 trees are here today", "Q3"),
    ("{n} trees are here today", slots(n=20), "3rd trees are here today", "3rd"),
    ("twenty {n} trees are here", slots(n=20), "twenty five trees are here", "five"),
    ("it takes {n} minutes to walk", slots(n=20), "it takes five to ten minutes to walk", "to"),
    ("the price is {n} dollars", slots(n=20), "the price is $20 dollars", "$"),
    ("a {n}-minute walk", slots(n=20), "a 20 minute walk", "minute"),
    # a text slot takes no condition along
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann keeps 5 apples in the park. He eats two.", "He"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann, who is 9, keeps 5 apples in the park.", "who"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann keeps 5 apples without stems in the park.", "without"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann keeps 5 apples in the park except Monday.", "except"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann keeps 5 apples in every park.", "every"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann keeps 5 two red apples in the park.", "two"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "not Ann keeps 5 apples in the park.", "not"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Tom's brother keeps 5 apples in the park.", "s"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "ann keeps 5 apples in the park.", "ann"),
    ("{name} keeps {n} {item}s in the {place}.", TRAIL, "Ann keeps 5 boxes in the park.", "boxes"),
    # kinds that can be told are told
    ("what is due on {day}", slots(day="Monday"), "what is due on May", "May"),
    ("classes of {dept} this term", slots(dept="EECS"), "classes of history this term", "history"),
    ("grades better than {mark} here", slots(mark="B+"), "grades better than Friday here", "Friday"),
    ("course {number} of the term", slots(number="499"), "course five hundred fun of the term", "hundred"),
    ("a ticket for {cur}{n} a head", slots(cur="$", n=3), "a ticket for %3 a head", "%"),
]


@pytest.mark.parametrize(("wording", "parameters", "question", "token"), MISSES)
def test_what_does_not_fit_is_a_mismatch(
    wording: str, parameters: tuple[Parameter, ...], question: str, token: str
) -> None:
    found = answer(wording, parameters, question)
    assert isinstance(found, Mismatch)
    assert found.token == token
    assert repr(token) in found.reason


def test_a_mismatch_names_the_first_token_that_is_not_accounted_for() -> None:
    wording, parameters = "What is the mean of {n} {item}s in the {place}?", slots(n=3, item="apple", place="park")
    blocked = {
        "What is the median of 3 apples in the park?": ("median", "blocked by 'median'"),
        "What is the mean of many apples in the park?": ("many", "'many' is no whole number for n"),
        "What is the mean of 3 apples in the park on Monday?": ("on", "blocked by 'on'"),
        "What is the mean of 3 apples": ("", "the question ends before 'in'"),
        "What is the mean of": ("", "the question ends before a value for n"),
    }
    for question, expected in blocked.items():
        found = answer(wording, parameters, question)
        assert isinstance(found, Mismatch)
        assert (found.token, found.reason) == expected


def test_slots_that_come_again_must_agree() -> None:
    wording, parameters = "{a} gives {n} to {b}. How much has {a} given to {b}?", slots(a="Ann", n=3, b="Bob")
    good = answer(wording, parameters, "Tom gives 5 to Lea. How much has Tom given to Lea?")
    assert good == {"a": "Tom", "n": 5, "b": "Lea"}
    assert isinstance(answer(wording, parameters, "Tom gives 5 to Lea. How much has Lea given to Tom?"), Mismatch)


def test_a_number_that_comes_again_may_be_said_otherwise() -> None:
    wording = "{n} more, and then {n} less"
    assert answer(wording, slots(n=3), "20 more, and then twenty less") == {"n": 20}
    assert isinstance(answer(wording, slots(n=3), "20 more, and then 21 less"), Mismatch)


def test_a_wording_that_can_be_read_in_two_ways_is_no_match() -> None:
    parameters = slots(a="fish", b="soup")
    assert answer("{a} and then {b} and then rest", parameters, "x and then y and then rest") == {"a": "x", "b": "y"}
    two = answer("order {a} of {b} now", parameters, "order bag of tea of rice now")
    assert isinstance(two, Mismatch)
    assert "two ways" in two.reason


def test_neighbours_are_told_apart_by_their_kinds_or_refused() -> None:
    parameters = slots(kin="sister", name="Ann")
    said = answer("his {kin} {name} sleeps", parameters, "his dear cousin Mary Lou sleeps")
    assert said == {"kin": "dear cousin", "name": "Mary Lou"}
    with pytest.raises(ValueError, match=r"nothing tells \{a\} from \{b\}"):
        compile_template(Template("find {a} {b} here"), slots(a="dark red", b="ball"))
    compile_template(Template("find {a} {b} here, only the {b}"), slots(a="dark red", b="ball"))


def test_neighbours_of_one_word_each_are_two_words_and_no_more() -> None:
    wording, parameters = "find the {a} {b} here", slots(a="red", b="ball")
    assert answer(wording, parameters, "find the blue cube here") == {"a": "blue", "b": "cube"}
    for question in ("find the dark blue cube here", "find the blue here", "find the cube"):
        assert isinstance(answer(wording, parameters, question), Mismatch)


PAYLOAD = slots(text="one two three four five six seven")


def test_a_long_last_slot_takes_all_the_rest_as_it_stands() -> None:
    wording = "Close the open brackets of this row please. Input: {text}"
    found = answer(wording, PAYLOAD, "Close the open brackets of this row. Input: ( [ not 5? { 'it's' }.")
    assert found == {"text": "( [ not 5? { 'it's' }."}
    asked = answer("What do critics mean by {text}?", PAYLOAD, "What do critics mean by all of this, if not that?")
    assert asked == {"text": "all of this, if not that"}


def test_a_wording_that_says_little_takes_only_what_is_worded_like_its_example() -> None:
    parameters = slots(text="Ann lies. Bob says Ann tells the truth. Does Bob tell the truth?")
    assert answer("Question: {text}", parameters, "Question: Eve lies. Al says Eve lies. Does Al tell the truth?") == {
        "text": "Eve lies. Al says Eve lies. Does Al tell the truth?"
    }
    assert isinstance(
        answer("Question: {text}", parameters, "Question: How many apples are left in the box?"), Mismatch
    )


def test_places_and_counts_are_not_mixed_up() -> None:
    parameters = slots(k=3)
    wording = (Template("Show the {k} largest"),)

    def value(compiled_for: str, question: str) -> Any:
        (compiled,), _ = compile_templates(wording, parameters, question=compiled_for)
        found = unify(compiled, read(question, {}))
        return None if isinstance(found, Mismatch) else found["k"].value

    assert value("Show the 3 largest", "Show the five largest") == 5
    assert value("Show the 3 largest", "Show the third largest") is None
    assert value("Show the third largest", "Show the 5th largest") == 5
    assert value("Show the third largest", "Show the 3 largest") is None


def test_words_of_courtesy_and_ignorable_ones_may_come_and_go() -> None:
    k = slots(k=3)
    assert answer("Please show the {k} largest", k, "show the 5 largest, please!") == {"k": 5}
    compiled = compile_template(Template("show the {k} largest"), k, ignorable=["quickly", "not", "only", "two"])
    assert compiled.ignorable == {"quickly"}
    assert not isinstance(unify(compiled, read("quickly show the 5 largest", {})), Mismatch)
    assert isinstance(unify(compiled, read("not show the 5 largest", {})), Mismatch)


def test_doubled_braces_stand_for_themselves() -> None:
    assert render("a {{x}} of {k}", {"k": "3"}) == "a {x} of 3"
    assert answer("the format a {{x}} of {k}", slots(k=3), "the format a {x} of 4") == {"k": 4}
    assert isinstance(answer("the format a {{x}} of {k}", slots(k=3), "the format a x of 4"), Mismatch)


@pytest.mark.parametrize(
    ("wording", "parameters", "sentence"),
    [
        ("{k}", slots(k=3), "no word of its own"),
        ("what is the {k} of a {k}", slots(k=3), "no word of its own"),
        ("largest {j}", slots(k=3), "{j} is no parameter"),
        ("largest {k", slots(k=3), "brace"),
        ("largest k}", slots(k=3), "brace"),
        ("the largest", slots(k=3), "leaves out k"),
        ("largest {a}{b}", slots(a=3, b=4), "nothing tells"),
        ("largest \x00 {k}", slots(k=3), "control character"),
        ("", (), "empty"),
        (
            "largest " + " and ".join(f"{{a{n}}}" for n in range(41)),
            slots(**{f"a{n}": n for n in range(41)}),
            "limit is 40",
        ),
    ],
)
def test_wordings_that_cannot_be_used_are_refused_with_a_sentence(
    wording: str, parameters: tuple[Parameter, ...], sentence: str
) -> None:
    with pytest.raises(ValueError) as caught:
        compile_template(Template(wording), parameters)
    assert sentence in str(caught.value)


def test_a_parameter_no_wording_mentions_keeps_its_example() -> None:
    parameters = slots(k=3, step=0.5)
    usable, refused = compile_templates([Template("the {k} largest"), Template("largest")], parameters)
    assert list(refused.values()) == ["the wording leaves out k"]
    found = unify(usable[0], read("the 5 largest", {}))
    assert not isinstance(found, Mismatch)
    assert (found["step"].value, found["step"].source) == (0.5, "given")
