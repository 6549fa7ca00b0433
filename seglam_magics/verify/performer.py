"""The runner's process: the procedure and nothing else. It is asked, it answers; what it says is not believed.

It knows neither examples nor properties nor what will be asked next. Nothing in it judges: results go to the judge as
plain data with the arguments as the call left them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..procedure import apply, load
from ..procedure.wire import Unportable
from ..words import Revision
from . import tables, told
from .contract import is_frame, misfit
from .failures import failure
from .plain import copied

_CONTAINERS = (list, dict, set, tuple)


class Performer:
    """Calls the procedure of `revision`, which it loads; raises whatever its source raises."""

    def __init__(self, revision: Revision) -> None:
        self._function: Callable[..., Any] = load(revision.source, revision.name)
        self._name, self._source, self._returns = revision.name, revision.source, revision.returns

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One call: its result or its failure, as plain data."""
        try:
            named, frames = told.arguments_into(asked["arguments"])
            second = asked["engine"] != "polars"
            given = {**named, **{name: _frame(*parts, second=second) for name, parts in frames.items()}}
            value = apply(self._function, {n: given[n] for n in asked["order"]}, self._returns)
            return {**self._told(value, second=second), "after": _after(named)}
        except BaseException as error:  # noqa: BLE001 - whatever foreign code raises is its answer
            return {"failed": failure(error, self._name, self._source), "refused": _refuses(error)}

    def _told(self, value: Any, *, second: bool) -> dict[str, Any]:
        if second:
            from .engines import rows_of

            value = rows_of(value)
            return {"misfit": "", "columns" if self._returns == "frame" else "value": _plain(value, self._returns)}
        problem = misfit(value, self._returns)
        if problem:
            return {"misfit": problem}
        if is_frame(value):
            return {"misfit": "", "columns": told.columns_out({c.name: c.to_list() for c in value.iter_columns()})}
        return {"misfit": "", "value": told.out(copied(value))}


def _plain(value: Any, returns: str) -> Any:
    return told.columns_out(value) if returns == "frame" else told.out(value)


def _frame(columns: Mapping[str, list[Any]], classes: Mapping[str, str], *, second: bool) -> Any:
    frame = tables.frame_from(columns, classes)
    if not second:
        return frame
    from .engines import relation

    return relation(frame)


def _after(named: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in named.items():
        if isinstance(value, _CONTAINERS):
            try:
                found[name] = told.out(value)
            except Unportable:
                found[name] = None
    return found


def _refuses(error: BaseException) -> bool:
    # libraries of frames derive their errors from ValueError; those are no refusal
    return isinstance(error, ValueError) and type(error).__module__.partition(".")[0] in sys.stdlib_module_names
