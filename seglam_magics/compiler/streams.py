"""An open reply of litellm as a stream of deltas."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..thinking import Delta
from .refusals import explained


class LiteStream:
    """An open stream of litellm as deltas; closing it ends the connection and the client made for it."""

    def __init__(self, raw: Any, model: str, client: Any = None) -> None:
        self._raw = raw
        self._model = model
        self._client = client

    def __iter__(self) -> Iterator[Delta]:
        try:
            for chunk in self._raw:
                yield _delta(chunk)
        except Exception as error:  # noqa: BLE001 - whatever the client raises becomes a sentence
            told = explained(error, self._model)
        else:
            return
        raise told  # out here, so that the original error and what it holds is not its context

    def close(self) -> None:
        """End the connection, also in the middle of a reply."""
        inner = getattr(self._raw, "completion_stream", None)
        for owner in (inner, getattr(inner, "response", None)):
            close = getattr(owner, "close", None)
            if close is not None:
                close()
                break
        if self._client is not None:
            self._client.close()

    def wake(self) -> None:
        """Make a read that waits return or fail at once: what it reads from is shut, which any thread may do."""
        response = getattr(getattr(self._raw, "completion_stream", None), "response", None)
        below = getattr(response, "extensions", {}).get("network_stream")
        connection = below.get_extra_info("socket") if below is not None else None
        if connection is not None:
            with suppress(OSError):  # it may be closed by now
                connection.shutdown(socket.SHUT_RDWR)


def _delta(chunk: Any) -> Delta:
    usage = getattr(chunk, "usage", None)
    choice = chunk.choices[0] if chunk.choices else None
    delta = getattr(choice, "delta", None)
    return Delta(
        text=getattr(delta, "content", None) or "",
        thinking=getattr(delta, "reasoning_content", None) or "",
        tokens_in=getattr(usage, "prompt_tokens", None),
        tokens_out=getattr(usage, "completion_tokens", None),
        tokens_cached=_cached(usage),
        finish=getattr(choice, "finish_reason", None),
    )


def _cached(usage: Any) -> int | None:
    """Tokens of the request that the provider had in its cache, None where it does not say.

    litellm has them where OpenAI has them, whatever the provider calls them; Anthropic's own name is read as well.
    """
    details = getattr(usage, "prompt_tokens_details", None)
    told = getattr(details, "cached_tokens", None), getattr(usage, "cache_read_input_tokens", None)
    counts = [count for count in told if isinstance(count, int)]
    sent = getattr(usage, "prompt_tokens", None) or 0
    return min(max(counts), sent) if counts and max(counts) >= 0 else None
