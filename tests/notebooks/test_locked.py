"""A notebook pinned, reproduced and taken elsewhere: real kernels, the scripted model, and a kernel without seglam."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import open_reasoner
from seglam_magics.settings import load_settings
from seglam_magics.store import find_store

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(300)]
TABLE = """import polars as pl
penguins = pl.DataFrame({
    "species": ["Adelie", "Gentoo", "Adelie", "Gentoo", None],
    "body_mass_g": [3700.0, 5000.0, 3800.0, None, 9000.0],
})
waits, len = [4, 12, 15, 11, 3], "the notebook's own" """
TOP = "%%reason -o best\nWhich 2 values of `species` have the highest mean `body_mass_g` in `penguins`?"
CELLS = (
    '%load_ext seglam\n%config Seglam.model = "scripted/demo"\nstarted = True',
    TABLE,
    TOP,
    "best",
    "%%reason\nWhat is the longest streak of values above 10 in `waits`?",
    "%%reason\nКакие 1 значения `species` имеют наибольшее среднее `body_mass_g` в `penguins`?",
    "streak = %reason What is the longest streak of values above 3 in `waits`?\n%seglam why\nprint(streak.value)",
    "import math as longest_streak_above\nlongest_streak_above.floor(2.5)",
)
BLOCKED = "raise ImportError('seglam is not here')\n"


def write(folder: Path, *sources: str, name: str = "asked.ipynb") -> Path:
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources, 1)]
    path = folder / name
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def seglam(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from seglam_magics.cli import main; main()", *words]
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=140, check=False, env=environment
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with the notebook, run once with the scripted model and locked; and its store."""
    folder = tmp_path_factory.mktemp("locked")
    own = {"SEGLAM_STORE": str(folder / "store"), "SEGLAM_CONFIG_DIR": str(folder / "config")}
    write(folder, *CELLS)
    done = seglam(folder, "run", "asked.ipynb", "--lock", **own)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("top_groups_by_mean@1") == 2, done.stdout
    return folder, own


def texts(notebook: Any) -> dict[str, str]:
    """Cell id -> what it shows, without status lines."""
    found = {}
    for cell in notebook.cells:
        shown = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", ())]
        lines = "\n".join(shown).splitlines()
        found[cell.id] = "\n".join(line for line in lines if not line.startswith(("hit · ", "miss · ")))
    return found


def test_a_run_leaves_the_notebook_and_shows_what_answered(world):
    folder, own = world
    before = (folder / "asked.ipynb").read_bytes()
    done = seglam(folder, "run", "asked.ipynb", "--reuse", "cached", "--json", "-o", "done.ipynb", **own)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)["answers"]
    assert [(a["cell"], a["procedure"]) for a in answers] == [
        (3, "top_groups_by_mean@1"), (5, "longest_streak_above@1"), (6, "top_groups_by_mean@1"),
        (7, "longest_streak_above@1"),
    ]  # fmt: skip
    assert (folder / "asked.ipynb").read_bytes() == before
    assert "Gentoo" in texts(nbformat.read(folder / "done.ipynb", as_version=4))["cell-4"]


def test_a_lock_is_the_same_bytes_when_nothing_changed(world):
    folder, own = world
    before = (folder / "seglam.lock").read_bytes()
    done = seglam(folder, "lock", "asked.ipynb", **own)
    assert (done.returncode, (folder / "seglam.lock").read_bytes()) == (0, before), done.stderr
    assert "stays as it is" in done.stdout
    lines = before.decode().splitlines()
    assert sum(" sha256:" in line for line in lines) == 4
    assert lines[4:] == sorted(lines[4:])


def test_a_frozen_run_reproduces_it_although_something_newer_answers(world):
    folder, own = world
    newer(folder, "longest_streak_above", "return longest", "return longest + 100")
    write(folder, *CELLS[:2], CELLS[4], name="short.ipynb")
    shown = []
    for reuse in ("cached", "frozen"):
        done = seglam(folder, "run", "short.ipynb", "--reuse", reuse, "-o", f"{reuse}.ipynb", **own)
        assert done.returncode == 0, done.stderr
        shown.append(texts(nbformat.read(folder / f"{reuse}.ipynb", as_version=4))["cell-3"].splitlines()[-1])
    assert shown == ["103", "3"]


