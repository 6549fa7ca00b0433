"""Make the starter pack of its sources; with --check only say whether the file is what they give.

Each procedure is linted and verified in the sandbox unless the file has it already; what does not pass is told and left
out, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starter_patterns import ambiguous_forms, patterns_of
from starter_sources import drafts, example_table

from seglam_magics.procedure import to_record
from seglam_magics.procedure.identity import canonical_source, identity_of
from seglam_magics.starter.lexicon import FILE as WORDS
from seglam_magics.starter.lexicon import made, shipped
from seglam_magics.starter.pack import FILE, pin_of
from seglam_magics.starter.patterns import Pattern
from seglam_magics.verify import ChildExecutor, lint_revision
from seglam_magics.words import Check, Example, Meaning, Revision, Verdict

if TYPE_CHECKING:
    from starter_drafts import Draft

ROOM = Path(__file__).resolve().parent.parent / "seglam_magics" / "starter"
CASES = 10
SECONDS = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--quick", action="store_true", help="do not verify what is new (for work on wordings)")
    parser.add_argument("--progress", type=Path, help="file that verified records are appended to, and taken from")
    options = parser.parse_args(arguments)
    known = {**_known(ROOM / FILE, 1), **(_known(options.progress, 0) if options.progress else {})}
    if not options.check:
        (ROOM / WORDS).write_bytes(shipped(made()))
    found = list(drafts())
    if options.check:
        return _checked(found, known)
    revisions, problems = _made(found, known, verify=not options.quick, progress=options.progress)
    data = file_of(found, revisions)
    (ROOM / FILE).write_bytes(data)
    pin = pin_of(data, (ROOM / WORDS).read_bytes())
    text = f'"""The SHA-256 of the pack and its words, written by `scripts/build_starter.py`."""\n\nPIN = "{pin}"\n'
    (ROOM / "pin.py").write_text(text, encoding="utf-8")
    print(f"{len(revisions)} procedures, {len(data):,} bytes, {len(problems)} left out")
    for problem in problems:
        print(problem)
    return bool(problems)


def _checked(found: Sequence[Draft], known: Mapping[str, Mapping[str, Any]]) -> int:
    revisions = [dataclasses.replace(revision, **_kept(known[revision.name])) for revision in map(bare, found)
                 if known.get(revision.name, {}).get("proc_id") == revision.proc_id]  # fmt: skip
    same = (ROOM / WORDS).read_bytes() == shipped(made())
    same = same and len(revisions) == len(found) and file_of(found, revisions) == (ROOM / FILE).read_bytes()
    if not same:
        missing = sorted({d.name for d in found} - {r.name for r in revisions})[:5]
        print(
            f"{FILE} is not what its sources give ({', '.join(missing) or 'wordings'}): python scripts/build_starter.py"
        )
    return 0 if same else 1


# ---------------------------------------------------------------- revisions


def bare(draft: Draft) -> Revision:
    """The revision of a draft, without example and verdict."""
    revision = Revision(
        draft.name,
        1,
        "",
        canonical_source(draft.source),
        summary=draft.summary,
        parameters=draft.parameters,
        templates=draft.templates,
        returns=draft.returns,
        meaning=Meaning(order=draft.order),
        properties=draft.properties,
        author="starter",
    )
    return dataclasses.replace(revision, proc_id=identity_of(revision))


def _known(path: Path, first: int) -> dict[str, Mapping[str, Any]]:
    """The records the file has now, by name; only those that were verified."""
    lines = path.read_bytes().splitlines()[first:] if path.exists() else []
    return {record["name"]: record for record in map(json.loads, lines)}


def _kept(record: Mapping[str, Any]) -> dict[str, Any]:
    from seglam_magics.procedure import from_record

    revision = from_record(record)
    return {"examples": revision.examples, "verdict": revision.verdict}


def _made(
    found: Sequence[Draft],
    known: Mapping[str, Mapping[str, Any]],
    *,
    verify: bool,
    progress: Path | None = None,
) -> tuple[list[Revision], list[str]]:
    executor = ChildExecutor()
    revisions, problems = [], []
    try:
        for draft in found:
            revision = bare(draft)
            record = known.get(revision.name, {})
            known_code = record.get("source") == revision.source and _same_example(record, draft)
            if known_code and (not verify or _same_contract(record, revision)):
                revisions.append(dataclasses.replace(revision, **_kept(record)))
                continue
            made = _verified(executor, draft, revision, verify=verify)
            if isinstance(made, str):
                problems.append(f"{draft.family}.{draft.name}: {made}")
            else:
                revisions.append(made)
                if progress is not None:
                    with progress.open("a", encoding="utf-8") as kept:
                        kept.write(json.dumps(to_record(made), ensure_ascii=False, separators=(",", ":")) + "\n")
    finally:
        executor.close()
    return revisions, problems


def _same_example(record: Mapping[str, Any], draft: Draft) -> bool:
    given = record["examples"][0]["arguments"] if record.get("examples") else {}
    return all(given.get(name) == value for name, value in _plain(draft.arguments).items())


def _same_contract(record: Mapping[str, Any], revision: Revision) -> bool:
    """Whether only wordings differ, which verification does not look at."""
    plain = to_record(revision)
    same = all(record.get(key) == plain[key] for key in ("parameters", "returns", "properties", "meaning"))
    return same and bool(record.get("verdict"))


def _verified(executor: ChildExecutor, draft: Draft, revision: Revision, *, verify: bool) -> Revision | str:
    findings = lint_revision(revision)
    if findings:
        where, finding = findings[0]
        return f"{where}, line {finding.line}: {finding.says} ({finding.do if hasattr(finding, 'do') else ''})"
    try:
        result = executor.call(revision.source, revision.name, _called(draft), returns=revision.returns)
    except Exception as error:  # noqa: BLE001 - told with the name of the procedure
        return f"its example: {error}"
    example = Example(_plain({**_data(draft), **draft.arguments}), _plain(_rows(result)))
    revision = dataclasses.replace(revision, examples=(example,))
    if not verify:
        return revision
    verdict = executor.verify(revision, cases=CASES, seconds=SECONDS)
    if verdict.failure is not None:
        return f"{verdict.failure.name}: {verdict.failure.message}"[:600]
    checks = tuple(Check(c.name, c.ok, c.cases) for c in verdict.checks)
    return dataclasses.replace(revision, verdict=Verdict(ok=True, checks=checks, tier="S3"))


def _data(draft: Draft) -> dict[str, Any]:
    return {p.name: example_table(p.name) for p in draft.parameters if p.type == "frame"}


def _called(draft: Draft) -> dict[str, Any]:
    import polars as pl

    frames = {name: pl.DataFrame(table) for name, table in _data(draft).items()}
    given = dict(draft.arguments)
    for parameter in draft.parameters:
        if parameter.domain.get("items") == "date":
            given[parameter.name] = [dt.date.fromisoformat(day) for day in given[parameter.name]]
    return {**frames, **given}


def _rows(value: Any) -> Any:
    return value.to_dicts() if hasattr(value, "to_dicts") else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


# ---------------------------------------------------------------- the file


def file_of(found: Sequence[Draft], revisions: Sequence[Revision]) -> bytes:
    """The bytes of the pack: the patterns, then a record a line."""
    kept = {revision.name for revision in revisions}
    patterns: dict[str, list[Any]] = {}
    for draft in found:
        for pattern in patterns_of(draft) if draft.name in kept and not _of_two(draft) else ():
            entry = [pattern.name, pattern.text, {k: list(v) for k, v in pattern.places.items()}, _signs(pattern)]
            entries = patterns.setdefault(pattern.key, [])
            if not any(e[0] == entry[0] and e[2:] == entry[2:] for e in entries):
                entries.append(entry)
    compact = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    forms = {key: compact(ways) for key, ways in patterns.items()}
    head = json.dumps(
        {
            "ambiguous": ambiguous_forms(),
            "between": [draft.name for draft in found if draft.name in kept and _of_two(draft)],
            "patterns": forms,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    lines = [json.dumps(to_record(r), ensure_ascii=False, separators=(",", ":")) for r in revisions]
    return ("\n".join([head, *lines]) + "\n").encode()


def _of_two(draft: Draft) -> bool:
    return sum(p.type == "frame" for p in draft.parameters) > 1


def _signs(pattern: Pattern) -> dict[str, str]:
    return {str(number): sign for number, sign in pattern.signs.items()}


if __name__ == "__main__":
    sys.exit(main())
