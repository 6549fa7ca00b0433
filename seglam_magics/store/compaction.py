"""Compaction: segments of kernels that have ended become a volume of the archive, and only then are removed.

The volume is complete and forced to the disk before it gets its name, and it has its name before a segment goes. Who
reads in between finds both and takes a segment that is in the archive for read; who compacts after a crash removes what
the other could not. A segment with damage stays where it is: nothing of it is thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any, BinaryIO

from .archive import ACTIVITY, DEFINITIONS, FOLDER, Archive, Content, Kept, Run, Volume, contents, volumes_of
from .formats import check_format
from .lines import SKIPPED, decode
from .lock import held, take
from .log import cannot_write
from .segments import FOLDER as SEGMENTS
from .segments import Damage, Place, Segment, listed, parts
from .writer import LARGEST, sync_folder

LOCK = "compact.lock"
_MANY, _LARGE = 64, LARGEST  # segments and bytes
_TOGETHER, _BYTES = 200, 64 << 20  # segments and bytes of one volume
_UNFINISHED = ".unfinished"
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class _EndedError(Exception):
    """It was told to end; nothing of the volume at hand is used."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: segments and bytes of lines that moved to the archive."""

    segments: int = 0
    bytes: int = 0


def compact(folder: Path, most: int | None = None, rest: Callable[[], bool] = bool) -> Compacted | None:
    """Move what ended kernels wrote to the archive; None when another process is doing so at this moment.

    Killed at any point it loses nothing and doubles nothing; the next one goes on.

    Parameters
    ----------
    most : stop after about so many bytes; None takes everything.
    rest : called every few milliseconds, may wait a moment; True where it is time to end.

    Raises
    ------
    SeglamError : E-STORE-WRITE, E-STORE-VERSION; the segments are untouched.

    >>> import tempfile
    >>> from seglam_magics.store import FolderLog
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = FolderLog(Path(folder))
    ...     _ = log.append("hit", {"question": "how many?"})
    ...     log.close()
    ...     compact(Path(folder)).segments, [event.kind for event in FolderLog(Path(folder)).tail()]
    (1, ['hit'])
    """
    if not (folder / SEGMENTS).is_dir():
        return Compacted()
    try:
        check_format(folder)
        with held(folder / LOCK) as taken:
            return _compacted(folder, most, rest) if taken else None
    except OSError as error:
        raise cannot_write(folder, error) from error


def worth(folder: Path) -> bool:
    """Whether there are so many segments, or such large ones, that reading them takes longer than it needs to."""
    segments = listed(folder)
    return len(segments) > _MANY or sum(segment.size for segment in segments) > _LARGE


def _compacted(folder: Path, most: int | None, rest: Callable[[], bool]) -> Compacted:
    _swept(folder)
    segments = size = 0
    tried: set[str] = set()
    while most is None or size < most:
        with ExitStack() as locks:
            ended = list(_ended(folder, tried, locks))
            if not ended:
                break
            try:
                moved = _written(folder, ended, rest)
            except _EndedError:
                _swept(folder)
                break
            for segment in ended:
                if segment.name in moved:
                    _removed(segment.path)
        segments += len(moved)
        size += sum(kept.place.offset for kept in moved.values())
    return Compacted(segments, size)


def _swept(folder: Path) -> None:
    """Remove what a compaction that was killed has left."""
    for path in (folder / FOLDER).glob(f"*{_UNFINISHED}"):
        rmtree(path, ignore_errors=True)


def _ended(folder: Path, tried: set[str], locks: ExitStack) -> Iterator[Segment]:
    """Segments that nobody writes any more, as many as fit a volume; `locks` holds them. Those moved before go."""
    volumes, segments = Archive(folder).sources(Damage())
    moved = {name: kept for volume in volumes for name, kept in volume.segments.items()}
    count = size = 0
    for segment in segments:
        if segment.name in tried or segment.size < 0 or count >= _TOGETHER or size >= _BYTES:
            continue
        tried.add(segment.name)
        if not _locked(segment, locks):
            continue
        if segment.name in moved:
            if segment.size <= moved[segment.name].place.offset:
                _removed(segment.path)
        elif segment.size:
            count, size = count + 1, size + segment.size
            yield segment
        else:
            _removed(segment.path)


