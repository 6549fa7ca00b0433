"""The panel: what seglam has done and knows, and everything that corrects it, in a widget or in the sidebar.

Here live the state as plain JSON (`state`, `listing`, `pages`), the one `control` through which a widget, the sidebar
and a kernel subshell speak, and the hand-written front end in `static/`. Nothing here decides, stores or runs: an op is
a verb of the command line (`ops.toml`). anywidget is imported when a panel is opened, never by `%load_ext seglam`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comm import said
    from .link import Link
    from .widget import panel

__all__ = ["Link", "panel", "said"]

_HOMES = {"Link": "link", "panel": "widget", "said": "comm"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
