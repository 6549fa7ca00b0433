"""Every query on a made-up year, against the same counted in plain Python; and what it says of odd and empty logs."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.store import MemoryLog, View
from seglam_magics.words import Event

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import made_up_year as years

SMALL = years.Year(events=900, procedures=60, kernels=4, lacking=0.15, seed=7)
QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("hits", {}),
    ("hits", {"notebook": "отчёты/продажи.ipynb"}),
    *(("rates", {"by": by}) for by in ("total", "day", "notebook", "tier")),
    *(("savings", {"by": by}) for by in ("total", "day", "notebook", "tier")),
    ("procedures", {}),
    ("break_even", {}),
    ("near_misses", {"limit": 1000}),
    ("tiers", {"name": "p1"}),
    ("rechecks", {}),
    ("pruning", {"before": years.BEGIN + 100 * years.DAY}),
    ("log", {}),
    ("lineage_question", {"kernel": "00000000-1000", "number": 3}),
    ("lineage_revision", {"name": "p0", "version": 2}),
    ("lineage_run", {"name": "p0", "version": 2}),
    ("lineage_results", {"name": "p0"}),
]


@pytest.fixture(scope="module")
def happened() -> list[Event]:
    return list(years.events(SMALL))


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    folder = tmp_path_factory.mktemp("year") / "store"
    years.write(folder, SMALL)
    with View(folder) as opened:
        assert opened.damage == []
        yield opened


# ---------------------------------------------------------------- the same in plain Python


def name_of(event: Event) -> str | None:
    return event.data.get("name") or str(event.data.get("procedure") or "").partition("@")[0] or None


def version_of(event: Event) -> int | None:
    number = event.data.get("number", str(event.data.get("procedure") or "").partition("@")[2])
    return int(number) if str(number).isdecimal() else None


def day_of(event: Event) -> str:
    return dt.datetime.fromtimestamp(event.time, tz=dt.UTC).astimezone().strftime("%Y-%m-%d")


def tier_of(event: Event) -> str:
    return (event.data.get("tier") or "other") if event.kind == "hit" else ""


PERIODS: dict[str, Callable[[Event], str]] = {
    "total": lambda _: "total",
    "day": day_of,
    "notebook": lambda event: event.data.get("notebook") or "",
    "tier": tier_of,
}


def used_by(event: Event) -> dict[str, Any]:
    return event.data.get("usage") or {}


def tokens(usage: dict[str, Any]) -> int:
    return int(usage.get("tokens_in", 0)) + int(usage.get("tokens_out", 0))


def costs(events: list[Event]) -> dict[tuple[str, int], dict[str, Any]]:
    """What a hit of each version saves: its own compile, or the last one before it."""
    revisions = sorted((e for e in events if e.kind == "revision"), key=lambda e: (e.data["name"], e.data["number"]))
    known: dict[tuple[str, int], dict[str, Any]] = {}
    for event in revisions:
        name, number = event.data["name"], event.data["number"]
        before = known.get((name, number - 1), {})
        known[name, number] = used_by(event) if used_by(event).get("calls") else before
    return known


def total(values: list[float | None]) -> Any:
    """The sum of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return pytest.approx(sum(known)) if known else None


def saved(hits: list[Event], known: dict[tuple[str, int], dict[str, Any]]) -> dict[str, Any]:
    each = [known.get((name_of(hit) or "", version_of(hit) or 0), {}) for hit in hits]
    return {
        "saved_tokens": sum(map(tokens, each)),
        "saved_usd": total([one.get("usd") for one in each]),
        "saved_seconds": pytest.approx(sum(one.get("seconds", 0) for one in each)),
        "unpriced": sum(one.get("usd") is None for one in each),
    }


# ---------------------------------------------------------------- queries over the year


@pytest.mark.parametrize("by", PERIODS)
def test_rates(view: View, happened: list[Event], by: str) -> None:
    asked = [e for e in happened if e.kind in ("hit", "miss")]
    questions, hits = Counter(map(PERIODS[by], asked)), Counter(PERIODS[by](e) for e in asked if e.kind == "hit")
    assert [
        (r["period"], r["questions"], r["hits"], r["misses"], r["rate"], r["share"]) for r in view.query("rates", by=by)
    ] == [
        (period, n, hits[period], n - hits[period], pytest.approx(hits[period] / n), pytest.approx(n / len(asked)))
        for period, n in sorted(questions.items())
    ]


