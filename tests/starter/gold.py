"""Right answers to the questions of this folder, in plain Python over lists of dictionaries, without any frame library.

A column of numbers is averaged without its missing values; rows keep the order of the table. `T` is the table at hand.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Row = dict[str, Any]
Test = Callable[[Row], bool]


class Table:
    """The vocabulary of the questions' answers, over one table."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.T = list(rows)
        self._day = next((name for name, value in self.T[0].items() if isinstance(value, dt.date)), "day")

    # ------------------------------------------------------------ conditions

    @staticmethod
    def _known(column: str, test: Callable[[Any], bool]) -> Test:
        return lambda row: row[column] is not None and test(row[column])

    def eq(self, column: str, value: Any) -> Test:
        return self._known(column, lambda v: v == value)

    def ne(self, column: str, value: Any) -> Test:
        return self._known(column, lambda v: v != value)

    def gt(self, column: str, value: Any) -> Test:
        return self._known(column, lambda v: v > value)

    def ge(self, column: str, value: Any) -> Test:
        return self._known(column, lambda v: v >= value)

    def lt(self, column: str, value: Any) -> Test:
        return self._known(column, lambda v: v < value)

    def le(self, column: str, value: Any) -> Test:
        return self._known(column, lambda v: v <= value)

    def among(self, column: str, *values: Any) -> Test:
        return self._known(column, lambda v: v in values)

    def starts(self, column: str, text: str) -> Test:
        return self._known(column, lambda v: v.startswith(text))

    def ends(self, column: str, text: str) -> Test:
        return self._known(column, lambda v: v.endswith(text))

    def contains(self, column: str, text: str) -> Test:
        return self._known(column, lambda v: text in v)

    def null(self, column: str) -> Test:
        return lambda row: row[column] is None

    def known(self, column: str) -> Test:
        return lambda row: row[column] is not None

    def after(self, column: str, day: str) -> Test:
        return self.gt(column, dt.date.fromisoformat(day))

    def before(self, column: str, day: str) -> Test:
        return self.lt(column, dt.date.fromisoformat(day))

    def between_days(self, column: str, first: str, last: str) -> Test:
        low, high = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        return self._known(column, lambda v: low <= v <= high)

    def from_day(self, column: str, day: str) -> Test:
        return self.ge(column, dt.date.fromisoformat(day))

    def in_month(self, year: int, month: int) -> Test:
        return self._known(self._day, lambda v: (v.year, v.month) == (year, month))

    def in_year(self, year: int) -> Test:
        return self._known(self._day, lambda v: v.year == year)

    def rows(self, *tests: Test) -> list[Row]:
        return [row for row in self.T if all(test(row) for test in tests)]

    # ------------------------------------------------------------ numbers

    def column(self, name: str, *tests: Test) -> list[Any]:
        return [row[name] for row in self.rows(*tests) if row[name] is not None]

    def count(self, *tests: Test) -> int:
        return len(self.rows(*(t for t in tests if t is not None)))

    def mean(self, name: str, *tests: Test) -> float | None:
        found = self.column(name, *tests)
        return math.fsum(found) / len(found) if found else None

    def median(self, name: str, *tests: Test) -> float | None:
        found = self.column(name, *tests)
        return statistics.median(found) if found else None

    def total(self, name: str, *tests: Test) -> float:
        return math.fsum(self.column(name, *tests))

    def most(self, name: str, *tests: Test) -> Any:
        return max(self.column(name, *tests), default=None)

    def least(self, name: str, *tests: Test) -> Any:
        return min(self.column(name, *tests), default=None)

    def std(self, name: str, *tests: Test) -> float | None:
        found = self.column(name, *tests)
        return statistics.stdev(found) if len(found) > 1 else None

    def distinct(self, name: str, *tests: Test) -> int:
        return len(set(self.column(name, *tests)))

    def values(self, name: str, *tests: Test) -> list[Any]:
        return sorted(set(self.column(name, *tests)))

    def quantile(self, name: str, share: float, *tests: Test) -> float:
        found = sorted(self.column(name, *tests))
        place = share * (len(found) - 1)
        low = math.floor(place)
        high = min(low + 1, len(found) - 1)
        return found[low] + (found[high] - found[low]) * (place - low)

    def corr(self, one: str, other: str, *tests: Test) -> float:
        pairs = [(r[one], r[other]) for r in self.rows(*tests) if r[one] is not None and r[other] is not None]
        return statistics.correlation([x for x, _ in pairs], [y for _, y in pairs])

    def weighted(self, value: str, weight: str, *tests: Test) -> float:
        pairs = [(r[value], r[weight]) for r in self.rows(*tests) if r[value] is not None and r[weight] is not None]
        return math.fsum(v * w for v, w in pairs) / math.fsum(w for _, w in pairs)

    def corr_of(self, one: str, other: str) -> Callable[..., float]:
        return lambda *tests: self.corr(one, other, *tests)

    def weighted_of(self, value: str, weight: str) -> Callable[..., float]:
        return lambda *tests: self.weighted(value, weight, *tests)

    # ------------------------------------------------------------ groups

    def by(self, names: str | tuple[str, ...], what: Callable[..., Any], *rest: Any) -> list[tuple[Any, ...]]:
        keys = (names,) if isinstance(names, str) else names
        arguments, tests = [a for a in rest if isinstance(a, str)], [a for a in rest if callable(a)]
        found = dict.fromkeys(tuple(row[k] for k in keys) for row in self.rows(*tests))
        return [(*key, what(*arguments, *tests, self._at(keys, key))) for key in found]

    def by_each(self, names: str | tuple[str, ...], value: str, *whats: Callable[..., Any]) -> list[tuple[Any, ...]]:
        found = [self.by(names, what, value) for what in whats]
        return [(*rows[0], *(row[-1] for row in rows[1:])) for rows in zip(*found, strict=True)]

    def part(self, so: Test, whole: float = 1.0) -> Callable[..., float]:
        return lambda *tests: whole * self.count(so, *tests) / self.count(*tests)

    @staticmethod
    def _at(keys: Sequence[str], values: Sequence[Any]) -> Test:
        return lambda row: tuple(row[k] for k in keys) == tuple(values)

    def _groups(self, name: str, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return [(k, v) for k, v in self.by(name, what, *rest) if k is not None and v is not None]

    def best(self, name: str, what: Callable[..., Any], *rest: Any) -> Any:
        return min(self._groups(name, what, *rest), key=lambda g: (-g[1], g[0]))[0]

    def worst(self, name: str, what: Callable[..., Any], *rest: Any) -> Any:
        return min(self._groups(name, what, *rest), key=lambda g: (g[1], g[0]))[0]

    def best_groups(self, n: int, name: str, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return sorted(self._groups(name, what, *rest), key=lambda g: (-g[1], g[0]))[:n]

    def mode(self, name: str, *tests: Test) -> Any:
        return min(Counter(self.column(name, *tests)).items(), key=lambda c: (-c[1], c[0]))[0]

    def rarest(self, name: str, *tests: Test) -> Any:
        return min(Counter(self.column(name, *tests)).items(), key=lambda c: (c[1], c[0]))[0]

    def shares(self, name: str) -> list[tuple[Any, ...]]:
        return [(k, n, n / len(self.T)) for k, n in Counter(r[name] for r in self.T).items()]

    def share_of_total(self, name: str, value: str) -> list[tuple[Any, ...]]:
        whole = self.total(value)
        return [(k, v, v / whole) for k, v in self.by(name, self.total, value)]

    def percents(self, name: str) -> list[tuple[Any, ...]]:
        return [(k, n, 100 * share) for k, n, share in self.shares(name)]

    def percent_of_total(self, name: str, value: str) -> list[tuple[Any, ...]]:
        return [(k, v, 100 * share) for k, v, share in self.share_of_total(name, value)]

    # ------------------------------------------------------------ rows

    def top(self, n: int, name: str, *tests: Test) -> list[Row]:
        known = [r for r in self.rows(*tests) if r[name] is not None]
        return sorted(known, key=lambda r: -r[name])[:n]

    def top_values(self, n: int, name: str) -> list[Any]:
        return [row[name] for row in self.top(n, name)]

    def bottom(self, n: int, name: str, *tests: Test) -> list[Row]:
        known = [r for r in self.rows(*tests) if r[name] is not None]
        return sorted(known, key=lambda r: r[name])[:n]

    def extreme(self, name: str, which: Callable[[str], Any], *tests: Test) -> list[Row]:
        return self.rows(*tests, self.eq(name, which(name, *tests)))

    def ordered(self, name: str, *, down: bool = False) -> list[Row]:
        known = [r for r in self.T if r[name] is not None]
        missing = [r for r in self.T if r[name] is None]
        return [*sorted(known, key=lambda r: -r[name] if down else r[name]), *missing]

    def ranked(self, name: str) -> list[tuple[Any, ...]]:
        known = [r for r in self.T if r[name] is not None]
        found = [(*r.values(), 1 + sum(o[name] > r[name] for o in known)) for r in known]
        return sorted(found, key=lambda r: r[-1])

    def ranked_within(self, name: str, group: str) -> list[tuple[Any, ...]]:
        known = [r for r in self.T if r[name] is not None and r[group] is not None]
        return [(*r.values(), 1 + sum(o[name] > r[name] for o in known if o[group] == r[group])) for r in known]

    def outliers(self, name: str) -> list[Row]:
        low, high = self.quantile(name, 0.25), self.quantile(name, 0.75)
        reach = 1.5 * (high - low)
        return self.rows(lambda r: r[name] is not None and not low - reach <= r[name] <= high + reach)

    def duplicates(self) -> list[tuple[Any, ...]]:
        return [(*row, n) for row, n in Counter(tuple(r.values()) for r in self.T).items() if n > 1]

    def missing(self) -> list[tuple[int, ...]]:
        return [tuple(self.missing_in(name) for name in self.T[0])]

    def missing_in(self, name: str, *tests: Test) -> int:
        return self.count(self.null(name), *tests)

    def incomplete(self) -> list[Row]:
        return [r for r in self.T if None in r.values()]

    def complete_rows(self) -> list[Row]:
        return [r for r in self.T if None not in r.values()]

    def complete(self) -> int:
        return len(self.T) - len(self.incomplete())

    def described(self, name: str) -> list[tuple[Any, ...]]:
        n, quantile = len(self.column(name)), self.quantile
        ends = self.least(name), quantile(name, 0.25), self.median(name), quantile(name, 0.75), self.most(name)
        return [(n, self.mean(name), self.std(name), *ends)]

    def _numeric(self) -> list[str]:
        names = (n for n in self.T[0] if any(r[n] is not None for r in self.T))
        return sorted(n for n in names if all(type(v) in (int, float) for v in self.column(n)))

    def described_all(self) -> list[tuple[Any, ...]]:
        """Every column of numbers with how many are known, mean, deviation, least, median and greatest."""
        ends = (self.least, self.median, self.most)
        return [(n, len(self.column(n)), self.mean(n), self.std(n), *(end(n) for end in ends)) for n in self._numeric()]

    # ------------------------------------------------------------ texts and time

    def mean_length(self, name: str) -> float:
        return statistics.fmean(len(v) for v in self.column(name))

    def longest(self, name: str) -> str:
        return min(self.column(name), key=lambda v: (-len(v), v))

    def shortest(self, name: str) -> str:
        return min(self.column(name), key=lambda v: (len(v), v))

    def first_day(self) -> dt.date:
        return self.least(self._day)

    def last_day(self) -> dt.date:
        return self.most(self._day)

    def _dated(
        self, key: Callable[[dt.date], Any], what: Callable[..., Any], rest: Iterable[Any]
    ) -> list[tuple[Any, Any]]:
        arguments, tests = [a for a in rest if isinstance(a, str)], [a for a in rest if callable(a)]
        keys = sorted({key(r[self._day]) for r in self.rows(*tests)})
        return [(k, what(*arguments, *tests, lambda r, k=k: key(r[self._day]) == k)) for k in keys]

    def monthly(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return self._dated(lambda d: d.replace(day=1), what, rest)

    def quarterly(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return self._dated(lambda d: d.replace(month=(d.month - 1) // 3 * 3 + 1, day=1), what, rest)

    def yearly(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return self._dated(lambda d: d.year, what, rest)

    def weekly(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return self._dated(lambda d: "{}-W{:02}".format(*d.isocalendar()[:2]), what, rest)

    def daily(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return self._dated(lambda d: d, what, rest)

    def running(self, name: str) -> list[tuple[Any, ...]]:
        whole, found = 0.0, []
        for day, value in self.daily(self.total, name):
            whole += value
            found.append((day, value, whole))
        return found

    def running_monthly(self, name: str, *tests: Test) -> list[tuple[Any, ...]]:
        months = self.monthly(self.total, name, *tests)
        return [(day, value, math.fsum(v for _, v in months[: k + 1])) for k, (day, value) in enumerate(months)]

    def best_month(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return [min(self.monthly(what, *rest), key=lambda m: (-m[1], m[0]))]

    def worst_month(self, what: Callable[..., Any], *rest: Any) -> list[tuple[Any, Any]]:
        return [min(self.monthly(what, *rest), key=lambda m: (m[1], m[0]))]

    def moving(self, name: str, n: int) -> list[tuple[Any, ...]]:
        days = self.daily(self.total, name)
        means = [
            None if k + 1 < n else statistics.fmean(v for _, v in days[k + 1 - n : k + 1]) for k in range(len(days))
        ]
        return [(day, value, mean) for (day, value), mean in zip(days, means, strict=True)]

    def growth(self, grain: Callable[..., Any], name: str) -> list[tuple[Any, ...]]:
        found, known = [], dict(grain(self.total, name))
        for key, value in known.items():
            if isinstance(key, int):
                past, shown = key - 1, (key,)
            else:
                past, shown = (key - dt.timedelta(days=1)).replace(day=1), (key.year, key.month)
            before = known.get(past)
            found.append((*shown, value, (value - before) / before if before else None))
        return found

    def bins(self, name: str, n: int) -> list[tuple[float, int]]:
        found = self.column(name)
        low, width = min(found), (max(found) - min(found)) / n
        places = Counter(min(int((v - low) / width), n - 1) for v in found)
        return [(low + k * width, places[k]) for k in sorted(places)]


def sales(seed: int = 20240107, size: int = 400) -> list[Row]:
    """A table of sales: the same for the same seed."""
    chance = random.Random(seed)
    start = dt.date(2023, 11, 1)
    customers = ("Ada Ltd", "Borealis", "Cobalt Foods", "Delta", "Eastwind Traders", "Falk & Co")
    prices = {"tea": 4.5, "coffee": 7.25, "cocoa": 11.0, "milk": 1.2}
    rows: list[Row] = []
    for _ in range(size):
        product, quantity = chance.choice(sorted(prices)), chance.randint(1, 9)
        price = round(prices[product] * chance.uniform(0.8, 1.25), 2)
        known = chance.random() > 0.04
        rows.append({
            "day": start + dt.timedelta(days=chance.randint(0, 419)),
            "region": chance.choice(("north", "south", "east", "west")),
            "product": product,
            "customer": chance.choice(customers),
            "quantity": quantity if known else None,
            "unit_price": price,
            "revenue": round(price * quantity, 2) if known else None,
        })  # fmt: skip
    return rows


def orders(seed: int = 7, size: int = 300) -> list[Row]:
    """Orders of a shop: the same for the same seed."""
    chance = random.Random(seed)
    start = dt.date(2024, 6, 1)
    rows: list[Row] = []
    for number in range(size):
        items, rated = chance.randint(1, 6), chance.random() > 0.3
        rows.append({
            "order_id": 1001 + number,
            "order_date": start + dt.timedelta(days=chance.randint(0, 364)),
            "city": chance.choice(("Tallinn", "Riga", "Vilnius", "Kaunas", "Tartu")),
            "category": chance.choice(("books", "toys", "garden", "music")),
            "status": chance.choice(("delivered", "delivered", "delivered", "cancelled", "returned")),
            "items": items,
            "amount": round(items * chance.uniform(3, 40), 2),
            "rating": chance.randint(1, 5) if rated else None,
        })  # fmt: skip
    return rows


def deals(seed: int = 31, size: int = 300) -> list[Row]:
    """Deals of sellers, with a column of true and false and names of two words: the same for the same seed."""
    chance = random.Random(seed)
    start = dt.date(2023, 1, 1)
    prices = {"Basic": 40.0, "Pro": 120.0, "Team": 300.0, "Enterprise": 900.0}
    notes = ("called twice", "urgent delivery", "needs follow-up", "price match", "urgent price match", None, None)
    rows: list[Row] = []
    for number in range(size):
        product, units = chance.choice(tuple(prices)), chance.randint(1, 20)
        discount = chance.choice((None, 0.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3))
        known = chance.random() > 0.05
        rows.append({
            "deal_id": 5001 + number,
            "closed_on": start + dt.timedelta(days=chance.randint(0, 730)),
            "Sales Rep": chance.choice(("Anna Berg", "Boris Kask", "Chen Li", "Dora Novak", "Emil Otto")),
            "Country": chance.choice(("Estonia", "Finland", "Germany", "Latvia", "Latvia", "Poland")),
            "product": product,
            "Sales Amount": round(units * prices[product] * chance.uniform(0.8, 1.1), 2) if known else None,
            "units": units,
            "discount": discount,
            "is_renewal": chance.random() < 0.35,
            "note": chance.choice(notes),
        })  # fmt: skip
    return rows


def games() -> list[Row]:
    """A table whose columns are called like words that ask for something."""
    teams = ("Riga", "Oslo", "Riga", "Bern", "Oslo", "Riga")
    days = ("5 May", "6 May", "5 May", "9 June", "1 July", "6 May")
    records = ("1-0", "0-1", "1-1", "1-0", "2-1", "3-1")
    firsts = ("Riga", "Riga", "Oslo", "Bern", "Riga", "Oslo")
    names = ("final", "heat", "heat", "final", "cup", "cup")
    return [
        {"team": teams[k], "record": records[k], "date": days[k], "first": firsts[k], "name": names[k], "count": 3 + k,
         "total": 40 - 7 * k, "average": 1.5 * k, "rank": 6 - k, "number": 10 * k + 1, "value": 0.25 * k - 1,
         "year": 2019 + k // 2}
        for k in range(6)
    ]  # fmt: skip


def agrees(value: Any, wanted: Any) -> bool:
    """Whether an answer is the right one: numbers nearly, rows as a set, a table of one cell as the cell."""
    rows = value.rows() if hasattr(value, "rows") else None
    if isinstance(value, list | dict):
        return _near(value, wanted) if isinstance(value, list) else value == wanted
    if rows is None:
        return _near(value, wanted[0] if isinstance(wanted, list) and len(wanted) == 1 else wanted)
    if not isinstance(wanted, list):
        return len(rows) == 1 and len(rows[0]) == 1 and _near(rows[0][0], wanted)
    mine, theirs = [_flat(r) for r in rows], [_flat(r) for r in wanted]
    if len(mine) == 1 and len(theirs) == len(mine[0]) and all(len(r) == 1 for r in theirs):
        theirs = [tuple(r[0] for r in theirs)]
    return len(mine) == len(theirs) and all(map(_near, sorted(mine, key=_order), sorted(theirs, key=_order)))


def _flat(row: Any) -> tuple[Any, ...]:
    return tuple(row.values()) if isinstance(row, dict) else tuple(row) if isinstance(row, (tuple, list)) else (row,)


def _order(row: tuple[Any, ...]) -> list[tuple[bool, str]]:
    return [(v is None, f"{v:020.6f}" if isinstance(v, (int, float)) else str(v)) for v in row]


def _near(one: Any, other: Any) -> bool:
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(_near, one, other))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, dt.datetime):
        one = one.date()
    return type(one) is type(other) and one == other
