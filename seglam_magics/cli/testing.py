"""The verb `test`: properties of stored procedures, tried again on as many cases as one likes; nothing is changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import click

from seglam_magics.errors import SeglamError
from seglam_magics.notebook.wording import one_line, say, span, visible
from seglam_magics.proving import CASES

from .group import FAILED, verb
from .office import Office, Output
from .trying import proved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seglam_magics.proving import Outcome, Sample
    from seglam_magics.words import Revision

_KEYS = (
    "a list of procedure, ok, seconds, properties (a list of name, claim, ok, cases, why, call, code, note, sample),"
    " left (names of properties that a stop left out)"
)
_MANY = 0.33  # share of refused or doubled cases from which on the sample says little


@verb("test", _KEYS)
@click.argument("names", nargs=-1, metavar="[NAME[@N] …]")
@click.option("--all", "every", is_flag=True, help="All that answer and have properties.")
@click.option("--cases", type=click.IntRange(1, 100_000), default=CASES, show_default=True, help="Of each property.")
@click.option("--observations", type=click.Path(path_type=Path), help="Write every case here, as Hypothesis does.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write a report here that CI servers read.")
def properties(
    office: Office,
    *,
    names: tuple[str, ...],
    every: bool,
    cases: int,
    observations: Path | None,
    junit: Path | None,
) -> Output:
    """Test the properties of NAME… again, in the sandbox; nothing is changed.

    First the verdict, then the smallest call that fails, then how good the cases were. Ctrl-C, or an interrupt of the
    kernel, stops it; what was found by then is shown and written.
    """
    runs, stopped = proved(office, _chosen(office, names, every=every), cases)
    rows = [result(revision, proving.found) for revision, proving in runs]
    if observations is not None:
        observed(observations, [case for _, proving in runs for case in proving.observations])
    if junit is not None:
        _write(junit, report(rows))
    bad = sum(not row["ok"] for row in rows)
    lines = [line for revision, proving in runs for line in _lines(revision, proving.found)]
    if stopped is not None:
        lines += [f"  {stopped.far}"] if stopped.far else []
    elif len(rows) > 1:
        lines.append(say("test.some" if bad else "test.all", bad=bad, count=len(rows)))
    return Output("\n".join(lines), rows, FAILED if bad else 0, error=stopped.error if stopped else None)


def _chosen(office: Office, names: tuple[str, ...], *, every: bool) -> list[Revision]:
    library, catalogue = office.reasoner.library, office.reasoner.catalogue
    if every:
        found = [one for name in library.names() if (one := library.shelf.active(name)) is not None]
        return [one for one in found if one.properties]
    if not names:
        raise SeglamError("E-USAGE", problem=say("test.which"), advice=say("test.how"))
    return [catalogue.known(name) for name in names]


def result(revision: Revision, found: Sequence[Outcome]) -> dict[str, Any]:
    """What came of a revision, as data."""
    seconds = round(sum(one.seconds for one in found), 3)
    rows = [{**asdict(one), "sentence": sentence(one)} for one in found]
    left = [one.name for one in revision.properties[len(found) :]]
    ok = not left and all(one.ok for one in found)
    return {"procedure": revision.label, "ok": ok, "seconds": seconds, "properties": rows, "left": left}


def sentence(one: Outcome) -> str:
    """How good the cases of a property were, in one sentence.

    >>> from seglam_magics.proving import Outcome, Sample
    >>> sentence(Outcome("sorted", "", True, 98, sample=Sample(100, 2, 4, (("k=0", 19),))))
    '100 cases, 4 % doubled, 2 % refused; k=0 was tried 19 times'
    """
    known: Sample = one.sample
    if not known.cases:
        return say("test.no_sample", cases=f"{one.cases:,}")
    shares = {"doubled": known.doubled / known.cases, "refused": known.refused / known.cases}
    parts = [say("test.cases", cases=f"{known.cases:,}")]
    parts += [say(f"test.{name}", share=f"{100 * share:.0f}") for name, share in shares.items() if share]
    odd = [say("test.odd", what=what, times=f"{times:,}") for what, times in known.odd[:3]]
    few = [say("test.few")] if max(shares.values()) > _MANY else []
    return "; ".join([", ".join(parts), *odd, *few])


def _lines(revision: Revision, found: Sequence[Outcome]) -> Iterator[str]:
    good, cases = sum(one.ok for one in found), sum(one.cases for one in found)
    seconds = span(sum(one.seconds for one in found))
    count, left = len(revision.properties), revision.properties[len(found) :]
    yield say("test.line", procedure=revision.label, good=good, count=count, cases=f"{cases:,}", seconds=seconds)
    for one in found:
        if not one.ok:
            yield "  " + say("test.fails", name=one.name, why=one_line(one.why, 200))
            if one.call:
                yield "    " + visible(one.call, joiners=False)
    for one in found:
        yield f"  {one.name}: {sentence(one)}"
    if left:
        yield "  " + say("test.left", names=", ".join(one.name for one in left))


def report(rows: Sequence[dict[str, Any]]) -> str:
    """The results in the XML that CI servers read; what a stop left out is skipped.

    >>> report([{"procedure": "top@1", "seconds": 0.5, "properties": [], "left": []}]).splitlines()[0]
    '<testsuites>'
    """
    root = ET.Element("testsuites")
    for row in rows:
        failed = sum(not one["ok"] for one in row["properties"])
        tests, left = len(row["properties"]) + len(row["left"]), row["left"]
        facts = {"tests": str(tests), "failures": str(failed), "skipped": str(len(left)), "time": str(row["seconds"])}
        suite = ET.SubElement(root, "testsuite", {"name": row["procedure"], **facts})
        for one in row["properties"]:
            case = ET.SubElement(suite, "testcase", classname=row["procedure"], name=one["name"])
            case.set("time", str(one["seconds"]))
            if not one["ok"]:
                ET.SubElement(case, "failure", message=visible(one["why"])).text = visible(one["call"])
        for name in left:
            ET.SubElement(ET.SubElement(suite, "testcase", classname=row["procedure"], name=name), "skipped")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def observed(path: Path, tried: Sequence[dict[str, Any]]) -> str:
    """Write what was tried, a case a line as Hypothesis does it; a sentence on what came of it."""
    _write(path, "".join(f"{json.dumps(case)}\n" for case in tried))
    return say("test.observed", cases=f"{len(tried):,}", path=path)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SeglamError("E-EXPORT-WRITE", path=path, why=error.strerror or str(error)) from None
