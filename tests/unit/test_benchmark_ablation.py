"""The ablation of the matcher: each switch changes just what it should, on a benchmark of a dozen made-up rows.

The page that shows its table says what is true: the rows are those of the program, and the decisions are what
`%seglam why` prints for these questions.
"""

from __future__ import annotations

import contextlib
import dataclasses
import doctest
import gzip
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.asking import understood
from seglam_magics.compiler.checks import draft
from seglam_magics.compiler.reply import Reply
from seglam_magics.compiler.request import Task
from seglam_magics.errors import SeglamError
from seglam_magics.notebook import explain
from seglam_magics.notebook.wording import say
from seglam_magics.reasoner import Reasoner, open_reasoner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.words import Options, Question, Verdict

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "how-a-match-is-decided.md"
PROGRAM = ROOT / "benchmarks" / "ablation.py"

sys.path.insert(0, str(PROGRAM.parent))
import ablation  # noqa: E402 - benchmarks are programs that find each other by their folder
import quick  # noqa: E402

# ---------------------------------------------------------------- a tiny benchmark

SCORING = """
import gzip, json
def read_rows(folder, name):
    with gzip.open(folder / (name + ".jsonl.gz"), "rt", encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]
def read_all(folder):
    names = ("gsm", "wikisql", "advising", "bbh", "daeval")
    return {row["id"]: row for name in names for row in read_rows(folder, name)}
def is_right(row, got):
    return got == row["answer"]
"""
REPLAY = """
from bench_io import read_all
def load(folder):
    rows = read_all(folder)
    return rows, {row["true_group"]: row["completion"] for row in rows.values() if "completion" in row}
def completion_of(row, completions):
    return completions[row["true_group"]]
"""
TABLE = {"columns": ["team", "points"], "rows": [["Reds", 3], ["Reds", 8], ["Blues", 5], ["Greens", None]]}
HIGHEST = "What is the highest points when team is {v0}?"
LEFT = "Ann has {a} apples and eats {b}. How many apples are left?"
PENS = "Tom buys {a} pens and {b} more. How many pens has Tom?"
_numbers = itertools.count()


def row(dataset: str, kind: str, group: str, prompt: str, answer: Any, **more: Any) -> dict[str, Any]:
    inputs = {"inputs": {"df": TABLE}} if dataset == "wikisql" else {}
    facts = {"kind": kind, "true_group": group, "prompt": prompt, "answer": answer, "lang": "en", "slots": {}}
    return {"id": f"{dataset}/{next(_numbers)}", "dataset": dataset, **facts, **inputs, **more}


def highest() -> dict[str, Any]:
    code = (
        "def highest(rows, v0):\n"
        "    found = [r['points'] for r in rows if r['team'] == v0 and r['points'] is not None]\n"
        "    return max(found, default=None)\n"
    )
    params = [{"name": "rows", "type": "table"}, {"name": "v0", "type": "str", "example": "Reds", "shown": "Reds"}]
    sql = "SELECT MAX(points) WHERE team = :v0"
    return completion("highest", HIGHEST, code, params, sql=sql)


def sums(name: str, template: str, expression: str) -> dict[str, Any]:
    params = [{"name": n, "type": "int", "example": v, "shown": str(v)} for n, v in (("a", 9), ("b", 4))]
    return completion(name, template, f"def {name}(a, b): return {expression}", params)


def completion(name: str, template: str, code: str, params: list[Any], **more: str) -> dict[str, Any]:
    said = {"name": name, "code": code, "prompt_template": template, "params": params, "returns": "number"}
    return {"completion": {**said, **more}}


ROWS = [
    row("gsm", "seed", "left", LEFT.format(a=9, b=4), 5, **sums("left", LEFT, "a - b")),
    row("gsm", "same", "left", LEFT.format(a=20, b=6), 14),
    row("gsm", "near_miss", "none", "Ann has 9 apples and plants 4. How many apples are left?", 9),
    row("gsm", "seed", "more", PENS.format(a=9, b=4), 13, **sums("more", PENS, "a + b")),
    row("gsm", "seed", "most", PENS.format(a=9, b=4), 9, **sums("most", PENS, "max(a, b)")),
    row("gsm", "same", "more", PENS.format(a=7, b=2), 9, subkind="noop"),
    row("wikisql", "seed", "highest", HIGHEST.format(v0="Reds"), 8, **highest()),
    row("wikisql", "same", "highest", "the highest points of the Blues", 5),
    row("wikisql", "near_miss", "lowest", "What is the lowest points when team is Reds?", 3),
    row("wikisql", "other", "none", HIGHEST.format(v0="Greens"), "nobody knows"),
    row("wikisql", "other", "none", HIGHEST.format(v0="Purples"), "nobody knows"),
    row("daeval", "other", "none", "Fit a straight line to the tides of the moon.", 0),
]
STREAM = (0, 1, 6, 7, 0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "rows"
    folder.mkdir()
    (folder.parent / "bench_io.py").write_text(SCORING)
    (folder.parent / "replay_server.py").write_text(REPLAY)
    files = {
        name: [r for r in ROWS if r["dataset"] == name] for name in ("gsm", "wikisql", "advising", "bbh", "daeval")
    }
    files["stream"] = [{"n": n, "id": ROWS[place]["id"]} for n, place in enumerate(STREAM)]
    for name, rows in files.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(r) + "\n" for r in rows)
    return folder


