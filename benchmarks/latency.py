"""How long load, hits and appends take, beside peer caches measured in the same run.

    python benchmarks/latency.py --json latency.json [--peers PATH/TO/OTHER/.venv]

Every figure comes from a process of its own. The peers are taken from the environment given with `--peers` (pip install
gptcache langchain-core langchain-community diskcache 'litellm[proxy]'); one that is not installed is skipped, and said
so. Times of one machine say little: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peers import PEERS
from timing import COLUMNS, OPERATIONS, quantiles, timed

HERE = Path(__file__).resolve().parent
QUICKSTART = HERE.parent / "notebooks" / "quickstart.ipynb"
IMPORTS = ("gptcache", "litellm")
LOADS = 9
WARM_UP = 20
HITS = 200
APPENDS = 2000
LOAD = """
import json, sys, time
from ipykernel.zmqshell import ZMQInteractiveShell
shell = ZMQInteractiveShell.instance()
start = time.perf_counter()
shell.run_line_magic("load_ext", "seglam")
seconds = time.perf_counter() - start
heavy = sorted({"duckdb", "hypothesis", "litellm", "narwhals", "polars", "pydantic"} & set(sys.modules))
print(json.dumps({"seconds": seconds, "heavy": heavy}))
"""
# what is compared: our part and its figure, the peers' figure, and which peers have one
ROWS = (
    ("load", "load", "p50_us", "seconds", tuple(f"import {name}" for name in IMPORTS)),
    ("exact hit, matcher", "matcher", "exact", "get", tuple(PEERS)),
    ("whole hit in the kernel", "hit", "kernel", "whole", ("litellm disk",)),
    ("whole hit in the sandbox", "hit", "sandbox", "whole", ("litellm disk",)),
    ("append", "append", "p50_us", "put", ("GPTCache map", "LangChain memory", "LangChain SQLite")),
)


# ---------------------------------------------------------------- ours, one process a part


def load() -> dict[str, Any]:
    """`%load_ext seglam` alone, in the shells of fresh kernels; the first, which writes byte code, is not counted."""
    runs = [child([sys.executable, "-c", LOAD]) for _ in range(LOADS + 1)][1:]
    return quantiles(run["seconds"] for run in runs) | {"heavy_imports": runs[0]["heavy"]}


def procedure(number: int) -> dict[str, Any]:
    """The record of the `number`-th made-up procedure: one template with an int slot, no data."""
    from seglam_magics.procedure import proc_id, to_record
    from seglam_magics.words import Parameter, Revision, Template

    name = f"p{number}"
    source = f"def {name}(*, limit):\n    return limit + {number}\n"
    parameters = (Parameter("limit", "int", example=7),)
    templates = (Template(question(number, "{limit}")),)
    identity = proc_id(source, parameters, returns="number", templates=templates)
    return to_record(Revision(name, 1, identity, source, parameters=parameters, templates=templates))


def question(number: int, limit: object) -> str:
    """A wording that only the `number`-th procedure has."""
    operation, column = OPERATIONS[number % len(OPERATIONS)], COLUMNS[number % len(COLUMNS)]
    return f"What is the {operation} of {column} in table t{number} where id is over {limit}?"


def matcher(entries: int) -> dict[str, Any]:
    """`Library.decide` with `entries` procedures: the cell's own, an exact repeat, other numbers, and a miss."""
    from seglam_magics.cache import Library
    from seglam_magics.question import read
    from seglam_magics.words import Event

    library = Library()
    for number in range(entries):
        library.apply(Event("revision", procedure(number)))
    numbers = [n * 7919 % entries for n in range(HITS)]
    asked = [read(question(n, 7), {}) for n in numbers]
    for reading, number in zip(asked, numbers, strict=True):
        decision = library.decide(reading)
        assert decision.hit, decision.reason
        assert decision.revision is not None
        assert decision.revision.name == f"p{number}"
        library.remember(reading, "one cell", decision)
    other = [read(question(n, 8), {}) for n in numbers]
    strange = [read(question(entries + n, 7), {}) for n in numbers]
    assert all(library.decide(r).hit for r in other)
    assert not any(library.decide(r).hit for r in strange)
    return {
        "exact": timed(library.decide, asked),
        "exact with reading": timed(lambda n: library.decide(read(question(n, 7), {})), numbers),
        "cell": timed(lambda r: library.decide(r, cell="one cell"), asked[-1:] * HITS),
        "template": timed(library.decide, other),
        "miss": timed(library.decide, strange),
        "procedures": entries,
    }


def append() -> dict[str, Any]:
    """One event of a hit, appended to a store on disk."""
    from seglam_magics.store import open_log

    data = {"question": question(1, 7), "procedure": "p1@1", "tier": "exact", "slots": {"limit": 7}, "seconds": 0.001}
    with tempfile.TemporaryDirectory() as folder:
        log = open_log(Path(folder) / "store", lambda _: None)
        for _ in range(WARM_UP):
            log.append("hit", data)
        figures = timed(lambda _: log.append("hit", data), range(APPENDS))
        log.close()
    return figures


