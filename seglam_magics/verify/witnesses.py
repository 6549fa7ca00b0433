"""The judge's view of the two sides that run foreign code: it asks, and checks the form of what it hears.

`Talk` is all that it knows of a side, so the sides may be processes behind pipes or, where the system cannot fork,
objects beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..words import Revision
from . import tables, told
from .channel import Garbled, Oversized
from .contract import misfit
from .plain import identical
from .promises import Broken, Failed, Rejected, Runner, Unusable
from .replies import read_failure
from .wires import Cut, Message, Talk


class Claimed(Exception):
    """A property does not hold, or fails by itself; with what the oracle says about it.

    Attributes
    ----------
    asserts : it is an assertion that failed; `said` is its text.
    """

    def __init__(self, facts: Mapping[str, Any], said: str, *, asserts: bool) -> None:
        self.facts, self.said, self.asserts = facts, said, asserts
        super().__init__(said)


class Procedure:
    """The procedure, in the runner's process.

    Parameters
    ----------
    known : columns of its frame parameters, see `tables.shapes`.
    """

    def __init__(self, talk: Talk, revision: Revision, known: Mapping[str, tables.Shape]) -> None:
        self._talk, self._known, self._returns = talk, known, revision.returns

    def __call__(self, arguments: Mapping[str, Any], *, engine: str = "polars") -> Any:
        """The result, a frame as rows, or as a `Table` where a `Table` went in; raises Rejected, Broken or Failed."""
        asked = {"engine": engine, "order": list(arguments), "arguments": self._forms(arguments)}
        try:
            return read_result(self._talk.converse(asked), arguments, self._returns)
        except (Garbled, told.Unsound):
            raise Cut("runner", unsound=True) from None

    def _forms(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return told.arguments_out(arguments, self._known)
        except Exception as error:  # noqa: BLE001 - whatever a property may have made of a frame
            facts = {"type": "TypeError", "message": f"these are no arguments: {error}", "line": 0, "text": ""}
            raise Failed(facts) from None


def read_result(reply: Mapping[str, Any], arguments: Mapping[str, Any], returns: str) -> Any:
    """The result a runner tells, a frame as rows, or as a `Table` where a `Table` went in.

    Raises
    ------
    Rejected, Broken, Failed : what the procedure did instead of giving one.
    Garbled, told.Unsound : this is no reply.
    """
    if "failed" in reply:
        facts = read_failure(reply["failed"])
        raise Rejected(facts["message"]) if reply.get("refused") is True else Failed(facts)
    _unchanged(reply, arguments)
    if reply["misfit"]:
        raise Broken("type", str(reply["misfit"])[:300])
    if "columns" in reply and returns == "frame":
        table = tables.Table(told.columns_into(reply["columns"]))
        return table if any(isinstance(v, tables.Table) for v in arguments.values()) else table.rows()
    if "value" not in reply or returns == "frame":
        raise Garbled("an answer without its result")
    value = told.into(reply["value"])
    problem = misfit(value, returns)
    if problem:
        raise Broken("type", problem)
    return value


def _unchanged(reply: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    after = reply.get("after")
    if not isinstance(after, dict) or not isinstance(reply.get("misfit"), str):
        raise Garbled("an answer without its parts")
    for name, plain in after.items():
        if name not in arguments or not identical(arguments[name], told.into(plain)):
            raise Broken("inputs unchanged", f"it changes its input `{name}`")


class Properties:
    """The properties of a revision, in the oracle's process.

    Parameters
    ----------
    talk : None where there are no properties and nobody was asked to hold them.
    """

    def __init__(self, talk: Talk | None) -> None:
        self._talk = talk

    def hold(self, claim: str, arguments: Mapping[str, Any], runner: Runner) -> None:
        """Have `claim` tested on `arguments`, calling the procedure through `runner`.

        Raises
        ------
        Unusable : the case says nothing. Broken, Failed : of the procedure, whatever the property made of it.
        Claimed : the property does not hold.
        """
        assert self._talk is not None
        asking = _Asking(runner, arguments)
        reply = self._talk.converse({"claim": claim, "arguments": told.out(dict(arguments))}, asking.answer)
        asking.judge()
        if reply.get("unusable") is True:
            raise Unusable
        if "failed" in reply:
            raise _failing(reply, asking)
        if reply.get("held") is not True:
            raise Cut("oracle", unsound=True)


def _asked(plain: Any) -> dict[str, Any]:
    try:
        arguments = told.into(plain)
    except told.Unsound:
        raise Cut("oracle", unsound=True) from None
    if not isinstance(arguments, dict) or not all(isinstance(name, str) for name in arguments):
        raise Cut("oracle", unsound=True)
    return arguments


def _failing(reply: Message, asking: _Asking) -> Exception:
    try:
        facts = read_failure(reply["failed"])
    except Garbled:
        raise Cut("oracle", unsound=True) from None
    if reply.get("through") is True and asking.last is not None:
        return asking.last
    return Claimed(facts, str(reply.get("said", ""))[:1000], asserts=reply.get("asserts") is True)


class _Asking:
    """The calls of one case, and what no property can talk away: a broken promise, an error on the case itself."""

    def __init__(self, runner: Runner, arguments: Mapping[str, Any]) -> None:
        self._runner, self._case = runner, dict(arguments)
        self._broken: Exception | None = None
        self.last: Exception | None = None

    def answer(self, plain: Any) -> dict[str, Any]:
        arguments = _asked(plain)
        if self._broken is not None:  # the case is decided; the property is only brought to its end
            return {"refused": str(self._broken)}
        try:
            return {"value": told.out(self._runner(arguments))}
        except Rejected as refused:
            return {"refused": str(refused)}
        except Broken as broken:
            self._broken = broken
            return {"refused": str(broken)}
        except Failed as failed:
            self.last = failed
            if identical(arguments, self._case):
                self._broken = failed
            return {"failed": dict(failed.facts)}
        except Oversized as error:
            self._broken = Broken("type", f"its result is too large: {error}")
            return {"refused": str(error)}

    def judge(self) -> None:
        if self._broken is not None:
            raise self._broken
