"""Trust under any events in any order: two kernels, restarts, kills, another Python, a lost secret, a forged record."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seglam_magics.errors import SeglamError
from seglam_magics.procedure import proc_id
from seglam_magics.trust import Approvals, approvals, records
from seglam_magics.trust.states import STATES, after, runs
from seglam_magics.words import Revision, Verdict

EVENTS = ("made", "verified", "failed", "quarantined", "moved", "expired", "approved", "revoked", "unrevoked")
SOURCES = ("def f(): return 1\n", "def f(): return 2\n")
REVISIONS = tuple(
    Revision("f", number, proc_id(source, [], returns="number"), source, verdict=Verdict(ok=True, tier="S3"))
    for number, source in enumerate(SOURCES, 1)
)
ENVIRONMENTS = ("python 3.11, polars 2.1", "python 3.12, polars 2.1")


# ---------------------------------------------------------------- the table


def test_every_state_is_known_to_the_table() -> None:
    assert {runs(state) for state in STATES} == {"kernel", "sandbox", "verification", "nowhere"}
    for event in EVENTS:
        assert {after(state, event) for state in STATES} <= {*STATES, None}


@pytest.mark.parametrize("state", STATES)
def test_only_approving_what_is_verified_makes_it_trusted(state: str) -> None:
    for event in EVENTS:
        if after(state, event) == "trusted" and state != "trusted":
            assert (state, event) == ("verified", "approved")


def test_only_unrevoke_ends_revoked() -> None:
    assert {event for event in EVENTS if after("revoked", event) not in ("revoked", None)} == {"unrevoked"}
    assert after("revoked", "unrevoked") == "draft"


def test_facts_always_lead_somewhere() -> None:
    for event in ("made", "verified", "failed", "quarantined", "moved", "expired", "revoked"):
        assert None not in {after(state, event) for state in STATES}


# ---------------------------------------------------------------- any order


@dataclass
class Known:
    """What is true of a revision, told by the events alone and without the table."""

    verified: str | None = None  # the environment
    approved: bool = False
    barred: str | None = None

    def passed(self, environment: str) -> None:
        if self.verified != environment:
            self.approved = False
        self.verified, self.barred = environment, None

    def stopped(self, barred: str) -> None:
        self.verified, self.approved, self.barred = None, False, barred


WHICH, KERNEL = st.sampled_from([0, 1]), st.sampled_from([0, 1])


class TwoKernels(RuleBasedStateMachine):
    """Two kernels of one user, two revisions."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="seglam-trust-"))
        self.folder = self.home / "mine"
        self.kernels = [Approvals(self.folder), Approvals(self.folder)]
        self.known = [Known(), Known()]
        self.environment = ENVIRONMENTS[0]
        self.patch = mock.patch.object(records, "environment", self.here)
        self.patch.start()

    def here(self) -> str:
        return self.environment

    def teardown(self) -> None:
        self.patch.stop()
        shutil.rmtree(self.home)

    # ------------------------------------------------ facts

    @rule(kernel=KERNEL, which=WHICH)
    def made(self, kernel: int, which: int) -> None:
        self.kernels[kernel].made(REVISIONS[which])
        if self.known[which].barred == "forged":
            self.known[which].stopped("quarantined")  # what was found is signed now, and outlives the secret
        if self.known[which].barred not in ("revoked", "quarantined"):
            self.known[which].passed(self.environment)

    @rule(kernel=KERNEL, which=WHICH)
    def verified(self, kernel: int, which: int) -> None:
        self.kernels[kernel].judged(REVISIONS[which], Verdict(ok=True, tier="S3"))
        if self.known[which].barred not in ("revoked", "failed"):
            self.known[which].passed(self.environment)

    @rule(kernel=KERNEL, which=WHICH)
    def failed(self, kernel: int, which: int) -> None:
        self.kernels[kernel].judged(REVISIONS[which], Verdict(ok=False, tier="S3"))
        if self.known[which].barred != "revoked":
            self.known[which].stopped("failed")

    @rule(kernel=KERNEL, which=WHICH)
    def quarantined(self, kernel: int, which: int) -> None:
        self.kernels[kernel].quarantine(REVISIONS[which])
        if self.known[which].barred not in ("revoked", "failed"):
            self.known[which].stopped("quarantined")

    # ------------------------------------------------ wishes

    @rule(kernel=KERNEL, which=WHICH)
    def approve(self, kernel: int, which: int) -> None:
        known = self.known[which]
        if known.barred is None and known.verified == self.environment:
            self.kernels[kernel].approve(REVISIONS[which])
            known.approved = True
        else:
            with pytest.raises(SeglamError, match="E-TRUST-STATE"):
                self.kernels[kernel].approve(REVISIONS[which])

    @rule(kernel=KERNEL, which=WHICH)
    def revoke(self, kernel: int, which: int) -> None:
        self.kernels[kernel].revoke(REVISIONS[which])
        self.known[which].stopped("revoked")

    @rule(kernel=KERNEL, which=WHICH)
    def unrevoke(self, kernel: int, which: int) -> None:
        if self.known[which].barred == "revoked":
            self.kernels[kernel].unrevoke(REVISIONS[which])
            self.known[which] = Known()
        else:
            with pytest.raises(SeglamError, match="E-TRUST-STATE"):
                self.kernels[kernel].unrevoke(REVISIONS[which])

    # ------------------------------------------------ accidents

    @rule(kernel=KERNEL)
    def restart(self, kernel: int) -> None:
        self.kernels[kernel] = Approvals(self.folder)

    @rule(kernel=KERNEL, which=WHICH, event=st.sampled_from(["made", "approve", "revoke"]))
    def killed_before_the_record(self, kernel: int, which: int, event: str) -> None:
        """The revision is in the log, or the user has typed the line; the file was not written."""
        killed = mock.patch.object(approvals, "write_records", side_effect=KeyboardInterrupt)
        with killed, contextlib.suppress(KeyboardInterrupt, SeglamError):
            getattr(self.kernels[kernel], event)(REVISIONS[which])
        self.restart(kernel)

    @rule(environment=st.sampled_from(ENVIRONMENTS))
    def moved(self, environment: str) -> None:
        self.environment = environment

    @rule()
    def lost_secret(self) -> None:
        (self.folder / "secret").unlink(missing_ok=True)
        for which, known in enumerate(self.known):
            if known.barred not in ("revoked", "quarantined"):
                self.known[which] = Known()

    @rule(which=WHICH)
    def forged(self, which: int) -> None:
        """Somebody writes `trusted` into the file, who has not got the secret."""
        path = self.folder / "approvals.json"
        if self.known[which].approved or not path.exists() or not (self.folder / "secret").exists():
            return
        found = json.loads(path.read_text())
        for record in found["records"]:
            if record["proc_id"] == REVISIONS[which].proc_id:
                record["state"] = "trusted"
                self.known[which].stopped("forged")
        path.write_text(json.dumps(found))

    # ------------------------------------------------ what holds

    @invariant()
    def trusted_only_after_verification_and_approval(self) -> None:
        for kernel in self.kernels:
            kernel._look_at = 0.0  # a second has gone by
            for known, revision in zip(self.known, REVISIONS, strict=True):
                state = kernel.state(revision)
                current = known.verified == self.environment and known.barred is None
                assert (state == "trusted") == (known.approved and current), (state, known)
                assert (state == "verified") == (current and not known.approved), (state, known)

    @invariant()
    def what_is_barred_runs_nowhere(self) -> None:
        for kernel in self.kernels:
            kernel._look_at = 0.0
            for known, revision in zip(self.known, REVISIONS, strict=True):
                if known.barred is not None:
                    assert not kernel.standing(revision).waits
                    assert kernel.barred(revision) is not None
                if known.barred == "revoked":
                    assert kernel.state(revision) == "revoked"


TestTwoKernels = TwoKernels.TestCase
TestTwoKernels.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
