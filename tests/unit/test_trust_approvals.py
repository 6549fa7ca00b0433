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
from seglam_magics.trust import Approvals, approvals, records
from seglam_magics.words import Revision, Verdict

posix = pytest.mark.skipif(os.name == "nt", reason="modes of files")


def revision(source="def f(): return 1", **changes):
    made = Revision("f", 1, proc_id(source, [], returns="number"), source, verdict=Verdict(ok=True))
    return dataclasses.replace(made, **changes)


ONE, TWO = revision(), revision("def f(): return 2")


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


def test_without_a_decision_the_verdict_counts(mine, folder):
    assert mine.state(revision(verdict=None)) == "draft"
    assert mine.state(revision(verdict=Verdict(ok=False))) == "failed"
    assert mine.state(ONE) == "verified"
    assert not folder.exists(), "looking writes nothing"


@pytest.mark.parametrize(
    ("decide", "state"),
    [("approve", "trusted"), ("revoke", "revoked"), ("quarantine", "quarantined"), ("verified", "verified")],
)
def test_a_decision_stands_here_and_in_every_kernel_after(mine, folder, decide, state):
    getattr(mine, decide)(ONE)
    assert mine.state(ONE) == Approvals(folder).state(ONE) == state
    assert mine.state(TWO) == "verified", "it is about one revision"


def test_the_last_decision_stands(mine, folder):
    wanted = {"approve": "trusted", "revoke": "revoked", "quarantine": "quarantined", "verified": "verified"}
    for decide in ("approve", "revoke", "approve", "quarantine", "verified", "approve"):
        getattr(mine, decide)(ONE)
        mine.approve(TWO)
        assert Approvals(folder).state(ONE) == wanted[decide]
        assert mine.state(TWO) == "trusted"


def test_another_kernels_decision_is_seen(mine, folder):
    mine.approve(ONE)
    assert mine.state(ONE) == "trusted"
    Approvals(folder).revoke(ONE)
    mine._look_at = 0.0  # a second has gone by
    assert mine.state(ONE) == "revoked"


def test_a_revision_that_comes_back_is_still_revoked(mine):
    mine.revoke(ONE)
    assert mine.state(dataclasses.replace(ONE, number=7, name="f", created=9.0)) == "revoked"


def test_looking_again_touches_nothing(mine, monkeypatch):
    mine.approve(ONE)
    assert mine.state(ONE) == "trusted"
    opened = []
    monkeypatch.setattr(approvals, "read_records", opened.append)
    monkeypatch.setattr(Approvals, "_stamp", lambda _self: opened.append("stat"))
    monkeypatch.setattr(approvals, "identity_of", lambda *_, **__: opened.append("hash"))
    for _ in range(100):
        assert mine.state(ONE) == "trusted"
    assert not opened


@posix
def test_only_the_owner_can_read_it(mine, folder):
    mine.approve(ONE)
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
    assert "quarantined" in states


def test_a_record_signed_by_somebody_else_permits_nothing(folder, tmp_path):
    Approvals(tmp_path / "other").approve(ONE)
    Approvals(folder).approve(TWO)
    shutil.copy(tmp_path / "other/approvals.json", folder / "approvals.json")
    assert Approvals(folder).state(ONE) == "quarantined"
    assert Approvals(folder).state(TWO) == "verified"


def test_an_approved_identity_with_other_source_is_not_approved(mine):
    mine.approve(ONE)
    foreign = dataclasses.replace(ONE, source="def f(): return 666")
    assert mine.state(foreign) == "quarantined"
    assert mine.state(ONE) == "trusted"
    with pytest.raises(SeglamError) as told:
        mine.approve(foreign)
    assert told.value.code == "E-TRUST-IDENTITY"


@pytest.mark.parametrize("field", ["source", "returns", "effects"])
def test_all_that_identifies_a_revision_counts(mine, field):
    mine.approve(ONE)
    other = {"source": "def f(): return 3", "returns": "list", "effects": ("clock",)}
    assert mine.state(dataclasses.replace(ONE, **{field: other[field]})) == "quarantined"


