"""The report: what was asked and what came back, as it is written and read again; its schema is `report.schema.json`.

Everything that differs between two runs with the same seed on a model that answers the same is under `times`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import SeglamError
from .plan import Mode
from .tasks import Variant

LARGEST = 256 * 2**20  # bytes of a report that is read
State = Literal["running", "complete", "budget", "stopped", "failing"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)


class About(_Part):
    """What was asked for; two runs of which this is the same are one."""

    model: str
    modes: list[Mode]
    positions: list[float]
    n: int
    repeat: int
    seed: int
    tasks: str = Field(description="digest of the tasks")
    wordings: str = Field(description="version of what is said to the model")


class Finding(_Part):
    """What a detector found."""

    name: str
    says: str
    figures: dict[str, float] = {}


class CallTimes(_Part):
    """Seconds: to the whole reply, to verify it, and from a stop to the closed connection."""

    answer: float
    verify: float = 0.0
    stop: float | None = None


class Call(_Part):
    """One request and what became of its reply; lengths are in tokens."""

    task: str
    repeat: int
    mode: Mode
    at: float | None = Field(None, description="share of the thinking after which it was interrupted")
    variant: Variant = "asked"
    level: int | None = Field(None, description="of the ladder: 3 continued, 2 and 1 with notes, 0 from the start")
    error: str = Field("", description="code of the first check that failed")
    verified: bool = False
    right: bool = Field(default=False, description="it passes the hidden tests")
    properties: int = 0
    thinking_before: int = 0
    thinking_after: int = 0
    answer: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    estimated: bool = False
    flags: list[Finding] = []
    did: str = Field("", description="what a scripted character did, as its server tells")
    times: CallTimes

    @property
    def place(self) -> tuple[str, float | None, str]:
        """Which step of its task it was."""
        return self.mode, self.at, self.variant

    def flagged(self, name: str) -> bool:
        """Whether a detector of this name has found something."""
        return any(flag.name == name for flag in self.flags)


class Whole(_Part):
    """The texts of a whole answer."""

    thinking: str
    answer: str


class Share(_Part):
    """How many of how many, and the 95 % interval of the share."""

    hits: int
    n: int
    share: float | None
    low: float
    high: float


class Difference(_Part):
    """How much larger a share is than another one, and the 95 % interval of that."""

    of: str
    at: float | None = None
    difference: float
    low: float
    high: float
    n: int
    n_other: int


class CellTimes(_Part):
    """Seconds to a verified procedure; None where none was verified."""

    p50: float | None = None
    p95: float | None = None


class Cell(_Part):
    """The figures of one mode at one position; `relative` to `full`, and for updates to `oracle`."""

    mode: Mode
    at: float | None = None
    right: Share
    relative: float | None
    thinking: float | None = Field(description="median tokens of thinking after the interrupt")
    answer: float | None = Field(description="median tokens of the answer")
    answer_ratio: float | None = Field(description="median answer, of that of full")
    leakage: Share
    panic: Share
    doubt: Share
    unnecessary: Share | None = Field(None, description="wrong after an update that changes nothing")
    tokens: float | None = Field(description="mean tokens of a request and its reply, and the thinking before it")
    usd: float | None
    against_full: float | None
    against_redo: float | None
    levels: dict[str, float]
    times: CellTimes


class Summary(_Part):
    """All figures."""

    cells: list[Cell] = []
    guidance: list[Difference] = Field(default=[], description="right after a guided update, less after a plain one")
    calls: int = 0
    usd: float | None = 0.0
    times: CellTimes = Field(default=CellTimes(), description="seconds from a stop to the closed connection")


class Times(_Part):
    """When it was written, in UTC, and how many seconds it has run."""

    made: str = ""
    seconds: float = 0.0


class Report(_Part):
    """A run of the bench."""

    schema_: Literal["seglam.bench.interrupts/1"] = Field(default="seglam.bench.interrupts/1", alias="schema")
    about: About
    state: State = "running"
    calls: list[Call] = []
    wholes: dict[str, Whole] = Field(default={}, description="whole answers to tasks that are not through")
    summary: Summary = Summary()
    times: Times = Times()


def schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    return Report.model_json_schema(by_alias=True)


def write(report: BaseModel, path: Path) -> None:
    """Write a report; whoever reads meanwhile, or a process that is killed, finds the old one or the new one whole.

    Raises
    ------
    SeglamError : E-BENCH-WRITE.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(dumped(report), encoding="utf-8")
        os.replace(beside, path)  # noqa: PTH105 - the same
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SeglamError("E-BENCH-WRITE", file=path, why=error.strerror or type(error).__name__) from None


def dumped(report: BaseModel) -> str:
    """A report as it is written."""
    return json.dumps(report.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> Report:
    """A report that was written before.

    Raises
    ------
    SeglamError : E-BENCH-REPORT where it is none, or one of another version.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise SeglamError("E-BENCH-REPORT", file=path, why="it is too large to be one")
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SeglamError("E-BENCH-REPORT", file=path, why=error.strerror or type(error).__name__) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:80] or "the whole"
        raise SeglamError("E-BENCH-REPORT", file=path, why=f"{where}: {first['msg'].lower()[:120]}") from None


def same_run(report: Report, about: About, path: Path) -> None:
    """Raise E-BENCH-OTHER where a report is of another run than the one that is to go on."""
    for name in type(about).model_fields:
        mine, theirs = getattr(about, name), getattr(report.about, name)
        if mine != theirs:
            raise SeglamError("E-BENCH-OTHER", file=path, what=name, theirs=theirs, ours=mine)
