"""Rows: those that are so, the first of an order, sorted, ranked."""

from typing import Any

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Count, Frame, Key, Number, Result, procedure

ALL = (
    "is not in2 in3 notin2 compares null known starts ends contains day day+until year is+both is+compares is+except "
    "not+except compares+bounds is+null is+known is+day is+year is+both+compares compares+bounds+is not+compares "
    "flag is+flag compares+flag flag+year is+day+until compares+year compares+day+until in2+both in2+compares in2+year"
)
AS_THEY_COME = "by the value, then as the rows come"
AS_ROWS_COME = "as the rows come"  # not of a library whose rows come in no order, see matching.py


def rows_of_the_frame(run: Any, frame: Any) -> None:
    """Every row is one of the frame."""
    result = run()
    assert len(result) <= len(frame)
    assert all(row in frame for row in result)


@procedure(
    en="rows; which rows",
    ru="строки; какие строки",
    where=ALL,
    bare=False,
    example={},
    order="unordered",
    holds=[rows_of_the_frame],
)
def rows(frame: Frame) -> Result:
    """The rows that are so."""
    return frame.filter(nw.lit(True))  # noqa: FBT003


def values_of_rows(run: Any, frame: Any, value: Any) -> None:
    """Every value is that of a row of the frame, and no row gives two."""
    result = run()
    assert len(result) <= len(frame)
    assert {row[value] for row in result} <= {row[value] for row in frame}


@procedure(
    en="every value of {value}; each value of {value}",
    ru="каждое значение {value}",
    where="is compares is+both is+compares compares+bounds is+both+compares",
    bare=False,
    meant=True,  # "each value of" reads as "per"
    example={"value": "product"},
    order="unordered",
    holds=[values_of_rows],
)
def values(frame: Frame, *, value: Key) -> Result:
    """The values that a column has in the rows that are so, one for each row."""
    return frame.select(value)


def no_more_than_n(run: Any, frame: Any, n: Any) -> None:
    """There are at most n rows, and each is one of the frame."""
    result = run()
    assert len(result) <= n
    assert all(row in frame for row in result)


@procedure(
    en="top {n} rows per {value}; top {n} rows {value}; {n} max rows per {value}; {n} rows with the highest {value}; "
    "top {n} rows sorted per {value}; sort rows per {value} descending first {n}; "
    "rows sort per {value} descending first {n}; "
    "sort per {value} descending first {n}; sort {value} descending first {n}; "
    "sort rows {value} descending first {n}; top {n} {value} rows; top {n} per {value}; "
    "rows with the {n} highest {value}",
    ru="топ {n} строк по {value}; {n} строк с наибольшим {value}; {n} наибольших строк по {value}; топ {n} по {value}; "
    "{n} максимальных строк по {value}; топ {n} строк {value}",
    where="is compares is+both year flag not day+until",
    example={"value": "quantity", "n": 2},
    order=AS_THEY_COME,
    holds=[no_more_than_n],
)
def top_rows(frame: Frame, *, value: Number, n: Count) -> Result:
    """The rows with the greatest values of a column, greatest first."""
    known = frame.filter(~nw.col(value).is_null())
    return known.sort(value, descending=True, nulls_last=True).head(n)


@procedure(
    en="bottom {n} rows per {value}; bottom {n} rows {value}; {n} min rows per {value}; "
    "{n} rows with the lowest {value}; "
    "sort rows per {value} first {n}; sort rows per {value} ascending first {n}; sort per {value} first {n}; "
    "sort per {value} ascending first {n}; sort {value} ascending first {n}; "
    "sort {value} first {n}; bottom {n} {value} rows; bottom {n} per {value}; rows with the {n} lowest {value}",
    ru="{n} строк с наименьшим {value}; {n} наименьших строк по {value}; {n} минимальных строк по {value}",
    where="is compares is+both year flag not day+until",
    example={"value": "quantity", "n": 2},
    order=AS_THEY_COME,
    holds=[no_more_than_n],
)
def bottom_rows(frame: Frame, *, value: Number, n: Count) -> Result:
    """The rows with the least values of a column, least first."""
    known = frame.filter(~nw.col(value).is_null())
    return known.sort(value, nulls_last=True).head(n)


