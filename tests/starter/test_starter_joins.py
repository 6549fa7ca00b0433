"""Questions about two tables: joined, matched and compared as plain Python does it, or not answered at all."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.errors import SeglamError
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Answer, Options, Question

SALES = {"region": ["north", "south", "north", None], "amount": [1, 2, 3, 4], "customer_id": [1, 2, 9, 1]}
CUSTOMERS = {"customer_id": [1, 2, 3], "name": ["Ann", "Bob", "Cem"], "region": ["north", "east", "east"]}
MANAGERS = {"region": ["north", "east", "north"], "manager": ["Dan", "Eve", "Fay"]}
TABLES = {"sales": SALES, "customers": CUSTOMERS, "managers": MANAGERS}
Rows = list[dict[str, Any]]


def as_polars(table: dict[str, list[Any]]) -> Any:
    return pl.DataFrame(table)


def as_pandas(table: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("pandas").DataFrame(table)


def as_relation(table: dict[str, list[Any]]) -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        pytest.skip("needs pyarrow")
    frame = pl.DataFrame(table)  # noqa: F841 - duckdb finds it by its name
    return duckdb.sql("select * from frame")


def rows_of(value: Any) -> Rows:
    if isinstance(value, duckdb.DuckDBPyRelation):
        return [dict(zip(value.columns, row, strict=True)) for row in value.fetchall()]
    if isinstance(value, pl.DataFrame):
        return value.to_dicts()
    found: Rows = value.astype(object).where(value.notna(), None).to_dict("records")
    return found


def counted(rows: Rows) -> Counter[tuple[Any, ...]]:
    """The rows without their order; the second of two columns of one name has a suffix of its library's."""
    return Counter(tuple(row.values()) for row in rows)


def plain(table: dict[str, list[Any]]) -> Rows:
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def there(other: Rows, key: str) -> set[Any]:
    return {row[key] for row in other} - {None}


def joined(frame: Rows, other: Rows, key: str, *, left: bool = False) -> Rows:
    found: Rows = []
    for row in frame:
        fits = [o for o in other if row[key] is not None and o[key] == row[key]]
        blank = [dict.fromkeys(other[0])] if left and not fits else []
        found += [{**row, **{f"other {c}": v for c, v in o.items() if c != key}} for o in fits + blank]
    return found


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    made = open_reasoner(Seglam(starter=True), log=MemoryLog())
    yield made
    made.close()


def asked(reasoner: Reasoner, question: str, space: dict[str, Any]) -> Answer:
    return reasoner.ask(Question(question, space, options=Options(reuse="cached")))


ENGLISH_AND_RUSSIAN = """
join sales and customers on customer_id | joined | sales customers customer_id
Please merge sales with customers by customer id | joined | sales customers customer_id
merge the sales and customers tables on region | joined | sales customers region
inner join sales and managers on region | joined | sales managers region
sales joined with managers on region | joined | sales managers region
Join sales with managers | joined | sales managers region
join `sales` to `customers` using `customer_id` | joined | sales customers customer_id
соедини sales и managers по region | joined | sales managers region
Объедини sales с customers по столбцу customer_id, пожалуйста | joined | sales customers customer_id
left join sales with managers on region | left | sales managers region
left join customers to sales on customer_id | left | customers sales customer_id
left join sales to managers | left | sales managers region
add the columns of managers to sales by region | left | sales managers region
добавь столбцы managers к sales по region | left | sales managers region
Which sales have no match in customers by customer_id? | without | sales customers customer_id
rows of sales without a match in managers by region | without | sales managers region
which customers are not in sales by customer_id | without | customers sales customer_id
строки sales без пары в managers по region | without | sales managers region
which customers are in sales by customer_id | within | customers sales customer_id
rows of sales with a match in managers on region | within | sales managers region
строки sales с парой в managers по region | within | sales managers region
"""


@pytest.mark.parametrize("made", [as_polars, as_pandas, as_relation])
@pytest.mark.parametrize("line", ENGLISH_AND_RUSSIAN.strip().splitlines())
def test_two_tables_are_joined_as_plain_python_does_it(
    reasoner: Reasoner, made: Callable[[dict[str, list[Any]]], Any], line: str
) -> None:
    question, how, names = (part.strip() for part in line.split("|"))
    first, second, key = names.split()
    frame, other = plain(TABLES[first]), plain(TABLES[second])
    wanted = {
        "joined": joined(frame, other, key),
        "left": joined(frame, other, key, left=True),
        "without": [row for row in frame if row[key] not in there(other, key)],
        "within": [row for row in frame if row[key] in there(other, key)],
    }[how]
    answer = asked(reasoner, question, {first: made(TABLES[first]), second: made(TABLES[second])})
    assert answer.hit
    assert counted(rows_of(answer.value)) == counted(wanted)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("how many sales have no match in customers by customer_id", 1),
        ("How many rows of sales are in managers by region?", 2),
        ("сколько строк sales без пары в managers по region", 2),
        ("which regions are in sales but not in managers", ["south"]),
        ("какие region есть в sales, но не в managers", ["south"]),
        ("common customer_id of sales and customers", [1, 2]),
        ("Which regions do sales and customers have in common?", ["north"]),
        ("общие region в sales и managers", ["north"]),
    ],
)
def test_what_two_tables_share_is_counted_and_listed(reasoner: Reasoner, question: str, wanted: Any) -> None:
    named = [name for name in TABLES if name in question]
    value = asked(reasoner, question, {name: as_polars(TABLES[name]) for name in named}).value
    assert (value if isinstance(value, int) else value.to_series().to_list()) == wanted


@pytest.mark.parametrize(
    "question",
    [
        "right join sales and customers on customer_id",
        "outer join sales and customers on customer_id",
        "full outer join of sales and customers on customer_id",
        "cross join sales and customers",
        "join sales and customers",  # they share two columns
        "join sales and customers on amount",
        "join sales and customers on customer_id and region",
        "join sales and customers on customer_id where region is north",
        "join sales, customers and managers",
        "join sales and sales on region",
        "do not join sales and customers on customer_id",
        "sales in customers",
        "average amount of sales by manager",
        "how many customers are in managers",
    ],
)
def test_what_is_not_quite_a_join_is_not_answered(reasoner: Reasoner, question: str) -> None:
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(reasoner, question, {name: as_polars(table) for name, table in TABLES.items()})


def test_a_key_of_two_types_is_no_key(reasoner: Reasoner) -> None:
    space = {"sales": as_polars(SALES), "customers": as_polars({**CUSTOMERS, "customer_id": ["1", "2", "3"]})}
    with pytest.raises(SeglamError, match="E-MISS"):
        asked(reasoner, "join sales and customers on customer_id", space)


KEYS = st.lists(st.sampled_from(["a", "b", "é", "", None]), max_size=6)


@settings(max_examples=25)
@given(KEYS, KEYS)
def test_rows_with_and_without_their_like_are_all_the_rows(reasoner: Reasoner, left: Any, right: Any) -> None:
    one = pl.DataFrame({"key": left, "n": range(len(left))}, schema={"key": pl.String, "n": pl.Int64})
    two = pl.DataFrame({"key": right}, schema={"key": pl.String})
    space = {"one": one, "two": two}
    parts = [asked(reasoner, f"rows of one {how} match in two by key", space).value for how in ("with a", "without a")]
    assert sorted(n for part in parts for n in part["n"]) == list(range(len(left)))
    assert set(parts[0]["key"]) == there(two.to_dicts(), "key") & set(left)
    both = asked(reasoner, "join one and two on key", space).value
    assert len(both) == sum(right.count(key) for key in left if key is not None)
