"""The way of a question: read, decide, compile, verify, publish, run. One function walks it and nothing else does.

    text, namespace → Reading → Decision ─ hit → bind → guards → run → Answer
                                   └ miss → compile → verify → publish ┘
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cache import Library
from .errors import SeglamError, closest
from .procedure import describe_all, load, to_record
from .procedure import apply as apply_function
from .procedure.binding import Bound, bind
from .procedure.guards import TABULAR, misfit
from .question import back_ticked, check_names, mentioned, normalise, read
from .settings import Seglam, config_folder, load_settings
from .words import Answer, Binding, Candidate, Decision, Options, Question, Reading, Revision, Usage, Variable

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


@dataclass(frozen=True, slots=True)
class Trace:
    """One decision as `%seglam why` shows it; `error` is its code where the question failed."""

    question: str
    reading: Reading
    decision: Decision
    answer: Answer | None = None
    error: str = ""
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a question would do: `decision` on a hit; on a miss `payload`, the exact bytes, with their tokens and price."""

    decision: Decision
    payload: bytes = b""
    model: str = ""
    tokens: int = 0
    usd: float | None = None


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
        self.library = Library()
        self._compiler = compiler
        self._traces: deque[Trace] = deque(maxlen=REMEMBERED)
        self._loaded: dict[str, Callable[..., Any]] = {}
        self._lock = threading.RLock()
        for event in log.snapshot():
            self.library.apply(event)

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
        decision = Decision(hit=False)
        try:
            decision, answer = self._decided(asked)
            if answer is None:
                decision, answer = self._compiled(asked, decision, progress)
        except SeglamError as error:
            self._trace(asked, decision, None, error.code)
            raise
        self._trace(asked, answer.decision, answer)
        return answer

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
        named = mentioned(text, space)
        found = self._described(space, [n for n in named if n in back_ticked(text)]) | describe_all(space, named)
        if any(v.kind in ("frame", "list", "series", "dict") for v in found.values()):
            return found
        return describe_all(space) | found

    @staticmethod
    def _described(space: Mapping[str, Any], names: Any) -> dict[str, Variable]:
        found = describe_all(space, names)
        for name in names:
            if name in space and name not in found:
                raise SeglamError("E-INPUT-KIND", name=name, kind=type(space[name]).__name__)
        return found

    # ---------------------------------------------------------------- deciding

    def _decide(self, asked: _Asked) -> Decision:
        space = asked.question.namespace

        def fits(revision: Revision, bindings: Mapping[str, Binding]) -> str:
            return misfit(revision, bindings, asked.variables, space) or self._barred(revision)

        forced = asked.question.options.procedure
        with self._lock:
            return self.library.decide(asked.reading, cell=asked.question.cell, forced=forced, fits=fits)

    def _barred(self, revision: Revision) -> str:
        state = self.approvals.state(revision)
        return f"it is {state}" if state in ("revoked", "quarantined") else ""

    def _decided(self, asked: _Asked) -> tuple[Decision, Answer | None]:
        """The decision, and the answer where it is a hit that may be served."""
        decision = self._decide(asked)
        if not decision.hit and self.follow():
            decision = self._decide(asked)  # another kernel has published meanwhile
        if self._reuse(asked) == "fresh" or not decision.hit:
            return decision, None
        return self._served(asked, decision)

    def _served(self, asked: _Asked, decision: Decision) -> tuple[Decision, Answer | None]:
        answer = self._run(asked, decision)
        reason = self._doubt(asked, decision, answer)
        if reason:
            assert decision.revision is not None
            blocked = Candidate(decision.revision.label, decision.revision.proc_id, decision.template, reason)
            candidates = (blocked, *(c for c in decision.candidates if c.proc_id != blocked.proc_id))
            return Decision(hit=False, reason=reason, candidates=candidates), None
        if decision.rivals:
            decision = dataclasses.replace(decision, rivals=())
            answer = dataclasses.replace(answer, decision=decision)
        with self._lock:
            self.library.remember(asked.reading, asked.question.cell, decision)
        self._log_hit(answer)
        return decision, answer

    def _doubt(self, asked: _Asked, decision: Decision, answer: Answer) -> str:
        """Why a hit is not served after all: rivals that disagree, an empty result where the examples had one."""
        for revision, bindings in decision.rivals:
            other = self._run(asked, dataclasses.replace(decision, revision=revision, bindings=bindings))
            if not same(answer.value, other.value):
                return f"{answer.procedure} and {revision.label} both fit and give different values"
        if decision.tier == "template" and suspicious(answer):
            return f"{answer.procedure} gives an empty result here"
        return ""

    # ---------------------------------------------------------------- compiling

    def _compiled(self, asked: _Asked, decision: Decision, progress: Progress) -> tuple[Decision, Answer]:
        reuse = self._reuse(asked)
        if reuse in ("cached", "frozen"):
            self._log_miss(asked, decision)
            raise SeglamError("E-MISS" if reuse == "cached" else "E-MISS-FROZEN", reason=decision.reason)
        check_names(asked.reading)
        if asked.question.options.procedure is not None:
            raise SeglamError("E-MISS", reason=decision.reason)
        from .compiler.author import CompileFailed

        known = decision.revision if reuse == "fresh" and decision.hit else None
        order = self._order(asked.question.options, known)
        self._log_miss(asked, decision)
        self.executor.warm()
        try:
            made = self._author().compile(self._task(asked), order, progress)
        except CompileFailed as failed:
            self._log_failure(asked, failed.error, failed.usage)
            raise failed.error from None
        self._log_run(asked, made.revision.name, made.usage)
        progress("running")
        revision = self._published(made.revision, known)
        decision = dataclasses.replace(decision, hit=False, tier=None, revision=revision, bindings=made.bindings)
        answer = self._run(asked, decision)
        with self._lock:
            self.library.remember(asked.reading, asked.question.cell, dataclasses.replace(decision, hit=True, tier="exact"))
        return decision, dataclasses.replace(
            answer, hit=False, usage=made.usage, saved=None, notes=(*answer.notes, *made.notes)
        )

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

    def _published(self, revision: Revision, known: Revision | None) -> Revision:
        """`revision` with its number, stored; the stored one where the very same is there already."""
        same_one = self.library.get(revision.proc_id)
        if same_one is not None and not self.library.retired(same_one.name):
            return same_one
        with self._lock:
            head = self.library.head(revision.name)
            number = max((r.number for r in self.library.versions(revision.name)), default=0) + 1
            parent = known.proc_id if known else head.proc_id if head else None
            revision = dataclasses.replace(revision, number=number, parent=parent)
            self.library.apply(self.log.put(revision.name, number - 1, to_record(revision)))
        return revision

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
        return self.settings.effective_trust() != "sandbox" and self.approvals.state(revision) == "trusted"

    def _call(self, revision: Revision, bound: Bound, *, trusted: bool) -> Any:
        if not trusted:
            return self.executor.call(
                revision.source,
                revision.name,
                bound.arguments,
                returns=revision.returns,
                seconds=self.settings.run_timeout,
            )
        function = self._loaded.get(revision.proc_id)
        if function is None:
            function = self._loaded[revision.proc_id] = load(revision.source, revision.name)
        try:
            return apply_function(function, bound.arguments, revision.returns)
        except Exception as error:
            why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise SeglamError("E-RUN", procedure=revision.label, name=revision.name, why=why) from error

    def call(self, label: str, arguments: Mapping[str, Any]) -> Any:
        """Call a procedure with plain keyword arguments, as `store["name"](…)` does; frames keep their kind."""
        revision = self.known(label)
        unknown = sorted(set(arguments) - {p.name for p in revision.parameters})
        if unknown:
            raise SeglamError("E-RUN-BIND", procedure=revision.label, why=f"it has no parameter {unknown[0]}")
        bindings = {
            p.name: Binding(p.name, p.name, "variable")
            if p.type in (*TABULAR, "series", "dict")
            else Binding(p.name, arguments[p.name], "given")
            for p in revision.parameters
            if p.name in arguments
        }
        trusted = self._trusted(revision)
        bound = bind(revision, bindings, arguments, native=trusted)
        return bound.give_back(self._call(revision, bound, trusted=trusted))

    # ---------------------------------------------------------------- correcting

    def known(self, label: str) -> Revision:
        """The revision called `name`, `name@N` or by the start of its proc_id; raises E-PROCEDURE-UNKNOWN."""
        revision = self.library.get(label)
        if revision is None:
            near = closest(label.partition("@")[0], self.library.names())
            advice = f"did you mean {near}?" if near else "%seglam ls lists them"
            raise SeglamError("E-PROCEDURE-UNKNOWN", name=label, advice=advice)
        return revision

    def revise(self, name: str, source: str) -> Revision:
        """A new revision of `name` from source written by hand, verified like any other.

        Raises
        ------
        SeglamError : E-PROCEDURE-UNKNOWN, E-PROCEDURE-FORM, E-PROCEDURE-UNVERIFIED.
        """
        from .compiler.edit import edited

        revision = edited(self.known(name), source)
        self.executor.warm()
        verdict = self.executor.verify(revision, cases=self.settings.cases, seconds=self.settings.timeout)
        failure = verdict.failure
        if failure is not None:
            raise SeglamError("E-PROCEDURE-UNVERIFIED", name=name, check=failure.name, why=failure.message)
        revision = dataclasses.replace(revision, verdict=verdict, created=time.time())
        return self._published(revision, None)

    def retire(self, name: str) -> None:
        """Take `name` out of matching; its revisions stay."""
        self._correct("retire", {"name": self.known(name).name})

    def restore(self, name: str) -> None:
        """Undo `retire`."""
        self._correct("restore", {"name": self.known(name).name})

    def pin(self, label: str) -> None:
        """Answer with this revision of its procedure, not with the newest."""
        revision = self.known(label)
        self._correct("pin", {"name": revision.name, "number": revision.number})

    def unpin(self, name: str) -> None:
        """Undo `pin`."""
        self._correct("unpin", {"name": self.known(name).name})

    def reject(self, trace: Trace) -> Revision:
        """Never answer this question with this revision again; gives the revision."""
        revision = trace.answer.revision if trace.answer is not None else trace.decision.revision
        if revision is None:
            raise SeglamError("E-USAGE", problem="that question was not answered", advice="%seglam why lists decisions")
        data = {"question": trace.reading.text, "proc_id": revision.proc_id, "procedure": revision.label}
        self._correct("reject", data)
        return revision

    def unreject(self, question: str, label: str) -> None:
        """Undo `reject`."""
        revision = self.known(label)
        data = {"question": normalise(question), "proc_id": revision.proc_id, "procedure": revision.label}
        self._correct("unreject", data)

    def approve(self, label: str) -> Revision:
        """Let this revision run in the kernel."""
        revision = self.known(label)
        self.approvals.approve(revision)
        return revision

    def revoke(self, label: str) -> Revision:
        """Never run this revision again, anywhere."""
        revision = self.known(label)
        self.approvals.revoke(revision)
        return revision

    def _correct(self, kind: str, data: Mapping[str, Any]) -> None:
        with self._lock:
            self.library.apply(self.log.append(kind, data, durable=True))

    # ---------------------------------------------------------------- the log

    def follow(self) -> bool:
        """Take in what other kernels have published since; whether there was anything."""
        with self._lock:
            events = self.log.tail()
            for event in events:
                self.library.apply(event)
        return bool(events)

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
        self.log.close()

    def _reuse(self, asked: _Asked) -> str:
        return asked.question.options.reuse

    def _trace(self, asked: _Asked, decision: Decision, answer: Answer | None, error: str = "") -> None:
        self._traces.append(
            Trace(asked.reading.text, asked.reading, decision, answer, error, asked.question.cell)
        )

    def _log_hit(self, answer: Answer) -> None:
        self.log.append(
            "hit",
            {
                "question": answer.question,
                "procedure": answer.procedure,
                "proc_id": answer.revision.proc_id,
                "tier": answer.decision.tier,
                "slots": {k: _loggable(v) for k, v in answer.slots.items()},
                "seconds": round(answer.seconds, 6),
                "run_seconds": round(answer.run_seconds, 6),
                "where": answer.where,
            },
        )

    def _log_miss(self, asked: _Asked, decision: Decision) -> None:
        nearest = decision.candidates[0] if decision.candidates else None
        self.log.append(
            "miss",
            {
                "question": asked.reading.text,
                "reason": decision.reason,
                "nearest": nearest.revision if nearest else None,
                "blocked": nearest.blocked if nearest else None,
            },
        )

    def _log_run(self, asked: _Asked, name: str, usage: Usage) -> None:
        data = {"question": asked.reading.text, "procedure": name, "usage": dataclasses.asdict(usage), "ok": True}
        self.log.append("run", {**data, "seconds": usage.seconds})

    def _log_failure(self, asked: _Asked, error: SeglamError, usage: Usage) -> None:
        data = {"question": asked.reading.text, "code": error.code, "message": error.says}
        self.log.append("failed", {**data, "usage": dataclasses.asdict(usage)})


