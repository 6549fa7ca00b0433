"""Broken views: whatever happens to `seglam.duckdb`, the log is the truth and the view is made again from it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.store import Folded, FolderLog, View, fold

pytestmark = pytest.mark.crash

QUERIES = ["hits", "log", "near_misses", "procedures", "savings"]


def hit(**more: Any) -> dict[str, Any]:
    return {"question": "how many?", "procedure": "mean@1", "tier": "exact", "seconds": 0.004, **more}


def history(log: FolderLog) -> None:
    log.append("miss", {"question": "the median?", "reason": "no such thing", "nearest": "mean@1", "blocked": "median"})
    log.put("mean", 0, {"name": "mean", "number": 1, "usage": {"calls": 1, "tokens_in": 1, "tokens_out": 1}})
    for n in range(20):
        log.append("hit", hit(n=n))


def corrupted(path: Path, how: str) -> None:
    content = path.read_bytes()
    changes: dict[str, bytes] = {
        "text": b"this is no database\n" * 1000,
        "short": content[:100],
        "half": content[: len(content) // 2],
        "zeros": bytes(len(content)),
        "header": content[:4200] + bytes([content[4200] ^ 255]) + content[4201:],
        "page": content.replace(b"the median?", b"the modian?"),
    }
    assert changes[how] != content
    path.write_bytes(changes[how])


@pytest.mark.parametrize("how", ["text", "short", "half", "zeros", "header", "page", "folder", "link"])
def test_a_broken_view_is_set_aside_and_made_again(tmp_path: Path, how: str) -> None:
    log = FolderLog(tmp_path / "store")
    history(log)
    with View(log) as view:
        expected = {name: view.query(name) for name in QUERIES}
    path = tmp_path / "store" / "seglam.duckdb"
    if how == "folder":
        path.unlink()
        path.mkdir()
    elif how == "link":
        path.unlink()
        (tmp_path / "precious").write_text("mine")
        path.symlink_to(tmp_path / "precious")
    else:
        corrupted(path, how)
    with View(log) as view:
        assert {name: view.query(name) for name in QUERIES} == expected
    aside = tmp_path / "store" / "seglam.duckdb.corrupt-1"
    assert aside.exists() or aside.is_symlink()
    assert path.is_file()
    assert not path.is_symlink()
    assert fold(tmp_path / "store") == Folded()
    if how == "link":
        assert (tmp_path / "precious").read_text() == "mine"


def test_the_third_broken_view_has_a_name_too_but_they_do_not_fill_the_disk(tmp_path: Path) -> None:
    FolderLog(tmp_path).append("hit", hit())
    for n in range(10):
        (tmp_path / "seglam.duckdb").write_text(f"broken {n}")
        assert fold(tmp_path) == Folded(1)
    names = sorted(path.name for path in tmp_path.glob("*.corrupt-*"))
    assert names == [f"seglam.duckdb.corrupt-{n}" for n in range(1, 10)]


def test_a_lost_or_foreign_wal_costs_nothing(tmp_path: Path) -> None:
    """A fold dies before its checkpoint; then its WAL is removed, cut, replaced by garbage or by another store's."""
    log = FolderLog(tmp_path / "store")
    for n in range(20):
        log.append("hit", {"n": n})
    fold(tmp_path / "store")
    for n in range(20):
        log.append("hit", {"n": n})
    code = """
import os, sys
from pathlib import Path
from seglam_magics.store import duck, fold, folding
def load(*arguments):
    duck.load(*arguments)
    os._exit(1)
folding.load = load
fold(Path(sys.argv[1]))
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "store")], check=False)
    wal = tmp_path / "store" / "seglam.duckdb.wal"
    content = wal.read_bytes()
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "store", other)
    (other / "seglam.duckdb").unlink()
    (other / "seglam.duckdb.wal").unlink()
    fold(other)
    FolderLog(other).append("hit", {"other": True})
    subprocess.run([sys.executable, "-c", code, str(other)], check=False)
    foreign = (other / "seglam.duckdb.wal").read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
    aside = 0
    for n, broken in enumerate([None, content[:middle], content[:-1], b"garbage" * 99, flipped, foreign, b"", content]):
        copy = tmp_path / f"copy{n}"
        shutil.copytree(tmp_path / "store", copy)
        (copy / "seglam.duckdb.wal").unlink()
        if broken is not None:
            (copy / "seglam.duckdb.wal").write_bytes(broken)
        assert fold(copy) is not None
        rows = View(copy).query("log", limit=1000)
        assert len(rows) == 40
        if (copy / "seglam.duckdb.corrupt-1").exists():
            assert (copy / "seglam.duckdb.corrupt-1.wal").read_bytes() == broken, "it must not stay beside the new file"
            aside += 1
    assert aside, "at least one of them was found to be broken"


def test_a_view_that_was_named_but_not_filled_is_no_damage(tmp_path: Path) -> None:
    FolderLog(tmp_path).append("hit", hit())
    (tmp_path / "seglam.duckdb").touch()
    assert fold(tmp_path) == Folded(1)
    assert list(tmp_path.glob("*.corrupt-*")) == []
