"""Growth, running totals, moving means, and first and last dates."""

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import (
    Column,
    Date,
    Frame,
    Number,
    Result,
    Size,
    procedure,
)


@procedure(
    en="growth {value} month over month; growth sum {value} month over month; growth {value} monthly; "
    "{value} month over month; growth sum {value} monthly; change {value} month over month",
    ru="рост {value} месяц к месяцу; рост суммы {value} месяц к месяцу; рост {value} по месяцам; "
    "прирост {value} месяц к месяцу",
    where="is",
    example={"value": "price", "date": "day"},
    optional="date",
)
def monthly_growth(frame: Frame, *, value: Number, date: Date) -> Result:
    """Sum of a column for each month, and by what share it has grown since the one before, if that has rows."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        (nw.col(date).dt.year() * 12 + nw.col(date).dt.month() - 1).alias("place")
    )
    now = dated.group_by("place").agg(nw.col(value).sum().alias("total_" + value))
    past = now.select((nw.col("place") + 1).alias("place"), nw.col("total_" + value).alias("before"))
    both = now.join(past, on="place", how="left")
    base = nw.when(nw.col("before") == 0).then(None).otherwise(nw.col("before"))
    grown = both.with_columns(base.alias("base")).with_columns(
        ((nw.col("total_" + value) - nw.col("base")) / nw.col("base")).alias("growth_" + value)
    )
    return grown.select(
        (nw.col("place") // 12).alias("year"),
        (nw.col("place") % 12 + 1).alias("month"),
        "total_" + value,
        "growth_" + value,
    ).sort("year", "month")


@procedure(
    en="growth {value} year over year; growth sum {value} year over year; growth {value} yearly; "
    "{value} year over year; growth sum {value} yearly; change {value} year over year",
    ru="рост {value} год к году; рост суммы {value} год к году; рост {value} по годам; прирост {value} год к году",
    where="is",
    example={"value": "price", "date": "day"},
    optional="date",
)
def yearly_growth(frame: Frame, *, value: Number, date: Date) -> Result:
    """Sum of a column for each year, and by what share it has grown since the one before, if that has rows."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns((nw.col(date).dt.year()).alias("place"))
    now = dated.group_by("place").agg(nw.col(value).sum().alias("total_" + value))
    past = now.select((nw.col("place") + 1).alias("place"), nw.col("total_" + value).alias("before"))
    both = now.join(past, on="place", how="left")
    base = nw.when(nw.col("before") == 0).then(None).otherwise(nw.col("before"))
    grown = both.with_columns(base.alias("base")).with_columns(
        ((nw.col("total_" + value) - nw.col("base")) / nw.col("base")).alias("growth_" + value)
    )
    return grown.select(nw.col("place").alias("year"), "total_" + value, "growth_" + value).sort("year")


@procedure(
    en="cumulative {value} daily; cumulative {value}; cumulative sum {value} daily; cumulative sum {value}; "
    "cumulative {value} over time; cumulative {value} per date",
    ru="накопленная {value} по дням; накопленная сумма {value}; накопленная {value}; накопленная сумма {value} по дням",
    where="is",
    example={"value": "price", "date": "day"},
    optional="date",
)
def running_total(frame: Frame, *, value: Number, date: Date) -> Result:
    """Sum of a column for each day and up to it."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(nw.col(date).dt.date().alias("day_of_" + date))
    days = dated.group_by("day_of_" + date).agg(nw.col(value).sum().alias("total_" + value))
    running = nw.col("total_" + value).cum_sum().over(order_by="day_of_" + date)
    return days.with_columns(running.alias("running_" + value)).sort("day_of_" + date)


@procedure(
    en="{n} moving average {value}; moving average {value} with a window of {n}; {n} moving average {value} daily; "
    "{n} moving average sum {value}; moving average {value} {n}",
    ru="скользящее среднее {value} с окном {n}; {n} скользящее среднее {value}",
    example={"value": "price", "date": "day", "n": 3},
    optional="date",
)
def moving_mean(frame: Frame, *, value: Number, date: Date, n: Size) -> Result:
    """Sum of a column for each day, and its mean over so many days that have rows; none until there are so many."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(nw.col(date).dt.date().alias("day_of_" + date))
    days = dated.group_by("day_of_" + date).agg(nw.col(value).sum().alias("total_" + value))
    moving = nw.col("total_" + value).rolling_mean(n, min_samples=n).over(order_by="day_of_" + date)
    return days.with_columns(moving.alias("moving_" + value)).sort("day_of_" + date)


