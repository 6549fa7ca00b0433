"""A notebook as plain Python: its questions become the procedures that answered them, and seglam's own lines go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import SeglamError
from ..frozen.lockfile import key
from ..notebook.arguments import PARSER
from ..notebook.options import Request, read_request
from ..question import normalise
from ..trust import hide
from .cells import Bench, border_source, commented, names_bound
from .executing import Ran, without_outputs
from .lost import Lost, outputs_of, python_of
from .recording import Record
from .texts import tell

_WITH_IDS = (4, 5)  # the first format whose cells have ids
_CELL = re.compile(r"\s*%%(?P<magic>reason|procedure)\b(?P<line>[^\n]*)\n?(?P<body>.*)", re.DOTALL)
_LINE = re.compile(r"(?P<indent>[ \t]*)(?:(?P<name>[^\W\d]\w*)[ \t]*=[ \t]*)?%reason[ \t]+(?P<question>.*)")
_OURS = re.compile(r"(?P<indent>[ \t]*)(%(un|re)?load_ext[ \t]+seglam\b|%seglam\b|%config[ \t]+Seglam\b).*")
_SPEAKS = re.compile(r"^[ \t]*(?:import|from)[ \t]+(?:seglam|seglam_magics)\b", re.MULTILINE)


@dataclass(slots=True)
class Exported:
    """The plain notebook; `cells` is how many of its cells became Python, `left` what was left, a sentence each."""

    notebook: Any
    cells: int = 0
    left: list[str] = field(default_factory=list)


def plain_notebook(ran: Ran) -> Exported:
    """What ran, without seglam: to be run in its place with the same values."""
    import nbformat

    made = Exported(without_outputs(ran.notebook))
    bench, lost = Bench(_names(ran)), Lost()
    cells = []
    for index, cell in enumerate(ran.notebook.cells):
        had_border = bench.border
        if cell.cell_type == "code":
            _convert(cell, _Cell(index + 1, list(ran.records.get(index, ()))), bench, made, lost)
        if bench.border and not had_border:
            cells.append(nbformat.v4.new_code_cell(border_source(), id="border-of-procedures"))
            if (ran.notebook.nbformat, ran.notebook.nbformat_minor) < _WITH_IDS:
                del cells[-1]["id"]
        cell.metadata.pop("seglam", None)
        cells.append(cell)
    made.notebook.cells = cells
    made.notebook.metadata.pop("seglam", None)
    return made


def _names(ran: Ran) -> frozenset[str]:
    """The names the notebook binds, those of `-o` and those its questions spoke of among them."""
    sources = [cell.source for cell in ran.notebook.cells if cell.cell_type == "code"]
    asked = {name for records in ran.records.values() for record in records for name in record.names.values()}
    return names_bound(map(python_of, sources)) | asked | {name for s in sources for name in outputs_of(s)}


@dataclass(slots=True)
class _Cell:
    number: int
    records: list[Record]

    def take(self, question: str) -> Record | None:
        """The record of this question; each is taken once."""
        wanted = key(hide(normalise(question)).text)
        found = next((r for r in self.records if key(r.question) == wanted), None)
        if found is not None:
            self.records.remove(found)
        return found


def _convert(cell: Any, known: _Cell, bench: Bench, made: Exported, lost: Lost) -> None:
    asked = _CELL.match(cell.source)
    before, left = cell.source, len(made.left)
    if asked is not None and asked["magic"] == "reason":
        cell.source = _question(asked["line"], asked["body"], before, known, bench, made)
    elif asked is not None:
        cell.source = commented(tell("notebook.procedure"), before)
    elif _SPEAKS.search(before):
        _leave(cell, tell("notebook.seglam"), known, made)
    elif missing := lost.needed_by(python_of(before)):
        _leave(cell, tell("notebook.lost", name=missing), known, made)
    elif any(_LINE.fullmatch(line) or _OURS.fullmatch(line) for line in before.splitlines()):
        cell.source = "\n".join(_lines(before, known, bench, made))
    made.cells += cell.source != before
    (lost.without if len(made.left) > left else lost.after)(before, python_of(before))


def _leave(cell: Any, why: str, known: _Cell, made: Exported) -> None:
    cell.source = _left(why, cell.source, known, made)


# ---------------------------------------------------------------- questions


def _question(line: str, body: str, source: str, known: _Cell, bench: Bench, made: Exported) -> str:
    try:
        request = read_request(line, body, PARSER, reuse="auto", mode="careful")
        record = known.take(request.question)
    except SeglamError as error:
        return _left(tell("notebook.failed", why=error.code), source, known, made)
    why = _hindrance(request, record)
    if record is None or why:
        return _left(why, source, known, made)
    lines, call = bench.call(record)
    shown = f"{request.output} = {call}" if request.output else call + ";" * request.silent
    return "\n".join([*_said(record, defined=bool(lines)), *lines, shown])


def _hindrance(request: Request, record: Record | None) -> str:
    """Why a question cannot become a call, "" where it can."""
    if request.background:
        return tell("notebook.background")
    if record is None:
        return tell("notebook.not_run")
    if record.revision is None:
        return tell("notebook.failed", why=record.error)
    return tell("notebook.unportable", why=record.unportable) if record.unportable else ""


def _left(why: str, source: str, known: _Cell, made: Exported) -> str:
    made.left.append(tell("notebook.left", number=known.number, why=why.rstrip(":")))
    return commented(why, source)


def _said(record: Record, *, defined: bool) -> Iterator[str]:
    assert record.revision is not None
    facts = {"question": record.question, "procedure": record.revision.label}
    said = tell("notebook.answered", summary=record.revision.summary, **facts) if defined else None
    yield from (f"# {' '.join(line.split())}" for line in (said or tell("notebook.again", **facts)).splitlines())


def _lines(source: str, known: _Cell, bench: Bench, made: Exported) -> Iterator[str]:
    """The lines of a cell of Python: seglam's own are comments, a `%reason` is a call."""
    above: list[str] = []
    body: list[str] = []
    for line in source.splitlines():
        asked, ours = _LINE.fullmatch(line), _OURS.fullmatch(line)
        if asked is not None:
            body.append(_line(asked, line, known, bench, made, above))
        elif ours is not None:
            said = tell("notebook.magic", line=line.strip())
            body.append(f"{ours['indent']}pass  # {said}" if ours["indent"] else f"# {said}")
        else:
            body.append(line)
    yield from [*above, *body]


def _line(asked: re.Match[str], line: str, known: _Cell, bench: Bench, made: Exported, above: list[str]) -> str:
    try:
        request = read_request(asked["question"], "", PARSER, reuse="auto", mode="careful")
        record = known.take(request.question)
        why = _hindrance(request, record)
    except SeglamError as error:
        record, why = None, tell("notebook.failed", why=error.code)
    if record is None or why:
        return (
            asked["indent"] + ("pass  " if asked["indent"] else "") + _left(why, line, known, made).replace("\n", " ")
        )
    lines, call = bench.call(record)
    above += lines
    if asked["name"] is None:
        return f"{asked['indent']}{request.output + ' = ' if request.output else ''}{call}"
    above += ["from types import SimpleNamespace as _Answer"]
    return f"{asked['indent']}{asked['name']} = _Answer(value={call})"
