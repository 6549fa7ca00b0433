"""The views in JupyterLab and Notebook 7: by mouse, by keyboard, after a reload, in the dark, in two notebooks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Book, Server
    from playwright.sync_api import Locator, Page

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
STORE = Path(__file__).with_name("furnished.py").read_text(encoding="utf-8")
LONG = "an_extraordinarily_long_column_name_with_more_than_sixty_letters"
WILD = "document.querySelectorAll('.seglam-panel :is(img, script, a, [data-commandlinker-command])').length"
SMALL = """() => [...document.querySelectorAll('.seglam-panel :is(button, select, input, summary)')]
  .filter(e => e.offsetParent).map(e => [e.textContent, e.getBoundingClientRect()])
  .filter(([, r]) => r.width < 24 || r.height < 24).map(([t, r]) => `${t} ${r.width} x ${r.height}`)"""
VIEWS = (("Now", "hit rate"), ("Procedures", "ordered"), ("Near misses", "downwards"), ("Trace", "Why"))


def code(marker: str) -> str:
    cells = json.loads(QUICKSTART.read_text(encoding="utf-8"))["cells"]
    return next(text for c in cells if c["cell_type"] == "code" and marker in (text := "".join(c["source"])))


WAITS = "waits = [4, 12, 15, 11, 3, 18, 7, 14, 16]"
ASKED = [WAITS, code("streak of values above 10"), code("run of values above 6"), "%seglam panel"]


@pytest.fixture
def stored(server: Server, open_page: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """Opens a notebook whose store has procedures full of markup, Russian and long names; its book and panel."""

    def opened(app: str = "lab", name: str = "", **options: Any) -> Any:
        path = server.notebook(name or re.sub(r"\W", "-", request.node.name), [STORE, "%seglam panel"])
        return open_page(path, app, **options)

    return opened


def shown(book: Book) -> Locator:
    book.run(0)
    book.run(1)
    return book.panel(2)


def sound(page: Page, where: str = ".seglam-panel") -> None:
    """Nothing serious or critical by axe-core."""
    script = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(script)
    found = page.evaluate("where => axe.run(where)", where)
    bad = [(v["id"], [n["html"][:160] + " " + n["failureSummary"][:200] for n in v["nodes"][:3]])
           for v in found["violations"] if v["impact"] in ("serious", "critical")]  # fmt: skip
    assert not bad, bad


# ---------------------------------------------------------------- the quickstart


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_the_quickstart_by_mouse(server: Server, open_page: Callable[..., Any], app: str) -> None:
    path = server.notebook(f"mouse-{app}", ASKED, SEGLAM_MODEL="scripted/demo")
    with open_page(path, app) as book:
        for index in range(3):
            book.run(index)
        assert "miss" in book.cell(2).inner_text()
        assert "hit" in book.run(3).inner_text()
        panel = book.panel(4)
        panel.get_by_text("1 of 2").first.wait_for()
        book.shot(f"now-{app}")
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_role("button", name="longest_streak_above").click()
        panel.get_by_role("heading", name="Answers").wait_for()
        panel.locator("[data-op=review]").click()
        panel.locator("[data-op=approve]").click()
        panel.get_by_text("may run in the kernel").wait_for(timeout=60_000)
        panel.get_by_role("heading", name="trusted").wait_for()
        panel.locator("[data-op=edit]").click()
        panel.locator(".seglam-note .seglam-code", has_text="%%procedure longest_streak_above").wait_for()
        panel.get_by_role("tab", name="Trace").click()
        panel.locator("[data-op=why]").first.click()
        panel.get_by_text("← used").wait_for()


def test_the_quickstart_by_keyboard(server: Server, open_page: Callable[..., Any]) -> None:
    path = server.notebook("keyboard", ASKED, SEGLAM_MODEL="scripted/demo")
    with open_page(path) as book:
        for index in range(4):
            book.run(index)
        panel, keys = book.panel(4), book.page.keyboard
        panel.get_by_role("tab", name="Now").focus()
        keys.press("ArrowRight")
        panel.locator("[data-index='0']").wait_for()
        for _ in range(20):
            keys.press("Tab")
            if book.page.evaluate("document.activeElement.dataset.index") is not None:
                break
        assert book.page.evaluate("document.activeElement.textContent") == "longest_streak_above"
        keys.press("Enter")
        panel.get_by_role("heading", name="Answers").wait_for()
        keys.press("Tab")
        for _ in range(12):
            if book.page.evaluate("document.activeElement.dataset.op") == "pin":
                break
            keys.press("Tab")
        keys.press("Enter")
        panel.get_by_text("answers from now on").wait_for()
        keys.press("Escape")
        panel.locator("[data-index='0']").wait_for()


# ---------------------------------------------------------------- versions and tests


def test_versions_show_four_strips_and_the_smallest_input_that_differs(stored: Any) -> None:
    with stored() as book:
        panel = shown(book)
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_role("button", name="ordered", exact=True).click()
        panel.locator("[data-page=versions]").click()
        for strip in ("Meaning", "Wordings", "Code", "Behaviour"):
            panel.get_by_role("heading", name=strip, exact=True).wait_for()
        panel.locator("[data-op=behaviour]").click()
        panel.get_by_text("They differ.").wait_for(timeout=60_000)
        assert "ordered(xs=[0, 0])" in panel.locator(".seglam-behaviour tbody tr").first.inner_text()
        panel.locator(".seglam-behaviour").scroll_into_view_if_needed()
        book.shot("versions")
        sound(book.page)


def test_a_property_that_fails_is_shown_with_the_smallest_call(server: Server, stored: Any) -> None:
    with stored() as book:
        panel = shown(book)
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_role("button", name="ordered", exact=True).click()
        panel.locator("[data-page=tests]").click()
        panel.get_by_label("cases of each property").fill("60")
        panel.locator("[data-op=test]").click()
        panel.get_by_text("of 2 properties fail").wait_for(timeout=90_000)
        text = panel.inner_text()
        assert "ordered(xs=[0, 0])" in text or "ordered(xs=[0, 1, 2])" in text
        assert text.index("properties fail") < text.index("What was tried")
        book.shot("tests")
        sound(book.page)
        panel.locator("[data-op=observations]").click()
        panel.get_by_text("as Hypothesis writes what it has tried").wait_for(timeout=30_000)
        kept = (server.root / "ordered.jsonl").read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["type"] for line in kept} == {"test_case"}
        panel.locator("[data-page=overview]").click()
        panel.get_by_role("button", name="v1", exact=True).click()
        panel.locator("[data-page=tests]").click()
        panel.get_by_label("cases of each property").fill("5000")
        panel.locator("[data-op=test]").click()
        counted = panel.locator(".seglam-counted")
        counted.get_by_text(re.compile(r"^[1-9][\d,]* of 5,000 cases$")).wait_for(timeout=60_000)
        book.shot("tests-running")
        panel.locator("[data-op=halt]:enabled").click()
        panel.get_by_text("E-TEST-STOPPED").wait_for(timeout=30_000)


def test_a_version_is_gone_back_to_pinned_and_freed_again_in_the_timeline(stored: Any) -> None:
    with stored() as book:
        panel = shown(book)
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_role("button", name="ordered", exact=True).click()
        panel.get_by_role("button", name="Roll back v1").click()
        panel.get_by_text("ordered@1 answers from now on").wait_for()
        panel.locator(".seglam-timeline [data-op=unpin][data-version='1']").click()
        panel.get_by_role("button", name="Roll back v1").wait_for()
        panel.get_by_role("button", name="Pin v2").click()
        panel.get_by_text("ordered@2 answers from now on").wait_for()
        panel.locator(".seglam-timeline [data-op=unpin][data-version='2']").wait_for()
        panel.locator(".seglam-timeline").scroll_into_view_if_needed()
        book.shot("timeline")
        sound(book.page)


# ---------------------------------------------------------------- what is shown is text


def test_a35_a36_markup_is_text_in_every_view(stored: Any) -> None:
    with stored() as book:
        panel, page = shown(book), book.page
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_text("<img src=x").first.wait_for()
        panel.get_by_role("button", name="ordered", exact=True).click()
        panel.get_by_role("heading", name="Answers").wait_for()
        panel.locator("[data-page=versions]").click()
        panel.get_by_role("heading", name="Behaviour").wait_for()
        panel.get_by_role("tab", name="Near misses").click()
        panel.get_by_text("downwards").wait_for()
        panel.get_by_role("tab", name="Trace").click()
        panel.get_by_text("<img src=x").first.wait_for()
        assert page.evaluate(WILD) == 0
        assert "owned" not in page.title()


# ---------------------------------------------------------------- how it looks, and who can use it


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_looked_at(stored: Any, scheme: str) -> None:
    with stored() as book:
        page = book.page
        if scheme == "dark":
            page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
            page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
        panel = shown(book)
        panel.get_by_text("hit rate, all").wait_for()
        for view, sign in VIEWS:
            panel.get_by_role("tab", name=view).click()
            panel.get_by_text(sign).first.wait_for()
            panel.scroll_into_view_if_needed()
            book.shot(f"{scheme}-{view.split()[0].lower()}")
            sound(page)
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_role("button", name="сумма_по_городу").click()
        panel.get_by_text(LONG).first.wait_for()
        book.shot(f"{scheme}-procedure")
        sound(page)
        assert page.evaluate(SMALL) == []


def test_an_empty_store_says_what_to_do(server: Server, open_page: Callable[..., Any]) -> None:
    with open_page(server.notebook("empty", ["%seglam panel"])) as book:
        book.run(0)
        panel = book.panel(1)
        panel.get_by_text("Nothing was asked yet").wait_for()
        book.shot("empty-now")
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_text("Nothing is stored yet").wait_for()
        panel.get_by_role("tab", name="Near misses").click()
        panel.get_by_text("No question nearly hit").wait_for()
        book.shot("empty-misses")
        sound(book.page)


def test_a_reload_brings_the_panel_back_and_two_notebooks_have_one_each(stored: Any) -> None:
    with stored(name="reloaded") as book, stored(name="second") as other:
        panel = shown(book)
        book.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        second = shown(other)
        panel.get_by_role("tab", name="Procedures").click()
        panel.get_by_role("button", name="ordered", exact=True).click()
        panel.locator("[data-op=retire]").click()
        panel.get_by_text("is retired").wait_for()
        second.get_by_role("tab", name="Procedures").click()
        second.get_by_text("2 of 2").wait_for()
        book.page.reload()
        book.ready()
        again = book.cell(2).locator(".seglam-panel")
        again.get_by_role("tab", name="Procedures").click(timeout=60_000)
        again.get_by_text("1 of 2").wait_for()
