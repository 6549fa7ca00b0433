"""Packs that were made to do harm: a code, a sentence, nothing written, and no trust that was not given here."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import io
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.asking import columns_of, understood
from seglam_magics.cache.arrivals import Origin
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.taking import take_in
from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError, catalogue
from seglam_magics.packs import chosen, exported, read_pack
from seglam_magics.packs.container import packed
from seglam_magics.packs.signing import pre_authentication
from seglam_magics.procedure.identity import identity_of
from seglam_magics.question import read
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import FolderLog, MemoryLog, fold
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Decision, Example, Meaning, Options, Parameter, Question, Revision, Template, Verdict


def made(name: str = "total", body: str = "sum(values)", wording: str = "", **changes: Any) -> Revision:
    one = Revision(
        name,
        1,
        "",
        f"def {name}(*, values):\n    return {body}\n",
        parameters=(Parameter("values", "list", domain={"items": "int"}, example="xs"),),
        templates=(Template(wording or f"What is the {name} of {{values}}?"),),
        examples=(Example({"values": [1, 2]}, 3),),
        verdict=Verdict(ok=True, tier="S3"),
        question=f"What is the {name} of `xs`?",
    )
    one = dataclasses.replace(one, **changes)
    return dataclasses.replace(one, proc_id=identity_of(one))


def written(path: Path, *revisions: Revision, key: bytes | None = None, signer: str = "Ada", **back: Any) -> Path:
    carried = chosen(revisions, lambda _: (), with_examples=True)
    exported(path, carried, (signer, key) if key else None, **back)
    return path


def held(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed(entries: Mapping[str, bytes], **changes: Any) -> dict[str, bytes]:
    """The entries under a manifest that fits them: what somebody makes who knows the format."""
    body = {name: data for name, data in entries.items() if name not in ("manifest.json", "signature.json")}
    subject = [{"name": n, "digest": {"sha256": hashlib.sha256(d).hexdigest()}} for n, d in body.items()]
    count = sum(name.startswith("procedures/") for name in body)
    predicate = {"created": "now", "tool": "x", "counts": {"procedures": count}, "requires": {"abi": 1}}
    said = {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": "seglam/pack/v1"}
    return {**body, "manifest.json": json.dumps({**said, "predicate": predicate, **changes}).encode()}


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEGLAM_CONFIG_DIR", str(tmp_path / "mine"))
    return tmp_path / "mine"


@pytest.fixture
def office(tmp_path: Path, mine: Path, executor: ChildExecutor) -> Iterator[Office]:
    chosen_settings = Seglam(cases=5)
    reasoner = Reasoner(chosen_settings, FolderLog(tmp_path / "store"), executor, Approvals(mine))
    reasoner.catalogue.publish(made())
    yield Office(lambda: reasoner, chosen_settings)
    reasoner.catalogue.close()


def state_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(office: Office, path: Path, line: str = "pack import {}") -> SeglamError:
    """The refusal; it comes soon, says what and what to do, and has changed nothing."""
    before, begin = state_of(path.parent), time.monotonic()
    with pytest.raises(SeglamError) as caught:
        run(line.format(path), office)
    assert time.monotonic() - begin < 10
    assert state_of(path.parent) == before
    assert office.reasoner.library.names() == ("total",)
    error = caught.value
    assert error.says
    assert error.hint
    assert "?" not in error.says.replace("?}", "")
    assert str(error).isprintable() or "\n" in str(error)
    return error


@contextlib.contextmanager
def at_most(size: int) -> Iterator[None]:
    """The block takes no more memory than so many bytes, at any time."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size


# ---------------------------------------------------------------- A37-A39: the file


NAMES = [
    "../../evil.py",
    "/etc/passwd",
    "C:\\evil.json",
    "procedures/../manifest.json",
    "PROCEDURES/" + "a" * 64 + ".json",
    "procedures/" + "A" * 64 + ".json",
    "Manifest.json",
    "manifest.json/",
    "procedures/" + "a" * 63 + ".json",
    "procedures/" + "a" * 64 + ".json\n",
    "procedures\\" + "a" * 64 + ".json",
    "__init__.py",
    "seglam.duckdb",
    "ｍanifest.json",
]


