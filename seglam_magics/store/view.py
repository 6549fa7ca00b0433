"""The view: questions about the log, answered in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib import resources
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..errors import SeglamError, closest
from .compaction import compact, worth
from .defined import define
from .duck import FILE, MIGRATIONS, Row, applied, broken, connect, insert, load, migrate
from .folding import VIEW_LOCK, fold
from .lines import encode
from .lock import held
from .log import Log, cannot_read
from .memory import MemoryLog
from .segments import Damage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PATIENCE = 0.5  # seconds to wait for a fold in another process before the segments are read instead
_AT_ONCE = 4 << 20  # bytes to compact beside a query, in a few hundredths of a second
_DEFAULTS = "-- defaults: "


class View:
    """The log seen through DuckDB: always complete, whoever else is at work in the store.

    Every `query` folds what is new, asks, and lets go of the file again. In a `with` block the file stays open, so that
    several queries speak of the same moment; meanwhile other processes do not fold, but lose nothing by it.

    Parameters
    ----------
    source : folder of a store, or a log.

    Attributes
    ----------
    damage : sentences about what could not be read when it was opened last.

    >>> from seglam_magics.store import MemoryLog
    >>> log = MemoryLog()
    >>> _ = log.append("hit", {"question": "how many?", "procedure": "count@1", "tier": "exact", "seconds": 0.01})
    >>> View(log).query("log", limit=1)[0]["procedure"]
    'count@1'
    """

    def __init__(self, source: Path | Log) -> None:
        self._log = None if isinstance(source, Path) else source
        self._folder = source if isinstance(source, Path) else source.path
        self._lock = RLock()
        self._stack = ExitStack()
        self._connection: DuckDBPyConnection | None = None
        self._in_file = False
        self.damage: list[str] = []

    def __enter__(self) -> Self:
        with self._lock:
            self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the next query opens it again."""
        with self._lock:
            self._connection = None
            self._stack.close()

    def query(self, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of `queries/<name>.sql`, plain Python values.

        Parameters
        ----------
        parameters : those that the file names in its `defaults`.

        Raises
        ------
        SeglamError : E-USAGE for a query or parameter there is not, E-STORE-READ.
        """
        text, defaults = _found(name)
        if unknown := sorted(parameters.keys() - defaults.keys()):
            advice = f"it takes {', '.join(defaults) or 'no parameters'}"
            raise SeglamError("E-USAGE", problem=f"query {name} has no parameter {unknown[0]}", advice=advice)
        with self._lock, self._opened():
            return self._asked(text, {**defaults, **parameters})

    @contextmanager
    def lent(self) -> Iterator[DuckDBPyConnection]:
        """The connection, for as long as the block lasts; whoever borrows it only reads."""
        with self._lock, self._opened():
            assert self._connection is not None
            yield self._connection

    @contextmanager
    def _opened(self) -> Iterator[None]:
        if self._connection is not None:
            yield
            return
        with self:
            yield

    def _asked(self, text: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        import duckdb

        try:
            return self._rows(text, parameters)
        except duckdb.Error as error:
            if not (self._in_file and broken(error)):
                raise cannot_read(self._folder or Path(), str(error).splitlines()[0]) from error
        self.close()  # a page of the file turned out to be broken: make it again, and ask once more
        self._open(anew=True)
        try:
            return self._rows(text, parameters)
        except duckdb.Error as error:
            raise cannot_read(self._folder or Path(), str(error).splitlines()[0]) from error

    def _rows(self, text: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        assert self._connection is not None
        answer = self._connection.execute(text, parameters)
        columns = [column[0] for column in answer.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    def _open(self, *, anew: bool = False) -> None:
        damage = Damage()
        recovered = None
        if self._folder is not None:
            with suppress(SeglamError):  # what cannot be folded is read from the segments below
                recovered = _upkept(self._folder, anew=anew)
        connection = self._from_file(damage) or self._from_log(damage)
        self._stack.callback(connection.close)
        self._connection = connection
        self.damage = [*([recovered.says] if recovered else []), *damage.sentences]

    def _from_file(self, damage: Damage) -> DuckDBPyConnection | None:
        """The file, with what is not folded yet beside it; None where it cannot be used at this moment."""
        import duckdb

        self._in_file = False
        if self._folder is None or not (self._folder / FILE).is_file():
            return None
        with ExitStack() as stack, suppress(OSError, duckdb.Error):
            if not stack.enter_context(held(self._folder / VIEW_LOCK, wait=_PATIENCE, shared=True)):
                return None
            connection = stack.enter_context(connect(self._folder / FILE, read_only=True))
            if applied(connection) != {migration.__name__ for migration in MIGRATIONS}:
                return None
            _overlay(connection, self._folder, damage)
            self._stack = stack.pop_all()
            self._in_file = True
            return connection
        return None

    def _from_log(self, damage: Damage) -> DuckDBPyConnection:
        """All events, in memory."""
        connection = connect()
        migrate(connection, Path(":memory:"))
        if self._folder is not None:
            load(connection, self._folder, damage)
        elif isinstance(self._log, MemoryLog):
            rows = [Row(event.kernel, encode(event)) for event in self._log.history()]
            insert(connection, rows, damage)
        define(connection, "from folded")
        return connection


def _upkept(folder: Path, *, anew: bool) -> SeglamError | None:
    """Fold, and compact a little where there is much to compact; the warning of a view that had to be made again."""
    folded = fold(folder, anew=anew)
    if worth(folder):
        compact(folder, _AT_ONCE)
    return folded.recovered if folded else None


def _overlay(connection: DuckDBPyConnection, folder: Path, damage: Damage) -> None:
    for segment, place, what in connection.execute("select segment, place, what from damage").fetchall():
        damage.note(segment, place, what)
    connection.execute("create temp table fresh as from folded limit 0")
    load(connection, folder, damage, "fresh")
    define(connection, "from folded union all from fresh")


@cache
def _found(name: str) -> tuple[str, dict[str, Any]]:
    """Text and defaults of a query."""
    queries = resources.files(__package__).joinpath("queries")
    files = {path.name.removesuffix(".sql"): path for path in queries.iterdir()}
    if name not in files:
        near = closest(name, files) or ", ".join(sorted(files))
        raise SeglamError("E-USAGE", problem=f"there is no query {name}", advice=f"there is {near}")
    text = files[name].read_text(encoding="utf-8")
    line = next((line for line in text.splitlines() if line.startswith(_DEFAULTS)), f"{_DEFAULTS}{{}}")
    return text, json.loads(line.removeprefix(_DEFAULTS))
