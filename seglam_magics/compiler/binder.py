"""A small model is asked whether a question is one that a stored procedure answers, said in other words.

Off unless the setting `binder` is "model". It is asked about one procedure only, which missed by words nobody knows,
and in one cheap call. What it says is no hit: every binding it names is read out of the question again by the rules of
all others (`binder_checks`), and whoever accepts a proposal still runs the guards. Whatever goes wrong is a plain miss.
Names, dtypes and wordings are sent, as for compiling; no value of a cell and no example is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from ..errors import SeglamError
from ..settings import Seglam
from ..thinking.stream import Interrupted
from ..trust.redaction import redact
from ..words import Binding, Options, Parameter, Reading, Revision, Template, Usage
from .binder_checks import Sound, sound
from .gateway import Request
from .ledger import CompileFailed, Ledger, Order
from .request import Task, described, prompt
from .routing import reached

SECONDS = 10.0
MAX_TOKENS = 1_000  # of a reply that is a dozen of words; models that think need some before it
MOST_TEMPLATES = 12
LONGEST_WHY = 200
TOLD = (
    "min",
    "max",
    "dtype",
    "column",
    "items",
)  # of a domain; legal values only of a choice, where they are its words


@dataclass(frozen=True, slots=True)
class BindingProposal:
    """What came of asking.

    Attributes
    ----------
    verdict : `same` with bindings that hold; `different`, said by the model, which is a counter-example; `unsound`,
        where the model said `same` with bindings that are not in the question: a miss, and nothing to remember.
    bindings : of all parameters, where it is the same.
    template : the question as a wording of the procedure; None where a column is not named in it.
    why : the model's reason, or what is wrong with its bindings.
    """

    revision: Revision
    verdict: Literal["same", "different", "unsound"]
    bindings: Mapping[str, Binding]
    template: Template | None = None
    why: str = ""
    usage: Usage = Usage()


class BinderReply(BaseModel):
    """The reply of a model, as it is on the wire."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    same: StrictBool
    bindings: dict[str, str | int | float | None] = Field(default={}, max_length=60)
    why: str = Field("", max_length=2000)


def order_of(settings: Seglam, options: Options = Options()) -> Order | None:
    """What one question may spend on asking; None where nobody wants it or no model is set.

    >>> order_of(Seglam(model="scripted/demo")) is None
    True
    >>> order_of(Seglam(model="scripted/demo", binder="model"), Options(seconds=2)).seconds
    2
    """
    model = settings.binder_model or options.model or settings.model
    if settings.binder != "model" or not model:
        return None
    usd = options.usd if options.usd is not None else settings.budget_usd
    seconds = min(SECONDS, options.seconds or settings.timeout)
    target = reached(settings, model)
    return Order(target, seconds=seconds, tokens=options.tokens, usd=usd, max_tokens=MAX_TOKENS, purpose="confirm")


def propose(
    task: Task,
    revision: Revision,
    order: Order,
    known: Mapping[str, Binding] | None = None,
    spend: Callable[[Usage], object] = lambda _usage: None,
) -> BindingProposal | None:
    """Ask whether `revision` answers the question of `task`; None where nothing came of it.

    Parameters
    ----------
    known : bindings that were read already; the model may not say otherwise.
    spend : told what was used, also where nothing came of it.

    Raises
    ------
    KeyboardInterrupt : the user stopped it. Nothing else is raised: a model that cannot be reached, takes too long, is
        over the budget or replies something else is a miss.
    """
    ledger = Ledger(order, time.monotonic() + order.seconds)
    known = known or {}
    try:
        text = ledger.ask(asking(task, revision, known, order.max_tokens), _unwatched, 1).text
    except Interrupted:
        spend(ledger.usage)
        raise KeyboardInterrupt from None
    except CompileFailed as failed:
        spend(failed.usage)
        return None
    except SeglamError:
        return None
    spend(ledger.usage)
    reply = _parsed(text)
    return None if reply is None else _judged(reply, task.reading, revision, known, ledger.usage)


def _unwatched(_stage: str) -> None:
    """Progress nobody watches."""


def _judged(
    reply: BinderReply, reading: Reading, revision: Revision, known: Mapping[str, Binding], usage: Usage
) -> BindingProposal:
    why = redact(" ".join(reply.why.split()))[:LONGEST_WHY]
    if not reply.same:
        return BindingProposal(revision, "different", {}, None, why, usage)
    found = sound({name: _text(value) for name, value in reply.bindings.items()}, reading, revision, known)
    if isinstance(found, Sound):
        return BindingProposal(revision, "same", found.bindings, found.template, why, usage)
    return BindingProposal(revision, "unsound", {}, None, found, usage)


def _text(value: str | float | None) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _parsed(text: str) -> BinderReply | None:
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.partition("\n")[2].rpartition("```")[0]
    try:
        return BinderReply.model_validate(json.loads(bare))
    except (ValidationError, ValueError, RecursionError):
        return None


# ---------------------------------------------------------------- what is sent


def asking(task: Task, revision: Revision, known: Mapping[str, Binding], max_tokens: int | None) -> Request:
    """The request: the question, the procedure without its source and examples, and what the question may use."""
    text = task.reading.text
    read = {name: b.shown for name, b in known.items() if b.shown and b.shown in text}
    procedure = {
        "name": revision.name,
        "summary": revision.summary,
        "wordings": [t.text for t in revision.templates[:MOST_TEMPLATES]],
        "slots": [_slot(p) for p in revision.parameters],
    }
    parts = [
        "Question:",
        redact(text),
        "",
        "Procedure:",
        redact(json.dumps(procedure, ensure_ascii=False, indent=1)),
        "",
        "The question may use these variables (names, kinds, dtypes, shapes):",
        redact(json.dumps(described(task.variables), ensure_ascii=False, indent=1)),
    ]
    if read:
        parts += ["", "These slots are read already:", redact(json.dumps(read, ensure_ascii=False))]
    messages = ({"role": "system", "content": _system()}, {"role": "user", "content": "\n".join(parts)})
    return Request(messages, schema_of(revision.parameters), max_tokens, "binding")


@cache
def _system() -> str:
    return prompt("binder.md")


def _slot(parameter: Parameter) -> dict[str, Any]:
    told = (*TOLD, "values") if parameter.type == "choice" else TOLD
    domain = {key: parameter.domain[key] for key in told if parameter.domain.get(key) is not None}
    entry: dict[str, Any] = {"name": parameter.name, "type": parameter.type, "description": parameter.description}
    return entry | ({"domain": domain} if domain else {})


def schema_of(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The strict JSON schema of a reply: one text or null for each slot.

    >>> sorted(schema_of((Parameter("k", "int"),))["properties"]["bindings"]["properties"])
    ['k']
    """
    slots = {p.name: {"type": ["string", "null"]} for p in parameters}
    bindings = {"type": "object", "properties": slots, "required": list(slots), "additionalProperties": False}
    keys = {"same": {"type": "boolean"}, "bindings": bindings, "why": {"type": "string"}}
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}
