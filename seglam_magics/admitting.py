"""Whether a revision may run here, and where: its standing, the setting `trust`, and verifying what waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from .cache.catalogue import Catalogue
from .errors import SeglamError
from .settings import Seglam
from .words import Decision, Revision, Verdict

if TYPE_CHECKING:
    from .trust import Approvals, Standing
    from .verify import Executor

BOUNDARIES = ("S2", "S3")  # tiers behind which the lint is not all there is


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a revision runs now, and what the user should know of how it came to."""

    where: Literal["kernel", "sandbox"]
    notes: tuple[str, ...] = ()


class Gate:
    """Lets revisions run where their trust lets them; nobody is ever asked and nothing waits.

    Parameters
    ----------
    settings : the settings that hold when something is run.
    executor : the process that verifies.
    catalogue : who trusts what.
    """

    def __init__(self, settings: Callable[[], Seglam], executor: Executor, catalogue: Catalogue) -> None:
        self._settings = settings
        self._executor = executor
        self._catalogue = catalogue
        self._approvals = catalogue.approvals

    def admit(self, revision: Revision) -> Admission:
        """Where `revision` runs; one that waits for verification here is verified first.

        Raises
        ------
        SeglamError : E-TRUST-REVOKED, E-TRUST-IDENTITY where it runs nowhere; E-TRUST-FAILED where it does not pass;
            E-TRUST-FOREIGN where it came from elsewhere and there is no boundary here; E-TRUST-SECRET, E-SANDBOX-DOWN.
        """
        standing = self._approvals.standing(revision)
        notes: tuple[str, ...] = ()
        if standing.waits:
            foreign = foreign_store(self._catalogue)
            notes = tuple(filter(None, (foreign, self._admitted_now(revision, standing))))
            standing = self._approvals.standing(revision)
        if standing.state not in ("verified", "trusted"):
            raise refusal(revision, standing)
        return Admission("kernel" if self._in_kernel(revision, standing) else "sandbox", notes)

    def verify(self, revision: Revision) -> Verdict:
        """Verify `revision` in the sandbox, and note what came of it.

        Raises
        ------
        SeglamError : E-TRUST-FAILED where it does not pass, E-TRUST-IDENTITY, E-TRUST-SECRET, E-SANDBOX-DOWN.
        """
        settings = self._settings()
        verdict = self._executor.verify(revision, cases=settings.cases, seconds=settings.timeout)
        self._approvals.judged(revision, verdict)
        failure = verdict.failure
        if not verdict.ok:
            check, why = (failure.name, failure.message) if failure else ("verification", "no check was made")
            raise SeglamError("E-TRUST-FAILED", procedure=revision.label, check=check, why=why)
        return verdict

    def _admitted_now(self, revision: Revision, standing: Standing) -> str:
        """Verify what waits for it; the sentence that says so."""
        if standing.record is None and self._executor.tier not in BOUNDARIES:
            raise SeglamError("E-TRUST-FOREIGN", procedure=revision.label)
        self.verify(revision)
        kind = "FOREIGN" if standing.record is None else standing.state.upper()
        return SeglamError(f"W-TRUST-{kind}", procedure=revision.label, change=standing.moved).says

    def _in_kernel(self, revision: Revision, standing: Standing) -> bool:
        """Whether it is approved, or `auto` approves what is pure and was verified here behind a real boundary."""
        mode, record = self._settings().effective_trust(), standing.record
        if mode != "sandbox" and standing.why == "shipped":
            return not revision.effects
        if mode == "sandbox" or record is None:
            return False
        if standing.state == "trusted":
            return record.grants(revision.effects)
        # the executor last, since it may have to start a process to know
        bounded = standing.tier in BOUNDARIES and mode == "auto" and not revision.effects
        return bounded and self._executor.tier in BOUNDARIES


def foreign_store(catalogue: Catalogue) -> str:
    """What to say where nothing of a store was verified here: it was copied from somebody else; "" for one's own.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from seglam_magics.store import MemoryLog
    >>> from seglam_magics.trust import Approvals
    >>> foreign_store(Catalogue(MemoryLog(), Approvals(Path(tempfile.mkdtemp()))))
    ''
    """
    own = catalogue.library.shelf.own()
    if not own or catalogue.approvals.knows_any(own):
        return ""
    return SeglamError("W-TRUST-FOREIGN-STORE", count=len(own)).says


def refusal(revision: Revision, standing: Standing) -> SeglamError:
    """The error of a revision that runs nowhere.

    >>> from seglam_magics.trust import Standing
    >>> refusal(Revision("f", 1, "", ""), Standing("revoked")).says
    'f@1 is revoked and does not run'
    """
    if standing.why == "identity":
        return SeglamError("E-TRUST-IDENTITY", procedure=revision.label)
    advice = {
        "revoked": f"%seglam unrevoke {revision.label} takes that back; it is verified before it runs again",
        "quarantined": f"%seglam approve {revision.label} shows it, verifies it, and lets it run again",
    }.get(standing.state, "ask anew with --reuse fresh")
    return SeglamError("E-TRUST-REVOKED", procedure=revision.label, state=standing.state, advice=advice)


def preferred(decision: Decision, approvals: Approvals) -> Decision:
    """`decision`, with the trusted one first where several procedures fit: none from elsewhere goes before yours."""
    if not decision.hit or not decision.rivals or decision.revision is None:
        return decision
    ways = [(decision.revision, decision.bindings), *decision.rivals]
    first = next((k for k, (revision, _) in enumerate(ways) if approvals.state(revision) == "trusted"), 0)
    if not first:
        return decision
    revision, bindings = ways.pop(first)
    template = next((c.template for c in decision.candidates if c.proc_id == revision.proc_id), "")
    return replace(decision, revision=revision, bindings=bindings, template=template, rivals=tuple(ways))
