"""One open panel: what it says is heard in any thread, and done so that nothing it asks for can hold up a Stop.

What is said to a run is done at once, in the thread it came in. Everything else waits its turn in a thread of the
link; a second one tells the panel what goes on in the kernel. Neither ever prints: what a handler prints is lost.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError
from . import control
from .listing import Listing
from .ops import Op, checked, ops
from .state import runs
from .trial import Trial

if TYPE_CHECKING:
    from seglam_magics.cli import Office

Message = tuple[Any, str, Op, dict[str, Any]]
LOOK = 0.1  # seconds between two looks at what runs
CALM = 1.0  # seconds without an answer after which the figures are counted again
LATEST = 15.0  # seconds after which they are in any case
SEEN = {"open": 1, "close": -1}  # what it does to the number of those who look
ONCE = frozenset({"stop", "hurry", "answer", "strict", "update", "next", "discard", "halt"})
AFTER = ("procedure", "versions", "misses", "trace")  # views that may be others after something was done
LOOKED = frozenset({*control.SHOWN, "edit", "resume"})  # ops that change nothing


class Link:
    """One open panel.

    Parameters
    ----------
    office : gives the office of this kernel; each message has one of its own.
    send : takes what goes to the panel, from any thread.

    Attributes
    ----------
    pause : seconds there are at least between two countings of the figures.
    nonce : what a message that approves has to know; it is told to this panel alone and is in no output.
    """

    def __init__(self, office: Callable[[], Office], send: Callable[[dict[str, Any]], None]) -> None:
        self.office = office
        self.nonce = secrets.token_urlsafe(18)
        self.listing = Listing()
        self.trial = Trial(self.tell)
        self.pause = 0.0
        self._send = send
        self._sending = threading.Lock()
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._views: dict[str, tuple[Op, dict[str, Any]]] = {}
        self._closed = threading.Event()
        self._idle = threading.Event()
        self._threads: list[threading.Thread] = []
        self._seen = 0

    def said(self, message: Any) -> None:
        """Take a message of the panel; whatever is wrong with it is told to the panel."""
        number = message.get("id") if isinstance(message, dict) else None
        try:
            name, op, fields = checked(message)
        except SeglamError as error:
            self._failed(number, "", error)
            return
        nonce = message.get("nonce")
        fields_and = {**fields, "nonce": nonce if isinstance(nonce, str) else ""} if op.nonce else fields
        self._seen = max(0, self._seen + SEEN.get(name, 0))
        if name == "close":
            self._rest()
        elif name in ONCE:
            self._do((number, name, op, fields_and))
        else:
            self._begin()
            self._waiting.put((number, name, op, fields_and))

    def tell(self, told: dict[str, Any]) -> None:
        """Send something to the panel; one that is gone is not told any more."""
        if self._closed.is_set():
            return
        with self._sending:
            try:
                self._send(told)
            except Exception:  # noqa: BLE001 - a page that was closed, a kernel that ends
                self._closed.set()

    def close(self) -> None:
        """The panel is gone."""
        self._closed.set()
        self._seen = 0
        self._rest()

    # ---------------------------------------------------------------- doing

    def _rest(self) -> None:
        """End the threads where nobody looks; the next message begins them again."""
        if self._seen:
            return
        self.trial.stop()
        self._idle.set()
        if self._threads:
            self._waiting.put(None)
        self._threads = []

    def _begin(self) -> None:
        if self._threads:
            return
        self._idle = threading.Event()
        for target, name in ((self._work, "seglam-panel"), (self._watch, "seglam-panel-watch")):
            self._threads.append(threading.Thread(target=target, name=name, daemon=True))
            self._threads[-1].start()

    def _work(self) -> None:
        while (message := self._waiting.get()) is not None:
            if not self._closed.is_set():
                self._do(message)

    def _do(self, message: Message) -> None:
        number, name, op, fields = message
        own = {key: value for key, value in fields.items() if key != "nonce"}
        try:
            told = control.control(self, name, op, own, fields.get("nonce", ""))
        except SeglamError as error:
            self._failed(number, name, error)
            return
        except Exception as error:  # noqa: BLE001 - a panel that hears nothing waits for ever
            self._failed(number, name, SeglamError("E-PANEL-FAILED", why=f"{type(error).__name__}: {error}"))
            return
        if name in (*AFTER, "list"):
            self._views[name] = (op, {**own, "offset": 0} if name == "list" else own)
        if told is not None and "event" in told:
            told = {"event": {"op": name, "id": number, **told["event"]}}
        if told is not None:
            self.tell(told)
        if name in ONCE:
            self.tell({"patch": {"runs": runs()}})  # what was said is shown before it is heard
        elif name not in LOOKED:
            self._again()

    def _again(self) -> None:
        """Show what is looked at as it is now."""
        if "list" in self._views:
            self.tell({"patch": {"list": self.listing.page(self.office(), anew=True)}})
        for name in AFTER:
            if name in self._views:
                self._look_at(name)

    def _failed(self, number: Any, name: str, error: SeglamError) -> None:
        number = number if isinstance(number, int) else None
        told = {"kind": "error", "op": name, "id": number, "code": error.code, "says": error.says, "hint": error.hint}
        self.tell({"event": told})

    # ---------------------------------------------------------------- watching

    def _watch(self) -> None:
        """Tell what runs, and have everything counted again when the answering has come to rest, or every now and then.

        Counting takes a core for a moment where the log is long: while answers come one after the other it waits.
        """
        idle = self._idle
        before: list[dict[str, Any]] = []
        answered = counted = _answered()
        changed = done = time.monotonic()
        while not idle.wait(LOOK):
            now = runs()
            if now != before:
                self.tell({"patch": {"runs": now}})
                if len(now) < len(before):
                    self._look_at("running")
                before = now
            found, at = _answered(), time.monotonic()
            if found != answered:
                answered, changed = found, at
            rests = at - changed > CALM or at - done > LATEST
            if answered not in (counted, None) and rests and at - done > self.pause and not now:
                counted, done = answered, at
                self.listing.forget()
                for name in ("figures", *self._views):
                    self._look_at(name)

    def _look_at(self, name: str) -> None:
        """Show a view as it is now, as it was asked for last."""
        op, fields = self._views.get(name, (ops()[name], {}))
        self._waiting.put((None, name, op, fields))


def _answered() -> tuple[int, int, int] | None:
    """Something that is another when something was answered, published or measured; None where nothing is open."""
    from ..bench.newest import newest
    from ..reasoner import opened

    reasoner, measured = opened(), newest()
    if reasoner is None:
        return None
    return id(reasoner.newest()), reasoner.library.generation, measured.number if measured else 0
