"""A verb that takes longer is seen to go on, with a bar, until its result stands there; the square button ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Server

FURNISHED = Path(__file__).with_name("furnished.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_test_in_a_cell_is_followed_and_stopped(server: Server, open_page: Callable[..., Any], app: str) -> None:
    path = server.notebook(f"progress-{app}", [FURNISHED, "%seglam test ordered@1 --cases 100000"])
    with open_page(path, app) as book:
        book.run(0)
        book.run(1)
        cell = book.start(2)
        line = cell.locator(".seglam-progress")
        line.get_by_text("property 1 of 2: same_length").wait_for()
        box = line.locator("progress").bounding_box()
        assert box is not None
        assert box["width"] > 20
        before = line.inner_text()
        book.page.wait_for_function(
            "before => document.querySelector('.seglam-progress').innerText !== before", arg=before
        )
        assert line.count() == 1
        book.shot(f"progress-{app}")
        book.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
        cell.get_by_text("ordered@1 · 0/2 properties hold").wait_for()
        cell.get_by_text("same_length, when it was stopped: ").wait_for()
        cell.get_by_text("E-TEST-STOPPED").wait_for()
        assert line.count() == 0
        book.shot(f"progress-{app}-stopped")
