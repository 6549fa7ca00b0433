"""A revision by hand: source of a `%%procedure` cell, or one more property of a `%%property` cell, all else kept."""

from __future__ import annotations

import ast
import dataclasses

from ..errors import SeglamError
from ..procedure.identity import canonical_source
from ..trust.redaction import holds_secret
from ..words import Property, Revision
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


def claimed(head: Revision, source: str) -> Revision:
    """The revision that one more property makes of `head`, in place of one of its name; `head` where nothing changed.

    Raises
    ------
    SeglamError : E-PROPERTY-FORM where it is not one function of `run` and the parameters of `head`, E-SECRET-SOURCE.
    """
    if holds_secret(source):
        raise SeglamError("E-SECRET-SOURCE", name=head.name)
    added = _property(head, canonical_source(source))
    kept = tuple(each for each in head.properties if each.name != added.name)
    if added in head.properties:
        return head
    changed = dataclasses.replace(
        head, properties=(*kept, added), parent=head.proc_id, author="human", model="", verdict=None
    )
    return under_name(changed, head.name)


def _property(head: Revision, source: str) -> Property:
    """The property that `source` defines; its docstring is what it claims."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _formless(head, str(error).splitlines()[0]) from None
    match body:
        case [ast.FunctionDef(name=name) as function]:
            wanted = [parameter.name for parameter in head.parameters]
            if [each.arg for each in function.args.args] != ["run"] or _named(function) != wanted:
                raise _formless(head, "its parameters are not those of the procedure")
            claim = ast.get_docstring(function) or name.replace("_", " ")
            return Property(name, " ".join(claim.split()), source)
    raise _formless(head, "it is not one function")


def _named(function: ast.FunctionDef) -> list[str]:
    return [each.arg for each in function.args.kwonlyargs]


def _formless(head: Revision, why: str) -> SeglamError:
    parameters = ", ".join(["run", "*", *(parameter.name for parameter in head.parameters)])
    return SeglamError("E-PROPERTY-FORM", name=head.name, why=why, parameters=parameters)
