"""The sidebar beside a notebook in JupyterLab: what it shows, and what becomes of it when kernels come and go."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Book, Server

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "labextension" / "dist" / "package.json"
INSTALLED = Path(sys.prefix) / "share/jupyter/labextensions/@seglam/labextension/package.json"
MODEL = ROOT / "tests" / "scripted" / "thinking"
ASK = "What is the longest streak of values above 10 in `waits`?"
DATA = "waits = [3, 12, 15, 9, 20, 21, 22]"
MIME = "application/vnd.seglam.answer+json"
TWO_VERSIONS = f"""
import seglam
from seglam_magics.reasoner import close_shared, shared
{DATA}
seglam.reason({ASK!r}, waits=waits)
source = seglam.store["longest_streak_above"].code
shared().revise("longest_streak_above", source.replace("return longest", "longest += 0\\n    return longest"))
close_shared()
"""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if os.environ.get("SEGLAM_BROWSER"):
        assert INSTALLED.is_file(), "needs the sidebar: make sidebar, then install again"
    elif not INSTALLED.is_file():
        pytest.skip("needs the sidebar: make sidebar, then install again")
    if BUILT.is_file():
        assert INSTALLED.read_bytes() == BUILT.read_bytes(), "the installed sidebar is not the built one: install again"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where a store lies that knows the question, in two versions."""
    folder = tmp_path_factory.mktemp("known")
    places = {"SEGLAM_STORE": str(folder / "store"), "SEGLAM_CONFIG_DIR": str(folder / "config")}
    given = {**os.environ, **places, "SEGLAM_MODEL": "scripted/demo"}
    done = subprocess.run([sys.executable, "-c", TWO_VERSIONS], env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return places


def written(server: Server, name: str, cells: list[Any], kernel: str = "python3") -> str:
    """A notebook of these cells alone; a cell is its source, or all of it."""
    from nbformat import v4

    made = v4.new_notebook(cells=[c if isinstance(c, dict) else v4.new_code_cell(c) for c in cells])
    made.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    (server.root / f"{name}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    return f"{name}.ipynb"


class Side:
    """The sidebar of a page."""

    def __init__(self, book: Book) -> None:
        self.page = book.page
        self.node = book.page.locator("#seglam-sidebar")
        self.tab = book.page.locator('.lm-TabBar-tab[data-id="seglam-sidebar"]')
        if not self.node.is_visible():
            self.tab.click()

    def stands(self, standing: str) -> str:
        """Wait until it stands so; what it says then."""
        self.page.locator(f'#seglam-sidebar[data-standing="{standing}"]').wait_for(timeout=30_000)
        return self.node.inner_text()

    def says(self, text: str) -> None:
        self.node.get_by_text(text, exact=False).first.wait_for(timeout=30_000)


def command(book: Book, name: str) -> None:
    book.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)


def palette(book: Book, words: str) -> None:
    """Run a command from the palette, by keyboard."""
    book.page.keyboard.press("Control+Shift+C")
    book.page.locator("#modal-command-palette input").fill(words)
    book.page.locator("#modal-command-palette .lm-CommandPalette-item.lm-mod-active").wait_for()
    book.page.keyboard.press("Enter")


def sound(book: Book, *parts: str) -> None:
    """Nothing serious or critical in these parts of the page, by axe-core."""
    script = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    book.page.evaluate(script)
    found = book.page.evaluate("parts => axe.run({ include: parts.map(part => [part]) })", list(parts))
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert not bad, [(v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"]) for v in bad]


def chips(book: Book) -> list[str]:
    return book.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .seglam-chip").all_inner_texts()


def chip(book: Book, text: str) -> None:
    book.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .seglam-chip", has_text=text).first.wait_for(
        timeout=30_000
    )


def save(book: Book) -> None:
    """Save the notebook, and wait until it is saved."""
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")


# ---------------------------------------------------------------- the notebook in front


def test_it_loads_seglam_shows_a_hit_and_compares_versions(
    server: Server, open_page: Any, world: dict[str, str]
) -> None:
    setting = f"import os\nos.environ.update({world!r})\n{DATA}"
    path = written(
        server, "follow", [setting, f"%%reason\n{ASK}", "%%reason -q -o silent\n" + ASK, "%%reason -o x\n" + ASK]
    )
    with open_page(path) as book:
        side = Side(book)
        assert "not loaded" in side.stands("unloaded")
        book.run(0)
        side.node.get_by_role("button").click()  # adds a first cell and runs it
        side.stands("connected")
        side.says("hit rate, all")
        for index in (2, 3, 4):
            book.run(index)
        chip(book, "hit v2")
        side.node.get_by_role("tab", name="Trace").click()
        book.page.locator(".seglam-chip").first.click()  # its procedure, whatever was looked at before
        side.node.get_by_role("heading", name="longest_streak_above").wait_for()
        side.says("What is the longest streak")
        assert chips(book) == ["hit v2", "hit v2"]  # the silent one shows nothing at all, so no chip either
        book.page.locator(".seglam-status", has_text=re.compile(r"seglam \d+ % · .* tokens saved")).wait_for(
            timeout=30_000
        )
        book.shot("lab-hit")
        sound(book, "#seglam-sidebar", ".seglam-chip", ".seglam-status")
        book.cell(2).locator(".cm-content").click()
        palette(book, "Compare the Versions")
        merged = book.page.locator(".seglam-versions .cm-mergeView, .seglam-versions .cm-editor").first
        merged.wait_for(timeout=30_000)
        text = book.page.locator(".seglam-versions").inner_text()
        assert "longest_streak_above: version 1 and version 2" in text
        assert text.count("longest += 0") == 1
        book.shot("lab-versions")
        close = "() => window.jupyterapp.shell.currentWidget.close()"
        book.page.evaluate(close)
        side.node.locator("[data-page=versions]").click()
        side.node.get_by_role("button", name="Open in a tab").click()
        merged.wait_for(timeout=30_000)
        assert "longest_streak_above: version 1 and version 2" in book.page.locator(".seglam-versions").inner_text()
        sound(book, ".seglam-versions")
        book.page.evaluate(
            "() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
        )
        book.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached", timeout=30_000)
        book.shot("lab-versions-dark")
        sound(book, ".seglam-versions", "#seglam-sidebar")
        book.page.evaluate(
            "() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })"
        )


def test_chips_survive_reopening_and_say_what_was_changed(
    server: Server, open_page: Any, world: dict[str, str]
) -> None:
    setting = f"import os\nos.environ.update({world!r})\n{DATA}\n%load_ext seglam"
    path = written(server, "reopened", [setting, f"%%reason\n{ASK}", f"%%reason -o kept\n{ASK}"])
    with open_page(path) as book:
        for index in range(3):
            book.run(index)
        chip(book, "hit v2")
        save(book)
    with open_page(path) as book:
        book.page.wait_for_timeout(500)
        assert chips(book) == ["hit v2", "hit v2"]
        book.cell(2).locator(".cm-content").click()
        book.page.keyboard.press("Control+End")
        book.page.keyboard.type(" Or 11?")
        chip(book, "changed since")
        assert chips(book) == ["hit v2", "changed since"]
        book.shot("lab-changed")
        save(book)
    with open_page(path) as book:
        book.page.wait_for_timeout(500)
        assert chips(book) == ["hit v2", "changed since"]
    cells = json.loads((server.root / path).read_text(encoding="utf-8"))["cells"]
    assert set(cells[1]["metadata"]["seglam"]) == {"schema", "procedure", "number", "sha256", "hit", "asked"}


def test_it_follows_a_restart_and_a_reloaded_page(server: Server, open_page: Any, world: dict[str, str]) -> None:
    setting = f"import os\nos.environ.update({world!r})\n%load_ext seglam"
    path = written(server, "restarted", [setting, "%reload_ext seglam"])
    with open_page(path) as book:
        side = Side(book)
        book.run(0)
        side.stands("connected")
        book.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        assert "not loaded" in side.stands("unloaded")
        book.ready()
        book.run(0)
        side.stands("connected")
        book.run(1)  # loads it anew: the old wire ends, another one is made
        side.says("hit rate, all")
        side.node.get_by_role("tab", name="Procedures").click()
        side.says("longest_streak_above")
        book.page.reload()
        book.ready()
        side = Side(book)
        side.stands("connected")  # the kernel still has it: nothing is run
        side.says("hit rate, all")


def test_each_notebook_has_its_own(server: Server, open_page: Any, world: dict[str, str]) -> None:
    one = written(
        server, "one", [f"import os\nos.environ.update({world!r})\n{DATA}\n%load_ext seglam", f"%%reason\n{ASK}"]
    )
    two = written(server, "two", ["print('nothing of the kind')"])
    with open_page(one) as book:
        side = Side(book)
        book.run(0)
        side.stands("connected")
        book.page.evaluate("path => window.jupyterapp.commands.execute('docmanager:open', { path })", two)
        assert "not loaded" in side.stands("unloaded")
        book.page.evaluate("path => window.jupyterapp.commands.execute('docmanager:open', { path })", one)
        side.stands("connected")
        side.says("hit rate, all")


def test_it_is_in_notebook_7_as_well(server: Server, open_page: Any, world: dict[str, str]) -> None:
    setting = f"import os\nos.environ.update({world!r})\n{DATA}\n%load_ext seglam"
    with open_page(written(server, "seven", [setting, f"%%reason\n{ASK}"]), "notebook") as book:
        book.run(0)
        book.run(1)
        chip(book, "hit v2")
        book.page.locator(".seglam-chip").click()
        book.page.locator('#seglam-sidebar[data-standing="connected"]').wait_for(timeout=30_000)
        side = book.page.locator("#seglam-sidebar")
        side.get_by_role("heading", name="longest_streak_above").wait_for(timeout=30_000)
        side.get_by_role("tab", name="Now").click()
        side.get_by_text("hit rate, all").wait_for(timeout=30_000)
        book.shot("notebook7-hit")


# ---------------------------------------------------------------- kernels it cannot work with

FOREIGN = """
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
class Other(IPythonKernel):
    language_info = {"name": "R", "mimetype": "text/x-r", "file_extension": ".r", "version": "4"}
IPKernelApp.launch_instance(kernel_class=Other)
"""


@pytest.fixture
def foreign(server: Server) -> Iterator[str]:
    """A kernel that says it speaks R."""
    home = next(server.root.parent.glob("jupyter*/jupyter_data_dir"))
    spec = home / "kernels" / "foreign"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-c", FOREIGN, "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "R", "language": "R"}), encoding="utf-8"
    )
    return "foreign"


