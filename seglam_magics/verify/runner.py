"""Running the procedure under judgement: plain data in, plain data out, and the checks no model can weaken.

A `Runner` is all that verification knows of the procedure, so it may as well live in another process.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..procedure import apply, load
from ..words import Revision
from . import tables
from .contract import is_frame, misfit
from .plain import copied, identical, same


class Broken(Exception):
    """The procedure broke a promise that holds for all of them; `check` names the promise."""

    def __init__(self, check: str, message: str) -> None:
        self.check = check
        super().__init__(message)


class Rejected(ValueError):
    """The procedure refused these arguments by raising ValueError, which it may."""


class Runner(Protocol):
    """Calls the procedure: frames are lists of row dictionaries, as arguments and as results."""

    def __call__(self, arguments: Mapping[str, Any]) -> Any:
        """The result; raises Rejected, Broken or what the procedure raised."""


class LocalRunner:
    """Calls the procedure in this process.

    Parameters
    ----------
    known : columns of its frame parameters, see `tables.shapes`.
    """

    def __init__(self, revision: Revision, known: Mapping[str, tables.Shape]) -> None:
        self._function: Callable[..., Any] = load(revision.source, revision.name)
        self._returns = revision.returns
        self._known = known

    def __call__(self, arguments: Mapping[str, Any]) -> Any:
        """Call with copies, and compare them with the originals afterwards."""
        given = {name: self._own(name, value) for name, value in arguments.items()}
        try:
            value = apply(self._function, given, self._returns)
        except ValueError as error:
            # libraries of frames derive their errors from ValueError; those are no refusal
            if type(error).__module__.partition(".")[0] in sys.stdlib_module_names:
                raise Rejected(*error.args).with_traceback(error.__traceback__) from None
            raise
        for name, before in arguments.items():
            if name not in self._known and not identical(before, given[name]):
                raise Broken("inputs unchanged", f"it changes its input `{name}`")
        problem = misfit(value, self._returns)
        if problem:
            raise Broken("type", problem)
        return self._plain(value)

    def _own(self, name: str, value: Any) -> Any:
        return tables.frame_of(value, self._known[name]) if name in self._known else copied(value)

    def _plain(self, value: Any) -> Any:
        return value.to_dicts() if is_frame(value) else copied(value)


class Repeating:
    """A runner that asks twice: the same arguments, and the same rows in another order, must give the same result.

    Parameters
    ----------
    ordered : the procedure declares an order, so rows may matter; otherwise rows are shuffled, too.
    times : how many calls are repeated; the rest is passed through.
    """

    def __init__(self, runner: Runner, *, shuffled: tuple[str, ...], ordered: bool, times: int) -> None:
        self._runner, self._shuffled, self._ordered = runner, shuffled, ordered
        self._left = times
        self.calls = 0
        self.repeated = 0

    def __call__(self, arguments: Mapping[str, Any]) -> Any:
        """The result of the first call."""
        value = self._runner(arguments)
        self.calls += 1
        if self._left > 0:
            self._left -= 1
            self.repeated += 1
            self._again(arguments, value)
        return value

    def _again(self, arguments: Mapping[str, Any], value: Any) -> None:
        if not same(value, self._runner(arguments), ordered=self._ordered):
            raise Broken("deterministic", "it gives another result for the same arguments")
        names = [name for name in self._shuffled if len(arguments.get(name, ())) > 1]
        if self._ordered or not names:
            return
        mixed = {**arguments, **{name: _mixed(arguments[name]) for name in names}}
        if not same(value, self._runner(mixed), ordered=False):
            raise Broken("deterministic", "its result depends on the order of the rows; sort, or declare the order")


def _mixed(rows: list[Any]) -> list[Any]:
    order = list(rows)
    random.Random(len(rows)).shuffle(order)  # noqa: S311 - the same shuffle every time, no secret
    return order if not identical(order, rows) else order[::-1]
