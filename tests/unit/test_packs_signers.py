"""Keys and the signers one knows: kept from others, pinned at first use, never guessed."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.packs.manifest import Revocations, Signer
from seglam_magics.packs.signers import Signers
from seglam_magics.packs.signing import fingerprint, own_key, signer_name

ADA, EVE = Signer(name="Ada", key="aa" * 32), Signer(name="Ada", key="ee" * 32)
MARK = {one.key: fingerprint(bytes.fromhex(one.key)) for one in (ADA, EVE)}


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert own_key(folder, make=False) is None
    assert not folder.exists()
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: own_key(folder), range(16)))
    assert len(keys) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["signing-key", "signing-key.lock"]
    assert stat.S_IMODE((folder / "signing-key").stat().st_mode) == 0o600


def test_many_who_need_the_first_key_at_once_find_a_whole_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for trial in range(100):
            assert len(set(pool.map(lambda _, at=tmp_path / str(trial): own_key(at), range(8)))) == 1


def test_a_key_that_could_not_be_written_whole_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(SeglamError, match="No space left"):
            own_key(tmp_path)
    assert not (tmp_path / "signing-key").exists()
    assert own_key(tmp_path) == own_key(tmp_path, make=False)


@pytest.mark.skipif(os.name == "nt", reason="an access list is not a mode")
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    own_key(tmp_path)
    (tmp_path / "signing-key").chmod(0o644)
    with pytest.raises(SeglamError, match="E-PACK-KEY"):
        own_key(tmp_path)


def test_a_key_that_is_cut_or_a_link_is_not_used(tmp_path: Path) -> None:
    own_key(tmp_path)
    key = tmp_path / "signing-key"
    key.rename(tmp_path / "other")
    key.symlink_to(tmp_path / "other")
    with pytest.raises(SeglamError, match="E-PACK-KEY"):
        own_key(tmp_path)
    key.unlink()
    key.write_bytes(b"short")
    key.chmod(0o600)
    with pytest.raises(SeglamError, match="E-PACK-KEY"):
        own_key(tmp_path)


def test_a_signer_is_pinned_at_first_use(tmp_path: Path) -> None:
    signers = Signers(tmp_path)
    assert signers.seen(None).state == "unsigned"
    assert signers.seen(ADA).state == "new"
    assert list(tmp_path.iterdir()) == []  # looking pins nothing
    signers.keep(ADA)
    assert Signers(tmp_path).seen(ADA).state == "known"
    with pytest.raises(SeglamError, match="E-PACK-SIGNER-CHANGED"):
        signers.seen(EVE)
    assert signers.seen(EVE, MARK[EVE.key].upper()).state == "replaced"
    signers.keep(EVE)
    with pytest.raises(SeglamError, match="E-PACK-SIGNER-CHANGED"):
        signers.seen(ADA)


def test_an_expected_key_is_the_one_or_it_is_refused(tmp_path: Path) -> None:
    signers = Signers(tmp_path)
    assert signers.seen(ADA, MARK[ADA.key].replace("-", "")).state == "new"
    for signer, expected in ((ADA, MARK[EVE.key]), (None, MARK[ADA.key]), (ADA, "")):
        with pytest.raises(SeglamError, match="E-PACK-SIGNER") as caught:
            signers.seen(signer, expected)
        assert caught.value.code == "E-PACK-SIGNER"


def test_a_key_that_was_taken_back_signs_no_more(tmp_path: Path) -> None:
    signers = Signers(tmp_path)
    signers.keep(ADA, Revocations(keys=[MARK[ADA.key]], procedures=["ab"]))
    with pytest.raises(SeglamError, match="E-PACK-SIGNER-REVOKED"):
        signers.seen(ADA)
    with pytest.raises(SeglamError, match="E-PACK-SIGNER-REVOKED"):
        signers.seen(ADA, MARK[ADA.key])
    assert signers.seen(EVE, MARK[EVE.key]).state == "replaced"


def test_what_was_taken_back_stays_so(tmp_path: Path) -> None:
    signers = Signers(tmp_path)
    signers.keep(ADA, Revocations(procedures=["ab"]))
    signers.keep(ADA, Revocations(procedures=["cd"]))
    signers.keep(ADA)
    assert signers.seen(ADA).revoked == {"ab", "cd"}


@given(st.binary(max_size=60))
def test_a_broken_file_makes_no_friends(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "broken"
    folder.mkdir(exist_ok=True)
    (folder / "signers.json").write_bytes(data)
    with pytest.raises(SeglamError, match="E-PACK-KEY"):
        Signers(folder).seen(ADA)
    assert (folder / "signers.json").read_bytes() == data


@given(st.text(max_size=20))
def test_the_name_of_a_signer_has_one_spelling(text: str) -> None:
    try:
        name = signer_name(text)
    except ValueError:
        return
    assert signer_name(name) == name
    assert name.isprintable()
    assert name == name.strip()
