"""Thinking that is stopped and spoken to in a real kernel: by the square button, by verbs, and after its death."""

from __future__ import annotations

import datetime as dt
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Cell, Kernel

MODEL = Path(__file__).parents[1] / "scripted" / "thinking"
TEXT = "What is the total of `numbers`?"
ASK = f"%%reason -o total --reuse fresh\n{TEXT}"  # it thinks every time
UPDATE = "leave out every number below 2"
Opened = Callable[..., AbstractContextManager["Kernel"]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("thinking")


@pytest.fixture(scope="module")
def shared(opened: Opened, home: Path) -> Iterator[Kernel]:
    with opened(home, SEGLAM_MODEL=f"scripted/{MODEL}") as kernel:
        begin(kernel)
        yield kernel


@pytest.fixture
def thinking(shared: Kernel) -> Kernel:
    shared.run("globals().pop('total', None)")
    return shared


def begin(kernel: Kernel) -> None:
    kernel.run("%load_ext seglam\nnumbers = [1, 2, 3]")
    kernel.run("import litellm")  # takes seconds once, and the tests are not about it


def thoughts(folder: Path) -> int:
    """How often something that was thought was written into the store."""
    return sum(path.read_bytes().count(b'"what":"part"') for path in folder.rglob("*.jsonl"))


def thinks(folder: Path, before: int = 0) -> None:
    """Wait until something more that was thought lies in the store."""
    end = time.monotonic() + 60
    while thoughts(folder) <= before:
        assert time.monotonic() < end
        time.sleep(0.02)


def stopped(kernel: Kernel, folder: Path) -> Cell:
    """The cell that asks, interrupted in the midst of its thinking."""
    before = thoughts(folder)
    sent = kernel.send(ASK)

    def later() -> None:
        thinks(folder, before)
        kernel.manager.interrupt_kernel()

    return kernel.wait(sent, at_output=later)


def run_of(cell: Cell) -> str:
    found = re.search(r"kept as (r[0-9a-f]{6})", cell.error["evalue"])
    assert found, cell.error["evalue"]
    return found[1]


def test_a16_a_stop_is_one_error_that_says_how_to_go_on_and_resume_goes_on(thinking: Kernel, home: Path) -> None:
    cell = stopped(thinking, home)
    assert cell.status == "error"
    assert cell.error["evalue"].startswith("E-STOPPED-THINKING: stopped after ")
    assert "%seglam resume goes on" in "".join(cell.error["traceback"])
    assert thinking.value("'total' in globals()") == "False"
    listed = thinking.run("%seglam runs").text
    assert run_of(cell) in listed
    assert "stopped" in listed
    resumed = thinking.run("%seglam resume")
    assert resumed.status == "ok", resumed.outputs
    assert resumed.texts()[0].startswith("miss · compiled total_of v")
    assert thinking.value("total") == "6"  # bound where the cell wanted it


def test_a02_nothing_of_a_stopped_run_is_left_behind(thinking: Kernel, home: Path) -> None:
    stopped(thinking, home)
    time.sleep(1)
    names = thinking.value("sorted(t.name for t in __import__('threading').enumerate() if 'Timer' in type(t).__name__)")
    assert names == "[]"
    assert thinking.run("1 + 1").result["text/plain"] == "2"


def test_a06_an_update_after_a_stop_is_taken(thinking: Kernel, home: Path) -> None:
    stopped(thinking, home)
    updated = thinking.run(f'%seglam update "{UPDATE}"')
    assert updated.status == "ok", updated.outputs
    assert thinking.value("total") == "5"
    again = thinking.run(f"%%reason\n{TEXT}\n{UPDATE}")
    assert again.texts()[0].startswith("hit · total_from_two v1")


@pytest.mark.parametrize("verb", ["answer", "answer --strict", "hurry"])
def test_a05_a_stopped_run_answers_now(thinking: Kernel, home: Path, verb: str) -> None:
    stopped(thinking, home)
    answered = thinking.run(f"%seglam {verb}")
    assert answered.status == "ok", answered.outputs
    assert thinking.value("total") == "6"
    assert thinking.run("%seglam runs --limit 1").text.count("done") == 1


def test_a03_what_was_thought_survives_the_death_of_its_kernel(opened: Opened, tmp_path: Path) -> None:
    with opened(tmp_path, SEGLAM_MODEL=f"scripted/{MODEL}") as kernel:
        begin(kernel)
        kernel.send(ASK)
        thinks(tmp_path)
        kernel.manager.signal_kernel(signal.SIGKILL)
    with opened(tmp_path, SEGLAM_MODEL=f"scripted/{MODEL}") as other:
        begin(other)
        listed = other.run("%seglam runs").text
        assert "%seglam resume r" in listed
        assert other.run("%seglam resume").status == "ok"
        assert other.run(f"%%reason\n{TEXT}").texts()[0].startswith("hit · total_of v1")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("%seglam resume", "E-THOUGHT-REST"),
        ("%seglam resume r123456", "E-THOUGHT-NONE"),
        ("%seglam stop", "E-THOUGHT-NONE"),
        ("%seglam update", "E-UPDATE-EMPTY"),
        ("%seglam discard", "E-THOUGHT-REST"),
        ("%seglam answer", "E-THOUGHT-REST"),
    ],
)
def test_a_verb_with_nothing_to_do_says_so(bare: Kernel, line: str, code: str) -> None:
    bare.run("%load_ext seglam")
    cell = bare.run(line)
    assert cell.error["evalue"].startswith(code)
    assert len(cell.error["traceback"]) <= 4


def test_a_run_that_is_discarded_is_gone(thinking: Kernel, home: Path) -> None:
    run = run_of(stopped(thinking, home))
    assert run in thinking.run("%seglam discard").text
    assert thinking.run(f"%seglam resume {run}").error["evalue"].startswith("E-THOUGHT-OVER")


def test_a_line_says_that_a_model_is_silent(opened: Opened, tmp_path: Path) -> None:
    recordings = tmp_path / "stalls"
    recordings.mkdir()
    told = json.loads((MODEL / "total.json").read_text())
    (recordings / "total.json").write_text(json.dumps({**told, "stall_after": 3}))
    with opened(tmp_path, SEGLAM_MODEL=f"scripted/{recordings}", SEGLAM_SILENCE_S="1") as kernel:
        begin(kernel)
        sent = kernel.send(ASK)
        thinks(tmp_path)  # what came before it stalled
        since, told = dt.datetime.now(dt.UTC), False
        while not told:
            message = kernel.client.get_iopub_msg(timeout=90)
            line = str(message["content"].get("data", {}).get("text/plain", ""))
            told = "nothing has come for" in line and message["header"]["date"] > since
        kernel.manager.interrupt_kernel()
        while message["content"].get("execution_state") != "idle" or message["parent_header"].get("msg_id") != sent:
            message = kernel.client.get_iopub_msg(timeout=90)
        assert kernel.value("__import__('seglam').last_run.state") == "stopped"
