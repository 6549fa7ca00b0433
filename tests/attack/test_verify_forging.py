"""A verdict is worth something: whatever procedure and properties do, none of them can have itself believed.

Each case goes through the public door, with the lint and with the lint switched off, where the separation has to hold.
"""

from __future__ import annotations

import dataclasses
import os
import textwrap
import time

import pytest

from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Example, Meaning, Parameter, Property, Revision

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

# How foreign code gets at the interpreter when no lint has looked at it.
REACH = """
found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close"]
sys = found[0].__init__.__globals__["sys"]
os, io, time, builtins, json = (sys.modules[n] for n in ("os", "io", "time", "builtins", "json"))
"""
VALUES = (Parameter("values", "list", domain={"items": "int"}),)
ORDERED = Property("ordered", "", "def ordered(run, *, values):\n    assert run(values=values) == sorted(values)\n")
RIGHT = Revision(
    "f", 1, "", "def f(*, values):\n    return sorted(values)\n",
    parameters=VALUES, returns="list", examples=(Example({"values": [3, 1, 2]}, [1, 2, 3]),), properties=(ORDERED,),
)  # fmt: skip
# One message of the protocol, as bytes.
FRAME = "lambda text: b'SGL1' + len(text).to_bytes(4, 'big') + bytes(4) + text"


@pytest.fixture(scope="module")
def executor():
    made = ChildExecutor()
    yield made
    made.close()


@pytest.fixture
def unlinted(executor, monkeypatch):
    monkeypatch.setattr("seglam_magics.verify.executor.lint_revision", lambda _revision: [])
    return executor


def procedure(body, **changes):
    """A wrong procedure: what it does, and nothing right returned."""
    code = textwrap.indent(textwrap.dedent(REACH + body), "    ")
    return dataclasses.replace(RIGHT, **{"source": f"def f(*, values):\n{code}\n    return [666]\n", **changes})


def claim(body, name="sly"):
    code = textwrap.indent(textwrap.dedent(body), "    ")
    return Property(name, "", f"def {name}(run, *, values):\n{code}\n")


def refused(executor, revision, *codes, seconds=10.0):
    begin = time.monotonic()
    verdict = executor.verify(revision, cases=25, seconds=seconds)
    assert time.monotonic() - begin < 30
    assert not verdict.ok
    assert verdict.failure is not None
    assert not codes or any(code in verdict.failure.message for code in codes), verdict.failure
    good = executor.verify(RIGHT, cases=25)
    assert good.ok, ("the next one must not notice", good.failure)
    return verdict.failure


# ---------------------------------------------------------------- limits


LOOP = "def f(*, values):\n    while True:\n        pass\n"
REGEX = "import re\ndef f(*, values):\n    return [len(re.findall(r'(a+)+$', 'a' * 40 + 'b'))]\n"
HUGE = "def f(*, values):\n    return [len(bytes(8 << 30))]\n"


@pytest.mark.parametrize("source", [LOOP, REGEX, "FOREVER = [1 for _ in iter(int, 1)]\n" + RIGHT.source])
def test_what_does_not_end_is_ended_at_the_deadline(unlinted, source):
    begin = time.monotonic()
    verdict = unlinted.verify(dataclasses.replace(RIGHT, source=source), seconds=1.0)
    spent = time.monotonic() - begin
    assert "did not finish within 1 s" in verdict.failure.message
    assert "E-LIMIT-TIME" in verdict.failure.message
    assert spent < 1.0 + 5.0


def test_a_property_that_does_not_end_is_ended(unlinted):
    found = refused(
        unlinted, dataclasses.replace(RIGHT, properties=(claim("while True: pass"),)), "E-LIMIT-TIME", seconds=1.0
    )
    assert found.name == "property sly"


def test_memory_is_refused(unlinted):
    found = refused(unlinted, dataclasses.replace(RIGHT, source=HUGE), "E-LIMIT-MEMORY")
    assert "f(values=[" in found.message


def test_no_process_is_started(executor, unlinted):
    source = "import ctypes\ndef f(*, values):\n    while True:\n        ctypes.CDLL(None).fork()\n"
    refused(unlinted, dataclasses.replace(RIGHT, source=source))
    if executor.tier != "S1":
        forking = procedure("try:\n    os.fork()\nexcept Exception:\n    return sorted(values)")
        assert unlinted.verify(forking, cases=10).ok, "EPERM, and nothing else happened"


