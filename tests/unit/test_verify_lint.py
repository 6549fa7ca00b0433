"""The lint: what it lets through, what it refuses, and in which words."""

from __future__ import annotations

import keyword
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics.errors import catalogue
from seglam_magics.verify import lint, lint_revision
from seglam_magics.verify.rulebook import effects, frames
from seglam_magics.words import Parameter, Property, Revision

steady = settings(deadline=None, max_examples=60)  # machines may be busy
DATA = Path(__file__).parent / "verify_data"
GOOD = tomllib.loads((DATA / "good.toml").read_text(encoding="utf-8"))
BAD = tomllib.loads((DATA / "bad.toml").read_text(encoding="utf-8"))["case"]


def codes(source, **options):
    return {finding.code for finding in lint(source, **{"name": "p", "frames": False, **options})}


@pytest.mark.parametrize("name", GOOD)
def test_no_false_alarm(name):
    case = GOOD[name]
    found = lint(case["source"], name=name, frames=case.get("frames", False), role=case.get("role", "procedure"))
    assert not found, [str(f) for f in found]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.get("id") or case["code"])
def test_refused_by_code(case):
    assert case["code"] in codes(case["source"], frames=case.get("frames", False))


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.get("id") or case["code"])
def test_every_finding_says_what_and_what_to_do(case):
    for finding in lint(case["source"], name="p", frames=case.get("frames", False)):
        assert finding.says
        assert finding.do
        assert "{" not in finding.says + finding.do.replace("{column: [values]}", "")
        assert "\n" not in str(finding)


def test_the_sentence_of_the_attack_table():
    (finding,) = lint("import os\ndef p(): os.system('id')", name="p", frames=False)[:1]
    assert finding.line == 1
    assert finding.says == "uses module os (runs processes); not allowed"


def test_a_line_is_named():
    (finding,) = lint("def p(xs):\n    ys = list(xs)\n    xs.append(1)\n    return ys", name="p", frames=False)
    assert (finding.code, finding.line) == ("E-EFFECT-MUTATE", 3)
    assert "`xs`" in finding.says


def test_every_code_is_in_the_catalogue():
    for book in (effects(), frames()):
        for rule in book.data["rules"].values():
            assert rule["code"] in catalogue()
            assert rule["says"]
            assert rule["do"]


def test_every_rule_named_in_a_table_exists():
    for table in ("names", "attributes", "beginnings", "pairs", "keywords", "statements"):
        assert set(effects().data[table]) <= set(effects().data["rules"])


def test_ninety_names_of_narwhals_are_allowed():
    import narwhals.stable.v2 as nw

    allowed = frames().allowed
    assert all(hasattr(nw, name) for name in allowed["nw"] | allowed["types"])
    assert all(hasattr(nw.LazyFrame, name) or name == "agg" for name in allowed["frame"])
    risky = {name for kind in (nw, nw.LazyFrame, nw.Expr) for name in dir(kind)}
    risky = {
        n for n in risky if n.startswith(("read_", "scan_", "sink_", "write_", "to_native", "map_", "pipe", "collect"))
    }
    assert risky
    assert not risky & set().union(*allowed.values())


@pytest.mark.parametrize("name", sorted(frames().data["instead"]))
def test_what_to_write_instead_is_told(name):
    (finding, *_) = lint(f"def p(frame): return frame.{name}(1)", name="p", frames=True)
    assert finding.code in ("E-FRAME-NAME", "E-EFFECT-DYNAMIC", "E-EFFECT-CLOCK", "E-EFFECT-RANDOM")
    assert finding.code != "E-FRAME-NAME" or frames().data["instead"][name] == finding.do


identifiers = st.text(st.sampled_from("abcdefgxyz_"), min_size=2, max_size=12).filter(
    lambda s: s.isidentifier() and not keyword.iskeyword(s)
)


@steady
@given(identifiers)
def test_an_unlisted_method_is_refused(name):
    allowed = effects().allowed["methods"]
    found = codes(f"def p(x): return x.{name}()")
    assert bool(found) == (name not in allowed)


