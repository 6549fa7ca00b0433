"""Intervals of shares and of their differences.

Wilson's score interval (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927),
and for the difference of two shares the interval made of two such ones (R. G. Newcombe, "Interval estimation for the
difference between independent proportions: comparison of eleven methods", 1998, method 10).
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson(hits: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share; everything is possible where nothing was tried.

    >>> [round(bound, 4) for bound in wilson(81, 263)]
    [0.2553, 0.3662]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, square = hits / n, z * z
    middle = share + square / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    low, high = ((middle + sign * reach) / (1 + square / n) for sign in (-1, 1))
    return (0.0 if hits == 0 else low), (1.0 if hits == n else high)


def difference(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float]:
    """How much larger the first share (hits, n) is than the second, and the interval of that.

    >>> [round(bound, 4) for bound in difference((56, 70), (48, 80))]
    [0.2, 0.0524, 0.3339]
    """
    first, second = (hits / n if n else 0.0 for hits, n in (one, other))
    (low, high), (other_low, other_high) = wilson(*one), wilson(*other)
    down = sqrt((first - low) ** 2 + (other_high - second) ** 2)
    up = sqrt((high - first) ** 2 + (second - other_low) ** 2)
    return first - second, first - second - down, first - second + up
