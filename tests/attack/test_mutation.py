"""Whatever a procedure in the kernel does to its arguments, the user's own objects are as they were, or it is said.

The lint is out of the way here: the guard alone must hold. Every case runs as an approved procedure through the door
that all runs pass, with real approvals.
"""

from __future__ import annotations

import copy
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglam_magics import verify
from seglam_magics.cache.catalogue import Catalogue
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import proc_id
from seglam_magics.procedure.handing import MOST
from seglam_magics.running import Runner
from seglam_magics.settings import Seglam
from seglam_magics.store import MemoryLog
from seglam_magics.trust import Approvals
from seglam_magics.verify import ChildExecutor
from seglam_magics.words import Binding, Parameter, Revision, Verdict

CASES = tomllib.loads((Path(__file__).parent / "mutations.toml").read_text(encoding="utf-8"))["case"]
NAMES = [case["name"] for case in CASES]
MADE: dict[str, Callable[[], Any]] = {
    "list": lambda: [3, 1, 2],
    "nested": lambda: [[3, 1], [2], {"a": [1]}],
    "rows": lambda: [{"a": 1, "l": [1]}, {"a": 2, "l": [2]}],
    "dict": lambda: {"b": [1, 2], "a": {"c": 1}, "s": {1, 2}},
    "array": lambda: np.array([3, 1, 2]),
    "objects": lambda: np.array([[1], [2]], dtype=object),
    "polars": lambda: pl.DataFrame({"a": [3, 1, 2], "s": ["x", "y", "z"], "l": [[1], [2], [3]]}),
    "polars series": lambda: pl.Series("a", [3, 1, 2]),
}
PANDAS = {
    "pandas": {"a": [3, 1, 2], "f": [1.0, 2.0, 3.0], "s": ["x", "y", "x"]},
    "pandas nested": {"a": [1, 2], "l": [[1], [2]]},
}


def made(kind: str) -> Any:
    """A fresh input of a kind; skips where its library is missing."""
    if kind in MADE:
        return MADE[kind]()
    pandas = pytest.importorskip("pandas")
    if kind == "pandas series":
        return pandas.Series([[1], [2]], name="l")
    frame = pandas.DataFrame(PANDAS[kind])
    frame.attrs["unit"] = ["kg"]
    return frame.assign(c=frame["s"].astype("category")) if "s" in frame else frame


def seen(value: Any) -> Any:
    """Everything there is to see of an input, down to the memory of its columns."""
    if hasattr(value, "attrs") and hasattr(value, "index"):
        parts = [value] if value.ndim == 1 else [value[c] for c in value.columns]
        data = [(str(p.dtype), str(p.name), copy.deepcopy(p.to_list())) for p in parts]
        return data, list(value.index), value.index.name, copy.deepcopy(value.attrs)
    if isinstance(value, pl.DataFrame):
        return value.schema, value.to_dicts()
    if isinstance(value, pl.Series):
        return value.name, value.dtype, value.to_list()
    if isinstance(value, np.ndarray):
        return copy.deepcopy(value.tolist()), value.flags.writeable, value.shape, value.dtype
    return copy.deepcopy(value), repr(value)


