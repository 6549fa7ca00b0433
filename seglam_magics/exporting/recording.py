"""What answered a question, written down in the kernel for whoever runs its notebook and read by them.

The kernel is started with this module as an extension and, in its environment, the file to write to. After every cell
what was asked in it is one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..procedure import from_record, to_record, wire
from ..procedure.ambient import is_ambient
from ..procedure.binding import bind
from ..procedure.inputs import library_of
from ..trust.redaction import OPENING
from ..words import Binding, Revision

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..words import Trace

VARIABLE = "SEGLAM_RECORD"
_NAMING = ("variable", "implied")


@dataclass(frozen=True, slots=True)
class Record:
    """A question that was asked while a notebook ran.

    Attributes
    ----------
    revision : what answered; None where nothing did, and `error` is the code.
    names : parameter -> the variable it was bound to; `values` the parameters that were bound to a value.
    foreign : parameters bound to a variable of no kind of Python's own, such as a series of pandas.
    unportable : why the values cannot be written down, "" where they can.
    """

    question: str
    revision: Revision | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    error: str = ""
    unportable: str = ""


# ---------------------------------------------------------------- in the kernel


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Record what this shell asks, where its environment says so."""
    path = os.environ.get(VARIABLE)
    if path:
        shell.events.register("post_run_cell", _Recorder(shell, Path(path)).after_cell)


class _Recorder:
    """Writes the decisions of the reasoner of this process that it has not written yet."""

    def __init__(self, shell: InteractiveShell, path: Path) -> None:
        self._shell, self._path = shell, path
        self._last: Trace | None = None

    def after_cell(self, _result: object) -> None:
        module = sys.modules.get("seglam_magics.reasoner")
        reasoner = module.opened() if module is not None else None
        if reasoner is None:
            return
        traces = reasoner.recent()
        seen = next((i for i, trace in enumerate(traces) if trace is self._last), -1)
        new = traces[seen + 1 :]
        if new:
            self._last = new[-1]
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(_plain(trace, self._shell.user_ns)) + "\n" for trace in new)


def _plain(trace: Trace, namespace: Mapping[str, Any]) -> dict[str, Any]:
    if trace.answer is None:
        return {"question": trace.question, "error": trace.error}
    revision, bindings = trace.answer.revision, trace.answer.decision.bindings
    ambient = {p.name for p in revision.parameters if is_ambient(p)}
    names = {n: str(b.value) for n, b in bindings.items() if b.source in _NAMING and n not in ambient}
    foreign = [n for n, variable in names.items() if library_of(namespace.get(variable)) != "python"]
    said = {"question": trace.question, "revision": to_record(revision), "names": names, "foreign": foreign}
    return {**said, **_values(revision, bindings, set(bindings) - set(names), namespace)}


def _values(
    revision: Revision, bindings: Mapping[str, Binding], slots: set[str], namespace: Mapping[str, Any]
) -> dict[str, Any]:
    """What these slots were bound to, as it was handed over: in the spelling of the column."""
    values = {name: bindings[name].value for name in slots}
    with contextlib.suppress(Exception):  # the names may be others by now
        arguments = bind(revision, bindings, namespace, native=False).arguments
        values = {name: arguments[name] for name in slots}
    if OPENING in repr(values):
        return {"unportable": "it holds a secret"}
    try:
        plain, blobs = wire.pack(values)
    except wire.Unportable as error:
        return {"unportable": str(error)}
    return {"unportable": "it holds a frame"} if blobs else {"values": plain}


# ---------------------------------------------------------------- beside it


def read_records(path: Path, start: int = 0) -> tuple[list[Record], int]:
    """The records of a file from an offset, and the offset behind them; a line that is not whole yet is left."""
    try:
        data = path.read_bytes()[start:]
    except FileNotFoundError:
        return [], start
    whole = data[: data.rfind(b"\n") + 1]
    return [_record(json.loads(line)) for line in whole.splitlines()], start + len(whole)


def _record(plain: Mapping[str, Any]) -> Record:
    revision = plain.get("revision")
    return Record(
        plain["question"],
        from_record(revision) if revision is not None else None,
        plain.get("names", {}),
        wire.unpack(plain["values"], []) if "values" in plain else {},
        tuple(plain.get("foreign", ())),
        plain.get("error", ""),
        plain.get("unportable", ""),
    )
