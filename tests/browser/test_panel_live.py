"""The panel while a cell runs, on two versions of ipykernel: what is pressed is heard although the kernel is busy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Book, Server
    from playwright.sync_api import Locator

MODEL = Path(__file__).parents[1] / "scripted" / "thinking"
CELLS = ["import litellm, ipykernel\nnumbers = [1, 2, 3]\nprint('ipykernel', ipykernel.__version__)", "%seglam panel",
         "%%reason --reuse fresh\nWhat is the total of `numbers`?"]  # fmt: skip
UPDATE = "leave out every number below 2"
# What is seen when, on one clock: when the button was pressed, and when the panel showed that the run had heard it.
CLOCK = """(panel, [selector, sign]) => new Promise(done => {
  let pressed = 0;
  const watch = new MutationObserver(() => {
    const said = panel.querySelector('.seglam-said')?.textContent;
    const seen = sign ? said?.includes(sign) : !panel.querySelector('.seglam-run');
    if (pressed && seen) { watch.disconnect(); done(performance.now() - pressed); }
  });
  watch.observe(panel, {subtree: true, childList: true, characterData: true});
  setTimeout(() => { watch.disconnect(); done(`it never showed that: ${panel.innerText}`); }, 60000);
  pressed = performance.now();
  panel.querySelector(selector).click();
})"""


def thinking(book: Book) -> tuple[Locator, Locator]:
    """The panel and the cell that asks, in the midst of its thinking."""
    book.run(0)
    book.run(1)
    panel = book.panel(2)
    cell = book.start(3)
    panel.locator(".seglam-tail", has_text="Step").wait_for(timeout=60_000)
    return panel, cell


def test_stop_ends_the_run_although_the_cell_writes_and_the_prompt_comes_back(
    server: Server, open_page: Callable[..., Any], kernel: str
) -> None:
    path = server.notebook(f"stop-{kernel}", CELLS, kernel, SEGLAM_MODEL=f"scripted/{MODEL}")
    with open_page(path) as book:
        panel, cell = thinking(book)
        assert ("ipykernel 7.3" in book.cell(1).inner_text()) == (kernel == "old")
        book.shot(f"run-{kernel}")
        took = panel.evaluate(CLOCK, ["[data-op=stop]", ""])
        assert isinstance(took, (int, float)), took
        book.ready()
        assert "E-STOPPED-THINKING" in cell.inner_text()
        assert "Step" not in panel.inner_text()
        panel.locator("[data-op=resume]").click()
        panel.locator(".seglam-note .seglam-code", has_text="%seglam resume r").wait_for()
        print(f"stop {took:.0f} ms")  # noqa: T201 - a figure of the report


def test_a06_an_update_is_delivered_while_the_cell_runs(
    server: Server, open_page: Callable[..., Any], kernel: str
) -> None:
    path = server.notebook(f"update-{kernel}", CELLS, kernel, SEGLAM_MODEL=f"scripted/{MODEL}")
    with open_page(path) as book:
        panel, cell = thinking(book)
        panel.get_by_label("Add to the question").fill(UPDATE)
        took = panel.evaluate(CLOCK, ["[data-op=update]", UPDATE])
        assert isinstance(took, (int, float)), took
        panel.locator(".seglam-run").wait_for(state="detached", timeout=60_000)
        book.ready()
        assert "total_from_two" in cell.inner_text()
        assert "5" in cell.inner_text()
        print(f"update {took:.0f} ms")  # noqa: T201 - a figure of the report