def _loggable(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)[:200]


def suspicious(answer: Answer) -> bool:
    """Whether the result is empty where the examples' were not: in measurements every wrong hit looked like this."""
    if not empty(answer.value):
        return False
    data = any(p.type in (*TABULAR, "series", "dict") for p in answer.revision.parameters)
    if answer.value == 0 and not data:
        return False
    return not any(empty(e.result) for e in answer.revision.examples)


def empty(value: Any) -> bool:
    """Whether `value` says nothing: None, zero, or something without rows or items.

    >>> empty([]), empty(0), empty("x")
    (True, True, False)
    """
    if value is None or isinstance(value, (bool, str)):
        return value is None or value == ""
    height = getattr(value, "height", None)
    if isinstance(height, int):
        return height == 0
    if hasattr(value, "__len__"):
        return len(value) == 0
    return isinstance(value, (int, float)) and value == 0


def same(one: Any, other: Any) -> bool:
    """Whether two results are equal, frames by their content."""
    if hasattr(one, "equals"):
        return type(one) is type(other) and bool(one.equals(other))
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - what cannot be compared does not agree
        return False


def open_reasoner(
    settings: Seglam | None = None,
    *,
    log: Log | None = None,
    start: Path | None = None,
    warn: Callable[[str], None] | None = None,
) -> Reasoner:
    """A reasoner on the store of the project in `start` (the working directory by default).

    Nothing is written and no process is started until something is asked.
    """
    from .store import find_store, open_log
    from .trust import Approvals
    from .verify import ChildExecutor

    settings = settings or load_settings(start)
    if log is None:
        log = open_log(find_store(start or Path.cwd(), settings.store), warn or _silent)
    return Reasoner(settings, log, ChildExecutor(), Approvals(config_folder()))


_shared: list[Reasoner] = []


def shared(settings: Seglam | None = None, warn: Callable[[str], None] | None = None) -> Reasoner:
    """The one reasoner of this process, opened at its first use; magics, Python API and command line share it."""
    if not _shared:
        _shared.append(open_reasoner(settings, warn=warn))
    return _shared[0]


def close_shared() -> None:
    """Close the shared reasoner, if there is one; the next use opens a new one."""
    while _shared:
        _shared.pop().close()


__all__ = ["Preview", "Reasoner", "Trace", "close_shared", "open_reasoner", "shared"]
