"""Whether hits are right is found out: by fresh compiles in the background, by siblings, by the person who asked."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics import scripted
from seglam_magics.cache.labels import Labels
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.rechecking import alike, sampled
from seglam_magics.settings import Seglam
from seglam_magics.words import Answer, Options, Question


def values(name: str) -> list[dict[str, Any]]:
    return [{"name": "values", "type": "list", "domain": {"items": "int"}, "example": name}]


TOTAL = {
    "question": "What is the total of `xs`?",
    "name": "total",
    "parameters": values("xs"),
    "templates": [{"lang": "en", "text": "What is the total of {values}?"}],
    "code": "def total(*, values):\n    return sum(values)\n",
    "returns": "number",
    "examples": [{"arguments": {"values": [1, 2]}, "result": 3}],
    "properties": [],
}
OF_YS = {**TOTAL, "question": "What is the total of `ys`?", "parameters": values("ys")}
OF_ZS = {**TOTAL, "question": "What is the total of `zs`?", "parameters": values("zs")}
# what another run of the model may make of the same question
COUNTED = {
    **OF_YS,
    "code": "def total(*, values):\n    return sum(values) if len(values) < 3 else len(values)\n",
}
LISTED = {
    **OF_YS,
    "code": "def total(*, values):\n    return [sum(values)]\n",
    "returns": "list",
    "examples": [{"arguments": {"values": [1, 2]}, "result": [3]}],
}
ADDED = {
    **TOTAL,
    "question": "Add up `xs`, please, to the total sum",
    "name": "added",
    "templates": [
        {"lang": "en", "text": "Add up {values}, please, to the total sum"},
        {"lang": "en", "text": "What is the total of {values}?"},
    ],
    "code": "def added(*, values):\n    return sum(v for v in values)\n",
}
WAIT = 60.0


class House:
    """Recordings of a model and a store in one folder; `open` starts a kernel on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self._opened: list[Reasoner] = []

    def record(self, *replies: dict[str, Any]) -> None:
        for reply in replies:
            filled = {"summary": "", "meaning": None, "synonyms": [], "ignorable": [], "effects": []}
            body = {**filled, "open_questions": [], **{k: v for k, v in reply.items() if k != "question"}}
            text = json.dumps({"question": reply["question"], "reply": body})
            (self.recordings / f"{len(list(self.recordings.iterdir()))}.json").write_text(text)
        scripted.stop(str(self.recordings))

    def open(self, recheck: str = "100 %", **settings: Any) -> Reasoner:
        chosen = Seglam(
            model=f"scripted/{self.recordings}", store=str(self.folder / "store"), cases=5, recheck=recheck, **settings
        )
        self._opened.append(open_reasoner(chosen))
        return self._opened[-1]

    def calls(self) -> int:
        base = scripted.start(str(self.recordings)).removesuffix("/v1")
        with urllib.request.urlopen(f"{base}/calls") as reply:
            return int(json.load(reply)["calls"])

    def close(self) -> None:
        for reasoner in self._opened:
            reasoner.close()
        scripted.stop(str(self.recordings))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    one.record(TOTAL)
    yield one
    one.close()


def asked(reasoner: Reasoner, name: str = "ys", values: Any = (1, 2, 3), **options: Any) -> Answer:
    text = f"What is the total of `{name}`?"
    return reasoner.ask(Question(text, {name: values}, options=Options(**options)))


def checked(reasoner: Reasoner, name: str = "ys", values: Any = (1, 2, 3)) -> Answer:
    """A hit, and what came of its check."""
    answer = asked(reasoner, name, values)
    assert answer.hit
    assert reasoner.judge.rechecker.wait(WAIT)
    return answer


def done(reasoner: Reasoner) -> list[tuple[str, str]]:
    """The events of checks: kind and what went wrong, the latest first."""
    rows = reasoner.view().query("log", limit=50)
    events = [(row["kind"], row["reason"] or "") for row in rows if row["kind"] in ("run", "failed")]
    return events[:-1]  # the first compile


# ---------------------------------------------------------------- fresh compiles


def test_a_hit_that_a_fresh_compile_confirms_is_labelled_right_and_publishes_nothing(house: House) -> None:
    house.record(OF_YS)
    reasoner = house.open()
    asked(reasoner, "xs")
    answer = checked(reasoner)
    assert answer.value == 6
    assert reasoner.catalogue.corrections.labels("total") == {"template": Labels(1, 0)}
    assert [r.label for r in reasoner.library.versions("total")] == ["total@1"]
    assert reasoner.library.names() == ("total",)
    assert (house.calls(), done(reasoner)) == (2, [("run", "")])
    (spent,) = reasoner.view().query("savings")
    assert spent["spent_tokens"] > answer.revision.usage.tokens_in + answer.revision.usage.tokens_out
    (row,) = reasoner.view().query("procedures")
    assert (row["compiled"], row["hits"]) == (1, 1)


