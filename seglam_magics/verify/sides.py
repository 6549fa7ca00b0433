"""The two sides of a verification that run foreign code, as processes behind pipes or as objects beside the judge."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..words import Revision
from .channel import Oversized
from .failures import failure
from .oracle import Oracle
from .performer import Performer
from .wires import Answer, Cut, Message, Talk, Wire

Ask = Callable[[dict[str, Any]], Mapping[str, Any]]
Answers = tuple[Message, Callable[[Mapping[str, Any], Ask], Message] | None]


def perform(revision: Revision, wire: Wire) -> None:
    """Be the runner: load the procedure, answer until nobody asks any more."""
    _serve(wire, lambda: _performing(revision))


def _performing(revision: Revision) -> Answers:
    try:
        performer = Performer(revision)
    except BaseException as error:  # noqa: BLE001 - foreign code
        return {"failed": failure(error, revision.name, revision.source)}, None
    return {"loaded": True}, lambda asked, _ask: performer.answer(asked)


def again(revision: Revision, calls: Sequence[Any], note: Callable[[str, str], None]) -> Message:
    """What the procedure says to `calls`, of which each is told to `note` by its number."""
    said, answer = _performing(revision)
    found = []
    for number, (forms, order) in enumerate(calls if answer is not None else ()):
        note("", str(number))
        asked = {"engine": "polars", "order": order, "arguments": forms}
        found.append(answer(asked, _mute) if answer is not None else {})
    return {"loaded": said, "said": found}


def _mute(_header: dict[str, Any]) -> Message:
    return {}


def hold(revision: Revision, wire: Wire) -> None:
    """Be the oracle: load the properties, hold them until nobody asks any more."""
    _serve(wire, lambda: _holding(revision))


def _holding(revision: Revision) -> Answers:
    oracle = Oracle(revision)
    if oracle.failed is not None:
        name, facts = oracle.failed
        return {"claim": name, "failed": facts}, None
    return {"loaded": True}, oracle.answer


def _serve(wire: Wire, start: Callable[[], Answers]) -> None:
    said, answer = start()
    try:
        wire.write(said)
        while answer is not None:
            asked = wire.receive()
            number = asked["n"]

            def ask(header: dict[str, Any], number: int = number) -> Message:
                wire.write({"n": number, **header})
                return wire.receive()

            reply = answer(asked, ask)
            try:
                wire.write({"n": number, **reply})
            except Oversized as error:
                wire.write({"n": number, **_oversized(error)})
    except Cut:  # the judge has heard enough
        return


def _oversized(error: Oversized) -> Message:
    facts = {"type": "Oversized", "message": f"the result has {error}", "line": 0, "text": ""}
    return {"failed": facts, "refused": False}


class Beside:
    """A side in the judge's own process, where the system cannot fork: limits only, and no boundary to the judge."""

    def __init__(self, start: Callable[[], Answers]) -> None:
        self._said, self._answer = start()

    def greeting(self) -> Message:
        """See `wires.Talk`."""
        return self._said

    def converse(self, header: Mapping[str, Any], answer: Answer | None = None) -> Message:
        """See `wires.Talk`."""
        assert self._answer is not None
        return self._answer(header, lambda asking: answer(asking["ask"]) if answer else {})


def beside(revision: Revision) -> dict[str, Talk]:
    """Both sides of `revision` in this process."""
    if any(parameter.type == "frame" for parameter in revision.parameters):
        with contextlib.suppress(Exception):  # without DuckDB there is one engine less
            from .engines import connect

            connect()
    oracle = {"oracle": Beside(lambda: _holding(revision))} if revision.properties else {}
    return {"runner": Beside(lambda: _performing(revision)), **oracle}
