"""The lint against its own kind of attack: sources it must refuse, good ones spoiled in one place, and any text at all.

What is refused here has run nowhere; the sandbox must hold the same without the lint, which other files try.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglam_magics.errors import catalogue
from seglam_magics.verify import lint
from seglam_magics.verify.rulebook import effects, frames

HERE = Path(__file__).parent
GROUPS = tomllib.loads((HERE / "lint_attacks.toml").read_text(encoding="utf-8"))["refused"]
REFUSED = [(g["code"], g["rule"], g.get("frames", False), source) for g in GROUPS for source in g["sources"]]
PLAIN = tomllib.loads((HERE.parent / "good" / "plain.toml").read_text(encoding="utf-8"))
FRAMES = tomllib.loads((HERE.parent / "good" / "frames.toml").read_text(encoding="utf-8"))["procedures"]
GOOD = [(name, case["source"], name in FRAMES) for name, case in (PLAIN | FRAMES).items()]
steady = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

# what the public attack table expects of code, each with the library it would be written with: what is told first
TOLD_FIRST = {
    "E-EFFECT-IMPORT": ["import os\ndef p(): os.system('id')", "import ctypes\ndef p(): ctypes.CDLL(None).fork()"],
    "E-EFFECT-DYNAMIC": [
        "def p(): return __import__('subprocess')",
        "import pandas as pd\ndef p(df): return df.query(\"@__import__('os').system('id')\")",
    ],
    "E-EFFECT-INTROSPECT": [
        "def p(): return ().__class__.__mro__[1].__subclasses__()",
        "def p(x): return '{0.__class__}'.format(x)",
        "def p(x): return (i for i in x).gi_frame.f_globals",
    ],
    "E-EFFECT-FS": [
        "import polars as pl\ndef p(): return pl.read_csv('/etc/passwd')",
        "def p(df):\n    df.write_csv('/tmp/a')\n    return df",
        "import numpy as np\ndef p(f): return np.load(f, allow_pickle=True)",
    ],
    "E-EFFECT-NET": ["import polars as pl\ndef p(): return pl.scan_csv('http://127.0.0.1/x').collect()"],
    "E-EFFECT-CLOCK": [
        "from datetime import datetime\ndef p(): return datetime.now()",
        "import pandas as pd\ndef p(): return pd.Timestamp.now()",
        "import time\ndef p(): return time.time()",
    ],
    "E-EFFECT-RANDOM": [
        "import numpy as np\ndef p(): return np.random.rand()",
        "import random\ndef p(xs): return random.choice(xs)",
    ],
    "E-EFFECT-MUTATE": [
        "def p(df):\n    df['z'] = 1\n    return df",
        "def p(df):\n    d = df\n    d.to_numpy().flags.writeable = True\n    return d",
        "def p(df):\n    for cell in df['cells']:\n        cell.append(1)\n    return df",
    ],
    "E-EFFECT-STATE": ["def p(x, acc=[]):\n    acc.append(x)\n    return acc"],
}


@pytest.mark.parametrize(("code", "rule", "framed", "source"), REFUSED)
def test_refused_by_its_rule(code: str, rule: str, framed: bool, source: str) -> None:
    found = lint(source, name="p", frames=framed)
    assert (code, rule) in {(f.code, f.rule) for f in found}, [str(f) for f in found]
    for finding in found:
        assert finding.says
        assert finding.do
        assert "\n" not in str(finding)
        assert finding.line <= source.count("\n") + 1


@pytest.mark.parametrize(("code", "source"), [(code, one) for code, many in TOLD_FIRST.items() for one in many])
def test_what_matters_is_told_first(code: str, source: str) -> None:
    assert lint(source, name="p", frames=False)[0].code == code


def test_there_are_enough_and_every_rule_is_met() -> None:
    assert len(REFUSED) >= 120
    rules = {"effects": set(effects().data["rules"]), "frames": set(frames().data["rules"])}
    told = {
        (("frames" if f.code.startswith("E-FRAME") else "effects"), f.rule)
        for _, _, framed, source in REFUSED
        for f in lint(source, name="p", frames=framed)
    }
    missing = {(book, rule) for book, names in rules.items() for rule in names} - told
    assert missing <= {("effects", "size")}  # met further down


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("from datetime import datetime\ndef p(): return datetime.now()", "take `now` as a parameter"),
        ("import time\ndef p(): return time.time()", "take `now` as a parameter"),
        ("import random\ndef p(xs): return random.choice(xs)", "take a `seed` as a parameter"),
        ("import numpy as np\ndef p(): return np.random.rand()", "take a `seed` as a parameter"),
        ("def p(x): return x.lowr()", "did you mean lower?"),
        ("def p(x): return math.floor(x)", "add the line: import math"),
    ],
)
def test_what_to_do_is_told(source: str, words: str) -> None:
    assert words in lint(source, name="p", frames=False)[0].do


# ---------------------------------------------------------------- a good procedure, spoiled in one place

STATEMENTS = {
    "import os": "E-EFFECT-IMPORT",
    "from subprocess import run": "E-EFFECT-IMPORT",
    "import math as __builtins__": "E-EFFECT-INTROSPECT",
    "import time": "E-EFFECT-CLOCK",
    "from random import random": "E-EFFECT-RANDOM",
    "global everything": "E-EFFECT-STATE",
    "class Sly: pass": "E-EFFECT-SYNTAX",
    "async def sly(): pass": "E-EFFECT-SYNTAX",
    "with sly: pass": "E-EFFECT-SYNTAX",
    "try: pass\nexcept: pass": "E-EFFECT-CATCH",
    "def sly(a=[]): return a": "E-EFFECT-STATE",
    "sly.attribute = 1": "E-EFFECT-MUTATE",
}
EXPRESSIONS = {
    "eval('1')": "E-EFFECT-DYNAMIC",
    "__import__('os')": "E-EFFECT-DYNAMIC",
    "getattr(1, 'real')": "E-EFFECT-INTROSPECT",
    "().__class__": "E-EFFECT-INTROSPECT",
    "(lambda: 0).__globals__": "E-EFFECT-INTROSPECT",
    "'{0.a}'.format(1)": "E-EFFECT-INTROSPECT",
    "(i for i in ()).gi_frame": "E-EFFECT-INTROSPECT",
    "f'{1:{().__class__}}'": "E-EFFECT-INTROSPECT",
    "open('/etc/passwd')": "E-EFFECT-FS",
    "[1].write_csv('a')": "E-EFFECT-FS",
    "[1].fetch('http://127.0.0.1/')": "E-EFFECT-NET",
    "print(1)": "E-EFFECT-DISPLAY",
    "[1].now()": "E-EFFECT-CLOCK",
    "[1].shuffle()": "E-EFFECT-RANDOM",
    "[1].query('x')": "E-EFFECT-DYNAMIC",
    "[1].pipe(max)": "E-EFFECT-DYNAMIC",
}


class Spoiler(ast.NodeTransformer):
    """Puts an expression where the `place`-th one that is evaluated stands."""

    def __init__(self, place: int, bad: ast.expr) -> None:
        self.place, self.bad, self.seen = place, bad, -1

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, (ast.Name, ast.Call, ast.BinOp, ast.Compare)) and not isinstance(
            getattr(node, "ctx", None), (ast.Store, ast.Del)
        ):
            self.seen += 1
            if self.seen == self.place:
                return self.bad
        if isinstance(node, (ast.MatchClass, ast.MatchValue, ast.MatchMapping)):
            return node
        return self.generic_visit(node)


def test_the_good_ones_are_good() -> None:
    assert not [name for name, source, framed in GOOD if lint(source, name=name, frames=framed)]


@steady
@given(st.sampled_from(GOOD), st.sampled_from(sorted(STATEMENTS)), st.data())
def test_a_bad_statement_anywhere_is_refused(good: tuple[str, str, bool], bad: str, data: st.DataObject) -> None:
    name, source, framed = good
    tree = ast.parse(source)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.For, ast.If, ast.While))]
    body = data.draw(st.sampled_from(bodies))
    body[(at := data.draw(st.integers(0, len(body)))) : at] = ast.parse(bad).body
    spoiled = ast.unparse(ast.fix_missing_locations(tree))
    assert STATEMENTS[bad] in {f.code for f in lint(spoiled, name=name, frames=framed)}, spoiled


@steady
@given(st.sampled_from(GOOD), st.sampled_from(sorted(EXPRESSIONS)), st.integers(0, 200))
def test_a_bad_expression_anywhere_is_refused(good: tuple[str, str, bool], bad: str, place: int) -> None:
    name, source, framed = good
    tree = ast.parse(source)
    counted = Spoiler(-2, ast.Constant(0))
    counted.visit(ast.parse(source))
    spoiler = Spoiler(place % (counted.seen + 1), ast.parse(bad, mode="eval").body)
    spoiled = ast.unparse(ast.fix_missing_locations(spoiler.visit(tree)))
    assert EXPRESSIONS[bad] in {f.code for f in lint(spoiled, name=name, frames=framed)}, spoiled


# ---------------------------------------------------------------- any text


def calm(source: str, *, framed: bool) -> None:
    for role in ("procedure", "property"):
        for finding in lint(source, name="p", frames=framed, role=role):  # type: ignore[arg-type]
            assert finding.code in catalogue()
            assert finding.says


@steady
@given(st.binary(max_size=300), st.sampled_from(["utf-8", "latin-1", "utf-16"]), st.booleans())
def test_any_bytes(given_bytes: bytes, encoding: str, framed: bool) -> None:
    calm(given_bytes.decode(encoding, "replace"), framed=framed)


@steady
@given(st.text(st.characters(), max_size=200), st.booleans())
def test_any_text(text: str, framed: bool) -> None:
    calm(text, framed=framed)
    calm(f"def p(x): return {text!r}", framed=framed)
    calm(f"def p(x):  # {text}\n    return x", framed=framed)


@steady
@given(st.sampled_from(GOOD), st.integers(0, 2000), st.integers(0, 2000), st.booleans())
def test_good_code_cut_or_doubled(good: tuple[str, str, bool], start: int, length: int, doubled: bool) -> None:
    _, source, framed = good
    at = start % (len(source) + 1)
    part = source[at : at + length % (len(source) + 1 - at)]
    calm(source[:at] + part + part + source[at:] if doubled else source[:at] + source[at + len(part) :], framed=framed)


@steady
@given(
    st.lists(
        st.sampled_from("def p(x): return x.a [ ] { } ( ) , : = := lambda match case f'{ \n\t yield **".split(" "))
    )
)
def test_any_row_of_words(words: list[str]) -> None:
    calm(" ".join(words), framed=True)


MANY = 60_000
HUGE = {
    "brackets": "def p(): return " + "(" * 9000 + ")" * 9000,
    "lists": "def p(): return " + "[" * 190 + "]" * 190,
    "signs": "def p(x): return " + "-" * MANY + "x",
    "nots": "def p(x): return " + "not " * (MANY // 4) + "x",
    "sum": "def p(x): return " + "+".join("x" for _ in range(MANY // 2)),
    "chain": "def p(x): return x" + ".a" * (MANY // 2),
    "calls": "def p(x): return x" + "()" * (MANY // 2),
    "methods": "def p(frame): return frame" + ".shift()" * (MANY // 8),
    "subscripts": "def p(x): return x" + "[0]" * (MANY // 3),
    "lambdas": "def p(x): return " + "lambda: " * (MANY // 8) + "x",
    "ifs": "def p(x): return " + "x if x else " * (MANY // 12) + "x",
    "elifs": "def p(x):\n if x: pass\n" + " elif x: pass\n" * (MANY // 14),
    "indents": "def p(x):\n" + "".join(" " * i + "if x:\n" for i in range(1, 95)) + " " * 95 + "return 1",
    "functions": "def p(x):\n" + "".join(" " * i + f"def f{i}(x):\n" for i in range(1, 95)) + " " * 95 + "return 1",
    "unknown names": "def p(x): return [" + ",".join(f"u{i}" for i in range(MANY // 8)) + "]",
    "unknown methods": "def p(x): return [" + ",".join(f"x.u{i}()" for i in range(MANY // 12)) + "]",
    "aliases": "def p(x):\n a0 = x\n" + "".join(f" a{i} = a{i - 1}\n" for i in range(1, 3500)) + " a3499.append(1)",
    "changes": "def p(x):\n y = x[0]\n" + " y[0] = 1\n" * (MANY // 11),
    "comparisons": "def p(f):\n k = [" + "1," * 12_000 + "]\n return [" + "k != 1," * 3000 + "]",
    "itself": "def p(f):\n e = [e]\n return f.group_by('a').agg(e)",
    "each other": "def p(f):\n a = [b]\n b = [a]\n a[0].append(1)\n return f.group_by('a').agg(a, *b)",
    "formats": "def p(x): return f'" + "{x:" * 90 + "}" * 90 + "'",
    "numbers": "def p(): return " + "9" * MANY,
    "patterns": "def p(x):\n match x:\n  case " + "[" * 150 + "a" + "]" * 150 + ": return a",
    "letters": "def p(x): return [" + ",".join(f"имя{i}" for i in range(MANY // 16)) + "]",
}


@pytest.mark.parametrize("what", HUGE)
@pytest.mark.parametrize("framed", [False, True])
def test_whatever_its_size(what: str, framed: bool) -> None:
    calm(HUGE[what], framed=framed)
