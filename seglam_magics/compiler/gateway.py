"""The only door to models: litellm behind a stream of deltas.

litellm takes seconds to import and would ask the network for prices while it does; so it is imported on the first miss,
with the price list it ships. Its own cache, retries, callbacks and telemetry stay off. What providers say in their
errors is redacted before anyone sees it, and neither the original error nor a key stays behind in a traceback.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from ..errors import SeglamError
from ..trust.redaction import holds_secret, redact, remember
from .logs import clean_logs
from .refusals import SCRIPTED, disliked, explained
from .streams import LiteStream


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
    """What is asked of a model: messages, the JSON schema of the reply and its name, the tokens it may produce.

    Attributes
    ----------
    prefix : how the reply was begun for the model, which goes on from there; "" where it begins by itself.
    effort : how much it should think, `low`; "" leaves that to the model.
    """

    messages: tuple[Mapping[str, Any], ...]
    schema: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int | None = None
    named: str = "procedure"
    prefix: str = ""
    effort: str = ""

    @property
    def characters(self) -> int:
        """Characters of all messages, begun thinking included."""
        return sum(len(m["content"]) + len(m.get("reasoning_content", "")) for m in self.messages)


@cache
def _litellm() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    # its own deprecations are no news to a user, and no reason for a run with -W error to fail
    warnings.filterwarnings("ignore", module=r"litellm(\.|$)")
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    litellm.set_verbose = False  # type: ignore[attr-defined]  # there, though not exported
    clean_logs()
    return litellm


def ready() -> None:
    """Load what is loaded once, which takes seconds: before anybody takes them for the silence of a model."""
    _litellm()


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
        return LiteStream(_sent(arguments), target.model, client)
    except Exception as error:  # noqa: BLE001 - whatever the client raises becomes a sentence
        told = explained(error, target.model)
    if client is not None:
        client.close()
    arguments.clear()  # its key would stay in this frame, and the original error in the context of this one
    raise told


def embed(target: Target, texts: Sequence[str], seconds: float) -> list[list[float]]:
    """The vectors an embedding model gives `texts`, in their order.

    Parameters
    ----------
    seconds : longest silence that is waited for.

    Raises
    ------
    SeglamError : E-MODEL-* with a sentence about what the provider said, redacted.
    """
    name, base, key = _address(target)
    arguments = _reached(name, base, key, seconds) | {"input": list(texts), "encoding_format": "float"}
    client = arguments.get("client")
    try:
        rows = sorted(_litellm().embedding(**arguments).data, key=lambda row: row["index"])
        return [row["embedding"] for row in rows]
    except Exception as error:  # noqa: BLE001 - whatever the client raises becomes a sentence
        told = explained(error, target.model)
    finally:
        if client is not None:
            client.close()
    arguments.clear()
    raise told


def _sent(arguments: dict[str, Any]) -> Any:
    try:
        return _litellm().completion(**arguments)
    except Exception as error:
        part = disliked(error, arguments)
        if not part:
            raise
        return _sent({k: v for k, v in arguments.items() if k != part})


def _arguments(request: Request, target: Target, seconds: float | None) -> dict[str, Any]:
    name, base, key = _address(target)
    arguments = _reached(name, base, key, seconds) | {
        "messages": [dict(m) for m in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.max_tokens is not None:
        arguments["max_tokens"] = request.max_tokens
    if request.effort:
        arguments["reasoning_effort"] = request.effort
    if request.schema and _takes_schema(name, base):
        schema = {"name": request.named, "strict": True, "schema": request.schema}
        arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
    return arguments


def _reached(name: str, base: str, key: str | None, seconds: float | None) -> dict[str, Any]:
    """How a model is reached: once, within a time, and on this machine without a proxy."""
    arguments = {
        "model": name,
        "num_retries": 0,
        "max_retries": 0,
        "timeout": seconds,
        "api_base": base or None,
        "api_key": key,
        "no-log": True,  # callbacks somebody has set for calls of their own get none of ours
    }
    if name.startswith("openai/") and _loopback(base):
        arguments["client"] = openai_client(_direct(base, seconds), base, key)
    return {k: v for k, v in arguments.items() if v is not None}


def _loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _direct(base: str, seconds: float | None) -> Any:
    """An HTTP client that goes round any proxy of the environment: a server on this machine is not behind it."""
    import httpx

    # reading all certificates takes some 50 ms, and without TLS nobody asks for one
    return httpx.Client(trust_env=False, timeout=seconds, verify=urlsplit(base).scheme == "https")


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
    if not target.scripted and holds_secret(target.model):
        raise SeglamError("E-MODEL-UNKNOWN", model=target.model, why="this looks like a key, and nothing was sent")
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

        found = keyring.get_password("seglam", name)
    except Exception:  # noqa: BLE001 - an absent or locked keyring holds no key
        return None
    if found:
        remember(found, name)
    return found


def key_status(target: Target) -> dict[str, bool]:
    """Names of the keys `target` needs and whether each is set; never their values."""
    if target.scripted or not target.model:
        return {}
    names = [target.key_name] if target.key_name else _missing(target.model)
    return {n: key_is_set(n) for n in names}


def key_is_set(name: str) -> bool:
    """Whether there is a key of this name, in the environment or the keyring."""
    return bool(os.environ.get(name) or _from_keyring(name))


def _takes_schema(name: str, base: str) -> bool:
    # servers with an address of their own (Ollama, LM Studio, vLLM) take a schema; who does not is asked without one
    if base:
        return True
    try:
        return bool(_litellm().supports_response_schema(name))
    except Exception:  # noqa: BLE001 - unknown to litellm means no
        return False


def begun_answers(target: Target) -> bool:
    """Whether it is worth asking `target` to go on from a begun answer: its provider says so, or nobody knows."""
    if target.scripted or target.api_base:
        return True
    try:
        return bool(_litellm().get_model_info(target.model).get("supports_assistant_prefill"))
    except Exception:  # noqa: BLE001 - unknown to litellm means no
        return False


def price(target: Target, tokens_in: int, tokens_out: int, cached: int = 0) -> float | None:
    """US dollars for these tokens; None where the price is unknown (never 0), 0 for the scripted model.

    Parameters
    ----------
    cached : how many of `tokens_in` the provider had in its cache, which have a price of their own at most of them.
    """
    if target.scripted:
        return 0.0
    try:
        costs = _litellm().cost_per_token(
            model=target.model,
            prompt_tokens=tokens_in,
            completion_tokens=tokens_out,
            cache_read_input_tokens=cached,
        )
    except Exception:  # noqa: BLE001 - a model litellm has no price for
        return None
    return float(sum(costs)) or None


def count_tokens(request: Request, target: Target) -> int:
    """Tokens of the messages, as near as litellm can count them for this model."""
    try:
        return int(_litellm().token_counter(model=target.model, messages=[dict(m) for m in request.messages]))
    except Exception:  # noqa: BLE001 - a model whose tokens nobody knows
        return request.characters // 4
