"""The way of a question: read, decide, compile, verify, publish, run. One function walks it and nothing else does.

text, namespace → Reading → Decision ─ hit → bind → guards → run → Answer
                               └ miss → compile → verify → publish ┘
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cache.catalogue import Catalogue
from .cache.fitting import withdrawn
from .errors import SeglamError, closest
from .procedure import apply as apply_function
from .procedure import describe_all, load
from .procedure.binding import Bound, bind
from .procedure.guards import misfit
from .procedure.results import DATA, same, suspicious
from .question import back_ticked, check_names, mentioned, normalise, read
from .settings import Seglam, config_folder, load_settings
from .store import payloads
from .words import Answer, Binding, Decision, Options, Preview, Question, Reading, Revision, Trace, Variable

if TYPE_CHECKING:
    from .compiler.author import Compiler, Order
    from .compiler.request import Task
    from .store import Log, View
    from .trust import Approvals
    from .verify import Executor

Progress = Callable[[str], None]
REMEMBERED = 200


def _silent(_stage: str) -> None:
    """Progress nobody watches."""


def _unsaid(_warning: SeglamError) -> None:
    """A warning nobody reads; the log says in `path` that it is in memory."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question on its way: read, with the variables it may use."""

    question: Question
    reading: Reading
    variables: Mapping[str, Variable]
    begin: float


