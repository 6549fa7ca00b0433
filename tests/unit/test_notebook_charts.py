"""Charts: what is drawn is in the specification, strictly JSON, and text where nothing draws it."""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.notebook import charts
from seglam_magics.notebook.display import MIME, AnswerView
from seglam_magics.words import Answer, Decision, Revision

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
EVIL = "<img src=x onerror=alert(1)>"
BARS: dict[str, Any] = {
    "$schema": SCHEMA,
    "title": "Sold",
    "data": {"values": [{"day": dt.date(2026, 1, 1), "url": EVIL, "n": 1}, {"day": None, "n": float("nan")}]},
    "layer": [{"mark": {"type": "bar", "tooltip": True}}, {"mark": "rule"}],
    "encoding": {"x": {"field": "day", "type": "temporal"}, "y": {"field": "n", "aggregate": "sum"}},
}
LOADS: list[tuple[str, Any]] = [
    ("data", {"url": "https://elsewhere/x.csv"}),
    ("data", {"values": {"expr": "1"}}),
    ("usermeta", {"embedOptions": {"loader": {}}}),
    ("params", [{"name": "x", "expr": "alert(1)"}]),
    ("transform", [{"calculate": "alert(1)", "as": "x"}]),
    ("transform", [{"filter": "datum.n > 1"}]),
    ("mark", {"type": "image", "width": 9}),
    ("mark", "geoshape"),
    ("encoding", {"href": {"field": "url"}}),
    ("encoding", {"x": {"field": "day", "axis": {"labelExpr": "alert(1)"}}}),
    ("encoding", {"x": {"field": "day", "axis": {"values": {"signal": "alert(1)"}}}}),
    ("title", {"text": {"expr": "alert(1)"}}),
    ("description", object()),
]


def view(value: Any, *, caption: bool = False) -> AnswerView:
    revision = Revision("bars", 1, "ab12", "def bars(): ...")
    return AnswerView(Answer(value, hit=True, revision=revision, decision=Decision(hit=True)), caption=caption)


def test_a_chart_has_a_picture_text_and_no_html() -> None:
    data, metadata = view(BARS)._repr_mimebundle_()
    assert set(data) == {"text/plain", charts.MIME, MIME}
    assert data[charts.MIME]["data"]["values"] == [{"day": "2026-01-01", "url": EVIL, "n": 1}, {"day": None, "n": None}]
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert metadata[charts.MIME] == {"embed_options": {"actions": False, "ast": True}}
    head, columns, *rows = data["text/plain"].splitlines()
    assert head == "chart: Sold · bar · rule · x day · y sum n · rows 2"
    assert columns.split() == ["day", "url", "n"]
    assert len(rows) == 2


@pytest.mark.parametrize(("key", "given"), LOADS)
def test_what_loads_links_or_is_evaluated_is_shown_as_the_dictionary_it_is(key: str, given: Any) -> None:
    made = {**copy.deepcopy(BARS), key: given}
    data, metadata = view(made)._repr_mimebundle_()
    assert charts.MIME not in {*data, *metadata}
    assert "it is not drawn: " in data["text/plain"]
    assert "it is not drawn: " in data["text/html"]
    assert "<img" not in data["text/html"]


@pytest.mark.parametrize("schema", [None, 5, SCHEMA.replace("v5", "v6"), SCHEMA.replace("lite/", ""), SCHEMA + "x"])
def test_what_says_it_is_something_else_is_a_dictionary(schema: Any) -> None:
    data, _ = view({**BARS, "$schema": schema})._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html", MIME}
    assert "not drawn" not in data["text/plain"]


def test_secrets_and_size_are_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-abcdefghijklmnop1234")
    told = {**BARS, "description": "sk-abcdefghijklmnop1234"}
    assert "sk-abcdefghijklmnop1234" not in json.dumps(view(told)._repr_mimebundle_()[0])
    large = {**BARS, "data": {"values": [{"n": n} for n in range(100_000)]}}
    data, _ = view(large)._repr_mimebundle_()
    assert charts.MIME not in data
    assert len(data["text/plain"]) < 25_000


def test_where_the_line_is_part_of_the_answer_it_stands_above_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotImplementedError):
        view([1], caption=True)._ipython_display_()
    with pytest.raises(NotImplementedError):
        view(BARS)._ipython_display_()
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", lambda one, **_: shown.append(one))
    view(BARS, caption=True)._ipython_display_()
    assert shown[0]["text/plain"].startswith("hit · bars v1")
    assert charts.MIME in shown[1]._repr_mimebundle_()[0]


KEYS = "mark data values layer encoding x field title url text expr".split()
LEAVES = st.none() | st.text() | st.integers() | st.floats()
NESTED = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner))


@given(NESTED)
def test_whatever_a_procedure_calls_a_chart_is_shown(inner: Any) -> None:
    made = {"$schema": SCHEMA, "layer": inner, "title": inner, "encoding": inner, "data": inner}
    data, _ = view(made)._repr_mimebundle_()
    json.dumps(data, allow_nan=False)
    assert data["text/plain"]
    if charts.MIME in data:
        assert '"url":' not in json.dumps({k: v for k, v in data[charts.MIME].items() if k != "data"})
