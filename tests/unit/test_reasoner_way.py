"""The way of a question, end to end: a real model over HTTP, a real child process, a real store."""

from __future__ import annotations

import dataclasses
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics import scripted
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import proc_id, to_record
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Options, Question

COUNT_OVER = {
    "question": "How many rows of `shops` have `sales` over 10?",
    "name": "count_over",
    "parameters": [
        {"name": "frame", "type": "frame", "example": "shops"},
        {"name": "value", "type": "column", "domain": {"dtype": "number"}, "example": "sales"},
        {"name": "limit", "type": "float", "example": 10},
    ],
    "templates": [
        {"lang": "en", "text": "How many rows of {frame} have {value} over {limit}?"},
        {"lang": "ru", "text": "В скольких строках {frame} {value} больше {limit}?"},
    ],
    "code": "def count_over(frame, *, value, limit):\n"
    "    return frame.filter(nw.col(value) > limit).select(nw.len().alias('rows'))\n",
    "returns": "number",
    "examples": [{"arguments": {"frame": {"x": [1, 5, 9]}, "value": "x", "limit": 4}, "result": 2}],
    "properties": [
        {
            "name": "counts_rows",
            "claim": "it is the number of rows above the limit",
            "code": "def counts_rows(run, *, frame, value, limit):\n"
            "    assert run(frame=frame, value=value, limit=limit) == sum("
            "row[value] is not None and row[value] > limit for row in frame)\n",
        }
    ],
}
TOTAL = {
    "question": "What is the total of `xs`?",
    "name": "total",
    "parameters": [{"name": "values", "type": "list", "domain": {"items": "int"}, "example": "xs"}],
    "templates": [{"lang": "en", "text": "What is the total of {values}?"}],
    "code": "def total(*, values):\n    return sum(values)\n",
    "returns": "number",
    "examples": [{"arguments": {"values": [1, 2]}, "result": 3}],
    "properties": [],
}
# another procedure that the model calls by the same name
LONGEST = {
    **TOTAL,
    "question": "Which is the longest word of `xs`?",
    "templates": [{"lang": "en", "text": "Which is the longest word of {values}?"}],
    "parameters": [{"name": "values", "type": "list", "domain": {"items": "str"}, "example": "xs"}],
    "code": "def total(*, values):\n    return max(values, key=lambda v: (len(v), v), default='')\n",
    "returns": "str",
    "examples": [{"arguments": {"values": ["a", "bb"]}, "result": '"bb"'}],
}
NAMED = {
    "question": "Which rows of `shops` are in the town Riga?",
    "name": "rows_in_town",
    "parameters": [
        {"name": "rows", "type": "list", "example": "shops"},
        {"name": "town", "type": "str", "example": "Riga"},
    ],
    "templates": [{"lang": "en", "text": "Which rows of {rows} are in the town {town}?"}],
    "code": "def rows_in_town(*, rows, town):\n    return [r['sales'] for r in rows if r['town'] == town]\n",
    "returns": "list",
    "examples": [{"arguments": {"rows": [{"town": "A", "sales": 1}], "town": "A"}, "result": [1]}],
    "properties": [],
}
SHOPS = pl.DataFrame({"town": ["Riga", "Oslo", "Riga"], "sales": [5, 15, 25], "rent": [1.0, 2.0, 3.0]})


