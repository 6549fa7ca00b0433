"""The public attack table, rows A01 to A24: code, sentence, and nothing changed.

Rows that code alone can decide are refused by the lint. With the lint out of the way, the rest of them meet the sandbox
of this tier: limits, and plain data on the way out.
"""

from __future__ import annotations

import dataclasses
import os
import textwrap
import tomllib
from pathlib import Path

import polars as pl
import pytest

from seglam_magics.errors import SeglamError
from seglam_magics.verify import ChildExecutor, lint
from seglam_magics.verify import executor as room
from seglam_magics.words import Example, Parameter, Property, Revision

CASES = tomllib.loads((Path(__file__).parents[1] / "unit/verify_data/bad.toml").read_text(encoding="utf-8"))["case"]
ROWS = {case["id"]: case for case in CASES if "id" in case}
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

REACH = """
def f(values=None, k=1):
    found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
    sys = found[0].__init__.__globals__["sys"]
    os, io, time, builtins = (sys.modules[n] for n in ("os", "io", "time", "builtins"))
"""


def reaching(code):
    return REACH + textwrap.indent(textwrap.dedent(code), "    ")


@pytest.fixture(scope="module")
def executor():
    made = ChildExecutor()
    yield made
    made.close()


def surroundings():
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


@pytest.fixture
def nothing_changes(tmp_path, monkeypatch, executor):
    """A world with something in it, which is the same afterwards; and the sandbox works as before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("a\n1\n")
    frame, rows = pl.DataFrame({"a": [1, 2], "l": [[1], [2]]}), [{"a": 1, "l": [1]}, {"a": 2, "l": [2]}]
    environment = surroundings()
    yield {"frame": frame, "rows": rows}
    assert frame.to_dicts() == rows == [{"a": 1, "l": [1]}, {"a": 2, "l": [2]}]
    assert [p.name for p in tmp_path.iterdir()] == ["data.csv"]
    assert (tmp_path / "data.csv").read_text() == "a\n1\n"
    assert surroundings() == environment
    assert executor.call("def f(): return 1", "f", {}, returns="number") == 1


@pytest.mark.parametrize("row", ROWS)
def test_refused_before_anything_runs(row, executor, nothing_changes):
    case = ROWS[row]
    verdict = executor.verify(Revision("p", 1, "", case["source"]))
    assert not verdict.ok
    assert [check.name for check in verdict.checks] == ["lint"] * len(verdict.checks)
    assert any(case["code"] in check.message for check in verdict.checks)
    first = next(f for f in lint(case["source"], name="p", frames=False) if f.code == case["code"])
    assert first.says
    assert first.do


@pytest.mark.parametrize("row", sorted(set(ROWS) - {"A13"}))  # a helper may change what is its own
@pytest.mark.parametrize("role", ["helper", "nested", "lambda", "default", "property"])
def test_refused_wherever_it_stands(row, role, executor):
    """The same code as a helper, inside another function, as a default, or in a property."""
    body = ROWS[row]["source"]
    indented = textwrap.indent(body, "    ")
    source = {
        "helper": f"{body}\ndef q(x):\n    return p(x)",
        "nested": f"def q(x):\n{indented}\n    return p",
        "lambda": f"{body}\ndef q(x):\n    return (lambda: p(x))()",
        "default": f"{body}\ndef q(x, y=1):\n    return [p for _ in range(3)]",
        "property": f"{body}\ndef q(run, *, x):\n    assert p(run)",
    }[role]
    found = lint(source, name="q", frames=False, role="property" if role == "property" else "procedure")
    assert ROWS[row]["code"] in {finding.code for finding in found}


# ---------------------------------------------------------------- the sandbox alone


def sly(source, **changes):
    made = Revision(
        "f",
        1,
        "",
        source,
        parameters=(
            Parameter("values", "list", domain={"items": "int"}),
            Parameter("k", "int", domain={"min": 0, "max": 5}),
        ),
        returns="list",
        examples=(Example({"values": [3, 1], "k": 1}, [1, 3]),),
        properties=(
            Property(
                "is_sorted",
                "",
                "def is_sorted(run, *, values, k):\n    assert run(values=values, k=k) == sorted(values)",
            ),
        ),
    )
    return dataclasses.replace(made, **changes)


@pytest.fixture
def unlinted(monkeypatch):
    monkeypatch.setattr(room, "lint_revision", lambda _revision: ())


def refused(executor, source, seconds=0.5):
    with pytest.raises(SeglamError) as told:
        executor.call(source, "f", {"values": [3, 1]}, returns="list", seconds=seconds)
    assert "\n" not in told.value.says
    assert told.value.hint
    return told.value.code


@forks
@pytest.mark.parametrize(
    ("row", "code", "source"),
    [
        ("A17", "E-RUN-TIME", "def f(values, k=1):\n    while True: pass"),
        ("A17", "E-RUN-TIME", reaching("time.sleep(60)")),
        ("A18", "E-RUN-TIME", "import re\ndef f(values, k=1): return re.match(r'(a+)+$', 'a' * 40 + 'b')"),
        ("A18", "E-RUN-TIME", "def f(values, k=1): return [pow(3, 10 ** 9)]"),
        ("A19", "E-RUN-MEMORY", reaching("return [len(builtins.bytearray(9 << 30))]")),
        ("A19", "E-RUN-MEMORY", "def f(values, k=1): return [(1,) * (2 << 30)]"),
        ("A21", "E-RUN-PROTOCOL", reaching("os._exit(0)")),
        ("A21", "E-RUN-PROTOCOL", reaching("os.close(3)\nreturn [1]")),
        ("A22", "E-RUN-PROTOCOL", reaching("""
            for fd in range(64):
                try: os.write(fd, b'{"checks": [["lint", true, 1, ""]], "value": [1, 3]}')
                except Exception: pass
            return [1, 3]""")),
    ],
)  # fmt: skip
def test_contained(row, code, source, executor, nothing_changes):
    assert refused(executor, source) == code


@forks
@pytest.mark.parametrize(
    "code",
    [
        "os._exit(0)",
        "os.kill(os.getpid(), 9)",
        "os.close(3)\nreturn sorted(values)",
        "for fd in range(3, 64):\n    try: os.write(fd, b'SGL1')\n    except Exception: pass\nreturn sorted(values)",
        "sys.exit(0)",
    ],
)
def test_a21_a22_a_verdict_needs_an_answer(code, executor, unlinted, nothing_changes):
    verdict = executor.verify(sly(reaching(code)))
    assert not verdict.ok
    assert verdict.failure is not None
    assert verdict.failure.message


@forks
def test_a23_a_liar_is_compared_as_plain_data(executor, unlinted):
    source = reaching("""
        E = [].__class__.__class__("E", (list,), {"__eq__": lambda a, b: True, "__ne__": lambda a, b: False})
        return E([666])
    """)
    verdict = executor.verify(sly(source))
    assert not verdict.ok
    assert verdict.failure.name in ("type", "example 1")


@forks
def test_a24_a_property_keeps_its_own_built_ins(executor, unlinted):
    source = reaching("""
        builtins.sorted = lambda x: [666]
        return [666]
    """)
    verdict = executor.verify(sly(source, examples=()))
    assert not verdict.ok
    assert verdict.failure.name == "property is_sorted"


@forks
def test_a25_a26_a_property_that_says_nothing_proves_nothing(executor):
    right = "def f(values, k=1): return sorted(values)"
    for body in ("assert True", "assert isinstance(run(values=values, k=k), list)"):
        idle = Property("idle", "", f"def idle(run, *, values, k):\n    {body}")
        assert not executor.verify(sly(right, properties=(idle,))).ok
    for body in ("assume(False)", "raise ValueError"):
        never = Property("never", "", f"def never(run, *, values, k):\n    {body}")
        assert not executor.verify(sly(right, properties=(never,))).ok


@forks
def test_files_keep_their_content(executor, nothing_changes, tmp_path):
    path = tmp_path / "data.csv"
    code = reaching(f"io.open({str(path)!r}, 'ab', 0).write(b'2')\nreturn [1]")
    assert refused(executor, code) == "E-RUN"


@forks
def test_a14_a15_a_copy_is_all_it_gets(executor, nothing_changes):
    """Whatever it does to its arguments in the sandbox, the caller's are untouched."""
    rows, frame = nothing_changes["rows"], nothing_changes["frame"]
    source = "def f(rows):\n    for row in rows:\n        row['l'].append(9)\n        row['a'] = 0\n    return rows"
    assert executor.call(source, "f", {"rows": rows}, returns="list")[0] == {"a": 0, "l": [1, 9]}
    source = (
        "def f(frame): return frame.to_native().collect().insert_column(0, frame.to_native().collect()['a'].alias('z'))"
    )
    assert executor.call(source, "f", {"frame": frame}, returns="frame").columns == ["z", "a", "l"]
