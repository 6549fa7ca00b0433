"""What is asked of the model, built from the question and from names, dtypes and shapes; never from values.

Names of variables and columns are somebody's text: they travel as JSON strings, cut at a length, and the system message
says that they are data.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ..trust.redaction import redact
from ..words import Question, Reading, Variable
from .gateway import Request
from .modes import Manner

LONGEST_NAME = 120
LONGEST_LESSON = 300
LONGEST_BEFORE = 8_000
MOST_LESSONS = 3
MOST_VARIABLES = 12
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Before:
    """A version of a procedure that is to be written anew.

    Attributes
    ----------
    source : its code, "" where there was none.
    verdict : what became of it, in a sentence.
    why : what its user says against it.
    """

    source: str = ""
    verdict: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A question that needs compiling: what was asked, how it was read, and what it may use.

    Attributes
    ----------
    lessons : what went wrong when procedures of this kind were written, one line each.
    before : the version that is to be written anew, None where none is.
    updated : it was added to while its model thought about it.
    """

    question: Question
    reading: Reading
    variables: Mapping[str, Variable]
    lessons: tuple[str, ...] = ()
    before: Before | None = None
    updated: bool = False


@cache
def prompt(name: str) -> str:
    """The text of a prompt file of this room."""
    return resources.files(__package__).joinpath("prompts", name).read_text(encoding="utf-8")


@cache
def _parts() -> dict[str, str]:
    return tomllib.loads(prompt("request.toml"))


def build(task: Task, asked: Manner, max_tokens: int | None) -> Request:
    """The first request for `task`.

    The system message is the same for every question and every mode, so that a provider may keep it. The user message
    holds the question as it was typed, one JSON object of what it may use, and what the mode, earlier lessons and an
    earlier version add. Known secrets in any of it are replaced by placeholders.
    """
    from .reply import strict_schema

    said = {
        "question": {"text": task.reading.text},
        "variables": {"variables": _json(described(task.variables))},
        "properties": {"properties": asked.properties},
        "words": {"words": asked.words} if asked.words else None,
        "lessons": {"lessons": _json(_noted(task.lessons))} if task.lessons else None,
        "again": {"again": _json(_told(task.before))} if task.before is not None else None,
    }
    content = "\n".join(_filled(name, facts) for name, facts in said.items() if facts is not None)
    system = prompt("system.md") + (prompt("update.md") if task.updated else "")
    messages = ({"role": "system", "content": system}, {"role": "user", "content": redact(content)})
    return Request(messages, strict_schema(updated=task.updated), max_tokens, effort=asked.effort)


def _filled(name: str, facts: Mapping[str, str]) -> str:
    wording = _parts()[name]
    for key, value in facts.items():
        wording = wording.replace(f"{{{key}}}", value)
    return wording


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _noted(lessons: Sequence[str]) -> list[str]:
    """Lessons as they are sent: the first few of them, a line each."""
    return [" ".join(lesson.split())[:LONGEST_LESSON] for lesson in lessons[:MOST_LESSONS]]


def _told(before: Before) -> dict[str, str]:
    said = {"code": before.source, "what became of it": before.verdict, "what its user says": before.why}
    return {key: text[:LONGEST_BEFORE] for key, text in said.items() if text}


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
    """The request after a reply that cannot be used: the reply, and the check that it failed."""
    turns = (
        {"role": "assistant", "content": redact(reply)},
        {"role": "user", "content": prompt("repair.md").replace("{problem}", redact(problem))},
    )
    asked = (message for message in request.messages if not message.get("prefix"))  # what was begun is in the reply
    return Request((*asked, *turns), request.schema, request.max_tokens, effort=request.effort)
