"""C7, C9: a kernel killed while it compiles, and interrupted at any moment of a question."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics import scripted
from seglam_magics.store import FolderLog, compact
from seglam_magics.store.health import examined

pytestmark = [pytest.mark.crash, pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and SIGINT")]

TOTAL: dict[str, Any] = {
    "name": "total",
    "summary": "",
    "meaning": None,
    "synonyms": [],
    "ignorable": [],
    "effects": [],
    "open_questions": [],
    "parameters": [{"name": "values", "type": "list", "domain": {"items": "int"}, "example": "xs"}],
    "templates": [{"lang": "en", "text": "What is the total of {values}?"}],
    "code": "def total(*, values):\n    return sum(values)\n",
    "returns": "number",
    "examples": [{"arguments": {"values": [1, 2]}, "result": 3}],
    "properties": [],
}

START = """
import os, signal, sys, threading, time
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.words import Question
folder, model = Path(sys.argv[1]), sys.argv[2]
space = {"xs": [1, 2], "other": "mine"}
def ask(reasoner):
    return reasoner.ask(Question("What is the total of `xs`?", space))
"""


@pytest.fixture
def model(tmp_path: Path) -> Iterator[str]:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    text = json.dumps({"question": "What is the total of `xs`?", "reply": TOTAL})
    (recordings / "total.json").write_text(text)
    yield f"scripted/{recordings}"
    scripted.stop(str(recordings))


def run(code: str, tmp_path: Path, model: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START + code, str(tmp_path), model]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def done(process: subprocess.Popen[str]) -> str:
    out, told = process.communicate(timeout=90)
    assert process.returncode == 0, told
    return out


# Loads everything once; then, for each place to die at, a kernel that dies there and one that asks again.
DYING = """
import json
import litellm
from seglam_magics.compiler import gateway
from seglam_magics.store import FolderLog

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def forked(act):
    child = os.fork()
    if not child:
        status = 1
        try:
            act()
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitpid(child, 0)[1]

def opened(name):
    return open_reasoner(Seglam(model=model, store=str(folder / name), cases=25, starter=False))

def in_the_call():
    litellm.completion = die
    ask(opened("call"))

def before_publication():
    reasoner = opened("verdict")
    reasoner.catalogue.publish = die
    ask(reasoner)

def after_publication():
    reasoner = opened("published")
    put = reasoner.log.put
    reasoner.log.put = lambda *arguments: (put(*arguments), die())
    ask(reasoner)

def again(name):
    reasoner = opened(name)
    states = [reasoner.approvals.standing(reasoner.library.get(n)).state for n in reasoner.library.names()]
    answer = ask(reasoner)
    print(json.dumps([name, answer.value, answer.hit, answer.usage.calls, states]))
    reasoner.close()

for name, act in (("call", in_the_call), ("verdict", before_publication), ("published", after_publication)):
    assert os.WTERMSIG(forked(act)) == signal.SIGKILL
    revisions = [e for e in FolderLog(folder / name).snapshot() if e.kind == "revision"]
    assert len(revisions) == (name == "published"), name
    assert forked(lambda: again(name)) == 0
"""


def test_c7_a_kernel_killed_while_it_compiles_leaves_nothing_trusted(tmp_path: Path, model: str) -> None:
    answers = {name: rest for name, *rest in map(json.loads, done(run(DYING, tmp_path, model)).splitlines())}
    assert answers["call"] == answers["verdict"] == [3, False, 1, []], "one call again"
    value, hit, calls, states = answers["published"]
    assert (value, hit, calls) == (3, True, 0)
    assert states
    assert "trusted" not in states
    for name in answers:
        log = FolderLog(tmp_path / name)
        assert [event.data["name"] for event in log.snapshot() if event.kind == "revision"] == ["total"]
        compact(log.path)
        assert examined(log.path).damage == ()


# One process asks again and again; a thread of it interrupts it as Jupyter does, at a moment that nobody chose.
INTERRUPTED = """
import random
dice, interrupts, answered = random.Random(11), 0, 0
reasoner = open_reasoner(Seglam(model=model, store=str(folder / "store"), cases=25, starter=False))
ask(reasoner)
before = dict(space)
asking = threading.Event()
def disturb():
    while interrupts + 1 <= 200:
        asking.wait()
        time.sleep(dice.uniform(0, 0.004))
        if asking.is_set():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.001)
threading.Thread(target=disturb, daemon=True).start()
log = reasoner.log
while interrupts < 200:
    name = f"n{interrupts // 3}"  # what an interrupted kernel publishes again is refused if it was published
    try:
        asking.set()
        for turn in range(50):
            ask(reasoner)
            log.append("retire", {"name": name})
            log.put(name, turn, {"name": name, "number": turn + 1})
            reasoner.catalogue.follow()
        asking.clear()
    except KeyboardInterrupt:
        asking.clear()
        interrupts += 1
    except SeglamError as error:
        asking.clear()
        interrupts += error.code.startswith("E-STOPPED")
        assert error.code in ("E-STOPPED", "E-STOPPED-RUN", "E-STORE-CONFLICT"), error
    try:
        time.sleep(0.002)
    except KeyboardInterrupt:
        interrupts += 1
    assert space == before, "the namespace is as it was"
    if interrupts % 40 == 0:
        try:
            answer = ask(reasoner)
            assert answer.value == 3 and answer.hit
            answered += 1
        except (KeyboardInterrupt, SeglamError):
            interrupts += 1
signal.signal(signal.SIGINT, signal.SIG_IGN)
time.sleep(0.02)
answer = ask(reasoner)
assert (answer.value, answer.hit) == (3, True)
log.append("hit", {"last": True})
reasoner.close()
print(interrupts)
"""


def test_c9_two_hundred_interrupts_leave_namespace_and_store_as_they_should_be(tmp_path: Path, model: str) -> None:
    assert int(done(run(INTERRUPTED, tmp_path, model))) >= 200
    log = FolderLog(tmp_path / "store")
    events = log.tail()
    assert log.damage == []
    assert len({(event.kernel, event.number) for event in events}) == len(events)
    assert events[-1].data == {"last": True}
    heads = [(event.data["name"], event.data["number"]) for event in events if event.kind == "revision"]
    assert len(heads) == len(set(heads)), "no revision was published twice"
    compact(tmp_path / "store")
    assert examined(tmp_path / "store").damage == ()
    assert FolderLog(tmp_path / "store").tail() == events
