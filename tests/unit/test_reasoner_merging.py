"""A newly compiled procedure that is a stored one is not stored again; one that nearly is may become one with it."""

from __future__ import annotations

import json
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics import scripted
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.labels import Label
from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.question import read
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam, config_folder
from seglam_magics.store import MemoryLog, open_log
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Answer, Options, Question, Variable

WAIT = 60.0
SALES = [4, 9, 1, 7, 3]


def reply(name: str, question: str, wordings: list[str], body: str, result: Any, **more: Any) -> dict[str, Any]:
    """What the model answers: a procedure over one list, its parameter called as in the wordings."""
    slot = wordings[0].partition("{")[2].partition("}")[0]
    asked_of = question.split("`")[1]
    return {
        "question": question,
        "name": name,
        "summary": "",
        "parameters": [{"name": slot, "type": "list", "domain": {"items": "int"}, "example": asked_of}],
        "meaning": None,
        "templates": [{"lang": "en", "text": text} for text in wordings],
        "synonyms": [],
        "ignorable": [],
        "code": f"def {name}(*, {slot}):\n    return {body}\n",
        "returns": "list" if isinstance(result, list) else "number",
        "examples": [{"arguments": {slot: [1, 2, 3, 4, 5, 6]}, "result": result}],
        "properties": [],
        "effects": [],
        "open_questions": [],
        **more,
    }


TOTAL = reply("total", "What is the total of `sales`?", ["What is the total of {xs}?"], "sum(xs)", 21)
ADD_UP = "Add up everything in `sales`"
ADDED = reply("added", ADD_UP, ["Add up everything in {numbers}", "{numbers} all summed up"], "sum(numbers)", 21)


def top(k: int, name: str) -> dict[str, Any]:
    question, wording = f"the {k} largest of `sales`", f"the {k} largest of {{xs}}"
    return reply(name, question, [wording], f"sorted(xs)[-{k}:]", [1, 2, 3, 4, 5, 6][-k:])


class Kept(ChildExecutor):
    """One that serves all tests: what it costs is its start."""

    def close(self) -> None:
        """Nothing."""


class House:
    """Recordings of a model and a store in one folder; `open` starts a kernel on it."""

    def __init__(self, folder: Path, executor: Kept) -> None:
        self.folder, self.executor = folder, executor
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self._opened: list[Reasoner] = []

    def record(self, *replies: dict[str, Any]) -> None:
        for one in replies:
            body = {k: v for k, v in one.items() if k != "question"}
            text = json.dumps({"question": one["question"], "reply": body})
            (self.recordings / f"{len(list(self.recordings.iterdir()))}.json").write_text(text)
        scripted.stop(str(self.recordings))

    def open(self, **settings: Any) -> Reasoner:
        chosen = Seglam(model=f"scripted/{self.recordings}", cases=10, **settings)
        log = open_log(self.folder / "store", warnings.warn)
        self._opened.append(Reasoner(chosen, log, self.executor, Approvals(config_folder())))
        self._opened[-1].merger._spare = lambda: self.executor
        return self._opened[-1]

    def calls(self) -> int:
        base = scripted.start(str(self.recordings)).removesuffix("/v1")
        with urllib.request.urlopen(f"{base}/calls") as found:
            return int(json.load(found)["calls"])

    def close(self) -> None:
        for reasoner in self._opened:
            reasoner.close()
        scripted.stop(str(self.recordings))


@pytest.fixture(scope="module")
def executor() -> Iterator[Kept]:
    one = Kept()
    yield one
    ChildExecutor.close(one)


@pytest.fixture
def house(tmp_path: Path, executor: Kept) -> Iterator[House]:
    one = House(tmp_path, executor)
    yield one
    one.close()


def asked(reasoner: Reasoner, text: str, reuse: str = "auto", **space: Any) -> Answer:
    return reasoner.ask(Question(text, space or {"sales": SALES}, options=Options(reuse=reuse)))


def missed(reasoner: Reasoner, text: str, **space: Any) -> str:
    with pytest.raises(SeglamError, match="E-MISS") as caught:
        asked(reasoner, text, "cached", **space)
    return str(caught.value)


def verb(reasoner: Reasoner, line: str) -> str:
    return run(line, Office(lambda: reasoner, reasoner.settings))


def data(reasoner: Reasoner, line: str) -> Any:
    return json.loads(verb(reasoner, f"{line} --json"))


# ---------------------------------------------------------------- twins


