"""Answers as they are seen: a frame as its library shows it, a number, a picture; also in a notebook opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Book, Server
    from playwright.sync_api import Locator

MODEL = Path(__file__).parents[1] / "scripted" / "charts"
EVIL = "<img src=x onerror=document.title='owned'>"
DATA = f"""import polars as pl
birds = pl.DataFrame({{"species": ["Adelie", "Gentoo", "Gentoo"], "mass": [3700.0, 5000.0, 5200.0]}})
sold = {{"pears": 2, "apples": 3, {EVIL!r}: 1}}"""
MEAN = "%%reason\nWhat is the average `mass` per `species` in `birds`?"
COUNT = "%%reason\nHow many rows are in `birds`?"
DRAW = "%%reason\nDraw the amounts in `sold` as bars."


def picture(cell: Locator) -> Locator:
    """What is drawn, when it is there."""
    found = cell.locator(":is(.jp-RenderedVegaCommon5, .jp-RenderedVegaLite) :is(canvas, svg)").first
    found.wait_for()
    return found


def looked_at(book: Book) -> None:
    frame, number, chart = (book.cell(index) for index in (2, 3, 4))
    frame.locator(".seglam-answer table", has_text="5100.0").wait_for()
    assert number.locator(".seglam-answer pre").last.inner_text() == "3"
    box = picture(chart).bounding_box()
    assert box is not None
    assert box["height"] > 50
    assert chart.locator(".vega-actions, summary").count() == 0  # no menu that leads to another site
    assert book.page.evaluate("document.querySelectorAll('.jp-OutputArea img').length") == 0
    assert "owned" not in book.page.title()


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_frames_numbers_and_pictures_are_seen_and_seen_again(
    server: Server, open_page: Callable[..., Any], app: str
) -> None:
    path = server.notebook(
        f"answers-{app}", [DATA, MEAN, COUNT, DRAW], SEGLAM_MODEL=f"scripted/{MODEL}", SEGLAM_STARTER="true"
    )
    with open_page(path, app) as book:
        for index in range(5):
            book.run(index)
        looked_at(book)
        picture(book.cell(4)).scroll_into_view_if_needed()
        book.shot(f"answers-{app}")
        book.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
    with open_page(path, app) as book:
        looked_at(book)
