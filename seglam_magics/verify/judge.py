"""What all checks of one revision need, and how each says what it found.

The judge runs no foreign code. It draws the arguments, asks the runner, has the oracle hold the properties against
what came, and decides: so neither side can say of itself that it is right.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from ..procedure.wire import Unportable
from ..words import UNORDERED, Check, Property, Revision
from . import tables, told
from .channel import Oversized, encode
from .noting import Note
from .plain import call_text, written
from .promises import Broken, Failed, Rejected, Repeating, Runner
from .replies import failure_text
from .tables import Table
from .witnesses import Claimed, Properties

_PROPERTY, _MUTATION, _NONDET = "E-VERIFY-PROPERTY", "E-GUARD-MUTATION", "E-VERIFY-NONDET"
CODES = {
    "type": _PROPERTY,
    "inputs unchanged": _MUTATION,
    "deterministic": _NONDET,
    "engines": "E-VERIFY-ENGINES",
}
_SEEN = 40  # calls whose results another process is asked for again
_SHOWN = 300


@dataclasses.dataclass(slots=True)
class Seen:
    """Calls and their results, for another process to make again; the largest of them, which tell most."""

    calls: list[tuple[Mapping[str, Any], Any]] = dataclasses.field(default_factory=list)

    def add(self, arguments: Mapping[str, Any], value: Any) -> None:
        """Keep one."""
        self.calls.append((arguments, value))

    def packed(self, known: Mapping[str, tables.Shape]) -> bytes:
        """The calls as a message for the judge beside another zygote."""
        largest = sorted(self.calls, key=_weight, reverse=True)[:_SEEN]
        found: list[Any] = []
        for arguments, value in largest:
            try:
                found.append([told.arguments_out(arguments, known), list(arguments), result_out(value)])
            except (Unportable, Oversized):
                continue
        try:
            return encode({"calls": found})
        except Oversized:
            return encode({"calls": []})


def _weight(call: tuple[Mapping[str, Any], Any]) -> int:
    arguments, value = call
    return 1 << 30 if isinstance(value, Table) else len(repr(arguments))


def result_out(value: Any) -> Any:
    """A result as JSON, a `Table` by column."""
    return ["table", told.columns_out(value.columns)] if isinstance(value, Table) else ["plain", told.out(value)]


def result_into(plain: Any) -> Any:
    """What `result_out` has written."""
    kind, value = plain
    return Table(told.columns_into(value)) if kind == "table" else told.into(value)


@dataclasses.dataclass(frozen=True, slots=True)
class Judge:
    """What all checks of one revision need."""

    revision: Revision
    known: Mapping[str, tables.Shape]
    runner: Runner
    oracle: Properties
    note: Note
    until: float
    examples: tuple[Mapping[str, Any], ...]
    seen: Seen = dataclasses.field(default_factory=Seen)

    @property
    def unordered(self) -> bool:
        """Whether the revision says that the order of its rows means nothing."""
        return self.revision.meaning.order.strip().casefold() in UNORDERED

    @property
    def ordered(self) -> bool:
        """Whether the order of a result counts: always, but for frames without a declared order."""
        return self.revision.meaning.ordered or not (self.unordered or self.known)

    @property
    def late(self) -> bool:
        """Whether no further case is to be begun."""
        return time.monotonic() > self.until

    def call(self, arguments: Mapping[str, Any]) -> str:
        """The call as one can paste it."""
        shown = {n: v.columns if isinstance(v, Table) else v for n, v in arguments.items()}
        if shown != arguments:  # a frame of thousands of rows
            large = ", ".join(n for n, v in arguments.items() if isinstance(v, Table))
            return f"{self.revision.name}(…) with thousands of rows in {large}"
        return call_text(self.revision.name, arguments, {name: list(shape) for name, shape in self.known.items()})

    def repeating(self, times: int) -> Repeating:
        """The procedure, the first `times` calls of it asked twice."""
        return Repeating(self.runner, shuffled=tuple(self.known), ordered=self.ordered, times=times, seen=self.seen.add)

    def why(self, error: BaseException, claim: Property | None = None) -> str:
        """One sentence for an error, with the line of the source it left."""
        if isinstance(error, Failed):
            return failure_text(error.facts)
        if isinstance(error, Claimed) and claim is not None:
            if error.asserts:
                return error.said or str(error.facts["text"]) or claim.claim
            return f"the property itself fails: {failure_text(error.facts)}"
        return f"ValueError: {error}" if isinstance(error, Rejected) else str(error)

    def failed(
        self, name: str, error: Exception, arguments: Mapping[str, Any], claim: Property | None = None, cases: int = 0
    ) -> Check:
        """The check that `error` makes fail, told with its call and its code."""
        check, code = name, _PROPERTY
        if isinstance(error, Broken):
            check, code = error.check, CODES[error.check]
        elif isinstance(error, Failed) and error.facts["type"] == "MemoryError":
            code = "E-LIMIT-MEMORY"
        elif isinstance(error, Claimed) and not error.asserts and not cases:
            code = "E-VERIFY-VACUOUS"
        return Check(check, ok=False, cases=cases, message=f"{self.why(error, claim)}: {self.call(arguments)} ({code})")


def short(value: Any) -> str:
    """A value as one can paste it, cut to what fits a sentence."""
    text = written(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
