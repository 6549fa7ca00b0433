"""What the sandbox costs and whether it lasts: set-up of a child, a first answer, restarts, a thousand jobs in a row.

    python benchmarks/verify.py [--json verify.json] [--jobs 1000]

Every part runs in a process of its own. Times of one machine say little: read the ratios to the same work without a
sandbox, measured in the same run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from timing import quantiles

FORKS = 100
ANSWERS = 60
RESTARTS = 5
ROWS = 1000
SLOW = 5.0  # seconds after which a job of the soak counts as hanging
MEANS = """
def means(sales):
    return sales.group_by("shop").agg(nw.col("price").mean()).sort("shop").with_columns(run=nw.lit({number}))
"""


# ---------------------------------------------------------------- the parts


def setup() -> dict[str, Any]:
    """What a forked child pays to enter each tier, and for comparison the fork itself."""
    from seglam_magics.verify import sandbox

    for name in ("hypothesis", "polars", "narwhals.stable.v2"):  # a zygote is as large
        importlib.import_module(name)
    sandbox.prepare()
    tiers: dict[str, Any] = {tier: quantiles(_entering(tier) for _ in range(FORKS)) for tier in sandbox.TIERS}
    return tiers | {"fork": quantiles(_entering(None) for _ in range(FORKS))}


def _entering(tier: Any) -> float:
    """Seconds a child of this process spends on entering; without a tier, those this process spends on having it."""
    from seglam_magics.verify import sandbox

    start = time.perf_counter()
    told, end = os.pipe()
    child = os.fork()
    if child == 0:
        begin = time.perf_counter()
        if tier:
            sandbox.enter(tier, 5.0, sandbox.Limits())
        os.write(end, repr(time.perf_counter() - begin).encode())
        os._exit(0)
    os.close(end)
    spent = float(os.read(told, 100))
    os.close(told)
    os.waitpid(child, 0)
    return spent if tier else time.perf_counter() - start


def answer() -> dict[str, Any]:
    """A first answer on a thousand rows with the zygote up, the same in this process, and in a fresh interpreter."""
    from seglam_magics.verify import ChildExecutor

    frame, executor = _frame(), ChildExecutor()
    figures: dict[str, Any] = {"tier": executor.tier}
    figures["sandbox"] = quantiles(_timed(partial(_called, executor, frame, n)) for n in range(ANSWERS))
    executor.close()
    figures["in the kernel"] = quantiles(_timed(partial(_direct, frame, n)) for n in range(ANSWERS))
    cold = [sys.executable, "-c", "import polars, narwhals.stable.v2"]
    figures["fresh interpreter"] = quantiles(_timed(lambda: subprocess.run(cold, check=True)) for _ in range(RESTARTS))
    return figures


def restart() -> dict[str, Any]:
    """From the death, or the stopping, of a zygote to the next answer."""
    from seglam_magics.verify import ChildExecutor

    frame, executor = _frame(), ChildExecutor()
    figures = {}
    for name in ("SIGKILL", "SIGSTOP"):
        times = []
        for number in range(RESTARTS):
            _called(executor, frame, number)
            os.kill(_zygote(executor), getattr(signal, name))
            times.append(_timed(partial(_called, executor, frame, number)))
        figures[name] = quantiles(times)
    executor.close()
    return figures


def soak(jobs: int) -> dict[str, Any]:
    """Polars jobs one after another: how many hang, and whether memory and descriptors grow."""
    from seglam_magics.verify import ChildExecutor

    frame, executor = _frame(), ChildExecutor()
    _called(executor, frame, 0)
    zygote, times, seen = _zygote(executor), [], []
    for number in range(jobs):
        times.append(_timed(partial(_called, executor, frame, number)))
        if number % max(1, jobs // 50) == 0:
            seen.append([_resident(zygote), _descriptors(zygote), _resident(os.getpid()), _descriptors(os.getpid())])
    restarted = _zygote(executor) != zygote
    executor.close()
    tenth = max(1, len(seen) // 10)
    begin, end = seen[tenth : 2 * tenth], seen[-tenth:]
    names = ("zygote MB", "zygote descriptors", "kernel MB", "kernel descriptors")
    grown = {
        name: [round(statistics.median(row[at] for row in part), 1) for part in (begin, end)]
        for at, name in enumerate(names)
    }
    return {
        **quantiles(times),
        "jobs": jobs,
        "hangs": sum(t > SLOW for t in times),
        "restarted": restarted,
        "flat": grown,
    }


def _frame() -> Any:
    import polars as pl

    return pl.DataFrame({"shop": [f"s{n % 7}" for n in range(ROWS)], "price": [n / 3 for n in range(ROWS)]})


def _called(executor: Any, frame: Any, number: int) -> None:
    found = executor.call(MEANS.format(number=number), "means", {"sales": frame}, returns="frame")
    assert found.height == 7


def _direct(frame: Any, number: int) -> None:
    from seglam_magics.procedure import apply, load

    apply(load(MEANS.format(number=number), "means"), {"sales": frame}, "frame")


def _timed(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def _zygote(executor: Any) -> int:
    pid = executor._link.pid  # noqa: SLF001 - a benchmark looks inside
    assert pid is not None
    return int(pid)


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:  # a zygote hides from everybody but root; its table of descriptors does not
        status = Path(f"/proc/{pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("FDSize")))


# ---------------------------------------------------------------- running and showing

PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "setup": lambda _: setup(),
    "answer": lambda _: answer(),
    "restart": lambda _: restart(),
    "soak": lambda options: soak(options.jobs),
}


def _part(name: str, jobs: int) -> Any:
    command = [sys.executable, __file__, "--part", name, "--jobs", str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def shown(found: dict[str, Any]) -> str:
    """The figures as lines, times in milliseconds, with the ratios that matter."""
    cost, first, again, lasting = (found[name] for name in PARTS)
    lines = [_setup_line(tier, cost) for tier in ("S3", "S2", "S1")]
    own, kernel, cold = (first[name]["p50_us"] / 1e3 for name in ("sandbox", "in the kernel", "fresh interpreter"))
    lines.append(f"first answer on {ROWS} rows in {first['tier']}: {own:.1f} ms")
    lines.append(f"  {own / kernel:.1f} x the kernel's {kernel:.1f} ms, {own / cold:.2f} of a fresh interpreter's")
    lines += [f"answer after {name}: {times['p50_us'] / 1e6:.2f} s" for name, times in again.items()]
    lines.append(f"{lasting['jobs']} jobs: {lasting['hangs']} hangs, median {lasting['p50_us'] / 1e3:.1f} ms")
    lines += [f"  {name}: {begin} -> {end}" for name, (begin, end) in lasting["flat"].items()]
    return "\n".join(lines)


def _setup_line(tier: str, cost: dict[str, Any]) -> str:
    entering, fork = cost[tier]["p50_us"], cost["fork"]["p50_us"]
    return f"{tier}: set-up {entering / 1e3:.2f} ms, {entering / fork:.2f} of a fork"


def main() -> None:
    """Run all parts, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--jobs", type=int, default=1000, help="jobs of the soak")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options)))
        return
    found = {name: _part(name, options.jobs) for name in PARTS}
    found["machine"] = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    print(shown(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
