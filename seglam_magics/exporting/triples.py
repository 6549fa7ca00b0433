"""Verified triples of question, procedure and verdict, one JSON object a line.

The questions of a procedure are the one it was made for and those it has answered since. Questions that were rejected,
or labelled wrong, are in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..procedure import to_record
from ..trust.redaction import redacted
from ..words import Revision, Verdict

SCHEMA = 1
_PARTS = (
    "name", "number", "source", "summary", "parameters", "returns", "templates", "meaning", "examples", "properties",
    "effects", "author", "model",
)  # fmt: skip


def triples(
    revisions: Iterable[Revision],
    answered: Iterable[Mapping[str, Any]],
    rejected: Callable[[str, str], bool],
) -> Iterator[dict[str, Any]]:
    """The triples of verified revisions, sorted by procedure and question; secrets are redacted.

    Parameters
    ----------
    answered : rows of the query `answered`: question, proc_id, hits.
    rejected : whether a revision, by its proc_id, may not answer a question.

    >>> verdict = Verdict(ok=True)
    >>> one = Revision("two", 1, "ab", "def two(): return 2", question="what is two?", verdict=verdict)
    >>> [t["question"] for t in triples([one], [], lambda question, proc_id: False)]
    ['what is two?']
    """
    hits: dict[str, dict[str, int]] = {}
    for row in answered:
        hits.setdefault(row["proc_id"], {})[row["question"]] = row["hits"]
    for revision in sorted(revisions, key=lambda r: (r.name, r.number)):
        if revision.verdict is None or not revision.verdict.ok:
            continue
        known = hits.get(revision.proc_id, {})
        for question in sorted({*known, revision.question} - {""}):
            if not rejected(question, revision.proc_id):
                yield _triple(revision, revision.verdict, question, known.get(question, 0))


def _triple(revision: Revision, verdict: Verdict, question: str, hits: int) -> dict[str, Any]:
    record = to_record(revision)
    checks = [{"name": c.name, "ok": c.ok, "cases": c.cases} for c in verdict.checks]
    data: dict[str, Any] = redacted(
        {
            "schema": SCHEMA,
            "question": question,
            "asked_first": question == revision.question,
            "hits": hits,
            "procedure": {**{part: record[part] for part in _PARTS}, "sha256": revision.proc_id},
            "verdict": {"ok": verdict.ok, "tier": verdict.tier, "cases": verdict.cases, "checks": checks},
        }
    )
    return data


def lines(found: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line, each line ending; the line separators of Unicode are written as escapes."""
    written = (json.dumps(one, ensure_ascii=False, allow_nan=False, default=str) for one in found)
    return "".join(line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085") + "\n"
                   for line in written)  # fmt: skip
