"""What runs where: a copied store, another Python, code changed on disk, revoked code; nobody is waited for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.procedure import to_record
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import Log, MemoryLog
from seglam_magics.trust import Approvals, records
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Answer, Check, Example, Options, Parameter, Question, Revision, Template, Verdict

SOURCE = "def total(*, values):\n    return sum(values)\n"
CLAIMED = Verdict(ok=True, checks=(Check("lint", ok=True),), tier="S3")


def made(source: str = SOURCE, **changes: Any) -> Revision:
    revision = Revision(
        "total",
        0,
        "",
        source,
        parameters=(Parameter("values", "list", domain={"items": "int"}, example="xs"),),
        templates=(Template("What is the total of {values}?"),),
        examples=(Example({"values": [1, 2]}, 3),),
        question="What is the total of `xs`?",
        verdict=CLAIMED,
    )
    revision = dataclasses.replace(revision, **changes)
    return dataclasses.replace(revision, proc_id=identity_of(revision))


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


class Users:
    """People with a folder each; a store is what they pass on."""

    def __init__(self, folder: Path, executor: ChildExecutor) -> None:
        self.folder, self.executor = folder, executor

    def kernel(self, name: str, log: Log, trust: str = "ask") -> Reasoner:
        return Reasoner(Seglam(trust=trust, cases=10), log, self.executor, Approvals(self.folder / name))


@pytest.fixture
def users(tmp_path: Path, executor: ChildExecutor, monkeypatch: pytest.MonkeyPatch) -> Users:
    monkeypatch.setattr(ChildExecutor, "tier", "S3")  # also where the system has no boundary
    return Users(tmp_path, executor)


def asked(reasoner: Reasoner) -> Answer:
    question = Question("What is the total of `xs`?", {"xs": [1, 2, 3]}, options=Options(reuse="cached"))
    return reasoner.ask(question)


def state(reasoner: Reasoner) -> str:
    return reasoner.approvals.state(reasoner.catalogue.known("total"))


def stored(*revisions: Revision) -> MemoryLog:
    """A store somebody else has written."""
    log = MemoryLog()
    for number, revision in enumerate(revisions):
        log.put(revision.name, number, to_record(dataclasses.replace(revision, number=number + 1)))
    return log


def forbidden(*_: object, **__: object) -> None:
    raise AssertionError("nobody is asked")


# ---------------------------------------------------------------- one's own


def test_what_is_not_approved_answers_from_the_sandbox_and_nobody_is_asked(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", forbidden)
    monkeypatch.setattr("sys.stdin", None)
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    answer = asked(anna)
    assert (answer.value, answer.where, answer.notes) == (6, "sandbox", ())
    anna.catalogue.approve("total")
    assert asked(anna).where == "kernel"
    assert asked(users.kernel("anna", anna.log, trust="sandbox")).where == "sandbox"


def test_of_two_that_fit_the_trusted_one_answers(users: Users) -> None:
    anna = users.kernel("anna", MemoryLog())
    mine = made()
    anna.catalogue.publish(mine)
    anna.catalogue.approve("total")
    other = "def summed(*, values):\n    return sum(value for value in values)\n"
    anna.catalogue.publish(made(other, name="summed"))  # the newer one would go first
    answer = asked(anna)
    assert (answer.value, answer.where) == (6, "kernel")
    assert answer.revision is not None
    assert answer.revision.name == "total"


def test_revoked_code_stays_revoked_when_it_comes_back(users: Users) -> None:
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    anna.catalogue.revoke("total")
    anna.catalogue.publish(made())
    again = users.kernel("anna", stored(made()))
    for kernel in (anna, again):
        with pytest.raises(SeglamError, match=r"E-MISS: .*total@1 is revoked"):
            asked(kernel)
        with pytest.raises(SeglamError, match="E-TRUST-REVOKED") as told:
            kernel.call("total", {"values": [1]})
        assert "unrevoke total@1" in told.value.hint
    again.approvals.unrevoke(again.catalogue.known("total"))
    answer = asked(again)
    assert (answer.value, answer.where) == (6, "sandbox")
    assert answer.notes == ("total@1 was verified in the sandbox before it ran",)


def test_a_quarantined_procedure_runs_nowhere_until_it_is_verified_and_approved(users: Users) -> None:
    anna = users.kernel("anna", MemoryLog())
    revision = anna.catalogue.publish(made())
    anna.approvals.quarantine(revision)
    with pytest.raises(SeglamError, match="total@1 is quarantined"):
        asked(anna)
    with pytest.raises(SeglamError, match="total@1 is quarantined") as told:
        anna.call("total", {"values": [1]})
    assert "approve total@1" in told.value.hint


@pytest.mark.parametrize("mode", ["ask", "auto"])
@pytest.mark.parametrize("tier", ["S1", "S2", "S3"])
@pytest.mark.parametrize("effects", [(), ("clock",)])
@pytest.mark.parametrize("here", ["S1", "S3"])
def test_auto_lets_in_what_is_pure_and_was_verified_behind_a_boundary(
    users: Users, monkeypatch: pytest.MonkeyPatch, mode: str, tier: str, effects: tuple[str, ...], here: str
) -> None:
    anna = users.kernel("anna", MemoryLog(), trust=mode)
    monkeypatch.setattr(type(anna.executor), "tier", here)
    anna.catalogue.publish(made(effects=effects, verdict=dataclasses.replace(CLAIMED, tier=tier)))
    wanted = mode == "auto" and tier != "S1" and not effects and here != "S1"
    assert asked(anna).where == ("kernel" if wanted else "sandbox")
    assert state(anna) == "verified", "who no longer sets auto has approved nothing"


# ---------------------------------------------------------------- a copied store


def test_a_copied_store_opens_with_nothing_trusted(users: Users) -> None:
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    anna.catalogue.approve("total")
    bert = users.kernel("bert", stored(anna.catalogue.known("total")))
    assert state(bert) == "quarantined"
    first, second = asked(bert), asked(bert)
    assert (first.value, first.where, second.where) == (6, "sandbox", "sandbox")
    foreign, note = first.notes
    assert foreign.startswith("none of the 1 procedures of this store was verified or approved here")
    assert note == "total@1 was made elsewhere: it was verified here, in the sandbox, before it ran"
    assert second.notes == ()
    assert state(bert) == "verified"


def test_a_verdict_that_came_along_is_worth_nothing(users: Users) -> None:
    wrong = made("def total(*, values):\n    return 0\n")
    bert = users.kernel("bert", stored(wrong), trust="auto")
    with pytest.raises(SeglamError, match=r"E-MISS: .*does not pass verification here: example 1"):
        asked(bert)
    assert state(bert) == "failed"
    with pytest.raises(SeglamError, match="total@1 is failed"):
        asked(bert)


def test_where_there_is_no_boundary_foreign_code_is_not_even_verified_by_itself(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    bert = users.kernel("bert", stored(made()), trust="auto")
    monkeypatch.setattr(ChildExecutor, "tier", "S1")
    monkeypatch.setattr(ChildExecutor, "verify", forbidden)
    monkeypatch.setattr(ChildExecutor, "call", forbidden)
    with pytest.raises(SeglamError, match="E-TRUST-FOREIGN") as told:
        asked(bert)
    assert "approve total@1" in told.value.hint
    assert state(bert) == "quarantined"


@pytest.mark.parametrize("trust", ["ask", "auto"])
def test_code_changed_under_an_approved_identity_is_never_run(users: Users, trust: str) -> None:
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    anna.catalogue.approve("total")
    changed = dataclasses.replace(made(), source="def total(*, values):\n    return 666\n")
    for name in ("anna", "bert"):
        kernel = users.kernel(name, stored(changed), trust=trust)
        with pytest.raises(SeglamError, match=r"E-MISS: .*quarantined|E-TRUST-IDENTITY"):
            asked(kernel)
        with pytest.raises(SeglamError, match="E-TRUST-IDENTITY"):
            kernel.call("total", {"values": [1]})


def test_the_store_alone_makes_nothing_trusted(users: Users) -> None:
    """A kill between the log and the record leaves what a foreign store is."""
    anna = users.kernel("anna", MemoryLog(), trust="auto")
    anna.approvals.made = forbidden  # type: ignore[method-assign, assignment]
    with pytest.raises(AssertionError):
        anna.catalogue.publish(made())
    after = users.kernel("anna", anna.log)
    assert state(after) == "quarantined"
    assert asked(after).where == "sandbox"
    assert state(after) == "verified"


# ---------------------------------------------------------------- another environment


@pytest.fixture
def older() -> Iterator[Callable[[], None]]:
    """An earlier Python; call it to come back to this one."""
    before = records.environment().replace("python 3.", "python 3.0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "environment", lambda: before)
        yield patch.undo


def test_what_is_stale_is_verified_again_and_waits_for_a_new_approval(users: Users, older: Callable[[], None]) -> None:
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    anna.catalogue.approve("total")
    assert asked(anna).where == "kernel"
    older()
    later = users.kernel("anna", anna.log)
    assert state(later) == "stale"
    answer = asked(later)
    assert (answer.value, answer.where, state(later)) == (6, "sandbox", "verified")
    assert "total@1 was verified again in the sandbox before it ran (python 3.0" in answer.notes[0]
    assert asked(later).notes == ()
    later.catalogue.approve("total")
    assert asked(later).where == "kernel"


def test_what_does_not_pass_any_more_is_not_run(
    users: Users, older: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    anna.catalogue.approve("total")
    older()
    failed = Verdict(ok=False, checks=(Check("example 1", ok=False, message="it gives 4"),), tier="S3")
    monkeypatch.setattr(anna.executor, "verify", lambda *_, **__: failed)
    with pytest.raises(SeglamError, match=r"E-MISS: .*total@1 does not pass verification here: example 1: it gives 4"):
        asked(anna)
    assert state(anna) == "failed"


# ---------------------------------------------------------------- the secret


def test_a_lost_secret_is_told_once_and_everything_is_verified_again(users: Users, tmp_path: Path) -> None:
    anna = users.kernel("anna", MemoryLog())
    anna.catalogue.publish(made())
    anna.catalogue.approve("total")
    (tmp_path / "anna" / "secret").unlink()
    after = users.kernel("anna", anna.log)
    first, second = asked(after), asked(after)
    assert [note for note in first.notes if "approve procedures anew" in note]
    assert (first.where, second.where, second.notes) == ("sandbox", "sandbox", ())
    assert (tmp_path / "anna" / "secret").exists()
