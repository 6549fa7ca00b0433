"""Running a revision: in the kernel where it is trusted, else in the sandbox; every run of a procedure passes here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from .admitting import Gate
from .cache.catalogue import Catalogue
from .errors import SeglamError
from .procedure import apply, load
from .procedure.ambient import Ambient, is_ambient
from .procedure.binding import Bound, bind
from .procedure.handing import Handed, TooMany, fate, was_refused
from .procedure.ordering import settled
from .procedure.results import DATA
from .settings import Seglam
from .words import Answer, Binding, Decision, Revision

if TYPE_CHECKING:
    from .asking import Asked
    from .verify import Executor

LIMITS_ONLY = "S1"  # the tier that is no boundary


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: the value in the user's own kind of frame, the slots as shown, the seconds, where, notes.

    Attributes
    ----------
    injected : the clock and the seed that were filled in.
    """

    value: Any
    slots: Mapping[str, Any]
    seconds: float
    where: Literal["kernel", "sandbox"]
    notes: tuple[str, ...] = ()
    injected: Mapping[str, Binding] = field(default_factory=dict)


class Runner:
    """Runs revisions where their trust lets them.

    Parameters
    ----------
    settings : the settings that hold when something is run.
    executor : the process that runs what may not run in the kernel.
    catalogue : who trusts what.
    """

    def __init__(self, settings: Callable[[], Seglam], executor: Executor, catalogue: Catalogue) -> None:
        self._settings = settings
        self._executor = executor
        self._approvals = catalogue.approvals
        self._gate = Gate(settings, executor, catalogue)
        self._linted: set[str] = set()
        self._caught: set[str] = set()
        self._degraded = False

    def run(
        self,
        revision: Revision,
        bindings: Mapping[str, Binding],
        namespace: Mapping[str, Any],
        at: Ambient | None = None,
    ) -> Ran:
        """The result of `revision` for what its parameters are bound to.

        Parameters
        ----------
        at : the moment and the seed of this run, where it asks for them; new ones where None.

        Raises
        ------
        SeglamError : E-RUN-BIND, E-INPUT-* where it cannot be called, E-TRUST-* and E-RUN-REFUSED where it may not be,
            E-RUN* and E-STOPPED-RUN where it did not finish, E-GUARD-MUTATION where it changed what it was given.
        """
        self._lint(revision)
        admission = self._gate.admit(revision)
        in_kernel = admission.where == "kernel" and revision.proc_id not in self._caught
        given = partial(bind, revision, bindings, namespace, at=at)
        return replace(self._placed(revision, given, in_kernel=in_kernel), notes=admission.notes)

    def _placed(self, revision: Revision, given: Callable[..., Bound], *, in_kernel: bool) -> Ran:
        """In the kernel where it may and its inputs can be copied quickly; the sandbox has real copies of any."""
        try:
            return self._ran(revision, given(native=in_kernel))
        except TooMany:
            pass
        try:
            return self._ran(revision, given(native=False))
        except SeglamError as error:
            if error.code != "E-INPUT-SIZE":
                raise
        return self._ran(revision, given(native=True, handed=Handed(most=None)))

    def _ran(self, revision: Revision, bound: Bound) -> Ran:
        begin = time.perf_counter()
        value = bound.give_back(settled(revision, self._result(revision, bound)))
        where: Literal["kernel", "sandbox"] = "sandbox" if bound.handed is None else "kernel"
        return Ran(value, bound.slots, time.perf_counter() - begin, where, injected=bound.injected)

    def news(self) -> tuple[str, ...]:
        """What the user is to know of where code runs, once something ran there: that limits are no boundary."""
        return (SeglamError("W-SANDBOX-DEGRADED").says,) if self._degraded else ()

    def call(self, revision: Revision, arguments: Mapping[str, Any]) -> Any:
        """The result for plain keyword arguments; raises E-RUN-BIND for a wrong one, and what `run` raises."""
        unknown = sorted(set(arguments) - {p.name for p in revision.parameters})
        if unknown:
            raise SeglamError("E-RUN-BIND", procedure=revision.label, why=f"it has no parameter {unknown[0]}")
        bindings = {
            p.name: Binding(p.name, p.name, "variable")
            if p.type in DATA
            else Binding(p.name, arguments[p.name], "given", p.name if is_ambient(p) else "")
            for p in revision.parameters
            if p.name in arguments
        }
        return self.run(revision, bindings, arguments).value

    def _result(self, revision: Revision, bound: Bound) -> Any:
        begin = time.perf_counter()
        try:
            return self._sandboxed(revision, bound) if bound.handed is None else self._in_kernel(revision, bound)
        except KeyboardInterrupt:
            seconds = f"{time.perf_counter() - begin:.1f}"
            raise SeglamError("E-STOPPED-RUN", procedure=revision.label, seconds=seconds) from None

    def _lint(self, revision: Revision) -> None:
        """Refuse, once a process, what the lint refuses: a store may be foreign."""
        if revision.proc_id in self._linted:
            return
        from .verify import lint_revision

        findings = lint_revision(revision)
        if findings:
            where, finding = findings[0]
            why = f"{where}, line {finding.line}: {finding.says}"
            raise SeglamError("E-RUN-REFUSED", procedure=revision.label, name=revision.name, why=why)
        self._linted.add(revision.proc_id)

    def _in_kernel(self, revision: Revision, bound: Bound) -> Any:
        try:
            function = load(revision.source, revision.name)  # anew, so that no call leaves anything to the next one
            value = apply(function, bound.arguments, revision.returns)
        except Exception as error:
            self._check_unchanged(revision, bound, error)
            why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise SeglamError("E-RUN", procedure=revision.label, name=revision.name, why=why) from error
        self._check_unchanged(revision, bound)
        return value

    def _check_unchanged(self, revision: Revision, bound: Bound, error: Exception | None = None) -> None:
        """Quarantine what has changed its input, or was refused by a library when it tried."""
        assert bound.handed is not None
        name = bound.handed.changed()
        attempted = name is None and error is not None and was_refused(error)
        if name is None and not attempted:
            return
        inputs = {str(bound.slots[p.name]) if p.type in DATA else p.name: p.type for p in revision.parameters}
        name = name or next((n for n, kind in inputs.items() if kind in DATA), "")
        kind = inputs.get(name, "value")
        facts = {"name": name, "kind": kind, "fate": fate(frame=kind == "frame", attempted=attempted)}
        self._caught.add(revision.proc_id)  # also where that cannot be written down
        found = SeglamError("E-GUARD-MUTATION", procedure=revision.label, name_of=revision.name, **facts)
        try:
            self._approvals.quarantine(revision)
        except SeglamError as trouble:
            found.advise(trouble.says)
        raise found from error

    def _sandboxed(self, revision: Revision, bound: Bound) -> Any:
        seconds = self._settings().run_timeout
        try:
            value = self._executor.call(
                revision.source, revision.name, bound.arguments, returns=revision.returns, seconds=seconds
            )
        except SeglamError as error:
            parameter = str(error.facts.get("name"))
            if error.code in ("E-INPUT-SIZE", "E-INPUT-CONTENT") and parameter in bound.slots:
                # the user knows the variable, not the parameter
                raise SeglamError(error.code, **{**error.facts, "name": bound.slots[parameter]}) from None
            raise
        self._degraded = self._executor.tier == LIMITS_ONLY
        return value


def answered(asked: Asked, decision: Decision, revision: Revision, ran: Ran) -> Answer:
    """The answer to a question; its decision says what was filled in for this run, which nothing remembers."""
    if ran.injected:
        decision = replace(decision, bindings={**decision.bindings, **ran.injected})
    return Answer(
        value=ran.value,
        notes=(*asked.warnings, *ran.notes),
        hit=True,
        revision=revision,
        decision=decision,
        slots=ran.slots,
        saved=revision.usage,
        seconds=time.perf_counter() - asked.begin,
        run_seconds=ran.seconds,
        where=ran.where,
        question=asked.reading.text,
    )