@steady
@given(identifiers)
def test_an_unlisted_name_of_narwhals_is_refused(name):
    allowed = frames().allowed["nw"] | frames().allowed["types"]
    assert bool(codes(f"def p(frame): return frame.select(nw.{name})", frames=True)) == (name not in allowed)


@steady
@given(st.sampled_from(["eval", "getattr", "open", "__import__", "print"]), st.sampled_from("abc"), st.booleans())
def test_a_built_in_cannot_be_smuggled_in_through_scopes(name, other, nested):
    inner = f"    def {other}({name}=1): return {name}\n" if nested else f"    {other} = [{name} for {name} in x]\n"
    assert codes(f"def p(x):\n{inner}    return {name}")
    assert codes(f"def p(x, {other}={name}):\n    return {other}")
    assert codes(f"def p(x):\n    return [{name}(y) for y in x]")


@steady
@given(st.text(max_size=200), st.booleans())
def test_any_text_gets_an_answer(source, frames):
    for finding in lint(source, name="p", frames=frames):
        assert finding.code in catalogue()


@pytest.mark.parametrize(
    "source",
    [
        "def p(): return " + "(" * 5000 + ")" * 5000,
        "def p(x): return " + "-" * 90_000 + "x",
        "def p(x): return " + "+".join("x" for _ in range(30_000)),
        "def p(x): return '" + "a" * 70_000 + "'",
        "def p(x): return '" + "a" * 30_000 + "'",
        "def p(x): return [" + "1," * 25_000 + "]",
        "def p(x):\n" + "".join(" " * i + "if x:\n" for i in range(1, 120)) + " " * 120 + "return 1",
    ],
    ids=lambda source: f"{len(source)} characters",
)
def test_what_is_too_large_is_refused_and_nothing_breaks(source):
    assert codes(source) & {"E-EFFECT-SIZE", "E-EFFECT-SYNTAX"}


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x00", "\x1b", "\x7f", "\U000e0041", "\ud800"]
)
def test_hidden_characters_are_named_even_in_comments(sign):
    (finding,) = lint(f"def p(x):\n    return x  # {sign}", name="p", frames=False)
    assert finding.code == "E-EFFECT-CHARACTERS"
    assert f"U+{ord(sign):04X}" in finding.says
    assert finding.line == 2


def test_names_in_other_scripts_are_allowed():
    assert not codes("def p(числа):\n    return sum(числа)")


def test_local_names_may_be_called_like_built_ins_and_modules():
    assert not codes(
        "from datetime import time\ndef p(rows):\n    type = time(1)\n    return [(id, type) for id in rows]"
    )


def test_a_property_may_change_its_own_arguments_and_assume():
    code = "def holds(run, *, values):\n    values.append(1)\n    assume(values)\n    assert run(values=values)"
    assert not lint(code, name="holds", frames=False, role="property")
    assert "E-EFFECT-NAME" in {f.code for f in lint(code, name="holds", frames=False)}


def test_a_property_keeps_no_state():
    code = "SEEN = []\ndef holds(run, *, values):\n    SEEN.append(run(values=values))\n    assert len(SEEN) < 3"
    assert {f.code for f in lint(code, name="holds", frames=False, role="property")} == {"E-EFFECT-STATE"}


def test_a_property_may_do_no_more_than_a_procedure():
    code = "import os\ndef holds(run):\n    open('x')\n    eval('1')"
    found = {f.code for f in lint(code, name="holds", frames=False, role="property")}
    assert found == {"E-EFFECT-IMPORT", "E-EFFECT-FS", "E-EFFECT-DYNAMIC"}


def test_all_code_of_a_revision_is_looked_at():
    one = Revision(
        "p",
        1,
        "",
        "def p(frame): return frame.collect()",
        parameters=(Parameter("frame", "frame"),),
        properties=(Property("q", "", "def q(run, *, frame): assert open('x')"),),
    )
    assert [(where, f.code) for where, f in lint_revision(one)] == [("p", "E-FRAME-NAME"), ("q", "E-EFFECT-FS")]
