"""Modes: how much is asked of a model. Each is one file of `prompts/modes`; own ones are tables of the settings.

A mode says what is added to the request, how many properties and repairs there are, how much the model should think
and whether a critic looks at what came. It is no part of a question's key: what a `quick` compile made answers a
`careful` question.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import SeglamError, closest

USUAL = "careful"
_FORM = "a mode has the keys says, words, properties, effort (low, medium, high), rounds (0 to 5) and critic"


class Manner(BaseModel):
    """What a mode asks for.

    Attributes
    ----------
    says : one line about it, for people.
    words : added to the request; "" adds nothing.
    properties : how many, in words, as "3 to 5".
    effort : how much the model should think; "" leaves that to the model.
    rounds : repairs after a first reply that failed its checks.
    critic : whether a critic looks for inputs on which the code is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    says: str = Field("", max_length=200)
    words: str = Field("", max_length=4_000)
    properties: str = Field(min_length=1, max_length=40)
    effort: Literal["", "low", "medium", "high"] = ""
    rounds: int = Field(ge=0, le=5)
    critic: bool = False


@cache
def shipped() -> dict[str, Manner]:
    """The modes that ship with seglam, by name.

    >>> sorted(shipped()), shipped()["quick"].rounds
    (['careful', 'critic', 'quick'], 1)
    """
    found = (file for file in resources.files(__package__).joinpath("prompts", "modes").iterdir())
    named = {file.name.removesuffix(".toml"): file for file in found if file.name.endswith(".toml")}
    return {n: Manner(name=n, **tomllib.loads(file.read_text(encoding="utf-8"))) for n, file in named.items()}


def usual() -> Manner:
    """The mode that holds where nothing is said."""
    return shipped()[USUAL]


def manner(name: str, own: Mapping[str, Any] | None = None) -> Manner:
    """The mode called `name`: one that ships with seglam, else one of `own`, whose missing keys are those of `careful`.

    Raises
    ------
    SeglamError : E-MODE where there is none, or where its table is not one of a mode.

    >>> manner("brief", {"brief": {"properties": "1"}}).rounds == usual().rounds
    True
    """
    own = own or {}
    if name in shipped():
        if name in own:
            raise SeglamError("E-MODE", name=name, why="that mode ships with seglam", advice="give yours another name")
        return shipped()[name]
    if name not in own:
        near = closest(name, [*shipped(), *own])
        told = f"did you mean {near}?" if near else f"there are {', '.join([*shipped(), *own])}"
        raise SeglamError("E-MODE", name=name, why="there is none of this name", advice=told)
    if not isinstance(own[name], Mapping):
        raise SeglamError("E-MODE", name=name, why="it is no table", advice=_FORM)
    try:
        return Manner(**{**usual().model_dump(exclude={"says"}), **own[name], "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:60]
        raise SeglamError("E-MODE", name=name, why=f"{where}: {first['msg'].lower()}", advice=_FORM) from None
