"""How a compile is followed: where it is kept, who watches it, and what is said to it from the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..thinking.control import Message
from ..thinking.detectors import Usual
from ..thinking.ladder import Ask
from ..thinking.run import Run
from .request import Task


def _nowhere(_kind: str, _data: Mapping[str, Any]) -> None:
    """A log nobody reads."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a compile is followed and, where it goes on with a run, what is said to it.

    Attributes
    ----------
    record : appends an event to the log.
    reread : the task of the question with these updates.
    run : the run that is gone on with, None for a new one; `ask` is what its model is asked to do.
    messages : updates that come with it.
    usual : what is usual of the model.
    changed : told the run whenever it has changed.
    """

    record: Callable[[str, Mapping[str, Any]], object] = _nowhere
    reread: Callable[[Sequence[str]], Task] | None = None
    run: Run | None = None
    ask: Ask = "resume"
    messages: tuple[Message, ...] = ()
    usual: Usual = field(default_factory=Usual)
    changed: Callable[[Run], object] | None = None
