"""The texts of an export: templates with `$names` and sentences, all of them files in `data`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from string import Template
from typing import Any


@cache
def template(name: str) -> str:
    """A file of `data`, as it is."""
    return resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8")


def filled(name: str, /, **facts: str) -> str:
    """A template with its names filled in.

    Raises
    ------
    KeyError : a name is missing.

    >>> filled("frames.md.txt").strip()[:29]
    'A parameter that takes a fram'
    """
    return Template(template(name)).substitute(facts)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads(template("sentences.toml"))


def tell(key: str, /, **facts: Any) -> str:
    """The sentence `section.name`, filled.

    >>> tell("left_out.state", procedure="total@1", state="revoked")
    'total@1 is revoked and is left out'
    """
    section, name = key.split(".")
    return _sentences()[section][name].format_map(facts)


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "answer"), counted(3, "answer")
    ('1 answer', '3 answers')
    """
    return tell(f"count.{what}") if number == 1 else tell(f"count.{what}s", count=f"{number:,}")


def carried(module: str, room: str = "exporting") -> str:
    """The source of a module of ours that is carried along as it is."""
    return resources.files("seglam_magics").joinpath(room, f"{module}.py").read_text(encoding="utf-8")
