"""The right reply to a task, as a model would give it: what scripted characters say, and what tests the tasks."""

from __future__ import annotations

import json
from typing import Any

from ..courses import with_updates
from ..scripted.recordings import Recording, fold
from .tasks import BenchTask, Variant

_PACE = 1000  # characters of a streamed piece
_VARIANTS: tuple[Variant, ...] = ("asked", "necessary", "unnecessary")


def recordings(task: BenchTask) -> dict[str, tuple[str, Recording]]:
    """What a scripted model replies to a task: without an update, and with either."""
    found = {}
    for variant in _VARIANTS:
        text = with_updates(task.question, task.updates(variant))
        recording = Recording(question=text, reply=reply(task, variant), chunk=_PACE)
        found[fold(text)] = (f"{task.name}.{variant}", recording)
    return found


def reply(task: BenchTask, variant: Variant = "asked") -> dict[str, Any]:
    """The reply with the reference procedure of a variant."""
    made = {
        "name": task.name,
        "summary": f"A task of the bench: {task.kind}.",
        "parameters": [_parameter(name, kind) for name, kind in task.slots.items()],
        "meaning": {"aggregate": "", "target": "", "conditions": [], "grouping": [], "order": _order(task)},
        "templates": [{"lang": "en", "text": _template(task, variant)}],
        "code": task.code(variant).lstrip(),
        "returns": task.returns,
        "examples": [example(task, variant)],
        "properties": [claim.model_dump() for claim in task.asked.properties],
    }
    if variant == "asked":
        return made
    taken = variant == "necessary"
    return {**made, "update_checks": _checks(task) if taken else [], "changes_nothing": not taken}


def example(task: BenchTask, variant: Variant) -> dict[str, str]:
    """A hidden test as the example of a reply; on plain data, as examples are."""
    shown = _telling(task)
    arguments = {name: _given(task, name, shown) for name in task.slots}
    return {"arguments": json.dumps(arguments), "result": json.dumps(_rows(task, task.hidden[shown].expected(variant)))}


def _checks(task: BenchTask) -> list[dict[str, str]]:
    """What a model that took the update claims of it."""
    before, after = (example(task, variant) for variant in ("asked", "necessary"))
    return [{"input": after["arguments"], "before": before["result"], "after": after["result"]}]


def _telling(task: BenchTask) -> int:
    """The shortest hidden test that the update makes another."""
    differing = [n for n, test in enumerate(task.hidden) if test.asked != test.necessary]
    return min(differing, key=lambda n: len(task.hidden[n].rows))


def _given(task: BenchTask, name: str, shown: int) -> Any:
    frame = task.namespace(task.hidden[shown].rows)[name]
    text = [column for column, kind in frame.schema.items() if kind.is_temporal()]
    frame = frame.with_columns(frame[column].cast(str) for column in text)
    return frame.to_dicts() if task.slots[name] == "list" else frame.to_dict(as_series=False)


def _rows(task: BenchTask, expected: Any) -> Any:
    return [dict(zip(task.columns, row, strict=True)) for row in expected] if task.columns else expected


def _parameter(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "description": "a table", "example": name}


def _order(task: BenchTask) -> str:
    return "as the question says" if task.columns or task.returns == "list" else ""


def _template(task: BenchTask, variant: Variant) -> str:
    text = with_updates(task.question, task.updates(variant))
    for name in task.slots:
        text = text.replace(f"`{name}`", f"{{{name}}}", 1)
    return text
