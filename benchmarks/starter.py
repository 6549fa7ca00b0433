"""What the starter pack costs a fresh kernel: its first hit, its first miss, and the load of the pack itself.

    python benchmarks/starter.py [--runs 7] [--json starter.json]

Each run is a process of its own: `%load_ext seglam` in an IPython shell, then one question over a small table. `hit` is
answered by the pack, `miss` by nobody, `miss without` is the same miss with the pack switched off; `load` is the pack
and its words alone, in a kernel that has all else. Seconds by the clock and of the processor, the
median of the runs: read the differences, and the processor's where the machine is busy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ASKED = {
    "hit": ("mean price per city", "true"),
    "miss": ("how gloomy is Riga", "true"),
    "miss without": ("how gloomy is Riga", "false"),
}
# What a run does: its question is argv[1].
RUN = """
import json, sys, time
import polars as pl
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.user_ns["shops"] = pl.DataFrame({"city": ["Riga", "Oslo", "Riga"], "price": [1.5, 2.5, 4.0]})
def now(): return time.perf_counter(), time.process_time()
begin = now()
shell.run_line_magic("load_ext", "seglam")
loaded = [m for m in sys.modules if "starter" in m]
ready = now()
from seglam import reason
try:
    reason(sys.argv[1], shops=shell.user_ns["shops"], reuse="cached")
except Exception as error:
    assert error.code == "E-MISS", error
end = now()
from seglam_magics.starter import lexicon, pack
pack.load.cache_clear(); lexicon.words.cache_clear()
before = now()
pack.load(); lexicon.words()
after = now()
told = {"load_ext": (begin, ready), "first": (ready, end), "whole": (begin, end), "load": (before, after)}
print(json.dumps({n: [t - s for s, t in zip(*pair)] for n, pair in told.items()} | {"imported": loaded}))
"""


def one(question: str, starter: str) -> dict[str, Any]:
    """The times of one fresh process: name -> [seconds by the clock, of the processor]."""
    with tempfile.TemporaryDirectory(prefix="seglam-starter-") as folder:
        own = {"SEGLAM_STORE": f"{folder}/store", "SEGLAM_CONFIG_DIR": f"{folder}/config", "SEGLAM_STARTER": starter}
        done = subprocess.run(
            [sys.executable, "-c", RUN, question],
            env={**os.environ, **own}, capture_output=True, text=True, check=False, cwd=folder,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def measured(runs: int) -> dict[str, dict[str, list[float]]]:
    """Median milliseconds of each question: name -> [by the clock, of the processor]."""
    found: dict[str, dict[str, list[float]]] = {}
    for name, (question, starter) in ASKED.items():
        all_runs = [one(question, starter) for _ in range(runs)]
        assert not any(run.pop("imported") for run in all_runs), "%load_ext imports the pack"
        found[name] = {
            part: [round(1e3 * statistics.median(run[part][k] for run in all_runs), 1) for k in (0, 1)]
            for part in all_runs[0]
        }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = measured(args.runs)
    print(f"{'ms by the clock / of the processor':36}{'load_ext':>16}{'first answer':>16}{'both':>16}{'pack':>16}")
    for name, parts in found.items():
        cells = (f"{parts[p][0]:.0f} / {parts[p][1]:.0f}" for p in ("load_ext", "first", "whole", "load"))
        print(f"{name:36}" + "".join(f"{cell:>16}" for cell in cells))
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