def test_a_hit_that_a_fresh_compile_contradicts_suspends_its_tier_until_it_is_cleared(house: House) -> None:
    house.record(COUNTED)
    reasoner = house.open()
    asked(reasoner, "xs")
    assert checked(reasoner, values=[5, 6, 7]).value == 18
    assert reasoner.catalogue.corrections.labels("total") == {"template": Labels(0, 1)}
    with pytest.raises(SeglamError, match="suspended there until %seglam clear total"):
        asked(reasoner, reuse="cached")
    assert asked(reasoner, "xs", reuse="cached").hit, "what was asked word for word is another tier"
    assert asked(house.open("off"), "zs", procedure="total").hit, "chosen by name it answers"
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(house.open("off"), "zs", reuse="cached")
    reasoner.catalogue.clear("total")
    assert asked(reasoner, reuse="cached").hit


def test_nothing_is_checked_unless_it_is_asked_for(house: House) -> None:
    assert Seglam().recheck == "off"
    reasoner = house.open("off")
    asked(reasoner, "xs")
    checked(reasoner)
    assert (house.calls(), done(reasoner)) == (1, [])


@pytest.mark.parametrize("options", [{"reuse": "cached"}, {"reuse": "frozen"}, {"procedure": "total"}])
def test_a_question_that_may_not_compile_or_chose_its_procedure_is_not_checked(
    house: House, options: dict[str, str]
) -> None:
    reasoner = house.open()
    asked(reasoner, "xs")
    assert asked(reasoner, **options).hit
    assert reasoner.judge.rechecker.wait(WAIT)
    assert (house.calls(), done(reasoner)) == (1, [])


def test_the_same_question_is_checked_once_a_day_by_whoever_asks_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seglam_magics.cache.catalogue.FOLLOW_SECONDS", WAIT)  # a check does not wait to be told
    house.record(OF_YS)
    one = house.open()
    asked(one, "xs")
    for reasoner in (one, one, house.open()):
        checked(reasoner)
    assert house.calls() == 2


def test_so_many_a_day_are_counted_over_all_kernels(house: House) -> None:
    house.record(OF_YS, OF_ZS)
    one = house.open("1 per day")
    asked(one, "xs")
    checked(one)
    checked(one, "zs")
    checked(house.open("1 per day"), "zs")
    assert house.calls() == 2
    checked(house.open("2 per day"), "zs")
    assert house.calls() == 3


def test_what_a_day_may_cost_is_kept(house: House) -> None:
    reasoner = house.open(recheck_usd=0.0)
    asked(reasoner, "xs")
    checked(reasoner)
    assert (house.calls(), done(reasoner)) == (1, [])


def test_money_spent_by_checks_counts_against_the_day(house: House) -> None:
    house.record(OF_YS)
    reasoner = house.open(recheck_usd=0.05)
    asked(reasoner, "xs")
    usage = {"usd": 0.05, "calls": 1}
    reasoner.log.append("failed", {"question": "q", "recheck": True, "usage": usage})
    checked(reasoner)
    assert house.calls() == 1


def test_a_check_that_fails_is_one_event_and_nothing_else(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "xs")
    assert checked(reasoner).value == 6  # there is no recording of it
    ((kind, why),) = done(reasoner)
    assert (kind, "E-SCRIPTED-UNKNOWN" in why) == ("failed", True)
    assert reasoner.catalogue.corrections.labels("total") == {}


def test_results_of_two_kinds_settle_nothing(house: House) -> None:
    house.record(LISTED)
    reasoner = house.open()
    asked(reasoner, "xs")
    checked(reasoner)
    assert done(reasoner) == [("failed", "one gives a number, the other a list")]
    assert reasoner.catalogue.corrections.labels("total") == {}


def test_inputs_that_change_while_they_are_checked_settle_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.record(OF_YS)
    reasoner = house.open()
    asked(reasoner, "xs")
    numbers = [1, 2, 3]
    spare = reasoner.judge.rechecker._spare

    def changing() -> Any:
        executor = spare()
        call = executor.call

        def grown(*args: Any, **more: Any) -> Any:
            numbers.append(1)
            return call(*args, **more)

        executor.call = grown  # type: ignore[method-assign]
        return executor

    monkeypatch.setattr(reasoner.judge.rechecker, "_spare", changing)
    checked(reasoner, values=numbers)
    assert done(reasoner) == [("failed", "the inputs changed while it was checked")]
    assert reasoner.catalogue.corrections.labels("total") == {}


def test_a_live_connection_is_left_to_its_own_thread(house: House) -> None:
    import duckdb

    with duckdb.connect() as connection:
        relation = connection.sql("select 1 as x")
        reasoner = house.open()
        asked(reasoner, "xs")
        question = Question("What is the total of `ys`?", {"ys": [1, 2], "t": relation}, ("ys", "t"))
        assert reasoner.ask(question).hit
        assert reasoner.judge.rechecker.wait(WAIT)
        assert house.calls() == 1