class Reasoner:
    """Answers questions from stored procedures, compiling those that are missing.

    Parameters
    ----------
    log : where events go; `library` is fed by it.
    executor : the process that runs unapproved procedures.
    approvals : which revisions may run in the kernel.
    compiler : asks the model; made on the first miss where None.

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
        self._compiler = compiler
        self._traces: deque[Trace] = deque(maxlen=REMEMBERED)
        self._loaded: dict[str, Callable[..., Any]] = {}
        self._linted: set[str] = set()
        self._said: set[str] = set()

    # ---------------------------------------------------------------- asking

    def ask(self, question: Question, progress: Progress = _silent) -> Answer:
        """The answer to `question`, from a stored procedure or a newly compiled one.

        Raises
        ------
        SeglamError : E-QUESTION-*, E-NAME-UNKNOWN, E-COLUMN-UNKNOWN for what cannot be read; E-MISS where compiling is
            not allowed; E-MODEL-*, E-LLM-FORMAT, E-VERIFY, E-BUDGET, E-STOPPED where it failed; E-RUN-* where the
            procedure did. Nothing is stored and the namespace is untouched.
        """
        asked = self._read(question)
        self.catalogue.keep_following()
        decision = Decision(hit=False)
        try:
            decision, answer = self._decided(asked)
            if answer is None:
                decision, answer = self._compiled(asked, decision, progress)
        except SeglamError as error:
            self._trace(asked, decision, None, error.code)
            raise
        except KeyboardInterrupt:
            self._trace(asked, decision, None, "E-STOPPED")
            seconds = f"{time.perf_counter() - asked.begin:.1f}"
            raise SeglamError("E-STOPPED", seconds=seconds, spent="nothing spent") from None
        self._trace(asked, answer.decision, answer)
        return self._noted(answer)

    def _noted(self, answer: Answer) -> Answer:
        """`answer` with what the user should know of the store, said once."""
        if not self.catalogue.trouble or self.catalogue.trouble in self._said:
            return answer
        self._said.add(self.catalogue.trouble)
        return dataclasses.replace(answer, notes=(*answer.notes, self.catalogue.trouble))

    def preview(self, question: Question) -> Preview:
        """What `question` would do and send; nothing is sent, run or stored."""
        asked = self._read(question)
        decision = self._decide(asked)
        if decision.hit:
            return Preview(decision)
        from .compiler import gateway
        from .compiler.preview import wire_bytes
        from .compiler.request import build

        order = self._order(question.options, None)
        if not order.target.model:
            raise SeglamError("E-MODEL-UNSET")
        request = build(self._task(asked), order.mode, order.max_tokens)
        tokens = gateway.count_tokens(request, order.target)
        payload = wire_bytes(request, order.target)
        return Preview(decision, payload, order.target.model, tokens, gateway.price(order.target, tokens, 0))

    def _read(self, question: Question) -> _Asked:
        begin = time.perf_counter()
        text = normalise(question.text)
        variables = self._variables(question, text)
        return _Asked(question, read(text, variables), variables, begin)

    def _variables(self, question: Question, text: str) -> dict[str, Variable]:
        """The variables a question may use: those of `-u`, else those it names, else every one there is."""
        space = question.namespace
        if question.only is not None:
            for name in question.only:
                if name not in space:
                    near = closest(name, space)
                    advice = f"did you mean {near}?" if near else "run the cell that makes it first"
                    raise SeglamError("E-NAME-UNKNOWN", name=name, advice=advice)
            return self._described(space, question.only)
        found = describe_all(space, mentioned(text, space))
        if not any(v.kind in DATA for v in found.values()):
            found = describe_all(space) | found
        columns = {c.name for v in found.values() for c in v.columns}
        self._refuse_kinds(space, [n for n in back_ticked(text) if n not in found and n not in columns])
        return found

    def _described(self, space: Mapping[str, Any], names: Sequence[str]) -> dict[str, Variable]:
        found = describe_all(space, names)
        self._refuse_kinds(space, [n for n in names if n not in found])
        return found

    @staticmethod
    def _refuse_kinds(space: Mapping[str, Any], names: Sequence[str]) -> None:
        """A name that was meant, and whose value no procedure can take, is an error and not a missing name."""
        odd = next((n for n in names if n in space), None)
        if odd is not None:
            raise SeglamError("E-INPUT-KIND", name=odd, kind=type(space[odd]).__name__)

    # ---------------------------------------------------------------- deciding

    def _decide(self, asked: _Asked) -> Decision:
        space = asked.question.namespace

        def fits(revision: Revision, bindings: Mapping[str, Binding]) -> str:
            return self.catalogue.barred(revision) or misfit(revision, bindings, asked.variables, space)

        forced = asked.question.options.procedure
        with self.catalogue.lock:
            return self.library.decide(asked.reading, cell=asked.question.cell, forced=forced, fits=fits)

    def _decided(self, asked: _Asked) -> tuple[Decision, Answer | None]:
        """The decision, and the answer where it is a hit that may be served."""
        decision = self._decide(asked)
        if not decision.hit and self.catalogue.follow():
            decision = self._decide(asked)  # another kernel has published meanwhile
        if asked.question.options.reuse == "fresh" or not decision.hit:
            return decision, None
        return self._served(asked, decision)

    def _served(self, asked: _Asked, decision: Decision) -> tuple[Decision, Answer | None]:
        try:
            answer = self._run(asked, decision)
            reason = self._doubt(asked, decision, answer)
        except SeglamError as error:
            if error.code != "E-RUN" or decision.tier != "template":
                raise
            return withdrawn(decision, error.says), None
        if reason:
            return withdrawn(decision, reason), None
        with self.catalogue.lock:
            self.library.remember(asked.reading, asked.question.cell, decision)
        self.catalogue.record("hit", payloads.hit(answer))
        return decision, answer

    def _doubt(self, asked: _Asked, decision: Decision, answer: Answer) -> str:
        """Why a hit is not served after all: rivals that disagree, an empty result where the examples had one."""
        for revision, bindings in decision.rivals:
            other = self._run(asked, dataclasses.replace(decision, revision=revision, bindings=bindings))
            if not same(answer.value, other.value):
                return f"{answer.procedure} and {revision.label} both fit and give different values"
        doubtful = decision.tier == "template" and suspicious(answer.revision, answer.value)
        if doubtful and not _over_nothing(asked, decision):
            return f"{answer.procedure} gives an empty result here"
        return ""

    # ---------------------------------------------------------------- compiling

    def _compiled(self, asked: _Asked, decision: Decision, progress: Progress) -> tuple[Decision, Answer]:
        check_names(asked.reading)
        reuse = asked.question.options.reuse
        if reuse in ("cached", "frozen"):
            self.catalogue.record("miss", payloads.miss(asked.reading.text, decision))
            raise SeglamError("E-MISS" if reuse == "cached" else "E-MISS-FROZEN", reason=decision.reason)
        if asked.question.options.procedure is not None:
            raise SeglamError("E-MISS", reason=decision.reason)
        from .compiler.author import CompileFailed

        known = decision.revision if reuse == "fresh" and decision.hit else None
        order = self._order(asked.question.options, known)
        self.catalogue.record("miss", payloads.miss(asked.reading.text, decision))
        if order.target.model:
            self.executor.warm()
        try:
            made = self._author().compile(self._task(asked), order, progress)
        except CompileFailed as failed:
            self.catalogue.record("failed", payloads.failed(asked.reading.text, failed.error, failed.usage))
            raise failed.error from None
        self.catalogue.record("run", payloads.run(asked.reading.text, made.revision.name, made.usage))
        progress("running")
        revision = self._published(made.revision, known)
        decision = dataclasses.replace(decision, hit=False, tier=None, revision=revision, bindings=made.bindings)
        answer = self._run(asked, decision)
        with self.catalogue.lock:
            self.library.remember(
                asked.reading, asked.question.cell, dataclasses.replace(decision, hit=True, tier="exact")
            )
        return decision, dataclasses.replace(
            answer, hit=False, usage=made.usage, saved=None, notes=(*answer.notes, *made.notes)
        )

    def _published(self, revision: Revision, known: Revision | None) -> Revision:
        """Published; tried once more where another kernel published under the name at the same moment."""
        try:
            return self._put(revision, known)
        except SeglamError as error:
            if error.code != "E-STORE-CONFLICT":
                raise
        self.catalogue.follow()
        return self._put(revision, known)

    def _put(self, revision: Revision, known: Revision | None) -> Revision:
        """Published; a new procedure under a name of its own, also where it was taken while this one was compiling."""
        from .compiler.checks import free_name, under_name

        with self.catalogue.lock:  # nothing is taken in between looking and publishing
            head = self.library.head(revision.name)
            if known is None and head is not None and head.proc_id != revision.proc_id:
                revision = under_name(revision, free_name(revision.name, self.library.names()))
            return self.catalogue.publish(revision, known)

    def _author(self) -> Compiler:
        if self._compiler is None:
            from .compiler import LiteCompiler

            self._compiler = LiteCompiler(self.executor)
        return self._compiler

    def _task(self, asked: _Asked) -> Task:
        from .compiler.request import Task

        return Task(asked.question, asked.reading, asked.variables)

    def _order(self, options: Options, known: Revision | None) -> Order:
        from .compiler.author import Order
        from .compiler.gateway import Target

        settings = self.settings
        return Order(
            target=Target(options.model or settings.model, settings.api_base, settings.key_name),
            mode=options.mode,
            seconds=options.seconds or settings.timeout,
            tokens=options.tokens,
            usd=options.usd if options.usd is not None else settings.budget_usd,
            max_tokens=settings.max_tokens,
            name=known.name if known else None,
            taken=self.library.names(),
            cases=settings.cases,
        )

    # ---------------------------------------------------------------- running

    def _run(self, asked: _Asked, decision: Decision) -> Answer:
        revision = decision.revision
        assert revision is not None
        trusted = self._trusted(revision)
        bound = bind(revision, decision.bindings, asked.question.namespace, native=trusted)
        begin = time.perf_counter()
        value = self._call(revision, bound, trusted=trusted)
        return Answer(
            value=bound.give_back(value),
            hit=True,
            revision=revision,
            decision=decision,
            slots=bound.slots,
            saved=revision.usage,
            seconds=time.perf_counter() - asked.begin,
            run_seconds=time.perf_counter() - begin,
            where="kernel" if trusted else "sandbox",
            question=asked.reading.text,
        )

    def _trusted(self, revision: Revision) -> bool:
        """Whether it may run in the kernel: approved, or `auto` where verification stood behind a real boundary."""
        trust, state = self.settings.effective_trust(), self.approvals.state(revision)
        bounded = self.executor.tier != "S1" and not revision.effects
        return trust != "sandbox" and (state == "trusted" or (trust == "auto" and state == "verified" and bounded))

    def _call(self, revision: Revision, bound: Bound, *, trusted: bool) -> Any:
        """Its result; every run of a procedure, whoever asked for it, passes here."""
        self._admit(revision)
        begin = time.perf_counter()
        try:
            return self._in_kernel(revision, bound) if trusted else self._sandboxed(revision, bound)
        except KeyboardInterrupt:
            seconds = f"{time.perf_counter() - begin:.1f}"
            raise SeglamError("E-STOPPED-RUN", procedure=revision.label, seconds=seconds) from None

    def _in_kernel(self, revision: Revision, bound: Bound) -> Any:
        function = self._loaded.get(revision.proc_id)
        if function is None:
            function = self._loaded[revision.proc_id] = load(revision.source, revision.name)
        try:
            return apply_function(function, bound.arguments, revision.returns)
        except Exception as error:
            why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise SeglamError("E-RUN", procedure=revision.label, name=revision.name, why=why) from error

    def _sandboxed(self, revision: Revision, bound: Bound) -> Any:
        seconds = self.settings.run_timeout
        try:
            return self.executor.call(
                revision.source, revision.name, bound.arguments, returns=revision.returns, seconds=seconds
            )
        except SeglamError as error:
            parameter = str(error.facts.get("name"))
            if error.code in ("E-INPUT-SIZE", "E-INPUT-CONTENT") and parameter in bound.slots:
                # the user knows the variable, not the parameter
                raise SeglamError(error.code, **{**error.facts, "name": bound.slots[parameter]}) from None
            raise

    def _admit(self, revision: Revision) -> None:
        """Refuse what is revoked or quarantined, and once a process what the lint refuses: a store may be foreign."""
        if self.catalogue.barred(revision):
            state = self.approvals.state(revision)
            raise SeglamError("E-TRUST-REVOKED", procedure=revision.label, state=state)
        if revision.proc_id in self._linted:
            return
        from .verify import lint_revision

        findings = lint_revision(revision)
        if findings:
            where, finding = findings[0]
            why = f"{where}, line {finding.line}: {finding.says}"
            raise SeglamError("E-RUN-REFUSED", procedure=revision.label, name=revision.name, why=why)
        self._linted.add(revision.proc_id)

    def call(self, label: str, arguments: Mapping[str, Any]) -> Any:
        """Call a procedure with plain keyword arguments, as `store["name"](…)` does; frames keep their kind."""
        revision = self.catalogue.known(label)
        unknown = sorted(set(arguments) - {p.name for p in revision.parameters})
        if unknown:
            raise SeglamError("E-RUN-BIND", procedure=revision.label, why=f"it has no parameter {unknown[0]}")
        bindings = {
            p.name: Binding(p.name, p.name, "variable")
            if p.type in DATA
            else Binding(p.name, arguments[p.name], "given")
            for p in revision.parameters
            if p.name in arguments
        }
        trusted = self._trusted(revision)
        bound = bind(revision, bindings, arguments, native=trusted)
        return bound.give_back(self._call(revision, bound, trusted=trusted))

    # ---------------------------------------------------------------- correcting and looking back

    def revise(self, name: str, source: str) -> Revision:
        """A new revision of `name` from source written by hand, verified like any other; the head where it is the same.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROCEDURE-FORM, E-PROCEDURE-UNVERIFIED.
        """
        from .compiler.edit import edited

        head = self.catalogue.known(name)
        revision = edited(head, source)
        if revision is head:
            return head
        self.executor.warm()
        verdict = self.executor.verify(revision, cases=self.settings.cases, seconds=self.settings.timeout)
        failure = verdict.failure
        if failure is not None:
            raise SeglamError("E-PROCEDURE-UNVERIFIED", name=name, check=failure.name, why=failure.message)
        return self.catalogue.publish(dataclasses.replace(revision, verdict=verdict, created=time.time()))

    def reject(self, trace: Trace) -> Revision:
        """Never answer the question of `trace` with the revision that did again; gives that revision."""
        revision = trace.answer.revision if trace.answer is not None else trace.decision.revision
        if revision is None:
            raise SeglamError("E-USAGE", problem="that question was not answered", advice="%seglam why lists decisions")
        self.catalogue.reject(trace.reading.text, revision)
        return revision

    def recent(self) -> tuple[Trace, ...]:
        """The last decisions of this kernel, newest last."""
        return tuple(self._traces)

    def view(self) -> View:
        """The DuckDB view of the log, for lists and figures."""
        from .store import View

        return View(self.log)

    def close(self) -> None:
        """End the child process and the log."""
        self.executor.close()
        self.catalogue.close()

    def _trace(self, asked: _Asked, decision: Decision, answer: Answer | None, error: str = "") -> None:
        self._traces.append(Trace(asked.reading.text, asked.reading, decision, answer, error, asked.question.cell))


def _over_nothing(asked: _Asked, decision: Decision) -> bool:
    """Whether an input has no rows at all, so that an empty result is what there is to say."""
    named = (b.value for b in decision.bindings.values() if b.source in ("variable", "implied"))
    return any(v.rows == 0 for name in named if (v := asked.variables.get(str(name))) is not None)


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
        log = open_log(find_store(start or Path.cwd(), settings.store), warn or _unsaid)
    return Reasoner(settings, log, ChildExecutor(), Approvals(config_folder()))


_shared: list[Reasoner] = []


def shared(settings: Seglam | None = None, warn: Callable[[SeglamError], object] | None = None) -> Reasoner:
    """The one reasoner of this process, opened at its first use; magics, Python API and command line share it."""
    if not _shared:
        _shared.append(open_reasoner(settings, warn=warn))
    return _shared[0]


def close_shared() -> None:
    """Close the shared reasoner, if there is one; the next use opens a new one."""
    while _shared:
        _shared.pop().close()


__all__ = ["Reasoner", "close_shared", "open_reasoner", "shared"]
