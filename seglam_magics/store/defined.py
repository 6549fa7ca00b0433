"""The views that queries and the user's own SQL see: `events`, and over it one file each of `views/`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from .retention import cutoff

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VIEWS = ("hits", "misses", "runs", "revisions", "procedures", "corrections")
"""Names of the views with stable columns, in the order in which they stand on each other."""


def define(connection: DuckDBPyConnection, source: str) -> None:
    """Make all views of this connection.

    Parameters
    ----------
    source : what gives the events, as it stands after `from`; those that were pruned are left out.
    """
    before = cutoff(connection, source)
    kept = f" where kind not in ('hit', 'miss') or \"time\" >= {before!r}" if before else ""
    connection.execute(f"create temp view events as from ({source}){kept}")
    for name in VIEWS:
        connection.execute(f"create temp view {name} as {_text(name)}")


@cache
def _text(name: str) -> str:
    return resources.files(__package__).joinpath("views", f"{name}.sql").read_text(encoding="utf-8")
