"""One number of a column, and one for each value of another column."""

from typing import Any

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Frame, Number, Result, assume, procedure

CONDITIONS = (
    "is not in2 notin2 compares is+both is+compares compares+bounds day day+until year is+both+compares "
    "flag is+flag compares+flag flag+year null known is+year is+day+until compares+year in2+year is+except"
)


def is_between(run: Any, frame: Any, value: Any) -> None:
    """It lies between the least and the greatest value."""
    result = run()
    known = [row[value] for row in frame if row[value] is not None]
    assert (result is None) == (not known)
    assert result is None or min(known) - 1e-6 * abs(min(known)) <= result <= max(known) + 1e-6 * abs(max(known))


def groups_once(run: Any, frame: Any, group: Any) -> None:
    """Each value of the grouping column has one row."""
    assume(group not in ("n", "rows"))
    result = run()
    keys = [row[group] for row in result]
    assert len(keys) == len(set(keys))
    assert set(keys) == {row[group] for row in frame}


def pairs_once(run: Any, frame: Any, group: Any, second: Any) -> None:
    """Each pair of values of the grouping columns has one row."""
    assume(group != second)
    result = run()
    assert len(result) == len({(row[group], row[second]) for row in frame})


@procedure(
    en="mean {value}",
    ru="среднее {value}",
    each="median min max",
    where=CONDITIONS,
    where_each="is not compares is+both is+compares compares+bounds year in2 flag day+until is+year",
    example={"value": "price"},
    holds=[is_between],
)
def mean(frame: Frame, *, value: Number) -> Result:
    """Mean of a column."""
    return frame.select(nw.col(value).mean())


def adds_up(run: Any, frame: Any, value: Any) -> None:
    """It is the sum of what is known."""
    result = run()
    known = [row[value] for row in frame if row[value] is not None]
    assert abs(result - sum(known)) <= 1e-6 * max(1.0, sum(abs(v) for v in known))


@procedure(
    en="total {value}",
    ru="сумма {value}",
    where=CONDITIONS,
    example={"value": "price"},
    holds=[adds_up],
)
def total(frame: Frame, *, value: Number) -> Result:
    """Sum of a column."""
    return frame.select(nw.col(value).sum())


def nothing_varies(run: Any, frame: Any, value: Any) -> None:
    """It is nothing of fewer than two values, zero of equal ones, and more of others."""
    result = run()
    known = [row[value] for row in frame if row[value] is not None]
    assert (result is None) == (len(known) < 2)
    if result is not None:
        assert result >= 0
        assert (result > 1e-9 * max(abs(v) for v in known)) == (min(known) < max(known)) or max(known) - min(
            known
        ) < 1e-3


@procedure(
    en="standard deviation of {value}",
    ru="стандартное отклонение {value}",
    each="var",
    where="is compares flag year",
    example={"value": "price"},
    holds=[nothing_varies],
)
def std(frame: Frame, *, value: Number) -> Result:
    """Standard deviation of a column, as of a sample."""
    return frame.select(nw.col(value).std(ddof=1))


