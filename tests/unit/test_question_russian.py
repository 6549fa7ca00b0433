"""A Russian question is read as its English twin: the same operators, columns, conditions, groups and limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from seglam_magics.question import Form, cell_key, content, ground, read
from seglam_magics.question.stems import fold
from seglam_magics.question.tables import tables
from seglam_magics.words import Column, Variable

# column in English, in Russian, what it holds
COLUMNS = (
    ("revenue", "выручка", "float"),
    ("region", "регион", "str"),
    ("product", "товар", "str"),
    ("order_date", "дата_заказа", "date"),
    ("Average bill", "Средний чек", "float"),
    ("age", "возраст", "int"),
    ("year", "год", "int"),
    ("salary", "зарплата", "float"),
    ("channel", "канал", "str"),
    ("grade", "разряд", "int"),
)
CELLS = (
    ("region", "North", "Север"),
    ("region", "South", "Юг"),
    ("product", "coffee", "кофе"),
    ("channel", "phone", "телефон"),
)
IN_ENGLISH = {ru: en for en, ru, _ in COLUMNS} | {ru: en for _, en, ru in CELLS}
ENGLISH = Variable("sales", "frame", columns=tuple(Column(en, dtype) for en, _, dtype in COLUMNS))
RUSSIAN = Variable("sales", "frame", columns=tuple(Column(ru, dtype) for _, ru, dtype in COLUMNS))


class Cells:
    """The cells of both frames, and the range of the column of years."""

    def find(self, _variable: str, phrases: Sequence[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """The cells among `phrases`."""
        named = {en: ru for en, ru, _ in COLUMNS}
        here = {cell_key(en): {column: (en,)} for column, en, _ in CELLS}
        here |= {cell_key(ru): {named[column]: (ru,)} for column, _, ru in CELLS}
        return {p: here[p] for p in phrases if p in here}

    def ranges(self, _variable: str) -> Mapping[str, tuple[float, float]]:
        """Years, and whatever else."""
        return {"year": (2000, 2024), "год": (2000, 2024)}


def grounded(text: str, frame: Variable = RUSSIAN) -> Form | None:
    """The best reading of `text` against a frame."""
    return ground(read(text, {frame.name: frame}), frame, Cells()).best


def meant(text: str, frame: Variable = RUSSIAN) -> dict[str, Any]:
    """What `text` asks, with English names for Russian ones; operators by their class."""
    form = grounded(text, frame)
    assert form is not None, text
    conditions = {(name(c.column), c.comparison): name(c.value) for c in form.conditions}
    return {
        "operator": form.operator,
        "target": name(form.target),
        "groups": tuple(sorted(map(name, form.groups))),
        "conditions": conditions,
        "limit": form.limit,
        "extra": {name(c) for c in form.extra},
        "classes": sorted(o.partition(" ")[0] for o in form.operators),
        "asks": form.asks,
        "rest": len(form.rest),
    }


def name(said: Any) -> Any:
    return IN_ENGLISH.get(said, said)


# ---------------------------------------------------------------- twins

TWINS = {
    "aggregate": [
        ("Какова средняя выручка?", "What is the mean revenue?"),
        ("Какая в среднем выручка?", "What is the revenue on average?"),
        ("Среднее значение возраста", "The mean value of age"),
        ("Найди медиану зарплаты", "Find the median salary"),
        ("Медианная зарплата", "Median salary"),
        ("Рассчитай сумму выручки", "Calculate the sum of revenue"),
        ("Какова суммарная выручка?", "What is the combined revenue?"),
        ("Какова общая выручка?", "What is the total revenue?"),
        ("Просуммируй выручку", "Sum the revenue"),
        ("Каков максимальный возраст?", "What is the maximum age?"),
        ("Какой минимальный возраст?", "What is the minimum age?"),
        ("Какой максимум зарплаты?", "What is the maximum of the salary?"),
        ("Наибольшая зарплата", "Highest salary"),
        ("Наименьшая зарплата", "Lowest salary"),
        ("Последняя дата заказа", "Latest order date"),
        ("Первая дата заказа", "Earliest order date"),
    ],
    "superlative": [
        ("Какова самая высокая зарплата?", "What is the highest salary?"),
        ("Какова самая низкая зарплата?", "What is the lowest salary?"),
        ("Назови самую большую выручку", "Name the largest revenue"),
        ("Назови самую маленькую выручку", "Name the smallest revenue"),
        ("В каком регионе больше всего выручки?", "In which region is the most revenue?"),
        ("В каком регионе меньше всего выручки?", "In which region is the least revenue?"),
        ("Какие 3 самых старых товара?", "What are the 3 oldest products?"),
    ],
    "count": [
        ("Сколько товаров?", "How many products?"),
        ("Каково количество товаров?", "What is the number of products?"),
        ("Число товаров в регионе Север", "The number of products in region North"),
        ("Общее количество товаров", "Total number of products"),
        ("Посчитай товары", "Count the products"),
        ("Подсчитайте товары региона Юг", "Count the products of region South"),
        ("Сколько различных товаров в регионе Юг?", "How many distinct products are in region South?"),
        ("Сколько уникальных товаров?", "How many unique products?"),
    ],
    "comparison": [
        ("зарплата, где возраст больше 30", "salary where age is more than 30"),
        ("зарплата с возрастом больше, чем 30", "salary with age greater than 30"),
        ("зарплата при возрасте более 30", "salary with age over 30"),
        ("зарплата с возрастом выше 30", "salary with age above 30"),
        ("зарплата с возрастом свыше 30", "salary with age over 30"),
        ("зарплата при возрасте старше 30", "salary with age older than 30"),
        ("зарплата, у которой возраст превышает 30", "salary that has an age exceeding 30"),
        ("зарплата с возрастом меньше 30", "salary with age less than 30"),
        ("зарплата с возрастом менее чем 30", "salary with age less than 30"),
        ("зарплата с возрастом ниже 30", "salary with age below 30"),
        ("зарплата с возрастом не меньше 30", "salary with age no less than 30"),
        ("зарплата с возрастом не менее 30", "salary with age at least 30"),
        ("зарплата с возрастом не ниже 30", "salary with age at least 30"),
        ("зарплата с возрастом как минимум 30", "salary with age at least 30"),
        ("зарплата с возрастом по крайней мере 30", "salary with age at least 30"),
        ("зарплата с возрастом хотя бы 30", "salary with age at least 30"),
        ("зарплата с возрастом больше или равным 30", "salary with age greater than or equal to 30"),
        ("зарплата с возрастом не больше 30", "salary with age no more than 30"),
        ("зарплата с возрастом не более 30", "salary with age at most 30"),
        ("зарплата с возрастом не старше 30", "salary with age at most 30"),
        ("зарплата с возрастом как максимум 30", "salary with age at most 30"),
        ("зарплата, у которой возраст не превышает 30", "salary with age at most 30"),
        ("зарплата с возрастом вплоть до 30", "salary with age up to 30"),
        ("зарплата с возрастом меньше или равным 30", "salary with age less than or equal to 30"),
        ("выручка после 03.03.2024", "revenue after 2024-03-03"),
        ("выручка до 03.03.2024", "revenue before 2024-03-03"),
        ("выручка не раньше 03.03.2024", "revenue no earlier than 2024-03-03"),
        ("выручка не позднее 03.03.2024", "revenue no later than 2024-03-03"),
        ("выручка начиная с 03.03.2024", "revenue since 2024-03-03"),
        ("зарплата с возрастом > 30", "salary with age > 30"),
        ("зарплата с возрастом <= 30", "salary with age <= 30"),
    ],
    "comparison at a number": [
        ("зарплата с возрастом от 30", "salary with age at least 30"),
        ("зарплата с возрастом минимум 30", "salary with age at least 30"),
        ("зарплата с возрастом максимум 30", "salary with age at most 30"),
        ("выручка с 2020 года", "revenue since 2020"),
        ("зарплата с возрастом 30 и старше", "salary with age 30 or older"),
        ("зарплата с возрастом 30 или больше", "salary with age 30 or more"),
        ("зарплата с возрастом 30 и выше", "salary with age 30 or higher"),
        ("зарплата с возрастом 30 или меньше", "salary with age 30 or less"),
        ("зарплата с возрастом 30 и младше", "salary with age 30 or younger"),
    ],
    "range": [
        ("зарплата с возрастом между 25 и 40", "salary with age between 25 and 40"),
        ("зарплата с возрастом от 25 до 40", "salary with age between 25 and 40"),
        ("выручка с 01.03.2024 по 30.06.2024", "revenue from 2024-03-01 to 2024-06-30"),
        ("выручка с 1 марта 2024 года по 30 июня 2024 года", "revenue between 1 March 2024 and 30 June 2024"),
        ("выручка с 2020 по 2023 год", "revenue of year between 2020 and 2023"),
        ("выручка с 2020 года по 2023 год", "revenue of year between 2020 and 2023"),
    ],
    "value": [
        ("Выручка региона Север", "Revenue of region North"),
        ("Выручка на кофе", "Revenue for coffee"),
        ("Какова выручка кофе в регионе Юг?", "What is the revenue of coffee in region South?"),
        ("Выручка за 2023 год", "Revenue in year 2023"),
        ("Какова выручка за 3 марта 2024 года?", "What is the revenue on 3 March 2024?"),
        ("Каков Средний чек в регионе Юг?", "What is the Average bill in region South?"),
    ],
    "negation": [
        ("Выручка не региона Север", "Revenue not of region North"),
        ("Выручка, кроме региона Север", "Revenue except region North"),
        ("Выручка без региона Север", "Revenue without region North"),
        ("Выручка за исключением региона Север", "Revenue excluding region North"),
        ("Выручка, исключая регион Север", "Revenue excluding region North"),
        ("Выручка помимо региона Север", "Revenue besides region North"),
    ],
    "limit": [
        ("Топ 5 товаров по выручке", "Top 5 products by revenue"),
        ("Топ-5 товаров по выручке", "Top 5 products by revenue"),
        ("Три наибольшие зарплаты", "The three highest salaries"),
        ("5 наименьших зарплат", "The 5 lowest salaries"),
        ("Последние 4 даты заказа", "The last 4 order dates"),
        ("Первые десять товаров", "The first ten products"),
    ],
    "order": [
        ("Отсортируй по зарплате", "Sort by salary"),
        ("Отсортируй зарплаты по возрастанию", "Sort salaries ascending"),
        ("Упорядочить зарплаты по убыванию", "Sort salaries descending"),
        ("Зарплаты, отсортированные по возрасту", "Salaries sorted by age"),
        ("Ранжируй по выручке", "Rank by revenue"),
    ],
    "group": [
        ("Средняя выручка по регионам", "Mean revenue by region"),
        ("Средняя выручка для каждого региона", "Mean revenue for each region"),
        ("Средняя выручка в каждом регионе", "Mean revenue in each region"),
        ("Средняя выручка каждого региона", "Mean revenue of each region"),
        ("Средняя выручка у каждого товара", "Mean revenue for each product"),
        ("Средняя выручка в разрезе каналов", "Mean revenue by channel"),
        ("Средняя выручка с разбивкой по каналам", "Mean revenue broken down by channel"),
        ("Средняя выручка, сгруппированная по каналам", "Mean revenue grouped by channel"),
        ("Сгруппируй по регионам среднюю выручку", "Grouped by region the mean revenue"),
        ("Сколько товаров по регионам?", "How many products per region?"),
    ],
    "class": [
        ("Какая доля выручки в регионе Юг?", "What share of revenue is in region South?"),
        ("Какой процент выручки у региона Юг?", "What percentage of revenue has region South?"),
        ("Какова разница выручки?", "What is the difference of revenue?"),
        ("Какова дисперсия зарплаты?", "What is the variance of salary?"),
        ("Отклонение зарплаты", "Deviation of salary"),
        ("Выручка только региона Юг", "Revenue of only region South"),
        ("Выручка других регионов", "Revenue of other regions"),
        ("Выручка обоих регионов", "Revenue of both regions"),
        ("Выручка региона Север или товара кофе", "Revenue of region North or product coffee"),
        ("Зарплата следующего разряда", "Salary of the next grade"),
        ("Зарплата предыдущего разряда", "Salary of the previous grade"),
        ("Мода зарплаты", "Mode of salary"),
        ("Выручка всех регионов", "Revenue of all regions"),
        ("Выручка, включая регион Юг", "Revenue including region South"),
    ],
    "asks": [
        ("Когда выручка региона Юг?", "When is the revenue of region South?"),
        ("Где наибольшая выручка?", "Where is the highest revenue?"),
        ("Кому наибольшая зарплата?", "Who has the highest salary?"),
        ("У кого наибольшая зарплата?", "Who has the highest salary?"),
        ("Чья зарплата больше 300?", "Whose salary is more than 300?"),
        ("Почему наименьшая выручка?", "Why the lowest revenue?"),
    ],
}
PAIRS = [pytest.param(*pair, id=f"{kind}: {pair[0]}") for kind, pairs in TWINS.items() for pair in pairs]


@pytest.mark.parametrize(("russian", "english"), PAIRS)
def test_a_question_is_read_as_its_twin(russian: str, english: str) -> None:
    assert meant(russian) == meant(english, ENGLISH)


# ---------------------------------------------------------------- numbers, dates, names


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("30", 30),
        ("30,5", 30.5),
        ("1 000,5", 1000.5),
        ("1 000", 1000),
        ("двадцати пяти", 25),
        ("ста двадцати", 120),
        ("5 тысяч", 5000),
        ("5 тыс", 5000),
        ("2,5 млн", 2_500_000),
        ("дюжины", 12),
    ],
)
def test_a_number_is_read_as_it_is_written_in_russian(said: str, value: float) -> None:
    form = grounded(f"выручка, где возраст больше {said}")
    assert form is not None
    assert [(c.comparison, c.value) for c in form.conditions] == [(">", value)]


@pytest.mark.parametrize(
    "said", ["5 марта 2024", "5 марта 2024 года", "5 марта 2024 г.", "05.03.2024", "2024-03-05", "5-го марта 2024 года"]
)
def test_a_date_is_read_as_it_is_written_in_russian(said: str) -> None:
    form = grounded(f"выручка после {said}")
    assert form is not None
    assert form.places == (("дата_заказа", ">"),)
    assert form.conditions[0].value == dt.date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("наибольшую выручку", "выручка"),
        ("наибольшей выручкой", "выручка"),
        ("суммы выручек", "выручка"),
        ("последней дате заказа", "дата_заказа"),
        ("наибольший средний чек", "Средний чек"),
        ("наибольшему `Средний чек`", "Средний чек"),
        ("средним разрядом", "разряд"),
        ("среднего возраста", "возраст"),
    ],
)
def test_a_column_is_found_in_every_case(text: str, column: str) -> None:
    form = grounded(text)
    assert form is not None
    assert form.target == column


def test_both_spellings_of_a_letter_name_one_column() -> None:
    frame = Variable("t", "frame", columns=(Column("самолёт", "str"), Column("объем", "float")))
    for text in ("наибольший объём самолёта", "наибольший объем самолета"):
        form = ground(read(text, {"t": frame}), frame, Cells()).best
        assert form is not None
        assert (form.target, form.extra) == ("объем", {"самолёт"}), text


def test_a_latin_column_is_named_amid_russian_words() -> None:
    form = grounded("Какова средняя revenue, где region равен South?", ENGLISH)
    assert form is not None
    assert (form.operator, form.target, form.places) == ("mean", "revenue", (("region", "="),))


# ---------------------------------------------------------------- what is not understood is left over


@pytest.mark.parametrize(
    "text",
    [
        "средняя выручка Севера",  # the cell is spelled otherwise
        "средняя вырчка",  # no Russian column is guessed from a slip
        "средняя выpучка",  # a Latin letter
        "сpедняя выручка",
        "средняя выручка в прошлом квартале",
        "средняя выручка за I кв. 2024",
        "средняя выручка больше 20 %",
        "средняя выручка больше 5 руб.",
        "средняя выручка с возрастом больше полутора",
        "выручка почти всех регионов",
        "зарплата, где возраст примерно 30",
        "зарплата, где возраст около 30",
        "зарплата с возрастом до 30 включительно",
        "средневзвешенная выручка",
        "средняя выручка на человека",
        "хотя бы одна выручка",
        "есть ли выручка",
        "вторая по величине выручка",
        "средняя выручка среди женщин",
        "выручка помесячно",
    ],
)
def test_a_word_that_says_more_is_left_over(text: str) -> None:
    found = ground(read(text, {"sales": RUSSIAN}), RUSSIAN, Cells())
    assert all(form.rest for form in found.forms), found


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("На сколько процентов выросла выручка?", "share"),
        ("зарплата в два раза больше", "more"),
        ("выручка ни одного региона", "not"),
        ("средняя выручка по месяцам", "each"),
        ("последняя выручка", "in time"),
        ("первая зарплата", "in time"),
        ("Как рассчитать среднюю выручку?", "how"),
        ("Когда средняя выручка?", "when"),
    ],
)
def test_an_operator_that_applies_to_nothing_is_kept(text: str, operator: str) -> None:
    form = grounded(text)
    assert form is not None
    assert operator in form.operators


# ---------------------------------------------------------------- without data


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Кто преподаёт BIO 101?", "Скажи, пожалуйста, кто преподаёт BIO 101"),
        ("Сколько чисел меньше 5?", "Каково количество чисел меньше 5?"),
        ("Какие курсы сложные?", "Назови сложные курсы"),
        ("Как называется самый длинный курс?", "Какой самый длинный курс?"),
    ],
)
def test_other_words_of_the_same_question_have_the_same_form(one: str, other: str) -> None:
    assert content(read(one, {})) == content(read(other, {}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("числа больше 5", "числа меньше 5"),
        ("числа больше 5", "числа не больше 5"),
        ("числа больше 5", "числа больше 5 включительно"),
        ("курсы до BIO 101", "курсы после BIO 101"),
        ("Кто преподаёт BIO 101?", "Что преподаёт BIO 101?"),
        ("Кто преподаёт BIO 101?", "Когда преподаёт BIO 101?"),
        ("Где преподают BIO 101?", "Сколько преподают BIO 101?"),
        ("Все ли числа больше 5?", "Есть ли числа больше 5?"),
        ("Верно ли, что все числа больше 5?", "Верно ли, что хотя бы одно число больше 5?"),
        ("Работает ли BIO 101?", "Работает BIO 101"),
        ("Какие курсы сложнее?", "Какие курсы проще?"),
        ("Увеличь 80 на 5 процентов", "Увеличь 80 до 5 процентов"),
        ("Ни один курс не сложный", "Один курс сложный"),
        ("почти все курсы", "все курсы"),
    ],
)
def test_another_question_has_another_form(one: str, other: str) -> None:
    assert content(read(one, {})) != content(read(other, {}))


# ---------------------------------------------------------------- the tables of both languages

# What only one of the languages has; everything else is in both tables.
ONLY_ENGLISH = {"quantifiers.within", "relations.below", "relations.per", "relations.within"}
ONLY_RUSSIAN = {"near", "dated", "synonyms.grades", "synonyms.merged", "synonyms.whole"}
# Articles, dozens and hundreds differ: these map values to words, and each language has its own.
NUMBERS = {"cardinals", "scales", "dozens", "part", "parts", "multiples", "ordinals"}
# Lists that only English needs to fill: one stem serves both numbers, there is no "do" and no article, ...
EMPTY_IN_RUSSIAN = {
    *("dates.between", "numbers.articles", "stems.keep", "stems.unclear", "counting.counted", "grammar.doing"),
    *("grammar.named", "grammar.singular_entities", "grammar.futures", "grammar.articles", "synonyms.graded"),
}


def keys(table: Mapping[str, Any]) -> dict[str, Any]:
    """Every section, and every key of the sections whose keys are names."""
    found: dict[str, Any] = {}
    for section, entries in table.items():
        found[section] = entries
        if isinstance(entries, dict) and section not in NUMBERS | {"near", "dated"}:
            found |= {f"{section}.{key}": value for key, value in entries.items()}
    return found


def test_both_languages_have_every_key() -> None:
    english, russian = keys(tables()["en"]), keys(tables()["ru"])
    assert english.keys() - russian.keys() == ONLY_ENGLISH
    assert russian.keys() - english.keys() == ONLY_RUSSIAN


def test_what_english_says_russian_says_too() -> None:
    english, russian = keys(tables()["en"]), keys(tables()["ru"])
    silent = {key for key, said in english.items() if said not in ("", {}) and russian.get(key) == ""}
    assert silent <= EMPTY_IN_RUSSIAN


def test_no_russian_word_has_two_meanings_in_a_table() -> None:
    for section in ("aggregates", "quantifiers", "asking"):
        said = [fold(w) for words in tables()["ru"][section].values() for w in words.split()]
        classes = {fold(w): name for name, words in tables()["ru"][section].items() for w in words.split()}
        twice = {w for w in said if sum(w in map(fold, v.split()) for v in tables()["ru"][section].values()) > 1}
        assert not twice, (section, {w: classes[w] for w in twice})


def test_the_case_of_a_noun_says_where_or_where_to() -> None:
    grounded = {
        text: ground(read(text, {"sales": RUSSIAN}), RUSSIAN, Cells()).best
        for text in ("выручка в регионе Север", "выручка в регион Север", "выручка для региона Север")
    }
    before = [form.conditions[0].before for form in grounded.values() if form is not None]
    assert len(before) == len(set(before)) == len(grounded)
