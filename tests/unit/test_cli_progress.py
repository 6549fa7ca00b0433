"""The line of a verb that takes longer than a second: at a terminal, and what it promises wherever it is shown."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from seglam_magics.cli import Office, Progress
from seglam_magics.cli.group import execute
from seglam_magics.cli.progress import AtTerminal, markup
from seglam_magics.errors import SeglamError
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import FolderLog, MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Parameter, Property, Revision

MAIN = "from seglam_magics.cli import main; main()"
PATIENCE = 60
NAMES = ("same_length", "no_shorter")


class Seen:
    """A surface that keeps what it was told."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, float | None]] = []
        self.ends: list[str] = []
        self.twice = threading.Event()

    def show(self, text: str, share: float | None) -> None:
        self.shown.append((text, share))
        if len(self.shown) > 1:
            self.twice.set()

    def end(self, text: str) -> bool:
        self.ends.append(text)
        return True


def quick(seen: Seen) -> Progress:
    return Progress(seen, after=0.01, pause=0.01)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "seglam-progress"]


# ---------------------------------------------------------------- what it promises


def test_it_shows_the_verb_the_stage_and_the_time_and_the_result_takes_its_place() -> None:
    seen = Seen()
    progress = quick(seen)
    with progress.during("store check"):
        progress("1,000 events\x1b[2J", 0.5)
        assert seen.twice.wait(PATIENCE)
    assert re.fullmatch(r"store check · 1,000 events\\x1b\[2J · [\d.]+ m?s", seen.shown[-1][0])
    assert seen.shown[-1][1] == 0.5
    assert threads() == []
    assert progress.end("the result")
    assert seen.ends == ["the result"]
    assert not progress.end("once")


def test_what_has_no_text_leaves_how_long_it_took() -> None:
    seen = Seen()
    progress = quick(seen)
    with progress.during("sql"):
        assert seen.twice.wait(PATIENCE)
    assert progress.end("")
    assert re.fullmatch(r"sql · took [\d.]+ m?s", seen.ends[0])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SeglamError("E-TEST-NONE", procedure="x")])
def test_what_fails_leaves_a_true_line(error: Any) -> None:
    seen = Seen()

    def failing() -> None:
        with quick(seen).during("test"):
            assert seen.twice.wait(PATIENCE)
            raise error

    with pytest.raises((KeyboardInterrupt, SeglamError)):
        failing()
    assert re.fullmatch(r"test · ended after [\d.]+ m?s", seen.ends[0])
    assert threads() == []


def test_what_is_short_shows_nothing_and_has_nothing_to_replace() -> None:
    seen = Seen()
    progress = Progress(seen, after=PATIENCE)
    with progress.during("ls"):
        progress("a stage")
    assert not progress.end("the result")
    assert (seen.shown, seen.ends, threads()) == ([], [], [])


def test_nothing_is_shown_once_something_else_is_about_to_be() -> None:
    seen = Seen()
    progress = quick(seen)
    with progress.during("again"):
        assert seen.twice.wait(PATIENCE)
        progress.hush()
        many = len(seen.shown)
        progress("later", 0.9)
        time.sleep(0.1)
        assert len(seen.shown) == many
    assert not progress.end("the result")
    assert len(seen.ends) == 1


def test_markup_is_text_and_a_share_stays_within_its_bounds() -> None:
    assert "<script>" not in markup("<script>alert(1)</script>", 0.1)
    assert 'value="1.000"' in markup("x", 7.0)
    assert "<progress" not in markup("x", None)


