"""What is usual of a model: medians over its finished runs to which nothing was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .detectors import Usual

LEAST = 3  # runs, below which nothing is usual
OF_A_KIND = 5  # runs about data of one kind, from which on those of other kinds do not count
LATEST = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished run: what it was about, tokens of its thinking and of its answer, properties of its procedure."""

    kind: str
    thinking: int
    answer: int
    properties: int = 0


def usual_of(samples: Sequence[Sample], kind: str = "") -> Usual:
    """The medians of `samples`, the newest last; of those of one kind where there are enough.

    >>> usual_of([Sample("list", 100, 10, 2), Sample("list", 300, 30, 4), Sample("frame", 200, 20, 3)])
    Usual(thinking=200, answer=20, properties=3)
    >>> usual_of([Sample("list", 100, 10)]).thinking is None
    True
    """
    alike = [one for one in samples if one.kind == kind]
    counted = (alike if len(alike) >= OF_A_KIND else list(samples))[-LATEST:]
    if len(counted) < LEAST:
        return Usual()
    return Usual(
        thinking=median(one.thinking for one in counted),
        answer=median(one.answer for one in counted),
        properties=median(one.properties for one in counted),
    )
