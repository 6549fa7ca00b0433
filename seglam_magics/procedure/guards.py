"""What an input must look like for a procedure to be right, and why one does not fit.

A failing guard is a miss with its reason, never a guess: another table may lack a column, hold it with another type, or
not know the value that is asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from ..question.normal import spelled
from ..words import Binding, Parameter, Requirement, Revision, Variable
from .calling import is_polars
from .declared import declared
from .inputs import library_of

_ALIKE = {"int": "number", "float": "number", "date": "date", "datetime": "date"}
TABULAR = ("frame", "list")


def dtype_class(dtype: str) -> str:
    """`int` and `float` are numbers, `date` and `datetime` are dates, the rest is itself.

    >>> dtype_class("int"), dtype_class("str")
    ('number', 'str')
    """
    return _ALIKE.get(dtype, dtype)


def requirements(
    source: str, parameters: Iterable[Parameter], variables: Mapping[str, Variable]
) -> tuple[Requirement, ...]:
    """The columns `source` names by itself, for each frame it was compiled against.

    >>> from seglam_magics.words import Column
    >>> df = Variable("df", "frame", columns=(Column("x", "int"), Column("y", "str")))
    >>> requirements("def f(t): return t['x']", [Parameter("t", "frame", example="df")], {"df": df})
    (Requirement(parameter='t', columns={'x': 'number'}),)
    """
    words = {n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    found = []
    for parameter in parameters:
        variable = variables.get(str(parameter.example)) if parameter.type in TABULAR else None
        if variable is not None and variable.columns:
            named = {c.name: dtype_class(c.dtype) for c in variable.columns if c.name in words}
            found.append(Requirement(parameter.name, named))
    return tuple(found)


def misfit(
    revision: Revision,
    bindings: Mapping[str, Binding],
    variables: Mapping[str, Variable],
    namespace: Mapping[str, Any],
) -> str:
    """Why `revision` cannot answer with these bindings, "" where it can.

    The data are looked at for one thing only: whether a text slot that is a value of a column occurs there.
    """
    said = declared(revision)
    untyped = said.untyped if said is not None else frozenset()
    for requirement in revision.requires:
        reason = _lacking(requirement, bindings, variables, untyped)
        if reason:
            return reason
    for parameter in revision.parameters:
        reason = _foreign_value(revision, parameter, bindings, namespace)
        if reason:
            return reason
    return ""


def _lacking(
    requirement: Requirement,
    bindings: Mapping[str, Binding],
    variables: Mapping[str, Variable],
    untyped: frozenset[str],
) -> str:
    binding = bindings.get(requirement.parameter)
    variable = variables.get(str(binding.value)) if binding is not None else None
    if variable is None or not variable.columns:
        return ""
    for name, dtype in requirement.columns.items():
        column = variable.column(name)
        if column is None:
            return f"no column {name!r} in {variable.name}"
        if name not in untyped and dtype_class(column.dtype) != dtype:
            return f"column {name!r} of {variable.name} is {column.dtype}, not {dtype}"
    return ""


def _foreign_value(
    revision: Revision, parameter: Parameter, bindings: Mapping[str, Binding], namespace: Mapping[str, Any]
) -> str:
    column, binding = valued_column(revision, parameter, bindings), bindings.get(parameter.name)
    if not column or binding is None or binding.source == "variable" or not isinstance(binding.value, str):
        return ""
    table = table_of(revision, bindings, namespace)
    cells = None if table is None else spellings(table, column, binding.value)
    return f"no {binding.value!r} in column {column!r}" if cells is not None and len(cells) == 0 else ""


def valued_column(revision: Revision, parameter: Parameter, bindings: Mapping[str, Binding]) -> str:
    """The column a value slot takes its values from, by its name or by the slot that names it; "" for none.

    >>> where, wanted = Parameter("where", "column"), Parameter("wanted", "str", domain={"column": "where"})
    >>> one = Revision("f", 1, "", "", parameters=(where, wanted))
    >>> valued_column(one, wanted, {"where": Binding("where", "species")})
    'species'
    """
    said = str(parameter.domain.get("column") or "")
    slot, binding = revision.parameter(said), bindings.get(said)
    return str(binding.value) if slot is not None and slot.type == "column" and binding is not None else said


def table_of(revision: Revision, bindings: Mapping[str, Binding], namespace: Mapping[str, Any]) -> Any:
    """The value of the first frame or list of `revision`, whose columns its text slots name; None without one."""
    tabular = (bindings.get(p.name) for p in revision.parameters if p.type in TABULAR)
    return next((namespace.get(str(b.value)) for b in tabular if b is not None), None)


def spellings(table: Any, column: str, word: str) -> list[str] | None:
    """The cells of `column` that equal `word` but for case and typography, at most two; None where this cannot be told.

    >>> spellings([{"who": "Ann"}, {"who": "Bob"}], "who", "ann")
    ['Ann']
    """
    from .domains import alike  # most hits have no such slot

    known = alike(table, column, word)
    if known is not None:
        return sorted(known)[:2]
    cells = _distinct(table, column, word)
    if cells is None:
        return None
    wanted = spelled(word).casefold()
    return sorted(cell for cell in cells if cell == word or spelled(cell).casefold() == wanted)[:2]


def _distinct(table: Any, column: str, word: str) -> Iterable[str] | None:
    """Different cells of a column without an index (numbers, mixed objects, lazy or too large), as texts."""
    if isinstance(table, (list, tuple)):
        return {str(row[column]) for row in table if isinstance(row, dict) and row.get(column) is not None}
    if is_polars(table) or library_of(table) == "pyarrow":
        return _likely(table, column, word)
    if library_of(table) == "pandas" and column in table.columns:
        return map(str, table[column].dropna().unique())
    return None


def _likely(table: Any, column: str, word: str) -> list[str]:
    """Distinct cells of a polars column as long as `word`, give or take its typography: few, also of a million."""
    import polars as pl

    lazy = (table if is_polars(table) else pl.DataFrame(table)).lazy()
    if column not in lazy.collect_schema():
        return []
    text = pl.col(column).cast(pl.String)
    start = spelled(word)[:1].lower()
    # typography may stand anywhere, so only a plain first letter narrows the search
    plain = text.str.strip_chars().str.to_lowercase().str.starts_with(start) if start.isalnum() else text.is_not_null()
    cells: list[str] = lazy.select(text).filter(plain).unique().collect().to_series().drop_nulls().to_list()
    return cells
