"""What is asked of the model, built from the question and from names, dtypes and shapes; never from values.

Names of variables and columns are somebody's text: they travel as JSON strings, cut at a length, and the system message
says that they are data.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ..trust.redaction import redact
from ..words import Mode, Question, Reading, Variable
from .gateway import Request

LONGEST_NAME = 120
MOST_VARIABLES = 12
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Task:
    """A question that needs compiling: what was asked, how it was read, and what it may use."""

    question: Question
    reading: Reading
    variables: Mapping[str, Variable]


@cache
def prompt(name: str) -> str:
    """The text of a prompt file of this room."""
    return resources.files(__package__).joinpath("prompts", name).read_text(encoding="utf-8")


@cache
def modes() -> dict[str, dict[str, str]]:
    """What each mode asks for."""
    return tomllib.loads(prompt("modes.toml"))


def build(task: Task, mode: Mode, max_tokens: int | None) -> Request:
    """The first request for `task`.

    The user message holds the question as it was typed and one JSON object of what it may use. Known secrets in either
    are replaced by placeholders.
    """
    from .reply import strict_schema

    asked = modes()[mode]
    system = prompt("system.md").replace("{properties}", asked["properties"])
    parts = [
        "Question:",
        redact(task.reading.text),
        "",
        "It may use these variables (names, kinds, dtypes, shapes):",
        redact(json.dumps(described(task.variables), ensure_ascii=False, indent=1)),
    ]
    if asked["words"]:
        parts += ["", asked["words"]]
    messages = ({"role": "system", "content": system}, {"role": "user", "content": "\n".join(parts)})
    return Request(messages, strict_schema(), max_tokens)


def described(variables: Mapping[str, Variable]) -> list[dict[str, Any]]:
    """Variables as the model sees them: no values.

    >>> described({"xs": Variable("xs", "list", rows=3)})
    [{'name': 'xs', 'kind': 'list', 'items': 3}]
    """
    return [_described(v) for v in list(variables.values())[:MOST_VARIABLES]]


def _described(variable: Variable) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": variable.name[:LONGEST_NAME], "kind": variable.kind}
    if variable.kind != "frame":
        return entry if variable.rows is None else {**entry, "items": variable.rows}
    columns = {c.name[:LONGEST_NAME]: c.dtype for c in variable.columns[:MOST_COLUMNS]}
    entry = {**entry, "library": variable.library, "columns": columns}
    return entry if variable.rows is None else {**entry, "rows": variable.rows}


def repair(request: Request, reply: str, problem: str) -> Request:
    """The second and last request: the reply, and the check that it failed."""
    turns = (
        {"role": "assistant", "content": redact(reply)},
        {"role": "user", "content": prompt("repair.md").replace("{problem}", redact(problem))},
    )
    asked = (message for message in request.messages if not message.get("prefix"))  # what was begun is in the reply
    return Request((*asked, *turns), request.schema, request.max_tokens)
