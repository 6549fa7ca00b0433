"""A revision by hand: the source of a `%%procedure` cell in place of the model's, everything else kept."""

from __future__ import annotations

import dataclasses

from ..errors import SeglamError
from ..procedure.identity import canonical_source, proc_id
from ..words import Revision
from .checks import check_signature


def edited(head: Revision, source: str) -> Revision:
    """The revision that `source` makes of `head`, its number and verdict open; `head` itself where nothing changed.

    Raises
    ------
    SeglamError : E-PROCEDURE-FORM where it does not define the function with the parameters of `head`.
    """
    source = canonical_source(source)
    try:
        check_signature(source, head.name, head.parameters)
    except SeglamError as error:
        raise SeglamError("E-PROCEDURE-FORM", name=head.name, why=error.facts["why"]) from None
    if source == head.source:
        return head
    identity = proc_id(
        source,
        head.parameters,
        returns=head.returns,
        templates=head.templates,
        properties=head.properties,
        requires=head.requires,
        effects=head.effects,
    )
    return dataclasses.replace(
        head,
        source=source,
        proc_id=identity,
        parent=head.proc_id,
        author="human",
        model="",
        usage=head.usage,
        verdict=None,
    )
