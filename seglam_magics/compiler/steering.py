"""A compile that is spoken to: how its next request is made from what was thought so far and what was said."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import SeglamError
from ..thinking import Completion, detectors
from ..thinking.allowance import Used, think_little
from ..thinking.control import Delivery, Message
from ..thinking.driving import Driver
from ..thinking.ladder import Ask, going_on
from ..thinking.run import CHARACTERS_PER_TOKEN, Run, new_id
from ..trust.redaction import redact
from . import probing
from .gateway import Request
from .reply import Reply
from .request import Task, build

if TYPE_CHECKING:
    from .ledger import Order

SHORT = ("answer", "strict")


class Steering:
    """One run on its way, and the requests it takes.

    Parameters
    ----------
    used : what the compile has used so far.

    Attributes
    ----------
    task : the question, with the updates said so far.
    notes : sentences the user should read about how the procedure came about.
    """

    def __init__(self, task: Task, order: Order, used: Callable[[int], Used]) -> None:
        self.task = task
        self.notes: list[str] = []
        self._order, self._course = order, order.course
        self._begun_again = False
        run = self._course.run or Run(new_id(), task.reading.text)
        run = dataclasses.replace(run, model=order.target.model, mode=order.mode, state="queued", finish="")
        self.driver = Driver(
            run,
            self._course.record,
            limits=order.limits,
            usual=self._course.usual,
            used=used,
            changed=self._course.changed,
        )

    # ---------------------------------------------------------------- requests

    def first(self) -> Request:
        """The first request: of a new run, or going on with one."""
        course = self._course
        if course.run is None:
            little = think_little(self._order.limits, course.usual.thinking)
            return dataclasses.replace(self._built(), effort="low" if little else "")
        waiting = tuple(Message("update", s.text, s.check) for s in course.run.waiting)
        return self._going(course.ask, (*waiting, *course.messages))

    def next(self, delivery: Delivery) -> Request:
        """The request that tells the model what was said while it ran."""
        op = delivery.op
        return self._going("resume" if op == "stop" or op == "discard" else op, delivery.updates)  # noqa: PLR1714 - narrows

    def _going(self, ask: Ask, messages: tuple[Message, ...]) -> Request:
        driver, order = self.driver, self._order
        thinking, answer = driver.run.thinking, driver.run.answer
        level = probing.level(order.target) if thinking.strip() or answer.strip() else 0
        driver.delivered(ask, messages, level)
        updates = driver.run.updates
        thinking, answer, said = redact(thinking), redact(answer), [redact(update) for update in updates]
        if messages and self._course.reread is not None:
            self.task = self._course.reread(updates)
        base = self._built()
        going = going_on(base.messages, level=level, ask=ask, thinking=thinking, answer=answer, updates=said)
        effort = "low" if ask in SHORT and level < probing.ANSWER else ""
        return dataclasses.replace(base, messages=going.messages, prefix=going.prefix, effort=effort)

    def _built(self) -> Request:
        request = build(self.task, self._order.mode, self._order.max_tokens)
        self.driver.asked = request.characters // CHARACTERS_PER_TOKEN
        return request

    # ---------------------------------------------------------------- replies

    def text(self, completion: Completion, request: Request) -> str:
        """The reply with how it was begun for the model, where the model did not say that again.

        Raises
        ------
        SeglamError : E-BUDGET where the thinking was cut off and hardly an answer follows.
        """
        cut = detectors.cut_thought(
            completion.thinking, len(completion.text) // CHARACTERS_PER_TOKEN, self._course.usual
        )
        self.driver.flagged(cut)
        if completion.finish == "length" and (cut is not None or not completion.text.strip()):
            raise SeglamError("E-BUDGET", why="its thinking used up all the tokens", option="the setting max_tokens")
        text = completion.text
        return text if text.lstrip().startswith(request.prefix) else request.prefix + text

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
        self.driver.moved("\n".join(detectors.comments(reply.code)))
        return reply.model_copy(update={"code": bare})

    def panicked_once(self, error: SeglamError) -> Request | None:
        """Another request where a hurried model dropped what was needed, the first time that happens."""
        run = self.driver.run
        hurried = [s for s in run.said if s.op in ("hurry", "answer", "strict")]
        if error.code not in ("E-LLM-FORMAT", "E-VERIFY") or not hurried or self._begun_again:
            return None
        before = hurried[-1].at_tokens
        flag = detectors.panic(
            before, self.driver.thought - before, run.candidate, verified=False, properties=0, usual=self._course.usual
        )
        self._flag(flag)
        if flag is None:
            return None
        self._begun_again = True
        return self._going("hurry", ())

    def _flag(self, flag: detectors.Flag | None) -> None:
        self.driver.flagged(flag)
        if flag is not None:
            self.notes.append(f"{flag.name}: {flag.says}")

    # ---------------------------------------------------------------- ends

    def stopped(self, *, discard: bool) -> str:
        """Note the end by a stop; the id of the run where something of it is kept."""
        run = self.driver.run
        kept = bool(run.thinking.strip() or run.answer.strip()) and not discard
        ended = "budget" if self.driver.over is not None else "stopped"
        self.driver.now(state=ended if kept else "discarded")
        return run.id if kept else ""
