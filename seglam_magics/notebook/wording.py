"""Words, numbers and values as people read them; the sentences themselves are in `messages.toml`."""

from __future__ import annotations

import datetime as dt
import reprlib
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

from seglam_magics.trust.redaction import redact

SHORT = 40
_LOOKED_AT = 4000
_MINUTE = 60.0
_HUNDRED_SECONDS = 100.0
_SMALLEST_PRICE = 0.0001


@cache
def messages() -> dict[str, dict[str, str]]:
    """Every wording, by section and name."""
    text = resources.files(__package__).joinpath("messages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(key: str, **facts: Any) -> str:
    """The wording `section.name`, filled with `facts`.

    Raises
    ------
    KeyError : for an unknown wording or a fact that is missing.

    >>> say("status.version", name="top_growth", number=1)
    'top_growth v1'
    """
    section, name = key.split(".")
    return messages()[section][name].format_map(facts)


def money(usd: float | None) -> str:
    """US dollars; None is an unknown price and is never shown as 0.

    >>> money(0.0131), money(12.5), money(None), money(0.0)
    ('≈ $0.0131', '≈ $12.50', 'cost unknown', 'free')
    """
    if usd is None:
        return say("status.cost_unknown")
    if usd == 0:
        return say("status.free")
    if usd < _SMALLEST_PRICE:
        return say("status.cost_tiny")
    return say("status.cost", usd=f"{usd:,.2f}" if usd >= 1 else f"{usd:.4f}")


def span(seconds: float) -> str:
    """A duration in the unit people would use.

    >>> span(0.0004), span(0.0112), span(6.21), span(125)
    ('0.4 ms', '11 ms', '6.2 s', '2 min 5 s')
    """
    milliseconds = seconds * 1000
    if milliseconds < 1:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:  # noqa: PLR2004 - what rounds to 1000 ms is a second
        return f"{milliseconds:.0f} ms"
    if seconds < _HUNDRED_SECONDS:
        return f"{seconds:.1f} s"
    return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"


def cut(text: str, limit: int = SHORT) -> str:
    """`text` in at most `limit` characters, `…` where something is left out.

    >>> cut("a long sentence", 8)
    'a long …'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def visible(text: str, *, keep: str = "\n\t", joiners: bool = True) -> str:
    r"""`text` with control and bidirectional characters written out, so that nothing hides in what is shown.

    Parameters
    ----------
    keep : control characters that stay.
    joiners : leave the zero-width joiners of Persian, Hindi or emoji as they are; code has no use for them.

    >>> visible("ab\x1b[31m\u202ecd")
    'ab\\x1b[31m\\u202ecd'
    """
    if text.isascii() and text.isprintable():
        return text
    kept = keep + "\u200c\u200d" if joiners else keep
    return "".join(c if c in kept or not _hidden(c) else _written_out(c) for c in text)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def one_line(text: str, limit: int = SHORT) -> str:
    r"""`text` on one line, shortened, with nothing hidden in it.

    >>> one_line("mean of\n  x")
    'mean of x'
    """
    return cut(visible(" ".join(redact(text[: 4 * limit]).split()), keep=""), limit)


class _Short(reprlib.Repr):
    """A short form of a value, its texts without secrets before they are cut."""

    def repr_str(self, x: str, level: int) -> str:
        """A text, short; beyond some thousand characters nothing of it is shown."""
        return super().repr_str(redact(x if len(x) <= _LOOKED_AT else x[:_LOOKED_AT] + "…"), level)


def brief(value: Any, limit: int = SHORT) -> str:
    """A value on one short line, never reading more of it than is shown.

    >>> brief("shop"), brief(list(range(1000000))), brief((2021, 2022))
    ("'shop'", '[0, 1, 2, 3, 4, 5, ...]', '(2021, 2022)')
    """
    if isinstance(value, dt.date):
        return value.isoformat()
    short = _Short()
    short.maxstring = short.maxother = short.maxlong = limit
    try:
        return one_line(short.repr(value), limit)
    except Exception:  # noqa: BLE001 - the repr of a user's object may raise anything
        return cut(f"<{type(value).__name__}>", limit)
