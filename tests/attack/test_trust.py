"""A store or a record changed on disk: nothing its owner did not approve runs in the kernel."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import FolderLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Options, Parameter, Question, Revision, Template, Verdict

GOOD, EVIL = "return sum(values)", "return 666 + 0 * 1"
SOURCE = f"def total(*, values):\n    {GOOD}\n"


def made(source: str = SOURCE) -> Revision:
    revision = Revision(
        "total",
        0,
        "",
        source,
        parameters=(Parameter("values", "list", domain={"items": "int"}, example="xs"),),
        templates=(Template("What is the total of {values}?"),),
        examples=(Example({"values": [1, 2]}, 3),),
        verdict=Verdict(ok=True, tier="S3"),
    )
    return dataclasses.replace(revision, proc_id=identity_of(revision))


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


def opened(folder: Path, executor: ChildExecutor, trust: str = "auto") -> Reasoner:
    chosen = Seglam(trust=trust, cases=5)
    return Reasoner(chosen, FolderLog(folder / "store"), executor, Approvals(folder / "mine"))


def answer_of(reasoner: Reasoner) -> tuple[Any, str]:
    question = Question("What is the total of `xs`?", {"xs": [1, 2, 3]}, options=Options(reuse="cached"))
    answer = reasoner.ask(question)
    return answer.value, answer.where


def changed(folder: Path, old: str, new: str) -> int:
    """Replace `old` in every file of a store; in how many there was something to replace."""
    files = [path for path in folder.rglob("*") if path.is_file() and old.encode() in path.read_bytes()]
    for path in files:
        path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    return len(files)


@pytest.mark.parametrize("trust", ["ask", "auto"])
def test_source_changed_in_the_store_is_not_run(tmp_path: Path, executor: ChildExecutor, trust: str) -> None:
    first = opened(tmp_path, executor, trust)
    first.catalogue.publish(made())
    first.catalogue.approve("total")
    assert answer_of(first) == (6, "kernel")
    first.catalogue.close()
    assert len(GOOD) == len(EVIL)
    assert changed(tmp_path / "store", GOOD, EVIL)
    after = opened(tmp_path, executor, trust)
    with pytest.raises(SeglamError, match=r"E-MISS|E-TRUST-IDENTITY"):
        answer_of(after)
    with pytest.raises(SeglamError, match=r"E-PROCEDURE-UNKNOWN|E-TRUST-IDENTITY"):
        after.call("total", {"values": [1]})
    after.catalogue.close()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one revision is approved, one only verified, and one revoked."""
    mine = Approvals(tmp_path_factory.mktemp("signed") / "mine")
    for what in ("approved", "verified", "revoked"):
        one = of(what)
        mine.judged(one, Verdict(ok=True, tier="S3"))
    mine.approve(of("approved"))
    mine.revoke(of("revoked"))
    return mine._folder


def of(what: str) -> Revision:
    return made(SOURCE + f"# {what}\n")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_bytes_changed_in_the_records_permit_nothing(signed: Path, data: st.DataObject) -> None:
    path = signed / "approvals.json"
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    bad = data.draw(st.binary(min_size=0, max_size=3).filter(lambda b: b != whole[place : place + 1]))
    try:
        path.write_bytes(whole[:place] + bad + whole[place + 1 :])
        mine = Approvals(signed)
        assert "trusted" not in {mine.state(of("verified")), mine.state(of("revoked"))}
        approved = mine.standing(of("approved"))
        assert approved.state != "trusted" or approved.record == Approvals(signed).standing(of("approved")).record
    finally:
        path.write_bytes(whole)


def test_records_exchanged_between_revisions_permit_nothing(signed: Path) -> None:
    path = signed / "approvals.json"
    whole = path.read_text()
    found = json.loads(whole)
    for one in found["records"]:
        for other in found["records"]:
            moved = [{**one, "proc_id": other["proc_id"]}] if one is not other else []
            path.write_text(json.dumps({**found, "records": moved}))
            mine = Approvals(signed)
            assert "trusted" not in {mine.state(of(what)) for what in ("approved", "verified", "revoked")}
    path.write_text(whole)
    assert Approvals(signed).state(of("approved")) == "trusted"
