"""Writing one kernel's segment: one write per line, and never a line behind the rest of a torn one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..words import Event
from .lines import PREV, START, SUM, checked, decode, encode, marker, stamp, whole
from .lock import take
from .log import new_kernel
from .segments import FOLDER, SUFFIX

FORMAT = 2
LARGEST = 8 << 20  # bytes after which another segment is begun, so that a compaction need not wait for the kernel's end
FORMAT_FILE = "format"

# O_EXCL: a segment has one writer, and nothing that lies there beforehand is followed or continued.
_FLAGS = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class _End(NamedTuple):
    """Where the segment ends: number of the last event, its check sum, and the size in bytes."""

    number: int = 0
    last: bytes = START
    size: int = 0


class Writer:
    """The pen of one kernel. Not safe to use from several threads; the log around it takes turns.

    Nothing is written before the first `append`. Its state is one tuple, replaced in one step after the write: whatever
    interrupts it in between, the next `append` compares the size of the file and mends what it finds.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kernel = new_kernel()
        self._process = os.getpid()
        self._handle: int | None = None
        self._files = 0
        self._end = _End()
        self._listed = False

    def append(self, kind: str, data: Mapping[str, Any], clock: int, *, durable: bool) -> Event:
        """Write one event and return it.

        Raises
        ------
        OSError : nothing was written, or only what the next append takes away again.
        """
        if self._process != os.getpid():  # a forked child must not continue its parent's segment
            self._begin_anew()
        handle, end = self._ready()
        event = Event(checked(kind), data, self.kernel, end.number + 1, clock, stamp())
        line = encode(event, end.last)
        self._write(handle, line, end)
        self._end = _End(event.number, line[-19:-3], end.size + len(line))
        if durable:
            self._sync(handle)
        return event

    def close(self) -> None:
        """Close the segment; a later append begins another."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                os.close(handle)

    def _begin_anew(self) -> None:
        self.close()
        self.kernel, self._process, self._files, self._end = new_kernel(), os.getpid(), 0, _End()

    def _ready(self) -> tuple[int, _End]:
        """The open segment and its end, mended where an earlier write was torn or the file was touched."""
        if self._handle is None:
            return self._open(), self._end
        info = os.fstat(self._handle)
        sound = info.st_size == self._end.size or (info.st_size > self._end.size and self._mended(self._handle))
        if info.st_nlink and sound and self._end.size < LARGEST:
            return self._handle, self._end
        return self._open(), self._end

    def _open(self) -> int:
        """Begin another segment, in a folder that may have to be made first (or again)."""
        self.close()
        prepare(self.folder)
        self._handle = self._made()
        self._end, self._listed = _End(self._end.number), False
        return self._handle

    def _made(self) -> int:
        """A new segment, locked for as long as it is open: what nobody holds may be moved to the archive.

        Raises
        ------
        OSError : it cannot be made, or its file system knows no locks.
        """
        while True:
            self._files += 1
            name = self.kernel + (f".{self._files}" if self._files > 1 else "") + SUFFIX
            try:
                handle = os.open(self.folder / FOLDER / name, _FLAGS, 0o600)
            except FileExistsError:  # another kernel of this id, in a store put together of two
                self._renamed()
                continue
            try:
                if take(handle) and os.fstat(handle).st_nlink:  # else a compaction was quicker
                    return handle
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def _renamed(self) -> None:
        """Take another id, as long as nothing was written under the present one."""
        if not self._end.number:
            self.kernel, self._files = new_kernel(), 0

    def _write(self, handle: int, line: bytes, end: _End) -> None:
        written = 0
        try:
            while written < len(line):  # a full disk shows as a short write first; the next one says why
                written += os.write(handle, line[written:] if written else line)
        except OSError:
            if written:
                with suppress(OSError):
                    os.ftruncate(handle, end.size)
            raise

    def _mended(self, handle: int) -> bool:
        """Adopt whole lines that were written though the call did not return, take away anything else."""
        os.lseek(handle, self._end.size, os.SEEK_SET)
        rest = b""
        while block := os.read(handle, 1 << 20):
            rest += block
        mark = marker(self.kernel)
        for line in rest.split(b"\n")[:-1]:
            if not (whole(line, mark) and line[PREV] == self._end.last):
                break
            self._end = _End(decode(line).number, line[SUM], self._end.size + len(line) + 1)
        try:
            os.ftruncate(handle, self._end.size)
        except OSError:
            return False
        return True

    def _sync(self, handle: int) -> None:
        """Force the segment to the disk, and at first its name too.

        When that fails the line may or may not survive, and others may have read it: so it is not taken back, its
        number is not used again, and the next event goes to another segment.
        """
        try:
            os.fsync(handle)
            if not self._listed:
                sync_folder(self.folder / FOLDER)
                self._listed = True
        except OSError:
            self.close()
            raise


def prepare(folder: Path) -> None:
    """Make the store's folders, for their owner only, and keep them out of version control.

    Raises
    ------
    OSError : they cannot be made.
    """
    if (folder / FOLDER).is_dir() and (folder / ".gitignore").exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not ((folder / FOLDER).exists() or (folder / FORMAT_FILE).exists()):
        write_format(folder)
    (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        handle = os.open(folder / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, b"*\n")
        finally:
            os.close(handle)
    sync_folder(folder)


def write_format(folder: Path) -> None:
    """Say in the store that it has today's format.

    Raises
    ------
    OSError : it cannot be written.
    """
    fresh = folder / f"{FORMAT_FILE}.{new_kernel()}"
    fresh.write_bytes(b"%d\n" % FORMAT)
    fresh.chmod(0o600)
    fresh.replace(folder / FORMAT_FILE)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