def newer(folder: Path, name: str, old: str, new: str) -> None:
    """Publish another revision of a procedure in the store of the world."""
    settings = load_settings()
    settings.store = str(folder / "store")
    reasoner = open_reasoner(settings, start=folder)
    try:
        head = reasoner.library.head(name)
        if new in head.source:
            return
        source = head.source.replace(old, new)
        parts = {part: getattr(head, part) for part in ("returns", "templates", "properties", "requires", "effects")}
        made = dataclasses.replace(head, source=source, proc_id=proc_id(source, head.parameters, **parts))
        # an approval is made by whoever verifies it; here the claims are left out, for they do not hold any more
        made = dataclasses.replace(made, properties=(), examples=())
        parts["properties"] = ()
        reasoner.catalogue.publish(dataclasses.replace(made, proc_id=proc_id(source, head.parameters, **parts)))
    finally:
        reasoner.close()
    assert find_store(folder, settings.store).exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("longest_streak_above@1 sha256:", "longest_streak_above@9 sha256:f"), "E-LOCK-FORM"),
        (("What is the longest streak of values above 10", "What is the longest streak of values above 11"),
         "E-LOCK-QUESTION"),
        (("format = 1", "format = 99"), "E-LOCK-NEWER"),
        (("format = 1", "format = 1\n<<<<<<< HEAD"), "E-LOCK-MERGE"),
    ],
)  # fmt: skip
def test_a_frozen_run_fails_with_the_cell_and_the_question(world, tmp_path, change, code):
    folder, own = world
    write(tmp_path, *CELLS[:2], CELLS[4])
    lock = (folder / "seglam.lock").read_text(encoding="utf-8")
    assert change[0] in lock
    (tmp_path / "seglam.lock").write_text(lock.replace(*change), encoding="utf-8")
    done = seglam(tmp_path, "run", "asked.ipynb", "--reuse", "frozen", **own)
    assert done.returncode == 1
    assert code in done.stderr
    if code == "E-LOCK-QUESTION":
        assert "cell 3 of asked.ipynb failed" in done.stderr
        assert "“What is the longest streak of values above 10 in `waits`?”" in done.stderr


def test_a_pinned_version_that_is_not_there_is_named_with_its_cell(world, tmp_path):
    folder, _ = world
    write(tmp_path, *CELLS[:2], CELLS[4])
    (tmp_path / "seglam.lock").write_bytes((folder / "seglam.lock").read_bytes())
    done = seglam(tmp_path, "run", "asked.ipynb", "--reuse", "frozen")  # a store of its own, and empty
    assert done.returncode == 1
    assert "cell 3 of asked.ipynb failed: E-LOCK-MISSING" in done.stderr
    assert "longest_streak_above@1 sha256:" in done.stderr


def test_a_frozen_run_without_a_lock_starts_nothing(tmp_path):
    write(tmp_path, "open('started', 'w')")
    done = seglam(tmp_path, "run", "asked.ipynb", "--reuse", "frozen")
    assert (done.returncode, "E-LOCK-NONE" in done.stderr) == (1, True)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("text", ["not a notebook", '{"nbformat": 3}', '{"cells": 3, "nbformat": 4}'])
def test_what_is_no_notebook_is_a_sentence(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text, encoding="utf-8")
    done = seglam(tmp_path, "lock", "a.ipynb")
    assert (done.returncode, "E-NOTEBOOK-READ" in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- plain Python


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in front of the path of a kernel, in which importing seglam fails."""
    folder = tmp_path_factory.mktemp("blocked")
    for name in ("seglam.py", "seglam_magics.py"):
        (folder / name).write_text(BLOCKED, encoding="utf-8")
    return folder


def executed(path: Path, blocked: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    client.execute(env={**os.environ, "PYTHONPATH": str(blocked)})
    return notebook


def test_a_plain_notebook_gives_the_same_where_seglam_cannot_be_imported(world, blocked):
    folder, own = world
    write(folder, *CELLS, name="export.ipynb")
    here = seglam(folder, "run", "export.ipynb", "--reuse", "cached", "-o", "shown.ipynb", "--force", **own)
    assert here.returncode == 0, here.stderr
    done = seglam(folder, "export-notebook", "export.ipynb", "--json", "--force", **own)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["left"] == []
    plain = executed(folder / "export-plain.ipynb", blocked)
    nbformat.validate(plain)
    ours, theirs = texts(nbformat.read(folder / "shown.ipynb", as_version=4)), texts(plain)
    for cell in ("cell-4", "cell-5", "cell-6", "cell-8"):
        assert theirs[cell] == ours[cell], cell
    assert theirs["cell-7"].splitlines()[-1] == ours["cell-7"].splitlines()[-1]
    assert not [line for c in plain.cells for line in c.source.splitlines() if line.lstrip().startswith("%")]


def test_what_cannot_run_without_seglam_is_a_comment(world, blocked):
    folder, own = world
    cells = (
        *CELLS[:2],
        "%%reason --reuse cached -o nothing\nWhich poem do `waits` recite?",
        "nothing + 1",
        "import seglam\nfound = list(seglam.store)",
        "print(found)",
        "found = 3",
        "found + 1",
        "if started:\n    %seglam\nprint('on')",
    )
    write(folder, *cells, name="partly.ipynb")
    done = seglam(folder, "export-notebook", "partly.ipynb", "out.ipynb", "--force", **own)
    assert done.returncode == 0, done.stderr
    assert [line.split(" is ")[0] for line in done.stdout.splitlines()[:-1]] == ["cell 3", "cell 4", "cell 5", "cell 6"]
    plain = executed(folder / "out.ipynb", blocked)
    shown = {cell: text for cell, text in texts(plain).items() if text}
    assert shown == {"cell-8": "4", "cell-9": "on"}
    first, second, *_ = plain.cells[2].source.splitlines()
    assert first == "# This question failed when the notebook was exported (E-MISS):"
    assert second.startswith("# %%reason")


def test_a_file_is_not_replaced_unasked(world):
    folder, own = world
    (folder / "kept.ipynb").write_text("mine", encoding="utf-8")
    done = seglam(folder, "export-notebook", "asked.ipynb", "kept.ipynb", **own)
    assert (done.returncode, "E-EXPORT-EXISTS" in done.stderr) == (1, True)
    assert (folder / "kept.ipynb").read_text(encoding="utf-8") == "mine"
