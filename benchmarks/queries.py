"""How long every query takes on a year of use: 1,000,000 events, 10,000 procedures.

    python benchmarks/queries.py [--events 1000000] [--procedures 10000] [--folder FOLDER]

Prints one JSON object. `fold_s` brings the whole year into an empty view, which happens once; a kernel folds what is
new. Cold is the first time in a view that was just opened, its opening in it; warm is the median of the times after it,
in milliseconds. The panel asks those named in `panel`; `limit_ms` is what their user would wait for.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_up_year import USUAL, Year, write

from seglam_magics.store import View, fold
from seglam_magics.store.lineage import lineage
from seglam_magics.store.sql import select

ROUNDS = 7
PANEL = 100.0  # milliseconds
QUERIES: dict[str, dict[str, Any]] = {
    "rates": {},
    "rates by day": {"by": "day"},
    "rates by notebook": {"by": "notebook"},
    "rates by tier": {"by": "tier"},
    "hits": {},
    "savings": {},
    "savings by day": {"by": "day"},
    "savings by notebook": {"by": "notebook"},
    "procedures": {"limit": 200},
    "near_misses": {"limit": 100},
    "log": {"limit": 100},
    "tiers": {"name": "p3"},
    "rechecks": {"day": "2025-06-01"},
    "break_even": {"limit": 50},
    "pruning": {"before": 1_751_328_000.0},
}
SHOWN = (
    "rates",
    "rates by day",
    "rates by notebook",
    "rates by tier",
    "hits",
    "savings",
    "procedures",
    "near_misses",
    "log",
)


def milliseconds(call: Callable[[], object]) -> float:
    """How long a call took."""
    begin = time.perf_counter()
    call()
    return round((time.perf_counter() - begin) * 1000, 1)


def calls(view: View) -> dict[str, Callable[[], object]]:
    """Every question the year is asked."""
    answer = str(select(view, "select answer from hits order by number desc limit 1").frame.item())
    asked: dict[str, Callable[[], object]] = {
        name: lambda name=name, facts=facts: view.query(name.partition(" ")[0], **facts)  # type: ignore[misc]
        for name, facts in QUERIES.items()
    }
    grouped = "select notebook, count(*) as hits from hits group by all order by hits desc"
    return asked | {"why": lambda: lineage(view, answer), "sql": lambda: select(view, grouped)}


def measured(folder: Path) -> dict[str, dict[str, float]]:
    """Cold and warm times of every query."""
    figures: dict[str, dict[str, float]] = {}
    with View(folder) as view:
        names = list(calls(view))
    for name in names:
        view = View(folder)
        asked = calls(view)[name]
        cold = milliseconds(asked)
        with view:
            asked()
            warm = statistics.median(milliseconds(asked) for _ in range(ROUNDS))
        figures[name] = {"cold_ms": cold, "warm_ms": round(warm, 1)}
    return figures


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Times of the queries.")
    parser.add_argument("--events", type=int, default=USUAL.events)
    parser.add_argument("--procedures", type=int, default=USUAL.procedures)
    parser.add_argument("--kernels", type=int, default=USUAL.kernels)
    parser.add_argument("--folder", type=Path, help="measure on the disk of this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        store = Path(folder, "store")
        counts = write(store, Year(options.events, options.procedures, options.kernels))
        begin = time.perf_counter()
        folded = fold(store)
        seconds = round(time.perf_counter() - begin, 2)
        figures = measured(store)
    slow = {name: figures[name]["warm_ms"] for name in SHOWN if figures[name]["warm_ms"] > PANEL}
    facts = {"events": dict(counts), "folded": folded.events if folded else 0, "fold_s": seconds}
    print(json.dumps(facts | {"queries": figures, "panel": SHOWN, "limit_ms": PANEL, "over": slow}, indent=2))


if __name__ == "__main__":
    main()
