"""Secrets out of every text that is sent, kept or shown. This is the only place that decides what a secret is.

Three sources: values of environment variables whose names say that they are secret, the shapes of well-known keys
(`shapes.toml`), and whatever a question held that looked like one, which is known from then on until the process ends.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from ..errors import seen_through
from .encodings import SHORTEST, cut_short, forms
from .shapes import LONGEST_WORDS, random_texts, shapes

_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_OWN = "SEGLAM_"  # settings, which hold the names of keys and never keys
_CONSONANTS = "bcdfghjklmnpqrstvwxz"  # no word of any language, and no number
_MOST = 500
OPENING, CLOSING = "‹secret:", "›"


@dataclass(frozen=True, slots=True)
class Known:
    """A secret whose value is known: the placeholder, the spellings it is found in, and what a display leaves of it."""

    mark: str
    forms: tuple[str, ...]
    head: str
    cut: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text without its secrets; `found` is placeholder -> what stood there."""

    text: str
    found: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Table:
    environment: Mapping[Any, Any]
    remembered: int
    known: tuple[Known, ...]


_lock = threading.Lock()
_remembered: dict[str, str] = {}
_times = 0
_table = _Table({}, -1, ())
_salt = secrets.token_bytes(16)


def redact(text: str) -> str:
    """`text` with every known secret replaced by a placeholder; doing it twice changes nothing.

    >>> redact("refused: https://host/v1?key=AIzaSyA1234567890abcdefghijklmn")
    'refused: https://host/v1?key=‹secret:google_key›'
    """
    return _clean(text, _known())


def _clean(text: str, known: tuple[Known, ...]) -> str:
    return _without_shapes(_without_known(text, known, {}), None)


def redacted(data: Any) -> Any:
    """Plain data with `redact` done to every text in it, keys of objects too.

    >>> redacted({"at": ["https://me:hunter2-hunter2@host", 3]})
    {'at': ['https://‹secret:url_password›@host', 3]}
    """
    return _all_clean(data, _known())


def _all_clean(data: Any, known: tuple[Known, ...]) -> Any:
    if isinstance(data, str):
        return _clean(data, known) if len(data) >= SHORTEST else data
    if isinstance(data, Mapping):
        return {_all_clean(key, known): _all_clean(value, known) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_all_clean(item, known) for item in data]
    return data


def holds_secret(text: str) -> bool:
    """Whether `redact` would change `text`, or has."""
    return OPENING in text or redact(text) != text


def hide(text: str, names: Container[str] = ()) -> Hidden:
    """A question without its secrets, long random texts among them.

    Every secret gets a placeholder of its own, the same until the process ends: two questions that differ in their
    secrets stay two questions. What was found here is redacted everywhere from now on.

    Parameters
    ----------
    names : texts that are no secrets however they look: those of variables.

    >>> one = hide("rows of `logs` with token ghp_0123456789abcdefghij")
    >>> one.text.partition("_token_")[0], list(one.found.values())
    ('rows of `logs` with token ‹secret:github', ['ghp_0123456789abcdefghij'])
    """
    found: dict[str, str] = {}
    # whole ones first: a known secret with one more character is another secret
    text = _without_shapes(text, found)
    if len(text) >= LONGEST_WORDS:
        for match in list(random_texts(text)):
            if match.group() not in names and match.group() in text:
                text = text.replace(match.group(), _noted(match.group(), "random_text", found))
    return Hidden(_without_known(text, _known(), found), found)


def remember(value: str, name: str) -> str:
    """Redact `value` from now on, as `name`; its placeholder. One that is too short to be told from a word is not kept.

    >>> remember("correct-horse-battery", "KEYRING_PHRASE")
    '‹secret:KEYRING_PHRASE›'
    >>> redact("correct-horse-battery")
    '‹secret:KEYRING_PHRASE›'
    """
    global _times  # noqa: PLW0603 - the process has one environment and one memory of secrets
    mark = f"{OPENING}{name}{CLOSING}"
    if len(value) < SHORTEST:
        return mark
    with _lock:
        if value in _remembered:
            return _remembered[value]
        if len(_remembered) >= _MOST:
            del _remembered[next(iter(_remembered))]
        _remembered[value] = mark
        _times += 1
    return mark


# ---------------------------------------------------------------- shapes


def _without_shapes(text: str, found: dict[str, str] | None) -> str:
    for shape in shapes():
        if shape.may_be_in(text):
            text = shape.pattern.sub(partial(_replaced, shape.kind, found), text)
    return text


def _replaced(kind: str, found: dict[str, str] | None, match: re.Match[str]) -> str:
    if found is None:
        return f"{OPENING}{kind}{CLOSING}"
    also = match.groupdict().get("also")
    if also:
        remember(also, _name_of(also, kind))
    return _noted(match.group(), kind, found)


def _noted(value: str, kind: str, found: dict[str, str]) -> str:
    known = next((secret.mark for secret in _known() if value in secret.forms), None)
    mark = known or remember(value, _name_of(value, kind))
    found[mark] = value
    return mark


def _name_of(value: str, kind: str) -> str:
    """A name for a secret that tells nothing about it and that no other one has, in this process."""
    digest = hmac.new(_salt, value.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return kind + "_" + "".join(_CONSONANTS[byte % len(_CONSONANTS)] for byte in digest[:6])


# ---------------------------------------------------------------- known values


def _without_known(text: str, known: tuple[Known, ...], found: dict[str, str]) -> str:
    for secret in known:
        for form in secret.forms:
            if form in text:
                found.setdefault(secret.mark, form)
                text = text.replace(form, secret.mark)
        if secret.cut is not None and secret.head in text:
            text = secret.cut.sub(secret.mark, text)
    return text


def _known() -> tuple[Known, ...]:
    """The secrets of this moment; looked up anew where the environment is another than last time."""
    global _table  # noqa: PLW0603 - replaced as a whole, so that no thread sees half of it
    # the raw dictionary compares in 2 µs, decoding every variable takes 30
    environment: Mapping[Any, Any] = getattr(os.environ, "_data", None) or dict(os.environ)
    table = _table
    if table.remembered != _times or table.environment != environment:
        with _lock:
            values, times = dict(_remembered), _times
        known = [_described(value, f"{OPENING}{name}{CLOSING}") for name, value in _variables()]
        known += [_described(value, mark) for value, mark in values.items()]
        known.sort(key=lambda secret: -len(secret.forms[0]))
        table = _table = _Table(dict(environment), times, tuple(known))
    return table.known


def _variables() -> Iterator[tuple[str, str]]:
    """Variables of the environment that hold a secret; one whose value is the name of another one tells where it is."""
    for name, value in sorted(os.environ.items()):
        secret = _NAMES.search(name) and not name.startswith(_OWN)
        if secret and len(value) >= SHORTEST and value not in os.environ and not value.isspace():
            yield name, value


@lru_cache(maxsize=2 * _MOST)
def _described(value: str, mark: str) -> Known:
    return Known(mark, forms(value), value[:SHORTEST], cut_short(value))


seen_through(redact)
