"""The same calls made elsewhere: in the second engine, and on thousands of groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..words import Check
from .crowds import crowded
from .exploring import explore
from .judge import Judge, short
from .plain import same
from .promises import Broken, Failed, Rejected, Unusable, difference

FRAMES = 25  # drawn frames that both engines are asked about


def engines(judge: Judge, strategy: Any) -> list[Check]:
    """Whether polars, polars with its rows shuffled and DuckDB agree; nothing to say of procedures without frames."""
    if not judge.known:
        return []
    state = _Second()
    repeating = judge.repeating(FRAMES)

    def body(arguments: Mapping[str, Any]) -> None:
        judge.note("engines", judge.call(arguments))
        try:
            value = repeating(arguments)
        except (Rejected, Failed) as error:
            raise Unusable from error
        state.compare(judge, arguments, value)

    first = judge.examples
    found = explore(strategy, body, cases=FRAMES + len(first), until=judge.until, first=first)
    if found.error is not None:
        return [judge.failed("engines", found.error, found.arguments, cases=found.usable)]
    if state.why:
        message = f"runs on frames in memory, not on DuckDB relations: {state.why}"
        return [Check("engines", ok=True, cases=state.compared, message=message)]
    return [Check("engines", ok=True, cases=state.compared, message="polars, polars on shuffled rows and DuckDB agree")]


class _Second:
    """The second engine, asked until it cannot; `why` it could not, `compared` cases where it could."""

    def __init__(self) -> None:
        self.why = ""
        self.compared = 0

    def compare(self, judge: Judge, arguments: Mapping[str, Any], value: Any) -> None:
        if self.why:
            return
        try:
            other = judge.runner(arguments, engine="duckdb")
        except Rejected:
            return  # such as a name for a column that DuckDB cannot have
        except Failed as failed:
            self.why = judge.why(failed)
            return
        empty = not any(arguments.get(name) for name in judge.known)
        if alike(value, other, ordered=judge.ordered, empty=empty):
            self.compared += 1
        elif not _ambiguous(judge, arguments, value):
            raise Broken("engines", f"polars gives {short(value)}, DuckDB {short(other)}")


ORDERS: tuple[Callable[[list[Any]], list[Any]], ...] = (
    lambda rows: rows[::-1],
    lambda rows: rows[1:] + rows[:1],
    lambda rows: rows[::2] + rows[1::2],
    lambda rows: rows[1::2] + rows[::2],
)


def _ambiguous(judge: Judge, arguments: Mapping[str, Any], value: Any) -> bool:
    """Whether ties leave the result open: it is declared to follow the order of rows, and differs with that order."""
    if not judge.ordered:
        return False
    for order in ORDERS:
        other = {n: order(v) if n in judge.known else v for n, v in arguments.items()}
        try:
            if not same(value, judge.runner(other)):
                return True
        except (Rejected, Failed):
            continue
    return False


def alike(of_polars: Any, of_duckdb: Any, *, ordered: bool, empty: bool) -> bool:
    """Whether both engines say the same.

    Parameters
    ----------
    empty : the frames had no rows: DuckDB counts their missing values as none at all instead of 0.
    """
    if empty:
        of_polars, of_duckdb = _counted(of_polars), _counted(of_duckdb)
    return same(of_polars, of_duckdb, ordered=ordered)


def _counted(value: Any) -> Any:
    if isinstance(value, list):
        return [_counted(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _counted(v) for k, v in value.items()}
    return value or 0 if value is None or isinstance(value, (int, float)) else value


def crowd(judge: Judge) -> list[Check]:
    """The check that fails where thousands of groups come in another order the second time, if it does."""
    arguments = crowded(judge.revision, judge.known, judge.examples)
    if arguments is None:
        return []
    judge.note("deterministic", judge.call(arguments))
    try:
        first, again = judge.runner(arguments), judge.runner(arguments)
    except (Rejected, Failed):
        return []  # made-up arguments are no fault
    except Broken as broken:
        return [judge.failed(broken.check, broken, arguments)]
    judge.seen.add(arguments, first)
    problem = difference(first, again, unordered=judge.unordered)
    return [judge.failed("deterministic", Broken("deterministic", problem), arguments)] if problem else []
