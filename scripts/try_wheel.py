"""Try an installed wheel where no pandas, no pyarrow and no node is: `.venv-wheel/bin/python scripts/try_wheel.py`.

A common question, a compile over HTTP, hits, the command line with doctor, the magics, on a store of its own. Prints
one line a step; the first that does not hold ends it with a traceback.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ABSENT = ("pandas", "pyarrow")
STREAK = "What is the longest streak of values above {limit} in `waits`?"


def bare() -> None:
    """Nothing is there that must not be needed, and seglam comes from where packages are installed."""
    there = [name for name in ABSENT if importlib.util.find_spec(name)]
    assert not there, there
    import seglam

    place = Path(seglam.__file__)
    assert "site-packages" in place.parts, place


def common() -> None:
    """A common question is answered by what comes with seglam."""
    import polars as pl

    from seglam import reason

    sales = pl.DataFrame({"shop": ["Lyon", "Riga", "Lyon"], "revenue": [120.0, 310.0, 80.0]})
    answer = reason("What is the total revenue per shop?", sales=sales)
    assert answer.hit
    assert sorted(answer.value.rows()) == [("Lyon", 200.0), ("Riga", 310.0)], answer.value


def compiled() -> None:
    """A question of a new kind is compiled, and the next of its kind is a hit."""
    from seglam import reason

    waits = [4, 12, 15, 11, 3]
    first = reason(STREAK.format(limit=10), waits=waits)
    again = reason(STREAK.format(limit=3), waits=waits)
    assert (first.hit, first.value, again.hit, again.value) == (False, 3, True, 4), (first, again)


def commands() -> None:
    """The command line answers, also `doctor`, with nothing on the path but itself."""
    program = Path(sys.executable).with_name("seglam")
    for words in (["--version"], ["ls"], ["show", "longest_streak_above"], ["doctor"], ["config"]):
        done = subprocess.run([str(program), *words], capture_output=True, text=True, check=False)  # noqa: S603 - ours
        assert done.returncode == 0, (words, done.stdout, done.stderr)


def extension() -> None:
    """`%load_ext seglam` registers the magics, and answers."""
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance()
    shell.run_cell("%load_ext seglam\nwaits = [1, 5, 6]").raise_error()
    shell.run_cell("%%reason -o found\n" + STREAK.format(limit=4)).raise_error()
    assert shell.user_ns["found"] == 2, shell.user_ns["found"]  # noqa: PLR2004 - the answer


def steps() -> Iterator[Callable[[], None]]:
    """What is tried, in this order."""
    yield from (bare, common, compiled, commands, extension)


def main() -> int:
    """Try everything."""
    with tempfile.TemporaryDirectory(prefix="seglam-wheel-", ignore_cleanup_errors=True) as folder:
        own = {
            "SEGLAM_STORE": f"{folder}/store",
            "SEGLAM_CONFIG_DIR": f"{folder}/config",
            "SEGLAM_MODEL": "scripted/demo",
        }
        os.environ.update(own, PATH=str(Path(sys.executable).parent), SEGLAM_PROGRESS="false")
        os.environ.pop("CI", None)
        os.chdir(folder)
        for step in steps():
            begin = time.perf_counter()
            step()
            print(f"ok  {step.__name__}  {time.perf_counter() - begin:.1f} s")
        from seglam_magics.reasoner import close_shared

        close_shared()
        os.chdir(Path(sys.executable).parent)  # the folder goes, and IPython asks for its own when it ends
    return 0


if __name__ == "__main__":
    sys.exit(main())
