"""One run on its way: it hears what its model streams and what its user says, and keeps both."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from . import allowance, control, detectors
from .allowance import Due, Limits, Used
from .control import Delivery, Live, Message
from .detectors import Usual
from .keeping import Keeper, Record
from .ladder import VERSION
from .run import CHARACTERS_PER_TOKEN, Run, Said, State
from .silence import Watch
from .splitting import Piece
from .stream import Completion, Interrupted, Steered, Stream

_LOOK = 0.02  # seconds between two looks at whether everything was said


def _nothing_used(_streamed: int) -> Used:
    return Used()


def _sent(tokens: int) -> Used:
    return Used(tokens=tokens)


def _unheard(_seconds: float) -> None:
    """Silence nobody minds."""


def _notes_only() -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what a run is driven.

    Attributes
    ----------
    limits : what it may use; `used` what it has used by now, in all its requests, with so many tokens streamed in the
        one that runs; `again` is what sending so many tokens would use.
    usual : what is usual of its model.
    able : the level of the ladder its model has; asked only where something depends on it.
    silence : seconds without a word after which `silent` is told how long it has been; None waits for ever.
    moves_on : another model is asked then.
    listed : it is one of the runs of this kernel, which are shown and can be spoken to.
    """

    limits: Limits = field(default_factory=Limits)
    used: Callable[[int], Used] = _nothing_used
    again: Callable[[int], Used] = _sent
    usual: Usual = field(default_factory=Usual)
    able: Callable[[], int] = _notes_only
    silence: float | None = None
    silent: Callable[[float], object] = _unheard
    moves_on: bool = False
    listed: bool = True


