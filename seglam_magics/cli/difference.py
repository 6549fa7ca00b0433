"""What differs between two revisions: first in meaning, then in wordings, then in code."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.wording import one_line, say, visible

from .texts import code, indented

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seglam_magics.words import Revision

    from .office import Office

_CONTEXT = 2


def difference(old: Revision, new: Revision) -> dict[str, Any]:
    r"""The difference as data: `name old new meaning templates parameters properties code`.

    >>> from seglam_magics.words import Revision
    >>> one = Revision("total", 1, "aa", "def total(xs):\n    return 0\n")
    >>> two = Revision("total", 2, "bb", "def total(xs):\n    return sum(xs)\n")
    >>> difference(one, two)["code"][-2:]
    ['-    return 0', '+    return sum(xs)']
    """
    return {
        "name": new.name,
        "old": old.number,
        "new": new.number,
        "meaning": _fields(asdict(old.meaning), asdict(new.meaning)) | _fields(_outline(old), _outline(new)),
        "templates": _sets([t.text for t in old.templates], [t.text for t in new.templates]),
        "parameters": _sets(
            [f"{p.name}: {p.type}" for p in old.parameters], [f"{p.name}: {p.type}" for p in new.parameters]
        ),
        "properties": _sets(
            [f"{p.name}: {p.claim}" for p in old.properties], [f"{p.name}: {p.claim}" for p in new.properties]
        ),
        "code": _unified(old, new),
    }


def change_text(old: Revision, new: Revision) -> str:
    """The difference as text; one sentence where nothing differs."""
    found = difference(old, new)
    lines = [say("diff.head", name=new.name, old=old.number, new=new.number)]
    for field, (before, after) in found["meaning"].items():
        lines += [f"  {field}", f"    - {one_line(str(before), 100)}", f"    + {one_line(str(after), 100)}"]
    for kind in ("templates", "parameters", "properties"):
        changed = [f"- {text}" for text in found[kind]["removed"]] + [f"+ {text}" for text in found[kind]["added"]]
        lines += ["  " + say(f"diff.{kind}"), *indented((one_line(c, 120) for c in changed), "    ")] if changed else []
    if found["code"]:
        lines += ["  " + say("diff.code"), *indented(found["code"], "    ")]
    return "\n".join(lines) if len(lines) > 1 else say("diff.same", name=new.name, old=old.number, new=new.number)


def done_differently(
    office: Office, old: Revision, new: Revision, text: str, data: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The difference as text and data, with what both versions do on the same inputs."""
    from seglam_magics.behaving import CASES, behaviour

    def heard(check: str, done: int) -> None:
        if done < 0:
            office.progress(say("diff.smaller"))
        else:
            office.progress(say("diff.looked", tried=f"{done:,}", cases=CASES, check=check), done / CASES)

    office.progress(say("diff.examples"))
    found = behaviour(old, new, office.reasoner.executor, heard=heard)
    cases = [*found.kept, *([found.found] if found.found else [])]
    lines = [line for case in cases if not case.same for line in (case.call, f"- {case.old}", f"+ {case.new}")]
    same = sum(case.same for case in found.kept)
    told = say("diff.behaves", same=same, count=len(found.kept), tried=f"{found.tried:,}")
    lines = [told, *(visible(line, joiners=False) for line in lines), *([found.note] if found.note else [])]
    shown = "\n".join([text, "  " + say("diff.behaviour"), *indented(lines, "    ")])
    return shown, {**data, "behaviour": {**asdict(found), "differs": found.differs}}


def _outline(revision: Revision) -> dict[str, Any]:
    return {"summary": revision.summary, "returns": revision.returns}


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {field: [_plain(old[field]), _plain(new[field])] for field in old if old[field] != new[field]}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _sets(old: Iterable[str], new: Iterable[str]) -> dict[str, list[str]]:
    before, after = list(old), list(new)
    return {"added": [t for t in after if t not in before], "removed": [t for t in before if t not in after]}


def _unified(old: Revision, new: Revision) -> list[str]:
    lines = difflib.unified_diff(
        code(old.source).splitlines(), code(new.source).splitlines(), old.label, new.label, lineterm="", n=_CONTEXT
    )
    return list(lines)
