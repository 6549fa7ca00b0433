"""How long the lint takes for one procedure, over the good ones of the tests, beside parsing alone.

    python benchmarks/lint.py [--rounds 20] [--json lint.json]

Every source is new to the lint each time: what it remembers between calls is left out. The goal is a median of at most
1 ms; times of one machine say little, so read the ratio to `ast.parse` of the same source as well.
"""

from __future__ import annotations

import argparse
import ast
import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timing import quantiles

from seglam_magics.verify import lint

GOOD = Path(__file__).resolve().parent.parent / "tests" / "good"
fresh: Callable[..., object] = lint.__wrapped__


def corpus() -> list[tuple[str, str, bool]]:
    """Name, source and whether it takes frames, of every good procedure."""
    plain = tomllib.loads((GOOD / "plain.toml").read_text(encoding="utf-8"))
    frames = tomllib.loads((GOOD / "frames.toml").read_text(encoding="utf-8"))["procedures"]
    return [(name, case["source"], name in frames) for name, case in (plain | frames).items()]


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measured(rounds: int) -> dict[str, Any]:
    """Quantiles over all procedures and rounds, the first round not counted, and of the slowest procedure."""
    taken: dict[str, list[float]] = {}
    parsed: list[float] = []
    for turn in range(rounds + 1):
        for name, source, framed in corpus():
            one = seconds(lambda s=source, n=name, f=framed: fresh(s, name=n, frames=f))  # type: ignore[misc]
            if turn:
                taken.setdefault(name, []).append(one)
                parsed.append(seconds(lambda s=source: ast.parse(s)))  # type: ignore[misc]
    every = [one for times in taken.values() for one in times]
    slowest = max(taken, key=lambda name: sorted(taken[name])[rounds // 2])
    lint_times, parse_times = quantiles(every), quantiles(parsed)
    return {
        "procedures": len(taken),
        "lint": lint_times,
        "parse": parse_times,
        "times parsing": round(lint_times["p50_us"] / parse_times["p50_us"], 2),
        "slowest": {"name": slowest, **quantiles(taken[slowest])},
    }


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = measured(arguments.rounds)
    print(json.dumps(result, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
