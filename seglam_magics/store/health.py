"""The health of a store: its sizes, and whether every line of it is as it was written."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import SeglamError
from .archive import FOLDER as ARCHIVE
from .archive import Archive, check_copy, defined
from .duck import FILE
from .folding import VIEW_LOCK, Folded, fold
from .formats import format_of
from .lines import SKIPPED
from .lock import holder
from .log import cannot_read
from .reading import unread
from .segments import FOLDER, Damage, Place

_ASIDE = (f"{FILE}.corrupt-*", f"{FILE}.before-*", "before-*/**/*")


@dataclass(frozen=True, slots=True)
class Size:
    """Files of one part of a store, and their bytes."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Health:
    """What reading all of a store has shown.

    Attributes
    ----------
    format : number of the format of the folder.
    events : sound ones.
    definitions : those of them that are no activity.
    damage : a sentence for each kind of damage and place; empty for a sound store.
    """

    format: int
    events: int
    definitions: int
    damage: tuple[str, ...]


def sizes(folder: Path) -> dict[str, Size]:
    """How much lies where: `segments`, `archive`, `view`, and `aside`, which seglam does not need any more."""
    return {
        "segments": _size(folder.glob(f"{FOLDER}/*.jsonl")),
        "archive": _size(folder.glob(f"{ARCHIVE}/*/*.jsonl")),
        "view": _size([folder / FILE, folder / f"{FILE}.wal"]),
        "aside": _size(path for kind in _ASIDE for path in folder.glob(kind)),
    }


def examined(folder: Path, told: Callable[[int], object] = int) -> Health:
    """Read every line of the store, and check its sum and its place in the chain. Writes nothing.

    Parameters
    ----------
    told : called now and then with the number of sound events read so far.

    Raises
    ------
    SeglamError : E-STORE-READ.

    >>> import tempfile
    >>> from seglam_magics.store import FolderLog
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = FolderLog(Path(folder)).append("hit", {})
    ...     examined(Path(folder))
    Health(format=2, events=1, definitions=0, damage=())
    """
    damage, archive = Damage(), Archive(folder)
    places: dict[str, Place] = {}
    events = definitions = 0
    try:
        for _, part in unread(archive, places, damage):
            events += len(part.lines)
            definitions += sum(not line.startswith(SKIPPED) for line in part.lines)
            told(events)
        for volume in archive.sources(damage)[0]:
            defined(volume, damage)
            check_copy(volume, damage)
        return Health(format_of(folder), events, definitions, tuple(damage.sentences))
    except OSError as error:
        raise cannot_read(folder, error) from error


def rebuilt(folder: Path) -> Folded:
    """Make the view again from the log.

    Raises
    ------
    SeglamError : E-STORE-BUSY where another process reads or folds it, E-STORE-WRITE.
    """
    folded = fold(folder, anew=True)
    if folded is None:
        raise SeglamError("E-STORE-BUSY", path=folder, why=f"{holder(folder / VIEW_LOCK)} reads its view or updates it")
    return folded


def _size(paths: Iterable[Path]) -> Size:
    found = [size for path in paths if (size := _bytes(path)) is not None]
    return Size(len(found), sum(found))


def _bytes(path: Path) -> int | None:
    """The size of a plain file; None for anything else, and for what vanished."""
    try:
        info = path.lstat()
    except OSError:
        return None
    return info.st_size if stat.S_ISREG(info.st_mode) else None
