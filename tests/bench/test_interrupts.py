"""The bench of interrupts over real HTTP, with real children: what the characters do is what the report says."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.bench import interrupts as door
from seglam_magics.bench import report as reports
from seglam_magics.bench.interrupts import interrupts
from seglam_magics.bench.plan import Plan
from seglam_magics.bench.proven import proven
from seglam_magics.bench.report import Report
from seglam_magics.bench.staging import Stage, _played, staged
from seglam_magics.bench.tasks import chosen
from seglam_magics.cli import main, run
from seglam_magics.cli.group import execute
from seglam_magics.cli.office import Office
from seglam_magics.compiler.gateway import Target
from seglam_magics.errors import SeglamError
from seglam_magics.scripted.running import served
from seglam_magics.settings import Seglam
from seglam_magics.thinking.ladder import VERSION

pytestmark = pytest.mark.timeout(300)
TWO = Plan("loop/ideal", n=2, positions=(0.3, 0.7))
PRICED = "openai/gpt-4o-mini"  # a name whose price is known
# what goes wrong -> the name of its detector, the character, and the modes in which it does
DEEDS = {
    "leaks": ("leakage", "leaky", ("full", "hard", "strict")),
    "panics": ("panic", "panicky", ("full", "hard", "hurry")),
    "doubts": ("self-doubt", "doubter", ("full", "update")),
}


def without_times(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_times(value) for key, value in data.items() if key != "times"}
    return [without_times(value) for value in data] if isinstance(data, list) else data


def plain(report: Report) -> str:
    return json.dumps(without_times(json.loads(reports.dumped(report))), indent=1)


@pytest.fixture(scope="module")
def ideal() -> Report:
    return interrupts(TWO, Seglam())


# ---------------------------------------------------------------- ground truth


@pytest.mark.parametrize("deed", DEEDS)
def test_a10_a_detector_finds_just_what_its_character_did(deed: str) -> None:
    detector, name, modes = DEEDS[deed]
    plan = Plan(f"loop/{name}", modes, n=4, repeat=5)  # type: ignore[arg-type]
    interrupted = [call for call in interrupts(plan, Seglam()).calls if call.at is not None]
    did = [call.did == deed for call in interrupted]
    assert len(did) == 200
    assert 30 < sum(did) < 170
    assert [call.flagged(detector) for call in interrupted] == did
    assert {flag.name for call in interrupted for flag in call.flags} == {detector}


def test_a10_the_ideal_one_is_never_flagged(ideal: Report) -> None:
    plan = Plan("loop/ideal", ("full", "hard", "strict", "hurry", "update"), n=4, repeat=2)
    calls = [call for call in interrupts(plan, Seglam()).calls if call.at is not None]
    assert len(calls) == 200
    assert [call for call in calls if call.flags or not call.right] == []
    assert not any(call.flags for call in ideal.calls)


@pytest.mark.parametrize("level", [1, 2])
def test_an_answer_that_was_begun_anew_is_as_good(level: int) -> None:
    report = interrupts(Plan(f"loop/ideal@{level}", ("full", "strict", "update"), (0.5,), n=2), Seglam())
    assert all(call.right and call.level == (None if call.at is None else level) for call in report.calls)


# ---------------------------------------------------------------- one seed, one report


def test_a14_the_same_seed_gives_the_same_bytes_apart_from_times(ideal: Report) -> None:
    assert ideal.state == "complete"
    assert len(ideal.calls) == TWO.calls
    assert plain(interrupts(TWO, Seglam())) == plain(ideal)


def test_every_figure_is_there(ideal: Report) -> None:
    cells = {(cell.mode, cell.at): cell for cell in ideal.summary.cells}
    assert len(cells) == 3 + 2 * 5
    assert all(cell.right.share == cell.relative == 1 for cell in cells.values())
    assert all(cell.right.low < 1 == cell.right.high for cell in cells.values())
    assert cells["strict", 0.3].thinking == 0 < cells["hurry", 0.3].thinking < cells["full", None].thinking
    assert cells["hard", 0.3].against_redo < cells["redo", None].against_redo == 1
    assert cells["update", 0.3].levels == {"3": 1.0}
    assert ideal.summary.times.p95 is not None
    assert [found.difference for found in ideal.summary.guidance] == [0, 0, 0]


def test_a17_no_real_run_is_recorded_and_the_report_says_so(ideal: Report) -> None:
    assert proven(VERSION) == ""
    assert ideal.about.wordings == VERSION


# ---------------------------------------------------------------- stopped and gone on with


def interrupted(out: Path, after: int) -> Report:
    """A bench that Ctrl-C ended after so many answers."""

    def told(done: int, _of: int, _usd: float | None) -> None:
        if done == after:
            raise KeyboardInterrupt

    return interrupts(TWO, Seglam(), out=out, told=told)


@pytest.mark.parametrize("after", [1, 6, 20])
def test_a15_what_was_stopped_goes_on_as_if_it_had_not_been(ideal: Report, tmp_path: Path, after: int) -> None:
    out = tmp_path / "report.json"
    assert interrupted(out, after).state == "stopped"
    kept = reports.read(out)
    assert len(kept.calls) == after
    assert bool(kept.wholes)
    whole = interrupts(TWO, Seglam(), out=out, goes_on=True)
    assert plain(whole) == plain(ideal) == plain(reports.read(out))


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """The ideal character behind a model that has a price; gives how often it was asked."""
    server = served(_played("ideal", chosen(20, 7)))
    monkeypatch.setenv("OPENAI_API_KEY", "none")

    def stage(model: str, tasks: Any, own: Seglam) -> Any:
        return staged(model, tasks, Seglam(api_base=server.base))

    monkeypatch.setattr(door, "staged", stage)
    yield lambda: len(server.ledger.calls)
    server.stop()


def test_a15_it_stops_at_its_dollars_and_goes_on_with_more(priced: Callable[[], int], tmp_path: Path) -> None:
    plan, out = Plan(PRICED, ("full", "hard", "update"), (0.5,), n=4), tmp_path / "report.json"
    free = interrupts(plan, Seglam())
    assert free.state == "complete"
    assert free.summary.usd > 0.0125
    runs = []
    for _ in range(20):
        runs.append(interrupts(plan, Seglam(), usd=0.0125, out=out, goes_on=bool(runs)))
        if runs[-1].state == "complete":
            break
    assert [run.state for run in runs[:-1]] == ["budget"] * (len(runs) - 1)
    assert len(runs) > 1
    spent = [run.summary.usd for run in runs]
    assert all(now - before <= 0.0125 for before, now in zip([0.0, *spent[:-1]], spent, strict=True))
    assert plain(runs[-1]) == plain(free)


def test_a_limit_that_allows_nothing_is_an_error_and_asks_nothing(priced: Callable[[], int]) -> None:
    with pytest.raises(SeglamError) as caught:
        interrupts(Plan(PRICED, ("full",), n=1), Seglam(), usd=0.000001)
    assert caught.value.code == "E-BUDGET"
    assert priced() == 0


def test_a_provider_that_is_down_ends_it_and_what_there_is_stays(tmp_path: Path, monkeypatch: Any) -> None:
    out = tmp_path / "report.json"
    interrupted(out, 6)
    down = Stage(Target("scripted/ideal", "http://127.0.0.1:9/v1"), lambda: "")
    monkeypatch.setattr(door, "staged", lambda *_: contextlib.nullcontext(down))
    with pytest.raises(SeglamError) as caught:
        interrupts(TWO, Seglam(), out=out, goes_on=True)
    assert caught.value.code == "E-MODEL-DOWN"
    kept = reports.read(out)
    assert (kept.state, len(kept.calls)) == ("failing", 6)


# ---------------------------------------------------------------- the file


def test_a_report_is_of_its_schema_and_the_schema_is_kept(ideal: Report) -> None:
    shipped = json.loads(resources.files("seglam_magics.bench").joinpath("report.schema.json").read_text())
    assert {key: value for key, value in shipped.items() if key != "$schema"} == reports.schema()
    data = json.loads(reports.dumped(ideal))
    jsonschema.validate(data, shipped)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "schema": "seglam.bench.interrupts/2"}, shipped)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_broken_report_is_a_sentence(tmp_path_factory: Any, ideal: Report, data: Any) -> None:
    file = tmp_path_factory.mktemp("broken") / "report.json"
    text = reports.dumped(ideal)
    cut = data.draw(st.integers(0, len(text) - 3))
    file.write_text(text[:cut] + data.draw(st.sampled_from(["", "null", "]", '"x"', "\0"])))
    with pytest.raises(SeglamError) as caught:
        reports.read(file)
    assert caught.value.code == "E-BENCH-REPORT"


@pytest.mark.parametrize(
    ("plan", "goes_on", "code"),
    [
        (TWO, False, "E-BENCH-EXISTS"),
        (dataclasses.replace(TWO, seed=8), True, "E-BENCH-OTHER"),
        (dataclasses.replace(TWO, model="loop/leaky"), True, "E-BENCH-OTHER"),
        (dataclasses.replace(TWO, model="loop/nobody"), True, "E-BENCH-OTHER"),
    ],
)
def test_a_report_of_another_run_is_never_touched(
    ideal: Report, tmp_path: Path, plan: Plan, goes_on: bool, code: str
) -> None:
    out = tmp_path / "report.json"
    reports.write(ideal, out)
    before = out.read_bytes()
    with pytest.raises(SeglamError) as caught:
        interrupts(plan, Seglam(), out=out, goes_on=goes_on)
    assert caught.value.code == code
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("out", "goes_on", "model", "code"),
    [
        ("no/such/folder/report.json", False, "loop/ideal", "E-BENCH-WRITE"),
        (None, True, "loop/ideal", "E-USAGE"),
        (None, False, "loop/nobody", "E-MODEL-UNKNOWN"),
        (None, False, "loop/ideal@4", "E-MODEL-UNKNOWN"),
        (None, False, "", "E-MODEL-UNSET"),
    ],
)
def test_what_cannot_begin_says_so(tmp_path: Path, out: Any, goes_on: bool, model: str, code: str) -> None:
    place = tmp_path / out if out else None
    with pytest.raises(SeglamError) as caught:
        interrupts(Plan(model, ("full",), n=1), Seglam(), out=place, goes_on=goes_on)
    assert caught.value.code == code


# ---------------------------------------------------------------- the verb


@pytest.fixture
def office() -> Office:
    def connect() -> Any:
        raise AssertionError("a scripted character needs no store")

    return Office(connect, Seglam())


LINE = "bench interrupts -m loop/ideal --n 1 --modes full,strict,oracle,update,update_plain --positions 0.5"


def test_the_verb_prints_a_table_writes_the_report_and_compares(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    shown = run(f"{LINE} --out {out}", office)
    assert shown.startswith("loop/ideal: 6 of 6 answers, free, ")
    assert "100 % 21-100" in shown
    assert "no run on a real model is recorded for it yet" in shown
    again = execute(f"{LINE} --out {out} --continue --against {out} --json".split(), office, "seglam")
    assert [change["difference"] for change in again.data["changes"]] == [0, 0, 0, 0, 0]
    assert json.loads(again.text)["state"] == "complete"


@pytest.mark.parametrize("line", ["bench", "bench reuse", "bench interrupts -m loop/ideal --modes no"])
def test_a_wrong_line_is_a_usage_error(office: Office, line: str) -> None:
    with pytest.raises(SeglamError) as caught:
        run(line, office)
    assert caught.value.code == "E-USAGE"


def test_what_was_stopped_by_its_limit_has_its_exit_code(capsys: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["bench", "interrupts", "-m", "loop/nobody"])
    assert caught.value.code == 1
    assert "E-MODEL-UNKNOWN" in capsys.readouterr().err
