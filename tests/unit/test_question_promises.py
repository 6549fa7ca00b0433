"""Promises over whole spaces of input: what is rendered is read back, what is changed is never taken for the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.question import LIMIT, CompiledTemplate, Mismatch, View, compile_template, read, render, unify
from seglam_magics.question.language import lexicon
from seglam_magics.question.unify import MOST_STEPS, _Search
from seglam_magics.words import Column, Parameter, Template, Variable

SALES = Variable(
    "sales", "frame", columns=(Column("region", "str"), Column("unit_price", "float"), Column("units", "int"))
)
Q3 = Variable("q3", "frame", columns=(Column("region", "str"), Column("revenue", "float")))
HERE = {"sales": SALES, "q3": Q3}

NAMES = ["Ann", "Mary Lou", "O'Brien", "Dr. Who", "Jean-Luc", "Иван", "Bank of Riga"]
THINGS = ["apple", "green tea", "part-time job", "bag of rice", "яблоко", "R&B disc"]
NUMBERS = {
    "5": 5,
    "1,024": 1024,
    "twenty-one": 21,
    "a dozen": 12,
    "2 million": 2_000_000,
    "двадцать пять": 25,
    "-3": -3,
}
PARTS = {"0.25": 0.25, "1/3": 1 / 3, "two thirds": 2 / 3, "half": 0.5, "2 1/2": 2.5, "три четверти": 0.75}
DAYS = ["2024-02-29", "3 March 2024", "31.12.2023", "3 марта 2024"]

PARAMETERS = (
    Parameter("name", "str", example="Tom"),
    Parameter("thing", "text", example="pear"),
    Parameter("n", "int", example=3),
    Parameter("part", "float", example=0.5),
    Parameter("day", "date"),
    Parameter("value", "column", domain={"dtype": "number"}, example="units"),
    Parameter("frame", "frame", example="sales"),
    Parameter("how", "choice", domain={"values": ["left", "full_outer"]}, example="left"),
)
SHOWN: Mapping[str, st.SearchStrategy[str]] = {
    "name": st.sampled_from(NAMES),
    "thing": st.sampled_from(THINGS),
    "n": st.sampled_from(sorted(NUMBERS)),
    "part": st.sampled_from(sorted(PARTS)),
    "day": st.sampled_from(DAYS),
    "value": st.sampled_from(["units", "unit_price", "Unit Price", "`units`", "unit prices"]),
    "frame": st.sampled_from(["sales", "`sales`"]),
    "how": st.sampled_from(["left", "full outer", "Full_outer"]),
}
WORDS = [
    "count",
    "those",
    "mean",
    "over",
    "records",
    "before",
    "weekly",
    "найди",
    "среднее",
    "bought",
    "largest",
    "without",
]


@st.composite
def wordings(draw: st.DrawFn) -> str:
    """Slots in any order with words and marks between them."""
    names = draw(st.lists(st.sampled_from(sorted(SHOWN)), min_size=1, max_size=6, unique=True))
    parts = [draw(st.sampled_from(["Tell", "Найди", "report"]))]
    for name in names:
        parts += [*draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)), "{" + name + "}"]
    ending = draw(st.sampled_from([" records?", " now.", ", weekly!"]))
    return " ".join(parts) + ending


def parameters_of(wording: str) -> tuple[Parameter, ...]:
    return tuple(p for p in PARAMETERS if "{" + p.name + "}" in wording)


@given(wordings(), st.data())
def test_what_is_rendered_is_read_back(wording: str, data: st.DataObject) -> None:
    compiled = compile_template(Template(wording), parameters_of(wording))
    shown = {p.name: data.draw(SHOWN[p.name], label=p.name) for p in parameters_of(wording)}
    found = unify(compiled, read(render(wording, shown), HERE))
    assume(not (isinstance(found, Mismatch) and "revenue" in shown.values()))
    assert not isinstance(found, Mismatch), (found, render(wording, shown))
    assert set(found) == set(shown)
    for name, binding in found.items():
        assert binding.shown.strip("`") == shown[name].strip("`")
    for name, values in (("n", NUMBERS), ("part", PARTS)):
        if name in found:
            assert found[name].value == pytest.approx(values[shown[name]])
    # and once more: the bindings it was read as give the same text, and that the same bindings
    again = render(wording, {name: b.shown for name, b in found.items()})
    assert unify(compiled, read(again, HERE)) == found


OPERATORS = sorted(w for w in lexicon().operators if re.fullmatch(r"[a-z]{3,}|[а-яё]{3,}", w))
SPOKEN = sorted(w for w in lexicon().number_words if re.fullmatch(r"[a-z]{3,}|[а-яё]{3,}", w))
BASE = [
    ("How many {thing}s were sold over {n} days in {place}?", "How many pears were sold over 3 days in Riga?"),
    (
        "What is the average of the {n} highest values without {thing}?",
        "What is the average of the 3 highest values without pear?",
    ),
    (
        "Сколько {thing} продано больше чем за {n} дней в городе {place}?",
        "Сколько груш продано больше чем за 3 дней в городе Рига?",
    ),
    (
        "Which {thing} is not older than {n} and was bought twice?",
        "Which pear is not older than 3 and was bought twice?",
    ),
    ("Какой {thing} не дороже {n} и куплен дважды каждым?", "Какой персик не дороже 3 и куплен дважды каждым?"),
]
STORY = (
    Parameter("thing", "str", example="pear"),
    Parameter("n", "int", example=3),
    Parameter("place", "str", example="Riga"),
)


def matches(wording: str, question: str) -> bool:
    parameters = tuple(p for p in STORY if "{" + p.name + "}" in wording)
    try:
        reading = read(question, HERE)
    except SeglamError:
        return False
    return not isinstance(unify(compile_template(Template(wording), parameters), reading), Mismatch)


@pytest.mark.parametrize(("wording", "question"), BASE)
def test_the_unchanged_questions_match(wording: str, question: str) -> None:
    assert matches(wording, question)


def literal_places(wording: str, question: str) -> list[int]:
    """Places of the question's words that are literal words of the wording."""
    literal = set(re.sub(r"\{\w+\}s?", " ", wording).split())
    return [k for k, word in enumerate(question.split()) if word in literal]


