"""Build the documentation: `python scripts/build_docs.py build/docs` writes html/ there, warnings being errors.

The pages are staged first, so that links work both where the repository is read and in the HTML: a link is followed to
the file it means and written anew for where that file goes. Notebooks are executed, each on a store of its own, and the
pages of the reference are made from the code. Nothing is fetched, and no page loads anything from another host.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
OURS = "application/vnd.seglam.answer+json"
PROJECT = ("PRIVACY.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md")
LINK = re.compile(r"(?P<open>\]\()(?P<target>[^)\s#]+)?(?P<anchor>#[^)\s]*)?(?P<close>\))")
LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=[\"'](?P<address>(?:https?:)?//[^\"']+)")
CONSOLE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


class BadLinkError(ValueError):
    """A link that leads nowhere."""


def staged() -> dict[Path, Path]:
    """Every file that goes into the documentation -> its place below the staging folder."""
    pages = {path: path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*") if path.is_file()}
    books = {path: path.relative_to(ROOT) for path in (ROOT / "notebooks").glob("*.ipynb")}
    project = {ROOT / name: Path("project", name) for name in PROJECT}
    return {**pages, **books, **project}


def rewritten(text: str, page: Path, places: dict[Path, Path]) -> str:
    """A page with its links as they are after staging; blocks of code stay as they are."""
    parts, end = [], 0
    for block in CONSOLE.finditer(text):
        fence = block[0]
        parts += [_links(text[end : block.start()], page, places), _toctree(fence)]
        end = block.end()
    return "".join([*parts, _links(text[end:], page, places)])


def _links(text: str, page: Path, places: dict[Path, Path]) -> str:
    def followed(match: re.Match[str]) -> str:
        target = match["target"]
        if target is None:
            return match[0]
        if "://" in target:
            _checked(target, page)
            return match[0]
        meant = Path(os.path.normpath(page.parent / target))
        if not meant.exists():
            raise BadLinkError(f"{page.relative_to(ROOT)}: {target} leads nowhere")
        there = places.get(meant)
        if there is None:  # source and data are named, and looked at in the repository
            return f"](#{_MISSING})"
        relative = os.path.relpath(there, places[page].parent)
        return f"{match['open']}{Path(relative).as_posix()}{match['anchor'] or ''}{match['close']}"

    changed = LINK.sub(followed, text)
    return re.sub(rf"\[([^\]]+)\]\(#{_MISSING}\)", r"\1", changed)


_MISSING = "not-in-the-documentation"


def _checked(address: str, page: Path) -> None:
    """An address of the web must be one; whether somebody answers there is not asked."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or "." not in parts.netloc:
        raise BadLinkError(f"{page.relative_to(ROOT)}: {address} is no address")


def _toctree(fence: str) -> str:
    """A table of contents with what lies elsewhere in the repository at its staged place; other blocks as they are."""
    if not fence.startswith("```{toctree}"):
        return fence
    lines = [
        line.replace("../notebooks/", "/notebooks/") if "notebooks/" in line else line.replace("../", "/project/")
        for line in fence.splitlines()
    ]
    return "\n".join(lines)


def stage(folder: Path) -> list[Path]:
    """Put every page into its place below `folder`; the notebooks there."""
    places = staged()
    books = []
    for source, where in places.items():
        target = folder / where
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(rewritten(source.read_text(encoding="utf-8"), source, places), encoding="utf-8")
        elif source.suffix == ".ipynb":
            _book(source, target, source)
            books.append(target)
        else:
            shutil.copyfile(source, target)
    return books


def generate(folder: Path) -> None:
    """Make the pages of the reference from the code."""
    import reference_pages

    for name, page in reference_pages.PAGES.items():
        (folder / "reference" / name).write_text(page(), encoding="utf-8")


def execute(book: Path) -> str:
    """Execute a notebook as `make demo` does and keep its outputs; "" or what went wrong."""
    original = ROOT / "notebooks" / book.name
    command = [
        sys.executable,
        str(ROOT / "scripts" / "run_notebook.py"),
        str(original),
        "--save",
        str(book),
        "--seconds",
        "300",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        return done.stdout + done.stderr
    _book(book, book, original)
    return ""


def _book(source: Path, target: Path, original: Path) -> None:
    """Write a notebook with the links of its prose as they are after staging."""
    import nbformat

    notebook = nbformat.read(source, as_version=4)
    places = staged()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = rewritten(cell.source, original, places)
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(OURS, None)  # for our own front end; the text and HTML beside it are for all
    nbformat.write(notebook, target)


def build(folder: Path) -> int:
    """Run Sphinx; its exit code."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    return subprocess.run([*command, str(folder / "source"), str(folder / "html")], check=False).returncode  # noqa: S603


def strangers(folder: Path) -> list[str]:
    """What a page would load from another host."""
    found = []
    for page in sorted(folder.rglob("*.html")):
        found += [f"{page.relative_to(folder)}: {m['address']}" for m in LOADED.finditer(page.read_text("utf-8"))]
    return found


def main() -> int:
    """Stage, execute, build, look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "docs")
    parser.add_argument("--skip-notebooks", action="store_true", help="leave the notebooks without outputs")
    given = parser.parse_args()
    folder = given.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        books = stage(folder / "source")
    except BadLinkError as error:
        print(error, file=sys.stderr)
        return 1
    generate(folder / "source")
    problems = []
    if not given.skip_notebooks:
        with ThreadPoolExecutor(2) as pool:  # each is a process of its own
            problems = [problem for problem in pool.map(execute, books) if problem]
    code = build(folder) if not problems else 1
    problems += strangers(folder / "html") if not code else []
    if problems or code:
        print("\n".join(problems), file=sys.stderr)
        return 1
    print(folder / "html" / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
