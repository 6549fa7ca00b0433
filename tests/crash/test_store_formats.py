"""C11, C13: stores of every format there was, ids that come twice, clocks that go back."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.store import BesideLog, FolderLog, View, compact, duck, fold, open_log, writer
from seglam_magics.store.formats import STEPS, format_of, upgrade
from seglam_magics.store.health import examined

pytestmark = pytest.mark.crash

STORES = Path(__file__).with_name("stores")
FORMATS = sorted(int(path.name.removeprefix("format-")) for path in STORES.iterdir())
NOW = writer.FORMAT


def copied(number: int, tmp_path: Path) -> Path:
    return shutil.copytree(STORES / f"format-{number}", tmp_path / "store")


def contents(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def test_there_is_a_store_of_every_format_and_of_one_to_come() -> None:
    assert list(range(1, NOW + 2)) == FORMATS
    assert len(STEPS) == NOW - 1
    assert [format_of(STORES / f"format-{number}") for number in FORMATS] == FORMATS


@pytest.mark.parametrize("number", FORMATS)
def test_c11_a_store_of_any_format_is_read(number: int, tmp_path: Path) -> None:
    store = copied(number, tmp_path)
    warnings: list[SeglamError] = []
    log = open_log(store, warnings.append)
    kinds = [(event.kind, event.data.get("number")) for event in log.snapshot()]
    assert kinds == [("revision", 1), ("revision", 2), ("retire", None)]
    assert (log.damage, log.path) == ([], store)
    assert len(View(log).query("log")) == 7
    assert [warning.code for warning in warnings] == ["E-STORE-VERSION"] * (number != NOW)


@pytest.mark.parametrize("number", [number for number in FORMATS if number != NOW])
def test_c11_a_store_of_another_format_is_never_written(number: int, tmp_path: Path) -> None:
    store = copied(number, tmp_path)
    before = contents(store)
    warnings: list[SeglamError] = []
    log = open_log(store, warnings.append)
    assert isinstance(log, BesideLog)
    log.append("hit", {"question": "the mean?"})
    assert log.put("mean", 2, {"name": "mean", "number": 3}).clock > 7
    with pytest.raises(SeglamError, match="E-STORE-CONFLICT"):
        log.put("mean", 1, {"name": "mean", "number": 2})
    assert [event.data.get("number") for event in log.snapshot()] == [1, 2, None, 3]
    for act in (compact, fold):
        with pytest.raises(SeglamError, match="E-STORE-VERSION"):
            act(store)
    log.close()
    assert contents(store) == before
    (warning,) = warnings
    assert f"format {number}" in warning.says
    assert ("migrate-if-needed" if number < NOW else "update seglam") in warning.hint


@pytest.mark.parametrize("number", [number for number in FORMATS if number < NOW])
def test_c11_an_older_store_is_brought_up_to_date_and_a_copy_is_kept(number: int, tmp_path: Path) -> None:
    store = copied(number, tmp_path)
    before = contents(store)
    events = FolderLog(store).tail()
    done = upgrade(store)
    assert done is not None
    copy, steps = done
    assert steps == [step.__name__ for step in STEPS[number - 1 :]]
    assert contents(copy) == before
    assert upgrade(store) is None
    assert type(open_log(store, pytest.fail)) is FolderLog
    assert FolderLog(store).tail() == events
    compact(store)
    assert FolderLog(store).tail() == events
    assert examined(store).damage == ()


def test_c11_a_store_in_use_is_not_brought_up_to_date(tmp_path: Path) -> None:
    store = copied(1, tmp_path)
    log = FolderLog(store)
    log.append("hit", {})
    with pytest.raises(SeglamError, match="E-STORE-BUSY"):
        upgrade(store)
    assert format_of(store) == 1
    assert not list(store.glob("before-*"))
    log.close()
    assert upgrade(store) is not None


def test_c11_a_newer_store_is_not_brought_down(tmp_path: Path) -> None:
    with pytest.raises(SeglamError, match="E-STORE-VERSION"):
        upgrade(copied(NOW + 1, tmp_path))


@pytest.mark.parametrize("content", [b"", b"two\n", b"\xff\xfe", b"99999\n", b"0\n"])
def test_c11_a_format_that_cannot_be_told_is_not_written(content: bytes, tmp_path: Path) -> None:
    store = copied(NOW, tmp_path)
    (store / "format").write_bytes(content)
    warnings: list[SeglamError] = []
    assert len(open_log(store, warnings.append).snapshot()) == 3
    assert [warning.code for warning in warnings] == ["E-STORE-VERSION"]


def test_c11_an_older_view_is_brought_up_to_date_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = copied(NOW, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(duck, "MIGRATIONS", duck.MIGRATIONS[:1])
        connection = duck.connect(store / "seglam.duckdb")
        duck.migrate(connection, store / "seglam.duckdb")
        connection.execute("checkpoint")
        connection.close()
    folded = fold(store)
    assert folded is not None
    assert (folded.events, folded.recovered) == (7, None)
    kept = store / f"seglam.duckdb.before-{duck.MIGRATIONS[1].__name__}"
    connection = duck.connect(kept, read_only=True)
    assert duck.applied(connection) == {duck.MIGRATIONS[0].__name__}
    connection.close()
    assert list(store.glob("*.corrupt-*")) == []


# ---------------------------------------------------------------- C13


def test_c13_a_clock_that_steps_back_changes_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = FolderLog(tmp_path), FolderLog(tmp_path)
    now = time.time()
    written = []
    for hour, log in enumerate([one, two, one, two, one]):
        monkeypatch.setattr(time, "time", lambda hour=hour: now - 3600 * hour)
        log.tail()
        written.append(log.append("retire", {"name": f"n{hour}"}))
    assert [event.time for event in written] == sorted((event.time for event in written), reverse=True)
    assert FolderLog(tmp_path).snapshot() == written
    for log in (one, two):
        log.close()
    compact(tmp_path)
    assert FolderLog(tmp_path).snapshot() == written


def test_c13_a_kernel_whose_id_is_taken_takes_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["aaaa-1", "aaaa-1", "bbbb-1", "cccc-1"])
    monkeypatch.setattr(writer, "new_kernel", lambda: next(ids))
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "format").write_text(f"{NOW}\n")
    first, second = FolderLog(tmp_path / "store"), FolderLog(tmp_path / "store")
    events = [first.append("hit", {"by": 1}), second.append("hit", {"by": 2})]
    assert (first.kernel, second.kernel) == ("aaaa-1", "bbbb-1")
    assert second.tail() == events[:1]
    assert FolderLog(tmp_path / "store").tail() == events


def test_c13_the_process_of_an_ended_kernel_may_come_again(tmp_path: Path) -> None:
    """Every log here has the same process id; a kernel is told by its lock and its random id, never by its process."""
    logs = [FolderLog(tmp_path) for _ in range(4)]
    events = [log.append("hit", {}) for log in logs]
    assert all(log.kernel.endswith(f"-{os.getpid()}") for log in logs)
    logs[0].close()
    done = compact(tmp_path)
    assert done is not None
    assert done.segments == 1
    assert sorted(path.stem for path in tmp_path.glob("segments/*")) == sorted(log.kernel for log in logs[1:])
    found = FolderLog(tmp_path).tail()
    assert sorted(e.kernel for e in found) == sorted(e.kernel for e in events)
