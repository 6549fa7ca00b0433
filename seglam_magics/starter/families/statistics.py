"""Quantiles, outliers, bins, correlation."""

from typing import Any

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Frame, Number, Percent, Result, Share, Size, procedure


def within(run: Any, frame: Any, value: Any) -> None:
    """It lies between the least and the greatest value."""
    result = run()
    known = [row[value] for row in frame if row[value] is not None]
    assert (result is None) == (not known)
    assert result is None or min(known) - 1e-6 * abs(min(known)) <= result <= max(known) + 1e-6 * abs(max(known))


@procedure(
    en="percentile {percent} {value}; percentile {percent} of {value}",
    ru="процентиль {percent} {value}",
    where="is",
    example={"value": "price", "percent": 90.0},
    holds=[within],
)
def percentile(frame: Frame, *, value: Number, percent: Percent) -> Result:
    """The value below which so many per cent of a column lie, between two values in proportion."""
    return frame.select(nw.col(value).quantile(percent / 100, interpolation="linear"))


@procedure(
    en="quantile {share} {value}",
    ru="квантиль {share} {value}",
    where="is",
    example={"value": "price", "share": 0.9},
    holds=[within],
)
def quantile(frame: Frame, *, value: Number, share: Share) -> Result:
    """The value below which such a share of a column lies, between two values in proportion."""
    return frame.select(nw.col(value).quantile(share, interpolation="linear"))


@procedure(
    en="percentile {percent} {value} per {group}",
    ru="процентиль {percent} {value} по {group}",
    example={"value": "price", "percent": 90.0, "group": "product"},
)
def percentile_by_group(frame: Frame, *, value: Number, percent: Percent, group: Column) -> Result:
    """The value below which so many per cent of a column lie, for each value of another."""
    c, name = nw.col(value), "percentile_" + value
    found = frame.group_by(group).agg(c.quantile(percent / 100, interpolation="linear").alias(name))
    return found.sort(group, nulls_last=True)


@procedure(
    en="quartiles {value}",
    ru="квартили {value}",
    where="is",
    example={"value": "price"},
)
def quartiles(frame: Frame, *, value: Number) -> Result:
    """First, second and third quartile of a column."""
    c = nw.col(value)
    return frame.select(
        c.quantile(0.25, interpolation="linear").alias("25%"),
        c.quantile(0.5, interpolation="linear").alias("50%"),
        c.quantile(0.75, interpolation="linear").alias("75%"),
    )


@procedure(
    en="interquartile range of {value}",
    ru="межквартильный размах {value}",
    where="is",
    example={"value": "price"},
)
def interquartile_range(frame: Frame, *, value: Number) -> Result:
    """Third quartile of a column less its first one."""
    c = nw.col(value)
    ends = frame.select(
        c.quantile(0.25, interpolation="linear").alias("low"), c.quantile(0.75, interpolation="linear").alias("high")
    )
    return ends.select(nw.col("high") - nw.col("low"))


@procedure(
    en="outliers {value}; outliers rows {value}; rows outliers {value}; rows outliers per {value}; "
    "outliers per {value}",
    ru="выбросы {value}; выбросы по {value}",
    where="is",
    example={"value": "quantity"},
    order="unordered",
)
def outliers(frame: Frame, *, value: Number) -> Result:
    """The rows whose value lies more than one and a half interquartile ranges outside of the quartiles."""
    c, low, high = nw.col(value), "low_of_" + value, "high_of_" + value
    fenced = frame.filter(~c.is_null()).with_columns(
        c.quantile(0.25, interpolation="linear").alias(low), c.quantile(0.75, interpolation="linear").alias(high)
    )
    reach = (nw.col(high) - nw.col(low)) * 1.5
    return fenced.filter((c < nw.col(low) - reach) | (c > nw.col(high) + reach)).drop(low, high)


@procedure(
    en="how many outliers {value}; how many outliers per {value}",
    ru="сколько выбросов {value}; сколько выбросов по {value}",
    example={"value": "quantity"},
)
def outlier_count(frame: Frame, *, value: Number) -> Result:
    """How many rows lie more than one and a half interquartile ranges outside of the quartiles of a column."""
    c, low, high = nw.col(value), "low_of_" + value, "high_of_" + value
    fenced = (
        frame.select(value)
        .filter(~c.is_null())
        .with_columns(
            c.quantile(0.25, interpolation="linear").alias(low), c.quantile(0.75, interpolation="linear").alias(high)
        )
    )
    reach = (nw.col(high) - nw.col(low)) * 1.5
    return fenced.filter((c < nw.col(low) - reach) | (c > nw.col(high) + reach)).select(nw.len())


