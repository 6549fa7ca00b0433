"""What is remembered: the event log, its DuckDB view, following other kernels, and where the store lies.

Here live the `Log` protocol with its backends, the line format, file locks, compaction, the fold into `seglam.duckdb`,
migrations and one SQL file per query (`queries/`). The log is the truth; the view can be made again from it any time.
Nothing here matches, runs or judges a procedure: events carry plain JSON data. No other room imports duckdb, and here
only the functions that fold or query do; appending, following and snapshots never load it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .beside import BesideLog
    from .compaction import Compacted, compact
    from .folder import FolderLog
    from .folding import Folded, fold
    from .following import follow
    from .log import Log
    from .memory import MemoryLog
    from .places import find_store, open_log
    from .view import View

__all__ = [
    "BesideLog", "Compacted", "Folded", "FolderLog", "Log", "MemoryLog", "View", "compact", "find_store", "fold",
    "follow", "open_log",
]  # fmt: skip

_HOMES = {
    "BesideLog": "beside",
    "Compacted": "compaction",
    "compact": "compaction",
    "FolderLog": "folder",
    "Folded": "folding",
    "Log": "log",
    "MemoryLog": "memory",
    "View": "view",
    "find_store": "places",
    "fold": "folding",
    "follow": "following",
    "open_log": "places",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
