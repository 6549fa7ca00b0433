"""What the processes of a verification tell each other: arguments and results as plain JSON data, checked on arrival.

A frame travels by column, with the class each column is declared as; a column of numbers, texts and truth values goes
as it is, anything else with the tags of `procedure.wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..procedure.wire import Unportable, pack, unpack
from . import spelling, tables

_BARE = {int, float, str, bool, type(None)}


class Unsound(ValueError):
    """Data that no honest process would send."""


def out(value: Any) -> Any:
    """Plain data as JSON; raises Unportable for anything else, frames among it.

    >>> into(out([1, (2, None)]))
    [1, (2, None)]
    """
    plain, blobs = pack(value)
    if blobs:
        raise Unportable("a frame inside of other data is not plain data")
    return plain


def into(plain: Any) -> Any:
    """What `out` has written; raises Unsound."""
    try:
        return unpack(plain, [])
    except Exception as error:
        raise Unsound(str(error)) from error


def columns_out(columns: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Columns as JSON; raises Unportable.

    >>> columns_into(columns_out({"a": [1, None], "b": [(1,), (2,)]}))
    {'a': [1, None], 'b': [(1,), (2,)]}
    """
    return {name: ["bare", v] if set(map(type, v)) <= _BARE else ["tagged", out(v)] for name, v in columns.items()}


def columns_into(plain: Any) -> dict[str, list[Any]]:
    """What `columns_out` has written, all of one length; raises Unsound."""
    if not isinstance(plain, dict) or not all(isinstance(pair, list) and len(pair) == 2 for pair in plain.values()):  # noqa: PLR2004
        raise Unsound("no columns")
    found = {}
    for name, (how, values) in plain.items():
        known = values if how == "bare" else into(values)
        if not isinstance(known, list) or (how == "bare" and not set(map(type, known)) <= _BARE):
            raise Unsound("no column")
        found[name] = known
    if len({len(values) for values in found.values()}) > 1:
        raise Unsound("columns of different lengths")
    return found


def arguments_out(arguments: Mapping[str, Any], known: Mapping[str, tables.Shape]) -> dict[str, Any]:
    """Arguments as JSON: frames, which are rows or a `Table`, by column with the classes of their columns.

    Parameters
    ----------
    known : columns of the frame parameters, see `tables.shapes`.
    """
    found: dict[str, Any] = {"plain": {}, "frames": {}}
    texts = [t for v in arguments.values() for t in (v if isinstance(v, list) else [v]) if isinstance(t, str)]
    for name, value in arguments.items():
        if name not in known:
            found["plain"][name] = out(value)
            continue
        whole = isinstance(value, tables.Table)
        named = value.columns if whole else dict.fromkeys(k for row in value for k in row)
        classes = spelling.classes(named, known[name], texts)
        columns = value.columns if whole else tables.by_name(value, classes)
        found["frames"][name] = [columns_out(columns), classes]
    return found


def arguments_into(plain: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[dict[str, list[Any]], Any]]]:
    """Plain arguments, and frames as columns and classes; for the runner, which trusts who asks."""
    named = {name: into(value) for name, value in plain["plain"].items()}
    return named, {name: (columns_into(columns), classes) for name, (columns, classes) in plain["frames"].items()}
