"""The user's own SQL: reads the views, writes and reaches nothing, ends in time, and says what is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from seglam_magics.cli import Office, run
from seglam_magics.cli.group import answered
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.store import FolderLog, Log, MemoryLog, View
from seglam_magics.store.defined import VIEWS
from seglam_magics.store.sql import select

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "sql.md"
LONG = "select count(*) from range(10000000) a, range(1000000) b where a.range * b.range % 7 = 3"


def filled(log: Log) -> Log:
    log.append("hit", {"question": "Сколько строк?", "procedure": "rows@1", "tier": "exact", "seconds": 0.004})
    log.append("hit", {"question": "how many?", "procedure": "rows@1", "slots": {"k": 5}, "notebook": "a.ipynb"})
    log.append("miss", {"question": "why?", "reason": "nothing stored"})
    return log


@pytest.fixture(params=["memory", "folder", "unfolded"])
def view(request: pytest.FixtureRequest, tmp_path: Path) -> View:
    if request.param == "memory":
        return View(filled(MemoryLog()))
    log = filled(FolderLog(tmp_path / "store"))
    if request.param == "folder":
        View(log).query("log")
    return View(log)


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    opened = open_reasoner(log=filled(MemoryLog()))
    yield opened
    opened.close()


def test_a_frame_comes_out(view: View) -> None:
    found = select(view, "select question, procedure, slots.k as k from hits order by number")
    assert isinstance(found.frame, pl.DataFrame)
    assert found.frame.rows() == [("Сколько строк?", "rows@1", None), ("how many?", "rows@1", "5")]
    assert not found.cut
    assert select(view, "select sum(number) from hits;  -- all of them").frame.rows() == [(3,)]
    assert select(view, "from hits where false").frame.width > 10


@pytest.mark.parametrize(
    "text",
    [
        "insert into folded select * from folded",
        "with new as (insert into folded select * from folded returning *) select * from new",
        "delete from folded",
        "create table mine (a int)",
        "create view mine as select 1",
        "drop view hits",
        "attach 'other.duckdb'",
        "copy hits to 'out.csv'",
        "export database 'out'",
        "install httpfs",
        "load httpfs",
        "pragma database_list",
        "call pragma_version()",
        "set threads = 1",
        "set enable_external_access = true",
        "begin",
        "checkpoint",
        "vacuum",
        "explain select 1",
        "prepare p as select 1",
        "select 1; select 2",
        "select 1; drop view hits",
        "",
        "-- nothing",
    ],
)
def test_nothing_but_one_select_is_run(view: View, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with view:
        with pytest.raises(SeglamError) as caught:
            select(view, text)
        assert select(view, "select count(*) from events").frame.item() == 3
    assert caught.value.code == "E-SQL-STATEMENT"
    made = {path.name for path in tmp_path.rglob("*")} - {path.name for path in before}
    assert made <= {"seglam.duckdb", "seglam.duckdb.wal", "view.lock"}


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("selec 1", "E-SQL-SYNTAX", "selec"),
        ("select 'half \ud800'", "E-SQL-SYNTAX", "half a character"),
        ("select * from hitz", "E-SQL-NAME", 'Did you mean "hits"'),
        ("select quest from hits", "E-SQL-NAME", '"question"'),
        ("select * from view", "E-SQL-NAME", "view"),  # a variable of the program is no table
        ("select * from text", "E-SQL-NAME", "text"),
        ("select * from read_text('/etc/hostname')", "E-SQL-ACCESS", "/etc/hostname"),
        ("select * from '/etc/hostname.csv'", "E-SQL-ACCESS", "/etc/hostname"),
        ("select * from glob('/*')", "E-SQL-ACCESS", "disabled"),
        ("select * from read_csv('http://127.0.0.1/x.csv')", "E-SQL-", ""),
        ("select 'x'::int", "E-SQL-FAILED", "'x'"),
    ],
)
def test_what_is_wrong_is_one_sentence(view: View, text: str, code: str, part: str) -> None:
    with pytest.raises(SeglamError) as caught:
        select(view, text)
    assert caught.value.code.startswith(code)
    assert part in caught.value.says
    assert "\n" not in caught.value.says
    assert "Error" not in caught.value.says
    assert caught.value.hint
    assert select(view, "select 1").frame.item() == 1, "the next one runs"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("interval 3 day", "3 days"),
        ("170141183460469231731::hugeint % 1000", 731),
        ("[interval 1 day]", "[1 day]"),
        ("map {'a': 1}", "{a=1}"),
        ("'12345678-1234-1234-1234-123456789012'::uuid", "12345678-1234-1234-1234-123456789012"),
        ("null", None),
        ("{'a': [1, 2]}", {"a": [1, 2]}),
    ],
)
def test_types_that_polars_has_not_come_as_text(expression: str, value: object) -> None:
    frame = select(View(MemoryLog()), f'select {expression} as "a ""name"""').frame
    assert frame.columns == ['a "name"']
    assert frame.item() == value


