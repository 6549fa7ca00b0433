"""A43: a second kernel opens a store that another holds: it works, and what has to wait says for whom."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.store import View, open_log
from seglam_magics.store.health import rebuilt

WAIT = 5.0
# A kernel that has the store open, has written to it, and holds every lock that any kernel ever takes.
HOLDER = """
import sys
from contextlib import ExitStack
from pathlib import Path
from seglam_magics.store import View, open_log
from seglam_magics.store.lock import held
folder = Path(sys.argv[1])
log = open_log(folder, print)
log.append("hit", {"question": "of the first", "procedure": "p@1", "tier": "exact", "seconds": 0.01})
with ExitStack() as stack:
    taken = [stack.enter_context(held(folder / name)) for name in sys.argv[2:]]
    print("ready" if all(taken) else "not taken", flush=True)
    input()
print(sorted(row["question"] for row in View(log).query("log", limit=9) if row["question"]), flush=True)
"""


@contextmanager
def holding(folder: Path, *locks: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(folder), *locks]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline() == "ready\n"
            yield first
        finally:
            first.kill()


def test_a43_a_second_kernel_reads_and_writes_what_a_first_has_open(tmp_path: Path) -> None:
    warned: list[SeglamError] = []
    with holding(tmp_path) as first:
        log = open_log(tmp_path, warned.append)
        log.append("hit", {"question": "of the second", "procedure": "p@1", "tier": "exact", "seconds": 0.01})
        log.put("p", 0, {"name": "p", "number": 1})
        both = ["of the first", "of the second"]
        assert {row["question"] for row in View(log).query("log", limit=9)} >= set(both)
        said, _ = first.communicate("\n", timeout=60)
        assert said.strip() == str(both), "and the first sees what the second wrote"
    assert warned == []


def test_a43_a_second_kernel_that_has_to_wait_says_for_whom(tmp_path: Path) -> None:
    with holding(tmp_path, "view.lock") as first:
        log = open_log(tmp_path, print)
        log.append("hit", {"question": "of the second", "procedure": "p@1", "tier": "exact", "seconds": 0.01})
        assert len(View(log).query("log", limit=9)) == 2, "what cannot be folded is read from the log"
        begin = time.monotonic()
        with pytest.raises(SeglamError) as told:
            rebuilt(tmp_path)
        assert time.monotonic() - begin < WAIT + 5
        assert told.value.code == "E-STORE-BUSY"
        assert f"(pid {first.pid})" in told.value.says
        assert "end the other kernels" in told.value.hint
        assert len(View(log).query("log", limit=9)) == 2, "nothing was lost by it"


def test_a43_a_head_that_another_kernel_is_moving_is_waited_for_and_named(tmp_path: Path) -> None:
    with holding(tmp_path, "lock") as first:
        log = open_log(tmp_path, print)
        log.append("hit", {"question": "of the second", "procedure": "p@1", "tier": "exact", "seconds": 0.01})
        begin = time.monotonic()
        with pytest.raises(SeglamError) as told:
            log.put("p", 0, {"name": "p", "number": 1})
        assert time.monotonic() - begin < WAIT + 5
        assert told.value.code == "E-STORE-BUSY"
        assert f"(pid {first.pid})" in told.value.says
        assert "\n" not in told.value.says
        assert told.value.hint
    log.put("p", 0, {"name": "p", "number": 1})
