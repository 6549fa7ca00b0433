"""Killed at any moment: nothing that was acknowledged is lost, nothing comes twice."""

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
from seglam_magics.words import Event

from .conftest import Key, Nursery, Told, folded_rows, until

pytestmark = [pytest.mark.crash, pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")]

KILLS = int(os.environ.get("SEGLAM_KILLS", "100"))
ROUNDS = int(os.environ.get("SEGLAM_ROUNDS", "20"))


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-W", "error", "-c", code, *map(str, arguments)])


def keys(events: list[Event]) -> Counter[Key]:
    return Counter((event.kernel, event.number) for event in events)


def test_c1_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, nursery: Nursery) -> None:
    store, dice = tmp_path / "store", random.Random(7)
    acknowledged: set[Key] = set()
    reader = FolderLog(store)
    seen: Counter[Key] = Counter()
    for n in range(KILLS):
        told = Told(tmp_path / f"told{n}")
        writer = nursery.start("writer", store, told.path, 10**9)
        until(told.begun)
        time.sleep(dice.uniform(0, 0.03))
        seen += keys(reader.tail())
        nursery.kill(writer)
        acknowledged |= told.keys
        if n % 10 == 9:
            compact(store)
    seen += keys(reader.tail())
    assert acknowledged - seen.keys() == set(), "lost"
    assert set(seen.values()) == {1}, "doubled"
    assert len(seen) - len(acknowledged) <= KILLS, "at most one event per kill was under way"
    assert reader.damage == []
    definitions = {key for key in seen if (key[1] - 1) % 40 == 0}
    assert set(keys(FolderLog(store).snapshot())) == definitions
    folded = fold(store)
    assert folded is not None
    assert (folded.events, folded.damage) == (len(seen), ())


def test_c6_four_kernels_three_killed_and_the_folder_too(tmp_path: Path, nursery: Nursery) -> None:
    """Round after round on the same store; who folds compacts as well, and is killed at any moment of it."""
    store, dice = tmp_path / "store", random.Random(1)
    reader = FolderLog(store)
    seen: Counter[Key] = Counter()
    acknowledged: set[Key] = set()
    for n in range(ROUNDS):
        tolds = [Told(tmp_path / f"told{n}-{k}") for k in range(4)]
        writers = [nursery.start("writer", store, told.path, 400) for told in tolds]
        spared = dice.randrange(4)
        until(lambda tolds=tolds: all(told.begun() for told in tolds))
        for k in set(range(4)) - {spared}:
            folding = nursery.start("compactor", store)
            time.sleep(dice.uniform(0, 0.06))
            nursery.kill(folding)
            nursery.kill(writers[k])
        nursery.wait(writers[spared])
        assert tolds[spared].ended, "the one that was spared came to its end"
        if n % 5 == 4:
            compact(store)
        seen += keys(reader.tail())
        acknowledged |= set[Key]().union(*(told.keys for told in tolds))
    assert acknowledged - seen.keys() == set(), "lost"
    assert set(seen.values()) == {1}, "doubled"
    assert len(seen) - len(acknowledged) <= 3 * ROUNDS
    folded = fold(store)
    assert folded is not None
    assert folded.damage == ()
    assert folded_rows(store) == seen
    assert keys(FolderLog(store).tail()) == seen
    assert list(store.glob("*.corrupt-*")) == [], "no kill broke the view"
    assert examined(store).damage == ()
    assert list(store.glob("archive/[0-9]*"))
    assert View(store).query("log", limit=1)


# Folds, and kills itself before the n-th statement it sends to DuckDB.
DYING = """
import os, signal, sys
from pathlib import Path
from seglam_magics.store import duck, folding

class Dying:
    left = int(sys.argv[2])

    def __init__(self, connection):
        self.connection = connection

    def execute(self, *arguments):
        Dying.left -= 1
        if not Dying.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.connection.execute(*arguments)

    def close(self):
        self.connection.close()

folding.connect = lambda path: Dying(duck.connect(path))
folding.fold(Path(sys.argv[1]))
"""


def test_a_fold_killed_before_any_of_its_statements_is_continued(tmp_path: Path) -> None:
    log = FolderLog(tmp_path)
    statements = 0
    finished = False
    while not finished:
        statements += 1
        log.append("hit", {"n": statements})
        log.put(f"p{statements}", 0, {"name": f"p{statements}", "number": 1})
        dying = start(DYING, tmp_path, statements)
        finished = dying.wait() == 0
        if statements % 2:  # else it is the next dying fold that finds what this one left
            folded = fold(tmp_path)
            assert folded is not None
            assert folded.damage == ()
            assert folded_rows(tmp_path) == Counter(
                {(log.kernel, number): 1 for number in range(1, 2 * statements + 1)}
            )
    assert statements > 6
    assert list(tmp_path.glob("*.corrupt-*")) == []
    fold(tmp_path)
    assert folded_rows(tmp_path) == Counter({(log.kernel, number): 1 for number in range(1, 2 * statements + 1)})


RACER = """
import sys
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog
log = FolderLog(Path(sys.argv[1]))
print("ready", flush=True)
input()
for n in range(int(sys.argv[2])):
    try:
        log.put(f"p{n % 10}", n // 10, {"name": f"p{n % 10}", "number": n // 10 + 1, "by": log.kernel})
        print(n, "won")
    except SeglamError as error:
        print(n, error.code)
"""


def test_of_two_kernels_that_move_a_head_exactly_one_wins(tmp_path: Path) -> None:
    count = 60
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        racer.stdout.readline()
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    results = [dict(line.split() for line in racer.communicate()[0].splitlines()) for racer in racers]
    for n in range(count):
        assert sorted(result[str(n)] for result in results) == ["E-STORE-CONFLICT", "won"]
    heads = Counter((event.data["name"], event.data["number"]) for event in FolderLog(tmp_path).snapshot())
    assert len(heads) == count
    assert set(heads.values()) == {1}


def test_a_lock_whose_holder_is_killed_is_free(tmp_path: Path) -> None:
    log = FolderLog(tmp_path)
    log.append("hit", {})
    code = """
import sys, time
from pathlib import Path
from seglam_magics.store.lock import held
with held(Path(sys.argv[1])), held(Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(600)
"""
    locks = [str(tmp_path / "lock"), str(tmp_path / "view.lock")]
    with subprocess.Popen([sys.executable, "-c", code, *locks], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert fold(tmp_path) is None
        holder.kill()
        holder.wait()
        assert log.put("mean", 0, {"name": "mean", "number": 1}).number == 2
        assert fold(tmp_path) is not None
