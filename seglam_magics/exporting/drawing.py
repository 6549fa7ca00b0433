"""Arguments to try, as source: the same choice from types, domains and examples that verification makes.

What is written calls `checks` and Hypothesis; whoever reads the exported tests sees what is drawn.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..procedure.ambient import is_ambient
from ..verify import tables
from ..verify.drawing import data
from ..words import Parameter, Revision
from .literals import literal

Shapes = Mapping[str, tables.Shape]
Samples = Mapping[str, Sequence[Any]]
_OWN = 6  # values of the examples that are drawn from


def drawn(revision: Revision) -> list[tuple[str, str]]:
    """(parameter, expression) in the order in which they are drawn: frames, columns, the rest.

    >>> drawn(Revision("f", 1, "", "def f(k): ...", parameters=(Parameter("k", "int", domain={"min": 1, "max": 9}),)))
    [('k', 'checks.whole(1, 9)')]
    """
    known = tables.shapes(revision)
    examples = [tables.decoded(revision, example, known) for example in revision.examples]
    samples = {p.name: [e[p.name] for e in examples if p.name in e] for p in revision.parameters}
    ranked = sorted(revision.parameters, key=lambda p: _RANK.get(p.type, 2))
    return [(p.name, _part(p, known, samples[p.name])) for p in ranked]


_RANK = {"frame": 0, "column": 1, "columns": 1}


def _part(parameter: Parameter, known: Shapes, samples: Sequence[Any]) -> str:
    if parameter.type == "frame":
        return _rows(known[parameter.name], samples)
    if parameter.type in ("column", "columns"):
        names = _fitting(parameter, _shape_of(known, samples), samples)
        empty = "st.just([])" if parameter.type == "columns" else f"st.just({literal(_first(samples, ''))})"
        return f"checks.{parameter.type}({literal(names)})" if names else empty
    column = parameter.domain.get("column")
    if not column or not known:
        return _free(parameter, samples)
    absent = list(data()["values"]["absent"]) if parameter.type in ("str", "text", "choice") else []
    return f"checks.cell({literal(str(column))}, {literal(absent)}, {_free(parameter, samples)})"


def _first(samples: Sequence[Any], otherwise: Any) -> Any:
    return next((s for s in samples if s is not None), otherwise)


# ---------------------------------------------------------------- frames


def _rows(shape: tables.Shape, samples: Sequence[Any]) -> str:
    columns = tables.columns_of([row for rows in samples for row in rows])
    pools = {name: _pool(kind, columns.get(name, [])) for name, kind in shape.items()}
    unique = [name for name, kind in shape.items() if _identifies(name, kind, columns.get(name, []))]
    lines = "".join(f"\n        {literal(name)}: {literal(pool)}," for name, pool in pools.items())
    return f"checks.rows(\n    {{{lines}\n    }}" + (f",\n    unique={literal(unique)}" if unique else "") + "\n)"


def _identifies(name: str, kind: str, values: Sequence[Any]) -> bool:
    named = re.search(data()["columns"]["identifier"], name.lower()) is not None
    return kind == "int" and named and None not in values and len(set(values)) == len(values)


def _pool(kind: str, seen: Sequence[Any]) -> list[Any]:
    own = _distinct([v for v in seen if v is not None])[:_OWN]
    given = list(data()["values"].get(kind, []))
    if kind in ("int", "float", "bool"):
        return [*given, *(v for v in own if v not in given)]
    return [*own, *(tables.moment(v) if kind in ("date", "datetime") else v for v in given)] or [None]


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [value for i, value in enumerate(values) if value not in values[:i]]


def _names(samples: Sequence[Any]) -> list[str]:
    return [n for sample in samples for n in ([sample] if isinstance(sample, str) else sample or ())]


def _shape_of(known: Shapes, samples: Sequence[Any]) -> tables.Shape:
    holding = [shape for shape in known.values() if set(_names(samples)) <= set(shape)]
    return next(iter([*holding, *known.values()]), {})


def _fitting(parameter: Parameter, shape: tables.Shape, samples: Sequence[Any]) -> list[str]:
    dtype, named = parameter.domain.get("dtype"), _names(samples)
    if dtype is None:
        kinds = {shape[n] for n in named if n in shape}
        kinds |= {"int", "float"} if kinds & {"int", "float"} else set()
    else:
        kinds = set(data()["classes"].get(str(dtype), ())) or set(shape.values())
    names = [name for name, kind in shape.items() if kind in kinds]
    return [*(n for n in dict.fromkeys(named) if n in names), *(n for n in names if n not in named)]


# ---------------------------------------------------------------- parameters that stand for themselves


def _free(parameter: Parameter, samples: Sequence[Any]) -> str:
    if is_ambient(parameter):
        return "checks.moments()" if parameter.name == "now" else "st.integers(0, 2**31 - 1)"
    values = parameter.domain.get("values")
    if values:
        return f"st.sampled_from({literal(list(values))})"
    seen = [s for s in samples if s is not None]
    if not seen and parameter.type not in ("list", "series", "dict") and parameter.example is not None:
        seen = [parameter.example]
    return _WRITERS[parameter.type](parameter.domain, seen)


def _natural(seen: Sequence[Any]) -> bool:
    return bool(seen) and all(isinstance(v, (int, float)) and v >= 0 for v in seen)


def _int(domain: Mapping[str, Any], seen: Sequence[Any]) -> str:
    reach = int(data()["sizes"]["number"])
    low = math.ceil(domain["min"]) if domain.get("min") is not None else 0 if _natural(seen) else -reach
    high = math.floor(domain["max"]) if domain.get("max") is not None else max(reach, low + reach)
    return f"checks.whole({low}, {high})"


def _float(domain: Mapping[str, Any], seen: Sequence[Any]) -> str:
    reach = float(data()["sizes"]["float"])
    low = float(domain["min"]) if domain.get("min") is not None else 0.0 if _natural(seen) else -reach
    high = float(domain["max"]) if domain.get("max") is not None else max(reach, low + reach)
    return f"checks.decimal({low!r}, {high!r})"


def _str(_domain: Mapping[str, Any], seen: Sequence[Any]) -> str:
    known = [str(v) for v in seen]
    signs = "".join(sorted({c for w in known for c in w} | set("abЖ ")))
    return f"checks.words({literal(_pool('str', known))}, {literal(signs)})"


def _date(domain: Mapping[str, Any], seen: Sequence[Any]) -> str:
    bounds = [tables.moment(domain.get(key) or data()["dates"][key]) for key in ("min", "max")]
    low, high = (b.date() if isinstance(b, dt.datetime) else b for b in bounds)
    if any(isinstance(tables.moment(v), dt.datetime) for v in seen):
        start, end = (dt.datetime.combine(day, dt.time()) for day in (low, high))
        return f"st.datetimes({literal(start)}, {literal(end)}).map(lambda t: t.replace(microsecond=0))"
    return f"st.dates({literal(low)}, {literal(high)})"


def _list(domain: Mapping[str, Any], seen: Sequence[Any]) -> str:
    items = [item for sample in seen if isinstance(sample, (list, tuple)) for item in sample]
    writer = _WRITERS.get(str(domain.get("items")))
    return f"checks.items({writer({}, []) if writer is not None and not items else _like(items or [0])})"


def _dict(_domain: Mapping[str, Any], seen: Sequence[Any]) -> str:
    return _like([s for s in seen if isinstance(s, dict)] or [{"a": 1}])


_WRITERS: dict[str, Callable[[Mapping[str, Any], Sequence[Any]], str]] = {
    "int": _int, "float": _float, "str": _str, "text": _str, "choice": _str, "date": _date, "list": _list,
    "series": _list, "dict": _dict, "bool": lambda _domain, _seen: "st.booleans()",
}  # fmt: skip


# ---------------------------------------------------------------- values like others


def _like(samples: Sequence[Any]) -> str:
    """Values that look like `samples`: the same classes, keys and depth; missing ones only where they have some."""
    present = [s for s in samples if s is not None]
    missing = " | st.none()" if len(present) < len(samples) else ""
    return _alike(present) + missing if present else "st.none()"


def _alike(present: Sequence[Any]) -> str:
    if all(isinstance(s, dict) for s in present):
        return _dict_like(present)
    if all(isinstance(s, (list, tuple)) for s in present):
        return _list_like(present)
    kind = tables.class_of(present)
    if kind in ("int", "float"):
        return f"checks.numbers({literal(_pool(kind, present))}, {4 if kind == 'float' else 1})"
    if kind == "str":
        return _str({}, _distinct(present)[:_OWN])
    if kind in ("date", "datetime"):
        return _date({}, present)
    return f"st.sampled_from({literal(_pool(kind, present))})"


def _list_like(samples: Sequence[Any]) -> str:
    lengths, items = {len(s) for s in samples}, [item for s in samples for item in s]
    of = _like(items) if items else "st.integers()"
    pair = len(lengths) == 1 and len(samples) > 1 and lengths != {0}
    sizes = f", {min(lengths)}, {max(lengths)}" if pair else ""
    return f"checks.items({of}{sizes})" + (".map(tuple)" if all(isinstance(s, tuple) for s in samples) else "")


def _dict_like(samples: Sequence[dict[Any, Any]]) -> str:
    keys = list(dict.fromkeys(k for s in samples for k in s))
    classes = {tables.class_of([v]) for s in samples for v in s.values() if v is not None}
    alike = len(samples) > 1 and all(set(s) == set(keys) for s in samples)
    if alike or len(classes) > 1 or not keys:  # rows: the same keys in all of them
        cells = ", ".join(f"{literal(key)}: {_like([s.get(key) for s in samples])}" for key in keys)
        return f"st.fixed_dictionaries({{{cells}}})"
    values = _like([v for s in samples for v in s.values()])
    return f"st.dictionaries({_like(keys)}, {values}, max_size=10)"
