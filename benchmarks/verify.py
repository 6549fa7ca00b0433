"""What the sandbox costs and whether it lasts: set-up of a child, a first answer, a verification, restarts, soaks.

    python benchmarks/verify.py [--json verify.json] [--jobs 1000]
    python benchmarks/verify.py --soak 1000      only verifications with polars, one after another: a quarter of an hour

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
VERIFICATIONS = 40
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


def verification() -> dict[str, Any]:
    """CPU of a verification with 25 cases of one property, of all processes: children, zygotes, kernel."""
    from seglam_magics.verify import ChildExecutor

    executor = ChildExecutor()
    figures: dict[str, Any] = {}
    for name, revision in (("plain", _plain_revision()), ("frame", _frame_revision())):
        _verified(executor, revision)
        keepers = {"first": executor._first, "second": executor._second}  # noqa: SLF001 - a benchmark looks inside
        pids = {place: keeper.link.pid for place, keeper in keepers.items() if keeper.link and keeper.link.pid}
        walls, spent = [], {"first": [], "second": [], "kernel": []}  # type: ignore[var-annotated]
        for _ in range(VERIFICATIONS):
            before = {place: _cpu(pid) for place, pid in pids.items()} | {"kernel": time.process_time()}
            walls.append(_timed(partial(_verified, executor, revision)))
            after = {place: _cpu(pid) for place, pid in pids.items()} | {"kernel": time.process_time()}
            for place, seconds in after.items():
                spent[place].append(seconds - before[place])
        # the system counts in hundredths of a second, so a mean says more than a median
        cpu = {place: round(statistics.mean(times) * 1e3, 1) for place, times in spent.items()}
        figures[name] = {"wall": quantiles(walls), "cpu_ms": cpu, "cpu_ms_all": round(sum(cpu.values()), 1)}
    figures["zygotes MB"] = {place: _memory(pid) for place, pid in pids.items()}
    executor.close()
    return figures


def _verified(executor: Any, revision: Any) -> None:
    verdict = executor.verify(revision, cases=25)
    assert verdict.ok, verdict.failure


def _plain_revision() -> Any:
    from seglam_magics.words import Example, Parameter, Property, Revision

    code = "def top(run, *, values, k):\n    assert run(values=values, k=k) == sorted(values, reverse=True)[:k]\n"
    return Revision(
        "largest", 1, "", "def largest(values, k):\n    return sorted(values, reverse=True)[:k]\n",
        parameters=(Parameter("values", "list"), Parameter("k", "int", domain={"min": 0, "max": 20})), returns="list",
        examples=(Example({"values": [3, 1, 2], "k": 2}, [3, 2]),), properties=(Property("top", "", code),),
    )  # fmt: skip


def _frame_revision() -> Any:
    from seglam_magics.words import Example, Parameter, Property, Revision

    code = "def groups(run, *, sales):\n    assert len(run(sales=sales)) == len({r['shop'] for r in sales})\n"
    means = [{"shop": "a", "price": 2.0, "run": 0}, {"shop": "b", "price": 5.0, "run": 0}]
    table = {"shop": ["a", "a", "b"], "price": [1.0, 3.0, 5.0]}
    return Revision(
        "means", 1, "", MEANS.format(number=0).replace('.sort("shop")', '.sort("shop", nulls_last=True)'),
        parameters=(Parameter("sales", "frame"),), returns="frame",
        examples=(Example({"sales": table}, means),), properties=(Property("groups", "", code),),
    )  # fmt: skip


def _cpu(pid: int) -> float:
    """Seconds of a process and of those of its children that have ended."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Resident memory, which two zygotes share only as far as it is of files."""
    return round(_resident(pid), 1)


def lasting(jobs: int) -> dict[str, Any]:
    """Verifications with polars one after another, in both zygotes; see `soak`."""
    from seglam_magics.verify import ChildExecutor

    executor, revision = ChildExecutor(), _frame_revision()
    return _soaked(executor, lambda _number: _verified(executor, revision), jobs)


def soak(jobs: int) -> dict[str, Any]:
    """Polars jobs one after another: how many hang, and whether memory and descriptors grow."""
    from seglam_magics.verify import ChildExecutor

    frame, executor = _frame(), ChildExecutor()
    return _soaked(executor, partial(_called, executor, frame), jobs)


