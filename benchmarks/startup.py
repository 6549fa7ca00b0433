"""How long a fresh kernel takes to its first answers from a large store, and how much memory that is.

    python benchmarks/startup.py --json startup.json [--procedures 10000] [--events 1000000] [--runs 5]

A store of made-up procedures (see `lookup.py`) with a long history is opened by processes of their own: `%load_ext
seglam` in an IPython shell, then one `%%reason` cell until it is answered. What is first asked differs: the very
question a procedure was compiled for, one like it with other numbers and values, and one that is a miss and is
explained. The same is done with a store of one procedure, and once without the indexes that an earlier kernel kept.
What answers is approved, so that no figure has the start of a sandbox in it. Times of one machine say little: read the
differences to the small store.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lookup import resident
from made_up import hit, kind_of, miss, procedure

from seglam_magics.procedure import to_record
from seglam_magics.procedure.identity import identity_of
from seglam_magics.words import Requirement, Revision

HERE = Path(__file__).resolve()
PROCEDURES, EVENTS, RUNS = 10_000, 1_000_000, 5
ASKED = ("exact", "similar", "miss")
NUMBER = 7  # asked for; the small store has it alone
ACTIVITY = {"question": "how many visits are there for Riga?", "tier": "exact", "seconds": 0.001, "slots": {"place": 1}}


# ---------------------------------------------------------------- the store


def write(folder: Path, procedures: int, events: int) -> None:
    """A store of so many procedures and events; the one that is asked for is approved."""
    from seglam_magics.cache.catalogue import Catalogue
    from seglam_magics.store import FolderLog
    from seglam_magics.trust import Approvals

    log = FolderLog(folder / "store")
    for number in range(procedures) if procedures > 1 else [NUMBER]:
        log.append("revision", to_record(wanted() if number == NUMBER else procedure(number)))
    for number in range(events - procedures):
        log.append("hit", {**ACTIVITY, "procedure": f"p{number % procedures}@1"})
    catalogue = Catalogue(log, Approvals(folder / "own"))
    catalogue.approvals.made(wanted())
    catalogue.approve(f"p{NUMBER}")
    catalogue.close()


def wanted() -> Revision:
    """The procedure that is asked for, with guards as a compiled one has them and the identity of what it is."""
    made = procedure(NUMBER)
    needs = tuple(Requirement(r.parameter, dict.fromkeys(r.columns, "number")) for r in made.requires)
    made = replace(made, requires=needs, returns="number")
    return replace(made, proc_id=identity_of(made))


def keep(folder: Path) -> dict[str, Any]:
    """What the first kernel does beside answering: everything is filed and kept for the others."""
    from seglam_magics.cache.catalogue import Catalogue
    from seglam_magics.store import FolderLog
    from seglam_magics.trust import Approvals

    catalogue = Catalogue(FolderLog(folder / "store"), Approvals(folder / "own"))
    start = time.perf_counter()
    catalogue.library.settle()
    filed = time.perf_counter()
    catalogue.tidy()
    figures = {"filing": filed - start, "keeping": time.perf_counter() - filed}
    catalogue.close()
    return figures


# ---------------------------------------------------------------- one process


def asked(what: str) -> tuple[str, dict[str, Any]]:
    """The text of the question, and the tables of the notebook."""
    posed = miss(NUMBER) if what == "miss" else hit(NUMBER)
    text = procedure(NUMBER).question if what == "exact" else posed.text
    if what == "exact":
        name = next(str(p.example) for p in procedure(NUMBER).parameters if p.type == "frame")
        return text, {name: next(iter(posed.tables.values()))}
    return text, dict(posed.tables)


def measured(what: str) -> dict[str, Any]:
    """Seconds from `%load_ext` on, and the memory the process holds then."""
    import ipykernel.ipkernel  # noqa: F401 - the process of a notebook has it before anything of ours
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    text, tables = asked(what)
    shell: Any = InteractiveShell.instance()
    shell.user_ns.update(tables)
    shell.run_cell("pass", store_history=False)
    before = resident()
    start = time.perf_counter()
    shell.run_line_magic("load_ext", "seglam")
    loaded = time.perf_counter()
    with capture_output() as shown:
        shell.run_cell(f"%%reason --reuse cached\n{text}", store_history=False)
    answered = time.perf_counter()
    from seglam_magics.reasoner import shared

    trace = shared().recent()[-1]
    assert trace.decision.hit == (what != "miss"), (trace.decision.reason, shown.stdout)
    assert what == "miss" or trace.answer is not None, shown.stdout
    figures = {"load_ext": loaded - start, "answered": answered - start, "megabytes": (resident() or 0) - (before or 0)}
    shell.run_line_magic("unload_ext", "seglam")
    return figures


# ---------------------------------------------------------------- all of them


def child(arguments: list[str], folder: Path) -> dict[str, Any]:
    """The last line that this program prints in a process of its own, as JSON."""
    dropped = {"CI", "PYTHONDONTWRITEBYTECODE"}
    places = {"SEGLAM_STORE": folder / "store", "SEGLAM_CONFIG_DIR": folder / "own", "IPYTHONDIR": folder / "ipython"}
    environment = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith("SEGLAM_")}
    environment |= {name: str(place) for name, place in places.items()}
    command = [sys.executable, str(HERE), *arguments, "--folder", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compared(large: Path, small: Path, runs: int) -> Iterator[dict[str, Any]]:
    """One row a question: medians of the large and the small store, in turn."""
    for what in ASKED:
        taken: dict[str, list[dict[str, Any]]] = {"large": [], "small": []}
        for _ in range(runs + 1):  # the first, which writes byte code, is not counted
            taken["large"].append(child(["--ask", what], large))
            taken["small"].append(child(["--ask", what], small))
        row: dict[str, Any] = {"asked": what}
        for store, figures in taken.items():
            for key in figures[0]:
                row[f"{store} {key}"] = round(statistics.median(f[key] for f in figures[1:]), 4)
        yield row


def table(first: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[str]:
    """The report as lines to read."""
    yield f"filing {first['filing']:.2f} s and keeping {first['keeping']:.2f} s, once, in the background"
    yield f"first answer with nothing kept: {first['answered']:.2f} s"
    heads = ("large ms", "small ms", "more ms", "large MB", "small MB", "more MB")
    yield f"{'first asked':12} {' '.join(f'{head:>9}' for head in heads)}"
    for row in rows:
        seconds = [row["large answered"], row["small answered"]]
        held = [row["large megabytes"], row["small megabytes"]]
        milli = [s * 1_000 for s in seconds]
        yield (
            f"{row['asked']:12} {milli[0]:9.0f} {milli[1]:9.0f} {milli[0] - milli[1]:9.0f} "
            f"{held[0]:9.0f} {held[1]:9.0f} {held[0] - held[1]:9.0f}"
        )


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--procedures", type=int, default=PROCEDURES)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ask", choices=ASKED, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.keep:
        print(json.dumps(keep(given.folder)))
        return 0
    if given.ask:
        print(json.dumps(measured(given.ask)))
        return 0
    with tempfile.TemporaryDirectory(prefix="seglam-startup-") as root:
        large, small = Path(root, "large"), Path(root, "small")
        write(large, given.procedures, given.events)
        write(small, 1, 1)
        first = child(["--ask", "similar"], large)
        first |= child(["--keep"], large)
        rows = list(compared(large, small, given.runs))
    print("\n".join(table(first, rows)))
    if given.json:
        given.json.write_text(json.dumps({"first": first, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    assert kind_of(NUMBER).fixed, "asked for with a table"
    sys.exit(main())