class Driver:
    """A `Hearer` that follows one run.

    Used by the thread that compiles; what others say to the run comes in through its mailbox.

    Parameters
    ----------
    record : appends an event to the log.

    Attributes
    ----------
    asked_tokens : tokens of the question as it is sent, without what was thought.
    over : the limit that ended the run, None where none did.
    """

    def __init__(self, run: Run, record: Record, under: Conditions = Conditions()) -> None:
        run = dataclasses.replace(run, began=run.began or time.time())
        self._live: Live = control.begun(run) if under.listed else Live(run, listed=False)
        self._keeper = Keeper(self._live.run, record)
        self._under = under
        self._start = time.monotonic() - run.seconds
        self._stream: Stream | None = None
        self._streamed = 0  # characters of the request that runs
        self._lock = threading.RLock()  # the watch notes what it finds in a thread of its own
        self._watch = Watch(under.silence, self._was_silent)
        self._woken = False
        self._opening = False
        self.asked_tokens = 0
        self.over: Due | None = None
        self.level = run.level
        self._live.mailbox.wake = self._wake
        self._keeper.now(self._live.run)

    @property
    def run(self) -> Run:
        """The run as it stands."""
        return self._live.run

    @property
    def trouble(self) -> str:
        """Why it could not all be kept; "" where it could."""
        return self._keeper.trouble

    def under(self, **changed: object) -> None:
        """Go on under other conditions."""
        self._under = dataclasses.replace(self._under, **changed)  # type: ignore[arg-type]

    # ---------------------------------------------------------------- hearing

    def asked(self) -> None:
        """A request is about to be sent; what came of the one before it is no answer any more."""
        self._opening, self._streamed = True, 0
        if self.run.answer:
            self.now(answer="")
        self._watch.begin()

    def opened(self, stream: Stream) -> None:
        """A stream has begun."""
        self._stream, self._opening = stream, False

    def ended(self) -> None:
        """The request is over."""
        self._watch.end()
        self._stream, self._opening = None, False

    def heard(self, piece: Piece) -> None:
        """The reply has grown."""
        self._watch.heard()
        self._streamed += len(piece.thinking) + len(piece.answer)
        with self._lock:
            run = self.run.grown(piece.thinking, piece.answer, moved=piece.moved)
            state: State = "answering" if run.answer else "thinking"
            self._become(dataclasses.replace(run, state=state, seconds=time.monotonic() - self._start))
        self._keeper.heard(piece)

    def delivery(self, *, woken: bool) -> Delivery | None:
        """What is to be done now: what the user said, else what the budget asks for."""
        mailbox = self._live.mailbox
        if woken and mailbox.pending:
            self._stream = None
            while not mailbox.due():
                time.sleep(_LOOK)
        if mailbox.due():
            return mailbox.take()
        return None if woken else self._budgeted()

    def was_woken(self) -> bool:
        """Whether the last interrupt came from here."""
        woken, self._woken = self._woken, False
        return woken

    def _wake(self) -> None:
        """Make the run look into its mailbox; called by whoever speaks."""
        stream, ops = self._stream, {message.op for message in self._live.mailbox.pending}
        if stream is not None:
            stream.wake()
        elif self._live.in_main and (ops & {"stop", "discard"} or ("silent" in ops and self._opening)):
            self._woken = True
            control.interrupt_main()

    def _was_silent(self, seconds: float) -> None:
        """The model has said nothing for so long: that is told, and another one is asked if there is one."""
        under = self._under
        flag = detectors.silence(seconds, under.silence)
        if flag is None or not (self._opening or self._stream is not None):
            return
        if not any(found["name"] == "silence" and found["at"] == self._streamed for found in self.run.flags):
            self.flagged(flag)
        under.silent(seconds)
        if under.moves_on:
            self._live.mailbox.put(Message("silent", at=time.monotonic()))

    def _budgeted(self) -> Delivery | None:
        under = self._under
        due = allowance.due(
            under.limits,
            under.used(self._streamed // CHARACTERS_PER_TOKEN),
            level=under.able,
            said=frozenset(said.op for said in self.run.said),
            usual_thinking=under.usual.thinking,
            thought=self.thought,
            again=under.again(self.thought + self.asked_tokens),
        )
        if due.step == "go on" or (self.run.state == "answering" and due.step != "stop"):
            return None  # an answer that is being written is not begun again
        self.say("budget", f"{due.step}: {due.share:.1%} of the {due.kind}")
        self.over = due if due.step == "stop" else None
        return Delivery("stop" if due.step == "stop" else "strict" if due.step == "answer" else "hurry")

    # ---------------------------------------------------------------- noting

    @property
    def thought(self) -> int:
        """Tokens of thinking so far."""
        return len(self.run.thinking) // CHARACTERS_PER_TOKEN

    def say(self, op: str, text: str = "", check: str = "", level: int | None = None) -> None:
        """Note that something was said to the run, and where it stood."""
        usual = self._under.usual.thinking
        share = min(1.0, self.thought / usual) if usual else None
        at = time.monotonic() - self._start
        said = Said(op, round(at, 3), self.thought, share, text, check, level, VERSION)  # type: ignore[arg-type]
        with self._lock:
            self._become(dataclasses.replace(self.run, said=(*self.run.said, said)))
        self._keeper.said(said)

    def delivered(self, ask: str, updates: tuple[Message, ...], level: int) -> None:
        """Note what the model is told now, and that its reply begins again."""
        for message in updates:
            self.say("update", message.text, message.check, level)
        if ask != "update":
            self.say(ask, level=level)
        texts = tuple(message.text for message in updates if message.text)
        run = self.run
        self.level = level
        self.now(rev=run.rev + bool(updates), updates=(*run.updates, *texts), level=level, state="thinking", answer="")

    def obey(self, completion: Completion) -> None:
        """Do what was said while a finished reply was judged.

        Raises
        ------
        Interrupted, Steered : as `collect`; to answer soon is no news any more.
        """
        said = self.delivery(woken=True)
        if said is None or (said.op not in ("stop", "discard") and not said.updates):
            return
        if said.op in ("stop", "discard"):
            raise Interrupted(completion, discard=said.op == "discard")
        raise Steered(completion, said)

    def now(self, **changes: object) -> None:
        """Note how the run stands."""
        with self._lock:
            run = dataclasses.replace(self.run, seconds=time.monotonic() - self._start, **changes)  # type: ignore[arg-type]
            self._become(run)
        self._keeper.now(run, anew=changes.get("answer") == "")

    def moved(self, thinking: str) -> None:
        """Add to the thinking what had leaked out of it."""
        with self._lock:
            self._become(self.run.grown(f"\n{thinking}"))
        self._keeper.heard(Piece(thinking=f"\n{thinking}"))

    def flagged(self, *flags: detectors.Flag | None) -> None:
        """Note what the detectors found."""
        found = tuple(_told(flag, self._streamed) for flag in flags if flag is not None)
        if found:
            with self._lock:
                self.now(flags=(*self.run.flags, *found))

    def close(self) -> None:
        """The run has ended: nothing more is heard. What was said and not delivered is kept with it."""
        mailbox = self._live.mailbox
        mailbox.wake = None
        self.ended()
        with suppress(RuntimeError):  # an interpreter that ends can start no timer
            for message in mailbox.pending:
                if message.op == "update":
                    self.say("update", message.text, message.check)
        self._keeper.flush()
        control.ended(self._live)

    def _become(self, run: Run) -> None:
        self._live.became(run)


def _told(flag: detectors.Flag, at: int) -> dict[str, object]:
    """A finding as it is kept, with the characters of the request there were."""
    return {**dataclasses.asdict(flag), "at": at}
