"""Where a store lies, and which log is opened there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ..errors import SeglamError
from .archive import volumes_of
from .folder import FolderLog
from .formats import check_format
from .lock import take
from .log import Log, cannot_write
from .memory import MemoryLog
from .segments import FOLDER, listed

PROJECT = ("pyproject.toml", ".git")


def find_store(start: Path, setting: str = "") -> Path:
    """The folder of the store; nothing is made.

    Parameters
    ----------
    start : folder the search begins in, as a rule the working directory.
    setting : the configured folder, `~` allowed, a relative one seen from `start`; "" takes `.seglam` beside the
        nearest `pyproject.toml` or `.git`, going up, and where there is none the user's data folder.

    >>> find_store(Path("/anywhere"), "/data/seglam").as_posix()
    '/data/seglam'
    """
    if setting:
        meant = os.path.expanduser(setting)  # noqa: PTH111 (Path.expanduser raises where there is no home)
        return Path(meant) if meant.startswith("~") else start / meant
    start = Path(os.path.abspath(start))  # noqa: PTH100 (without following links)
    for folder in (start, *start.parents):
        if any(os.path.lexists(folder / name) for name in PROJECT):
            return folder / ".seglam"
    from platformdirs import user_data_dir

    try:
        return Path(user_data_dir("seglam", appauthor=False))
    except RuntimeError:  # no home: left as it is, for `open_log` to say so
        return Path("~", ".seglam")


def open_log(folder: Path | None, warn: Callable[[SeglamError], object]) -> Log:
    """The log in `folder`; where nothing can be written there, one that reads what is stored and writes to memory.

    Leaves nothing behind: whether the folder can be written is tried with a file that is removed again.

    Parameters
    ----------
    folder : of the store; None keeps everything in memory, without a warning.
    warn : called once with the E-STORE-WRITE or E-STORE-VERSION that made memory necessary.

    >>> open_log(None, print).path is None
    True
    """
    if folder is None:
        return MemoryLog()
    try:
        check_format(folder)
        _try(folder)
    except OSError as error:
        warn(cannot_write(folder, error))
    except SeglamError as error:
        warn(error)
    else:
        return FolderLog(folder)
    return _beside(folder)


def _beside(folder: Path) -> Log:
    """A log in memory, beside what is stored already."""
    try:
        stored = bool(listed(folder) or volumes_of(folder))
    except OSError:
        stored = False
    if not stored:
        return MemoryLog()
    from .beside import BesideLog

    return BesideLog(folder)


def _try(folder: Path) -> None:
    """Whether a segment could be made and locked here.

    Raises
    ------
    OSError : it could not.
    """
    if folder.parts[:1] == ("~",):
        raise OSError(None, "there is no home folder")
    nearest = folder / FOLDER
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    trial = nearest / f".seglam-{secrets.token_hex(4)}"
    handle = os.open(trial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        take(handle)
    finally:
        os.close(handle)
        trial.unlink()
