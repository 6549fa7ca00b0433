"""The one way to speak to a run while it runs: any thread may, the run listens between two pieces of its stream.

Three routes lead here (a widget's message on a kernel subshell, the sidebar's own subshell, an interrupt followed by a
verb), and none of them does more than to put something into the run's mailbox and to wake it. Whoever shows runs
listens here as well (`listen`).
"""

from __future__ import annotations

import ast
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from ..errors import SeglamError
from .run import Run

# `silent` is said by the run's own watch: its model says nothing, and another one is to be asked
Word = Literal["stop", "hurry", "answer", "strict", "update", "discard", "silent"]
STRONGEST: tuple[Word, ...] = ("discard", "stop", "silent", "strict", "answer", "update", "hurry")  # what is done first
_AT_ONCE = ("discard", "stop", "silent")
GATHER = 0.15  # seconds: what is said in one breath is delivered together


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said to a run; `check` is an expression the result has to satisfy (`--assert`)."""

    op: Word
    text: str = ""
    check: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run has to do now: the strongest word, and all updates in the order they were said."""

    op: Word
    updates: tuple[Message, ...] = ()


@dataclass(slots=True, eq=False)
class Mailbox:
    """What was said to one run and is not delivered yet.

    `wake` is called by whoever speaks, after the message lies there; it makes a run that waits for its model look.
    """

    wake: Callable[[], None] | None = None
    _waiting: list[Message] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, message: Message) -> None:
        """Leave a message and wake the run."""
        with self._lock:
            self._waiting.append(message)
            wake = self.wake
        if wake is not None:
            wake()

    @property
    def pending(self) -> tuple[Message, ...]:
        """What waits, in the order it was said."""
        with self._lock:
            return tuple(self._waiting)

    def due(self, now: float | None = None) -> bool:
        """Whether something is to be delivered now: a stop at once, the rest when nothing more is being said."""
        with self._lock:
            if not self._waiting:
                return False
            now = time.monotonic() if now is None else now
            at_once = any(message.op in _AT_ONCE for message in self._waiting)
            return at_once or now - self._waiting[-1].at >= GATHER or now - self._waiting[0].at >= 2 * GATHER

    def take(self) -> Delivery | None:
        """Everything that waits, delivered together; None where nothing does.

        A stop leaves the updates where they are: they are delivered when the run goes on. So does silence, for there is
        nobody to tell; whoever is asked next is told.
        """
        with self._lock:
            if not self._waiting:
                return None
            ops = {message.op for message in self._waiting}
            op = next(word for word in STRONGEST if word in ops)
            updates = tuple(message for message in self._waiting if message.op == "update")
            if op == "silent":
                self._waiting = [message for message in self._waiting if message.op != "silent"]
            else:
                self._waiting = list(updates) if op in _AT_ONCE else []
            return Delivery(op, () if op in _AT_ONCE else updates)


@dataclass(slots=True, eq=False)
class Live:
    """A run that is on its way here: its record as of now, and its mailbox."""

    run: Run
    mailbox: Mailbox = field(default_factory=Mailbox)
    thread: int = field(default_factory=threading.get_ident)
    listed: bool = True

    def became(self, run: Run) -> None:
        """Note how it stands, and tell who listens."""
        self.run = run
        if self.listed:
            _tell(self)

    @property
    def pending(self) -> tuple[Message, ...]:
        """What was said to it and is not delivered yet, in the order it was said."""
        return self.mailbox.pending

    @property
    def in_main(self) -> bool:
        """Whether it runs in the main thread, which an interrupt reaches."""
        return self.thread == threading.main_thread().ident


_lives: dict[str, Live] = {}
_lock = threading.Lock()
_listeners: list[Callable[[Live], object]] = []
_last: list[Run] = []


def listen(listener: Callable[[Live], object]) -> Callable[[], None]:
    """Have `listener` told of every run of this kernel whenever it has changed, also of its end; the call that ends it.

    It is called in the thread that compiles and must be quick; what it raises is its own affair.

    >>> heard = []
    >>> deaf = listen(lambda live: heard.append(live.run.state))
    >>> live = begun(Run("r1", "how many?"))
    >>> ended(live)
    >>> deaf()
    >>> heard
    ['queued', 'queued']
    """
    with _lock:
        _listeners.append(listener)

    def deaf() -> None:
        with _lock, suppress(ValueError):
            _listeners.remove(listener)

    return deaf


def _tell(live: Live) -> None:
    for listener in tuple(_listeners):
        with suppress(Exception):  # who shows a run does not end it
            listener(live)


def begun(run: Run) -> Live:
    """Register a run; it can be spoken to until `ended`."""
    live = Live(run)
    with _lock:
        _lives[run.id] = live
    _tell(live)
    return live


def ended(live: Live) -> None:
    """Forget a run that has ended."""
    if not live.listed:
        return
    with _lock:
        _lives.pop(live.run.id, None)
        _last[:] = [live.run]
    _tell(live)


def last() -> Run | None:
    """The run on its way in this kernel, else the last one that was; None where there was none."""
    running = lives()
    return running[-1].run if running else next(iter(_last), None)


def lives() -> list[Live]:
    """The runs on their way in this kernel, the oldest first."""
    with _lock:
        return list(_lives.values())


def control(op: Word, run_id: str = "", text: str = "", check: str = "") -> Live:
    """Say something to a live run and return it; the run does it a moment later.

    Parameters
    ----------
    run_id : "" means the one that is running.
    text, check : of an update.

    Raises
    ------
    SeglamError : E-THOUGHT-NONE where there is no such run, E-THOUGHT-WHICH where several run and none was named,
        E-UPDATE-EMPTY, E-UPDATE-CHECK for a check that cannot be one.
    """
    if op == "update":
        sound_update(text, check)
    live = _meant(run_id)
    live.mailbox.put(Message(op, text.strip(), check.strip(), time.monotonic()))
    return live


def sound_update(text: str, check: str) -> None:
    """Refuse an update that says nothing, and a check that is no expression over `result`.

    Raises
    ------
    SeglamError : E-UPDATE-EMPTY, E-UPDATE-CHECK.

    >>> sound_update("", "result > 0")
    """
    if not text.strip() and not check.strip():
        raise SeglamError("E-UPDATE-EMPTY")
    if not check.strip():
        return
    try:
        tree = ast.parse(check.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SeglamError("E-UPDATE-CHECK", why=f"it is no expression: {str(error).splitlines()[0]}") from None
    if not any(isinstance(node, ast.Name) and node.id == "result" for node in ast.walk(tree)):
        raise SeglamError("E-UPDATE-CHECK", why="it says nothing of result")


def _meant(run_id: str) -> Live:
    running = lives()
    if run_id:
        found = next((live for live in running if live.run.id == run_id), None)
        if found is None:
            raise SeglamError("E-THOUGHT-NONE", run=f"run {run_id}")
        return found
    if not running:
        raise SeglamError("E-THOUGHT-NONE", run="a question")
    if len(running) > 1:
        raise SeglamError("E-THOUGHT-WHICH", runs=", ".join(live.run.id for live in running))
    return running[0]


def interrupt_main() -> None:
    """Interrupt what the main thread does, also where it waits in a system call; elsewhere it does nothing.

    `_thread.interrupt_main` would only be seen when the next piece of a stream arrives.
    """
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        with suppress(ProcessLookupError, OSError):
            signal.pthread_kill(main, signal.SIGINT)
    elif main is not None:
        import _thread

        _thread.interrupt_main()
