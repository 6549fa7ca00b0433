"""Cells of a notebook as plain Python, run one after the other in a namespace that has never heard of seglam."""

from __future__ import annotations

import datetime as dt
from typing import Any

import nbformat
import polars as pl
import pytest

from seglam_magics.exporting.executing import Ran
from seglam_magics.exporting.notebooks import Exported, plain_notebook
from seglam_magics.exporting.recording import Record
from seglam_magics.words import Parameter, Revision

XS = Parameter("xs", "list")
TOTAL = Revision("total", 1, "a1", "def total(xs):\n    return sum(xs)\n", parameters=(XS,), summary="Adds.")
ABSOLUTE = Revision("total", 2, "a2", "def total(xs):\n    return sum(map(abs, xs))\n", parameters=(XS,))
HELPED = Revision(
    "helped", 1, "b1", "LIMIT = 10\n\n\ndef helped(xs):\n    return [x for x in xs if x > LIMIT]\n", parameters=(XS,)
)
OTHER = Revision("other", 1, "b2", "LIMIT = 1\n\n\ndef other(xs):\n    return len(xs) > LIMIT\n", parameters=(XS,))
TOP = Revision(
    "top",
    1,
    "c1",
    "def top(frame, *, by, k):\n    return frame.sort(by, descending=True, nulls_last=True).head(k)\n",
    parameters=(Parameter("frame", "frame"), Parameter("by", "column"), Parameter("k", "int")),
    returns="frame",
)
DAYS = Revision(
    "days",
    1,
    "d1",
    "def days(born, *, now):\n    return (now.date() - born).days\n",
    parameters=(Parameter("born", "date"), Parameter("now", "date")),
)


def answered(question: str, revision: Revision, **slots: Any) -> Record:
    """A record whose texts name variables and whose other values are values."""
    names = {name: value for name, value in slots.items() if isinstance(value, str)}
    return Record(question, revision, names, {name: value for name, value in slots.items() if name not in names})


def exported(*cells: str | tuple[str, Record], minor: int = 5) -> Exported:
    sources = [cell if isinstance(cell, str) else cell[0] for cell in cells]
    records = {i: (cell[1],) for i, cell in enumerate(cells) if not isinstance(cell, str)}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s, id=f"c{i}") for i, s in enumerate(sources)])
    notebook.nbformat_minor = minor
    for cell in notebook.cells if minor < 5 else ():
        del cell["id"]
    made = plain_notebook(Ran(notebook, records))
    nbformat.validate(made.notebook)
    return made


def ran(made: Exported) -> dict[str, Any]:
    space: dict[str, Any] = {"__builtins__": __builtins__}
    for cell in made.notebook.cells:
        exec(compile(cell.source, "<cell>", "exec"), space)
    return space


def test_a_question_is_the_source_and_a_call():
    made = exported("ys = (1, -2)", ("%%reason -o r\ntotal of `ys`?", answered("total of `ys`?", TOTAL, xs="ys")))
    assert made.notebook.cells[1].source.splitlines()[:3] == [
        "# total of `ys`?",
        "# answered by total@1: Adds.",
        "def total(xs):",
    ]
    assert (ran(made)["r"], made.left) == (-1, [])


def test_a_second_question_only_calls_and_another_version_defines_anew():
    asked = "%%reason -o {}\ntotal of `ys`?"
    made = exported(
        "ys = [1, -2]",
        (asked.format("a"), answered("total of `ys`?", TOTAL, xs="ys")),
        (asked.format("b"), answered("total of `ys`?", TOTAL, xs="ys")),
        (asked.format("c"), answered("total of `ys`?", ABSOLUTE, xs="ys")),
        (asked.format("d"), answered("total of `ys`?", TOTAL, xs="ys")),
    )
    space = ran(made)
    assert [space[name] for name in "abcd"] == [-1, -1, 3, -1]
    assert [cell.source.count("def total") for cell in made.notebook.cells] == [0, 1, 0, 1, 1]


def test_names_of_the_notebook_stay_its_own():
    made = exported(
        "total = [1, -2]\nsum = 'mine'",
        ("%%reason -o r\ntotal of `total`?", answered("total of `total`?", TOTAL, xs="total")),
        ("%%reason -o s\ntotal of `total`?", answered("total of `total`?", TOTAL, xs="total")),
    )
    space = ran(made)
    assert (space["r"], space["s"], space["total"], space["sum"]) == (-1, -1, [1, -2], "mine")


