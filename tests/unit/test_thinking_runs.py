"""A run that is spoken to: stopped, gone on with, hurried, told more; over real HTTP, with a real child and store."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics import runs
from seglam_magics.compiler.gateway import Request
from seglam_magics.compiler.request import repair
from seglam_magics.courses import with_updates
from seglam_magics.errors import SeglamError
from seglam_magics.scripted import server
from seglam_magics.store import MemoryLog
from seglam_magics.thinking.control import control, interrupt_main, lives
from seglam_magics.thinking.keeping import EVERY_CHARACTERS, Keeper, restored
from seglam_magics.thinking.run import Run
from seglam_magics.thinking.splitting import Piece
from seglam_magics.words import Answer, Onward

if TYPE_CHECKING:
    from conftest import Thinker

server_event = server._event


@pytest.mark.parametrize(
    "how", [lambda _run: control("stop"), lambda _run: interrupt_main()], ids=["verb", "interrupt"]
)
def test_a01_a_stop_closes_the_connection_and_keeps_what_was_thought(thinker: Thinker, how: Any) -> None:
    reasoner = thinker.open()
    thread = thinker.meanwhile(how)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked())
    thread.join()
    run = runs.to_go_on(reasoner.log)
    assert (caught.value.code, caught.value.facts["run"]) == ("E-STOPPED-THINKING", run.id)
    assert (run.state, run.question) == ("stopped", thinker.QUESTION)
    assert thinker.THOUGHT.startswith(run.thinking)
    assert len(run.thinking) > 200
    assert not lives()
    deadline = time.monotonic() + 2
    while thinker.ends() != ["hung up"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert thinker.ends() == ["hung up"]
    assert not reasoner.library.names()


@pytest.mark.parametrize("phase", ["thinking", "answering"])
def test_a01_the_server_sends_at_most_two_more_chunks(
    thinker: Thinker, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    pieces = {"reasoning": thinker.THOUGHT if phase == "thinking" else "So it is a sum.", "chunk": 40, "delay": 0.1}
    thinker.write("first", {**thinker.whole, **pieces})
    sent: list[float] = []
    monkeypatch.setattr(server, "_event", lambda event: (sent.append(time.monotonic()), server_event(event))[1])
    at: list[float] = []

    def interrupt() -> None:
        while not any(
            len(getattr(live.run, "thinking" if phase == "thinking" else "answer")) > 100 for live in lives()
        ):
            time.sleep(0.005)
        at.append(time.monotonic())
        interrupt_main()

    reasoner = thinker.open()
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(SeglamError, match="E-STOPPED-THINKING"):
        reasoner.ask(thinker.asked())
    thread.join()
    while thinker.ends() != ["hung up"]:
        time.sleep(0.01)
    assert len([when for when in sent if when > at[0]]) <= 2
    assert runs.known(reasoner.log)[-1].state == "stopped"


@pytest.mark.parametrize(("thinker", "level"), [(3, 3), (2, 2), (1, 1)], indirect=["thinker"])
def test_a04_a_stopped_run_goes_on_at_the_level_its_model_has(thinker: Thinker, level: int) -> None:
    reasoner = thinker.open()
    run = thinker.stopped(reasoner)
    answer = reasoner.ask(thinker.asked(Onward(run.id)))
    assert answer.value == 6
    whole = runs.known(reasoner.log, run.id)[0]
    assert (whole.state, whole.level, whole.procedure) == ("done", level, "total_of")
    last = thinker.sent()[-1]
    if level == 3:
        assert last["role"] == "assistant"
        assert last["reasoning_content"].startswith(run.thinking)
        assert whole.thinking == thinker.THOUGHT  # nothing was thought twice
    else:
        said = thinker.sent()[1]["content"]
        assert "<notes>" in said
        assert run.thinking.strip()[-100:] in said


def test_a03_another_kernel_goes_on_with_it(thinker: Thinker) -> None:
    run = thinker.stopped(thinker.open())
    other = thinker.open()
    assert runs.to_go_on(other.log).thinking == run.thinking
    assert other.ask(thinker.asked(Onward(run.id))).value == 6


@pytest.mark.parametrize(
    ("op", "share"), [("hurry", 0.1), ("hurry", 0.9), ("answer", 0.1), ("answer", 0.9), ("strict", 0.5)]
)
def test_a05_a_hurried_run_ends_with_a_verified_procedure_that_answers_without_a_model(
    thinker: Thinker, op: Any, share: float
) -> None:
    reasoner = thinker.open()
    thread = thinker.meanwhile(lambda _run: control(op), round(share * len(thinker.THOUGHT)))
    answer = reasoner.ask(thinker.asked())
    thread.join()
    assert (answer.value, answer.hit) == (6, False)
    run = runs.known(reasoner.log)[0]
    assert [said.op for said in run.said] == [op]
    assert run.said[0].level == 3
    calls = len(thinker.ends())
    assert thinker.open().ask(thinker.asked()).hit
    assert len(thinker.ends()) == calls


def test_a07_updates_said_in_one_breath_are_delivered_together_and_in_order(thinker: Thinker) -> None:
    texts = ["leave out every", "number below", "2"]
    told = {**thinker.told, "templates": [thinker.wording(*texts)]}
    thinker.write("told", {"question": " ".join((thinker.QUESTION, *texts)), "reply": told})
    reasoner = thinker.open()
    thread = thinker.meanwhile(lambda _run: [control("update", text=text) for text in texts])
    answer = reasoner.ask(thinker.asked())
    thread.join()
    assert answer.value == 5
    assert thinker.ends() == ["hung up", "done"]
    thought = thinker.sent()[-1]["reasoning_content"]
    assert "<update>\n" + "\n".join(texts) + "\n</update>" in thought
    run = runs.known(reasoner.log)[0]
    assert (run.rev, run.updates) == (2, tuple(texts))


def test_a07_updates_said_one_after_the_other_are_all_in_the_request_that_is_answered(thinker: Thinker) -> None:
    texts = ["leave out every", "number below", "2"]
    told = {**thinker.told, "templates": [thinker.wording(*texts)]}
    thinker.write("told", {"question": " ".join((thinker.QUESTION, *texts)), "reply": told})
    for so_far in (1, 2):
        question = " ".join((thinker.QUESTION, *texts[:so_far]))
        thinker.write(f"part{so_far}", {**thinker.whole, **thinker.slow, "question": question})
    reasoner = thinker.open()

    def say(_run: Run) -> None:
        for text in texts:
            control("update", text=text)
            time.sleep(0.4)

    thread = thinker.meanwhile(say)
    answer = reasoner.ask(thinker.asked())
    thread.join()
    assert answer.value == 5
    (run,) = runs.known(reasoner.log)
    assert run.updates == tuple(texts)
    assert not run.waiting
    last = thinker.sent()
    assert " ".join((thinker.QUESTION, *texts)) in last[1]["content"]


def test_a08_the_update_belongs_to_the_question(thinker: Thinker) -> None:
    reasoner = thinker.open()
    thread = thinker.meanwhile(lambda _run: control("update", text=thinker.UPDATE))
    assert reasoner.ask(thinker.asked()).value == 5
    thread.join()
    other = thinker.open()
    with_it: Answer = other.ask(thinker.asked(text=with_updates(thinker.QUESTION, [thinker.UPDATE])))
    assert (with_it.value, with_it.hit) == (5, True)
    without = other.ask(thinker.asked())
    assert (without.value, without.hit) == (6, False)


def test_a07_an_update_that_waits_when_the_run_is_stopped_is_delivered_when_it_goes_on(thinker: Thinker) -> None:
    reasoner = thinker.open()

    def both(_run: Run) -> None:
        control("update", text=thinker.UPDATE)
        control("stop")

    thread = thinker.meanwhile(both)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked())
    thread.join()
    run = runs.to_go_on(reasoner.log, str(caught.value.facts["run"]))
    assert [(said.op, said.text, said.level) for said in run.said] == [("update", thinker.UPDATE, None)]
    text = with_updates(thinker.QUESTION, [thinker.UPDATE])
    assert reasoner.ask(thinker.asked(Onward(run.id), text)).value == 5


@given(st.lists(st.text(alphabet="abc ", min_size=1, max_size=900), max_size=30))
def test_a03_all_but_the_last_two_kilobytes_are_in_the_log_at_any_moment(pieces: list[str]) -> None:
    log = MemoryLog()
    keeper = Keeper(Run("r1", "q"), log.append)
    keeper.now(Run("r1", "q"))
    streamed = ""
    for piece in pieces:
        keeper.heard(Piece(thinking=piece))
        streamed += piece
        kept = restored(log.history())["r1"].thinking
        assert streamed.startswith(kept)
        assert len(streamed) - len(kept) < EVERY_CHARACTERS
    keeper.flush()
    assert restored(log.history())["r1"].thinking == streamed


def test_the_last_run_of_a_kernel_can_be_looked_at(thinker: Thinker) -> None:
    import seglam

    run = thinker.stopped(thinker.open())
    found = seglam.last_run
    assert found is not None
    assert (found.id, found.state, found.thinking) == (run.id, "stopped", run.thinking)
    assert repr(found).startswith(f"<run {run.id}: stopped, ≈ ")
    assert "last_run" in dir(seglam)


def test_nothing_can_be_said_where_nothing_runs(thinker: Thinker) -> None:
    with pytest.raises(SeglamError) as caught:
        control("hurry")
    assert caught.value.code == "E-THOUGHT-NONE"
    with pytest.raises(SeglamError) as caught:
        runs.to_go_on(thinker.open().log)
    assert caught.value.code == "E-THOUGHT-REST"


def test_a_discarded_run_cannot_go_on(thinker: Thinker) -> None:
    reasoner = thinker.open()
    thread = thinker.meanwhile(lambda _run: control("discard"))
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked())
    thread.join()
    assert caught.value.code == "E-STOPPED"
    with pytest.raises(SeglamError) as over:
        runs.to_go_on(reasoner.log, runs.known(reasoner.log)[0].id)
    assert over.value.code == "E-THOUGHT-OVER"


@pytest.mark.parametrize("kind", ["seconds", "tokens"])
def test_a09_a_budget_that_is_used_up_stops_the_run_and_names_the_line_that_goes_on(
    thinker: Thinker, kind: str
) -> None:
    reasoner = thinker.open()
    first = reasoner.ask(thinker.asked())  # what is loaded once, is loaded
    limit: Any = {"seconds": 0.8} if kind == "seconds" else {"tokens": first.usage.tokens_in + 500}
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked(reuse="fresh", **limit))
    run = runs.known(reasoner.log)[-1]
    assert (run.state, runs.can_go_on(run)) == ("budget", True)
    assert caught.value.code == "E-BUDGET-THINKING"
    assert f"%seglam resume {run.id} --" in caught.value.hint
    assert set(thinker.ends()[1:]) == {"hung up"}
    calls = len(thinker.ends())
    time.sleep(0.3)
    assert len(thinker.ends()) == calls  # no retry


def test_a_secret_in_an_update_is_not_sent(thinker: Thinker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "shop-0123456789")
    reasoner = thinker.open()
    run = thinker.stopped(reasoner)
    said = "leave out the shop of shop-0123456789"
    with contextlib.suppress(SeglamError):  # no recording answers it
        reasoner.ask(thinker.asked(Onward(run.id, "update", ((said, ""),)), with_updates(thinker.QUESTION, [said])))
    sent = json.dumps(thinker.sent(), ensure_ascii=False)
    assert "‹secret:SHOP_TOKEN›" in sent
    assert "shop-0123456789" not in sent


def test_a_repair_follows_whole_turns_only() -> None:
    begun = {"role": "assistant", "content": "{", "prefix": True}
    asked_for = Request(({"role": "user", "content": "q"}, begun), prefix="{")
    mended = repair(asked_for, "{}", "it is empty")
    assert [message["role"] for message in mended.messages] == ["user", "assistant", "user"]
    assert mended.prefix == ""
