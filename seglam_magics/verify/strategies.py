"""Arguments to try: Hypothesis strategies from the types, domains and examples of a procedure's parameters.

Frames have 0 to 12 rows with missing values, ties, negative numbers, duplicates and long or Russian texts, and where
asked for columns with long or Russian names; a column slot names a fitting column of the frame, a value slot mostly a
value that is in its column. What to draw from is in `strategies.toml`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ..procedure.ambient import is_ambient
from ..words import Parameter, Revision
from . import spelling
from .bound import distinct, named, valued
from .drawing import data
from .tables import Shape, class_of, columns_of, moment

Strategy = st.SearchStrategy[Any]
Draw = Callable[[Strategy], Any]


def _size(name: str) -> int:
    return int(data()["sizes"][name])


def arguments(
    revision: Revision,
    known: Mapping[str, Shape],
    examples: Sequence[Mapping[str, Any]],
    *,
    respelling: bool = False,
) -> Strategy:
    """Strategy for whole argument dictionaries, in the order of the parameters.

    Parameters
    ----------
    known : columns of the frame parameters, see `tables.shapes`.
    examples : decoded arguments of the examples, which show what lists, dictionaries and texts look like.
    respelling : give some frames other names for the columns that only slots name.
    """
    samples = {p.name: [e[p.name] for e in examples if p.name in e] for p in revision.parameters}
    frames = {name: _frame(shape, samples[name]) for name, shape in known.items()}
    free = {p.name: _free(p, samples[p.name]) for p in revision.parameters if p.type not in _BOUND}
    others = spelling.free(revision, known) if respelling else {}
    return _drawn(_Plan(revision, known, samples, frames, free, others))


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What arguments are drawn from: strategies of frames and free parameters, columns that may have other names."""

    revision: Revision
    known: Mapping[str, Shape]
    samples: Mapping[str, Sequence[Any]]
    frames: Mapping[str, Strategy]
    free: Mapping[str, Strategy]
    others: Mapping[str, tuple[str, ...]]


@st.composite  # here and not where it is called: Hypothesis reads the source of what it wraps
def _drawn(draw: Draw, plan: _Plan) -> dict[str, Any]:
    parameters = plan.revision.parameters
    found: dict[str, Any] = {name: draw(strategy) for name, strategy in plan.frames.items()}
    for parameter in parameters:
        if parameter.type in ("column", "columns"):
            found[parameter.name] = draw(named(parameter, plan.known, plan.samples[parameter.name], found))
    for parameter in parameters:
        if parameter.name in plan.free:
            found[parameter.name] = draw(valued(parameter, plan.free[parameter.name], found))
    ordered = {p.name: found[p.name] for p in parameters if p.name in found}
    if plan.others and draw(st.integers(0, _size("respelled"))) == _size("respelled"):
        return spelling.respelled(plan.revision, ordered, plan.known, plan.others)
    return ordered


_BOUND = ("frame", "column", "columns")


# ---------------------------------------------------------------- frames and what is bound to them


def _frame(shape: Shape, samples: Sequence[Any]) -> Strategy:
    """Rows of all kinds, or rows much like each other: ties and duplicates are what goes wrong most."""
    columns = columns_of([row for rows in samples for row in rows])
    unique = [i for i, (name, kind) in enumerate(shape.items()) if _identifies(name, kind, columns.get(name, []))]
    pools = [_pool(kind, columns.get(name, [])) for name, kind in shape.items()]
    keys = tuple((lambda row, i=i: row[i]) for i in unique)

    def rows(width: int | None) -> Strategy:
        cells = [
            st.integers(1, 1000) if i in unique else st.sampled_from([*pool[:width], None])
            for i, pool in enumerate(pools)
        ]
        return st.lists(st.tuples(*cells), max_size=_size("rows"), unique_by=keys or None)

    names = list(shape)
    return (rows(None) | rows(_size("alike"))).map(lambda drawn: [dict(zip(names, row, strict=True)) for row in drawn])


