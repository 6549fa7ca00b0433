"""What the guards of a run in the kernel cost: handing over copies and clones, and comparing them afterwards.

    python benchmarks/guards.py --json guards.json

Each row is one kind of input: the median of a call with the guard and of one that is handed the bare value, and their
ratio in the same run. `guard_us` is the guard alone. `naive_us` is what would guard by brute force: `copy.deepcopy`
before the call for containers, hashing every row before and after it for frames. Kinds whose library is not installed
are skipped. Times of one machine say little: read the ratios.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from seglam_magics.procedure import apply, load
from seglam_magics.procedure.ambient import Ambient
from seglam_magics.procedure.calling import is_polars
from seglam_magics.procedure.frames import into_polars
from seglam_magics.procedure.handing import Handed

SMALL, LARGE = 1_000, 1_000_000
ROWS = "def p(*, x):\n    return sum(1 for row in x if row['a'] > 500)\n"
NUMBERS = "def p(*, x):\n    return sum(x)\n"
LOOKUP = "def p(*, x):\n    return max(x.values())\n"
FRAME = "def p(x):\n    return x.group_by('g').agg(nw.col('a').sum()).select(nw.col('a').max())\n"


def frame(rows: int) -> pl.DataFrame:
    """An integer, a float, a text of ten values and a date."""
    numbers = pl.int_range(rows, eager=True)
    texts = (numbers % 10).cast(pl.String)
    return pl.DataFrame({"a": numbers, "f": numbers / 3, "g": texts, "d": (numbers % 1_000).cast(pl.Date)})


def kinds() -> Iterator[tuple[str, str, Any]]:
    """Name, source and input of each kind."""
    yield "list of 1,000 numbers", NUMBERS, list(range(SMALL))
    yield "list of 100,000 numbers", NUMBERS, list(range(100 * SMALL))
    yield "1,000 rows as dictionaries", ROWS, [{"a": n, "b": str(n), "c": n / 2} for n in range(SMALL)]
    yield "9,000 rows as dictionaries", ROWS, [{"a": n, "b": str(n), "c": n / 2} for n in range(9 * SMALL)]
    yield "dict of 1,000 entries", LOOKUP, {str(n): n for n in range(SMALL)}
    for rows in (SMALL, LARGE):
        yield f"polars, {rows:,} rows", FRAME, frame(rows)
        if importlib.util.find_spec("pandas") and importlib.util.find_spec("pyarrow"):
            yield f"pandas, {rows:,} rows", FRAME, frame(rows).to_pandas()


def measured(source: str, value: Any) -> dict[str, float]:
    """Medians in microseconds of one kind."""
    function = load(source, "p")
    bare = into_polars("x", value) if hasattr(value, "columns") else value
    times = 15 if hasattr(value, "columns") and len(value) == LARGE else 60

    def guarded() -> None:
        handed = Handed()
        apply(function, {"x": handed.over("x", bare)}, "number")
        assert handed.changed() is None

    def guard() -> None:
        handed = Handed()
        handed.over("x", bare)
        handed.changed()

    calls: dict[str, Callable[[], object]] = {
        "bare_us": lambda: apply(function, {"x": bare}, "number"),
        "guarded_us": guarded,
        "guard_us": guard,
        "naive_us": (lambda: (bare.hash_rows(), bare.hash_rows())) if is_polars(bare) else lambda: copy.deepcopy(bare),
    }
    found = medians(calls, times)
    return {**found, "ratio": round(found["guarded_us"] / found["bare_us"], 3)}


def medians(calls: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Medians of calls that take turns, so that a busy moment of the machine meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - begin)
    return {name: round(statistics.median(seconds) * 1e6, 1) for name, seconds in taken.items()}


def main() -> None:
    """Print the table, and write it where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows = {name: measured(source, value) for name, source, value in kinds()}
    fixed = medians({"namespace_us": lambda: load(NUMBERS, "p"), "clock_and_seed_us": Ambient.here}, 500)
    for name, found in rows.items():
        print(f"{name:28}", "  ".join(f"{key} {value:>10,.1f}" for key, value in found.items()))
    print("a fresh namespace, and the clock with a seed:", fixed)
    if chosen.json:
        chosen.json.write_text(json.dumps({"kinds": rows, "fixed": fixed}, indent=1))


if __name__ == "__main__":
    main()
