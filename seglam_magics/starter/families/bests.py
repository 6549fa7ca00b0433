"""Which value of a column has the highest or lowest of another, and the first of such an order."""

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import (
    Column,
    Count,
    Frame,
    Key,
    Number,
    Result,
    Sign,
    Value,
    procedure,
)


@procedure(
    en="which {group} has the highest mean {value}; {group} with the highest mean {value}; "
    "{group} has max mean {value}; "
    "which {group} max mean {value}",
    ru="какой {group} имеет максимальный средний {value}; {group} с максимальным среднее {value}; "
    "какой {group} максимальный средний {value}",
    each="median total std",
    where="is compares year flag day+until",
    where_each="is year day+until flag",
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
    where="is compares year flag day+until",
    where_each="is year day+until flag",
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
    en="{group} total {value} {total_sign} {bound}; which {group} total {value} {total_sign} {bound}; "
    "{group} has total {value} {total_sign} {bound}; which {group} has total {value} {total_sign} {bound}; "
    "{group} with total {value} {total_sign} {bound}",
    ru="{group} сумма {value} {total_sign} {bound}; какие {group} сумма {value} {total_sign} {bound}; "
    "{group} с суммой {value} {total_sign} {bound}",
    where="is year",
    example={"value": "quantity", "group": "region", "total_sign": ">", "bound": 10.0},
)
def groups_where_total(frame: Frame, *, group: Key, value: Number, total_sign: Sign, bound: Value) -> Result:
    """The values of a column whose rows have such a sum of another, with it, in alphabetical order."""
    known = frame.filter(~nw.col(group).is_null())
    groups = known.group_by(group).agg(nw.col(value).sum().alias("total_" + value))
    total = nw.col("total_" + value)
    kept = groups.filter(
        {
            "<": total < bound,
            "<=": total <= bound,
            ">": total > bound,
            ">=": total >= bound,
            "=": total == bound,
            "!=": (total < bound) | (total > bound),
        }[total_sign]
    )
    return kept.sort(group)


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
    where="is year flag compares day+until",
    where_each="is year",
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


@procedure(
    en="rank {group} by mean {value}; mean {value} per {group} descending; mean {value} per {group} sort descending; "
    "sort {group} by mean {value} descending; {group} by mean {value} descending",
    ru="среднее {value} по {group} по убыванию; ранг {group} по среднее {value}; "
    "отсортируй среднее {value} по {group} по убыванию; среднее {value} по {group} отсортируй по убыванию",
    each="total",
    where="is year flag",
    where_each="is year flag",
    example={"value": "price", "group": "region"},
)
def mean_by_group_descending(frame: Frame, *, value: Number, group: Column) -> Result:
    """Mean of a column for each value of another, highest first."""
    groups = frame.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    return groups.sort("mean_" + value, group, descending=[True, False], nulls_last=True)


@procedure(
    en="mean {value} per {group} ascending; mean {value} per {group} sort ascending; "
    "sort {group} by mean {value} ascending; {group} by mean {value} ascending; sort {group} by mean {value}",
    ru="среднее {value} по {group} по возрастанию; отсортируй среднее {value} по {group} по возрастанию; "
    "среднее {value} по {group} отсортируй по возрастанию",
    each="total",
    where="is year flag",
    where_each="is year flag",
    example={"value": "price", "group": "region"},
)
def mean_by_group_ascending(frame: Frame, *, value: Number, group: Column) -> Result:
    """Mean of a column for each value of another, lowest first."""
    groups = frame.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    return groups.sort("mean_" + value, group, nulls_last=True)


@procedure(
    en="how many rows per {group} descending; count per {group} descending; how many rows per {group} sort descending; "
    "count per {group} sort descending; rank {group} by how many rows; count {group} descending; "
    "count {group} sort descending; count rows per {group} sort descending; count rows per {group} descending",
    ru="сколько строк по {group} по убыванию; сколько строк по {group} отсортируй по убыванию; "
    "частота {group} по убыванию",
    where="is year flag",
    example={"group": "region"},
)
def rows_by_group_descending(frame: Frame, *, group: Column) -> Result:
    """How many rows each value of a column has, most first."""
    groups = frame.group_by(group).agg(nw.len().alias("rows"))
    return groups.sort("rows", group, descending=[True, False], nulls_last=True)
