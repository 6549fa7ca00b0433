"""Reading a model's stream in the cell's main thread: one owner, always closed.

A stream that is read in a background thread cannot be unblocked when the server stalls; in the main thread SIGINT ends
a stalled read within milliseconds. So nothing here starts a thread. Whoever else wants the run's attention wakes the
stream, which makes a stalled read return in any thread.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from ..errors import SeglamError
from ..words import Usage
from .control import Delivery
from .run import CHARACTERS_PER_TOKEN
from .splitting import Piece, Splitter

# A reply is a procedure of at most 64 KB and its wordings; a megabyte is no reply.
MAX_REPLY = 1_000_000


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a stream: answer text, thinking, and the usage where the provider tells it.

    `tokens_cached` of `tokens_in` came from the provider's cache of prompts.
    """

    text: str = ""
    thinking: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    finish: str | None = None


class Stream(Protocol):
    """An open stream of deltas; `close` ends the connection."""

    def __iter__(self) -> Iterator[Delta]: ...

    def close(self) -> None:
        """End the connection, also in the middle of a reply."""

    def wake(self) -> None:
        """Make a read that waits return or fail at once; any thread may call it."""


class Hearer(Protocol):
    """Who follows a stream: told every piece of it, and asked between two pieces what was said to the run."""

    def asked(self) -> None:
        """A request is about to be sent; from now on the model may be silent."""

    def opened(self, stream: Stream) -> None:
        """A stream has begun; it is woken when something is said to the run."""

    def heard(self, piece: Piece) -> None:
        """The reply has grown."""

    def delivery(self, *, woken: bool) -> Delivery | None:
        """What is to be done now; None to read on.

        Parameters
        ----------
        woken : the stream broke off: if something was said, wait until all of it is.
        """

    def was_woken(self) -> bool:
        """Whether an interrupt came from here, and not from the user. Asked once for each."""

    def ended(self) -> None:
        """The request is over, however it ended."""


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

    def __init__(self, completion: Completion, *, discard: bool = False) -> None:
        super().__init__("interrupted")
        self.completion = completion
        self.discard = discard


class Steered(Exception):
    """Something was said to the run that its model has to be told: `completion` is what there was until then."""

    def __init__(self, completion: Completion, delivery: Delivery) -> None:
        super().__init__(delivery.op)
        self.completion = completion
        self.delivery = delivery


class Silent(Exception):
    """The model says nothing, and another one is to be asked; `completion` is what there was."""

    def __init__(self, completion: Completion) -> None:
        super().__init__("silent")
        self.completion = completion


def collect(
    open_stream: Callable[[], Stream],
    budget: Budget,
    *,
    model: str,
    asked: int,
    progress: Callable[[int], None] | None = None,
    hearer: Hearer | None = None,
) -> Completion:
    """Read a stream to its end.

    Parameters
    ----------
    asked : characters of the request, to estimate its tokens where the provider tells none.
    progress : called with the number of characters received so far.
    hearer : follows the stream, looks after its budget, and may end it.

    Raises
    ------
    SeglamError : E-MODEL-TIMEOUT past the deadline, E-BUDGET past the tokens, E-LLM-FORMAT for an endless reply.
    Interrupted : on SIGINT or a stop, with what was received.
    Silent : where the hearer waits no longer for a model that says nothing.
    Steered : where the hearer has something to say to the model.
    """
    reading = _Reading(model, asked, budget, progress, hearer)
    if hearer is None:
        return _collected(open_stream, reading, None)
    hearer.asked()
    try:
        return _collected(open_stream, reading, hearer)
    finally:
        hearer.ended()


