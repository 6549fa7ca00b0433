"""Whether two revisions of one form take the same: parameters of the same types, with compatible domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..question.items import INPUTS
from ..question.wording import SLOT
from ..words import Parameter, Revision

_SAME = ("column", "dtype", "items", "values")


def unlike(one: Revision, other: Revision, names: Mapping[str, str]) -> str:
    """Why `one` cannot stand for `other`, whose parameters are called `names`; "" where it can.

    A value of the other's question must be legal for the one, and a parameter that no wording speaks of must keep the
    same value in both: nobody would say it.

    >>> k, n = Parameter("k", "int", domain={"min": 1}, example=3), Parameter("n", "int", example=0)
    >>> one, other = Revision("top", 1, "", "", parameters=(k,)), Revision("head", 1, "", "", parameters=(n,))
    >>> unlike(one, other, {"k": "n"})
    'n = 0 is not legal for k'
    """
    if one.returns != other.returns or set(one.effects) != set(other.effects):
        return (
            f"one gives a {one.returns}, the other a {other.returns}"
            if one.returns != other.returns
            else "other effects"
        )
    pairs = [(p, other.parameter(names.get(p.name, ""))) for p in one.parameters]
    if len(pairs) != len(other.parameters) or any(its is None for _, its in pairs):
        return "they take other parameters"
    hidden = unsaid(one), unsaid(other)
    for mine, its in pairs:
        reason = _differ(mine, its, names) if its is not None else ""
        if reason:
            return reason
        if (
            its is not None
            and (mine.name in hidden[0] or its.name in hidden[1])
            and not _same_hidden(mine, its, hidden)
        ):
            return f"{its.name} is said by no wording, and may be another value than {mine.name}"
    return ""


def demands(revision: Revision, names: Mapping[str, str] | None = None) -> dict[str, dict[str, str]]:
    """Parameter -> the columns its source names there, the parameters called as `names` says."""
    called = names or {}
    return {called.get(r.parameter, r.parameter): dict(r.columns) for r in revision.requires if r.columns}


def unsaid(revision: Revision) -> frozenset[str]:
    """The parameters that no wording mentions and that are no data; they keep the value they were compiled with."""
    said = {name for t in revision.templates for name in SLOT.findall(t.text)}
    return frozenset(p.name for p in revision.parameters if p.name not in said and p.type not in INPUTS)


def _differ(mine: Parameter, its: Parameter, names: Mapping[str, str]) -> str:
    if mine.type != its.type:
        return f"{mine.name} is {mine.type}, {its.name} is {its.type}"
    for key in _SAME:
        here, there = mine.domain.get(key), its.domain.get(key)
        if (names.get(here, here) if isinstance(here, str) else here) != there:
            return f"{mine.name} and {its.name} have another {key}"
    return "" if _legal(mine, its.example) else f"{its.name} = {its.example!r} is not legal for {mine.name}"


def _legal(parameter: Parameter, value: Any) -> bool:
    low, high = parameter.domain.get("min"), parameter.domain.get("max")
    if not isinstance(value, (int, float)):
        return True
    return (low is None or value >= low) and (high is None or value <= high)


def _same_hidden(mine: Parameter, its: Parameter, hidden: tuple[frozenset[str], frozenset[str]]) -> bool:
    both = mine.name in hidden[0] and its.name in hidden[1]
    return both and type(mine.example) is type(its.example) and bool(mine.example == its.example)
