"""What would be sent, byte for byte, without sending it.

The request is handed to litellm with a transport that keeps the body and refuses the connection, so what is shown is
what the wire would carry and not a second rendering of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import gateway
from .gateway import Request, Target


def wire_bytes(request: Request, target: Target) -> bytes:
    """The body of the HTTP request for `request`; empty where the provider's client does not let us look.

    Raises
    ------
    SeglamError : E-MODEL-* where the request cannot be built.
    """
    import httpx

    seen: list[bytes] = []

    def keep(sent: httpx.Request) -> httpx.Response:
        seen.append(sent.read())
        return httpx.Response(418, json={"error": {"message": "dry run"}})

    arguments = gateway.dry_arguments(request, target)
    for client in _clients(httpx.Client(transport=httpx.MockTransport(keep))):
        # the refusal is expected, and so is a provider that takes no client of this kind
        with suppress(Exception):
            gateway.call(**arguments, client=client())
        if seen:
            return seen[0]
    return b""


def _clients(http: Any) -> tuple[Callable[[], Any], ...]:
    return (lambda: gateway.openai_client(http), lambda: gateway.plain_client(http))
