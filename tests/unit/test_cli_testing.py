"""`test`, `diff --behaviour`, `edit` and `reject NAME QUESTION`: what the panel's buttons are."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from seglam_magics.cli import Office, answered, run
from seglam_magics.errors import SeglamError
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Parameter, Property, Revision

SOUND = Property(
    "same_length", "nothing is lost", "def same_length(run, *, xs):\n    assert len(run(xs=xs)) == len(xs)\n"
)
SHORT = Property("short", "it is short", "def short(run, *, xs):\n    assert len(run(xs=xs)) < 3\n")


def made(body: str, *properties: Property) -> Revision:
    parameters = (Parameter("xs", "list", domain={"items": "int"}, example="xs"),)
    source = f"def ordered(*, xs):\n    return {body}\n"
    examples = (Example({"xs": [2, 1]}, [1, 2]),)
    revision = Revision("ordered", 0, "", source, parameters=parameters, returns="list", examples=examples)
    revision = dataclasses.replace(revision, properties=properties)
    return dataclasses.replace(revision, proc_id=identity_of(revision))


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


@pytest.fixture
def office(tmp_path: Path, executor: ChildExecutor) -> Office:
    settings = Seglam()
    reasoner = Reasoner(settings, MemoryLog(), executor, Approvals(tmp_path / "mine"))
    reasoner.catalogue.publish(made("sorted(xs)", SOUND, SHORT))
    reasoner.catalogue.publish(made("sorted(set(xs))"))
    return Office(lambda: reasoner, settings)


def test_the_verdict_comes_first_then_the_call_then_the_sample(office: Office) -> None:
    output = answered("test ordered@1 --cases 60", office)
    lines = output.text.splitlines()
    assert output.code == 1
    assert lines[0].startswith("ordered@1 · 1/2 properties hold · ")
    assert lines[1].startswith("  short fails: assert len(run(xs=xs)) < 3")
    assert lines[2] == "    ordered(xs=[0, 0, 0])"
    assert lines[3].startswith("  same_length: ")
    assert "was tried" in lines[3]


def test_observations_are_hypothesis_own_lines_and_a_report_is_junit(office: Office, tmp_path: Path) -> None:
    seen, report = tmp_path / "seen.jsonl", tmp_path / "out.xml"
    answered(f"test ordered@1 --cases 30 --observations {seen} --junit {report}", office)
    rows = [json.loads(line) for line in seen.read_text(encoding="utf-8").splitlines()]
    assert {row["type"] for row in rows} == {"test_case"}
    assert {row["property"] for row in rows} == {"ordered@1 same_length", "ordered@1 short"}
    assert {"status", "representation", "arguments", "how_generated", "timing", "features"} <= set(rows[0])
    suite = ET.fromstring(report.read_text(encoding="utf-8")).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


@pytest.mark.parametrize(("line", "code"), [("test", "E-USAGE"), ("test nothing", "E-PROCEDURE-UNKNOWN")])
def test_what_cannot_be_tested_says_so(office: Office, line: str, code: str) -> None:
    with pytest.raises(SeglamError) as told:
        run(line, office)
    assert told.value.code == code


def test_without_properties_there_is_nothing_to_test(office: Office) -> None:
    with pytest.raises(SeglamError, match=r"E-TEST-NONE: ordered@2 has no property"):
        run("test ordered", office)
    assert answered("test --all", office).data == []


def test_versions_are_compared_by_what_they_do(office: Office) -> None:
    output = answered("diff ordered 1 2 --behaviour", office)
    found: dict[str, Any] = output.data["behaviour"]
    assert found["differs"]
    assert (found["found"]["call"], found["found"]["old"], found["found"]["new"]) == (
        "ordered(xs=[0, 0])", "[0, 0]", "[0]",
    )  # fmt: skip
    assert found["kept"] == [{"call": "ordered(xs=[2, 1])", "old": "[1, 2]", "new": "[1, 2]", "same": True}]
    assert "1 of 1 kept examples give the same" in output.text
    assert answered("diff ordered 1 2", office).data["behaviour"] is None


def test_a_question_is_told_apart_without_having_been_asked(office: Office) -> None:
    text = run("reject ordered Order xs downwards", office)
    assert text == "ordered@2 will not answer that question again; unreject takes it back"
    revision = office.reasoner.catalogue.known("ordered")
    assert office.reasoner.library.shelf.rejected("order xs downwards", revision.proc_id)


def test_edit_gives_the_cell(office: Office) -> None:
    assert run("edit ordered", office) == "%%procedure ordered\ndef ordered(*, xs):\n    return sorted(set(xs))"
