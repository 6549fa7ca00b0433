"""The scripted model: a loopback HTTP server that speaks the OpenAI protocol and replays recordings.

Here live the recordings (`recordings/<set>/*.json`) and their check when loaded, the characters that play them when
they are interrupted (`characters`, `misdeeds`), the wire forms (`protocol`, `vectors`), the server with its witness,
and its start and stop (`running`). It serves quickstart, documentation, tests and the bench over real HTTP, so that
nothing above needs a fake. Nothing here thinks, calls a provider, leaves 127.0.0.1 or knows the compile reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .running import start, stop

__all__ = ["start", "stop"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import running

        return getattr(running, name)
    raise AttributeError(name)
