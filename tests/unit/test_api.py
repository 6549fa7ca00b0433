"""The Python face: `reason`, its awaitable twin, `store` and `Session`, on the recorded demo."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

import seglam
from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import close_shared

QUESTION = "What is the longest streak of values above 10 in `waits`?"
WAITS = [4, 12, 15, 11, 3]


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SEGLAM_MODEL", "scripted/demo")
    monkeypatch.setenv("SEGLAM_CASES", "20")
    yield
    close_shared()


def test_reason_answers_over_named_values_and_over_the_names_of_its_caller() -> None:
    first = seglam.reason(QUESTION, waits=WAITS)
    waits = [11, 12]
    again = seglam.reason(QUESTION)
    assert (first.value, first.hit) == (3, False)
    assert (again.value, again.hit, again.procedure) == (2, True, "longest_streak_above@1")
    assert "longest_streak_above" in again.why()
    assert again.code.startswith("def longest_streak_above")
    assert waits == [11, 12]


def test_a_stored_procedure_is_called_like_a_function() -> None:
    seglam.reason(QUESTION, waits=WAITS)
    streak: Any = seglam.store["longest_streak_above"]
    assert streak(values=[1, 5, 6], limit=4) == 2
    assert list(seglam.store) == ["longest_streak_above"]
    assert streak.template is not None
    assert "{values}" in streak.template.text
    assert [r.number for r in streak.versions] == [1]
    assert streak.test(cases=5).ok
    with pytest.raises(KeyError):
        seglam.store["nothing"]
    with pytest.raises(SeglamError, match="E-RUN-BIND"):
        streak(values=[1], limits=4)
    with pytest.raises(SeglamError, match="nothing given for limit"):
        streak(values=[1])


def test_a_frame_comes_back_from_a_direct_call_as_its_own_kind() -> None:
    penguins = pl.DataFrame({"species": ["a", "b", "a"], "mass": [1.0, 2.0, 4.0]})
    seglam.reason("What share of `penguins` belongs to each `species`?", penguins=penguins)
    share = seglam.store["share_by_group"]
    result = share(frame=penguins.lazy(), by="species")
    assert isinstance(result, pl.LazyFrame)
    assert result.collect().height == 2


AWAITED = """
import asyncio, seglam

async def both():
    answer = await seglam.reason.aio(QUESTION, waits=[4, 12, 15, 11, 3])
    task = asyncio.create_task(seglam.aio(QUESTION, waits=[1], reuse="fresh"))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print(answer.value, "cancelled")

asyncio.run(both())
"""


def test_the_awaitable_twin_answers_and_can_be_cancelled() -> None:
    # in a process of its own: litellm leaves an event loop behind, which asyncio.run drops
    program = f"QUESTION = {QUESTION!r}\n{AWAITED}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False)
    assert done.stdout.split() == ["3", "cancelled"], done.stderr[-2000:]


def test_a_session_has_settings_of_its_own() -> None:
    with seglam.Session(reuse="cached") as session, pytest.raises(SeglamError, match="E-MISS"):
        session.reason(QUESTION, waits=WAITS)
    with seglam.Session(reuse="auto") as session:
        assert session.reason(QUESTION, waits=WAITS).value == 3


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        seglam.nothing  # noqa: B018
