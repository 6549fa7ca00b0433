"""What holds for every procedure, whatever its own properties say: kept by the judge, where no foreign code runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .plain import identical, same
from .tables import Table


class Broken(Exception):
    """The procedure broke a promise that holds for all of them; `check` names the promise."""

    def __init__(self, check: str, message: str) -> None:
        self.check = check
        super().__init__(message)


class Rejected(ValueError):
    """The procedure refused these arguments by raising ValueError, which it may."""


class Unusable(Exception):
    """A case that says nothing: assumed away, or refused by the procedure."""


class Failed(Exception):
    """What the procedure or a property raised, as the facts `jobs.failure` gives."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        super().__init__(str(facts.get("message")))


class Runner(Protocol):
    """Calls the procedure: frames are lists of row dictionaries or a `Table`, as arguments and as results."""

    def __call__(self, arguments: Mapping[str, Any], *, engine: str = "polars") -> Any:
        """The result; raises Rejected, Broken or Failed."""


class Repeating:
    """A runner that asks twice: the same arguments, and the same rows in another order, must give the same result.

    Parameters
    ----------
    ordered : the procedure declares an order, so rows may matter; otherwise rows are shuffled, too.
    times : how many calls are repeated; the rest is passed through.
    seen : told the arguments and the result of every repeated call.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        shuffled: tuple[str, ...],
        ordered: bool,
        times: int,
        seen: Callable[[Mapping[str, Any], Any], None],
    ) -> None:
        self._runner, self._shuffled, self._ordered = runner, shuffled, ordered
        self._left, self._seen = times, seen
        self.calls = 0
        self.repeated = 0

    def __call__(self, arguments: Mapping[str, Any], *, engine: str = "polars") -> Any:
        """The result of the first call."""
        value = self._runner(arguments, engine=engine)
        self.calls += 1
        if self._left > 0:
            self._left -= 1
            self.repeated += 1
            self._again(arguments, value)
            self._seen(arguments, value)
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


# ---------------------------------------------------------------- two results that must be one


def difference(first: Any, second: Any, *, unordered: bool) -> str:
    """Why two results of the same call are not the same, and what to do about it; "" where they are.

    Floats may differ by the tolerance of `plain.same`.

    Parameters
    ----------
    unordered : the procedure says that the order of its rows means nothing.

    >>> difference([1, 2], [2, 1], unordered=False)
    'it gives the same items in another order each time; return sorted(…)'
    """
    if _equal(first, second):
        return ""
    a, b = (v.rows() if isinstance(v, Table) else v for v in (first, second))
    if same(a, b):
        return ""
    if not _permuted(a, b):
        return "it gives another result for the same arguments"
    if unordered:
        return ""
    if not _is_rows(a):
        return "it gives the same items in another order each time; return sorted(…)"
    return f"it gives its rows in another order each time; end with .sort({_keys(a)}, nulls_last=True)"


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, Table) and isinstance(second, Table):
        return list(first.columns.items()) == list(second.columns.items())
    return identical(first, second)


def _permuted(a: Any, b: Any) -> bool:
    if not (isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b)):
        return False
    return sorted(map(repr, a)) == sorted(map(repr, b)) or same(a, b, ordered=False)


def _is_rows(value: Any) -> bool:
    return bool(value) and all(isinstance(row, Mapping) for row in value)


def _keys(rows: list[dict[str, Any]]) -> str:
    """The first columns that together tell the rows apart, as arguments of a sort."""
    keys: list[str] = []
    for name in rows[0]:
        keys.append(name)
        if len({repr([row.get(k) for k in keys]) for row in rows}) == len(rows):
            break
    alone = next((n for n in rows[0] if len({repr(row.get(n)) for row in rows}) == len(rows)), None)
    return ", ".join(map(repr, [alone] if alone is not None else keys))
