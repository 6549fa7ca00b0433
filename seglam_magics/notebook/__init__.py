"""The face in the notebook: magics, answer display, status line, completion, input transformer.

Here lives what turns a cell into a `Question` and an `Answer` into outputs; every sentence shown is in `messages.toml`.
Nothing here decides, compiles, verifies or stores: that is `Reasoner.ask` and its doors. No other room but the command
line imports it, and importing it stays cheap: no engine, no frame library, no click before they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .display import AnswerView
    from .magics import load, unload

__all__ = ["AnswerView", "load", "unload"]


def __getattr__(name: str) -> Any:
    if name in {"load", "unload"}:
        from . import magics

        return getattr(magics, name)
    if name == "AnswerView":
        from .display import AnswerView

        return AnswerView
    raise AttributeError(name)