def test_another_language_has_no_tab(server: Server, open_page: Any, foreign: str) -> None:
    with open_page(written(server, "foreign", ["%%reason\nwhat?"], foreign)) as book:
        book.page.locator('#seglam-sidebar[data-standing="foreign"]').wait_for(state="attached", timeout=30_000)
        assert not book.page.locator('.lm-TabBar-tab[data-id="seglam-sidebar"]').is_visible()


@pytest.mark.parametrize(
    ("cell", "standing", "sentence"),
    [
        ("import sys\nsys.modules['seglam'] = None", "missing", "pip install seglam"),
        (
            "get_ipython().register_magic_function(print, 'cell', 'reason')  # seglam of old",
            "older",
            "older than this sidebar",
        ),
    ],
)
def test_a_kernel_without_a_panel_is_told_of(
    server: Server, open_page: Any, cell: str, standing: str, sentence: str
) -> None:
    with open_page(written(server, f"kernel-{standing}", [cell])) as book:
        side = Side(book)
        side.stands("unloaded")
        book.run(0)
        assert sentence in side.stands(standing)


# ---------------------------------------------------------------- while a cell runs


@pytest.mark.parametrize("comms", ["disabled", "perCommTarget"])
def test_stop_is_heard_while_the_cell_streams_also_where_comms_wait_for_it(
    server: Server, open_page: Any, kernel: str, comms: str
) -> None:
    version = "import ipykernel\nprint('ipykernel', ipykernel.__version__)\nnumbers = [1, 2, 3]"
    cells = [version, "%%reason\nWhat is the total of `numbers`?"]
    path = server.notebook(f"sidebar-stop-{kernel}-{comms}", cells, kernel, SEGLAM_MODEL=f"scripted/{MODEL}")
    with open_page(path) as book:
        book.page.evaluate(
            """comms => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .commsOverSubshells = comms }""",
            comms,
        )
        side = Side(book)
        book.run(0)
        side.stands("connected")
        assert ("ipykernel 7.3" in book.run(1).inner_text()) == (kernel == "old")
        cell = book.start(2)
        side.node.locator(".seglam-tail", has_text="Step").wait_for(timeout=60_000)  # in the midst of its thinking
        side.node.locator("[data-op=stop]").first.click()
        cell.locator("[data-mime-type='application/vnd.jupyter.stderr']").first.wait_for(timeout=30_000)
        assert "E-STOPPED" in cell.inner_text()