def _collected(open_stream: Callable[[], Stream], reading: _Reading, hearer: Hearer | None) -> Completion:
    try:
        with closing(open_stream()) as stream:
            if hearer is not None:
                hearer.opened(stream)
                reading.obey(woken=False)  # what was said while it opened
            for delta in stream:
                reading.add(delta)
                reading.obey(woken=False)
    except KeyboardInterrupt:
        if hearer is not None and hearer.was_woken():
            reading.obey(woken=True)
        raise Interrupted(reading.completion()) from None
    except SeglamError as error:
        # a stream that was woken ends with an error, and a silent one with the time that was allowed
        reading.obey(woken=error.code != "E-MODEL-TIMEOUT")
        raise
    reading.obey(woken=True)
    return reading.completion()


class _Reading:
    """One reply as it comes."""

    def __init__(
        self,
        model: str,
        asked: int,
        budget: Budget,
        progress: Callable[[int], None] | None,
        hearer: Hearer | None,
    ) -> None:
        self._model, self._asked, self._budget = model, asked, budget
        self._progress, self._hearer = progress, hearer
        self._begin = time.monotonic()
        self._splitter = Splitter()
        self._thinking: list[str] = []
        self._answer: list[str] = []
        self._size = 0
        self._told: Delta | None = None
        self._finish = ""

    def add(self, delta: Delta) -> None:
        """Take one delta; raises SeglamError where it is one too many."""
        self._size += len(delta.text) + len(delta.thinking)
        self._finish = delta.finish or self._finish
        if delta.tokens_out is not None:
            self._told = delta
        piece = self._splitter.feed(delta.text) if delta.text else Piece()
        self._grow(dataclasses.replace(piece, thinking=delta.thinking + piece.thinking) if delta.thinking else piece)
        self._bounded()
        if self._progress is not None:
            self._progress(self._size)

    def obey(self, *, woken: bool) -> None:
        """Do what was said to the run, if anything was."""
        delivery = self._hearer.delivery(woken=woken) if self._hearer is not None else None
        if delivery is None:
            return
        if delivery.op in ("stop", "discard"):
            raise Interrupted(self.completion(), discard=delivery.op == "discard")
        if delivery.op == "silent":
            raise Silent(self.completion())
        raise Steered(self.completion(), delivery)

    def completion(self) -> Completion:
        """What there is."""
        self._grow(self._splitter.end())
        text, thinking = "".join(self._answer), "".join(self._thinking)
        told = self._told
        known_in = told.tokens_in if told is not None else None
        known_out = told.tokens_out if told is not None else None
        usage = Usage(
            model=self._model,
            calls=1,
            tokens_in=known_in if known_in is not None else self._asked // CHARACTERS_PER_TOKEN,
            tokens_out=known_out if known_out is not None else (len(text) + len(thinking)) // CHARACTERS_PER_TOKEN,
            seconds=time.monotonic() - self._begin,
            tokens_cached=(told.tokens_cached or 0) if told is not None else 0,
        )
        return Completion(text, thinking, self._finish or "stop", usage, estimated=told is None)

    def _grow(self, piece: Piece) -> None:
        if piece.moved:
            self._thinking += self._answer
            self._answer = []
        if piece.thinking:
            self._thinking.append(piece.thinking)
        if piece.answer:
            self._answer.append(piece.answer)
        if self._hearer is not None and (piece.thinking or piece.answer or piece.moved):
            self._hearer.heard(piece)

    def _bounded(self) -> None:
        budget = self._budget
        if self._hearer is not None:
            budget = Budget()  # who hears it looks after its budget
        if budget.deadline is not None and time.monotonic() > budget.deadline:
            raise SeglamError("E-MODEL-TIMEOUT", model=self._model, seconds=round(budget.deadline - self._begin, 1))
        if budget.tokens is not None and self._size > budget.tokens * CHARACTERS_PER_TOKEN * 2:
            raise SeglamError("E-BUDGET", why=f"more than {budget.tokens:,} tokens", option="--tokens")
        if self._size > MAX_REPLY:
            raise SeglamError("E-LLM-FORMAT", why=f"it is longer than {MAX_REPLY:,} characters")