def test_an_answer_does_not_wait_for_its_check_and_neither_does_closing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.record(OF_YS)
    reasoner = house.open()
    asked(reasoner, "xs")
    waiting, entered = threading.Event(), threading.Event()
    spare = reasoner.judge.rechecker._spare

    def held() -> Any:
        entered.set()
        waiting.wait(WAIT)
        return spare()

    monkeypatch.setattr(reasoner.judge.rechecker, "_spare", held)
    assert asked(reasoner).hit
    assert entered.wait(WAIT)
    thread = reasoner.judge.rechecker._thread
    assert thread is not None
    assert thread.daemon
    assert not reasoner.judge.rechecker.wait(0)
    assert asked(reasoner, "zs").hit
    reasoner.close()
    waiting.set()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert house.calls() == 1
    assert not [e for e in house.open("off").log.snapshot() if e.kind == "label"]


@given(st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_a_sample_is_the_same_for_everybody_and_grows_with_its_share(question: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    for day in ("2026-01-01", "2026-01-02"):
        assert sampled(low, day, question, "ab") == sampled(low, day, question, "ab")
        assert sampled(high, day, question, "ab") or not sampled(low, day, question, "ab")
        assert sampled(1.0, day, question, "ab")
        assert not sampled(0.0, day, question, "ab")


def test_a_sample_has_the_size_of_its_share() -> None:
    drawn = sum(sampled(0.1, "2026-01-01", f"question {n}", "ab") for n in range(5000))
    assert 400 < drawn < 600


@pytest.mark.parametrize(
    ("one", "other", "ordered", "expected"),
    [
        (0.1 + 0.2, 0.3, True, True),
        (1, 2, True, False),
        ([1, 2], [2, 1], True, False),
        ([1, 2], [2, 1], False, True),
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"b": [1, 2]}), True, True),
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [2, 1]}), True, False),
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [2, 1]}), False, True),
        (pl.DataFrame({"a": [1.0, None]}), pl.DataFrame({"a": [1.0, float("nan")]}), True, True),
        (pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [1], "b": [1]}), True, False),
        (pl.LazyFrame({"a": [1]}), pl.DataFrame({"a": [1]}), True, True),
        ("a", "b", True, False),
        (None, 0, True, False),
        (True, 1, True, False),
        (True, True, True, True),
    ],
)
def test_results_are_alike_in_what_they_say(one: Any, other: Any, *, ordered: bool, expected: bool) -> None:
    assert alike(one, other, ordered=ordered) is expected


# ---------------------------------------------------------------- siblings and people


def test_a_sibling_that_gives_the_same_is_a_right_label_once_a_day(house: House) -> None:
    house.record(ADDED)
    reasoner = house.open("off")
    asked(reasoner, "xs")
    reasoner.ask(Question(ADDED["question"], {"xs": [1, 2]}))
    names = {asked(reasoner, name).revision.name for name in ("ys", "zs", "ys")}
    (name,) = names
    assert reasoner.catalogue.corrections.labels(name) == {"template": Labels(1, 0)}
    (label,) = [e.data for e in reasoner.log.snapshot() if e.kind == "label"]
    assert (label["source"], {label["name"], label["other"]}) == ("sibling", {"total", "added"})


def test_siblings_that_differ_judge_nobody(house: House) -> None:
    house.record(
        {**ADDED, "code": "def added(*, values):\n    return sum(v for v in values) + 5 * (len(values) > 2)\n"}
    )
    reasoner = house.open("off")
    asked(reasoner, "xs")
    reasoner.ask(Question(ADDED["question"], {"xs": [1, 2]}))
    with pytest.raises(SeglamError, match="both fit and give different values"):
        asked(reasoner, reuse="cached")
    assert not [e for e in reasoner.log.snapshot() if e.kind == "label"]


def test_a_person_rejects_a_hit_and_takes_it_back(house: House) -> None:
    reasoner = house.open("off")
    asked(reasoner, "xs")
    asked(reasoner)
    revision = reasoner.reject(reasoner.recent()[-1])
    assert reasoner.catalogue.corrections.suspended("total") == {"template"}
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(reasoner, "zs", reuse="cached")
    reasoner.catalogue.clear("total")
    assert asked(reasoner, "zs", reuse="cached").hit
    with pytest.raises(SeglamError, match="rejected for this question"):
        asked(reasoner, reuse="cached")
    reasoner.catalogue.unreject("what is the total of `ys`", revision)
    assert asked(reasoner, reuse="cached").hit
    assert reasoner.catalogue.corrections.labels("total") == {}


def test_a_rejected_compile_was_no_hit_and_suspends_nothing(house: House) -> None:
    reasoner = house.open("off")
    asked(reasoner, "xs")
    reasoner.reject(reasoner.recent()[-1])
    assert reasoner.catalogue.corrections.labels("total") == {}
    assert asked(reasoner, reuse="cached").hit


def test_settings_that_are_replaced_hold_from_then_on(house: House) -> None:
    reasoner = house.open("off", trust="ask")
    asked(reasoner, "xs")
    reasoner.catalogue.approve("total")
    assert asked(reasoner).where == "kernel"
    reasoner.settings = Seglam(trust="sandbox")
    assert asked(reasoner, "zs").where == "sandbox"
