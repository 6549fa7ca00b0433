"""A package of procedures that has left seglam: its own tests pass without it, and fail for a wrong procedure."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglam_magics.cli import Office, run
from seglam_magics.errors import SeglamError
from seglam_magics.exporting.literals import literal
from seglam_magics.exporting.package import package_files, package_name
from seglam_magics.exporting.sources import module_names, placed
from seglam_magics.procedure import proc_id
from seglam_magics.reasoner import Reasoner, close_shared, shared
from seglam_magics.settings import load_settings
from seglam_magics.words import (
    Check,
    Example,
    Meaning,
    Parameter,
    Property,
    Requirement,
    Revision,
    Template,
    Verdict,
)

# Runs pytest in a process where seglam cannot be imported.
WITHOUT = """
import sys
sys.modules["seglam"] = sys.modules["seglam_magics"] = None
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-W", "error", *sys.argv[1:]]))
"""
VERDICT = Verdict(ok=True, checks=(Check("property p", ok=True, cases=100),), tier="S2")


def made(name: str, source: str, **fields: Any) -> Revision:
    base: dict[str, Any] = {"templates": (Template(f"what is {name}?"),), "verdict": VERDICT, "summary": f"{name}."}
    one = Revision(name, 0, "", source, **{**base, **fields})
    parts = {part: getattr(one, part) for part in ("returns", "templates", "properties", "requires", "effects")}
    return dataclasses.replace(one, proc_id=proc_id(source, one.parameters, **parts))


def holds(name: str, parameters: str, body: str) -> Property:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return Property(name, f'it """holds""" \\ {name}', f"def {name}(run, *, {parameters}):\n{lines}")


NUMBERS = Parameter("xs", "list", domain={"items": "int"})
TOTAL = made(
    "total",
    "def total(xs):\n    return sum(xs)\n",
    parameters=(NUMBERS,),
    examples=(Example({"xs": [1, 2]}, 3),),
    # named as the test's own helpers are
    properties=(
        holds("called", "xs", "assert run(xs=[*xs, 7]) == run(xs=xs) + 7"),
        holds("checks", "xs", "assert run(xs=[-x for x in xs]) == -run(xs=xs)"),
    ),
)
JSON = made(  # a module of Python's own, and an import that the test module has under another meaning
    "json",
    "from datetime import date as datetime\n\n\ndef json(day):\n"
    '    """Text\n    over lines."""\n    return datetime(day.year, 1, 1)\n',
    parameters=(Parameter("day", "date"),),
    returns="date",
    examples=(Example({"day": "2024-05-17"}, "2024-01-01"),),
    properties=(holds("same_year", "day", "assert run(day=day).year == day.year"),),
)
UPPER = made("Mean", "def Mean(xs):\n    return sum(xs) / len(xs) if xs else None\n", parameters=(NUMBERS,))
LOWER = made("mean", "def mean(xs):\n    if not xs:\n        raise ValueError('empty')\n    return sum(xs) / len(xs)\n",
             parameters=(NUMBERS,), examples=(Example({"xs": [1, 3]}, 2),),
             properties=(holds("between", "xs", "mean = run(xs=xs)\nassert min(xs) <= mean <= max(xs)"),))  # fmt: skip
SHARE = made(
    "доля",
    "def доля(таблица, *, by, columns):\n"
    "    kept = таблица.select(by, *[c for c in columns if c != by])\n"
    "    return kept.group_by(by).agg(nw.len().alias('n'))\n",
    parameters=(
        Parameter("таблица", "frame"),
        Parameter("by", "column", domain={"dtype": "str"}),
        Parameter("columns", "columns"),
    ),
    returns="frame",
    meaning=Meaning(aggregate="count", order="unordered"),
    examples=(
        Example(
            {"таблица": {"город": ["Рига", "Рига", None], "x": [1, 2, 3]}, "by": "город", "columns": ["x"]},
            [{"город": "Рига", "n": 2}, {"город": None, "n": 1}],
        ),
    ),
    properties=(
        holds(
            "every_row_counts",
            "таблица, by, columns",
            "assert sum(r['n'] for r in run(таблица=таблица, by=by, columns=columns)) == len(таблица)",
        ),
    ),
)
FIRST = made(
    "first_rows",
    "def first_rows(t, *, k):\n    return t.sort('points', descending=True, nulls_last=True).head(k)\n",
    parameters=(Parameter("t", "frame"), Parameter("k", "int", domain={"min": 1, "max": 5})),
    returns="frame",
    meaning=Meaning(order="points descending"),
    requires=(Requirement("t", {"points": "number"}),),
    examples=(Example({"t": {"points": [1, 3, 3], "id": [7, 8, 9]}, "k": 2}, {"points": [3, 3], "id": [8, 9]}),),
    properties=(holds("at_most", "t, k", "assert len(run(t=t, k=k)) == min(k, len(t))"),),
)
NOW = made(
    "age_in_days",
    "def age_in_days(born, *, now, seed):\n    return (now.date() - born).days + 0 * seed\n",
    parameters=(Parameter("born", "date"), Parameter("now", "date"), Parameter("seed", "int")),
    examples=(Example({"born": "2024-01-01", "now": "2024-01-03T12:00:00+01:00", "seed": 1}, 2),),
    properties=(
        holds("aware", "born, now, seed", "assert now.utcoffset() is not None and isinstance(run(seed=seed), int)"),
    ),
)
EVERY = (TOTAL, JSON, UPPER, LOWER, SHARE, FIRST, NOW)


@pytest.fixture
def reasoner() -> Iterator[Reasoner]:
    yield shared(load_settings())
    close_shared()


@pytest.fixture
def office(reasoner: Reasoner) -> Office:
    return Office(lambda: reasoner, reasoner.settings)


def tried(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)


def without_seglam(folder: Path, code: str) -> str:
    blocked = (
        f"import sys\nsys.modules['seglam'] = sys.modules['seglam_magics'] = None\nsys.path.insert(0, 'src')\n{code}"
    )
    done = subprocess.run([sys.executable, "-c", blocked], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def publish(reasoner: Reasoner, *revisions: Revision) -> None:
    for revision in revisions:
        reasoner.catalogue.publish(revision)


def code_of(error: pytest.ExceptionInfo[SeglamError]) -> str:
    return error.value.code


# ---------------------------------------------------------------- it runs without seglam


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "my_procedures"
    numbered = [dataclasses.replace(r, number=1) for r in EVERY]
    for name, text in package_files("my_procedures", numbered).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_its_tests_pass_where_seglam_cannot_be_imported(package):
    done = tried(package)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b13 passed", done.stdout), done.stdout


WRONG = {
    "total": ("sum(xs)", "sum(map(abs, xs))"),
    "доля": ("nw.len().alias('n')", "nw.col(by).count().alias('n')"),
    "first_rows": (".head(k)", ".head(k + 1)"),
    "json_": ("datetime(day.year, 1, 1)", "datetime(2024, 1, 1)"),
}


def test_its_tests_fail_for_wrong_procedures_and_for_no_other(package, tmp_path):
    folder = shutil.copytree(package, tmp_path / "my_procedures")
    for module, (right, wrong) in WRONG.items():
        source = folder / "src" / "my_procedures" / f"{module}.py"
        before = source.read_text(encoding="utf-8")
        assert right in before
        source.write_text(before.replace(right, wrong), encoding="utf-8")
    done = tried(folder, "-rf", "--tb=no")
    assert done.returncode == 1
    failed = set(re.findall(r"FAILED tests/test_(\w+)\.py::test_property_", done.stdout))
    assert failed == set(WRONG)


def test_names_that_clash_are_told_apart(package):
    modules = {path.stem for path in (package / "src" / "my_procedures").glob("*.py")}
    assert modules >= {"json_", "Mean", "mean_2", "total", "доля"}
    out = without_seglam(package, "import my_procedures as m\nprint(m.mean([1, 3]), m.Mean([]), sorted(m.__all__))")
    assert out.split()[:2] == ["2.0", "None"]


def test_any_frame_goes_in_and_its_kind_comes_out(package):
    code = """
