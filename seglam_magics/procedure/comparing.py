"""A throw-away procedure that is two others at once, so that verification can look for inputs on which they differ."""

from __future__ import annotations

import ast
import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

from ..words import Example, Meaning, Parameter, Property, Revision
from .alpha import NAMES, Outline, outline
from .freeing import free_name
from .identity import identity_of

# The property that both ways agree. An error is a result like any other, told as a refusal, which a procedure may; that
# there is no third way shows that not just anything passes. Numbers agree within the tolerance of verification, rows in
# any order where none is declared.
_AGREE = """def agree({head}):
    def told(way):
        try:
            return [run({given}, {way}=way)]
        except Exception:
            return ["an error"]

    def alike(one, other):
        if isinstance(one, (int, float)) and isinstance(other, (int, float)):
            near = abs(one - other) <= 1e-9 * max(abs(one), abs(other))
            return one == other or near or (one != one and other != other)
        if isinstance(one, dict) and isinstance(other, dict):
            return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
        if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
            return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other))
        return one == other

    def settled(results):
        rows = results[0]
        return [sorted(rows, key=repr)] if {unordered} and isinstance(rows, list) else results

    assert told(2) == ["an error"], "there is a third way"
    first, second = settled(told(0)), settled(told(1))
    assert alike(first, second), f"one gives {{first[0]}}, the other {{second[0]}}"
"""


def compared(one: Revision, general: Revision, names: Mapping[str, str], constants: Mapping[str, Any]) -> Revision:
    """A procedure that answers as `one` or as `general` with its `constants`, and the property that both agree.

    Parameters
    ----------
    names : parameter of `one` -> parameter of `general`.

    Examples
    --------
    >>> x = Parameter("x", "int", example=1)
    >>> two = Revision("two", 1, "", "def two(x): return x * 2", parameters=(x,))
    >>> times = Revision("times", 1, "", "def times(x, k): return x * k", parameters=(x, Parameter("k", "int")))
    >>> print(compared(two, times, {"x": "x"}, {"k": 2}).source.partition("def both")[2])
    (x, way):
        if way == 2:
            raise ValueError('there is no third way')
        try:
            return first_two(first_x=x) if way == 0 else second_times(second_x=x, second_k=2)
        except Exception:
            raise ValueError('an error')
    <BLANKLINE>
    """
    taken = [p.name for p in one.parameters]
    way = free_name("way", [*taken, "run"])
    first = _Prefixed(outline(one.source, one.name), "first_")
    second = _Prefixed(outline(general.source, general.name), "second_")
    here = first.call({p: p for p in taken})
    there = second.call({names[p]: p for p in taken} | {slot: repr(value) for slot, value in constants.items()})
    head = (
        f"def both({', '.join([*taken, way])}):\n"
        f"    if {way} == 2:\n        raise ValueError('there is no third way')\n"
    )
    choice = f"return {here} if {way} == 0 else {there}\n"
    if any(p.type == "frame" for p in one.parameters):  # a chain of expressions has nothing that could be caught
        head += f"    {choice}"
    else:
        head += f"    try:\n        {choice}    except Exception:\n        raise ValueError('an error')\n"
    both = Revision(
        "both",
        1,
        "",
        _joined(first.body, second.body) + head,
        parameters=(*one.parameters, Parameter(way, "int", domain={"min": 0, "max": 1}, example=0)),
        returns=one.returns,
        meaning=Meaning(order=one.meaning.order),
        requires=one.requires,
        examples=tuple(Example({**e.arguments, way: 0}, e.result) for e in one.examples),
        properties=(_agreement(one, way),),
    )
    return dataclasses.replace(both, proc_id=identity_of(both))


def _agreement(one: Revision, way: str) -> Property:
    taken = [p.name for p in one.parameters]
    unordered = any(p.type == "frame" for p in one.parameters) and not one.meaning.ordered
    head, given = ", ".join(["run", "*", *taken, way]), ", ".join(f"{p}={p}" for p in taken)
    return Property("agree", "both give the same", _AGREE.format(head=head, given=given, way=way, unordered=unordered))


def _joined(*bodies: list[ast.stmt]) -> str:
    """Sources one after the other, what changes their reading before all."""
    statements = [s for body in bodies for s in body]
    ahead = [s for s in statements if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    return "".join(ast.unparse(s) + "\n" for s in [*ahead, *(s for s in statements if s not in ahead)])


class _Prefixed:
    """A source all of whose own names begin with `prefix`, so that it can stand beside another one."""

    def __init__(self, laid: Outline, prefix: str) -> None:
        self._laid, self._prefix = laid, prefix
        tree = copy.deepcopy(laid.tree)
        for node in ast.walk(tree):
            self._rename(node)
        self.body = tree.body

    def call(self, arguments: Mapping[str, str]) -> str:
        """A call of its function, argument by argument as code."""
        given = ", ".join(f"{self._name(name)}={code}" for name, code in arguments.items())
        return f"{self._name(self._laid.main.name)}({given})"

    def _name(self, name: str) -> str:
        return self._prefix + name if name in self._laid.free else name

    def _rename(self, node: ast.AST) -> None:
        field = NAMES.get(type(node).__name__, "")
        found = getattr(node, field, None)
        if isinstance(found, list):
            setattr(node, field, [self._name(name) for name in found])
        elif found:
            setattr(node, field, self._name(found))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            own = node.func.id in (self._laid.main.name, self._name(self._laid.main.name))
            for keyword in node.keywords if own else ():
                keyword.arg = None if keyword.arg is None else self._name(keyword.arg)
