"""The way of a question: read, decide, compile, verify, publish, run. One function walks it and nothing else does.

text, namespace → Reading → Decision ─ hit → bind → guards → run → Answer
                               └ miss → compile → verify → publish ┘
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .admitting import preferred
from .asking import Asked, columns_of, guards, over_nothing, understood
from .cache.catalogue import Catalogue
from .cache.fitting import withdrawn
from .cache.labels import tier_of
from .confirming import Confirmer, offer_of
from .considering import Merger
from .errors import SeglamError
from .frozen import Frozen
from .judging import Judge
from .making import Maker, Progress, silent, updated
from .procedure.ambient import Ambient, repeated
from .procedure.results import same, suspicious
from .provisional import said_of
from .question import check_names
from .running import Runner, answered
from .settings import Seglam, config_folder, days_of, load_settings
from .store import payloads
from .words import Answer, Decision, Preview, Question, Revision, Trace

if TYPE_CHECKING:
    from .compiler.asides import Asker
    from .compiler.author import Compiler
    from .starter import Starter
    from .store import Log, View
    from .trust import Approvals
    from .verify import Executor

REMEMBERED = 200
# Tiers that matched another question than the one a procedure was compiled or remembered for.
MATCHED = ("template", "grounded", "text", "confirmed")


class Reasoner:
    """Answers questions from stored procedures, compiling those that are missing.

    Parameters
    ----------
    log : where events go; `library` is fed by it.
    executor : the process that runs unapproved procedures.
    approvals : which revisions may run in the kernel.
    compiler : asks the model; made on the first miss where None.

    Attributes
    ----------
    catalogue : publishes and corrects procedures; `library` decides which of them answers.
    judge : says whether hits were right.
    merger : makes one procedure of two that differ only in constants.

    Examples
    --------
    >>> from seglam_magics.store import MemoryLog
    >>> reasoner = open_reasoner(log=MemoryLog())
    >>> reasoner.library.names()
    ()
    """

    def __init__(
        self, settings: Seglam, log: Log, executor: Executor, approvals: Approvals, compiler: Compiler | None = None
    ) -> None:
        self.settings = settings
        self.log = log
        self.executor = executor
        self.approvals = approvals
        self.catalogue = Catalogue(log, approvals)
        self.library = self.catalogue.library
        self._runner = Runner(lambda: self.settings, executor, self.catalogue)
        self._maker = Maker(lambda: self.settings, executor, self.catalogue, compiler)
        self._confirmer = Confirmer(lambda: self.settings, self.catalogue)
        self.judge = Judge(lambda: self.settings, self.catalogue)
        self.merger = Merger(lambda: self.settings, self.catalogue)
        self._frozen = Frozen(self.catalogue)
        self._traces: deque[Trace] = deque(maxlen=REMEMBERED)
        self._said: set[str] = set()
        self._starter: Starter | None = None

    # ---------------------------------------------------------------- asking

    @property
    def asker(self) -> Asker | None:
        """Puts to the user what a question leaves open, where the question allows it; None takes the defaults."""
        return self._maker.asker

    @asker.setter
    def asker(self, asker: Asker | None) -> None:
        self._maker.asker = asker

    def ask(self, question: Question, progress: Progress = silent) -> Answer:
        """The answer to `question`, from a stored procedure or a newly compiled one.

        Raises
        ------
        SeglamError : E-QUESTION-*, E-NAME-UNKNOWN, E-COLUMN-UNKNOWN for what cannot be read; E-MISS where compiling is
            not allowed; E-MODEL-*, E-LLM-FORMAT, E-VERIFY, E-BUDGET, E-STOPPED where it failed; E-RUN-* where the
            procedure did; E-LOCK-* where a lock is not met. Nothing is stored and the namespace is untouched.
        """
        asked = understood(self._frozen.narrowed(question))
        self.catalogue.keep_following()
        decision = Decision(hit=False)
        try:
            decision, answer = self._decided(asked)
            if answer is None:
                asked, decision, answer = self._confirmer.answered(asked, decision, self._served, progress)
            if answer is None:
                decision, answer = self._compiled(asked, decision, progress)
        except SeglamError as error:
            self._trace(asked, decision, None, error.code)
            error.advise("; ".join(filter(None, (*asked.warnings, offer_of(decision)))))
            raise
        except KeyboardInterrupt:
            self._trace(asked, decision, None, "E-STOPPED")
            seconds = time.perf_counter() - asked.begin
            raise SeglamError("E-STOPPED", seconds=f"{seconds:.1f}", spent="nothing spent") from None
        self._trace(asked, answer.decision, answer)
        return self._noted(answer)

    def _noted(self, answer: Answer) -> Answer:
        """`answer` with what the user should know of the store, each said once."""
        starter = self._starter.trouble if self._starter is not None else ""
        told = (self.catalogue.trouble, self.approvals.notice, starter, *self._runner.news(), *self.merger.news())
        notes = tuple(note for note in told if note and note not in self._said)
        self._said.update(notes)
        return dataclasses.replace(answer, notes=(*answer.notes, *notes)) if notes else answer

    def preview(self, question: Question) -> Preview:
        """What `question` would do and send; nothing is sent, run or stored."""
        asked = understood(question)
        decision = self._decide(asked)
        return Preview(decision) if decision.hit else self._maker.preview(asked, decision)

    # ---------------------------------------------------------------- deciding

    def shipped(self) -> Starter | None:
        """The starter pack, which from now on answers what nothing stored does; None where it is switched off."""
        if self.settings.starter and self._starter is None:
            from .starter import Starter

            self._starter = Starter()
            self.approvals.shipped = self._starter.identities
            self.library.supply(self._starter)
        return self._starter

    def _decide(self, asked: Asked) -> Decision:
        with self.catalogue.lock:
            self.shipped()
            locked = self._frozen.decided(asked)
            if locked is not None:
                return locked
            decision = self.library.decide(
                asked.reading,
                cell=asked.question.cell,
                forced=asked.question.options.procedure,
                fits=guards(asked, self.catalogue),
                values=columns_of(asked),
            )
            return preferred(self.catalogue.allowed(decision), self.approvals)

    def _decided(self, asked: Asked) -> tuple[Decision, Answer | None]:
        """The decision, and the answer where it is a hit that may be served."""
        decision = self._decide(asked)
        if not decision.hit and self.catalogue.follow():
            decision = self._decide(asked)  # another kernel has published meanwhile
        if asked.question.options.reuse == "fresh" or not decision.hit:
            return decision, None
        return self._served(asked, decision)

    def _served(self, asked: Asked, decision: Decision) -> tuple[Decision, Answer | None]:
        try:
            answer = self._run(asked, decision)
            reason = self._doubt(asked, decision, answer)
        except SeglamError as error:
            if error.code != "E-TRUST-FAILED" and (error.code != "E-RUN" or decision.tier not in MATCHED):
                raise
            return withdrawn(decision, error.says), None
        if reason:
            return withdrawn(decision, reason), None
        with self.catalogue.lock:
            self.library.remember(asked.reading, asked.question.cell, decision)
        answer = self._recorded(asked, answer, tier_of(decision))
        self.judge.served(asked, answer)
        notes = said_of(self.catalogue, answer.revision)
        return decision, dataclasses.replace(answer, notes=(*answer.notes, *notes)) if notes else answer

    def _recorded(self, asked: Asked, answer: Answer, found: str | None) -> Answer:
        """A hit in the log, with the id it has there."""
        inputs = payloads.inputs(asked.variables, answer)
        event = self.catalogue.record("hit", {**payloads.hit(answer, found), "inputs": inputs, **asked.told})
        return dataclasses.replace(answer, id=event.id) if event is not None else answer

    def _doubt(self, asked: Asked, decision: Decision, answer: Answer) -> str:
        """Why a hit is not served after all: rivals that disagree, an empty result where the examples had one."""
        at = repeated(answer.decision.bindings)
        for revision, bindings in decision.rivals:
            other = self._run(asked, dataclasses.replace(decision, revision=revision, bindings=bindings), at)
            if not same(answer.value, other.value):
                return f"{answer.procedure} and {revision.label} both fit and give different values"
        doubtful = decision.tier in MATCHED and suspicious(answer.revision, answer.value)
        if answer.revision.proc_id in self.approvals.shipped:
            doubtful = doubtful and answer.value is None  # every word was accounted for: no rows are an answer
        if doubtful and not over_nothing(asked, decision):
            return f"{answer.procedure} gives an empty result here"
        return ""

    # ---------------------------------------------------------------- compiling

    def _compiled(self, asked: Asked, decision: Decision, progress: Progress) -> tuple[Decision, Answer]:
        check_names(asked.reading)
        self._maker.check(asked, decision)
        fresh = decision.revision if asked.question.options.reuse == "fresh" and decision.hit else None
        known = fresh if fresh is not None and fresh.proc_id not in self.approvals.shipped else None
        self.catalogue.record("miss", {**payloads.miss(asked.reading.text, decision), **asked.told})
        made = self._maker.compiled(asked, known, progress, decision)
        if made.task is not None:
            asked = updated(asked, made.task)
        decision = dataclasses.replace(decision, hit=False, tier=None, revision=made.revision, bindings=made.bindings)
        answer = self._run(asked, decision)
        kept = dataclasses.replace(decision, hit=True, tier="exact")
        with self.catalogue.lock:
            self.library.remember(asked.reading, asked.question.cell, kept)
        self.merger.consider(made.revision)
        told = (*answer.notes, *made.notes, *said_of(self.catalogue, made.revision), offer_of(decision))
        answer = dataclasses.replace(answer, hit=False, saved=None, notes=tuple(filter(None, told)), id=made.answer)
        return decision, dataclasses.replace(answer, usage=asked.total(made.usage), corrects=made.corrects)

    # ---------------------------------------------------------------- running

    def _run(self, asked: Asked, decision: Decision, at: Ambient | None = None) -> Answer:
        revision = decision.revision
        assert revision is not None
        ran = self._runner.run(revision, asked.given(decision.bindings), asked.question.namespace, at)
        return answered(asked, decision, revision, ran)

    def call(self, label: str, arguments: Mapping[str, Any]) -> Any:
        """Call a procedure with plain keyword arguments, as `store["name"](…)` does; frames keep their kind."""
        return self._runner.call(self.catalogue.known(label), arguments)

    # ---------------------------------------------------------------- correcting and looking back

    def revise(self, name: str, source: str) -> Revision:
        """A new revision of `name` from source written by hand, verified like any other; the head where it is the same.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROCEDURE-FORM, E-PROCEDURE-UNVERIFIED, the code of what the lint refuses.
        """
        return self._maker.revised(name, source)

    def adopt(self, name: str, source: str, wordings: Sequence[str]) -> Revision:
        """A new procedure from a function written by hand that answers `wordings`, verified like any other.

        Raises
        ------
        SeglamError : E-USAGE where there is one of this name or no wording, E-ALIAS for a wording no question could be
            of, E-PROCEDURE-FORM where an annotation is missing; else as `revise`.
        """
        return self._maker.adopted(name, source, wordings)

    def claim(self, name: str, source: str) -> Revision:
        """A new revision of `name` with one more property written by hand; the head where it has it already.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROPERTY-FORM, E-PROCEDURE-UNVERIFIED with the counterexample.
        """
        return self._maker.claimed(name, source)

    def reject(self, trace: Trace) -> Revision:
        """Never answer the question of `trace` with the revision that did again; gives that revision."""
        return self.judge.reject(trace)

    def recent(self) -> tuple[Trace, ...]:
        """The last decisions of this kernel, newest last."""
        return tuple(self._traces)

    def newest(self) -> Trace | None:
        """The last decision of this kernel; costs nothing, for whoever looks often."""
        return self._traces[-1] if self._traces else None

    def view(self) -> View:
        """The DuckDB view of the log, for lists and figures."""
        from .store.retention import kept

        return kept(self.log, days_of(self.settings.retention))

    def close(self) -> None:
        """End the child process and the log."""
        self.judge.close()
        self.merger.close()
        self.executor.close()
        self.catalogue.close()

    def _trace(self, asked: Asked, decision: Decision, answer: Answer | None, error: str = "") -> None:
        self._traces.append(Trace(asked.reading.text, asked.reading, decision, answer, error, asked.question.cell))


def open_reasoner(
    settings: Seglam | None = None,
    *,
    log: Log | None = None,
    start: Path | None = None,
    warn: Callable[[SeglamError], object] | None = None,
) -> Reasoner:
    """A reasoner on the store of the project in `start` (the working directory by default).

    Nothing is written and no process is started until something is asked.
    """
    from .store import find_store, open_log
    from .trust import Approvals
    from .verify import ChildExecutor

    settings = settings or load_settings(start)
    if log is None:
        log = open_log(find_store(start or Path.cwd(), settings.store), warn or silent)
    return Reasoner(settings, log, ChildExecutor(), Approvals(config_folder()))


_shared: list[Reasoner] = []


def shared(settings: Seglam | None = None, warn: Callable[[SeglamError], object] | None = None) -> Reasoner:
    """The one reasoner of this process, opened at its first use; magics, Python API and command line share asked."""
    if not _shared:
        _shared.append(open_reasoner(settings, warn=warn))
    return _shared[0]


def opened() -> Reasoner | None:
    """The shared reasoner where it is open; looking opens none."""
    return _shared[0] if _shared else None


def close_shared() -> None:
    """Close the shared reasoner, if there is one; the next use opens a new one."""
    while _shared:
        _shared.pop().close()


__all__ = ["Reasoner", "close_shared", "open_reasoner", "opened", "shared"]
