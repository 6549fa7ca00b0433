"""Reading segments: only complete lines, each one checked, what is broken left out and noted."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from .lines import NO_ACTIVITY, OPENING, PREV, SKIPPED, START, SUM, decode, glued, marker, salvaged, whole

FOLDER = "segments"
SUFFIX = ".jsonl"
_BLOCK = 1 << 18  # bytes read at once: large enough for few calls, small enough to stay in the processor's cache
FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_REMEMBERED = 10_000  # places of damage kept per segment


class Segment(NamedTuple):
    """A file of events written by one kernel.

    Attributes
    ----------
    name : its file name; `KERNEL.jsonl`, or `KERNEL.2.jsonl` when the kernel had to begin another.
    size : in bytes, as of when it was listed; -1 for what is no plain file.
    """

    path: str
    name: str
    size: int

    @property
    def kernel(self) -> str:
        """Id of the kernel that writes it."""
        return self.name.partition(".")[0]


class Place(NamedTuple):
    """How far a segment was read: offset in bytes, and the check sum of the last line (empty after a broken one)."""

    offset: int = 0
    last: bytes = START


class Part(NamedTuple):
    """Sound lines read in one go, and the place after them."""

    lines: list[bytes]
    place: Place


class Damage:
    """What could not be read, told once however often it is met."""

    def __init__(self) -> None:
        self._found: dict[str, dict[int, str]] = {}

    def note(self, segment: str, offset: int, what: str) -> None:
        """Remember damage of the kind `what` (a key of `sentences.toml`) at this byte."""
        places = self._found.setdefault(segment, {})
        if len(places) < _REMEMBERED:
            places[offset] = what

    @property
    def places(self) -> list[tuple[str, int, str]]:
        """(segment, offset, kind of damage) of everything found."""
        return [(name, at, what) for name, places in sorted(self._found.items()) for at, what in sorted(places.items())]

    @property
    def sentences(self) -> list[str]:
        """One sentence per segment and kind of damage."""
        grouped: dict[tuple[str, str], list[int]] = {}
        for name, at, what in self.places:
            grouped.setdefault((name, what), []).append(at)
        says = wordings()["damage"]
        return [says[what].format(segment=name, count=len(at), first=at[0]) for (name, what), at in grouped.items()]


@cache
def wordings() -> dict[str, Any]:
    """The contents of `sentences.toml`."""
    text = resources.files(__package__).joinpath("sentences.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def listed(folder: Path) -> list[Segment]:
    """The segments of a store, by name; none where there is no folder yet. One `stat` each, nothing is opened.

    Raises
    ------
    OSError : the folder is there and cannot be listed.
    """
    try:
        with os.scandir(folder / FOLDER) as entries:
            found = [segment for entry in entries if (segment := _segment(entry))]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=itemgetter(1))


def _segment(entry: os.DirEntry[str]) -> Segment | None:
    if not entry.name.endswith(SUFFIX):
        return None
    try:
        # What Windows lists beside a name is the size when the file was last closed.
        info = Path(entry.path).lstat() if os.name == "nt" else entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # removed at this moment
        return None
    return Segment(entry.path, entry.name, info.st_size if stat.S_ISREG(info.st_mode) else -1)


def parts(segment: Segment, place: Place, damage: Damage) -> Iterator[Part]:
    """Every sound line after `place`, block by block. Nothing is opened when the segment did not grow."""
    if segment.size < place.offset:
        if segment.size >= 0:
            damage.note(segment.name, segment.size, "cut")
            yield Part([], Place(segment.size, b""))
        else:
            damage.note(segment.name, 0, "foreign")
        return
    if segment.size == place.offset:
        return
    mark = marker(segment.kernel)
    for block in _blocks(segment, place.offset, damage):
        part = verified(block[:-1].split(b"\n"), mark, place, segment.name, damage)
        place = part.place
        yield part


def definitions(segment: Segment, place: Place, damage: Damage) -> tuple[list[bytes], Place, bytes]:
    """The sound lines after `place` that are no activity, the place after them, and the last line of any kind (or b"").

    Lines of activity are stepped over by their first bytes. Only where something does not add up are they checked too.
    """
    quick = _quick(segment, place, damage)
    if quick is not None:
        return quick
    found: list[bytes] = []
    final = b""
    for part in parts(segment, place, damage):
        found += [line for line in part.lines if not line.startswith(SKIPPED)]
        final, place = (part.lines[-1] if part.lines else final), part.place
    return found, place, final


def _quick(segment: Segment, place: Place, damage: Damage) -> tuple[list[bytes], Place, bytes] | None:
    """As `definitions`, or None where a line is broken or missing. Never splits a block into its lines."""
    if segment.size == place.offset:
        return [], place, b""
    if segment.size < place.offset or not place.last:
        return None
    mark = marker(segment.kernel)
    found: list[bytes] = []
    first = final = b""
    start, count = place.last, 0
    for block in _blocks(segment, place.offset, damage):
        lines = block.count(b"\n")
        if block.count(OPENING) != lines and glued(mark).search(block):
            return None
        for last, line in _picked(block, place.last):
            if line[PREV] != last or not whole(line, mark):
                return None
            found.append(line)
        first = first or block[: block.index(b"\n")]
        final = block[block.rfind(b"\n", 0, -1) + 1 : -1]
        count += lines
        place = Place(place.offset + len(block), final[SUM])
    sound = not count or (first[PREV] == start and _numbered(first, final, count, mark))
    return (found, place, final) if sound else None


def _picked(block: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The lines of a block that are no activity, each with the check sum of the line before it."""
    text = b"\n" + block
    for found in NO_ACTIVITY.finditer(text, 0, len(text) - 1):
        start = found.end()
        yield text[start - 19 : start - 3] if start > 1 else last, text[start : text.index(b"\n", start)]


def _numbered(first: bytes, final: bytes, count: int, mark: bytes) -> bool:
    """Whether the numbers of the first and last line leave room for exactly the lines there are."""
    if not (whole(first, mark) and whole(final, mark)):
        return False
    try:
        return decode(final).number - decode(first).number + 1 == count
    except ValueError:
        return False


def verified(lines: list[bytes], mark: bytes, place: Place, name: str, damage: Damage) -> Part:
    """The sound ones of lines that begin at `place` of the segment `name`; what is broken or missing is noted."""
    offset, last = place
    sound: list[bytes] = []
    for line in lines:
        kept = line if whole(line, mark) else salvaged(line, mark)
        if kept is not line:
            damage.note(name, offset, "broken")
        elif last not in (line[PREV], b""):
            damage.note(name, offset, "missing")
        if kept:
            sound.append(kept)
        last = kept[SUM] if kept else b""  # the line after a broken one cannot be chained to it
        offset += len(line) + 1
    return Part(sound, Place(offset, last))


def _blocks(segment: Segment, offset: int, damage: Damage) -> Iterator[bytes]:
    """Runs of complete lines from `offset` on; what follows the last newline was never acknowledged."""
    try:
        handle = os.open(segment.path, FLAGS)
    except FileNotFoundError:
        return
    except OSError:
        damage.note(segment.name, offset, "closed")
        return
    try:
        os.lseek(handle, offset, os.SEEK_SET)
        rest = b""
        while block := os.read(handle, _BLOCK):
            block = rest + block
            end = block.rfind(b"\n") + 1
            if end:
                yield block[:end]
            rest = block[end:]
    except OSError:
        damage.note(segment.name, offset, "closed")
    finally:
        os.close(handle)
