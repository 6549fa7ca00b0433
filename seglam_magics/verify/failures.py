"""An error of foreign code as plain data."""

from __future__ import annotations

import json
import traceback
from typing import Any

_SHOWN = 500  # characters of an error message that are worth showing


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
