"""The one line above an answer: the stage while a procedure is compiled, the status line when it is done."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from seglam_magics.trust.redaction import redact

from .wording import one_line, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = Mapping[str, Any]

_PAUSE = 0.2  # seconds between two updates: more often nobody reads, and every one is a message


class Screen(Protocol):
    """Where a line is shown."""

    def __call__(self, text: str, *, line: Line | None = None, keep: bool = False, record: Record | None = None) -> Any:
        """Show `text`; as `line`, in place of what was shown as it before. With `keep` more of it is to come.

        `record` is saved with the line where lines are saved: mime type -> data that hold no secret.
        """


@dataclass(slots=True)
class Line:
    """A line that changes; it has its id before it is shown, so an interrupt meanwhile does not leave it behind."""

    id: str = field(default_factory=lambda: secrets.token_hex(16))
    shown: bool = False


def kernel_screen(text: str, *, line: Line | None = None, keep: bool = False, record: Record | None = None) -> None:
    """Show a line as plain text in the cell's output, so that it survives in the saved notebook."""
    from IPython.display import display, update_display

    del keep
    bundle = {"text/plain": redact(text), **(record or {})}
    if line is None:
        display(bundle, raw=True)  # type: ignore[no-untyped-call]
    elif line.shown:
        update_display(bundle, display_id=line.id, raw=True)  # type: ignore[no-untyped-call]
    else:
        line.shown = True
        display(bundle, raw=True, display_id=line.id)  # type: ignore[no-untyped-call]


def terminal_screen(text: str, *, line: Line | None = None, keep: bool = False, record: Record | None = None) -> None:
    """Print a line; nothing is shown of what would be replaced."""
    del line, record
    if not keep:
        print(redact(text))  # noqa: T201 - a terminal has nothing else


class ProgressLine:
    """Follows one question; hand it to `Reasoner.ask` as `progress`.

    Parameters
    ----------
    screen : where the line is shown; None shows nothing.
    stages : whether stages are shown before the end.
    """

    def __init__(self, screen: Screen | None, *, stages: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._stages = stages
        self._clock = clock
        self._owner = threading.get_ident()
        self._shown_at = float("-inf")
        self._stage = ""
        self._line = Line()

    def __call__(self, stage: str) -> None:
        """Show `stage` (`asking MODEL, 1.2 s`): at most five times a second while only its figures change.

        Another thread, such as the one that notices silence, may only change a line that is there: one of its own would
        land in some other cell.
        """
        if self._screen is None or not self._stages:
            return
        if threading.get_ident() != self._owner and not self._line.shown:
            return
        now, kind = self._clock(), stage.partition(",")[0]
        if kind == self._stage and now - self._shown_at < _PAUSE:
            return
        self._stage, self._shown_at = kind, now
        self._screen(say("progress.line", stage=one_line(stage, 100)), line=self._line, keep=True)

    def done(self, text: str, record: Record | None = None) -> None:
        """Show the final line in place of the stages; `record` is saved with it."""
        if self._screen is not None:
            kept: dict[str, Any] = {"record": record} if record else {}
            self._screen(text, line=self._line if self._line.shown else None, **kept)

    def failed(self) -> None:
        """Leave a true line where a stage was shown; the error follows it."""
        if self._screen is not None and self._line.shown:
            self._screen(say("progress.failed"), line=self._line)