def _identifies(name: str, kind: str, values: Sequence[Any]) -> bool:
    named = re.search(data()["columns"]["identifier"], name.lower()) is not None
    return kind == "int" and named and None not in values and len(set(values)) == len(values)


def _pool(kind: str, seen: Sequence[Any]) -> list[Any]:
    own = [v for v in seen if v is not None]
    if kind in ("int", "float", "bool"):
        given = list(data()["values"][kind])
        return [*given, *(v for v in distinct(own)[:6] if v not in given)]
    given = [moment(v) if kind in ("date", "datetime") else v for v in data()["values"].get(kind, [])]
    return [*distinct(own)[:6], *given] or [None]


# ---------------------------------------------------------------- parameters that stand for themselves


def _free(parameter: Parameter, samples: Sequence[Any]) -> Strategy:
    if is_ambient(parameter):
        return _AMBIENT[parameter.name]()
    values = parameter.domain.get("values")
    if values:
        return st.sampled_from(list(values))
    seen = [s for s in samples if s is not None]
    if not seen and parameter.type not in ("list", "series", "dict") and parameter.example is not None:
        seen = [parameter.example]
    maker = _MAKERS.get(parameter.type)
    return maker(parameter.domain, seen) if maker is not None else st.just(seen[0] if seen else None)


def _int(domain: Mapping[str, Any], seen: Sequence[Any]) -> Strategy:
    reach = _size("number")
    declared = domain.get("min")
    natural = all(isinstance(v, (int, float)) and v >= 0 for v in seen)
    low = math.ceil(declared) if declared is not None else 0 if seen and natural else -reach
    high = math.floor(domain["max"]) if domain.get("max") is not None else max(reach, low + reach)
    bounds = sorted({low, min(low + 1, high), min(low + 2, high), high})
    return st.sampled_from(bounds) | st.integers(low, min(high, low + _size("near"))) | st.integers(low, high)


def _float(domain: Mapping[str, Any], seen: Sequence[Any]) -> Strategy:
    reach = float(_size("float"))
    natural = all(isinstance(v, (int, float)) and v >= 0 for v in seen)
    low = float(domain["min"]) if domain.get("min") is not None else 0.0 if seen and natural else -reach
    high = float(domain["max"]) if domain.get("max") is not None else max(reach, low + reach)
    if high - low < 1:
        return st.sampled_from([low, high]) | st.floats(low, high, allow_subnormal=False)
    hundredths = st.integers(math.ceil(low * 100), math.floor(high * 100)).map(lambda n: n / 100)
    return st.sampled_from([low, high]) | hundredths


def _str(domain: Mapping[str, Any], seen: Sequence[Any]) -> Strategy:
    words = [str(v) for v in seen]
    signs = sorted({c for w in words for c in w} | set("abЖ ")) if not domain.get("column") else list("ab")
    return st.sampled_from(_pool("str", words)) | st.text(st.sampled_from(signs), max_size=_size("text"))


def _date(domain: Mapping[str, Any], seen: Sequence[Any]) -> Strategy:
    bounds = [moment(domain.get(key) or data()["dates"][key]) for key in ("min", "max")]
    low, high = (b.date() if isinstance(b, dt.datetime) else b for b in bounds)
    if any(isinstance(moment(v), dt.datetime) for v in seen):
        start, end = (dt.datetime.combine(day, dt.time()) for day in (low, high))
        return st.datetimes(start, end).map(lambda t: t.replace(microsecond=0))
    return st.dates(low, high)


def _now() -> Strategy:
    """Moments of the dates that are drawn elsewhere, in several offsets from UTC."""
    zones = [dt.timezone(dt.timedelta(minutes=minutes)) for minutes in data()["ambient"]["offsets"]]
    moments = st.sampled_from([moment(text) for text in data()["ambient"]["moments"]])
    days = _date({}, [moment(data()["ambient"]["moments"][0])])
    return st.tuples(moments | days, st.sampled_from(zones)).map(lambda drawn: drawn[0].replace(tzinfo=drawn[1]))


