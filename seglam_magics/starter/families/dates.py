"""Time: by day, week, month, quarter and year, growth, running totals and moving means."""

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Date, Frame, Number, Result, procedure


@procedure(
    en="mean {value} monthly; mean {value} monthly of {date}",
    ru="среднее {value} по месяцам",
    each="total median min max",
    where="is thatyear flag compares",
    where_each="is",
    example={"value": "price", "date": "day"},
    optional="date",
)
def mean_by_month(frame: Frame, *, value: Number, date: Date) -> Result:
    """Mean of a column for each month."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1mo").alias("month_of_" + date)
    )
    return dated.group_by("month_of_" + date).agg(nw.col(value).mean().alias("mean_" + value)).sort("month_of_" + date)


@procedure(
    en="how many rows monthly; count rows monthly; count monthly; how many monthly; how many rows monthly of {date}",
    ru="сколько строк по месяцам; сколько по месяцам; частота по месяцам",
    where="is thatyear flag compares",
    example={"date": "day"},
    optional="date",
)
def rows_by_month(frame: Frame, *, date: Date) -> Result:
    """How many rows each month has."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1mo").alias("month_of_" + date)
    )
    return dated.group_by("month_of_" + date).agg(nw.len().alias("rows")).sort("month_of_" + date)


@procedure(
    en="mean {value} quarterly; mean {value} quarterly of {date}",
    ru="среднее {value} по кварталам",
    each="total median min max",
    where="is thatyear flag compares",
    where_each="is",
    example={"value": "price", "date": "day"},
    optional="date",
)
def mean_by_quarter(frame: Frame, *, value: Number, date: Date) -> Result:
    """Mean of a column for each quarter."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1q").alias("quarter_of_" + date)
    )
    return (
        dated.group_by("quarter_of_" + date).agg(nw.col(value).mean().alias("mean_" + value)).sort("quarter_of_" + date)
    )


@procedure(
    en="how many rows quarterly; count rows quarterly; count quarterly; how many quarterly; "
    "how many rows quarterly of {date}",
    ru="сколько строк по кварталам; сколько по кварталам; частота по кварталам",
    where="is thatyear flag compares",
    example={"date": "day"},
    optional="date",
)
def rows_by_quarter(frame: Frame, *, date: Date) -> Result:
    """How many rows each quarter has."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1q").alias("quarter_of_" + date)
    )
    return dated.group_by("quarter_of_" + date).agg(nw.len().alias("rows")).sort("quarter_of_" + date)


@procedure(
    en="mean {value} yearly; mean {value} yearly of {date}",
    ru="среднее {value} по годам",
    each="total median min max",
    where="is flag compares",
    where_each="",
    example={"value": "price", "date": "day"},
    optional="date",
)
def mean_by_year(frame: Frame, *, value: Number, date: Date) -> Result:
    """Mean of a column for each year."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(nw.col(date).dt.year().alias("year_of_" + date))
    return dated.group_by("year_of_" + date).agg(nw.col(value).mean().alias("mean_" + value)).sort("year_of_" + date)


@procedure(
    en="how many rows yearly; count rows yearly; count yearly; how many yearly; how many rows yearly of {date}",
    ru="сколько строк по годам; сколько по годам; частота по годам",
    where="is flag compares",
    example={"date": "day"},
    optional="date",
)
def rows_by_year(frame: Frame, *, date: Date) -> Result:
    """How many rows each year has."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(nw.col(date).dt.year().alias("year_of_" + date))
    return dated.group_by("year_of_" + date).agg(nw.len().alias("rows")).sort("year_of_" + date)


@procedure(
    en="mean {value} daily; mean {value} daily of {date}",
    ru="среднее {value} по дням",
    each="total median min max",
    where="is flag compares",
    where_each="",
    example={"value": "price", "date": "day"},
    optional="date",
)
def mean_by_day(frame: Frame, *, value: Number, date: Date) -> Result:
    """Mean of a column for each day."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(nw.col(date).dt.date().alias("day_of_" + date))
    return dated.group_by("day_of_" + date).agg(nw.col(value).mean().alias("mean_" + value)).sort("day_of_" + date)


@procedure(
    en="how many rows daily; count rows daily; count daily; how many daily; how many rows daily of {date}",
    ru="сколько строк по дням; сколько по дням; частота по дням",
    where="is flag compares",
    example={"date": "day"},
    optional="date",
)
def rows_by_day(frame: Frame, *, date: Date) -> Result:
    """How many rows each day has."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(nw.col(date).dt.date().alias("day_of_" + date))
    return dated.group_by("day_of_" + date).agg(nw.len().alias("rows")).sort("day_of_" + date)


