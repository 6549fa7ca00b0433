"""The tasks: a table, a question, what has to come out, and an update that changes it and one that does not.

A file of `tasks/` is one task. What is expected stands there as values that were computed by other means than the
reference procedure: each hidden test takes some rows of the first table, in an order of its own.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Variant = Literal["asked", "necessary", "unnecessary"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Claim(_Part):
    """A property of the reference procedure, as source."""

    name: str
    claim: str
    code: str


class Asked(_Part):
    """The reference procedure of the question."""

    code: str
    properties: list[Claim] = []


class Necessary(_Part):
    """An update that changes the answer, and the reference procedure after it."""

    text: str
    code: str


class Unnecessary(_Part):
    """An update that changes nothing."""

    text: str


class Hidden(_Part):
    """What comes out of these rows of the first table, for the question and after the necessary update."""

    rows: list[int]
    asked: Any
    necessary: Any

    def expected(self, variant: Variant) -> Any:
        """What is right for a variant of the question."""
        return self.necessary if variant == "necessary" else self.asked


class _File(_Part):
    kind: str
    question: str
    returns: str
    columns: list[str] = []
    tables: dict[str, Literal["list", "frame"]] = Field(min_length=1)
    asked: Asked
    necessary: Necessary
    unnecessary: Unnecessary
    hidden: list[Hidden] = Field(min_length=2)


@dataclass(frozen=True, slots=True, eq=False)
class BenchTask:
    """One task.

    Attributes
    ----------
    returns : kind of the reference procedure's result; `columns` of its rows, where it gives rows.
    slots : table -> type of the slot it fills in the reference procedure; hidden tests cut the first one.
    """

    name: str
    kind: str
    question: str
    returns: str
    columns: tuple[str, ...]
    slots: Mapping[str, str]
    asked: Asked
    necessary: Necessary
    unnecessary: Unnecessary
    hidden: tuple[Hidden, ...]

    def updates(self, variant: Variant) -> tuple[str, ...]:
        """What is added to the question."""
        return {"asked": (), "necessary": (self.necessary.text,), "unnecessary": (self.unnecessary.text,)}[variant]

    def code(self, variant: Variant) -> str:
        """The reference procedure."""
        return self.necessary.code if variant == "necessary" else self.asked.code

    def namespace(self, rows: list[int] | None = None) -> dict[str, Any]:
        """The tables as polars frames, the first one with these rows of it alone."""
        frames = {name: table(name) for name in self.slots}
        first = next(iter(self.slots))
        return frames if rows is None else {**frames, first: frames[first][rows]}


@cache
def table(name: str) -> Any:
    """A table as a polars frame.

    >>> table("projects").columns
    ['project', 'cost', 'value']
    """
    import polars as pl

    return pl.read_csv(_room().joinpath("tables", f"{name}.csv").read_bytes(), try_parse_dates=True)


@cache
def every() -> tuple[BenchTask, ...]:
    """All tasks, by name.

    >>> len(every()), every()[0].name
    (20, 'best_choice')
    """
    return tuple(_loaded(file.name.removesuffix(".toml"), file.read_text(encoding="utf-8")) for file in _files("tasks"))


def chosen(count: int, seed: int) -> list[BenchTask]:
    """So many of the tasks, in an order that the seed decides."""
    shuffled = list(every())
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, no secret
    return shuffled[:count]


@cache
def digest() -> str:
    """What tells one state of the tasks from another: reports of different states are not compared."""
    summed = hashlib.sha256()
    for file in (*_files("tasks"), *_files("tables")):
        summed.update(file.read_bytes())
    return summed.hexdigest()[:16]


def _loaded(name: str, text: str) -> BenchTask:
    file = _File.model_validate(tomllib.loads(text))
    return BenchTask(
        name=name,
        kind=file.kind,
        question=file.question,
        returns=file.returns,
        columns=tuple(file.columns),
        slots=file.tables,
        asked=file.asked,
        necessary=file.necessary,
        unnecessary=file.unnecessary,
        hidden=tuple(file.hidden),
    )


def _files(folder: str) -> Iterator[Traversable]:
    yield from sorted(_room().joinpath(folder).iterdir(), key=lambda file: file.name)


def _room() -> Traversable:
    return resources.files(__package__)
