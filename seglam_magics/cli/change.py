"""Verbs that change what answers: `retire restore pin unpin`.

Every one names the verb that undoes it.
"""

from __future__ import annotations

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say

from .group import verb
from .office import Office, Output


def _done(what: str, procedure: str) -> Output:
    return Output(say(f"change.{what}", procedure=procedure), {"done": what, "procedure": procedure})


@verb("retire", "done, procedure")
@click.argument("name")
def retire(office: Office, *, name: str) -> Output:
    """Take NAME out of use; nothing is deleted."""
    office.reasoner.catalogue.retire(name)
    return _done("retire", name)


@verb("restore", "done, procedure")
@click.argument("name")
def restore(office: Office, *, name: str) -> Output:
    """Bring a retired NAME back."""
    office.reasoner.catalogue.restore(name)
    return _done("restore", name)


@verb("pin", "done, procedure")
@click.argument("label", metavar="NAME@N")
def pin(office: Office, *, label: str) -> Output:
    """Answer with this version, whatever is newer."""
    if "@" not in label:
        raise SeglamError("E-USAGE", problem=say("change.which"), advice=say("change.pin_form", name=label))
    office.reasoner.catalogue.pin(label)
    return _done("pin", label)


@verb("unpin", "done, procedure")
@click.argument("name")
def unpin(office: Office, *, name: str) -> Output:
    """Answer with the newest version again."""
    office.reasoner.catalogue.unpin(name)
    return _done("unpin", name)
