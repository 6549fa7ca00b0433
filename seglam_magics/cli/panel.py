"""Verbs of the notebook's own ground: `panel`, and `edit`, which writes a cell to correct a procedure in."""

from __future__ import annotations

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say, visible

from .group import verb
from .office import Office, Output


@verb("panel", "opened")
def panel(office: Office) -> Output:
    """Open the panel: what was answered and why, all procedures, their versions and tests, and what corrects them."""
    if not office.in_notebook:
        raise SeglamError("E-USAGE", problem=say("panel.elsewhere"), advice=say("panel.terminal"))
    from seglam_magics.panel import panel as opened

    return Output("", {"opened": True}, value=opened(office))


@verb("edit", "procedure, cell")
@click.argument("name")
def edit(office: Office, *, name: str) -> Output:
    """Write a cell below with the code of NAME, to be corrected; in a terminal, print it.

    Run as it is, the cell changes nothing; changed, it is verified and stored as the next version.
    """
    revision = office.reasoner.catalogue.known(name)
    cell = editing(revision.name, revision.source)
    data = {"procedure": revision.label, "cell": cell}
    return Output(say("edit.below", name=revision.name), data) if office.write(cell) else Output(cell, data)


def editing(name: str, source: str) -> str:
    r"""The cell in which a procedure is corrected.

    >>> editing("rows", "def rows(xs):\n    return len(xs)\n")
    '%%procedure rows\ndef rows(xs):\n    return len(xs)'
    """
    return f"%%procedure {name}\n{visible(source, joiners=False).rstrip()}"