def _locked(segment: Segment, locks: ExitStack) -> bool:
    """Hold the segment until `locks` are let go; False where its kernel lives, or it cannot be opened."""
    try:
        handle = os.open(segment.path, _FLAGS)
    except OSError:
        return False
    locks.callback(os.close, handle)
    return take(handle) and os.fstat(handle).st_size == segment.size


def _removed(path: str) -> None:
    with suppress(OSError):  # open on Windows, or of another owner: the next compaction tries again
        Path(path).unlink()


# ---------------------------------------------------------------- writing a volume


class _File:
    """A file of a volume while it is written: where it ends, and the SHA-256 of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self._digest = sha256()

    def write(self, lines: list[bytes]) -> None:
        """Add these lines."""
        if lines:
            block = b"\n".join([*lines, b""])
            self.file.write(block)
            self._digest.update(block)
            self.size += len(block)

    def cut(self, size: int, digest: Any) -> None:
        """Back to an earlier end."""
        self.file.seek(size)
        self.file.truncate()
        self.size, self._digest = size, digest

    def mark(self) -> tuple[int, Any]:
        """What `cut` takes."""
        return self.size, self._digest.copy()

    def content(self) -> Content:
        """What it holds."""
        return Content(self.size, self._digest.hexdigest())

    def sync(self) -> None:
        """Force it to the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())


def _written(folder: Path, segments: list[Segment], rest: Callable[[], bool]) -> dict[str, Kept]:
    """Write a volume of these segments; those of them that it holds."""
    number = max(map(int, volumes_of(folder)), default=0) + 1
    path = folder / FOLDER / f"{number:06}"
    unfinished = path.with_suffix(_UNFINISHED)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished.mkdir(mode=0o700)
    with _new(unfinished / DEFINITIONS) as one, _new(unfinished / ACTIVITY) as other:
        definitions, activity = _File(one), _File(other)
        moved, clock = _moved(segments, definitions, activity, rest)
        volume = Volume(path, clock, moved, definitions.content(), activity.content())
        one.write(contents(volume))
        other.write(contents(volume))
        definitions.sync()
        activity.sync()
    if moved:
        sync_folder(unfinished)
        unfinished.rename(path)
        sync_folder(folder / FOLDER)
    else:
        rmtree(unfinished, ignore_errors=True)
    return moved


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")


def _moved(
    segments: list[Segment], definitions: _File, activity: _File, rest: Callable[[], bool]
) -> tuple[dict[str, Kept], int]:
    """Copy sound segments; where they lie now, and the largest clock."""
    moved: dict[str, Kept] = {}
    clocks = [0]
    for segment in segments:
        before, beside = definitions.mark(), activity.mark()
        try:
            place, clock = _copied(segment, definitions, activity, rest)
            runs = Run(before[0], definitions.size - before[0]), Run(beside[0], activity.size - beside[0])
            moved[segment.name] = Kept(place, *runs)
            clocks.append(clock)
        except ValueError:
            definitions.cut(*before)
            activity.cut(*beside)
    return moved, max(clocks)


def _copied(segment: Segment, definitions: _File, activity: _File, rest: Callable[[], bool]) -> tuple[Place, int]:
    """The place after the segment, and its clock there.

    Raises
    ------
    ValueError : not all of it is sound, or there is nothing in it.
    """
    damage = Damage()
    place, last = Place(), b""
    for part in parts(segment, Place(), damage):
        definitions.write([line for line in part.lines if not line.startswith(SKIPPED)])
        activity.write([line for line in part.lines if line.startswith(SKIPPED)])
        place, last = part.place, part.lines[-1] if part.lines else last
        if rest():
            raise _EndedError
    if damage.places:
        raise ValueError(damage.sentences[0])
    return place, decode(last).clock
