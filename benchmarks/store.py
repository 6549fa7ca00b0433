"""How long an append takes, alone and with four kernels at once; how long an old store takes to compact and to open.

    python benchmarks/store.py [--events 20000] [--aged 1000000] [--procedures 10000] [--folder FOLDER]

Prints one JSON object. The events are hits of about 400 bytes, a procedure is a record of about 2 kB; every kernel of
`together` is a process of its own, and `aged` was written by 250 kernels that have ended.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from timing import prompt, timed

from seglam_magics.store import FolderLog, compact

KERNELS, SESSIONS = 4, 250
WARM_UP = 200
# Begins at a sign, so that all kernels write at the same time; prints when it began and ended.
WRITER = """
import json, sys, time
from pathlib import Path
from seglam_magics.store import FolderLog
log, data, events = FolderLog(Path(sys.argv[1])), json.loads(sys.argv[2]), int(sys.argv[3])
log.append("hit", data)
print("ready", flush=True)
input()
start = time.time()
for _ in range(events):
    log.append("hit", data)
print(start, time.time())
"""


def hit(number: int) -> dict[str, Any]:
    """The data of a hit, as large as they commonly are."""
    return {
        "question": prompt(number),
        "procedure": "mean_by@1",
        "proc_id": "0" * 64,
        "tier": "exact",
        "slots": {"frame": "sales", "value": "price", "by": "city", "k": number},
        "seconds": 0.004215,
        "run_seconds": 0.002107,
    }


def alone(folder: Path, events: int) -> dict[str, float]:
    """Quantiles of one kernel's appends, in microseconds."""
    log = FolderLog(folder)
    for number in range(WARM_UP):
        log.append("hit", hit(number))
    return timed(lambda data: log.append("hit", data), map(hit, range(events)))


def together(folder: Path, events: int) -> dict[str, float]:
    """Events per second of four processes on one store, and how many of them another kernel reads back."""
    command = [sys.executable, "-c", WRITER, str(folder), json.dumps(hit(1)), str(events)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers: list[Any] = [subprocess.Popen(command, **pipes) for _ in range(KERNELS)]
    for writer in writers:
        writer.stdout.readline()
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    times = [tuple(map(float, writer.communicate()[0].split())) for writer in writers]
    seconds = max(end for _, end in times) - min(start for start, _ in times)
    reader = FolderLog(folder)
    read = len({(event.kernel, event.number) for event in reader.tail()})
    written = KERNELS * (events + 1)
    rate = round(KERNELS * events / seconds)
    return {"kernels": KERNELS, "events_per_s": rate, "written": written, "read": read, "damage": len(reader.damage)}


def procedure(number: int) -> dict[str, Any]:
    """The record of a procedure, as large as they commonly are."""
    name = f"mean_of_{number}"
    source = f"def {name}(frame, *, value, by, k):\n" + "    frame = frame.filter(nw.col(value) > k)\n" * 10
    wordings = [{"text": f"the mean of {{value}} by {{by}}, {number} {n}", "lang": "en"} for n in range(8)]
    slots: list[dict[str, Any]] = [
        {"name": n, "type": "column", "description": "", "domain": {}} for n in ("value", "by", "k")
    ]
    record = {"name": name, "number": 1, "proc_id": f"{number:064x}", "source": source, "summary": "a mean by group"}
    return {**record, "parameters": slots, "templates": wordings, "question": prompt(number), "created": 1.0}


def aged(folder: Path, events: int, procedures: int) -> dict[str, Any]:
    """Seconds to compact such a store, and to read its definitions before and after; the median of five."""
    for kernel in range(SESSIONS):
        log = FolderLog(folder)
        for number in range(kernel, procedures, SESSIONS):
            log.append("revision", procedure(number))
        for number in range(events // SESSIONS):
            log.append("hit", hit(number))
        log.close()
    before = opening(folder)
    start = time.perf_counter()
    compacted = compact(folder)
    seconds = time.perf_counter() - start
    size = round((compacted.bytes if compacted else 0) / 1e6)
    after = opening(folder)
    ratio = round(before / after, 1)
    return {"events": events, "procedures": procedures, "megabytes": size, "compact_s": round(seconds, 2),
            "snapshot_before_ms": before, "snapshot_after_ms": after, "times_faster": ratio}  # fmt: skip


def opening(folder: Path) -> float:
    """Milliseconds of a snapshot."""
    taken = []
    for _ in range(5):
        log = FolderLog(folder)
        start = time.perf_counter()
        log.snapshot()
        taken.append(time.perf_counter() - start)
    return round(1000 * statistics.median(taken), 1)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Times of the event log.")
    parser.add_argument("--events", type=int, default=20_000, help="events a kernel")
    parser.add_argument("--aged", type=int, default=1_000_000, help="events of the store that is compacted")
    parser.add_argument("--procedures", type=int, default=10_000, help="procedures in it")
    parser.add_argument("--folder", type=Path, help="measure on the disk of this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = {
            "append": alone(Path(folder, "alone"), options.events),
            "together": together(Path(folder, "together"), options.events),
            "aged": aged(Path(folder, "aged"), options.aged, options.procedures),
        }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
