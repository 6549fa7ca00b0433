"""The two jobs of a child: call a procedure, verify a revision. A message in, a message out; nothing else leaves.

Runs in the child only, after it has restricted itself.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

from ..procedure import apply, from_record, load
from ..procedure.wire import pack, unpack
from .channel import Oversized, encode, open_message

Note = Callable[[str, str], None]
_SHOWN = 500  # characters of an error message that are worth showing


def answer(message: bytes, note: Note) -> bytes:
    """Do the job of `message` and give the reply as a message; whatever goes wrong is the reply, too.

    Parameters
    ----------
    note : told (check, call) before each run of foreign code, so that somebody knows where it hung or died.
    """
    header: dict[str, Any] = {}
    try:
        header, blobs = open_message(message)
        return encode(*_JOBS[header["kind"]](header, blobs, note))
    except Oversized as error:
        return encode({"failed": {"type": "Oversized", "message": f"the result has {error}", "line": 0, "text": ""}})
    except BaseException as error:  # noqa: BLE001 - SystemExit and panics of libraries are failures of the job like any other
        return encode({"failed": failure(error, str(header.get("name")), str(header.get("source", "")))})


def _call(header: dict[str, Any], blobs: list[bytes], _note: Note) -> tuple[dict[str, Any], list[bytes]]:
    function = load(header["source"], header["name"])
    arguments = {n: unpack(plain, blobs[at : at + count]) for n, (plain, at, count) in header["arguments"].items()}
    plain, out = pack(apply(function, arguments, header["returns"]))
    return {"value": plain}, out


def _verify(header: dict[str, Any], _blobs: list[bytes], note: Note) -> tuple[dict[str, Any], list[bytes]]:
    from .verification import check_revision

    checks = check_revision(
        from_record(header["revision"]), cases=header["cases"], seconds=header["seconds"], note=note
    )
    return {"checks": [[c.name, c.ok, c.cases, c.message] for c in checks]}, []


_JOBS = {"call": _call, "verify": _verify}


def failure(error: BaseException, name: str, source: str) -> dict[str, Any]:
    """What happened, as plain data: type and message of the error, line and text of the foreign source it left.

    >>> failure(ZeroDivisionError("division by zero"), "f", "")
    {'type': 'ZeroDivisionError', 'message': 'division by zero', 'line': 0, 'text': ''}
    """
    frames = traceback.extract_tb(error.__traceback__)
    line = next((f.lineno or 0 for f in reversed(frames) if f.filename == f"<{name}>"), 0)
    if isinstance(error, SyntaxError) and error.filename == f"<{name}>":
        line = error.lineno or 0
    lines = source.splitlines()
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return {"type": type(error).__name__, "message": _message(error), "line": line, "text": text}


def _message(error: BaseException) -> str:
    try:
        text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        json.dumps(text).encode()
    except Exception:  # noqa: BLE001 - foreign code may have given it any __str__
        return "an error without a message"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
