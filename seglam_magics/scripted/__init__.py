"""The scripted model: a loopback HTTP server that speaks the OpenAI protocol and replays recordings.

Here live the recordings (`recordings/<set>/*.json`), their check when they are loaded (`recordings`), the wire forms
(`protocol`) and the server (`server`). It serves the quickstart, the documentation and the tests over real HTTP, so that
nothing above it needs a fake. Nothing here thinks, calls a provider, leaves 127.0.0.1 or knows what a compile reply means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import start, stop

__all__ = ["start", "stop"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import server

        return getattr(server, name)
    raise AttributeError(name)
