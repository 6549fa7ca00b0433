"""The front end by itself, over a channel of the test: long lists, narrow places, other versions, what is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seglam_magics.panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = Path(seglam_magics.panel.__file__).parent / "static"
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
STATE = {
    "schema": 1, "store": "/home/ada/project/.seglam", "damage": [], "model": "maker/model", "trust": "ask",
    "budget": {"usd": None, "seconds": 120}, "procedures": 10000, "runs": [], "kept": [], "now": None, "list": None,
    "procedure": None, "versions": None, "behaviour": None, "test": None, "misses": None, "trace": None, "why": None,
}  # fmt: skip
SCROLL = "part => { const s = document.querySelector('.seglam-scroller'); s.scrollTop = part * s.scrollHeight; }"
LOADED = "![...document.querySelectorAll('.seglam-list tbody td')].some(td => td.textContent === '…')"
RUN = {
    "run": "r0a1b2c", "state": "thinking", "question": "How many of these?", "updates": [], "said": [], "waiting": 0,
    "rev": 1, "model": "maker/model", "tokens": 10, "usd": None, "began": 0, "seconds": 1.0, "tail": "so", "live": True,
}  # fmt: skip
CHANNEL = """state => {
  window.state = state;
  window.sent = [];
  window.put = patch => { window.state = {...window.state, ...patch}; window.tell(window.state); };
  const row = n => ({name: `procedure_${n}`, number: 1, summary: `what number ${n} answers, in more words than fit`,
    hits: n, last_used: 1.76e9, held: 5, properties: 5, trust: 'verified', bound: 0.05, checked: 9, retired: false,
    pinned: null});
  const page = (offset, limit) => ({total: 10000, all: 10000, offset, sort: 'used', show: 'active', filter: '',
    rows: Array.from({length: Math.min(limit, 10000 - offset)}, (_, i) => row(offset + i))});
  window.end = window.mount(document.getElementById('host'), {
    where: 'sidebar',
    state: () => window.state,
    onState: told => { window.tell = told; return () => {}; },
    onEvent: told => { window.event = told; return () => {}; },
    send: message => {
      window.sent.push(message);
      if (message.op !== 'list') return;
      const found = page(message.offset, message.limit || 100);
      setTimeout(() => message.offset ? window.event({kind: 'page', ...found}) : window.put({list: found}), 20);
    }
  });
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 640})
    page = context.new_page()
    page.set_content("<div id='host' style='height:600px'></div>")
    page.add_style_tag(path=str(STATIC / "panel.css"))
    script = (STATIC / "panel.js").read_text(encoding="utf-8")
    page.add_script_tag(content=f"{script}\nwindow.mount = mount;", type="module")
    page.wait_for_function("window.mount !== undefined")
    yield page
    context.close()


def rows(page: Page) -> int:
    return page.locator(".seglam-list tbody tr").count()


def test_ten_thousand_rows_are_a_few_elements_wherever_one_looks(page: Page) -> None:
    page.evaluate(CHANNEL, STATE)
    page.get_by_role("tab", name="Procedures").click()
    page.get_by_role("button", name="procedure_0", exact=True).focus()
    assert rows(page) < 60
    page.keyboard.press("End")
    page.get_by_role("button", name="procedure_9999", exact=True).wait_for()
    page.wait_for_function("document.activeElement.textContent === 'procedure_9999'")
    assert rows(page) < 60
    assert page.evaluate("window.sent.filter(m => m.op === 'list').length") <= 4
    for part in (0.2, 0.5, 0.8):
        page.evaluate(SCROLL, part)
        page.wait_for_function(LOADED)
        assert rows(page) < 60
    page.locator(".seglam-scroller").press("Home")
    page.get_by_role("button", name="procedure_0", exact=True).wait_for()


BENCH = {
    "title": "maker/a-model-with-a-long-name", "state": "complete",
    "bars": [
        {"name": "full", "share": 0.9, "low": 0.7, "high": 0.97, "n": 20},
        {"name": "strict 50%", "share": 0.25, "low": 0.11, "high": 0.47, "n": 20},
        {"name": "<b>redo</b>", "share": None, "low": 0.0, "high": 1.0, "n": 0},
    ],
}  # fmt: skip


@pytest.mark.parametrize("width", [260, 420, 900])
def test_nothing_is_cut_off_in_a_narrow_place(page: Page, width: int) -> None:
    page.evaluate("width => { document.getElementById('host').style.width = `${width}px`; }", width)
    now = {
        "questions": 12345, "hits": 10000, "rate": 0.81, "spent": {"usd": 12.5, "tokens": 99999, "seconds": 60},
        "saved": {"usd": 123.4, "tokens": 999999, "seconds": 99999}, "last": {"questions": 50, "hits": 45},
        "calls": 1234, "hit_seconds": 0.026, "days": [[f"2026-01-{d:02}", d * 3, d] for d in range(1, 29)], "at": 0,
        "bench": BENCH,
    }  # fmt: skip
    page.evaluate(CHANNEL, {**STATE, "now": now, "runs": [RUN]})
    for view in ("Now", "Procedures"):
        page.get_by_role("tab", name=view).click()
        page.get_by_text("hit rate, all" if view == "Now" else "procedure_0").first.wait_for()
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SHOTS / f"narrow-{width}-{view.lower()}.png"))
        assert page.evaluate("(m => m.scrollWidth <= m.clientWidth)(document.querySelector('.seglam-main'))"), view
    assert page.locator(".seglam-named").first.evaluate("td => td.clientWidth") > width / 3


