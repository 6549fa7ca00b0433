"""Slots that are bound to the columns of a frame: one names a fitting column, another holds a value that is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from ..words import Parameter
from .drawing import data
from .tables import Shape

Strategy = st.SearchStrategy[Any]


def distinct(values: Sequence[Any]) -> list[Any]:
    """`values`, each once, in the order they come; they need not be hashable."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def named(
    parameter: Parameter, known: Mapping[str, Shape], samples: Sequence[Any], found: Mapping[str, Any]
) -> Strategy:
    """What a slot for one column or several names, in the frames `found`: none that another slot has named already."""
    shape = _shape_of(known, samples)
    fitting = _fitting(parameter, shape, samples)
    if parameter.type == "columns":
        return st.lists(st.sampled_from(fitting), min_size=1, max_size=3, unique=True) if fitting else st.just([])
    taken = [v for v in found.values() if isinstance(v, str)]
    left = [name for name in fitting if name not in taken] or fitting
    return st.sampled_from(left) if left else st.just(next((s for s in samples), ""))


def _shape_of(known: Mapping[str, Shape], samples: Sequence[Any]) -> Shape:
    """The columns a slot may name: of the frame that its examples name; of all that have these, as a key of a join."""
    names = {n for sample in samples for n in ([sample] if isinstance(sample, str) else sample)}
    holding = [shape for shape in known.values() if names <= set(shape)]
    if not holding:
        return next(iter(known.values()), {})
    return {name: kind for name, kind in holding[0].items() if all(shape.get(name) == kind for shape in holding)}


def _fitting(parameter: Parameter, shape: Shape, samples: Sequence[Any]) -> list[str]:
    dtype = parameter.domain.get("dtype")
    shown = [n for sample in samples for n in ([sample] if isinstance(sample, str) else sample)]
    if dtype is None:
        kinds = {shape[n] for n in shown if n in shape}
        kinds |= {"int", "float"} if kinds & {"int", "float"} else set()
    else:
        kinds = set(data()["classes"].get(str(dtype), ())) or set(shape.values())
    names = [name for name, kind in shape.items() if kind in kinds]
    return [*(n for n in dict.fromkeys(shown) if n in names), *(n for n in names if n not in shown)]


def valued(parameter: Parameter, otherwise: Strategy, found: Mapping[str, Any]) -> Strategy:
    """A slot that holds a value of a column: one that is there, or one that is nowhere."""
    column = parameter.domain.get("column")
    if not column:
        return otherwise
    name = found.get(str(column), column)
    tables = (v for v in found.values() if isinstance(v, list) and v and isinstance(v[0], dict))
    values = [row[name] for rows in tables for row in rows if isinstance(name, str) and row.get(name) is not None]
    there = distinct(values)
    absent = data()["values"]["absent"] if parameter.type in ("str", "text", "choice") else []
    return st.sampled_from([*there, *absent]) if there else otherwise
