"""The one line above an answer: the stage while a procedure is compiled, the status line when it is done."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from seglam_magics.trust.redaction import redact

from .wording import one_line, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = Mapping[str, Any]

_PAUSE = 0.2  # seconds between two updates: more often nobody reads, and every one is a message


class Screen(Protocol):
    """Where a line is shown; `replace` is what an earlier call returned."""

    def __call__(self, text: str, *, replace: Any = None, keep: bool = False, record: Record | None = None) -> Any:
        """Show `text`, instead of an earlier line if `replace` is given; with `keep` it can be replaced later.

        `record` is saved with the line where lines are saved: mime type -> data that hold no secret.
        """


def kernel_screen(text: str, *, replace: Any = None, keep: bool = False, record: Record | None = None) -> Any:
    """Show a line as plain text in the cell's output, so that it survives in the saved notebook."""
    from IPython.display import display

    bundle = {"text/plain": redact(text), **(record or {})}
    if replace is not None:
        replace.update(bundle, raw=True)
        return replace
    return display(bundle, raw=True, display_id=True if keep else None)  # type: ignore[no-untyped-call]


def terminal_screen(text: str, *, replace: Any = None, keep: bool = False, record: Record | None = None) -> None:
    """Print a line; nothing is shown of what would be replaced."""
    del replace, record
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
        self._handle: Any = None

    def __call__(self, stage: str) -> None:
        """Show `stage` (`asking MODEL, 1.2 s`): at most five times a second while only its figures change.

        Another thread, such as the one that notices silence, may only change a line that is there: one of its own would
        land in some other cell.
        """
        if self._screen is None or not self._stages:
            return
        if threading.get_ident() != self._owner and self._handle is None:
            return
        now, kind = self._clock(), stage.partition(",")[0]
        if kind == self._stage and now - self._shown_at < _PAUSE:
            return
        self._stage, self._shown_at = kind, now
        text = say("progress.line", stage=one_line(stage, 100))
        self._handle = self._screen(text, replace=self._handle, keep=True)

    def done(self, text: str, record: Record | None = None) -> None:
        """Show the final line in place of the stages; `record` is saved with it."""
        if self._screen is not None:
            kept: dict[str, Any] = {"record": record} if record else {}
            self._screen(text, replace=self._handle, **kept)

    def failed(self) -> None:
        """Leave a true line where a stage was shown; the error follows it."""
        if self._screen is not None and self._handle is not None:
            self._screen(say("progress.failed"), replace=self._handle)
