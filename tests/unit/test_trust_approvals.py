"""Approvals: what this user decided, and what nobody else can decide instead."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap

import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.procedure import proc_id
from seglam_magics.trust import Approvals, Standing, approvals, records, standing
from seglam_magics.words import Revision, Verdict

posix = pytest.mark.skipif(os.name == "nt", reason="modes of files")


def revision(source="def f(): return 1", **changes):
    made = Revision("f", 1, proc_id(source, [], returns="number"), source, verdict=Verdict(ok=True))
    return dataclasses.replace(made, **changes)


ONE, TWO = revision(), revision("def f(): return 2")
GOOD, BAD = Verdict(ok=True, tier="S3"), Verdict(ok=False, tier="S3")


def approve(mine, *revisions):
    """Verified here, and approved."""
    for one in revisions:
        mine.judged(one, GOOD)
        mine.approve(one)


def decide(mine, what, one):
    """What a user or a guard does, and what must come before it."""
    if what == "judged":
        mine.judged(one, GOOD)
    elif what == "approve":
        approve(mine, one)
    else:
        getattr(mine, what)(one)


WANTED = {"approve": "trusted", "revoke": "revoked", "quarantine": "quarantined", "judged": "verified"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mine"


@pytest.fixture
def mine(folder):
    return Approvals(folder)


def changed(folder, change):
    path = folder / "approvals.json"
    found = json.loads(path.read_text())
    change(found["records"][0])
    path.write_text(json.dumps(found))


def test_a_verdict_that_came_with_a_store_counts_for_nothing(mine, folder):
    assert mine.standing(revision(verdict=None)) == Standing("draft", why="foreign")
    assert mine.state(revision(verdict=BAD)) == "failed"
    found = mine.standing(revision(verdict=GOOD))
    assert (found.state, found.why, found.waits) == ("quarantined", "foreign", True)
    assert mine.barred(ONE) is None, "it may answer, once it was verified"
    assert not folder.exists(), "looking writes nothing"


@pytest.mark.parametrize(("what", "state"), WANTED.items())
def test_a_decision_stands_here_and_in_every_kernel_after(mine, folder, what, state):
    mine.judged(TWO, GOOD)
    decide(mine, what, ONE)
    assert mine.state(ONE) == Approvals(folder).state(ONE) == state
    assert mine.state(TWO) == "verified", "it is about one revision"


def test_the_last_decision_stands(mine, folder):
    for what in ("approve", "quarantine", "judged", "approve", "revoke"):
        decide(mine, what, ONE)
        approve(mine, TWO)
        assert Approvals(folder).state(ONE) == WANTED[what]
        assert mine.state(TWO) == "trusted"


@pytest.mark.parametrize("before", ["nothing", "failed", "quarantine", "revoke"])
def test_nothing_is_approved_that_was_not_verified_here(mine, folder, before):
    if before == "failed":
        mine.judged(ONE, BAD)
    elif before != "nothing":
        decide(mine, before, ONE)
    with pytest.raises(SeglamError) as told:
        mine.approve(ONE)
    assert told.value.code == "E-TRUST-STATE"
    assert Approvals(folder).state(ONE) != "trusted"


def test_only_unrevoke_takes_revoke_back_and_then_it_is_verified_anew(mine):
    approve(mine, ONE)
    mine.revoke(ONE)
    assert mine.made(ONE) == mine.judged(ONE, GOOD) == "revoked"
    mine.quarantine(ONE)
    assert mine.state(ONE) == "revoked"
    mine.unrevoke(ONE)
    assert (mine.state(ONE), mine.standing(ONE).waits) == ("draft", True)
    with pytest.raises(SeglamError):
        mine.unrevoke(ONE)
    assert mine.judged(ONE, GOOD) == "verified", "approved before, but that was taken back"


def test_an_approval_for_some_days_ends(mine, monkeypatch):
    mine.judged(ONE, GOOD)
    mine.approve(ONE, days=2)
    now = standing.time.time()
    monkeypatch.setattr(standing.time, "time", lambda: now + 86_400)
    assert mine.state(ONE) == "trusted"
    monkeypatch.setattr(standing.time, "time", lambda: now + 3 * 86_400)
    assert mine.state(ONE) == "verified"
    mine.approve(ONE)
    monkeypatch.setattr(standing.time, "time", lambda: now + 300 * 86_400)
    assert mine.state(ONE) == "trusted"


def test_the_tier_is_the_one_it_was_verified_in_here(mine):
    foreign = revision(verdict=Verdict(ok=True, tier="S3"))
    mine.judged(foreign, Verdict(ok=True, tier="S1"))
    assert mine.standing(foreign).tier == "S1"


def test_another_kernels_decision_is_seen(mine, folder):
    approve(mine, ONE)
    assert mine.state(ONE) == "trusted"
    Approvals(folder).revoke(ONE)
    mine._look_at = 0.0  # a second has gone by
    assert mine.state(ONE) == "revoked"


def test_a_revision_that_comes_back_is_still_revoked(mine):
    mine.revoke(ONE)
    assert mine.state(dataclasses.replace(ONE, number=7, name="f", created=9.0)) == "revoked"


def test_a_hit_is_checked_anew_and_touches_no_file(mine, monkeypatch):
    approve(mine, ONE)
    assert mine.state(ONE) == "trusted"
    opened, hashed = [], []
    monkeypatch.setattr(approvals, "read_records", opened.append)
    monkeypatch.setattr(Approvals, "_stamp", lambda _self: opened.append("stat"))
    identity = standing.identity_of
    monkeypatch.setattr(standing, "identity_of", lambda one: hashed.append(one) or identity(one))
    for _ in range(100):
        assert mine.state(ONE) == "trusted"
    assert not opened
    assert len(hashed) == 100
    for _ in range(100):
        assert mine.barred(ONE) is None
    assert len(hashed) <= 101, "matching asks often and is answered from memory"


@posix
def test_only_the_owner_can_read_it(mine, folder):
    approve(mine, ONE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert len((folder / "secret").read_bytes()) == 32
    assert (folder / "secret").read_bytes() not in (folder / "approvals.json").read_bytes()


# ---------------------------------------------------------------- what others try


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(state="trusted"),
        lambda record: record.update(proc_id=TWO.proc_id, state="trusted"),
        lambda record: record.update(mac="0" * 64),
        lambda record: record.update(mac=""),
        lambda record: record.update(environment="python 3.99"),
        lambda record: record.update(state="whatever"),
    ],
)
def test_a_changed_record_permits_nothing(folder, change):
    Approvals(folder).revoke(ONE)
    changed(folder, change)
    states = {Approvals(folder).state(ONE), Approvals(folder).state(TWO)}
    assert "trusted" not in states
    assert states & {"quarantined", "revoked"}


def test_a_record_signed_by_somebody_else_permits_nothing(folder, tmp_path):
    approve(Approvals(tmp_path / "other"), ONE)
    approve(Approvals(folder), TWO)
    shutil.copy(tmp_path / "other/approvals.json", folder / "approvals.json")
    assert Approvals(folder).state(ONE) == Approvals(folder).state(TWO) == "quarantined"
    assert Approvals(folder).barred(ONE), "its record is not ours, which is worse than none"


def test_an_approved_identity_with_other_source_is_not_approved(mine):
    approve(mine, ONE)
    foreign = dataclasses.replace(ONE, source="def f(): return 666")
    assert mine.state(foreign) == "quarantined"
    assert mine.state(ONE) == "trusted"
    with pytest.raises(SeglamError) as told:
        mine.approve(foreign)
    assert told.value.code == "E-TRUST-IDENTITY"


@pytest.mark.parametrize("field", ["source", "returns", "effects"])
def test_all_that_identifies_a_revision_counts(mine, field):
    approve(mine, ONE)
    other = {"source": "def f(): return 3", "returns": "list", "effects": ("clock",)}
    assert mine.state(dataclasses.replace(ONE, **{field: other[field]})) == "quarantined"


def test_a_lost_secret_drops_what_permits_and_keeps_what_restricts(folder):
    first = Approvals(folder)
    approve(first, ONE)
    first.revoke(TWO)
    (folder / "secret").unlink()
    after = Approvals(folder)
    assert (after.state(ONE), after.standing(ONE).waits) == ("quarantined", True)
    assert (after.state(TWO), after.standing(TWO).waits) == ("revoked", False)
    assert "approve procedures anew" in after.notice
    approve(after, revision("def f(): return 3"))
    assert Approvals(folder).state(ONE) == "quarantined"
    assert Approvals(folder).state(TWO) == "revoked"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_secret_others_can_read_is_refused(mine, folder, mode):
    approve(mine, ONE)
    (folder / "secret").chmod(mode)
    for ask in (Approvals(folder).state, Approvals(folder).barred, Approvals(folder).approve, Approvals(folder).revoke):
        with pytest.raises(SeglamError) as told:
            ask(ONE)
        assert told.value.code == "E-TRUST-SECRET"
        assert "others can read" in told.value.says
        assert "chmod 600" in told.value.hint
    (folder / "secret").chmod(0o600)
    assert Approvals(folder).state(ONE) == "trusted"


@posix
def test_a_secret_that_becomes_readable_is_noticed(mine, folder, monkeypatch):
    approve(mine, ONE)
    (folder / "secret").chmod(0o644)
    mine._look_at = 0.0
    with pytest.raises(SeglamError):
        mine.state(ONE)


@posix
def test_a_folder_others_can_write_to_is_refused(mine, folder):
    approve(mine, ONE)
    folder.chmod(0o777)
    with pytest.raises(SeglamError) as told:
        Approvals(folder).state(ONE)
    assert "others can write" in told.value.says


@posix
@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_secret_of_another_size_is_refused(mine, folder, content):
    approve(mine, ONE)
    (folder / "secret").write_bytes(content)
    with pytest.raises(SeglamError) as told:
        Approvals(folder).state(ONE)
    assert told.value.code == "E-TRUST-SECRET"


@posix
def test_a_secret_behind_a_link_is_refused(mine, folder, tmp_path):
    approve(mine, ONE)
    (folder / "secret").rename(tmp_path / "elsewhere")
    (folder / "secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SeglamError):
        Approvals(folder).state(ONE)


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", '{"records": [1]}', '{"records": [{"proc_id": "x"}]}'])
def test_a_broken_file_is_told_and_put_aside(folder, text):
    approve(Approvals(folder), ONE)
    (folder / "approvals.json").write_text(text)
    after = Approvals(folder)
    assert after.state(ONE) == "quarantined"
    assert "cannot be read" in after.notice
    approve(after, TWO)
    assert Approvals(folder).state(TWO) == "trusted"
    assert (folder / "approvals.unreadable").read_text() == text


# ---------------------------------------------------------------- environments and failures


@pytest.mark.parametrize("environment", ["python 3.10", "python 3.11, polars 1.0, narwhals 2.28, abi 1", ""])
def test_an_approval_from_another_environment_is_stale(mine, folder, monkeypatch, environment):
    monkeypatch.setattr(records, "environment", lambda: environment)
    approve(mine, ONE)
    mine.revoke(TWO)
    monkeypatch.undo()
    later = Approvals(folder)
    assert later.state(ONE) == "stale"
    assert later.state(TWO) == "revoked", "a new Python unrevokes nothing"
    with pytest.raises(SeglamError):
        later.approve(ONE)
    assert later.judged(ONE, GOOD) == later.state(ONE) == "verified", "and is to be approved again"


def test_the_environment_names_what_a_verdict_depends_on():
    found = records.environment()
    assert f"python {sys.version_info[0]}.{sys.version_info[1]}" in found
    assert all(name in found for name in ("polars ", "narwhals ", "abi "))


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    mine = Approvals(tmp_path / "file" / "mine")
    assert mine.made(ONE) == mine.state(ONE) == "verified", "for this kernel"
    with pytest.raises(SeglamError) as told:
        mine.approve(ONE)
    assert told.value.code == "E-TRUST-WRITE"
    assert mine.state(ONE) == "verified"
    assert mine.judged(ONE, BAD) == mine.state(ONE) == "failed"


@posix
def test_a_folder_that_stays_open_to_others_keeps_no_secret(mine, folder, monkeypatch):
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    monkeypatch.setattr(type(folder), "chmod", lambda *_: None)
    assert mine.made(ONE) == mine.state(ONE) == "verified", "for this kernel"
    with pytest.raises(SeglamError) as told:
        mine.approve(ONE)
    assert told.value.code == "E-TRUST-SECRET"
    assert not (folder / "secret").exists()
    monkeypatch.undo()
    assert mine.made(ONE) == Approvals(folder).state(ONE) == "verified"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_decision_that_cannot_be_kept_leaves_the_old_one(mine, folder, monkeypatch):
    approve(mine, ONE)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SeglamError) as told:
        mine.revoke(ONE)
    assert "No space left" in told.value.says
    monkeypatch.undo()
    assert Approvals(folder).state(ONE) == "trusted"
    assert sorted(p.name for p in folder.iterdir()) == ["approvals.json", "approvals.lock", "secret"]


def test_kernels_deciding_at_once_lose_nothing(folder):
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from seglam_magics.procedure import proc_id
        from seglam_magics.trust import Approvals
        from seglam_magics.words import Revision, Verdict
        mine = Approvals(Path(sys.argv[1]))
        for n in range(10):
            source = f"def f(): return {sys.argv[2]}{n}"
            one = Revision("f", 1, proc_id(source, [], returns="number"), source)
            mine.judged(one, Verdict(ok=True))
            mine.approve(one)
    """)
    kernels = [subprocess.Popen([sys.executable, "-c", program, str(folder), str(n)]) for n in range(1, 4)]
    assert [kernel.wait(60) for kernel in kernels] == [0, 0, 0]
    after = Approvals(folder)
    states = [after.state(revision(f"def f(): return {k}{n}")) for k in range(1, 4) for n in range(10)]
    assert states == ["trusted"] * 30