def test_a_twin_is_not_stored_the_stored_one_learns_its_wordings(house: House) -> None:
    house.record(TOTAL, ADDED)
    one = house.open()
    asked(one, TOTAL["question"])
    answer = asked(one, ADD_UP)
    assert (answer.hit, answer.value, answer.procedure, answer.slots) == (False, 24, "total@1", {"xs": "sales"})
    assert answer.notes == ("total@1 computes the same and has learned 2 more wordings",)
    assert answer.usage.calls == 1
    assert one.library.names() == ("total",)
    learned = [e.data for e in one.log.snapshot() if e.kind == "alias"]
    assert [(e["text"], e["by"]) for e in learned] == [
        ("Add up everything in {xs}", "merge"),
        ("{xs} all summed up", "merge"),
    ]
    (row,) = one.view().query("procedures")
    assert (row["name"], row["compiled"]) == ("total", 2)
    for reasoner in (one, house.open()):
        again = asked(reasoner, "Add up everything in `ys`", "cached", ys=[1, 1])
        assert (again.value, again.decision.tier) == (2, "template")
    assert house.calls() == 2


def test_what_a_twin_learned_can_be_taken_back_and_is_not_learned_again(house: House) -> None:
    house.record(TOTAL, ADDED)
    reasoner = house.open(merge="off")
    asked(reasoner, TOTAL["question"])
    asked(reasoner, ADD_UP)
    verb(reasoner, "unalias total 1")
    other = house.open(merge="off")
    assert asked(other, ADD_UP).procedure == "added@1"
    assert [t.text for t in other.catalogue.corrections.aliases("total")] == ["{xs} all summed up"]


def test_what_was_learned_means_what_it_says_and_nothing_between(house: House) -> None:
    """Between two wordings of its own a procedure answers; that these two are of one, nobody has said."""
    wordings = ["the full total of all readings of {xs} ever made", "the full total of recent readings of {xs}"]
    first, second = (
        reply(name, wording.replace("{xs}", "`sales`"), [wording], "sum(xs)", 21)
        for name, wording in zip(("one", "two"), wordings, strict=True)
    )
    between = "the full total of readings of `sales`"
    house.record(first, second)
    apart = house.open()
    for one in (first, second):
        assert asked(apart, one["question"]).procedure == "one@1"
    assert asked(apart, second["question"], "cached").hit
    missed(apart, between)
    verb(apart, "unalias one 1")
    verb(apart, f'alias one "{wordings[1]}"')
    assert asked(apart, between, "cached").hit, "a person has said so"


def test_another_kernel_answers_by_what_was_learned(house: House) -> None:
    house.record(TOTAL, ADDED)
    one, other = house.open(), house.open()
    asked(one, TOTAL["question"])
    assert asked(other, ADD_UP).procedure == "total@1"
    assert asked(one, ADD_UP, "cached").hit
    assert house.calls() == 2


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("max(numbers)", 6),
        ("sum(sorted(numbers))", 21),
    ],
)
def test_what_is_written_otherwise_is_stored_whatever_it_computes(house: House, body: str, result: int) -> None:
    house.record(TOTAL, reply("added", ADD_UP, ["Add up everything in {numbers}"], body, result))
    reasoner = house.open(merge="off")
    asked(reasoner, TOTAL["question"])
    assert asked(reasoner, ADD_UP).procedure == "added@1"
    assert not [e for e in reasoner.log.snapshot() if e.kind == "alias"]


def _unfit() -> Iterator[Callable[[Reasoner], object]]:
    yield lambda r: r.catalogue.pin("total@1")
    yield lambda r: r.catalogue.retire("total")
    yield lambda r: r.catalogue.approve("total")
    yield lambda r: r.catalogue.revoke("total")
    wrong = Label("template", right=False, source="user", question="q")
    yield lambda r: r.catalogue.label(r.catalogue.known("total"), wrong)
    yield lambda r: r.catalogue.reject(ADD_UP, r.catalogue.known("total"))


@pytest.mark.parametrize("change", list(_unfit()))
def test_one_that_its_owner_has_decided_about_learns_nothing(house: House, change: Callable[[Reasoner], Any]) -> None:
    house.record(TOTAL, ADDED)
    reasoner = house.open(merge="off")
    asked(reasoner, TOTAL["question"])
    change(reasoner)
    assert asked(reasoner, ADD_UP).procedure == "added@1"
    assert not [e for e in reasoner.log.snapshot() if e.kind == "alias"]


