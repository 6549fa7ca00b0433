"""The verb `accept`: a procedure that was made under an interrupt is taken as any other."""

from __future__ import annotations

import click

from seglam_magics.notebook.wording import say

from .group import verb
from .office import Office, Output


@verb("accept", "done, procedure")
@click.argument("name")
def accept(office: Office, *, name: str) -> Output:
    """Take NAME as it is, though something was said to the run that made it."""
    catalogue = office.reasoner.catalogue
    revision = catalogue.answering(name)
    waits = catalogue.provisional(revision)
    catalogue.accept(revision)
    data = {"done": "accept" if waits else "", "procedure": revision.label}
    return Output(say("think.accepted" if waits else "think.settled", procedure=revision.label), data)
