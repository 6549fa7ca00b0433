"""Texts of a column: how long they are."""

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Frame, Key, Result, procedure


@procedure(
    en="mean length of {column}",
    ru="средняя длина {column}",
    each="median min max total",
    where="is",
    where_each="",
    example={"column": "product"},
)
def mean_text_length(frame: Frame, *, column: Key) -> Result:
    """Mean number of characters of the texts of a column."""
    lengths = frame.select(nw.col(column).str.len_chars().alias("characters"))
    return lengths.select(nw.col("characters").mean())


@procedure(
    en="mean length of {column} per {group}",
    ru="средняя длина {column} по {group}",
    each="max min",
    example={"column": "product", "group": "region"},
)
def mean_text_length_by_group(frame: Frame, *, column: Key, group: Column) -> Result:
    """Mean number of characters of the texts of a column, for each value of another."""
    lengths = frame.with_columns(nw.col(column).str.len_chars().alias("characters_" + column))
    groups = lengths.group_by(group).agg(nw.col("characters_" + column).mean().alias("mean_length_" + column))
    return groups.sort(group, nulls_last=True)


@procedure(
    en="length of {column}",
    ru="длина {column}",
    example={"column": "product"},
)
def text_lengths(frame: Frame, *, column: Key) -> Result:
    """The different texts of a column with their number of characters, longest first."""
    texts = frame.select(column).drop_nulls().unique()
    lengths = texts.with_columns(nw.col(column).str.len_chars().alias("characters"))
    return lengths.sort("characters", column, descending=[True, False])


@procedure(
    en="longest {column}",
    ru="самый длинный {column}",
    where="is",
    example={"column": "product"},
    returns="str",
)
def longest_text(frame: Frame, *, column: Key) -> Result:
    """The longest text of a column, the first in the alphabet where several are."""
    texts = frame.select(column).drop_nulls().unique()
    lengths = texts.with_columns(nw.col(column).str.len_chars().alias("characters"))
    return lengths.sort("characters", column, descending=[True, False]).head(1).select(column)


@procedure(
    en="shortest {column}",
    ru="самый короткий {column}",
    where="is",
    example={"column": "product"},
    returns="str",
)
def shortest_text(frame: Frame, *, column: Key) -> Result:
    """The shortest text of a column, the first in the alphabet where several are."""
    texts = frame.select(column).drop_nulls().unique()
    lengths = texts.with_columns(nw.col(column).str.len_chars().alias("characters"))
    return lengths.sort("characters", column).head(1).select(column)
