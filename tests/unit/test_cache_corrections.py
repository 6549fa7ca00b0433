"""Corrections are events: the last word on a topic holds, in any order of arrival, and every one can be taken back."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.labels import Label, Labels
from seglam_magics.cache.shelf import Shelf
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import to_record
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.words import Event, Parameter, Revision, Template

K = Parameter("k", "int", example=3)
FRAME = Parameter("frame", "frame", example="sales")
NAMES = ("top", "low", "mean")


def revision(name: str, *wordings: str, number: int = 1, parameters: tuple[Parameter, ...] = (K,)) -> Revision:
    templates = tuple(Template(w) for w in wordings) or (Template(f"the {{k}} {name} values"),)
    identity = hashlib.sha256(f"{name}@{number}".encode()).hexdigest()
    return Revision(name, number, identity, f"def {name}(): pass", parameters=parameters, templates=templates)


REVISIONS = {name: revision(name) for name in NAMES}


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def catalogue(log: MemoryLog, tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue(log, Approvals(tmp_path))
    for one in REVISIONS.values():
        made.publish(one)
    yield made
    made.close()


def beside(catalogue: Catalogue) -> Catalogue:
    """Another kernel on the same log."""
    assert isinstance(catalogue.log, MemoryLog)
    return Catalogue(MemoryLog(catalogue.log), catalogue.approvals)


def code_of(caught: pytest.ExceptionInfo[SeglamError]) -> tuple[str, str]:
    return caught.value.code, str(caught.value)


# ---------------------------------------------------------------- any order of arrival


def _data(kind: str, name: str, word: str, right: bool | None, tier: str) -> dict[str, Any]:
    known = REVISIONS[name]
    base = {"name": name, "proc_id": known.proc_id, "procedure": known.label, "question": word}
    more = {
        "alias": {"text": f"{word} {{k}}", "lang": "en", "by": "user"},
        "unalias": {"text": f"{word.upper()}  {{k}}"},
        "label": {"tier": tier, "right": right, "source": "user"},
        "clear": {"tier": tier},
        "merge": {"into": word},
        "unmerge": {"into": word},
        "pin": {"number": 1},
    }
    return {**base, **more.get(kind, {})}


KINDS = "alias unalias label clear merge unmerge reject unreject retire restore pin unpin".split()
SAID = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.builds(
            _data,
            st.just(kind),
            st.sampled_from(NAMES),
            st.sampled_from(NAMES),
            st.sampled_from([True, False, None]),
            st.sampled_from(["template", "exact"]),
        ),
    )
)


def heard(events: list[Event]) -> dict[str, Any]:
    """All a shelf says after these events."""
    shelf = Shelf()
    for event in events:
        shelf.apply(event)
    return {
        name: (
            shelf.active(name),
            shelf.aliases(one.proc_id),
            shelf.labels(name),
            shelf.suspended(one.proc_id),
            shelf.merged(name),
            shelf.retired(name),
            shelf.pinned(name),
            shelf.counter_examples(one.proc_id),
            [shelf.rejected(word, one.proc_id) for word in NAMES],
        )
        for name, one in REVISIONS.items()
    }


@given(st.lists(st.tuples(SAID, st.integers(1, 4), st.sampled_from("ab")), max_size=14), st.data())
def test_the_same_events_in_any_order_give_the_same_state(
    said: list[tuple[tuple[str, dict[str, Any]], int, str]], data: st.DataObject
) -> None:
    events = [Event("revision", to_record(one), "a", 0, 0) for one in REVISIONS.values()]
    events += [Event(kind, facts, kernel, n, clock) for n, ((kind, facts), clock, kernel) in enumerate(said, 1)]
    expected = heard(events)
    assert heard(data.draw(st.permutations(events))) == expected
    assert heard(events + events) == expected


@given(st.lists(SAID, max_size=10))
def test_whatever_was_said_can_be_taken_back(said: list[tuple[str, dict[str, Any]]]) -> None:
    undo = {"alias": "unalias", "merge": "unmerge", "reject": "unreject", "retire": "restore", "pin": "unpin"}
    clock = itertools.count(1)
    events = [Event("revision", to_record(one), "a", 0, 0) for one in REVISIONS.values()]
    untouched = heard(events)
    done = [(kind, facts) for kind, facts in said if kind in undo or kind == "label"]
    events += [Event(kind, facts, "a", n, n) for n, (kind, facts) in zip(clock, done, strict=False)]
    for kind, facts in done:
        back = {**facts, "right": None} if kind == "label" else facts
        n = next(clock)
        events.append(Event(undo.get(kind, kind), back, "a", n, n))
    assert heard(events) == untouched


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "top"},
        {"name": "top", "tier": "telepathy", "right": False, "source": "user"},
        {"name": "top", "tier": "template", "right": "no", "source": "user"},
        {"name": "top", "tier": "template", "right": False, "source": "oracle"},
        {"name": ["top"], "tier": ["template"], "right": False, "source": "user"},
    ],
)
def test_a_label_that_is_not_understood_judges_nothing(data: dict[str, Any]) -> None:
    shelf = Shelf()
    shelf.put(REVISIONS["top"])
    for n, kind in enumerate(KINDS, 1):
        shelf.apply(Event(kind, data if kind == "label" else {}, "a", n, n))
    assert (shelf.labels("top"), shelf.suspended(REVISIONS["top"].proc_id)) == ({}, frozenset())


# ---------------------------------------------------------------- wordings


def test_an_added_wording_is_offered_to_every_revision_that_has_its_slots(catalogue: Catalogue) -> None:
    assert catalogue.alias("top", " the {k}  best ") == Template("the {k} best", "en")
    assert catalogue.alias("top", "лучшие {k}").lang == "ru"
    shelf = catalogue.library.shelf
    texts = [t.text for t in shelf.aliases(REVISIONS["top"].proc_id)]
    assert texts == ["the {k} best", "лучшие {k}"]
    newer = revision("top", number=2, parameters=(K, FRAME))
    catalogue.publish(newer)
    assert [t.text for t in shelf.aliases(newer.proc_id)] == texts
    other = revision("top", "the {n} top values", number=3, parameters=(dataclasses.replace(K, name="n"),))
    catalogue.publish(other)
    assert shelf.aliases(other.proc_id) == ()
    assert shelf.aliases("0" * 64) == ()


def test_an_added_wording_is_taken_back_by_its_number_or_text_and_everywhere(catalogue: Catalogue) -> None:
    for text in ("the {k} best", "the {k} finest"):
        catalogue.alias("top", text)
    assert catalogue.unalias("top", "1").text == "the {k} best"
    assert catalogue.unalias("top", "The {k}  Finest").text == "the {k} finest"
    assert catalogue.corrections.aliases("top") == ()
    assert beside(catalogue).corrections.aliases("top") == ()
    for which in ("1", "the {k} best", "0", "-1", ""):
        with pytest.raises(SeglamError) as caught:
            catalogue.unalias("top", which)
        assert code_of(caught)[0] == "E-ALIAS-UNKNOWN"


def test_saying_a_wording_twice_is_saying_it_once(catalogue: Catalogue, log: MemoryLog) -> None:
    for text in ("the {k} best", "THE {k} best", "the {k} top values"):
        catalogue.alias("top", text)
    assert [e.data["text"] for e in log.snapshot() if e.kind == "alias"] == ["the {k} best"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("{k}", "no word of its own"),
        ("?!", "no word of its own"),
        ("the best", "leaves out k"),
        ("the {n} best", "{n} is no parameter"),
        ("the {k best", "brace"),
        ("the {k} \x00 best", "control character"),
        ("best " * 20_000, "characters"),
    ],
)
def test_a_wording_no_question_could_be_of_is_refused_with_its_reason(
    catalogue: Catalogue, text: str, why: str
) -> None:
    with pytest.raises(SeglamError) as caught:
        catalogue.alias("top", text)
    code, said = code_of(caught)
    assert (code, why in said, "{k}" in said) == ("E-ALIAS", True, True)
    assert catalogue.corrections.aliases("top") == ()


def test_a_wording_cannot_mean_two_procedures(catalogue: Catalogue) -> None:
    catalogue.alias("top", "the {k} best")
    with pytest.raises(SeglamError, match="top has the wording") as caught:
        catalogue.alias("low", "The {k} best")
    assert caught.value.code == "E-ALIAS-TAKEN"
    catalogue.unalias("top", "1")
    assert catalogue.alias("low", "The {k} best").text == "The {k} best"


@pytest.mark.parametrize("verb", ["alias", "unalias"])
def test_an_unknown_procedure_is_named_with_the_closest_one(catalogue: Catalogue, verb: str) -> None:
    with pytest.raises(SeglamError, match="E-PROCEDURE-UNKNOWN") as caught:
        getattr(catalogue, verb)("tpo", "the {k} best")
    assert "top" in caught.value.hint


# ---------------------------------------------------------------- rejections


def test_a_rejection_holds_for_every_spelling_and_no_other_question(catalogue: Catalogue) -> None:
    top = REVISIONS["top"]
    catalogue.reject("The 3 top values of x > 2?", top)
    shelf = beside(catalogue).library.shelf
    for same in ("the 3 TOP  values of x > 2", "Please, the 3 top values of x > 2!"):
        assert shelf.rejected(same, top.proc_id)
    for other in ("the 4 top values of x > 2", "the 3 top values of x < 2", "the top 3 values of x > 2"):
        assert not shelf.rejected(other, top.proc_id)
    assert not shelf.rejected("The 3 top values of x > 2?", REVISIONS["low"].proc_id)
    assert shelf.counter_examples(top.proc_id) == ("The 3 top values of x > 2?",)
    catalogue.unreject("the 3 top values of x > 2", top)
    assert catalogue.corrections.rejections() == ()
    assert beside(catalogue).library.shelf.counter_examples(top.proc_id) == ()


def test_rejecting_a_hit_is_a_wrong_label_and_taking_it_back_is_none(catalogue: Catalogue) -> None:
    top, said = REVISIONS["top"], catalogue.corrections
    catalogue.reject("the 3 top values", top, "template")
    assert said.labels("top") == {"template": Labels(0, 1)}
    assert said.suspended("top") == {"template"}
    catalogue.unreject("the 3 top values", top)
    assert (said.labels("top"), said.suspended("top")) == ({}, frozenset())


@pytest.mark.parametrize("tier", [None, "forced"])
def test_rejecting_what_no_tier_found_judges_none(catalogue: Catalogue, tier: Any) -> None:
    catalogue.reject("the 3 top values", REVISIONS["top"], tier)
    assert catalogue.corrections.labels("top") == {}


# ---------------------------------------------------------------- labels


def test_one_wrong_label_suspends_a_tier_of_the_whole_procedure_until_it_is_cleared(catalogue: Catalogue) -> None:
    top = REVISIONS["top"]
    newer = catalogue.publish(revision("top", "the {k} very top values"))
    catalogue.label(top, Label("template", right=True, source="user", question="one"))
    catalogue.label(top, Label("template", right=False, source="recompile", question="two", day="2026-01-01"))
    other = beside(catalogue)
    assert other.corrections.suspended("top") == {"template"}
    assert other.library.shelf.suspended(newer.proc_id) == {"template"}
    assert other.corrections.suspended("low") == frozenset()
    assert catalogue.clear("top", "exact") == ()
    assert catalogue.clear("top") == ("template",)
    assert catalogue.corrections.suspended("top") == frozenset()
    assert catalogue.corrections.labels("top") == {"template": Labels(1, 1)}
    catalogue.label(top, Label("template", right=False, source="user", question="three"))
    assert catalogue.corrections.suspended("top") == {"template"}


def test_a_person_may_change_their_mind(catalogue: Catalogue) -> None:
    for right, expected in ((False, Labels(0, 1)), (True, Labels(1, 0)), (True, Labels(1, 0))):
        catalogue.label(REVISIONS["top"], Label("template", right, "user", "The question?"))
        assert catalogue.corrections.labels("top") == {"template": expected}
    catalogue.label(REVISIONS["top"], Label("exact", right=False, source="user", question="the question"))
    assert catalogue.corrections.labels("top") == {"exact": Labels(0, 1)}


def test_a_sibling_counts_once_a_day(catalogue: Catalogue, log: MemoryLog) -> None:
    for question in ("one", "two"):
        catalogue.label(REVISIONS["top"], Label("template", True, "sibling", question, "low", "2026-01-01"))
    catalogue.label(REVISIONS["top"], Label("template", True, "sibling", "one", "low", "2026-01-02"))
    catalogue.label(REVISIONS["top"], Label("template", True, "sibling", "one", "mean", "2026-01-01"))
    assert catalogue.corrections.labels("top") == {"template": Labels(3, 0)}


def test_a_label_that_says_nothing_new_is_no_event(catalogue: Catalogue, log: MemoryLog) -> None:
    one = Label("template", right=True, source="user", question="q")
    for label in (dataclasses.replace(one, right=None), one, one):
        catalogue.label(REVISIONS["top"], label)
    assert [e.data["right"] for e in log.snapshot() if e.kind == "label"] == [True]


# ---------------------------------------------------------------- merges


def test_a_merged_procedure_is_history_until_the_merge_is_undone(catalogue: Catalogue) -> None:
    catalogue.merge("low", "top")
    shelf = beside(catalogue).library.shelf
    assert (shelf.merged("low"), shelf.active("low")) == ("top", None)
    assert shelf.head("low") == REVISIONS["low"]
    assert shelf.active("top") == REVISIONS["top"]
    assert catalogue.unmerge("low") == "top"
    assert beside(catalogue).library.shelf.active("low") == REVISIONS["low"]
    with pytest.raises(SeglamError, match="part of no other"):
        catalogue.unmerge("low")
    with pytest.raises(SeglamError, match="not merged into itself"):
        catalogue.merge("low", "low@1")


def test_two_kernels_that_merge_each_into_the_other_lose_neither(catalogue: Catalogue) -> None:
    catalogue.merge("low", "top")
    catalogue.merge("top", "low")
    for name in ("low", "top"):
        assert catalogue.library.shelf.active(name) == REVISIONS[name]
    assert catalogue.library.shelf.touched("low") == {"low", "top"}


def test_what_is_merged_into_something_unknown_here_still_answers(catalogue: Catalogue) -> None:
    low = REVISIONS["low"]
    data = {"name": "low", "proc_id": low.proc_id, "procedure": low.label, "into": "elsewhere", "member": "low"}
    catalogue.library.apply(Event("merge", data, "b", 1, 99))
    assert catalogue.library.shelf.active("low") == low
