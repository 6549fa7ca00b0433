"""The kinds of made-up procedures: their wordings, slots and meanings, and the questions they are found by."""

from __future__ import annotations

from dataclasses import dataclass

from seglam_magics.words import Parameter, Tier

PEOPLE = "clerk baker driver teacher painter farmer sailor miner".split()
RUSSIAN_PEOPLE = "пекарь кассир водитель учитель маляр фермер моряк шахтёр".split()
# What is computed, as it is declared and as people say it in English and in Russian; for the kinds found by meaning.
COMPUTED = ("mean", "median", "sum", "max", "min")
SAID = {
    "en": (("mean", "average"), ("median", "median"), ("sum", "total"), ("maximum", "highest"), ("minimum", "lowest")),
    "ru": (
        ("средний", "среднее"),
        ("медианный", "медианный"),
        ("суммарный", "общий"),
        ("максимальный", "наибольший"),
        ("минимальный", "наименьший"),
    ),
}
PLACES = {"en": ("Riga", "Oslo", "New York", "Saint-Denis"), "ru": ("Рига", "Осло", "Нью-Йорк", "Казань")}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of procedure.

    Attributes
    ----------
    name : in reports; `tier` is what its questions are found by.
    wordings : with {slots}; <op>, <one>, <two> and <who> are filled by rule, <was> and <said> where the meaning is
        declared: what is computed in the word of the wordings and in another one.
    parameters : of every procedure of this kind.
    fixed : dtypes of the columns <one> and <two> where its source names them; none where it does not.
    asked : the question in other words than any wording; the wordings themselves by default.
    lang : of its words; its last wording is Russian in any case.
    condition : that it declares.
    """

    name: str
    wordings: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    fixed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    tier: Tier = "template"
    lang: str = "en"
    condition: str = ""


FRAME = Parameter("frame", "frame", example="sales")
COUNTS = tuple(Parameter(name, "int", example=example) for name, example in (("a", 12), ("b", 3), ("c", 4)))
KINDS = (
    Kind(
        "fixed columns",
        (
            "What is the <op> of <one> in {frame} where <two> is over {limit}?",
            "<op> of <one> for rows of {frame} with <two> over {limit}",
            "In {frame}, show the <op> <one> when <two> exceeds {limit}",
            "Каково <op> столбца <one> в {frame}, где <two> больше {limit}?",
        ),
        (FRAME, Parameter("limit", "int", example=7)),
        fixed=("float", "int"),
        condition="<two> > limit",
    ),
    Kind(
        "column slots",
        (
            "Which {k} <one> <two> of {frame} have the <op> {column}?",
            "{k} <one> <two> with the <op> {column} in {frame}",
            "In {frame}, list {k} <one> <two> having the <op> of {column}",
            "Какие {k} <one> <two> из {frame} имеют <op> {column}?",
        ),
        (
            FRAME,
            Parameter("k", "int", example=3),
            Parameter("column", "column", domain={"dtype": "number"}, example="visits"),
        ),
    ),
    Kind(
        "no data",
        (
            "A <who> sells {a} <one> a day at {b} <two> each; what is the <op> after {c} weeks?",
            "Selling {a} <one> a day at {b} <two> each, which <op> does a <who> have after {c} weeks?",
            "What <op> does a <who> reach who sells {a} <one> a day for {b} <two> in {c} weeks?",
            "Продавая {a} <one> в день по {b} <two>, какое <op> имеет <who> через {c} недель?",
        ),
        COUNTS,
    ),
    Kind(
        "by its meaning",
        (
            "What is the <was> <one> of {place} in {frame}?",
            "<was> <one> in {frame} where <two> is {place}",
            "In {frame}, show the <was> <one> when <two> is {place}",
            "Покажи <was> <one> из {frame}, где <two> {place}",
        ),
        (FRAME, Parameter("place", "str", domain={"column": "<two>"}, example="Riga")),
        fixed=("float", "str"),
        asked=("For {place}, what was the <said> <one> there is in {frame}?", "<said> <one> for the <two> {place}?"),
        tier="grounded",
        condition="<two> = place",
    ),
    Kind(
        "by its meaning, Russian",
        (
            "Какой <was> <one> для {place} в {frame}?",
            "<was> <one> в {frame}, где <two> {place}",
            "Найди <was> <one> для {place} в {frame}",
            "Покажи, каков <was> <one> в {frame}, если <two> {place}",
        ),
        (FRAME, Parameter("place", "str", domain={"column": "<two>"}, example="Рига")),
        fixed=("float", "str"),
        asked=("Для {place} каков <said> <one> в {frame}?", "<two> {place}: <said> <one>?"),
        tier="grounded",
        lang="ru",
        condition="<two> = place",
    ),
    Kind(
        "by its text",
        (
            "Who will teach {course} {b} about <two> and <one> to every <who>?",
            "Who is the <one> instructor teaching <two> {course} {b} to a <who>?",
            "Which <who> takes {course} {b} for <one> <two> credits?",
            "Кто учит {course} {b} про <one> и <two>?",
        ),
        (Parameter("course", "str", example="BIO"), Parameter("b", "int", example=101)),
        asked=("Who teaches every <who> {course} {b} about <one> and <two>?",),
        tier="text",
    ),
    Kind(
        "by its text, Russian",
        (
            "Сколько <one> останется, если <who> продаст {a} <two>, получив {b} рублей за {c} дней?",
            "<who> продаёт {a} <two>, получает {b} рублей за {c} дней. Сколько <one> останется?",
            "<who> за {c} дней получил {b} рублей и продал {a} <two>; сколько осталось <one>?",
            "Продав {a} <two> и получив {b} рублей за {c} дней, сколько <one> оставит <who>?",
        ),
        COUNTS,
        asked=("<who> продал {a} <two>, получив {b} рублей за {c} дней. Сколько <one> осталось?",),
        tier="text",
        lang="ru",
    ),
)
