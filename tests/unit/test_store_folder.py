"""`FolderLog`: what lies on the disk, what a broken disk does to it, and what no accident may do."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, folder
from seglam_magics.store.lock import held
from seglam_magics.words import Event

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".seglam"


def revision(name: str = "mean", number: int = 1) -> dict[str, Any]:
    return {"name": name, "number": number, "source": f"def {name}(): return {number}"}


def segment_of(log: FolderLog) -> Path:
    (path,) = log.path.glob(f"segments/{log.kernel}.jsonl")
    return path


def filled(store: Path) -> tuple[Path, list[Event]]:
    """A segment of eight events, every second one a definition, and the events."""
    log = FolderLog(store)
    events = [
        log.append("hit", {"question": f"question {n}"}) if n % 2 else log.append("revision", revision("mean", n + 1))
        for n in range(8)
    ]
    log.close()
    return segment_of(log), events


# ---------------------------------------------------------------- what lies on the disk


def test_making_reading_and_closing_a_log_writes_nothing(store: Path) -> None:
    log = FolderLog(store)
    assert (log.tail(), log.snapshot(), log.damage) == ([], [], [])
    log.close()
    assert list(store.parent.parent.iterdir()) == []


def test_the_first_append_makes_a_private_folder_that_is_not_committed(store: Path) -> None:
    log = FolderLog(store)
    log.append("hit", {})
    assert (store / ".gitignore").read_text() == "*\n"
    assert segment_of(log).parent == store / "segments"
    if os.name != "nt":
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (store, store / "segments", segment_of(log))}
        assert modes == {store: 0o700, store / "segments": 0o700, segment_of(log): 0o600}


def test_the_kernel_is_named_by_chance_and_process(store: Path) -> None:
    kernels = {FolderLog(store).kernel for _ in range(50)}
    assert len(kernels) == 50
    assert all(kernel.endswith(f"-{os.getpid()}") and len(kernel) < 24 for kernel in kernels)


def test_a_line_begins_with_its_kind_and_is_plain_json(store: Path) -> None:
    log = FolderLog(store)
    event = log.append("hit", {"question": "combien\nde ✂ là?"})
    (line,) = segment_of(log).read_bytes().splitlines()
    assert line.startswith(b'{"kind":"hit"')
    record = json.loads(line)
    assert Event(**{key: record[key] for key in ("kind", "data", "kernel", "number", "clock", "time")}) == event


def test_lines_are_chained(store: Path) -> None:
    path, _ = filled(store)
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [record["prev"] for record in records[1:]] == [record["sum"] for record in records[:-1]]


def test_what_is_read_loads_no_heavy_library(store: Path) -> None:
    filled(store)
    code = f"""
