from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.notebook.status import saved, status_line
from seglam_magics.notebook.wording import brief, messages, money, one_line, say, span, visible
from seglam_magics.words import Answer, Binding, Check, Decision, Revision, Usage, Verdict

CHECKS = tuple(Check(f"property p{n}", ok=True, cases=100) for n in range(5))
TOP = Revision("top_growth", 1, "ab12cd34", "def top_growth(): ...", verdict=Verdict(ok=True, checks=CHECKS))
COST = Usage("anthropic/claude", 1, 1812, 640, 0.0131, 5.9)
MISS = Answer([], False, TOP, Decision(hit=False), usage=COST, seconds=6.2)
HIT = Answer(
    [],
    True,
    TOP,
    Decision(hit=True, tier="template", bindings={"frame": Binding("frame", "q3", "variable")}),
    slots={"frame": "q3", "k": 5, "by": "shop"},
    saved=COST,
    seconds=0.0112,
)


def changed(answer: Answer, **fields: object) -> Answer:
    return dataclasses.replace(answer, **fields)


def test_a_miss_names_procedure_model_tokens_price_time_and_evidence() -> None:
    assert status_line(MISS) == (
        "miss · compiled top_growth v1 · anthropic/claude · 1,812 in / 640 out · ≈ $0.0131 · 6.2 s"
        " · 5 properties hold (500 cases)"
    )


def test_a_hit_names_procedure_slots_time_and_what_was_saved() -> None:
    assert status_line(HIT) == "hit · top_growth v1 · k=5, by='shop', frame=q3 · 11 ms · no model · saved ≈ $0.0131"


def test_an_unknown_price_is_unknown_and_never_nothing() -> None:
    unknown = dataclasses.replace(COST, usd=None)
    assert "cost unknown" in status_line(changed(MISS, usage=unknown))
    assert "$" not in status_line(changed(MISS, usage=unknown))
    assert status_line(changed(HIT, saved=unknown)).endswith("no model · saved 2,452 tokens")


def test_the_scripted_model_is_free() -> None:
    assert "· free ·" in status_line(changed(MISS, usage=dataclasses.replace(COST, usd=0.0)))


def test_a_correction_by_hand_has_saved_nothing_and_says_nothing() -> None:
    assert status_line(changed(HIT, saved=None)).endswith("no model")
    assert saved(Usage()) == ""


def test_notes_are_lines_of_their_own() -> None:
    assert status_line(changed(HIT, notes=("the result is empty",))).splitlines()[1:] == ["the result is empty"]


def test_one_property_is_singular_and_none_is_said() -> None:
    one = dataclasses.replace(TOP, verdict=Verdict(ok=True, checks=CHECKS[:1]))
    assert status_line(changed(MISS, revision=one)).endswith("1 property holds (100 cases)")
    assert status_line(changed(MISS, revision=dataclasses.replace(TOP, verdict=None))).endswith("no properties")


def test_without_timings_equal_answers_give_equal_lines() -> None:
    assert status_line(HIT, timings=False) == status_line(changed(HIT, seconds=99.0), timings=False)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.one_of(st.text(), st.integers(), st.lists(st.text()))))
def test_whatever_is_in_a_slot_the_line_stays_one_printable_line(slots: dict[str, object]) -> None:
    bindings = {name: Binding(name, value, "text") for name, value in slots.items()}
    line = status_line(changed(HIT, slots={"s": list(slots.values())}, decision=Decision(hit=True, bindings=bindings)))
    assert len(line.splitlines()) == 1
    assert len(line) < 200


@given(st.floats(min_value=0, max_value=1e6))
def test_a_price_above_nothing_is_never_shown_as_nothing(usd: float) -> None:
    shown = money(usd)
    assert (shown == "free") == (usd == 0)
    assert "0.0000" not in shown


@given(st.text())
def test_nothing_hidden_is_left_in_visible_text(text: str) -> None:
    assert not set(visible(text)) & set("\x1b\u202e\u2066\u200b\r\x00")
    assert "\n" not in one_line(text)
    assert len(one_line(text)) <= 40


def test_a_huge_value_is_cut_without_being_read() -> None:
    assert len(brief(list(range(1_000_000)))) <= 40
    assert len(brief("x" * 10_000_000)) <= 40
    assert brief(10**5000)


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_a_repr_that_raises_is_no_error() -> None:
    assert "Rude" in brief(Rude())


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.9994, "999 ms"), (0.9996, "1.0 s"), (99.94, "99.9 s"), (3600, "60 min 0 s")]
)
def test_durations_do_not_jump_at_their_borders(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_every_wording_is_text_and_can_be_asked_for() -> None:
    for section, wordings in messages().items():
        for name, text in wordings.items():
            assert text
            assert "{" in text or say(f"{section}.{name}") == text
