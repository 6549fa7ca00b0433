"""A compile that is spoken to: how its next request is made from what was thought so far and what was said."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import SeglamError
from ..thinking import Completion, allowance, detectors
from ..thinking.control import Delivery, Message
from ..thinking.driving import Conditions, Driver
from ..thinking.ladder import Ask, going_on, wordings
from ..thinking.run import CHARACTERS_PER_TOKEN, Run, State, new_id
from ..thinking.stream import Steered
from ..trust.redaction import redact
from ..words import Revision
from . import probing
from .course import Known
from .gateway import Request
from .origin import provenance
from .reply import Reply
from .request import Task, build
from .updates import Updates

if TYPE_CHECKING:
    from ..verify import Executor
    from .attempt import Compilation
    from .ledger import Ledger

SHORT = ("answer", "strict")
HURRIED = ("hurry", *SHORT)
_ENDS: dict[str, State] = {"E-UPDATE-IGNORED": "stopped", "E-BUDGET-CUT": "budget", "E-BUDGET": "budget"}


class Again(Exception):
    """What came is not taken: the model is asked once more, with `request`."""

    def __init__(self, request: Request) -> None:
        super().__init__("again")
        self.request = request


class Steering:
    """One run on its way, and the requests it takes.

    Parameters
    ----------
    ledger : what the compile may use and has used.
    progress : told where the model is silent.

    Attributes
    ----------
    task : the question, with the updates said so far.
    notes : sentences the user should read about how the procedure came about.
    settled : what the question left open, as it was added to it.
    earlier : what was verified when an update came that makes it another question; what comes next corrects it.
    """

    def __init__(self, task: Task, ledger: Ledger, progress: Callable[[str], None]) -> None:
        self.task = task
        self.notes: list[str] = []
        self.settled: tuple[str, ...] = ()
        self.earlier: Compilation | None = None
        self._ledger, self._order, self._course = ledger, ledger.order, ledger.order.course
        self._begun_again = False
        self._answer_tokens = 0
        run = self._course.run or Run(new_id(), task.reading.text)
        order = self._order
        run = dataclasses.replace(
            run, model=order.target.model, mode=order.mode, kind=self._course.kind, state="queued", finish=""
        )
        self.driver = Driver(run, self._course.record, self._conditions(progress))
        self._updates = Updates(self.driver, self._course)

    def _conditions(self, progress: Callable[[str], None]) -> Conditions:
        order, route = self._order, self._order.route

        def silent(seconds: float) -> None:
            progress(f"nothing has come for {seconds:.0f} s, the square button stops it; asked is {order.target.model}")

        return Conditions(
            limits=order.limits,
            used=self._ledger.used,
            again=self._ledger.again,
            usual=self._course.usual,
            able=lambda: probing.level(order.target, order.purse),
            silence=route.silence,
            silent=silent,
            moves_on=bool(route.fallbacks),
            listed=self._course.listed,
        )

    # ---------------------------------------------------------------- requests

    def first(self) -> Request:
        """The first request: of a new run, or going on with one."""
        course = self._course
        if course.run is None:
            little = allowance.think_little(self._order.limits, course.usual.thinking)
            return dataclasses.replace(self._built(), effort="low") if little else self._built()
        waiting = tuple(Message("update", s.text, s.check) for s in course.run.waiting)
        return self._going(course.ask, (*waiting, *course.messages))

    def next(self, delivery: Delivery) -> Request:
        """The request that tells the model what was said while it ran."""
        op = delivery.op
        self._updates.answers |= {one.text for one in delivery.updates if not one.at}  # of the model's own questions
        return self._going("resume" if op in ("stop", "discard", "silent") else op, delivery.updates)  # type: ignore[arg-type]

    def _going(self, ask: Ask, messages: tuple[Message, ...]) -> Request:
        driver, order = self.driver, self._order
        if messages:
            self._updates.come()
        thinking, answer = driver.run.thinking, driver.run.answer
        level = probing.level(order.target, order.purse) if thinking.strip() or answer.strip() else 0
        driver.delivered(ask, messages, level)
        updates = driver.run.updates
        thinking, answer, said = redact(thinking), redact(answer), [redact(update) for update in updates]
        if messages:
            self._read_again(updates)
        base = self._built()
        if level == 0 and self.task.updated:
            said = []  # the question holds them
        going = going_on(base.messages, level=level, ask=ask, thinking=thinking, answer=answer, updates=said)
        effort = "low" if ask in SHORT and level < probing.ANSWER else base.effort
        return dataclasses.replace(base, messages=going.messages, prefix=going.prefix, effort=effort)

    def completed(self, settled: Sequence[str]) -> Request:
        """The request for the question with what it left open settled: from the start, for nobody interrupted it."""
        self.settled = tuple(settled)
        if self._course.reread is not None:
            task = self._course.reread((*self.settled, *self.driver.run.updates))
            updated = self.task.updated
            self.task = dataclasses.replace(task, lessons=self.task.lessons, before=self.task.before, updated=updated)
            self.driver.now(question=self.task.reading.text)
        return self._built()

    def _read_again(self, updates: tuple[str, ...]) -> None:
        """Read the question with its updates, which are lines of it from now on."""
        reread = self._course.reread
        if reread is not None and updates:
            task = reread((*self.settled, *updates))
            self.task = dataclasses.replace(task, lessons=self.task.lessons, before=self.task.before, updated=True)

    def _built(self) -> Request:
        request = build(self.task, self._order.manner, self._order.max_tokens)
        self.driver.asked_tokens = request.characters // CHARACTERS_PER_TOKEN
        return request

    def _from_start(self, checks: tuple[str, ...]) -> Request:
        """The question with its updates and what was asserted, as if nothing had been thought."""
        self.driver.delivered("again", (), 0)
        base = self._built()
        if not checks:
            return base
        asserted = wordings().anew["asserted"].format(checks="\n".join(map(redact, checks)))
        last = {**base.messages[-1], "content": base.messages[-1]["content"] + asserted}
        return dataclasses.replace(base, messages=(*base.messages[:-1], last))

    # ---------------------------------------------------------------- replies

    def text(self, completion: Completion, request: Request) -> str:
        """The reply as it is parsed: with how it was begun for the model, without the prose before it.

        Raises
        ------
        SeglamError : E-BUDGET-CUT where the thinking was cut off and hardly an answer follows.
        """
        self._answer_tokens = len(completion.text) // CHARACTERS_PER_TOKEN
        cut = detectors.cut_thought(completion.thinking, self._answer_tokens, self._course.usual)
        self.driver.flagged(cut)
        if cut is not None or (completion.finish == "length" and not completion.text.strip()):
            raise SeglamError("E-BUDGET-CUT", run=self.driver.run.id, spent=self._ledger.spent)
        text = completion.text
        text = text if text.lstrip().startswith(request.prefix) else request.prefix + text
        prose, reply = detectors.unwrapped(text)
        if prose:
            self.driver.moved(prose)
        return reply

    def looked_at(self, reply: Reply, completion: Completion) -> Reply:
        """The reply as it is judged: thinking that leaked into its code is taken out and noted."""
        tokens = len(completion.text) // CHARACTERS_PER_TOKEN
        flag = detectors.leakage(completion.text, reply.code, tokens, self._course.usual)
        self._flag(flag)
        if flag is None:
            return reply
        try:
            bare = detectors.bare(reply.code)
        except (SyntaxError, ValueError, RecursionError):
            return reply  # the lint says what is wrong with it
        comments = "\n".join(detectors.comments(reply.code))
        if comments:
            self.driver.moved(comments)
        return reply.model_copy(update={"code": bare})

    def panicked_once(self, error: SeglamError) -> Request | None:
        """Another request where a hurried model dropped what was needed, the first time that happens."""
        if error.code not in ("E-LLM-FORMAT", "E-VERIFY"):
            return None
        return self._panicked(self.driver.run.candidate, verified=False, properties=0)

    def _panicked(self, code: str, *, verified: bool, properties: int) -> Request | None:
        run = self.driver.run
        hurried = [s for s in run.said if s.op in HURRIED]
        if not hurried:
            return None
        before = hurried[-1].at_tokens
        after = self.driver.thought - before
        usual = self._course.usual
        flag = detectors.panic(before, after, code, verified=verified, properties=properties, usual=usual)
        self._flag(flag)
        if flag is None or self._begun_again or not self._anything_left():
            return None
        self._begun_again = True
        return self._going("hurry", ())

    def _anything_left(self) -> bool:
        """Whether the budget has room for another request."""
        used = allowance.shares(self._order.limits, self._ledger.used())
        return all(share < 1.0 - allowance.RESERVE_SHARE for share in used.values())

    def taken(self, known: Known, reply: Reply, executor: Executor) -> Revision:
        """The verified revision as it is stored: with what was asserted and where it comes from.

        Raises
        ------
        Again : an update was not taken, or a hurried model dropped what was needed; the first time either happens.
        SeglamError : E-UPDATE-IGNORED where an update was not taken again.
        """
        ledger, (revision, bindings) = self._ledger, known
        again = self._panicked(revision.source, verified=True, properties=len(revision.properties))
        if again is not None:
            raise Again(again)
        flag = self._updates.doubt(known, reply, self.task, executor, ledger.left())
        self._flag(flag)
        if flag is not None:
            if not self._updates.repeat(revision):
                raise SeglamError("E-UPDATE-IGNORED", why=flag.says, run=self.driver.run.id)
            raise Again(self._from_start(self._updates.checks))
        self.notes += self._updates.told
        revision = self._updates.kept((revision, bindings), executor, cases=self._order.cases, seconds=ledger.left())
        limits = dataclasses.asdict(self._order.limits)
        origin = provenance(self.driver.run, ledger.usage, limits, self._updates.answers)
        return dataclasses.replace(revision, provenance=origin)

    def obey(self, completion: Completion, made: Compilation) -> None:
        """Do what was said while a finished reply was verified: an update then corrects what was made.

        Raises
        ------
        Interrupted, Steered : as `collect`.
        """
        try:
            self.driver.obey(completion)
        except Steered:
            self.earlier = self.earlier or made
            self._updates.stood((made.revision, made.bindings))
            raise

    def _flag(self, flag: detectors.Flag | None) -> None:
        self.driver.flagged(flag)
        if flag is not None:
            self.notes.append(f"{flag.name}: {flag.says}")

    # ---------------------------------------------------------------- ends

    def done(self, revision: Revision) -> None:
        """Note the end by a verified procedure."""
        self._end("done", procedure=revision.name, properties=len(revision.properties))
        self._course.finished(self.driver.run)

    def failed(self, error: SeglamError) -> None:
        """Note the end by an error; what is kept of it can go on."""
        self._end(_ENDS.get(error.code, "failed"), finish=error.code)

    def stopped(self, *, discard: bool) -> str:
        """Note the end by a stop; the id of the run where something of it is kept."""
        run = self.driver.run
        kept = bool(run.thinking.strip() or run.answer.strip()) and not discard
        ended: State = "budget" if self.driver.over is not None else "stopped"
        self._end(ended if kept else "discarded")
        return run.id if kept else ""

    def _end(self, state: State, **more: object) -> None:
        usage = self._ledger.usage
        self.driver.now(
            state=state,
            tokens_in=usage.tokens_in,
            tokens_thinking=self.driver.thought,
            tokens_answer=self._answer_tokens,
            usd=usage.usd,
            estimated=usage.estimated,
            **more,
        )
