"""The archive: what kernels that have ended wrote, in volumes that never change.

A volume is a folder with two files of lines as they were written, segment after segment: `definitions.jsonl` and
`activity.jsonl`. A snapshot reads the former only. The last line of each is the table of contents. The table makes
reading fast: where both are lost or broken, it is made again from the lines.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from .lines import PREV, START, SUM, head_of, marker, short, whole
from .segments import FLAGS, SUFFIX, Damage, Part, Place, Segment, listed, verified

FOLDER = "archive"
DEFINITIONS, ACTIVITY = "definitions.jsonl", "activity.jsonl"
_NAME = re.compile(r"\d{6}")
_CONTENTS = b'{"archive":1,'


class Run(NamedTuple):
    """Where the lines of one segment lie in a file of a volume, in bytes."""

    start: int = 0
    size: int = 0


class Kept(NamedTuple):
    """A segment in the archive: where it ended, and where its lines are now."""

    place: Place
    definitions: Run
    activity: Run


class Content(NamedTuple):
    """What a file of lines holds: its size in bytes and the SHA-256 of them, "" where that is not known."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Volume:
    """One compaction's worth of segments.

    Attributes
    ----------
    path : its folder.
    clock : the largest Lamport clock in it.
    """

    path: Path
    clock: int
    segments: Mapping[str, Kept]
    definitions: Content
    activity: Content


def volumes_of(folder: Path) -> list[str]:
    """Names of the volumes of a store, oldest first; nothing is opened.

    Raises
    ------
    OSError : the folder is there and cannot be listed.
    """
    try:
        return sorted(name for name in os.listdir(folder / FOLDER) if _NAME.fullmatch(name))  # noqa: PTH208 (names do)
    except (FileNotFoundError, NotADirectoryError):
        return []


class Archive:
    """The archive of a store, as one reader knows it: a volume's table of contents is read once.

    Parameters
    ----------
    folder : of the store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Volume] = {}
        self._names: list[str] = []

    def sources(self, damage: Damage) -> tuple[list[Volume], list[Segment]]:
        """Volumes and segments of one moment: a segment that is in neither was written later.

        Raises
        ------
        OSError : the store cannot be listed.
        """
        names = volumes_of(self.folder)
        while True:
            segments = listed(self.folder)
            self._names, names = names, volumes_of(self.folder)
            if names == self._names:
                break
        return [self._volume(name, damage) for name in names], segments

    def settled(self) -> bool:
        """Whether no volume came since `sources`; if one did, a segment may have moved into it before it was read."""
        return volumes_of(self.folder) == self._names

    def _volume(self, name: str, damage: Damage) -> Volume:
        if name not in self._known:
            self._known[name] = opened(self.folder / FOLDER / name, damage)
        return self._known[name]


def opened(path: Path, damage: Damage) -> Volume:
    """The volume in this folder; a broken table of contents is noted, and read from its copy or made again."""
    volume = _told(path, DEFINITIONS)
    if volume is None:
        damage.note(path.name, 0, "contents")
        volume = _told(path, ACTIVITY) or _made_again(path)
    return volume


def _told(path: Path, file: str) -> Volume | None:
    """The volume as the last line of this file of it says; None where that is no sound table of contents."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        line, start = _last_line(path / file)
        volume = _volume(path, line)
        if start == (volume.definitions if file == DEFINITIONS else volume.activity).size:
            return volume
    return None


def check_copy(volume: Volume, damage: Damage) -> None:
    """Note it where the copy of the table of contents is broken; volumes of earlier versions have none."""
    try:
        size = (volume.path / ACTIVITY).stat().st_size
    except OSError:  # which reading its lines has noted
        return
    if volume.activity.digest and size != volume.activity.size and _told(volume.path, ACTIVITY) != volume:
        damage.note(volume.path.name, volume.activity.size, "contents")


def _volume(path: Path, line: bytes) -> Volume:
    """Raises what a line that is no table of contents brings about."""
    body, _, end = line.rpartition(b',"sum":"')
    if not line.startswith(_CONTENTS) or end != short(body) + b'"}':
        raise ValueError(line[:80])
    table: dict[str, Any] = json.loads(line)
    segments = {
        name: Kept(Place(size, last.encode()), Run(*definitions), Run(*activity))
        for name, (size, last, definitions, activity) in table["segments"].items()
    }
    return Volume(path, table["clock"], segments, Content(*table["definitions"]), Content(*table["activity"]))


def contents(volume: Volume) -> bytes:
    """The table of contents as the last line of both files."""
    table = {
        "archive": 1,
        "clock": volume.clock,
        "definitions": volume.definitions,
        "activity": volume.activity,
        "segments": {n: (k.place.offset, k.place.last.decode(), *k[1:]) for n, k in volume.segments.items()},
    }
    body = json.dumps(table, separators=(",", ":")).encode()[:-1]
    return b'%b,"sum":"%b"}\n' % (body, short(body))


