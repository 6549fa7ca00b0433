"""`approve revoke unrevoke trust`: what is approved has been shown, whole, and was verified here."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import to_record
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Check, Example, Parameter, Property, Revision, Template, Verdict

VERDICT = Verdict(ok=True, checks=(Check("lint", ok=True), Check("property adds", ok=True, cases=25)), tier="S3")
ADDS = Property("adds", "it is the sum", "def adds(run, *, xs):\n    assert run(xs=xs) == sum(xs)\n")


def made(name: str = "total", body: str = "sum(xs)", **changes: Any) -> Revision:
    revision = Revision(
        name,
        0,
        "",
        f"def {name}(*, xs):\n    return {body}\n",
        parameters=(Parameter("xs", "list", domain={"items": "int"}, example="xs"),),
        templates=(Template(f"What is the {name} of {{xs}}?"),),
        examples=(Example({"xs": [1, 2]}, 3),),
        properties=(ADDS,),
        verdict=VERDICT,
    )
    revision = dataclasses.replace(revision, **changes)
    return dataclasses.replace(revision, proc_id=identity_of(revision))


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


def state(office: Office, label: str = "total") -> str:
    return office.reasoner.approvals.state(office.reasoner.catalogue.known(label))


def foreign(office: Office, revision: Revision) -> None:
    """A revision of another kernel of somebody else, as the log brings it."""
    event = office.reasoner.log.put(revision.name, 0, to_record(dataclasses.replace(revision, number=1)))
    office.reasoner.library.apply(event)


def test_approving_shows_all_it_is_about(office: Office) -> None:
    office.reasoner.catalogue.publish(made(body="sum(xs)  # \u202eevil\u202c \x1b[2K", effects=("clock",)))
    text = run("approve total", office)
    assert "def total(*, xs):\n      return sum(xs)  # \\u202eevil\\u202c \\x1b[2K" in text
    assert "effects\n  clock" in text
    assert "2 checks: 1 property in 25 cases · S3 · python 3." in text
    assert "adds: it is the sum\n    def adds(run, *, xs):" in text
    assert office.reasoner.catalogue.known("total").proc_id in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert text.endswith("total@2 may run in the kernel; revoke total@2 forbids it")
    assert state(office) == "trusted"


def test_the_difference_is_to_the_version_approved_last(office: Office) -> None:
    assert "since" not in run("approve total", office)
    office.reasoner.catalogue.publish(made(body="sum(xs) + 0"))
    office.reasoner.catalogue.publish(made(body="sum(xs, start=0)"))
    text = run("approve total", office)
    assert "since total@1, approved 20" in text
    assert "-    return sum(xs)\n" in text
    assert "+    return sum(xs, start=0)" in text
    (row,) = json.loads(run("trust total --json", office))
    assert row["since"] == "total@1"
    assert row["difference"]["old"] == 1


def test_yes_approves_what_is_known_without_printing_it(office: Office) -> None:
    assert run("approve total --yes", office) == "total@1 may run in the kernel; revoke total@1 forbids it"
    assert state(office) == "trusted"
    assert run("approve total --yes", office) == "total@1 may run in the kernel already"


def test_several_are_approved_each_once_or_none(office: Office) -> None:
    office.reasoner.catalogue.publish(made("other"))
    with pytest.raises(SeglamError, match="E-PROCEDURE-UNKNOWN: there is no procedure totl") as told:
        run("approve other totl", office)
    assert "did you mean total?" in told.value.hint
    assert {state(office), state(office, "other")} == {"verified"}
    rows = json.loads(run("approve total other total@1 --json", office))
    assert [(row["procedure"], row["before"], row["trust"]) for row in rows] == [
        ("total@1", "verified", "trusted"),
        ("other@1", "verified", "trusted"),
    ]


def test_where_one_fails_none_is_approved(office: Office) -> None:
    foreign(office, made("wrong", "0"))
    with pytest.raises(SeglamError, match="E-TRUST-FAILED: wrong@1 does not pass verification here: example 1"):
        run("approve total wrong", office)
    assert (state(office), state(office, "wrong")) == ("verified", "failed")
    with pytest.raises(SeglamError, match="wrong@1 is failed"):
        run("approve wrong --yes", office)


def test_what_came_from_elsewhere_is_verified_here_before_it_is_approved(office: Office) -> None:
    claimed = Verdict(ok=True, checks=(Check("property adds", ok=True, cases=9999),), tier="S3")
    foreign(office, made("theirs", verdict=claimed))
    assert "not yet; approve does it first" in run("trust theirs", office)
    text = run("approve theirs", office)
    assert "9999" not in text
    assert "1 property in 10 cases" in text
    assert state(office, "theirs") == "trusted"


def test_a_quarantined_one_is_verified_and_approved_again_in_one_line(office: Office) -> None:
    office.reasoner.approvals.quarantine(office.reasoner.catalogue.known("total"))
    (row,) = json.loads(run("approve total --json", office))
    assert (row["before"], row["trust"], row["runs"]) == ("quarantined", "trusted", "kernel")


def test_revoke_is_taken_back_by_unrevoke_alone(office: Office) -> None:
    run("approve total", office)
    assert "unrevoke total@1 takes it back" in run("revoke total", office)
    with pytest.raises(SeglamError, match="total@1 is revoked and does not run"):
        run("approve total --yes", office)
    run("unrevoke total", office)
    with pytest.raises(SeglamError, match="E-TRUST-STATE: total@1 is draft and cannot be unrevoked"):
        run("unrevoke total", office)
    assert state(office) == "draft"


def test_an_approval_may_be_for_some_days(office: Office) -> None:
    (row,) = json.loads(run("approve total --days 2 --json", office))
    assert row["expires"] - row["approved"] == pytest.approx(2 * 86_400, abs=2)
    (row,) = json.loads(run("approve total --days 5 --json", office))
    assert row["expires"] - row["approved"] == pytest.approx(5 * 86_400, abs=2)


def test_trust_lists_what_runs_where_and_changes_nothing(office: Office) -> None:
    office.reasoner.catalogue.publish(made(body="sum(xs) + 0"))
    foreign(office, made("theirs"))
    run("approve total@1", office)
    run("revoke total@2", office)
    rows = json.loads(run("trust --json", office))
    found = {row["procedure"]: (row["trust"], row["runs"]) for row in rows}
    assert found == {
        "total@1": ("trusted", "kernel"),
        "total@2": ("revoked", "nowhere"),
        "theirs@1": ("quarantined", "verification"),
    }
    text = run("trust", office)
    assert "total@1   trusted      in the kernel" in text
    office.settings.trust = "sandbox"
    assert {row["runs"] for row in json.loads(run("trust --json", office))} == {"sandbox", "nowhere", "verification"}
    assert "return sum(xs)" in run("trust total@1", office)


def test_the_list_shows_what_auto_lets_in(office: Office) -> None:
    office.reasoner.catalogue.publish(made("timed", effects=("clock",)))
    office.settings.trust = "auto"
    rows = json.loads(run("trust --json", office))
    assert {row["procedure"]: row["runs"] for row in rows} == {"total@1": "kernel", "timed@1": "sandbox"}