def is_extreme(run: Any, frame: Any, value: Any) -> None:
    """Each row found has the extreme value, and all that have it are found."""
    result = run()
    known = [row[value] for row in frame if row[value] is not None]
    found = {row[value] for row in result}
    assert len(found) == (1 if known else 0)
    assert len(result) == sum(v in found for v in known)


@procedure(
    en="rows with the highest {value}; which rows has the highest {value}; rows has max {value}; "
    "which rows with the highest {value}; max rows per {value}; which rows is max {value}",
    ru="строки с самым большим {value}; какая строка имеет максимальный {value}; строки с максимальным {value}; "
    "у какой строки максимальный {value}; у каких строк максимальный {value}",
    where="is compares is+both year flag not day+until",
    example={"value": "quantity"},
    order="unordered",
    holds=[is_extreme],
)
def rows_with_max(frame: Frame, *, value: Number) -> Result:
    """The rows that have the greatest value of a column; all of them where several have it."""
    known = frame.filter(~nw.col(value).is_null())
    ranked = known.with_columns(nw.col(value).max().alias("greatest_of_" + value))
    return ranked.filter(nw.col(value) >= nw.col("greatest_of_" + value)).drop("greatest_of_" + value)


@procedure(
    en="rows with the lowest {value}; which rows has the lowest {value}; rows has min {value}; "
    "which rows with the lowest {value}; min rows per {value}; which rows is min {value}",
    ru="строки с самым маленьким {value}; какая строка имеет минимальный {value}; строки с минимальным {value}; "
    "у какой строки минимальный {value}; у каких строк минимальный {value}",
    where="is compares is+both year flag not day+until",
    example={"value": "quantity"},
    order="unordered",
    holds=[is_extreme],
)
def rows_with_min(frame: Frame, *, value: Number) -> Result:
    """The rows that have the least value of a column; all of them where several have it."""
    known = frame.filter(~nw.col(value).is_null())
    ranked = known.with_columns(nw.col(value).min().alias("least_of_" + value))
    return ranked.filter(nw.col(value) <= nw.col("least_of_" + value)).drop("least_of_" + value)


@procedure(
    en="first {n} rows; {n} first rows; first {n}",
    ru="первые {n} строк; первые {n}",
    where="is compares is+both year flag not day+until",
    example={"n": 2},
    order=AS_ROWS_COME,
    holds=[no_more_than_n],
)
def first_rows(frame: Frame, *, n: Count) -> Result:
    """The first rows of the table, as they come."""
    return frame.with_columns(nw.lit(0).alias("all alike")).sort("all alike").head(n).drop("all alike")


@procedure(
    en="last {n} rows; {n} last rows; last {n}",
    ru="последние {n} строк; последние {n}",
    where="is compares is+both year flag not day+until",
    example={"n": 2},
    order=AS_ROWS_COME,
    holds=[no_more_than_n],
)
def last_rows(frame: Frame, *, n: Count) -> Result:
    """The last rows of the table, as they come."""
    numbered = frame.with_columns(nw.lit(1).alias("number of row"))
    numbered = numbered.with_columns(nw.col("number of row").cum_sum().over(order_by="number of row"))
    return numbered.sort("number of row", descending=True).head(n).sort("number of row").drop("number of row")


@procedure(
    en="top {n} {value}; {n} max {value}",
    ru="топ {n} {value}; {n} наибольших {value}",
    where="is compares year flag",
    example={"value": "quantity", "n": 2},
)
def top_values(frame: Frame, *, value: Number, n: Count) -> Result:
    """The greatest values of a column, greatest first; one that is there twice comes twice."""
    return frame.select(value).drop_nulls().sort(value, descending=True, nulls_last=True).head(n)