import sys
from pathlib import Path
from seglam_magics.store import FolderLog, MemoryLog, find_store, follow, open_log
log = FolderLog(Path({str(store)!r}))
assert len(log.snapshot()) == 4
log.append("hit", {{}})
log.tail()
open_log(Path({str(store)!r}), print)
heavy = {{"duckdb", "polars", "pydantic", "litellm", "hypothesis", "platformdirs"}}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@POSIX
def test_a_link_is_never_followed(store: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    _, events = filled(store)
    (store / "segments" / "linked-1.jsonl").symlink_to(precious)
    os.mkfifo(store / "segments" / "pipe-1.jsonl")
    log = FolderLog(store)
    assert log.tail() == events, "neither read through the link nor stuck in the pipe"
    assert len(log.damage) == 2
    assert precious.read_text() == "mine"


def test_a_copied_segment_does_not_double_its_events(store: Path) -> None:
    path, events = filled(store)
    (path.parent / "backup-1.jsonl").write_bytes(path.read_bytes())
    log = FolderLog(store)
    assert log.tail() == events
    assert len(log.snapshot()) == 4
    assert "backup-1.jsonl" in log.damage[0]


# ---------------------------------------------------------------- following


def test_a_snapshot_and_then_tails_miss_nothing_and_repeat_nothing(store: Path) -> None:
    writer, reader = FolderLog(store), FolderLog(store)
    first = writer.append("retire", {"name": "mean"})
    assert reader.snapshot() == [first]
    second = writer.append("hit", {})
    assert reader.snapshot() == [first], "a later snapshot leaves the tail where it is"
    assert reader.tail() == [second]
    assert reader.tail() == []


def test_a_half_line_is_handed_out_when_it_is_whole(store: Path) -> None:
    writer = FolderLog(store)
    events = [writer.append("hit", {"n": n}) for n in range(3)]
    whole = segment_of(writer).read_bytes()
    got: list[Event] = []
    reader = FolderLog(store)
    for size in range(0, len(whole) + 1, 7):
        segment_of(writer).write_bytes(whole[:size])
        got += reader.tail()
    segment_of(writer).write_bytes(whole)
    got += reader.tail()
    assert got == events
    assert reader.damage == []


def test_tail_opens_nothing_while_nothing_changes(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store)
    log = FolderLog(store)
    assert len(log.tail()) == 8
    opened: list[object] = []
    monkeypatch.setattr(os, "open", lambda path, *_: opened.append(path))
    assert log.tail() == []
    assert opened == []


def test_clocks_go_on_behind_activity_that_a_snapshot_steps_over(store: Path) -> None:
    busy = FolderLog(store)
    last = [busy.append("hit", {}) for _ in range(20)][-1]
    late = FolderLog(store)
    late.snapshot()
    assert late.append("hit", {}).clock > last.clock


def test_order_does_not_depend_on_the_time_of_day(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = FolderLog(store), FolderLog(store)
    times = iter(range(100, 0, -10))
    monkeypatch.setattr("time.time", lambda: float(next(times)))
    events = []
    for n in range(6):
        log = (one, other)[n % 2]
        log.tail()
        events.append(log.append("retire", {"name": f"p{n}"}))
    assert FolderLog(store).snapshot() == events


# ---------------------------------------------------------------- broken files


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_never_changes_an_event(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path, events = filled(tmp_path_factory.mktemp("store"))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, 9999)) % len(content)
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    for read, expected in ((FolderLog.tail, events), (FolderLog.snapshot, events[::2])):
        log = FolderLog(path.parent.parent)
        got = read(log)
        lost = [event for event in expected if event not in got]
        assert [event for event in expected if event in got] == got, "only what was written, in its order"
        assert len(lost) <= 2
        assert log.damage or not lost or (lost == [events[-1]] and b"\n" not in content[place:])
        if read is FolderLog.tail and place < len(content) - 1:
            assert log.damage, "every change is noticed"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_cut_segment_gives_its_whole_lines(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path, events = filled(tmp_path_factory.mktemp("store"))
    content = path.read_bytes()
    size = data.draw(st.integers(0, 9999)) % (len(content) + 1)
    path.write_bytes(content[:size])
    left = content[:size].count(b"\n")
    assert FolderLog(path.parent.parent).tail() == events[:left]
    assert FolderLog(path.parent.parent).snapshot() == events[:left][::2]


@pytest.mark.parametrize("gone", range(7))
def test_a_removed_line_is_noticed(store: Path, gone: int) -> None:
    path, events = filled(store)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    left = events[:gone] + events[gone + 1 :]
    for read, expected in ((FolderLog.tail, left), (FolderLog.snapshot, [e for e in left if e.kind == "revision"])):
        log = FolderLog(store)
        assert read(log) == expected
        assert any("missing" in sentence for sentence in log.damage)


@pytest.mark.parametrize("behind", range(8))
@pytest.mark.parametrize("torn", [0, 1])
def test_what_follows_a_torn_line_is_kept(store: Path, torn: int, behind: int) -> None:
    path, events = filled(store)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:behind]) + lines[torn][:40] + b"".join(lines[behind:]))
    log = FolderLog(store)
    assert log.tail() == events
    assert len(log.damage) == 1
    assert FolderLog(store).snapshot() == events[::2]


def test_a_segment_that_shrinks_is_noticed_and_not_read_twice(store: Path) -> None:
    path, events = filled(store)
    log = FolderLog(store)
    assert log.tail() == events
    path.write_bytes(path.read_bytes()[:50])
    assert log.tail() == []
    assert "was cut" in log.damage[0]
    assert log.tail() == []


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"hello\n", bytes(5000), b"\xff\xfe\n", b"[" * 100_000 + b"\n"])
def test_a_foreign_file_among_the_segments_does_no_harm(store: Path, content: bytes) -> None:
    _, events = filled(store)
    (store / "segments" / "zzz-1.jsonl").write_bytes(content)
    log = FolderLog(store)
    assert log.tail() == events
    assert log.snapshot() == events[::2]
    assert bool(log.damage) == (b"\n" in content)


