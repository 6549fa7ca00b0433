"""Reading a model's stream in the cell's main thread: one owner, always closed.

A stream that is read in a background thread cannot be unblocked when the server stalls; in the main thread SIGINT ends
a stalled read within milliseconds. So nothing here starts a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from ..errors import SeglamError
from ..words import Usage

# A reply is a procedure of at most 64 KB and its wordings; a megabyte is no reply.
MAX_REPLY = 1_000_000
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a stream: answer text, thinking, and the usage where the provider tells it."""

    text: str = ""
    thinking: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    finish: str | None = None


class Stream(Protocol):
    """An open stream of deltas; `close` ends the connection."""

    def __iter__(self) -> Iterator[Delta]: ...

    def close(self) -> None:
        """End the connection, also in the middle of a reply."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may still use: `deadline` on the monotonic clock, tokens it may produce; None is no limit."""

    deadline: float | None = None
    tokens: int | None = None

    def left(self) -> float | None:
        """Seconds until the deadline, at least a tenth."""
        return None if self.deadline is None else max(0.1, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished reply. `estimated` says that the provider told no usage and tokens were counted from the text."""

    text: str
    thinking: str = ""
    finish: str = "stop"
    usage: Usage = Usage()
    estimated: bool = False


class Interrupted(Exception):
    """The user stopped the run; `completion` is what there was."""

    def __init__(self, completion: Completion) -> None:
        super().__init__("interrupted")
        self.completion = completion


def collect(
    open_stream: Callable[[], Stream],
    budget: Budget,
    *,
    model: str,
    asked: int,
    progress: Callable[[int], None] | None = None,
) -> Completion:
    """Read a stream to its end.

    Parameters
    ----------
    asked : characters of the request, to estimate its tokens where the provider tells none.
    progress : called with the number of characters received so far.

    Raises
    ------
    SeglamError : E-MODEL-TIMEOUT past the deadline, E-BUDGET past the tokens, E-LLM-FORMAT for an endless reply.
    Interrupted : on SIGINT, with what was received.
    """
    begin = time.monotonic()
    parts: list[Delta] = []
    try:
        with closing(open_stream()) as stream:
            _drain(stream, parts, budget, model, begin, progress)
    except KeyboardInterrupt:
        raise Interrupted(_completion(parts, model, asked, time.monotonic() - begin)) from None
    return _completion(parts, model, asked, time.monotonic() - begin)


def _drain(
    stream: Stream,
    parts: list[Delta],
    budget: Budget,
    model: str,
    begin: float,
    progress: Callable[[int], None] | None,
) -> None:
    size = 0
    for delta in stream:
        parts.append(delta)
        size += len(delta.text) + len(delta.thinking)
        if budget.deadline is not None and time.monotonic() > budget.deadline:
            raise SeglamError("E-MODEL-TIMEOUT", model=model, seconds=round(budget.deadline - begin, 1))
        if budget.tokens is not None and size > budget.tokens * CHARACTERS_PER_TOKEN * 2:
            raise SeglamError("E-BUDGET", why=f"more than {budget.tokens:,} tokens", option="--tokens")
        if size > MAX_REPLY:
            raise SeglamError("E-LLM-FORMAT", why=f"it is longer than {MAX_REPLY:,} characters")
        if progress is not None:
            progress(size)


def _completion(parts: list[Delta], model: str, asked: int, seconds: float) -> Completion:
    text, thinking = "".join(p.text for p in parts), "".join(p.thinking for p in parts)
    told = next((p for p in reversed(parts) if p.tokens_out is not None), None)
    tokens_in = told.tokens_in if told is not None else None
    tokens_out = told.tokens_out if told is not None else None
    usage = Usage(
        model=model,
        calls=1,
        tokens_in=tokens_in if tokens_in is not None else asked // CHARACTERS_PER_TOKEN,
        tokens_out=tokens_out if tokens_out is not None else (len(text) + len(thinking)) // CHARACTERS_PER_TOKEN,
        seconds=seconds,
    )
    finish = next((p.finish for p in reversed(parts) if p.finish), "stop")
    return Completion(text, thinking, finish, usage, estimated=told is None)
