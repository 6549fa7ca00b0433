"""What a made-up shop asks in a year: kinds of questions with their wordings, the code a model would write, and gold.

Gold is plain Python over rows as dictionaries, written apart from the code, so that a wrong answer is noticed.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]
Gold = Callable[[Rows, Mapping[str, Any]], Rows]
NUMBERS, GROUPS = ("revenue", "units", "cost"), ("region", "product", "channel")
# operator -> (narwhals function, plain Python, words the model gives wordings for, a word that comes up later)
OPERATORS: dict[str, tuple[str, Callable[[list[float]], float], tuple[str, ...], str]] = {
    "mean": ("mean", statistics.fmean, ("mean", "average"), "typical mean"),
    "total": ("sum", sum, ("total",), "overall total"),
    "median": ("median", statistics.median, ("median",), "middle median"),
    "highest": ("max", max, ("highest", "largest"), "record highest"),
    "lowest": ("min", min, ("lowest", "smallest"), "rock-bottom lowest"),
}
TYPES = {
    "frame": "frame",
    "value": "column",
    "by": "column",
    "what": "column",
    "k": "int",
    "limit": "float",
    "wanted": "text",
}
DOMAINS: dict[str, dict[str, Any]] = {"value": {"dtype": "number"}, "k": {"min": 1, "max": 1000}}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    Attributes
    ----------
    wordings : the model writes these into its reply, in English and Russian.
    later : a wording that people come up with later, which was in no reply until then.
    slots : parameters besides the frame.
    """

    name: str
    code: str
    wordings: tuple[str, ...]
    later: str
    slots: tuple[str, ...]
    gold: Gold

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters, the frame first."""
        return ("frame", *self.slots)


def kinds() -> list[Kind]:
    """All of them, the most usual first."""
    made = [*_per_group(), *_tops(), *_where(), *_counts(), *_whole_groups()]
    return sorted(made, key=lambda kind: _ORDER.index(kind.name) if kind.name in _ORDER else len(_ORDER))


_ORDER = (
    "total_per_group",
    "mean_per_group",
    "rows_per_group",
    "top_by_total",
    "rows_above",
    "mean_where",
    "total_where",
)


Plain = Callable[[list[float]], float]


def _figure_of_groups(plain: Plain, column: str) -> Gold:
    def gold(rows: Rows, at: Mapping[str, Any]) -> Rows:
        return [{at["by"]: name, column: plain(_cells(part, at))} for name, part in _groups(rows, at["by"]).items()]

    return gold


def _leading(plain: Plain) -> Gold:
    def gold(rows: Rows, at: Mapping[str, Any]) -> Rows:
        scores = {name: plain(_cells(part, at)) for name, part in _groups(rows, at["by"]).items()}
        best = sorted(scores, key=lambda name: -scores[name])[: at["k"]]
        return [{at["by"]: name, "score": scores[name]} for name in best]

    return gold


def _figure_where(plain: Plain) -> Gold:
    def gold(rows: Rows, at: Mapping[str, Any]) -> Rows:
        return [{"answer": plain(_cells([row for row in rows if row[at["by"]] == at["wanted"]], at))}]

    return gold


def _counted(sign: str) -> Gold:
    def gold(rows: Rows, at: Mapping[str, Any]) -> Rows:
        return [{"rows": sum(_compared(cell, sign, at["limit"]) for cell in _cells(rows, at))}]

    return gold


def _cells(rows: Rows, at: Mapping[str, Any]) -> list[float]:
    return [row[at["value"]] for row in rows]


def _groups(rows: Rows, by: str) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(row[by], []).append(row)
    return dict(sorted(found.items()))


def _per_group() -> Iterator[Kind]:
    for name, (function, plain, words, later) in OPERATORS.items():
        column = f"{name}_value"
        yield Kind(
            f"{name}_per_group",
            f"def {name}_per_group(frame, *, value, by):\n"
            f'    found = frame.group_by(by).agg(nw.col(value).{function}().alias("{column}"))\n'
            "    return found.sort(by, nulls_last=True)\n",
            (
                *(f"What is the {word} {{value}} per {{by}} in {{frame}}?" for word in words),
                *(f"Show the {word} {{value}} for each {{by}} in {{frame}}." for word in words),
                f"{RUSSIAN[name][0]} {{value}} по {{by}} в {{frame}}?",
            ),
            f"What was the {later} {{value}} by {{by}} in {{frame}}?",
            ("value", "by"),
            _figure_of_groups(plain, column),
        )


RUSSIAN = {
    "mean": ("Каково среднее", "наибольшее среднее"),
    "total": ("Какова сумма", "наибольшую сумму"),
    "median": ("Какова медиана", "наибольшую медиану"),
    "highest": ("Каков максимум", "наибольший максимум"),
    "lowest": ("Каков минимум", "наибольший минимум"),
}


def _tops() -> Iterator[Kind]:
    for name in ("total", "mean", "highest"):
        function, plain, words, later = OPERATORS[name]
        yield Kind(
            f"top_by_{name}",
            f"def top_by_{name}(frame, *, value, by, k):\n"
            f'    found = frame.group_by(by).agg(nw.col(value).{function}().alias("score"))\n'
            '    return found.sort("score", by, descending=[True, False], nulls_last=True).head(k)\n',
            (
                *(f"Which {{k}} values of {{by}} lead by {word} {{value}} in {{frame}}?" for word in words),
                *(f"Name the {{k}} values of {{by}} that lead by {word} {{value}} in {{frame}}." for word in words),
                f"Какие {{k}} значения {{by}} имеют {RUSSIAN[name][1]} {{value}} в {{frame}}?",
            ),
            f"Which {{k}} values of {{by}} are ahead by {later} {{value}} in {{frame}}?",
            ("value", "by", "k"),
            _leading(plain),
        )


def _where() -> Iterator[Kind]:
    for name, (function, plain, words, later) in OPERATORS.items():
        yield Kind(
            f"{name}_where",
            f"def {name}_where(frame, *, value, by, wanted):\n"
            f'    return frame.filter(nw.col(by) == wanted).select(nw.col(value).{function}().alias("answer"))\n',
            (
                *(f"What is the {word} {{value}} where {{by}} is {{wanted}} in {{frame}}?" for word in words),
                *(f"In {{frame}}, what is the {word} {{value}} where {{by}} is {{wanted}}?" for word in words),
                f"{RUSSIAN[name][0]} {{value}}, где {{by}} равно {{wanted}}, в {{frame}}?",
            ),
            f"What was the {later} {{value}} as long as {{by}} is {{wanted}} in {{frame}}?",
            ("value", "by", "wanted"),
            _figure_where(plain),
        )


def _counts() -> Iterator[Kind]:
    for name, word, sign, russian in (
        ("above", "above", ">", "больше"),
        ("below", "below", "<", "меньше"),
        ("at_least", "at least", ">=", "не меньше"),
        ("at_most", "at most", "<=", "не больше"),
    ):
        yield Kind(
            f"rows_{name}",
            f"def rows_{name}(frame, *, value, limit):\n"
            f'    return frame.filter(nw.col(value) {sign} limit).select(nw.len().alias("rows"))\n',
            (
                f"How many rows of {{frame}} have {{value}} {word} {{limit}}?",
                f"How many rows in {{frame}} have a {{value}} {word} {{limit}}?",
                f"Сколько строк в {{frame}} имеют {{value}} {russian} {{limit}}?",
            ),
            f"How many lines of {{frame}} come with {{value}} {word} {{limit}}?",
            ("value", "limit"),
            _counted(sign),
        )


def _compared(value: float, sign: str, limit: float) -> bool:
    if sign[0] == ">":
        return value > limit or (sign == ">=" and value == limit)
    return value < limit or (sign == "<=" and value == limit)


def _whole_groups() -> Iterator[Kind]:
    yield Kind(
        "rows_per_group",
        "def rows_per_group(frame, *, by):\n"
        '    return frame.group_by(by).agg(nw.len().alias("rows")).sort(by, nulls_last=True)\n',
        (
            "How many rows of {frame} are there per {by}?",
            "How many rows are there for each {by} in {frame}?",
            "Сколько строк в {frame} на каждое {by}?",
        ),
        "How many lines does every {by} have in {frame}?",
        ("by",),
        lambda rows, at: [{at["by"]: group, "rows": len(part)} for group, part in _groups(rows, at["by"]).items()],
    )
    yield Kind(
        "different_per_group",
        "def different_per_group(frame, *, what, by):\n"
        '    found = frame.group_by(by).agg(nw.col(what).n_unique().alias("different"))\n'
        "    return found.sort(by, nulls_last=True)\n",
        (
            "How many different {what} are there per {by} in {frame}?",
            "How many distinct {what} does each {by} have in {frame}?",
            "Сколько разных {what} на каждое {by} в {frame}?",
        ),
        "How many sorts of {what} does every {by} come with in {frame}?",
        ("what", "by"),
        lambda rows, at: [
            {at["by"]: group, "different": len({row[at["what"]] for row in part})}
            for group, part in _groups(rows, at["by"]).items()
        ],
    )
    yield Kind(
        "range_per_group",
        "def range_per_group(frame, *, value, by):\n"
        '    found = frame.group_by(by).agg(nw.col(value).max().alias("most"), nw.col(value).min().alias("least"))\n'
        '    found = found.with_columns((nw.col("most") - nw.col("least")).alias("range"))\n'
        '    return found.select(by, "range").sort(by, nulls_last=True)\n',
        (
            "What is the range of {value} per {by} in {frame}?",
            "Show the range of {value} for each {by} in {frame}.",
            "Каков размах {value} по {by} в {frame}?",
        ),
        "How wide is the range of {value} for every {by} in {frame}?",
        ("value", "by"),
        lambda rows, at: [
            {at["by"]: g, "range": max(r[at["value"]] for r in part) - min(r[at["value"]] for r in part)}
            for g, part in _groups(rows, at["by"]).items()
        ],
    )


# ---------------------------------------------------------------- what a model would reply


def reply(kind: Kind, at: Mapping[str, Any], *, later: bool) -> dict[str, Any]:
    """The compile reply for a question of a kind, with the values of its slots; asked in the later wording or not."""
    wordings = (kind.later, *kind.wordings) if later else kind.wordings
    return {
        "name": kind.name,
        "summary": kind.wordings[0].format(**{name: name for name in kind.parameters}),
        "parameters": [
            {
                "name": name,
                "type": TYPES[name],
                "description": name,
                "domain": DOMAINS.get(name),
                "example": at[name],
            }
            for name in kind.parameters
        ],
        "meaning": {"aggregate": kind.name, "target": "", "conditions": [], "grouping": [], "order": ""},
        "templates": [{"lang": "en" if text.isascii() else "ru", "text": text} for text in wordings],
        "synonyms": [],
        "ignorable": [],
        "code": kind.code,
        "returns": "frame",
        "examples": [_example(kind)],
        "properties": [],
        "effects": [],
        "open_questions": [],
    }


def _example(kind: Kind) -> dict[str, str]:
    import json

    columns = {"team": ["red", "red", "blue", "green"], "points": [1, 3, 5, 4]}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    at = {"value": "points", "by": "team", "what": "points", "k": 2, "limit": 3.0, "wanted": "red"}
    arguments = {"frame": columns, **{name: at[name] for name in kind.slots}}
    return {"arguments": json.dumps(arguments), "result": json.dumps(kind.gold(rows, at))}
