"""The format of a store's folder: which one it has, and bringing an older one up to date.

The format is a number in the file `format`; a store without it has format 1. Lines of events have not changed so far.
A store of another format is read as well as can be and never written.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from shutil import copytree

from ..errors import SeglamError
from .archive import FOLDER as ARCHIVE
from .archive import volumes_of
from .lock import held, take
from .log import UPDATE, cannot_write
from .segments import FOLDER, listed
from .writer import FORMAT, FORMAT_FILE, sync_folder, write_format

OLDER = "%seglam store migrate-if-needed brings it up to date and keeps a copy of it"


def s002_archive(folder: Path) -> None:
    """Kernels hold a lock on the segment they write, so that others can move it to the archive when they end."""
    del folder  # nothing that is there changes


STEPS: list[Callable[[Path], None]] = [s002_archive]
"""Every change of the folder, in order: the n-th leads to format n + 1. Append only."""


def format_of(folder: Path) -> int:
    """The format of the store in this folder; today's where there is none yet, 0 where it cannot be told.

    Raises
    ------
    OSError : the store cannot be read.
    """
    try:
        text = (folder / FORMAT_FILE).read_bytes()[:16]
        return int(text) if text.strip().isdigit() else 0
    except (FileNotFoundError, NotADirectoryError):
        return 1 if listed(folder) or volumes_of(folder) else FORMAT


def check_format(folder: Path) -> None:
    """Nothing, where the store has today's format or there is none yet.

    Raises
    ------
    SeglamError : E-STORE-VERSION.
    OSError : the store cannot be read.

    >>> check_format(Path("/no/store/here"))
    """
    found = format_of(folder)
    if found != FORMAT:
        why = f"it has format {found or 'unknown'}, and this seglam writes format {FORMAT}"
        raise SeglamError("E-STORE-VERSION", path=folder, why=why, advice=OLDER if 0 < found < FORMAT else UPDATE)


def upgrade(folder: Path) -> tuple[Path, list[str]] | None:
    """Bring an older store up to date; None where that was not needed.

    Returns
    -------
    Where the copy of the older one is, and the names of the steps that were taken.

    Raises
    ------
    SeglamError : E-STORE-VERSION for a newer one, E-STORE-BUSY, E-STORE-WRITE; the store is as it was.
    """
    try:
        found = format_of(folder)
        if found == FORMAT:
            return None
        if not 0 < found < FORMAT:
            check_format(folder)
        with ExitStack() as locks:
            _alone(folder, locks)
            copy = backup(folder, folder / f"before-format-{FORMAT}")
            for step in STEPS[found - 1 :]:
                step(folder)
            write_format(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return copy, [step.__name__ for step in STEPS[found - 1 :]]


def _alone(folder: Path, locks: ExitStack) -> None:
    """Nobody publishes, folds, compacts or appends until the locks are let go; E-STORE-BUSY where somebody does."""
    taken = all(locks.enter_context(held(folder / name)) for name in ("lock", "view.lock", "compact.lock"))
    for segment in listed(folder):
        if segment.size >= 0 and taken:
            handle = os.open(segment.path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            locks.callback(os.close, handle)
            taken = take(handle)
    if not taken:
        raise SeglamError("E-STORE-BUSY", path=folder, why="another kernel writes it or reads its view")


def backup(folder: Path, to: Path) -> Path:
    """Copy the truth of a store - segments, archive and format, not the view - to a folder that is not there yet.

    Returns
    -------
    The folder; with a number behind its name where there was one of that name.

    Raises
    ------
    OSError : it cannot be read or written.
    """
    free = next(
        path for n in range(1, 10_000) if not os.path.lexists(path := to.with_name(to.name + f"-{n}" * (n > 1)))
    )
    free.mkdir(mode=0o700, parents=True)
    # The archive last: a segment that a compaction moves meanwhile is in one of the two, or in both, which is the same.
    for part in (FOLDER, ARCHIVE):
        if (folder / part).is_dir():
            copytree(folder / part, free / part, symlinks=True, ignore=_vanishing, copy_function=_copied)
    with suppress(FileNotFoundError):
        (free / FORMAT_FILE).write_bytes((folder / FORMAT_FILE).read_bytes())
    sync_folder(free)
    return free


def _vanishing(folder: str, names: list[str]) -> list[str]:
    """Names of a volume that is not finished, and of what is no file or folder."""
    there = [Path(folder, name) for name in names]
    return [path.name for path in there if path.suffix == ".unfinished" or not (path.is_file() or path.is_dir())]


def _copied(source: str, target: str) -> None:
    with suppress(FileNotFoundError):  # moved to the archive meanwhile
        content = Path(source).read_bytes()
        Path(target).write_bytes(content)
