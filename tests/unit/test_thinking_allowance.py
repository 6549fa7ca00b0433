"""What a budget asks for: hurry, then answer, then stop; each once, and none too early."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.thinking.allowance import Due, Limits, Used, due, shares, think_little

LIMITS = Limits(seconds=100.0, tokens=20_000, usd=1.0)


def asked(used: Used, level: int = 3, said: frozenset[str] = frozenset(), **more: float) -> Due:
    given_ = {"usual_thinking": 5_000.0, "thought": 1_000, "again": Used(tokens=500)} | more
    return due(LIMITS, used, level=lambda: level, said=said, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("used", "step", "kind"),
    [
        (Used(10, 1_000, 0.2), "go on", "usd"),
        (Used(70, 1_000, 0.1), "hurry", "seconds"),
        (Used(10, 14_100, 0.1), "hurry", "tokens"),
        (Used(10, 16_500, 0.1), "answer", "tokens"),
        (Used(80, 1_000, 0.1), "answer", "seconds"),
        (Used(10, 1_000, 0.85), "answer", "usd"),
        (Used(100, 1_000, 0.1), "stop", "seconds"),
        (Used(10, 20_000, 0.1), "stop", "tokens"),
        (Used(10, 1_000, 1.1), "stop", "usd"),
    ],
)
def test_a09_each_kind_of_budget_asks_for_its_step(used: Used, step: str, kind: str) -> None:
    found = asked(used)
    assert (found.step, found.kind) == (step, kind)


def test_what_was_said_is_not_said_again() -> None:
    assert asked(Used(72, 0, 0), said=frozenset({"hurry"})).step == "go on"
    assert asked(Used(90, 0, 0), said=frozenset({"strict"})).step == "go on"
    assert asked(Used(100, 0, 0), said=frozenset({"strict", "hurry"})).step == "stop"


def test_a_run_that_would_begin_again_is_hurried_only_early() -> None:
    assert asked(Used(72, 0, 0), level=1).step == "hurry"
    assert asked(Used(72, 0, 0), level=1, thought=4_000).step == "go on"
    assert (
        due(LIMITS, Used(72), level=lambda: 1, said=frozenset(), usual_thinking=None, thought=0, again=Used()).step
        == "go on"
    )


@given(st.floats(0, 200), st.integers(0, 40_000), st.floats(0, 2), st.integers(0, 3))
def test_nothing_goes_on_over_a_limit_and_nothing_is_done_below_seventy_percent(
    seconds: float, tokens: int, usd: float, level: int
) -> None:
    used = Used(seconds, tokens, usd)
    most = max(shares(LIMITS, used).values())
    step = asked(used, level=level).step
    assert (step == "stop") == (most >= 1)
    assert step == "go on" or most >= 0.7


def test_without_limits_nothing_is_asked_for() -> None:
    assert (
        due(
            Limits(),
            Used(1e9, 10**9, 1e9),
            level=lambda: 3,
            said=frozenset(),
            usual_thinking=1,
            thought=1,
            again=Used(tokens=1),
        )
        == Due()
    )


def test_an_unknown_price_does_not_count() -> None:
    assert "usd" not in shares(Limits(usd=1.0), Used(usd=None))


def test_too_little_for_thinking_is_told_from_enough() -> None:
    assert think_little(Limits(tokens=500), 8_000)
    assert not think_little(Limits(tokens=2_000), 8_000)
    assert not think_little(Limits(tokens=500), None)
    assert not think_little(Limits(), 8_000)
