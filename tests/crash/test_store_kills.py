"""Killed at any moment: nothing that was acknowledged is lost, nothing comes twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from seglam_magics.store import FolderLog, View, fold
from seglam_magics.store.duck import connect

pytestmark = [pytest.mark.crash, pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")]

KILLS = int(os.environ.get("SEGLAM_KILLS", "20"))

# Writes as fast as it can, and says what was acknowledged in a file of its own: one write for each line.
WRITER = """
import os, sys
from pathlib import Path
from seglam_magics.store import FolderLog
folder, acknowledged, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
log = FolderLog(folder)
told = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for n in range(count):
    if n % 40:
        event = log.append("hit", {"question": "q" * (n % 300), "procedure": "mean@1", "n": n})
    else:
        name = f"p{n}-{log.kernel}"
        event = log.put(name, 0, {"name": name, "number": 1, "source": "x" * 5000})
    os.write(told, f"{event.kernel} {event.number}\\n".encode())
"""

FOLDER = """
import sys
from pathlib import Path
from seglam_magics.store import fold
while True:
    fold(Path(sys.argv[1]))
"""


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-W", "error", "-c", code, *map(str, arguments)])


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def told(path: Path) -> set[tuple[str, int]]:
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return {(kernel, int(number)) for kernel, number in map(str.split, lines)}


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < deadline, "the writer never began"
        time.sleep(0.002)


def rows(folder: Path) -> Counter[tuple[str, int]]:
    connection = connect(folder / "seglam.duckdb", read_only=True)
    found = connection.execute("select kernel, number from folded").fetchall()
    connection.close()
    return Counter(found)


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    store, dice = tmp_path / "store", random.Random(7)
    acknowledged: set[tuple[str, int]] = set()
    reader = FolderLog(store)
    seen: Counter[tuple[str, int]] = Counter()
    for n in range(KILLS):
        path = tmp_path / f"told{n}"
        writer = start(WRITER, store, path, 10**9)
        wait_for(path)
        time.sleep(dice.uniform(0, 0.1))
        seen.update((event.kernel, event.number) for event in reader.tail())
        kill(writer)
        acknowledged |= told(path)
    seen.update((event.kernel, event.number) for event in reader.tail())
    assert acknowledged - seen.keys() == set(), "lost"
    assert set(seen.values()) == {1}, "doubled"
    assert len(seen) - len(acknowledged) <= KILLS, "at most one event per kill was under way"
    assert reader.damage == []
    definitions = {key for key in seen if (key[1] - 1) % 40 == 0}
    assert {(event.kernel, event.number) for event in FolderLog(store).snapshot()} == definitions
    folded = fold(store)
    assert folded is not None
    assert (folded.events, folded.damage) == (len(seen), ())


@pytest.mark.parametrize("seed", [1, 2])
def test_four_kernels_three_killed_and_the_folder_too(tmp_path: Path, seed: int) -> None:
    store, dice = tmp_path / "store", random.Random(seed)
    paths = [tmp_path / f"told{n}" for n in range(4)]
    writers = [start(WRITER, store, path, 4000) for path in paths]
    for path in paths:
        wait_for(path)
    for writer in dice.sample(writers, 3):
        folding = start(FOLDER, store)
        time.sleep(dice.uniform(0.25, 0.6))  # by then it has loaded DuckDB, and dies in the middle of things
        kill(folding)
        kill(writer)
    for writer in writers:
        writer.wait()
    assert max(writer.returncode for writer in writers) == 0, "the one that was spared came to its end"
    acknowledged = set[tuple[str, int]]().union(*map(told, paths))
    folded = fold(store)
    assert folded is not None
    assert folded.damage == ()
    found = rows(store)
    assert acknowledged - found.keys() == set(), "lost"
    assert set(found.values()) == {1}, "doubled"
    assert len(found) - len(acknowledged) <= 3
    assert list(store.glob("*.corrupt-*")) == [], "no kill broke the view"
    assert len(FolderLog(store).tail()) == len(found)
    (row,) = View(store).query("savings")
    assert row["hits"] == sum((number - 1) % 40 != 0 for _, number in found)


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
            assert rows(tmp_path) == Counter({(log.kernel, number): 1 for number in range(1, 2 * statements + 1)})
    assert statements > 6
    assert list(tmp_path.glob("*.corrupt-*")) == []
    fold(tmp_path)
    assert rows(tmp_path) == Counter({(log.kernel, number): 1 for number in range(1, 2 * statements + 1)})


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