class House:
    """A model's recordings and a store in one folder; `open` starts a kernel on it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self._patch = monkeypatch
        self._opened: list[Reasoner] = []
        monkeypatch.setenv("SEGLAM_CONFIG_DIR", str(folder / "config"))

    def record(self, reply: dict[str, Any]) -> None:
        filled = {"summary": "", "meaning": None, "synonyms": [], "ignorable": [], "effects": [], "open_questions": []}
        body = {k: v for k, v in reply.items() if k != "question"}
        text = json.dumps({"question": reply["question"], "reply": {**filled, **body}})
        (self.recordings / f"{reply['name']}-{len(list(self.recordings.iterdir()))}.json").write_text(text)

    def open(self, **settings: Any) -> Reasoner:
        chosen = Seglam(model=f"scripted/{self.recordings}", store=str(self.folder / "store"), cases=25, **settings)
        reasoner = open_reasoner(chosen)
        self._opened.append(reasoner)
        return reasoner

    def calls(self) -> int:
        base = scripted.start(str(self.recordings)).removesuffix("/v1")
        with urllib.request.urlopen(f"{base}/calls") as reply:
            return int(json.load(reply)["calls"])

    def close(self) -> None:
        for reasoner in self._opened:
            reasoner.close()
        scripted.stop(str(self.recordings))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    one = House(tmp_path, monkeypatch)
    for reply in (COUNT_OVER, TOTAL, NAMED):
        one.record(reply)
    yield one
    one.close()


def asked(reasoner: Reasoner, text: str, **space: Any) -> Any:
    options = space.pop("options", Options())
    return reasoner.ask(Question(text, space, options=options))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(SeglamError) as caught:
        call()
    return caught.value.code


def test_a_question_is_compiled_once_and_then_answered_without_the_model(house: House) -> None:
    reasoner = house.open()
    first = asked(reasoner, "How many rows of `shops` have `sales` over 10?", shops=SHOPS)
    assert (first.hit, first.value, first.procedure) == (False, 2, "count_over@1")
    assert first.usage.calls == 1
    assert first.usage.tokens_in > 0
    again = asked(reasoner, "How many rows of `shops` have `sales` over 10?", shops=SHOPS)
    other = asked(reasoner, "how many rows of q3 have rent over twenty-one?", q3=SHOPS.with_columns(rent=pl.lit(21.5)))
    russian = asked(reasoner, "В скольких строках shops `rent` больше 2,5?", shops=SHOPS)
    assert (again.hit, again.value, again.decision.tier) == (True, 2, "exact")
    assert (other.hit, other.value, dict(other.slots)) == (True, 3, {"frame": "q3", "value": "rent", "limit": 21.0})
    assert (russian.hit, russian.value) == (True, 1)
    assert again.saved == first.usage
    assert house.calls() == 1


def test_a_second_kernel_hits_what_the_first_compiled(house: House) -> None:
    one, two = house.open(), house.open()
    assert two.library.names() == ()
    asked(one, "What is the total of `xs`?", xs=[1, 2, 3])
    answer = asked(two, "What is the total of `ys`?", ys=[4, 5])
    assert (answer.hit, answer.value) == (True, 9)
    later = house.open()
    assert asked(later, "What is the total of `ys`?", ys=[7]).value == 7
    assert house.calls() == 1


def test_a_miss_says_what_stood_in_the_way(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "How many rows of `shops` have `sales` over 10?", shops=SHOPS)
    cached = Options(reuse="cached")
    with pytest.raises(SeglamError, match="E-MISS") as caught:
        asked(reasoner, "How many rows of `shops` have `sales` under 10?", shops=SHOPS, options=cached)
    assert "under" in caught.value.says
    nearest = reasoner.recent()[-1].decision.candidates[0]
    assert nearest.revision == "count_over@1"
    assert "under" in nearest.blocked


def test_an_unknown_name_is_named_with_the_closest_one(house: House) -> None:
    reasoner = house.open()
    with pytest.raises(SeglamError) as caught:
        asked(reasoner, "How many rows of `shop` have `sales` over 10?", shops=SHOPS)
    assert caught.value.code == "E-NAME-UNKNOWN"
    assert "shops" in caught.value.hint
    with pytest.raises(SeglamError) as caught:
        asked(reasoner, "How many rows of `shops` have `slaes` over 10?", shops=SHOPS)
    assert caught.value.code in ("E-COLUMN-UNKNOWN", "E-NAME-UNKNOWN")
    assert "sales" in caught.value.hint
    assert code_of(lambda: asked(reasoner, "What is the total of `fn`?", fn=len)) == "E-INPUT-KIND"
    assert house.calls() == 0


def test_another_table_without_the_column_is_a_miss_with_its_reason(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "Which rows of `shops` are in the town Riga?", shops=SHOPS)
    with pytest.raises(SeglamError, match="no column 'town' in q3"):
        asked(
            reasoner, "Which rows of `q3` are in the town Riga?", q3=SHOPS.drop("town"), options=Options(reuse="cached")
        )


def test_an_empty_result_is_not_served_as_a_hit(house: House) -> None:
    reasoner = house.open()
    assert asked(reasoner, "Which rows of `shops` are in the town Riga?", shops=SHOPS).value == [5, 25]
    with pytest.raises(SeglamError, match="empty result"):
        asked(reasoner, "Which rows of `shops` are in the town Rome?", shops=SHOPS, options=Options(reuse="cached"))


def test_rejected_retired_and_pinned_revisions_are_left_alone(house: House) -> None:
    reasoner = house.open()
    cached = Options(reuse="cached")
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    reasoner.reject(reasoner.recent()[-1])
    assert code_of(lambda: asked(reasoner, "What is the total of `xs`?", xs=[1], options=cached)) == "E-MISS"
    assert asked(reasoner, "What is the total of `ys`?", ys=[1], options=cached).value == 1
    reasoner.catalogue.retire("total")
    assert code_of(lambda: asked(reasoner, "What is the total of `ys`?", ys=[1], options=cached)) == "E-MISS"
    assert code_of(lambda: asked(house.open(), "What is the total of `zs`?", zs=[1], options=cached)) == "E-MISS"
    reasoner.catalogue.restore("total")
    assert asked(reasoner, "What is the total of `ys`?", ys=[1], options=cached).hit


def test_a_hand_written_correction_is_the_next_revision(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    revision = reasoner.revise("total", "def total(*, values):\n    return sum(v for v in values if v is not None)\n")
    assert (revision.label, revision.author) == ("total@2", "human")
    answer = asked(reasoner, "What is the total of `xs`?", xs=[1, None])
    assert (answer.hit, answer.value, answer.procedure) == (True, 1, "total@2")
    assert reasoner.revise("total", revision.source.replace("\n", "\r\n")) == revision
    reasoner.catalogue.pin("total@1")
    assert asked(reasoner, "What is the total of `xs`?", xs=[3]).procedure == "total@1"
    reasoner.catalogue.unpin("total")
    assert asked(reasoner, "What is the total of `xs`?", xs=[3]).procedure == "total@2"
    forced = asked(reasoner, "What is the total of `xs`?", xs=[3], options=Options(procedure="total@1"))
    assert forced.procedure == "total@1"


def test_going_back_to_an_earlier_source_is_a_new_revision(house: House) -> None:
    reasoner = house.open()
    first = asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).revision
    reasoner.revise("total", "def total(*, values):\n    return sum(v for v in values if v is not None)\n")
    back = reasoner.revise("total", first.source)
    assert (back.label, back.proc_id) == ("total@3", first.proc_id)
    for one in (reasoner, house.open()):
        assert asked(one, "What is the total of `ys`?", ys=[4]).procedure == "total@3"
        assert [r.label for r in one.library.versions("total")] == ["total@1", "total@2", "total@3"]
        assert one.catalogue.known("total@1").number == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def total(*, values):\n    return sum(values) + 1\n", "E-PROCEDURE-UNVERIFIED"),
        ("def total(*, values):\n    import os\n    return os.getpid()\n", "E-EFFECT-IMPORT"),
        ("def other(*, values):\n    return 1\n", "E-PROCEDURE-FORM"),
        ("def total(*, numbers):\n    return 1\n", "E-PROCEDURE-FORM"),
        ("def total(", "E-PROCEDURE-FORM"),
    ],
)
def test_a_bad_correction_changes_nothing(house: House, source: str, code: str) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    assert code_of(lambda: reasoner.revise("total", source)) == code
    assert len(reasoner.library.versions("total")) == 1


def test_fresh_compiles_a_new_revision_of_the_same_procedure(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    (house.recordings / "total-1.json").unlink()
    changed = {**TOTAL, "code": "def total(*, values):\n    return sum(v for v in values)\n"}
    scripted.stop(str(house.recordings))
    house.record({**changed, "name": "total"})
    answer = asked(reasoner, "What is the total of `xs`?", xs=[1, 2], options=Options(reuse="fresh"))
    assert (answer.hit, answer.procedure, answer.value) == (False, "total@2", 3)
    assert answer.revision.parent == reasoner.library.versions("total")[0].proc_id


def test_another_procedure_of_the_same_name_gets_a_name_of_its_own(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    house.record(LONGEST)
    scripted.stop(str(house.recordings))
    answer = asked(reasoner, "Which is the longest word of `xs`?", xs=["one", "three"])
    assert (answer.procedure, answer.value) == ("total_2@1", "three")
    assert asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).procedure == "total@1"


def test_two_procedures_that_fit_and_disagree_are_a_miss(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    house.record(
        {
            **TOTAL,
            "name": "product",
            "question": "What is the total product of `xs`?",
            "templates": [
                {"lang": "en", "text": "What is the total product of {values}?"},
                {"lang": "en", "text": "What is the total of {values}?"},
            ],
            "code": "def product(*, values):\n    import math\n    return math.prod(values)\n",
            "examples": [{"arguments": {"values": [3, 2]}, "result": 6}],
        }
    )
    scripted.stop(str(house.recordings))
    asked(reasoner, "What is the total product of `xs`?", xs=[1, 2, 3])
    cached = Options(reuse="cached")
    assert asked(reasoner, "What is the total of `ys`?", ys=[1, 2, 3], options=cached).value == 6
    with pytest.raises(SeglamError, match="both fit and give different values"):
        asked(reasoner, "What is the total of `zs`?", zs=[2, 3], options=cached)


def test_approved_code_runs_in_the_kernel_and_revoked_code_nowhere(house: House) -> None:
    reasoner = house.open()
    assert asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).where == "sandbox"
    reasoner.catalogue.approve("total")
    assert asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).where == "kernel"
    assert asked(house.open(trust="sandbox"), "What is the total of `xs`?", xs=[1, 2]).where == "sandbox"
    reasoner.catalogue.revoke("total")
    cached = Options(reuse="cached")
    with pytest.raises(SeglamError, match="is revoked"):
        asked(reasoner, "What is the total of `xs`?", xs=[1, 2], options=cached)


def test_revoked_code_is_not_run_by_a_direct_call_either(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    assert reasoner.call("total", {"values": [1, 2]}) == 3
    reasoner.catalogue.revoke("total")
    with pytest.raises(SeglamError, match="E-TRUST-REVOKED: total@1 is revoked"):
        reasoner.call("total", {"values": [1, 2]})


def test_a_stop_during_the_first_run_says_that_the_procedure_is_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasoner = house.open()

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reasoner.executor, "call", stopped)
        with pytest.raises(SeglamError, match="E-STOPPED-RUN") as caught:
            asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    assert "it is stored" in caught.value.hint
    assert asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).hit
    assert house.calls() == 1


def test_auto_trusts_only_what_was_verified_behind_a_boundary(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = ChildExecutor(at_most="S1")
    monkeypatch.setattr("seglam_magics.verify.ChildExecutor", lambda: weak)
    reasoner = house.open(trust="auto")
    for _ in range(2):
        assert asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).where == "sandbox"
    monkeypatch.setattr(ChildExecutor, "tier", "S3")
    assert asked(reasoner, "What is the total of `xs`?", xs=[1, 2]).where == "sandbox", "its verdict says S1"
    weak.close()
    monkeypatch.undo()


def test_where_there_are_limits_only_it_is_said_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seglam_magics.verify.ChildExecutor", lambda: ChildExecutor(at_most="S1"))
    reasoner = house.open()
    first, second = (asked(reasoner, "What is the total of `xs`?", xs=[1, n]) for n in (2, 3))
    told = [any("not behind a boundary" in note for note in answer.notes) for answer in (first, second)]
    assert told == [True, False]


def test_auto_lets_into_the_kernel_what_was_verified_behind_a_boundary(house: House) -> None:
    reasoner = house.open(trust="auto")
    answer = asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    revision = answer.decision.revision
    assert revision is not None
    assert revision.verdict is not None
    assert revision.verdict.tier == reasoner.executor.tier
    assert answer.where == ("sandbox" if reasoner.executor.tier == "S1" else "kernel")


def test_a_dry_run_shows_the_bytes_and_sends_none(house: House) -> None:
    reasoner = house.open()
    secret = "sentinel-7461"
    frame = pl.DataFrame({"town": [secret], "sales": [20]})
    shown = reasoner.preview(Question("How many rows of `shops` have `sales` over 10?", {"shops": frame}))
    body = json.loads(shown.payload)
    assert not shown.decision.hit
    assert "How many rows of `shops`" in body["messages"][1]["content"]
    assert secret.encode() not in shown.payload
    assert shown.tokens > 100
    assert house.calls() == 0
    assert not (house.folder / "store").exists()


def test_nothing_is_written_before_something_is_stored(house: House) -> None:
    reasoner = house.open()
    assert code_of(lambda: asked(reasoner, "   ")) == "E-QUESTION-EMPTY"
    assert not (house.folder / "store").exists()


def test_a_duckdb_relation_is_answered_in_the_sandbox_and_natively(house: House) -> None:
    import duckdb

    con = duckdb.connect()
    con.execute("create table t as select * from (values ('Riga', 5), ('Oslo', 15), ('Riga', 25)) as v(town, sales)")
    shops = con.table("t")
    reasoner = house.open()
    text = "How many rows of `shops` have `sales` over 10?"
    assert asked(reasoner, text, shops=shops).value == 2
    reasoner.catalogue.approve("count_over")
    native = asked(reasoner, text, shops=shops)
    assert (native.value, native.where) == (2, "kernel")


def test_a_procedure_somebody_put_into_the_store_is_not_run(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    revision = reasoner.catalogue.known("total")
    source = "def total(*, values):\n    import os\n    return os.getpid()\n"
    identity = proc_id(
        source, revision.parameters, returns="number", templates=revision.templates, requires=revision.requires
    )
    forged = dataclasses.replace(revision, source=source, proc_id=identity, number=2)
    reasoner.log.put("total", 1, to_record(forged))
    other = house.open()
    assert other.library.head("total") == forged
    with pytest.raises(SeglamError, match="E-RUN-REFUSED"):
        asked(other, "What is the total of `xs`?", xs=[1, 2], options=Options(reuse="cached"))


@pytest.mark.parametrize("told", [True, False], ids=["followed before publishing", "conflict while publishing"])
def test_two_kernels_that_compile_under_one_name_at_once_lose_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    monkeypatch.setattr("seglam_magics.cache.catalogue.FOLLOW_SECONDS", 60)
    one, two = house.open(), house.open()
    house.record(LONGEST)
    scripted.stop(str(house.recordings))
    met = []

    def meanwhile(stage: str) -> None:
        if stage == "verifying" and not met:
            met.append(asked(one, "What is the total of `xs`?", xs=[1, 2]).procedure)
            if told:
                two.catalogue.follow()

    answer = two.ask(Question("Which is the longest word of `xs`?", {"xs": ["one", "three"]}), meanwhile)
    assert (met, answer.procedure, answer.value) == (["total@1"], "total_2@1", "three")
    third = house.open()
    assert third.library.names() == ("total", "total_2")
    assert asked(third, "Which is the longest word of `xs`?", xs=["a", "bc"]).value == "bc"


def test_two_kernels_that_compile_the_same_at_once_keep_one(house: House) -> None:
    one, two = house.open(), house.open()
    met = []

    def meanwhile(stage: str) -> None:
        if stage == "verifying" and not met:
            met.append(asked(one, "What is the total of `xs`?", xs=[1, 2]).procedure)

    answer = two.ask(Question("What is the total of `xs`?", {"xs": [5]}), meanwhile)
    assert (met, answer.procedure, answer.value) == (["total@1"], "total@1", 5)
    assert house.open().library.names() == ("total",)


def test_a_store_that_cannot_be_written_spoils_no_answer(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "What is the total of `xs`?", xs=[1, 2])
    reasoner.log.close()
    store = house.folder / "store"
    store.rename(house.folder / "gone")
    store.write_text("a file stands where the store was")
    broken = house.open()
    answer = asked(broken, "What is the total of `xs`?", xs=[1, 2])
    again = asked(broken, "What is the total of `xs`?", xs=[4])
    assert (answer.value, again.value, again.hit) == (3, 4, True)
    assert broken.log.path is None


def test_what_one_kernel_retires_another_leaves_alone_within_a_second(house: House) -> None:
    one, two = house.open(), house.open()
    asked(one, "What is the total of `xs`?", xs=[1, 2])
    assert asked(two, "What is the total of `xs`?", xs=[1, 2]).hit
    one.catalogue.retire("total")
    deadline = time.monotonic() + 10
    while not two.library.retired("total") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert two.library.retired("total")


def test_an_empty_table_has_an_empty_answer_and_needs_no_model(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "Which rows of `shops` are in the town Riga?", shops=SHOPS)
    answer = asked(reasoner, "Which rows of `none` are in the town Oslo?", none=SHOPS.head(0))
    assert (answer.hit, answer.value, house.calls()) == (True, [], 1)


def test_a_frame_of_ten_million_rows_is_answered(house: House) -> None:
    reasoner = house.open()
    asked(reasoner, "How many rows of `shops` have `sales` over 10?", shops=SHOPS)
    rows = pl.int_range(10_000_000, eager=True)
    big = pl.DataFrame({"sales": rows.cast(pl.Float64), "rent": rows % 7})
    answer = asked(reasoner, "How many rows of `big` have `sales` over 9999989?", big=big)
    assert (answer.hit, answer.value, answer.where) == (True, 10, "sandbox")


def test_what_is_too_large_for_the_sandbox_is_called_by_its_name(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reasoner = house.open()
    asked(reasoner, "How many rows of `shops` have `sales` over 10?", shops=SHOPS)
    monkeypatch.setattr("seglam_magics.verify.replies.JOB_LIMIT", 1000)
    with pytest.raises(SeglamError, match="E-INPUT-SIZE: `big` is too large"):
        asked(reasoner, "How many rows of `big` have `sales` over 9?", big=pl.DataFrame({"sales": [1.0] * 1000}))
