"""The verbs that correct a match, and what they say to input they cannot use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from seglam_magics.cache.labels import Label, Labels
from seglam_magics.cli import Office, main, run
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import Reasoner, close_shared, shared
from seglam_magics.settings import load_settings
from seglam_magics.words import Example, Options, Parameter, Question, Revision, Template

XS = Parameter("xs", "list", "the numbers", {"items": "int"}, "numbers")
K = Parameter("k", "int", "how many", example=2)


def revision(name: str, source: str, wording: str, *parameters: Parameter) -> Revision:
    templates = (Template(wording),)
    identity = proc_id(source, parameters, returns="number", templates=templates)
    example = Example({"xs": [1, 2]}, 3)
    return Revision(
        name, 0, identity, source, parameters=parameters, templates=templates, examples=(example,), created=1.0
    )


TOTAL = revision("total", "def total(*, xs):\n    return sum(xs)\n", "What is the sum of {xs}?", XS)
TOP = revision(
    "top", "def top(*, xs, k):\n    return sum(sorted(xs)[-k:])\n", "Add the {k} greatest numbers of {xs}", XS, K
)


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    opened = shared(load_settings())
    for one in (TOTAL, TOP):
        opened.catalogue.publish(one)
    yield opened
    close_shared()


@pytest.fixture
def office(reasoner: Reasoner) -> Office:
    return Office(lambda: reasoner, reasoner.settings)


def asked(office: Office, text: str, **space: Any) -> Any:
    space = space or {"numbers": [1, 2, 3]}
    return office.reasoner.ask(Question(text, space, options=Options(reuse="cached")))


def missed(office: Office, text: str, **space: Any) -> None:
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(office, text, **space)


def data(office: Office, line: str) -> Any:
    return json.loads(run(f"{line} --json", office))


def refused(office: Office, line: str) -> str:
    """What is said to a verb that cannot be carried out: sentence and hint, and nothing was written."""
    before = len(office.reasoner.log.snapshot())
    with pytest.raises(SeglamError) as caught:
        run(line, office)
    assert len(office.reasoner.log.snapshot()) == before
    assert caught.value.hint
    return f"{caught.value.code}: {caught.value.says} | {caught.value.hint}"


# ---------------------------------------------------------------- wordings


def test_the_last_miss_becomes_a_wording_of_the_procedure_it_came_near(office: Office) -> None:
    missed(office, "What is the blorpish sum of numbers?")
    assert "%seglam alias N" in run("why", office)
    text = run("alias 1", office)
    assert "total@1 also answers “What is the blorpish sum of {xs}?”" in text
    assert len(text.splitlines()) == 1
    (event,) = [e for e in office.reasoner.log.snapshot() if e.kind == "alias"]
    assert event.data == {
        "name": "total",
        "proc_id": TOTAL.proc_id,
        "procedure": "total@1",
        "question": "What is the blorpish sum of numbers?",
        "text": "What is the blorpish sum of {xs}?",
        "lang": "en",
        "by": "user",
    }


def test_a_wording_by_hand_is_added_listed_and_taken_back(office: Office) -> None:
    added = data(office, 'alias top "the {k} biggest ones of {xs}, added up"')
    assert (added["procedure"], added["lang"]) == ("top@1", "en")
    run("alias top сумма {k} наибольших из {xs}", office)
    rows = data(office, "aliases top")
    assert [(row["number"], row["lang"], row["used"]) for row in rows] == [(1, "en", True), (2, "ru", True)]
    assert "сумма {k} наибольших из {xs}" in run("aliases top", office)
    assert "added wordings" in run("show top", office)
    assert data(office, "show top")["aliases"] == [row["text"] for row in rows]
    run("unalias top 1", office)
    run("unalias top Сумма {k} наибольших из {xs}", office)
    assert run("aliases top", office) == "no wordings were added to top"
    assert data(office, "aliases top") == []


def test_a_wording_with_slots_the_present_version_does_not_have_is_kept_and_not_used(office: Office) -> None:
    run('alias top "the {k} biggest of {xs}, added up"', office)
    office.reasoner.catalogue.publish(
        revision("top", "def top(*, xs):\n    return sum(sorted(xs)[-2:])\n", "Add the greatest of {xs}", XS)
    )
    assert data(office, "aliases top")[0]["used"] is False
    assert "not used" in run("aliases top", office)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("alias", "no question has missed"),
        ("alias 1", "no question has missed"),
        ("alias total", "the wording is missing"),
        ("alias totl 'add {xs} up'", "did you mean total?"),
        ("alias total ''", "the wording is missing"),
        ("alias total ' '", "E-ALIAS: that wording cannot be added to total: it is empty"),
        ("alias total '{xs}'", "no word of its own"),
        ("alias top 'the greatest of {xs}, added'", "leaves out k"),
        ("alias total 'the {n} added of {xs}'", "{n} is no parameter"),
        ("unalias total 1", "E-ALIAS-UNKNOWN: total has no added wording 1 | it has 0"),
        ("unalias total nothing like it", "no added wording nothing like it"),
        ("unalias totl 1", "did you mean total?"),
        ("aliases totl", "did you mean total?"),
    ],
)
def test_what_cannot_be_a_wording_gets_its_sentence(office: Office, line: str, said: str) -> None:
    assert said in refused(office, line)


def test_a_number_without_a_candidate_gets_its_sentence(office: Office) -> None:
    missed(office, "What is the blorpish sum of numbers?")
    assert "there is no candidate 9" in refused(office, "alias 9")
    assert "there is no candidate 0" in refused(office, "alias 0")
    assert "there is no candidate 9" in refused(office, "alias 9 'add {xs} up'")
    missed(office, "Zyx wvu tsr")
    assert "was compared with nothing" in refused(office, "alias 1")


def test_a_wording_another_procedure_has_is_refused_with_its_name(office: Office) -> None:
    run("alias total 'all of {xs} together'", office)
    office.reasoner.catalogue.publish(revision("all_of", "def all_of(*, xs):\n    return 1\n", "Count {xs} up", XS))
    assert "E-ALIAS-TAKEN: total has the wording" in refused(office, "alias all_of 'All of {xs} together'")


def test_a_question_whose_slots_cannot_be_told_is_refused(office: Office) -> None:
    missed(office, "Add the 2 or 3 greatest numbers of numbers and numbers")
    said = refused(office, "alias 1")
    assert "E-ALIAS-PROPOSAL: no wording for top can be made of that question" in said
    assert "{xs}, {k}" in said


def test_a_rejected_question_is_no_wording_until_it_is_unrejected(office: Office) -> None:
    missed(office, "What is the blorpish sum of numbers?")
    office.reasoner.catalogue.reject("What is the blorpish sum of numbers?", office.reasoner.catalogue.known("total"))
    assert "was rejected for total@1" in refused(office, "alias 1")
    run("unreject", office)
    assert "also answers" in run("alias 1", office)


def test_the_misses_of_another_kernel_cannot_become_wordings_by_number(office: Office) -> None:
    office.reasoner.log.append("miss", {"question": "the sum?", "reason": "blocked by 'the'", "nearest": "total@1"})
    assert "compared with nothing here" in refused(office, "alias 1")


# ---------------------------------------------------------------- verdicts


def test_a_rejected_hit_suspends_its_tier_and_everything_says_so(office: Office) -> None:
    assert asked(office, "What is the sum of numbers?").hit
    text = run("reject", office)
    assert "total does not answer by template until clear total" in text
    assert "suspended by template" in run("ls", office)
    (row,) = [row for row in data(office, "ls") if row["name"] == "total"]
    assert (row["suspended"], row["merged"]) == (["template"], None)
    page = data(office, "show total")
    assert page["rejected"] == ["What is the sum of numbers?"]
    assert page["labels"]["template"] == {"hits": 1, "right": 0, "wrong": 1, "bound": 1.0}
    assert "SUSPENDED" in run("show total", office)
    missed(office, "What is the sum of others?", others=[1])
    assert data(office, "clear total") == {"done": "clear", "procedure": "total", "tiers": ["template"]}
    assert asked(office, "What is the sum of others?", others=[1]).hit
    missed(office, "what is the sum of numbers")
    assert data(office, "unreject total what is the SUM of numbers")["question"] == "What is the sum of numbers?"
    assert asked(office, "What is the sum of numbers?").hit
    assert office.reasoner.catalogue.corrections.labels("total") == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("unreject", "nothing is rejected"),
        ("unreject total", "nothing is rejected for total"),
        ("unreject totl", "did you mean total?"),
        ("clear total", "total is not suspended"),
        ("clear total grounded", "total is not suspended"),
        ("clear total telepathy", "telepathy"),
        ("clear", "Missing argument"),
        ("label", "Missing argument"),
        ("label maybe", "maybe"),
        ("label right", "no question was asked"),
        ("label right 7", "there is no decision 7"),
        ("label right nobody", "no recent question was answered by nobody"),
        ("unmerge total", "part of no other"),
    ],
)
def test_a_verdict_that_cannot_be_given_gets_its_sentence(office: Office, line: str, said: str) -> None:
    assert said in refused(office, line)


def test_a_rejection_of_another_question_is_not_taken_back(office: Office) -> None:
    for number in range(3):
        office.reasoner.catalogue.reject(f"What is {number}?", office.reasoner.catalogue.known("total"))
    assert "rejected are “What is 0?” · “What is 1?” · “What is 2?”" in refused(office, "unreject total something else")
    run("unreject total What is 1", office)
    assert [one.question for one in office.reasoner.catalogue.corrections.rejections()] == ["What is 0?", "What is 2?"]
    run("unreject", office)
    assert [one.question for one in office.reasoner.catalogue.corrections.rejections()] == ["What is 0?"]


def test_a_hit_is_labelled_right_or_wrong_and_the_last_word_counts(office: Office) -> None:
    asked(office, "What is the sum of numbers?")
    known = office.reasoner.catalogue.corrections
    assert data(office, "label right") == {
        "done": "right",
        "procedure": "total@1",
        "tier": "template",
        "question": "What is the sum of numbers?",
    }
    assert known.labels("total") == {"template": Labels(1, 0)}
    assert "does not answer by template until clear total" in run("label wrong total", office)
    assert (known.labels("total"), known.suspended("total")) == ({"template": Labels(0, 1)}, {"template"})
    assert run("label right 1", office) == "noted: total@1 was right, found by template"
    assert known.suspended("total") == frozenset()


def test_a_miss_is_not_labelled(office: Office) -> None:
    missed(office, "What is the blorpish sum of numbers?")
    assert "was not answered" in refused(office, "label wrong")


def test_a_merge_is_undone(office: Office) -> None:
    office.reasoner.catalogue.merge("total", "top")
    assert "part of top" in run("ls", office)
    assert data(office, "show total")["merged"] == "top"
    assert "part of top" in run("show total", office)
    missed(office, "What is the sum of numbers?")
    assert data(office, "unmerge total") == {"done": "unmerge", "procedure": "total", "into": "top"}
    assert asked(office, "What is the sum of numbers?").hit


# ---------------------------------------------------------------- why


def test_why_says_what_is_proven_of_such_hits(office: Office) -> None:
    total = office.reasoner.catalogue.known("total")
    for number in range(12):
        label = Label("template", right=True, source="user", question=f"question {number}")
        office.reasoner.catalogue.label(total, label)
    asked(office, "What is the sum of numbers?")
    assert "checked: 1 hit, right 12 of 12 checked; at most 22 % wrong (95 %)" in run("why", office)
    found = data(office, "why")
    assert found["labels"]["template"]["right"] == 12
    assert found["labels"]["template"]["bound"] == pytest.approx(0.2209, abs=1e-4)
    asked(office, "What is the sum of numbers?")
    assert "2 hits" in run("why", office), "what is remembered is the work of the wording that found it"
    assert "12 of 12" in run("show total", office)


def test_why_without_labels_says_that_nothing_was_checked(office: Office) -> None:
    asked(office, "What is the sum of numbers?")
    assert "checked: 1 hit, none checked yet" in run("why", office)


def test_the_reading_is_a_table_of_words_what_they_are_and_what_they_mean(office: Office) -> None:
    missed(office, "Add the 2 or so greatest of numbers")
    lines = run("why --reading", office).splitlines()
    heads = [n for n, line in enumerate(lines) if line.split() == ["words", "what", "meaning"]]
    assert [line.split() for line in lines[heads[0] + 1 : heads[1]]] == [
        ["Add", "the", "words"],
        ["2", "number"],
        ["or", "so", "greatest", "of", "words"],
        ["numbers", "variable", "numbers"],
        ["without", "data"],
    ]
    assert [line.split() for line in lines[heads[1] + 1 :]] == [
        ["Add", "words", "add"],
        ["2", "value", "number"],
        ["or", "operator", "or"],
        ["greatest", "operator", "most"],
        ["numbers", "value", "variable"],
        ["it", "asks", "what"],
    ]
    rows = data(office, "why")["reading"]
    assert rows[-1] == {"words": "numbers", "what": "variable", "meaning": "numbers"}


def test_a_question_of_another_kernel_has_no_reading_here(office: Office) -> None:
    office.reasoner.log.append("miss", {"question": "the sum?", "reason": "blocked by 'the'", "nearest": "total@1"})
    assert "nothing was read of it here" in run("why --reading", office)


# ---------------------------------------------------------------- the terminal


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["alias", "total", "all of {xs} together"], 0),
        (["aliases", "total"], 0),
        (["alias", "total", "{xs}"], 1),
        (["alias"], 2),
        (["unalias", "total", "1"], 1),
        (["unreject"], 2),
        (["clear", "total"], 2),
    ],
)
def test_exit_codes(reasoner: Reasoner, words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == code
    printed = capsys.readouterr()
    assert bool(printed.err) == bool(code)
    assert bool(printed.out) != bool(code)