def _seed() -> Strategy:
    return st.sampled_from(data()["ambient"]["seeds"]) | st.integers(0, 2**31 - 1)


_AMBIENT: dict[str, Callable[[], Strategy]] = {"now": _now, "seed": _seed}


def _list(domain: Mapping[str, Any], seen: Sequence[Any]) -> Strategy:
    items = [item for sample in seen if isinstance(sample, (list, tuple)) for item in sample]
    maker = _MAKERS.get(str(domain.get("items")))
    item = maker({}, []) if maker is not None and not items else _like(items or [0])
    return st.lists(item, max_size=_size("items"))


def _dict(_domain: Mapping[str, Any], seen: Sequence[Any]) -> Strategy:
    return _like([s for s in seen if isinstance(s, dict)] or [{"a": 1}])


def _like(samples: Sequence[Any]) -> Strategy:
    """Values that look like `samples`: the same classes, keys and depth; missing ones only where they have some."""
    present = [s for s in samples if s is not None]
    missing = st.none() if len(present) < len(samples) else st.nothing()
    if not present:
        return st.none()
    if all(isinstance(s, dict) for s in present):
        return _dict_like(present) | missing
    if all(isinstance(s, (list, tuple)) for s in present):
        return _list_like(present) | missing
    kind = class_of(present)
    if kind in ("int", "float"):
        return _numbers(_pool(kind, present), 4 if kind == "float" else 1) | missing
    if kind == "str":
        return _str({}, distinct(present)[:6]) | missing
    if kind in ("date", "datetime"):
        return _date({}, present) | missing
    return st.sampled_from(_pool(kind, present)) | missing


def _numbers(pool: Sequence[Any], part: int) -> Strategy:
    """As often one of `pool` as any number, in parts of so many; a single draw, for lists have many items."""
    reach = _size("number")
    wide = 2 * reach + 1

    def number(n: int) -> Any:
        if n < wide:
            return pool[n % len(pool)]
        return n - wide - reach if part == 1 else (n - wide - reach) / part

    return st.integers(0, 2 * wide - 1).map(number)


def _list_like(samples: Sequence[Any]) -> Strategy:
    lengths = {len(s) for s in samples}
    items = [item for s in samples for item in s]
    pair = len(lengths) == 1 and len(samples) > 1 and lengths != {0}
    low, high = (min(lengths), max(lengths)) if pair else (0, _size("items"))
    drawn = st.lists(_like(items) if items else st.integers(), min_size=low, max_size=high)
    return drawn.map(tuple) if all(isinstance(s, tuple) for s in samples) else drawn


def _dict_like(samples: Sequence[dict[Any, Any]]) -> Strategy:
    keys = list(dict.fromkeys(k for s in samples for k in s))
    classes = {class_of([v]) for s in samples for v in s.values() if v is not None}
    alike = len(samples) > 1 and all(set(s) == set(keys) for s in samples)
    if alike or len(classes) > 1 or not keys:  # rows: the same keys in all of them
        columns = st.tuples(*(_like([s.get(key) for s in samples]) for key in keys))
        return columns.map(lambda row: dict(zip(keys, row, strict=True)))
    values = _like([v for s in samples for v in s.values()])
    return st.dictionaries(_like(keys), values, max_size=_size("items"))


_MAKERS: dict[str, Callable[[Mapping[str, Any], Sequence[Any]], Strategy]] = {
    "int": _int,
    "float": _float,
    "str": _str,
    "text": _str,
    "choice": _str,
    "bool": lambda _domain, _seen: st.booleans(),
    "date": _date,
    "list": _list,
    "series": _list,
    "dict": _dict,
}