@procedure(
    en="histogram {value} {n} bins; {value} {n} bins; histogram {value} with {n} bins",
    ru="гистограмма {value} {n} интервалов; распределение {value} {n} интервалов",
    example={"value": "price", "n": 3},
)
def histogram(frame: Frame, *, value: Number, n: Size) -> Result:
    """How many rows fall into each of so many equally wide intervals; the greatest value belongs to the last."""
    c, low, high, place = nw.col(value), "low_of_" + value, "high_of_" + value, "bin_of_" + value
    known = frame.select(value).drop_nulls().with_columns(c.min().alias(low), c.max().alias(high))
    width = (nw.col(high) - nw.col(low)) / n
    wide = nw.when(nw.col(high) > nw.col(low)).then(width).otherwise(1.0)
    placed = known.with_columns(wide.alias("width_of_" + value)).with_columns(
        ((c - nw.col(low)) / nw.col("width_of_" + value)).floor().alias(place)
    )
    held = placed.with_columns(nw.when(nw.col(place) >= n).then(float(n - 1)).otherwise(nw.col(place)).alias(place))
    starts = held.with_columns((nw.col(low) + nw.col(place) * nw.col("width_of_" + value)).alias("from_" + value))
    return starts.group_by("from_" + value).agg(nw.len().alias("rows")).sort("from_" + value)


def is_correlation(run: Any) -> None:
    """It lies between minus one and one."""
    result = run()
    assert result is None or -1 - 1e-6 <= result <= 1 + 1e-6


@procedure(
    en="correlation {one} and {other}; how correlation {one} and {other}; correlation {one} to {other}; "
    "correlation between {one} and {other}; how correlation {one} to {other}; correlation {one} {other}",
    ru="корреляция {one} и {other}; корреляция между {one} и {other}; "
    "насколько коррелируют {one} и {other}; корреляция {one} {other}; корреляция {one} к {other}",
    where="is",
    example={"one": "price", "other": "quantity"},
)
def correlation(frame: Frame, *, one: Number, other: Number) -> Result:
    """Pearson's correlation of two columns over the rows that have both."""
    known = frame.filter(~nw.col(one).is_null(), ~nw.col(other).is_null()).select(
        nw.col(one).cast(nw.Float64).alias("x"), nw.col(other).cast(nw.Float64).alias("y")
    )
    centred = known.with_columns(nw.col("x").mean().alias("mx"), nw.col("y").mean().alias("my")).with_columns(
        (nw.col("x") - nw.col("mx")).alias("x"), (nw.col("y") - nw.col("my")).alias("y")
    )
    products = centred.select(
        (nw.col("x") * nw.col("y")).alias("xy"),
        (nw.col("x") * nw.col("x")).alias("xx"),
        (nw.col("y") * nw.col("y")).alias("yy"),
    )
    sums = products.select(nw.col("xy").sum(), nw.col("xx").sum(), nw.col("yy").sum())
    spread = (nw.col("xx") * nw.col("yy")).sqrt()
    return sums.select(nw.when(spread > 1e-12).then(nw.col("xy") / spread).otherwise(None).alias("correlation"))


@procedure(
    en="correlation {one} and {other} per {group}; correlation between {one} and {other} per {group}; "
    "correlation {one} to {other} per {group}",
    ru="корреляция {one} и {other} по {group}",
    example={"one": "price", "other": "quantity", "group": "product"},
)
def correlation_by_group(frame: Frame, *, one: Number, other: Number, group: Column) -> Result:
    """Pearson's correlation of two columns, for each value of a third."""
    known = frame.filter(~nw.col(one).is_null(), ~nw.col(other).is_null()).select(
        group, nw.col(one).cast(nw.Float64).alias("x_" + one), nw.col(other).cast(nw.Float64).alias("y_" + other)
    )
    x, y = nw.col("x_" + one), nw.col("y_" + other)
    centred = known.with_columns(x.mean().over(group).alias("mean_x"), y.mean().over(group).alias("mean_y"))
    dx, dy = x - nw.col("mean_x"), y - nw.col("mean_y")
    products = centred.with_columns((dx * dy).alias("xy"), (dx * dx).alias("xx"), (dy * dy).alias("yy"))
    sums = products.group_by(group).agg(nw.col("xy").sum(), nw.col("xx").sum(), nw.col("yy").sum())
    spread = (nw.col("xx") * nw.col("yy")).sqrt()
    found = nw.when(spread > 1e-12).then(nw.col("xy") / spread).otherwise(None)
    return sums.with_columns(found.alias("correlation")).select(group, "correlation").sort(group, nulls_last=True)
