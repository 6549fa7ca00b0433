"""What is asked, and what is in the notebook it is asked in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Reuse = Literal["auto", "fresh", "cached", "frozen"]
Mode = str  # quick, careful, critic, or the name of a mode of one's own


@dataclass(frozen=True, slots=True)
class Onward:
    """A run that is to go on, and what its model is asked to do.

    Attributes
    ----------
    run : id of the run.
    ask : `resume` to go on, `hurry` to think less, `answer` and `strict` to answer with what there is, `update` to take
        the updates.
    updates : texts and checks (an expression over `result`) that are added to the question.
    """

    run: str
    ask: Literal["resume", "hurry", "answer", "strict", "update"] = "resume"
    updates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """That the procedure of a question is to be written anew.

    Attributes
    ----------
    why : what its user says against it, "" for nothing.
    failed : what the question ended with when it was asked last, "" where it was answered.
    """

    why: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How one question is to be answered; the options of a `%%reason` cell.

    Attributes
    ----------
    procedure : force this procedure, `name` or `name@N`.
    model : compile with this model instead of the configured one.
    reuse : `auto` hit else compile; `fresh` compile anew; `cached` hit else error; `frozen` what the lock
        beside the notebook says, without one as `cached`.
    mode : how much the model is asked for: wording, properties and repair rounds.
    seconds, tokens, usd : budget of this question; None is the configured one.
    onward : a stopped run that is to go on where the question is a miss.
    tag : of the question, for the table of routes; it chooses a model and belongs to no key.
    ask : whether somebody is there who can say what the question leaves open; else defaults are taken.
    again : write the procedure that answers it anew.
    """

    procedure: str | None = None
    model: str | None = None
    reuse: Reuse = "auto"
    mode: Mode = "careful"
    seconds: float | None = None
    tokens: int | None = None
    usd: float | None = None
    onward: Onward | None = None
    tag: str | None = None
    ask: bool = False
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Text of a `%%reason` cell and the names it may use.

    Attributes
    ----------
    text : the question as it was typed.
    namespace : name -> value of everything the question may refer to.
    only : names given with `-u`; None allows every name found in the text.
    cell : id of the notebook cell, for the inline cache; None outside of a notebook.
    """

    text: str
    namespace: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] | None = None
    cell: str | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a frame: its name and the class of its dtype (`int float str bool date datetime other`)."""

    name: str
    dtype: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A name a question may refer to, described without any of its values.

    Attributes
    ----------
    kind : slot type a value of this kind fills: `frame series list dict int float str bool date`.
    library : what made it (`pandas`, `polars`, `duckdb`, `pyarrow`, `python` ...).
    rows : number of rows or items, None where counting would run a query.
    columns : of a frame, in its own order.
    """

    name: str
    kind: str
    library: str = "python"
    rows: int | None = None
    columns: tuple[Column, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of exactly this name, or None."""
        return next((c for c in self.columns if c.name == name), None)


class Values(Protocol):
    """Looks words of a question up in the columns of a variable; the reader sees no cell it did not ask for."""

    def find(self, variable: str, phrases: Sequence[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Phrase -> column -> the distinct cells spelled so, at most eight; phrases are keys made by `cell_key`."""
        ...

    def ranges(self, variable: str) -> Mapping[str, tuple[float, float]]:
        """Numeric column -> its smallest and its greatest value."""
        ...
