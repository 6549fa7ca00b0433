"""Fold and view: the same answers by every route, from a known history, and from broken or foreign files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.store import Folded, FolderLog, Log, MemoryLog, View, fold
from seglam_magics.store import folding as folding_module
from seglam_magics.store.duck import connect
from seglam_magics.store.lock import held

DAY = 86_400.0
QUERIES = ["hits", "log", "near_misses", "procedures", "savings"]


def usage(usd: float | None = 0.02, calls: int = 1) -> dict[str, Any]:
    return {"model": "m", "calls": calls, "tokens_in": 800, "tokens_out": 200, "usd": usd, "seconds": 10.0}


def revision(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    record = {"name": name, "number": number, "proc_id": f"{name}{number}", "author": "model", "summary": f"the {name}"}
    return {**record, "templates": [{"text": "a"}, {"text": "b"}], "usage": usage(), "created": 5.0, **more}


def hit(procedure: str, tier: str = "exact", **more: Any) -> dict[str, Any]:
    return {"question": "how many?", "procedure": procedure, "tier": tier, "seconds": 0.004, "slots": {}, **more}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time of day of the events to come."""
    now = [12 * 3600.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def history(log: Log, clock: Callable[[float], None]) -> None:
    """Two days: `mean` compiled, corrected by hand and used; `total` of unknown price; `old` retired and never used."""
    log.append("miss", {"question": "the mean?", "reason": "nothing stored", "nearest": None, "blocked": None})
    log.append("run", {"question": "the mean?", "procedure": "mean@1", "usage": usage(), "ok": True, "seconds": 11.0})
    log.put("mean", 0, revision("mean"))
    log.append("hit", hit("mean@1"))
    log.append("hit", hit("mean@1", "template", notebook="a.ipynb"))
    log.append("failed", {"question": "??", "code": "E-LLM-FORMAT", "message": "no JSON", "usage": usage(0.01)})
    clock(DAY + 12 * 3600.0)
    log.put("mean", 1, revision("mean", 2, author="human", usage=None, created=0.0))
    log.append("pin", {"name": "mean", "number": 1})
    log.append("hit", hit("mean@2"))
    log.put("total", 0, revision("total", usage=usage(None)))
    log.append("hit", hit("total@1", "template"))
    log.put("old", 0, revision("old"))
    log.append("retire", {"name": "old"})
    near = {"question": "the median?", "reason": "`median` is not `mean`", "nearest": "mean@2", "blocked": "median"}
    log.append("miss", near)
    log.append("miss", near)


@pytest.fixture
def view(clock: Callable[[float], None]) -> View:
    log = MemoryLog()
    history(log, clock)
    return View(log)


# ---------------------------------------------------------------- what the queries say


def test_procedures(view: View) -> None:
    rows = {row["name"]: row for row in view.query("procedures")}
    assert list(rows) == ["mean", "total", "old"], "last used first"
    assert rows["mean"] == {
        "name": "mean",
        "number": 2,
        "summary": "the mean",
        "templates": 2,
        "hits": 3,
        "compiled": 1,
        "last_used": DAY + 12 * 3600,
        "created": DAY + 12 * 3600,
        "author": "human",
        "retired": False,
        "pinned": 1,
        "tokens": 1000,
        "usd": 0.02,
        "seconds": 10.0,
        "saved_tokens": 3000,
        "saved_usd": pytest.approx(0.06),
        "saved_seconds": 30.0,
        "unpriced": 0,
    }
    total = rows["total"]
    assert (total["usd"], total["saved_usd"], total["unpriced"], total["saved_tokens"]) == (None, None, 1, 1000)
    old = rows["old"]
    assert (old["retired"], old["hits"], old["last_used"], old["saved_usd"]) == (True, 0, None, 0.0)


def test_hits_by_day_and_tier(view: View) -> None:
    rows = view.query("hits")
    counts = [(row["day"], row["tier"], row["questions"], row["share"], row["rate"]) for row in rows]
    assert counts == [
        ("1970-01-01", "exact", 1, pytest.approx(1 / 3), pytest.approx(2 / 3)),
        ("1970-01-01", "template", 1, pytest.approx(1 / 3), pytest.approx(2 / 3)),
        ("1970-01-01", None, 1, pytest.approx(1 / 3), pytest.approx(2 / 3)),
        ("1970-01-02", "exact", 1, 0.25, 0.5),
        ("1970-01-02", "template", 1, 0.25, 0.5),
        ("1970-01-02", None, 2, 0.5, 0.5),
    ]
    (row,) = view.query("hits", notebook="a.ipynb")
    assert (row["tier"], row["rate"]) == ("template", 1.0)


def test_log(view: View) -> None:
    rows = view.query("log", limit=5)
    assert [row["kind"] for row in rows] == ["miss", "miss", "retire", "revision", "hit"]
    assert [row["procedure"] for row in rows] == [None, None, "old", "old@1", "total@1"]
    assert rows[0]["reason"] == "`median` is not `mean`"
    assert (rows[4]["tier"], rows[4]["seconds"], rows[4]["question"]) == ("template", 0.004, "how many?")
    assert len(view.query("log")) == 15
    (failed,) = view.query("log", kind="failed")
    assert (failed["reason"], failed["time"]) == ("no JSON", 12 * 3600)


def test_savings(view: View) -> None:
    (row,) = view.query("savings")
    assert row == {
        "period": "total",
        "questions": 7,
        "hits": 4,
        "misses": 3,
        "rate": pytest.approx(4 / 7),
        "spent_tokens": 2000,
        "spent_usd": pytest.approx(0.03),
        "spent_seconds": 20.0,
        "saved_tokens": 4000,
        "saved_usd": pytest.approx(0.06),
        "saved_seconds": 40.0,
        "unpriced": 1,
    }
    days = view.query("savings", by="day")
    assert [(day["period"], day["hits"], day["saved_usd"]) for day in days] == [
        ("1970-01-01", 2, pytest.approx(0.04)),
        ("1970-01-02", 2, pytest.approx(0.02)),
    ]
    assert days[1]["spent_usd"] is None, "nothing was spent: no price is known, and none is made up"
    assert [row["period"] for row in view.query("savings", by="notebook")] == ["", "a.ipynb"]


def test_what_has_no_known_price_is_never_free() -> None:
    log = MemoryLog()
    log.put("total", 0, revision("total", usage=usage(None)))
    log.append("run", {"question": "?", "procedure": "total@1", "usage": usage(None), "ok": True, "seconds": 1.0})
    log.append("hit", hit("total@1"))
    (row,) = View(log).query("savings")
    assert (row["spent_usd"], row["saved_usd"], row["unpriced"]) == (None, None, 1)
    (procedure,) = View(log).query("procedures")
    assert (procedure["usd"], procedure["saved_usd"], procedure["unpriced"]) == (None, None, 1)


def test_near_misses(view: View) -> None:
    (row,) = view.query("near_misses")
    assert row == {
        "question": "the median?",
        "nearest": "mean@2",
        "reason": "`median` is not `mean`",
        "blocked": "median",
        "times": 2,
        "last_asked": DAY + 12 * 3600,
    }
    assert view.query("near_misses", name="total") == []


def test_values_are_plain(view: View) -> None:
    for name in QUERIES:
        for row in view.query(name):
            assert all(type(value) in {str, int, float, bool, type(None)} for value in row.values())


# ---------------------------------------------------------------- the same by every route


class CutShort:
    """Passes on the first `count` events only."""

    def __init__(self, log: Log, count: int) -> None:
        self.log, self.count = log, count

    def append(self, kind: str, data: dict[str, Any]) -> None:
        if self.passes():
            self.log.append(kind, data)

    def put(self, name: str, expect: int, data: dict[str, Any]) -> None:
        if self.passes():
            self.log.put(name, expect, data)

    def passes(self) -> bool:
        self.count -= 1
        return self.count >= 0


class Skipping(CutShort):
    """Passes on all but the first `count` events."""

    def passes(self) -> bool:
        return not super().passes()


@contextmanager
def everything_folded(log: FolderLog, clock: Callable[[float], None]) -> Iterator[None]:
    history(log, clock)
    assert fold(log.path) == Folded(15)
    yield


@contextmanager
def nothing_folded(log: FolderLog, clock: Callable[[float], None]) -> Iterator[None]:
    history(log, clock)
    with held(log.path / folding_module.VIEW_LOCK):
        yield


@contextmanager
def half_folded(log: FolderLog, clock: Callable[[float], None]) -> Iterator[None]:
    history(CutShort(log, 6), clock)
    assert fold(log.path) == Folded(6)
    clock(12 * 3600.0)
    history(Skipping(log, 6), clock)
    with held(log.path / folding_module.VIEW_LOCK, shared=True):
        assert fold(log.path) is None
        yield


@contextmanager
def no_file_possible(log: FolderLog, clock: Callable[[float], None]) -> Iterator[None]:
    history(log, clock)
    for name in ("seglam.duckdb", *(f"seglam.duckdb.corrupt-{n}" for n in range(1, 10))):
        (log.path / name / "full").mkdir(parents=True)
    yield


@pytest.mark.parametrize("route", [everything_folded, nothing_folded, half_folded, no_file_possible])
def test_every_route_leads_to_the_same_answers(
    tmp_path: Path, clock: Callable[[float], None], view: View, route: Any
) -> None:
    expected = {name: view.query(name) for name in QUERIES}
    clock(12 * 3600.0)
    log = FolderLog(tmp_path)
    with route(log, clock), View(log) as other:
        assert {name: other.query(name) for name in QUERIES} == expected
        assert other.damage == []
    assert {name: View(tmp_path).query(name) for name in ("savings", "log")}.items() <= expected.items()


# ---------------------------------------------------------------- using the view


@pytest.mark.parametrize("name", QUERIES)
def test_an_empty_store_is_empty_and_stays_so(tmp_path: Path, name: str) -> None:
    for source in (tmp_path / "none", FolderLog(tmp_path / "none"), MemoryLog()):
        assert View(source).query(name) == []
    assert list(tmp_path.iterdir()) == []


def test_unknown_queries_and_parameters_are_named(tmp_path: Path) -> None:
    view = View(tmp_path)
    for call in (lambda: view.query("saving"), lambda: view.query("../../secrets"), lambda: view.query("log", x=1)):
        with pytest.raises(SeglamError) as caught:
            call()
        assert caught.value.code == "E-USAGE"
    with pytest.raises(SeglamError, match="savings"):
        view.query("saving")
    with pytest.raises(SeglamError, match="limit"):
        view.query("log", newest=3)


def test_parameters_are_values_and_never_sql(tmp_path: Path) -> None:
    log = FolderLog(tmp_path)
    log.append("hit", hit("mean@1"))
    assert View(log).query("log", kind="hit' or 1=1 --") == []
    assert len(View(log).query("log", kind="hit")) == 1


def test_every_query_sees_what_came_since_and_a_block_sees_one_moment(tmp_path: Path) -> None:
    log = FolderLog(tmp_path)
    log.append("hit", hit("mean@1"))
    view = View(log)
    assert len(view.query("log")) == 1
    log.append("hit", hit("mean@1"))
    assert len(view.query("log")) == 2
    with view:
        log.append("hit", hit("mean@1"))
        assert fold(tmp_path) is None, "the file is in use; nobody waits for it"
        assert len(view.query("log")) == 2
        assert len(View(tmp_path).query("log")) == 3, "another view is complete all the same"
    assert len(view.query("log")) == 3
    assert fold(tmp_path) == Folded()


@pytest.mark.skipif(os.name == "nt", reason="shared locks")
def test_two_views_share_the_file(tmp_path: Path) -> None:
    FolderLog(tmp_path).append("hit", hit("mean@1"))
    with View(tmp_path) as one, View(tmp_path) as other:
        assert one._in_file
        assert other._in_file, "reading everything into memory would do, but slowly"


def test_the_view_keeps_to_its_own_file(tmp_path: Path) -> None:
    import duckdb

    connection = connect(tmp_path / "x.duckdb")
    for attempt in (
        f"copy (select 1) to '{tmp_path}/out.csv'",
        "select * from read_text('/etc/hostname')",
        f"attach '{tmp_path}/y.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
        "set autoinstall_known_extensions = true",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(attempt)
    connection.close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.duckdb"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_the_view_is_private(tmp_path: Path) -> None:
    FolderLog(tmp_path / "store").append("hit", hit("mean@1"))
    fold(tmp_path / "store")
    assert all(not path.stat().st_mode & 0o077 for path in (tmp_path / "store").rglob("*"))


def test_pyarrow_is_not_needed(tmp_path: Path) -> None:
    FolderLog(tmp_path).append("hit", hit("mean@1"))
    code = f"""
import sys
sys.modules["pyarrow"] = sys.modules["pandas"] = sys.modules["polars"] = sys.modules["pytz"] = None
from pathlib import Path
from seglam_magics.store import View, fold
print(fold(Path({str(tmp_path)!r})).events, sum(len(View(Path({str(tmp_path)!r})).query(q)) for q in {QUERIES}))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "3"]


TEXT = st.text(st.characters(), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["name", "number", "procedure", "question", "tier", "seconds", "usage", "templates", "nearest", "created"]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["hit", "miss", "run", "failed", "revision", "retire", "pin", "other"]),
            st.dictionaries(st.sampled_from(FIELDS) | TEXT, PLAIN, max_size=5),
        ),
        max_size=8,
    )
)
def test_whatever_events_hold_they_can_be_folded_and_queried(events: list[tuple[str, dict[str, Any]]]) -> None:
    log = MemoryLog()
    for kind, data in events:
        log.append(kind, data)
    with View(log) as view:
        assert len(view.query("log", limit=1000)) == len(events)
        assert view.damage == []
        for name in QUERIES:
            view.query(name)


@pytest.mark.parametrize(
    "data",
    [
        {"question": "half \ud800 a pair"},
        {"question": "nul \0 inside"},
        {"deep": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},
        {"number": 10**400, "seconds": 1e308, "usage": {"tokens_in": -1, "usd": "free"}},
        {"question": "x" * 3_000_000},
    ],
)
def test_odd_data_takes_the_way_through_the_file_too(tmp_path: Path, data: dict[str, Any]) -> None:
    log = FolderLog(tmp_path)
    log.append("hit", data)
    log.append("hit", hit("mean@1"))
    assert fold(tmp_path) == Folded(2)
    assert len(View(tmp_path).query("log")) == 2


# ---------------------------------------------------------------- folding


def test_folding_brings_every_event_once(tmp_path: Path) -> None:
    logs = [FolderLog(tmp_path) for _ in range(3)]
    for n in range(5):
        for log in logs:
            log.append("hit", {"n": n})
        assert fold(tmp_path) == Folded(3)
    assert fold(tmp_path) == Folded()
    assert len(View(tmp_path).query("log")) == 15
    assert len(list(tmp_path.glob("segments/*"))) == 3, "segments are kept"


def test_a_large_segment_is_folded_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seglam_magics.store.duck._LINES", 100)
    monkeypatch.setattr("seglam_magics.store.segments._BLOCK", 4096)
    log = FolderLog(tmp_path)
    for n in range(1000):
        log.append("hit", {"n": n, "question": "x" * (n % 97)})
    assert fold(tmp_path) == Folded(1000)
    assert len(View(tmp_path).query("log", limit=5000)) == 1000


def test_damage_is_left_out_and_remembered(tmp_path: Path) -> None:
    log = FolderLog(tmp_path)
    for n in range(4):
        log.append("hit", {"n": n})
    (segment,) = tmp_path.glob("segments/*")
    segment.write_bytes(segment.read_bytes().replace(b'"n":1', b'"n":7'))
    log.close()
    folded = fold(tmp_path)
    assert folded is not None
    assert folded.events == 3
    assert len(folded.damage) == 1
    view = View(tmp_path)
    assert len(view.query("log")) == 3
    assert view.damage == list(folded.damage), "though this fold began behind it"


def test_a_view_of_a_newer_seglam_is_left_alone(tmp_path: Path, clock: Callable[[float], None]) -> None:
    log = FolderLog(tmp_path)
    history(log, clock)
    fold(tmp_path)
    connection = connect(tmp_path / "seglam.duckdb")
    connection.execute("insert into migrations values ('m999_future')")
    connection.execute("alter table folded add column future int")
    connection.close()
    with pytest.raises(SeglamError, match="newer version"):
        fold(tmp_path)
    assert len(View(tmp_path).query("log")) == 15
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_migrations_are_applied_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seglam_magics.store import duck

    log = FolderLog(tmp_path)
    log.append("hit", hit("mean@1"))
    fold(tmp_path)
    ran = []
    before = {migration.__name__ for migration in duck.MIGRATIONS}

    def m900_more(connection: Any) -> None:
        ran.append("more")
        connection.execute("create table more (x int)")

    def m901_fails(connection: Any) -> None:
        connection.execute("create table halfway (x int)")
        raise KeyboardInterrupt

    monkeypatch.setattr(duck, "MIGRATIONS", [*duck.MIGRATIONS, m900_more])
    log.append("hit", hit("mean@1"))
    assert fold(tmp_path) == Folded(1)
    assert fold(tmp_path) == Folded()
    assert ran == ["more"]
    monkeypatch.setattr(duck, "MIGRATIONS", [*duck.MIGRATIONS, m901_fails])
    with pytest.raises(KeyboardInterrupt):
        fold(tmp_path)
    connection = connect(tmp_path / "seglam.duckdb")
    assert duck.applied(connection) == before | {"m900_more"}
    assert connection.execute("select 1 from duckdb_tables() where table_name = 'halfway'").fetchall() == []
    connection.close()


def test_a_program_that_holds_the_file_open_is_no_damage(tmp_path: Path) -> None:
    log = FolderLog(tmp_path)
    log.append("hit", hit("mean@1"))
    fold(tmp_path)
    log.append("hit", hit("mean@1"))
    code = f"import duckdb; c = duckdb.connect({str(tmp_path / 'seglam.duckdb')!r}); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(SeglamError) as caught:
            fold(tmp_path)
        assert caught.value.code == "E-STORE-WRITE"
        assert len(View(tmp_path).query("log")) == 2
        other.communicate("\n")
    assert fold(tmp_path) == Folded(1)
    assert list(tmp_path.glob("*.corrupt-*")) == []
