"""A full disk and a read-only one: a sentence, and nothing that was acknowledged is lost. Real ones, in RAM."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.crash

# A mount that only the child sees, and that vanishes with it.
APART = ["unshare", "--user", "--map-root-user", "--mount"]


def on_a_small_disk(folder: Path, code: str) -> str:
    """Run `code` with a disk of 4 MB at `folder`; what it printed."""
    if shutil.which("unshare") is None or subprocess.run([*APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounts are not permitted here")
    mount = 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"'
    command = [*APART, "sh", "-c", mount, "sh", str(folder), sys.executable, "-W", "error", "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "mount:" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return done.stdout


FULL = """
import sys
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, View, fold
disk = Path(sys.argv[1])
log, other = FolderLog(disk / "store"), FolderLog(disk / "store")
ballast = disk / "ballast"
ballast.write_bytes(bytes(3 << 20))
kept = [log.put("mean", 0, {"name": "mean", "number": 1})]
refused = 0
while refused < 5:
    try:
        kept.append(log.append("hit", {"question": "q" * 700, "n": len(kept)}))
    except SeglamError as error:
        assert error.code == "E-STORE-FULL" and "no space left" in error.says, error
        refused += 1
try:
    log.put("mean", 1, {"name": "mean", "number": 2, "source": "x" * 5000})
    raise AssertionError("the disk was not full")
except SeglamError as error:
    assert error.code == "E-STORE-FULL", error
assert other.tail() == kept and other.snapshot() == kept[:1], "reading goes on"
try:
    assert fold(disk / "store") is None
except SeglamError as error:
    assert error.code in {"E-STORE-WRITE", "E-STORE-FULL", "E-STORE-READ"}, error
assert View(disk / "store").query("savings")[0]["hits"] == len(kept) - 1, "so do queries"
ballast.unlink()
for n in range(3):
    kept.append(log.append("hit", {"n": n}))
kept.append(log.put("mean", 1, {"name": "mean", "number": 2}))
assert FolderLog(disk / "store").tail() == kept
assert [event.number for event in kept] == list(range(1, len(kept) + 1))
assert not log.damage and not other.damage
folded = fold(disk / "store")
assert View(disk / "store").query("savings")[0]["hits"] == len(kept) - 2
print(len(kept) > 500, folded.damage)
"""

READ_ONLY = """
import subprocess, sys
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, View, fold, open_log
disk = Path(sys.argv[1])
log = FolderLog(disk / "store")
kept = [log.append("hit", {}), log.put("mean", 0, {"name": "mean", "number": 1})]
fold(disk / "store")
log.close()
subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
for act in (lambda: log.append("hit", {}), lambda: log.put("mean", 1, {"name": "mean", "number": 2})):
    try:
        act()
        raise AssertionError("the disk was not read-only")
    except SeglamError as error:
        assert error.code == "E-STORE-WRITE" and "read-only" in error.says, error
assert FolderLog(disk / "store").tail() == kept
assert View(disk / "store").query("savings")[0]["hits"] == 1
for folder in (disk / "store", disk / "new"):
    print(type(open_log(folder, lambda error: print(error.code))).__name__)
"""


def test_a_full_disk_loses_nothing_and_frees_up(tmp_path: Path) -> None:
    assert on_a_small_disk(tmp_path, FULL).strip() == "True ()"


def test_a_read_only_disk_is_read(tmp_path: Path) -> None:
    assert on_a_small_disk(tmp_path, READ_ONLY).split() == ["E-STORE-WRITE", "BesideLog", "E-STORE-WRITE", "MemoryLog"]
