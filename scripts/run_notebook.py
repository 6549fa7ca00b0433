"""Execute notebooks, print each question and how it was answered: `python scripts/run_notebook.py NOTEBOOK.ipynb`.

Nothing is written beside the notebook: outputs are thrown away, and its kernel gets a store and a configuration of its
own that end with it. The exit code is 0 when every cell ran, 1 when one failed; a cell tagged `raises-exception` may.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STATUS = re.compile(r"^(hit|miss) · |^stored ")


def lines(output: dict[str, Any]) -> list[str]:
    """Text lines of one output: printed text, or the plain form of a value."""
    text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
    return str(text).splitlines()


def question(cell: dict[str, Any]) -> str:
    """What a `%%reason` cell asks, or the first line of another."""
    first, _, rest = str(cell["source"]).partition("\n")
    return rest.strip() if first.startswith("%%reason") else first


def report(cell: dict[str, Any]) -> int:
    """Print what was asked and how it was answered; how many status lines there were."""
    told = [line for output in cell.get("outputs", ()) for line in lines(output) if STATUS.match(line)]
    errors = [o["evalue"] or o["ename"] for o in cell.get("outputs", ()) if o["output_type"] == "error"]
    if told or errors:
        print(question(cell))
    for line in told:
        print(f"    {line}", flush=True)
    for error in errors:
        print("    error · " + error.replace("\n", "\n    "), flush=True)
    return len(told)


def environment(folder: str) -> dict[str, str]:
    """The kernel's variables: a store of its own, no settings of the caller, and no CI, where compiling is frozen."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGLAM_") and name != "CI"}
    return kept | {"SEGLAM_STORE": f"{folder}/store", "SEGLAM_CONFIG_DIR": f"{folder}/config"}


def execute(path: Path, seconds: int, save: Path | None = None) -> int:
    """Run the notebook; its number of status lines. Raises CellExecutionError at the first cell that fails."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    found = 0

    def executed(*, cell: dict[str, Any], **_: object) -> None:
        nonlocal found
        found += report(cell)

    client = NotebookClient(
        notebook,
        timeout=seconds,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=40"],  # it warns of loopback TCP, which every notebook uses
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_executed=executed,
    )
    with tempfile.TemporaryDirectory(prefix="seglam-demo-") as folder:
        client.execute(env=environment(folder))
    if save is not None:
        nbformat.write(notebook, save)
    return found


def main() -> int:
    """Run the notebooks named on the command line."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--seconds", type=int, default=120, help="limit of one cell")
    parser.add_argument("--save", type=Path, help="keep the outputs of the one notebook in this file")
    given = parser.parse_args()
    for path in given.notebooks:
        start = time.perf_counter()
        try:
            found = execute(path, given.seconds, given.save)
        except CellExecutionError:
            print(f"{path.name}: ended at the cell that failed", file=sys.stderr)  # its error is printed already
            return 1
        except (CellTimeoutError, DeadKernelError) as failure:
            print(f"{path.name}: {failure}", file=sys.stderr)
            return 1
        print(f"{path.name}: every cell ran, {found} answers, {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