# ---------------------------------------------------------------- the cells themselves


def test_questions_are_prose_and_their_words_are_completed(
    server: Server, open_page: Any, world: dict[str, str]
) -> None:
    frame = "import polars\nsales = polars.DataFrame({'net sales': [1], 'shop': ['a']})"
    setting = f"import os\nos.environ.update({world!r})\n%load_ext seglam\n{frame}"
    question = "%%reason --re\nwhat is in `sales` if the `net"
    with open_page(written(server, "prose", [setting, question])) as book:
        book.run(0)
        cell = book.cell(1)
        cell.locator(".cm-content").click()
        assert cell.locator(".cm-seglam-name").all_inner_texts() == ["`sales`"]
        colours = "node => [...node.querySelectorAll('span')].map(span => getComputedStyle(span).color)"
        prose = cell.locator(".cm-line.cm-seglam-prose")
        assert set(prose.evaluate(colours)) <= {prose.evaluate("node => getComputedStyle(node).color")}
        book.page.keyboard.press("Control+End")
        book.page.keyboard.press("Tab")
        offered = book.page.locator(".jp-Completer-item")
        offered.filter(has_text="net sales").first.wait_for(timeout=30_000)
        book.shot("lab-completion")
        book.page.keyboard.press("Enter")
        assert "`net sales" in cell.inner_text()
        book.page.keyboard.press("Control+Home")
        book.page.keyboard.press("End")
        book.page.keyboard.press("Tab")
        cell.locator(".cm-line", has_text="--reuse").or_(offered.filter(has_text="--reuse")).first.wait_for(
            timeout=30_000
        )


