"""What depends on today or on chance: never answered from yesterday, recorded, shown, and repeated exactly."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics import scripted
from seglam_magics.asking import understood
from seglam_magics.cache.labels import Label
from seglam_magics.compiler.author import Compilation
from seglam_magics.notebook.display import jsonable
from seglam_magics.notebook.explain import why
from seglam_magics.notebook.status import status_line
from seglam_magics.procedure.ambient import Ambient, moment
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.rechecking import Check
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Answer, Decision, Question, Usage

NOW = {"name": "now", "type": "date", "example": None}
LATELY = {
    "question": "How many rows of `orders` are of today?",
    "name": "rows_of_today",
    "parameters": [{"name": "rows", "type": "frame", "example": "orders"}, {**NOW, "example": "now"}],
    "templates": [{"lang": "en", "text": "How many rows of {rows} are of today?"}],
    "code": "def rows_of_today(rows, *, now):\n"
    "    return rows.filter(nw.col('day') == now.date()).select(nw.len().alias('n'))\n",
    "returns": "number",
    "examples": [
        {"arguments": {"rows": {"day": ["2026-03-01"]}, "now": "2026-03-01T12:00:00+01:00"}, "result": 1},
        {"arguments": {"rows": {"day": ["2026-03-01"]}, "now": "2026-03-02"}, "result": 0},
    ],
    "properties": [
        {
            "name": "aware",
            "claim": "now has an offset, in every case that is generated",
            "code": "def aware(run, *, rows, now):\n    assert now.utcoffset() is not None\n"
            "    assert run(rows=[*rows, {'day': now.date()}], now=now) == 1 + sum("
            "1 for r in rows if r['day'] == now.date())\n",
        }
    ],
}
SINCE = {
    "question": "How many rows of `orders` are after 2026-03-02?",
    "name": "rows_after",
    "parameters": [{"name": "rows", "type": "frame", "example": "orders"}, {**NOW, "example": "2026-03-02"}],
    "templates": [{"lang": "en", "text": "How many rows of {rows} are after {now}?"}],
    "code": "def rows_after(rows, *, now):\n"
    "    return rows.filter(nw.col('day') > now.date()).select(nw.len().alias('n'))\n",
    "returns": "number",
    "examples": [{"arguments": {"rows": {"day": ["2026-03-01"]}, "now": "2026-02-02"}, "result": 1}],
    "properties": [],
}
DRAWN = {
    "question": "Draw one of `names`",
    "name": "drawn",
    "parameters": [
        {"name": "names", "type": "list", "domain": {"items": "str"}, "example": "names"},
        {"name": "seed", "type": "int", "example": None},
    ],
    "templates": [{"lang": "en", "text": "Draw one of {names}"}],
    "code": "def drawn(*, names, seed):\n    return sorted(names)[seed % len(names)] if names else ''\n",
    "returns": "str",
    "examples": [{"arguments": {"names": ["a", "b"], "seed": 3}, "result": '"b"'}],
    "properties": [],
}
ORDERS = pl.DataFrame({"day": [dt.date(2026, 3, d) for d in (1, 2, 2, 3, 3, 3)]})


class Clock:
    """The time of day and the dice, as a test sets them."""

    now = "2026-03-01T09:00:00.250000+01:00"
    seed = 0

    def here(self) -> Ambient:
        return Ambient(moment(self.now), self.seed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(Ambient, "here", made.here)
    return made


@pytest.fixture
def reasoner(tmp_path: Path, clock: Clock) -> Iterator[Reasoner]:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    filled = {"summary": "", "meaning": None, "synonyms": [], "ignorable": [], "effects": [], "open_questions": []}
    for reply in (LATELY, SINCE, DRAWN):
        body = {k: v for k, v in reply.items() if k != "question"}
        text = json.dumps({"question": reply["question"], "reply": {**filled, **body}})
        (recordings / f"{reply['name']}.json").write_text(text)
    made = open_reasoner(Seglam(model=f"scripted/{recordings}", cases=25), log=MemoryLog())
    yield made
    made.close()
    scripted.stop(str(recordings))


def hits(reasoner: Reasoner) -> list[Mapping[str, Any]]:
    assert isinstance(reasoner.log, MemoryLog)
    return [event.data for event in reasoner.log.history() if event.kind == "hit"]


def ask(reasoner: Reasoner, text: str, cell: str | None = None, **space: Any) -> Answer:
    return reasoner.ask(Question(text, space, cell=cell))


@pytest.mark.parametrize("place", ["kernel", "sandbox"])
def test_today_is_today_at_every_hit(reasoner: Reasoner, clock: Clock, place: str) -> None:
    text = "How many rows of `orders` are of today?"
    first = ask(reasoner, text, cell="c", orders=ORDERS)
    assert (first.hit, first.value) == (False, 1)
    if place == "kernel":
        reasoner.catalogue.approve("rows_of_today")
    for day, count in ((2, 2), (3, 3), (4, 0)):
        clock.now = f"2026-03-0{day}T00:30:00-05:00"
        answers = [ask(reasoner, text, cell, orders=ORDERS) for cell in ("c", "d", None)]
        assert {(a.hit, a.value, a.where) for a in answers} == {(True, count, place)}
        assert answers[0].slots["now"] == moment(clock.now)
    events = hits(reasoner)
    assert events[0]["slots"]["now"] == "2026-03-02 00:30:00-05:00"
    assert events[0]["injected"] == ["now"]


def test_it_is_seen_and_repeated(reasoner: Reasoner, clock: Clock) -> None:
    ask(reasoner, "How many rows of `orders` are of today?", orders=ORDERS)
    first = reasoner.recent()[-1]
    assert "now = 2026-03-01 09:00:00.250000+01:00" in why(first.question, first.decision)
    clock.now = "2026-03-02T09:00:00.250000+01:00"
    answer = ask(reasoner, "How many rows of `orders` are of today?", orders=ORDERS)
    assert "now=2026-03-02 09:00:00+01:00" in status_line(answer)
    last = reasoner.recent()[-1]
    assert "now = 2026-03-02 09:00:00.250000+01:00 (filled in for this call)" in why(last.question, last.decision)
    hit = hits(reasoner)[0]
    clock.now = "2031-01-01T00:00:00+00:00"
    assert reasoner.call(hit["procedure"], {"rows": ORDERS, "now": hit["slots"]["now"]}) == answer.value == 2
    assert reasoner.call(hit["procedure"], {"rows": ORDERS}) == 0


def test_a_date_in_the_question_wins_over_the_clock(reasoner: Reasoner, clock: Clock) -> None:
    assert ask(reasoner, "How many rows of `orders` are after 2026-03-02?", orders=ORDERS).value == 3
    clock.now = "2031-01-01T00:00:00+00:00"
    for text, count in (("2026-03-02", 3), ("1 March 2026", 5)):
        answer = ask(reasoner, f"How many rows of `orders` are after {text}?", orders=ORDERS)
        assert (answer.hit, answer.value) == (True, count)
    assert not any("injected" in hit for hit in hits(reasoner))


def test_dice_are_thrown_anew_and_written_down(reasoner: Reasoner, clock: Clock) -> None:
    names = ["c", "a", "b"]
    drawn = {}
    for seed in (0, 1, 2, 2):
        clock.seed = seed
        drawn[seed] = ask(reasoner, "Draw one of `names`", names=names).value
    assert drawn == {0: "a", 1: "b", 2: "c"}
    clock.seed = 0
    again = [reasoner.call(h["procedure"], {"names": names, "seed": h["slots"]["seed"]}) for h in hits(reasoner)]
    assert again == ["b", "c", "c"]


def test_what_is_compared_is_run_at_the_same_moment(
    reasoner: Reasoner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(reasoner, "Draw one of `names`", names=["a", "b"])
    seeds = iter(range(1, 100))
    monkeypatch.setattr(Ambient, "here", lambda: Ambient(moment(clock.now), next(seeds)))
    decide = reasoner.library.decide

    def with_a_rival(*asked: Any, **options: Any) -> Decision:
        decision = decide(*asked, **options)
        assert decision.revision is not None
        return dataclasses.replace(decision, rivals=((decision.revision, decision.bindings),))

    monkeypatch.setattr(reasoner.library, "decide", with_a_rival)
    answers = [ask(reasoner, "Draw one of `names`", names=["a", "b", "c"]) for _ in range(4)]
    assert all(answer.hit for answer in answers)
    assert len({answer.value for answer in answers}) > 1


def test_a_hit_is_checked_at_the_moment_it_was_given(
    reasoner: Reasoner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(reasoner, "Draw one of `names`", names=list("abcdefgh"))
    seeds = iter(range(1, 100))
    monkeypatch.setattr(Ambient, "here", lambda: Ambient(moment(clock.now), next(seeds)))
    answer = ask(reasoner, "Draw one of `names`", names=list("abcdefgh"))
    asked = understood(Question("Draw one of `names`", {"names": list("abcdefgh")}))
    fresh = {"names": answer.decision.bindings["names"]}
    check = Check(asked, answer.decision, answer.revision, Label("exact", None, "recompile", answer.question))
    made = Compilation(answer.revision, fresh, Usage())
    assert reasoner.judge.rechecker._agrees(check, made, reasoner.executor)


def test_equal_answers_hold_the_moment_as_text(reasoner: Reasoner) -> None:
    answer = ask(reasoner, "How many rows of `orders` are of today?", orders=ORDERS)
    assert "2026-03-01T09:00:00.250000+01:00" in json.dumps(jsonable(answer.slots))
