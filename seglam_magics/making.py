"""Making a revision: the order a compile gets, the compile itself, and publishing what came of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .asking import Asked
from .cache.catalogue import Catalogue
from .errors import SeglamError
from .settings import Seglam
from .store import payloads
from .words import Decision, Options, Preview, Revision

if TYPE_CHECKING:
    from .cache.twins import Taught
    from .compiler.author import Compilation, Compiler, Order
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
        from .compiler.author import CompileFailed

        order = self.order(asked.question.options, known)
        if order.target.model:
            self._executor.warm()
        record, text = self._catalogue.record, asked.reading.text
        try:
            made = self.author().compile(task(asked), order, progress)
        except CompileFailed as failed:
            record("failed", payloads.failed(text, failed.error, failed.usage))
            raise failed.error from None
        try:
            made = self._published(made, asked, known)
        finally:
            record("run", payloads.run(text, made.revision.name, made.usage))
        progress("running")
        return made

    def check(self, asked: Asked, decision: Decision) -> None:
        """Raise E-MISS where the question says that stored procedures alone may answer it."""
        reuse = asked.question.options.reuse
        if reuse in ("cached", "frozen"):
            self._catalogue.record("miss", payloads.miss(asked.reading.text, decision))
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
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROCEDURE-FORM, E-PROCEDURE-UNVERIFIED.
        """
        from .compiler.edit import edited

        head = self._catalogue.known(name)
        revision = edited(head, source)
        if revision is head:
            return head
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
        from .compiler.author import Order
        from .compiler.gateway import Target

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
            if error.code != "E-STORE-WRITE":
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


def task(asked: Asked) -> Task:
    """A question as the compiler takes it."""
    from .compiler.request import Task

    return Task(asked.question, asked.reading, asked.variables)
