"""The calls of a verdict, made again beside another zygote: a bare runner answers them all, and is judged here.

The runner is told the calls and not what came of them. What it says is plain data, and is all that this module sees:
no foreign code, no frames and no Hypothesis come into the kernel's process with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..words import Check, Revision
from . import tables, told
from .channel import Garbled, encode, open_message
from .judge import Judge, result_into
from .noting import read, silent
from .promises import Broken, Failed, Rejected, difference
from .replies import failure_text, read_failure
from .witnesses import Properties, read_result

_CHECK = "deterministic"
_UNSOUND = "ended without a usable answer (E-VERIFY-PROTOCOL)"


@dataclass(frozen=True, slots=True)
class Replay:
    """Calls of `revision` with what came of each: forms and order of the arguments, form of the result."""

    revision: Revision
    calls: Sequence[Any]

    def job(self, record: Mapping[str, Any]) -> bytes:
        """The message that has a runner make them."""
        asked = [[forms, order] for forms, order, _ in self.calls]
        return encode({"kind": "replay", "revision": record, "calls": asked})

    def check(self, reply: bytes) -> Check:
        """Whether what a runner said agrees with what came of them before."""
        try:
            return self._checked(open_message(reply)[0])
        except (ValueError, RecursionError, KeyError, TypeError):
            return Check(_CHECK, ok=False, message=_UNSOUND)

    def call(self, note: str) -> str:
        """The call a runner was about to make, "" where it says none."""
        number = read(note).call
        if not number.isdecimal() or not int(number[:9]) < len(self.calls):
            return ""
        return self._judge().call(self._arguments(self.calls[int(number)]))

    def _judge(self) -> Judge:
        """Only for its words: it asks nobody."""
        return Judge(self.revision, tables.shapes(self.revision), _nobody, Properties(None), silent, 0.0, ())

    def _arguments(self, call: Any) -> dict[str, Any]:
        forms, order, result = call
        named, frames = told.arguments_into(forms)
        whole = result[0] == "table"
        made = {name: tables.Table(columns) for name, (columns, _) in frames.items()}
        return {n: named[n] if n in named else made[n] if whole else made[n].rows() for n in order}

    def _checked(self, said: Mapping[str, Any]) -> Check:
        failed = said.get("failed") or said["loaded"].get("failed")
        if failed:
            why = f"it cannot be loaded in another process: {failure_text(read_failure(failed))}"
            return Check(_CHECK, ok=False, message=why)
        if len(said["said"]) != len(self.calls):
            raise Garbled("more or fewer answers than calls")
        judge = self._judge()
        for call, reply in zip(self.calls, said["said"], strict=True):
            arguments = self._arguments(call)
            try:
                problem = _differs(judge, arguments, result_into(call[2]), reply)
            except Broken as broken:
                return judge.failed(broken.check, broken, arguments)
            if problem:
                return judge.failed(_CHECK, Broken(_CHECK, problem), arguments)
        return Check(_CHECK, ok=True, cases=len(self.calls))


def replay(revision: Revision, calls: bytes) -> Replay:
    """What `Seen.packed`, beside which no foreign code runs, has made of the calls of `revision`."""
    return Replay(revision, open_message(calls)[0]["calls"])


def _differs(judge: Judge, arguments: Mapping[str, Any], expected: Any, reply: Mapping[str, Any]) -> str:
    try:
        value = read_result(reply, arguments, judge.revision.returns)
    except (Rejected, Failed) as error:
        return f"it fails in another process: {judge.why(error)}"
    return difference(expected, value, unordered=judge.unordered)


def _nobody(arguments: Mapping[str, Any], *, engine: str = "polars") -> Any:
    raise AssertionError(arguments, engine)
