"""The verb `again`: a procedure is written anew, from its question and from what became of its last version."""

from __future__ import annotations

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import say

from .group import verb
from .office import Office, Output


@verb("again", "done, why")
@click.argument("why", nargs=-1)
def again(office: Office, *, why: tuple[str, ...]) -> Output:
    """Have the procedure of the last question written anew.

    The model gets the question, the last version with its verdict, and WHY you want another. What comes is the next
    version; both are kept, and what differs is shown. The setting restarts limits how often that goes on in a row.
    """
    text = " ".join(why).strip()
    if not office.in_notebook:
        raise SeglamError("E-USAGE", problem=say("again.nowhere"), advice=say("again.elsewhere"))
    office.again(text)
    return Output("", {"done": "again", "why": text})
