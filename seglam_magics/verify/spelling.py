"""Other names for the columns of a frame: long ones, Russian ones, with blanks.

A procedure that takes the names of its columns from its slots must not care what they are. Columns that the revision
names by itself keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from typing import Any
from zlib import crc32

from ..words import Revision
from .drawing import data

Shape = Mapping[str, str]


@lru_cache(maxsize=256)
def spelled(columns: tuple[str, ...]) -> dict[str, str]:
    """Column -> its other name, none of which is another column's; the same in every frame, as a key of a join is.

    >>> sorted(map(len, spelled(("g", "x", "y")).values()))
    [9, 20, 60]
    """
    wordings = data()["columns"]["spelled"]
    return {name: f"{wordings[crc32(name.encode()) % len(wordings)]} {name}" for name in columns}


def free(revision: Revision, known: Mapping[str, Shape]) -> dict[str, tuple[str, ...]]:
    """Frame parameter -> its columns that only slots name; none where there are no such slots."""
    if not any(p.type in ("column", "columns") for p in revision.parameters):
        return {}
    texts = "\n".join([revision.source, *(claim.code for claim in revision.properties)])
    named = {name for requirement in revision.requires for name in requirement.columns}
    found = {
        parameter: tuple(c for c in shape if c not in named and not re.search(rf"['\"]{re.escape(c)}['\"]", texts))
        for parameter, shape in known.items()
    }
    return {parameter: columns for parameter, columns in found.items() if columns}


def respelled(
    revision: Revision, arguments: Mapping[str, Any], known: Mapping[str, Shape], columns: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """`arguments` with the other names for `columns`, in the frames and in the slots that name them."""
    names = {c: new for p, free_ in columns.items() for c, new in spelled(tuple(known[p])).items() if c in free_}
    found = dict(arguments)
    for parameter in revision.parameters:
        value = arguments.get(parameter.name)
        if parameter.name in columns:
            found[parameter.name] = [{names.get(k, k): v for k, v in row.items()} for row in value or ()]
        elif parameter.type == "column":
            found[parameter.name] = names.get(value, value) if isinstance(value, str) else value
        elif parameter.type == "columns" and isinstance(value, list):
            found[parameter.name] = [names.get(c, c) for c in value]
    return found


def classes(named: Iterable[str], shape: Shape, mentioned: Container[str] = ()) -> dict[str, str]:
    """Column -> class of a frame with columns `named` where `shape` is declared, in either spelling.

    Parameters
    ----------
    mentioned : what the slots beside it hold, which tells the spelling where the frame has no rows.
    """
    names = list(named)
    if not names:
        others = spelled(tuple(shape))
        return {others[c] if others[c] in mentioned else c: kind for c, kind in shape.items()}
    other = {new: old for old, new in spelled(tuple(shape)).items()}
    if any(name in other for name in names):
        return {name: shape.get(other.get(name, name), "") for name in names}
    return {**shape, **{name: "" for name in names if name not in shape}}
