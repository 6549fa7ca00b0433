"""A large store: loaded lazily, looked up in indexes that decide as a full scan does, forgotten without a trace."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.cache import Library, drawers, index, text_index
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.cache.filing import Filing
from seglam_magics.procedure import to_record
from seglam_magics.procedure.stored import RawRecord, Stored
from seglam_magics.question import read
from seglam_magics.store import FolderLog
from seglam_magics.trust import Approvals
from seglam_magics.words import (
    Column,
    Decision,
    Event,
    Meaning,
    Parameter,
    Requirement,
    Revision,
    Template,
    Variable,
)

SALES = Variable("sales", "frame", columns=(Column("region", "str"), Column("price", "float"), Column("year", "int")))
TABLE = {"sales": [{"region": "Riga", "price": 2.5, "year": 2020}, {"region": "Oslo", "price": 4.0, "year": 2021}]}
FRAME = Parameter("frame", "frame", example="sales")
NUMBER = Parameter("n", "int", example=3)
PLACE = Parameter("place", "str", domain={"column": "region"}, example="Riga")
NEEDS = (Requirement("frame", {"price": "float", "region": "str"}),)
# Wordings with what they take; those of one line differ in the word in the middle.
OVER = ("What is the {op} price in {{frame}} for {{place}}?", "{op} price where region is {{place}}")
PLAIN = ("How many {thing} does a {who} sell in {{n}} days?", "A {who} sells {thing} for {{n}} days; how many?")
OPERATIONS = {"mean": "average", "maximum": "highest", "minimum": "lowest", "sum": "total"}
THINGS, PEOPLE = ("apples", "boats", "lamps"), ("baker", "sailor")
ASKED = (
    *(f"What is the {op} price in sales for Oslo?" for op in OPERATIONS),
    *(f"For Oslo, show me the {said} price there is" for said in OPERATIONS.values()),
    *(f"How many {thing} does a {who} sell in 9 days?" for thing in THINGS for who in PEOPLE),
    *(f"In 9 days, how many {thing} does a {who} sell?" for thing in THINGS for who in PEOPLE),
    "For Oslo, show me the average price there is among women",
    "In 9 days, how many quokkas does a baker sell?",
    "What is the skewness of the price in sales for Oslo?",
)


def tabular(op: str, number: int = 1) -> Revision:
    """A procedure that is found by a wording, and by what it declares."""
    aggregate = {"maximum": "max", "minimum": "min"}.get(op, op)
    return revision(
        f"{op}_price", number, OVER, (FRAME, PLACE), meaning=Meaning(aggregate, "price", ("region = place",)), op=op
    )


def plain(thing: str, who: str, number: int = 1) -> Revision:
    """A procedure without data, found by a wording and by what it says."""
    return revision(f"{who}_{thing}", number, PLAIN, (NUMBER,), thing=thing, who=who)


def revision(
    name: str, number: int, wordings: tuple[str, ...], parameters: tuple[Parameter, ...], **said: Any
) -> Revision:
    meaning = said.pop("meaning", Meaning())
    templates = tuple(Template(w.format(**said)) for w in wordings)
    shown = {p.name: p.example for p in parameters}
    return Revision(
        name,
        number,
        hashlib.sha256(f"{name}@{number}".encode()).hexdigest(),
        f"def {name}(): return {number}",
        parameters=parameters,
        templates=templates,
        meaning=meaning,
        requires=NEEDS if FRAME in parameters else (),
        question=templates[0].text.format(**shown),
        created=float(number),
    )


ALL = (*map(tabular, OPERATIONS), *(plain(thing, who) for thing in THINGS for who in PEOPLE))


class Cells:
    """The values of the table."""

    def find(self, _variable: str, phrases: Any) -> dict[str, dict[str, tuple[str, ...]]]:
        return {p: {"region": (p.title(),)} for p in phrases if p in ("oslo", "riga")}

    def ranges(self, _variable: str) -> dict[str, tuple[float, float]]:
        return {"price": (2.5, 4.0), "year": (2020.0, 2021.0)}


def raw(one: Revision) -> RawRecord:
    return RawRecord(json.dumps(to_record(one), ensure_ascii=False, separators=(",", ":")).encode())


def event(kind: str, data: Any, clock: int) -> Event:
    return Event(kind, data, "a", clock, clock)


def library(*revisions: Revision, capacity: int = 100) -> Library:
    made = Library(capacity)
    for clock, one in enumerate(revisions, 1):
        made.apply(event("revision", raw(one), clock))
    return made


def decided(made: Library, text: str) -> Decision:
    tables = {"sales": SALES} if "price" in text else {}
    return made.decide(read(text, tables), values=Cells())


def told(decision: Decision) -> tuple[object, ...]:
    """What a decision says, without how it was found."""
    rivals = {(one.label, repr(sorted(bindings.items()))) for one, bindings in decision.rivals}
    one = decision.revision
    return decision.hit, decision.tier, one and one.label, repr(sorted(decision.bindings.items())), rivals


def test_the_questions_are_answered_by_every_tier() -> None:
    made = library(*ALL)
    tiers = {decided(made, text).tier for text in ASKED if decided(made, text).hit}
    assert tiers == {"template", "grounded", "text"}
    assert sum(not decided(made, text).hit for text in ASKED) == 3


# ---------------------------------------------------------------- loaded lazily


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often a record was read, made a revision, and a wording taken apart."""
    counts = {"read": 0, "made": 0, "compiled": 0}

    def count(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **named: Any) -> Any:
            counts[what] += 1
            return call(*args, **named)

        return counting

    monkeypatch.setattr(RawRecord, "read", count("read", RawRecord.read))
    monkeypatch.setattr("seglam_magics.procedure.stored.from_record", count("made", _from_record()))
    monkeypatch.setattr(index, "compile_template", count("compiled", index.compile_template))
    return counts