@procedure(
    en="mean {value} per {group}",
    ru="среднее {value} по {group}",
    each="median total min max std var",
    where="is not compares is+both is+compares in2 year day day+until compares+bounds flag is+year",
    where_each="is compares not flag year day+until in2",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def mean_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Mean of a column for each value of another."""
    groups = frame.group_by(group).agg(nw.col(value).mean().alias("mean_" + value))
    return groups.sort(group, nulls_last=True)


@procedure(
    en="mean {value} per {group} and {second}; pivot mean {value} per {group} and {second}",
    ru="среднее {value} по {group} и {second}; сводная таблица среднее {value} по {group} и {second}",
    each="median total min max std",
    where="is compares year flag",
    where_each="year",
    example={"value": "price", "group": "region", "second": "product"},
    holds=[pairs_once],
)
def mean_by_two_groups(frame: Frame, *, value: Number, group: Column, second: Column) -> Result:
    """Mean of a column for each pair of values of two others."""
    groups = frame.group_by(group, second).agg(nw.col(value).mean().alias("mean_" + value))
    return groups.sort(group, second, nulls_last=True)


@procedure(
    en="range of {value}",
    ru="размах {value}",
    where="is",
    example={"value": "price"},
    holds=[],
)
def range_of(frame: Frame, *, value: Number) -> Result:
    """Greatest value of a column less its least one."""
    ends = frame.select(nw.col(value).max().alias("greatest"), nw.col(value).min().alias("least"))
    return ends.select(nw.col("greatest") - nw.col("least"))


@procedure(
    en="range of {value} per {group}",
    ru="размах {value} по {group}",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def range_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Greatest value less the least one, for each value of another column."""
    ends = frame.group_by(group).agg(nw.col(value).max().alias("greatest"), nw.col(value).min().alias("least"))
    return ends.select(group, (nw.col("greatest") - nw.col("least")).alias("range_" + value)).sort(
        group, nulls_last=True
    )


@procedure(
    en="weighted mean {value} by {weight}; mean {value} weighted by {weight}; weighted mean {value} {weight}",
    ru="взвешенное среднее {value} по {weight}; взвешенное среднее {value} {weight}",
    where="is compares",
    example={"value": "price", "weight": "quantity"},
)
def weighted_mean(frame: Frame, *, value: Number, weight: Number) -> Result:
    """Mean of a column in which each row counts as much as another column says."""
    known = frame.filter(~nw.col(value).is_null(), ~nw.col(weight).is_null())
    sums = known.select((nw.col(value) * nw.col(weight)).sum().alias("whole"), nw.col(weight).sum().alias("weight"))
    heavy = nw.when(nw.col("weight") == 0).then(None).otherwise(nw.col("weight"))
    return sums.with_columns(heavy.alias("weight")).select(nw.col("whole") / nw.col("weight"))


@procedure(
    en="weighted mean {value} weighted by {weight} per {group}; mean {value} weighted by {weight} per {group}",
    ru="взвешенное среднее {value} {weight} по {group}",
    example={"value": "price", "weight": "quantity", "group": "region"},
    holds=[groups_once],
)
def weighted_mean_by_group(frame: Frame, *, value: Number, weight: Number, group: Column) -> Result:
    """Mean of a column in which each row counts as much as another column says, for each value of a third."""
    c, w, both = nw.col(value), nw.col(weight), ~nw.col(value).is_null() & ~nw.col(weight).is_null()
    parts = frame.select(
        group,
        nw.when(both).then(c * w).otherwise(None).alias("whole"),
        nw.when(both).then(w).otherwise(None).alias("w"),
    )
    sums = parts.group_by(group).agg(nw.col("whole").sum(), nw.col("w").sum())
    heavy = nw.when(nw.col("w") == 0).then(None).otherwise(nw.col("w"))
    found = sums.with_columns(heavy.alias("w")).with_columns((nw.col("whole") / nw.col("w")).alias("weighted_" + value))
    return found.select(group, "weighted_" + value).sort(group, nulls_last=True)


@procedure(
    en="ratio of {value} to {other}",
    ru="отношение {value} к {other}",
    where="is",
    example={"value": "price", "other": "quantity"},
)
def ratio_of_totals(frame: Frame, *, value: Number, other: Number) -> Result:
    """Sum of a column divided by the sum of another."""
    sums = frame.select(nw.col(value).sum().alias("whole"), nw.col(other).sum().alias("parts"))
    parts = nw.when(nw.col("parts") == 0).then(None).otherwise(nw.col("parts"))
    return sums.with_columns(parts.alias("parts")).select(nw.col("whole") / nw.col("parts"))


@procedure(
    en="min and max {value}; max and min {value}; lowest and highest {value}",
    ru="минимум и максимум {value}; максимум и минимум {value}",
    where="is compares",
    example={"value": "price"},
)
def extent(frame: Frame, *, value: Number) -> Result:
    """Least and greatest value of a column."""
    return frame.select(nw.col(value).min().alias("min_" + value), nw.col(value).max().alias("max_" + value))


@procedure(
    en="min and max {value} per {group}; max and min {value} per {group}",
    ru="минимум и максимум {value} по {group}; максимум и минимум {value} по {group}",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def extent_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Least and greatest value of a column, for each value of another."""
    c = nw.col(value)
    groups = frame.group_by(group).agg(c.min().alias("min_" + value), c.max().alias("max_" + value))
    return groups.sort(group, nulls_last=True)


@procedure(
    en="describe {value}",
    ru="описательная статистика {value}; описательная статистика по {value}",
    where="is",
    example={"value": "price"},
)
def described(frame: Frame, *, value: Number) -> Result:
    """Count, mean, standard deviation, least, quartiles and greatest of a column."""
    c = nw.col(value)
    return frame.select(
        c.count().alias("count"),
        c.mean().alias("mean"),
        c.std(ddof=1).alias("std"),
        c.min().alias("min"),
        c.quantile(0.25, interpolation="linear").alias("25%"),
        c.median().alias("median"),
        c.quantile(0.75, interpolation="linear").alias("75%"),
        c.max().alias("max"),
    )


@procedure(
    en="describe {value} per {group}",
    ru="описательная статистика {value} по {group}",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def described_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Count, mean, standard deviation, least, median and greatest, for each value of another column."""
    c = nw.col(value)
    groups = frame.group_by(group).agg(
        c.count().alias("count_" + value),
        c.mean().alias("mean_" + value),
        c.std(ddof=1).alias("std_" + value),
        c.min().alias("min_" + value),
        c.median().alias("median_" + value),
        c.max().alias("max_" + value),
    )
    return groups.sort(group, nulls_last=True)


@procedure(
    en="mean and median {value}; median and mean {value}",
    ru="среднее и медиана {value}",
    where="is",
    example={"value": "price"},
)
def mean_and_median(frame: Frame, *, value: Number) -> Result:
    """Mean and median of a column."""
    return frame.select(
        nw.col(value).mean().alias("mean_" + value),
        nw.col(value).median().alias("median_" + value),
    )


@procedure(
    en="mean and median {value} per {group}; median and mean {value} per {group}",
    ru="среднее и медиана {value} по {group}",
    where="is",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def mean_and_median_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Mean and median of a column for each value of another."""
    groups = frame.group_by(group).agg(
        nw.col(value).mean().alias("mean_" + value),
        nw.col(value).median().alias("median_" + value),
    )
    return groups.sort(group, nulls_last=True)


@procedure(
    en="mean and standard deviation {value}; standard deviation and mean {value}",
    ru="среднее и стандартное отклонение {value}",
    where="is",
    example={"value": "price"},
)
def mean_and_std(frame: Frame, *, value: Number) -> Result:
    """Mean and standard deviation of a column."""
    return frame.select(
        nw.col(value).mean().alias("mean_" + value),
        nw.col(value).std(ddof=1).alias("std_" + value),
    )


@procedure(
    en="mean and standard deviation {value} per {group}; standard deviation and mean {value} per {group}",
    ru="среднее и стандартное отклонение {value} по {group}",
    where="is",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def mean_and_std_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Mean and standard deviation of a column for each value of another."""
    groups = frame.group_by(group).agg(
        nw.col(value).mean().alias("mean_" + value),
        nw.col(value).std(ddof=1).alias("std_" + value),
    )
    return groups.sort(group, nulls_last=True)


@procedure(
    en="mean and maximum {value}; maximum and mean {value}",
    ru="среднее и максимум {value}",
    where="is",
    example={"value": "price"},
)
def mean_and_max(frame: Frame, *, value: Number) -> Result:
    """Mean and maximum of a column."""
    return frame.select(
        nw.col(value).mean().alias("mean_" + value),
        nw.col(value).max().alias("max_" + value),
    )


@procedure(
    en="mean and maximum {value} per {group}; maximum and mean {value} per {group}",
    ru="среднее и максимум {value} по {group}",
    where="is",
    example={"value": "price", "group": "region"},
    holds=[groups_once],
)
def mean_and_max_by_group(frame: Frame, *, value: Number, group: Column) -> Result:
    """Mean and maximum of a column for each value of another."""
    groups = frame.group_by(group).agg(
        nw.col(value).mean().alias("mean_" + value),
        nw.col(value).max().alias("max_" + value),
    )
    return groups.sort(group, nulls_last=True)