def test_a_miss_for_another_reason_than_its_words_is_stored(house: House) -> None:
    wording, body = "values of {xs} over five", "[x for x in xs if x > 5]"
    house.record(
        reply("over", "values of `sales` over five", [wording], body, [6]),
        reply("above", "values of `few` over five", [wording], body, [6]),
    )
    reasoner = house.open(merge="off")
    asked(reasoner, "values of `sales` over five")
    assert asked(reasoner, "values of `few` over five", few=[1]).procedure == "above@1"  # empty: it was not served


def test_a_wording_that_says_more_than_its_slots_stays_with_its_procedure(house: House) -> None:
    """The code has a number that the wording has as well; in another wording it is another one."""
    three = top(3, "three")
    five = {**top(5, "five"), "code": three["code"].replace("three", "five"), "examples": []}
    house.record(three, {**five, "examples": [{"arguments": {"xs": [1, 2, 3, 4]}, "result": [2, 3, 4]}]})
    reasoner = house.open(merge="off")
    asked(reasoner, three["question"])
    assert missed(reasoner, five["question"])


# ---------------------------------------------------------------- kin


@pytest.fixture
def pair(house: House) -> Reasoner:
    """A kernel that has compiled two that differ in a number, and has looked at them."""
    house.record(top(3, "three"), top(2, "two"))
    reasoner = house.open()
    for k in (3, 2):
        assert asked(reasoner, f"the {k} largest of `sales`").value == sorted(SALES)[-k:]
    assert reasoner.merger.wait(WAIT)
    return reasoner


def test_a_merge_is_suggested_once_and_made_when_accepted(house: House, pair: Reasoner) -> None:
    notes = [asked(pair, "the 3 largest of `sales`").notes for _ in range(2)]
    assert notes == [("three and two differ only in 3 and 2; %seglam merge three two makes them one",), ()]
    text = verb(pair, "merges")
    assert "1 three@1 two@1 differ only in 3 and 2" in " ".join(text.split())
    assert "merge N" in text
    missed(pair, "the 4 largest of `sales`")
    assert verb(pair, "merge 1") == "three@2 answers for two, too; unmerge two takes it back"
    for reasoner in (pair, house.open()):
        for k in (2, 3, 4):
            answer = asked(reasoner, f"the {k} largest of `sales`", "cached")
            assert (answer.value, answer.procedure) == (sorted(SALES)[-k:], "three@2")
    assert house.calls() == 2
    assert data(pair, "merges") == {"suggested": [], "refused": []}


def test_a_merge_is_undone_in_every_kernel(house: House, pair: Reasoner) -> None:
    verb(pair, "merge two three")  # the first one named answers
    assert asked(pair, "the 4 largest of `sales`", "cached").procedure == "two@2"
    other = house.open()
    said = verb(other, "unmerge three")
    assert said == "three answers by itself again, and two@1 answers as before"
    for reasoner in (pair, other, house.open()):
        reasoner.catalogue.follow()
        assert asked(reasoner, "the 3 largest of `sales`", "cached").procedure == "three@1"
        assert asked(reasoner, "the 2 largest of `sales`", "cached").procedure == "two@1"
        missed(reasoner, "the 4 largest of `sales`")
    with pytest.raises(SeglamError, match=r"E-MERGE.*two is pinned"):
        verb(other, "merge two three")
    verb(other, "unpin two")
    assert data(other, "merge two three") == {"done": "merge", "procedure": "three", "into": "two@2"}
    assert asked(other, "the 4 largest of `sales`", "cached").hit


def test_whoever_merges_by_itself_says_so(house: House) -> None:
    house.record(top(3, "three"), top(2, "two"))
    reasoner = house.open(merge="auto")
    for k in (3, 2):
        asked(reasoner, f"the {k} largest of `sales`")
    assert reasoner.merger.wait(WAIT)
    answer = asked(reasoner, "the 4 largest of `sales`", "cached")
    assert answer.procedure == "three@2"
    assert answer.notes == ("three@2 answers for two, too; %seglam unmerge two takes it back",)