@procedure(
    en="mean {value} weekly; mean {value} weekly of {date}",
    ru="среднее {value} по неделям",
    each="total median min max",
    where="is flag compares",
    where_each="",
    example={"value": "price", "date": "day"},
    optional="date",
)
def mean_by_week(frame: Frame, *, value: Number, date: Date) -> Result:
    """Mean of a column for each week."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.to_string("%G-W%V").alias("week_of_" + date)
    )
    return dated.group_by("week_of_" + date).agg(nw.col(value).mean().alias("mean_" + value)).sort("week_of_" + date)


@procedure(
    en="how many rows weekly; count rows weekly; count weekly; how many weekly; how many rows weekly of {date}",
    ru="сколько строк по неделям; сколько по неделям; частота по неделям",
    where="is flag compares",
    example={"date": "day"},
    optional="date",
)
def rows_by_week(frame: Frame, *, date: Date) -> Result:
    """How many rows each week has."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.to_string("%G-W%V").alias("week_of_" + date)
    )
    return dated.group_by("week_of_" + date).agg(nw.len().alias("rows")).sort("week_of_" + date)


@procedure(
    en="month has the highest total {value}; month max total {value}; month with the highest total {value}; "
    "max total {value} month",
    ru="месяц имеет максимальный сумма {value}; месяц максимальный сумма {value}; месяц с максимальным сумма {value}",
    where="is thatyear flag",
    example={"value": "price", "date": "day"},
    optional="date",
)
def month_with_highest_total(frame: Frame, *, value: Number, date: Date) -> Result:
    """The month in which a column adds up to most, with its sum; the earliest where several do."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1mo").alias("month_of_" + date)
    )
    months = dated.group_by("month_of_" + date).agg(nw.col(value).sum().alias("total_" + value))
    return months.sort("total_" + value, "month_of_" + date, descending=[True, False], nulls_last=True).head(1)


@procedure(
    en="month has the lowest total {value}; month min total {value}; month with the lowest total {value}; "
    "min total {value} month",
    ru="месяц имеет минимальный сумма {value}; месяц минимальный сумма {value}; месяц с минимальным сумма {value}",
    where="is thatyear flag",
    example={"value": "price", "date": "day"},
    optional="date",
)
def month_with_lowest_total(frame: Frame, *, value: Number, date: Date) -> Result:
    """The month in which a column adds up to least, with its sum; the earliest where several do."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1mo").alias("month_of_" + date)
    )
    months = dated.group_by("month_of_" + date).agg(nw.col(value).sum().alias("total_" + value))
    return months.sort("total_" + value, "month_of_" + date, nulls_last=True).head(1)


@procedure(
    en="month has most rows; month most rows; month with most rows; month has the highest how many rows",
    ru="месяц больше всего строк; месяц имеет больше всего строк; месяц с максимальным сколько строк",
    where="is thatyear flag",
    example={"date": "day"},
    optional="date",
)
def month_with_most_rows(frame: Frame, *, date: Date) -> Result:
    """The month that most rows are of, with their number; the earliest where several are."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1mo").alias("month_of_" + date)
    )
    months = dated.group_by("month_of_" + date).agg(nw.len().alias("rows"))
    return months.sort("rows", "month_of_" + date, descending=[True, False]).head(1)


@procedure(
    en="cumulative sum {value} monthly",
    ru="накопленная сумма {value} по месяцам",
    where="is thatyear flag",
    example={"value": "price", "date": "day"},
    optional="date",
)
def running_total_by_month(frame: Frame, *, value: Number, date: Date) -> Result:
    """Sum of a column for each month that has rows, and up to it."""
    dated = frame.filter(~nw.col(date).is_null()).with_columns(
        nw.col(date).dt.truncate("1mo").alias("month_of_" + date)
    )
    months = dated.group_by("month_of_" + date).agg(nw.col(value).sum().alias("total_" + value))
    summed = nw.col("total_" + value).cum_sum().over(order_by="month_of_" + date)
    return months.with_columns(summed.alias("cumulative_" + value)).sort("month_of_" + date)
