"""What is in a pack and what is not, and that it comes back as it was."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.packs import against, chosen, exported, read_pack
from seglam_magics.packs.synthetic import synthetic
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Check, Example, Parameter, Property, Requirement, Revision, Template, Usage, Verdict

TELLING = "Anna-Maria Telling"
SOURCE = "def above(*, frame, least, who):\n    return frame.filter(nw.col('points') > least, nw.col('name') == who)\n"


def made(**changes: Any) -> Revision:
    one = Revision(
        "above",
        3,
        "",
        SOURCE,
        summary="Rows above a value.",
        parameters=(
            Parameter("frame", "frame", example="people"),
            Parameter("least", "int", domain={"min": 0, "max": 10}, example=7),
            Parameter("who", "str", domain={"column": "name"}, example=TELLING),
        ),
        templates=(Template("rows of {frame} above {least} of {who}"),),
        returns="frame",
        requires=(Requirement("frame", {"points": "number", "name": "str"}),),
        synonyms={"points": ("score",)},
        examples=(
            Example(
                {"frame": {"points": [1, 9], "name": ["x", TELLING]}, "least": 7, "who": TELLING},
                {"points": [9], "name": [TELLING]},
            ),
        ),
        properties=(Property("p", "fewer", "def p(run, *, frame, least, who):\n    assert True\n"),),
        verdict=Verdict(ok=True, checks=(Check("lint", ok=True, message=TELLING),), tier="S3"),
        question=f"rows of people above 7 of {TELLING}",
        parent="ab" * 32,
        model="m",
        usage=Usage("m", 1, 2, 3, 0.5, 1.0),
    )
    one = dataclasses.replace(one, **changes)
    return dataclasses.replace(one, proc_id=identity_of(one))


@pytest.fixture(scope="module")
def executor() -> Iterator[ChildExecutor]:
    one = ChildExecutor()
    yield one
    one.close()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: ChildExecutor) -> Office:
    monkeypatch.setenv("SEGLAM_CONFIG_DIR", str(tmp_path / "mine"))
    settings = Seglam(cases=5)
    reasoner = Reasoner(settings, MemoryLog(), executor, Approvals(tmp_path / "mine"))
    return Office(lambda: reasoner, settings)


def nothing(_: Revision) -> tuple[Example, ...]:
    return ()


def bytes_in(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def test_with_examples_everything_comes_back_but_what_belongs_to_the_store(tmp_path: Path) -> None:
    one = made()
    exported(tmp_path / "a.seglam", chosen([one], nothing, with_examples=True))
    (back,) = read_pack(tmp_path / "a.seglam").revisions
    verdict = Verdict(ok=True, checks=(Check("lint", ok=True),), tier="S3")
    assert back == dataclasses.replace(one, number=0, parent=None, usage=None, verdict=verdict)


def test_no_value_of_the_users_is_carried_unless_asked_for(tmp_path: Path, executor: ChildExecutor) -> None:
    one = made()
    exported(tmp_path / "a.seglam", chosen([one], lambda r: synthetic(r, executor)))
    assert TELLING.encode() not in bytes_in(tmp_path / "a.seglam")
    exported(tmp_path / "b.seglam", chosen([one], nothing, with_examples=True))
    assert TELLING.encode() in bytes_in(tmp_path / "b.seglam")
    (back,) = read_pack(tmp_path / "a.seglam").revisions
    assert back.proc_id == one.proc_id


def test_made_up_examples_hold(executor: ChildExecutor) -> None:
    (example,) = synthetic(made(), executor)
    rows = pl.DataFrame(example.arguments["frame"]).filter(pl.col("points") > 2, pl.col("name") == "a")
    assert example.result == rows.to_dict(as_series=False)
    renewed = made(examples=(example,), properties=())
    assert executor.verify(renewed, cases=5).ok


@pytest.mark.parametrize(
    ("returns", "body", "kind", "domain"),
    [
        ("number", "sum(x)", "list", {"items": "int"}),
        ("number", "len(x)", "text", {}),
        ("str", "x", "choice", {"values": ["up", "down"]}),
        ("date", "x", "date", {}),
        ("dict", "dict(x)", "dict", {}),
        ("bool", "x > 1.0", "float", {"max": 0.5}),
        ("list", "[d for d in x]", "list", {"items": "date"}),
    ],
)
def test_examples_are_made_up_for_every_kind(
    executor: ChildExecutor, returns: str, body: str, kind: Any, domain: dict[str, Any]
) -> None:
    one = Revision("f", 1, "", f"def f(*, x):\n    return {body}\n", returns=returns)
    one = dataclasses.replace(one, parameters=(Parameter("x", kind, domain=domain),), templates=(Template("f of {x}"),))
    made_up = synthetic(one, executor)
    assert len(made_up) == 1
    verdict = executor.verify(dataclasses.replace(one, examples=made_up), cases=3)
    assert verdict.ok, verdict.failure


def test_what_fails_has_no_made_up_example(executor: ChildExecutor) -> None:
    one = Revision("f", 1, "", "def f(*, x):\n    return x // 0\n", parameters=(Parameter("x", "int"),))
    assert synthetic(one, executor) == ()


def test_a_secret_is_not_carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAT_API_KEY", "correct-horse-battery")
    with pytest.raises(SeglamError, match="looks like a secret"):
        chosen([made(source=SOURCE + "# correct-horse-battery\n")], nothing, with_examples=True)
    said = made(question="rows with correct-horse-battery", summary="correct-horse-battery")
    exported(tmp_path / "a.seglam", chosen([said], nothing, with_examples=True))
    assert b"horse" not in bytes_in(tmp_path / "a.seglam")
    assert read_pack(tmp_path / "a.seglam").revisions[0].proc_id == said.proc_id


@pytest.mark.parametrize("verdict", [None, Verdict(ok=False)])
def test_what_was_not_verified_is_not_carried(verdict: Verdict | None) -> None:
    with pytest.raises(SeglamError, match="E-PACK-EXPORT"):
        chosen([made(verdict=verdict)], nothing)


def test_equal_packs_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        exported(tmp_path / name, chosen([made()], nothing), ("Ada", b"k" * 32))
    first, second = (zipfile.ZipFile(tmp_path / name) for name in ("a", "b"))
    with first, second:
        for name in first.namelist():
            if name.startswith("procedures/"):
                assert first.read(name) == second.read(name)
        assert first.namelist() == second.namelist() == sorted(first.namelist())


def test_a_pack_that_repeats_itself_can_be_read(tmp_path: Path) -> None:
    long = Example(
        {"frame": {"points": [0] * 100_000, "name": ["a"] * 100_000}, "least": 1, "who": "a"}, {"points": []}
    )
    exported(tmp_path / "a.seglam", chosen([made(examples=(long,))], nothing, with_examples=True))
    assert read_pack(tmp_path / "a.seglam").revisions[0].examples == (long,)
    longer = Example({**long.arguments, "who": "a" * 1_000_000}, {"points": []})
    with pytest.raises(SeglamError, match="E-PACK-SIZE"):
        exported(tmp_path / "b.seglam", chosen([made(examples=(longer,))], nothing, with_examples=True))
    assert not (tmp_path / "b.seglam").exists()


def test_a_pack_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SeglamError, match="E-PACK-WRITE"):
        exported(tmp_path / "none" / "a.seglam", [made()])
    (tmp_path / "folder").mkdir()
    with pytest.raises(SeglamError, match="E-PACK-WRITE"):
        exported(tmp_path / "folder", [made()])
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_pack_against_the_store() -> None:
    class Stored:
        def get(self, label: str) -> Revision | None:
            return made() if label == "above" else None

        def versions(self, name: str) -> list[Revision]:
            return [made()] if name == "above" else []

    other, fewer = made(source=SOURCE + "# more\n"), made(parameters=made().parameters[:2])
    brought = [made(), other, fewer, made(name="below"), made(name="gone")]
    states = [one.state for one in against(brought, Stored(), {brought[4].proc_id} - {made().proc_id})]
    assert states == ["same", "other revision", "conflict", "new", "new"]
    assert against([other], Stored(), {other.proc_id})[0].state == "revoked"


# ---------------------------------------------------------------- the verbs


def test_what_answers_is_exported_by_name_and_by_tag(office: Office, tmp_path: Path) -> None:
    for name in ("above", "below", "beside"):
        one = made(
            name=name, source=SOURCE.replace("above", name), templates=(Template(f"{name} {{frame}} of {{who}}"),)
        )
        office.reasoner.catalogue.publish(one)
    office.reasoner.catalogue.retire("beside")

    def names(line: str) -> list[str]:
        run(f"pack export {tmp_path / 'a.seglam'} {line}", office)
        return [one.name for one in read_pack(tmp_path / "a.seglam").revisions]

    assert names("") == ["above", "below"]
    assert names("below") == names("below below@1") == ["below"]
    run("pack tag sales above beside", office)
    assert names("--tag sales") == ["above", "beside"]
    run("pack untag sales beside", office)
    assert names("--tag sales") == ["above"]
    assert names("below --tag sales") == ["above", "below"]
    for line, code in (
        ("--tag none", "E-PACK-NOTHING"),
        ("nothing", "E-PROCEDURE-UNKNOWN"),
        ("--sign-as \u202ex", "E-USAGE"),
    ):
        with pytest.raises(SeglamError, match=code):
            names(line)


def test_the_verbs_give_data(office: Office, tmp_path: Path) -> None:
    office.reasoner.catalogue.publish(made())
    path = tmp_path / "a.seglam"
    assert json.loads(run("pack key --json", office)) == {"fingerprint": ""}
    done = json.loads(run(f"pack export {path} --sign-as Ada --json", office))
    assert done["bytes"] == path.stat().st_size
    assert json.loads(run("pack key --json", office)) == {"fingerprint": done["fingerprint"]}
    shown = json.loads(run(f"pack diff {path} --json", office))
    assert (shown["signer"], shown["fingerprint"], shown["signer_state"]) == ("Ada", done["fingerprint"], "new")
    assert [row["state"] for row in shown["procedures"]] == ["same"]
    assert json.loads(run(f"import {path} --json", office))["imported"] == []
    assert json.loads(run(f"pack show {path} --json", office))["signer_state"] == "known"
    assert SOURCE.splitlines()[1].strip() in run(f"pack show {path}", office)
    run("pack tag sales above", office)
    every = json.loads(run("pack --json", office))
    assert every["signers"] == [{"name": "Ada", "fingerprint": done["fingerprint"]}]
    assert (every["fingerprint"], every["tags"]) == (done["fingerprint"], {"sales": ["above"]})
    assert "Ada" in run("pack", office)
