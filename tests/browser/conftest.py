"""JupyterLab and Notebook 7 in Chromium, on this machine alone: whatever a page asks of anywhere else is refused.

Without a browser these tests skip and say what they need; with SEGLAM_BROWSER=1 that is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page

collect_ignore = ["furnished.py"]  # it is run as a cell
ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "screenshots"
OLD_KERNEL = ROOT / "build" / "ipykernel-7.3"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --force-color-profile=srgb"
).split()
OPTIONS = (
    "--ServerApp.port_retries=0 --IdentityProvider.token= --ServerApp.disable_check_xsrf=True --expose-app-in-browser"
    " --JupyterNotebookApp.expose_app_in_browser=True --allow-root --no-browser"
).split()
OURS = "blob:"  # where a widget's module comes from; Notebook 7 has errors of its own
PATIENCE = 90.0
DONE = re.compile(r"\[\d+\]:")  # the prompt of a cell that has run
FIRST = "import os\nos.environ.update({environment!r})\n%load_ext seglam"


def lacking() -> str:
    """What there is not, "" where all is there."""
    needed = ("playwright", "notebook", "jupyterlab", "axe_playwright_python")
    packages = [name for name in needed if not find_spec(name)]
    if packages:
        return f"the packages of requirements/browser.txt ({', '.join(packages)})"
    return "" if CHROMIUM else "Chromium (apt-get install chromium fonts-dejavu-core)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot be run here; CI says that it can."""
    missing = lacking()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))
            if missing and not os.environ.get("SEGLAM_BROWSER"):
                item.add_marker(pytest.mark.skip(reason=f"needs {missing}"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert not lacking(), f"needs {lacking()}"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


# ---------------------------------------------------------------- the server


class Server:
    """A JupyterLab with Notebook 7 beside it."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root

    def notebook(self, name: str, cells: list[str], kernel: str = "python3", **environment: str) -> str:
        """Write a notebook that loads seglam first, in a world of its own; its path."""
        from nbformat import v4

        world = self.root / f"world-{name}"
        world.mkdir(exist_ok=True)
        own = {"SEGLAM_STORE": str(world / "store"), "SEGLAM_CONFIG_DIR": str(world / "config"), **environment}
        sources = [FIRST.format(environment=own), *cells]
        made = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
        made.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        (self.root / f"{name}.ipynb").write_text(json.dumps(made), encoding="utf-8")
        return f"{name}.ipynb"


def _settings(folder: Path) -> None:
    """No news, no dialogs, every cell in the page."""
    given: dict[str, dict[str, Any]] = {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for name, settings in given.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")


def _old_kernel(folder: Path) -> None:
    """The kernel `old`: the same environment with ipykernel 7.3 before it."""
    spec = folder / "kernels" / "old"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    made = {"argv": argv, "display_name": "old", "language": "python", "env": {"PYTHONPATH": str(OLD_KERNEL)}}
    (spec / "kernel.json").write_text(json.dumps(made), encoding="utf-8")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    places = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
              "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip
    homes = {name: str(home / name.lower()) for name in places}
    _settings(Path(homes["JUPYTERLAB_SETTINGS_DIR"]))
    _old_kernel(Path(homes["JUPYTER_DATA_DIR"]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = [f"--port={port}", f"--ServerApp.root_dir={root}"]
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", *OPTIONS, *own],
        env={**os.environ, **homes, "PYTHONDONTWRITEBYTECODE": "1"}, cwd=root, stdout=log, stderr=log,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _answers(url, process, home / "server.log")
        yield Server(url, root)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api/status", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-3000:])


# ---------------------------------------------------------------- a page


class Book:
    """A notebook that is open in a page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name

    def ready(self) -> None:
        """Wait for the kernel: what is run before it is there is lost silently."""
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=PATIENCE * 1000,
        )

    def cell(self, index: int) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").nth(index)

    def start(self, index: int) -> Locator:
        """Run a cell with the keyboard; does not wait for its end."""
        cell = self.cell(index)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        return cell

    def run(self, index: int) -> Locator:
        cell = self.start(index)
        cell.locator(".jp-InputPrompt").filter(has_text=DONE).wait_for()
        return cell

    def panel(self, index: int) -> Locator:
        """Run the cell of `%seglam panel`; the panel when it has its first state."""
        panel = self.start(index).locator(".seglam-panel")
        panel.locator(".seglam-facts").first.wait_for(timeout=PATIENCE * 1000)
        return panel

    def shot(self, name: str) -> None:
        """Keep a picture, to be looked at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))


@pytest.fixture(params=["python3", "old"])
def kernel(request: pytest.FixtureRequest) -> str:
    """The newest ipykernel and the one before, which hears what is said to a busy kernel in another way."""
    if request.param == "old" and not OLD_KERNEL.is_dir():
        message = f"needs ipykernel 7.3 in {OLD_KERNEL.name} (make .venv-browser/.web)"
        if os.environ.get("SEGLAM_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    return str(request.param)


@pytest.fixture
def open_page(server: Server, browser: Browser) -> Iterator[Callable[..., Any]]:
    """Opens notebooks in pages that reach nothing but the server; all that they said wrong fails the test."""
    outside: list[str] = []
    wrong: list[str] = []

    @contextmanager
    def opened(path: str, app: str = "lab", **options: Any) -> Iterator[Book]:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)

        def guarded(route: Any) -> None:
            local = urlparse(route.request.url).hostname in ("127.0.0.1", None)
            if not local:
                outside.append(route.request.url)
            route.continue_() if local else route.abort()

        context.set_default_timeout(PATIENCE * 1000)
        context.route("**/*", guarded)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(error.stack or "") if OURS in (error.stack or "") else None)
        page.goto(f"{server.url}/lab/tree/{path}?reset" if app == "lab" else f"{server.url}/notebooks/{path}")
        book = Book(page, path)
        book.ready()
        try:
            yield book
        finally:
            context.close()

    yield opened
    assert not outside, f"a page asked for {outside}"
    assert not wrong, f"a page failed: {wrong}"
