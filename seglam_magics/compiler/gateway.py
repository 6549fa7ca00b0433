"""The only door to models: litellm behind a stream of deltas.

litellm takes seconds to import and would ask the network for prices while it does; so it is imported on the first miss,
with the price list it ships. Its own cache, retries, callbacks and telemetry stay off. What providers say in their
errors is redacted before anyone sees it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from ..errors import SeglamError
from ..thinking import Delta
from ..trust.redaction import redact

SCRIPTED = "scripted/"


@dataclass(frozen=True, slots=True)
class Target:
    """A model and how it is reached; `key_name` names its key in the environment or keyring, the key is not kept."""

    model: str
    api_base: str = ""
    key_name: str = ""

    @property
    def scripted(self) -> bool:
        """Whether this is the loopback model."""
        return self.model.startswith(SCRIPTED)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model: messages, the JSON schema of the reply, and the tokens it may produce."""

    messages: tuple[Mapping[str, str], ...]
    schema: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int | None = None

    @property
    def characters(self) -> int:
        """Characters of all messages."""
        return sum(len(m["content"]) for m in self.messages)


@cache
def _litellm() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    # its own deprecations are no news to a user, and no reason for a run with -W error to fail
    warnings.filterwarnings("ignore", module=r"litellm(\.|$)")
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    return litellm


class LiteStream:
    """An open stream of litellm as deltas; closing it ends the connection and the client made for it."""

    def __init__(self, raw: Any, target: Target, client: Any = None) -> None:
        self._raw = raw
        self._target = target
        self._client = client

    def __iter__(self) -> Iterator[Delta]:
        try:
            for chunk in self._raw:
                yield _delta(chunk)
        except Exception as error:  # noqa: BLE001 - whatever the client raises becomes a sentence
            raise _explained(error, self._target) from None

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


def open_stream(request: Request, target: Target, seconds: float | None) -> LiteStream:
    """Send `request` and give its stream.

    Parameters
    ----------
    seconds : longest silence that is waited for.

    Raises
    ------
    SeglamError : E-MODEL-* with a sentence about what the provider said, redacted.
    """
    arguments = _arguments(request, target, seconds)
    client = arguments.get("client")
    try:
        return LiteStream(_sent(arguments), target, client)
    except Exception as error:  # noqa: BLE001 - whatever the client raises becomes a sentence
        if client is not None:
            client.close()
        raise _explained(error, target) from None


def _sent(arguments: dict[str, Any]) -> Any:
    try:
        return _litellm().completion(**arguments)
    except Exception as error:
        if "response_format" not in arguments or not _dislikes_schema(error):
            raise
        plain = {k: v for k, v in arguments.items() if k != "response_format"}
        return _litellm().completion(**plain)


