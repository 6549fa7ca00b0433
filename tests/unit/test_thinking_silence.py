"""A model that says nothing: it is told, Stop is offered, and another model is asked where one is set."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest

from seglam_magics import runs
from seglam_magics.errors import SeglamError
from seglam_magics.thinking.control import Mailbox, Message, control, lives
from seglam_magics.thinking.silence import Watch

if TYPE_CHECKING:
    from conftest import Thinker


def until(said: list[float], count: int) -> None:
    end = time.monotonic() + 20
    while len(said) < count:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_silence_is_told_again_and_again_until_something_comes() -> None:
    said: list[float] = []
    watch = Watch(0.05, said.append)
    watch.begin()
    until(said, 2)
    assert said[0] >= 0.05
    assert said[1] > said[0]
    watch.heard()
    count = len(said)
    until(said, count + 1)
    assert said[count] < said[count - 1] + 0.05 or said[count] >= 0.05  # counted from what came last
    watch.end()
    time.sleep(0.02)
    count = len(said)
    time.sleep(0.2)
    assert len(said) == count
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


def test_who_waits_for_ever_is_told_nothing() -> None:
    watch = Watch(None, lambda _seconds: pytest.fail("it was told"))
    watch.begin()
    watch.heard()
    watch.end()


def stalls(thinker: Thinker, after: int) -> None:
    thinker.write("first", {**thinker.whole, "reasoning": thinker.THOUGHT, "chunk": 40, "stall_after": after})


@pytest.mark.parametrize("after", [1, 20], ids=["from the start", "in the middle"])
def test_a_silent_model_is_told_and_can_be_stopped(thinker: Thinker, after: int) -> None:
    stalls(thinker, after)
    reasoner = thinker.open(silence_s=0.4)
    lines: list[str] = []

    def progress(line: str) -> None:
        lines.append(line)
        if "nothing has come for" in line:
            control("stop")

    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked(), progress)
    assert caught.value.code in ("E-STOPPED-THINKING", "E-STOPPED")
    assert any("nothing has come for" in line and "stops it" in line for line in lines)
    run = runs.known(reasoner.log)[-1]
    assert [flag["name"] for flag in run.flags] == ["silence"]
    assert not lives()


@pytest.mark.parametrize("after", [1, 20], ids=["from the start", "in the middle"])
def test_where_another_model_is_set_it_is_asked(thinker: Thinker, after: int) -> None:
    stalls(thinker, after)
    other = thinker.folder / "other"
    other.mkdir()
    (other / "total.json").write_text(json.dumps(thinker.whole))
    reasoner = thinker.open(silence_s=0.5, fallback_models=[f"scripted/{other}"])
    answer = reasoner.ask(thinker.asked())
    assert answer.value == 6
    assert answer.revision.model == f"scripted/{other}"
    assert any("has said nothing" in note for note in answer.notes)
    first, second = runs.known(reasoner.log)
    assert (first.state, first.finish) == ("failed", "E-MODEL-SILENT")
    assert second.state == "done"


def test_what_was_said_to_a_silent_model_waits_for_the_next_one() -> None:
    box = Mailbox()
    for op in ("update", "silent", "hurry"):
        box.put(Message(op, "x"))  # type: ignore[arg-type]
    first = box.take()
    assert first is not None
    assert (first.op, first.updates) == ("silent", ())
    assert [message.op for message in box.pending] == ["update", "hurry"]
