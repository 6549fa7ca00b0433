"""What a question was answered with, and the event that records anything durable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .deciding import Decision, Reading
from .procedures import Revision, Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """The value and the evidence for it.

    Attributes
    ----------
    value : in the user's own kind (a pandas frame in, a pandas frame out).
    slots : parameter -> the value it was bound to, plain or a variable's name.
    usage : of this question (all zero on a hit that no model confirmed); `saved` is what compiling the revision had
        cost, None on a miss.
    seconds : from question to answer; `run_seconds` of it in the procedure.
    where : `kernel` or `sandbox`.
    notes : sentences the user should read (degraded store, empty result ...).
    id : of the event that records it, `KERNEL.NUMBER`; "" where it could not be recorded.
    corrects : the revision that an update has replaced, where the update came when that was verified.
    """

    value: Any
    hit: bool
    revision: Revision
    decision: Decision
    slots: Mapping[str, Any] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    saved: Usage | None = None
    seconds: float = 0.0
    run_seconds: float = 0.0
    where: str = "sandbox"
    question: str = ""
    notes: tuple[str, ...] = ()
    id: str = ""
    corrects: Revision | None = None

    @property
    def procedure(self) -> str:
        """`name@N` of the revision that answered."""
        return self.revision.label


@dataclass(frozen=True, slots=True)
class Trace:
    """One decision as `%seglam why` shows it; `error` is its code where the question failed."""

    question: str
    reading: Reading
    decision: Decision
    answer: Answer | None = None
    error: str = ""
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a question would do: `decision`, and on a miss `payload`, the exact bytes, with their tokens and price."""

    decision: Decision
    payload: bytes = b""
    model: str = ""
    tokens: int = 0
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One appended record.

    Attributes
    ----------
    kind : `revision hit miss run failed thinking retire restore pin unpin reject unreject alias unalias label clear
        merge unmerge import tag untag prune accept`.
    data : plain JSON data.
    kernel : id of the kernel that wrote it; (kernel, number) is unique.
    number : position in that kernel's segment, from 1.
    clock : Lamport clock; (clock, kernel, number) orders the events of all kernels, never the time of day.
    time : seconds since the epoch, for people.
    """

    kind: str
    data: Mapping[str, Any]
    kernel: str = ""
    number: int = 0
    clock: int = 0
    time: float = 0.0

    @property
    def id(self) -> str:
        """`KERNEL.NUMBER`, of this event alone."""
        return f"{self.kernel}.{self.number}"
