"""Verbs that take procedures elsewhere, to run without seglam: `export export-notebook`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seglam_magics.errors import SeglamError
from seglam_magics.exporting.texts import counted, tell

from .group import verb
from .office import Office, Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seglam_magics.exporting.chosen import Chosen
    from seglam_magics.words import Revision

_PATH = click.Path(path_type=Path)


@verb("export", "path, procedures (a list of labels) or triples (how many), left_out (a list of sentences)")
@click.argument("names", metavar="[NAME[@N] …]", nargs=-1)
@click.option("--py", "folder", type=_PATH, metavar="DIR", help="Write a Python package with its tests.")
@click.option(
    "--jsonl", "file", type=_PATH, metavar="FILE", help="Write verified (question, procedure, verdict) triples."
)
@click.option("--force", is_flag=True, help="Replace what an earlier export has written there.")
def export(office: Office, *, names: tuple[str, ...], folder: Path | None, file: Path | None, force: bool) -> Output:
    """Write procedures for use without seglam; all that answer, where none is named.

    What is revoked, quarantined or not verified here is left out, each with a sentence. Packs: seglam pack export.
    """
    if (folder is None) == (file is None):
        raise SeglamError("E-USAGE", problem="export takes one of --py DIR and --jsonl FILE", advice="export --help")
    picked = _chosen(office, names)
    if not picked.revisions:
        raise SeglamError("E-EXPORT-NOTHING", why="; ".join(picked.left_out) or "nothing is stored yet")
    if folder is not None:
        return _package(folder, picked, force=force)
    assert file is not None
    return _triples(office, file, picked, force=force)


def _chosen(office: Office, names: Sequence[str]) -> Chosen:
    from seglam_magics.exporting.chosen import chosen

    catalogue, shelf = office.reasoner.catalogue, office.reasoner.library.shelf
    asked: list[Revision | None] = [catalogue.known(name) for name in names]
    found = asked or [shelf.active(name) for name in shelf.names()]
    return chosen({r.proc_id: r for r in found if r is not None}.values(), catalogue.approvals.state)


def _package(folder: Path, picked: Chosen, *, force: bool) -> Output:
    from seglam_magics.exporting.files import write_folder
    from seglam_magics.exporting.package import MARK, package_files, package_name

    folder = folder.absolute()
    files = package_files(package_name(folder.name), picked.revisions, picked.left_out)
    write_folder(folder, files, mark=MARK, force=force)
    done = tell("package.done", count=counted(len(picked.revisions), "procedure"), path=folder)
    data = {"path": str(folder), "procedures": [r.label for r in picked.revisions], "left_out": list(picked.left_out)}
    return Output("\n".join([*picked.left_out, done]), data)


def _triples(office: Office, file: Path, picked: Chosen, *, force: bool) -> Output:
    from seglam_magics.exporting.files import write_file
    from seglam_magics.exporting.triples import lines, triples

    rejected = office.reasoner.catalogue.corrections.rejected
    found = list(triples(picked.revisions, office.rows("answered"), rejected))
    write_file(file, lines(found), force=force)
    done = tell("triples.done", count=counted(len(found), "triple"), path=file)
    data = {"path": str(file), "triples": len(found), "left_out": list(picked.left_out)}
    return Output("\n".join([*picked.left_out, done]), data)


@verb("export-notebook", "path, cells, left (a list of sentences)")
@click.argument("notebook", type=_PATH)
@click.argument("out", type=_PATH, required=False)
@click.option(
    "--reuse", type=click.Choice(("auto", "cached")), default="cached", show_default=True, help="auto may ask."
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Limit of a cell.")
@click.option("--force", is_flag=True, help="Replace OUT.")
def export_notebook(
    office: Office, *, notebook: Path, out: Path | None, reuse: str, seconds: float | None, force: bool
) -> Output:
    """Run NOTEBOOK and write it as plain Python to OUT, NOTEBOOK-plain.ipynb by default.

    Each question becomes the source of what answered it and a call; what did not answer becomes a comment.
    """
    import nbformat

    from seglam_magics.exporting.executing import execute
    from seglam_magics.exporting.files import write_file
    from seglam_magics.exporting.notebooks import plain_notebook

    from .running import told

    path = out or notebook.with_name(f"{notebook.stem}-plain.ipynb")
    if path.exists() and not force:
        raise SeglamError("E-EXPORT-EXISTS", path=path)
    made = plain_notebook(execute(notebook, reuse=reuse, seconds=seconds, go_on=True, told=told(office)))
    write_file(path, nbformat.writes(made.notebook) + "\n", force=force)
    done = tell("notebook.done", path=path, count=counted(made.cells, "cell"))
    return Output("\n".join([*made.left, done]), {"path": str(path), "cells": made.cells, "left": made.left})
