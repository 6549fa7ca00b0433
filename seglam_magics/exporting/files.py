"""Files that are there whole or not at all: written beside their place and moved into it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..errors import SeglamError


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SeglamError("E-EXPORT-WRITE", path=path, why=error.strerror or str(error)) from None


def write_file(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text file; another one is replaced only with `force`.

    Raises
    ------
    SeglamError : E-EXPORT-EXISTS, E-EXPORT-WRITE.
    """
    with _reported(path):
        if os.path.lexists(path) and not force:
            raise SeglamError("E-EXPORT-EXISTS", path=path)
        replace_text(path, text)


def replace_text(path: Path, text: str) -> None:
    """Write a text file over whatever is there, at once; raises OSError and leaves nothing behind then."""
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # noqa: PTH101 - a temporary file is its owner's alone
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise


def write_folder(folder: Path, files: Mapping[str, str], *, mark: str, force: bool = False) -> None:
    """Write a folder of text files; one that `mark` says is ours is replaced with `force`, another never.

    Parameters
    ----------
    mark : first line of the folder's `pyproject.toml` where we have written it.

    Raises
    ------
    SeglamError : E-EXPORT-EXISTS, E-EXPORT-WRITE.
    """
    with _reported(folder):
        there = os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir()))
        if there and not (force and _is_ours(folder, mark)):
            raise SeglamError("E-EXPORT-EXISTS", path=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
            made, old = Path(beside, "new"), Path(beside, "old")
            for name, text in files.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            _exchange(folder, made, old)


def _is_ours(folder: Path, mark: str) -> bool:
    try:
        return (folder / "pyproject.toml").read_text(encoding="utf-8").startswith(mark)
    except (OSError, UnicodeDecodeError):
        return False


def _exchange(folder: Path, made: Path, old: Path) -> None:
    if folder.exists():
        folder.rename(old)
    try:
        made.rename(folder)
    except OSError:
        if old.exists():
            shutil.move(old, folder)
        raise
