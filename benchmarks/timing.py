"""Times of calls as quantiles in microseconds; standard library only, so that peers can use it where they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

MICRO = 1e6
COLUMNS = ("price", "quantity", "weight", "age", "score", "salary", "height", "tax", "margin", "delay")
OPERATIONS = ("mean", "median", "sum", "maximum", "minimum", "variance", "spread", "count")
CITIES = ("Oslo", "Lima", "Rome", "Kyiv", "Cairo", "Quito", "Paris", "Delhi", "Tunis", "Seoul")


def prompt(number: int) -> str:
    """The `number`-th of as many different questions as are wanted; the same ones for every peer and for seglam.

    >>> prompt(1)
    'What is the median of price in table t0 for Lima where id is over 7?'
    """
    operation = OPERATIONS[number % len(OPERATIONS)]
    column = COLUMNS[number // len(OPERATIONS) % len(COLUMNS)]
    table = number // (len(OPERATIONS) * len(COLUMNS))
    city = CITIES[number % len(CITIES)]
    return f"What is the {operation} of {column} in table t{table} for {city} where id is over {number * 7 % 100_003}?"


def quantiles(seconds: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99 in microseconds, and how many times were taken."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    places = {"p50_us": 0.5, "p95_us": 0.95, "p99_us": 0.99}
    return {name: round(ordered[round(last * q)] * MICRO, 2) for name, q in places.items()} | {"n": len(ordered)}


def timed(call: Callable[[Any], object], arguments: Iterable[Any]) -> dict[str, float]:
    """Quantiles of `call(argument)`, one time each; the arguments are made before the clock starts."""
    taken = []
    for argument in list(arguments):
        start = time.perf_counter()
        call(argument)
        taken.append(time.perf_counter() - start)
    return quantiles(taken)
