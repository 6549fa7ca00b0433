"""What a panel may say: every op is a verb, nothing else is done, and approving needs what this panel was told."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cli import Office, verbs
from seglam_magics.cli.group import execute
from seglam_magics.errors import SeglamError
from seglam_magics.panel import Link
from seglam_magics.panel.control import SHOWN
from seglam_magics.panel.ops import checked, line, ops
from seglam_magics.procedure.identity import identity_of
from seglam_magics.proving import Progress, Proving
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.thinking.control import begun, ended
from seglam_magics.thinking.run import Run
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.verify.noting import SHRINKING
from seglam_magics.words import (
    Check,
    Decision,
    Example,
    Parameter,
    Property,
    Reading,
    Revision,
    Template,
    Trace,
    Verdict,
)

VERDICT = Verdict(ok=True, checks=(Check("lint", ok=True), Check("property adds", ok=True, cases=25)), tier="S3")
ADDS = Property("adds", "it is the sum", "def adds(run, *, xs):\n    assert run(xs=xs) == sum(xs)\n")
SHORT = Property("short", "it is below 100", "def short(run, *, xs):\n    assert run(xs=xs) < 100\n")


def made(body: str = "sum(xs)", **changes: Any) -> Revision:
    revision = Revision(
        "total",
        0,
        "",
        f"def total(*, xs):\n    return {body}\n",
        summary="The sum <img src=x onerror=alert(1)>",
        parameters=(Parameter("xs", "list", domain={"items": "int"}, example="xs"),),
        templates=(Template("What is the total of {xs}?"),),
        examples=(Example({"xs": [1, 2]}, 3),),
        properties=(ADDS,),
        verdict=VERDICT,
    )
    revision = dataclasses.replace(revision, **changes)
    return dataclasses.replace(revision, proc_id=identity_of(revision))


class Heard:
    """A link, and what its panel was told."""

    def __init__(self, office: Office) -> None:
        self.told: list[dict[str, Any]] = []
        self.link = Link(lambda: Office(office.connect, office.settings), self.told.append)

    def say(self, op: str, **fields: Any) -> None:
        self.link.said({"op": op, **fields})

    def until(self, found: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        end = time.monotonic() + 60
        while True:
            hit = next((told for told in list(self.told) if found(told)), None)
            if hit is not None:
                return hit
            assert time.monotonic() < end, self.told
            time.sleep(0.01)

    def patch(self, name: str) -> Any:
        return self.until(lambda told: told.get("patch", {}).get(name) is not None)["patch"][name]

    def event(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.until(lambda told: told.get("event", {}).get("kind") == kind)["event"]
        return found


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


@pytest.fixture
def office(tmp_path: Path, executor: ChildExecutor) -> Office:
    settings = Seglam(cases=10)
    reasoner = Reasoner(settings, MemoryLog(), executor, Approvals(tmp_path / "mine"))
    reasoner.catalogue.publish(made())
    return Office(lambda: reasoner, settings)


@pytest.fixture
def panel(office: Office) -> Iterator[Heard]:
    heard = Heard(office)
    yield heard
    heard.link.close()


def state(office: Office) -> str:
    return office.reasoner.approvals.state(office.reasoner.catalogue.known("total"))


# ---------------------------------------------------------------- the table


def test_every_op_is_a_verb_and_what_is_no_view_is_its_line() -> None:
    known = verbs()
    for name, op in ops().items():
        assert op.verb in known or (op.verb == "" and name in ("open", "close")), name
        assert (op.words is None) == (name in SHOWN), name
        used = {part[1:-1] for word in op.words or () for part in ([word] if isinstance(word, str) else word)
                if part.startswith("{")}  # fmt: skip
        assert op.words is None or used == set(op.fields), name


def test_every_verb_that_a_panel_should_have_is_an_op() -> None:
    wanted = "approve revoke test diff edit pin retire alias reject stop hurry answer update next discard resume pack"
    assert set(wanted.split()) <= {op.verb for op in ops().values()}


def test_a_text_is_never_an_option() -> None:
    _, op, fields = checked({"op": "update", "text": "--assert x", "run": "r0a1b2c"})
    assert line(op, fields) == ["update", "--run", "r0a1b2c", "--", "--assert x"]
    assert line(ops()["stop"], {"run": ""}) == ["stop"]
    with pytest.raises(SeglamError, match="it lacks procedure"):
        line(ops()["pin"], {})


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "open",
        {},
        {"op": 1},
        {"op": "exec"},
        {"op": "pin", "procedure": 1},
        {"op": "pin", "procedure": "total@2; import os"},
        {"op": "pin", "procedure": "--help"},
        {"op": "pin", "procedure": "total", "more": 1},
        {"op": "test", "procedure": "total", "cases": True},
        {"op": "test", "procedure": "total", "cases": -1},
        {"op": "stop", "run": "../x"},
        {"op": "update", "text": "x" * 4001},
        {"op": "list", "sort": "name; drop"},
    ],
)
def test_what_is_not_in_the_table_is_refused_and_told(panel: Heard, message: Any) -> None:
    panel.link.said(message)
    assert panel.event("error")["code"] == "E-PANEL-MESSAGE"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["op", "id", "procedure", "text", "run", "cases"]), JSON) | JSON)
def test_no_message_breaks_the_check(message: Any) -> None:
    try:
        name, op, fields = checked(message)
    except SeglamError as error:
        code = error.code
    else:
        code, _ = "E-PANEL-MESSAGE", ops()[name]
        assert set(fields) <= set(op.fields)
    assert code == "E-PANEL-MESSAGE"


# ---------------------------------------------------------------- what is done


def test_approving_needs_what_this_panel_was_told(panel: Heard, office: Office) -> None:
    panel.say("open")
    nonce = panel.event("session")["nonce"]
    other = Heard(office)
    for wrong in ("", "x", other.link.nonce, 7):
        panel.told.clear()
        panel.say("approve", procedure="total@1", nonce=wrong)
        assert panel.event("error")["code"] == "E-PANEL-NONCE"
        assert state(office) == "verified"
    panel.say("approve", procedure="total@1", nonce=nonce)
    assert panel.event("done")["text"] == "total@1 may run in the kernel; revoke total@1 forbids it"
    assert state(office) == "trusted"
    other.link.close()


def test_the_nonce_is_told_and_in_no_state(panel: Heard) -> None:
    panel.say("open")
    panel.patch("kept")
    told = [json.dumps(one) for one in panel.told if "event" not in one]
    assert told
    assert not any(panel.link.nonce in text for text in told)


def test_actions_are_events_of_the_log_and_shown_again(panel: Heard, office: Office) -> None:
    panel.say("list", offset=0)
    assert panel.patch("list")["rows"][0]["retired"] is False
    panel.told.clear()
    panel.say("retire", procedure="total")
    assert panel.event("done")["op"] == "retire"
    assert panel.patch("list")["total"] == 0
    assert office.reasoner.library.retired("total")
    panel.say("restore", procedure="total")
    panel.say("alias", procedure="total", wording="Add {xs} up")
    panel.say("reject", procedure="total", question="What is the total of `ages`?")
    panel.say("pin", procedure="total@1")
    panel.until(lambda told: told.get("event", {}).get("op") == "pin")
    reasoner = office.reasoner
    assert [t.text for t in reasoner.catalogue.corrections.aliases("total")] == ["Add {xs} up"]
    assert reasoner.library.shelf.rejected("What is the total of `ages`?", reasoner.catalogue.known("total").proc_id)
    assert reasoner.library.shelf.pinned("total") == 1


def test_what_fails_is_told_with_its_code(panel: Heard) -> None:
    panel.say("procedure", procedure="nothing", id=7)
    told = panel.event("error")
    assert (told["code"], told["op"], told["id"]) == ("E-PROCEDURE-UNKNOWN", "procedure", 7)


def test_a_panel_that_is_gone_harms_nobody(office: Office) -> None:
    def broken(_told: dict[str, Any]) -> None:
        raise RuntimeError("the page was closed")

    link = Link(lambda: Office(office.connect, office.settings), broken)
    link.said({"op": "open"})
    link.close()
    assert state(office) == "verified"


def test_what_was_answered_meanwhile_is_counted_by_itself(
    panel: Heard, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seglam_magics.reasoner._shared", [office.reasoner])
    panel.say("open")
    panel.say("list", offset=0)
    panel.patch("list")
    office.reasoner.log.append("hit", {"question": "q", "procedure": "total@1", "tier": "exact", "seconds": 0.01})
    office.reasoner._traces.append(Trace("q", Reading("q"), Decision(hit=True)))
    assert panel.until(lambda told: told.get("patch", {}).get("now", {}).get("questions") == 1)
    assert panel.until(lambda told: told.get("patch", {}).get("list", {"rows": [{"hits": 0}]})["rows"][0]["hits"] == 1)


def test_a_bench_that_has_ended_is_shown_by_itself(
    panel: Heard, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seglam_magics.reasoner._shared", [office.reasoner])
    monkeypatch.setattr("seglam_magics.bench.newest._kept", [])
    panel.say("open")
    assert panel.patch("now")["bench"] is None
    execute("bench compile -m loop/ideal --n 1".split(), Office(office.connect, office.settings), "seglam")
    assert panel.until(lambda told: (told.get("patch", {}).get("now", {}).get("bench") or {}).get("title") == "compile")


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("seglam-panel")}


def test_nobody_works_for_a_panel_that_nobody_looks_at(panel: Heard) -> None:
    panel.say("open")
    panel.say("open")
    panel.patch("kept")
    panel.say("close")
    assert threads() == {"seglam-panel", "seglam-panel-watch"}
    panel.say("close")
    end = time.monotonic() + 20
    while threads():
        assert time.monotonic() < end
        time.sleep(0.01)
    panel.told.clear()
    panel.say("open")
    assert panel.patch("now")["questions"] == 0


# ---------------------------------------------------------------- runs


def test_a_run_is_told_at_once_in_the_thread_that_speaks(panel: Heard) -> None:
    live = begun(Run("r0a1b2c", "how many?"))
    try:
        panel.say("open")
        assert panel.patch("runs")[0]["question"] == "how many?"
        held = threading.Event()
        live.mailbox.wake = held.set
        panel.say("update", run="r0a1b2c", text="only 2024")
        panel.say("stop", run="r0a1b2c")
        assert held.is_set()
        assert [message.op for message in live.mailbox.pending] == ["update", "stop"]
    finally:
        ended(live)
    assert panel.until(lambda told: told.get("patch", {}).get("runs") == [])


def test_what_needs_a_cell_is_handed_over_as_its_line(panel: Heard) -> None:
    cells = {
        ("resume", "r0a1b2c"): "%seglam resume r0a1b2c",
        ("hurry", "r0a1b2c"): "%seglam hurry r0a1b2c",
    }
    for (op, run), text in cells.items():
        panel.told.clear()
        panel.say(op, run=run)
        assert panel.event("cell")["text"] == text
    panel.told.clear()
    panel.say("next", text="and the mean?")
    assert panel.event("cell")["text"] == "%%reason\nand the mean?"
    panel.told.clear()
    panel.say("edit", procedure="total")
    assert panel.event("cell")["text"] == "%%procedure total\ndef total(*, xs):\n    return sum(xs)"


# ---------------------------------------------------------------- tests of properties


def test_properties_are_tested_one_by_one_and_the_smallest_call_is_shown(panel: Heard, office: Office) -> None:
    office.reasoner.catalogue.publish(made(properties=(ADDS, SHORT)))
    panel.say("test", procedure="total@2", cases=50)
    last = panel.until(lambda told: told.get("patch", {}).get("test", {}).get("running") is False)["patch"]["test"]
    assert [(row["name"], row["ok"]) for row in last["rows"]] == [("adds", True), ("short", False)]
    assert last["rows"][1]["call"] == "total(xs=[100])"
    assert "50 cases" in last["rows"][0]["sentence"] or "cases" in last["rows"][0]["sentence"]
    running = [told["patch"]["test"] for told in panel.told if told.get("patch", {}).get("test")]
    assert [name for name, _ in groupby(one["current"] for one in running)] == ["", "adds", "", "short", ""]
    assert state(office) == "verified"


def test_a_test_tells_how_many_cases_are_done_and_keeps_them_as_hypothesis_does(
    panel: Heard, office: Office, tmp_path: Path
) -> None:
    slow = Property("slow", "", "def slow(run, *, xs):\n    for _ in range(20): run(xs=xs)\n")
    office.reasoner.catalogue.publish(made(properties=(slow,)))
    panel.say("observations", procedure="total@2", file=str(tmp_path / "early"))
    assert panel.event("error")["code"] == "E-TEST-UNSEEN"
    panel.say("test", procedure="total@2", cases=300)
    last = panel.until(lambda told: told.get("patch", {}).get("test", {}).get("running") is False)["patch"]["test"]
    told = [one["patch"]["test"]["progress"] for one in panel.told if one.get("patch", {}).get("test")]
    done = [progress["done"] for progress in told if progress and not progress["check"]]
    assert len(set(done)) > 1, told
    assert done == sorted(done)
    assert done[-1] <= 300
    assert {progress["cases"] for progress in told if progress} == {300}
    panel.say("observations", procedure="total@2", file=str(tmp_path / "seen.jsonl"))
    assert "seen.jsonl" in panel.event("done")["text"]
    rows = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == last["observed"] > 100
    assert {"type", "run_start", "property", "status", "representation", "arguments", "how_generated"} <= set(rows[0])


def test_a_failing_case_that_is_made_smaller_is_no_progress() -> None:
    told: list[tuple[str, Progress]] = []
    proving = Proving(
        made(properties=(ADDS,)), 50, spare=Retelling, counted=lambda one, at: told.append((one.name, at))
    )
    proving.run()
    assert told == [("adds", Progress(7, 50)), ("adds", Progress(None, 50)), ("adds", Progress(50, 50, "engines"))]


class Retelling(ChildExecutor):
    """Says how far it is and does nothing."""

    def verify(self, revision: Revision, *, heard: Any = None, **_rest: Any) -> Verdict:
        for check, held in (
            (f"property {revision.properties[0].name}", 7),
            ("property adds", SHRINKING),
            ("engines", 0),
        ):
            heard(check, held)
        return VERDICT


def test_a_test_can_be_stopped(panel: Heard, office: Office) -> None:
    slow = Property("slow", "", "def slow(run, *, xs):\n    for _ in range(10**6): run(xs=xs)\n")
    office.reasoner.catalogue.publish(made(properties=(slow,)))
    panel.say("test", procedure="total@2", cases=50)
    panel.until(lambda told: told.get("patch", {}).get("test", {}).get("current") == "slow")
    panel.say("halt")
    last = panel.until(lambda told: told.get("patch", {}).get("test", {}).get("running") is False)["patch"]["test"]
    assert last["error"]["code"] == "E-TEST-STOPPED"