class World:
    """A kernel with its approvals and its sandbox; procedures get in without a look at their source."""

    def __init__(self, folder: Path) -> None:
        self.executor = ChildExecutor()
        self.approvals = Approvals(folder / "mine")
        self.runner = Runner(Seglam, self.executor, Catalogue(MemoryLog(), self.approvals))

    def approved(self, source: str, kind: str, returns: str = "number") -> Revision:
        parameters = (Parameter("x", kind),)  # type: ignore[arg-type]
        identity = proc_id(source, parameters, returns=returns)
        revision = Revision("p", 1, identity, source, parameters=parameters, returns=returns)
        self.approvals.judged(revision, Verdict(ok=True, tier="S3"))
        self.approvals.approve(revision)
        assert self.approvals.state(revision) == "trusted"
        return revision

    def run(self, revision: Revision, value: Any) -> Any:
        return self.runner.run(revision, {"x": Binding("x", "mine", "variable")}, {"mine": value})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    one = World(tmp_path_factory.mktemp("world"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "lint_revision", lambda _revision: [])
        yield one
    one.executor.close()


def slot_of(kind: str) -> str:
    if kind in ("polars", "pandas", "pandas nested"):
        return "frame"
    return (
        "series"
        if kind in ("array", "objects", "polars series", "pandas series")
        else "dict"
        if kind == "dict"
        else "list"
    )


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_input_is_as_it_was_and_the_procedure_is_quarantined(world: World, case: Mapping[str, Any]) -> None:
    if "needs" in case:
        pytest.importorskip(case["needs"])
    for kind in case["kinds"]:
        mine = made(kind)
        before = seen(mine)
        revision = world.approved(case["source"] + f"# {kind}\n", case.get("slot", slot_of(kind)))
        if case.get("harmless"):
            assert world.run(revision, mine).where == "kernel"
            assert seen(mine) == before
            continue
        with pytest.raises(SeglamError) as caught:
            world.run(revision, mine)
        assert caught.value.code == case.get("code", "E-GUARD-MUTATION"), caught.value
        if case.get("shared"):
            assert "make it anew" in caught.value.says
        else:
            assert seen(mine) == before
        if caught.value.code == "E-GUARD-MUTATION":
            assert "`mine`" in caught.value.says
            assert slot_of(kind) in caught.value.says or "slot" in case
            assert world.approvals.state(revision) == "quarantined"
            with pytest.raises(SeglamError) as again:
                world.run(revision, mine)
            assert again.value.code == "E-TRUST-REVOKED"


def test_there_are_enough_mechanisms() -> None:
    assert len(CASES) >= 20
    assert len(set(NAMES)) == len(CASES)


def test_who_cannot_write_down_a_quarantine_still_keeps_it_out_of_the_kernel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = world.approved("def p(*, x):\n    x.append(1)\n    return len(x)\n", "list")

    def refuse(_revision: Revision) -> None:
        raise SeglamError("E-TRUST-WRITE", path="there", why="it is full")

    monkeypatch.setattr(world.approvals, "quarantine", refuse)
    with pytest.raises(SeglamError, match="E-GUARD-MUTATION") as caught:
        world.run(revision, [1])
    assert "it is full" in caught.value.hint
    assert world.run(revision, [1]).where == "sandbox"


def test_a_good_procedure_of_every_kind_runs_in_the_kernel(world: World) -> None:
    good = {
        "frame": ("def p(x):\n    return x.sort('a').select(nw.col('a').sum())\n", 6),
        "list": ("def p(*, x):\n    y = sorted(x, key=str)\n    y.append(1)\n    return len(y)\n", 4),
        "series": ("def p(*, x):\n    return len([*x, 4])\n", 4),
        "dict": ("def p(*, x):\n    y = dict(x)\n    y['z'] = 1\n    return len(y)\n", 4),
    }
    for kind in ("polars", "pandas", "list", "nested", "array", "polars series", "dict"):
        source, expected = good[slot_of(kind)]
        ran = world.run(world.approved(source + f"# {kind}\n", slot_of(kind)), made(kind))
        assert (ran.where, ran.value) == ("kernel", expected)


def test_large_nested_inputs_are_copied_by_the_sandbox_and_flat_ones_stay(world: World) -> None:
    revision = world.approved("def p(*, x):\n    return len(x)\n", "list")
    assert world.run(revision, list(range(10 * MOST))).where == "kernel"
    assert world.run(revision, [[n] for n in range(MOST - 1)]).where == "kernel"
    large = [[n] for n in range(MOST)]
    assert world.run(revision, large).where == "sandbox"
    worse = world.approved("def p(*, x):\n    x[0].append(1)\n    return len(x)\n", "list")
    assert world.run(worse, large).where == "sandbox"
    assert large[0] == [0]


def test_what_the_sandbox_cannot_hold_is_copied_whatever_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_some: Any, **_given: Any) -> None:
        raise SeglamError("E-INPUT-SIZE", name="x", size="2 GB", procedure="p@1")

    monkeypatch.setattr(world.executor, "call", refuse)
    large = [[n] for n in range(MOST + 1)]
    ran = world.run(world.approved("def p(*, x):\n    return len(x) + 0\n", "list"), large)
    assert (ran.where, ran.value) == ("kernel", MOST + 1)
    with pytest.raises(SeglamError, match="E-GUARD-MUTATION"):
        world.run(world.approved("def p(*, x):\n    x[-1].append(1)\n    return 1\n", "list"), large)
    assert large[-1] == [MOST]


class Odd:
    """Something a procedure cannot take."""