@given(st.sampled_from(BASE), st.sampled_from(OPERATORS + SPOKEN), st.data())
def test_a_changed_word_never_matches(pair: tuple[str, str], word: str, data: st.DataObject) -> None:
    wording, question = pair
    words = question.split()
    place = data.draw(st.sampled_from(literal_places(wording, question)))
    assume(words[place].strip("?").casefold() != word)
    words[place] = word
    assert not matches(wording, " ".join(words))


@given(st.sampled_from(BASE), st.sampled_from(OPERATORS + SPOKEN), st.data())
def test_an_operator_negation_or_number_word_put_anywhere_never_matches(
    pair: tuple[str, str], word: str, data: st.DataObject
) -> None:
    wording, question = pair
    words = question.split()
    words.insert(data.draw(st.integers(0, len(words))), word)
    numbers = words.index("3")
    # "3 hundred" and "over 3 times" are other numbers of the same wording, and rightly so
    assume(word not in words[numbers - 1 : numbers + 2] or word not in lexicon().number_words)
    assert not matches(wording, " ".join(words))


@given(st.sampled_from(BASE), st.data())
def test_a_word_left_out_never_matches(pair: tuple[str, str], data: st.DataObject) -> None:
    wording, question = pair
    words = question.split()
    del words[data.draw(st.sampled_from(literal_places(wording, question)))]
    assert not matches(wording, " ".join(words))


# ---------------------------------------------------------------- input made to hurt


FREE = tuple(Parameter(n, "str", example="red") for n in "abcdef")
GREEDY = compile_template(Template("say {a} to {b} to {c} to {d} to {e} to {f} end"), FREE)
TOWN = tuple(Parameter(n, "str", domain={"column": "town"}, example="one two three four") for n in "abcdef")
LOOSE = compile_template(Template("say {a} to {b} to {c} to {d} to {e} to {f} end"), TOWN)
NUMBERED = compile_template(Template("say {a} {b} end"), (Parameter("a", "float"), Parameter("b", "int")))

HURTFUL = [
    "say " + "to " * 6_000,
    "say " + "x to " * 3_900,
    "say " + "red to blue to " * 1_300 + "end",
    "say " + "1 " * 9_900,
    "say " + ",".join(["111"] * 4_900) + "1 end",
    "say " + "twenty and " * 1_700 + "end",
    "say " + "`" * 19_000,
    "say " + "'" * 19_000,
    "say " + "``a" * 6_000 + "''",
    "say " + "((((" * 4_000,
    "say " + "😀" * 19_000,
    "say " + "а" * 19_000,
    "(" * 10_000 + ")" * 9_999,
    "3" * 19_999,
    "3/" * 9_999,
    "1 000 " * 3_300,
    "1.2." * 4_900,
    "3 March " * 2_400,
]


@pytest.mark.parametrize("text", HURTFUL, ids=range(len(HURTFUL)))
@pytest.mark.parametrize("compiled", [GREEDY, LOOSE, NUMBERED], ids=["greedy", "loose", "numbered"])
def test_twenty_thousand_characters_are_a_mismatch_in_bounded_steps(text: str, compiled: Any) -> None:
    search = _Search(compiled, View(read(text[:LIMIT], HERE)))
    search.walk(0, 0, {})
    assert search.steps <= MOST_STEPS + 1
    assert search.steps > MOST_STEPS or not search.found
    assert search.blocked().reason


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "1 2 3",
        "?!",
        "😀",
        "שלום עולם",
        "ѕаlеѕ",
        "Ⅷ ² ½",
        "�",
        "say say say",
        "{a}",
        "{{a}}",
        "`",
        "``",
        "say `",
        "\u202esay",
        "\x00",
    ],
)
def test_odd_questions_are_refused_or_a_mismatch_but_never_a_crash(text: str) -> None:
    for compiled in (GREEDY, LOOSE, NUMBERED):
        found = looked_at(compiled, text)
        assert found.code.startswith("E-QUESTION-") if isinstance(found, SeglamError) else found.reason


def looked_at(compiled: CompiledTemplate, text: str) -> Mismatch | SeglamError:
    try:
        found = unify(compiled, read(text, HERE))
    except SeglamError as error:
        return error
    assert isinstance(found, Mismatch)
    return found


def test_a_homoglyph_is_another_word() -> None:
    k = (Parameter("k", "int", example=3),)
    compiled = compile_template(Template("the {k} largest sales"), k)
    assert not isinstance(unify(compiled, read("the 5 largest sales", {})), Mismatch)
    assert isinstance(unify(compiled, read("the 5 largest sаles", {})), Mismatch)  # with a Cyrillic letter


@given(st.text(max_size=120))
def test_no_text_makes_the_reader_or_the_unifier_fail(text: str) -> None:
    for compiled in (GREEDY, LOOSE, NUMBERED):
        looked_at(compiled, text)
