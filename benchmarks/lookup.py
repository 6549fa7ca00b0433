"""How long a lookup takes, and whether it stays so from a hundred stored procedures to a hundred thousand.

    python benchmarks/lookup.py --json lookup.json [--sizes 100 1000 10000 100000]

Procedures and questions are made by rule: questions about fixed columns, about columns given by name, and without data,
in four wordings each, from two thousand made-up words, so that no procedure has a word of its own. Every size is a
process of its own that writes a store, loads it as a kernel does, and asks: hits in other words, with other numbers,
columns and variables; misses by an operation, a condition or everything; exact repeats. Every decision is checked.
Times of one machine say little: read the ratios to 1,000 procedures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from made_up import KINDS, hit, miss, procedure
from timing import timed

from seglam_magics.cache import Library
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.procedure import to_record
from seglam_magics.store import FolderLog
from seglam_magics.trust import Approvals
from seglam_magics.words import Decision, Reading

HERE = Path(__file__).resolve()
SIZES = (100, 1_000, 10_000, 100_000)
UNIT = 1_000  # what the other sizes are compared with
ASKED = 240


def decided(library: Library, asked: Reading) -> Decision:
    """The decision; the one place where a question meets the library, so what looks into columns is given here."""
    return library.decide(asked)


# ---------------------------------------------------------------- one size


def measured(size: int, folder: Path) -> dict[str, Any]:
    """Everything of one size."""
    write(size, folder)
    start = time.perf_counter()
    catalogue = Catalogue(FolderLog(folder / "store"), Approvals(folder / "own"))
    loaded = time.perf_counter() - start
    numbers = [n * 7_919 % size for n in range(ASKED)]
    start = time.perf_counter()
    library = catalogue.library
    answered(library, hit(numbers[0]), numbers[0])
    first = time.perf_counter() - start
    figures = {"load": {"seconds": loaded}, "first": {"seconds": first}} | lookups(library, numbers)
    catalogue.close()
    return {"procedures": size, "megabytes": peak(), "figures": figures}


def write(size: int, folder: Path) -> None:
    """A store of that many procedures."""
    log = FolderLog(folder / "store")
    for number in range(size):
        log.append("revision", to_record(procedure(number)))
    log.close()


def lookups(library: Library, numbers: list[int]) -> dict[str, Any]:
    """Times of decisions: the first ones, which take wordings apart, and then each kind again."""
    hits, misses = [(n, hit(n)) for n in numbers], [(n, miss(n)) for n in numbers]
    cold = {
        "hit, never asked before": timed(lambda pair: answered(library, pair[1], pair[0]), hits),
        "miss, never asked before": timed(lambda pair: refused(library, pair[1]), misses),
    }
    warm: dict[str, Any] = {"hit": timed(lambda pair: decided(library, pair[1]), hits)}
    warm |= {name: timed(lambda r: decided(library, r), found) for name, found in by_kind(hits)}
    warm["miss"] = timed(lambda pair: decided(library, pair[1]), misses)
    warm["hit with reading"] = timed(lambda n: decided(library, hit(n)), numbers)
    for number, asked in hits:
        library.remember(asked, None, answered(library, asked, number))
    return cold | warm | {"exact": timed(lambda pair: decided(library, pair[1]), hits)}


def by_kind(hits: list[tuple[int, Reading]]) -> Iterator[tuple[str, list[Reading]]]:
    """The hits of each kind."""
    for place, name in enumerate(("hit, fixed columns", "hit, column slots", "hit, no data")):
        yield name, [asked for number, asked in hits if number % len(KINDS) == place]


def answered(library: Library, asked: Reading, number: int) -> Decision:
    """The decision, a hit on the procedure that the question was made for."""
    decision = decided(library, asked)
    assert decision.hit, (asked.text, decision.reason)
    assert decision.revision is not None
    assert decision.revision.name == f"p{number}", (asked.text, decision.revision.name)
    return decision


def refused(library: Library, asked: Reading) -> Decision:
    """The decision, a miss with its reason."""
    decision = decided(library, asked)
    assert not decision.hit, (asked.text, decision)
    assert decision.reason
    return decision


def peak() -> float | None:
    """Most memory this process has used, in megabytes; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)


# ---------------------------------------------------------------- all sizes


def compared(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per size and figure; `ratio` is its p50 to that of 1,000 procedures."""
    units: dict[str, Any] = next((r["figures"] for r in runs if r["procedures"] == UNIT), {})
    rows = []
    for run in runs:
        for what, figure in run["figures"].items():
            unit = units.get(what, {}).get("p50_us")
            ratio = figure["p50_us"] / unit if unit and "p50_us" in figure else None
            rows.append({"what": what, "procedures": run["procedures"], **figure, "ratio": ratio})
    return rows


def table(rows: list[dict[str, Any]], runs: list[dict[str, Any]]) -> Iterator[str]:
    """The report as lines to read."""
    yield f"{'what':26} {'procedures':>10} {'p50 µs':>10} {'p95 µs':>10} {'to 1,000':>9}"
    for row in sorted(rows, key=lambda r: (list(runs[0]["figures"]).index(r["what"]), r["procedures"])):
        left = f"{row['what']:26} {row['procedures']:10,}"
        if "p50_us" in row:
            ratio = f"{row['ratio']:9.2f}" if row["ratio"] else ""
            yield f"{left} {row['p50_us']:10,.1f} {row['p95_us']:10,.1f} {ratio}"
        else:
            yield f"{left} {row['seconds']:10,.3f} s"
    for run in runs:
        if run["megabytes"] is not None:
            yield f"{run['procedures']:,} procedures: at most {run['megabytes']:,.0f} MB, writing the store included"


def child(size: int) -> dict[str, Any]:
    """`measured` in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="seglam-lookup-") as folder:
        command = [sys.executable, str(HERE), "--size", str(size), "--folder", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of stored procedures")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.size:
        print(json.dumps(measured(given.size, given.folder)))
        return 0
    runs = [child(size) for size in given.sizes]
    rows = compared(runs)
    print("\n".join(table(rows, runs)))
    if given.json:
        given.json.write_text(json.dumps({"rows": rows, "runs": runs}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