def _last_line(path: Path) -> tuple[bytes, int]:
    """The last line of a file, without its newline, and where it begins.

    Raises
    ------
    OSError, ValueError : it cannot be read, or ends in half a line.
    """
    with os.fdopen(os.open(path, FLAGS), "rb") as file:
        size = file.seek(0, os.SEEK_END)
        span = 1 << 16
        while True:
            start = max(0, size - span)
            file.seek(start)
            block = file.read()
            at = block.rfind(b"\n", 0, -1)
            if not block.endswith(b"\n"):
                raise ValueError(block[-80:])
            if at >= 0 or not start:
                return block[at + 1 : -1], start + at + 1
            span *= 4


# ---------------------------------------------------------------- lines


def defined(volume: Volume, damage: Damage) -> list[bytes]:
    """The sound lines of definitions of all its segments, in no order; one check sum stands for all of them."""
    block = _read(volume.path / DEFINITIONS, Run(0, volume.definitions.size), damage)
    if sha256(block).hexdigest() == volume.definitions.digest:
        return block.split(b"\n")[:-1]
    lines = block.split(b"\n")
    sound = [line for line in lines if whole(line, marker(head_of(line)[0]))]
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    for line, start in zip(lines, starts, strict=False):
        if line and not whole(line, marker(head_of(line)[0])):
            damage.note(volume.path.name, start, "broken")
    if volume.definitions.digest and len(sound) == len(lines) - 1 and not damage.places:
        damage.note(volume.path.name, len(block), "missing")
    return sound


def missing(volume: Volume, name: str, place: Place, damage: Damage) -> Part:
    """The sound lines of an archived segment after `place`, as they stood in the segment."""
    kept = volume.segments[name]
    block = _read(volume.path / DEFINITIONS, kept.definitions, damage) + _read(
        volume.path / ACTIVITY, kept.activity, damage
    )
    lines = sorted(filter(None, block.split(b"\n")), key=lambda line: head_of(line)[1])
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    later = [line for line, start in zip(lines, starts, strict=False) if start >= place.offset]
    begin = Place(place.offset, place.last if place.offset in starts else b"")
    part = verified(later, marker(Segment("", name, 0).kernel), begin, name, damage)
    if starts[-1] != kept.place.offset:
        damage.note(name, starts[-1], "missing")
    return Part(part.lines, kept.place)


def _read(path: Path, run: Run, damage: Damage) -> bytes:
    """These bytes of a file; fewer where it cannot be read, which is noted."""
    if not run.size:
        return b""
    try:
        with os.fdopen(os.open(path, FLAGS), "rb") as file:
            file.seek(run.start)
            block = file.read(run.size)
    except OSError:
        block = b""
    if len(block) < run.size:
        damage.note(path.parent.name, run.start + len(block), "closed")
        block = block[: block.rfind(b"\n") + 1]
    return block


# ---------------------------------------------------------------- without a table of contents


class _Found(NamedTuple):
    """A line that was found in a file of a volume."""

    number: int
    line: bytes
    place: tuple[bool, int]  # whether among the definitions, and at which byte


def _made_again(path: Path) -> Volume:
    """The table of contents as the lines themselves tell it: a segment is what is chained from its first line on."""
    found: dict[str, list[_Found]] = {}
    for defines, file in ((True, path / DEFINITIONS), (False, path / ACTIVITY)):
        for start, line in _lines(file):
            kernel, number = head_of(line)
            if kernel and whole(line, marker(kernel)):
                found.setdefault(kernel, []).append(_Found(number, line, (defines, start)))
    segments = {name: _kept(lines) for kernel, all_of in found.items() for name, lines in _segments(kernel, all_of)}
    clock = max((json.loads(f.line)["clock"] for all_of in found.values() for f in all_of), default=0)
    ends = [k.definitions.start + k.definitions.size for k in segments.values()]
    return Volume(path, clock, segments, Content(max(ends, default=0), ""), Content(0, ""))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with os.fdopen(os.open(path, FLAGS), "rb") as file:
            start = 0
            for line in file:
                yield start, line[:-1]
                start += len(line)
    except OSError:
        return


def _segments(kernel: str, found: list[_Found]) -> Iterator[tuple[str, list[_Found]]]:
    """The lines of each segment of a kernel: the first is called after it, a later one after its first event too."""
    found.sort()
    firsts = [n for n, f in enumerate(found) if n == 0 or f.line[PREV] == START]
    for first, end in zip(firsts, [*firsts[1:], len(found)], strict=True):
        number = found[first].number
        yield kernel + (f".from-{number}" if number > 1 else "") + SUFFIX, found[first:end]


def _kept(found: list[_Found]) -> Kept:
    def run(*, defines: bool) -> Run:
        spans = [(f.place[1], f.place[1] + len(f.line) + 1) for f in found if f.place[0] is defines]
        return Run(spans[0][0], spans[-1][1] - spans[0][0]) if spans else Run()

    size = sum(len(f.line) + 1 for f in found)
    return Kept(Place(size, found[-1].line[SUM]), run(defines=True), run(defines=False))
