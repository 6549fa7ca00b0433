"""How long it takes to look a question's words up in a table, beside a plain scan by polars in the same run.

    python benchmarks/domains.py --json domains.json

A lookup asks for 100 phrases in all columns of text. The first one reads them, later ones find what was learned. The
scan is what one would write instead, `column.filter(column.is_in(phrases)).unique()` for each column of text: it finds
a value in one spelling only and learns nothing. Tables of pandas and pyarrow are skipped where these are not installed.
Times of one machine say little: read the ratios.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from timing import CITIES, timed

from seglam_magics.procedure import domains
from seglam_magics.procedure.domains import Domains
from seglam_magics.procedure.remembering import Memory
from seglam_magics.question import cell_key

PHRASES = 100
# Rows, different texts in the first column of text, and what these are made of.
SIZES = (
    (10, 10, "{city} {number}"),
    (10_000, 5_000, "{city} {number}"),
    (1_000_000, 100_000, "{city} {number}"),
    (1_000_000, 100_000, "Город {city} {number}"),
    (1_000_000, 30_000, "Straße {city} {number}"),
    (1_000_000, 1_000_000, "{city} {number}"),
)
# A frame of ten rows and one of a million are asked about this often.
FEW, MANY = 7, 300
KINDS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "pandas": lambda frame: pandas_frame(frame, "str"),
    "pandas objects": lambda frame: pandas_frame(frame, "object"),
    "pyarrow": lambda frame: frame.to_arrow(),
    "rows": lambda frame: frame.to_dicts(),
}
NEEDS = {"pandas": ("pandas", "pyarrow"), "pandas objects": ("pandas",), "pyarrow": ("pyarrow",)}


def table(rows: int, different: int, wording: str) -> pl.DataFrame:
    """Five columns: a text of many values, one of few, an integer, a float, and a truth value."""
    dice = random.Random(rows)
    texts = [wording.format(city=CITIES[n % len(CITIES)], number=n) for n in range(different)]
    drawn = list(range(rows)) if different >= rows else [dice.randrange(different) for _ in range(rows)]
    return pl.DataFrame(
        {
            "who": pl.Series(texts).gather(drawn),
            "where": pl.Series(CITIES).gather([n % len(CITIES) for n in drawn]),
            "count": drawn,
            "price": [n / 7 for n in drawn],
            "open": [n % 2 == 0 for n in drawn],
        }
    )


def pandas_frame(frame: pl.DataFrame, kind: str) -> Any:
    """The frame in pandas, its texts of the dtype `kind`."""
    import pandas as pd

    columns = {c.name: pd.Series(c.to_list(), dtype=kind if c.dtype == pl.String else None) for c in frame}
    return pd.DataFrame(columns)


def phrases(frame: pl.DataFrame) -> list[str]:
    """What a long question asks for: three values of the table, and groups of words that are none."""
    known = [cell_key(frame["who"][row]) for row in (0, frame.height // 2)] + [cell_key(CITIES[0])]
    return [f"some {n} words" for n in range(PHRASES - len(known))] + known


def looked_up(value: Any, words: list[str], times: int) -> dict[str, Any]:
    """First and later lookups in `value`, its ranges, and which columns are too large to be looked into."""
    values = Domains({"table": value}, ("table",))

    def first(_: int) -> object:
        domains.MEMORY = Memory(domains.MEMORY.columns, domains.MEMORY.nbytes)
        return values.find("table", words)

    found = values.find("table", words)
    return {
        "first": timed(first, range(times)),
        "later": timed(lambda _: values.find("table", words), range(times)),
        "ranges": timed(lambda _: values.ranges("table"), range(times)),
        "found": len(found),
        "skipped": values.skipped("table"),
    }


def scanned(frame: pl.DataFrame, words: list[str], times: int) -> dict[str, float]:
    """The plain scan of the columns of text."""
    columns = [frame["who"], frame["where"]]
    return timed(lambda _: [c.filter(c.is_in(words)).unique() for c in columns], range(times))


def measured() -> Iterator[dict[str, Any]]:
    """One entry per size and kind of table."""
    for rows, different, wording in SIZES:
        frame = table(rows, different, wording)
        words, times = phrases(frame), FEW if rows > 10_000 else MANY
        scan = scanned(frame, words, times)
        for kind, make in KINDS.items():
            size = {
                "rows": rows,
                "texts": different,
                "as": wording.partition("{")[0].strip() or "English",
                "kind": kind,
            }
            if all(importlib.util.find_spec(name) for name in NEEDS.get(kind, ())):
                figures = looked_up(make(frame), words, times)
                ratios = {f"{what}/scan": figures[what]["p50_us"] / scan["p50_us"] for what in ("first", "later")}
                yield size | figures | {"scan": scan} | ratios
            else:
                yield size | {"absent": f"{' and '.join(NEEDS[kind])} not installed"}


def line(entry: dict[str, Any]) -> str:
    """An entry to read."""
    start = f"{entry['rows']:>9,} {entry['texts']:>9,} {entry['as']:8} {entry['kind']:14}"
    if "absent" in entry:
        return f"{start} {entry['absent']}"
    times = " ".join(f"{entry[what]['p50_us']:>11,.1f}" for what in ("first", "later", "ranges", "scan"))
    skipped = f"  skipped: {', '.join(entry['skipped'])}" if entry["skipped"] else ""
    return f"{start} {times} {entry['first/scan']:>10.2f} {entry['later/scan']:>10.3f}{skipped}"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count(), "load": load}
    print(f"{'rows':>9} {'texts':>9} {'words':8} {'table':14} {'first µs':>11} {'later µs':>11}", end=" ")
    print(f"{'ranges µs':>11} {'scan µs':>11} {'first/scan':>10} {'later/scan':>10}")
    entries = []
    for entry in measured():
        print(line(entry), flush=True)
        entries.append(entry)
    if given.json:
        report = {"machine": machine, "lookups": entries}
        given.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