def _arguments(request: Request, target: Target, seconds: float | None) -> dict[str, Any]:
    name, base, key = _address(target)
    arguments: dict[str, Any] = {
        "model": name,
        "messages": [dict(m) for m in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "num_retries": 0,
        "max_retries": 0,
        "timeout": seconds,
        "max_tokens": request.max_tokens,
        "api_base": base or None,
        "api_key": key,
    }
    if name.startswith("openai/") and _loopback(base):
        arguments["client"] = openai_client(_direct(seconds), base, key)
    if request.schema and _takes_schema(name, base):
        schema = {"name": "procedure", "strict": True, "schema": request.schema}
        arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {k: v for k, v in arguments.items() if v is not None}


def _loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _direct(seconds: float | None) -> Any:
    """An HTTP client that goes round any proxy of the environment: a server on this machine is not behind it."""
    import httpx

    return httpx.Client(trust_env=False, timeout=seconds)


def dry_arguments(request: Request, target: Target) -> dict[str, Any]:
    """The arguments of the call `open_stream` would make, with an address and a key that lead nowhere."""
    if target.scripted:
        target = Target(f"openai/{target.model.removeprefix(SCRIPTED)}", "http://127.0.0.1:9/v1")
    arguments = _arguments(request, target, 1.0)
    arguments.pop("client", None)
    return {**arguments, "api_key": "none"}


def call(**arguments: Any) -> Any:
    """`litellm.completion`, for the dry run only."""
    return _litellm().completion(**arguments)


def openai_client(http: Any, base: str = "http://127.0.0.1:9/v1", key: str | None = None) -> Any:
    """A client for OpenAI-compatible providers that speaks through the `httpx.Client` given."""
    import openai

    return openai.OpenAI(api_key=key or "none", base_url=base, http_client=http, max_retries=0)


def plain_client(http: Any) -> Any:
    """Litellm's own client, used for the other providers, speaking through the `httpx.Client` given."""
    from litellm.llms.custom_httpx.http_handler import HTTPHandler

    handler = HTTPHandler()
    handler.client = http
    return handler


def _address(target: Target) -> tuple[str, str, str | None]:
    if target.api_base and not target.api_base.startswith(("http://", "https://")):
        raise SeglamError("E-MODEL-ADDRESS", address=redact(target.api_base))
    if target.scripted:
        from ..scripted import start

        script = target.model.removeprefix(SCRIPTED)
        return f"openai/{script}", target.api_base or start(script), "scripted"
    name = target.model
    if target.api_base and "/" not in name:
        name = f"openai/{name}"
    return name, target.api_base, _key(name, target)


def _key(name: str, target: Target) -> str | None:
    """A key that litellm does not find by itself; None where it does or where none is needed."""
    wanted = [target.key_name] if target.key_name else _missing(name)
    if not wanted:
        return None
    found = next((k for w in wanted if (k := os.environ.get(w) or _from_keyring(w))), None)
    if found is None and not target.api_base:
        raise SeglamError("E-MODEL-NOKEY", model=target.model, names=" or ".join(wanted))
    return found or "none"  # a server of one's own wants some text where a key would be


def _missing(name: str) -> list[str]:
    try:
        report = _litellm().validate_environment(name)
    except Exception:  # noqa: BLE001 - a provider litellm cannot check is asked without a key
        return []
    return [k for k in report.get("missing_keys", ()) if k.endswith("_KEY")]


def _from_keyring(name: str) -> str | None:
    try:
        import keyring

        return keyring.get_password("seglam", name)
    except Exception:  # noqa: BLE001 - an absent or locked keyring holds no key
        return None


def key_status(target: Target) -> dict[str, bool]:
    """Names of the keys `target` needs and whether each is set; never their values."""
    if target.scripted or not target.model:
        return {}
    names = [target.key_name] if target.key_name else _missing(target.model)
    return {n: bool(os.environ.get(n) or _from_keyring(n)) for n in names}


def _takes_schema(name: str, base: str) -> bool:
    # servers with an address of their own (Ollama, LM Studio, vLLM) take a schema; who does not is asked without one
    if base:
        return True
    try:
        return bool(_litellm().supports_response_schema(name))
    except Exception:  # noqa: BLE001 - unknown to litellm means no
        return False


def _dislikes_schema(error: Exception) -> bool:
    text = str(error).lower()
    return getattr(error, "status_code", 0) in (400, 404, 422) and ("response_format" in text or "json_schema" in text)


def _delta(chunk: Any) -> Delta:
    usage = getattr(chunk, "usage", None)
    choice = chunk.choices[0] if chunk.choices else None
    delta = getattr(choice, "delta", None)
    return Delta(
        text=getattr(delta, "content", None) or "",
        thinking=getattr(delta, "reasoning_content", None) or "",
        tokens_in=getattr(usage, "prompt_tokens", None),
        tokens_out=getattr(usage, "completion_tokens", None),
        finish=getattr(choice, "finish_reason", None),
    )


def price(target: Target, tokens_in: int, tokens_out: int) -> float | None:
    """US dollars for these tokens; None where the price is unknown (never 0), 0 for the scripted model."""
    if target.scripted:
        return 0.0
    try:
        costs = _litellm().cost_per_token(model=target.model, prompt_tokens=tokens_in, completion_tokens=tokens_out)
    except Exception:  # noqa: BLE001 - a model litellm has no price for
        return None
    return float(sum(costs)) or None


def count_tokens(request: Request, target: Target) -> int:
    """Tokens of the messages, as near as litellm can count them for this model."""
    try:
        return int(_litellm().token_counter(model=target.model, messages=[dict(m) for m in request.messages]))
    except Exception:  # noqa: BLE001 - a model whose tokens nobody knows
        return request.characters // 4


_KINDS: tuple[tuple[str, str], ...] = (
    ("AuthenticationError", "E-MODEL-KEY"),
    ("PermissionDeniedError", "E-MODEL-KEY"),
    ("Timeout", "E-MODEL-TIMEOUT"),
    ("RateLimitError", "E-MODEL-LIMIT"),
    ("APIConnectionError", "E-MODEL-DOWN"),
    ("ServiceUnavailableError", "E-MODEL-DOWN"),
    ("NotFoundError", "E-MODEL-UNKNOWN"),
)
_DOWN = ("connection error", "connection refused", "connect", "disconnected", "incomplete chunked", "peer closed")


def _explained(error: Exception, target: Target) -> SeglamError:
    """The provider's exception as a sentence; its text is redacted and cut."""
    if isinstance(error, SeglamError):
        return error
    says = redact(" ".join(str(error).split()))
    low = says.lower()
    why = says.rpartition("Exception - ")[2][:200] or type(error).__name__
    if target.scripted and "no recording of this question" in low:
        return SeglamError("E-SCRIPTED-UNKNOWN", model=redact(target.model))
    if "llm provider not provided" in low:
        return SeglamError("E-MODEL-UNKNOWN", model=redact(target.model), why="the name has no known provider")
    kinds = {k.__name__ for k in type(error).__mro__}
    code = next((c for name, c in _KINDS if name in kinds), None)
    if code is None:
        code = "E-MODEL-DOWN" if any(word in low for word in _DOWN) else "E-MODEL-FAILED"
    if code == "E-MODEL-TIMEOUT" or "timed out" in low:
        return SeglamError("E-MODEL-TIMEOUT", model=redact(target.model), seconds="the given time")
    return SeglamError(code, model=redact(target.model), why=why)
