"""From bindings and the namespace to arguments, and back to the user's own kind of frame."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SeglamError
from ..words import Binding, Parameter, Revision
from .ambient import Ambient, ambient_value, injected, is_ambient
from .calling import is_polars, is_relation
from .frames import into_polars, restore
from .guards import spellings, table_of, valued_column
from .handing import Handed
from .inputs import library_of

# A relation is read into memory for the sandbox; a larger one only runs natively, once its procedure is approved.
MAX_SANDBOX_ROWS = 10_000_000
_KEEPS_COLUMNS = frozenset({"filter", "with_columns", "sort", "rename", "head", "lazy"})
_NAMES_COLUMNS = frozenset({"select", "group_by"})
_NAMING = ("variable", "implied")  # sources of bindings to a name


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments ready for a call.

    Attributes
    ----------
    arguments : parameter -> value; frames are polars frames, or native relations for a call in the kernel.
    slots : parameter -> what to show of it: the value, or the name of the variable.
    like : the first frame that went in, in whose kind a frame comes back; None where there was none.
    handed : watches what is handed over in the kernel; None for the sandbox, which only has copies.
    injected : the clock and the seed that were filled in for this call.
    """

    arguments: Mapping[str, Any]
    slots: Mapping[str, Any]
    like: Any = None
    handed: Handed | None = None
    injected: Mapping[str, Binding] = field(default_factory=dict)

    def give_back(self, value: Any) -> Any:
        """`value` in the user's own kind of frame; anything else as it is."""
        return restore(value, self.like) if self.like is not None and is_polars(value) else value


def bind(
    revision: Revision,
    bindings: Mapping[str, Binding],
    namespace: Mapping[str, Any],
    *,
    native: bool,
    at: Ambient | None = None,
    handed: Handed | None = None,
) -> Bound:
    """Arguments for `revision`.

    Parameters
    ----------
    native : for a call in the kernel: relations stay what they are, everything else is copied or cloned and watched.
    at : the moment and the seed to fill in; new ones where None.
    handed : how much is copied for a call in the kernel, see there.

    Raises
    ------
    SeglamError : E-RUN-BIND for a parameter without a value, E-INPUT-* for values that cannot be handed over.
    handing.TooMany : an input is too large to be copied for a call in the kernel.
    """
    filled = injected(revision, bindings, at)
    bindings = {**bindings, **filled}
    watch = (handed or Handed()) if native else None
    arguments: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    like = None
    for parameter in revision.parameters:
        binding = bindings.get(parameter.name)
        if binding is None:
            raise SeglamError("E-RUN-BIND", procedure=revision.label, why=f"nothing given for {parameter.name}")
        slots[parameter.name] = binding.value
        if binding.source in _NAMING:
            value = _named(str(binding.value), namespace)
            like = value if like is None and parameter.type == "frame" else like
            columns = used_columns(revision, parameter, bindings)
            value = _converted(revision, parameter, str(binding.value), value, columns, native=native)
        else:
            value = _moment(revision, parameter, _spelled(revision, parameter, binding, bindings, namespace))
            if is_ambient(parameter):
                slots[parameter.name] = value
        arguments[parameter.name] = value if watch is None else _over(watch, parameter, binding, value)
    return Bound(arguments, slots, like, watch, filled)


def _over(watch: Handed, parameter: Parameter, binding: Binding, value: Any) -> Any:
    """`value` as a procedure in the kernel has it; a relation has no way to change."""
    name = str(binding.value) if binding.source in _NAMING else parameter.name
    return value if is_relation(value) else watch.over(name, value)


def _named(name: str, namespace: Mapping[str, Any]) -> Any:
    if name not in namespace:
        raise SeglamError("E-NAME-UNKNOWN", name=name, advice="it was there when the question was first asked")
    return namespace[name]


def _converted(
    revision: Revision, parameter: Parameter, name: str, value: Any, columns: list[str] | None, *, native: bool
) -> Any:
    if parameter.type != "frame":
        convert = _CONVERTERS.get(parameter.type)
        return convert(name, value) if convert is not None else _moment(revision, parameter, _scalar(value))
    if is_relation(value):
        if native:
            return value
        _limit(revision, name, value)
    return into_polars(name, value, columns)


