"""Making a revision: the order a compile gets, the compile itself, and publishing what came of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .asking import Asked, understood
from .cache.catalogue import Catalogue
from .errors import UNWRITABLE, SeglamError
from .settings import Seglam
from .store import payloads
from .words import Decision, Options, Preview, Revision

if TYPE_CHECKING:
    from .cache.twins import Taught
    from .compiler.author import Compilation, Compiler
    from .compiler.course import Course
    from .compiler.ledger import Order
    from .compiler.request import Task
    from .verify import Executor

Progress = Callable[[str], None]


def silent(_said: object) -> None:
    """Progress nobody watches, a warning nobody reads."""


class Maker:
    """Compiles questions, corrects revisions, and publishes both.

    Parameters
    ----------
    settings : the settings that hold when something is made.
    compiler : asks the model; made at its first use where None.
    """

    def __init__(
        self, settings: Callable[[], Seglam], executor: Executor, catalogue: Catalogue, compiler: Compiler | None = None
    ) -> None:
        self._settings = settings
        self._executor = executor
        self._catalogue = catalogue
        self._compiler = compiler

    def compiled(self, asked: Asked, known: Revision | None, progress: Progress) -> Compilation:
        """A verified revision for a question, published; `known` is the one that it is a new version of.

        Raises
        ------
        SeglamError : E-MODEL-*, E-LLM-FORMAT, E-VERIFY, E-BUDGET, E-STOPPED; what was spent is in the log.
        """
        from .compiler.ledger import CompileFailed

        order = dataclasses.replace(self.order(asked.question.options, known), course=self._course(asked))
        if order.target.model:
            self._executor.warm()
        record, text = self._catalogue.record, asked.reading.text
        try:
            made = self.author().compile(task(asked), order, progress)
        except CompileFailed as failed:
            record("failed", {**payloads.failed(text, failed.error, failed.usage), **asked.told})
            raise failed.error from None
        if made.task is not None:
            asked, text = updated(asked, made.task), made.task.reading.text
        data = {"inputs": payloads.inputs(asked.variables), **asked.told}
        try:
            made = self._published(made, asked, known)
        finally:
            event = record("run", {**payloads.run(text, made.revision.name, made.usage), **data})
        progress("running")
        return dataclasses.replace(made, answer=event.id) if event is not None else made

    def check(self, asked: Asked, decision: Decision) -> None:
        """Raise E-MISS where the question says that stored procedures alone may answer it."""
        reuse = asked.question.options.reuse
        if reuse in ("cached", "frozen"):
            self._catalogue.record("miss", {**payloads.miss(asked.reading.text, decision), **asked.told})
            raise SeglamError("E-MISS" if reuse == "cached" else "E-MISS-FROZEN", reason=decision.reason)
        if asked.question.options.procedure is not None:
            raise SeglamError("E-MISS", reason=decision.reason)

    def preview(self, asked: Asked, decision: Decision) -> Preview:
        """What compiling a question would send; raises E-MODEL-UNSET."""
        from .compiler import gateway
        from .compiler.preview import wire_bytes
        from .compiler.request import build

        order = self.order(asked.question.options, None)
        if not order.target.model:
            raise SeglamError("E-MODEL-UNSET")
        request = build(task(asked), order.mode, order.max_tokens)
        tokens = gateway.count_tokens(request, order.target)
        payload = wire_bytes(request, order.target)
        return Preview(decision, payload, order.target.model, tokens, gateway.price(order.target, tokens, 0))

    def revised(self, name: str, source: str) -> Revision:
        """A new revision of `name` from source written by hand, verified like any other; the head where it is the same.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROCEDURE-FORM, E-PROCEDURE-UNVERIFIED, and where the lint refuses it the
            code of what it does, such as E-EFFECT-IMPORT.
        """
        from .compiler.edit import edited
        from .verify import lint_revision

        head = self._catalogue.known(name)
        revision = edited(head, source)
        if revision is head:
            return head
        for where, finding in lint_revision(revision):
            what = f"{'' if where == name else where + ': '}{finding.says}; {name} was not changed"
            raise SeglamError(finding.code, line=finding.line, what=what, advice=finding.do)
        self._executor.warm()
        settings = self._settings()
        verdict = self._executor.verify(revision, cases=settings.cases, seconds=settings.timeout)
        failure = verdict.failure
        if failure is not None:
            raise SeglamError("E-PROCEDURE-UNVERIFIED", name=name, check=failure.name, why=failure.message)
        return self._catalogue.publish(dataclasses.replace(revision, verdict=verdict, created=time.time()))

    def author(self) -> Compiler:
        """The compiler."""
        if self._compiler is None:
            from .compiler import LiteCompiler

            self._compiler = LiteCompiler(self._executor)
        return self._compiler

    def order(self, options: Options, known: Revision | None) -> Order:
        """How a question with these options is compiled; a new version of `known` keeps its name."""
        from .compiler.gateway import Target
        from .compiler.ledger import Order

        settings = self._settings()
        return Order(
            target=Target(options.model or settings.model, settings.api_base, settings.key_name),
            mode=options.mode,
            seconds=options.seconds or settings.timeout,
            tokens=options.tokens,
            usd=options.usd if options.usd is not None else settings.budget_usd,
            max_tokens=settings.max_tokens,
            name=known.name if known else None,
            taken=self._catalogue.library.names(),
            cases=settings.cases,
        )

    def _course(self, asked: Asked) -> Course:
        """How the run of a question is followed: kept in the log, and gone on with where the question says so."""
        from .compiler.course import Course
        from .runs import to_go_on
        from .thinking.control import Message

        onward = asked.question.options.onward
        run = None if onward is None else to_go_on(self._catalogue.log, onward.run)
        text = asked.question.text if run is None else run.question

        def reread(updates: Sequence[str]) -> Task:
            return task(understood(dataclasses.replace(asked.question, text=with_updates(text, updates))))

        if onward is None:
            return Course(self._catalogue.record, reread)
        messages = tuple(Message("update", text, check) for text, check in onward.updates)
        return Course(self._catalogue.record, reread, run, onward.ask, messages)

    def _published(self, made: Compilation, asked: Asked, known: Revision | None) -> Compilation:
        """Published; tried once more where another kernel published under the name at the same moment."""
        try:
            return self._kept(made, asked, known)
        except SeglamError as error:
            if error.code != "E-STORE-CONFLICT":
                raise
        self._catalogue.follow()
        return self._kept(made, asked, known)

    def _kept(self, made: Compilation, asked: Asked, known: Revision | None) -> Compilation:
        """Published, or as a stored twin computes it that answers the question now."""
        with self._catalogue.lock:
            twin = self._taught(made, asked) if known is None else None
            if twin is None:
                return dataclasses.replace(made, revision=self._put(made.revision, known))
        note = f"{twin.revision.label} computes the same and has learned {twin.learned} more wordings"
        return dataclasses.replace(made, revision=twin.revision, bindings=twin.bindings, notes=(*made.notes, note))

    def _taught(self, made: Compilation, asked: Asked) -> Taught | None:
        from .cache.twins import taught

        try:
            return taught(self._catalogue, made.revision, asked.reading, made.bindings)
        except SeglamError as error:
            if error.code not in UNWRITABLE:
                raise
        return None  # publishing knows what to do then

    def _put(self, revision: Revision, known: Revision | None) -> Revision:
        """Published; a new procedure under a name of its own, also where it was taken while this one was compiling."""
        from .compiler.checks import under_name
        from .procedure.freeing import free_name

        library = self._catalogue.library
        with self._catalogue.lock:  # nothing is taken in between looking and publishing
            head = library.head(revision.name)
            if known is None and head is not None and head.proc_id != revision.proc_id:
                revision = under_name(revision, free_name(revision.name, library.names()))
            return self._catalogue.publish(revision, known)


def with_updates(text: str, updates: Sequence[str]) -> str:
    """A question with what was added to it: one line each, in the order it was said.

    >>> print(with_updates("the mean of `laps`", ["without the first"]))
    the mean of `laps`
    without the first
    """
    return "\n".join((text, *updates))


def updated(asked: Asked, task: Task) -> Asked:
    """A question as it became while it was compiled."""
    return dataclasses.replace(asked, question=task.question, reading=task.reading, variables=task.variables)


def task(asked: Asked) -> Task:
    """A question as the compiler takes it."""
    from .compiler.request import Task

    return Task(asked.question, asked.reading, asked.variables)
