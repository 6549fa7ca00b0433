"""What goes to a child and what comes back: jobs as messages, replies checked field by field before they are used."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

from ..errors import SeglamError
from ..procedure.wire import Unportable, pack
from ..words import Check
from .channel import JOB_LIMIT, Garbled, Oversized, encode, open_message
from .link import Lost


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """How a job ended: `answered`, `time`, `memory`, `died`, `protocol`; reply, last note and tier of its child."""

    status: str
    why: str
    note: str
    reply: bytes
    tier: str = ""


def call_job(source: str, name: str, arguments: Mapping[str, Any], returns: str) -> bytes:
    """The message for a call; raises E-INPUT-CONTENT and E-INPUT-SIZE for arguments that cannot be handed over."""
    packed: dict[str, Any] = {}
    blobs: list[bytes] = []
    for parameter, value in arguments.items():
        try:
            plain, own = pack(value)
        except Unportable as error:
            told = "convert it to plain data or a frame"
            raise SeglamError("E-INPUT-CONTENT", name=parameter, why=str(error), advice=told) from None
        packed[parameter] = [plain, len(blobs), len(own)]
        blobs += own
    header = {"kind": "call", "source": source, "name": name, "returns": returns, "arguments": packed}
    try:
        return encode(header, blobs, JOB_LIMIT)
    except Oversized as error:
        largest = max(packed, key=lambda p: _weight(packed[p], blobs))
        raise SeglamError("E-INPUT-SIZE", name=largest, size=str(error), procedure=name) from None


def _weight(packed: list[Any], blobs: list[bytes]) -> int:
    plain, at, count = packed
    return len(repr(plain)) + sum(len(blob) for blob in blobs[at : at + count])


def read_done(header: dict[str, Any], blobs: list[bytes]) -> Done:
    """How a job ended, from the zygote's message."""
    texts = [header.get(key) for key in ("status", "why", "note")]
    if not all(isinstance(text, str) for text in texts) or len(blobs) != (texts[0] == "answered"):
        raise Lost("it speaks another language")
    status, why, note = map(str, texts)
    return Done(status, why, note, blobs[0] if blobs else b"")


def read_failure(reply: Any) -> dict[str, Any]:
    """The facts of a failure; raises Garbled where they are none."""
    kinds = {"type": str, "message": str, "line": int, "text": str}
    if not isinstance(reply, dict) or any(type(reply.get(key)) is not kind for key, kind in kinds.items()):
        raise Garbled("a failure without its facts")
    return reply


def failure_text(failed: Mapping[str, Any]) -> str:
    """A failure as one phrase: `ZeroDivisionError: division by zero (line 2: return 1 / x)`."""
    kind, message, line, text = (failed[key] for key in ("type", "message", "line", "text"))
    if kind == "Unportable":
        return f"it returned {message}"
    if kind == "Oversized":
        return str(message)
    said = kind if message == kind else f"{kind}: {message}"
    return said + (f" (line {line}: {text})" if line and text else "")


def read_checks(reply: bytes) -> tuple[Check, ...]:
    """The checks a child reports; a single failed one where its reply is not sound."""
    with contextlib.suppress(Garbled, KeyError, TypeError, ValueError):
        header, _ = open_message(reply)
        if "failed" in header:
            return (Check("run", ok=False, message=failure_text(read_failure(header["failed"]))),)
        checks = []
        for name, ok, cases, message in header["checks"]:
            if (type(name), type(ok), type(cases), type(message)) != (str, bool, int, str):
                raise Garbled("a check without its facts")
            checks.append(Check(name, ok, cases, message))
        if checks:
            return tuple(checks)
    return (Check("run", ok=False, message="ended without a usable verdict"),)


def read_calls(done: Done) -> bytes:
    """The calls a verification wants made again beside another zygote; they are opened there, not here."""
    if done.status != "answered":
        return b""
    with contextlib.suppress(Garbled):
        blobs = open_message(done.reply)[1]
        return blobs[0] if len(blobs) == 1 else b""
    return b""


def read_observations(done: Done) -> list[dict[str, Any]]:
    """What a verification tried, case by case; nothing where it does not say so soundly."""
    if done.status != "answered":
        return []
    with contextlib.suppress(Garbled):
        tried = open_message(done.reply)[0].get("observations")
        if isinstance(tried, list) and all(isinstance(one, dict) for one in tried):
            return tried
    return []


def size(limit: int) -> str:
    """Bytes as people say them.

    >>> size(8 << 30)
    '8 GB'
    """
    return f"{limit >> 30} GB" if limit >= 1 << 30 else f"{limit >> 20} MB"
