from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from seglam_magics.cache.labels import Label
from seglam_magics.cli import Office, change_text, main, run, verbs
from seglam_magics.cli.group import execute
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import close_shared, shared
from seglam_magics.settings import load_settings
from seglam_magics.words import (
    Answer,
    Binding,
    Check,
    Decision,
    Example,
    Meaning,
    Parameter,
    Property,
    Revision,
    Template,
    Usage,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.reasoner import Reasoner

SOURCE = "def total(xs):\n    return sum(xs)  # \u202e\n"
CHECKS = (
    Check("lint", ok=True),
    Check("property additive", ok=True, cases=100),
    Check("property sorted", ok=True, cases=50),
)


def revision(name: str = "total", source: str = SOURCE, **fields: Any) -> Revision:
    base: dict[str, Any] = {
        "number": 0,
        "proc_id": "",
        "summary": f"{name} of a list",
        "parameters": (Parameter("xs", "list", "the numbers", {"items": "int"}, "numbers"),),
        "templates": (Template("What is the sum of {xs}?"), Template("Чему равна сумма {xs}?", "ru")),
        "meaning": Meaning(aggregate="sum", target="xs"),
        "examples": (Example({"xs": [1, 2]}, 3),),
        "properties": (Property("additive", "the sum of two lists is the sum of sums", "def additive(run): ..."),),
        "verdict": Verdict(ok=True, checks=CHECKS, tier="S1"),
        "model": "anthropic/claude",
        "question": "What is the sum of numbers?",
        "created": 1_760_000_000.0,
        "usage": Usage("anthropic/claude", 1, 1000, 500, 0.02, 4.0),
    }
    made = Revision(name, source=source, **{**base, **fields})
    parts = {name: getattr(made, name) for name in ("returns", "templates", "properties", "requires", "effects")}
    return dataclasses.replace(made, proc_id=proc_id(source, made.parameters, **parts))


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    yield shared(load_settings())
    close_shared()


@pytest.fixture
def stocked(reasoner: Reasoner) -> Reasoner:
    """A store with one procedure in two versions, a hit, a miss."""
    catalogue = reasoner.catalogue
    catalogue.publish(revision())
    catalogue.publish(
        revision(source="def total(xs):\n    return float(sum(xs))\n", summary="total as a float", author="human")
    )
    hit = {"question": "sum of numbers?", "procedure": "total@1", "tier": "template", "seconds": 0.01}
    reasoner.log.append("hit", hit)
    reasoner.log.append(
        "miss", {"question": "mean of numbers?", "reason": "nothing speaks of 'mean'", "nearest": "total@1"}
    )
    return reasoner


@pytest.fixture
def office(stocked: Reasoner) -> Office:
    return Office(lambda: stocked, stocked.settings)


def data(office: Office, line: str) -> Any:
    return json.loads(run(f"{line} --json", office))


def test_the_card_shows_store_model_hit_rate_and_savings(office: Office) -> None:
    text = run("", office)
    assert str(office.reasoner.log.path) in text
    assert "2, 1 of them hits (50 %)" in text
    assert "≈ $0.0200 (1,500 tokens)" in text
    card = data(office, "")
    assert (card["procedures"], card["hits"], card["misses"], card["hit_rate"]) == (1, 1, 1, 0.5)


def test_ls_lists_and_filters(office: Office) -> None:
    (row,) = data(office, "ls")
    assert (row["name"], row["number"], row["hits"], row["properties_held"]) == ("total", 2, 1, 2)
    assert "2/2" in run("ls", office)
    assert run("ls --unused", office) == "no procedures"
    assert data(office, "ls --failing") == []


def test_show_has_everything_and_hides_nothing(office: Office) -> None:
    text = run("show total@1", office)
    for part in (
        "total@1",
        "[ru] Чему равна сумма {xs}?",
        "xs",
        "additive",
        "2 properties hold (150 cases) · S1",
        "→ 3",
    ):
        assert part in text
    assert "\u202e" not in text
    assert "\\u202e" in text
    page = data(office, "show total@1")
    assert (page["label"], page["number"], page["returns"]) == ("total@1", 1, "number")
    assert page["source"] == SOURCE


def test_show_takes_the_start_of_a_proc_id(office: Office) -> None:
    start = office.reasoner.catalogue.known("total@1").proc_id[:12]
    assert run(f"show {start}", office).startswith("total@1")


def test_an_unknown_procedure_is_named_with_the_closest(office: Office) -> None:
    with pytest.raises(SeglamError, match="E-PROCEDURE-UNKNOWN") as caught:
        run("show totl", office)
    assert "did you mean total?" in caught.value.hint


def test_diff_shows_meaning_and_code_of_the_last_two(office: Office) -> None:
    text = run("diff total", office)
    assert "total v1 → v2" in text
    assert "+ total as a float" in text
    assert "+    return float(sum(xs))" in text
    assert run("diff total 2 1", office).startswith("total v2 → v1")
    found = data(office, "diff total")
    assert found["meaning"]["summary"] == ["total of a list", "total as a float"]
    assert found["templates"] == {"added": [], "removed": []}


@pytest.mark.parametrize("line", ["diff total 1", "diff total 1 2 3"])
def test_diff_says_what_it_takes(office: Office, line: str) -> None:
    with pytest.raises(SeglamError, match="E-USAGE"):
        run(line, office)


def test_two_equal_versions_do_not_differ() -> None:
    one = revision()
    assert change_text(one, one) == "total v0 and v0 do not differ"


def test_log_and_why_work_without_a_kernel(office: Office) -> None:
    kinds = [row["kind"] for row in data(office, "log")]
    assert kinds[:2] == ["miss", "hit"]
    assert "miss: nothing speaks of 'mean'" in run("why", office)
    assert "hit (by its wording)" in run("why 2", office)
    assert data(office, "why 2")["procedure"] == "total@1"
    assert "hit" in run("why total", office)
    with pytest.raises(SeglamError, match="there is no decision 3"):
        run("why 3", office)


def test_why_finds_the_answer_a_variable_holds(stocked: Reasoner) -> None:
    from seglam_magics.words import Reading, Trace

    decision = Decision(True, "exact", stocked.catalogue.known("total@1"), {"xs": Binding("xs", "numbers", "implied")})
    answer = Answer(3, True, decision.revision, decision)  # type: ignore[arg-type]
    for question, given in (("sum of numbers?", answer), ("other?", None)):
        stocked._traces.append(Trace(question, Reading(question), decision, given))
    office = Office(lambda: stocked, stocked.settings, {"x": answer})
    assert "“sum of numbers?” → hit" in run("why x --reading", office)
    assert "xs = numbers (the only one that fits)" in run("why x", office)
    assert "%seglam reject 2" in run("why x", office)


def test_changes_are_made_and_undone(office: Office) -> None:
    library = office.reasoner.library
    run("pin total@1", office)
    assert library.pinned("total") == 1
    run("unpin total", office)
    assert library.pinned("total") is None
    assert "restore total" in run("retire total", office)
    assert library.retired("total")
    assert "retired" in run("ls", office)
    run("restore total", office)
    assert not library.retired("total")
    run("approve total@2", office)
    assert office.reasoner.approvals.state(library.get("total@2")) == "trusted"
    run("revoke total@2", office)
    assert [row["name"] for row in data(office, "ls --failing")] == ["total"]
    run("unrevoke total@2", office)
    assert office.reasoner.approvals.state(library.get("total@2")) == "draft"


def test_a_pin_needs_a_version(office: Office) -> None:
    with pytest.raises(SeglamError, match="a pin names its version"):
        run("pin total", office)


def test_reject_keeps_that_answer_away(office: Office) -> None:
    assert data(office, "reject 2") == {"done": "reject", "procedure": "total@1", "suspended": "template"}
    (event,) = [e for e in office.reasoner.log.snapshot() if e.kind == "reject"]
    assert event.data["question"] == "sum of numbers?"


def test_config_shows_values_and_origins(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_MODEL", "scripted/demo")
    office = Office(lambda: office.reasoner, load_settings())
    assert data(office, "config")["model"] == {"value": "scripted/demo", "origin": "environment"}
    assert "scripted/demo" in run("config", office)


def test_models_lists_presets_and_never_a_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", "secret-value-1234")
    office.settings.model, office.settings.key_name = "openai/local", "MY_MODEL_KEY"
    office.settings.api_base = "http://127.0.0.1:9/v1"
    first, *presets = data(office, "models")
    assert first["keys"] == {"MY_MODEL_KEY": True}
    assert [preset["name"] for preset in presets] == ["ollama", "lm-studio", "vllm", "llama-cpp", "oobabooga"]
    assert "secret" not in run("models", office) + run("doctor", office)


def test_doctor_checks_and_fails_with_exit_code_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    output = execute(["doctor", "--json"], office, "seglam")
    found = {check["check"]: check["ok"] for check in json.loads(output.text)}
    assert (output.code, found["store"], found["sandbox"], found["model"]) == (0, True, True, None)
    monkeypatch.setattr("seglam_magics.cli.check._PACKAGES", ("no-such-package",))
    output = execute(["doctor"], office, "seglam")
    assert output.code == 1
    assert "not installed" in output.text


def test_doctor_probes_the_scripted_model_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLAM_MODEL", "scripted/demo")
    program = "from seglam_magics.cli import main; main()"
    command = [sys.executable, "-c", program, "doctor", "--probe", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    checks = {check["check"]: check for check in json.loads(done.stdout)}
    assert checks["probe"]["ok"] is True, checks["probe"]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wrong_verb_or_option_is_named_with_what_was_meant(office: Office) -> None:
    with pytest.raises(SeglamError) as caught:
        run("lst", office)
    assert caught.value.says == "no command 'lst', did you mean 'ls'?"
    with pytest.raises(SeglamError, match="E-USAGE") as caught:
        run("ls --unusd", office)
    assert "--unused" in caught.value.says


@pytest.mark.parametrize("line", ["show?", "show --help", "show -h"])
def test_a_verb_explains_itself(office: Office, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line, office) == ""
    text = capsys.readouterr().out
    assert text.startswith("Usage: %seglam show")
    assert "--json" in text


def test_a_question_that_is_an_argument_is_no_call_for_help(office: Office, capsys: Any) -> None:
    assert run("next?", office) == ""
    assert capsys.readouterr().out.startswith("Usage: %seglam next")
    with pytest.raises(SeglamError) as caught:
        run('next "How many rows?"', office)
    assert caught.value.code == "E-USAGE"  # there is no data here


def test_every_verb_has_json_and_a_sentence() -> None:
    look = "ls show why diff log path config doctor models aliases merges trust savings misses sql prune store".split()
    change = "alias unalias reject unreject label clear retire restore pin unpin merge unmerge".split()
    elsewhere = "run lock export export-notebook pack import panel edit test bench".split()
    think = "runs stop resume hurry answer update next discard again accept".split()
    assert set(verbs()) == {*look, *change, *elsewhere, *think, "approve", "revoke", "unrevoke"}
    assert all("--json" in options for options in verbs().values())


DATA = [
    "",
    "ls",
    "show total",
    "why",
    "diff total",
    "log",
    "path",
    "config",
    "doctor",
    "models",
    "reject 2",
    "approve total",
    "revoke total",
    "unrevoke total",
    "trust",
    "trust total",
    "alias total add up {xs}",
    "aliases total",
    "unalias total 1",
    "unreject",
    "label right 2",
    "label wrong 2",
    "clear total",
    "unmerge total",
]


def prepared(reasoner: Reasoner, line: str) -> None:
    """What a verb that undoes something has to undo."""
    total = reasoner.catalogue.known("total")
    if line.startswith(("aliases", "unalias")):
        reasoner.catalogue.alias("total", "add up {xs}")
    if line == "unreject":
        reasoner.catalogue.reject("sum of numbers?", total)
    if line.startswith("unrevoke"):
        reasoner.approvals.revoke(total)
    if line.startswith("clear"):
        reasoner.catalogue.label(total, Label("template", right=False, source="user", question="q"))
    if line.startswith("unmerge"):
        reasoner.catalogue.publish(revision("sum_of", "def sum_of(xs):\n    return sum(xs)\n"))
        reasoner.catalogue.merge("total", "sum_of")


@pytest.mark.parametrize("line", DATA)
def test_the_keys_of_the_data_are_those_the_help_names(
    office: Office, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(office.reasoner, line)
    run(f"{line} --help", office)
    promised = " ".join(capsys.readouterr().out.split()).partition("Print data: ")[2].partition(".")[0]
    found = data(office, line)
    one = found[0] if isinstance(found, list) else next(iter(found.values())) if line == "config" else found
    for filler in ("a list of ", "; ok is null for a note", " by setting"):
        promised = promised.replace(filler, "")
    assert set(promised.split(", ")) == set(one)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["path"], 0),
        (["--help"], 0),
        (["--version"], 0),
        (["lst"], 2),
        (["ls", "--nope"], 2),
        (["show"], 2),
        (["show", "x"], 1),
    ],
)
def test_exit_codes(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == code
    err = capsys.readouterr().err
    assert bool(err) == bool(code)
    assert len(err.splitlines()) <= 2


def test_an_empty_store_is_looked_at_without_complaint(reasoner: Reasoner) -> None:
    office = Office(lambda: reasoner, reasoner.settings)
    assert run("ls", office) == "no procedures"
    assert run("log", office) == "nothing has happened yet"
    assert run("why", office) == "no question was asked here yet"
    assert "nothing yet" in run("", office)
