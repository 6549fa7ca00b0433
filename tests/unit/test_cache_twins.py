"""Twins: sources that are the same but for names are found by a key, and nothing else is."""

from __future__ import annotations

import ast
import copy
import dataclasses
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seglam_magics.cache import twin_index
from seglam_magics.cache.twin_index import TwinIndex
from seglam_magics.cache.twins import rebound, twin_of
from seglam_magics.procedure import to_record
from seglam_magics.procedure.alpha import align, form_key, outline
from seglam_magics.procedure.pairing import called
from seglam_magics.procedure.stored import RawRecord, Stored
from seglam_magics.words import Binding, Parameter, Requirement, Revision, Template

# Procedures as templates: {f} is the function, {a} {b} its parameters, {x} {y} {h} names of its own, {n} {t} constants.
SOURCES = {
    "frame": """
def {f}({a}, *, {b}):
    {x} = {a}.filter(~nw.col({t!r}).is_null())
    {y} = {x}.filter(nw.col({t!r}) > {b}).sort({t!r}, descending=True, nulls_last=True)
    return {y}.head({n})
""",
    "rows": """
def {f}({a}, {b}):
    return [{x}["name"] for {x} in {a} if str({x}[{t!r}]).lower() == str({b}).lower() and {x}["laps"] < {n}]
""",
    "helper": """
import math

{h} = {n}

def {y}({x}, {b}_=2):
    return math.floor({x} * {h}) // {b}_

def {f}({a}, {b}):
    return [{y}({x}) + {b} for {x} in {a}] + [{t!r}]
""",
    "closures": """
def {f}({a}, {b}):
    def {h}({x}, {y}={n}):
        nonlocal {b}
        {b} += 1
        return {x} + {y} + {b}
    try:
        return sorted(map({h}, {a}), key=lambda {x}: -{x})[-{n}:]
    except ValueError as {y}:
        return [{t!r}, f"{{{y}}}"]
""",
    "recursive": """
def {f}({a}, {b}):
    if {b} <= {n}:
        return {t!r}
    return {a} + {f}({b}={b} - 1, {a}={a})
""",
}
NAMES = [
    "a",
    "b",
    "f",
    "x",
    "xs",
    "frame",
    "rows",
    "value",
    "column",
    "target",
    "laps",
    "é",
    "значение",
    "_t",
    "k2",
    "self",
]
HOLES = "fabxyh"
NAMED = st.permutations(NAMES).map(lambda names: dict(zip(HOLES, names, strict=False)))


def source_of(kind: str, names: dict[str, str], n: int = 3, t: str = "mass") -> str:
    return SOURCES[kind].format(**names, n=n, t=t)


def key(source: str, name: str) -> str:
    return form_key(outline(source, name))


KINDS = st.sampled_from(sorted(SOURCES))


@given(KINDS, NAMED, NAMED)
def test_renaming_never_changes_the_key(kind: str, one: dict[str, str], other: dict[str, str]) -> None:
    mine, its = source_of(kind, one), source_of(kind, other)
    assert key(mine, one["f"]) == key(its, other["f"])
    found = align(outline(mine, one["f"]), outline(its, other["f"]))
    assert found is not None
    assert found.differences == ()
    assert {found.names[one[hole]] for hole in "fab"} == {other[hole] for hole in "fab"}


@given(KINDS, NAMED)
def test_comments_doc_strings_annotations_and_formatting_never_change_it(kind: str, names: dict[str, str]) -> None:
    source = source_of(kind, names)
    tree = ast.parse(source)
    main = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == names["f"])
    main.returns = ast.Name("list", ast.Load())
    main.args.args[0].annotation = ast.Name("list", ast.Load())
    main.body.insert(0, ast.Expr(ast.Constant("What it does.")))
    spoken = ast.unparse(ast.fix_missing_locations(tree)).replace("\n", "  # a comment\n", 1)
    assert key(spoken, names["f"]) == key(source, names["f"])


