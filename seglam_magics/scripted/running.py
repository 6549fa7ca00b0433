"""The servers of this process: one per set of recordings, each in a daemon thread."""

from __future__ import annotations

import os
from threading import Lock, Thread
from typing import TYPE_CHECKING

from .recordings import find_folder, load_set
from .server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from .recordings import RecordingSet

_running: dict[tuple[int, Path], Server] = {}  # a forked process has no server thread, so the key holds its id
_lock = Lock()


def start(name: str) -> str:
    """Serve a set of recordings; the same server again when it runs already.

    Parameters
    ----------
    name : a set that ships with seglam (`demo`), or the path of a folder of recordings.

    Returns
    -------
    The base URL for an OpenAI client, `http://127.0.0.1:PORT/v1`.

    Raises
    ------
    SeglamError
        E-MODEL-UNKNOWN when there is no such set, E-SCRIPTED-RECORDING when a file of it cannot be used.

    >>> start("demo") == start("demo")
    True
    >>> stop("demo")
    """
    folder = find_folder(name)
    with _lock:
        server = _running.get((os.getpid(), folder)) or _serve(folder)
        return server.base


def stop(name: str) -> None:
    """Stop serving a set and cut its connections; nothing happens when it is not served."""
    folder = find_folder(name)
    with _lock:
        server = _running.pop((os.getpid(), folder), None)
    if server:
        server.stop()


def _serve(folder: Path) -> Server:
    _running[os.getpid(), folder] = served(load_set(folder))
    return _running[os.getpid(), folder]


def served(recorded: RecordingSet) -> Server:
    """A server of these recordings, which whoever has asked for it stops; its address is `Server.base`."""
    server = Server(recorded)
    Thread(target=server.serve_forever, name=f"seglam-scripted-{recorded.name}", daemon=True).start()
    return server
