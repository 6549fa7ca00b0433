"""A question as a row of items: columns, cells, numbers, dates, texts, rows and the words the pack understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# The letter each kind of item has in the grammar of conditions (see extracting.py); concepts are "x".
LETTERS = {
    "column": "c",
    "cell": "v",
    "number": "n",
    "limit": "L",
    "nth": "N",
    "percent": "n",
    "text": "q",
    "date": "d",
    "list": "l",
    "before": "<",
    "after": ">",
    "concept": "x",
    "rows": "r",
    "table": "T",
    "columns": "K",
    "is": "=",
    "not": "!",
    "and": "&",
    "or": "|",
    "comma": ",",
    "in": "i",
    "prep": "p",
    "by": "g",
    "which": "w",
    "has": "h",
    "to": "t",
    "between": "b",
    "missing": "z",
    "known": "Z",
    "true": "1",
    "false": "0",
    "starts": "S",
    "ends": "E",
    "contains": "C",
    "period": "P",
    "measure": "",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch of a question.

    Attributes
    ----------
    kind : a key of `LETTERS`.
    value : the column's name, the (column, cell) pairs, the number, date or text, the variable, the concept, the sign,
        the first and last day of a period.
    start, end : its tokens are [start, end).
    shown : the words of the question.
    parts : of a measure, the items that are meant: "heavier than" is a column and a comparison.
    """

    kind: str
    value: Any
    start: int
    end: int
    shown: str = ""
    parts: tuple[Item, ...] = ()

    @property
    def letter(self) -> str:
        """Its letter in the grammar of conditions."""
        return LETTERS[self.kind]
