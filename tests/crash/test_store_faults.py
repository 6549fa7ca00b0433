"""C2, C8: every write and fsync of the log fails in turn, and file systems without locks, by a shim before libc."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="needs LD_PRELOAD")]


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler here")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def under(shim: Path, code: str, *arguments: object) -> str:
    """What `code` prints when its calls go through the shim, which it knows as `faults`."""
    start = f"import ctypes\nfaults = ctypes.CDLL({str(shim)!r})\n"
    command = [sys.executable, "-W", "error", "-c", start + code, *map(str, arguments)]
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


EVERY_CALL = """
import errno, shutil, sys
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, compact
from seglam_magics.store.health import examined

def play(store, n, error, forever):
    kept, unsure, refused = [], [], 0
    FolderLog(store).tail()
    logs = [FolderLog(store) for _ in range(2)]
    faults.seglam_fault(n, error, forever)
    for turn in range(4):
        log = logs[turn % 2]
        for act in (
            lambda: log.append("hit", {"n": turn, "question": "q" * 300}),
            lambda: log.put(f"p{turn}", 0, {"name": f"p{turn}", "number": 1}),
            lambda: log.append("retire", {"name": f"p{turn}"}, durable=True),
        ):
            try:
                kept.append(act())
            except SeglamError as failure:
                assert failure.code in {"E-STORE-WRITE", "E-STORE-FULL"} and str(store) in failure.says, failure
                refused += 1
        if turn == 2:
            logs[0].close()
            try:
                compact(store)
            except SeglamError as failure:
                assert failure.code in {"E-STORE-WRITE", "E-STORE-FULL"}, failure
                refused += 1
    struck = not faults.seglam_left() or bool(forever and refused)
    faults.seglam_fault(0, 0, 0)
    reader = FolderLog(store)
    found = reader.tail()
    identities = [(event.kernel, event.number) for event in found]
    assert len(set(identities)) == len(identities), "doubled"
    assert all(event in found for event in kept), ("lost", n, error)
    assert len(found) - len(kept) <= refused, "an event that was refused may be there, but no other"
    assert reader.damage == [], reader.damage
    after = [log.append("hit", {"after": True}) for log in logs]
    assert compact(store) is not None
    final = FolderLog(store).tail()
    assert all(event in final for event in [*kept, *after])
    assert examined(store).damage == ()
    for log in logs:
        log.close()
    return struck, refused

total = 0
for error, forever in ((errno.EIO, 0), (errno.ENOSPC, 1), (errno.EDQUOT, 0), (errno.EIO, 1), (0, 0)):
    n, struck = 0, True
    while struck:
        n += 1
        store = Path(sys.argv[1], f"{error}-{forever}-{n}", "store")
        struck, refused = play(store, n, error, forever)
        total += refused
        assert refused or not error or not struck, (error, forever, n)
        shutil.rmtree(store)
    assert n > 10, (error, forever, n)
print(total > 100)
"""


def test_c2_every_write_and_fsync_fails_in_turn(tmp_path: Path, shim: Path) -> None:
    assert under(shim, EVERY_CALL, tmp_path).strip() == "True"


LOCKLESS = """
import errno, sys
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, View, compact, fold, open_log
store = Path(sys.argv[1], "store")
log = FolderLog(store)
known = log.put("mean", 0, {"name": "mean", "number": 1})
log.close()
for error in (errno.ENOLCK, errno.EOPNOTSUPP):
    faults.seglam_refuse_locks(error)
    warnings = []
    log = open_log(store, warnings.append)
    assert log.snapshot() == [known]
    log.append("hit", {"question": "how many?"})
    log.put("mean", 1, {"name": "mean", "number": 2})
    assert [event.data["number"] for event in log.snapshot()] == [1, 2]
    assert View(log).query("log") is not None
    print(type(log).__name__, *[warning.code for warning in warnings])
    for act in (lambda: compact(store), lambda: fold(store), lambda: FolderLog(store).append("hit", {})):
        try:
            act()
        except SeglamError as failure:
            print(failure.code)
    faults.seglam_refuse_locks(0)
    assert len(FolderLog(store).tail()) == 1, "nothing was written where nothing can be locked"
"""


def test_c8_a_file_system_without_locks_is_read_and_memory_takes_the_rest(tmp_path: Path, shim: Path) -> None:
    lines = under(shim, LOCKLESS, tmp_path).splitlines()
    assert lines == ["BesideLog E-STORE-WRITE", "E-STORE-WRITE", "E-STORE-WRITE", "E-STORE-WRITE"] * 2
