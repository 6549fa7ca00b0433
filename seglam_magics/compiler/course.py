"""How a compile is followed: where it is kept, and what is said to it from the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..thinking.control import Message
from ..thinking.detectors import Usual
from ..thinking.ladder import Ask
from ..thinking.run import Run
from ..words import Binding, Revision
from .request import Task

Known = tuple[Revision, Mapping[str, Binding]]


def _nowhere(_kind: str, _data: Mapping[str, Any]) -> None:
    """A log nobody reads."""


def _nothing(_run: Run) -> None:
    """An end nobody counts."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a compile is followed and, where it goes on with a run, what is said to it.

    Attributes
    ----------
    record : appends an event to the log.
    reread : the task of the question with these updates.
    earlier : the stored procedure that answers the question with these updates, and its bindings; None where none does.
    run : the run that is gone on with, None for a new one; `ask` is what its model is asked to do.
    messages : updates that come with it.
    usual : what is usual of the model with questions about data of this kind, which is `kind`.
    finished : told the run when it has come to a procedure.
    listed : it is one of the runs of this kernel, which are shown and can be spoken to.
    """

    record: Callable[[str, Mapping[str, Any]], object] = _nowhere
    reread: Callable[[Sequence[str]], Task] | None = None
    earlier: Callable[[Sequence[str]], Known | None] | None = None
    run: Run | None = None
    ask: Ask = "resume"
    messages: tuple[Message, ...] = ()
    usual: Usual = field(default_factory=Usual)
    kind: str = ""
    finished: Callable[[Run], object] = _nothing
    listed: bool = True
