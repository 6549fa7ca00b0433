"""The command line: `seglam VERB …` in a terminal and `%seglam VERB …` in a notebook are the same click group.

Here live the verbs (`look`, `why`, `correct`, `merge`, `change`, `approve`, `check`), each a function from an `Office`
to an `Output`, and what prints them.
Nothing here decides or stores by itself: a verb calls the reasoner's doors and shows what came of it. Every verb has
`--json` with stable keys. click is imported when a verb is run, never by `%load_ext seglam`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .completing import continued
    from .difference import change_text
    from .group import answered, main, run, verbs
    from .office import Office
    from .progress import Progress

__all__ = ["Office", "Progress", "answered", "change_text", "continued", "main", "run", "verbs"]

_HOMES = {
    "Office": "office",
    "Progress": "progress",
    "answered": "group",
    "change_text": "difference",
    "continued": "completing",
    "main": "group",
    "run": "group",
    "verbs": "group",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
