"""A value that is a chart: a Vega-Lite v5 dictionary, drawn where the front end draws such, text of its data elsewhere.

A specification is data that somebody's browser acts on. So only what is in `charts.toml` is drawn: nothing that loads,
links or is evaluated. Everything else is shown as the dictionary it is, with the reason.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from .wording import brief, one_line, say

MIME = "application/vnd.vegalite.v5+json"
# No menu that would send the data to a page elsewhere, and expressions of the drawing library itself are not compiled.
METADATA = {"embed_options": {"actions": False, "ast": True}}
_ROWS = 20
_CELL = 40  # characters


def is_chart(value: Any) -> bool:
    """Whether `value` says that it is a Vega-Lite v5 specification.

    >>> is_chart({"$schema": "https://vega.github.io/schema/vega-lite/v5.json"}), is_chart({"a": 1})
    (True, False)
    """
    schema = value.get("$schema") if type(value) is dict else None
    return isinstance(schema, str) and re.fullmatch(_book()["schema"], schema) is not None


def drawable(value: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """A chart as strict JSON that may be drawn, or None and why not.

    >>> schema = "https://vega.github.io/schema/vega-lite/v5.json"
    >>> drawable({"$schema": schema, "mark": "bar", "data": {"url": "https://elsewhere"}})
    (None, "'url' is not among what is drawn")
    """
    why = next(_problems(value, 0), "")
    if why:
        return None, why
    made: dict[str, Any] = _strict(value)
    size, most = len(json.dumps(made)), _book()["characters"]
    return (None, say("chart.large", size=f"{size:,}", most=f"{most:,}")) if size > most else (made, "")


def described(value: Mapping[str, Any]) -> str:
    """A chart as text: what it shows, and the data it shows it of.

    >>> rows = [{"shop": "a", "sold": 3}, {"shop": "b", "sold": 12}]
    >>> encoding = {"x": {"field": "shop"}, "y": {"field": "sold"}}
    >>> print(described({"title": "Sales", "mark": "bar", "data": {"values": rows}, "encoding": encoding}))
    chart: Sales · bar · x shop · y sold · rows 2
    shop  sold
    a     3
    b     12
    """
    parts = list(_parts(value))
    title = [_title(part["title"]) for part in parts if "title" in part][:1]
    marks = dict.fromkeys(_mark(part["mark"]) for part in parts if "mark" in part)
    fields = dict.fromkeys(pair for part in parts for pair in _fields(part.get("encoding")))
    rows = next((found for part in parts if (found := _rows(part.get("data")))), [])
    told = [*title, *marks, *fields, say("chart.rows", count=f"{len(rows):,}")]
    return "\n".join([say("chart.line", what=" · ".join(filter(None, told))), *_table(rows)])


# ---------------------------------------------------------------- what may be drawn


@cache
def _book() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("charts.toml").read_text(encoding="utf-8")
    book = tomllib.loads(text)
    words = " ".join(book[name] for name in ("whole", "marks_are", "encodings", "transforms"))
    return {**book, "keys": frozenset(words.split()), "marks": frozenset(book["marks"].split())}


def _problems(value: Any, depth: int) -> Iterator[str]:
    """Why it is not drawn, one reason after the other."""
    if depth > _book()["depth"]:
        yield say("chart.deep")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _book()["keys"]:
                yield say("chart.word", word=repr(one_line(str(key), _CELL)))
            elif key == "mark" and _mark(item) not in _book()["marks"]:
                yield say("chart.word", word=f"mark {one_line(_mark(item), _CELL)!r}")
            elif key == "data" and isinstance(item, Mapping) and isinstance(item.get("values"), (list, tuple)):
                yield from _foreign(item["values"], depth + 1)
                yield from _problems({name: part for name, part in item.items() if name != "values"}, depth + 1)
            else:
                yield from _problems(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _problems(item, depth + 1)
    else:
        yield from _foreign(value, depth)


def _foreign(value: Any, depth: int) -> Iterator[str]:
    """Why it is no data: names do not matter in it."""
    if depth > _book()["depth"]:
        yield say("chart.deep")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _foreign(item, depth + 1) if isinstance(key, str) else (say("chart.kind", kind="key"),)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _foreign(item, depth + 1)
    elif not (value is None or isinstance(value, (bool, int, float, str, dt.date))):
        yield say("chart.kind", kind=type(value).__name__)


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ---------------------------------------------------------------- as text


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """The specification and the ones in it."""
    if not isinstance(value, Mapping):
        return
    yield value
    for name in ("layer", "concat", "hconcat", "vconcat", "spec"):
        inner = value.get(name)
        for part in inner if isinstance(inner, (list, tuple)) else [inner]:
            yield from _parts(part)


def _title(title: Any) -> str:
    text = title.get("text", "") if isinstance(title, Mapping) else title
    return one_line(" ".join(map(str, text)) if isinstance(text, (list, tuple)) else str(text or ""), 100)


def _mark(mark: Any) -> str:
    return str(mark.get("type", "")) if isinstance(mark, Mapping) else str(mark)


def _fields(encoding: Any) -> Iterator[str]:
    for channel, how in encoding.items() if isinstance(encoding, Mapping) else ():
        for one in how if isinstance(how, (list, tuple)) else [how]:
            named = [one.get("aggregate"), one.get("field")] if isinstance(one, Mapping) else []
            words = [one_line(word, _CELL) for word in named if isinstance(word, str)]
            if words:
                yield " ".join([one_line(str(channel), _CELL), *words])


def _rows(data: Any) -> list[Any]:
    values = data.get("values") if isinstance(data, Mapping) else None
    return list(values) if isinstance(values, (list, tuple)) else []


def _table(rows: list[Any]) -> Iterator[str]:
    shown = [row if isinstance(row, Mapping) else {"data": row} for row in rows[:_ROWS]]
    names = list(dict.fromkeys(name for row in shown for name in row))
    head = [one_line(str(name), _CELL) for name in names]
    cells = [head, *([_cell(row.get(name)) for name in names] for row in shown)]
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells if names else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip()
    if len(rows) > _ROWS:
        yield say("value.items", count=f"{len(rows):,}")


def _cell(value: Any) -> str:
    return one_line(value, _CELL) if isinstance(value, str) else "" if value is None else brief(value, _CELL)