def hit() -> dict[str, Any]:
    """A whole `%%reason` cell of the quickstart that is a hit: in the sandbox, then approved, in the kernel."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    run = silent_runner(shell)
    cell = first_question(run)
    from seglam_magics.reasoner import shared

    reasoner = shared()
    answer = reasoner.recent()[-1].answer
    assert answer is not None
    figures = {"sandbox": repeated(run, cell, reasoner)}
    reasoner.catalogue.approve(answer.procedure)
    figures["kernel"] = repeated(run, cell, reasoner)
    figures["empty cell"] = timed(run, ["pass"] * HITS)
    reasoner.close()
    return figures


def silent_runner(shell: Any) -> Callable[[str], None]:
    """Run a cell as the notebook does, its output captured; a failed cell ends the benchmark."""
    from IPython.utils.capture import capture_output

    def run(source: str) -> None:
        with capture_output():
            result = shell.run_cell(source, store_history=False)
        result.raise_error()

    return run


def first_question(run: Callable[[str], None]) -> str:
    """Run the quickstart up to its first question, and give that cell."""
    os.chdir(QUICKSTART.parent)
    for cell in json.loads(QUICKSTART.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            run(source)
            if source.startswith("%%reason"):
                return source
    raise SystemExit("the quickstart asks no question")


def repeated(run: Callable[[str], None], cell: str, reasoner: Any) -> dict[str, Any]:
    """Quantiles of the whole cell; `beyond_us` is the median without the procedure's own run."""
    whole, own = [], []
    for _ in range(WARM_UP + HITS):
        start = time.perf_counter()
        run(cell)
        whole.append(time.perf_counter() - start)
        answer = reasoner.recent()[-1].answer
        assert answer.hit
        own.append(answer.run_seconds)
    beyond = [w - o for w, o in zip(whole, own, strict=True)][WARM_UP:]
    return quantiles(whole[WARM_UP:]) | {"beyond_us": round(statistics.median(beyond) * 1e6, 2), "where": answer.where}


# ---------------------------------------------------------------- running and comparing


@contextmanager
def world() -> Iterator[dict[str, str]]:
    """Environment of a child: stores and configuration of its own, no CI, byte code written as in daily use."""
    dropped = {"CI", "PYTHONDONTWRITEBYTECODE"}
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith("SEGLAM_")}
    with tempfile.TemporaryDirectory(prefix="seglam-latency-") as folder:
        places = {"SEGLAM_STORE": "store", "SEGLAM_CONFIG_DIR": "config", "IPYTHONDIR": "ipython"}
        yield kept | {k: f"{folder}/{v}" for k, v in places.items()} | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def child(command: list[str]) -> dict[str, Any]:
    """The last line that `command` prints, as JSON; a failure is a figure that was skipped, with the reason."""
    with world() as environment:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"skipped": (done.stderr.strip() or "no reason given").splitlines()[-1]}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def imported(python: str, name: str) -> dict[str, Any]:
    """Median seconds of importing a peer, warm."""
    runs = [child([python, str(HERE / "peers.py"), f"import {name}"]) for _ in range(LOADS // 2 + 1)]
    if "skipped" in runs[0]:
        return runs[0]
    return {"seconds": quantiles(run["seconds"] for run in runs[1:])}


def compared(ours: dict[str, Any], peers: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry per our figure and peer that has the same; both in microseconds, `ratio` is ours to theirs."""
    found = []
    for what, part, key, theirs, names in ROWS:
        figure = ours[part].get(key)
        mine = figure["p50_us"] if isinstance(figure, dict) else figure
        for name in names:
            other = peers[name].get(theirs, {}).get("p50_us")
            if mine and other:
                found.append({"what": what, "ours_us": mine, "peer": name, "peer_us": other, "ratio": mine / other})
    return found


def table(report: dict[str, Any]) -> Iterator[str]:
    """The report as lines to read."""
    for part, figures in report["ours"].items():
        for key, value in figures.items():
            if isinstance(value, dict):
                beyond = f", {value['beyond_us']:,.0f} µs beyond the procedure" if "beyond_us" in value else ""
                yield f"{part}, {key}: {value['p50_us']:,.1f} µs (p99 {value['p99_us']:,.1f}){beyond}"
        if "p50_us" in figures:
            yield f"{part}: {figures['p50_us']:,.1f} µs (p99 {figures['p99_us']:,.1f})"
        if "skipped" in figures:
            yield f"{part}: not measured: {figures['skipped']}"
    yield ""
    yield f"{'what':26} {'ours µs':>10}  {'peer':18} {'peer µs':>12} {'ours/peer':>10}"
    for row in report["ratios"]:
        left = f"{row['what']:26} {row['ours_us']:10,.1f}"
        yield f"{left}  {row['peer']:18} {row['peer_us']:12,.1f} {row['ratio']:10.3f}"
    for name, figures in report["peers"].items():
        if "skipped" in figures:
            yield f"{name}: skipped, {figures['skipped']}"


def measured(python: str, entries: int) -> dict[str, Any]:
    """The whole report."""
    part = [sys.executable, str(Path(__file__).resolve()), "--procedures", str(entries), "--part"]
    begin = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    ours = {name: load() if name == "load" else child([*part, name]) for name in PARTS}
    peers = {name: child([python, str(HERE / "peers.py"), name, str(entries)]) for name in PEERS}
    peers |= {f"import {name}": imported(python, name) for name in IMPORTS}
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count(), "load": begin}
    return {"machine": machine, "ours": ours, "peers": peers, "ratios": compared(ours, peers)}


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "load": lambda _: load(),
    "matcher": matcher,
    "hit": lambda _: hit(),
    "append": lambda _: append(),
}


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--peers", type=Path, help="environment that holds the peers; this one by default")
    parser.add_argument("--procedures", type=int, default=10_000, help="stored procedures while the matcher is timed")
    parser.add_argument("--part", choices=tuple(PARTS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(PARTS[given.part](given.procedures)))
        return 0
    folder = "Scripts" if os.name == "nt" else "bin"
    python = str(given.peers / folder / "python") if given.peers else sys.executable
    report = measured(python, given.procedures)
    print("\n".join(table(report)))
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return int(any("skipped" in figures for figures in report["ours"].values()))


if __name__ == "__main__":
    sys.exit(main())