def _from_record() -> Callable[..., Revision]:
    from seglam_magics.procedure.record import from_record

    return from_record


def test_a_store_is_opened_without_reading_a_record(tmp_path: Path, counted: dict[str, int]) -> None:
    log = FolderLog(tmp_path / "store")
    for one in ALL:
        log.append("revision", to_record(one))
    log.close()
    counted.update(read=0, made=0, compiled=0)
    catalogue = Catalogue(FolderLog(tmp_path / "store"), Approvals(tmp_path / "own"))
    assert catalogue.library.names() == tuple(sorted(one.name for one in ALL))
    assert counted == {"read": 0, "made": 0, "compiled": 0}
    assert catalogue.library.get("mean_price@1") == ALL[0]
    assert counted == {"read": 1, "made": 1, "compiled": 0}
    catalogue.close()


def test_a_part_is_filed_by_reading_that_part_and_an_answer_makes_one_procedure(counted: dict[str, int]) -> None:
    made = library(*ALL)
    assert made.settle(3)
    assert counted == {"read": 3, "made": 0, "compiled": 0}
    assert decided(made, "How many boats does a sailor sell in 9 days?").revision == plain("boats", "sailor")
    assert counted["read"] >= len(ALL)
    assert (counted["made"], counted["compiled"]) == (1, 1)
    before = dict(counted)
    assert decided(made, "How many boats does a sailor sell in 11 days?").hit
    assert counted == before


# ---------------------------------------------------------------- evicted


@given(
    capacity=st.integers(0, 4),
    texts=st.lists(st.sampled_from(ASKED), max_size=25),
)
@settings(deadline=None, max_examples=30)
def test_what_is_evicted_is_looked_up_again_and_never_answered_by_a_neighbour(capacity: int, texts: list[str]) -> None:
    made, plain_one = library(*ALL, capacity=capacity), library(*ALL)
    kept: OrderedDict[str, None] = OrderedDict()  # the last used, as a cache of this size keeps them
    for text in texts:
        reading = read(text, {"sales": SALES} if "price" in text else {})
        decision, expected = made.decide(reading, values=Cells()), decided(plain_one, text)
        assert (decision.tier == "exact") == (text in kept)
        assert told(replace(decision, tier=expected.tier)) == told(expected)
        made.remember(reading, None, decision)
        if decision.hit and capacity:
            kept[text] = None
            kept.move_to_end(text)
            while len(kept) > capacity:
                kept.popitem(last=False)


# ---------------------------------------------------------------- the indexes and a full scan


@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=8, unique_by=lambda r: r.name), st.sampled_from(ASKED))
@settings(deadline=None, max_examples=60)
def test_the_indexes_leave_nothing_out_that_a_full_scan_finds(revisions: list[Revision], text: str) -> None:
    with patch.object(drawers, "FEW", 1):  # as where many share their columns
        quick = told(decided(library(*revisions), text))
    scanned = library(*revisions)

    def wordings(self: index.Index, _words: frozenset[str]) -> list[index.Wording]:
        return [w for shape in self._shapes.values() for w in shape.wordings]

    def texts(self: text_index.TextIndex, _form: object) -> list[text_index.TextMeanings]:
        return [m for e in self._entries.values() if (m := e.meanings) is not None]

    with (
        patch.object(index.Index, "candidates", wordings),
        patch.object(text_index.TextIndex, "candidates", texts),
        patch.object(drawers, "FEW", 1_000),
    ):
        assert told(decided(scanned, text)) == quick


CHANGES = st.tuples(st.sampled_from(("revise", "retire", "restore", "pin", "unpin")), st.integers(0, len(ALL) - 1))