def test_helpers_of_two_procedures_do_not_meet():
    made = exported(
        "ys = [1, 20]",
        ("%%reason -o a\nhelped `ys`?", answered("helped `ys`?", HELPED, xs="ys")),
        ("%%reason -o b\nother `ys`?", answered("other `ys`?", OTHER, xs="ys")),
        ("%%reason -o c\nhelped `ys`?", answered("helped `ys`?", HELPED, xs="ys")),
    )
    space = ran(made)
    assert (space["a"], space["b"], space["c"]) == ([20], True, [20])


@pytest.mark.parametrize("minor", [4, 5])
def test_a_frame_goes_in_and_out_and_none_of_its_helpers_shows(minor):
    made = exported(
        "import polars as pl\nt = pl.DataFrame({'n': [1, 3, 2]})\nlazy = DataFrame = procedure = nw = 'mine'",
        ("%%reason -o r\ntop 2 of t?", answered("top 2 of t?", TOP, frame="t", by="by", k=2)),
        minor=minor,
    )
    made.notebook.cells[0].source += "\nby = 'n'"
    space = ran(made)
    assert space["r"].equals(pl.DataFrame({"n": [3, 2]}))
    assert [space[name] for name in ("lazy", "DataFrame", "procedure", "nw")] == ["mine"] * 4


def test_the_moment_of_the_run_is_written_down():
    now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    record = answered("days since `d`?", DAYS, born="d", now=now)
    made = exported("import datetime\nd = datetime.date(2026, 2, 1)", ("%%reason -o r\ndays since `d`?", record))
    assert ran(made)["r"] == 28


def test_a_series_of_pandas_is_a_list_for_it():
    pytest.importorskip("pandas")
    record = Record("total of s?", TOTAL, {"xs": "s"}, {}, foreign=("xs",))
    made = exported("import pandas as pd\ns = pd.Series([1, 2])", ("%%reason -o r\ntotal of s?", record))
    assert ran(made)["r"] == 3


def test_a_line_of_python_that_asks_is_a_call():
    made = exported(
        "ys = [1, 2]",
        ("if ys:\n    answer = %reason total of `ys`?\n    %seglam why", answered("total of `ys`?", TOTAL, xs="ys")),
    )
    assert ran(made)["answer"].value == 3


LEFT = {
    "not asked": ("%%reason\nsomething else?", "was not answered"),
    "background": ("%%reason --background\ntotal of `ys`?", "asked in the background"),
    "no option": ("%%reason --no-such-option\ntotal of `ys`?", "E-USAGE"),
    "seglam": ("from seglam import store", "speaks to seglam"),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_cannot_be_python_is_a_comment_with_its_reason(case):
    source, why = LEFT[case]
    made = exported("ys = [1]", (source, answered("total of `ys`?", TOTAL, xs="ys")))
    assert why in made.left[0]
    assert made.left[0].startswith("cell 2 ")
    assert all(line.startswith("#") for line in made.notebook.cells[1].source.splitlines())
    ran(made)


@pytest.mark.parametrize(
    "record",
    [Record("total of `ys`?", None, error="E-MODEL-UNSET"), Record("total of `ys`?", TOTAL, unportable="a secret")],
)
def test_what_has_no_answer_to_write_is_a_comment(record):
    made = exported("ys = [1]", ("%%reason -o r\ntotal of `ys`?", record), "r + 1", "r = 1", "r + 1")
    assert (record.error or record.unportable) in made.left[0]
    assert [line.partition(" is ")[0] for line in made.left] == ["cell 2", "cell 3"]
    assert ran(made)["r"] == 1


def test_a_correction_and_settings_are_comments():
    made = exported(
        "%load_ext seglam\n%config Seglam.model = 'x'\n1", "%%procedure total\ndef total(xs): ...", "%matplotlib"
    )
    sources = [cell.source for cell in made.notebook.cells]
    assert sources[0].splitlines()[-1] == "1"
    assert all(line.startswith("#") for line in [*sources[0].splitlines()[:-1], *sources[1].splitlines()])
    assert (sources[2], made.left) == ("%matplotlib", [])
