"""Ctrl-C at a terminal: what is to become of the run is asked there, where there are no buttons."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pexpect = pytest.importorskip("pexpect", reason="there is no terminal to play")

MODEL = Path(__file__).parents[1] / "scripted" / "thinking"
PROMPT = r"In \[\d+\]: $"
CHOICES = re.escape("[r]esume [a]nswer [u]pdate [d]iscard")
PATIENCE = 90


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Any]:
    """IPython at a terminal, with data, the model loaded, and a question about to be asked."""
    home = {name: str(tmp_path / name.lower()) for name in ("HOME", "IPYTHONDIR", "SEGLAM_CONFIG_DIR", "SEGLAM_STORE")}
    env = {**os.environ, **home, "SEGLAM_MODEL": f"scripted/{MODEL}", "TERM": "dumb"}
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor", "--HistoryManager.enabled=False"]
    child = pexpect.spawn(sys.executable, command, env=env, cwd=str(tmp_path), encoding="utf-8", timeout=PATIENCE)
    child.delaybeforesend = None
    try:
        child.expect(PROMPT)
        for line in ("%load_ext seglam", "numbers = [1, 2, 3]; import litellm, seglam"):
            child.sendline(line)
            child.expect(PROMPT)
        yield child
    finally:
        child.kill(signal.SIGKILL)
        child.wait()  # closing alone waits a tenth of a second, which is too short on a busy machine
        child.close()


def interrupted(terminal: Any) -> None:
    terminal.sendline("total = %reason What is the total of `numbers`?")
    wait_for_thoughts(Path(terminal.cwd))
    terminal.sendintr()
    terminal.expect(CHOICES)


def wait_for_thoughts(folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not any(b'"what":"part"' in path.read_bytes() for path in folder.rglob("*.jsonl")):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("typed", "value"), [(["r"], "6"), (["a"], "6"), (["u", "leave out every number below 2"], "5")]
)
def test_a_stopped_run_goes_on_as_it_is_typed(terminal: Any, typed: list[str], value: str) -> None:
    interrupted(terminal)
    terminal.sendline(typed[0])
    for more in typed[1:]:
        terminal.expect("add to the question: ")
        terminal.sendline(more)
    terminal.expect(PROMPT)
    terminal.sendline("print('total', total.value, seglam.last_run.state)")
    terminal.expect(rf"total {value} done")


def test_a_run_that_is_thrown_away_ends_the_cell_with_its_error(terminal: Any) -> None:
    interrupted(terminal)
    terminal.sendline("d")
    terminal.expect("is discarded")
    terminal.expect("E-STOPPED-THINKING")
    terminal.expect(PROMPT)
    terminal.sendline("print('state', seglam.last_run.state)")
    terminal.expect("state (stopped|discarded)")