def _moment(revision: Revision, parameter: Parameter, value: Any) -> Any:
    try:
        return ambient_value(parameter, value)
    except ValueError:
        why = f"{parameter.name} is no date or time: {value!r}"
        raise SeglamError("E-RUN-BIND", procedure=revision.label, why=why) from None


def _limit(revision: Revision, name: str, relation: Any) -> None:
    rows = relation.count("*").fetchall()[0][0]
    if rows > MAX_SANDBOX_ROWS:
        raise SeglamError("E-INPUT-SIZE", name=name, size=f"{rows:,} rows", procedure=revision.label)


def _rows(name: str, value: Any) -> list[Any]:
    if library_of(value) == "python":
        return list(value)
    if type(value).__name__ == "Series" or library_of(value) == "numpy":
        return _items(name, value)
    return into_polars(name, value).to_dicts()


def _items(_name: str, value: Any) -> list[Any]:
    items = (
        value.to_list() if hasattr(value, "to_list") else value.tolist() if hasattr(value, "tolist") else list(value)
    )
    return [None if isinstance(v, float) and v != v else _scalar(v) for v in items]  # noqa: PLR0124 - NaN


def _scalar(value: Any) -> Any:
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if library_of(value) == "numpy" else value


_CONVERTERS: dict[str, Callable[[str, Any], Any]] = {
    "list": _rows,
    "series": _items,
    "columns": _rows,
    "dict": lambda _name, value: dict(value),
}


def _spelled(
    revision: Revision,
    parameter: Parameter,
    binding: Binding,
    bindings: Mapping[str, Binding],
    namespace: Mapping[str, Any],
) -> Any:
    """A value of a column in the spelling it has there, where there is just one."""
    column = valued_column(revision, parameter, bindings)
    if not column or not isinstance(binding.value, str):
        return binding.value
    cells = spellings(table_of(revision, bindings, namespace), column, binding.value) or []
    return cells[0] if len(cells) == 1 and binding.value not in cells else binding.value


def used_columns(revision: Revision, parameter: Parameter, bindings: Mapping[str, Binding]) -> list[str] | None:
    """Columns the procedure can see of this frame, None where it may see all of them.

    Only a source that puts every use of the frame through `select` or `group_by` names what it needs; then these are
    the columns it requires and the columns its slots are bound to.
    """
    frames = [p for p in revision.parameters if p.type == "frame"]
    texts = {p.name for p in revision.parameters if p.type in ("str", "text", "choice", "list")}
    if len(frames) != 1 or parameter.type != "frame" or not narrows(revision.source, parameter.name, texts):
        return None
    names = [c for r in revision.requires if r.parameter == parameter.name for c in r.columns]
    for slot in revision.parameters:
        if slot.type in ("column", "columns") and slot.name in bindings:
            value = bindings[slot.name].value
            names += [value] if isinstance(value, str) else list(value)
    return list(dict.fromkeys(names)) or None


def narrows(source: str, frame: str, texts: Collection[str] = ()) -> bool:
    """Whether every use of the argument `frame` passes through `select` or `group_by` by known names.

    `texts` are the parameters that hold free text; a source that hands one of them to the frame may name any column.

    >>> narrows("def f(t): return t.filter(nw.col('x') > 1).select('x')", "t")
    True
    >>> narrows("def f(t): return t.filter(nw.col('x') > 1)", "t")
    False
    """
    tree = ast.parse(source)
    parent = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == frame and isinstance(n.ctx, ast.Load)]
    wide = any(isinstance(n, ast.Attribute) and n.attr in ("all", "columns", "schema") for n in ast.walk(tree))
    return bool(uses) and not wide and not _hands_over(tree, texts) and all(_narrowed(use, parent) for use in uses)


def _hands_over(tree: ast.AST, texts: Collection[str]) -> bool:
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    naming = (n for n in calls if n.func.attr == "col" or n.func.attr in _NAMES_COLUMNS)  # type: ignore[attr-defined]
    return any(isinstance(a, ast.Name) and a.id in texts for call in naming for a in call.args)


def _narrowed(node: ast.AST, parent: Mapping[ast.AST, ast.AST]) -> bool:
    method = parent.get(node)
    while isinstance(method, ast.Attribute) and isinstance(parent.get(method), ast.Call):
        if method.attr in _NAMES_COLUMNS:
            return True
        if method.attr not in _KEEPS_COLUMNS:
            return False
        method = parent.get(parent[method])
    return False