def _soaked(executor: Any, work: Callable[[int], None], jobs: int) -> dict[str, Any]:
    work(0)
    zygotes, times, seen = _zygotes(executor), [], []
    for number in range(jobs):
        times.append(_timed(partial(work, number)))
        if number % max(1, jobs // 50) == 0:
            seen.append(
                {f"{place} {what}": look(pid) for place, pid in zygotes.items() for what, look in LOOKS.items()}
            )
    restarted = _zygotes(executor) != zygotes
    executor.close()
    tenth = max(1, len(seen) // 10)
    begin, end = seen[tenth : 2 * tenth], seen[-tenth:]
    flat = {name: [round(statistics.median(row[name] for row in part), 1) for part in (begin, end)] for name in seen[0]}
    return {
        **quantiles(times),
        "jobs": jobs,
        "hangs": sum(t > SLOW for t in times),
        "restarted": restarted,
        "flat": flat,
    }


def _zygotes(executor: Any) -> dict[str, int]:
    """The kernel and the zygotes that there are, by their place."""
    keepers = {"first zygote": executor._first, "second zygote": executor._second}  # noqa: SLF001 - a benchmark looks inside
    there = {place: keeper.link.pid for place, keeper in keepers.items() if keeper.link and keeper.link.pid}
    return {"kernel": os.getpid(), **there}


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


def _descriptors(pid: int) -> float:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:  # a zygote hides from everybody but root; its table of descriptors does not
        status = Path(f"/proc/{pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("FDSize")))


LOOKS: dict[str, Callable[[int], float]] = {"MB": _resident, "descriptors": _descriptors}

# ---------------------------------------------------------------- running and showing

FLAT = 0.05  # of growth over a soak is none

PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "setup": lambda _: setup(),
    "answer": lambda _: answer(),
    "verification": lambda _: verification(),
    "restart": lambda _: restart(),
    "soak": lambda options: soak(options.jobs),
    "lasting": lambda options: lasting(options.jobs),
}


def _part(name: str, jobs: int) -> Any:
    command = [sys.executable, __file__, "--part", name, "--jobs", str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def shown(found: dict[str, Any]) -> str:
    """The figures as lines, times in milliseconds, with the ratios that matter."""
    cost, first, judged, again, jobs, verdicts = (found[name] for name in PARTS)
    lines = [_setup_line(tier, cost) for tier in ("S3", "S2", "S1")]
    own, kernel, cold = (first[name]["p50_us"] / 1e3 for name in ("sandbox", "in the kernel", "fresh interpreter"))
    lines.append(f"first answer on {ROWS} rows in {first['tier']}: {own:.1f} ms")
    lines.append(f"  {own / kernel:.1f} x the kernel's {kernel:.1f} ms, {own / cold:.2f} of a fresh interpreter's")
    lines += [f"answer after {name}: {times['p50_us'] / 1e6:.2f} s" for name, times in again.items()]
    for name in ("plain", "frame"):
        wall, part = judged[name]["wall"]["p50_us"] / 1e3, judged[name]["cpu_ms"]
        told = ", ".join(f"{place} {spent}" for place, spent in part.items())
        lines.append(
            f"verification of 25 cases, {name}: {judged[name]['cpu_ms_all']} ms CPU ({told}), wall {wall:.0f} ms"
        )
    lines.append(f"  zygotes: {judged['zygotes MB']} MB")
    for name, part in (("jobs", jobs), ("verifications", verdicts)):
        lines += _soak_lines(name, part)
    return "\n".join(lines)


def _soak_lines(name: str, part: dict[str, Any]) -> list[str]:
    told = f"{part['jobs']} {name}: {part['hangs']} hangs, median {part['p50_us'] / 1e3:.1f} ms"
    told += f", worst hundredth {part['p99_us'] / 1e3:.0f} ms{', a zygote was restarted' if part['restarted'] else ''}"
    return [told, *(f"  {what}: {begin} -> {end}" for what, (begin, end) in part["flat"].items())]


def lasts(part: dict[str, Any]) -> bool:
    """Whether nothing hung, nothing was restarted, and neither memory nor descriptors grew."""
    grew = [what for what, (begin, end) in part["flat"].items() if end > begin * (1 + FLAT)]
    return not grew and not part["hangs"] and not part["restarted"]


def _setup_line(tier: str, cost: dict[str, Any]) -> str:
    entering, fork = cost[tier]["p50_us"], cost["fork"]["p50_us"]
    return f"{tier}: set-up {entering / 1e3:.2f} ms, {entering / fork:.2f} of a fork"


def main() -> None:
    """Run all parts, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--jobs", type=int, default=1000, help="jobs of the soak")
    parser.add_argument("--soak", type=int, metavar="N", help="do only this many verifications; fails where they grow")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options)))
        return
    if options.soak:
        part = _part("lasting", options.soak)
        print("\n".join(_soak_lines("verifications", part)))
        raise SystemExit(not lasts(part))
    found = {name: _part(name, options.jobs) for name in PARTS}
    found["machine"] = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    print(shown(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