# ---------------------------------------------------------------- the runner against the verdict


@pytest.mark.parametrize("how", ["os._exit(0)", "os._exit(11)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_ending_before_an_answer_is_no_answer(unlinted, how):
    refused(unlinted, procedure(how), "E-VERIFY-PROTOCOL")


VERDICTS = [
    b'{"checks": [["property ordered", true, 25, ""]]}',
    b'{"header": {"checks": [["property ordered", true, 25, ""]]}, "blobs": []}',
    b'{"header": {"n": 1, "held": true}, "blobs": []}',
    b'{"header": {"loaded": true}, "blobs": []}',
    b'{"header": {"n": 1, "value": [1, 2, 3], "misfit": "", "after": {}}, "blobs": []}',
    b"junk" * 5000,
]


@pytest.mark.parametrize("text", VERDICTS, ids=range(len(VERDICTS)))
@pytest.mark.parametrize("framed", [True, False], ids=["framed", "bare"])
def test_a_verdict_written_to_every_descriptor_is_none(unlinted, text, framed):
    body = f"""
        frame = {FRAME if framed else "lambda text: text"}
        for fd in range(3, 64):
            try:
                os.write(fd, frame({text!r}))
            except Exception:
                pass
    """
    refused(unlinted, procedure(textwrap.dedent(body)), "E-VERIFY-PROTOCOL", "E-VERIFY-PROPERTY", "the example says")


def test_answering_twice_is_no_answer(unlinted):
    body = f"""
        frame = {FRAME}
        for n in range(1, 400):
            try:
                text = b', "value": [1, 2, 3], "misfit": "", "after": {{}}}}, "blobs": []}}'
                os.write(3, frame(b'{{"header": {{"n": ' + str(n).encode() + text))
            except Exception:
                pass
    """
    refused(unlinted, procedure(textwrap.dedent(body)), "E-VERIFY-PROTOCOL")


LIAR = """
def lie(self, other): return True
E = [].__class__.__class__("E", (list,), {"__eq__": lie, "__ne__": lie, "__len__": lambda self: 3})
return E([666])
"""


@pytest.mark.parametrize("examples", [(), RIGHT.examples], ids=["property", "example"])
def test_a_lying_equality_does_not_travel(unlinted, examples):
    refused(unlinted, procedure(LIAR, examples=examples), "E-VERIFY-PROPERTY")


EVERYWHERE = """
for m in list(sys.modules.values()):
    for n in ("same", "identical", "misfit"):
        if n in m.__dict__:
            m.__dict__[n] = lambda *a, **k: ""
"""


@pytest.mark.parametrize(
    "patch",
    [
        "builtins.sorted = lambda xs, **_: [666]",
        "builtins.len = lambda xs: 3",
        "list.__class__.__setattr__ = None",
        "json.loads = lambda *a, **k: {'n': 1, 'held': True}",
        EVERYWHERE,
        "sys.modules['hypothesis'].given = lambda *a, **k: (lambda f: f)",
        "sys.settrace(lambda *a: None)",
    ],
)
def test_patching_what_judges_reaches_nobody_who_judges(unlinted, patch):
    refused(unlinted, procedure(f"try:\n{textwrap.indent(patch, '    ')}\nexcept Exception:\n    pass"))
    loading = REACH + textwrap.dedent(patch).replace("list.__class__.__setattr__ = None", "pass")
    refused(unlinted, dataclasses.replace(RIGHT, source=f"{loading}\ndef f(*, values):\n    return [666]\n"))


def test_looking_up_the_frames_shows_no_judge_and_no_expected_result(unlinted):
    body = """
        frame, seen = sys._getframe(), []
        while frame is not None:
            seen.append(frame.f_code.co_name)
            for value in list(frame.f_locals.values()):
                if value.__class__.__name__ in ("Judge", "Properties", "Oracle", "Exploration"):
                    raise KeyError("the judge is here")
            frame = frame.f_back
        if not {"body", "check_revision", "explore", "hold"}.isdisjoint(seen):
            raise KeyError("the judge called")
        return sorted(values)
    """
    verdict = unlinted.verify(procedure(textwrap.dedent(body)), cases=25)
    assert verdict.ok, verdict.failure


def test_ending_the_judge_ends_the_verification_and_believes_nothing(unlinted):
    body = """
        for pid in range(os.getpid() - 6, os.getpid() + 6):
            if pid not in (os.getpid(), os.getppid()):
                try:
                    os.kill(pid, 9)
                except Exception:
                    pass
    """
    if unlinted.tier != "S1":
        refused(unlinted, procedure(textwrap.dedent(body)))


# ---------------------------------------------------------------- the properties against the verdict


WRONG = dataclasses.replace(RIGHT, source="def f(*, values):\n    return values[:]\n", examples=())
BUILT_IN = {
    "type": "def f(*, values):\n    return len(values)\n",
    "inputs unchanged": "def f(*, values):\n    values.append(1)\n    return sorted(values)\n",
    "deterministic": "SEEN = []\ndef f(*, values):\n    SEEN.append(1)\n    return sorted(values) + [len(SEEN)]\n",
    "error": "def f(*, values):\n    return [{}['x']]\n",
}
SWALLOWING = "try:\n    run(values=values)\nexcept Exception:\n    pass\nassert run(values=[2, 1]) != [1, 1] or True"
FORGING = f"""
{REACH}
frame = {FRAME}
for fd in range(3, 64):
    for text in {VERDICTS!r}:
        try:
            os.write(fd, frame(text))
        except Exception:
            pass
run(values=values)
"""


@pytest.mark.parametrize("source", BUILT_IN.values(), ids=BUILT_IN)
@pytest.mark.parametrize("body", [SWALLOWING, FORGING], ids=["swallowing", "forging"])
def test_a_property_cannot_talk_away_what_holds_for_all(unlinted, source, body):
    revision = dataclasses.replace(RIGHT, source=source, examples=(), properties=(claim(body),))
    refused(unlinted, revision)


def test_a_property_that_forges_its_own_outcome_is_not_counted(unlinted):
    refused(unlinted, dataclasses.replace(WRONG, properties=(claim(FORGING),)), "E-VERIFY-PROTOCOL", "E-VERIFY-VACUOUS")


@pytest.mark.parametrize("how", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_property_that_ends_its_process_is_no_property(unlinted, how):
    refused(unlinted, dataclasses.replace(RIGHT, properties=(claim(REACH + how),)), "E-VERIFY-PROTOCOL")


def test_a_property_that_takes_over_the_conversation_is_not_counted(unlinted):
    body = (
        REACH
        + f"""
frame = {FRAME}
n = [f.f_locals for f in [sys._getframe(k) for k in range(1, 4)] if "asked" in f.f_locals][0]["asked"]["n"]
while True:
    os.write(3, frame(b'{{"header": {{"n": ' + str(n).encode() + b', "held": true}}, "blobs": []}}'))
    for fd in range(4, 64):
        try:
            os.read(fd, 1 << 16)
            break
        except Exception:
            pass
    n = n + 1
"""
    )
    refused(unlinted, dataclasses.replace(WRONG, properties=(claim(body),)), "E-VERIFY-PROTOCOL", "E-VERIFY-VACUOUS")


def test_a_property_does_not_see_the_procedure(unlinted):
    body = (
        REACH
        + """
for module in list(sys.modules.values()):
    for value in list(module.__dict__.values()):
        assert value.__class__.__name__ != "Performer"
assert run(values=values) == sorted(values)
"""
    )
    verdict = unlinted.verify(dataclasses.replace(RIGHT, properties=(claim(body),)), cases=10)
    assert verdict.ok, verdict.failure


# ---------------------------------------------------------------- properties that say nothing


VACUOUS = [
    "assert True",
    "pass",
    "run(values=values)",
    "assert run(values=values) == run(values=values)",
    "assert isinstance(run(values=values), list)",
    "assert run(values=values) is not None or True",
    "r = run(values=values)\nassert r == r",
    "assert len(run(values=values)) >= 0",
]


@pytest.mark.parametrize("body", VACUOUS)
def test_a_property_that_also_holds_for_wrong_procedures_is_not_counted(executor, body):
    found = refused(
        executor, dataclasses.replace(WRONG, properties=(claim(body),), examples=RIGHT.examples[:0]), "E-VERIFY-VACUOUS"
    )
    assert found.name == "properties"


@pytest.mark.parametrize(
    "body", ["assume(False)", "assume(len(values) > 99)\nassert run(values=values)", "[][1]", "assert 1 / 0"]
)
def test_a_property_about_nothing_fails(executor, body):
    found = refused(executor, dataclasses.replace(RIGHT, examples=(), properties=(claim(body),)), "E-VERIFY-VACUOUS")
    assert found.name == "property sly"


def test_one_that_says_something_is_enough(executor):
    verdict = executor.verify(dataclasses.replace(RIGHT, properties=(claim("assert True"), ORDERED)), cases=25)
    assert verdict.ok, verdict.failure
    assert verdict.properties == 1


# ---------------------------------------------------------------- another result each time


FRAMES = (
    Parameter("frame", "frame"),
    Parameter("by", "column", domain={"dtype": "str"}, example="g"),
    Parameter("value", "column", domain={"dtype": "number"}, example="x"),
)
TABLE = {"g": ["a", "a", "b"], "x": [1, 3, 5]}
SUMS = Revision(
    "sums", 1, "", "def sums(frame, *, by, value):\n    return frame.group_by(by).agg(nw.col(value).sum())\n",
    parameters=FRAMES, returns="frame",
    examples=(Example({"frame": TABLE, "by": "g", "value": "x"}, [{"g": "a", "x": 4}, {"g": "b", "x": 5}]),),
)  # fmt: skip


def test_groups_without_an_order_are_found_and_the_fix_is_offered(executor):
    found = executor.verify(SUMS, cases=25).failure
    assert found is not None
    assert found.name == "deterministic"
    assert "E-VERIFY-NONDET" in found.message
    assert "end with .sort('g', nulls_last=True)" in found.message


def test_with_the_fix_or_with_the_word_for_it_they_are_believed(executor):
    fixed = dataclasses.replace(SUMS, source=SUMS.source.replace(".sum())", ".sum()).sort(by, nulls_last=True)"))
    told = dataclasses.replace(SUMS, meaning=Meaning(order="unordered"))
    for revision in (fixed, told):
        verdict = executor.verify(revision, cases=25)
        assert verdict.ok, verdict.failure


@pytest.mark.parametrize(
    "result",
    ["list({'a', 'b', 'c', 'd'})", "[w for w in set('abcdefg')]", "list(frozenset(str(v) + 'k' for v in values))"],
)
def test_the_order_of_a_set_is_no_order(executor, result):
    revision = dataclasses.replace(
        RIGHT, source=f"def f(*, values):\n    return {result}\n", examples=(), properties=()
    )
    found = executor.verify(revision, cases=25).failure
    assert found is not None
    assert "E-VERIFY-NONDET" in found.message


def test_what_differs_between_engines_is_found(unlinted):
    rounding = dataclasses.replace(
        SUMS,
        source="def sums(frame, *, by, value):\n    return frame.select((nw.col(value) / 2).round(0).alias('half'))\n",
        examples=(Example({"frame": TABLE, "by": "g", "value": "x"}, [{"half": 0.0}, {"half": 2.0}, {"half": 2.0}]),),
    )
    found = unlinted.verify(rounding, cases=25).failure
    assert found is not None
    assert found.name in ("engines", "example 1")


def test_names_of_columns_do_not_matter(executor):
    named = dataclasses.replace(
        SUMS,
        source="def sums(frame, *, by, value):\n    if len(by) > 20:\n        return frame.select('no')\n"
        "    return frame.group_by(by).agg(nw.col(value).sum()).sort(by, nulls_last=True)\n",
        properties=(
            Property(
                "kept",
                "",
                "def kept(run, *, frame, by, value):\n    assert len(run()) <= len(frame) and run(frame=[]) == []",
            ),
        ),
    )
    found = executor.verify(named, cases=60).failure
    assert found is not None
    assert "whose name has sixty characters" in found.message
