"""Whether hits were right: labels, and what they prove about the share of wrong ones.

A label comes from running the stored procedure beside another that answers the same question (a fresh compile, a
sibling that fits as well) or from the person who read the answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..words import Decision, Tier

Source = Literal["recompile", "sibling", "user"]
CONFIDENCE = 0.95
_HALVINGS = 100  # more than a float between 0 and 1 has room for


@dataclass(frozen=True, slots=True)
class Label:
    """One verdict on one hit.

    Attributes
    ----------
    right : None where the verdict was taken back.
    other : the procedure it was compared with, "" where a person judged.
    day : ISO date of a comparison, so that each counts once a day.
    """

    tier: Tier
    right: bool | None
    source: Source
    question: str = ""
    other: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """How many checked hits were right and wrong."""

    right: int = 0
    wrong: int = 0

    @property
    def checked(self) -> int:
        """How many were checked."""
        return self.right + self.wrong

    @property
    def bound(self) -> float:
        """At most this share of all such hits is wrong, with 95 % confidence."""
        return bound(self.wrong, self.checked)


def counted(labels: Iterable[Label]) -> dict[Tier, Labels]:
    """Labels by the tier they judge; what was taken back does not count.

    >>> counted([Label("template", True, "user"), Label("template", None, "user")])
    {'template': Labels(right=1, wrong=0)}
    """
    found: dict[Tier, Labels] = {}
    for label in labels:
        if label.right is not None:
            one = found.get(label.tier, Labels())
            found[label.tier] = Labels(one.right + label.right, one.wrong + (not label.right))
    return found


def total(labels: Iterable[Labels]) -> Labels:
    """The sum over tiers.

    >>> total([Labels(3, 1), Labels(2, 0)])
    Labels(right=5, wrong=1)
    """
    every = list(labels)
    return Labels(sum(one.right for one in every), sum(one.wrong for one in every))


@lru_cache(maxsize=4096)
def bound(wrong: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided upper bound of Clopper and Pearson (1934) on the share of wrong ones, after `wrong` of `n`.

    It is the share at which seeing so few wrong ones has the probability 1 - `confidence`; 1.0 where nothing was seen.

    Raises
    ------
    ValueError : `wrong` is not between 0 and `n`, or `confidence` not between 0 and 1.

    >>> round(bound(0, 12), 4), round(bound(1, 100), 4), bound(0, 0)
    (0.2209, 0.0466, 1.0)
    """
    if not (0 <= wrong <= n and 0 < confidence < 1):
        raise ValueError(f"no bound after {wrong} of {n} at {confidence}")
    if wrong == n:
        return 1.0
    ways = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(wrong + 1)]
    low, high = wrong / n, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _at_most(ways, n, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(ways: list[float], n: int, share: float) -> float:
    """The probability of fewer than `len(ways)` wrong ones among `n`; `ways` holds the logarithms of the binomials."""
    one, other = math.log(share), math.log1p(-share)
    return math.fsum(math.exp(way + k * one + (n - k) * other) for k, way in enumerate(ways))


def tier_of(decision: Decision) -> Tier | None:
    """The tier whose work a decision is: what is remembered was found by a wording once, and repeats its mistakes.

    >>> from seglam_magics.words import Revision
    >>> one = Revision("rows", 1, "ab", "", question="how many rows?")
    >>> tier_of(Decision(True, "cell", one, template="count {frame}")), tier_of(Decision(True, "cell", one))
    ('template', 'exact')
    """
    if decision.found is not None:
        return decision.found
    if decision.tier not in ("cell", "exact") or decision.revision is None:
        return decision.tier
    return "template" if decision.template and decision.template != decision.revision.question else "exact"
