"""Running foreign code beside the kernel, with zygotes and restricted children: the executor that ships with seglam.

Nothing here ever runs a procedure in the kernel. When a zygote dies or hangs it is restarted once; then the job fails.
A verification has two zygotes: what was found beside the first is asked again beside the second, which goes through
sets in another order and gives polars two threads instead of one.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import SeglamError
from ..procedure import to_record
from ..procedure.wire import unpack
from ..words import Check, Revision, Verdict
from .channel import encode, open_message
from .contract import misfit
from .keeper import SILENCE, Keeper
from .link import Link, Setup
from .lint import lint_revision
from .noting import read
from .replies import Done, call_job, failure_text, read_calls, read_checks, read_failure, read_observations, size
from .sandbox import Isolation, Limits
from .seam import Heard

VERIFY = 20.0  # seconds after which any verification is ended
_SIDES = ("judge", "runner", "oracle")
_LEAST = 1.0  # seconds the second zygote has at least

__all__ = ["SILENCE", "VERIFY", "ChildExecutor"]


class ChildExecutor:
    """Runs each job in forked, restricted children of a zygote, which starts at the first job or with `warm`.

    A second zygote starts in the background with the first verification. Safe to use from several threads; their jobs
    take turns. Where the system cannot fork, a verification is made in one process, and there is no second zygote: the
    verdict says `S1`, and code that means harm could forge it.

    Parameters
    ----------
    limits : bounds of every job.
    fork : fork children for a job; None does where the system can, otherwise each job gets a fresh interpreter.
    at_most : the strongest tier to try. A parameter, for tests of the weaker ones: nothing that a notebook, a project
        or an environment variable could set leads here.

    >>> executor = ChildExecutor()
    >>> executor.call("def twice(x): return 2 * x", "twice", {"x": 21}, returns="number")
    42
    >>> executor.close()
    """

    def __init__(self, *, limits: Limits | None = None, fork: bool | None = None, at_most: Isolation = "S3") -> None:
        self._limits = limits or Limits()
        self._fork = hasattr(os, "fork") if fork is None else fork
        self._first = Keeper(Setup(fork=self._fork, at_most=at_most))
        self._second = Keeper(Setup(fork=self._fork, at_most=at_most, seed=1, threads=2))

    @property
    def tier(self) -> str:
        """What the children reach; the first question waits for the zygote. Raises SeglamError E-SANDBOX-DOWN."""
        return self._first.isolation()[0]

    @property
    def missing(self) -> tuple[str, ...]:
        """Why it is not a stronger tier, a phrase for each; waits and raises like `tier`."""
        return self._first.isolation()[1]

    @property
    def _link(self) -> Link | None:
        return self._first.link

    def warm(self) -> None:
        """Start the first zygote in the background, without waiting for it."""
        self._first.warm()

    def call(self, source: str, name: str, arguments: Mapping[str, Any], *, returns: str, seconds: float = 10.0) -> Any:
        """Run the procedure `name` of `source` in a child; nothing is linted here.

        Parameters
        ----------
        arguments : parameter -> plain data or polars frame.
        returns : declared kind of the result, which is checked: `frame list dict number str bool date`.
        seconds : wall time after which the child is killed.

        Raises
        ------
        SeglamError : E-RUN for an error of the procedure, E-RUN-TIME, E-RUN-MEMORY, E-RUN-PROTOCOL for a child that
            ends without a sound answer, E-INPUT-SIZE and E-INPUT-CONTENT for arguments that cannot be handed over,
            E-SANDBOX-DOWN where no child can be had.
        """
        job = call_job(source, name, arguments, returns)
        done = self._first.exchange(job, seconds, self._limits)
        facts = {"procedure": name, "name": name}
        if done.status == "time":
            raise SeglamError("E-RUN-TIME", seconds=f"{seconds:g}", **facts)
        if done.status == "memory":
            raise SeglamError("E-RUN-MEMORY", limit=size(self._limits.resident), **facts)
        if done.status != "answered":
            raise SeglamError("E-RUN-PROTOCOL", why=done.why, **facts)
        value = self._value(done, facts)
        problem = misfit(value, returns)
        if problem:
            raise SeglamError("E-RUN", why=problem, **facts)
        return value

    def verify(
        self,
        revision: Revision,
        *,
        cases: int = 100,
        seconds: float = 10.0,
        tried: list[dict[str, Any]] | None = None,
        heard: Heard | None = None,
    ) -> Verdict:
        """Judge `revision`: lint here, then examples, built-in checks and properties in children.

        Parameters
        ----------
        cases : generated cases per property.
        seconds : wall time for all of it, at most `VERIFY`: what has not ended by then will not. The start of a zygote
            is not counted.
        tried : gets the cases of the first property, as Hypothesis observes them.
        heard : told now and then which check it is at, and how many of its cases have held, `noting.SHRINKING` where
            one has failed; called in this thread.

        Raises
        ------
        SeglamError : E-SANDBOX-DOWN where no child can be had; whatever the revision does wrong is in the verdict.
        """
        started = time.monotonic()
        checks, tier = self._checks(revision, cases, min(seconds, VERIFY), tried, heard)
        ok = all(check.ok for check in checks)
        return Verdict(ok, checks, tier, round(time.monotonic() - started, 4))

    def abort(self) -> None:
        """End the job of another thread, which fails with E-SANDBOX-DOWN like every later one."""
        for keeper in (self._first, self._second):
            keeper.abort()

    def close(self) -> None:
        """End the zygotes; a later job starts new ones."""
        for keeper in (self._first, self._second):
            keeper.close()

    # ---------------------------------------------------------------- replies

    def _value(self, done: Done, facts: Mapping[str, str]) -> Any:
        try:
            header, blobs = open_message(done.reply)
            if "failed" in header:
                self._raise(read_failure(header["failed"]), facts)
            return unpack(header["value"], blobs)
        except SeglamError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library makes of foreign bytes
            raise SeglamError("E-RUN-PROTOCOL", why=f"a reply that cannot be read: {error}", **facts) from None

    def _raise(self, failed: dict[str, Any], facts: Mapping[str, str]) -> None:
        if failed["type"] == "MemoryError":
            raise SeglamError("E-RUN-MEMORY", limit=size(self._limits.address), **facts)
        raise SeglamError("E-RUN", why=failure_text(failed), **facts)

    # ---------------------------------------------------------------- verdicts

    def _checks(
        self, revision: Revision, cases: int, seconds: float, tried: list[dict[str, Any]] | None, heard: Heard | None
    ) -> tuple[tuple[Check, ...], str]:
        """The checks, and the tier they were made in: of a revision that ran nowhere, the one that says the least."""
        findings = lint_revision(revision)
        if findings:
            told = (Check("lint", ok=False, message=f"{where}: {finding}") for where, finding in findings[:5])
            return tuple(told), "S1"
        if self._fork:
            self._second.warm()
        passed = Check("lint", ok=True, cases=1 + len(revision.properties))
        plain = to_record(dataclasses.replace(revision, verdict=None, usage=None, templates=()))
        job = {"kind": "verify", "revision": plain, "cases": cases, "seconds": seconds, "observe": tried is not None}
        began = time.monotonic()
        roles = _SIDES if revision.properties else _SIDES[:2]
        done = self._first.exchange(encode(job), seconds, self._limits, roles, _hearing(heard))
        checks, calls = self._read(done, seconds), read_calls(done)
        if tried is not None:
            tried += read_observations(done)
        if calls and self._fork and all(check.ok for check in checks):
            left = max(_LEAST, seconds - (time.monotonic() - began))
            checks = _told(checks, self._again(revision, plain, calls, left))
        return (passed, *checks), done.tier

    def _again(self, revision: Revision, plain: dict[str, Any], calls: bytes, seconds: float) -> Check:
        """What a runner beside the second zygote says to the same calls, as the check for determinism."""
        from .replays import replay  # the first verification pays for it, not the start

        made = replay(revision, calls)
        done = self._second.exchange(made.job(plain), seconds, self._limits)
        if done.status == "answered":
            return made.check(done.reply)
        return self._ended(done, seconds, "deterministic", made.call(done.note))

    def _read(self, done: Done, seconds: float) -> tuple[Check, ...]:
        if done.status == "answered":
            return read_checks(done.reply)
        noted = read(done.note)
        return (self._ended(done, seconds, noted.check or "run", noted.call),)

    def _ended(self, done: Done, seconds: float, check: str, call: str) -> Check:
        """The check that an end without an answer fails."""
        why, code = {
            "time": (f"did not finish within {seconds:g} s", "E-LIMIT-TIME"),
            "memory": (f"needs more than {size(self._limits.resident)}", "E-LIMIT-MEMORY"),
        }.get(done.status, (f"ended without an answer: {done.why}", "E-VERIFY-PROTOCOL"))
        return Check(check, ok=False, message=f"{why}{f' in {call}' if call else ''} ({code})")


def _hearing(heard: Heard | None) -> Callable[[str], None] | None:
    """What takes the notes of a judge, and hands them on as check and number."""
    if heard is None:
        return None

    def hear(text: str) -> None:
        noted = read(text)
        if noted.check:
            heard(noted.check, noted.done)

    return hear


def _told(checks: tuple[Check, ...], again: Check) -> tuple[Check, ...]:
    """The checks, with what was found when calls were made `again` in the one for determinism."""
    if not again.ok:
        return (*(check for check in checks if check.name != again.name), again)
    told = f"{again.cases} calls again in another process, with another order of sets and two threads"
    return tuple(
        dataclasses.replace(check, cases=check.cases + again.cases, message=told) if check.name == again.name else check
        for check in checks
    )
