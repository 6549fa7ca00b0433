"""Filing: what a procedure would answer alone it also answers among many, and what was taken out is found no more."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seglam_magics.cache import Library
from seglam_magics.cache.anchors import Holders
from seglam_magics.cache.drawers import FEW
from seglam_magics.cache.filing import Filing
from seglam_magics.cache.library import NO_VALUES
from seglam_magics.procedure import to_record
from seglam_magics.procedure.stored import RawRecord, Stored
from seglam_magics.question import content, ground, read
from seglam_magics.words import Column, Decision, Event, Meaning, Parameter, Revision, Template, Variable

COLUMNS = (Column("region", "str"), Column("visits", "int"), Column("body_mass", "float"), Column("year", "int"))
FRAME = Variable("sales", "frame", columns=COLUMNS)
OVER = (
    "What is the mean {value}?",
    "Give the highest {value} for each {by}",
    "How many {value} are there with {other} over {limit}?",
    "the total {value} with {other} under {limit}",
    "the average {value} of the tenants",
    "Show the median {value} among loyal tenants where {other} is at least {limit}",
    "top {k} by {value}",
    "Какое среднее {value}?",
    "the smallest {value} that isn't settled",
)
PLAIN = (
    "How many apples are left after eating {a} of {b}?",
    "A baker sells {a} loaves a day; how many in {b} weeks?",
    "What is {a} plus {b}?",
    "Сколько яблок останется, если съесть {a} из {b}?",
    "Is the {a} bigger than {b}?",
    "Who is the smallest tenant of {city}?",
    "Which tenant from {city} isn't paying?",
)
SLOTS = {
    "value": Parameter("value", "column", domain={"dtype": "number"}, example="visits"),
    "other": Parameter("other", "column", domain={"dtype": "number"}, example="body_mass"),
    "by": Parameter("by", "column", example="region"),
    "limit": Parameter("limit", "int", example=7),
    "k": Parameter("k", "int", example=3),
    "a": Parameter("a", "int", example=12),
    "b": Parameter("b", "int", example=40),
    "city": Parameter("city", "str", example="Riga"),
}
FILLED = {"value": "body mass", "other": "visits", "by": "year", "limit": "90", "k": "5", "a": "3", "b": "70"}
ASKED = {
    "maximum": "highest",
    "mean": "average",
    "average": "mean",
    "total": "sum of the",
    "apples": "apple",
    "tenants": "tenant",
    "sells": "sold",
}


def meaning(text: str) -> Meaning:
    kinds = {"mean": "mean", "average": "mean", "highest": "max", "How many {value}": "count", "total": "sum"}
    aggregate = next((kind for said, kind in kinds.items() if said in text), "")
    sign = ">" if "over" in text else "<"
    conditions = (f"other {sign} limit",) if "{other}" in text else ()
    return Meaning(aggregate, "value", conditions, ("by",) if "{by}" in text else ()) if aggregate else Meaning()


def procedure(name: str, *texts: str, declares: bool = True) -> Revision:
    slots = tuple(p for slot, p in SLOTS.items() if any(f"{{{slot}}}" in text for text in texts))
    tabular = any("{value}" in text for text in texts)
    frame = (Parameter("frame", "frame", example="sales"),) if tabular else ()
    shown = {p.name: str(p.example) for p in slots}
    return Revision(
        name,
        1,
        hashlib.sha256(name.encode()).hexdigest(),
        f"def {name}(): return 1",
        parameters=(*frame, *slots),
        templates=tuple(map(Template, texts)),
        meaning=meaning(texts[0]) if declares and tabular else Meaning(),
        question=texts[0].format(**shown),
    )


def stored(revision: Revision, clock: int) -> Event:
    record = json.dumps(to_record(revision), ensure_ascii=False, separators=(",", ":")).encode()
    return Event("revision", RawRecord(record), "a", clock, clock)


@cache
def crowd() -> tuple[Revision, ...]:
    """More procedures than are looked through, of other words but of the same columns and slots."""
    things = [f"{one}{two}" for one in ("gor", "num", "tul", "pib", "lok") for two in ("ta", "mi", "zu", "re", "fe")]
    over = [procedure(f"o{n}", f"the {{value}} of every {thing}") for n, thing in enumerate(things * 2)]
    assert len(over) > FEW
    return (*over, *(procedure(f"p{n}", f"the {thing} of {{a}} and {{b}}") for n, thing in enumerate(things)))


def library(*revisions: Revision) -> Library:
    made = Library()
    for clock, revision in enumerate(revisions, 1):
        made.apply(stored(revision, clock))
    return made


def decided(made: Library, text: str, *, tabular: bool) -> Decision:
    return made.decide(read(text, {"sales": FRAME} if tabular else {}))


@settings(deadline=None, max_examples=60)
@given(
    texts=st.sampled_from((OVER, PLAIN)).flatmap(lambda t: st.lists(st.sampled_from(t), min_size=1, max_size=3)),
    city=st.sampled_from(("Oslo", "riga", "New York")),
    other=st.booleans(),
    declares=st.booleans(),
    data=st.data(),
)
def test_among_many_it_answers_what_it_answers_alone(
    texts: list[str],
    city: str,
    other: bool,
    declares: bool,
    data: st.DataObject,
) -> None:
    one = procedure("wanted", *dict.fromkeys(texts), declares=declares)
    tabular = texts[0] in OVER
    text = data.draw(st.sampled_from(OVER if tabular else PLAIN)).format(**FILLED, city=city)
    for word, said in ASKED.items() if other else ():
        text = text.replace(word, said)
    alone = decided(library(one), text, tabular=tabular)
    among = decided(library(*crowd()[:40], one, *crowd()[40:]), text, tabular=tabular)
    assert among.hit == alone.hit, (text, alone.reason, among.reason)
    if alone.hit:
        assert (among.revision, among.bindings, among.tier) == (one, alone.bindings, alone.tier)


def test_of_many_only_few_are_looked_at() -> None:
    filing = Filing()
    for one in (*crowd(), procedure("wanted", "the average {value} of the tenants", declares=False)):
        filing.put(one.name, Stored(one))
    assert filing.settle() == []
    form = content(read("the gorta of 3 and 4", {}))
    assert [m.revision.name for m in filing.texts.candidates(form)] == ["p0"]
    assert filing.texts.candidates(content(read("the gorta of 3 and 4 among women", {}))) == []

    def meant(text: str) -> list[str]:
        grounded = ground(read(text, {"sales": FRAME}), FRAME, NO_VALUES)
        return [m.revision.name for m in filing.grounds.candidates(grounded.forms[0])]

    assert meant("the body mass of every gorta") == ["o0", "o25"]
    assert meant("the average body mass of the tenant") == ["wanted"]
    assert meant("the average body mass of the tenant among women") == []


def test_a_part_at_a_time_comes_to_the_same() -> None:
    whole, parts = library(*crowd()), library(*crowd())
    assert not whole.settle()
    steps = 1
    while parts.settle(7):
        steps += 1
    assert steps == -(-len(crowd()) // 7)
    for text in ("the gorta of 3 and 4", "the numzu of 1 and 2"):
        assert decided(parts, text, tabular=False) == decided(whole, text, tabular=False)


def test_what_turns_out_unreadable_answers_no_more_and_the_one_before_it_does() -> None:
    made = library(procedure("top", "the gorta of {a} and {b}"))
    later = to_record(procedure("top", "the gorta of {a} and {b}")) | {"number": 2, "proc_id": "ab" * 32}
    text = json.dumps(later | {"templates": [{"text": "the {a}", "tone": "warm"}]}, separators=(",", ":")).encode()
    made.apply(Event("revision", RawRecord(text), "a", 2, 2))
    assert made.settle(1)  # the one before it waits now
    assert not made.settle(1)
    assert made.unreadable == ("top@2",)
    assert decided(made, "the gorta of 8 and 9", tabular=False).revision == made.head("top") == made.get("top@1")


WORDS = st.frozensets(st.sampled_from("abcdef"), max_size=4)


class Held(RuleBasedStateMachine):
    """`Holders` beside a plain table of what was filed."""

    def __init__(self) -> None:
        super().__init__()
        self.holders: Holders[int] = Holders()
        self.plain: dict[int, frozenset[str]] = {}

    @rule(words=WORDS, key=st.integers(0, 9))
    def add(self, words: frozenset[str], key: int) -> None:
        if key not in self.plain:
            self.holders.add(words, key)
            self.plain[key] = words

    @rule(key=st.integers(0, 9))
    def discard(self, key: int) -> None:
        self.holders.discard(self.plain.pop(key, frozenset()), key)

    @rule(words=WORDS)
    def holding(self, words: frozenset[str]) -> None:
        assert sorted(self.holders.holding(words)) == sorted(k for k, own in self.plain.items() if words <= own)

    @invariant()
    def all_are_held(self) -> None:
        assert sorted(self.holders.holding(())) == sorted(self.plain)


TestHolders = Held.TestCase
TestHolders.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
