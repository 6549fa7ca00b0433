"""The vocabulary of seglam as frozen dataclasses.

Every room speaks these words (`DESIGN` section 3 in short: question, reading, slot, template, procedure, revision,
decision, run, verdict, trust, event). They hold plain data only, import nothing of ours and nothing heavy, so that
`%load_ext seglam` and a hit stay cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

SlotType = Literal[
    "int", "float", "str", "bool", "date", "column", "columns", "frame", "series", "list", "dict", "choice", "text"
]
Reuse = Literal["auto", "fresh", "cached", "frozen"]
Mode = str  # quick, careful, critic, or the name of a mode of one's own
Trust = Literal["draft", "failed", "verified", "trusted", "quarantined", "stale", "revoked"]
Tier = Literal["cell", "exact", "template", "grounded", "text", "confirmed", "forced"]


# ---------------------------------------------------------------- what is asked


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


# ---------------------------------------------------------------- what is in the notebook


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


# ---------------------------------------------------------------- procedures


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


# ---------------------------------------------------------------- deciding


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a question: `kind` is `word`, `number`, `mark` or `quoted`; [start, end) are its offsets."""

    text: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A stretch of the question that names a variable, or a column of a variable."""

    text: str
    variable: str
    column: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a question: its normalised text, tokens and references."""

    text: str
    tokens: tuple[Token, ...] = ()
    references: tuple[Reference, ...] = ()
    variables: Mapping[str, Variable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a slot is bound to.

    Attributes
    ----------
    value : the converted value, or the variable's name where `source` is `variable`.
    source : `text` (read from the question), `variable` (the value of a name), `implied` (the only frame there is),
        `given` (a keyword argument), `injected` (the clock or a seed, filled in for one call).
    shown : the words of the question it was read from.
    """

    slot: str
    value: Any
    source: str = "text"
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A revision that was looked at, and the token or guard that blocked it ("" for the one used).

    Attributes
    ----------
    offered : what its slots would be, where nothing but unknown words stands in the way; `template` is then the
        question as a wording of it.
    """

    revision: str
    proc_id: str
    template: str = ""
    blocked: str = ""
    offered: Mapping[str, Binding] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Hit or miss, how it was found, with what bindings, and what stood in the way of the others.

    Attributes
    ----------
    template : the wording that fitted.
    reason : why it is a miss, one phrase that names the blocking token or guard.
    rivals : other procedures that fit as well; if their values differ from the first one's, nothing is served.
    found : the tier that found a remembered hit for the first time.
    """

    hit: bool
    tier: Tier | None = None
    revision: Revision | None = None
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    template: str = ""
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    rivals: tuple[tuple[Revision, Mapping[str, Binding]], ...] = ()
    found: Tier | None = None


# ---------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used, over all its calls: tokens, money (None where the price is unknown) and seconds.

    `estimated` where a stream that was closed told nothing, and its tokens were counted from its text.
    """

    model: str = ""
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    seconds: float = 0.0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The value and the evidence for it.

    Attributes
    ----------
    value : in the user's own kind (a pandas frame in, a pandas frame out).
    slots : parameter -> the value it was bound to, plain or a variable's name.
    usage : of this question (all zero on a hit that no model confirmed); `saved` is what compiling the revision had
        cost, None on a miss.
    seconds : from question to answer; `run_seconds` of it in the procedure.
    where : `kernel` or `sandbox`.
    notes : sentences the user should read (degraded store, empty result ...).
    id : of the event that records it, `KERNEL.NUMBER`; "" where it could not be recorded.
    corrects : the revision that an update has replaced, where the update came when that was verified.
    """

    value: Any
    hit: bool
    revision: Revision
    decision: Decision
    slots: Mapping[str, Any] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    saved: Usage | None = None
    seconds: float = 0.0
    run_seconds: float = 0.0
    where: str = "sandbox"
    question: str = ""
    notes: tuple[str, ...] = ()
    id: str = ""
    corrects: Revision | None = None

    @property
    def procedure(self) -> str:
        """`name@N` of the revision that answered."""
        return self.revision.label


@dataclass(frozen=True, slots=True)
class Trace:
    """One decision as `%seglam why` shows it; `error` is its code where the question failed."""

    question: str
    reading: Reading
    decision: Decision
    answer: Answer | None = None
    error: str = ""
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a question would do: `decision`, and on a miss `payload`, the exact bytes, with their tokens and price."""

    decision: Decision
    payload: bytes = b""
    model: str = ""
    tokens: int = 0
    usd: float | None = None


# ---------------------------------------------------------------- the log


@dataclass(frozen=True, slots=True)
class Event:
    """One appended record.

    Attributes
    ----------
    kind : `revision hit miss run failed thinking retire restore pin unpin reject unreject alias unalias label clear
        merge unmerge import tag untag prune accept`.
    data : plain JSON data.
    kernel : id of the kernel that wrote it; (kernel, number) is unique.
    number : position in that kernel's segment, from 1.
    clock : Lamport clock; (clock, kernel, number) orders the events of all kernels, never the time of day.
    time : seconds since the epoch, for people.
    """

    kind: str
    data: Mapping[str, Any]
    kernel: str = ""
    number: int = 0
    clock: int = 0
    time: float = 0.0

    @property
    def id(self) -> str:
        """`KERNEL.NUMBER`, of this event alone."""
        return f"{self.kernel}.{self.number}"
