"""A run that is spoken to: stopped, gone on with, hurried, told more; over real HTTP, with a real child and store."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics import runs, scripted
from seglam_magics.compiler import probing
from seglam_magics.compiler.gateway import Request
from seglam_magics.compiler.request import repair
from seglam_magics.errors import SeglamError
from seglam_magics.making import with_updates
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.thinking.control import control, interrupt_main, lives
from seglam_magics.thinking.run import Run
from seglam_magics.words import Answer, Onward, Options, Question

RECORDED = Path(__file__).parents[1] / "scripted" / "locked" / "total.json"
QUESTION = "What is the total of `numbers`?"
UPDATE = "leave out every number below 2"
THOUGHT = "".join(f"Step {n}: a sum can be taken in any order, so nothing depends on it.\n\n" for n in range(50))
NUMBERS = [1, 2, 3]


class Thinker:
    """A model that thinks for two seconds, and kernels that ask it."""

    def __init__(self, folder: Path, continues: int) -> None:
        self.recordings = folder / f"thinks{continues}"
        self.recordings.mkdir()
        (self.recordings / "set.toml").write_text(f"continues = {continues}\n")
        whole = json.loads(RECORDED.read_text())
        slow = {"reasoning": THOUGHT, "chunk": 40, "delay": 0.025}
        self._write("first", {**whole, **slow})
        told = json.loads(json.dumps(whole["reply"]).replace("is not None", "is not None and number >= 2"))
        told["code"] = told["code"].replace("total_of", "total_from_two")
        told |= {"name": "total_from_two", "examples": [{"arguments": '{"numbers": [1, 2, 3]}', "result": "5"}]}
        told |= {"properties": [], "templates": [{"lang": "en", "text": "What is the total of {numbers}?\n" + UPDATE}]}
        self._write("told", {"question": f"{QUESTION} {UPDATE}", "reply": told})
        self.model = f"scripted/{self.recordings}"
        self._opened: list[Reasoner] = []

    def _write(self, name: str, recording: dict[str, Any]) -> None:
        (self.recordings / f"{name}.json").write_text(json.dumps(recording))

    def open(self) -> Reasoner:
        self._opened.append(open_reasoner(Seglam(model=self.model, store=str(self.recordings.parent / "store"))))
        return self._opened[-1]

    def sent(self) -> list[dict[str, Any]]:
        """The messages of the last request."""
        with urllib.request.urlopen(self._address("/calls/last")) as page:
            found: list[dict[str, Any]] = json.loads(page.read())["messages"]
            return found

    def ends(self) -> list[str]:
        """How the calls of the model ended, those of probing left out."""
        with urllib.request.urlopen(self._address("/calls")) as page:
            return [call["end"] for call in json.loads(page.read())["log"] if call["recording"] in ("first", "told")]

    def _address(self, page: str) -> str:
        return scripted.start(str(self.recordings)).removesuffix("/v1") + page

    def close(self) -> None:
        for reasoner in self._opened:
            reasoner.close()


@pytest.fixture
def thinker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Thinker]:
    made = Thinker(tmp_path, getattr(request, "param", 3))
    probing.forget()
    yield made
    made.close()


def asked(onward: Onward | None = None, text: str = QUESTION) -> Question:
    return Question(text, {"numbers": NUMBERS}, options=Options(onward=onward))


def meanwhile(said: Callable[[Run], object], after: int = 200) -> threading.Thread:
    """Say something once the run has thought so many characters, from another thread as a front end does."""

    def wait() -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if any(len(live.run.thinking) > after for live in lives()):
                said(lives()[0].run)
                return
            time.sleep(0.005)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def stopped(reasoner: Reasoner, after: int = 400) -> Run:
    thread = meanwhile(lambda _run: control("stop"), after)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(asked())
    thread.join()
    assert caught.value.code == "E-STOPPED-THINKING"
    return runs.to_go_on(reasoner.log, str(caught.value.facts["run"]))


@pytest.mark.parametrize(
    "how", [lambda _run: control("stop"), lambda _run: interrupt_main()], ids=["verb", "interrupt"]
)
def test_a01_a_stop_closes_the_connection_and_keeps_what_was_thought(thinker: Thinker, how: Any) -> None:
    reasoner = thinker.open()
    thread = meanwhile(how)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(asked())
    thread.join()
    run = runs.to_go_on(reasoner.log)
    assert (caught.value.code, caught.value.facts["run"]) == ("E-STOPPED-THINKING", run.id)
    assert (run.state, run.question) == ("stopped", QUESTION)
    assert THOUGHT.startswith(run.thinking)
    assert len(run.thinking) > 200
    assert not lives()
    deadline = time.monotonic() + 2
    while thinker.ends() != ["hung up"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert thinker.ends() == ["hung up"]
    assert not reasoner.library.names()


@pytest.mark.parametrize(("thinker", "level"), [(3, 3), (2, 2), (1, 1)], indirect=["thinker"])
def test_a04_a_stopped_run_goes_on_at_the_level_its_model_has(thinker: Thinker, level: int) -> None:
    reasoner = thinker.open()
    run = stopped(reasoner)
    answer = reasoner.ask(asked(Onward(run.id)))
    assert answer.value == 6
    whole = runs.known(reasoner.log, run.id)[0]
    assert (whole.state, whole.level, whole.procedure) == ("done", level, "total_of")
    last = thinker.sent()[-1]
    if level == 3:
        assert last["role"] == "assistant"
        assert last["reasoning_content"].startswith(run.thinking)
        assert whole.thinking == THOUGHT  # nothing was thought twice
    else:
        said = thinker.sent()[1]["content"]
        assert "<notes>" in said
        assert run.thinking.strip()[-100:] in said


def test_a03_another_kernel_goes_on_with_it(thinker: Thinker) -> None:
    run = stopped(thinker.open())
    other = thinker.open()
    assert runs.to_go_on(other.log).thinking == run.thinking
    assert other.ask(asked(Onward(run.id))).value == 6


@pytest.mark.parametrize("op", ["hurry", "answer", "strict"])
def test_a05_a_hurried_run_ends_with_a_verified_procedure_that_answers_without_a_model(
    thinker: Thinker, op: Any
) -> None:
    reasoner = thinker.open()
    thread = meanwhile(lambda _run: control(op))
    answer = reasoner.ask(asked())
    thread.join()
    assert (answer.value, answer.hit) == (6, False)
    run = runs.known(reasoner.log)[0]
    assert [said.op for said in run.said] == [op]
    assert run.said[0].level == 3
    calls = len(thinker.ends())
    assert thinker.open().ask(asked()).hit
    assert len(thinker.ends()) == calls


def test_a07_updates_said_in_one_breath_are_delivered_together_and_in_order(thinker: Thinker) -> None:
    texts = ["leave out every", "number below", "2"]
    recorded = json.loads((thinker.recordings / "told.json").read_text())
    recorded["reply"]["templates"] = [{"lang": "en", "text": "\n".join(["What is the total of {numbers}?", *texts])}]
    thinker._write("told", recorded)
    reasoner = thinker.open()
    thread = meanwhile(lambda _run: [control("update", text=text) for text in texts])
    answer = reasoner.ask(asked())
    thread.join()
    assert answer.value == 5
    assert thinker.ends() == ["hung up", "done"]
    thought = thinker.sent()[-1]["reasoning_content"]
    assert "<update>\n" + "\n".join(texts) + "\n</update>" in thought
    run = runs.known(reasoner.log)[0]
    assert (run.rev, run.updates) == (2, tuple(texts))


def test_a08_the_update_belongs_to_the_question(thinker: Thinker) -> None:
    reasoner = thinker.open()
    thread = meanwhile(lambda _run: control("update", text=UPDATE))
    assert reasoner.ask(asked()).value == 5
    thread.join()
    other = thinker.open()
    with_it: Answer = other.ask(asked(text=with_updates(QUESTION, [UPDATE])))
    assert (with_it.value, with_it.hit) == (5, True)
    without = other.ask(asked())
    assert (without.value, without.hit) == (6, False)


def test_a07_an_update_that_waits_when_the_run_is_stopped_is_delivered_when_it_goes_on(thinker: Thinker) -> None:
    reasoner = thinker.open()

    def both(_run: Run) -> None:
        control("update", text=UPDATE)
        control("stop")

    thread = meanwhile(both)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(asked())
    thread.join()
    run = runs.to_go_on(reasoner.log, str(caught.value.facts["run"]))
    assert [(said.op, said.text, said.level) for said in run.said] == [("update", UPDATE, None)]
    text = with_updates(QUESTION, [UPDATE])
    assert reasoner.ask(asked(Onward(run.id), text)).value == 5


def test_nothing_can_be_said_where_nothing_runs(thinker: Thinker) -> None:
    with pytest.raises(SeglamError) as caught:
        control("hurry")
    assert caught.value.code == "E-THOUGHT-NONE"
    with pytest.raises(SeglamError) as caught:
        runs.to_go_on(thinker.open().log)
    assert caught.value.code == "E-THOUGHT-REST"


def test_a_discarded_run_cannot_go_on(thinker: Thinker) -> None:
    reasoner = thinker.open()
    thread = meanwhile(lambda _run: control("discard"))
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(asked())
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
    first = reasoner.ask(asked())  # what is loaded once, is loaded
    limit: Any = {"seconds": 1.5} if kind == "seconds" else {"tokens": first.usage.tokens_in + 500}
    options = Options(reuse="fresh", **limit)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(Question(QUESTION, {"numbers": NUMBERS}, options=options))
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
    run = stopped(reasoner)
    said = "leave out the shop of shop-0123456789"
    with contextlib.suppress(SeglamError):  # no recording answers it
        reasoner.ask(asked(Onward(run.id, "update", ((said, ""),)), with_updates(QUESTION, [said])))
    sent = json.dumps(thinker.sent(), ensure_ascii=False)
    assert "‹secret:SHOP_TOKEN›" in sent
    assert "shop-0123456789" not in sent


def test_a_repair_follows_whole_turns_only() -> None:
    begun = {"role": "assistant", "content": "{", "prefix": True}
    asked_for = Request(({"role": "user", "content": "q"}, begun), prefix="{")
    mended = repair(asked_for, "{}", "it is empty")
    assert [message["role"] for message in mended.messages] == ["user", "assistant", "user"]
    assert mended.prefix == ""
