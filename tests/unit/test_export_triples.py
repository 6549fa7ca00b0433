"""Verified triples as lines of JSON: what is in them, what is not, and a file that is whole or not there."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.cache.labels import Label
from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.exporting.triples import lines
from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import Reasoner, close_shared, shared
from seglam_magics.settings import load_settings
from seglam_magics.words import Check, Example, Parameter, Question, Revision, Template, Verdict

ASKED = "What is the total of `xs`?"
VERDICT = Verdict(ok=True, checks=(Check("property p", ok=True, cases=100),), tier="S2")


def total(name: str = "total", **fields: Any) -> Revision:
    source, parameters = f"def {name}(xs):\n    return sum(xs)\n", (Parameter("xs", "list", example="xs"),)
    templates = (Template(f"What is the {name} of {{xs}}?"),)
    base: dict[str, Any] = {"question": ASKED.replace("total", name), "examples": (Example({"xs": [1]}, 1),)}
    made = Revision(name, 0, "", source, parameters=parameters, templates=templates, verdict=VERDICT)
    return dataclasses.replace(made, proc_id=proc_id(source, parameters, returns="number", templates=templates),
                               **base | fields)  # fmt: skip


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    yield shared(load_settings())
    close_shared()


@pytest.fixture
def office(reasoner: Reasoner) -> Office:
    reasoner.catalogue.publish(total())
    return Office(lambda: reasoner, reasoner.settings)


def asked(reasoner: Reasoner, text: str, **names: Any) -> Any:
    return reasoner.ask(Question(text, names)).value


def exported(office: Office, path: Path, *words: str) -> list[dict[str, Any]]:
    run(f"export --jsonl {path} {' '.join(words)}", office)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_procedure_has_the_questions_it_was_made_for_and_answered(reasoner, office, tmp_path):
    assert asked(reasoner, ASKED, xs=[1, 2]) == 3
    assert asked(reasoner, "what is the total of ys", ys=[4]) == 4
    first, second = exported(office, tmp_path / "t.jsonl")
    assert [first["question"], second["question"]] == [ASKED, "what is the total of ys"]
    assert [first["asked_first"], second["asked_first"], second["hits"]] == [True, False, 1]
    assert first["procedure"]["source"].startswith("def total(xs):")
    assert first["procedure"]["sha256"] == reasoner.library.head("total").proc_id
    assert first["verdict"]["ok"] is True
    assert first["verdict"]["checks"] == [{"name": "property p", "ok": True, "cases": 100}]
    assert first["schema"] == 1


def test_what_was_rejected_or_wrong_is_in_none(reasoner, office, tmp_path):
    for name in ("ys", "zs"):
        asked(reasoner, f"what is the total of {name}", **{name: [4]})
    revision = reasoner.library.head("total")
    reasoner.catalogue.reject("what is the total of ys", revision)
    reasoner.catalogue.label(
        revision, Label("template", right=False, source="recheck", question="what is the total of zs")
    )
    assert [t["question"] for t in exported(office, tmp_path / "t.jsonl")] == [ASKED]


def test_what_did_not_verify_or_is_revoked_is_in_none(reasoner, office, tmp_path):
    reasoner.catalogue.publish(total("sum_of", verdict=None))
    reasoner.catalogue.publish(total("sums"))
    reasoner.catalogue.revoke("sums")
    found = exported(office, tmp_path / "t.jsonl")
    assert {t["procedure"]["name"] for t in found} == {"total"}


def test_a_secret_is_in_no_line(reasoner, office, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "correct-horse-battery")
    asked(reasoner, "what is the total of xs", xs=[4])
    reasoner.catalogue.record("hit", {"question": "total of correct-horse-battery",
                                      "proc_id": reasoner.library.head("total").proc_id})  # fmt: skip
    found = exported(office, tmp_path / "t.jsonl")
    assert "correct-horse" not in (tmp_path / "t.jsonl").read_text(encoding="utf-8")
    assert "total of ‹secret:DATABASE_PASSWORD›" in [t["question"] for t in found]


def test_another_file_is_replaced_with_force_only(office, tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(SeglamError) as error:
        run(f"export --jsonl {path}", office)
    assert error.value.code == "E-EXPORT-EXISTS"
    assert path.read_text(encoding="utf-8") == "mine"
    assert len(exported(office, path, "--force")) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["t.jsonl"]


def test_a_file_that_cannot_be_written_leaves_the_old_one_whole(office, tmp_path, monkeypatch):
    path = tmp_path / "t.jsonl"
    path.write_text("mine", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SeglamError) as error:
        run(f"export --force --jsonl {path}", office)
    assert (error.value.code, error.value.facts["why"]) == ("E-EXPORT-WRITE", "No space left on device")
    assert [p.name for p in tmp_path.iterdir()] == ["t.jsonl"]
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_not_there_is_said(office, tmp_path):
    with pytest.raises(SeglamError) as error:
        run(f"export --jsonl {tmp_path / 'no' / 't.jsonl'}", office)
    assert error.value.code == "E-EXPORT-WRITE"


def test_a_line_is_a_line_for_every_reader():
    text = lines([{"question": "one\u2028two\u2029three\x85four\nfive"}])
    assert len(text.splitlines()) == 1
    assert json.loads(text)["question"] == "one\u2028two\u2029three\x85four\nfive"
