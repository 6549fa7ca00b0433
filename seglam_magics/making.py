"""Making a revision: the order a compile gets, the compile itself, and publishing what came of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .asking import Asked
from .cache.catalogue import Catalogue
from .courses import corrected, course_of, with_updates
from .errors import UNWRITABLE, SeglamError
from .lessons import Restarts, account, before, learned
from .provisional import marked
from .settings import Seglam
from .store import payloads
from .words import Decision, Options, Preview, Revision, Variable

if TYPE_CHECKING:
    from .cache.twins import Taught
    from .compiler.asides import Asker
    from .compiler.author import Compilation, Compiler
    from .compiler.ledger import Order
    from .compiler.request import Task
    from .verify import Executor

__all__ = ["Maker", "Progress", "silent", "task", "updated", "with_updates"]

Progress = Callable[[str], None]


def silent(_said: object) -> None:
    """Progress nobody watches, a warning nobody reads."""


class Maker:
    """Compiles questions, corrects revisions, and publishes both.

    Parameters
    ----------
    settings : the settings that hold when something is made.
    compiler : asks the model; made at its first use where None.

    Attributes
    ----------
    asker : puts to the user what a question leaves open; None takes the defaults.
    """

    def __init__(
        self, settings: Callable[[], Seglam], executor: Executor, catalogue: Catalogue, compiler: Compiler | None = None
    ) -> None:
        self._settings = settings
        self._executor = executor
        self._catalogue = catalogue
        self._compiler = compiler
        self._restarts = Restarts()
        self.asker: Asker | None = None

    def compiled(
        self, asked: Asked, known: Revision | None, progress: Progress, decision: Decision | None = None
    ) -> Compilation:
        """A verified revision for a question, published; `known` is the one that it is a new version of.

        Parameters
        ----------
        decision : the miss, whose candidates say what the question is near to.

        Raises
        ------
        SeglamError : E-MODEL-*, E-LLM-FORMAT, E-VERIFY, E-BUDGET, E-STOPPED, E-MODE, E-ROUTE, E-AGAIN-LIMIT; what was
            spent is in the log.
        """
        from .compiler.ledger import CompileFailed

        options, told = asked.question.options, self._told(asked, known, decision)
        fixes = corrected(self._catalogue, options.onward)
        known = known or fixes
        order = self.order(options, known, asked.variables)
        order = dataclasses.replace(order, course=course_of(self._catalogue, asked, told, order.target.model))
        if order.target.model:
            self._executor.warm()
        if options.again is not None:
            self._restarts.another(known.name if known else asked.reading.text, self._settings().restarts)
        record, text = self._catalogue.record, asked.reading.text
        try:
            made = self.author().compile(told, order, progress)
        except CompileFailed as failed:
            account(record, text, failed.parts, asked.told)
            if not failed.parts:
                record("failed", {**payloads.failed(text, failed.error, failed.usage), **asked.told})
            raise failed.error from None
        if made.earlier is not None:
            known = fixes = self._first(made.earlier, asked, known)
        if made.task is not None:
            asked, text = updated(asked, made.task), made.task.reading.text
        data = {"inputs": payloads.inputs(asked.variables), **asked.told}
        used = next((part.usage for part in reversed(made.parts) if part.role == "author"), made.usage)
        lesson = made.lesson if order.repair else ""
        try:
            made = self._published(made, asked, known)
        finally:
            event = record("run", {**payloads.run(text, made.revision.name, used, order.mode, lesson), **data})
            account(record, text, made.parts, asked.told, made.revision.name)
        progress("running")
        made = dataclasses.replace(made, corrects=fixes)
        return dataclasses.replace(made, answer=event.id) if event is not None else made

    def _first(self, made: Compilation, asked: Asked, known: Revision | None) -> Revision:
        """Publish what was verified before an update came that corrects it."""
        asked = asked if made.task is None else updated(asked, made.task)
        return self._published(made, asked, known).revision

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

        order = self.order(asked.question.options, None, asked.variables)
        if not order.target.model:
            raise SeglamError("E-MODEL-UNSET")
        request = build(self._told(asked, decision.revision, decision), order.manner, order.max_tokens)
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

        head = self._catalogue.known(name)
        return self._taken(name, head, edited(head, source))

    def adopted(self, name: str, source: str, wordings: Sequence[str]) -> Revision:
        """A new procedure from a function written by hand, verified like any other; it answers these wordings.

        Raises
        ------
        SeglamError : E-USAGE where there is one of this name or no wording is given, E-ALIAS for a wording no question
            could be of; else as `revised`.
        """
        from .compiler.adopting import adopted

        if self._catalogue.library.head(name) is not None:
            problem = f"there is a procedure {name} already"
            raise SeglamError("E-USAGE", problem=problem, advice="leave the wordings out to correct it")
        return self._taken(name, None, adopted(name, source, wordings))

    def claimed(self, name: str, source: str) -> Revision:
        """A new revision of `name` with one more property written by hand, verified with it; else as `revised`.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROPERTY-FORM, E-PROCEDURE-UNVERIFIED with the counterexample, the code of
            what the lint refuses.
        """
        from .compiler.edit import claimed

        head = self._catalogue.known(name)
        revision = claimed(head, source)
        return self._taken(name, head, revision, revision.properties[-1].name)

    def _taken(self, name: str, head: Revision | None, revision: Revision, claim: str = "") -> Revision:
        """Verify a revision written by hand and publish it; a property that says nothing is kept of a model only."""
        from .verify import lint_revision

        if revision is head:
            return revision
        for where, finding in lint_revision(revision):
            what = f"{'' if where == name else where + ': '}{finding.says}; {name} was not changed"
            raise SeglamError(finding.code, line=finding.line, what=what, advice=finding.do)
        self._executor.warm()
        settings = self._settings()
        verdict = self._executor.verify(revision, cases=settings.cases, seconds=settings.timeout)
        failure = verdict.failure or next((c for c in verdict.checks if c.name == f"vacuous {claim}"), None)
        if failure is not None:
            why = failure.message.removeprefix("vacuous: ")
            raise SeglamError("E-PROCEDURE-UNVERIFIED", name=name, check=failure.name, why=why)
        self._restarts.ended(name)
        return self._catalogue.publish(dataclasses.replace(revision, verdict=verdict, created=time.time()))

    def author(self) -> Compiler:
        """The compiler."""
        if self._compiler is None:
            from .compiler import LiteCompiler

            self._compiler = LiteCompiler(self._executor)
        return self._compiler

    def order(self, options: Options, known: Revision | None, variables: Mapping[str, Variable] | None = None) -> Order:
        """How a question with these options is compiled; a new version of `known` keeps its name.

        Parameters
        ----------
        variables : what the question may use, whose kind may choose the model.
        """
        from .compiler.ledger import Order
        from .compiler.modes import manner
        from .compiler.purse import purse_of
        from .compiler.routing import routed

        settings = self._settings()
        target, route = routed(settings, options, variables or {})
        return Order(
            target=target,
            route=route,
            manner=manner(options.mode, settings.modes),
            repair=settings.repair,
            asker=self.asker if options.ask and settings.ask else None,
            seconds=options.seconds or settings.timeout,
            tokens=options.tokens,
            usd=options.usd if options.usd is not None else settings.budget_usd,
            purse=purse_of(self._catalogue.log, settings),
            max_tokens=settings.max_tokens,
            name=known.name if known else None,
            taken=self._catalogue.library.names(),
            cases=settings.cases,
        )

    def _told(self, asked: Asked, known: Revision | None, decision: Decision | None) -> Task:
        """The question with what earlier compiles have taught, and the version that is to be written anew."""
        lessons = learned(self._catalogue.log, decision, known) if self._settings().repair else ()
        earlier = before(asked.question.options.again, known)
        return dataclasses.replace(task(asked), lessons=lessons, before=earlier)

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
        origin = marked(made.revision, made.bindings, asked)
        made = dataclasses.replace(made, revision=dataclasses.replace(made.revision, provenance=origin))
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


def updated(asked: Asked, task: Task) -> Asked:
    """A question as it became while it was compiled."""
    return dataclasses.replace(asked, question=task.question, reading=task.reading, variables=task.variables)


def task(asked: Asked) -> Task:
    """A question as the compiler takes it."""
    from .compiler.request import Task

    return Task(asked.question, asked.reading, asked.variables)
