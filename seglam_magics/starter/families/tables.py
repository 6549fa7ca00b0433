"""The table as a whole: its shape, its columns, and what is missing."""

from typing import Any

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Columns, Frame, Result, Types, procedure


@procedure(
    en="shape; shape rows; how many rows and columns; how many columns and rows",
    ru="размер; размер строк; сколько строк и столбцов",
    example={"columns": ["region", "price"]},
)
def shape(frame: Frame, *, columns: Columns) -> Result:
    """How many rows and columns there are."""
    return frame.select(nw.len().alias("rows")).with_columns(nw.lit(len(columns)).alias("columns"))


@procedure(
    en="how many columns; how many columns rows; count columns",
    ru="сколько столбцов; сколько столбцов строк",
    example={"columns": ["region", "price"]},
    returns="number",
)
def column_count(frame: Frame, *, columns: Columns) -> Result:
    """How many columns there are."""
    return frame.select(nw.len().alias("n")).with_columns(nw.lit(len(columns)).alias("n"))


@procedure(
    en="column names; column names rows; columns; columns rows; which columns",
    ru="названия столбцов; столбцы; названия столбцов строк; какие столбцы; столбцы строк",
    example={"columns": ["region", "price"]},
    returns="list",
)
def column_names(frame: Frame, *, columns: Columns) -> Result:
    """The names of the columns, in their order."""
    return list(columns)


@procedure(
    en="column types; types; types columns; types rows; types columns rows; column names and types; columns and types",
    ru="типы столбцов; типы; типы столбцов строк; названия столбцов и типы; столбцы и типы",
    example={"kinds": {"region": "str", "price": "float"}},
    returns="dict",
)
def column_types(frame: Frame, *, kinds: Types) -> Result:
    """The class of each column's type: int, float, str, bool, date, datetime or other."""
    return dict(kinds)


@procedure(
    en="missing; missing exist; missing rows exist; "
    "missing per columns; missing rows; how many missing; how many missing per columns; "
    "count missing per columns; count missing; "
    "how many missing rows per columns",
    ru="пропуски; пропуски по столбцам; сколько пропусков; сколько пропусков по столбцам; пропуски строк",
    example={"columns": ["region", "price"]},
)
def missing_by_column(frame: Frame, *, columns: Columns) -> Result:
    """How many values each column lacks, one row."""
    return frame.select(*[nw.col(name).is_null().cast(nw.Int64).sum().alias(name) for name in columns])


def counts_what_is_missing(run: Any, frame: Any, column: Any) -> None:
    """It counts the rows without a value."""
    assert run() == sum(row[column] is None for row in frame)


@procedure(
    en="how many missing {column}; count missing {column}",
    ru="сколько пропусков {column}",
    where="is",
    example={"column": "product"},
    holds=[counts_what_is_missing],
)
def missing_in(frame: Frame, *, column: Column) -> Result:
    """How many values a column lacks."""
    return frame.select(nw.col(column).is_null().cast(nw.Int64).sum())


@procedure(
    en="share missing {column}",
    ru="доля пропусков {column}",
    percent=True,
    example={"column": "region"},
)
def share_missing(frame: Frame, *, column: Column) -> Result:
    """Share of the rows in which a column lacks its value."""
    return frame.select(nw.col(column).is_null().cast(nw.Int64).mean())


@procedure(
    en="how many missing {column} per {group}",
    ru="сколько пропусков {column} по {group}",
    example={"column": "price", "group": "region"},
)
def missing_by_group(frame: Frame, *, column: Column, group: Column) -> Result:
    """How many values a column lacks, for each value of another."""
    marked = frame.with_columns(nw.col(column).is_null().cast(nw.Int64).alias("missing_" + column))
    return marked.group_by(group).agg(nw.col("missing_" + column).sum()).sort(group, nulls_last=True)


@procedure(
    en="rows with missing; which rows has missing",
    ru="строки с пропусками",
    example={"columns": ["region", "price"]},
    order="unordered",
)
def incomplete_rows(frame: Frame, *, columns: Columns) -> Result:
    """The rows that lack a value."""
    return frame.filter(nw.any_horizontal(*[nw.col(name).is_null() for name in columns], ignore_nulls=True))


@procedure(
    en="how many complete rows; how many complete",
    ru="сколько полных строк",
    example={"columns": ["region", "price"]},
)
def complete_count(frame: Frame, *, columns: Columns) -> Result:
    """How many rows lack no value."""
    return frame.select(*columns).drop_nulls().select(nw.len())


@procedure(
    en="complete rows; dropna; dropna rows",
    ru="полные строки; dropna; строки dropna",
    example={"columns": ["region", "price"]},
    order="unordered",
)
def complete_rows(frame: Frame, *, columns: Columns) -> Result:
    """The rows that lack no value."""
    return frame.select(*columns).drop_nulls()


@procedure(
    en="dedupe rows; dedupe; distinct rows",
    ru="удали дубликаты; удали дубликаты строк; разные строки",
    example={"columns": ["region", "product"]},
    order="unordered",
)
def distinct_rows(frame: Frame, *, columns: Columns) -> Result:
    """Each row once."""
    return frame.select(*columns).unique()


@procedure(
    en="describe; describe rows; describe columns",
    ru="описание; описание строк; описание столбцов",
    alone="describe; описание",
    example={"kinds": {"price": "float", "quantity": "int", "region": "str"}},
)
def described_columns(frame: Frame, *, kinds: Types) -> Result:
    """Number of known values, mean, standard deviation, least, median and greatest value of each column of numbers."""
    names = [name for name, kind in kinds.items() if kind in ("int", "float")]
    if not names:
        return frame.filter(nw.lit(False)).select(nw.lit("").alias("column"))  # noqa: FBT003
    parts = [
        frame.select(
            nw.lit(name).alias("column"),
            nw.col(name).cast(nw.Float64).alias("x"),
        )
        .group_by("column")
        .agg(
            nw.col("x").count().alias("count"),
            nw.col("x").mean().alias("mean"),
            nw.col("x").std(ddof=1).alias("std"),
            nw.col("x").min().alias("min"),
            nw.col("x").median().alias("median"),
            nw.col("x").max().alias("max"),
        )
        for name in names
    ]
    return nw.concat(parts, how="vertical").sort("column")
