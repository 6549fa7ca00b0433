"""Lists of numbers, words and dates."""

import itertools
import math

from seglam_magics.starter.form import Count, Items, Numbers, Result, procedure


@procedure(
    en="how many {xs}; length of {xs}; how many numbers {xs}; how many words {xs}; size {xs}",
    ru="сколько {xs}; длина {xs}; сколько слов {xs}",
    example={"xs": [3, 1, 2]},
)
def list_length(*, xs: Items) -> Result:
    """How many items a list has."""
    return len(xs)


@procedure(en="mean {xs}; mean numbers {xs}", ru="среднее {xs}", example={"xs": [3, 1, 2]}, returns="number")
def list_mean(*, xs: Numbers) -> Result:
    """Mean of a list of numbers, None where there is none."""
    known = [x for x in xs if x is not None]
    return math.fsum(known) / len(known) if known else None


@procedure(en="median {xs}; median numbers {xs}", ru="медиана {xs}", example={"xs": [3, 1, 2, 10]})
def list_median(*, xs: Numbers) -> Result:
    """Median of a list of numbers, None where there is none."""
    known = sorted(x for x in xs if x is not None)
    middle = len(known) // 2
    if not known:
        return None
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2


@procedure(en="total {xs}; total numbers {xs}", ru="сумма {xs}", example={"xs": [3, 1, 2]})
def list_total(*, xs: Numbers) -> Result:
    """Sum of a list of numbers."""
    return sum(x for x in xs if x is not None)


@procedure(en="max {xs}; max numbers {xs}", ru="максимум {xs}", example={"xs": [3, 1, 2]})
def list_max(*, xs: Numbers) -> Result:
    """Greatest number of a list, None where there is none."""
    return max((x for x in xs if x is not None), default=None)


@procedure(en="min {xs}; min numbers {xs}", ru="минимум {xs}", example={"xs": [3, 1, 2]})
def list_min(*, xs: Numbers) -> Result:
    """Least number of a list, None where there is none."""
    return min((x for x in xs if x is not None), default=None)


@procedure(en="range {xs}; range numbers {xs}", ru="размах {xs}", example={"xs": [3, 1, 2]})
def list_range(*, xs: Numbers) -> Result:
    """Greatest number of a list less its least one, None where there is none."""
    known = [x for x in xs if x is not None]
    return max(known) - min(known) if known else None


@procedure(en="standard deviation {xs}", ru="стандартное отклонение {xs}", example={"xs": [3, 1, 2]})
def list_std(*, xs: Numbers) -> Result:
    """Standard deviation of a list of numbers, as of a sample; None of fewer than two."""
    known = [x for x in xs if x is not None]
    if len(known) < 2:
        return None
    mean = math.fsum(known) / len(known)
    return math.sqrt(math.fsum((x - mean) ** 2 for x in known) / (len(known) - 1))


@procedure(en="variance {xs}", ru="дисперсия {xs}", example={"xs": [3, 1, 2]})
def list_variance(*, xs: Numbers) -> Result:
    """Variance of a list of numbers, as of a sample; None of fewer than two."""
    known = [x for x in xs if x is not None]
    if len(known) < 2:
        return None
    mean = math.fsum(known) / len(known)
    return math.fsum((x - mean) ** 2 for x in known) / (len(known) - 1)


@procedure(en="product {xs}; product numbers {xs}", ru="произведение {xs}", example={"xs": [3, 1, 2]})
def list_product(*, xs: Numbers) -> Result:
    """All numbers of a list multiplied."""
    return math.prod(x for x in xs if x is not None)


@procedure(en="sum of squares {xs}", ru="сумма квадратов {xs}", example={"xs": [3, 1, 2]})
def list_sum_of_squares(*, xs: Numbers) -> Result:
    """Sum of the squares of a list of numbers."""
    return sum(x * x for x in xs if x is not None)


@procedure(
    en="cumulative {xs}; cumulative sum {xs}", ru="накопленная сумма {xs}", example={"xs": [3, 1, 2]}, returns="list"
)
def list_running_total(*, xs: Numbers) -> Result:
    """The sums of a list of numbers up to each of them."""
    return list(itertools.accumulate(x for x in xs if x is not None))


@procedure(en="differences {xs}", ru="разности {xs}", example={"xs": [3, 1, 2]}, returns="list")
def list_differences(*, xs: Numbers) -> Result:
    """What each number of a list is more than the one before it."""
    known = [x for x in xs if x is not None]
    return [b - a for a, b in itertools.pairwise(known)]


@procedure(
    en="sort {xs}; sort {xs} ascending; sort numbers {xs}; sort words {xs}",
    ru="отсортируй {xs}; отсортируй {xs} по возрастанию",
    example={"xs": [3, 1, 2]},
    returns="list",
)
def list_sorted(*, xs: Items) -> Result:
    """The items of a list in ascending order."""
    return sorted(x for x in xs if x is not None)


@procedure(en="sort {xs} descending", ru="отсортируй {xs} по убыванию", example={"xs": [3, 1, 2]}, returns="list")
def list_sorted_descending(*, xs: Items) -> Result:
    """The items of a list in descending order."""
    return sorted((x for x in xs if x is not None), reverse=True)


@procedure(
    en="top {n} {xs}; {n} max {xs}; top {n} numbers {xs}; {n} max numbers {xs}",
    ru="топ {n} {xs}; {n} наибольших {xs}",
    example={"xs": [3, 1, 2], "n": 2},
    returns="list",
)
def list_top(*, xs: Numbers, n: Count) -> Result:
    """The greatest numbers of a list, greatest first."""
    return sorted((x for x in xs if x is not None), reverse=True)[:n]


@procedure(
    en="bottom {n} {xs}; {n} min {xs}; {n} min numbers {xs}; bottom {n} numbers {xs}",
    ru="{n} наименьших {xs}",
    example={"xs": [3, 1, 2], "n": 2},
    returns="list",
)
def list_bottom(*, xs: Numbers, n: Count) -> Result:
    """The least numbers of a list, least first."""
    return sorted(x for x in xs if x is not None)[:n]
