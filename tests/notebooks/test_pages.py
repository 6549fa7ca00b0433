"""The consoles of the documentation are what really prints: executed, and compared line by line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seglam_magics.trust.records import environment

PAGES = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"<!-- session: (?P<session>.+?) -->|```console\n(?P<console>.*?)```", re.DOTALL)
CELL = re.compile(r"In \[\d+\]: (?P<first>.*)\n(?P<more>(?: +\.\.\.: .*\n)*)")
# what another machine or moment prints differently
VARYING = {
    r"\d{4}-\d\d-\d\d \d\d:\d\d": "TIME",
    r"\b\d+(\.\d+)? (ms|s)\b": "SECONDS",
    r"\b(python|polars|narwhals) \d+\.\d+( → \d+\.\d+)?": r"\1 VERSION",
    r"\bS[123]\b": "TIER",
    r"\b[0-9a-f]{64}\b": "IDENTITY",
    r"\b[\d,]+ in / [\d,]+ out": "TOKENS",
    r"(?<= \()\d+ cases(?=\))": "CASES",
    r"saved [\d,]+ tokens": "SAVED",
    r" +": " ",
}
DRIVER = """
import contextlib, io, json, sys
from unittest import mock
from IPython.core.interactiveshell import InteractiveShell
from seglam_magics.trust import records
cells, earlier = json.load(sys.stdin)
if earlier:
    mock.patch.object(records, "environment", lambda: earlier).start()
shell, printed = InteractiveShell.instance(), []
for cell in cells:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        shell.run_cell(cell, store_history=True)
    printed.append(out.getvalue())
print(json.dumps(printed))
"""


@dataclass(frozen=True)
class Session:
    """What is typed in one kernel, and what the page says it prints; `earlier` is a library's version then, or ""."""

    earlier: str
    cells: tuple[str, ...]
    printed: tuple[str, ...]


def sessions(page: Path) -> Iterator[Session]:
    """The sessions of a page; its consoles up to the next mark belong to one kernel."""
    earlier, consoles = "", list[str]()
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if found["console"] is not None:
            consoles.append(found["console"])
            continue
        if consoles:
            yield session(earlier, "".join(consoles))
        earlier, consoles = found["session"].replace("now", ""), []
    yield session(earlier, "".join(consoles))


def session(earlier: str, console: str) -> Session:
    cells = list(CELL.finditer(console))
    ends = [found.start() for found in cells[1:]] + [len(console)]
    typed = ("\n".join([c["first"], *re.findall(r"^ +\.\.\.: (.*)$", c["more"], re.MULTILINE)]) for c in cells)
    printed = (console[cell.end() : end] for cell, end in zip(cells, ends, strict=True))
    return Session(earlier, tuple(typed), tuple(printed))


def run(one: Session) -> list[str]:
    """What each cell of a session prints."""
    library = one.earlier.partition(" ")[0]
    then = re.sub(rf"{library} \d+\.\d+", one.earlier, environment()) if library else ""
    typed = json.dumps([one.cells, then])
    variables = {**os.environ, "SEGLAM_MODEL": "scripted/demo", "SEGLAM_PROGRESS": "false", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input=typed,
        capture_output=True,
        text=True,
        timeout=100,
        env=variables,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


def comparable(text: str) -> list[str]:
    for pattern, name in VARYING.items():
        text = re.sub(pattern, name, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


EXECUTED = sorted(page for page in PAGES.rglob("*.md") if "```console\nIn [" in page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.stem)
def test_a_page_prints_what_it_says(page: Path) -> None:
    for one in sessions(page):
        for cell, said, printed in zip(one.cells, one.printed, run(one), strict=True):
            assert comparable(printed) == comparable(said), cell
