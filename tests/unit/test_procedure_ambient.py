"""The clock and chance are parameters: filled in at every call, recorded, and repeated exactly."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.procedure import apply, load
from seglam_magics.procedure.ambient import Ambient, injected, is_ambient, moment, repeated
from seglam_magics.procedure.binding import bind
from seglam_magics.procedure.wire import pack, unpack
from seglam_magics.verify.strategies import arguments
from seglam_magics.words import Binding, Parameter, Revision

NOW, SEED = Parameter("now", "date"), Parameter("seed", "int", example=5)
BOTH = Revision("f", 1, "0", "def f(*, now, seed): return 1", parameters=(NOW, SEED))
AT = Ambient(moment("2026-03-01T12:00:00.000001+01:00"), 7)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process cannot be set here")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield ZoneInfo("Europe/Berlin")
    monkeypatch.undo()
    time.tzset()


def test_only_a_date_called_now_and_an_int_called_seed_are_filled_in() -> None:
    others = [Parameter("now", "str"), Parameter("seed", "float"), Parameter("today", "date"), Parameter("k", "int")]
    assert [is_ambient(p) for p in (NOW, SEED, *others)] == [True, True, False, False, False, False]
    assert injected(Revision("f", 1, "0", "", parameters=tuple(others)), {}) == {}


def test_the_clock_is_that_of_this_machine_with_a_fixed_offset(berlin: ZoneInfo) -> None:
    before = dt.datetime.now(dt.UTC)
    now = Ambient.here().now
    assert before <= now <= dt.datetime.now(dt.UTC)
    assert now.utcoffset() == now.astimezone(berlin).utcoffset()
    assert type(now.tzinfo) is dt.timezone


def test_two_seeds_differ_and_fit_a_column_of_integers() -> None:
    seeds = {Ambient.here().seed for _ in range(50)}
    assert len(seeds) > 40
    assert all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"now": Binding("now", None, "given"), "seed": Binding("seed", 5, "given")},  # no wording speaks of them
        {"now": Binding("now", dt.date(2020, 1, 1)), "seed": Binding("seed", 5)},  # the question it was compiled for
    ],
)
def test_an_example_is_never_the_value_of_a_call(known: dict[str, Binding]) -> None:
    bound = bind(BOTH, known, {}, native=False, at=AT)
    assert bound.arguments == {"now": AT.now, "seed": 7} == bound.slots
    assert {b.source for b in bound.injected.values()} == {"injected"}


def test_what_the_question_says_wins(berlin: ZoneInfo) -> None:
    said = {"now": Binding("now", dt.date(2026, 7, 1), "text", "1 July 2026"), "seed": Binding("seed", 3, "text", "3")}
    bound = bind(BOTH, said, {}, native=False, at=AT)
    assert bound.arguments == {"now": dt.datetime(2026, 7, 1, tzinfo=berlin), "seed": 3}
    assert bound.injected == {}


def test_a_variable_wins_and_its_wall_clock_is_of_this_zone(berlin: ZoneInfo) -> None:
    for moment_of in map(dt.datetime.fromisoformat, ("2026-01-01T09:00", "2026-07-01T09:00")):  # winter, summer
        said = {"now": Binding("now", "cut", "variable"), "seed": Binding("seed", 1, "text", "1")}
        now = bind(BOTH, said, {"cut": moment_of}, native=True).arguments["now"]
        assert now == moment_of.replace(tzinfo=berlin)
        assert (now.hour, now.utcoffset()) == (9, moment_of.replace(tzinfo=berlin).utcoffset())


def test_what_is_no_moment_is_refused() -> None:
    said = {"now": Binding("now", "cut", "variable"), "seed": Binding("seed", 1, "text", "1")}
    with pytest.raises(SeglamError, match="no date or time: 'soon'") as caught:
        bind(BOTH, said, {"cut": "soon"}, native=False)
    assert caught.value.code == "E-RUN-BIND"


def test_a_recorded_call_is_repeated() -> None:
    first = bind(BOTH, {}, {}, native=False)
    again = bind(BOTH, first.injected, {}, native=False)
    assert again.arguments == first.arguments
    at = repeated(first.injected)
    assert at is not None
    assert bind(BOTH, {}, {}, native=False, at=at).arguments == first.arguments
    assert repeated({"k": Binding("k", 1)}) is None


@given(st.datetimes(timezones=st.sampled_from([*map(ZoneInfo, ("Asia/Kolkata", "America/New_York", "UTC"))])))
def test_a_moment_survives_the_log_and_the_way_into_the_sandbox(there: dt.datetime) -> None:
    now = moment(there)
    assert now.isoformat() == there.isoformat()
    assert moment(str(now)) == now
    assert moment(str(now)).utcoffset() == now.utcoffset()
    assert unpack(*pack(now)) == now
    assert type(now.tzinfo) is dt.timezone or now.tzinfo is dt.UTC


def test_days_of_columns_are_compared_with_the_day_of_now() -> None:
    source = "def f(t, *, now): return t.filter(nw.col('at').dt.date() == now.date()).select(nw.len().alias('n'))\n"
    days = pl.DataFrame({"at": [*map(dt.datetime.fromisoformat, ("2026-03-01T23:00", "2026-03-02"))]})
    for frame in (days, days.with_columns(pl.col("at").dt.replace_time_zone("Asia/Kolkata"))):
        assert apply(load(source, "f"), {"t": frame, "now": AT.now}, "number") == 1


def test_verification_tries_moments_in_several_zones_and_any_seed() -> None:
    found: list[dict[str, Any]] = []

    @settings(max_examples=60, derandomize=True, database=None)
    @given(arguments(BOTH, {}, []))
    def draw(drawn: dict[str, Any]) -> None:
        found.append(drawn)

    draw()
    assert len({drawn["now"].utcoffset() for drawn in found}) >= 3
    assert all(0 <= drawn["seed"] < 2**31 for drawn in found)
    assert len({drawn["seed"] for drawn in found}) > 5
