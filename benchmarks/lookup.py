"""How long a lookup takes, and whether it stays so from a hundred stored procedures to a hundred thousand.

    python benchmarks/lookup.py --json lookup.json [--sizes 100 1000 10000 100000]

Procedures and questions are made by rule, in English and Russian, with four wordings each, from two thousand made-up
words, so that no procedure has a word of its own: about fixed columns, about columns given by name, about values of a
column, and without data. Every size is a process of its own that loads a store as a kernel does, and asks: hits by a
wording, by what the question means against its table, and by what it says; always with other numbers, values, columns
and variables; misses by an operation, a condition or everything; exact repeats. Every decision is checked.

A lookup is `Library.decide`. It reads the question against the table, and looks its words up there; what that takes
alone stands beside it as `reading`, the making of tokens and references, which comes before, as `tokens and names`.
Times of one machine say little: read the ratios to 1,000 procedures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinds import KINDS
from made_up import Asked, hit, kind_of, miss, procedure
from timing import timed

from seglam_magics.cache import Library
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.grounded import frames_of
from seglam_magics.procedure import to_record
from seglam_magics.question import content, ground
from seglam_magics.store import FolderLog
from seglam_magics.trust import Approvals
from seglam_magics.words import Decision

HERE = Path(__file__).resolve()
SIZES = (100, 1_000, 10_000, 100_000)
UNIT = 1_000  # what the other sizes are compared with
ASKED = 420


def decided(library: Library, asked: Asked) -> Decision:
    """The decision."""
    return library.decide(asked.reading, values=asked.values)


def understood(asked: Asked) -> None:
    """What a decision reads a question for, and nothing else: against its table, and as a text."""
    for variable in frames_of(asked.reading):
        ground(asked.reading, variable, asked.values)
    content(asked.reading)


# ---------------------------------------------------------------- one size


def measured(size: int, folder: Path) -> dict[str, Any]:
    """Everything of one size, of a store that another process wrote."""
    before = resident()
    start = time.perf_counter()
    catalogue = Catalogue(FolderLog(folder / "store"), Approvals(folder / "own"))
    loaded = time.perf_counter() - start
    numbers = [n * 7_919 % size for n in range(min(ASKED, size))]
    start = time.perf_counter()
    library = catalogue.library
    answered(library, hit(numbers[0]).read(), numbers[0])
    first, filed = time.perf_counter() - start, resident()
    figures = {"load": {"seconds": loaded}, "first": {"seconds": first}} | lookups(library, numbers)
    catalogue.close()
    return {
        "procedures": size,
        "megabytes": {"before": before, "filed": filed, "asked": resident()},
        "figures": figures,
    }


def write(size: int, folder: Path) -> None:
    """A store of that many procedures."""
    log = FolderLog(folder / "store")
    for number in range(size):
        log.append("revision", to_record(procedure(number)))
    log.close()


def lookups(library: Library, numbers: list[int]) -> dict[str, Any]:
    """Times of decisions: the first ones, which take wordings apart, and then each kind again."""
    hits, misses = [(n, hit(n).read()) for n in numbers], [(n, miss(n).read()) for n in numbers]
    cold = {
        "hit, never asked before": timed(lambda pair: answered(library, pair[1], pair[0]), hits),
        "miss, never asked before": timed(lambda pair: refused(library, pair[1]), misses),
    }
    warm: dict[str, Any] = {"hit": timed(lambda pair: decided(library, pair[1]), hits)}
    warm |= {f"hit, {kind.name}": timed(lambda a: decided(library, a), of_kind(hits, kind.name)) for kind in KINDS}
    warm["miss"] = timed(lambda pair: decided(library, pair[1]), misses)
    posed = [hit(n) for n in numbers]
    warm["tokens and names"] = timed(lambda one: one.read(), posed)
    warm["reading"] = timed(lambda pair: understood(pair[1]), hits)
    warm["hit with tokens and names"] = timed(lambda one: decided(library, one.read()), posed)
    for number, asked in hits:
        library.remember(asked.reading, None, answered(library, asked, number))
    return cold | warm | {"exact": timed(lambda pair: decided(library, pair[1]), hits)}


def of_kind(hits: list[tuple[int, Asked]], name: str) -> list[Asked]:
    """The hits of one kind."""
    return [asked for number, asked in hits if kind_of(number).name == name]


def answered(library: Library, asked: Asked, number: int) -> Decision:
    """The decision, a hit on the procedure that the question was made for, by the tier it was made for."""
    decision, text = decided(library, asked), asked.reading.text
    assert decision.hit, (text, decision.reason)
    assert decision.revision is not None
    assert decision.revision.name == f"p{number}", (text, decision.revision.name)
    assert decision.tier == kind_of(number).tier, (text, decision.tier)
    return decision


def refused(library: Library, asked: Asked) -> Decision:
    """The decision, a miss with its reason."""
    decision = decided(library, asked)
    assert not decision.hit, (asked.reading.text, decision)
    assert decision.reason
    return decision


def resident() -> float | None:
    """Memory this process holds, in megabytes; None where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return round(int(pages) * os.sysconf("SC_PAGE_SIZE") / (1 << 20), 1)


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
        held = run["megabytes"]
        if held["before"] is not None:
            kilobytes = (held["filed"] - held["before"]) * 1024 / run["procedures"]
            yield (
                f"{run['procedures']:,} procedures: {held['before']:,.0f} MB before the store is loaded, "
                f"{held['filed']:,.0f} MB when it is filed ({kilobytes:,.1f} kB a procedure), "
                f"{held['asked']:,.0f} MB after all questions"
            )


def child(size: int) -> dict[str, Any]:
    """`measured` in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="seglam-lookup-") as folder:
        command = [sys.executable, str(HERE), "--size", str(size), "--folder", folder]
        subprocess.run([*command, "--write"], check=True)
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
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.size, given.folder)
        return 0
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
