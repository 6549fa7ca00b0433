"""Two tables: joined on a column that both have, and which rows of one have their like in the other."""

from typing import Any

import narwhals.stable.v2 as nw

from seglam_magics.starter.form import Column, Frame, Result, procedure


def rows_of_both(run: Any, frame: Any, other: Any, key: Any) -> None:
    """There is one row for each pair of rows with the same value."""
    there = [row[key] for row in other if row[key] is not None]
    assert len(run()) == sum(there.count(row[key]) for row in frame if row[key] is not None)


@procedure(
    en="(join|merge|combine|inner join) {frame} (and|with) {other} (on|by|using) {key}; "
    "(join|merge|inner join) {frame} to {other} (on|by|using) {key}; "
    "(join|merge) the {frame} and {other} tables (on|by|using) {key}; "
    "{frame} (joined|merged) with {other} (on|by|using) {key}; "
    "{frame} (join|inner join) {other} on {key}; "
    "(join|merge) {frame} (and|with|to) {other}; inner join {frame} (and|with) {other}",
    ru="(соедини|объедини|соединить|объединить) {frame} (и|с) {other} по {key}; "
    "(соедини|объедини) {frame} (и|с) {other} по (столбцу|колонке|ключу) {key}; "
    "(соедини|объедини) таблицы {frame} и {other} по {key}; соединение {frame} (и|с) {other} по {key}; "
    "(соедини|соединить) {frame} (и|с) {other}",
    example={"key": "region"},
    order="unordered",
    holds=[rows_of_both],
)
def joined(frame: Frame, other: Frame, *, key: Column) -> Result:
    """The rows of two tables side by side where a column has the same value; rows without their like are left out."""
    return frame.join(other, on=key, how="inner")


def no_row_is_lost(run: Any, frame: Any) -> None:
    """Every row of the first table is there."""
    assert len(run()) >= len(frame)


@procedure(
    en="left join {frame} (and|with|to) {other} (on|by|using) {key}; "
    "{frame} left join {other} on {key}; "
    "add (the|) columns (of|from) {other} to {frame} (on|by|using) {key}; "
    "left join {frame} (and|with|to) {other}; "
    "add (the|) columns (of|from) {other} to {frame}",
    ru="левое соединение {frame} (и|с) {other} по {key}; "
    "(добавь|добавить) столбцы (из|) {other} (к|в) {frame} по {key}; "
    "(добавь|добавить) столбцы (из|) {other} (к|в) {frame}",
    example={"key": "region"},
    order="unordered",
    holds=[no_row_is_lost],
)
def left_joined(frame: Frame, other: Frame, *, key: Column) -> Result:
    """All rows of the first table, with the columns of those of the second that have the same value beside them."""
    return frame.join(other, on=key, how="left")


def rows_without_their_like(run: Any, frame: Any, other: Any, key: Any) -> None:
    """Each row is one of the first table, and its value is not in the second."""
    result, there = run(), {row[key] for row in other if row[key] is not None}
    assert all(row in frame and row[key] not in there for row in result)
    assert len(result) == sum(row[key] not in there for row in frame)


@procedure(
    en="(rows of|rows in|) {frame} (without a|with no) match in {other} (on|by) {key}; "
    "which (rows of|) {frame} (have no|do not have a) match in {other} (on|by) {key}; "
    "(rows of|) {frame} that have no match in {other} (on|by) {key}; "
    "which (rows of|rows in|) {frame} are (not in|missing from) {other} by {key}; "
    "(rows of|rows in|) {frame} (that are not in|not in|missing from) {other} by {key}; "
    "(rows of|) {frame} (whose|where) {key} is not in {other}; "
    "which {frame} have a {key} that is not in {other}; "
    "anti join {frame} (and|with) {other} (on|by) {key}",
    ru="(строки|) {frame} без пары в {other} по {key}; "
    "строки {frame}, которых нет в {other} по {key}; "
    "какие (строки|) {frame} не имеют пары в {other} по {key}; "
    "каких (строк|) {frame} нет в {other} по {key}; "
    "(строки|) {frame}, у которых {key} нет в {other}",
    example={"key": "region"},
    order="unordered",
    holds=[rows_without_their_like],
)
def unmatched_rows(frame: Frame, other: Frame, *, key: Column) -> Result:
    """The rows of the first table whose value of a column no row of the second has; a missing value has no like."""
    return frame.join(other, on=key, how="anti")


def rows_with_their_like(run: Any, frame: Any, other: Any, key: Any) -> None:
    """Each row is one of the first table, once, and its value is in the second."""
    result, there = run(), {row[key] for row in other if row[key] is not None}
    assert all(row in frame and row[key] in there for row in result)
    assert len(result) == sum(row[key] in there for row in frame)


