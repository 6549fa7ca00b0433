"""Lists of words and dates: what is different, common, long, early."""

import collections

from seglam_magics.starter.form import (
    Dates,
    Items,
    Numbers,
    Result,
    Words,
    procedure,
)


@procedure(
    en="distinct {xs}; distinct words {xs}; distinct numbers {xs}",
    ru="уникальные {xs}; уникальные слова {xs}",
    example={"xs": [3, 1, 3]},
    returns="list",
)
def list_distinct(*, xs: Items) -> Result:
    """The different items of a list, in ascending order."""
    return sorted({x for x in xs if x is not None})


@procedure(
    en="how many distinct {xs}; how many distinct words {xs}; how many distinct numbers {xs}",
    ru="сколько разных {xs}; сколько разных слов {xs}",
    example={"xs": [3, 1, 3]},
)
def list_distinct_count(*, xs: Items) -> Result:
    """How many different items a list has."""
    return len({x for x in xs if x is not None})


@procedure(
    en="duplicate {xs}; duplicate words {xs}; duplicate numbers {xs}",
    ru="дубликаты {xs}",
    example={"xs": [3, 1, 3]},
    returns="list",
)
def list_duplicates(*, xs: Items) -> Result:
    """The items that a list has more than once, in ascending order."""
    counts = collections.Counter(x for x in xs if x is not None)
    return sorted(x for x, n in counts.items() if n > 1)


@procedure(
    en="counts {xs}; counts words {xs}; count of each word {xs}; count per words {xs}; frequency numbers {xs}",
    ru="частота слов {xs}; частота {xs}",
    example={"xs": ["b", "a", "b"]},
    returns="dict",
)
def list_frequencies(*, xs: Items) -> Result:
    """How often each item of a list is there, in ascending order of the items."""
    return dict(sorted(collections.Counter(x for x in xs if x is not None).items()))


@procedure(
    en="longest {xs}; longest word {xs}; longest words {xs}",
    ru="самое длинное {xs}; самое длинное слово {xs}",
    example={"xs": ["b", "aaa"]},
    returns="str",
)
def longest_word(*, xs: Words) -> Result:
    """The longest word of a list, the first in the alphabet where several are; None where there is none."""
    return min((x for x in xs if x is not None), key=lambda x: (-len(x), x), default=None)


@procedure(
    en="shortest {xs}; shortest word {xs}; shortest words {xs}",
    ru="самое короткое {xs}; самое короткое слово {xs}",
    example={"xs": ["b", "aaa"]},
    returns="str",
)
def shortest_word(*, xs: Words) -> Result:
    """The shortest word of a list, the first in the alphabet where several are; None where there is none."""
    return min((x for x in xs if x is not None), key=lambda x: (len(x), x), default=None)


@procedure(
    en="mean length {xs}; mean length words {xs}",
    ru="средняя длина {xs}; средняя длина слов {xs}",
    example={"xs": ["b", "aaa"]},
)
def mean_word_length(*, xs: Words) -> Result:
    """Mean number of characters of the words of a list, None where there is none."""
    known = [x for x in xs if x is not None]
    return sum(len(x) for x in known) / len(known) if known else None


@procedure(
    en="first {xs}; first date {xs}",
    ru="первая {xs}; первая дата {xs}",
    example={"xs": ["2024-01-05", "2024-03-01"]},
    returns="date",
)
def earliest_date(*, xs: Dates) -> Result:
    """The earliest date of a list, None where there is none."""
    return min((x for x in xs if x is not None), default=None)


@procedure(
    en="last {xs}; last date {xs}",
    ru="последняя {xs}; последняя дата {xs}",
    example={"xs": ["2024-01-05", "2024-03-01"]},
    returns="date",
)
def latest_date(*, xs: Dates) -> Result:
    """The latest date of a list, None where there is none."""
    return max((x for x in xs if x is not None), default=None)


@procedure(
    en="days between first and last {xs}",
    ru="дней между первой и последней {xs}",
    example={"xs": ["2024-01-05", "2024-03-01"]},
    returns="number",
)
def days_spanned(*, xs: Dates) -> Result:
    """Days from the earliest to the latest date of a list, None where there is none."""
    known = [x for x in xs if x is not None]
    return (max(known) - min(known)).days if known else None


@procedure(
    en="positive {xs}; positive numbers {xs}",
    ru="положительные {xs}",
    example={"xs": [3, -1, 2]},
    returns="list",
)
def positive_numbers(*, xs: Numbers) -> Result:
    """The positive numbers of a list, in its order."""
    return [x for x in xs if x is not None and x > 0]


@procedure(
    en="how many positive {xs}; how many positive numbers {xs}",
    ru="сколько положительные {xs}",
    example={"xs": [3, -1, 2]},
)
def positive_count(*, xs: Numbers) -> Result:
    """How many positive numbers a list has."""
    return sum(1 for x in xs if x is not None and x > 0)


@procedure(
    en="negative {xs}; negative numbers {xs}",
    ru="отрицательные {xs}",
    example={"xs": [3, -1, 2]},
    returns="list",
)
def negative_numbers(*, xs: Numbers) -> Result:
    """The negative numbers of a list, in its order."""
    return [x for x in xs if x is not None and x < 0]


@procedure(
    en="how many negative {xs}; how many negative numbers {xs}",
    ru="сколько отрицательные {xs}",
    example={"xs": [3, -1, 2]},
)
def negative_count(*, xs: Numbers) -> Result:
    """How many negative numbers a list has."""
    return sum(1 for x in xs if x is not None and x < 0)


@procedure(en="even {xs}; even numbers {xs}", ru="чётные {xs}", example={"xs": [3, -1, 2]}, returns="list")
def even_numbers(*, xs: Numbers) -> Result:
    """The even numbers of a list, in its order."""
    return [x for x in xs if x is not None and x % 2 == 0]


@procedure(
    en="how many even {xs}; how many even numbers {xs}",
    ru="сколько чётные {xs}",
    example={"xs": [3, -1, 2]},
)
def even_count(*, xs: Numbers) -> Result:
    """How many even numbers a list has."""
    return sum(1 for x in xs if x is not None and x % 2 == 0)


@procedure(en="odd {xs}; odd numbers {xs}", ru="нечётные {xs}", example={"xs": [3, -1, 2]}, returns="list")
def odd_numbers(*, xs: Numbers) -> Result:
    """The odd numbers of a list, in its order."""
    return [x for x in xs if x is not None and x % 2 == 1]


@procedure(
    en="how many odd {xs}; how many odd numbers {xs}",
    ru="сколько нечётные {xs}",
    example={"xs": [3, -1, 2]},
)
def odd_count(*, xs: Numbers) -> Result:
    """How many odd numbers a list has."""
    return sum(1 for x in xs if x is not None and x % 2 == 1)
