"""Whether a declared meaning is what the code computes: read in its question, or else found out by running.

Later questions are compared with the meaning, so one that is not confirmed is dropped; the wordings stay.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Any

from ..errors import SeglamError
from ..procedure.binding import bind
from ..procedure.calling import is_polars
from ..procedure.declared import COUNTING, POSSIBLE, Compared, Declared, declared
from ..procedure.domains import Domains
from ..procedure.frames import into_polars
from ..procedure.inputs import library_of
from ..procedure.results import empty
from ..question import Form, ground
from ..question.normal import spelled
from ..verify import Executor
from ..words import Binding, Meaning, Revision
from .request import Task

TABULAR = ("frame", "list")
MOST_ROWS = 200
SAMPLES = 6
Row = Mapping[str, Any]
# What is rounded or summed in another order still is the same number.
_TOLERANCE = 1e-6


def confirmed(
    revision: Revision, bindings: Mapping[str, Binding], task: Task, executor: Executor, seconds: float
) -> tuple[Revision, tuple[str, ...]]:
    """`revision`, without its meaning where neither its question nor running it confirms that; and why not.

    Parameters
    ----------
    bindings : of the question it was compiled for.
    seconds : for each run.
    """
    said = declared(revision)
    if said is None or not any(p.type in TABULAR for p in revision.parameters) or _is_read(said, task):
        return revision, ()
    reason = "it groups" if said.groups else _disproved(said, revision, bindings, task, executor, seconds)
    if not reason:
        return revision, ()
    sentence = f"its declared meaning ({said.aggregate} of {said.target or 'rows'}) was not confirmed: {reason}"
    return replace(revision, meaning=Meaning()), (sentence,)


def _is_read(said: Declared, task: Task) -> bool:
    """Whether the question reads as the meaning says."""
    frames = [v for v in task.variables.values() if v.columns]
    if len(frames) != 1:
        return False
    read = ground(task.reading, frames[0], Domains(task.question.namespace, task.variables)).best
    return read is not None and agrees(said, read)


def agrees(said: Declared, read: Form) -> bool:
    """Whether a reading has the operator, the target, the conditions and the groups of a declared meaning."""
    places = tuple(sorted((c.column, c.comparison) for c in said.conditions))
    operator = said.aggregate in POSSIBLE[read.operator]
    unnamed = read.target is None and said.aggregate == "count" and read.operator in COUNTING
    target = read.target == said.target or unnamed
    return operator and target and places == read.places and said.groups == read.groups


# ---------------------------------------------------------------- running


def _disproved(
    said: Declared,
    revision: Revision,
    bindings: Mapping[str, Binding],
    task: Task,
    executor: Executor,
    seconds: float,
) -> str:
    """Why running does not confirm the meaning, "" where it does."""
    tabular = next((p for p in revision.parameters if p.type in TABULAR), None)
    name = str(bindings[tabular.name].value) if tabular is not None and tabular.name in bindings else ""
    rows = _rows(name, task.question.namespace.get(name))
    if tabular is None or not rows:
        return "there are no rows to try it on"
    told = False
    for sample, given in _samples(said, rows, bindings):
        space = {**task.question.namespace, name: _handed(sample, tabular.type)}
        try:
            arguments = bind(revision, given, space, native=False).arguments
            value = executor.call(revision.source, revision.name, arguments, returns=revision.returns, seconds=seconds)
        except SeglamError as error:
            return error.says
        expected = evaluated(said, sample, {n: b.value for n, b in given.items()})
        if not alike(expected, value):
            return "the code gives something else"
        told = told or not empty(expected)
    return "" if told else "it gave nothing"


def _rows(name: str, table: Any) -> list[dict[str, Any]]:
    """The first rows of a table in memory."""
    if isinstance(table, (list, tuple)):
        return [row for row in table[:MOST_ROWS] if isinstance(row, dict)]
    if library_of(table) not in ("polars", "pandas", "pyarrow"):
        return []
    try:
        frame = into_polars(name, table)
        rows: list[dict[str, Any]] = frame.head(MOST_ROWS).to_dicts()
    except (SeglamError, AttributeError):
        return []
    return rows


def _handed(sample: Sequence[Row], kind: str) -> Any:
    if kind == "list":
        return list(sample)
    import polars as pl

    return pl.DataFrame(sample, infer_schema_length=None)


def _samples(
    said: Declared, rows: Sequence[dict[str, Any]], bindings: Mapping[str, Binding]
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Binding]]]:
    """All rows with the question's own values, then parts of them with values of other rows."""
    yield list(rows), dict(bindings)
    for turn in range(1, SAMPLES):
        part = [row for k, row in enumerate(rows) if (k * turn + k // 3) % 4] or list(rows)
        source = part[(turn * 7) % len(part)]
        given = dict(bindings)
        for condition in said.conditions:
            value = source.get(condition.column)
            known = bindings.get(condition.parameter)
            if known is not None and type(value) is type(known.value):
                given[condition.parameter] = replace(known, value=value)
        yield part, given


# ---------------------------------------------------------------- the meaning itself

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda cell, value: cell == value,
    "<": lambda cell, value: cell < value,
    "<=": lambda cell, value: cell <= value,
    ">": lambda cell, value: cell > value,
    ">=": lambda cell, value: cell >= value,
}
_AGGREGATED: Mapping[str, Callable[[list[Any]], Any]] = {
    "select": list,
    "count": len,
    "max": lambda values: max(values, default=None),
    "min": lambda values: min(values, default=None),
    "sum": lambda values: sum(values) if values else None,
    "mean": lambda values: fmean(values) if values else None,
    "median": lambda values: median(values) if values else None,
}


def evaluated(said: Declared, rows: Sequence[Row], arguments: Mapping[str, Any]) -> Any:
    """What a declared meaning gives on `rows`; missing cells meet no condition and are not aggregated.

    >>> said = Declared("max", "n", (Compared("who", "=", "name"),))
    >>> evaluated(said, [{"who": "Ann", "n": 1}, {"who": "ann", "n": 5}, {"who": "Bob", "n": 9}], {"name": "Ann"})
    5
    """
    kept = [row for row in rows if all(_holds(c, row, arguments) for c in said.conditions)]
    if said.target is None:
        return len(kept)
    cells = [row.get(said.target) for row in kept]
    wanted = cells if said.aggregate == "select" else [c for c in cells if c is not None]
    try:
        return _AGGREGATED[said.aggregate](wanted)
    except TypeError:
        return None


def _holds(condition: Compared, row: Row, arguments: Mapping[str, Any]) -> bool:
    cell, value = _plain(row.get(condition.column)), _plain(arguments.get(condition.parameter))
    if cell is None or value is None:
        return False
    try:
        return bool(_COMPARED[condition.comparison](cell, value))
    except TypeError:
        return False


def _plain(value: Any) -> Any:
    return spelled(value).casefold() if isinstance(value, str) else value


def alike(expected: Any, value: Any) -> bool:
    """Whether a result says what is expected: numbers to six digits, lists in any order, nothing is nothing."""
    if is_polars(value):
        if value.width != 1:
            return False
        value = value.to_series().to_list()
    if isinstance(expected, list) and not isinstance(value, (list, tuple)):
        return len(set(map(_key, expected))) == 1 and _key(value) == _key(expected[0]) if expected else empty(value)
    if isinstance(expected, list):
        mine, theirs = Counter(map(_key, expected)), Counter(map(_key, value))
        return mine == theirs or set(mine) == set(theirs)
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    return (empty(expected) and empty(value)) or _key(expected) == _key(value)


def _key(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.6g}") if abs(value) > _TOLERANCE else 0.0
    if isinstance(value, (int, bool)):
        return float(f"{value:.6g}")
    return str(value)