@given(KINDS, NAMED, st.integers(0, 9), st.integers(0, 9), st.sampled_from(["mass", "age"]))
def test_another_constant_is_another_key_and_the_same_form(
    kind: str, names: dict[str, str], n: int, m: int, t: str
) -> None:
    mine, its = source_of(kind, names, n), source_of(kind, names, m, t)
    one, other = outline(mine, names["f"]), outline(its, names["f"])
    assert (form_key(one) == form_key(other)) == ((n, "mass") == (m, t))
    assert form_key(one, masked=True) == form_key(other, masked=True)
    found = align(one, other)
    assert found is not None
    assert {a.value for a, _ in found.differences} == ({n} if n != m else set()) | ({"mass"} if t != "mass" else set())


def changed(node: ast.AST) -> bool:
    """Make another program of a node; whether it is one of those that can be."""
    if isinstance(node, ast.BinOp):
        node.op = ast.Add() if isinstance(node.op, ast.Mult) else ast.Mult()
    elif isinstance(node, ast.Compare):
        node.ops = [ast.Lt() if isinstance(op, ast.GtE) else ast.GtE() for op in node.ops]
    elif isinstance(node, ast.Attribute):
        node.attr += "_"
    elif isinstance(node, ast.Constant):
        node.value = f"{node.value}." if isinstance(node.value, str) else (node.value,)
    elif isinstance(node, ast.keyword):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.Call) and node.args:
        node.args.append(node.args[0])
    elif isinstance(node, ast.Return):
        node.value = ast.Tuple([node.value, node.value], ast.Load())
    elif isinstance(node, ast.ListComp):
        node.__class__ = ast.SetComp
    else:
        return False
    return True


@given(KINDS, NAMED, st.data())
def test_any_other_change_changes_the_key(kind: str, names: dict[str, str], data: st.DataObject) -> None:
    source = source_of(kind, names)
    tree = ast.parse(source)
    places = [k for k, node in enumerate(ast.walk(tree)) if changed(copy.deepcopy(node))]
    changed(list(ast.walk(tree))[data.draw(st.sampled_from(places))])
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
        compile(text, "<test>", "exec")
    except (SyntaxError, TypeError, ValueError):
        assume(False)
    assume(ast.dump(ast.parse(text)) != ast.dump(ast.parse(source)))
    assert key(text, names["f"]) != key(source, names["f"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # a name that is used for something else besides
        ("def f(xs, k): return [x for x in xs][:k]", "def f(xs, k): return [k for k in xs][:k]"),
        # the same names, exchanged in one place
        ("def f(a, b): return a - b", "def f(a, b): return a - a"),
        ("def f(a, b): return [a - b, a]", "def f(a, b): return [a - b, b]"),
        # two variables, and one that is overwritten
        (
            "def f(n):\n    x = n\n    y = 2\n    return x + y",
            "def f(n):\n    x = n\n    x = 2\n    return x + x",
        ),
        # a built-in is what it is
        ("def f(xs): return max(xs)", "def f(xs): return min(xs)"),
        ("def f(xs): return max(xs)", "def f(max): return max(max)"),
        # positions count where a function calls itself by position
        ("def f(n, k): return f(n - 1, k) if n else k", "def f(k, n): return f(n - 1, k) if n else k"),
        # a parameter that a keyword names
        (
            "def f(xs):\n    g = lambda key: key\n    return sorted(xs, key=g(key=1))",
            "def f(xs):\n    g = lambda by: by\n    return sorted(xs, key=g(key=1))",
        ),
        ("def f(xs, k=3): return xs[:k]", "def f(xs, k=4): return xs[:k]"),
        ("def f(xs): return 1", "def f(xs): return True"),
        ("def f(xs): return 1", "def f(xs): return 1.0"),
        ("import math as m\ndef f(x): return m.floor(x)", "import statistics as m\ndef f(x): return m.floor(x)"),
    ],
)
def test_what_only_looks_alike_is_another_form(one: str, other: str) -> None:
    assert key(one, "f") != key(other, "f")
    for first, second in ((one, other), (other, one)):
        found = align(outline(first, "f"), outline(second, "f"))
        assert found is None or found.differences


