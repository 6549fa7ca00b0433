"""Broken views: whatever happens to `seglam.duckdb`, the log is the truth and the view is made again from it."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from seglam_magics.store import Folded, FolderLog, View, fold
from seglam_magics.store.duck import connect

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


def test_c4_a_broken_view_has_a_code_of_its_own(tmp_path: Path) -> None:
    history(FolderLog(tmp_path))
    fold(tmp_path)
    corrupted(tmp_path / "seglam.duckdb", "header")
    folded = fold(tmp_path)
    assert folded is not None
    assert folded.recovered is not None
    assert folded.recovered.code == "E-STORE-CORRUPT"
    assert "nothing was lost; the old file is kept as seglam.duckdb.corrupt-1" in folded.recovered.hint


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
        assert how in {"folder", "link", "page"} or "was broken, and was made again" in view.damage[0]
    aside = tmp_path / "store" / "seglam.duckdb.corrupt-1"
    assert aside.exists() or aside.is_symlink()
    assert path.is_file()
    assert not path.is_symlink()
    assert fold(tmp_path / "store") == Folded()
    if how == "link":
        assert (tmp_path / "precious").read_text() == "mine"


def broken_views() -> Iterator[tuple[str, Callable[[bytearray], object]]]:
    """Ways to break a database: flipped bits, pages of noise, cuts."""
    dice = random.Random(3)
    for n in range(40):
        yield f"flip {n}", lambda content: content.__setitem__(at := dice.randrange(len(content)), content[at] ^ 16)
    for n in range(10):
        yield f"page {n}", lambda content: _noise(content, dice)
    for n in range(10):
        yield f"cut {n}", lambda content: content.__delitem__(slice(dice.randrange(1, len(content)), None))


def _noise(content: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(content)) // 4096 * 4096
    content[start : start + 4096] = dice.randbytes(len(content[start : start + 4096]))


def rows(path: Path) -> list[Any]:
    """All that is in the view, read straight from the file."""
    connection = connect(path, read_only=True)
    try:
        return connection.execute("select * from folded order by number").fetchall()
    finally:
        connection.close()


def test_c4_no_broken_view_ever_answers_wrongly(tmp_path: Path) -> None:
    """40 flipped bits, 10 pages of noise, 10 cuts: DuckDB refuses or says what it said, and a refusal is mended."""
    log = FolderLog(tmp_path)
    history(log)
    path = tmp_path / "seglam.duckdb"
    fold(tmp_path)
    sound, expected = path.read_bytes(), rows(path)
    answer = View(tmp_path).query("log", limit=1000)
    refused = mended = 0
    for name, change in broken_views():
        content = bytearray(sound)
        change(content)
        path.write_bytes(content)
        try:
            assert rows(path) == expected, name
            continue
        except duckdb.Error:
            refused += 1
        if refused % 5 == 1:
            with View(tmp_path) as view:
                assert view.query("log", limit=1000) == answer, name
                mended += any("made again from the log" in sentence for sentence in view.damage)
            with View(tmp_path) as view:
                assert view.damage == [], "it is said once"
            for aside in tmp_path.glob("*.corrupt-*"):
                aside.unlink()
    assert refused > 10
    assert mended, "some of what is broken is in columns that were not asked for"
    assert log.snapshot()[0].data["name"] == "mean"


def test_c5_a_view_of_another_log_is_noticed_and_made_again(tmp_path: Path) -> None:
    """A sound database that does not belong here: of another store, of another time, or changed by hand."""
    log = FolderLog(tmp_path / "store")
    history(log)
    fold(tmp_path / "store")
    shutil.copytree(tmp_path / "store", tmp_path / "other")
    (tmp_path / "other" / "segments" / f"{log.kernel}.jsonl").unlink()
    connection = connect(tmp_path / "store" / "seglam.duckdb")
    connection.execute("delete from folded where number % 2 = 0")
    connection.close()
    folded = fold(tmp_path / "store")
    assert folded is not None
    assert folded.recovered is not None
    assert folded.recovered.code == "W-STORE-RECOVERED"
    assert "11 events where 22" in folded.recovered.says
    assert "seglam.duckdb.corrupt-1" in folded.recovered.hint
    assert folded.events == 22
    other = FolderLog(tmp_path / "other")
    for _ in range(30):
        other.append("hit", hit(other=True))
    (segment,) = (tmp_path / "other" / "segments").iterdir()
    segment.rename(segment.with_name(f"{log.kernel}.jsonl"))
    moved = fold(tmp_path / "other")
    assert moved is not None
    assert moved.recovered is not None
    assert f"{log.kernel}.jsonl is not the one" in moved.recovered.says


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
        folded = fold(copy)
        assert folded is not None
        if broken is None:
            assert folded.recovered is not None
            assert folded.recovered.code == "W-STORE-RECOVERED"
        rows = View(copy).query("log", limit=1000)
        assert len(rows) == 40
        said = (later := fold(copy)) is not None and later.recovered
        assert not said, "it is said once"
        if (copy / "seglam.duckdb.corrupt-1").exists():
            assert (copy / "seglam.duckdb.corrupt-1.wal").read_bytes() == broken, "it must not stay beside the new file"
            aside += 1
    assert aside, "at least one of them was found to be broken"


def test_a_view_that_was_named_but_not_filled_is_no_damage(tmp_path: Path) -> None:
    FolderLog(tmp_path).append("hit", hit())
    (tmp_path / "seglam.duckdb").touch()
    assert fold(tmp_path) == Folded(1)
    assert list(tmp_path.glob("*.corrupt-*")) == []
