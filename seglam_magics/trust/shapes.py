"""What a secret looks like: the shapes of well-known keys, and long texts that nobody made up of words."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log2

LONGEST_WORDS = 32  # characters from which a text without blanks may be a secret of no known shape
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{32,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CHUNKS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_PARTS = re.compile(r"[+/=_-]+")
_DIGIT = re.compile(r"[0-9]")
# A random text changes between lower case, upper case and digits every two or three characters, a name every five.
_LONGEST_CHUNK = 3.2
_SHORTEST_PART = 12
_LEAST_BITS = 3.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret, the texts without which it is not looked for, and its pattern."""

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]

    def may_be_in(self, text: str) -> bool:
        """Whether `text` is worth a search."""
        for hint in self.hints:  # noqa: SIM110 - on the way of every hit, and `any` is three times as slow
            if hint in text:
                return True
        return False


@cache
def shapes() -> tuple[Shape, ...]:
    """The shapes of `shapes.toml`, the narrower one of two first."""
    text = resources.files(__package__).joinpath("shapes.toml").read_text(encoding="utf-8")
    return tuple(Shape(s["kind"], tuple(s["hints"]), re.compile(s["pattern"])) for s in tomllib.loads(text)["shape"])


def random_texts(text: str) -> Iterator[re.Match[str]]:
    """Stretches of 32 and more characters that look like chance; a UUID is a name and not one of them.

    >>> [m.group() for m in random_texts("9fQ2xZ7Lk0Vb4Rt8Hn3Wc6Yd1Ms5Gp2J mean_temperature_2023_by_station")]
    ['9fQ2xZ7Lk0Vb4Rt8Hn3Wc6Yd1Ms5Gp2J']
    """
    return (found for found in _LONG.finditer(text) if _by_chance(found.group()))


def _by_chance(text: str) -> bool:
    if not _DIGIT.search(text) or _UUID.fullmatch(text):
        return False
    chunks = _CHUNKS.findall(text)
    longest = max(map(len, _PARTS.split(text)))
    return longest >= _SHORTEST_PART and sum(map(len, chunks)) <= _LONGEST_CHUNK * len(chunks) and _bits(text)


def _bits(text: str) -> bool:
    shares = (n / len(text) for n in Counter(text).values())
    return -sum(share * log2(share) for share in shares) >= _LEAST_BITS
