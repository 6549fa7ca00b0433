"""One run on its way: it hears what its model streams and what its user says, and keeps both."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from contextlib import suppress

from . import allowance, control, detectors
from .allowance import Due, Limits, Used
from .control import Delivery, Live, Message
from .detectors import Usual
from .keeping import Keeper, Record
from .ladder import VERSION
from .run import CHARACTERS_PER_TOKEN, Run, Said, State
from .splitting import Piece
from .stream import Completion, Interrupted, Steered, Stream


def _nothing_used(_streamed: int) -> Used:
    return Used()


_LOOK = 0.02  # seconds between two looks at whether everything was said


class Driver:
    """A `Hearer` that follows one run.

    Used by the thread that compiles; what others say to the run comes in through its mailbox.

    Parameters
    ----------
    record : appends an event to the log.
    limits : what the run may use; `usual` is what is usual of its model.
    used : what it has used by now, in all its requests, with so many tokens streamed in the one that runs.
    changed : told the run whenever it has changed, for whoever shows it.

    Attributes
    ----------
    asked : tokens of the question as it is sent, without what was thought.
    over : the limit that ended the run, None where none did.
    """

    def __init__(
        self,
        run: Run,
        record: Record,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        usual: Usual = Usual(),  # noqa: B008 - frozen
        used: Callable[[int], Used] = _nothing_used,
        changed: Callable[[Run], object] | None = None,
    ) -> None:
        self._live: Live = control.begun(dataclasses.replace(run, began=run.began or time.time()))
        self._keeper = Keeper(self._live.run, record)
        self._limits, self._usual, self._used = limits, usual, used
        self._changed = changed
        self._start = time.monotonic() - run.seconds
        self._stream: Stream | None = None
        self._streamed = 0  # characters of the request that runs
        self.asked = 0
        self.over: Due | None = None
        self._woken = False
        self._live.mailbox.wake = self._wake
        self.level = run.level
        self._keeper.now(self._live.run)

    @property
    def run(self) -> Run:
        """The run as it stands."""
        return self._live.run

    @property
    def trouble(self) -> str:
        """Why it could not all be kept; "" where it could."""
        return self._keeper.trouble

    # ---------------------------------------------------------------- hearing

    def opened(self, stream: Stream) -> None:
        """A stream has begun."""
        self._stream = stream
        self._streamed = 0

    def heard(self, piece: Piece) -> None:
        """The reply has grown."""
        self._streamed += len(piece.thinking) + len(piece.answer)
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
        stream = self._stream
        if stream is not None:
            stream.wake()
        elif any(message.op in ("stop", "discard") for message in self._live.mailbox.pending):
            self._woken = True
            control.interrupt_main()

    def _budgeted(self) -> Delivery | None:
        due = allowance.due(
            self._limits,
            self._used(self._streamed // CHARACTERS_PER_TOKEN),
            level=1 if self.level is None else self.level,
            said=frozenset(said.op for said in self.run.said),
            usual_thinking=self._usual.thinking,
            thought=self.thought,
            again=self.thought + self.asked,
        )
        if due.step == "go on" or (self.run.state == "answering" and due.step != "stop"):
            return None  # an answer that is being written is not begun again
        self.say("budget", f"{due.share:.0%} of the {due.kind}")
        self.over = due if due.step == "stop" else None
        return Delivery("stop" if due.step == "stop" else "strict" if due.step == "answer" else "hurry")

    # ---------------------------------------------------------------- noting

    @property
    def thought(self) -> int:
        """Tokens of thinking so far."""
        return len(self.run.thinking) // CHARACTERS_PER_TOKEN

    def say(self, op: str, text: str = "", check: str = "", level: int | None = None) -> None:
        """Note that something was said to the run, and where it stood."""
        usual = self._usual.thinking
        share = min(1.0, self.thought / usual) if usual else None
        at = time.monotonic() - self._start
        said = Said(op, round(at, 3), self.thought, share, text, check, level, VERSION)  # type: ignore[arg-type]
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
        self._become(dataclasses.replace(self.run, seconds=time.monotonic() - self._start, **changes))  # type: ignore[arg-type]
        self._keeper.now(self.run)

    def moved(self, thinking: str) -> None:
        """Add to the thinking what had leaked out of it."""
        self._become(self.run.grown(f"\n{thinking}"))
        self._keeper.heard(Piece(thinking=f"\n{thinking}"))

    def flagged(self, *flags: detectors.Flag | None) -> None:
        """Note what the detectors found."""
        found = tuple(dataclasses.asdict(flag) for flag in flags if flag is not None)
        if found:
            self.now(flags=(*self.run.flags, *found))

    def close(self) -> None:
        """The run has ended: nothing more is heard. What was said and not delivered is kept with it."""
        mailbox = self._live.mailbox
        mailbox.wake = None
        self._stream = None
        with suppress(RuntimeError):  # an interpreter that ends can start no timer
            for message in mailbox.pending:
                if message.op == "update":
                    self.say("update", message.text, message.check)
        self._keeper.flush()
        control.ended(self._live)

    def _become(self, run: Run) -> None:
        self._live.became(run)
        if self._changed is not None:
            self._changed(run)
