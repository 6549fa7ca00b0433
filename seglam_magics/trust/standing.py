"""Where a revision stands: what a record says today, or that there is none that counts."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ..procedure.identity import identity_of
from ..words import Revision, Trust, Verdict
from . import records
from .records import Record
from .states import STATES, after, runs

SHIPPED = "shipped"  # it came with seglam, and is the very one this version was made with
RESTRICTING = ("revoked", "quarantined")  # what counts also where it cannot be checked


@dataclass(frozen=True, slots=True)
class Standing:
    """What a revision may do here.

    Attributes
    ----------
    record : what this user's own file says of it; None where nothing counts.
    why : what stands against it beside its state: `identity` it is not what its identity says, `signature` its record
        was not signed here, `foreign` it was not verified here; `shipped` where it came with seglam; "" for nothing.
    """

    state: Trust
    record: Record | None = None
    why: str = ""

    @property
    def tier(self) -> str:
        """The isolation it was verified in here, "" where it was not."""
        return self.record.tier if self.record is not None else ""

    @property
    def moved(self) -> str:
        """What has changed since the environment it was verified in, "" for nothing."""
        return records.changes(self.record.environment) if self.record is not None else ""

    @property
    def waits(self) -> bool:
        """Whether it may run as soon as it was verified here."""
        return self.why == "foreign" or (not self.why and runs(self.state) == "verification")


def is_itself(revision: Revision) -> bool:
    """Whether `revision` is what its identity says, computed anew."""
    try:
        return identity_of(revision) == revision.proc_id
    except ValueError:  # it holds what nobody could have hashed
        return False


def undecided(revision: Revision) -> Standing:
    """A revision this user's file knows nothing of: what its verdict says was found by somebody else."""
    if revision.verdict is not None and not revision.verdict.ok:
        return Standing("failed")
    return Standing("draft" if revision.verdict is None else "quarantined", why="foreign")


def standing_of(record: Record, secret: bytes | None) -> Standing:
    """What a record says today. What cannot be checked restricts and never permits."""
    if record.state == "revoked" and (secret is None or not record.is_sound(secret)):
        return Standing("revoked", why="signature")
    if secret is None and record.state not in RESTRICTING:
        return Standing("quarantined", why="foreign")
    if secret is None or record.state not in STATES or not record.is_sound(secret):
        return Standing("quarantined", why="signature")
    state: Trust = record.state
    if record.environment != records.environment():
        state = after(state, "moved") or state
    if record.expires and time.time() >= float(record.expires):
        state = after(state, "expired") or state
    return Standing(state, record)


def evidence(verdict: Verdict) -> str:
    """What was checked, for people.

    >>> from seglam_magics.words import Check
    >>> checks = (Check("lint", ok=True), Check("example 1", ok=True), Check("property sum", ok=True, cases=25))
    >>> evidence(Verdict(ok=True, checks=checks))
    '3 checks: 1 example, 1 property in 25 cases'
    >>> evidence(Verdict(ok=False, checks=(Check("example 1", ok=False),)))
    'example 1 fails'
    """
    if verdict.failure is not None:
        return f"{verdict.failure.name} fails"
    examples = sum(check.name.startswith("example ") for check in verdict.checks)
    number, cases = verdict.properties, verdict.cases
    held = [_many(examples, "example", "examples")] if examples else []
    held += [f"{_many(number, 'property', 'properties')} in {_many(cases, 'case', 'cases')}"] if number else []
    return ": ".join(filter(None, [_many(len(verdict.checks), "check", "checks"), ", ".join(held)]))


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"