@pytest.mark.parametrize("value", [[Odd()], [[Odd()]], [{"a": Odd()}], [{Odd(): 1}], [lambda: 1], [sys]])
def test_what_is_no_plain_data_is_refused(world: World, value: Any) -> None:
    revision = world.approved("def p(*, x):\n    return len(x)\n", "list")
    with pytest.raises(SeglamError, match="not plain data") as caught:
        world.run(revision, value)
    assert caught.value.code == "E-INPUT-CONTENT"


def test_a_list_that_holds_itself_is_refused(world: World) -> None:
    mine: list[Any] = [1]
    mine.append(mine)
    with pytest.raises(SeglamError, match="levels deep"):
        world.run(world.approved("def p(*, x):\n    return len(x)\n", "list"), mine)


def test_nothing_is_left_from_one_call_to_the_next(world: World) -> None:
    body = "    SEEN.append(1)\n    math.pi = 4\n    p.calls = 1\n    return len(SEEN)\n"
    source = "import math\nSEEN = []\ndef p(*, x):\n" + body
    revision = world.approved(source, "list")
    assert [world.run(revision, []).value for _ in range(3)] == [1, 1, 1]
    import math

    assert math.floor(math.pi) == 3


@pytest.mark.parametrize("name", ["mine", "In", "get_ipython", "__file__", "nw", "open", "eval", "globals", "vars"])
def test_a_procedure_has_its_arguments_and_no_other_name(world: World, name: str) -> None:
    revision = world.approved(f"def p(*, x):\n    return {name}\n", "list")
    with pytest.raises(SeglamError, match="NameError") as caught:
        world.run(revision, [1])
    assert caught.value.code == "E-RUN"


@pytest.mark.parametrize("name", ["os", "sys", "numpy", "polars", "builtins", "gc", "importlib", "ctypes", "random"])
def test_a_procedure_imports_ten_modules_and_nothing_through_them(world: World, name: str) -> None:
    for line in (
        f"import {name}",
        f"from {name} import *",
        f"from statistics import {name}",
        f"from string import {name}",
    ):
        inner = "" if "*" in line else f"    {line}\n"
        source = f"{line if not inner else ''}\ndef p(*, x):\n{inner}    return 1\n"
        with pytest.raises(SeglamError, match="ImportError"):
            world.run(world.approved(source, "list"), [1])


def test_what_compiled_code_imports_for_itself_is_empty_for_a_procedure(world: World) -> None:
    revision = world.approved("import time\ndef p(*, x):\n    return time.time()\n", "list")
    with pytest.raises(SeglamError, match="AttributeError"):
        world.run(revision, [1])


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=25,
)
WALK = """
def p(*, x):
    def change(value, depth):
        for item in list(value.values() if isinstance(value, dict) else value):
            if isinstance(item, (list, dict, tuple)):
                change(item, depth + 1)
        {change}
    change(x, 0)
    return 1
"""
CHANGES = {
    "clear": "if not isinstance(value, tuple): value.clear()",
    "reverse": "if isinstance(value, list): value.reverse()",
    "add": "value.append(0) if isinstance(value, list) else value.update(new=0) if isinstance(value, dict) else None",
    "other keys": "if isinstance(value, dict): value[max(map(str, value), default='') + '_'] = value",
    "hold itself": "if isinstance(value, list): value.append(value)",
    "other truths": "if isinstance(value, list): value[:] = [not v if isinstance(v, bool) else v for v in value]",
}


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except SeglamError as error:
        return error.code
    return ""


@settings(max_examples=60)
@given(value=st.lists(PLAIN, max_size=5), how=st.sampled_from(sorted(CHANGES)))
def test_inputs_are_unchanged_after_any_call(world: World, value: list[Any], how: str) -> None:
    before = copy.deepcopy(value)
    world.runner._caught.clear()
    revision = world.approved(WALK.format(change=CHANGES[how]), "list")
    code = code_of(lambda: world.run(revision, value))
    assert code in ("", "E-GUARD-MUTATION")
    if code:  # a quarantine is kept; the next example is another procedure's
        world.approvals.judged(revision, Verdict(ok=True, tier="S3"))
    assert repr(value) == repr(before)


@settings(max_examples=30)
@given(value=st.lists(PLAIN, max_size=5))
def test_who_changes_nothing_is_not_blamed(world: World, value: list[Any]) -> None:
    source = "def p(*, x):\n    y = [v for v in x]\n    y.append(x)\n    return len(str(y)) * 0\n"
    assert world.run(world.approved(source, "list"), value).where == "kernel"