def test_rates_since_a_moment(view: View, happened: list[Event]) -> None:
    since = happened[400].time
    (row,) = view.query("rates", since=since)
    assert row["questions"] == sum(e.kind in ("hit", "miss") and e.time >= since for e in happened)


@pytest.mark.parametrize("by", PERIODS)
def test_savings(view: View, happened: list[Event], by: str) -> None:
    known, groups = costs(happened), defaultdict[str, list[Event]](list)
    for event in happened:
        if event.kind in ("hit", "miss", "run", "failed"):
            groups[PERIODS[by](event)].append(event)
    expected = []
    for period, events in sorted(groups.items()):
        hits = [e for e in events if e.kind == "hit"]
        asked = len(hits) + sum(e.kind == "miss" for e in events)
        spent = [used_by(e) for e in events if e.kind in ("run", "failed")]
        expected.append(
            {
                "period": period,
                "questions": asked,
                "hits": len(hits),
                "misses": asked - len(hits),
                "rate": pytest.approx(len(hits) / asked) if asked else None,
                "spent_tokens": sum(map(tokens, spent)),
                "spent_usd": total([one.get("usd") for one in spent]),
                "spent_seconds": pytest.approx(sum(one.get("seconds", 0) for one in spent)),
                **saved(hits, known),
            }
        )
    assert view.query("savings", by=by) == expected


@pytest.mark.parametrize("notebook", [None, "sales.ipynb", "отчёты/продажи.ipynb", "nowhere.ipynb"])
def test_hits_by_day_and_tier(view: View, happened: list[Event], notebook: str | None) -> None:
    asked = [e for e in happened if e.kind in ("hit", "miss") and notebook in (None, e.data.get("notebook"))]
    counts, days = Counter((day_of(e), tier_of(e)) for e in asked), Counter(map(day_of, asked))
    hits = Counter(day_of(e) for e in asked if e.kind == "hit")
    found = {
        (r["day"], r["tier"] or ""): (r["questions"], r["share"], r["rate"])
        for r in view.query("hits", notebook=notebook)
    }
    assert found == {
        (day, tier): (n, pytest.approx(n / days[day]), pytest.approx(hits[day] / days[day]))
        for (day, tier), n in counts.items()
    }


def test_procedures(view: View, happened: list[Event]) -> None:
    known = costs(happened)
    rows = {row["name"]: row for row in view.query("procedures")}
    names = {e.data["name"] for e in happened if e.kind == "revision"}
    assert set(rows) == names
    for name in names:
        hits = [e for e in happened if e.kind == "hit" and name_of(e) == name]
        row, facts = rows[name], saved(hits, known)
        if not hits and known[name, row["number"]].get("usd") is not None:
            facts["saved_usd"] = 0.0
        assert {key: row[key] for key in facts} == facts
        runs = [e for e in happened if e.kind == "run" and name_of(e) == name and not e.data.get("recheck")]
        assert (row["hits"], row["compiled"]) == (len(hits), len(runs))
        assert row["number"] == max(number for one, number in known if one == name)
        assert row["last_used"] == pytest.approx(max((e.time for e in [*hits, *runs]), default=None), abs=1e-5)
    limited = view.query("procedures", limit=5)
    assert [row["name"] for row in limited] == list(rows)[:5]