def test_a_line_is_no_longer_than_the_terminal_is_wide(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    line = AtTerminal()
    line.show("x" * 500, None)
    assert not line.end("the result")
    told = capfd.readouterr()
    assert told.out == ""
    assert "the result" not in told.err
    assert max(map(len, re.split(r"\r(?:\x1b\[K)?", told.err))) < 40


# ---------------------------------------------------------------- verbs


def made() -> Revision:
    code = "def {}(run, *, xs):\n    assert len(run(xs=xs)) >= len(xs)\n"
    parameters = (Parameter("xs", "list", domain={"items": "int"}, example="xs"),)
    source = "def ordered(*, xs):\n    return sorted(xs)\n"
    revision = Revision("ordered", 0, "", source, parameters=parameters, returns="list")
    properties = tuple(Property(name, "nothing is lost", code.format(name)) for name in NAMES)
    revision = dataclasses.replace(revision, properties=properties, examples=(Example({"xs": [2, 1]}, [1, 2]),))
    return dataclasses.replace(revision, proc_id=identity_of(revision))


def slower() -> Revision:
    revision = dataclasses.replace(made(), source="def ordered(*, xs):\n    return sorted(list(xs))\n")
    return dataclasses.replace(revision, proc_id=identity_of(revision))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two versions of a procedure that has two properties."""
    folder = tmp_path / "store"
    executor = ChildExecutor()
    reasoner = Reasoner(Seglam(), FolderLog(folder), executor, Approvals(tmp_path / "mine"))
    for revision in (made(), slower()):
        reasoner.catalogue.publish(revision)
    reasoner.close()
    return folder


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that is told everything at once."""
    executor = ChildExecutor()
    reasoner = Reasoner(Seglam(), MemoryLog(), executor, Approvals(tmp_path / "mine"))
    reasoner.catalogue.publish(made())
    seen = Seen()
    one = Office(lambda: reasoner, reasoner.settings, progress=quick(seen))
    one.__dict__["seen"] = seen
    yield one
    reasoner.close()


def shown(office: Office) -> tuple[list[str], list[float]]:
    """Lines as they were shown, and the shares that were known."""
    seen = office.__dict__["seen"].shown
    return [text for text, _ in seen], [share for _, share in seen if share is not None]


def test_a_test_tells_each_property_with_its_cases(office: Office) -> None:
    assert execute(["test", "ordered", "--cases", "400"], office, "seglam").text == ""  # it stands where the line was
    lines, shares = shown(office)
    for number, name in enumerate(NAMES, 1):
        assert any(f"ordered@1, property {number} of 2: {name}, " in line for line in lines), lines
    assert any(re.search(r"\b[1-9]\d* of 400 cases", line) for line in lines), lines
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.5 < shares[-1] <= 1
    assert office.__dict__["seen"].ends[0].startswith("ordered@1 · 2/2 properties hold")


def test_a_difference_in_behaviour_tells_how_many_inputs_were_looked_at(office: Office) -> None:
    office.reasoner.catalogue.publish(slower())
    execute(["diff", "ordered", "1", "2", "--behaviour"], office, "seglam")
    lines, _ = shown(office)
    assert any(re.search(r"diff · \d+ of 200 inputs", line) for line in lines), lines


def test_approving_tells_what_is_verified(office: Office) -> None:
    execute(["approve", "ordered@1"], office, "seglam")
    assert any("ordered@1 is verified, 1 of 1" in line for line in shown(office)[0])


def test_the_doctor_tells_what_it_looks_at(office: Office) -> None:
    execute(["doctor"], office, "seglam")
    assert any("doctor · the sandbox" in line for line in shown(office)[0])


# ---------------------------------------------------------------- at a terminal


def environment(store: Path) -> dict[str, str]:
    return {**os.environ, "SEGLAM_STORE": str(store), "TERM": "xterm", "COLUMNS": "200", "PYTHONWARNINGS": "error"}


def test_a_terminal_has_one_line_that_is_written_over_and_ctrl_c_ends_it_with_what_was_found(
    store: Path, tmp_path: Path
) -> None:
    pexpect = pytest.importorskip("pexpect", reason="there is no terminal to play")
    seen, report = tmp_path / "seen.jsonl", tmp_path / "report.xml"
    words = ["-c", MAIN, "test", "ordered", "--cases", "900", "--observations", str(seen), "--junit", str(report)]
    child = pexpect.spawn(
        sys.executable, words, env=environment(store), encoding="utf-8", timeout=PATIENCE, dimensions=(24, 200)
    )
    try:
        child.expect(r"\r\x1b\[Ktest · ordered@2, property 1 of 2: same_length, [\d,]+ of 900 cases · [\d.]+ s")
        child.expect(r"\r\x1b\[Ktest · ordered@2, property 2 of 2: no_shorter, [\d,]+ of 900 cases.* · [\d.]+ s")
        child.sendintr()
        child.expect(r"\r\x1b\[Kordered@2 · 1/2 properties hold")  # the line is wiped before the result is printed
        child.expect("not tested to the end: no_shorter")
        child.expect(r"  no_shorter, when it was stopped: [\d,]+ of 900 cases")
        child.expect(r"E-TEST-STOPPED: the test of ordered@2 was stopped after 1 of 2 properties")
        child.expect(pexpect.EOF)
        assert "Traceback" not in child.before
    finally:
        child.close(force=True)
    assert (child.exitstatus, child.signalstatus) == (1, None)
    assert len(seen.read_text(encoding="utf-8").splitlines()) >= 900
    suite = ET.fromstring(report.read_text(encoding="utf-8")).find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["2", "0", "1"]
    assert [case.get("name") for case in suite if case.find("skipped") is not None] == ["no_shorter"]


def test_without_a_terminal_nothing_is_written_beside_the_result(store: Path) -> None:
    words = [sys.executable, "-c", MAIN, "test", "ordered", "--cases", "400"]
    done = subprocess.run(words, env=environment(store), capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert "2/2 properties hold" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are looked up in /proc")
def test_an_interrupt_of_any_verb_is_a_sentence(store: Path) -> None:
    words = [sys.executable, "-c", MAIN, "diff", "ordered", "1", "2", "--behaviour"]
    child = subprocess.Popen(words, env=environment(store), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + PATIENCE
        while not any(path.read_text().strip() for path in Path(f"/proc/{child.pid}/task").glob("*/children")):
            assert child.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)  # the sandbox has started
        out, said = child.communicate(timeout=PATIENCE)
    finally:
        child.kill()
    assert (out, child.returncode) == ("", 1)
    assert re.match(r"E-STOPPED-VERB: seglam diff was stopped after [\d.]+ m?s\n", said), said
