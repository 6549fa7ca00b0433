"""C1 while segments move to the archive: killed before any of its steps, a compaction loses and doubles nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from seglam_magics.store import FolderLog, View, compact, fold
from seglam_magics.store.health import examined

from .conftest import Key, Nursery, Told, until

pytestmark = [pytest.mark.crash, pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")]

# Forks a compaction for each n that kills itself before the n-th thing it does to the disk, until one comes to its end.
DYING = """
import os, shutil, signal, sys
from pathlib import Path
from seglam_magics.store import FolderLog, compact, fold
from seglam_magics.store.health import examined

first = Path(sys.argv[1])
left = 0

def deadly(function):
    def called(*arguments, **named):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return called

def wrote(store):
    log = FolderLog(store)
    events = [log.append("hit", {"n": 0}), log.put("p" + log.kernel, 0, {"name": "p" + log.kernel, "number": 1})]
    log.close()
    return events

def keys(events):
    return sorted((event.kernel, event.number) for event in events)

written = wrote(first)
compact(first)
written += wrote(first)
fold(first)
written += wrote(first)
step, alive = 0, False
while not alive:
    step += 1
    store = first.with_name(f"copy{step}")
    shutil.copytree(first, store)
    behind = FolderLog(store)
    assert keys(behind.tail()) == keys(written)
    late = wrote(store)
    child = os.fork()
    if not child:
        left = step
        for name in ("fsync", "open", "unlink", "mkdir", "rename", "write", "close", "rmdir", "fdopen"):
            setattr(os, name, deadly(getattr(os, name)))
        compact(store)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0, status
    alive = status == 0
    for _ in range(2):  # as it was left, and after the next compaction
        log, everything = FolderLog(store), [*written, *late]
        assert keys(log.tail()) == keys(everything), step
        assert keys(FolderLog(store).snapshot()) == keys(e for e in everything if e.kind == "revision"), step
        assert log.damage == [], log.damage
        assert keys(behind.tail()) == keys(late[-2:]), step
        assert compact(store) is not None
        late += wrote(store)
    assert not list(store.glob("archive/*.unfinished"))
    assert examined(store).damage == ()
    if step % 5 == 0:
        fold(store)
        assert fold(store).events == 0
    shutil.rmtree(store)
print(step)
"""


def test_c1_a_compaction_killed_before_any_of_its_steps(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", DYING, str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15


def test_c1_compactions_killed_while_kernels_write_and_follow(tmp_path: Path, nursery: Nursery) -> None:
    store, dice = tmp_path / "store", random.Random(5)
    reader = FolderLog(store)
    seen: Counter[Key] = Counter()
    tolds = []
    for n in range(20):
        tolds.append(Told(tmp_path / f"told{n}"))
        writer = nursery.start("writer", store, tolds[-1].path, 60)
        compactor = nursery.start("compactor", store)
        until(tolds[-1].begun)
        time.sleep(dice.uniform(0, 0.05))
        seen.update((event.kernel, event.number) for event in reader.tail())
        nursery.kill(compactor)
        nursery.wait(writer)
    seen.update((event.kernel, event.number) for event in reader.tail())
    written = set[Key]().union(*(told.keys for told in tolds))
    assert seen == dict.fromkeys(written, 1)
    assert len(written) == 20 * 60
    compact(store)
    assert {(event.kernel, event.number) for event in FolderLog(store).tail()} == written
    assert examined(store).damage == ()
    fold(store)
    assert View(store).query("tiers") is not None
