"""Where an answer comes from, as `why RESULT` shows it: question, compile, version, inputs and other results."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.status import tokens
from seglam_magics.notebook.wording import money, one_line, say, span
from seglam_magics.words import Usage

from .texts import indented, pairs, when

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seglam_magics.store.lineage import Lineage

_SHOWN = 5  # of the latest answers


def data(found: Lineage) -> dict[str, Any]:
    """The lineage as data; what the log holds as JSON is an object here."""
    return {name: _read(part) if isinstance(part, dict) else part for name, part in dataclasses.asdict(found).items()}


def _read(part: Mapping[str, Any]) -> dict[str, Any]:
    parsed = {name: _parsed(part[name]) for name in ("slots", "inputs", "requires", "latest") if name in part}
    return {**part, **parsed}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:  # an event somebody else wrote
        return None


def text(found: Lineage) -> str:
    """The lineage as a block of lines."""
    facts = data(found)
    rows = {
        "asked": _asked(facts["question"], found.answer),
        "answered": _answered(facts["question"], facts["revision"]),
        "inputs": "; ".join(_inputs(facts["question"].get("inputs"))),
        "version": _version(facts["revision"]),
        "demands": "; ".join(_demands(facts["revision"].get("requires"))),
        "compiled": _compiled(facts["run"]),
        "results": _results(facts["results"]),
    }
    lines = [*pairs((say(f"lineage.{name}"), row) for name, row in rows.items()).splitlines(), *_latest(facts)]
    return "\n".join([say("lineage.title"), *indented(lines)])


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def _asked(question: Mapping[str, Any], answer: str) -> str:
    return _joined(when(question["time"]), question["notebook"], one_line(question["question"] or "", 80), answer)


def _answered(question: Mapping[str, Any], revision: Mapping[str, Any]) -> str:
    if question["kind"] == "run":
        return _joined(say("lineage.compile"), one_line(question["reason"] or "", 80))
    tier = question["tier"]
    place = say(f"trust.{question['place']}") if question["place"] in ("kernel", "sandbox") else ""
    took = span(question["seconds"]) if question["seconds"] is not None else ""
    return _joined(revision.get("procedure") or question["name"], tier and say("lineage.by", tier=tier), place, took)


def _version(revision: Mapping[str, Any]) -> str:
    if not revision:
        return ""
    verified = say("lineage.verified", isolation=revision["isolation"]) if revision["verified"] else ""
    return _joined(revision["procedure"], revision["author"], when(revision["time"]), verified, revision["proc_id"])


def _compiled(run: Mapping[str, Any]) -> str:
    if not run:
        return ""
    counts = {name: run[name] for name in ("tokens_in", "tokens_out", "tokens_cached")}
    used = tokens(Usage(**counts))
    asked = say("lineage.for", question=one_line(run["question"] or "", 80))
    return _joined(when(run["time"]), run["model"], used, money(run["usd"]), span(run["seconds"]), asked)


def _inputs(inputs: Any) -> Iterator[str]:
    for name, one in inputs.items() if isinstance(inputs, dict) else ():
        if isinstance(one, dict):
            size = "" if one.get("rows") is None else say("lineage.rows", rows=f"{one['rows']:,}")
            head = " ".join(filter(None, [str(one.get("library", "")), str(one.get("kind", "")), size]))
            columns = ", ".join(_columns(one.get("columns")))
            yield f"{name}: {head}" + (f" ({columns})" if columns else "")


def _demands(requires: Any) -> Iterator[str]:
    for one in requires if isinstance(requires, list) else ():
        if isinstance(one, dict):
            yield f"{one.get('parameter')}: {', '.join(_columns(one.get('columns')))}"


def _columns(columns: Any) -> Iterator[str]:
    yield from (f"{name} {dtype}" for name, dtype in columns.items()) if isinstance(columns, dict) else ()


def _results(results: Mapping[str, Any]) -> str:
    if not results.get("hits"):
        return say("lineage.no_hits")
    return say("lineage.hits", hits=f"{results['hits']:,}", first=when(results["first"]), last=when(results["last"]))


def _latest(facts: Mapping[str, Any]) -> Iterator[str]:
    others = [one for one in facts["results"].get("latest") or () if one["answer"] != facts["answer"]]
    for one in others[:_SHOWN]:
        yield "  " + _joined(when(one["time"]), one["notebook"], one_line(one["question"] or "", 60), one["answer"])
