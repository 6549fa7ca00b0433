"""Opening DuckDB, the tables of the view, and events into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any, NamedTuple

from .archive import Archive
from .lines import decode
from .log import newer
from .reading import unread
from .segments import Damage, Place, wordings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FILE = "seglam.duckdb"
# The view holds other people's questions: it must not become a way to files, the network or foreign code.
_SAFE: dict[str, Any] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    "python_enable_replacements": "false",  # a name in the user's SQL is a table, never a variable of this program
}
_LINES, _BYTES = 20_000, 8 << 20  # of one transaction


class Row(NamedTuple):
    """A line on its way into the view: name of its segment, and its bytes."""

    segment: str
    line: bytes


def connect(path: Path | None = None, *, read_only: bool = False) -> DuckDBPyConnection:
    """A locked-down connection to this file, or to memory.

    Raises
    ------
    duckdb.Error : the file is no database, is broken, or is open elsewhere.
    """
    import duckdb

    return duckdb.connect(str(path or ":memory:"), read_only=read_only, config=_SAFE)


def broken(error: Exception) -> bool:
    """Whether a DuckDB error means that the file itself is no good."""
    return not any(phrase.casefold() in str(error).casefold() for phrase in wordings()["view"]["passing"])


@cache
def sql(name: str) -> str:
    """The text of a file of `schema/`."""
    return resources.files(__package__).joinpath("schema", f"{name}.sql").read_text(encoding="utf-8")


# ---------------------------------------------------------------- migrations


def m001_log(connection: DuckDBPyConnection) -> None:
    """Events, places and damage."""
    connection.execute(sql("001_log"))


def m002_tally(connection: DuckDBPyConnection) -> None:
    """How many events there are to be."""
    connection.execute(sql("002_tally"))


MIGRATIONS: list[Callable[[DuckDBPyConnection], None]] = [m001_log, m002_tally]
"""Every change of the tables, in order. Append only: names of applied ones are kept in the table `migrations`."""


def applied(connection: DuckDBPyConnection) -> set[str]:
    """Names of the migrations a database has seen; none in an empty one."""
    import duckdb

    try:
        return {name for (name,) in connection.execute("select name from migrations").fetchall()}
    except duckdb.CatalogException:
        return set()


def migrate(connection: DuckDBPyConnection, path: Path) -> None:
    """Apply the migrations that are missing, each in a transaction of its own; the file as it was is kept beside it.

    Raises
    ------
    SeglamError : E-STORE-VERSION, a newer seglam made the file.
    """
    seen = applied(connection)
    if not seen <= {migration.__name__ for migration in MIGRATIONS}:
        raise newer(path)
    pending = [migration for migration in MIGRATIONS if migration.__name__ not in seen]
    if not seen:
        connection.execute("create table if not exists migrations (name varchar primary key)")
    elif pending:
        connection.execute("checkpoint")
        copyfile(path, path.with_name(f"{path.name}.before-{pending[0].__name__}"))
    for migration in pending:
        with transaction(connection):
            migration(connection)
            connection.execute("insert into migrations values (?)", [migration.__name__])


# ---------------------------------------------------------------- events


def load(connection: DuckDBPyConnection, folder: Path, damage: Damage, table: str = "folded") -> int:
    """Bring the events of all segments into `table`, from where `segments` says that they were folded; how many.

    Into `folded` the places move on, in the same transaction as the rows; into another table they stay.
    """
    places = {
        name: Place(place, last.encode())
        for name, place, last in connection.execute("select name, place, last from segments").fetchall()
    }
    keep = table == "folded"
    count = 0
    for rows, reached in _batches(folder, places, damage):
        with transaction(connection):
            inserted = insert(connection, rows, damage, table)
            if keep:
                _remember(connection, reached, damage)
                connection.execute(sql("tally"), {"events": inserted})
            count += inserted
    return count


def insert(connection: DuckDBPyConnection, rows: list[Row], damage: Damage, table: str = "folded") -> int:
    """Insert these lines; how many were events."""
    if not rows:
        return 0
    facts = {"segments": [row.segment for row in rows], "lines": [_text(row.line) for row in rows]}
    done = connection.execute(sql("insert").format(table=table), facts).fetchone()
    count = int(done[0]) if done else 0
    if count < len(rows):
        _note_unfit(rows, damage)
    return count


def _batches(folder: Path, places: dict[str, Place], damage: Damage) -> Iterator[tuple[list[Row], dict[str, Place]]]:
    """Lines in portions that fit a transaction, with the places that they reach."""
    rows: list[Row] = []
    reached: dict[str, Place] = {}
    size = 0
    for segment, part in unread(Archive(folder), places, damage):
        rows += (Row(segment.name, line) for line in part.lines)
        reached[segment.name] = part.place
        size += sum(map(len, part.lines))
        if len(rows) >= _LINES or size >= _BYTES:
            yield rows, reached
            rows, reached, size = [], {}, 0
    if reached:
        yield rows, reached


def _remember(connection: DuckDBPyConnection, reached: dict[str, Place], damage: Damage) -> None:
    names = list(reached)
    offsets = [place.offset for place in reached.values()]
    lasts = [place.last.decode() for place in reached.values()]
    connection.execute(sql("places"), {"names": names, "places": offsets, "lasts": lasts})
    if found := damage.places:
        facts = dict(zip(("names", "places", "whats"), map(list, zip(*found, strict=True)), strict=True))
        connection.execute(sql("damage"), facts)


def _text(line: bytes) -> str:
    """The line as DuckDB reads JSON: half a surrogate pair, which Python keeps, becomes a replacement character."""
    text = line.decode(errors="replace")
    if "\\ud" not in text:
        return text
    with suppress(ValueError, RecursionError):
        return json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace").decode()
    return text


def _note_unfit(rows: Iterable[Row], damage: Damage) -> None:
    for row in rows:
        try:
            decode(row.line)
        except ValueError:
            damage.note(row.segment, 0, "unfit")


@contextmanager
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    """All of what is done inside, or nothing."""
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with suppress(Exception):  # a failed statement may have ended it already; the first error is the one to see
            connection.execute("rollback")
        raise
