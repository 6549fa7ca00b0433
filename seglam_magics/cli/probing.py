"""Asking the model that is set to count, for `doctor --probe`: whether it answers, and how fast."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say, span

if TYPE_CHECKING:
    from seglam_magics.compiler.gateway import Target
    from seglam_magics.compiler.streams import LiteStream

SECONDS = 20.0  # for all of it, however a server spreads what it says over it
_COUNT = {"role": "user", "content": "Count from one to fifty, in words, and say nothing else."}
_SHORTEST = 0.05  # seconds; what arrives at once has no speed


@dataclass(slots=True)
class _Heard:
    """What a model says, listened to in a thread: a read that never ends, or never begins, holds nobody up.

    Attributes
    ----------
    arrived : moment and characters of each piece.
    """

    arrived: list[tuple[float, int]] = field(default_factory=list)
    error: SeglamError | None = None
    _stream: LiteStream | None = None

    def listen(self, target: Target) -> None:
        """Ask, and hear all that is said."""
        from seglam_magics.compiler.gateway import Request, open_stream

        try:
            with closing(open_stream(Request((_COUNT,), max_tokens=120), target, SECONDS)) as stream:
                self._stream = stream
                for delta in stream:
                    self.arrived.append((time.monotonic(), len(delta.text) + len(delta.thinking)))
        except SeglamError as error:
            self.error = error

    def leave(self) -> None:
        """Hear no more of it, from another thread."""
        if self._stream is not None:
            self._stream.wake()


def probed(target: Target) -> tuple[bool, str]:
    """Whether the model answers within `SECONDS`, and a phrase about it: how fast, or why not."""
    from seglam_magics.compiler.gateway import ready

    ready()
    heard, begin = _Heard(), time.monotonic()
    thread = threading.Thread(target=heard.listen, args=(target,), name="seglam-probe", daemon=True)
    thread.start()
    thread.join(SECONDS)
    late = thread.is_alive()
    error, pieces = heard.error, [(moment, size) for moment, size in heard.arrived if size]
    # the scripted model has no recording of this question, which it says over the very connection that is probed
    if error is not None and error.code != "E-SCRIPTED-UNKNOWN":
        return False, error.says
    took = span(time.monotonic() - begin)
    if late:
        heard.leave()
    if late and not pieces:
        return False, say("doctor.silent", time=took)
    return True, say("doctor.answered", time=took) + _speed(pieces)


def _speed(pieces: list[tuple[float, int]]) -> str:
    """Characters a second between the first and the last piece; "" where that cannot be told."""
    seconds = pieces[-1][0] - pieces[0][0] if pieces else 0.0
    if seconds < _SHORTEST:
        return ""
    return say("doctor.speed", speed=f"{sum(size for _, size in pieces[1:]) / seconds:.0f}")
