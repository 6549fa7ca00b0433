from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.background import Handle
from seglam_magics.notebook.progress import Line, ProgressLine, terminal_screen
from seglam_magics.words import Answer, Decision, Revision

ANSWER = Answer(7, True, Revision("rows", 1, "ab", "def rows(): ..."), Decision(hit=True))


class Screen:
    """The lines as they stand in the cell's output, and how often they were sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sent = 0

    def __call__(self, text: str, *, line: Line | None = None, keep: bool = False) -> None:
        del keep
        self.sent += 1
        line = line or Line()
        if line.shown:
            self.lines[-1] = text
        else:
            line.shown = True
            self.lines.append(text)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_stages_and_the_final_line_share_one_line() -> None:
    screen = Screen()
    line = ProgressLine(screen, stages=True)
    line("asking anthropic/claude")
    line("verifying")
    assert screen.lines == ["miss · verifying"]
    line.done("miss · compiled")
    assert screen.lines == ["miss · compiled"]


def test_figures_that_tick_are_not_sent_more_than_five_times_a_second() -> None:
    screen, clock = Screen(), Clock()
    line = ProgressLine(screen, stages=True, clock=clock)
    for tick in range(100):
        clock.now = tick / 100
        line(f"asking model, {clock.now:.1f} s")
    assert 4 <= screen.sent <= 6


def test_a_hit_shows_its_line_only() -> None:
    screen = Screen()
    ProgressLine(screen, stages=True).done("hit · rows v1")
    assert (screen.lines, screen.sent) == (["hit · rows v1"], 1)


def test_a_failure_leaves_no_stage_behind() -> None:
    screen = Screen()
    line = ProgressLine(screen, stages=True)
    line.failed()
    assert screen.lines == []
    line("verifying")
    line.failed()
    assert screen.lines == ["miss · no answer"]


def test_an_interrupt_while_the_line_is_shown_for_the_first_time_leaves_no_stage_behind() -> None:
    screen = Screen()

    def interrupted(text: str, *, line: Line, keep: bool = False) -> None:
        screen(text, line=line, keep=keep)
        if keep:
            raise KeyboardInterrupt

    line = ProgressLine(interrupted, stages=True)
    with pytest.raises(KeyboardInterrupt):
        line("asking anthropic/claude")
    line.failed()
    assert screen.lines == ["miss · no answer"]


def test_another_thread_shows_nothing() -> None:
    screen = Screen()
    line = ProgressLine(screen, stages=True)
    thread = threading.Thread(target=line, args=("verifying",))
    thread.start()
    thread.join()
    assert screen.lines == []


def test_quiet_shows_nothing_at_all() -> None:
    line = ProgressLine(None, stages=True)
    line("verifying")
    line.failed()
    line.done("hit")


def test_a_terminal_gets_the_final_line_only(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine(terminal_screen, stages=True)
    line("verifying")
    line.done("miss · compiled")
    assert capsys.readouterr().out == "miss · compiled\n"


def test_a_handle_has_the_answer_when_it_is_there() -> None:
    go = threading.Event()

    def ask() -> Answer:
        go.wait()
        return ANSWER

    handle = Handle(ask)
    assert not handle.done
    assert "running" in repr(handle)
    with pytest.raises(TimeoutError):
        handle.result(0.01)
    go.set()
    assert handle.result(10).value == 7
    assert handle.done
    assert repr(handle).startswith("hit · rows v1")


def test_a_handle_can_be_awaited() -> None:
    async def wait() -> Any:
        return (await Handle(lambda: ANSWER)).value

    loop = asyncio.new_event_loop()  # not asyncio.run, which would drop a loop that a library has set for this thread
    try:
        assert loop.run_until_complete(wait()) == 7
    finally:
        loop.close()


def test_a_handle_raises_what_the_question_raised() -> None:
    def ask() -> Answer:
        raise SeglamError("E-MODEL-UNSET")

    handle = Handle(ask)
    with pytest.raises(SeglamError, match="E-MODEL-UNSET"):
        handle.result(10)
    assert repr(handle).startswith("failed · E-MODEL-UNSET")