@procedure(
    en="(rows of|rows in|) {frame} with a match in {other} (on|by) {key}; "
    "which (rows of|) {frame} have a match in {other} (on|by) {key}; "
    "(rows of|) {frame} that have a match in {other} (on|by) {key}; "
    "which (rows of|rows in|) {frame} are (also|) in {other} by {key}; "
    "(rows of|rows in|) {frame} that are (also|) in {other} by {key}; "
    "(rows of|) {frame} (whose|where) {key} is in {other}; "
    "which {frame} have a {key} that is in {other}; "
    "semi join {frame} (and|with) {other} (on|by) {key}",
    ru="(строки|) {frame} с парой в {other} по {key}; "
    "строки {frame}, которые есть в {other} по {key}; "
    "какие (строки|) {frame} есть в {other} по {key}; "
    "(строки|) {frame}, у которых {key} есть в {other}",
    example={"key": "region"},
    order="unordered",
    holds=[rows_with_their_like],
)
def matched_rows(frame: Frame, other: Frame, *, key: Column) -> Result:
    """The rows of the first table, each once, whose value of a column some row of the second has."""
    return frame.join(other, on=key, how="semi")


@procedure(
    en="how many (rows of|) {frame} (have no|do not have a) match in {other} (on|by) {key}; "
    "how many (rows of|) {frame} are (not in|missing from) {other} by {key}; "
    "number of (rows of|) {frame} (without a|with no) match in {other} (on|by) {key}; "
    "how many (rows of|) {frame} have a {key} that is not in {other}",
    ru="сколько (строк|) {frame} не имеют пары в {other} по {key}; "
    "скольких (строк|) {frame} нет в {other} по {key}; "
    "сколько (строк|) {frame} без пары в {other} по {key}; "
    "у скольких (строк|) {frame} {key} нет в {other}",
    example={"key": "region"},
)
def unmatched_count(frame: Frame, other: Frame, *, key: Column) -> Result:
    """How many rows of the first table have a value of a column that no row of the second has."""
    return frame.join(other, on=key, how="anti").select(nw.len())


@procedure(
    en="how many (rows of|) {frame} have a match in {other} (on|by) {key}; "
    "how many (rows of|) {frame} are (also|) in {other} by {key}; "
    "number of (rows of|) {frame} with a match in {other} (on|by) {key}; "
    "how many (rows of|) {frame} have a {key} that is in {other}",
    ru="сколько (строк|) {frame} имеют пару в {other} по {key}; "
    "сколько (строк|) {frame} есть в {other} по {key}; "
    "сколько (строк|) {frame} с парой в {other} по {key}; "
    "у скольких (строк|) {frame} {key} есть в {other}",
    example={"key": "region"},
)
def matched_count(frame: Frame, other: Frame, *, key: Column) -> Result:
    """How many rows of the first table have a value of a column that some row of the second has."""
    return frame.join(other, on=key, how="semi").select(nw.len())


@procedure(
    en="which (distinct|) {key} (of|in|from) {frame} are (not in|missing from|missing in) {other}; "
    "which values of {key} in {frame} are (not in|missing from) {other}; "
    "which {key} are in {frame} (but|and) not in {other}; {key} in {frame} (but|and) not in {other}; "
    "(values of|) {key} (of|in) {frame} that are not in {other}",
    ru="какие {key} есть в {frame}, но (не|их нет|отсутствуют) в {other}; "
    "какие {key} из {frame} отсутствуют в {other}; "
    "каких {key} из {frame} нет в {other}",
    example={"key": "region"},
)
def values_missing_from(frame: Frame, other: Frame, *, key: Column) -> Result:
    """The different values of a column of the first table that no row of the second has, in their order."""
    known = frame.select(key).drop_nulls().join(other, on=key, how="anti")
    return known.unique(key).sort(key, nulls_last=True)


@procedure(
    en="which {key} are in both {frame} and {other}; {key} (that are|) in both {frame} and {other}; "
    "which {key} are in {frame} and in {other}; "
    "(common|shared) {key} (of|in) {frame} and {other}; "
    "which {key} do {frame} and {other} (share|have in common); "
    "which {key} (of|in|from) {frame} are (also|) in {other}; "
    "which values of {key} are in both {frame} and {other}",
    ru="какие {key} есть и в {frame}(,|) и в {other}; общие {key} (в|для|у) {frame} и {other}",
    example={"key": "region"},
)
def values_in_both(frame: Frame, other: Frame, *, key: Column) -> Result:
    """The different values of a column that rows of both tables have, in their order."""
    known = frame.select(key).drop_nulls().join(other, on=key, how="semi")
    return known.unique(key).sort(key, nulls_last=True)
