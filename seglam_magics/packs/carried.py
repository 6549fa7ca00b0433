"""A procedure as a pack carries it: what its identity is made of and what it is found by, of known shape and size.

Its number belongs to the store it came from, and so do its parent, what its compile had cost and every trust; none of
them is carried. The verdict is, as a claim of its author's.
"""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from ..procedure.identity import identity_of
from ..procedure.record import from_record, to_record
from ..question.wording import SLOT
from ..verify import lint_revision
from ..words import Revision
from .container import refused, shown
from .manifest import FOLDER, Part, shaped
from .strict import dumped

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
Word = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=2_000)]
Code = Annotated[str, Field(max_length=70_000)]
Number = Annotated[int, Field(ge=-(10**15), le=10**15)] | Annotated[float, Field(ge=-1e15, le=1e15)]
Scalar = Line | bool | int | float | None
Tagged = dict[Literal["$", "v"], Any]  # what JSON has no form for, see `procedure.wire`
_FEW, _MANY = 64, 500
_NOT_CARRIED = ("number", "parent", "usage")


class CarriedDomain(Part):
    """What values of a slot are legal."""

    min: Scalar | Tagged = None
    max: Scalar | Tagged = None
    values: list[Scalar | Tagged] | None = Field(default=None, max_length=_MANY)
    dtype: Word | None = None
    column: Word | None = None
    items: Word | None = None


class CarriedParameter(Part):
    """A slot."""

    name: Name
    type: Literal[
        "int", "float", "str", "bool", "date", "column", "columns", "frame", "series", "list", "dict", "choice", "text"
    ]
    description: Line = ""
    domain: CarriedDomain = CarriedDomain()
    example: Scalar | Tagged | list[Scalar | Tagged] = None


class CarriedTemplate(Part):
    """A wording."""

    text: Line
    lang: Annotated[str, Field(max_length=35)] = "en"


class CarriedMeaning(Part):
    """What it declares to compute."""

    aggregate: Line = ""
    target: Line = ""
    conditions: list[Line] = Field(default=[], max_length=_FEW)
    grouping: list[Line] = Field(default=[], max_length=_FEW)
    order: Line = ""


class CarriedRequirement(Part):
    """Columns its source names."""

    parameter: Name
    columns: dict[Word, Word] = Field(default={}, max_length=_MANY)


class CarriedExample(Part):
    """A call and its result."""

    arguments: dict[str, Any]
    result: Any


class CarriedProperty(Part):
    """A claim with its code."""

    name: Name
    claim: Line
    code: Code


class CarriedCheck(Part):
    """A check of its author's."""

    name: Word
    ok: Literal[True]
    cases: Annotated[int, Field(ge=0, le=10**9)] = 0
    message: Literal[""] = ""


class CarriedVerdict(Part):
    """What its author's verification found: nothing but verified procedures is carried."""

    ok: Literal[True]
    checks: list[CarriedCheck] = Field(default=[], max_length=_MANY)
    tier: Annotated[str, Field(max_length=8)] = "S1"
    seconds: Number = 0.0


class Carried(Part):
    """A procedure."""

    name: Name
    proc_id: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    source: Code
    summary: Line = ""
    parameters: list[CarriedParameter] = Field(default=[], max_length=_FEW)
    templates: list[CarriedTemplate] = Field(default=[], max_length=_FEW)
    returns: Literal["frame", "list", "dict", "number", "str", "bool", "date"] = "number"
    meaning: CarriedMeaning = CarriedMeaning()
    requires: list[CarriedRequirement] = Field(default=[], max_length=_FEW)
    synonyms: dict[Word, list[Word]] = Field(default={}, max_length=_MANY)
    ignorable: list[Word] = Field(default=[], max_length=_MANY)
    examples: list[CarriedExample] = Field(default=[], max_length=_FEW)
    properties: list[CarriedProperty] = Field(default=[], max_length=_FEW)
    effects: list[Word] = Field(default=[], max_length=_FEW)
    verdict: CarriedVerdict
    author: Literal["model", "human"] = "model"
    model: Word = ""
    question: Line = ""
    created: Number = 0.0


def entry_of(revision: Revision) -> tuple[str, bytes]:
    """Name and bytes of the entry of `revision`; it is what `revision_of` reads."""
    record = to_record(revision)
    record = {name: record[name] for name in Carried.model_fields if name not in _NOT_CARRIED}
    if record["verdict"]:
        record["verdict"] |= {"checks": [check | {"message": ""} for check in record["verdict"]["checks"]]}
    return f"{FOLDER}{revision.proc_id}.json", dumped(record)


def revision_of(name: str, plain: dict[str, Any]) -> Revision:
    """The revision of an entry, its number open.

    Raises
    ------
    SeglamError : E-PACK-RECORD where it is none; E-PACK-DIGEST where it is not what its identity says; E-PACK-LINT
        where it does what no procedure may.
    """
    shaped(Carried, plain, name)
    try:
        revision = dataclasses.replace(from_record({**plain, "number": 0}), parent=None, usage=None)
        identity = identity_of(revision)
    except (KeyError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise refused("E-PACK-RECORD", name=name, why=f"{type(error).__name__}: {error}") from None
    if identity != revision.proc_id or name != f"{FOLDER}{identity}.json":
        raise refused("E-PACK-DIGEST", name=name, why="is another procedure than its identity says: it was changed")
    for problem in _problems(revision):
        raise refused("E-PACK-RECORD", name=name, why=problem)
    for part, finding in lint_revision(revision):
        told = {"line": finding.line, "what": shown(finding.says)}
        raise refused("E-PACK-LINT", procedure=revision.name, part=part, rule=finding.code, **told)
    return revision


def _problems(revision: Revision) -> Iterator[str]:
    """What a procedure of sound shape may still be wrong in."""
    slots = [p.name for p in revision.parameters]
    if keyword.iskeyword(revision.name) or len(set(slots)) != len(slots):
        yield "its name is a word of Python's, or two slots have one name"
    if not revision.templates:
        yield "it has no wording"
    for template in revision.templates:
        strange = set(SLOT.findall(template.text)) - set(slots)
        if strange or not template.text.isprintable():
            yield "a wording has a slot that is none, or something hidden in it"
    for requirement in revision.requires:
        if requirement.parameter not in slots:
            yield "it requires columns of what is no slot"
