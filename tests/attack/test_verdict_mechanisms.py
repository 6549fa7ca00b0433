"""With the lint out of the way: tricks that want a wrong procedure believed. None is, and the next verdict is right."""

from __future__ import annotations

import dataclasses
import os
import re
import textwrap
import threading
import time
import tomllib
from pathlib import Path

import pytest

from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Parameter, Property, Revision

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

ATTACKS = tomllib.loads(Path(__file__).with_name("verdict_attacks.toml").read_text(encoding="utf-8"))
FAULTS = re.compile("SyntaxError|NameError")  # of the attack itself
REACH = """
found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
sys = found[0].__init__.__globals__["sys"]
os, io, time, builtins, json = (sys.modules[n] for n in ("os", "io", "time", "builtins", "json"))
load, sorted, len, hash = builtins.__import__, builtins.sorted, builtins.len, builtins.hash
"""
RIGHT = Revision(
    "f", 1, "", "def f(*, values):\n    return sorted(values)\n",
    parameters=(Parameter("values", "list", domain={"items": "int"}),), returns="list",
    examples=(Example({"values": [3, 1, 2]}, [1, 2, 3]),),
    properties=(
        Property("ordered", "", "def ordered(run, *, values):\n    assert run(values=values) == sorted(values)\n"),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def executor():
    made = ChildExecutor()
    assert made.verify(RIGHT, cases=10).ok
    yield made
    made.close()


def source(attack):
    body = textwrap.indent(f"{attack['body']}\nreturn [666]\n", "    ")
    return f"{REACH}{attack.get('load', '')}\ndef f(*, values):\n{body}"


@pytest.mark.parametrize("name", ATTACKS)
def test_a_wrong_procedure_is_not_believed(name, executor, monkeypatch, tmp_path):
    monkeypatch.setattr("seglam_magics.verify.executor.lint_revision", lambda _revision: [])
    monkeypatch.chdir(tmp_path)
    attack, before, threads = ATTACKS[name], dict(os.environ), threading.active_count()
    zygotes = [keeper.link.pid for keeper in (executor._first, executor._second)]
    begin = time.monotonic()
    verdict = executor.verify(dataclasses.replace(RIGHT, source=source(attack)), cases=25, seconds=2.0)
    assert time.monotonic() - begin < 10
    assert not verdict.ok, f"{name} was believed"
    told = verdict.failure.message
    assert re.search(attack.get("says", "."), told), told
    assert not FAULTS.search(told), told
    assert "\n" not in told
    good = executor.verify(RIGHT, cases=10)
    assert good.ok, ("the next one must not notice", good.failure)
    assert [keeper.link.pid for keeper in (executor._first, executor._second)] == zygotes
    assert (list(tmp_path.iterdir()), dict(os.environ), threading.active_count()) == ([], before, threads)


def test_the_judge_serves_on_after_a_sound_verdict_and_is_replaced_after_any_other(executor):
    """What it remembers of one verification is nothing that the next could see: the verdicts are equal."""
    first = executor.verify(RIGHT, cases=25)
    again = [executor.verify(RIGHT, cases=25) for _ in range(21)]
    assert {verdict.checks for verdict in again} == {first.checks}
