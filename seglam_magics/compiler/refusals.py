"""What a provider's client raises, as a sentence a user can act on; its own text is redacted and cut."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import SeglamError
from ..trust.redaction import redact

SCRIPTED = "scripted/"
_KINDS: tuple[tuple[str, str], ...] = (
    ("ContentPolicyViolationError", "E-MODEL-REFUSED"),
    ("AuthenticationError", "E-MODEL-KEY"),
    ("PermissionDeniedError", "E-MODEL-KEY"),
    ("Timeout", "E-MODEL-TIMEOUT"),
    ("RateLimitError", "E-MODEL-LIMIT"),
    ("APIConnectionError", "E-MODEL-DOWN"),
    ("ServiceUnavailableError", "E-MODEL-DOWN"),
    ("NotFoundError", "E-MODEL-UNKNOWN"),
)
# What is left out where a server refuses it, and the words by which that is told.
_OPTIONAL = {
    "response_format": ("response_format", "json_schema"),
    "reasoning_effort": ("reasoning_effort", "thinking", "reasoning"),
}
_DOWN = ("connection error", "connection refused", "connect", "disconnected", "incomplete chunked", "peer closed")


def disliked(error: Exception, arguments: Collection[str]) -> str:
    """The part of a request for which a server refuses it and that it can do without; "" where there is none.

    >>> disliked(ValueError("no"), ["response_format"])
    ''
    """
    text = str(error).lower()
    if getattr(error, "status_code", 0) not in (400, 404, 422):
        return ""
    parts = (part for part, words in _OPTIONAL.items() if part in arguments and any(word in text for word in words))
    return next(parts, "")


def explained(error: Exception, model: str) -> SeglamError:
    """The error to show for what was raised while `model` was asked.

    >>> explained(TimeoutError("the request timed out"), "openai/gpt").code
    'E-MODEL-TIMEOUT'
    """
    if isinstance(error, SeglamError):
        return error
    says = redact(" ".join(str(error).split()))
    low = says.lower()
    why = says.rpartition("Exception - ")[2][:200] or type(error).__name__
    if model.startswith(SCRIPTED) and "no recording of this question" in low:
        return SeglamError("E-SCRIPTED-UNKNOWN", model=model)
    if "llm provider not provided" in low:
        return SeglamError("E-MODEL-UNKNOWN", model=model, why="the name has no known provider")
    kinds = {k.__name__ for k in type(error).__mro__}
    code = next((c for name, c in _KINDS if name in kinds), None)
    if code is None:
        code = "E-MODEL-DOWN" if any(word in low for word in _DOWN) else "E-MODEL-FAILED"
    if code == "E-MODEL-TIMEOUT" or "timed out" in low:
        return SeglamError("E-MODEL-TIMEOUT", model=model, seconds="the given time")
    return SeglamError(code, model=model, why=why)
