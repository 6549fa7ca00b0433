"""Where a result comes from, which notebook asked, and what is forgotten: through the reasoner and its verbs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import days_of, load_settings
from seglam_magics.store import FolderLog, Log, MemoryLog, View, fold
from seglam_magics.store.duck import FILE
from seglam_magics.store.notebooks import notebook_name
from seglam_magics.words import Answer, Question

WAITS = [4, 12, 15, 11, 3]
DAY = 86_400.0


@pytest.fixture(scope="module")
def reasoner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reasoner]:
    settings = load_settings()
    settings.model = "scripted/demo"
    opened = open_reasoner(settings, log=FolderLog(tmp_path_factory.mktemp("lineage") / "store"))
    yield opened
    opened.close()


def asked(reasoner: Reasoner, limit: int, **names: Any) -> Answer:
    text = f"What is the longest streak of values above {limit} in `waits`?"
    return reasoner.ask(Question(text, {"waits": WAITS, **names}))


@pytest.fixture(scope="module")
def answers(reasoner: Reasoner) -> list[Answer]:
    return [asked(reasoner, limit, __vsc_ipynb_file__="/elsewhere/очереди.ipynb") for limit in (10, 11, 13)]


def why(reasoner: Reasoner, which: str, names: dict[str, Any] | None = None) -> Any:
    return json.loads(run(f"why {which} --json", Office(lambda: reasoner, reasoner.settings, names)))


# ---------------------------------------------------------------- lineage


def test_every_answer_has_an_id_of_its_own_which_is_that_of_its_event(
    reasoner: Reasoner, answers: list[Answer]
) -> None:
    assert [answer.hit for answer in answers] == [False, True, True]
    assert len({answer.id for answer in answers}) == 3
    rows = reasoner.view().query("lineage_results", name="longest_streak_above")
    assert {one["answer"] for one in json.loads(rows[0]["latest"])} >= {answer.id for answer in answers[1:]}


def test_a_hit_leads_back_to_the_compile_the_version_and_the_inputs(reasoner: Reasoner, answers: list[Answer]) -> None:
    compiled, hit = answers[:2]
    found = why(reasoner, hit.id)["lineage"]
    assert found["question"]["question"] == hit.question
    assert found["question"]["notebook"] == "очереди.ipynb"
    assert found["question"]["inputs"] == {"waits": {"kind": "list", "library": "python", "rows": 5}}
    assert found["revision"]["proc_id"] == hit.revision.proc_id
    assert (found["run"]["answer"], found["run"]["model"]) == (compiled.id, "scripted/demo")
    assert found["run"]["tokens_in"] == compiled.usage.tokens_in
    assert found["results"]["hits"] >= 2
    of_compile = why(reasoner, compiled.id)["lineage"]
    assert of_compile["question"]["reason"]
    assert of_compile["revision"] == found["revision"]


@pytest.mark.parametrize("kind", ["answer", "view", "value"])
def test_a_result_is_named_by_its_variable(reasoner: Reasoner, answers: list[Answer], kind: str) -> None:
    from seglam_magics.notebook import AnswerView

    held = {"answer": answers[2], "view": AnswerView(answers[2]), "value": answers[2].value}[kind]
    found = why(reasoner, "_", {"_": held})
    assert found["question"] == answers[2].question
    assert found["lineage"]["answer"] == answers[2].id
    text = run("why _", Office(lambda: reasoner, reasoner.settings, {"_": held}))
    for part in ("where it comes from", "longest_streak_above@1", "scripted/demo", "очереди.ipynb", answers[2].id):
        assert part in text


def test_another_kernel_knows_the_answer_by_its_id(reasoner: Reasoner, answers: list[Answer]) -> None:
    other = open_reasoner(log=FolderLog(reasoner.log.path or Path()))
    try:
        assert why(other, answers[1].id)["lineage"]["question"]["question"] == answers[1].question
        assert why(other, "x", {"x": answers[1]})["lineage"]["answer"] == answers[1].id
        with pytest.raises(SeglamError, match=r"the log has no answer 0a1b2c3d-7\.1"):
            why(other, "0a1b2c3d-7.1")
    finally:
        other.close()


def test_without_a_result_why_opens_no_view(reasoner: Reasoner, answers: list[Answer], monkeypatch: Any) -> None:
    monkeypatch.setattr("seglam_magics.cli.why.lineage", lambda *_: pytest.fail("it looked"))
    assert why(reasoner, "1")["lineage"] is None


# ---------------------------------------------------------------- notebooks


def test_a_notebook_is_told_relative_to_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "home" / "work"
    (project / "reports" / ".hidden").mkdir(parents=True)
    (project / "pyproject.toml").touch()
    assert notebook_name({"__vsc_ipynb_file__": str(project / "reports" / "отчёт.ipynb")}) == "reports/отчёт.ipynb"
    assert notebook_name({"__vsc_ipynb_file__": str(tmp_path / "home" / "loose.ipynb")}) == "loose.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(project / "a.ipynb"))
    assert notebook_name({}) == "a.ipynb"
    monkeypatch.setenv("SEGLAM_NOTEBOOK", "../../secret/b.ipynb")
    assert notebook_name({}) == "b.ipynb"
    for odd in (5, None, b"x.ipynb", ["x.ipynb"]):
        monkeypatch.delenv("SEGLAM_NOTEBOOK", raising=False)
        monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
        assert notebook_name({"__vsc_ipynb_file__": odd}) == ""


@pytest.mark.parametrize(
    "told", ["console-1-5c0f", "", ".", "/", "..", "a\0.ipynb", "~/x.ipynb", "x" * 5000 + ".ipynb"]
)
def test_what_is_no_notebook_has_no_name_and_none_is_long(told: str, tmp_path: Path) -> None:
    name = notebook_name({"__vsc_ipynb_file__": told})
    assert len(name) <= 200
    assert "\0" not in name
    assert name.endswith(".ipynb") == (told.endswith("x.ipynb"))
    assert not name.startswith(("/", "~", ".."))


def test_every_event_of_a_question_tells_its_notebook(reasoner: Reasoner, answers: list[Answer]) -> None:
    rows = reasoner.view().query("savings", by="notebook")
    (row,) = [row for row in rows if row["period"] == "очереди.ipynb"]
    assert (row["hits"], row["misses"]) == (2, 1)
    assert row["spent_tokens"] > 0


# ---------------------------------------------------------------- retention


@pytest.fixture(params=["memory", "folder"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    return MemoryLog() if request.param == "memory" else FolderLog(tmp_path / "store")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000 * DAY]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def a_year(log: Log, clock: list[float]) -> None:
    log.put("mean", 0, {"name": "mean", "number": 1, "proc_id": "ab"})
    for _ in range(12):
        clock[0] += 30 * DAY
        log.append("hit", {"question": "how many?", "procedure": "mean@1"})
        log.append("miss", {"question": "why?", "reason": "nothing"})
        log.append("run", {"question": "why?", "procedure": "mean", "ok": True, "usage": {"calls": 1, "tokens_in": 10}})
    clock[0] += DAY


def counts(source: Any) -> dict[str, int]:
    rows = View(source).query("log", limit=1000)
    return {kind: sum(row["kind"] == kind for row in rows) for kind in ("hit", "miss", "run", "revision")}


def test_pruning_forgets_hits_and_misses_and_nothing_else(log: Log, clock: list[float]) -> None:
    a_year(log, clock)
    reasoner = open_reasoner(log=log)
    office = Office(lambda: reasoner, reasoner.settings)
    would = json.loads(run("prune --older-than 100d --dry-run --json", office))
    assert (would["pruned"], would["hits"], would["misses"]) == (False, 8, 8)
    assert counts(log) == {"hit": 12, "miss": 12, "run": 12, "revision": 1}, "a dry run changes nothing"
    assert "8 hits and 8 misses" in run("prune --older-than 100d", office)
    left = {"hit": 4, "miss": 4, "run": 12, "revision": 1}
    assert counts(log) == left
    assert View(log).query("procedures")[0]["hits"] == 4
    assert "no hits or misses are older" in run("prune --older-than 100d", office)
    if log.path is not None:
        (log.path / FILE).unlink()
        fold(log.path)
        assert counts(log.path) == left, "it comes back with no new view"
        assert counts(FolderLog(log.path)) == left, "nor in another kernel"
    reasoner.close()


def test_the_setting_keeps_to_its_age_by_itself(clock: list[float]) -> None:
    log, settings = MemoryLog(), load_settings()
    a_year(log, clock)
    settings.retention = "100d"
    reasoner = open_reasoner(settings, log=log)
    assert counts(log)["hit"] == 12
    assert reasoner.view().query("rates")[0]["hits"] == 4
    assert [event.kind for event in log.history()].count("prune") == 1
    reasoner.view()
    assert [event.kind for event in log.history()].count("prune") == 1
    reasoner.close()


@pytest.mark.parametrize("age", ["", "0d", "365", "d", "-5d", "1e3d", "5 years", "٣d", "999999d"])
def test_an_age_is_one_that_can_be_read(age: str) -> None:
    reasoner = open_reasoner(log=MemoryLog())
    with pytest.raises(SeglamError) as caught:
        run(f"prune '--older-than={age}'", Office(lambda: reasoner, reasoner.settings))
    assert caught.value.code == "E-USAGE"
    assert "365d" in caught.value.hint
    reasoner.close()


def test_a_setting_that_is_no_age_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_RETENTION", "soon")
    with pytest.raises(SeglamError, match="E-SETTING"):
        load_settings()
    assert (days_of("2y"), days_of(" 12M ")) == (730, 360)


def test_counting_verbs(reasoner: Reasoner, answers: list[Answer]) -> None:
    office = Office(lambda: reasoner, reasoner.settings)
    for by in ("total", "day", "notebook", "tier", "procedure"):
        rows = json.loads(run(f"savings --by {by} --json", office))
        assert sum(row["hits"] for row in rows) == 2
        assert run(f"savings --by {by}", office).count("\n") == len(rows)
    assert "longest_streak_above" in run("savings --by procedure", office)
    assert run("misses", office) == "no question nearly hit"
    empty = open_reasoner(log=MemoryLog())
    for line in ("savings", "savings --by day", "savings --by procedure", "misses"):
        assert "\n" not in run(line, Office(lambda: empty, empty.settings))
    empty.close()
