"""Many questions beside a few procedures: other words are answered by the right one, other questions by none."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seglam_magics.cache.library import Library
from seglam_magics.procedure import describe_all
from seglam_magics.procedure.domains import Domains
from seglam_magics.procedure.guards import misfit, requirements
from seglam_magics.procedure.identity import identity_of
from seglam_magics.question import read
from seglam_magics.words import Decision, Meaning, Parameter, Revision, Template

SALES = pl.DataFrame(
    {
        "date": ["2024-01-05", "2024-02-10", "2024-02-20", "2023-03-01"],
        "region": ["North", "South", "North", "East"],
        "product": ["Tea", "Coffee", "Tea", "Milk"],
        "customer": ["Ann", "Bob", "Ann", "Eve"],
        "units": [5, 3, 8, 1],
        "revenue": [50.0, 40.0, 80.0, 9.0],
        "cost": [20.0, 30.0, 30.0, 4.0],
        "year": [2024, 2024, 2024, 2023],
    }
)
SPACE: Mapping[str, Any] = {"sales": SALES}
ASKED = tomllib.loads((Path(__file__).parent / "matching" / "beside.toml").read_text(encoding="utf-8"))


def _of(column: str, example: str) -> Parameter:
    return Parameter(column, "str", domain={"column": column}, example=example)


def _number(name: str, example: float, kind: str = "float") -> Parameter:
    return Parameter(name, kind, example=example)


REGION, PRODUCT = _of("region", "North"), _of("product", "Tea")
# name, wording, body of the procedure, parameters beside the rows, declared meaning
Row = tuple[str, str, str, tuple[Parameter, ...], Meaning]
TABLED: Mapping[str, tuple[Row, ...]] = {
    "sales": (
        (
            "total_rev",
            "What is the total revenue in the {region} region?",
            'sum(r["revenue"] for r in rows if r["region"] == region)',
            (REGION,),
            Meaning("sum", "revenue", ("region = region",)),
        ),
        (
            "mean_cost",
            "What is the average cost of {product}?",
            '[r["cost"] for r in rows if r["product"] == product]',
            (PRODUCT,),
            Meaning("mean", "cost", ("product = product",)),
        ),
        (
            "count_over",
            "How many sales have revenue above {n}?",
            'sum(1 for r in rows if r["revenue"] > n)',
            (_number("n", 10),),
            Meaning("count", "", ("revenue > n",)),
        ),
        (
            "who_max",
            "Which customer has the highest revenue?",
            'max(rows, key=lambda r: r["revenue"])["customer"]',
            (),
            Meaning(),
        ),
        (
            "customers",
            "List the customers in the {region} region",
            '[r["customer"] for r in rows if r["region"] == region]',
            (REGION,),
            Meaning("select", "customer", ("region = region",)),
        ),
    ),
    "more_sales": (
        (
            "top_customers",
            "Top {k} customers by revenue",
            '[r["customer"] for r in sorted(rows, key=lambda r: -r["revenue"])[:k]]',
            (_number("k", 3, "int"),),
            Meaning(),
        ),
        (
            "rev_year",
            "Total revenue of {product} in {year}",
            'sum(r["revenue"] for r in rows if r["product"] == product and r["year"] == year)',
            (PRODUCT, _number("year", 2024, "int")),
            Meaning("sum", "revenue", ("product = product", "year = year")),
        ),
        (
            "mean_by",
            "Mean of {col} per {by}",
            "{r[by]: r[col] for r in rows}",
            (Parameter("col", "column", example="revenue"), Parameter("by", "column", example="region")),
            Meaning(),
        ),
        (
            "share",
            "What share of the revenue comes from the {region} region?",
            'sum(r["revenue"] for r in rows if r["region"] == region)',
            (REGION,),
            Meaning(),
        ),
        (
            "between",
            "How many sales had between {lo} and {hi} units?",
            'sum(1 for r in rows if lo <= r["units"] <= hi)',
            (_number("lo", 2, "int"), _number("hi", 6, "int")),
            Meaning(),
        ),
        (
            "first_sale",
            "When was the first sale of {product}?",
            'min(r["date"] for r in rows if r["product"] == product)',
            (PRODUCT,),
            Meaning("min", "date", ("product = product",)),
        ),
        (
            "distinct",
            "How many distinct customers bought {product}?",
            'len({r["customer"] for r in rows if r["product"] == product})',
            (PRODUCT,),
            Meaning(),
        ),
        (
            "compare",
            "Did {a} bring more revenue than {b}?",
            'sum(r["revenue"] for r in rows if r["customer"] in (a, b)) > 0',
            (
                Parameter("a", "str", domain={"column": "customer"}, example="Ann"),
                Parameter("b", "str", domain={"column": "customer"}, example="Bob"),
            ),
            Meaning(),
        ),
    ),
    "numbers": (),
}
PLAIN: tuple[tuple[str, str, tuple[Parameter, ...]], ...] = (
    (
        "loan",
        "What is the monthly payment on a loan of {p} at {r} % over {y} years?",
        (_number("p", 10000), _number("r", 5), _number("y", 3)),
    ),
    ("c2f", "Convert {x} degrees Celsius to Fahrenheit", (_number("x", 20),)),
    (
        "days",
        "How many days are there between {a} and {b}?",
        (Parameter("a", "date", example="2024-01-01"), Parameter("b", "date", example="2024-02-01")),
    ),
    (
        "word",
        "How many times does the letter {c} occur in {w}?",
        (Parameter("c", "str", example="r"), Parameter("w", "str", example="strawberry")),
    ),
    ("lst", "What is the sum of the even numbers in {xs}?", (Parameter("xs", "list", example=[1, 2, 4]),)),
    ("tip", "A meal costs ${m}. How much is a {t} % tip?", (_number("m", 40), _number("t", 20))),
)


def _revision(name: str, wording: str, body: str, parameters: tuple[Parameter, ...], meaning: Meaning) -> Revision:
    named = ", ".join(p.name for p in parameters)
    source = f"def {name}({named}):\n    return {body}\n"
    question = wording.format(**{p.name: p.example for p in parameters})
    return Revision(
        name,
        1,
        "",
        source,
        parameters=parameters,
        templates=(Template(wording),),
        meaning=meaning,
        requires=requirements(source, parameters, describe_all(SPACE)),
        question=question,
    )


def _revisions(part: str) -> Iterator[Revision]:
    rows = Parameter("rows", "list", example="sales")
    for name, wording, body, parameters, meaning in TABLED[part]:
        yield _revision(name, wording, body, (rows, *parameters), meaning)
    if not TABLED[part]:
        for name, wording, parameters in PLAIN:
            yield _revision(name, wording, " or ".join(p.name for p in parameters), parameters, Meaning())


@cache
def library(part: str) -> Library:
    """The procedures of one part."""
    made = Library()
    for revision in _revisions(part):
        made.put(dataclasses.replace(revision, proc_id=identity_of(revision)))
    return made


def decided(part: str, text: str) -> Decision:
    """The decision on a question beside the sales."""
    variables = describe_all(SPACE)
    return library(part).decide(
        read(text, variables),
        fits=lambda revision, bindings: misfit(revision, bindings, variables, SPACE),
        values=Domains(SPACE, variables),
    )


HITS = [(part, *line.split(" | ", 1)) for part, asked in ASKED.items() for line in asked["hits"].strip().splitlines()]
MISSES = [(part, line) for part, asked in ASKED.items() for line in asked["misses"].strip().splitlines()]


@pytest.mark.parametrize(("part", "name", "text"), HITS)
def test_other_words_are_answered_by_the_right_procedure(part: str, name: str, text: str) -> None:
    decision = decided(part, text)
    assert decision.hit, decision.reason
    assert decision.revision is not None
    assert decision.revision.name == name


@pytest.mark.parametrize(("part", "text"), MISSES)
def test_another_question_is_answered_by_none_and_the_reason_is_said(part: str, text: str) -> None:
    decision = decided(part, text)
    assert not decision.hit, decision.revision
    assert decision.reason
