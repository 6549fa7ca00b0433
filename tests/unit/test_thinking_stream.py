"""A stream has one owner: it is always closed, keeps to its budget, and loses nothing when it is stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.thinking import Budget, Completion, Delta, collect
from seglam_magics.thinking.stream import MAX_REPLY, Interrupted


class Tape:
    """A stream of given deltas that notes when it is closed; an exception among them is raised."""

    def __init__(self, *items: Delta | BaseException) -> None:
        self._items = items
        self.closed = 0

    def __iter__(self) -> Iterator[Delta]:
        for item in self._items:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        self.closed += 1


def played(tape: Tape, budget: Budget | None = None) -> Completion:
    return collect(lambda: tape, budget or Budget(), model="m", asked=400)


def test_text_thinking_and_usage_are_put_together() -> None:
    tape = Tape(Delta(thinking="hm"), Delta("a"), Delta("b", finish="stop"), Delta(tokens_in=7, tokens_out=3))
    got = played(tape)
    assert (got.text, got.thinking, got.finish, got.estimated) == ("ab", "hm", "stop", False)
    assert (got.usage.tokens_in, got.usage.tokens_out, got.usage.calls) == (7, 3, 1)
    assert tape.closed == 1


def test_without_usage_tokens_are_estimated_and_marked_so() -> None:
    got = played(Tape(Delta("x" * 40)))
    assert (got.usage.tokens_in, got.usage.tokens_out, got.estimated) == (100, 10, True)


@pytest.mark.parametrize("failure", [SeglamError("E-MODEL-DOWN", model="m", why="gone"), RuntimeError("other")])
def test_a_failing_stream_is_closed(failure: Exception) -> None:
    tape = Tape(Delta("a"), failure)
    with pytest.raises(type(failure)):
        played(tape)
    assert tape.closed == 1


def test_a_stop_keeps_what_there_was() -> None:
    tape = Tape(Delta(thinking="so far"), Delta("half"), KeyboardInterrupt())
    with pytest.raises(Interrupted) as caught:
        played(tape)
    kept = caught.value.completion
    assert (kept.text, kept.thinking, kept.usage.calls) == ("half", "so far", 1)
    assert tape.closed == 1


def test_the_deadline_the_tokens_and_the_size_end_a_stream() -> None:
    for tape, budget, code in (
        (Tape(Delta("a")), Budget(deadline=time.monotonic() - 1), "E-MODEL-TIMEOUT"),
        (Tape(Delta("a" * 900)), Budget(tokens=100), "E-BUDGET"),
        (Tape(*[Delta("a" * 100_000)] * (MAX_REPLY // 100_000 + 1)), None, "E-LLM-FORMAT"),
    ):
        with pytest.raises(SeglamError, match=code):
            played(tape, budget)
        assert tape.closed == 1
