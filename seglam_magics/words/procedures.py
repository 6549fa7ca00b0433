"""Procedures and their revisions: what they take, say, mean and promise, and what making them used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SlotType = Literal[
    "int", "float", "str", "bool", "date", "column", "columns", "frame", "series", "list", "dict", "choice", "text"
]
Trust = Literal["draft", "failed", "verified", "trusted", "quarantined", "stale", "revoked"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used, over all its calls: tokens, money (None where the price is unknown) and seconds.

    `estimated` where a stream that was closed told nothing, and its tokens were counted from its text. `tokens_cached`
    are those of `tokens_in` that the provider says it had in its cache of prompts; they cost less.
    """

    model: str = ""
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    seconds: float = 0.0
    estimated: bool = False
    tokens_cached: int = 0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed hole of a procedure.

    Attributes
    ----------
    domain : what values are legal, any of the keys `min`, `max` (numbers), `values` (list, for `choice`),
        `dtype` (`number`, `str`, `date`, `bool`: of the column a `column` slot may name), `column` (a `str` slot holds
        a value of this column), `items` (slot type of the items of a `list`).
    example : the value of the question it was compiled for; for a frame, series, list or dict the variable's name.
    """

    name: str
    type: SlotType
    description: str = ""
    domain: Mapping[str, Any] = field(default_factory=dict)
    example: Any = None


@dataclass(frozen=True, slots=True)
class Template:
    """A wording with `{slots}`, in one language."""

    text: str
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class Example:
    """Arguments and the result they must give, plain data; a frame is `{column: [values]}`."""

    arguments: Mapping[str, Any]
    result: Any


@dataclass(frozen=True, slots=True)
class Property:
    """A claim that must hold for all arguments.

    `code` is one function `def NAME(run, *, <parameters>)` that asserts; `run(**arguments)` calls the procedure on
    plain data (a frame is a list of row dictionaries, as argument and as result).
    """

    name: str
    claim: str
    code: str


UNORDERED = ("unordered", "any", "none", "no order")  # what a meaning says where the order of rows is left open


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a procedure computes, as its author declares it."""

    aggregate: str = ""
    target: str = ""
    conditions: tuple[str, ...] = ()
    grouping: tuple[str, ...] = ()
    order: str = ""

    @property
    def ordered(self) -> bool:
        """Whether the order of the rows says something; "unordered" says that it does not."""
        return self.order.strip().casefold() not in ("", *UNORDERED)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an input must look like for a procedure: columns (name -> dtype class) of one frame parameter."""

    parameter: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a verdict: its name (`lint`, `example 1`, `property …`), whether it held, on how many cases."""

    name: str
    ok: bool
    cases: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of verification with its evidence. `tier` names the isolation it was found in (`S1` limits only)."""

    ok: bool
    checks: tuple[Check, ...] = ()
    tier: str = "S1"
    seconds: float = 0.0

    @property
    def properties(self) -> int:
        """Number of property checks that held."""
        return sum(c.ok for c in self.checks if c.name.startswith("property "))

    @property
    def cases(self) -> int:
        """Generated cases over all properties."""
        return sum(c.cases for c in self.checks if c.name.startswith("property "))

    @property
    def failure(self) -> Check | None:
        """The first check that failed."""
        return next((c for c in self.checks if not c.ok), None)


@dataclass(frozen=True, slots=True)
class Revision:
    """An immutable version of a procedure.

    Attributes
    ----------
    proc_id : SHA-256 of its canonical form; the identity that is trusted, pinned and rejected.
    source : Python source of one top-level function called `name` taking the parameters by keyword.
    returns : `frame`, `list`, `dict`, `number`, `str`, `bool` or `date`.
    requires : columns the source names by itself, checked before every run.
    parent : proc_id of the revision it was edited from.
    author : `model` or `human`.
    question : text it was compiled for.
    mode : how much its model was asked for, "" where nobody knows.
    provenance : of the run it came of: run, rev, level, events, budget, detectors, and `interrupted` where anything was
        said to it; plain data.
    """

    name: str
    number: int
    proc_id: str
    source: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    templates: tuple[Template, ...] = ()
    returns: str = "number"
    meaning: Meaning = field(default_factory=Meaning)
    requires: tuple[Requirement, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignorable: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    properties: tuple[Property, ...] = ()
    effects: tuple[str, ...] = ()
    verdict: Verdict | None = None
    parent: str | None = None
    author: str = "model"
    model: str = ""
    question: str = ""
    created: float = 0.0
    usage: Usage | None = None
    mode: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`name@N`."""
        return f"{self.name}@{self.number}"

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name, or None."""
        return next((p for p in self.parameters if p.name == name), None)
