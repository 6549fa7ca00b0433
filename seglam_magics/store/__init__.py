"""What is remembered: the event log, its DuckDB view, following other kernels, and where the store lies.

Here live the `Log` protocol with its backends, the line format, the file locks, the fold into `seglam.duckdb`, migrations
and one SQL file per query (`queries/`). The log is the truth; the view can be rebuilt from it at any time.
Nothing here knows what a procedure or a question means: events carry plain JSON data. This is the only room that imports
duckdb, and only inside the functions that fold or query; appending, following and snapshots never load it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seglam_magics.store.folder import FolderLog
    from seglam_magics.store.folding import Folded, fold
    from seglam_magics.store.following import follow
    from seglam_magics.store.log import Log
    from seglam_magics.store.memory import MemoryLog
    from seglam_magics.store.places import find_store, open_log
    from seglam_magics.store.view import View

__all__ = ["FolderLog", "Folded", "Log", "MemoryLog", "View", "find_store", "fold", "follow", "open_log"]

_HOMES = {
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
