"""What a revision means against data: its declared meaning and its wordings, read the way questions are read.

Wordings are read against a frame made of what the revision says of itself (the columns its source names, the examples
of its slots), so that the reader may improve and stored procedures with it. Nothing here is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..errors import SeglamError
from ..procedure.declared import NUMERIC, declared
from ..question import Condition, Form, cell_key, ground, read
from ..question.wording import fill
from ..words import Column, Parameter, Revision, Template, Variable

TABULAR = ("frame", "list")
_DTYPES = {"number": "float", "date": "date", "bool": "bool"}
_LIKE_YEARS = range(1500, 2101)


@dataclass(frozen=True, slots=True)
class Signature:
    """The declared meaning: an aggregate over a target column under conditions, each with the parameter it takes."""

    aggregate: str
    form: Form
    parameters: Mapping[tuple[str, str], str]

    @property
    def columns(self) -> frozenset[str]:
        """Every column it touches."""
        return self.form.columns


def columns_only(revision: Revision) -> dict[str, tuple[str, ...]]:
    """The declared synonyms of columns; those of a slot are of no column."""
    return {name: words for name, words in revision.synonyms.items() if revision.parameter(name) is None}


class Meanings:
    """The readings of one revision, made when they are first needed.

    Attributes
    ----------
    fixed : columns its source names, which a frame must have.
    slots : example column -> the column slot it stands for.
    """

    def __init__(self, revision: Revision, templates: Sequence[Template] = ()) -> None:
        self.revision = revision
        self.templates = (*revision.templates, *templates)
        self.fixed = frozenset(c for r in revision.requires for c in r.columns)
        self.slots: dict[str, str] = {
            str(p.example): p.name for p in revision.parameters if p.type == "column" and p.example is not None
        }

    @property
    def synonyms(self) -> Mapping[str, tuple[str, ...]]:
        """Column -> words its author declared for it."""
        return columns_only(self.revision)

    @property
    def tabular(self) -> Parameter | None:
        """Its only frame or list of rows; None where it has none or several."""
        found = [p for p in self.revision.parameters if p.type in TABULAR]
        return found[0] if len(found) == 1 else None

    @cached_property
    def signature(self) -> Signature | None:
        """The declared meaning as a form; None where there is none."""
        said = declared(self.revision)
        if said is None:
            return None
        examples = {p.name: p.example for p in self.revision.parameters}
        conditions = tuple(Condition(c.column, c.comparison, examples[c.parameter]) for c in said.conditions)
        placed = {(c.column, c.comparison): c.parameter for c in said.conditions}
        return Signature(said.aggregate, Form(said.aggregate, said.target, conditions, said.groups), placed)

    @cached_property
    def prompts(self) -> tuple[Form, ...]:
        """The readings of its wordings, each once; of the question it was compiled for first."""
        texts = dict.fromkeys([self.revision.question, *self._shown()])
        found = [form for text in texts if text and (form := self._read(text)) is not None]
        if any(f.operator != "select" for f in found):
            # all say the same, so the reader did not know the operator of the others
            found = [f for f in found if f.operator != "select"]
        return tuple({f.asked: f for f in found}.values())

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Words its wordings say besides, where the rest of them means what was declared."""
        return frozenset(w for form in self._agreeing for w in form.rest)

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The operators its wordings say it with."""
        return frozenset(form.operator for form in self._agreeing)

    @property
    def _agreeing(self) -> Iterator[Form]:
        declared = self.signature
        for form in self.prompts:
            unnamed = form.target is None and declared is not None and declared.aggregate == "count"
            if declared is None or (
                form.places == declared.form.places and (form.target == declared.form.target or unnamed)
            ):
                yield form

    def _shown(self) -> Iterator[str]:
        """Its wordings with the examples of its slots."""
        shown = {p.name: str(p.example) for p in self.revision.parameters if p.example is not None}
        for template in self.templates:
            try:
                yield fill(template.text, shown)
            except KeyError:
                continue

    def _read(self, text: str) -> Form | None:
        frame = self._frame
        if frame is None:
            return None
        try:
            grounded = ground(read(text, {frame.name: frame}), frame, _Examples(self), self.synonyms)
        except SeglamError:
            return None
        return replace(grounded.forms[0], cost=0.0) if grounded.forms else None

    @cached_property
    def _frame(self) -> Variable | None:
        """A frame with the columns this revision is known to use."""
        tabular = self.tabular
        if tabular is None:
            return None
        dtypes = {c: _DTYPES.get(d, d) for r in self.revision.requires for c, d in r.columns.items()}
        for parameter in self.revision.parameters:
            if parameter.type == "column" and isinstance(parameter.example, str):
                dtypes.setdefault(parameter.example, self._slot_dtype(parameter))
        columns = tuple(Column(name, dtype) for name, dtype in dtypes.items())
        return Variable(str(tabular.example or "df"), tabular.type, columns=columns)

    def _slot_dtype(self, parameter: Parameter) -> str:
        dtype = parameter.domain.get("dtype")
        if dtype:
            return _DTYPES.get(str(dtype), str(dtype))
        said = declared(self.revision)
        computed = said is not None and said.aggregate in NUMERIC and said.target == parameter.example
        return "float" if computed else "str"

    def examples(self) -> Iterator[tuple[str, Any]]:
        """(column, example) of the parameters that are values of a column."""
        columns = {name: place[0] for place, name in self.signature.parameters.items()} if self.signature else {}
        for parameter in self.revision.parameters:
            column = parameter.domain.get("column") or columns.get(parameter.name)
            if column and parameter.example is not None:
                yield str(column), parameter.example


class _Examples:
    """The cells of the frame of a revision: the examples of its slots."""

    def __init__(self, meanings: Meanings) -> None:
        self._cells: dict[str, dict[str, tuple[str, ...]]] = {}
        self._ranges: dict[str, tuple[float, float]] = {}
        for column, example in meanings.examples():
            if isinstance(example, str):
                self._cells.setdefault(cell_key(example), {})[column] = (example,)
            elif isinstance(example, (int, float)):
                like_years = isinstance(example, int) and example in _LIKE_YEARS
                self._ranges[column] = (float(example), float(example)) if like_years else (0.0, 1e18)

    def find(self, _variable: str, phrases: Sequence[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """The examples among `phrases`."""
        return {p: self._cells[p] for p in phrases if p in self._cells}

    def ranges(self, _variable: str) -> Mapping[str, tuple[float, float]]:
        """A year is an example of years."""
        return self._ranges