@pytest.fixture(scope="module")
def reports(data: Path) -> dict[str, dict[str, Any]]:
    return {report["title"]: report for report in ablation.all_measured(data, 1)}


def hits(report: dict[str, Any], dataset: str, kind: str, sub: str = "") -> tuple[int, int]:
    counts: Counter[str] = ablation.counted(report, [(dataset, kind, sub)])
    return counts["hits"], counts["right"]


def test_with_everything_on_only_what_is_right_hits(reports):
    report = reports["everything on"]
    assert hits(report, "gsm", "same") == (1, 1)
    assert hits(report, "wikisql", "same") == (1, 1)
    none = [("gsm", "near_miss", ""), ("gsm", "same", "noop"), ("wikisql", "near_miss", ""), ("wikisql", "other", "")]
    assert [hits(report, *line) for line in none] == [(0, 0)] * 4
    assert report["stream"] == {"rows": 5, "hits": 3, "right": 3}
    assert report["one condition more"] == {"rows": 1, "hits": 0}


SWITCHED = [
    ("tiers `grounded`, `text` and `spaces` off", ("wikisql", "same"), (0, 0)),
    ("tiers `grounded`, `text` and `spaces` off", ("gsm", "same"), (1, 1)),
    ("tier `grounded` off", ("wikisql", "same"), (0, 0)),
    ("guard `rivals` off", ("gsm", "same", "noop"), (1, 0)),
    ("guard `empty` off", ("wikisql", "other"), (1, 0)),
    ("guards `slots` and `empty` off", ("wikisql", "other"), (2, 0)),
    ("guard `slots` off", ("wikisql", "other"), (0, 0)),
]


@pytest.mark.parametrize(("title", "line", "expected"), SWITCHED)
def test_a_switch_changes_what_it_is_for(reports, title, line, expected):
    assert hits(reports[title], *line) == expected


def test_without_the_rule_on_left_over_words_a_condition_more_still_hits(reports):
    assert reports["guard `leftovers` off"]["one condition more"] == {"rows": 1, "hits": 1}


def test_every_tier_and_guard_is_switched_off_once(reports):
    off = [tuple(report["off"]) for report in reports.values()]
    alone = {names[0] for names in off if len(names) == 1}
    assert alone == {f.name for f in dataclasses.fields(quick.Policy)}
    assert len(set(off)) == len(off)


