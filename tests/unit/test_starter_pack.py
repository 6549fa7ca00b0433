"""The starter pack: pinned, trusted as shipped, behind everything the user has, the same on every kind of frame."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.cli import Office
from seglam_magics.cli.group import answered
from seglam_magics.errors import SeglamError
from seglam_magics.procedure.identity import identity_of
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.starter import Altered, load
from seglam_magics.starter.lexicon import words
from seglam_magics.starter.pack import parsed
from seglam_magics.store import MemoryLog
from seglam_magics.words import Answer, Options, Question

ROOT = Path(__file__).resolve().parent.parent.parent
SHOPS = pl.DataFrame({
    "city": ["Riga", "Oslo", "Riga", None],
    "kind": ["new", "old", "old", "new"],
    "sales": [10, 20, 30, None],
    "price": [1.5, 2.5, 4.0, 8.0],
})  # fmt: skip


def opened(log: Any = None, **chosen: Any) -> Reasoner:
    return open_reasoner(Seglam(starter=True, **chosen), log=log or MemoryLog())


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    made = opened()
    yield made
    made.close()


def asked(reasoner: Reasoner, text: str, frame: Any = SHOPS) -> Answer:
    return reasoner.ask(Question(text, {"shops": frame}, options=Options(reuse="cached")))


# ---------------------------------------------------------------- the file


def test_there_are_eighty_procedures_and_each_is_itself_and_was_verified() -> None:
    pack = load()
    revisions = [stored.revision for stored in pack.procedures.values()]
    assert len(revisions) >= 80
    assert all(identity_of(r) == r.proc_id and r.verdict is not None and r.verdict.ok for r in revisions)
    assert all({t.lang for t in r.templates} >= {"en"} and r.examples and r.summary for r in revisions)


@pytest.mark.parametrize("place", [0, 1000, -2])
def test_a_file_that_was_changed_is_refused(place: int) -> None:
    pin = importlib.import_module("seglam_magics.starter.pin").PIN
    folder = resources.files("seglam_magics.starter")
    data, words = (folder.joinpath(name).read_bytes() for name in ("pack.jsonl", "words.json"))
    assert parsed(data, words, pin).procedures
    changed = bytearray(data)
    changed[place] ^= 1
    with pytest.raises(Altered):
        parsed(bytes(changed), words, pin)
    with pytest.raises(Altered):
        parsed(data, words + b" ", pin)


def test_a_kernel_with_an_altered_pack_says_so_once_and_works_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seglam_magics.starter.pack.PIN", "0" * 64)
    load.cache_clear()
    reasoner = opened()
    try:
        with pytest.raises(SeglamError) as error:
            asked(reasoner, "mean price by city")
        assert error.value.code == "E-MISS"
        assert reasoner._starter is not None
        assert "W-STARTER-ALTERED" in reasoner._starter.trouble
    finally:
        load.cache_clear()
        reasoner.close()


def test_the_file_is_what_its_sources_give() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_starter.py"), "--check"],
        capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_loading_the_extension_loads_nothing_of_it() -> None:
    code = "import seglam, sys; assert not [m for m in sys.modules if 'starter' in m], 'loaded'"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


# ---------------------------------------------------------------- trust, and who goes first


def test_it_answers_with_no_model_in_the_kernel_in_two_languages(reasoner: Reasoner) -> None:
    first = asked(reasoner, "What is the mean price per city?")
    second = asked(reasoner, "средняя цена по городам")
    assert first.hit
    assert (first.where, second.where) == ("kernel", "kernel")
    assert first.value.equals(second.value)
    assert reasoner.approvals.state(first.revision) == "trusted"


def test_sandbox_keeps_it_out_of_the_kernel() -> None:
    reasoner = opened(trust="sandbox")
    assert asked(reasoner, "mean price").where == "sandbox"
    reasoner.close()


def test_what_is_revoked_stays_revoked_and_comes_back_with_unrevoke(reasoner: Reasoner) -> None:
    revision = asked(reasoner, "mean price").revision
    reasoner.catalogue.revoke(revision.label)
    with pytest.raises(SeglamError) as error:
        asked(reasoner, "mean price")
    assert "revoked" in str(error.value)
    reasoner.approvals.unrevoke(revision)
    assert asked(reasoner, "mean price").value == 4.0


def test_a_rejected_answer_is_not_given_again(reasoner: Reasoner) -> None:
    asked(reasoner, "mean price")
    reasoner.reject(reasoner.recent()[-1])
    with pytest.raises(SeglamError):
        asked(reasoner, "mean price")
    assert asked(reasoner, "median price").value == 3.25


def test_a_retired_one_answers_no_more_until_it_is_restored(reasoner: Reasoner) -> None:
    name = asked(reasoner, "mean price").revision.name
    reasoner.catalogue.retire(name)
    with pytest.raises(SeglamError):
        asked(reasoner, "mean price")
    reasoner.catalogue.restore(name)
    assert asked(reasoner, "mean price").hit


def test_the_users_own_procedure_goes_first(reasoner: Reasoner) -> None:
    shipped = asked(reasoner, "mean price").revision
    source = shipped.source.replace("nw.col(value).mean()", "nw.col(value).mean() + 1")
    changed = dataclasses.replace(shipped, source=source, examples=(), properties=(), author="human")
    own = reasoner.catalogue.publish(dataclasses.replace(changed, proc_id=identity_of(changed)))
    answer = asked(reasoner, "mean price")
    assert (answer.revision.proc_id, answer.value) == (own.proc_id, 5.0)


def test_it_is_on_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from seglam_magics.settings import load_settings; print(load_settings().starter)"
    monkeypatch.delenv("SEGLAM_STARTER")
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    monkeypatch.setenv("SEGLAM_STARTER", "false")
    off = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert (plain.stdout.strip(), off.stdout.strip()) == ("True", "False")


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("how many cities", ["starter_distinct_count", "starter_row_count"]),
        ("how many cities per kind", ["starter_distinct_count", "starter_row_count"]),
        ("price per city", ["starter_total_by_group", "starter_mean_by_group"]),
        ("which kind has city Riga", ["starter_distinct_values"]),
    ],
)
def test_a_question_with_several_meanings_is_a_miss_that_names_them(
    reasoner: Reasoner, question: str, named: list[str]
) -> None:
    with pytest.raises(SeglamError) as error:
        asked(reasoner, question)
    assert error.value.code == "E-MISS"
    assert all(name in str(error.value) for name in named)


CLUBS = pl.DataFrame({
    "captain": ["Ann", "Bob", "Ann", "Cy"],
    "county": ["Essex", "Kent", "Kent", "Essex"],
    "wins": [3, 9, 4, 7],
    "draws": [1, 2, 3, 4],
})  # fmt: skip


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Who is the captain of the one in Essex county?", ["Ann", "Cy"]),
        ("What was the captain when the county is Kent and the wins are fewer than 5?", ["Ann"]),
        ("What is the highest wins when the draws is smaller than 4 and the county is Kent?", 9),
        ("what is the lowest wins with draws larger than 2", 4),
        ("What is the average wins that has draws of less than 3, and a county of Kent?", 9.0),
    ],
)
def test_what_no_wording_says_is_read_as_stored_procedures_are_found(
    reasoner: Reasoner, question: str, value: Any
) -> None:
    answer = asked(reasoner, question, CLUBS)
    found = answer.value
    assert answer.hit
    assert (sorted(found["captain"].to_list()) if isinstance(found, pl.DataFrame) else found) == value


@pytest.mark.parametrize(
    "question",
    [
        "Who is the best captain of the one in Essex county?",  # a word that nothing accounts for
        "Who is the captain of the one not in Essex county?",  # an operator
        "What are the wins of the one in Essex county?",  # several numbers, of which one may be meant
        "What is the captain and the draws when the county is Kent?",  # two columns
        "Which captain has county Essex?",  # one of several, or the different ones
        "How many captain has Essex county?",  # rows, or different ones
        "What is the captain when the county is Essex or the wins are fewer than 5?",
        "Who was the captain in Essex county before the wins were 5?",  # a word of time
        "What is the last wins with draws larger than 2?",
    ],
)
def test_what_is_left_over_or_may_mean_two_things_is_no_answer(reasoner: Reasoner, question: str) -> None:
    with pytest.raises(SeglamError) as error:
        asked(reasoner, question, CLUBS)
    assert error.value.code == "E-MISS"


def test_what_is_compiled_anew_is_a_procedure_of_its_own(reasoner: Reasoner, monkeypatch: pytest.MonkeyPatch) -> None:
    anew: list[Any] = []

    def compiled(_asked: Any, known: Any, *_rest: Any) -> None:
        anew.append(known)
        raise SeglamError("E-MODEL-UNSET")

    monkeypatch.setattr(reasoner._maker, "compiled", compiled)
    with pytest.raises(SeglamError, match="E-MODEL-UNSET"):
        reasoner.ask(Question("mean price", {"shops": SHOPS}, options=Options(reuse="fresh")))
    assert anew == [None], "what shipped is no version of it"


def test_what_only_adds_up_is_added_up(reasoner: Reasoner) -> None:
    found = asked(reasoner, "sales by kind").value
    assert dict(found.rows()) == {"new": 10, "old": 50}


def test_it_can_be_switched_off() -> None:
    reasoner = open_reasoner(Seglam(starter=False), log=MemoryLog())
    with pytest.raises(SeglamError):
        asked(reasoner, "mean price")
    reasoner.close()


def test_the_verbs_tell_of_it_in_one_line_and_show_each_of_it(reasoner: Reasoner) -> None:
    def said(line: str) -> Any:
        return answered(line, Office(lambda: reasoner, reasoner.settings))

    count = len(load().procedures)
    assert f"{count:,} starter procedures" in said("ls").text
    assert said("ls").data == []
    listed = said("ls --starter").data
    assert (len(listed), {row["trust"] for row in listed}) == (count, {"trusted"})
    assert "def starter_mean(" in said("show starter_mean").text
    asked(reasoner, "mean price per city")
    assert "starter_mean_by_group" in said("why").text
    said("revoke starter_mean_by_group")
    assert [row["name"] for row in said("ls --starter").data if row["trust"] != "trusted"] == ["starter_mean_by_group"]


PHRASES = st.sampled_from([
    *(" ".join(phrase) for phrase in sorted(words().parts)), "city", "kind", "sales", "price", "Riga", "old", "shops",
    "2024-01-05", "2008", "5", '"', "'", "`", "{", "?",
])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(PHRASES, min_size=1, max_size=20))
def test_whatever_is_asked_is_answered_or_a_miss(reasoner: Reasoner, said: list[str]) -> None:
    with contextlib.suppress(SeglamError):
        assert asked(reasoner, " ".join(said)).hit


# ---------------------------------------------------------------- engines

QUESTIONS = [
    "mean price per city",
    "how many shops per kind",
    "total sales per city where price > 2",
    "share of shops per city",
    "median sales of old",
    "how many distinct city",
    "missing values",
    "which city has the highest mean price",
    "correlation of price and sales",
    "quartiles of sales",
    "shops with price above 2",
    "how many distinct city per kind",
    "percentage of shops per city",
    "min and max price per kind",
    "top 2 city by sales",
]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Riga", "Oslo", "Bern", None]),
        st.sampled_from(["new", "old"]),
        st.integers(-50, 50) | st.none(),
        st.sampled_from([0.125, 2.5, 2.5, -3.0, 7.75, None]),
    ),
    max_size=9,
)
CERTAIN = [("Riga", "old", 7, 2.25), ("Oslo", "new", 3, 3.5)]  # so that each question has an answer


def polars_of(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {"city": pl.String, "kind": pl.String, "sales": pl.Int64, "price": pl.Float64}
    return pl.DataFrame([*rows, *CERTAIN], schema=schema, orient="row")


def pandas_of(frame: pl.DataFrame) -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({name: frame[name].to_list() for name in frame.columns})


def duckdb_of(frame: pl.DataFrame) -> Any:
    made = duckdb.connect()
    made.execute("create table shops (city varchar, kind varchar, sales bigint, price double)")
    made.executemany("insert into shops values (?, ?, ?, ?)", frame.rows())
    return made.table("shops")


def cells(value: Any) -> Any:
    """A result as a set of rows, numbers nearly."""
    if hasattr(value, "fetchall"):
        rows = value.fetchall()
    elif hasattr(value, "rows"):
        rows = value.rows()
    elif hasattr(value, "itertuples"):
        rows = [tuple(plain(v) for v in row) for row in value.itertuples(index=False)]
    else:
        return plain(value)
    return sorted((tuple(map(plain, row)) for row in rows), key=str)


def plain(value: Any) -> Any:
    if isinstance(value, str) or value is None:
        return value
    return None if math.isnan(value) else round(float(value), 9)


@pytest.mark.parametrize("kind", [pandas_of, duckdb_of], ids=["pandas", "duckdb"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_the_answer_is_the_same_on_every_kind_of_frame(
    reasoner: Reasoner, kind: Callable[[pl.DataFrame], Any], rows: list[tuple[Any, ...]]
) -> None:
    frame = polars_of(rows)
    other = kind(frame)
    for question in QUESTIONS:
        if kind is duckdb_of and question == "median sales of old":
            continue  # cells of a relation are not looked into
        assert cells(asked(reasoner, question, other).value) == cells(asked(reasoner, question, frame).value), question


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("show the first 2 rows", [0, 1]),
        ("head 3", [0, 1, 2]),
        ("the last 2 rows of shops, please", [4, 5]),
        ("первые 2 строки", [0, 1]),
        ("first 2 rows where city is Riga", [1, 3]),
        ("last 2 rows where city is Riga", [3, 5]),
    ],
)
def test_the_first_and_the_last_rows_are_those_of_the_table_as_it_stands(question: str, wanted: list[int]) -> None:
    shops = pl.DataFrame({"city": ["Oslo", "Riga"] * 3, "place": list(range(6))})
    reasoner = open_reasoner(Seglam(starter=True), log=MemoryLog())
    try:
        answer = reasoner.ask(Question(question, {"shops": shops}, options=Options(reuse="cached")))
        assert answer.value["place"].to_list() == wanted
        relation = duckdb.sql("select 1 as place, 'Riga' as city")
        with pytest.raises(SeglamError, match="E-MISS"):  # its rows have no order
            reasoner.ask(Question(question, {"shops": relation}, options=Options(reuse="cached")))
    finally:
        reasoner.close()
