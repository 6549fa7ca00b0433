from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from types import ModuleType

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.notebook.display import MIME, AnswerView
from seglam_magics.notebook.values import harmless, markup, plain
from seglam_magics.words import Answer, Binding, Decision, Revision, Usage

EVIL = "<img src=x onerror=alert(1)></script><script>alert(1)</script>\u202e"
ROWS = Revision("rows", 2, "ab12cd34", "def rows(frame):\n    return len(frame)  # " + EVIL)


def answer(value: object, **fields: object) -> Answer:
    made = Answer(
        value,
        hit=True,
        revision=ROWS,
        decision=Decision(hit=True, tier="template", bindings={"frame": Binding("frame", "df", "implied")}),
        slots={"frame": "df", "k": float("nan")},
        saved=Usage("m/x", 1, 10, 5, 0.01, 3.0),
        seconds=0.01,
    )
    return dataclasses.replace(made, **fields)


def bundle(value: object, *, caption: bool = True, **fields: object) -> dict[str, object]:
    return AnswerView(answer(value, **fields), caption=caption)._repr_mimebundle_()[0]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def looked_at(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


VALUES = [
    EVIL,
    None,
    [],
    {"a": [1, [2, [3, EVIL]]]},
    "Сколько строк?",
    pl.DataFrame({EVIL: [EVIL]}),
    pl.DataFrame({"x" * 60: [1.5], "город": ["Москва"]}),
    pl.DataFrame({"a": []}),
    pl.DataFrame(),
    pl.LazyFrame({"a": [1]}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("caption", [True, False])
def test_html_has_no_script_no_handler_and_no_address(value: object, caption: bool) -> None:
    html = str(bundle(value, caption=caption)["text/html"])
    found = looked_at(html)
    assert not found.tags & {"script", "img", "iframe", "link", "a", "object", "form", "svg"}
    assert not {name for name in found.attributes if name.startswith("on")} | (found.attributes & {"src", "href"})
    assert "http" not in html
    assert "\u202e" not in html.partition("</details>")[0]


def test_html_takes_its_colours_from_the_theme() -> None:
    html = str(bundle(1)["text/html"])
    assert "var(--jp-content-font-color1, inherit)" in html
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b", html)


def test_equal_values_give_equal_bytes_whatever_they_took() -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    one = bundle(frame, seconds=0.001, run_seconds=0.0005)
    two = bundle(frame.clone(), seconds=7.0, run_seconds=6.0)
    assert one["text/html"] == two["text/html"]
    assert json.dumps(one[MIME]) == json.dumps(two[MIME])


def test_a_miss_and_the_hit_after_it_are_saved_as_the_same_value() -> None:
    hit, miss = bundle([1], caption=False), bundle([1], caption=False, hit=False)
    assert hit["text/html"] == miss["text/html"]
    assert hit["text/plain"] == miss["text/plain"]


NOTHING = {"estimated": False, "tokens_cached": 0}


def test_the_json_is_strict_and_names_what_answered() -> None:
    data = bundle(3)[MIME]
    assert json.loads(json.dumps(data, allow_nan=False)) == {
        "schema": 1,
        "procedure": "rows",
        "number": 2,
        "sha256": "ab12cd34",
        "slots": {"frame": "df", "k": "nan"},
        "hit": True,
        "tier": "template",
        "usage": {**NOTHING, "model": "", "calls": 0, "tokens_in": 0, "tokens_out": 0, "usd": None},
        "saved": {**NOTHING, "model": "m/x", "calls": 1, "tokens_in": 10, "tokens_out": 5, "usd": 0.01},
    }


def test_metadata_is_a_reference_only() -> None:
    _, metadata = AnswerView(answer(1))._repr_mimebundle_()
    assert metadata == {"seglam": {"schema": 1, "procedure": "rows", "number": 2, "sha256": "ab12cd34"}}


def test_text_has_the_status_line_and_the_value() -> None:
    assert repr(AnswerView(answer(344))).splitlines() == [
        "hit · rows v2 · k=nan, frame=df · 10 ms · no model · saved ≈ $0.0100",
        "344",
    ]
    assert repr(AnswerView(answer(344), caption=False)) == "344"


def test_the_view_hands_on_value_and_evidence() -> None:
    view = AnswerView(answer(344, question="how many rows?"))
    assert (view.value, view.hit, view.procedure, view.slots["frame"]) == (344, True, "rows@2", "df")
    assert view.saved is not None
    assert view.saved.usd == 0.01
    assert view.code == ROWS.source
    assert view.why().startswith("“how many rows?” → hit")


def test_huge_values_are_shown_in_part() -> None:
    for value in ([0] * 1_000_000, {n: n for n in range(100_000)}, "x" * 5_000_000, [[0] * 1000] * 1000):
        assert len(plain(value)) < 25_000
    assert "1,000,000 items in all" in plain([0] * 1_000_000)


def test_a_large_frame_is_not_shown_whole_even_if_the_options_say_so() -> None:
    frame = pl.DataFrame({"a": range(10_000_000)})
    with pl.Config(tbl_rows=-1):
        assert len(plain(frame)) < 2000
        assert len(markup(frame)) < 5000


def test_pandas_is_shown_as_a_table_and_escaped() -> None:
    pandas = pytest.importorskip("pandas")
    html = markup(pandas.DataFrame({EVIL: [EVIL], "город": ["Москва"]}))
    assert "<table" in html
    assert "Москва" in html
    assert not looked_at(html).tags & {"script", "img"}
    with pandas.option_context("display.max_rows", None):
        assert len(markup(pandas.DataFrame({"a": range(100_000)}))) < 20_000


def test_what_claims_to_be_a_table_library_but_emits_script_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(
        "DataFrame",
        (),
        {"__module__": "pandas.fake", "_repr_html_": lambda _self: EVIL, "__repr__": lambda _self: EVIL},
    )
    monkeypatch.setitem(__import__("sys").modules, "pandas", ModuleType("pandas"))
    assert not looked_at(markup(kind())).tags & {"script", "img"}


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_a_value_that_cannot_be_shown_says_so() -> None:
    assert "Rude" in plain(Rude())
    assert "Rude" in str(bundle(Rude())["text/html"])


TAGS = st.sampled_from(["table", "td", "script", "img", "style", "svg", "a"])
ATTRIBUTES = st.sampled_from(["class", "onclick", "href", "style", "src", "border"])


@given(TAGS, ATTRIBUTES)
def test_only_plain_table_markup_is_harmless(tag: str, attribute: str) -> None:
    fine = tag in {"table", "td", "style"} and attribute in {"class", "style", "border"}
    assert harmless(f'<{tag} {attribute}="x">') == fine


@pytest.mark.parametrize(
    "html",
    ["<style>@import 'x'</style>", '<td style="background:url(x)">', "<?php ?>", "<!DOCTYPE x>", "<![CDATA[x]]>"],
)
def test_markup_that_loads_or_declares_something_is_not_harmless(html: str) -> None:
    assert not harmless(html)


@settings(max_examples=50)
@given(st.recursive(st.one_of(st.none(), st.integers(), st.text(), st.floats()), st.lists, max_leaves=20))
def test_any_plain_value_can_be_shown(value: object) -> None:
    data = bundle(value)
    assert isinstance(data["text/plain"], str)
    assert looked_at(str(data["text/html"])).tags <= {"div", "details", "summary", "pre", "br"}