def test_nothing_is_looked_for_where_it_is_off_and_a_terminal_can_look(house: House) -> None:
    house.record(top(3, "three"), top(2, "two"))
    reasoner = house.open(merge="off")
    for k in (3, 2):
        asked(reasoner, f"the {k} largest of `sales`")
    assert reasoner.merger._thread is None
    terminal = house.open(merge="off")
    assert "merges --look looks at all that is stored" in verb(terminal, "merges")
    (row,) = data(terminal, "merges --look")["suggested"]
    assert (row["into"], row["member"]) == ("three@1", "two@1")
    verb(terminal, "merge 1")
    assert asked(reasoner, "the 6 largest of `sales`", "cached").value == sorted(SALES)


def _other(name: str, body: str, wording: str = "the 3 smallest of {xs}", result: Any = None) -> dict[str, Any]:
    result = [1, 2, 3] if result is None else result
    return reply(name, wording.replace("{xs}", "`sales`"), [wording], body, result)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (_other("low", "sorted(xs)[:3]"), "the code differs in more than constants"),
        (_other("low", "sorted(xs, reverse=True)[-3:]", result=[3, 2, 1]), "the code differs in more than constants"),
        (_other("few", "sorted(xs)[-2:]", "the largest two of 2 values of {xs}", [5, 6]), "wordings of few@1 would be"),
        (_other("few", "sorted(xs)[-2:]", "the pair on top of {xs}", [5, 6]), "1 of 1 wordings of few@1 would be lost"),
    ],
)
def test_two_that_are_not_one_stay_two_and_the_reason_is_told(house: House, second: dict[str, Any], why: str) -> None:
    house.record(top(3, "three"), second)
    reasoner = house.open(merge="auto")
    asked(reasoner, "the 3 largest of `sales`")
    asked(reasoner, second["question"])
    assert reasoner.merger.wait(WAIT)
    assert reasoner.merger.suggestions == ()
    before = len(reasoner.log.snapshot())
    with pytest.raises(SeglamError, match=r"E-MERGE") as caught:
        verb(reasoner, f"merge three {second['name']}")
    assert why in str(caught.value)
    assert len(reasoner.log.snapshot()) == before
    assert set(reasoner.library.names()) == {"three", second["name"]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("merge 1", "no merges are suggested"),
        ("merge three", "two names"),
        ("merge three three", "not merged into itself"),
        ("merge three nobody", "E-PROCEDURE-UNKNOWN"),
        ("unmerge three", "part of no other"),
    ],
)
def test_a_merge_that_cannot_be_gets_its_sentence(house: House, line: str, said: str) -> None:
    house.record(top(3, "three"))
    reasoner = house.open()
    asked(reasoner, "the 3 largest of `sales`")
    with pytest.raises(SeglamError) as caught:
        verb(reasoner, line)
    assert said in str(caught.value)


def test_two_kernels_that_stored_the_same_at_once_can_make_it_one(house: House) -> None:
    house.record(TOTAL, ADDED)
    reasoner = house.open(merge="off")
    asked(reasoner, TOTAL["question"])
    reasoner.catalogue.pin("total@1")
    asked(reasoner, ADD_UP)
    reasoner.catalogue.unpin("total")
    assert reasoner.library.names() == ("added", "total")
    (row,) = data(reasoner, "merges --look")["suggested"]
    assert row["difference"] == "compute the same"
    verb(reasoner, "merge total added")
    for text in (TOTAL["question"], ADD_UP, "`sales` all summed up"):
        answer = asked(reasoner, text, "cached")
        assert (answer.value, answer.procedure) == (24, "total@2")


def test_a_kill_between_any_two_events_loses_no_answer(pair: Reasoner, tmp_path: Path) -> None:
    pair.catalogue.reject("the 3 largest of `others`", pair.catalogue.known("three"))
    begin = len(pair.log.snapshot())
    verb(pair, "merge 1")
    verb(pair, "unmerge two")
    events = pair.log.snapshot()
    assert [e.kind for e in events[begin:]] == ["reject", "revision", "merge", "unmerge", "pin"]
    variables = {"sales": Variable("sales", "list"), "others": Variable("others", "list")}
    for cut in range(begin, len(events) + 1):
        log = MemoryLog()
        for event in events[:cut]:
            log.append(event.kind, event.data)
        catalogue = Catalogue(log, Approvals(tmp_path))
        for k in (2, 3):
            decision = catalogue.library.decide(read(f"the {k} largest of `sales`", variables))
            assert decision.hit, (cut, decision.reason)
            bound = [decision.bindings, *(bindings for _, bindings in decision.rivals)]
            assert all(b["count"].value == k for b in bound if "count" in b)
        assert not catalogue.library.decide(read("the 3 largest of `others`", variables)).hit
        catalogue.close()