@procedure(
    en="first {date}; min {date}; first date; min date; first date of rows; when was first rows; when was first {date}",
    ru="первая {date}; минимальная {date}; первая дата; минимальная дата; когда была первая строка",
    where="is",
    example={"date": "day"},
    returns="date",
    optional="date",
)
def first_date(frame: Frame, *, date: Date) -> Result:
    """The earliest date of a column."""
    return frame.select(nw.col(date).dt.date().min())


@procedure(
    en="last {date}; max {date}; last date; max date; last date of rows; when was last rows; when was last {date}",
    ru="последняя {date}; максимальная {date}; последняя дата; максимальная дата; когда была последняя строка",
    where="is",
    example={"date": "day"},
    returns="date",
    optional="date",
)
def last_date(frame: Frame, *, date: Date) -> Result:
    """The latest date of a column."""
    return frame.select(nw.col(date).dt.date().max())


@procedure(
    en="date range; range {date}; date range of {date}; date range rows",
    ru="период; диапазон дат; период {date}",
    where="is",
    example={"date": "day"},
    optional="date",
)
def date_range(frame: Frame, *, date: Date) -> Result:
    """The earliest and the latest date of a column."""
    day = nw.col(date).dt.date()
    return frame.select(day.min().alias("first_" + date), day.max().alias("last_" + date))


@procedure(
    en="first {date} per {group}; min {date} per {group}; first date per {group}",
    ru="первая {date} по {group}; первая дата по {group}",
    example={"date": "day", "group": "region"},
    optional="date",
)
def first_date_by_group(frame: Frame, *, date: Date, group: Column) -> Result:
    """The earliest date for each value of a column."""
    dated = frame.with_columns(nw.col(date).dt.date().alias("day_of_" + date))
    return dated.group_by(group).agg(nw.col("day_of_" + date).min().alias("first_" + date)).sort(group, nulls_last=True)


@procedure(
    en="last {date} per {group}; max {date} per {group}; last date per {group}",
    ru="последняя {date} по {group}; последняя дата по {group}",
    example={"date": "day", "group": "region"},
    optional="date",
)
def last_date_by_group(frame: Frame, *, date: Date, group: Column) -> Result:
    """The latest date for each value of a column."""
    dated = frame.with_columns(nw.col(date).dt.date().alias("day_of_" + date))
    return dated.group_by(group).agg(nw.col("day_of_" + date).max().alias("last_" + date)).sort(group, nulls_last=True)


@procedure(
    en="mean {value} monthly per {group}; mean {value} per {group} and monthly",
    ru="среднее {value} по месяцам по {group}; среднее {value} по {group} по месяцам",
    each="total",
    example={"value": "price", "date": "day", "group": "region"},
    optional="date",
)
def mean_by_month_and_group(frame: Frame, *, value: Number, date: Date, group: Column) -> Result:
    """Mean of a column for each month and each value of another column."""
    dated = frame.filter(~nw.col(date).is_null())
    dated = dated.with_columns(nw.col(date).dt.truncate("1mo").alias("month_of_" + date))
    groups = dated.group_by("month_of_" + date, group).agg(nw.col(value).mean().alias("mean_" + value))
    return groups.sort("month_of_" + date, group, nulls_last=True)
