"""Folding: whoever gets the lock brings what is new in the segments into `seglam.duckdb`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .duck import FILE, broken, connect, load, migrate
from .lock import held
from .log import cannot_write
from .segments import Damage, listed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VIEW_LOCK = "view.lock"
_KEPT = 9  # broken files; a machine that breaks every one of them must not fill its disk with them


@dataclass(frozen=True, slots=True)
class Folded:
    """What a fold did: number of events brought in, and sentences about lines that could not be read."""

    events: int = 0
    damage: tuple[str, ...] = ()


def fold(folder: Path, *, anew: bool = False) -> Folded | None:
    """Bring new events into the view; None when another process is doing so, or reads it, at this moment.

    Rows and places are committed together, so a fold that is killed is continued by the next one: nothing is lost and
    nothing comes twice. A broken file is renamed to `seglam.duckdb.corrupt-N` and made again from the segments.

    Parameters
    ----------
    anew : take the present file for broken.

    Raises
    ------
    SeglamError : E-STORE-READ, E-STORE-WRITE; the segments are untouched.
    """
    try:
        if not listed(folder):
            return Folded()
        with held(folder / VIEW_LOCK) as taken:
            if not taken:
                return None
            if anew:
                _set_aside(folder)
            return _folded(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _folded(folder: Path) -> Folded:
    import duckdb

    try:
        return _into_file(folder)
    except duckdb.Error as error:
        if not broken(error):
            raise cannot_write(folder, str(error).splitlines()[0]) from error
    _set_aside(folder)
    try:
        return _into_file(folder)
    except duckdb.Error as error:
        raise cannot_write(folder, str(error).splitlines()[0]) from error


def _into_file(folder: Path) -> Folded:
    path = folder / FILE
    if path.is_symlink():
        _set_aside(folder)
    elif path.is_file() and not path.stat().st_size:  # a full disk let it be named but not filled
        path.unlink()
    damage = Damage()
    connection = connect(path)
    try:
        path.chmod(0o600)
        events = _brought(connection, folder, damage)
    finally:
        connection.close()
    return Folded(events, tuple(damage.sentences))


def _brought(connection: DuckDBPyConnection, folder: Path, damage: Damage) -> int:
    import duckdb

    migrate(connection, folder / FILE)
    events = load(connection, folder, damage)
    if events or (folder / f"{FILE}.wal").exists():
        try:
            connection.execute("checkpoint")
        except duckdb.Error as error:  # on a full disk what was committed stays in the WAL, for a later checkpoint
            if broken(error):
                raise
    return events


def _set_aside(folder: Path) -> None:
    """Rename the view, and its log of unfinished writes with it: left behind it would be applied to the new file."""
    path, wal = folder / FILE, folder / f"{FILE}.wal"
    free = next((n for n in range(1, _KEPT) if not _there(folder / f"{FILE}.corrupt-{n}")), _KEPT)
    for old, new in ((path, f"{FILE}.corrupt-{free}"), (wal, f"{FILE}.corrupt-{free}.wal")):
        if _there(old):
            old.replace(folder / new)


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
