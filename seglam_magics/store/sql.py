"""The user's own SQL over the views of the log: read only, in limited time, its result a polars frame.

DuckDB itself is locked (no files, no network, no extensions, no settings); beside that one SELECT is let through and
nothing else, so that a mistake is told and not run. The query runs in a thread that can be interrupted.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import SeglamError
from ..procedure.frames import Capsule
from .defined import VIEWS

if TYPE_CHECKING:
    import polars as pl
    from duckdb import DuckDBPyConnection

    from .view import View

LIMIT = 10_000
SECONDS = 30.0
_LOOK = 0.05  # seconds between two interrupts
_WIDE = ("HUGEINT", "UHUGEINT")
_UNKNOWN = re.compile(
    r"\b(HUGEINT|UHUGEINT|INTERVAL|BIT|BITSTRING|VARIANT|UNION|GEOMETRY|BIGNUM|MAP|UUID|TIME WITH TIME ZONE|TIMETZ)\b"
)
_FAULTS = {
    "ParserException": "E-SQL-SYNTAX",
    "SyntaxException": "E-SQL-SYNTAX",
    "CatalogException": "E-SQL-NAME",
    "BinderException": "E-SQL-NAME",
    "PermissionException": "E-SQL-ACCESS",
    "InterruptException": "E-SQL-TIME",
}


@dataclass(frozen=True, slots=True)
class Selected:
    """What came of a SELECT.

    Attributes
    ----------
    cut : whether there were more rows than were let through.
    """

    frame: pl.DataFrame
    cut: bool = False


def select(view: View, text: str, *, limit: int = LIMIT, seconds: float = SECONDS) -> Selected:
    """The result of one SELECT over the views.

    Parameters
    ----------
    limit : the most rows that are given.
    seconds : the most time it may take.

    Raises
    ------
    SeglamError : E-SQL-STATEMENT for anything but one SELECT; E-SQL-SYNTAX, E-SQL-NAME, E-SQL-ACCESS, E-SQL-FAILED for
        what DuckDB refuses; E-SQL-TIME where it took too long; E-STORE-READ.
    KeyboardInterrupt : the user stopped it, which takes a moment.

    >>> from seglam_magics.store import MemoryLog, View
    >>> log = MemoryLog()
    >>> _ = log.append("hit", {"question": "how many?", "procedure": "count@1"})
    >>> select(View(log), "select question, procedure from hits").frame.rows()
    [('how many?', 'count@1')]
    """
    import duckdb

    with view.lent() as connection:
        try:
            query = _query(connection, text)
            with _reading(connection):
                return _done(connection, lambda: _fetched(connection, query, limit), seconds)
        except duckdb.Error as error:
            raise _said(error, seconds) from None


@contextmanager
def _reading(connection: DuckDBPyConnection) -> Iterator[None]:
    """A transaction that cannot write: the log may be in memory, where nothing else keeps a WITH from inserting."""
    connection.execute("begin transaction read only")
    try:
        yield
    finally:
        with suppress(Exception):  # where the query failed there is none left
            connection.execute("rollback")


def _query(connection: DuckDBPyConnection, text: str) -> str:
    """The one SELECT that `text` is; raises E-SQL-STATEMENT for anything else."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SeglamError("E-SQL-SYNTAX", why="it holds half a character") from None
    statements = connection.extract_statements(text)
    kinds = [str(statement.type).rpartition(".")[2] for statement in statements]
    if kinds != ["SELECT"]:
        what = f"{len(kinds)} statements" if len(kinds) > 1 else kinds[0] if kinds else "an empty text"
        raise SeglamError("E-SQL-STATEMENT", what=what)
    return _without_end(statements[0].query)


def _without_end(query: str) -> str:
    """One statement without the `;` that ends it, and what comments come after."""
    import duckdb

    whole = query.encode()  # where tokens begin is counted in bytes
    ends = [
        at for at, kind in duckdb.tokenize(query) if kind == duckdb.token_type.operator and whole[at : at + 1] == b";"
    ]
    return whole[: ends[0]].decode() if ends else query


def _fetched(connection: DuckDBPyConnection, text: str, limit: int) -> Selected:
    import polars as pl

    found = connection.sql(text).limit(limit + 1)
    columns = zip(found.columns, map(str, found.dtypes), strict=True)
    frame = pl.DataFrame(Capsule(found.project(", ".join(_column(name, kind) for name, kind in columns))))
    return Selected(frame.head(limit), cut=frame.height > limit)


def _column(name: str, kind: str) -> str:
    """The column as polars can take it: whole numbers in 64 bits, and what polars has no type for as text."""
    quoted = '"' + name.replace('"', '""') + '"'
    wanted = "bigint" if kind in _WIDE else "varchar" if _UNKNOWN.search(kind) else ""
    return f"{quoted}::{wanted} as {quoted}" if wanted else quoted


def _done(connection: DuckDBPyConnection, work: Callable[[], Selected], seconds: float) -> Selected:
    """What `work` gives; it is interrupted when its time is over or the user wants his prompt back."""
    outcome: dict[str, Any] = {}
    unwanted, begun, over = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        begun.set()  # before it looks whether it is unwanted: one of the two sides sees the other
        try:
            outcome["done"] = None if unwanted.is_set() else work()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that waits
            outcome["error"] = error
        finally:
            over.set()

    try:
        threading.Thread(target=run, name="seglam-sql", daemon=True).start()
        over.wait(seconds)
    finally:
        unwanted.set()
        if begun.is_set():
            _end(connection, over)
    if "error" in outcome:
        raise outcome["error"]
    selected: Selected = outcome["done"]
    return selected


def _end(connection: DuckDBPyConnection, over: threading.Event) -> None:
    """Interrupt until it is over: an interrupt between two steps of a query is lost.

    The thread itself is not asked: one whose `join` was interrupted says that it has ended while it goes on.
    """
    while not over.is_set():
        with suppress(Exception):
            connection.interrupt()
        over.wait(_LOOK)


def _said(error: Exception, seconds: float) -> SeglamError:
    """An error of DuckDB in one sentence."""
    code = _FAULTS.get(type(error).__name__, "E-SQL-FAILED")
    first, *more = str(error).splitlines() or [""]
    near = next((line.strip() for line in more if line.strip().startswith(("Did you mean", "Candidate bindings"))), "")
    if "read-only mode" in first:
        return SeglamError("E-SQL-STATEMENT", what="one that writes")
    why = " ".join(filter(None, [first.partition(": ")[2] or first, near]))
    return SeglamError(code, why=why.strip().rstrip(".!"), views=", ".join(VIEWS), seconds=f"{seconds:g}")