def test_a_well_formed_line_of_nonsense_does_not_stop_the_others(store: Path) -> None:
    from seglam_magics.store.lines import encode

    _, events = filled(store)
    strange = [Event("hit", [], "zzz-1", 1, 1, 0.0), Event("hit", {}, "zzz-1", 2, 1 << 80, 0.0)]  # type: ignore[arg-type]
    deep = encode(Event("retire", {"x": 1}, "zzz-1", 3, 1, 0.0)).replace(b'{"x":1}', b'{"x":' + b"[" * 9999)
    (store / "segments" / "zzz-1.jsonl").write_bytes(b"".join(map(encode, strange)) + deep)
    log = FolderLog(store)
    assert log.tail() == events
    assert log.damage


# ---------------------------------------------------------------- writing when things go wrong


def test_a_store_removed_meanwhile_is_begun_anew(store: Path) -> None:
    import shutil

    log = FolderLog(store)
    log.append("hit", {"n": 1})
    if os.name == "nt":
        pytest.skip("an open file cannot be removed")
    shutil.rmtree(store)
    event = log.append("hit", {"n": 2})
    assert FolderLog(store).tail() == [event]
    assert event.number == 2


@POSIX
@pytest.mark.parametrize("blocked", ["store", "segments"])
def test_a_store_below_a_file_cannot_be_written(store: Path, blocked: str) -> None:
    path = store if blocked == "store" else store / "segments"
    path.parent.mkdir(parents=True)
    path.write_text("a file")
    log = FolderLog(store)
    for act in (lambda: log.append("hit", {}), lambda: log.put("mean", 0, revision())):
        with pytest.raises(SeglamError) as caught:
            act()
        assert caught.value.code == "E-STORE-WRITE"
        assert str(store) in caught.value.says
    assert log.snapshot() == []
    path.unlink()
    assert log.append("hit", {}).number == 1, "once the way is free, it goes on"


LIMITED = """
import resource, sys
from pathlib import Path
from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog
log = FolderLog(Path(sys.argv[1]))
log.append("hit", {"n": 1})
size = next(log.path.glob("segments/*")).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60, resource.RLIM_INFINITY))  # the next line fits only in part
for n in range(3):
    try:
        log.append("hit", {"n": 2})
    except SeglamError as error:
        print(error.code)
assert next(log.path.glob("segments/*")).stat().st_size == size
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append("hit", {"n": 3})
"""


