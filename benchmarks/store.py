"""How long an append takes, alone and with four kernels writing at once, and whether everything arrived.

    python benchmarks/store.py [--events 20000] [--folder FOLDER]

Prints one JSON object. The events are hits of about 400 bytes; every kernel is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from timing import prompt, timed

from seglam_magics.store import FolderLog

KERNELS = 4
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


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Times of the event log.")
    parser.add_argument("--events", type=int, default=20_000, help="events a kernel")
    parser.add_argument("--folder", type=Path, help="measure on the disk of this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = {
            "append": alone(Path(folder, "alone"), options.events),
            "together": together(Path(folder, "together"), options.events),
        }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