import polars as pl
from my_procedures import first_rows, доля
t = pl.DataFrame({"points": [1.0, 3.0, 3.0, float("nan")], "id": [7, 8, 9, 10]})
print(first_rows(t, k=2)["id"].to_list(), type(first_rows(t.lazy(), k=1)).__name__)
print(доля(pl.DataFrame({"g": ["b", "a", "b"], "x": [1, 2, 3]}), by="g", columns=["x"]).rows())
"""
    assert without_seglam(package, code).splitlines() == ["[8, 9] LazyFrame", "[('a', 1), ('b', 2)]"]


def test_a_pandas_frame_comes_back_as_one(package):
    pytest.importorskip("pandas")
    code = """
import pandas as pd
from my_procedures import first_rows
frame = first_rows(pd.DataFrame({"points": [1, 3, None], "name": ["a", "b", None]}), k=2)
print(type(frame).__module__.split(".")[0], frame["name"].to_list())
"""
    assert without_seglam(package, code).strip() == "pandas ['b', 'a']"


def test_it_needs_what_its_procedures_need(package):
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [re.match(r"\w+", one)[0] for one in project["dependencies"]] == ["narwhals", "polars"]
    plain = package_files("mine", [dataclasses.replace(TOTAL, number=1)])
    assert tomllib.loads(plain["pyproject.toml"])["project"]["dependencies"] == []
    assert "src/mine/_border.py" not in plain


def test_nothing_of_it_imports_seglam(package):
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.startswith("seglam")], path


# ---------------------------------------------------------------- the verb


def test_the_verb_writes_what_answers_and_says_what_it_left_out(reasoner, office, tmp_path):
    publish(reasoner, TOTAL, LOWER)
    reasoner.catalogue.revoke("mean")
    said = run(f"export --py {tmp_path / 'mine'}", office)
    assert "mean@1 is revoked and is left out" in said
    assert (tmp_path / "mine" / "src" / "mine" / "total.py").exists()
    assert not (tmp_path / "mine" / "src" / "mine" / "mean.py").exists()
    assert "mean@1 is revoked and is left out" in (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")


def test_what_was_not_verified_here_stays(reasoner, office, tmp_path):
    publish(reasoner, TOTAL, dataclasses.replace(LOWER, verdict=None))
    data = json.loads(run(f"export --json --py {tmp_path / 'mine'}", office))
    assert data["procedures"] == ["total@1"]
    assert len(data["left_out"]) == 1


def test_a_named_version_is_written_and_an_unknown_one_is_an_error(reasoner, office, tmp_path):
    publish(reasoner, TOTAL, made("total", "def total(xs):\n    return float(sum(xs))\n", parameters=(NUMBERS,)))
    run(f"export --py {tmp_path / 'mine'} total@1", office)
    assert "float" not in (tmp_path / "mine" / "src" / "mine" / "total.py").read_text(encoding="utf-8")
    with pytest.raises(SeglamError) as error:
        run(f"export --py {tmp_path / 'other'} totl", office)
    assert code_of(error) == "E-PROCEDURE-UNKNOWN"
    assert not (tmp_path / "other").exists()


def test_two_versions_of_one_name_are_one(reasoner, office, tmp_path):
    publish(reasoner, TOTAL, made("total", "def total(xs):\n    return float(sum(xs))\n", parameters=(NUMBERS,)))
    data = json.loads(run(f"export --json --py {tmp_path / 'mine'} total@1 total@2", office))
    assert data["procedures"] == ["total@2"]
    assert "total@1 is the second version" in data["left_out"][0]


def test_a_folder_of_others_is_never_replaced(reasoner, office, tmp_path):
    publish(reasoner, TOTAL)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work", encoding="utf-8")
    for option in ("", "--force"):
        with pytest.raises(SeglamError) as error:
            run(f"export {option} --py {tmp_path / 'mine'}", office)
        assert code_of(error) == "E-EXPORT-EXISTS"
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.tex"]


def test_an_earlier_export_is_replaced_as_a_whole_with_force(reasoner, office, tmp_path):
    publish(reasoner, TOTAL, LOWER)
    run(f"export --py {tmp_path / 'mine'}", office)
    with pytest.raises(SeglamError) as error:
        run(f"export --py {tmp_path / 'mine'} total", office)
    assert code_of(error) == "E-EXPORT-EXISTS"
    run(f"export --force --py {tmp_path / 'mine'} total", office)
    assert sorted(p.name for p in (tmp_path / "mine" / "tests").iterdir()) == [
        "checks.py",
        "comparing.py",
        "test_total.py",
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("words", ["export", "export --py a --jsonl b"])
def test_one_of_the_two_forms_is_asked_for(office, words):
    with pytest.raises(SeglamError) as error:
        run(words, office)
    assert code_of(error) == "E-USAGE"


def test_an_empty_store_is_said_to_be_empty(office, tmp_path):
    with pytest.raises(SeglamError) as error:
        run(f"export --py {tmp_path / 'mine'}", office)
    assert code_of(error) == "E-EXPORT-NOTHING"


@pytest.mark.parametrize("name", ["class", "json", "1st", "polars", "a+b", "имя", "tests"])
def test_a_folder_that_cannot_be_a_package_is_refused(name):
    with pytest.raises(SeglamError) as error:
        package_name(name)
    assert code_of(error) == "E-EXPORT-NAME"


# ---------------------------------------------------------------- names and literals

IDENTIFIERS = st.sampled_from(["a", "A", "ａ", "json", "JSON_", "json_", "print", "_x", "доля", "ДОЛЯ", "a_2", "match"])


@given(st.lists(IDENTIFIERS, unique=True))
def test_no_two_modules_are_one_file(names):
    modules = module_names(names)
    assert list(modules) == names
    assert len({m.casefold() for m in modules.values()}) == len(names)
    assert not {m for m in modules.values() if m in sys.stdlib_module_names or m.startswith("_")}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@given(PLAIN)
def test_a_literal_is_its_value(value):
    assert eval(literal(value), {"datetime": dt}) == value
    assert eval(literal(value, "_datetime"), {"_datetime": dt}) == value


@pytest.mark.parametrize("taken", [(), ("f",), ("re",), ("sum", "f"), ("HELP",)])
def test_a_source_leaves_the_names_around_it_alone(taken):
    source = (
        "import re\nHELP = 'a\\nb'\n\n\ndef f(x):\n    '''Over\n    lines.'''\n"
        "    return sum(map(len, re.split(HELP, x)))\n"
    )
    space: dict[str, Any] = dict.fromkeys(taken, "the user's own")
    put = placed(source, "f", "f_of_seglam" if "f" in taken else "f", taken)
    exec(put.text, space)
    assert space[put.name](x="xa\nby") == 2
    assert all(space[name] == "the user's own" for name in taken)
