"""What follows a stop: how a run was asked that may go on, and in a terminal, where there are no buttons, a choice."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Literal

from seglam_magics.errors import SeglamError
from seglam_magics.words import Onward

from .wording import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from seglam_magics.thinking.run import Run
    from seglam_magics.words import Question

    from .options import Request

MOST = 50  # questions that are remembered
_CHOICES = {"r": "resume", "a": "answer", "u": "update", "d": "discard"}


class Asked:
    """How runs were asked: with which options, and where the result was to go."""

    def __init__(self) -> None:
        self._by_run: dict[str, tuple[Question, Request]] = {}

    def note(self, run: object, question: Question, request: Request) -> None:
        """Remember it; the oldest is forgotten."""
        if run:
            self._by_run.pop(str(run), None)
            self._by_run[str(run)] = question, request
            while len(self._by_run) > MOST:
                del self._by_run[next(iter(self._by_run))]

    def of(self, run: str) -> tuple[Question, Request] | None:
        """How it was asked here, None where it was not."""
        return self._by_run.get(run)


def going_on(question: Question, run: Run, onward: Onward, **limits: object) -> Question:
    """The question of a run that goes on: with everything that was added to it, and what is added now.

    What is only asserted of a result that is there is a reason to compile again, for the question stays the same.
    """
    from seglam_magics.courses import with_updates

    waiting = [said.text for said in run.waiting if said.text]
    text = with_updates(run.question, [*run.updates, *waiting, *(said for said, _ in onward.updates if said)])
    given = {name: value for name, value in limits.items() if value is not None}
    same = run.state == "done" and not any(said for said, _ in onward.updates)
    reuse = "fresh" if same else question.options.reuse
    options = dataclasses.replace(question.options, onward=onward, reuse=reuse, **given)  # type: ignore[arg-type]
    return dataclasses.replace(question, text=text, options=options)


def stopped_run(error: BaseException) -> str:
    """The id of the run that an error stopped and that can go on, "" where there is none."""
    if not isinstance(error, SeglamError) or not error.code.startswith(("E-STOPPED", "E-BUDGET", "E-UPDATE")):
        return ""
    return str(error.facts.get("run", ""))


def in_terminal(shell: object) -> bool:
    """Whether somebody sits at a terminal who can be asked."""
    return getattr(shell, "kernel", None) is None and sys.stdin is not None and sys.stdin.isatty()


def chosen(run: str, ask: Callable[[str], str] = input) -> Onward | Literal["discard"] | None:
    """What is to become of a stopped run: how it goes on, or that it is thrown away; None leaves it as it is.

    Parameters
    ----------
    ask : shows a line and gives what is typed.

    >>> chosen("r1", lambda _line: "a").ask
    'answer'
    >>> chosen("r1", lambda _line: "") is None
    True
    """
    typed = _typed(say("think.choices"), ask)
    verb = _CHOICES.get(typed[:1].casefold(), "")
    if verb == "update":
        text = _typed(say("think.update"), ask)
        return Onward(run, "update", ((text, ""),)) if text else None
    if verb == "discard":
        return "discard"
    return Onward(run, "answer" if verb == "answer" else "resume") if verb else None


def _typed(line: str, ask: Callable[[str], str]) -> str:
    try:
        return ask(line).strip()
    except (EOFError, KeyboardInterrupt):
        return ""
