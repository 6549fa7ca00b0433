"""C10, C12: a zygote that is killed, stopped or out of memory is replaced; nothing ever runs in the kernel instead."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Parameter, Property, Revision

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]

ADDED = "def f(x):\n    return x + 1"
ENOUGH = 20.0  # seconds after which a loaded machine has replaced a zygote; how long it takes is in the benchmark
# What procedures must not reach: code that would tell if it ever ran in the process of the test.
REVEALING = """
def f(x):
    found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
    os = found[0].__init__.__globals__["sys"].modules["os"]
    {does}
    return os.getpid()
"""
SORTED = Revision(
    "f", 1, "", "def f(*, values):\n    return sorted(values)",
    parameters=(Parameter("values", "list"),), returns="list", examples=(Example({"values": [3, 1]}, [1, 3]),),
    properties=(Property("p", "", "def p(run, *, values):\n    assert run(values=values) == sorted(values)"),),
)  # fmt: skip


@pytest.fixture
def executor() -> Iterator[ChildExecutor]:
    made = ChildExecutor()
    assert called(made) == 42
    yield made
    made.close()


@pytest.fixture
def limited() -> Iterator[ChildExecutor]:
    """Limits only: what a procedure does to its zygote there must still not reach the kernel."""
    made = ChildExecutor(at_most="S1")
    yield made
    made.close()


def called(executor: ChildExecutor, source: str = ADDED) -> object:
    return executor.call(source, "f", {"x": 41}, returns="number")


def zygotes(executor: ChildExecutor) -> list[int]:
    links = [keeper.link for keeper in (executor._first, executor._second)]
    return [link.pid for link in links if link is not None and link.pid is not None]


def gone(pid: int) -> bool:
    until = time.monotonic() + ENOUGH
    while time.monotonic() < until:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGTERM])
def test_a_lost_zygote_is_replaced_and_the_question_answered(executor: ChildExecutor, how: signal.Signals) -> None:
    before = zygotes(executor)[0]
    os.kill(before, how)
    assert called(executor) == 42
    assert zygotes(executor)[0] != before
    assert gone(before)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("which", [0, 1])
def test_a_zygote_lost_in_the_middle_of_a_verification_is_replaced(
    executor: ChildExecutor, how: signal.Signals, which: int
) -> None:
    first = executor.verify(SORTED, cases=25)
    before = zygotes(executor)
    timer = threading.Timer(0.02, os.kill, (before[which], how))
    timer.start()
    again = executor.verify(SORTED, cases=300)
    timer.join()
    assert (first.ok, again.ok) == (True, True), again.failure
    assert executor.verify(SORTED, cases=25).checks == first.checks
    assert zygotes(executor)[which] != before[which]


@pytest.mark.parametrize("how", ["SIGKILL", "SIGSTOP"])
def test_what_loses_it_twice_is_given_up_and_never_run_in_the_kernel(limited: ChildExecutor, how: str) -> None:
    does = f"os.kill(os.getppid(), {int(getattr(signal, how))})\n    os.read(os.pipe()[0], 1)"
    with pytest.raises(SeglamError) as told:
        called(limited, REVEALING.format(does=does))
    assert told.value.code == "E-SANDBOX-DOWN"
    assert told.value.hint
    assert called(limited) == 42


def test_a_zygote_that_cannot_start_is_told_and_nothing_runs(
    executor: ChildExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    os.kill(zygotes(executor)[0], signal.SIGKILL)
    for job in (lambda: called(executor, REVEALING.format(does="pass")), lambda: executor.verify(SORTED, cases=10)):
        with pytest.raises(SeglamError) as told:
            job()
        assert told.value.code == "E-SANDBOX-DOWN"
        assert "never runs in the kernel" in told.value.hint
    monkeypatch.undo()
    assert called(executor) == 42


def test_when_memory_runs_out_the_system_is_to_end_the_zygote_first(executor: ChildExecutor) -> None:
    for pid in zygotes(executor):
        assert int(Path(f"/proc/{pid}/oom_score_adj").read_text()) == 1000
    with pytest.raises(SeglamError) as told:
        called(executor, "def f(x):\n    return [bytes(1 << 20) for _ in iter(int, 1)]")
    assert told.value.code == "E-RUN-MEMORY"
    assert called(executor) == 42


def test_many_verifications_leave_nothing_behind(executor: ChildExecutor) -> None:
    """A short soak; `python benchmarks/verify.py --soak 1000` is the long one."""
    executor.verify(SORTED, cases=10)
    pids = [os.getpid(), *zygotes(executor)]

    def held() -> list[int]:
        return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids if os.access(f"/proc/{pid}/fd", os.R_OK)]

    before, threads = held(), threading.active_count()
    for _ in range(25):
        assert executor.verify(SORTED, cases=10).ok
        assert called(executor) == 42
    assert held() == before
    assert threading.active_count() == threads
    assert [os.getpid(), *zygotes(executor)] == pids
    below = [Path(f"/proc/{pid}/task/{pid}/children").read_text().split() for pid in pids[1:]]
    assert [len(children) for children in below] == [1, 0], "the judge, who waits for the next, and nobody else"


def test_a_judge_that_is_gone_is_replaced_and_a_verdict_is_never_its_last_word(executor: ChildExecutor) -> None:
    first = executor.verify(SORTED, cases=25)
    zygote = zygotes(executor)[0]
    children = Path(f"/proc/{zygote}/task/{zygote}/children")
    for how in (signal.SIGKILL, signal.SIGSEGV):
        (judge,) = map(int, children.read_text().split())
        assert called(executor) == 42, "a call leaves it alone"
        assert children.read_text().split() == [str(judge)]
        os.kill(judge, how)
        assert executor.verify(SORTED, cases=25).checks == first.checks
    assert zygotes(executor)[0] == zygote