def test_the_newest_bench_is_a_bar_for_each_thing_compared_also_where_nothing_was_asked(page: Page) -> None:
    page.evaluate(CHANNEL, {**STATE, "now": {"questions": 0, "bench": None}})
    page.get_by_text("Nothing was asked yet").wait_for()
    assert page.locator(".seglam-bench").count() == 0
    page.evaluate("bench => window.put({now: {questions: 0, bench}})", BENCH)
    bench = page.locator(".seglam-bench")
    bench.get_by_text("newest bench: maker/a-model-with-a-long-name, complete").wait_for()
    assert bench.locator("meter").evaluate_all("bars => bars.map(bar => bar.value)") == [0.9, 0.25, 0]
    shown = bench.locator("tbody tr").evaluate_all("rows => rows.map(row => row.textContent)")
    assert shown == ["full90 %70 % – 97 %20", "strict 50%25 %11 % – 47 %20", "<b>redo</b>–0 % – 100 %0"]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / "bench.png"))


VERSION = {"number": 1, "label": "total@1", "created": 0, "author": "human", "trust": "verified"}
PROCEDURE = {
    "label": "total@1", "trust": "verified", "name": "total", "number": 1, "proc_id": "ab", "summary": "",
    "returns": "number", "meaning": {}, "effects": [], "author": "human", "model": "", "question": "", "created": 0,
    "usage": None, "labels": {}, "suspended": [], "rejected": [], "source": "def total(): ...", "templates": [],
    "aliases": [], "parameters": [], "examples": [], "versions": [VERSION], "pays": None, "used": [], "pinned": None,
    "properties": [{"name": name, "claim": "", "code": "", "last": None} for name in ("adds", "short")],
    "retired": False,
}  # fmt: skip
SAMPLE = {"spread": {"xs": [["2 items", 7], ["0 items", 3]]}, "drawing": 0.1, "running": 0.2}
HOLDS = {"name": "adds", "ok": True, "sentence": "10 cases", "seconds": 0.5, "note": "", "cases": 10, "sample": SAMPLE}
RUNNING = {
    "procedure": "total@1", "cases": 1000, "count": 2, "running": True, "current": "short", "rows": [HOLDS],
    "error": None, "observed": 10, "progress": None,
}  # fmt: skip


def test_cases_are_counted_while_what_is_open_and_focused_stays(page: Page) -> None:
    page.evaluate(CHANNEL, {**STATE, "procedure": PROCEDURE, "test": RUNNING})
    page.evaluate("window.event({kind: 'show', procedure: 'total@1'})")
    page.locator("[data-page=tests]").click()
    counted = page.locator(".seglam-counted")
    counted.get_by_text("getting ready").wait_for()
    page.locator("summary", has_text="arguments").click()
    page.get_by_label("cases of each property").focus()
    for done in range(0, 900, 100):
        page.evaluate("test => window.put({test})", {**RUNNING, "progress": {"done": done, "cases": 1000, "check": ""}})
        counted.get_by_text(f"{done} of 1,000 cases").wait_for()
        assert counted.locator("progress").evaluate("bar => [bar.value, bar.max]") == [1000 + done, 2000]
    assert page.get_by_text("2 items").is_visible()
    assert page.evaluate("document.activeElement.dataset.key") == "cases"
    spoken = page.locator("[role=status]", has_text="testing short")
    assert "cases" not in spoken.inner_text()
    page.evaluate("test => window.put({test})", {**RUNNING, "progress": {"done": None, "cases": 1000, "check": ""}})
    counted.get_by_text("made as small as it can be").wait_for()
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("window.sent.at(-1).op") == "halt"
    done = {**RUNNING, "running": False, "current": "", "progress": None}
    page.evaluate("test => window.put({test})", done)
    page.locator("[data-op=observations]").click()
    assert page.evaluate("window.sent.at(-1)")["file"] == "total.jsonl"
    assert counted.count() == 0


def test_a_procedure_that_is_not_here_is_said_not_waited_for(page: Page) -> None:
    page.evaluate(CHANNEL, STATE)
    page.evaluate("window.event({kind: 'show', procedure: '<b>gone</b>@1'})")
    page.get_by_text("Reading").wait_for()
    page.evaluate("window.event({kind: 'error', op: 'procedure', code: 'E-X', says: 'there is none', hint: ''})")
    page.get_by_text("not to be had in this store").wait_for()
    assert page.get_by_role("heading").inner_text() == "<b>gone</b>@1"


@pytest.mark.parametrize(("schema", "says"), [(0, "older than this panel"), (2, "newer than this panel")])
def test_another_version_is_told_not_guessed(page: Page, schema: int, says: str) -> None:
    page.evaluate(CHANNEL, {**STATE, "schema": schema})
    page.get_by_text(says).wait_for()


def test_what_is_typed_stays_while_the_run_goes_on_and_goes_where_it_belongs(page: Page) -> None:
    page.evaluate(CHANNEL, {**STATE, "runs": [RUN]})
    box = page.get_by_label("Add to the question")
    box.fill("only 20")
    for tokens in range(20, 60, 10):
        page.evaluate("run => window.put({runs: [run]})", {**RUN, "tokens": tokens, "tail": "x" * tokens})
    box.press("End")
    page.keyboard.type("24")
    page.keyboard.press("Enter")
    assert page.evaluate("window.sent.at(-1).op") == "update"
    assert page.evaluate("window.sent.at(-1).text") == "only 2024"
    assert box.input_value() == ""
    for name in ("Stop", "Hurry", "Answer now", "Not one thought more", "Discard"):
        page.get_by_role("button", name=name).click()
    said = page.evaluate("window.sent.slice(-5).map(m => [m.op, m.run])")
    assert said == [[op, "r0a1b2c"] for op in ("stop", "hurry", "answer", "strict", "discard")]
    page.evaluate("window.end()")
    assert page.locator(".seglam-panel").count() == 0