def test_many_rows_are_cut_and_that_is_said(reasoner: Reasoner, capsys: pytest.CaptureFixture[str]) -> None:
    found = select(reasoner.view(), "select * from range(100)", limit=10)
    assert (found.frame.height, found.cut) == (10, True)
    assert not select(reasoner.view(), "select * from range(10)", limit=10).cut
    text = run("sql --limit 2 'select * from range(9)'", Office(lambda: reasoner, reasoner.settings))
    assert text.split() == ["range", "0", "1"]
    assert "only the first 2 rows" in capsys.readouterr().err


def test_a_long_query_is_stopped_by_its_time_and_the_next_one_runs() -> None:
    with View(filled(MemoryLog())) as view:
        with pytest.raises(SeglamError) as caught:
            select(view, LONG, seconds=0.2)
        assert caught.value.code == "E-SQL-TIME"
        assert "0.2 s" in caught.value.says
        assert select(view, "select count(*) from hits").frame.item() == 2


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_long_query_is_stopped_by_the_user_and_the_next_one_runs() -> None:
    with View(filled(MemoryLog())) as view:
        timer = threading.Timer(0.3, lambda: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT))
        timer.start()
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            select(view, LONG, seconds=60)
        assert time.monotonic() - begin < 30, "it ran to its own end"
        assert select(view, "select count(*) from hits").frame.item() == 2


def test_the_verb_prints_a_table_json_and_csv(reasoner: Reasoner) -> None:
    office = Office(lambda: reasoner, reasoner.settings)
    query = "select question, sum(number) as total, version from hits group by all order by question"
    assert run(f'sql "{query}"', office).splitlines() == [
        "question        total  version",
        "how many?       2      1",
        "Сколько строк?  1      1",
    ]
    rows = json.loads(run(f'sql --json "{query}"', office))
    assert rows[1] == {"question": "Сколько строк?", "total": 1, "version": 1}
    assert run(f'sql --csv "{query}"', office) == "question,total,version\nhow many?,2,1\nСколько строк?,1,1"
    assert run('sql "select 1 as a where false"', office) == "no rows"


def test_in_a_notebook_the_line_has_a_frame_as_its_value(reasoner: Reasoner) -> None:
    class Asking:
        go_on = queue = None

    office = Office(lambda: reasoner, reasoner.settings, {}, Asking())
    output = answered('sql "select count(*) as n from hits"', office)
    assert output.text == ""
    assert output.value.rows() == [(2,)]
    assert answered('sql --csv "select 1 as a"', office).value is None
    assert answered('sql --json "select 1 as a"', office).value is None


def test_the_page_names_every_column_of_every_view() -> None:
    text, view = PAGE.read_text(encoding="utf-8"), View(MemoryLog())
    for name in VIEWS:
        section = re.search(rf"^## `{name}`\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
        assert section is not None, name
        written = re.findall(r"^\| `(\w+)` \| `?(\w+)`? \|", section[1], re.MULTILINE)
        told = select(view, f"select column_name, column_type from (describe {name})").frame.rows()
        assert written == told, name