def test_what_is_no_procedure_has_no_layout() -> None:
    for source in ("def f(x:", "x = 1", "def g(x): return x", "def f(x): return " + "-" * 5000 + "x"):
        with pytest.raises(ValueError, match=r"."):
            outline(source, "f")


# ---------------------------------------------------------------- revisions

XS = Parameter("xs", "list", example="sales")
K = Parameter("k", "int", domain={"min": 1}, example=3)
TOP = Revision(
    "top",
    1,
    "a" * 64,
    "def top(xs, *, k):\n    return sorted(xs)[-k:]\n",
    parameters=(XS, K),
    templates=(Template("the {k} largest of {xs}"),),
    returns="list",
    question="the 3 largest of sales",
)
BEST = Revision(
    "best_of",
    1,
    "b" * 64,
    'def best_of(*, n, values):\n    """The best."""\n    return sorted(values)[-n:]  # all of them\n',
    parameters=(Parameter("n", "int", domain={"min": 0}, example=2), Parameter("values", "list", example="sales")),
    templates=(
        Template("the best {n} in {values}"),
        Template("{n} best {values}"),
        Template("the {n} largest of {values}"),
    ),
    returns="list",
    question="the best 2 in sales",
)


def test_a_twin_maps_its_slots_whatever_they_are_called_and_in_whatever_order() -> None:
    twin = twin_of(BEST, [TOP])
    assert twin is not None
    assert (twin.revision, dict(twin.slots)) == (TOP, {"n": "k", "values": "xs"})
    bound = rebound(twin, {"n": Binding("n", 2), "values": Binding("values", "sales", "variable")})
    assert bound == {"k": Binding("k", 2), "xs": Binding("xs", "sales", "variable")}


def test_slots_that_trade_names_are_renamed_at_once() -> None:
    one = dataclasses.replace(
        TOP,
        source="def top(k, xs): return k[:xs]",
        parameters=(Parameter("k", "list", example="sales"), Parameter("xs", "int", example=3)),
        templates=(Template("{xs} of {k} taken"),),
    )
    twin = twin_of(dataclasses.replace(TOP, source="def top(xs, k): return xs[:k]"), [one])
    assert twin is not None
    assert dict(twin.slots) == {"k": "xs", "xs": "k"}
    assert called(TOP.templates[0].text, twin.slots) == "the {xs} largest of {k}"


@pytest.mark.parametrize(
    "change",
    [
        {"returns": "number"},
        {"effects": ("clock",)},
        {"source": "def best_of(*, n, values): return sorted(values)[:n]"},
        {"source": "def best_of(*, n, values): return sorted(values)[-n:][:9]"},
        {"source": "def best_of(n, values"},
        {"parameters": (Parameter("n", "float", example=2), BEST.parameters[1])},
        {"parameters": (Parameter("n", "int", domain={"values": [1, 2]}, example=2), BEST.parameters[1])},
        {"parameters": (Parameter("n", "int", example=0), BEST.parameters[1])},  # the stored one takes 1 and more
        {"parameters": (BEST.parameters[0], Parameter("values", "list", domain={"items": "str"}, example="sales"))},
        {"requires": (Requirement("values", {"mass": "number"}),)},
        {"templates": (Template("the best of {values}"),)},  # nobody says how many: it is always 2
    ],
)
def test_what_takes_or_gives_something_else_is_no_twin(change: dict[str, object]) -> None:
    assert twin_of(dataclasses.replace(BEST, **change), [TOP]) is None


def test_a_parameter_called_like_a_built_in_keeps_its_name() -> None:
    def one(name: str, what: str, other: str) -> Revision:
        source = f"def {name}({what}, {other}):\n    return [x for x in {what} if x == {other}]\n"
        parameters = (Parameter(what, "list", example="sales"), Parameter(other, "int", example=1))
        wordings = (Template(f"{{{other}}} among {{{what}}}"),)
        return dataclasses.replace(TOP, name=name, source=source, parameters=parameters, templates=wordings)

    found = twin_of(one("a", "xs", "id"), [one("b", "ys", "id")])
    assert found is not None
    assert dict(found.slots) == {"xs": "ys", "id": "id"}
    assert twin_of(one("a", "xs", "id"), [one("b", "ys", "k")]) is None  # it might be the built-in


