"""`seglam store`: the verbs that look after the store itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from seglam_magics.cli import Office
from seglam_magics.cli.group import execute
from seglam_magics.cli.office import Output
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import FolderLog, Log, MemoryLog, View


class FakeOffice(Office):
    """An office whose reasoner is only its log."""

    def __init__(self, log: Log) -> None:
        catalogue = SimpleNamespace(follow=lambda: False)
        reasoner = cast("Reasoner", SimpleNamespace(log=log, catalogue=catalogue, shipped=lambda: None))
        super().__init__(lambda: reasoner, Seglam())


def run(line: str, log: Log) -> Output:
    return execute(line.split(), FakeOffice(log), "seglam")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FolderLog]:
    store = tmp_path / "store"
    ended = FolderLog(store)
    ended.put("mean", 0, {"name": "mean", "number": 1})
    for n in range(5):
        ended.append("hit", {"question": "how many?", "n": n})
    ended.close()
    yield (living := FolderLog(store))
    living.close()


def test_bare_it_says_where_how_large_and_how_well(log: FolderLog) -> None:
    output = run("store", log)
    assert str(log.path) in output.text
    assert "nothing is damaged" in output.text
    assert output.data["format"] == 2
    assert output.data["segments"]["files"] == 1
    assert output.data["segments"]["bytes"] == sum(p.stat().st_size for p in log.path.glob("segments/*"))
    assert json.loads(run("store --json", log).text) == output.data


def test_path(log: FolderLog) -> None:
    assert run("store path", log).text == str(log.path)


def test_check_reads_everything_and_fails_on_damage(log: FolderLog) -> None:
    sound = run("store check", log)
    assert (sound.code, sound.data["events"], sound.data["definitions"]) == (0, 6, 1)
    run("store compact", log)
    assert run("store check", log).data == sound.data
    (path,) = log.path.glob("archive/*/activity.jsonl")
    path.write_bytes(path.read_bytes().replace(b"how many?", b"how  any?", 1))
    broken = run("store check", log)
    assert broken.code == 1
    assert "broken" in broken.text
    assert broken.data["events"] == 5


def test_compact_moves_and_says_what(log: FolderLog) -> None:
    output = run("store compact", log)
    assert output.data["segments"] == 1
    assert "in the archive now" in output.text
    assert "nothing to compact" in run("store compact", log).text
    assert len(log.snapshot()) == 1


def test_rebuild_makes_the_view_again(log: FolderLog) -> None:
    View(log).query("log")
    output = run("store rebuild", log)
    assert output.data == {"events": 6, "damage": []}
    assert (log.path / "seglam.duckdb.corrupt-1").exists()
    with View(log), pytest.raises(SeglamError, match="E-STORE-BUSY"):
        run("store rebuild", log)


def test_backup_is_a_store_of_its_own(log: FolderLog, tmp_path: Path) -> None:
    run("store compact", log)
    log.append("miss", {"question": "the median?"})
    everything = FolderLog(log.path).tail()
    for line in ("store backup", f"store backup {tmp_path / 'copy'}", "store backup"):
        made = Path(run(line, log).data["backup"])
        assert FolderLog(made).tail() == everything
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "store", "store-backup", "store-backup-2"]


def test_migrate_if_needed(log: FolderLog) -> None:
    assert run("store migrate-if-needed", log).data == {"migrated": [], "backup": None}
    (log.path / "format").unlink()
    done = run("store migrate-if-needed", log)
    assert done.data["migrated"] == ["s002_archive"]
    assert Path(done.data["backup"]).is_dir()
    assert "restart" in done.text
    (log.path / "format").write_text("99\n")
    with pytest.raises(SeglamError) as caught:
        run("store migrate-if-needed", log)
    assert caught.value.code == "E-STORE-VERSION"
    assert "update seglam" in caught.value.hint


@pytest.mark.parametrize("verb", ["", "path", "check", "rebuild", "compact", "backup", "migrate-if-needed"])
def test_without_a_store_there_is_a_sentence(verb: str) -> None:
    with pytest.raises(SeglamError) as caught:
        run(f"store {verb}", MemoryLog())
    assert caught.value.code == "E-USAGE"
    assert "no store" in caught.value.says


def test_a_backup_that_cannot_be_written_is_said(log: FolderLog, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SeglamError) as caught:
        run(f"store backup {tmp_path / 'file' / 'below'}", log)
    assert caught.value.code == "E-STORE-WRITE"


def test_a_verb_there_is_not_is_a_usage_error(log: FolderLog) -> Any:
    with pytest.raises(SeglamError, match="E-USAGE"):
        run("store destroy", log)
