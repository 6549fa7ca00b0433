"""How many rows, how many different values, what is common, and shares."""

from typing import Any

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Columns, Count, Frame, Key, Number, Result, procedure

ALL = (
    "is not in2 in3 notin2 compares null known starts ends contains day day+until year is+both is+compares is+except "
    "compares+bounds is+null is+known is+day is+year is+both+compares compares+bounds+is not+compares "
    "flag is+flag compares+flag flag+year is+day+until compares+year compares+day+until in2+both in2+compares in2+year"
)


def counts_rows(run: Any, frame: Any) -> None:
    """It is never more than the rows there are."""
    assert 0 <= run() <= len(frame)


@procedure(
    en="how many rows; count rows; count; how many; number of rows",
    ru="сколько строк; сколько",
    led="how many; count; сколько",
    where=ALL,
    example={},
    holds=[counts_rows],
)
def row_count(frame: Frame) -> Result:
    """How many rows there are."""
    return frame.select(nw.len())


def whole(run: Any, frame: Any, group: Any) -> None:
    """The counts add up to the rows there are."""
    assert sum(row["rows_" + group] for row in run()) == len(frame)


@procedure(
    en="how many rows per {group}; "
    "counts {group}; counts per {group}; counts rows per {group}; count per {group}; "
    "how many per {group}; count rows per {group}",
    ru="сколько строк по {group}; сколько по {group}; частота {group}",
    where="is compares year is+both not day day+until null known flag in2 is+compares is+year flag+year "
    "compares+bounds",
    example={"group": "region"},
    holds=[whole],
)
def rows_by_group(frame: Frame, *, group: Column) -> Result:
    """How many rows each value of a column has, most first."""
    groups = frame.group_by(group).agg(nw.len().alias("rows_" + group))
    return groups.sort("rows_" + group, group, descending=[True, False], nulls_last=True)


@procedure(
    en="how many rows per {group} and {second}; count per {group} and {second}; crosstab {group} and {second}; "
    "how many per {group} and {second}; crosstab {group} per {second}; crosstab {group} to {second}; "
    "counts {group} and {second}; counts {second} per {group}; counts {second} within {group}",
    ru="сколько строк по {group} и {second}; таблица сопряжённости {group} и {second}; сколько по {group} и {second}",
    where="is compares year flag not",
    example={"group": "region", "second": "product"},
)
def rows_by_two_groups(frame: Frame, *, group: Column, second: Column) -> Result:
    """How many rows each pair of values of two columns has."""
    return frame.group_by(group, second).agg(nw.len().alias("rows")).sort(group, second, nulls_last=True)


@procedure(
    en="share of rows per {group}; share per {group}",
    ru="доля строк по {group}; доля по {group}",
    percent=True,
    example={"group": "region"},
)
def share_by_group(frame: Frame, *, group: Column) -> Result:
    """Share of the rows that each value of a column has, most first."""
    rows, share = "rows_" + group, "share_" + group
    groups = frame.group_by(group).agg(nw.len().alias(rows))
    shares = groups.with_columns((nw.col(rows) / nw.col(rows).sum()).alias(share))
    return shares.sort(rows, group, descending=[True, False], nulls_last=True)


@procedure(
    en="share {column}; share rows {column}",
    ru="доля {column}",
    percent=True,
    example={"column": "region"},
)
def share_of_each(frame: Frame, *, column: Key) -> Result:
    """Share of the rows that each text of a column has, most first."""
    rows, share = "rows_" + column, "share_" + column
    groups = frame.group_by(column).agg(nw.len().alias(rows))
    shares = groups.with_columns((nw.col(rows) / nw.col(rows).sum()).alias(share))
    return shares.sort(rows, column, descending=[True, False], nulls_last=True)


def a_share(run: Any) -> None:
    """It lies between 0 and 1."""
    result = run()
    assert result is None or 0 <= result <= 1


@procedure(
    en="share of rows; share rows; share",
    ru="доля строк",
    where="is not in2 compares null known starts contains flag year compares+bounds",
    share=True,
    percent=True,
    example={},
    holds=[a_share],
)
def share_of_rows(frame: Frame) -> Result:
    """Share of the rows that are so."""
    return frame.select(nw.len())


@procedure(
    en="share in each of them of rows per {group}; share in each of them per {group}",
    where="is not in2 compares null known starts contains is+compares is+both flag",
    share=True,
    percent=True,
    example={"group": "product"},
)
def share_within_group(frame: Frame, *, group: Column) -> Result:
    """Share of the rows with each value of a column that are so."""
    return frame.group_by(group).agg(nw.len())


@procedure(
    en="share {value} per {group}; share sum {value} per {group}; share of total {value} per {group}; "
    "share {value} of total per {group}",
    ru="доля {value} по {group}; доля общей суммы {value} по {group}",
    percent=True,
    where="is year",
    example={"value": "price", "group": "region"},
)
def share_of_total(frame: Frame, *, value: Number, group: Column) -> Result:
    """Share of the sum of a column that each value of another has, largest first."""
    total, share = "total_" + value, "share_" + value
    groups = frame.group_by(group).agg(nw.col(value).sum().alias(total))
    shares = groups.with_columns((nw.col(total) / nw.col(total).sum()).alias(share))
    return shares.sort(total, group, descending=[True, False], nulls_last=True)


def no_more_than_rows(run: Any, frame: Any) -> None:
    """There are no more different values than rows."""
    assert 0 <= run() <= len(frame)


