"""The compile reply: one JSON object, the same at every provider, validated here whoever promised what.

Free-form values travel as JSON texts, because strict schemas know no free-form objects; objects are accepted as well.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..errors import SeglamError
from ..procedure.ambient import is_ambient
from ..trust.redaction import OPENING, redacted
from ..words import Example, Meaning, Parameter, Property, Template

SLOTS = Literal[
    "int", "float", "str", "bool", "date", "column", "columns", "frame", "series", "list", "dict", "choice", "text"
]
RETURNS = Literal["frame", "list", "dict", "number", "str", "bool", "date"]
Scalar = str | int | float | bool | None
TEXTUAL = frozenset({"str", "text", "choice", "column", "frame", "series", "dict", "list", "date"})
LONGEST = 64_000
LONGEST_PLACE = 80
T = TypeVar("T")


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _or(default: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: default() if value is None else value)


JsonText = Annotated[str, BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class DomainPart(_Part):
    """What values a parameter may have."""

    min: float | None = None
    max: float | None = None
    values: list[Scalar] | None = None
    dtype: str | None = None
    column: str | None = None
    items: str | None = None


class ParameterPart(_Part):
    """A parameter, its example any scalar or a list of them."""

    name: str = Field(max_length=64)
    type: SLOTS
    description: str = Field("", max_length=2000)
    domain: DomainPart | None = None
    example: Scalar | list[Scalar] = None


class MeaningPart(_Part):
    """What the procedure is said to compute."""

    aggregate: str = ""
    target: str = ""
    conditions: list[str] = []
    grouping: list[str] = []
    order: str = ""


class TemplatePart(_Part):
    """A wording."""

    lang: str = Field("en", max_length=16)
    text: str = Field(max_length=20_000)


class SynonymPart(_Part):
    """Words for a fixed column."""

    column: str
    words: list[str]


class ExamplePart(_Part):
    """An example, as two JSON texts."""

    arguments: JsonText
    result: JsonText


class PropertyPart(_Part):
    """A property, as source."""

    name: str = Field(max_length=64)
    claim: str = Field("", max_length=2000)
    code: str = Field(max_length=LONGEST)


def _asked(value: Any) -> Any:
    return {"question": value} if isinstance(value, str) else value


class OpenPart(_Part):
    """What the question leaves open, and what the code takes; a bare text is one without a default."""

    question: str = Field("", max_length=2000)
    taken: Annotated[str, _or(str)] = Field("", max_length=2000)


class UpdatePart(_Part):
    """What an update changes: an input, and the results before and after, as JSON texts."""

    input: JsonText
    before: JsonText
    after: JsonText


UPDATED = ("update_checks", "changes_nothing")  # asked for only where the question was added to


class Reply(_Part):
    """The reply of a model, as it is on the wire."""

    name: str = Field(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")
    summary: str = Field("", max_length=2000)
    parameters: list[ParameterPart] = Field(max_length=40)
    meaning: Annotated[MeaningPart, _or(MeaningPart)] = MeaningPart()
    templates: list[TemplatePart] = Field(min_length=1, max_length=60)
    synonyms: Annotated[list[SynonymPart], _or(list)] = []
    ignorable: Annotated[list[str], _or(list)] = []
    code: str = Field(max_length=LONGEST)
    returns: RETURNS
    examples: Annotated[list[ExamplePart], _or(list)] = Field([], max_length=40)
    properties: Annotated[list[PropertyPart], _or(list)] = Field([], max_length=40)
    effects: Annotated[list[str], _or(list)] = []
    open_questions: Annotated[list[Annotated[OpenPart, BeforeValidator(_asked)]], _or(list)] = []
    lesson: Annotated[str, _or(str)] = Field("", max_length=2000)
    update_checks: Annotated[list[UpdatePart], _or(list)] = Field([], max_length=20)
    changes_nothing: Annotated[bool, _or(bool)] = False


@cache
def strict_schema(*, updated: bool = False) -> dict[str, Any]:
    """The JSON schema of a reply in the strict dialect: every key required, no further ones, no defaults.

    Parameters
    ----------
    updated : of a question that was added to while its model thought about it.
    """
    whole = Reply.model_json_schema()
    if not updated:
        whole["properties"] = {name: part for name, part in whole["properties"].items() if name not in UPDATED}
        whole["$defs"].pop("UpdatePart")
    schema: dict[str, Any] = _strict(whole)
    return schema


_NOT_STRICT = ("default", "title", "maxLength", "minLength", "maxItems", "minItems", "pattern")


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(n) for n in node]
    if not isinstance(node, dict):
        return node
    # below `properties` and `$defs` keys are names, elsewhere they are keywords
    plain = {
        k: {n: _strict(v) for n, v in value.items()} if k in ("properties", "$defs") else _strict(value)
        for k, value in node.items()
        if k not in _NOT_STRICT
    }
    if plain.get("type") == "object":
        plain["additionalProperties"] = False
        plain["required"] = list(plain.get("properties", {}))
    return plain


def parse(text: str, finish: str = "stop") -> Reply:
    """The reply in `text`; a code fence around it is forgiven.

    Raises
    ------
    SeglamError : E-LLM-FORMAT with what is wrong, first problem first; E-MODEL-REFUSED where the provider filtered it.
    """
    if finish == "content_filter":
        raise SeglamError("E-MODEL-REFUSED", model="the model", why="its provider filtered the reply")
    if finish == "length":
        raise SeglamError("E-LLM-FORMAT", why="it was cut off at the limit of tokens")
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.partition("\n")[2].rpartition("```")[0]
    try:
        return _clean(Reply.model_validate(redacted(json.loads(bare))))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:LONGEST_PLACE] or "the object"
        raise SeglamError("E-LLM-FORMAT", why=f"{where}: {first['msg'].lower()}") from None
    except RecursionError:
        raise SeglamError("E-LLM-FORMAT", why="it is nested too deep") from None
    except ValueError as error:
        raise SeglamError("E-LLM-FORMAT", why=f"it is not JSON ({str(error)[:80]})") from None


def _clean(reply: Reply) -> Reply:
    """`reply`, whose secrets are placeholders by now; code that holds one would compute with the placeholder."""
    if any(OPENING in code for code in (reply.code, *(p.code for p in reply.properties))):
        raise SeglamError("E-LLM-FORMAT", why="the code holds a secret or its placeholder; take it as a str parameter")
    return reply


def parameters_of(reply: Reply) -> tuple[Parameter, ...]:
    """Parameters with their examples in the type of the slot; raises E-LLM-FORMAT where one is not."""
    return tuple(_parameter(p) for p in reply.parameters)


def _parameter(part: ParameterPart) -> Parameter:
    domain = {} if part.domain is None else {k: v for k, v in part.domain.model_dump().items() if v is not None}
    try:
        example = _typed(part.example, part.type)
    except ValueError:
        if is_ambient(Parameter(part.name, part.type)):  # "now" is no date, and none is needed
            return Parameter(part.name, part.type, part.description, domain)
        why = f"the example {part.example!r} of parameter {part.name} is no {part.type}"
        raise SeglamError("E-LLM-FORMAT", why=why) from None
    return Parameter(part.name, part.type, part.description, domain, example)


def _typed(value: Any, kind: str) -> Any:
    if value is None or kind in ("columns", "bool"):
        return value
    if kind == "int":
        number = float(value)
        return int(number) if number.is_integer() else _refuse()
    if kind == "float":
        return float(value)
    if kind == "date":
        return dt.date.fromisoformat(str(value)[:10])
    return str(value) if not isinstance(value, list) else value


def _refuse() -> Any:
    raise ValueError


def templates_of(reply: Reply) -> tuple[Template, ...]:
    """The wordings, each once."""
    return tuple(dict.fromkeys(Template(" ".join(t.text.split()), t.lang) for t in reply.templates))


def examples_of(reply: Reply) -> tuple[Example, ...]:
    """Examples with their JSON texts read; raises E-LLM-FORMAT where one is not JSON."""
    return tuple(_example(e, reply.returns, number) for number, e in enumerate(reply.examples, 1))


def _example(part: ExamplePart, returns: str, number: int) -> Example:
    try:
        arguments = json.loads(part.arguments)
    except ValueError:
        raise SeglamError("E-LLM-FORMAT", why=f"the arguments of example {number} are not JSON") from None
    if not isinstance(arguments, dict):
        raise SeglamError("E-LLM-FORMAT", why=f"the arguments of example {number} are not an object")
    return Example(arguments, _result(part.result, returns))


def _result(text: str, returns: str) -> Any:
    try:
        result = json.loads(text)
    except ValueError:
        return text
    return text if returns in ("str", "date") and not isinstance(result, str | None) else result


def meaning_of(reply: Reply) -> Meaning:
    """The declared meaning."""
    part = reply.meaning
    return Meaning(part.aggregate, part.target, tuple(part.conditions), tuple(part.grouping), part.order)


def properties_of(reply: Reply) -> tuple[Property, ...]:
    """The properties, as they came."""
    return tuple(Property(p.name, p.claim, p.code) for p in reply.properties)