def test_a_lost_secret_drops_what_permits_and_keeps_what_restricts(folder):
    first = Approvals(folder)
    first.approve(ONE)
    first.revoke(TWO)
    (folder / "secret").unlink()
    after = Approvals(folder)
    assert after.state(ONE) == "verified"
    assert after.state(TWO) == "quarantined"
    assert "approve procedures anew" in after.notice
    after.approve(revision("def f(): return 3"))
    assert Approvals(folder).state(ONE) == "verified"
    assert Approvals(folder).state(TWO) == "revoked"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_secret_others_can_read_is_refused(mine, folder, mode):
    mine.approve(ONE)
    (folder / "secret").chmod(mode)
    for ask in (Approvals(folder).state, Approvals(folder).approve):
        with pytest.raises(SeglamError) as told:
            ask(ONE)
        assert told.value.code == "E-TRUST-SECRET"
        assert "others can read" in told.value.says
        assert "chmod 600" in told.value.hint
    (folder / "secret").chmod(0o600)
    assert Approvals(folder).state(ONE) == "trusted"


@posix
def test_a_secret_that_becomes_readable_is_noticed(mine, folder, monkeypatch):
    mine.approve(ONE)
    (folder / "secret").chmod(0o644)
    mine._look_at = 0.0
    with pytest.raises(SeglamError):
        mine.state(ONE)


@posix
def test_a_folder_others_can_write_to_is_refused(mine, folder):
    mine.approve(ONE)
    folder.chmod(0o777)
    with pytest.raises(SeglamError) as told:
        Approvals(folder).state(ONE)
    assert "others can write" in told.value.says


@posix
@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_secret_of_another_size_is_refused(mine, folder, content):
    mine.approve(ONE)
    (folder / "secret").write_bytes(content)
    with pytest.raises(SeglamError) as told:
        Approvals(folder).state(ONE)
    assert told.value.code == "E-TRUST-SECRET"


@posix
def test_a_secret_behind_a_link_is_refused(mine, folder, tmp_path):
    mine.approve(ONE)
    (folder / "secret").rename(tmp_path / "elsewhere")
    (folder / "secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SeglamError):
        Approvals(folder).state(ONE)


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", '{"records": [1]}', '{"records": [{"proc_id": "x"}]}'])
def test_a_broken_file_is_told_and_put_aside(folder, text):
    Approvals(folder).approve(ONE)
    (folder / "approvals.json").write_text(text)
    after = Approvals(folder)
    assert after.state(ONE) == "verified"
    assert "cannot be read" in after.notice
    after.approve(TWO)
    assert Approvals(folder).state(TWO) == "trusted"
    assert (folder / "approvals.unreadable").read_text() == text


# ---------------------------------------------------------------- environments and failures


@pytest.mark.parametrize("environment", ["python 3.10", "python 3.11, polars 1.0, narwhals 2.28, abi 1", ""])
def test_an_approval_from_another_environment_is_stale(mine, folder, monkeypatch, environment):
    monkeypatch.setattr(approvals, "environment", lambda: environment)
    mine.approve(ONE)
    mine.revoke(TWO)
    monkeypatch.undo()
    later = Approvals(folder)
    assert later.state(ONE) == "stale"
    assert later.state(TWO) == "revoked", "a new Python unrevokes nothing"
    later.verified(ONE)
    assert later.state(ONE) == "verified"


def test_the_environment_names_what_a_verdict_depends_on():
    found = records.environment()
    assert f"python {sys.version_info[0]}.{sys.version_info[1]}" in found
    assert all(name in found for name in ("polars ", "narwhals ", "abi "))


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    mine = Approvals(tmp_path / "file" / "mine")
    assert mine.state(ONE) == "verified"
    with pytest.raises(SeglamError) as told:
        mine.approve(ONE)
    assert told.value.code == "E-TRUST-WRITE"
    assert mine.state(ONE) == "verified"


def test_a_decision_that_cannot_be_kept_leaves_the_old_one(mine, folder, monkeypatch):
    mine.approve(ONE)

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
        from seglam_magics.words import Revision
        mine = Approvals(Path(sys.argv[1]))
        for n in range(10):
            source = f"def f(): return {sys.argv[2]}{n}"
            mine.approve(Revision("f", 1, proc_id(source, [], returns="number"), source))
    """)
    kernels = [subprocess.Popen([sys.executable, "-c", program, str(folder), str(n)]) for n in range(1, 4)]
    assert [kernel.wait(60) for kernel in kernels] == [0, 0, 0]
    after = Approvals(folder)
    states = [after.state(revision(f"def f(): return {k}{n}")) for k in range(1, 4) for n in range(10)]
    assert states == ["trusted"] * 30