@given(st.lists(CHANGES, max_size=12), st.lists(st.integers(0, 12), max_size=4))
@settings(deadline=None, max_examples=40)
def test_after_any_changes_it_answers_like_one_that_knows_only_what_is_left(
    changes: list[tuple[str, int]], asked_at: list[int]
) -> None:
    made = library(*ALL)
    answering = {one.name: [one] for one in ALL}
    retired, pinned = set[str](), set[str]()
    for clock, (kind, place) in enumerate(changes, len(ALL) + 1):
        name = ALL[place].name
        if clock - len(ALL) in asked_at:  # some are filed by now, others wait
            decided(made, ASKED[place])
        if kind == "revise":
            newest = revised(ALL[place], len(answering[name]) + 1)
            answering[name].append(newest)
            made.apply(event("revision", raw(newest), clock))
            continue
        made.apply(event(kind, {"name": name, "number": 1}, clock))
        {"retire": retired.add, "restore": retired.discard, "pin": pinned.add, "unpin": pinned.discard}[kind](name)
    left = [versions[0 if name in pinned else -1] for name, versions in answering.items() if name not in retired]
    fresh = library(*left)
    for text in (*ASKED, "How many apples does a thief sell in 9 days?", "What is the mean price in sales at Oslo?"):
        assert told(decided(made, text)) == told(decided(fresh, text)), text


def revised(one: Revision, number: int) -> Revision:
    """A version that says it in other words: who asks in the old ones must not find it by them."""
    texts = [t.text.replace("baker", "thief").replace(" for {", " at {") for t in one.templates]
    return replace(
        one,
        number=number,
        proc_id=hashlib.sha256(f"{one.name}@{number}".encode()).hexdigest(),
        templates=tuple(map(Template, texts)),
        question=texts[0].format(**{p.name: p.example for p in one.parameters}),
    )


def test_what_is_taken_out_is_in_no_index() -> None:
    filing = Filing()
    for one in ALL:
        filing.put(one.name, Stored(one))
    assert filing.settle() == []
    assert filing.grounds.may_answer(SALES)
    assert filing.wordings.knows("boats")
    for one in ALL:
        filing.put(one.name, None)
    words = frozenset(word.casefold() for text in ASKED for word in text.rstrip("?").split())
    assert not any(map(filing.wordings.knows, words))
    assert (len(filing), len(filing.wordings), len(filing.texts)) == (0, 0, 0)
    assert (filing.wordings.candidates(words), filing.wordings.nearest(words, 5)) == ([], [])
    assert not filing.grounds.may_answer(SALES)
    assert all(filing.wordings.asked(one.question) == [] for one in ALL)


# ---------------------------------------------------------------- several readers


def test_two_threads_ask_while_a_third_publishes_and_retires() -> None:
    made = library(*ALL[1:])
    expected = {text: told(decided(library(*ALL[1:]), text)) for text in ASKED if "mean" not in text}
    steady = {t: e for t, e in expected.items() if "average" not in t and e[0]}
    wrong: list[object] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                wrong.extend((t, told(d)) for t, e in steady.items() if told(d := decided(made, t)) != e)
        except Exception as error:  # noqa: BLE001 - in a thread nobody sees it
            wrong.append(error)

    readers = [threading.Thread(target=ask) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 40):
        made.apply(event("revision", raw(tabular("mean", number)), 2 * number + 100))
        made.settle(1)
        made.apply(event("retire" if number % 2 else "restore", {"name": "mean_price"}, 2 * number + 101))
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    made.apply(event("restore", {"name": "mean_price"}, 1_000))
    assert decided(made, ASKED[0]).revision == tabular("mean", 39)


def test_what_one_reader_takes_out_another_finds_no_more(tmp_path: Path) -> None:
    one, other = (Catalogue(FolderLog(tmp_path / "store"), Approvals(tmp_path / "own")) for _ in range(2))
    text = "How many boats does a sailor sell in 9 days?"
    one.publish(plain("boats", "sailor"))
    assert other.follow()
    assert decided(other.library, text).hit
    other.retire("sailor_boats")
    assert one.follow()
    assert not decided(one.library, text).hit
    one.close()
    other.close()


# ---------------------------------------------------------------- the way of a hit


def test_a_hit_loads_nothing_heavy_and_touches_neither_files_nor_the_network() -> None:
    code = f"""
import sys
from seglam_magics.cache import Library
from seglam_magics.procedure.domains import Domains
from seglam_magics.procedure import from_record
from seglam_magics.question import read
from seglam_magics.words import Column, Variable
library, records, table = Library(), {[to_record(one) for one in ALL]!r}, {TABLE!r}
for record in records:
    library.put(from_record(record))
sales = Variable("sales", "frame", "list", 2, (Column("region", "str"), Column("price", "float")))
def asked(text):
    reading = read(text, {{"sales": sales}} if "price" in text else {{}})
    decision = library.decide(reading, values=Domains(table, table))
    library.remember(reading, None, decision)
    return decision
tiers = {{asked(text.replace("Oslo", "Riga")).tier for text in {ASKED!r}}}
seen = []
sys.addaudithook(lambda name, _: seen.append(name))
tiers |= {{asked(text).tier for text in {ASKED!r}}}
tiers |= {{asked(text).tier for text in {ASKED!r}}}
touched = {{name for name in seen if name.split(".")[0] in ("open", "socket", "os", "subprocess", "import")}}
heavy = {{"numpy", "pandas", "pyarrow", "polars", "narwhals", "duckdb", "pydantic", "litellm", "hypothesis",
         "spellchecker", "httpx", "asyncio", "IPython"}}
print(sorted(t for t in tiers if t), sorted(touched), sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['exact', 'grounded', 'template', 'text'] [] []"
