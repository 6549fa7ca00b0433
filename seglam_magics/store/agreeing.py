"""Whether the view is one of this log: it holds as many events as were folded, from the segments that are there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .archive import Archive
from .duck import sql
from .segments import FLAGS, Damage, Place, wordings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SUM_FROM_END, _SUM_LENGTH = -19, 16  # of a line with its newline


def disagreement(connection: DuckDBPyConnection, folder: Path) -> str:
    """What is not so, as words; "" where the view agrees with the log as far as it was folded.

    Notices a log of unfinished writes that belongs to another database, or to an earlier state of this one. Costs a
    count and a look at the end of each segment.
    """
    says = wordings()["view"]
    told, there = connection.execute(sql("counted")).fetchone() or (0, 0)
    if told != there:
        return str(says["miscounted"].format(told=told, there=there))
    volumes, segments = Archive(folder).sources(Damage())
    ends = {name: kept.place for volume in volumes for name, kept in volume.segments.items()}
    paths = {segment.name: segment.path for segment in segments if segment.size > 0}
    for name, place, last in connection.execute("select name, place, last from segments").fetchall():
        if not _agrees(Place(place, last.encode()), ends.get(name), paths.get(name)):
            return str(says["foreign"].format(segment=name))
    return ""


def _agrees(place: Place, archived: Place | None, path: str | None) -> bool:
    """Whether a segment has, at this place, the line that was folded last."""
    if not (place.offset and place.last):
        return True
    if archived is not None:
        return place == archived or place.offset < archived.offset
    return path is None or _sum_at(path, place.offset) in (place.last, b"")


def _sum_at(path: str, end: int) -> bytes:
    """The check sum of the line that ends there; b"" where the segment is shorter, which is told as damage."""
    try:
        handle = os.open(path, FLAGS)
    except OSError:
        return b""
    try:
        os.lseek(handle, end + _SUM_FROM_END, os.SEEK_SET)
        found = os.read(handle, _SUM_LENGTH)
    except OSError:
        return b""
    finally:
        os.close(handle)
    return found if len(found) == _SUM_LENGTH else b""
