"""One procedure on one page, as text and as data."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from seglam_magics.notebook.display import jsonable
from seglam_magics.notebook.status import properties
from seglam_magics.notebook.wording import brief, money, one_line, say, visible
from seglam_magics.words import Revision

from .learned import Learned
from .texts import code, pairs, section, table, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seglam_magics.words import Parameter

_NOTHING = Learned()


def sheet(revision: Revision, trust: str, known: Learned = _NOTHING) -> str:
    r"""The page of a revision; its code is plain text with nothing hidden in it.

    >>> from seglam_magics.words import Revision
    >>> print(sheet(Revision("rows", 1, "ab12", "def rows(xs):\n    return len(xs)\n"), "draft"))
    rows@1 · draft
    code
      def rows(xs):
          return len(xs)
    returns number
    checked
      no properties
    origin
      by       model
      proc_id  ab12
    """
    return "\n".join(_lines(revision, trust, known))


def _lines(revision: Revision, trust: str, known: Learned) -> Iterator[str]:
    yield " · ".join(filter(None, [revision.label, trust, ", ".join(revision.effects)]))
    if revision.summary:
        yield visible(revision.summary)
    yield from section("code", code(revision.source).splitlines())
    yield from section("wordings", (f"[{t.lang}] {one_line(t.text, 200)}" for t in revision.templates))
    yield from section("aliases", (one_line(text, 200) for text in known.aliases))
    yield from section("parameters", table(_HEAD, map(_parameter, revision.parameters)).splitlines())
    yield say("show.returns", kind=revision.returns)
    yield from section("meaning", pairs(_meaning(revision)).splitlines())
    yield from section("examples", _examples(revision))
    yield from section("properties", (f"{p.name}: {one_line(p.claim, 200)}" for p in revision.properties))
    yield from section("checked", _checked(revision))
    yield from section("labels", known.lines())
    yield from section("rejected", known.rejected)
    yield from section("origin", pairs(_origin(revision)).splitlines())


SHEET = ", ".join(field.name for field in fields(Revision))
_HEAD = ("name", "type", "domain", "example", "description")


def _parameter(parameter: Parameter) -> tuple[str, ...]:
    domain = ", ".join(f"{key} {brief(_whole(value))}" for key, value in parameter.domain.items())
    description = one_line(parameter.description, 60)
    return parameter.name, parameter.type, domain or "-", brief(parameter.example), description


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _meaning(revision: Revision) -> Iterator[tuple[str, str]]:
    meaning = revision.meaning
    for name in ("aggregate", "target", "conditions", "grouping", "order"):
        value = getattr(meaning, name)
        yield name, ", ".join(value) if isinstance(value, tuple) else value


def _examples(revision: Revision) -> Iterator[str]:
    for example in revision.examples:
        arguments = ", ".join(f"{name}={brief(value, 60)}" for name, value in example.arguments.items())
        yield f"({arguments}) → {brief(example.result, 60)}"


def _checked(revision: Revision) -> Iterator[str]:
    verdict = revision.verdict
    yield properties(verdict) + (f" · {verdict.tier}" if verdict else "")
    for check in verdict.checks if verdict else ():
        mark = say("show.holds") if check.ok else say("show.fails")
        yield " ".join(filter(None, [mark, check.name, one_line(check.message, 120)]))


def _origin(revision: Revision) -> Iterator[tuple[str, str]]:
    yield "by", revision.author
    yield "model", revision.model
    yield "mode", revision.mode
    yield "question", one_line(revision.question, 200)
    yield "cost", money(revision.usage.usd) if revision.usage and revision.usage.calls else ""
    yield "created", when(revision.created) if revision.created else ""
    yield "from", revision.parent[:16] if revision.parent else ""
    yield "proc_id", revision.proc_id


def sheet_data(revision: Revision, trust: str, known: Learned = _NOTHING) -> dict[str, Any]:
    """The page as data: the revision's own fields, `label` and `trust`, and what was learned since."""
    return {"label": revision.label, "trust": trust, **jsonable(asdict(revision)), **known.data()}
