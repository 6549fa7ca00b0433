"""The reuse benchmark in one process, for comparing ways to match; `reuse.py` takes the whole way and is what counts.

The gold procedures go through `reuse_reply.py` and the checks of a compile reply into a library. Hits are decided,
guarded and run by the parts a kernel uses; there is no server, no store, no verification and no sandbox. Only run it on
gold procedures whose code is trusted.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from reuse import Row, namespace, plain
from reuse_reply import reply as wrapped

from seglam_magics.asking import Asked, over_nothing, understood
from seglam_magics.cache import Library
from seglam_magics.cache.policy import Policy
from seglam_magics.compiler.checks import draft, under_name
from seglam_magics.compiler.reply import Reply
from seglam_magics.compiler.request import Task
from seglam_magics.errors import SeglamError
from seglam_magics.procedure import apply, load
from seglam_magics.procedure.binding import bind
from seglam_magics.procedure.domains import Domains
from seglam_magics.procedure.freeing import free_name
from seglam_magics.procedure.guards import misfit
from seglam_magics.procedure.results import same, suspicious
from seglam_magics.reasoner import MATCHED
from seglam_magics.words import Binding, Decision, Question, Revision, Values

Key = tuple[str, str, str]  # set, kind, and "noop" or "xlang" where it is one of these
EVERYTHING = Policy()


class Unchanged:
    """Look-ups in tables that do not change, each made once for all libraries."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._found: dict[tuple[str, ...], Mapping[str, Mapping[str, tuple[str, ...]]]] = {}
        self._ranges: dict[str, Mapping[str, tuple[float, float]]] = {}

    def find(self, variable: str, phrases: Sequence[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """As `Values.find`."""
        key = (variable, *phrases)
        if key not in self._found:
            self._found[key] = self._values.find(variable, phrases)
        return self._found[key]

    def ranges(self, variable: str) -> Mapping[str, tuple[float, float]]:
        """As `Values.ranges`."""
        if variable not in self._ranges:
            self._ranges[variable] = self._values.ranges(variable)
        return self._ranges[variable]


@dataclass(frozen=True, slots=True)
class Posed:
    """A question of the benchmark, read, and what looks words up in its table."""

    asked: Asked
    values: Values


@dataclass(frozen=True, slots=True)
class Bench:
    """Rows, stream, and the programs beside the data that tell which answer is right and what a model would reply.

    Attributes
    ----------
    scoring, replay : `bench_io.py` and `replay_server.py`.
    """

    rows: Mapping[str, Row]
    events: tuple[Row, ...]
    completions: Mapping[str, Any]
    scoring: ModuleType
    replay: ModuleType
    _posed: dict[str, Posed] = field(default_factory=dict)

    def posed(self, row: Row) -> Posed:
        """The row's question over the row's table, read once for all libraries.

        Raises
        ------
        SeglamError : it cannot be read.
        """
        if row["id"] not in self._posed:
            asked = understood(Question(row["prompt"], namespace(row)))
            values = Unchanged(Domains(asked.question.namespace, asked.variables))
            self._posed[row["id"]] = Posed(asked, values)
        return self._posed[row["id"]]

    def is_right(self, row: Row, value: Any) -> bool:
        """Whether a hit may answer `value`."""
        return bool(self.scoring.is_right(row, value))


def opened(data: Path) -> Bench:
    """The benchmark in the folder `data`; what belongs to it lies beside the folder."""
    sys.path.insert(0, str(data.parent))
    try:
        scoring, replay = importlib.import_module("bench_io"), importlib.import_module("replay_server")
    finally:
        sys.path.remove(str(data.parent))
    _, completions = replay.load(data)
    return Bench(scoring.read_all(data), tuple(scoring.read_rows(data, "stream")), completions, scoring, replay)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question: an answer as JSON data, or why there is none."""

    hit: bool
    value: Any = None
    reason: str = ""


class Quick:
    """A library that is filled and asked as a kernel does it.

    Parameters
    ----------
    policy : the tiers and guards in use.
    """

    def __init__(self, bench: Bench, policy: Policy = EVERYTHING) -> None:
        self.bench, self.policy = bench, policy
        self.library = Library(policy=policy)
        self._published = 0

    def ask(self, row: Row) -> Told:
        """The answer of a stored procedure; nothing is compiled, and a question that cannot be read is a miss."""
        try:
            posed = self.bench.posed(row)
        except SeglamError as error:
            return Told(hit=False, reason=error.says)
        asked, decision = posed.asked, self._decide(posed)
        if not decision.hit or decision.revision is None:
            return Told(hit=False, reason=decision.reason)
        try:
            value = _run(asked, decision.revision, decision.bindings)
            reason = self._doubt(asked, decision.revision, decision, value)
        except Exception as error:  # noqa: BLE001 - the code of a procedure may raise anything
            reason = f"{type(error).__name__}: {error}"
        if reason:
            return Told(hit=False, reason=reason)
        self.library.remember(asked.reading, None, decision)
        return Told(hit=True, value=plain(value))

    def compile(self, row: Row, completion: Mapping[str, Any]) -> bool:
        """Store a gold procedure as the answer to the row's question; whether the reply passed its checks."""
        try:
            asked = self.bench.posed(row).asked
            written = Reply.model_validate(wrapped(dict(completion), row))
            drafted = draft(written, Task(asked.question, asked.reading, asked.variables))
        except SeglamError:
            return False
        revision = self._put(drafted.revision)
        decision = Decision(hit=True, tier="exact", revision=revision, bindings=drafted.bindings)
        try:
            _run(asked, revision, drafted.bindings)
        except Exception:  # noqa: BLE001 - the same; it is stored, but this question was not answered
            return True
        self.library.remember(asked.reading, None, decision)
        return True

    def _put(self, revision: Revision) -> Revision:
        """Published under a name of its own; the one that is there where it is the very same."""
        head = self.library.head(revision.name)
        if head is not None and head.proc_id == revision.proc_id:
            return head
        if head is not None:
            revision = under_name(revision, free_name(revision.name, self.library.names()))
        self._published += 1
        revision = replace(revision, created=float(self._published))
        self.library.put(revision)
        return revision

    def _decide(self, posed: Posed) -> Decision:
        asked = posed.asked

        def fits(revision: Revision, bindings: Mapping[str, Binding]) -> str:
            return misfit(revision, bindings, asked.variables, asked.question.namespace)

        return self.library.decide(asked.reading, fits=fits, values=posed.values)

    def _doubt(self, asked: Asked, revision: Revision, decision: Decision, value: Any) -> str:
        """Why a hit is not served after all: rivals that disagree, an empty result."""
        for rival, bindings in decision.rivals if self.policy.rivals else ():
            if not same(value, _run(asked, rival, bindings)):
                return f"{rival.label} fits as well and gives another value"
        doubtful = self.policy.empty and decision.tier in MATCHED and suspicious(revision, value)
        return "the result is empty" if doubtful and not over_nothing(asked, decision) else ""


def _run(asked: Asked, revision: Revision, bindings: Mapping[str, Binding]) -> Any:
    bound = bind(revision, bindings, asked.question.namespace, native=True)
    return bound.give_back(apply(load(revision.source, revision.name), bound.arguments, revision.returns))


# ---------------------------------------------------------------- the two phases


def key_of(row: Row) -> Key:
    """The line of the report a row counts in.

    >>> key_of({"dataset": "gsm", "kind": "same", "subkind": "xlang"})
    ('gsm', 'same', 'xlang')
    """
    subkind = row.get("subkind")
    return row["dataset"], row["kind"], subkind if subkind in ("noop", "xlang") else ""


def seeded(bench: Bench, policy: Policy = EVERYTHING) -> Quick:
    """A library with every seed compiled."""
    quick = Quick(bench, policy)
    for row in bench.rows.values():
        if row["kind"] == "seed":
            quick.compile(row, row["completion"])
    return quick


def warm(quick: Quick) -> Iterator[tuple[Row, Told]]:
    """Every row that is no seed, asked without compiling."""
    for row in quick.bench.rows.values():
        if row["kind"] != "seed":
            yield row, quick.ask(row)


def stream(quick: Quick) -> Iterator[tuple[Row, Told]]:
    """The stream in its order; what misses is compiled."""
    bench = quick.bench
    for event in bench.events:
        row = bench.rows[event["id"]]
        answered = quick.ask(row)
        if not answered.hit:
            quick.compile(row, bench.replay.completion_of(row, bench.completions))
        yield row, answered


def tally(bench: Bench, answers: Iterable[tuple[Row, Told]]) -> dict[Key, Counter[str]]:
    """Rows, hits and right hits of each line."""
    counts: dict[Key, Counter[str]] = {}
    for row, answered in answers:
        line = counts.setdefault(key_of(row), Counter())
        right = answered.hit and bench.is_right(row, answered.value)
        line.update(rows=1, hits=int(answered.hit), right=int(right))
    return counts
