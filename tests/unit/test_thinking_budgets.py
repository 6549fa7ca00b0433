"""Budgets: of a question while it runs, of a session and of a day before anything is sent; what is usual of a model."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics import runs, scripted
from seglam_magics.compiler import gateway, probing
from seglam_magics.compiler.estimating import affordable
from seglam_magics.compiler.gateway import Request, Target
from seglam_magics.compiler.ledger import Ledger, Order
from seglam_magics.compiler.purse import Allowance, Purse, Spent, purse_of, today
from seglam_magics.errors import SeglamError
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.thinking.allowance import Limits, Used
from seglam_magics.thinking.baselines import Sample, usual_of
from seglam_magics.thinking.control import control
from seglam_magics.thinking.detectors import Usual
from seglam_magics.thinking.driving import Conditions, Driver
from seglam_magics.thinking.run import Run
from seglam_magics.thinking.splitting import Piece
from seglam_magics.words import Usage

if TYPE_CHECKING:
    from conftest import Thinker

PRICED = "openai/gpt-4o-mini"  # litellm knows its price


# ---------------------------------------------------------------- a question, while it runs


def driven(limits: Limits, kind: str, piece: float, level: int) -> list[tuple[str, float]]:
    """What a budget asks for as it is used up in pieces of so large a share, and at which share."""
    used = Used()
    asked: list[tuple[str, float]] = []
    driver = Driver(Run("r1", "q"), lambda _kind, _data: None, Conditions(limits, lambda _n: used, able=lambda: level))
    try:
        for step in range(1, round(1.2 / piece) + 2):
            share = piece * step
            value = share * (getattr(limits, kind) or 0)
            used = dataclasses.replace(Used(), **{kind: round(value) if kind == "tokens" else value})
            driver.heard(Piece(thinking="x"))
            due = driver.delivery(woken=False)
            if due is not None:
                asked.append((due.op, share))
                driver.delivered(due.op, (), level) if due.op != "stop" else None
            if due is not None and due.op == "stop":
                return asked
    finally:
        driver.close()
    return asked


@given(
    st.sampled_from([Limits(seconds=30.0), Limits(tokens=40_000), Limits(usd=0.5)]),
    st.floats(0.002, 0.045),
    st.integers(2, 3),
)
def test_a09_each_kind_of_budget_acts_at_its_point(limits: Limits, piece: float, level: int) -> None:
    kind = next(name for name in ("seconds", "tokens", "usd") if getattr(limits, name) is not None)
    asked = dict(driven(limits, kind, piece, level))
    assert list(asked) == ["hurry", "strict", "stop"]
    for op, point in (("hurry", 0.7), ("strict", 0.8), ("stop", 1.0)):
        assert point - 0.005 <= asked[op] <= point + 0.05


@pytest.mark.parametrize("kind", ["tokens", "usd"])
def test_a09_what_the_server_counts_stays_below_the_budget_and_nothing_is_tried_again(
    thinker: Thinker, kind: str
) -> None:
    reasoner = thinker.open()
    address = scripted.start(str(thinker.recordings))
    if kind == "usd":
        reasoner = thinker.open(model=PRICED, api_base=address)
    first = reasoner.ask(thinker.asked())
    usage = first.usage
    assert usage.usd is not None
    limit: dict[str, Any] = {"tokens": usage.tokens_in + 400}
    if kind == "usd":
        reasoner.settings.max_tokens = 100  # the reply is expected to cost no more
        limit = {"usd": 0.75 * usage.usd}
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked(reuse="fresh", **limit))
    assert caught.value.code == "E-BUDGET-THINKING"
    run = runs.known(reasoner.log)[-1]
    assert f"%seglam resume {run.id} --{kind}" in caught.value.hint
    chunk = 40 // 4 + 1
    if kind == "tokens":
        assert run.tokens_in + len(run.thinking) // 4 <= limit["tokens"] + chunk
    else:
        assert run.usd is not None
        each = gateway.price(Target(PRICED), 0, chunk)
        assert run.usd <= limit["usd"] + (each or 0.0)
    assert thinker.ends()[1:] == ["hung up"]
    time.sleep(0.2)
    assert thinker.ends()[1:] == ["hung up"]
    assert (run.state, run.estimated) == ("budget", True)


def test_so_few_tokens_that_a_cut_would_leak_ask_for_little_thinking_instead(thinker: Thinker) -> None:
    reasoner = thinker.open(timeout=60.0)
    for _ in range(3):
        reasoner.ask(thinker.asked(reuse="fresh"))
    usual = runs.usual(reasoner.log, thinker.model)
    assert usual.thinking is not None
    assert usual.thinking == pytest.approx(len(thinker.THOUGHT) / 4, rel=0.01)
    # another kernel knows the same, from the log
    assert runs.usual(thinker.open().log, thinker.model) == usual
    with pytest.raises(SeglamError) as caught:  # more than 15 % and less than it usually takes: it does not begin
        reasoner.ask(thinker.asked(reuse="fresh", tokens=round(usual.thinking)))
    assert caught.value.code == "E-BUDGET"


# ---------------------------------------------------------------- what is usual


def test_medians_are_those_of_the_same_kind_where_there_are_enough() -> None:
    lists = [Sample("list", 100, 10, 2)] * 4
    frames = [Sample("frame", 900, 90, 6)] * 5
    assert usual_of([*lists, *frames], "frame") == Usual(900, 90, 6)
    assert usual_of([*lists, *frames], "list") == Usual(900, 90, 6)  # too few of its kind: all count
    assert usual_of([*lists, *lists, *frames], "list") == Usual(100, 10, 2)
    assert usual_of(lists[:2], "list") == Usual()


def test_a_run_that_was_spoken_to_is_not_usual() -> None:
    log = MemoryLog()
    for said in (False, True):
        driver = Driver(Run("r1", "q", model="m"), log.append)
        if said:
            driver.say("hurry")
        for _ in range(3):
            runs.finished(log, dataclasses.replace(driver.run, tokens_thinking=10, tokens_answer=5))
        driver.close()
    assert len(runs._of(log, "m")) == 3


@pytest.mark.parametrize(
    ("tokens", "effort", "refused"),
    [(None, "", ""), (100_000, "", ""), (3_000, "", "usually takes"), (3_000, "low", ""), (900, "", "question alone")],
)
def test_what_is_expected_to_be_over_is_refused_before_it_is_sent(
    tokens: int | None, effort: str, refused: str
) -> None:
    from seglam_magics.compiler.course import Course

    request = Request(({"role": "user", "content": "word " * 1_000},), effort=effort)
    order = Order(Target(PRICED), tokens=tokens, course=Course(usual=Usual(5_000, 200, 3)))
    if not refused:
        affordable(request, order, Usage())
        return
    with pytest.raises(SeglamError) as caught:
        affordable(request, order, Usage())
    assert refused in caught.value.says
    assert "≈" in caught.value.says or refused == "question alone"


# ---------------------------------------------------------------- sessions and days


def purse(**limits: Any) -> Purse:
    return purse_of(MemoryLog(), Seglam(**limits))


@pytest.mark.parametrize("span", ["session", "day"])
def test_a_session_and_a_day_are_refused_when_they_are_over(span: str) -> None:
    mine = purse(**{f"budget_{span}_usd": 0.01})
    mine.check(0.009, 10)
    mine.add("compile", 0.006, 1_000)
    with pytest.raises(SeglamError) as caught:
        mine.check(0.005, 10)
    assert caught.value.code == "E-BUDGET"
    assert f"budget_{span}_usd" in caught.value.hint
    mine.check(0.003, 10)
    mine.add("recheck", 0.004, 10)
    with pytest.raises(SeglamError, match="has spent"):
        mine.check(0.0, 0)


def test_tokens_are_limited_where_no_price_is_known() -> None:
    mine = purse(budget_day_usd=1.0)
    with pytest.raises(SeglamError) as caught:
        mine.check(None, 10)
    assert "budget_day_tokens instead" in caught.value.hint
    other = purse(budget_day_tokens=1_000)
    other.check(None, 1_000)
    other.add("embed", None, 600)
    with pytest.raises(SeglamError, match="this day has used 600"):
        other.check(None, 500)


@given(
    st.lists(st.tuples(st.sampled_from(["compile", "repair", "confirm", "probe"]), st.floats(0, 1), st.integers(0, 99)))
)
def test_every_kind_counts(calls: list[Any]) -> None:
    mine = purse(budget_session_usd=1.0)
    for kind, usd, tokens in calls:
        mine.add(kind, usd, tokens)
    assert mine.spent("session").usd == pytest.approx(sum(usd for _, usd, _ in calls))
    assert mine.spent("day").tokens == sum(tokens for _, _, tokens in calls)
    assert sum(spent.tokens for spent in mine.tally.kinds().values()) == sum(tokens for _, _, tokens in calls)


def test_what_is_left_of_a_day_bounds_a_question_and_says_so() -> None:
    mine = Purse({"day": Allowance(usd=1.0), "session": Allowance(tokens=500)})
    mine.add("compile", 0.75, 100)
    usd, tokens, bound = mine.left(None, 10_000)
    assert (usd, tokens, bound) == (0.25, 400, {"usd": "day", "tokens": "session"})
    ledger = Ledger(Order(Target(PRICED), usd=5.0, purse=mine), time.monotonic() + 10)
    assert (ledger.order.usd, ledger.order.tokens) == (0.25, 400)


def test_other_kernels_count_for_the_day_and_not_for_the_session(thinker: Thinker) -> None:
    thinker.open().ask(thinker.asked())
    other = thinker.open(budget_day_tokens=100, budget_session_tokens=10**6)
    mine = purse_of(other.log, other.settings)
    assert mine.spent("session") == Spent()
    assert mine.spent("day").tokens > 100
    with pytest.raises(SeglamError) as caught:
        other.ask(thinker.asked(reuse="fresh"))
    assert caught.value.code == "E-BUDGET"
    assert "budget_day_tokens" in caught.value.hint
    assert len(thinker.calls()) == 1
    assert mine.elsewhere(today()).tokens == mine.spent("day").tokens


def test_a_session_that_is_used_up_while_it_thinks_stops_the_run(thinker: Thinker) -> None:
    first = thinker.open().ask(thinker.asked())
    reasoner = thinker.open(budget_session_tokens=first.usage.tokens_in + 500)
    with pytest.raises(SeglamError) as caught:
        reasoner.ask(thinker.asked(reuse="fresh"))
    assert caught.value.code == "E-BUDGET-SPAN"
    assert "budget_session_tokens" in caught.value.hint
    kinds = purse_of(reasoner.log, reasoner.settings).tally.kinds()
    assert kinds["compile"].tokens > first.usage.tokens_in


def test_a_model_is_not_probed_with_an_empty_purse(thinker: Thinker) -> None:
    probing.forget()
    empty = Purse({"session": Allowance(tokens=10)})
    empty.add("compile", None, 10)
    assert probing.level(Target(thinker.model), empty) == probing.NOTES
    assert thinker._page("/calls")["calls"] == 0
    assert probing.level(Target(thinker.model), Purse()) == probing.THOUGHT


def test_a_stopped_run_tells_an_estimate_as_one(thinker: Thinker) -> None:
    reasoner = thinker.open()
    thread = thinker.meanwhile(lambda _run: control("answer"))
    answer = reasoner.ask(thinker.asked())
    thread.join()
    assert answer.usage.estimated
    (run,) = runs.known(reasoner.log)
    assert run.estimated
    assert run.tokens_thinking == len(run.thinking) // 4
