"""The OpenAI embeddings protocol, answered by rule: the more words two texts share, the nearer they lie.

No recording is needed: the same text has the same vector in every process and in every set.
"""

from __future__ import annotations

import base64
import struct
from hashlib import shake_256
from math import sqrt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

WIDTH = 64
CHARACTERS_PER_TOKEN = 4


class VectorRequest(BaseModel):
    """What is read of a request; everything else in it is ignored, as providers do."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: str | list[str] = Field(min_length=1)
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> list[str]:
        """The texts, one or many."""
        return [self.input] if isinstance(self.input, str) else self.input


def vector(text: str) -> list[float]:
    """The unit vector of `text`, the sum of one direction per word; without words that of the empty text.

    >>> one, other = vector("mean price per city"), vector("Mean price per region")
    >>> 0.5 < sum(a * b for a, b in zip(one, other)) < 0.99
    True
    """
    words = text.casefold().split() or [""]
    summed = [float(sum(numbers)) for numbers in zip(*map(_direction, words), strict=True)]
    length = sqrt(sum(number * number for number in summed))
    return [number / length for number in summed]


def reply(request: VectorRequest) -> dict[str, Any]:
    """The body that answers `request`."""
    tokens = sum(map(len, request.texts)) // CHARACTERS_PER_TOKEN
    data = [
        {"object": "embedding", "index": place, "embedding": _encoded(vector(text), request.encoding_format)}
        for place, text in enumerate(request.texts)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": request.model, "usage": usage}


def _direction(word: str) -> list[int]:
    digest = shake_256(word.encode("utf-8", "surrogatepass")).digest(WIDTH)
    return [2 * byte - 255 for byte in digest]


def _encoded(numbers: list[float], form: str) -> list[float] | str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode() if form == "base64" else numbers
