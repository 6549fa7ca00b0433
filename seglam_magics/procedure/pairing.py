"""Whether two revisions of one form take the same: parameters of like types and compatible domains; their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..question.items import INPUTS
from ..question.wording import SLOT
from ..words import Parameter, Revision

# A slot of a wording, or a doubled brace, which stands for itself.
PIECE = re.compile(r"\{\{|\}\}|" + SLOT.pattern)
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
    if one.returns != other.returns:
        return f"one gives a {one.returns}, the other a {other.returns}"
    if set(one.effects) != set(other.effects):
        return "other effects"
    pairs = [(mine, its) for mine in one.parameters if (its := other.parameter(names.get(mine.name, "")))]
    if not len(pairs) == len(one.parameters) == len(other.parameters):
        return "they take other parameters"
    reasons = [_differ(mine, its, names) for mine, its in pairs]
    reasons += [_hidden(mine, its, (unsaid(one), unsaid(other))) for mine, its in pairs]
    return next(filter(None, reasons), "")


def called(text: str, names: Mapping[str, str]) -> str:
    """A wording with its slots called otherwise; doubled braces stand for themselves.

    >>> called("the {n} largest of {{n}} and {k}", {"n": "k", "k": "n"})
    'the {k} largest of {{n}} and {n}'
    """
    return PIECE.sub(lambda m: f"{{{names.get(m[1], m[1])}}}" if m[1] else m[0], text)


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


def _hidden(mine: Parameter, its: Parameter, hidden: tuple[frozenset[str], frozenset[str]]) -> str:
    """Why a parameter that no wording says may be another value in the other one."""
    here, there = mine.name in hidden[0], its.name in hidden[1]
    same = type(mine.example) is type(its.example) and mine.example == its.example
    if (here or there) and not (here and there and same):
        return f"{its.name} is said by no wording, and may be another value than {mine.name}"
    return ""
