"""Folding: whoever gets the lock brings what is new in the segments into `seglam.duckdb`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SeglamError
from .agreeing import disagreement
from .archive import volumes_of
from .duck import FILE, broken, connect, load, migrate
from .formats import check_format
from .lock import held
from .log import cannot_write
from .segments import Damage, listed, wordings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VIEW_LOCK = "view.lock"
UNFINISHED = "view.unfinished"  # there while a fold is at work, and after one that was killed
_BROKEN, _RECOVERED = "E-STORE-CORRUPT", "W-STORE-RECOVERED"
_KEPT = 9  # broken files; a machine that breaks every one of them must not fill its disk with them


@dataclass(frozen=True, slots=True)
class Folded:
    """What a fold did.

    Attributes
    ----------
    events : how many were brought in.
    damage : sentences about lines that could not be read.
    recovered : E-STORE-CORRUPT where the view was broken, W-STORE-RECOVERED where it was sound but not of this log, or
        a fold was cut short and left none of its unfinished writes. In each case it is made again and complete now.
    """

    events: int = 0
    damage: tuple[str, ...] = ()
    recovered: SeglamError | None = field(default=None, compare=False)


def fold(folder: Path, *, anew: bool = False) -> Folded | None:
    """Bring new events into the view; None when another process is doing so, or reads it, at this moment.

    Rows and places are committed together, so a fold that is killed is continued by the next one: nothing is lost and
    nothing comes twice. A broken file is renamed to `seglam.duckdb.corrupt-N` and made again from the segments.

    Parameters
    ----------
    anew : take the present file for broken.

    Raises
    ------
    SeglamError : E-STORE-READ, E-STORE-WRITE, E-STORE-VERSION; the segments are untouched.
    """
    try:
        if not (listed(folder) or volumes_of(folder)):
            return Folded()
        check_format(folder)
        with held(folder / VIEW_LOCK) as taken:
            if not taken:
                return None
            return _anew(folder, _BROKEN, wordings()["view"]["broken"]) if anew else _folded(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _folded(folder: Path) -> Folded:
    import duckdb

    try:
        return _into_file(folder)
    except _ForeignError as error:
        code, why = _RECOVERED, str(error)
    except duckdb.Error as error:
        if not broken(error):
            raise cannot_write(folder, str(error).splitlines()[0]) from error
        code, why = _BROKEN, wordings()["view"]["broken"]
    return _anew(folder, code, why)


def _anew(folder: Path, code: str, why: str) -> Folded:
    """Put the present file aside, and make another."""
    import duckdb

    kept = _set_aside(folder)
    try:
        folded = _into_file(folder)
    except duckdb.Error as error:
        raise cannot_write(folder, str(error).splitlines()[0]) from error
    return replace(folded, recovered=_recovered(folder, code, why, kept))


class _ForeignError(Exception):
    """The file is a sound database, but not a view of this log."""


def _into_file(folder: Path) -> Folded:
    path, unfinished = folder / FILE, folder / UNFINISHED
    if path.is_symlink():
        _set_aside(folder)
    elif path.is_file() and not path.stat().st_size:  # a full disk let it be named but not filled
        path.unlink()
    lost = path.exists() and unfinished.exists() and not _wal(folder).exists()
    damage = Damage()
    connection = connect(path)
    try:
        path.chmod(0o600)
        unfinished.touch(mode=0o600)
        events = _brought(connection, folder, damage)
    finally:
        connection.close()
    if not _wal(folder).exists():
        unfinished.unlink(missing_ok=True)
    recovered = _recovered(folder, _RECOVERED, wordings()["view"]["unfinished"], "") if lost else None
    return Folded(events, tuple(damage.sentences), recovered)


def _recovered(folder: Path, code: str, why: str, kept: str) -> SeglamError:
    kept = wordings()["view"]["kept"].format(name=kept) if kept else ""
    return SeglamError(code, path=folder, why=why, kept=kept)


def _wal(folder: Path) -> Path:
    return folder / f"{FILE}.wal"


def _brought(connection: DuckDBPyConnection, folder: Path, damage: Damage) -> int:
    import duckdb

    migrate(connection, folder / FILE)
    if why := disagreement(connection, folder):
        raise _ForeignError(why)
    events = load(connection, folder, damage)
    if events or _wal(folder).exists():
        try:
            connection.execute("checkpoint")
        except duckdb.Error as error:  # on a full disk what was committed stays in the WAL, for a later checkpoint
            if broken(error):
                raise
    return events


def _set_aside(folder: Path) -> str:
    """Rename the view, and its log of unfinished writes with it: left behind it would be applied to the new file.

    Returns
    -------
    What the view is called now, "" where there was none.
    """
    path, wal = folder / FILE, _wal(folder)
    there = _there(path)
    free = next((n for n in range(1, _KEPT) if not _there(folder / f"{FILE}.corrupt-{n}")), _KEPT)
    for old, new in ((path, f"{FILE}.corrupt-{free}"), (wal, f"{FILE}.corrupt-{free}.wal")):
        if _there(old):
            old.replace(folder / new)
    return f"{FILE}.corrupt-{free}" if there else ""


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
