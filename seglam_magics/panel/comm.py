"""The panel over a comm of its own, for the sidebar: target `seglam.panel`, plain JSON both ways (see static/panel.js).

Messages of a comm reach the kernel on a subshell, so that they are heard while a cell runs. Where a front end does not
do that, it opens a subshell itself and calls `said`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seglam_magics.cli import Office

    from .link import Link

TARGET = "seglam.panel"
_links: dict[str, Link] = {}


def register(shell: Any, office: Callable[[], Office]) -> None:
    """Let the sidebar open a panel in this kernel; nothing is imported before it does."""
    manager = getattr(getattr(shell, "kernel", None), "comm_manager", None)
    if manager is not None:
        manager.register_target(TARGET, lambda comm, _message: opened(comm, office))


def unregister(shell: Any) -> None:
    """Take `register` back and close what is open."""
    manager = getattr(getattr(shell, "kernel", None), "comm_manager", None)
    if manager is not None:
        manager.targets.pop(TARGET, None)
    for comm_id in list(_links):
        _links.pop(comm_id).close()
        if (comm := getattr(manager, "comms", {}).get(comm_id)) is not None:
            comm.close()  # the sidebar then says that seglam is not loaded, and looks again


def opened(comm: Any, office: Callable[[], Office]) -> Link:
    """A link over `comm`, from now until it is closed."""
    from .link import Link

    unpinned(comm)
    link = keep(comm.comm_id, Link(office, comm.send))
    comm.on_msg(lambda message: link.said(message["content"]["data"]))
    comm.on_close(lambda _message: _links.pop(comm.comm_id, link).close())
    return link


def keep(name: str, link: Link) -> Link:
    """Remember a link until seglam is unloaded, by the name that `said` finds it with."""
    _links[name] = link
    return link


def said(comm_id: str, text: str) -> bool:
    """Take a message for an open panel, as JSON text; whether there is such a panel.

    For a front end that speaks through a subshell of its own: the answer comes over the comm.
    """
    link = _links.get(comm_id)
    if link is not None:
        link.said(json.loads(text))
    return link is not None


def unpinned(comm: Any) -> None:
    """Let every message of `comm` be heard where the front end sends it.

    ipykernel 7.4 sends it to the shell that wrote to the comm last, which is the one that is busy while a cell runs.
    The hook is private; where it is gone, tests/browser notices.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001 - there is no public one
