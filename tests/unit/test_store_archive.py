"""Compaction: what ended kernels wrote moves to the archive, and no reader notices but by the time it takes."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.store import Compacted, FolderLog, View, compact, compaction, fold, writer
from seglam_magics.store.health import examined
from seglam_magics.words import Event


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def revision(name: str, number: int = 1) -> dict[str, Any]:
    return {"name": name, "number": number, "source": f"def {name}(): return {number}"}


def wrote(store: Path, kernels: int = 3, hits: int = 4) -> list[Event]:
    """What so many kernels wrote that have ended: hits with a definition among them, in order."""
    events = []
    for _ in range(kernels):
        log = FolderLog(store)
        log.tail()
        events += [log.append("hit", {"question": "how many?", "n": n}) for n in range(hits // 2)]
        events.append(log.put(f"p_{log.kernel.replace('-', '_')}", 0, revision(f"p_{log.kernel.replace('-', '_')}")))
        events += [log.append("hit", {"question": "how many?", "n": n}) for n in range(hits // 2)]
        log.close()
    return sorted(events, key=lambda event: (event.clock, event.kernel, event.number))


def defining(events: list[Event]) -> list[Event]:
    return [event for event in events if event.kind == "revision"]


def segments(store: Path) -> list[str]:
    return sorted(path.name for path in store.glob("segments/*"))


def volumes(store: Path) -> list[Path]:
    return sorted(store.glob("archive/*"))


def test_what_ended_kernels_wrote_moves_and_is_read_as_before(store: Path) -> None:
    events = wrote(store)
    done = compact(store)
    assert done is not None
    assert (done.segments, segments(store), len(volumes(store))) == (3, [], 1)
    log = FolderLog(store)
    assert log.snapshot() == defining(events)
    assert FolderLog(store).tail() == events
    assert log.append("hit", {}).clock > max(event.clock for event in events)
    assert log.damage == []
    assert compact(store) == Compacted(), "the kernel that writes is alive"
    assert examined(store).events == len(events) + 1


def test_a_living_kernel_keeps_its_segment_and_a_second_compaction_adds_a_volume(store: Path) -> None:
    events = wrote(store)
    living = FolderLog(store)
    living.append("hit", {})
    compact(store)
    assert segments(store) == [f"{living.kernel}.jsonl"]
    living.append("hit", {})
    living.close()
    done = compact(store)
    lines = (volumes(store)[1] / "activity.jsonl").read_bytes().splitlines(keepends=True)
    assert done == Compacted(1, sum(map(len, lines[:-1])))
    assert len(lines) == 3, "two events, and the table of contents"
    assert len(FolderLog(store).tail()) == len(events) + 2
    assert len(volumes(store)) == 2


def test_a_reader_that_was_behind_gets_the_rest_from_the_archive_once(store: Path) -> None:
    reader, late, mirror = FolderLog(store), FolderLog(store), FolderLog(store)
    writer = FolderLog(store)
    first = [writer.append("hit", {"n": 0}), writer.put("mean", 0, revision("mean"))]
    assert reader.tail() == first
    assert late.snapshot() == [first[1]]
    more = [writer.append("hit", {"n": 1}), writer.put("mean", 1, revision("mean", 2)), writer.append("hit", {"n": 2})]
    writer.close()
    compact(store)
    assert reader.tail() == more
    assert late.tail() == more
    assert mirror.tail() == [*first, *more]
    assert [log.tail() for log in (reader, late, mirror)] == [[], [], []]
    assert late.snapshot() == [first[1], more[1]]
    assert [log.damage for log in (reader, late, mirror)] == [[], [], []]
    with pytest.raises(SeglamError, match="E-STORE-CONFLICT"):
        late.put("mean", 1, revision("mean", 2))
    reader.put("mean", 2, revision("mean", 3))


def test_the_view_takes_each_event_once_wherever_it_lies(store: Path) -> None:
    events = wrote(store)
    fold(store)
    behind = wrote(store)
    compact(store)
    folded = fold(store)
    assert folded is not None
    assert (folded.events, folded.damage, folded.recovered) == (len(behind), (), None)
    assert len(View(store).query("log", limit=1000)) == len(events) + len(behind)
    again = fold(store, anew=True)
    assert again is not None
    assert again.events == len(events) + len(behind)


def test_a_log_closed_and_used_again_reads_none_of_its_own_back(store: Path) -> None:
    log = FolderLog(store)
    one = log.append("retire", {"name": "mean"})
    log._writer.close()
    compact(store)
    two = log.append("restore", {"name": "mean"})
    assert log.tail() == []
    assert log.snapshot() == [one, two]
    assert (one.number, two.number) == (1, 2)


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_the_archive_is_private(store: Path) -> None:
    wrote(store)
    compact(store)
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in store.rglob("*"))


def test_a_damaged_segment_stays_and_says_so(store: Path) -> None:
    wrote(store, kernels=1)
    (path,) = store.glob("segments/*.jsonl")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"how many?", b"how  any?", 1))
    wrote(store, kernels=1)
    done = compact(store)
    assert done is not None
    assert done.segments == 1
    assert segments(store) == [path.name]
    log = FolderLog(store)
    assert len(log.tail()) == 9
    assert len(log.damage) == 1


def test_the_rest_of_a_torn_line_is_not_kept(store: Path) -> None:
    events = wrote(store, kernels=1)
    (path,) = store.glob("segments/*.jsonl")
    with path.open("ab") as segment:
        segment.write(b'{"kind":"hit","kernel":"')
    compact(store)
    assert segments(store) == []
    assert FolderLog(store).tail() == events
    assert examined(store).damage == ()


def test_a_segment_that_comes_back_is_not_read_twice(store: Path, tmp_path: Path) -> None:
    """Restored from a copy, or left by a compaction that was killed before it could remove it."""
    events = wrote(store)
    shutil.copytree(store / "segments", tmp_path / "copy")
    compact(store)
    shutil.copytree(tmp_path / "copy", store / "segments", dirs_exist_ok=True)
    log = FolderLog(store)
    assert log.snapshot() == defining(events)
    assert FolderLog(store).tail() == events
    folded = fold(store)
    assert folded is not None
    assert folded.events == len(events)
    compact(store)
    assert segments(store) == [], "the next compaction removes it"
    assert FolderLog(store).tail() == events


@pytest.mark.parametrize("how", ["cut", "flipped", "removed"])
def test_a_broken_table_of_contents_is_made_again_from_the_lines(store: Path, how: str) -> None:
    events = wrote(store)
    reader = FolderLog(store)
    reader.tail()
    compact(store)
    path = volumes(store)[0] / "definitions.jsonl"
    content = path.read_bytes()
    start = content.rindex(b"\n", 0, -1) + 1
    flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    path.write_bytes({"cut": content[:-9], "flipped": flipped, "removed": content[:start]}[how])
    log = FolderLog(store)
    assert log.snapshot() == defining(events)
    assert len(log.damage) == 1
    assert "table of contents" in log.damage[0]
    assert FolderLog(store).tail() == events
    assert reader.tail() == []


@pytest.mark.parametrize("copies", [False, True])
def test_no_event_is_lost_with_the_tables_of_contents_of_two_volumes_of_one_kernel(
    store: Path, copies: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LARGEST", 2_000)
    log = FolderLog(store)
    events = []
    for _ in range(3):
        events += [log.append("hit", {"question": "how many?", "n": n}) for n in range(20)]
        compact(store)
    assert len(volumes(store)) >= 2
    reader = FolderLog(store)
    assert reader.tail() == events
    for path in store.glob("archive/*/*.jsonl" if copies else "archive/*/definitions.jsonl"):
        content = path.read_bytes()
        path.write_bytes(content[: content.rindex(b"\n", 0, -1) + 1] if content.count(b"\n") > 1 else b"")
    assert FolderLog(store).tail() == events
    assert examined(store).damage
    assert copies or reader.tail() == []


def test_a_long_segment_is_left_for_another_so_that_it_can_be_compacted_while_its_kernel_lives(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LARGEST", 2_000)
    monkeypatch.setattr(compaction, "_LARGE", 2_000)
    log, other = FolderLog(store), FolderLog(store)
    events = [log.append("hit", {"question": "how many?", "n": n}) for n in range(40)]
    assert len(segments(store)) > 2
    other.upkeep(bool)
    assert len(segments(store)) == 1
    events += [log.append("hit", {"question": "how many?", "n": n}) for n in range(40)]
    assert other.tail() == events
    assert FolderLog(store).tail() == events
    assert [event.number for event in events] == list(range(1, 81))
    assert log.tail() == []
    assert examined(store).damage == ()


def test_upkeep_that_is_told_to_end_changes_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "_MANY", 1)
    events = wrote(store)
    before = segments(store)
    FolderLog(store).upkeep(lambda: True)
    assert (segments(store), volumes(store)) == (before, [])
    FolderLog(store).upkeep(bool)
    assert (segments(store), len(volumes(store))) == ([], 1)
    assert FolderLog(store).tail() == events


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(file=st.sampled_from(["definitions.jsonl", "activity.jsonl"]), where=st.floats(0, 1), change=st.integers(1, 255))
def test_a_changed_byte_of_the_archive_never_changes_an_event(
    file: str, where: float, change: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = tmp_path_factory.mktemp("store")
    events = wrote(store, kernels=2)
    compact(store)
    path = volumes(store)[0] / file
    content = bytearray(path.read_bytes())
    content[round(where * (len(content) - 1))] ^= change
    path.write_bytes(content)
    for read, expected in ((FolderLog.tail, events), (FolderLog.snapshot, defining(events))):
        log = FolderLog(store)
        found = read(log)
        assert [event for event in found if event not in expected] == []
        assert len(expected) - len(found) <= 2, "a newline that is gone costs the two lines beside it"
        assert found == expected or log.damage
    assert examined(store).damage


def test_what_cannot_be_written_leaves_everything_where_it_is(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = wrote(store)

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(compaction.os, "fsync", refuse)
        with pytest.raises(SeglamError, match="no space left"):
            compact(store)
    assert len(segments(store)) == 3
    assert FolderLog(store).tail() == events
    assert compact(store) is not None
    assert FolderLog(store).tail() == events
    assert [path.name for path in volumes(store)] == ["000001"]


def test_only_one_process_compacts(store: Path) -> None:
    from seglam_magics.store.lock import held

    wrote(store)
    with held(store / compaction.LOCK):
        assert compact(store) is None
    assert compact(store) is not None


def test_a_query_compacts_where_it_is_worth_it(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = wrote(store, kernels=4)
    View(store).query("log")
    assert len(segments(store)) == 4
    monkeypatch.setattr(compaction, "_MANY", 3)
    assert len(View(store).query("log", limit=1000)) == len(events)
    assert segments(store) == []
    assert len(View(store).query("log", limit=1000)) == len(events)


def test_many_segments_make_several_volumes(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = wrote(store, kernels=5)
    monkeypatch.setattr(compaction, "_TOGETHER", 2)
    done = compact(store)
    assert done is not None
    assert done.segments == 5
    assert len(volumes(store)) == 3
    assert FolderLog(store).snapshot() == defining(events)


def test_no_store_is_nothing_to_compact(store: Path) -> None:
    assert compact(store) == Compacted()
    assert not store.exists()


@pytest.mark.parametrize("file", ["definitions.jsonl", "activity.jsonl"])
def test_no_byte_of_the_archive_changes_unnoticed(file: str, store: Path) -> None:
    wrote(store, kernels=2)
    compact(store)
    path = volumes(store)[0] / file
    content = path.read_bytes()
    unnoticed = []
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        if not examined(store).damage:
            unnoticed.append(content[max(0, place - 9) : place + 1])
    assert not unnoticed
