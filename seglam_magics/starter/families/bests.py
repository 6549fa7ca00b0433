"""Which value of a column has the highest or lowest of another, and the first of such an order."""

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import (
    Column,
    Count,
    Frame,
    Key,
    Number,
    Result,
    procedure,
)


@procedure(
    en="which {group} has the highest mean {value}; {group} with the highest mean {value}; "
    "{group} has max mean {value}; "
    "which {group} max mean {value}",
    ru="какой {group} имеет максимальный средний {value}; {group} с максимальным среднее {value}; "
    "какой {group} максимальный средний {value}",
    each="median total std",
    where="is compares",
    where_each="is",
    example={"value": "price", "group": "region"},
    returns="str",
)
def group_with_highest_mean(frame: Frame, *, group: Key, value: Number) -> Result:
    """The value of a column whose rows have the highest mean of another."""
    known = frame.filter(~nw.col(group).is_null())
    groups = known.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    best = groups.filter(~nw.col("mean_" + value).is_null())
    return best.sort("mean_" + value, group, descending=[True, False], nulls_last=True).head(1).select(group)


@procedure(
    en="which {group} has the lowest mean {value}; {group} with the lowest mean {value}; {group} has min mean {value}; "
    "which {group} min mean {value}",
    ru="какой {group} имеет минимальный средний {value}; {group} с минимальным среднее {value}; "
    "какой {group} минимальный средний {value}",
    each="median total std",
    where="is compares",
    where_each="is",
    example={"value": "price", "group": "region"},
    returns="str",
)
def group_with_lowest_mean(frame: Frame, *, group: Key, value: Number) -> Result:
    """The value of a column whose rows have the lowest mean of another."""
    known = frame.filter(~nw.col(group).is_null())
    groups = known.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    best = groups.filter(~nw.col("mean_" + value).is_null())
    return best.sort("mean_" + value, group, nulls_last=True).head(1).select(group)


@procedure(
    en="which {group} has the highest mean {value}; {group} with the highest mean {value}",
    ru="какой {group} имеет максимальный средний {value}; {group} с максимальным среднее {value}",
    each="median total",
    example={"value": "price", "group": "quantity"},
    returns="number",
)
def number_with_highest_mean(frame: Frame, *, group: Number, value: Number) -> Result:
    """The number in a column, such as a year, whose rows have the highest mean of another."""
    known = frame.filter(~nw.col(group).is_null())
    groups = known.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    best = groups.filter(~nw.col("mean_" + value).is_null())
    return best.sort("mean_" + value, group, descending=[True, False], nulls_last=True).head(1).select(group)


@procedure(
    en="which {group} has the lowest mean {value}; {group} with the lowest mean {value}",
    ru="какой {group} имеет минимальный средний {value}; {group} с минимальным среднее {value}",
    each="median total",
    example={"value": "price", "group": "quantity"},
    returns="number",
)
def number_with_lowest_mean(frame: Frame, *, group: Number, value: Number) -> Result:
    """The number in a column, such as a year, whose rows have the lowest mean of another."""
    known = frame.filter(~nw.col(group).is_null())
    groups = known.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    best = groups.filter(~nw.col("mean_" + value).is_null())
    return best.sort("mean_" + value, group, nulls_last=True).head(1).select(group)


@procedure(
    en="which {group} has the highest {value}; {group} with the highest {value}; {group} has max {value}",
    ru="какой {group} имеет максимальный {value}; {group} с максимальным {value}",
    where="is",
    example={"value": "price", "group": "region"},
)
def values_with_max(frame: Frame, *, group: Key, value: Number) -> Result:
    """The values of a column in the rows that have the greatest value of another, in alphabetical order."""
    known = frame.filter(~nw.col(value).is_null()).select(group, value)
    ranked = known.with_columns(nw.col(value).max().alias("greatest_of_" + value))
    return ranked.filter(nw.col(value) >= nw.col("greatest_of_" + value)).select(group).unique().sort(group)


@procedure(
    en="which {group} has the lowest {value}; {group} with the lowest {value}; {group} has min {value}",
    ru="какой {group} имеет минимальный {value}; {group} с минимальным {value}",
    where="is",
    example={"value": "price", "group": "region"},
)
def values_with_min(frame: Frame, *, group: Key, value: Number) -> Result:
    """The values of a column in the rows that have the least value of another, in alphabetical order."""
    known = frame.filter(~nw.col(value).is_null()).select(group, value)
    ranked = known.with_columns(nw.col(value).min().alias("least_of_" + value))
    return ranked.filter(nw.col(value) <= nw.col("least_of_" + value)).select(group).unique().sort(group)


@procedure(
    en="top {n} {group} by mean {value}; top {n} {group} per mean {value}; {n} {group} with the highest mean {value}; "
    "top {n} {group} with highest mean {value}; "
    "top {n} {group} per highest mean {value}; {n} max {group} by mean {value}",
    ru="топ {n} {group} по среднее {value}; {n} {group} с наибольшим среднее {value}",
    each="median total",
    where="is year",
    where_each="",
    example={"value": "price", "group": "region", "n": 2},
)
def top_groups_by_mean(frame: Frame, *, group: Column, value: Number, n: Count) -> Result:
    """The values of a column whose rows have the highest means of another, highest first."""
    groups = frame.filter(~nw.col(group).is_null()).group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    known = groups.filter(~nw.col("mean_" + value).is_null())
    return known.sort("mean_" + value, group, descending=[True, False], nulls_last=True).head(n)


@procedure(
    en="bottom {n} {group} by mean {value}; {n} {group} with the lowest mean {value}; {n} min {group} by mean {value}",
    ru="{n} {group} с наименьшим среднее {value}",
    each="median total",
    example={"value": "price", "group": "region", "n": 2},
)
def bottom_groups_by_mean(frame: Frame, *, group: Column, value: Number, n: Count) -> Result:
    """The values of a column whose rows have the lowest means of another, lowest first."""
    groups = frame.filter(~nw.col(group).is_null()).group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    known = groups.filter(~nw.col("mean_" + value).is_null())
    return known.sort("mean_" + value, group, nulls_last=True).head(n)
