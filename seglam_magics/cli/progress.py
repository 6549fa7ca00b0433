"""The one line of a verb that takes longer than a second: what it does, how far it is, and for how long already.

A verb tells how far it is; a thread of its own shows it, so that a verb that waits for a sandbox or a disk is seen to
go on. What takes less than a second shows nothing, and no line stays: the result of the verb stands in its place.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from contextlib import contextmanager
from contextvars import copy_context
from html import escape
from typing import TYPE_CHECKING, Protocol

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.progress import Line, kernel_screen
from seglam_magics.notebook.wording import cut, one_line, say, span
from seglam_magics.trust.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

AFTER = 1.0  # seconds; before that nobody wonders
PAUSE = 0.5  # seconds between two states of the line: each is a message, and is saved by some front ends
_LONGEST = 160  # characters of a stage


class Surface(Protocol):
    """Where the line is shown."""

    def show(self, text: str, share: float | None) -> None:
        """Show `text` in place of what was shown before; `share` of 1 is done, None where that is not known."""

    def end(self, text: str) -> bool:
        """Take the line away; whether `text` stands in its place now."""


class Progress:
    """What a verb tells while it runs; called with a stage, from any thread.

    Parameters
    ----------
    surface : where it is shown; None shows nothing.
    after, pause : seconds before the line is shown first, and between two states of it.

    >>> progress = Progress()
    >>> with progress.during("store check"):
    ...     progress("1,000 events", 0.5)
    >>> progress.end("the result")
    False
    """

    def __init__(self, surface: Surface | None = None, *, after: float = AFTER, pause: float = PAUSE) -> None:
        self._surface = surface
        self._after, self._pause = after, pause
        self._verb, self._stage = "", ""
        self._share: float | None = None
        self._began = 0.0
        self._shown = False
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, stage: str, share: float | None = None) -> None:
        """Say what is done now, and which share of it all is done."""
        self._stage, self._share = stage, share

    @contextmanager
    def during(self, verb: str) -> Iterator[None]:
        """Show the line while this lasts. Where it ends with an error, a true line stays; else see `end`."""
        if self._surface is None:
            yield
            return
        self._verb, self._began = verb, time.monotonic()
        # in the context of the cell, so that the line belongs to it
        thread = threading.Thread(target=copy_context().run, args=(self._paint,), name="seglam-progress", daemon=True)
        thread.start()
        sound = False
        try:
            yield
            sound = True
        finally:
            self._ended.set()
            thread.join()
            if not sound:
                self.end(say("progress.ended", verb=verb, seconds=self._elapsed()))

    def end(self, text: str) -> bool:
        """Put the result of the verb in place of the line; whether it stands there, and needs to be shown no more."""
        self._ended.set()
        with self._lock:
            if self._surface is None or not self._shown:
                return False
            self._shown = False
            return self._surface.end(text or say("progress.took", verb=self._verb, seconds=self._elapsed()))

    def hush(self) -> None:
        """Show nothing from now on: something else is about to be shown, which has a line of its own."""
        self.end("")

    def _elapsed(self) -> str:
        return span(time.monotonic() - self._began)

    def _paint(self) -> None:
        pause = self._after
        while not self._ended.wait(pause):
            pause = self._pause
            with self._lock:
                if self._surface is None or self._ended.is_set():
                    return
                self._surface.show(self._text(), self._share)
                self._shown = True

    def _text(self) -> str:
        return " · ".join(filter(None, [self._verb, one_line(self._stage, _LONGEST), self._elapsed()]))


@contextmanager
def interruptible(line: str) -> Iterator[None]:
    """Make a sentence of an interrupt, where nothing has made more of it.

    Raises
    ------
    SeglamError : E-STOPPED-VERB.
    """
    began = time.monotonic()
    try:
        yield
    except KeyboardInterrupt:
        raise SeglamError("E-STOPPED-VERB", line=line, time=span(time.monotonic() - began)) from None


# ---------------------------------------------------------------- where it is shown


class InCell:
    """A line in the output of a cell, with a bar where it is known how far it is."""

    def __init__(self) -> None:
        self._line = Line()

    def show(self, text: str, share: float | None) -> None:
        """Show `text` in the cell that runs, or change what is shown there."""
        kernel_screen(text, line=self._line, record={"text/html": markup(text, share)})

    def end(self, text: str) -> bool:
        """Put `text` in place of the line, as plain text."""
        kernel_screen(text, line=self._line)
        return True


class AtTerminal:
    """A line of standard error that is written over; what is printed to standard output is not touched."""

    def show(self, text: str, share: float | None) -> None:
        """Write `text` over what was there; a longer one than the terminal is wide could not be written over."""
        del share
        self._write(cut(redact(text), shutil.get_terminal_size().columns - 1))

    def end(self, text: str) -> bool:
        """Wipe the line; the text is for standard output."""
        del text
        self._write("")
        return False

    def _write(self, text: str) -> None:
        import click

        click.echo(f"\r\033[K{text}", err=True, nl=False)


def markup(text: str, share: float | None) -> str:
    """The line as html.

    >>> markup("test · 1 < 2", 0.5)
    '<div class="seglam-progress"><progress max="1" value="0.500"></progress> test · 1 &lt; 2</div>'
    """
    bar = "" if share is None else f'<progress max="1" value="{min(max(share, 0.0), 1.0):.3f}"></progress> '
    return f'<div class="seglam-progress">{bar}{escape(redact(text))}</div>'


def at_terminal() -> Surface | None:
    """Where a terminal shows the line; None where nobody would see it, or it cannot be written over."""
    seen = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return AtTerminal() if seen else None