def test_a_procedure_pays_after_so_many_hits(view: View, happened: list[Event]) -> None:
    known = costs(happened)
    rows = {row["name"]: row for row in view.query("break_even")}
    assert set(rows) == {name for name, _ in known}
    for name, row in rows.items():
        ran = [(used_by(e), e) for e in happened if e.kind in ("run", "failed") and name_of(e) == name]
        runs = [usage for usage, _ in ran]
        compiles = [u for u, e in ran if e.kind == "run" and not e.data.get("recheck") and u.get("calls")]
        own = [used_by(e) for e in happened if e.kind == "revision" and e.data["name"] == name and used_by(e)]
        spent = runs if compiles else [*own, *runs]
        assert row["spent_tokens"] == sum(map(tokens, spent))
        assert row["spent_usd"] == total([one.get("usd") for one in spent])
        per_hit = known[max(key for key in known if key[0] == name)]
        if row["counted"] == "usd":
            assert row["needed"] * per_hit["usd"] >= row["spent_usd"] - 1e-6
            assert (row["needed"] - 1) * per_hit["usd"] < row["spent_usd"]
            assert row["reached"] == (row["saved_usd"] >= row["spent_usd"] - 1e-9)
        else:
            assert row["needed"] == -(-row["spent_tokens"] // tokens(per_hit))
            assert row["reached"] == (row["saved_tokens"] >= row["spent_tokens"])
    assert {row["counted"] for row in rows.values()} == {"usd", "tokens"}, "a year without one of them tests nothing"
    assert view.query("break_even", name="p3") == [rows["p3"]]


def test_near_misses(view: View, happened: list[Event]) -> None:
    near = [e for e in happened if e.kind == "miss" and e.data.get("nearest")]
    parts = ("question", "nearest", "reason", "blocked")
    times = Counter(tuple(e.data.get(part) for part in parts) for e in near)
    rows = view.query("near_misses", limit=1000)
    assert {tuple(row[part] for part in parts): row["times"] for row in rows} == times
    assert rows[0]["last_asked"] == max(e.time for e in near)
    assert any("Какова" in (row["question"] or "") for row in rows)


def test_tiers_rechecks_and_what_is_old(view: View, happened: list[Event]) -> None:
    hits = [e for e in happened if e.kind == "hit" and name_of(e) == "p1"]
    found = Counter(e.data.get("found") or e.data.get("tier") or "other" for e in hits)
    assert {row["tier"]: row["hits"] for row in view.query("tiers", name="p1")} == found
    checks = [e for e in happened if e.kind in ("run", "failed") and e.data.get("recheck")]
    (row,) = view.query("rechecks")
    assert (row["checks"], row["usd"]) == (len(checks), pytest.approx(sum(used_by(e).get("usd") or 0 for e in checks)))
    day = dt.datetime.fromtimestamp(checks[0].time, tz=dt.UTC).strftime("%Y-%m-%d")
    (row,) = view.query("rechecks", day=day)
    same = [e for e in checks if dt.datetime.fromtimestamp(e.time, tz=dt.UTC).strftime("%Y-%m-%d") == day]
    assert row["checks"] == len(same)
    before = happened[300].time
    old = [e for e in happened if e.kind in ("hit", "miss") and e.time < before]
    (row,) = view.query("pruning", before=before)
    assert (row["hits"] + row["misses"], row["first"], row["last"]) == (len(old), old[0].time, old[-1].time)


def test_the_log_is_in_the_order_of_its_clock(view: View, happened: list[Event]) -> None:
    rows = view.query("log", limit=50)
    assert [(row["time"], row["kind"]) for row in rows] == [(e.time, e.kind) for e in reversed(happened[-50:])]
    hits = [e for e in happened if e.kind == "hit"]
    assert [row["time"] for row in view.query("log", kind="hit", limit=9)] == [e.time for e in reversed(hits[-9:])]


# ---------------------------------------------------------------- odd logs


@pytest.mark.parametrize(("query", "facts"), QUERIES)
def test_an_empty_log_and_one_of_misses_alone(query: str, facts: dict[str, Any]) -> None:
    log = MemoryLog()
    counted = {"rechecks", "pruning", "lineage_results"}
    rows = View(log).query(query, **facts)
    assert len(rows) == (query in counted)
    log.append("miss", {"question": "Сколько строк?", "reason": "nothing stored", "nearest": None, "blocked": None})
    log.append("miss", {})
    rows = View(log).query(query, **facts)
    expected = {"rates", "savings", "hits", "log"} if facts.get("notebook") is None else set()
    assert bool(rows) == (query in expected | counted)
    if query in {"rates", "savings"}:
        assert [(row["hits"], row["misses"], row["rate"]) for row in rows] == [(0, 2, 0.0)]


TEXT = st.text(max_size=6)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
FIELDS = (
    "name number procedure question tier found seconds run_seconds usage templates nearest created notebook inputs"
    " slots requires recheck before where verdict"
).split()
KINDS = ["hit", "miss", "run", "failed", "revision", "retire", "pin", "prune", "thinking", "other"]
USAGE = st.dictionaries(st.sampled_from(["calls", "tokens_in", "tokens_out", "usd", "seconds"]), PLAIN)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.dictionaries(st.sampled_from(FIELDS), PLAIN, max_size=6),
            st.none() | USAGE,
        ),
        max_size=8,
    )
)
def test_no_event_is_too_odd_for_a_query_or_a_view(events: list[tuple[str, dict[str, Any], Any]]) -> None:
    from seglam_magics.store.defined import VIEWS
    from seglam_magics.store.sql import select

    log = MemoryLog()
    for kind, data, usage in events:
        log.append(kind, {**data, "usage": usage} if usage else data)
    with View(log) as view:
        for query, facts in QUERIES:
            view.query(query, **facts)
        for name in VIEWS:
            select(view, f"select * from {name}")