def test_one_command_writes_the_table_into_the_page_the_same_with_more_processes(data, reports, tmp_path):
    page, counts = tmp_path / "page.md", tmp_path / "counts.json"
    page.write_text(f"before\n\n{ablation.BEGIN}\n{ablation.END}\n\nafter\n")
    command = [sys.executable, PROGRAM, "--data", data, "--page", page, "--json", counts, "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = "\n".join(ablation.table(list(reports.values())))
    assert done.stdout == lines + "\n"
    assert page.read_text() == f"before\n\n{ablation.BEGIN}\n\n{lines}\n\n{ablation.END}\n\nafter\n"
    assert json.loads(counts.read_text()) == list(reports.values())


def test_what_stands_between_the_marks_is_replaced_and_nothing_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{ablation.BEGIN}\n\n| old |\n\n{ablation.END}\nafter")
    for _ in range(2):
        ablation.put(page, ["| a |", "| b |"])
        assert page.read_text() == f"before\n{ablation.BEGIN}\n\n| a |\n| b |\n\n{ablation.END}\nafter"


@pytest.mark.parametrize(
    "text", ["", "{BEGIN}\n", "{END}\n{BEGIN}\n", "{BEGIN} {END}\n", "{BEGIN}\n{END}\n{BEGIN}\n{END}\n"]
)
def test_a_page_without_its_marks_is_refused_and_left_alone(tmp_path, text):
    page = tmp_path / "page.md"
    before = text.format(BEGIN=ablation.BEGIN, END=ablation.END)
    page.write_text(before)
    with pytest.raises(SystemExit):
        ablation.put(page, ["| a |"])
    assert page.read_text() == before


@given(st.integers(1, 10**6).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_only_all_is_hundred_and_only_none_is_zero(share):
    part, whole = share
    shown = ablation.percent(part, whole)
    assert (shown == "100", shown == "0") == (part == whole, part == 0)
    assert abs(float(shown) - 100 * part / whole) <= 0.01


def test_the_examples_of_the_benchmark_run():
    assert [doctest.testmod(module).failed for module in (ablation, quick)] == [0, 0]


# ---------------------------------------------------------------- the page

STORED = tomllib.loads(r"""
[heaviest]
parameters = { penguins = "penguins", species = "Adelie", island = "Torgersen" }
meaning = { aggregate = "max", target = "body_mass_g", conditions = ["species = species", "island = island"] }
templates = ["What is the highest body_mass_g in {penguins} where species is {species} and island is {island}?"]
code = '''
def heaviest(penguins, *, species, island):
    found = penguins.filter(nw.col("species") == species, nw.col("island") == island)
    return found.select(nw.col("body_mass_g").max())
'''
[speed]
parameters = { distance = 240, hours = 3 }
templates = [
    "A train covers {distance} km in {hours} hours. How fast is it?",
    "At what speed does a train cover {distance} km in {hours} hours?",
]
code = "def speed(*, distance, hours): return distance / hours"
[ratio]
parameters = { a = 8, b = 4 }
templates = ["What is the ratio of {a} and {b}?"]
code = "def ratio(*, a, b): return a / b"
""")


def reply(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """What a model would reply."""
    lists = ("synonyms", "ignorable", "examples", "properties", "effects", "open_questions")
    meaning = {"aggregate": "", "target": "", "conditions": [], "grouping": [], "order": "", **facts.get("meaning", {})}
    templates = [{"lang": "en", "text": text} for text in facts["templates"]]
    parameters = [
        {
            "name": slot,
            "type": "frame" if example == slot else "str" if isinstance(example, str) else "float",
            "description": slot,
            "domain": {"column": slot} if isinstance(example, str) and example != slot else None,
            "example": example,
        }
        for slot, example in facts["parameters"].items()
    ]
    own = {"name": name, "summary": name, "meaning": meaning, "templates": templates, "parameters": parameters}
    return {**own, "code": facts["code"], "returns": "number", **{part: [] for part in lists}}


@pytest.fixture(scope="module")
def notebook() -> Iterator[tuple[Reasoner, dict[str, Any]]]:
    """The quickstart's variables and procedures, and the page's own ones."""
    demo = ROOT / "seglam_magics" / "scripted" / "recordings" / "demo"
    recorded = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(demo.glob("*.json"))]
    penguins = pl.read_csv(ROOT / "notebooks" / "data" / "penguins.csv", null_values="NA")
    space = {"penguins": penguins, "waits": [4, 12, 15, 11, 3, 18, 7, 14, 16]}
    reasoner = open_reasoner(Seglam(starter=False), log=MemoryLog())
    replies = {r["question"]: r["reply"] for r in recorded}
    replies |= {f["templates"][0].format(**f["parameters"]): reply(name, f) for name, f in STORED.items()}
    for question, said in replies.items():
        asked = understood(Question(question, space))
        drafted = draft(Reply.model_validate(said), Task(asked.question, asked.reading, asked.variables))
        reasoner.catalogue.publish(dataclasses.replace(drafted.revision, verdict=Verdict(ok=True)))
        reasoner.ask(Question(question, space))
    yield reasoner, space
    reasoner.close()


def shown() -> list[str]:
    """The decisions on the page."""
    return re.findall(r"^```text\n(“.*?)\n```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", shown())
def test_a_decision_on_the_page_is_what_is_decided(notebook, example):
    reasoner, space = notebook
    question = re.match("“(.*)”", example)
    assert question is not None
    with contextlib.suppress(SeglamError):  # a miss
        reasoner.ask(Question(question[1], space, options=Options(reuse="cached")))
    trace = reasoner.recent()[-1]
    assert explain.why(trace.question, trace.decision).splitlines()[: len(example.splitlines())] == example.splitlines()


def test_the_page_has_an_example_of_every_tier():
    text = "\n".join(shown())
    assert [tier for tier in ("exact", "template", "grounded", "text") if say(f"tier.{tier}") not in text] == []


def test_the_table_of_the_page_has_a_row_for_every_variant():
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition(ablation.BEGIN)[2].partition(ablation.END)[0]
    titles = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert titles[2:] == [variant.title for variant in ablation.variants()]
