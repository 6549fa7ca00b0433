"""The second engine: the same procedure on the same frame in DuckDB, which shares no code with polars."""

from __future__ import annotations

from typing import Any

import duckdb

from ..procedure import calling
from ..procedure.frames import Capsule

_connections: list[Any] = []


def connect() -> None:
    """Open the one database, which stays empty. Before foreign code is there: it looks up what a sandbox hides."""
    if not _connections:
        closed: dict[str, Any] = {"threads": 1, "enable_external_access": False, "autoinstall_known_extensions": False}
        _connections.append(duckdb.connect(":memory:", config={**closed, "autoload_known_extensions": False}))


def relation(frame: Any) -> Any:
    """A polars frame as a relation of DuckDB; pyarrow is not needed. Raises RuntimeError where nobody has connected."""
    if not _connections:
        raise RuntimeError("DuckDB cannot be had here")
    return _connections[0].from_arrow(Capsule(frame))


def rows_of(value: Any) -> Any:
    """A relation as columns, anything else as it is."""
    if not calling.is_relation(value):
        return value
    rows = value.fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(value.columns)}
