"""Running a revision: in the kernel where it is trusted, else in the sandbox; every run of a procedure passes here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .cache.catalogue import Catalogue
from .errors import SeglamError
from .procedure import apply, load
from .procedure.binding import Bound, bind
from .procedure.results import DATA
from .settings import Seglam
from .words import Binding, Revision

if TYPE_CHECKING:
    from .verify import Executor


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: the value in the user's own kind of frame, the slots as shown, the seconds, and where."""

    value: Any
    slots: Mapping[str, Any]
    seconds: float
    where: Literal["kernel", "sandbox"]


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
        self._catalogue = catalogue
        self._loaded: dict[str, Callable[..., Any]] = {}
        self._linted: set[str] = set()

    def run(self, revision: Revision, bindings: Mapping[str, Binding], namespace: Mapping[str, Any]) -> Ran:
        """The result of `revision` for what its parameters are bound to.

        Raises
        ------
        SeglamError : E-RUN-BIND, E-INPUT-* where it cannot be called, E-TRUST-REVOKED and E-RUN-REFUSED where it may
            not be, E-RUN* and E-STOPPED-RUN where it did not finish.
        """
        trusted = self._trusted(revision)
        bound = bind(revision, bindings, namespace, native=trusted)
        begin = time.perf_counter()
        value = bound.give_back(self._result(revision, bound, trusted=trusted))
        return Ran(value, bound.slots, time.perf_counter() - begin, "kernel" if trusted else "sandbox")

    def call(self, revision: Revision, arguments: Mapping[str, Any]) -> Any:
        """The result for plain keyword arguments; raises E-RUN-BIND for a wrong one, and what `run` raises."""
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
        return self.run(revision, bindings, arguments).value

    def _trusted(self, revision: Revision) -> bool:
        """Whether it may run in the kernel: approved, or `auto` where verification stood behind a real boundary."""
        trust, state = self._settings().effective_trust(), self._catalogue.approvals.state(revision)
        bounded = self._executor.tier != "S1" and not revision.effects
        return trust != "sandbox" and (state == "trusted" or (trust == "auto" and state == "verified" and bounded))

    def _result(self, revision: Revision, bound: Bound, *, trusted: bool) -> Any:
        self._admit(revision)
        begin = time.perf_counter()
        try:
            return self._in_kernel(revision, bound) if trusted else self._sandboxed(revision, bound)
        except KeyboardInterrupt:
            seconds = f"{time.perf_counter() - begin:.1f}"
            raise SeglamError("E-STOPPED-RUN", procedure=revision.label, seconds=seconds) from None

    def _admit(self, revision: Revision) -> None:
        """Refuse what is revoked or quarantined, and once a process what the lint refuses: a store may be foreign."""
        if self._catalogue.barred(revision):
            state = self._catalogue.approvals.state(revision)
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

    def _in_kernel(self, revision: Revision, bound: Bound) -> Any:
        function = self._loaded.get(revision.proc_id)
        if function is None:
            function = self._loaded[revision.proc_id] = load(revision.source, revision.name)
        try:
            return apply(function, bound.arguments, revision.returns)
        except Exception as error:
            why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            raise SeglamError("E-RUN", procedure=revision.label, name=revision.name, why=why) from error

    def _sandboxed(self, revision: Revision, bound: Bound) -> Any:
        seconds = self._settings().run_timeout
        try:
            return self._executor.call(
                revision.source, revision.name, bound.arguments, returns=revision.returns, seconds=seconds
            )
        except SeglamError as error:
            parameter = str(error.facts.get("name"))
            if error.code in ("E-INPUT-SIZE", "E-INPUT-CONTENT") and parameter in bound.slots:
                # the user knows the variable, not the parameter
                raise SeglamError(error.code, **{**error.facts, "name": bound.slots[parameter]}) from None
            raise
