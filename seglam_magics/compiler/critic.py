"""The critic: a second role that looks at code which verified and returns inputs, which are run.

What it says is no verdict. A counterexample whose arguments the procedure does not take is passed over, one that the
procedure answers as the critic expects costs nothing; one that it answers otherwise is a failed check like any other,
and stays with the procedure as an example once that is mended.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..errors import SeglamError
from ..trust.redaction import redact, redacted
from ..words import Example, Revision, Usage
from .critic_checks import Counterexample, legal
from .gateway import Request
from .ledger import CompileFailed, Ledger, Order, Progress
from .request import Task, described, prompt

if TYPE_CHECKING:
    from ..verify import Executor

MOST = 5
MAX_TOKENS = 8_000  # of a reply of a few small tables; models that think need some before it
CHECK = "counterexample"


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Found(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    arguments: Annotated[str, BeforeValidator(_text)] = Field(max_length=20_000)
    result: Annotated[str, BeforeValidator(_text)] = Field(max_length=20_000)
    why: str = Field("", max_length=2_000)


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    counterexamples: list[_Found] = Field(max_length=40)


class Critic:
    """Asked once about what a model wrote; what it found is run against every later version of it.

    Attributes
    ----------
    usage : what it used, None while nobody has asked it.
    error : why it was not heard, None where it was.
    """

    def __init__(self, executor: Executor, order: Order, progress: Progress) -> None:
        self._executor, self._order, self._progress = executor, order, progress
        self._found: tuple[Counterexample, ...] | None = None
        self._failed: frozenset[Counterexample] = frozenset()
        self.usage: Usage | None = None
        self.error: SeglamError | None = None

    def looked_at(self, revision: Revision, task: Task, author: Ledger) -> tuple[Revision, tuple[str, ...]]:
        """`revision` with the counterexamples it has come to answer, and what to say of the criticism.

        Raises
        ------
        SeglamError : E-VERIFY with the counterexample it does not answer.
        Interrupted : the user stopped it.
        """
        if self._found is None:
            self._found = self._asked(revision, task, author)
        for one in self._found:
            self._held(one, revision, author)
        kept = tuple(one.example for one in self._found if one in self._failed)
        unheard = (SeglamError("W-CRITIC-UNHEARD", why=self.error.says).says,) if self.error is not None else ()
        return dataclasses.replace(revision, examples=(*revision.examples, *kept)), unheard

    def _held(self, one: Counterexample, revision: Revision, author: Ledger) -> None:
        """Run one counterexample; raises E-VERIFY where the answer is another one."""
        if not legal(one.example.arguments, revision.parameters):
            return
        tried = dataclasses.replace(revision, examples=(one.example,), properties=())
        verdict = self._executor.verify(tried, cases=1, seconds=author.left())
        failure = verdict.failure
        if failure is not None:
            self._failed |= {one}
            raise SeglamError("E-VERIFY", check=CHECK, why=f"{failure.message}; {one.why}".rstrip("; "))

    def _asked(self, revision: Revision, task: Task, author: Ledger) -> tuple[Counterexample, ...]:
        """What the critic finds; nothing where it cannot be heard, which spoils no answer."""
        order = _order(self._order, author)
        ledger = Ledger(order, time.monotonic() + author.left())
        self._progress(f"asking {order.target.model} for counterexamples")
        try:
            text = ledger.ask(asking(revision, task, order.max_tokens), _unwatched, 1).text
            return _parsed(text)
        except CompileFailed as failed:
            self.error = failed.error
        except SeglamError as error:
            self.error = error
        finally:
            self.usage = ledger.usage
            author.shared(ledger.usage)
        return ()


def _unwatched(_stage: str) -> None:
    """Progress nobody watches."""


def _order(order: Order, author: Ledger) -> Order:
    """What the critic may use: what its author has left."""
    used = author.usage
    tokens = None if order.tokens is None else max(0, order.tokens - used.tokens_in - used.tokens_out)
    usd = None if order.usd is None else max(0.0, order.usd - (used.usd or 0.0))
    most = min(order.max_tokens or MAX_TOKENS, MAX_TOKENS)
    target = order.route.critic or order.target
    return dataclasses.replace(order, target=target, tokens=tokens, usd=usd, max_tokens=most, purpose="critic")


# ---------------------------------------------------------------- what is sent, and what comes back


def asking(revision: Revision, task: Task, max_tokens: int | None) -> Request:
    """The request: the question, the code with what it takes, and its tests. No value of a cell is sent."""
    procedure = {
        "code": revision.source,
        "parameters": [_parameter(p) for p in revision.parameters],
        "returns": revision.returns,
        "examples": [{"arguments": e.arguments, "result": e.result} for e in revision.examples],
        "properties": [{"claim": p.claim, "code": p.code} for p in revision.properties],
    }
    parts = [
        "Question:",
        task.reading.text,
        "",
        "It may use these variables (names, kinds, dtypes, shapes):",
        json.dumps(described(task.variables), ensure_ascii=False, indent=1),
        "",
        "Procedure:",
        json.dumps(procedure, ensure_ascii=False, indent=1, default=str),
    ]
    content = redact("\n".join(parts))
    messages = ({"role": "system", "content": prompt("critic.md")}, {"role": "user", "content": content})
    return Request(messages, _schema(), max_tokens, "criticism")


def _parameter(parameter: Any) -> dict[str, Any]:
    return {"name": parameter.name, "type": parameter.type, "domain": dict(parameter.domain)}


@cache
def _schema() -> Mapping[str, Any]:
    """The strict JSON schema of a reply."""
    texts = {name: {"type": "string"} for name in ("arguments", "result", "why")}
    one = {"type": "object", "properties": texts, "required": list(texts), "additionalProperties": False}
    keys = {"counterexamples": {"type": "array", "items": one}}
    return {"type": "object", "properties": keys, "required": list(keys), "additionalProperties": False}


def _parsed(text: str) -> tuple[Counterexample, ...]:
    """The counterexamples in a reply, those that are none left out; raises E-LLM-FORMAT where it is no reply at all."""
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.partition("\n")[2].rpartition("```")[0]
    try:
        found = _Reply.model_validate(redacted(json.loads(bare))).counterexamples
    except (ValidationError, ValueError, RecursionError):
        raise SeglamError("E-LLM-FORMAT", why="it is no list of counterexamples") from None
    return tuple(one for part in found[:MOST] if (one := _counterexample(part)) is not None)


def _counterexample(part: _Found) -> Counterexample | None:
    try:
        arguments, result = json.loads(part.arguments), json.loads(part.result)
    except (ValueError, RecursionError):
        return None
    if not isinstance(arguments, dict):
        return None
    return Counterexample(Example(arguments, result), " ".join(part.why.split())[:200])