def test_a_constant_that_nobody_says_must_be_the_same() -> None:
    def hidden(revision: Revision, value: int) -> Revision:
        count, data = (next(p for p in revision.parameters if p.type == t) for t in ("int", "list"))
        changed = dataclasses.replace(count, example=value)
        return dataclasses.replace(
            revision, parameters=(data, changed), templates=(Template(f"best of {{{data.name}}}"),)
        )

    assert twin_of(hidden(BEST, 2), [hidden(TOP, 2)]) is not None
    assert twin_of(hidden(BEST, 2), [hidden(TOP, 3)]) is None


# ---------------------------------------------------------------- the index


def filed(*revisions: Revision | Stored) -> TwinIndex:
    index = TwinIndex()
    for revision in revisions:
        put(index, revision)
    return index


def put(index: TwinIndex, revision: Revision | Stored) -> None:
    stored = revision if isinstance(revision, Stored) else Stored(revision)
    index.file(stored, stored.known())


def test_the_index_gives_what_has_the_same_form_and_never_the_revision_itself() -> None:
    other = dataclasses.replace(
        TOP, name="low", proc_id="c" * 64, source="def low(xs, *, k):\n    return sorted(xs)[:k]\n"
    )
    index = filed(TOP, other)
    assert index.alike(BEST) == (TOP,)
    assert index.alike(TOP) == ()
    index.drop("top")
    assert index.alike(BEST) == ()
    put(index, dataclasses.replace(TOP, number=2, proc_id="d" * 64))
    put(index, dataclasses.replace(other, name="top", number=3, source=other.source.replace("low", "top")))
    assert index.alike(BEST) == ()  # the newest of a name counts
    index.drop("nobody")


def test_kin_differ_in_constants_and_names_only() -> None:
    def over(name: str, column: str, bound: str) -> Revision:
        source = f"def {name}(rows):\n    return [r for r in rows if r[{column!r}] > {bound}]\n"
        needs = (Requirement("rows", {column: "number"}),)
        return Revision(
            name, 1, name * 8, source, parameters=(Parameter("rows", "list"),), requires=needs, returns="list"
        )

    mass, age = over("heavy", "mass", "4000"), over("old", "age", "60.5")
    below = dataclasses.replace(
        over("light", "mass", "4000"), source="def light(rows):\n    return [r for r in rows if r['mass'] < 1]"
    )
    index = filed(mass, below)
    assert index.kin(age) == (mass,)
    assert index.alike(age) == ()


def test_stored_revisions_are_read_when_they_are_looked_for_and_broken_ones_are_passed_over() -> None:
    class Counted(RawRecord):
        reads = 0

        def read(self) -> dict[str, object]:
            Counted.reads += 1
            return super().read()

    record = json.dumps(to_record(TOP), separators=(",", ":")).encode()
    known = Stored(TOP).known()
    index = TwinIndex()
    index.file(Stored(Counted(record)), known)
    assert Counted.reads == 0
    broken = json.dumps({**to_record(TOP), "name": "broken", "examples": 5}).encode()
    index.file(Stored(RawRecord(broken)), dataclasses.replace(known, name="broken"))
    assert [r.name for r in index.alike(BEST)] == ["top"]
    assert Counted.reads == 1
    index.alike(BEST)
    assert Counted.reads == 1


def test_a_search_lays_out_a_bounded_number_and_the_rest_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin_index, "MOST_LAID_OUT", 2)
    many = [
        dataclasses.replace(TOP, name=f"top{n}", proc_id=f"{n}" * 64, source=TOP.source.replace("top", f"top{n}"))
        for n in range(4)
    ]
    index = filed(*many)
    assert {r.name for r in index.alike(BEST)} == {"top3", "top2"}
    assert {r.name for r in index.alike(BEST)} == {"top0", "top1", "top2", "top3"}
