"""A question asked in the background: the cell returns at once, the handle has the answer later."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from .display import AnswerView
from .wording import one_line, say, span

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from seglam_magics.words import Answer


class Handle:
    """The answer to come.

    Use `done` to look, `result()` to wait, `await handle` in a cell. It prints nothing by itself.

    Parameters
    ----------
    ask : what is run in a thread of its own.
    """

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._future: Future[AnswerView] = Future()
        self._start = time.monotonic()
        # a daemon, so that a model that never answers does not keep the kernel from ending
        self._thread = threading.Thread(target=self._run, args=(ask,), name="seglam-ask", daemon=True)
        self._thread.start()

    def _run(self, ask: Callable[[], Answer]) -> None:
        try:
            self._future.set_result(AnswerView(ask()))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to whoever asks for the result
            self._future.set_exception(error)

    @property
    def done(self) -> bool:
        """Whether it has an answer or has failed."""
        return self._future.done()

    def result(self, timeout: float | None = None) -> AnswerView:
        """The answer, waiting for it at most `timeout` seconds.

        Raises
        ------
        TimeoutError : when there is none in time.
        SeglamError : what asking in the foreground would have raised.
        """
        return self._future.result(timeout)

    def __await__(self) -> Generator[Any, None, AnswerView]:
        return asyncio.wrap_future(self._future).__await__()

    def join(self, timeout: float) -> None:
        """Wait until its thread has ended, at most `timeout` seconds."""
        self._thread.join(timeout)

    def __repr__(self) -> str:
        if not self.done:
            return say("background.running", seconds=span(time.monotonic() - self._start))
        error = self._future.exception()
        if error is not None:
            return say("background.failed", why=one_line(str(error), 200))
        return repr(self.result())
