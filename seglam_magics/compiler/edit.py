"""A revision by hand: the source of a `%%procedure` cell in place of the model's, everything else kept."""

from __future__ import annotations

import dataclasses

from ..errors import SeglamError
from ..procedure.identity import canonical_source
from ..trust.redaction import holds_secret
from ..words import Revision
from .checks import check_signature, under_name


def edited(head: Revision, source: str) -> Revision:
    """The revision that `source` makes of `head`, its number and verdict open; `head` itself where nothing changed.

    Raises
    ------
    SeglamError : E-PROCEDURE-FORM where it does not define the function with the parameters of `head`, E-SECRET-SOURCE
        where it holds a secret: without it the code would compute something else.
    """
    if holds_secret(source):
        raise SeglamError("E-SECRET-SOURCE", name=head.name)
    source = canonical_source(source)
    try:
        check_signature(source, head.name, head.parameters)
    except SeglamError as error:
        raise SeglamError("E-PROCEDURE-FORM", name=head.name, why=error.facts["why"]) from None
    if source == head.source:
        return head
    changed = dataclasses.replace(head, source=source, parent=head.proc_id, author="human", model="", verdict=None)
    return under_name(changed, head.name)