@POSIX
def test_a_line_written_in_part_is_taken_back(store: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(store)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["E-STORE-WRITE"] * 3
    log = FolderLog(store)
    assert [(event.number, event.data) for event in log.tail()] == [(1, {"n": 1}), (2, {"n": 3})]
    assert log.damage == []


def test_a_torn_line_that_cannot_be_taken_back_ends_its_segment(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = FolderLog(store)
    first = log.append("hit", {"n": 1})
    real = os.write
    budget = iter([30])

    def failing(handle: int, content: bytes) -> int:
        for size in budget:
            return real(handle, content[:size])
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", failing)
        broken.setattr(os, "ftruncate", refuse)
        with pytest.raises(SeglamError, match="E-STORE-WRITE"):
            log.append("hit", {"n": 2})
    monkeypatch.setattr(os, "ftruncate", refuse)
    last = log.append("hit", {"n": 3})
    assert len(list(store.glob("segments/*"))) == 2
    reader = FolderLog(store)
    assert reader.tail() == [first, last]
    assert reader.damage == []


def test_an_event_that_could_not_be_made_durable_keeps_its_number(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = FolderLog(store)
    log.append("hit", {})

    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(SeglamError, match="no space left"):
            log.put("mean", 0, revision())
    log.append("hit", {})
    numbers = [(event.kind, event.number) for event in FolderLog(store).tail()]
    assert numbers in ([("hit", 1), ("revision", 2), ("hit", 3)], [("hit", 1), ("hit", 3)])


def test_durable_events_are_forced_to_the_disk(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (forced.append(handle), real(handle))[1])
    log = FolderLog(store)
    log.append("hit", {})
    before = len(forced)
    log.append("hit", {})
    assert len(forced) == before
    log.append("pin", {"name": "mean"}, durable=True)
    assert len(forced) > before
    before = len(forced)
    log.put("mean", 0, revision())
    assert len(forced) > before


# Interrupts itself 200 times and prints what was acknowledged; in a process of its own: the hooks of a test runner
# cannot stand an interrupt at any moment.
INTERRUPTED = """
import gc, json, random, signal, sys, threading, time
from pathlib import Path
from seglam_magics.store import FolderLog
gc.disable()
log, dice = FolderLog(Path(sys.argv[1])), random.Random(5)
acknowledged, interrupts, armed, going = [], 0, False, True

def interrupt(number, frame):
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt

def disturb():
    while going:
        time.sleep(dice.uniform(0.00002, 0.0005))
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

signal.signal(signal.SIGUSR1, interrupt)
disturbing = threading.Thread(target=disturb)
disturbing.start()
while interrupts < 200:
    try:
        while True:
            armed = True
            acknowledged.append(log.append("hit", {"n": len(acknowledged)}).number)
    except KeyboardInterrupt:
        interrupts += 1
going = False
disturbing.join()
acknowledged.append(log.append("hit", {"last": True}).number)
print(json.dumps(acknowledged))
"""


@POSIX
def test_an_interrupt_at_any_moment_leaves_a_sound_segment(store: Path) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, str(store)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged = json.loads(done.stdout)
    reader = FolderLog(store)
    events = reader.tail()
    assert reader.damage == []
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert set(acknowledged) <= {event.number for event in events}
    assert len(acknowledged) == len(set(acknowledged))
    assert len(events) <= len(acknowledged) + 200
    assert events[-1].data == {"last": True}


def test_threads_take_turns(store: Path) -> None:
    log, reader = FolderLog(store), FolderLog(store)
    got: list[Event] = []
    done = threading.Event()

    def write() -> None:
        for n in range(200):
            log.append("hit", {"n": n})

    def read() -> None:
        while not done.is_set():
            got.extend(reader.tail())

    writers = [threading.Thread(target=write) for _ in range(6)]
    following = threading.Thread(target=read)
    for thread in (*writers, following):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    following.join()
    got += reader.tail()
    assert sorted(event.number for event in got) == list(range(1, 1201))
    assert reader.damage == log.damage == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_writes_a_segment_of_its_own(store: Path) -> None:
    log = FolderLog(store)
    log.append("hit", {"who": "parent"})
    child = os.fork()
    if not child:
        try:
            log.append("hit", {"who": "child"})
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    log.append("hit", {"who": "parent"})
    events = FolderLog(store).tail()
    assert len(events) == 3
    assert len({(event.kernel, event.number) for event in events}) == 3
    assert {event.data["who"]: event.kernel for event in events}["child"] != log.kernel


# ---------------------------------------------------------------- compare and set


def test_a_head_that_another_kernel_moved_is_a_conflict(store: Path) -> None:
    one, other = FolderLog(store), FolderLog(store)
    one.put("mean", 0, revision())
    with pytest.raises(SeglamError) as caught:
        other.put("mean", 0, revision())
    assert caught.value.code == "E-STORE-CONFLICT"
    assert len(FolderLog(store).snapshot()) == 1
    other.put("mean", 1, revision(number=2))
    other.put("total", 0, revision("total"))


@pytest.mark.parametrize(
    ("name", "expect", "data"),
    [("mean", 0, revision("total")), ("mean", 1, revision()), ("mean", 0, {"name": "mean"}), ("mean", 0, {})],
)
def test_a_revision_that_does_not_fit_its_place_is_refused(
    store: Path, name: str, expect: int, data: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="mean"):
        FolderLog(store).put(name, expect, data)
    assert not store.exists()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(folder, "_PATIENCE", 0.1)
    return


@pytest.mark.usefixtures("impatient")
def test_a_lock_that_another_process_keeps_is_named(store: Path) -> None:
    log = FolderLog(store)
    log.append("hit", {})
    code = f"""
from pathlib import Path
from seglam_magics.store.lock import held
with held(Path({str(store / "lock")!r})) as taken:
    print(taken, flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with pytest.raises(SeglamError) as caught:
            log.put("mean", 0, revision())
        log.append("hit", {})  # needs no lock
        holder.communicate("\n")
    assert caught.value.code == "E-STORE-BUSY"
    assert f"pid {holder.pid}" in caught.value.says
    assert log.put("mean", 0, revision()).number == 3


def test_the_lock_is_given_back_when_something_fails_inside(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), held(tmp_path / "lock"):
        raise RuntimeError
    with held(tmp_path / "lock") as taken:
        assert taken
        with held(tmp_path / "lock") as again:
            assert not again
    if os.name != "nt":
        with held(tmp_path / "lock", shared=True) as one, held(tmp_path / "lock", shared=True) as other:
            assert one
            assert other


def test_a_log_stays_where_it_is_when_the_working_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = FolderLog(Path("store"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    log.append("hit", {})
    assert log.path == tmp_path / "store"
    assert list((tmp_path / "elsewhere").iterdir()) == []