@procedure(
    en="how many distinct {column}; distinct count {column}",
    ru="сколько разных {column}",
    where="is not in2 compares is+both year day day+until flag",
    example={"column": "product"},
    holds=[no_more_than_rows],
)
def distinct_count(frame: Frame, *, column: Key) -> Result:
    """How many different values a column of texts has."""
    return frame.select(column).drop_nulls().unique().select(nw.len())


@procedure(
    en="how many distinct {column}; distinct count {column}",
    ru="сколько разных {column}",
    where="is",
    example={"column": "quantity"},
    holds=[no_more_than_rows],
)
def distinct_numbers(frame: Frame, *, column: Number) -> Result:
    """How many different values a column of numbers has."""
    return frame.select(column).drop_nulls().unique().select(nw.len())


@procedure(
    en="how many distinct {column} per {group}",
    ru="сколько разных {column} по {group}",
    where="is compares year flag",
    example={"column": "product", "group": "region"},
)
def distinct_by_group(frame: Frame, *, column: Key, group: Column) -> Result:
    """How many different values of a column of texts each value of another has."""
    pairs = frame.select(group, column).filter(~nw.col(column).is_null()).unique()
    return pairs.group_by(group).agg(nw.len().alias("distinct_" + column)).sort(group, nulls_last=True)


@procedure(
    en="distinct {column}; which {column}",
    ru="разные {column}; какие {column}",
    alone="list {column}; перечисли {column}",
    where="is compares is+both year not flag day day+until null is+compares",
    example={"column": "product"},
)
def distinct_values(frame: Frame, *, column: Key) -> Result:
    """The different values of a column, in alphabetical order."""
    return frame.select(column).drop_nulls().unique().sort(column)


@procedure(en="distinct {column}", ru="разные {column}", where="is", example={"column": "quantity"})
def distinct_number_values(frame: Frame, *, column: Number) -> Result:
    """The different numbers of a column, least first."""
    return frame.select(column).drop_nulls().unique().sort(column)


@procedure(
    en="most common {column}; which {column} is most common; which {column} has most rows; "
    "{column} with the most rows; "
    "which {column} most rows; {column} most rows",
    ru="самый частый {column}; какой {column} чаще всего; какой {column} больше всего строк; "
    "{column} больше всего строк",
    where="is compares year flag",
    example={"column": "product"},
    returns="str",
)
def most_common(frame: Frame, *, column: Key) -> Result:
    """The value of a column that most rows have, the first in the alphabet where several do."""
    known = frame.filter(~nw.col(column).is_null())
    counts = known.group_by(column).agg(nw.len().alias("rows_" + column))
    return counts.sort("rows_" + column, column, descending=[True, False]).head(1).select(column)


@procedure(
    en="least common {column}; which {column} is least common; which {column} has fewest rows; "
    "{column} with the fewest rows; "
    "which {column} fewest rows; {column} fewest rows",
    ru="самый редкий {column}; какой {column} реже всего; какой {column} меньше всего строк",
    where="is compares year flag",
    example={"column": "product"},
    returns="str",
)
def least_common(frame: Frame, *, column: Key) -> Result:
    """The value of a column that fewest rows have, the first in the alphabet where several do."""
    known = frame.filter(~nw.col(column).is_null())
    counts = known.group_by(column).agg(nw.len().alias("rows_" + column))
    return counts.sort("rows_" + column, column).head(1).select(column)


@procedure(
    en="top {n} most common {column}; {n} most common {column}; top {n} {column} per number of rows",
    ru="{n} самых частых {column}; топ {n} самых частых {column}",
    example={"column": "product", "n": 2},
)
def most_common_values(frame: Frame, *, column: Key, n: Count) -> Result:
    """The values of a column that most rows have, most first."""
    known = frame.filter(~nw.col(column).is_null())
    counts = known.group_by(column).agg(nw.len().alias("rows_" + column))
    return counts.sort("rows_" + column, column, descending=[True, False]).head(n)


@procedure(
    en="duplicate rows; duplicate",
    ru="дубликаты; дубликаты строк",
    example={"columns": ["day"]},
)
def duplicate_rows(frame: Frame, *, columns: Columns) -> Result:
    """The rows that are there more than once, each one time with how often."""
    counts = frame.group_by(*columns).agg(nw.len().alias("times"))
    return counts.filter(nw.col("times") > 1)


@procedure(
    en="how many duplicate rows; how many duplicate",
    ru="сколько дубликатов; сколько дубликатов строк",
    example={"columns": ["day"]},
)
def duplicate_count(frame: Frame, *, columns: Columns) -> Result:
    """How many rows repeat another one: rows less different rows."""
    different = frame.group_by(*columns).agg(nw.len().alias("times"))
    return different.select((nw.col("times").sum() - nw.len()).alias("repeated"))


@procedure(
    en="duplicate exist; duplicate rows exist",
    ru="есть ли дубликаты; есть ли дубликаты строк",
    example={"columns": ["region", "product"]},
    returns="bool",
)
def has_duplicates(frame: Frame, *, columns: Columns) -> Result:
    """Whether a row is there more than once."""
    different = frame.group_by(*columns).agg(nw.len().alias("times"))
    return different.select(nw.col("times").max().alias("most")).select(nw.col("most") > 1)


@procedure(
    en="duplicate {column}",
    ru="дубликаты {column}; повторяющиеся {column}",
    example={"column": "product"},
)
def duplicate_values(frame: Frame, *, column: Column) -> Result:
    """The values of a column that are there more than once, with how often."""
    known = frame.filter(~nw.col(column).is_null())
    counts = known.group_by(column).agg(nw.len().alias("times"))
    return counts.filter(nw.col("times") > 1).sort("times", column, descending=[True, False])
