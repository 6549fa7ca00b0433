"""The record of a compile by a model: what it thought, what became of it, what was said to it."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["queued", "thinking", "answering", "verifying", "done", "stopped", "failed", "budget", "discarded"]
Op = Literal["stop", "resume", "hurry", "answer", "strict", "update", "discard", "budget", "again"]
Fate = Literal["pending", "delivered", "checked", "ignored"]

CHARACTERS_PER_TOKEN = 4  # where nobody has counted

LIVE: frozenset[State] = frozenset({"queued", "thinking", "answering", "verifying"})
# a live one is resumed where its kernel is gone
RESUMABLE: frozenset[State] = LIVE.union(("stopped", "failed", "budget"))


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said to a run, and where it stood then.

    Attributes
    ----------
    t : seconds since the run began.
    at_tokens : tokens of thinking there were; `at_share` of the model's usual thinking, None where that is unknown.
    text : of an update; the reason of a budget.
    level : of the ladder on which the run went on; None while it has not. `again` is a start from nothing by seglam
        itself, because an update was not taken.
    wordings : version of the file the words to the model came from.
    """

    op: Op
    t: float = 0.0
    at_tokens: int = 0
    at_share: float | None = None
    text: str = ""
    check: str = ""
    level: int | None = None
    wordings: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """One run: a question on its way through a model. `seglam.last_run` is the last one of this kernel.

    Attributes
    ----------
    rev : 1, and one more with every delivered update; `updates` are all of them, in order.
    level : of the capability ladder, 3 (goes on inside its thinking) to 0 (begun again); None before anything was said.
    thinking, answer : what the model has streamed, over all its requests.
    summary : the provider shows a summary of the thinking, not the thinking.
    candidate : source of the best procedure so far that was not stored; `before` the one before its last update.
    tokens_in : of all requests; `estimated` where a closed stream told none. `tokens_thinking` is all that was thought,
        `tokens_answer` the reply that came of it.
    kind : of the data it is about (`frame`, `list` ...); `properties` that its procedure states.
    flags : what the detectors found.
    procedure : name of what came of it.
    kernel : id of the kernel that wrote of it last.
    """

    id: str
    question: str
    rev: int = 1
    model: str = ""
    mode: str = "careful"
    state: State = "queued"
    level: int | None = None
    thinking: str = ""
    answer: str = ""
    summary: bool = False
    candidate: str = ""
    before: str = ""
    kind: str = ""
    properties: int = 0
    updates: tuple[str, ...] = ()
    tokens_in: int = 0
    tokens_thinking: int = 0
    tokens_answer: int = 0
    usd: float | None = None
    estimated: bool = False
    began: float = 0.0
    seconds: float = 0.0
    finish: str = ""
    said: tuple[Said, ...] = ()
    flags: tuple[Mapping[str, Any], ...] = ()
    procedure: str = ""
    kernel: str = ""

    def __repr__(self) -> str:
        thought = len(self.thinking) // CHARACTERS_PER_TOKEN
        return f"<run {self.id}: {self.state}, ≈ {thought:,} tokens of thinking in {self.seconds:.1f} s, {self.model}>"

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.state in LIVE

    @property
    def waiting(self) -> tuple[Said, ...]:
        """The updates that were said and not delivered."""
        return tuple(said for said in self.said if said.op == "update" and said.level is None)

    @property
    def interrupted(self) -> bool:
        """Whether anything was said to it, by its user or by its budget."""
        return bool(self.said)

    def fate(self, said: Said) -> Fate:
        """What became of an update.

        >>> Run("r1", "how many?").fate(Said("update", text="without the first"))
        'pending'
        """
        if said.level is None:
            return "pending"
        doubted = any(flag.get("name") == "self-doubt" for flag in self.flags)
        if self.state != "done":
            return "ignored" if doubted and self.state == "stopped" else "delivered"
        return "checked"

    @property
    def resumable(self) -> bool:
        """Whether it can go on."""
        return self.state in RESUMABLE

    def grown(self, thinking: str = "", answer: str = "", *, moved: bool = False) -> Run:
        """With more text. `moved`: what was taken for the answer so far was thinking.

        >>> Run("r1", "how many?").grown("so ").grown(answer="4").thinking
        'so '
        """
        if moved:
            return dataclasses.replace(self, thinking=self.thinking + self.answer + thinking, answer=answer)
        return dataclasses.replace(self, thinking=self.thinking + thinking, answer=self.answer + answer)


def new_id() -> str:
    """A name for a run that one can type: `r` and six hexadecimal digits."""
    return f"r{secrets.token_hex(3)}"
