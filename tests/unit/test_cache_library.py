"""Which revision answers: tiers, corrections, rivals, guards, and reasons for misses. Fed by events, as in a kernel."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cache import Library
from seglam_magics.cache.filing import Filing
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import to_record
from seglam_magics.procedure.stored import Stored
from seglam_magics.question import read
from seglam_magics.words import Binding, Column, Decision, Event, Parameter, Revision, Template, Variable

SALES = Variable("sales", "frame", columns=(Column("region", "str"), Column("price", "float")))
Q3 = Variable("q3", "frame", columns=(Column("region", "str"), Column("revenue", "float")))
K = Parameter("k", "int", example=3)
FRAME = Parameter("frame", "frame", example="sales")
TOP = "the {k} largest values"
_clock = itertools.count(1)


def event(kind: str, data: Mapping[str, Any], clock: int | None = None, kernel: str = "a") -> Event:
    clock = next(_clock) if clock is None else clock
    return Event(kind, data, kernel=kernel, number=clock, clock=clock)


def revision(
    name: str, *wordings: str, number: int = 1, parameters: tuple[Parameter, ...] = (K,), **more: Any
) -> Revision:
    facts: dict[str, Any] = {"created": float(next(_clock)), **more}
    return Revision(
        name,
        number,
        hashlib.sha256(f"{name}@{number}".encode()).hexdigest(),
        f"def {name}(): pass",
        parameters=parameters,
        templates=tuple(Template(w) for w in wordings),
        **facts,
    )


def stored(*revisions: Revision) -> Library:
    library = Library()
    for one in revisions:
        library.apply(event("revision", to_record(one)))
    return library


def asked(library: Library, text: str, *variables: Variable, **more: Any) -> Decision:
    return library.decide(read(text, {v.name: v for v in variables}), **more)


def served(library: Library, text: str, *variables: Variable, cell: str | None = None) -> Decision:
    """Ask, and remember as the reasoner does after it has answered."""
    reading = read(text, {v.name: v for v in variables})
    decision = library.decide(reading, cell=cell)
    library.remember(reading, cell, decision)
    return decision


# ---------------------------------------------------------------- tiers


def test_a_question_hits_by_wording_then_exactly_then_by_its_cell() -> None:
    library = stored(revision("top", TOP))
    tiers = [served(library, "the five largest values", cell=cell).tier for cell in (None, "c1", "c1", None)]
    assert tiers == ["template", "exact", "cell", "exact"]
    decision = asked(library, "the  five largest values ", cell="c1")
    assert (decision.tier, decision.bindings["k"].value) == ("cell", 5)
    assert asked(library, "the 6 largest values", cell="c1").tier == "template"


def test_a_decision_shows_how_it_was_made() -> None:
    one = revision("top", "show the {k} biggest", TOP)
    decision = asked(stored(one), "the 7 largest values")
    assert (decision.hit, decision.template, decision.revision, decision.rivals) == (True, TOP, one, ())
    assert decision.bindings == {"k": Binding("k", 7, "text", "7")}
    assert [(c.revision, c.blocked) for c in decision.candidates] == [("top@1", "")]


def test_what_was_evicted_is_asked_of_the_wordings_again() -> None:
    library = Library(capacity=3)
    library.put(revision("top", TOP))
    for k in range(10, 20):
        served(library, f"the {k} largest values", cell=f"c{k}")
    assert asked(library, "the 19 largest values").tier == "exact"
    assert asked(library, "the 10 largest values", cell="c10").tier == "template"
    assert asked(library, "the 10 smallest values").hit is False


def test_another_kind_column_or_name_is_another_question() -> None:
    mean = revision("mean", "the mean price in {frame}", parameters=(FRAME,))
    library = stored(mean)
    assert served(library, "the mean price in sales", SALES).tier == "template"
    assert asked(library, "the mean price in sales", SALES).tier == "exact"
    more = Variable("sales", "frame", columns=(*SALES.columns, Column("x", "int")))
    assert asked(library, "the mean price in sales", more).tier == "template"
    assert asked(library, "the mean price in sales", SALES, Q3).tier == "template"
    assert asked(library, "the mean price in sales", Variable("sales", "list")).hit is False
    assert asked(library, "the mean price in sales").hit is False


def test_an_implied_frame_is_no_longer_implied_when_there_are_two() -> None:
    library = stored(revision("rows", "how many rows are there", parameters=(FRAME,)))
    assert served(library, "how many rows are there", SALES).bindings["frame"].value == "sales"
    assert asked(library, "how many rows are there", Q3).bindings["frame"].value == "q3"
    assert "which frame: sales or q3?" in asked(library, "how many rows are there", SALES, Q3).reason


def test_the_very_question_of_a_revision_hits_in_a_new_kernel_without_a_fitting_wording() -> None:
    text = "Größte drei Werte von sales, bitte"
    one = revision("top", "the {k} largest of {frame}", parameters=(K, FRAME), question=text)
    library = stored(one)
    decision = asked(library, text, SALES)
    assert (decision.tier, {n: b.value for n, b in decision.bindings.items()}) == ("exact", {"k": 3, "frame": "sales"})
    assert asked(library, text, Q3).hit is False
    assert asked(library, text.replace("drei", "vier"), SALES).hit is False


def test_a_value_that_came_from_a_variable_is_not_taken_from_the_example() -> None:
    one = revision("top", "the {k} largest", question="die k größten Werte")
    assert asked(stored(one), "die k größten Werte", Variable("k", "int")).hit is False


# ---------------------------------------------------------------- guards


def test_a_guard_turns_a_hit_into_a_miss_with_its_reason() -> None:
    library = stored(revision("top", TOP))
    decision = asked(library, "the 7 largest values", fits=lambda _r, b: f"{b['k'].value} is too many")
    assert (decision.hit, decision.reason) == (False, "7 is too many (nearest: top@1)")
    assert [(c.revision, c.blocked, c.template) for c in decision.candidates] == [("top@1", "7 is too many", TOP)]


def test_guards_hold_for_what_is_remembered_too() -> None:
    library = stored(revision("top", TOP))
    served(library, "the 7 largest values", cell="c")
    assert asked(library, "the 7 largest values", cell="c", fits=lambda _r, _b: "no such column").hit is False


def test_the_data_may_leave_one_of_two_ways_to_read_a_wording() -> None:
    value = Parameter("what", "str", domain={"column": "what"}, example="tea")
    town = Parameter("town", "str", domain={"column": "town"}, example="Riga")
    library = stored(revision("sold", "how much {what} of {town} was sold", parameters=(value, town)))
    text = "how much bag of tea of Riga was sold"

    def in_data(_revision: Revision, bindings: Mapping[str, Binding]) -> str:
        return "" if bindings["what"].value in ("bag of tea", "tea") else f"no {bindings['what'].value!r} in the data"

    assert asked(library, text).reason == "it can be read in two ways (nearest: sold@1)"
    assert asked(library, text, fits=in_data).bindings["town"].value == "Riga"


# ---------------------------------------------------------------- rivals


def test_other_procedures_that_fit_are_rivals_newest_first() -> None:
    old, mid, new = (revision(name, TOP) for name in ("old", "mid", "new"))
    decision = asked(stored(mid, new, old), "the 5 largest values")
    assert decision.revision == new
    assert [(r.name, b["k"].value) for r, b in decision.rivals] == [("mid", 5), ("old", 5)]


def test_two_wordings_of_one_procedure_that_say_the_same_are_one() -> None:
    decision = asked(stored(revision("top", TOP, "the {k} largest values?")), "the 5 largest values")
    assert decision.rivals == ()


def test_a_wording_that_says_something_else_with_the_same_words_is_a_rival() -> None:
    j = Parameter("j", "int", example=2)
    both = revision("split", "take {k} of {j} parts", "take {j} of {k} parts", parameters=(K, j))
    decision = asked(stored(both), "take 5 of 7 parts")
    assert {b["k"].value for b in (decision.bindings, *(b for _, b in decision.rivals))} == {5, 7}


def test_too_many_rivals_are_a_miss() -> None:
    library = stored(*(revision(f"p{n}", TOP) for n in range(10)))
    decision = asked(library, "the 5 largest values")
    assert (decision.hit, decision.reason[:19]) == (False, "10 procedures fit: ")


def test_a_rival_published_later_is_found_for_a_remembered_question_too() -> None:
    library = stored(revision("top", TOP))
    served(library, "the 5 largest values", cell="c")
    library.apply(event("revision", to_record(revision("other", TOP))))
    decision = asked(library, "the 5 largest values", cell="c")
    assert (decision.revision.name if decision.revision else "", [r.name for r, _ in decision.rivals]) == (
        "top",
        ["other"],
    )


# ---------------------------------------------------------------- corrections


def test_only_the_newest_revision_of_a_name_is_matched() -> None:
    library = stored(revision("top", TOP), revision("top", "the {k} tallest trees", number=2))
    assert asked(library, "the 5 largest values").hit is False
    assert asked(library, "the 5 tallest trees").revision == library.head("top")


def test_a_remembered_revision_is_forgotten_when_it_is_superseded() -> None:
    library = stored(revision("top", TOP))
    served(library, "the 5 largest values", cell="c")
    library.apply(event("revision", to_record(revision("top", TOP, number=2))))
    decision = asked(library, "the 5 largest values", cell="c")
    assert (decision.tier, decision.revision) == ("template", library.get("top@2"))


def test_a_pinned_revision_answers_in_place_of_the_newest() -> None:
    library = stored(revision("top", TOP), revision("top", TOP, number=2))
    library.apply(event("pin", {"name": "top", "number": 1}))
    assert library.pinned("top") == 1
    assert asked(library, "the 5 largest values").revision == library.get("top@1")
    library.apply(event("unpin", {"name": "top"}))
    assert asked(library, "the 5 largest values").revision == library.get("top@2")


def test_a_retired_procedure_never_answers_until_it_is_restored() -> None:
    library = stored(revision("top", TOP, question="the 3 largest values"))
    served(library, "the 3 largest values", cell="c")
    library.apply(event("retire", {"name": "top"}))
    assert library.retired("top")
    assert asked(library, "the 3 largest values", cell="c").hit is False
    assert asked(library, "the 3 largest values", forced="top").reason == "top is retired"
    assert library.names() == ("top",)
    library.apply(event("restore", {"name": "top"}))
    assert asked(library, "the 3 largest values", cell="c").hit is True


def test_a_rejected_pair_never_matches_again_and_others_still_do() -> None:
    one = revision("top", TOP, question="the 3 largest values")
    library = stored(one)
    served(library, "the 3 largest values", cell="c")
    pair = {"question": "the  3 largest\nvalues", "proc_id": one.proc_id}
    library.apply(event("reject", pair))
    for forced in (None, "top"):
        decision = asked(library, "the 3 largest values", cell="c", forced=forced)
        assert decision.hit is False
        assert "rejected" in decision.reason
    assert asked(library, "the 4 largest values").hit is True
    library.apply(event("unreject", pair))
    assert asked(library, "the 3 largest values").hit is True


CORRECTIONS = [
    event("retire", {"name": "top"}, 11),
    event("restore", {"name": "top"}, 12, "b"),
    event("pin", {"name": "top", "number": 1}, 13),
    event("pin", {"name": "top", "number": 2}, 14, "b"),
    event("reject", {"question": "the 3 largest values", "proc_id": "x"}, 15),
    event("unreject", {"question": "the 3 largest values", "proc_id": "x"}, 16, "b"),
    event("revision", to_record(revision("top", TOP)), 1),
    event("revision", to_record(revision("top", TOP, number=2)), 2, "b"),
    event("revision", to_record(revision("top", TOP, number=3)), 3),
]


@given(st.permutations(CORRECTIONS))
def test_the_order_in_which_events_arrive_does_not_matter(events: list[Event]) -> None:
    library = Library()
    for one in events:
        library.apply(one)
    assert (library.retired("top"), library.pinned("top"), len(library.versions("top"))) == (False, 2, 3)
    assert asked(library, "the 3 largest values").revision == library.get("top@2")


def test_a_record_that_cannot_be_read_is_left_out_and_named() -> None:
    library = stored(revision("top", TOP))
    library.apply(event("revision", {"name": "later", "number": 7, "parameters": [{"shape": "new"}]}))
    library.apply(event("hit", {"question": "x"}))
    assert library.unreadable == ("later@7",)
    assert library.names() == ("top",)


def test_an_unusable_wording_does_not_stand_in_the_way_of_the_others() -> None:
    library = stored(revision("top", "{k}", "{gone} values of {k}", "largest {", TOP))
    assert asked(library, "the 5 largest values").hit is True


# ---------------------------------------------------------------- labels


def test_revisions_are_found_by_name_label_and_the_start_of_their_id() -> None:
    one, two = revision("top", TOP), revision("top", TOP, number=2)
    library = stored(two, one)
    assert library.get("top") == library.head("top") == two
    assert library.get("top@1") == library.get(one.proc_id) == one
    assert library.versions("top") == (one, two)
    assert library.get(one.proc_id[:8]) == one
    unknown = ["top@3", "top@x", "tip", one.proc_id[:7], "0" * 8]
    assert [library.get(label) for label in unknown] == [None] * len(unknown)
    assert library.head("tip") is None
    assert library.versions("tip") == ()


def test_a_forced_procedure_is_the_only_one_that_may_answer() -> None:
    library = stored(revision("top", TOP), revision("top", "the {k} tallest trees", number=2), revision("other", TOP))
    assert asked(library, "the 5 largest values", forced="top@1").tier == "forced"
    assert asked(library, "the 5 largest values", forced="other").rivals == ()
    missed = asked(library, "the 5 largest values", forced="top")
    assert (missed.hit, missed.reason) == (False, "blocked by 'largest'")
    with pytest.raises(SeglamError) as caught:
        asked(library, "the 5 largest values", forced="tops")
    assert (caught.value.code, caught.value.hint) == ("E-PROCEDURE-UNKNOWN", "did you mean top?")


def test_a_forced_answer_is_not_remembered_for_others() -> None:
    library = stored(revision("top", TOP), revision("other", TOP))
    reading = read("the 5 largest values", {})
    library.remember(reading, "c", library.decide(reading, forced="top"))
    assert library.decide(reading, cell="c").tier == "template"


# ---------------------------------------------------------------- misses


def test_a_miss_names_what_blocked_the_nearest_procedure() -> None:
    library = stored(revision("top", TOP), revision("far", "how many rivers flow north of {k} towns"))
    decision = asked(library, "the 5 median values")
    assert (decision.hit, decision.reason) == (False, "blocked by 'median' (nearest: top@1)")
    assert [(c.revision, c.blocked) for c in decision.candidates] == [("top@1", "blocked by 'median'")]


def test_a_miss_says_when_nothing_is_stored_or_near() -> None:
    assert asked(Library(), "the 5 largest values").reason == "nothing is stored yet"
    assert asked(stored(revision("top", TOP)), "which zebra sleeps?").reason == "no stored wording speaks of 'zebra'"
    assert asked(stored(revision("top", TOP)), "values?").reason.startswith(
        ("no stored wording", "blocked", "the question", "the wording says 'largest'")
    )


def test_at_most_five_candidates_one_a_revision() -> None:
    library = stored(*(revision(f"p{n}", TOP, f"the {{k}} largest of {n}00 values") for n in range(7)))
    decision = asked(library, "the 5 median values")
    assert len(decision.candidates) == 5
    assert len({c.revision for c in decision.candidates}) == 5


# ---------------------------------------------------------------- size


def filed(*revisions: Revision) -> Filing:
    filing = Filing()
    for one in revisions:
        filing.put(one.name, Stored(one))
    assert filing.settle() == []
    return filing


def test_the_wordings_looked_at_do_not_grow_with_the_library() -> None:
    def looked_at(size: int) -> int:
        wordings = ("what is the mean w{n}x per group in {{k}} days", "average w{n}x for {{k}} days")
        filing = filed(*(revision(f"p{n}", *(w.format(n=n) for w in wordings)) for n in range(size)))
        return len(filing.wordings.candidates(frozenset("what is the mean w 7 x per group in 9 days".split())))

    assert looked_at(2_000) <= looked_at(20) + 1


def test_a_superseded_wording_leaves_the_index() -> None:
    revisions = [revision("top", f"the {{k}} largest of {number * 100}", number=number) for number in range(1, 30)]
    filing = Filing()
    library = Library()
    for one in revisions:
        library.put(one)
        filing.put(one.name, Stored(one))
        assert filing.settle() == []
    every = frozenset({"the", "largest", "of", *(str(number * 100) for number in range(1, 30))})
    assert [w.text for w in filing.wordings.candidates(every)] == ["the {k} largest of 2900"]
    filing.put("top", None)
    assert not filing.wordings.candidates(every)
    assert not filing.wordings.knows("largest")
    assert asked(library, "the 5 largest of 2900").hit is True