@procedure(
    en="bottom {n} {value}; {n} min {value}",
    ru="{n} наименьших {value}",
    where="is compares year flag",
    example={"value": "quantity", "n": 2},
)
def bottom_values(frame: Frame, *, value: Number, n: Count) -> Result:
    """The least values of a column, least first; one that is there twice comes twice."""
    return frame.select(value).drop_nulls().sort(value, nulls_last=True).head(n)


def all_rows(run: Any, frame: Any) -> None:
    """No row is lost."""
    assert len(run()) == len(frame)


@procedure(
    en="sort rows per {by}; sort per {by}; sort rows {by}; sort {by}; sort rows per {by} ascending; "
    "sort per {by} ascending; rows per {by} ascending; sort rows {by} ascending",
    ru="отсортируй строки по {by}; отсортируй по {by}; отсортируй строки по {by} по возрастанию; "
    "отсортируй по {by} по возрастанию; строки по возрастанию {by}; отсортируй строки по возрастанию {by}; "
    "отсортируй по возрастанию {by}",
    where="is",
    example={"by": "price"},
    order=AS_THEY_COME,
    holds=[all_rows],
)
def sorted_rows(frame: Frame, *, by: Column) -> Result:
    """The rows in ascending order of a column, what is missing last."""
    return frame.sort(by, nulls_last=True)


@procedure(
    en="sort rows per {by} descending; sort per {by} descending; rows per {by} descending; sort rows {by} descending; "
    "sort {by} descending",
    ru="отсортируй строки по {by} по убыванию; отсортируй по {by} по убыванию; строки по убыванию {by}; "
    "отсортируй строки по убыванию {by}; отсортируй по убыванию {by}",
    where="is",
    example={"by": "price"},
    order=AS_THEY_COME,
    holds=[all_rows],
)
def sorted_rows_descending(frame: Frame, *, by: Column) -> Result:
    """The rows in descending order of a column, what is missing last."""
    return frame.sort(by, descending=True, nulls_last=True)


@procedure(
    en="rank rows per {by}; rank per {by}; rank rows {by}; rank {by}; rank rows per {by} descending; "
    "rank per {by} descending",
    ru="ранжируй строки по {by}; ранг строк по {by}; ранг по {by}; ранжируй по {by}; "
    "ранжируй строки по {by} по убыванию",
    example={"by": "price"},
    order=AS_THEY_COME,
)
def ranked_rows(frame: Frame, *, by: Number) -> Result:
    """The rows with their rank by a column, greatest first; equal values have the same rank, then one is skipped."""
    known = frame.filter(~nw.col(by).is_null())
    ranked = known.with_columns(nw.col(by).rank("min", descending=True).alias("rank_" + by))
    return ranked.sort("rank_" + by, nulls_last=True)


@procedure(
    en="rank rows per {by} ascending; rank per {by} ascending",
    ru="ранжируй строки по {by} по возрастанию; ранг по {by} по возрастанию",
    example={"by": "price"},
    order=AS_THEY_COME,
)
def ranked_rows_ascending(frame: Frame, *, by: Number) -> Result:
    """The rows with their rank by a column, least first; equal values have the same rank, the next one is skipped."""
    known = frame.filter(~nw.col(by).is_null())
    ranked = known.with_columns(nw.col(by).rank("min").alias("rank_" + by))
    return ranked.sort("rank_" + by, nulls_last=True)


@procedure(
    en="rank rows per {by} within {group}; rank per {by} within {group}; rank {by} within {group}; "
    "rank rows per {by} within {group} descending; rank per {by} within {group} descending; "
    "rank {by} within {group} descending",
    ru="ранжируй строки по {by} внутри {group}; ранг по {by} внутри {group}",
    example={"by": "price", "group": "region"},
    order=AS_THEY_COME,
)
def ranked_within(frame: Frame, *, by: Number, group: Column) -> Result:
    """The rows with their rank by a column among those with the same value of another, greatest first."""
    known = frame.filter(~nw.col(by).is_null(), ~nw.col(group).is_null())
    ranked = known.with_columns(nw.col(by).rank("min", descending=True).over(group).alias("rank_" + by))
    return ranked.sort(group, "rank_" + by, nulls_last=True)
