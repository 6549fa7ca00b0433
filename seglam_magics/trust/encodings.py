"""The spellings in which a secret turns up: as it is, in a URL, in base64, in Python, JSON and HTML; and cut short."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from ..question.normal import spelled

SHORTEST = 8
_SHORTEST_CODE = 10
_SHORTEST_CUT = 16
_PERCENT = re.compile(r"%[0-9A-F]{2}")


def forms(value: str) -> tuple[str, ...]:
    """Every spelling of `value` that is looked for, longest first.

    >>> found = forms("hunter2 & co")
    >>> "hunter2%20%26%20co" in found, "aHVudGVyMiAmIGNv" in found
    (True, True)
    """
    found = {value, spelled(value), repr(value)[1:-1], html.escape(value), *_in_json(value), *_in_url(value)}
    found.update(code for code in _in_base64(value) if len(code) >= _SHORTEST_CODE)
    return tuple(sorted((form for form in found if len(form) >= SHORTEST), key=lambda form: (-len(form), form)))


def _in_json(value: str) -> Iterator[str]:
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]  # JSON that travels as a text in JSON


def _in_url(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogateescape")
    for coded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield coded
        yield _PERCENT.sub(lambda found: found.group().lower(), coded)


def _in_base64(value: str) -> Iterator[str]:
    """What base64 makes of the value wherever it begins in a text, without the characters its neighbours share."""
    raw = value.encode("utf-8", "surrogateescape")
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(raw)) * 8 // 6
        for code in (base64.b64encode, base64.urlsafe_b64encode):
            yield code(b"\0" * before + raw)[shared:whole].decode("ascii")


def cut_short(value: str) -> re.Pattern[str] | None:
    """What a display leaves of a long value: its beginning, an ellipsis, and perhaps its end.

    >>> cut_short("correct-horse-battery-staple").sub("*", "it is 'correct-hor...staple'.")
    "it is '*'."
    """
    if len(value) < _SHORTEST_CUT:
        return None
    return re.compile(re.escape(value[:SHORTEST]) + r"""[^\s'"<>]{0,400}?(?:…|\.{3})[^\s'"<>]*""")
