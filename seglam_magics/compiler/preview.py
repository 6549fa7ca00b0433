"""What would be sent, byte for byte, without sending it.

The request is handed to litellm with a transport that keeps the body and refuses the connection, so what is shown is what
the wire would carry and not a second rendering of it.
"""

from __future__ import annotations

from collections.abc import Callable
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
        try:
            gateway.call(**arguments, client=client())
        except Exception:  # noqa: BLE001, S112 - the refusal is expected, and a client of another kind does not fit
            continue
        finally:
            if seen:
                break
    return seen[0] if seen else b""


def _clients(http: Any) -> tuple[Callable[[], Any], ...]:
    return (lambda: gateway.openai_client(http), lambda: gateway.plain_client(http))