def test_a_function_becomes_a_procedure_cell(server: Server, open_page: Any) -> None:
    with open_page(written(server, "turned", ["def longest(*, values: list) -> int:\n    return len(values)"])) as book:
        book.cell(0).locator(".cm-content").click(button="right")
        book.page.get_by_role("menuitem", name="Turn This Code Cell into a Procedure").click()
        book.page.locator(".seglam-wordings textarea").fill("How many are in {values}?\n\nThe length of {values}")
        book.shot("lab-procedure")
        book.page.get_by_role("button", name="Make the cell").click()
        made = book.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
        )
        head, *code = made.splitlines()
        assert head == '%%procedure longest --template "How many are in {values}?" --template "The length of {values}"'
        assert code == ["def longest(*, values: list) -> int:", "    return len(values)"]


# ---------------------------------------------------------------- what a saved notebook may hold

EVIL = "<img src=x onerror='window.pwned = 1'><b data-commandlinker-command='seglam:stop'>x</b>"


def test_names_in_a_saved_notebook_are_text(server: Server, open_page: Any) -> None:
    from nbformat import v4

    record = {"schema": 1, "procedure": EVIL, "number": 1, "sha256": EVIL, "hit": True, "slots": {}}
    odd = [{**record, "number": EVIL}, {**record, "schema": 2}, {**record, "hit": "yes"}, [record], None, EVIL]
    cells = []
    for given in (record, *odd):
        output = v4.new_output("display_data", {"text/plain": "an answer", MIME: given})
        cells.append(v4.new_code_cell("%%reason\nwhat?", outputs=[output], metadata={"seglam": given}))
    with open_page(written(server, "evil", cells)) as book:
        chip(book, "hit v1")
        book.page.wait_for_timeout(300)
        assert chips(book) == ["hit v1"]  # what is not an answer has none
        assert EVIL in (book.page.locator(".seglam-chip").get_attribute("title") or "")
        book.page.locator(".seglam-chip").click()
        book.page.locator("#seglam-sidebar").wait_for()
        assert book.page.evaluate("() => window.pwned === undefined")
        assert book.page.locator("[data-commandlinker-command]").count() == 0