@pytest.mark.parametrize("name", NAMES)
def test_a37_an_entry_of_another_name_is_refused(office: Office, tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"print('evil')")
    error = refused(office, path)
    assert error.code == "E-PACK-NAME"
    assert not (tmp_path.parent / "evil.py").exists()


def test_a37_a_name_that_ends_in_nul_is_refused(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("manifest.jsonX", b"{}")
    path.write_bytes(path.read_bytes().replace(b"manifest.jsonX", b"manifest.json\0"))
    assert refused(office, path).code == "E-PACK-NAME"


def test_a38_a_bomb_is_refused_before_it_is_read(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "bomb.seglam"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"{}")
        archive.writestr("procedures/" + "a" * 64 + ".json", bytes(200_000_000))
    assert path.stat().st_size < 210_000
    with at_most(2_000_000):
        error = refused(office, path)
    assert error.code == "E-PACK-SIZE"


def test_a38_a_bomb_that_lies_about_its_size_is_refused(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "bomb.seglam"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(50_000_000))
    data = path.read_bytes().replace(struct.pack("<I", 50_000_000), struct.pack("<I", 4_000_0))
    path.write_bytes(data)
    with at_most(4_000_000):
        error = refused(office, path)
    assert error.code in ("E-PACK-SIZE", "E-PACK-FILE")


def test_a38_entries_over_each_other_are_refused(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    data = path.read_bytes()
    start = data.rindex(b"PK\x05\x06")
    (directory,) = struct.unpack_from("<I", data, start + 16)
    first = data[directory : data.index(b"PK\x01\x02", directory + 4)]
    again = first.replace(b"manifest.json", b"signature.jso")[: len(first)]
    whole = data[:start] + again + data[start:]
    end = bytearray(whole[-22:])
    count, size = struct.unpack_from("<HI", end, 10)
    struct.pack_into("<HHI", end, 8, count + 1, count + 1, size + len(again))
    path.write_bytes(whole[:-22] + bytes(end))
    assert refused(office, path).code in ("E-PACK-NAME", "E-PACK-ENTRY")


def test_a39_a_changed_source_is_refused(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    entries = {n: d.replace(b"sum(values)", b"max(values)") for n, d in held(path).items()}
    path.write_bytes(packed(entries))
    assert refused(office, path).code == "E-PACK-DIGEST"


def test_a39_a_changed_source_with_a_fitting_manifest_is_refused(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    entries = {n: d.replace(b"sum(values)", b"max(values)") for n, d in held(path).items()}
    path.write_bytes(packed(sealed(entries)))
    assert refused(office, path).code == "E-PACK-DIGEST"


@pytest.mark.parametrize("change", ["synonyms", "proc_id", "extra", "missing", "twice"])
def test_a39_entries_that_are_not_what_is_said_of_them_are_refused(office: Office, tmp_path: Path, change: str) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    entries = held(path)
    name = next(n for n in entries if n.startswith("procedures/"))
    if change == "synonyms":  # no part of the identity, and yet it decides what is asked
        entries[name] = entries[name].replace(b'"synonyms":{}', b'"synonyms":{"values":["rest"]}')
    elif change == "proc_id":
        other = made("other").proc_id.encode()
        entries = sealed({name: entries[name].replace(made("extra").proc_id.encode(), other)})
    elif change == "extra":
        entries["revocations.json"] = b"{}"
    elif change == "missing":
        del entries[name]
    else:
        said = json.loads(entries["manifest.json"])
        entries["manifest.json"] = json.dumps({**said, "subject": said["subject"] * 2}).encode()
    path.write_bytes(packed(entries))
    assert refused(office, path).code == "E-PACK-DIGEST"


def patched(path: Path, at: int, form: str, *values: int) -> None:
    """Change the central entry of the second file of a pack."""
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    struct.pack_into(form, data, second + at, *values)
    path.write_bytes(bytes(data))


CENTRAL = {
    "encrypted": (8, "<H", 1, "is encrypted"),
    "strongly encrypted": (8, "<H", 0x40, "is encrypted"),
    "bzip2": (10, "<H", 12, "another way"),
    "over the first": (42, "<I", 0, "lies over"),
    "beyond": (20, "<I", 100_000, "beyond the entries"),
    "link": (38, "<I", (stat.S_IFLNK | 0o777) << 16, "is a link"),
    "folder": (38, "<I", 0x10, "is a link or a folder"),
    "device": (38, "<I", stat.S_IFCHR << 16, "is a link"),
}


@pytest.mark.parametrize("kind", CENTRAL)
def test_an_entry_of_another_kind_is_refused(office: Office, tmp_path: Path, kind: str) -> None:
    at, form, value, says = CENTRAL[kind]
    path = written(tmp_path / "a.seglam", made("extra"))
    patched(path, at, form, value)
    error = refused(office, path)
    assert error.code == "E-PACK-ENTRY"
    assert says in error.says


@pytest.mark.parametrize("kind", ["behind", "before", "comment", "cut", "empty", "zip64", "no zip"])
def test_bytes_around_the_entries_are_refused(office: Office, tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "a.seglam", made("extra"))
    whole = path.read_bytes()
    changed = {
        "behind": whole + b"\0",
        "before": b"#!/bin/sh\n" + whole,
        "comment": whole[:-2] + struct.pack("<H", 4) + b"evil",
        "cut": whole[:-1],
        "empty": b"",
        "zip64": whole[:-22] + b"PK\x06\x07" + bytes(16) + whole[-22:],
        "no zip": b"x" * 100,
    }[kind]
    path.write_bytes(changed)
    assert refused(office, path).code == "E-PACK-FILE"


def test_a_source_that_the_lint_refuses_is_refused(office: Office, tmp_path: Path) -> None:
    evil = made("extra", "__import__('os').system('touch evil')")
    path = written(tmp_path / "a.seglam", made("sound"))
    good = held(path)
    entry = next(d for n, d in good.items() if n.startswith("procedures/"))
    plain = {**json.loads(entry), "source": evil.source, "name": "extra", "proc_id": evil.proc_id}
    plain["templates"] = [{"text": t.text, "lang": t.lang} for t in evil.templates]
    path.write_bytes(packed(sealed({f"procedures/{evil.proc_id}.json": json.dumps(plain).encode()})))
    error = refused(office, path)
    assert error.code == "E-PACK-LINT"
    assert "extra" in error.says


def test_what_is_no_file_is_refused(office: Office, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SeglamError, match="E-PACK-FILE"):
        run(f"pack import {tmp_path / 'pipe'}", office)
    for path in (tmp_path, tmp_path / "none.seglam", Path("/dev/zero")):
        with pytest.raises(SeglamError, match="E-PACK-FILE"):
            run(f"pack import {path}", office)


# ---------------------------------------------------------------- A40, A41: the signer


KEY, OTHER = b"k" * 32, b"o" * 32


def test_a40_a_pack_of_an_unknown_key_is_quarantined_and_its_fingerprint_shown(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path / "a.seglam", made("extra"), key=KEY)
    shown = run(f"pack import {path}", office)
    mark = re.search(r"(?:[0-9a-f]{4}-){15}[0-9a-f]{4}", shown)
    assert mark
    assert "whom you do not know yet" in shown
    extra = office.reasoner.catalogue.known("extra")
    assert office.reasoner.approvals.state(extra) == "quarantined"
    assert "as before" in run(f"pack diff {path}", office)


def test_a40_what_came_in_a_pack_is_verified_in_the_sandbox_and_then_asks_for_approval(
    office: Office, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.seglam", made("extra"), key=KEY)
    run(f"pack import {path}", office)
    again = written(tmp_path / "b.seglam", made("more"), key=KEY)  # by a signer who is known by now
    run(f"pack import {again}", office)
    for name in ("extra", "more"):
        asked = Question(f"What is the {name} of `xs`?", {"xs": [1, 2, 3]}, options=Options(reuse="cached"))
        known = office.reasoner.catalogue.known(name)
        assert office.reasoner.approvals.state(known) == "quarantined"
        answer = office.reasoner.ask(asked)
        assert (answer.value, answer.where) == (6, "sandbox")
        assert "was made elsewhere" in " ".join(answer.notes)
        assert office.reasoner.approvals.state(known) == "verified"
    run("approve extra --yes", office)
    assert office.reasoner.approvals.state(office.reasoner.catalogue.known("extra")) == "trusted"


def test_a41_a_known_name_with_another_key_is_refused(office: Office, tmp_path: Path) -> None:
    run(f"pack import {written(tmp_path / 'a.seglam', made('total'), key=KEY)}", office)
    path = written(tmp_path / "b.seglam", made("extra"), key=OTHER, signer="ADA")
    error = refused(office, path)
    assert error.code == "E-PACK-SIGNER-CHANGED"
    refused(office, path, "pack import {} --dry-run")
    mark = error.facts["fingerprint"]
    assert refused(office, path, "pack import {} --trust-signer 0000").code == "E-PACK-SIGNER"
    assert "a new key" in run(f"pack import {path} --trust-signer {mark}", office)


@pytest.mark.parametrize("change", ["name", "time", "signature", "key", "unsigned", "nobody"])
def test_a_signature_over_anything_else_is_refused(office: Office, tmp_path: Path, change: str) -> None:
    path = written(tmp_path / "a.seglam", made("extra"), key=KEY)
    entries = held(path)
    other = held(written(tmp_path / "b.seglam", made("extra"), key=OTHER))
    manifest, signature = entries["manifest.json"], json.loads(entries["signature.json"])
    sig = base64.b64decode(signature["signatures"][0]["sig"])
    if change == "name":
        entries["manifest.json"] = manifest.replace(b'"Ada"', b'"Bob"')
    elif change == "time":
        entries["manifest.json"] = re.sub(rb'"created":"....', b'"created":"1999', manifest)
    elif change == "signature":
        entries["signature.json"] = other["signature.json"]
    elif change == "key":
        signature["signatures"][0]["sig"] = base64.b64encode(bytes([sig[0] ^ 1]) + sig[1:]).decode()
        entries["signature.json"] = json.dumps(signature).encode()
    elif change == "unsigned":
        del entries["signature.json"]
    else:
        entries["manifest.json"] = re.sub(rb',"signer":\{[^}]*\}', b"", manifest)
        assert entries["manifest.json"] != manifest
    (tmp_path / "b.seglam").unlink()
    path.write_bytes(packed(entries))
    assert refused(office, path).code == "E-PACK-SIGNATURE"


def test_the_signature_is_ed25519_over_the_dsse_form(tmp_path: Path) -> None:
    from nacl.signing import SigningKey

    entries = held(written(tmp_path / "a.seglam", made("extra"), key=KEY))
    sig = base64.b64decode(json.loads(entries["signature.json"])["signatures"][0]["sig"])
    payload = entries["manifest.json"]
    said = b"DSSEv1 28 application/vnd.in-toto+json " + str(len(payload)).encode() + b" " + payload
    assert pre_authentication(payload) == said
    SigningKey(KEY).verify_key.verify(said, sig)


def test_what_a_signer_takes_back_is_revoked_and_only_theirs(office: Office, tmp_path: Path) -> None:
    run(f"pack import {written(tmp_path / 'a.seglam', made('extra'), key=KEY)}", office)
    ids = [made("extra").proc_id, made("total").proc_id]
    stranger = written(tmp_path / "s.seglam", made("sound"), key=OTHER, signer="Eve", revoked=ids)
    run(f"pack import {stranger}", office)
    state = office.reasoner.approvals.state
    assert state(office.reasoner.catalogue.known("extra")) == "quarantined"
    run(f"pack import {written(tmp_path / 'b.seglam', made('more'), key=KEY, revoked=ids)}", office)
    assert state(office.reasoner.catalogue.known("extra")) == "revoked"
    assert state(office.reasoner.catalogue.known("total")) == "verified"  # made here: nobody else takes it back


def test_a_procedure_its_signer_took_back_does_not_come_again(office: Office, tmp_path: Path) -> None:
    gone = made("gone")
    run(f"pack import {written(tmp_path / 'a.seglam', made('extra'), key=KEY, revoked=[gone.proc_id])}", office)
    shown = run(f"pack import {written(tmp_path / 'b.seglam', gone, key=KEY)}", office)
    assert "taken back by its signer" in shown
    assert "gone" not in office.reasoner.library.names()


# ---------------------------------------------------------------- cache poisoning


def asked(office: Office, text: str = "What is the total of `xs`?") -> tuple[Any, str]:
    answer = office.reasoner.ask(Question(text, {"xs": [1, 2, 3]}, options=Options(reuse="cached")))
    return answer.value, answer.procedure


def test_a_newer_revision_of_a_known_name_does_not_answer(office: Office, tmp_path: Path) -> None:
    office.reasoner.catalogue.approve("total")
    path = written(tmp_path / "a.seglam", made("total", "666 + 0 * len(values)"))
    assert "total@2 has the name of one of yours" in run(f"pack import {path}", office)
    assert asked(office) == (6, "total@1")
    assert office.reasoner.catalogue.known("total").number == 1
    again = made("total", "sum(values) + 0")
    assert office.reasoner.catalogue.publish(again).number == 3
    run("pin total@2", office)  # only who owns the store says so
    office.reasoner.catalogue.known("total@2")
    run("unpin total", office)
    assert asked(office)[1] == "total@3"


@pytest.mark.parametrize("count", [1, 9, 12])
def test_the_same_wording_does_not_answer_beside_mine(office: Office, tmp_path: Path, count: int) -> None:
    before = asked(office)
    evil = [made(f"evil{n}", f"666 + {n} * len(values)", "What is the total of {values}?") for n in range(count)]
    run(f"pack import {written(tmp_path / 'a.seglam', *evil)}", office)
    assert asked(office) == before == (6, "total@1")
    assert all(office.reasoner.approvals.state(one) == "quarantined" for one in evil)  # not so much as verified


def test_a_wording_does_not_answer_what_mine_answers_by_its_meaning(tmp_path: Path, office: Office) -> None:
    own = made(
        "best",
        source="def best(*, frame, column):\n    return frame.select(nw.col(column).max())\n",
        parameters=(
            Parameter("frame", "frame", example="frame"),
            Parameter("column", "column", domain={"dtype": "number"}, example="points"),
        ),
        templates=(Template("the highest {column} in {frame}"),),
        examples=(),
        meaning=Meaning("max", "column"),
    )
    office.reasoner.library.put(own)
    asking = understood(Question("largest points in `frame`", {"frame": pl.DataFrame({"points": [1, 5]})}))

    def decision() -> Decision:
        return office.reasoner.library.decide(asking.reading, values=columns_of(asking))

    before = decision()
    assert (before.tier, before.revision) == ("grounded", own)
    source = own.source.replace("best", "evil").replace("max", "min")
    evil = made("evil", source=source, templates=(Template("largest {column} in {frame}"),), parameters=own.parameters)
    run(f"pack import {written(tmp_path / 'a.seglam', evil)}", office)
    assert decision() == dataclasses.replace(before, candidates=decision().candidates)
    run("retire best", office)
    after = decision().revision
    assert after is not None
    assert after.name == "evil"  # and where mine does not answer, it does


# ---------------------------------------------------------------- A42, A44: stores that were touched


def test_a42_a_copied_store_brings_no_trust(office: Office, tmp_path: Path, executor: ChildExecutor) -> None:
    office.reasoner.catalogue.publish(made("largest", "max(values)", examples=()))
    office.reasoner.catalogue.approve("total")
    office.reasoner.catalogue.approve("largest")
    office.reasoner.catalogue.close()
    shutil.copytree(tmp_path / "store", tmp_path / "copied")
    other = Reasoner(Seglam(cases=5), FolderLog(tmp_path / "copied"), executor, Approvals(tmp_path / "theirs"))
    states = {other.approvals.state(other.catalogue.known(name)) for name in ("total", "largest")}
    assert states == {"quarantined"}
    answer = other.ask(Question("What is the total of `xs`?", {"xs": [1, 2, 3]}, options=Options(reuse="cached")))
    assert (answer.value, answer.where) == (6, "sandbox")
    told = catalogue()["W-TRUST-FOREIGN-STORE"]["says"].format(count=2)
    assert told in answer.notes
    assert other.approvals.state(other.catalogue.known("largest")) == "quarantined"
    other.catalogue.close()


def test_a42_the_list_of_trust_says_that_a_store_is_foreign(tmp_path: Path, office: Office, executor: Any) -> None:
    office.reasoner.catalogue.close()
    shutil.copytree(tmp_path / "store", tmp_path / "copied")
    other = Reasoner(Seglam(), FolderLog(tmp_path / "copied"), executor, Approvals(tmp_path / "theirs"))
    assert "a copy of somebody else's" in run("trust", Office(lambda: other, Seglam()))
    assert "a copy of somebody else's" not in run("trust", office)
    other.catalogue.close()


UNFINISHED_FOLD = """
import os, sys
from pathlib import Path
from seglam_magics.store import duck, fold, folding
def load(*arguments):
    duck.load(*arguments)
    os._exit(1)
folding.load = load
fold(Path(sys.argv[1]))
"""


def test_a44_a_view_whose_wal_was_deleted_is_made_again_and_nothing_is_lost(
    office: Office, tmp_path: Path, executor: ChildExecutor
) -> None:
    store = tmp_path / "store"
    fold(store)
    for _ in range(5):
        asked(office)
    before = Counter(row["kind"] for row in office.rows("log", limit=1000))
    asked(office)
    office.reasoner.catalogue.close()
    subprocess.run([sys.executable, "-c", UNFINISHED_FOLD, str(store)], check=False)
    (store / "seglam.duckdb.wal").unlink()
    after = Reasoner(Seglam(), FolderLog(store), executor, Approvals(tmp_path / "mine"))
    with after.view() as view:
        rows = view.query("log", limit=1000)
        assert Counter(row["kind"] for row in rows) == before | {"hit": before["hit"] + 1}
        assert any("made again from the log, which is complete" in sentence for sentence in view.damage)
    assert after.library.names() == ("total",)
    after.catalogue.close()


# ---------------------------------------------------------------- the fuzz


ID = "procedures/" + "b" * 64 + ".json"
Change = Callable[[dict[str, bytes]], bytes]
TEXTS = st.sampled_from(
    [
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b"[" * 100_000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b'{"a":' + b"9" * 5_000 + b"}",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"",
        b"null",
        b"[]",
        b'{"a":1}{"b":2}',
        b'{"a":"\x00"}',
    ]
)
NAMES_DRAWN = st.one_of(st.sampled_from([*NAMES, ID, "revocations.json", "signature.json"]), st.text(max_size=40))
_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from([10**290, -1e300, "{", "{}"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sound")
    return held(written(folder / "a.seglam", made("extra"), made("more", "max(values)"), key=KEY))


def zipped(data: st.DataObject, entries: Mapping[str, bytes]) -> bytes:
    """A ZIP of these entries, with whatever the format allows and zipfile can be made to write."""
    out = io.BytesIO()
    method = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]))
    sink: Any = out if data.draw(st.booleans()) else Unseekable(out)
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, body in entries.items():
            info = zipfile.ZipInfo(name or "x")
            info.compress_type = method
            kinds = [0o100644, 0o100644, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFIFO, 0]
            info.external_attr = data.draw(st.sampled_from(kinds)) << 16
            with archive.open(info, "w", force_zip64=data.draw(st.integers(0, 5)) == 5) as entry:
                entry.write(body)
    return out.getvalue()


class Unseekable:
    """A sink that cannot go back, for which sizes are written behind the data."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def write(self, data: Any) -> int:
        return self._out.write(data)

    def flush(self) -> None:
        pass


@st.composite
def attacked(draw: Callable[[Any], Any], entries: Mapping[str, bytes]) -> bytes:
    data: Any = draw(st.data())
    changed = dict(entries)
    kind = data.draw(st.sampled_from(["entry", "json", "record", "whole", "bytes", "twice", "bomb", "bits"]))
    victim = data.draw(st.sampled_from(sorted(changed)))
    if kind == "entry":
        changed[data.draw(NAMES_DRAWN)] = data.draw(st.binary(max_size=50))
    elif kind == "json":
        changed[victim] = data.draw(TEXTS)
        changed = sealed(changed) if data.draw(st.booleans()) and victim != "manifest.json" else changed
    elif kind == "record":
        names = [n for n in changed if n.startswith("procedures/")]
        plain = json.loads(changed[names[0]])
        changed_at(data, plain)
        changed[names[0]] = json.dumps(plain).encode()
        changed = sealed(changed)
    elif kind == "bomb":
        changed[ID] = bytes(data.draw(st.sampled_from([900_000, 1_000_001, 30_000_000])))
        changed = sealed(changed)
    whole = zipped(data, changed) if kind in ("whole", "entry") else packed_as(changed)
    if kind == "twice":
        out = io.BytesIO(whole)
        with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(victim, b"{}")
        whole = out.getvalue()
    if kind in ("bytes", "bits"):
        whole = cut(data, whole)
    return whole


def changed_at(data: st.DataObject, plain: Any) -> None:
    """Put something else somewhere into JSON, of the same type or of any."""
    keys = sorted(plain) if isinstance(plain, dict) else list(range(len(plain)))
    key = data.draw(st.sampled_from(keys))
    inner = plain[key]
    if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
        changed_at(data, inner)
    elif isinstance(inner, str) and data.draw(st.booleans()):
        plain[key] = data.draw(
            st.one_of(st.text(max_size=30), st.sampled_from(["{values", "}{", "{{", "{v}{values}", ""]))
        )
    else:
        plain[key] = data.draw(_JSON)


def packed_as(entries: Mapping[str, bytes]) -> bytes:
    return packed(entries)


def cut(data: st.DataObject, whole: bytes) -> bytes:
    """Cut short, followed by something, preceded by something, or with bytes of its own changed."""
    at = data.draw(st.integers(0, len(whole) - 1))
    directory = whole.index(b"PK\x01\x02")
    near = data.draw(st.integers(directory, len(whole) - 1))
    return {
        0: lambda: whole[:at],
        1: lambda: whole + data.draw(st.binary(min_size=1, max_size=30)),
        2: lambda: data.draw(st.binary(min_size=1, max_size=30)) + whole,
        3: lambda: whole[:at] + data.draw(st.binary(min_size=1, max_size=4)) + whole[at + 1 :],
        4: lambda: whole[:near] + bytes([data.draw(st.integers(0, 255))]) + whole[near + 1 :],
        5: lambda: whole[:near] + b"\xff\xff\xff\xff" + whole[near + 4 :],
    }[data.draw(st.integers(0, 5))]()


def usable(revisions: tuple[Revision, ...], folder: Path) -> bool:
    """Whether a store goes on answering once these are in it."""
    catalogue = Catalogue(MemoryLog(), Approvals(folder))
    own = catalogue.publish(made("total"))
    taken = take_in(catalogue, revisions, Origin("x"))
    found = [catalogue.library.decide(read(f"what is the {n} of xs?", {})) for n in ("total", "extra", "more")]
    states = {catalogue.approvals.state(one) for one in taken}
    return len(found) == 3 and catalogue.library.unreadable == () and own.number == 1 and states <= {"quarantined"}


def taken(path: Path) -> tuple[Any, str]:
    """The pack, or the code it was refused with and no long sentence."""
    try:
        return read_pack(path), ""
    except SeglamError as error:
        return None, error.code if error.hint and len(error.says) < 700 else error.says


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_read_is_a_pack_or_a_refusal(
    sound: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = data.draw(attacked(sound))
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    folder.mkdir(exist_ok=True)
    path = folder / "a.seglam"
    path.write_bytes(whole)
    with at_most(12_000_000 + 4 * len(whole)):
        pack, code = taken(path)
    assert code.startswith("E-PACK-") or pack is not None
    if pack is not None:
        assert all(identity_of(one) == one.proc_id for one in pack.revisions)
        assert usable(pack.revisions, folder.parent / "fuzzers")
    assert [p.name for p in folder.iterdir()] == ["a.seglam"]
    assert path.read_bytes() == whole


def test_the_fuzz_has_a_pack_that_passes(sound: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "a.seglam").write_bytes(packed(sound))
    assert [one.name for one in read_pack(tmp_path / "a.seglam").revisions] == ["extra", "more"]
