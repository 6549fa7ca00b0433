"""From what fills the slots to bindings: which frame a column belongs to, inputs nobody named, domains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..words import Binding, Parameter, Reference, Revision, Variable
from .filling import VARIABLE_KINDS, Filling
from .items import INPUTS
from .templates import CompiledTemplate
from .tokens import tokenise
from .view import View

_DTYPES = {
    "number": frozenset({"int", "float"}),
    "str": frozenset({"str"}),
    "date": frozenset({"date", "datetime"}),
    "bool": frozenset({"bool"}),
}
_TABULAR = ("frame", "list")


def settle(compiled: CompiledTemplate, view: View, filled: Mapping[str, Filling]) -> dict[str, Binding] | str:
    """Bindings of all parameters, or the reason why there are none."""
    variables = view.reading.variables
    bound: dict[str, Binding] = {}
    for name, filling in filled.items():
        if not filling.columns:
            bound[name] = Binding(name, filling.value, filling.source, filling.shown)
    for parameter in compiled.implied:
        found = _implied(parameter, compiled, view, bound)
        if isinstance(found, str):
            return found
        bound[parameter.name] = found
    for parameter in compiled.constants:
        bound[parameter.name] = Binding(parameter.name, parameter.example, "given")
    inputs = [*(s.parameter for s in compiled.slots), *compiled.implied]
    frames = [variables[str(bound[p.name].value)] for p in inputs if p.type in _TABULAR and p.name in bound]
    for slot in compiled.slots:
        filling = filled[slot.name]
        if filling.columns:
            settled = _columns(slot.parameter, filling, frames or _single_frame(variables))
            if isinstance(settled, str):
                return settled
            bound[slot.name] = settled
        reason = _outside(slot.parameter, bound[slot.name])
        if reason:
            return reason
    return bound


def _single_frame(variables: Mapping[str, Variable]) -> list[Variable]:
    return [v for v in variables.values() if v.columns]


# ---------------------------------------------------------------- inputs nobody named


def _implied(
    parameter: Parameter, compiled: CompiledTemplate, view: View, bound: Mapping[str, Binding]
) -> Binding | str:
    """The only variable an unnamed input can be; one that the question or the wording names goes before others."""
    taken = {b.value for b in bound.values() if b.source in ("variable", "implied")}
    kinds = VARIABLE_KINDS[parameter.type]
    fitting = [v.name for v in view.reading.variables.values() if v.kind in kinds and v.name not in taken]
    said = [n for n in fitting if any(r.variable == n and r.column is None for r in view.reading.references)]
    written = str(parameter.example or "")
    if written and written in {t.text.strip("`") for t in tokenise(compiled.template.text)}:
        said = [n for n in fitting if n == written]
        fitting = said
    chosen = said or fitting
    if len(chosen) == 1:
        return Binding(parameter.name, chosen[0], "implied")
    if not chosen:
        return f"no {parameter.type} here for {parameter.name}"
    return f"which {parameter.type}: {' or '.join(chosen[:5])}? name it in the question"


# ---------------------------------------------------------------- columns


def _columns(parameter: Parameter, filling: Filling, frames: Sequence[Variable]) -> Binding | str:
    names: list[str] = []
    for references, words in zip(filling.columns, _words(filling), strict=True):
        found = _in_frames(references, frames)
        if len(found) != 1:
            where = " or ".join(f.name for f in frames[:5]) or "the question's variables"
            return f"{words!r} names two columns" if found else f"no column like {words!r} in {where}"
        reason = wrong_dtype(parameter, found[0], frames)
        if reason:
            return reason
        names.append(found[0])
    value: Any = names[0] if parameter.type == "column" else names
    return Binding(parameter.name, value, "text", filling.shown)


def _words(filling: Filling) -> list[str]:
    return [references[0].text for references in filling.columns]


def _in_frames(references: Sequence[Reference], frames: Sequence[Variable]) -> list[str]:
    names = {f.name for f in frames}
    return list(dict.fromkeys(r.column for r in references if r.variable in names and r.column is not None))


def wrong_dtype(parameter: Parameter, name: str, frames: Sequence[Variable]) -> str:
    """Why a column is of another type than its slot takes, "" where it is not."""
    wanted = parameter.domain.get("dtype")
    fitting = _DTYPES.get(str(wanted), frozenset({str(wanted)}))
    for frame in frames:
        column = frame.column(name)
        if wanted and column is not None and column.dtype not in fitting:
            return f"column {name!r} of {frame.name} is {column.dtype}, not {wanted}"
    return ""


# ---------------------------------------------------------------- domains


def outside_any(revision: Revision, bindings: Mapping[str, Binding]) -> str:
    """Why a value of the question is not legal for its slot, "" where all are."""
    reasons = (_outside(p, bindings[p.name]) for p in revision.parameters if p.name in bindings)
    return next((r for r in reasons if r), "")


def _outside(parameter: Parameter, binding: Binding) -> str:
    """Why a value is not legal for its parameter, "" where it is."""
    value, low, high = binding.value, parameter.domain.get("min"), parameter.domain.get("max")
    if binding.source != "text" or parameter.type in INPUTS:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if low is not None and value < low:
            return f"{parameter.name} = {binding.shown} is below {low:g}"
        if high is not None and value > high:
            return f"{parameter.name} = {binding.shown} is above {high:g}"
    legal = parameter.domain.get("values")
    if legal and parameter.type in ("str", "int", "float") and value not in legal:
        return f"{parameter.name} = {binding.shown} is none of {', '.join(map(str, legal[:8]))}"
    return ""
