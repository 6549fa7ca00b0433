"""Questions in words that no wording has, by what they mean against a table: a column under conditions.

The reading is the one that stored procedures are found by. Nothing of the question may be left over: no word, no
operator, no column; and the reading must be the only one there is at its cost. Counts are left to the wordings: of
rows or of different values is for them to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..question import Condition, Form, ground
from ..question.grammar import grammar
from ..question.stems import fold, root
from ..words import Reading, Values, Variable

# the operator of a form -> the procedures that compute it
_BASES = {"mean": "mean", "median": "median", "min": "min_of", "max": "max_of", "sum": "total", "select": "values"}
# kinds of conditions, the first of a kind and the second, with the slots they fill: column, sign, value
_TEXTS = (("is", "where", "wanted"), ("both", "also", "expected"))
_NUMBERS = (("compares", "measure", "sign", "threshold"), ("bounds", "bounded", "bound_sign", "bound"))
_YEARS = range(1000, 3000)  # whole numbers that a word of time may compare
_SIGNS = frozenset({"<", "<=", ">", ">=", "="})


@dataclass(frozen=True, slots=True)
class Sought:
    """What a question means: a procedure of the pack, and what its slots hold with the words that say it."""

    name: str
    slots: Mapping[str, tuple[Any, str]]


def sought(reading: Reading, variable: Variable, values: Values) -> Sought | None:
    """What a question means of a table, None where it says anything else besides, or may mean something else.

    Examples
    --------
    >>> from seglam_magics.question import read
    >>> from seglam_magics.words import Column
    >>> class Cells:
    ...     def find(self, variable, phrases):
    ...         return {"essex": {"county": ("Essex",)}}
    ...     def ranges(self, variable):
    ...         return {}
    >>> clubs = Variable("clubs", "frame", columns=(Column("captain", "str"), Column("county", "str")))
    >>> found = sought(read("Who is the captain of the club in Essex county?", {"clubs": clubs}), clubs, Cells())
    >>> found.name, found.slots["value"], found.slots["wanted"]
    ('starter_values_where_is', ('captain', 'captain'), ('Essex', 'Essex'))
    """
    form = ground(reading, variable, values).best if variable.columns else None
    if form is None or form.target is None or not _whole(form):
        return None
    if _unsaid(form, reading, variable) or _timed(form, reading) or _of_several(form, reading):
        return None
    texts = [c for c in form.conditions if isinstance(c.value, str) and c.comparison == "="]
    numbers = [c for c in form.conditions if _compares(c)]
    told = (
        len(texts) + len(numbers) == len(form.conditions)
        and len(texts) <= len(_TEXTS)
        and len(numbers) <= len(_NUMBERS)
    )
    base = _BASES.get(form.operator)
    if base is None or not told:
        return None
    kinds = [kind for kind, *_ in (*_TEXTS[: len(texts)], *_NUMBERS[: len(numbers)])]
    slots = {"value": (form.target, form.target), **_slots(_TEXTS, texts), **_slots(_NUMBERS, numbers)}
    return Sought(f"starter_{base}_where_{'_and_'.join(kinds)}", slots)


def _whole(form: Form) -> bool:
    """Whether all that is said is a column, an operator and conditions of different columns."""
    besides = form.rest or form.operators or form.extra or form.groups or form.limit is not None
    columns = [form.target, *(c.column for c in form.conditions)]
    return bool(form.conditions) and not besides and len(set(columns)) == len(columns)


def _unsaid(form: Form, reading: Reading, variable: Variable) -> bool:
    """Whether a column that the question names plays no part in what was read."""
    return any(r.variable == variable.name and r.column not in {None, *form.columns} for r in reading.references)


def _of_several(form: Form, reading: Reading) -> bool:
    """Whether a column is named in the plural: the cities with cancelled orders may be each city once."""
    said = [r.text.casefold().split()[-1] for r in reading.references if r.column == form.target and r.text]
    plural = any(noun.endswith("s") and noun not in str(form.target).casefold() for noun in said)
    return form.operator == "select" and plural


def _timed(form: Form, reading: Reading) -> bool:
    """Whether a word may be of time where numbers are read: the last wins, before the wins were 5."""
    roots = {root(fold(token.text.casefold())) for token in reading.tokens}
    known = grammar().roots
    years = all(c.comparison == "=" or c.value in _YEARS for c in form.conditions if _compares(c))
    last = form.operator in ("min", "max") and not roots.isdisjoint(known["temporal"])
    return last or not (years or roots.isdisjoint(known["timed"]))


def _compares(condition: Condition) -> bool:
    number = isinstance(condition.value, (int, float)) and not isinstance(condition.value, bool)
    return number and condition.comparison in _SIGNS


def _slots(parts: Sequence[tuple[str, ...]], conditions: Sequence[Condition]) -> dict[str, tuple[Any, str]]:
    """What the slots of these conditions hold: column, sign where a part has one, and value."""
    found: dict[str, tuple[Any, str]] = {}
    for (_, column, *sign, value), condition in zip(parts, conditions, strict=False):
        found |= {column: (condition.column, condition.column), value: (condition.value, condition.shown)}
        found |= dict.fromkeys(sign, (condition.comparison, condition.comparison))
    return found
