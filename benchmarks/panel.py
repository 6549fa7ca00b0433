"""How quickly a panel is there over a year of use: 1,000,000 events, 10,000 procedures.

    python benchmarks/panel.py [--store FOLDER] [--events 1000000] [--procedures 10000]

Prints one JSON object, in milliseconds and bytes. `first` is the state a panel shows at once, `figures` the patch that
follows, `list` the first page of the procedures, `page` a later one, `bare` the opening of the store's view alone,
which every figure needs. Without --store a year is made and folded first, which takes minutes.
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

from seglam_magics.cli import Office
from seglam_magics.panel import pages
from seglam_magics.panel.listing import Listing
from seglam_magics.panel.state import figures, opening
from seglam_magics.reasoner import open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import View, fold, open_log

ROUNDS = 5
FIRST_BYTES, OPEN_MS = 200_000, 500.0


def timed(call: Callable[[], Any]) -> dict[str, float]:
    """The median time of a call, and how large its answer is as JSON."""
    times, size = [], 0
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        found = call()
        times.append((time.perf_counter() - begin) * 1000)
        size = len(json.dumps(found, default=str))
    return {"first_ms": round(times[0], 1), "ms": round(statistics.median(times), 1), "bytes": size}


def measured(store: Path) -> dict[str, Any]:
    """Every step of opening a panel."""
    begin = time.perf_counter()
    settings = Seglam()
    reasoner = open_reasoner(settings, log=open_log(store, print))
    office = Office(lambda: reasoner, settings)
    _ = office.reasoner
    loaded = round((time.perf_counter() - begin) * 1000, 1)
    listing = Listing()
    try:
        return {
            "store_loaded_ms": loaded,
            "first": timed(lambda: opening(office)),
            "figures": timed(lambda: figures(office)),
            "list": timed(lambda: listing.page(office, anew=True)),
            "page": timed(lambda: listing.page(office, 5_000, 100)),
            "procedure": timed(lambda: pages.procedure(office, "p3")),
            "misses": timed(lambda: pages.misses(office)),
            "trace": timed(lambda: pages.trace(office)),
            "bare": timed(lambda: View(store).query("rechecks", day="2025-06-01")),
        }
    finally:
        reasoner.close()


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Times of the panel.")
    parser.add_argument("--store", type=Path, help="a store that was made by made_up_year.py before")
    parser.add_argument("--events", type=int, default=USUAL.events)
    parser.add_argument("--procedures", type=int, default=USUAL.procedures)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or Path(folder, "store")
        if options.store is None:
            write(store, Year(options.events, options.procedures, USUAL.kernels))
            fold(store)
        found = measured(store)
    sent = found["first"]["bytes"] + found["figures"]["bytes"] + found["list"]["bytes"]
    limits = {"first_bytes": sent, "limit_bytes": FIRST_BYTES, "open_ms": found["first"]["ms"], "limit_ms": OPEN_MS}
    print(json.dumps(found | limits, indent=2))


if __name__ == "__main__":
    main()
