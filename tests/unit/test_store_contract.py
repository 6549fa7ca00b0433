"""The contract of `Log`: one state machine, run on every backend. A further backend has to pass it too."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from seglam_magics.errors import SeglamError
from seglam_magics.store import FolderLog, Log, MemoryLog, compact
from seglam_magics.words import Event

ACTIVITY = ["hit", "miss", "run", "failed"]
KINDS = [*ACTIVITY, "retire", "restore", "pin", "unpin", "reject", "unreject", "something"]
NAMES = ["mean", "total", "größe"]

# Everything JSON can say, lone surrogates and integers of any size included.
TEXT = st.text(st.characters(), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DATA = st.dictionaries(TEXT, PLAIN, max_size=3)


def order(event: Event) -> tuple[int, str, int]:
    return event.clock, event.kernel, event.number


class Memory:
    """Kernels that share a memory."""

    def __init__(self) -> None:
        self.first = MemoryLog()

    def kernel(self) -> Log:
        return MemoryLog(self.first)

    def tear(self, log: Log) -> None:
        """Memory has no half lines."""

    def die(self, log: Log, _torn: int) -> None:
        """A kernel that shares a memory does not die of it."""
        log.close()

    def tidy(self) -> None:
        """Memory needs no compaction."""

    def end(self) -> None:
        self.first.close()


class Folder:
    """Kernels that share a folder; `tear` leaves what a write cut short by a kill leaves."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())

    def kernel(self) -> Log:
        return FolderLog(self.folder / "store")

    def tear(self, log: Log) -> None:
        for path in self.folder.glob(f"store/segments/{log.kernel}*.jsonl"):
            with path.open("ab") as segment:
                segment.write(b'{"kind":"revision","kernel":"')

    def die(self, log: Log, torn: int) -> None:
        """Abandon the log as a killed process does: nothing is flushed or told, the system closes its files.

        Of the line that was under way so many bytes are there, as after a write that was longer and was cut.
        """
        assert isinstance(log, FolderLog)
        writer = log._writer
        if writer._handle is not None:
            written = os.fstat(writer._handle).st_size
            os.write(writer._handle, b'{"kind":"hit","kernel":"' * 40)
            os.ftruncate(writer._handle, written + torn)
            os.close(writer._handle)
            writer._handle = None

    def tidy(self) -> None:
        """Move what ended kernels wrote."""
        assert compact(self.folder / "store") is not None

    def end(self) -> None:
        shutil.rmtree(self.folder)


class Contract(RuleBasedStateMachine):
    """Several kernels append, publish, follow, crash and come back; a list of what was acknowledged is the model."""

    backend: ClassVar[type[Memory | Folder]]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.backend()
        self.recorded: list[Event] = []
        self.logs: list[Log] = []
        self.unseen: dict[str, list[Event] | None] = {}  # None: neither tail nor snapshot was called yet
        self.seen_clock: dict[str, int] = {}
        self.open()

    def teardown(self) -> None:
        for log in self.logs:
            log.close()
        self.store.end()

    def pick(self, which: int) -> Log:
        return self.logs[which % len(self.logs)]

    def record(self, log: Log, event: Event, kind: str, data: dict[str, Any]) -> None:
        assert (event.kind, event.data, event.kernel) == (kind, data, log.kernel)
        assert event.number == 1 + sum(e.kernel == log.kernel for e in self.recorded)
        assert event.clock > self.seen_clock[log.kernel], "an event comes after all that its kernel knew"
        self.seen_clock[log.kernel] = event.clock
        self.recorded.append(event)
        for other in self.logs:
            waiting = self.unseen[other.kernel]
            if other is not log and waiting is not None:
                waiting.append(event)

    def met(self, log: Log, events: list[Event]) -> None:
        self.seen_clock[log.kernel] = max([self.seen_clock[log.kernel], *(event.clock for event in events)])

    @precondition(lambda self: len(self.logs) < 4)
    @rule()
    def open(self) -> None:
        log = self.store.kernel()
        self.logs.append(log)
        self.unseen[log.kernel], self.seen_clock[log.kernel] = None, 0

    @rule(which=st.integers(0, 9), kind=st.sampled_from(KINDS), data=DATA, durable=st.booleans())
    def append(self, which: int, kind: str, data: dict[str, Any], durable: bool) -> None:
        log = self.pick(which)
        self.record(log, log.append(kind, data, durable=durable), kind, data)

    @rule(which=st.integers(0, 9), name=st.sampled_from(NAMES), behind=st.integers(-1, 2), more=DATA)
    def put(self, which: int, name: str, behind: int, more: dict[str, Any]) -> None:
        log = self.pick(which)
        mine = (e for e in self.recorded if e.kind == "revision" and e.data["name"] == name)
        head = max((e.data["number"] for e in mine), default=0)
        expect = max(0, head - behind)
        data = {**more, "name": name, "number": expect + 1}
        if expect >= head:
            self.record(log, log.put(name, expect, data), "revision", data)
            return
        with pytest.raises(SeglamError) as caught:
            log.put(name, expect, data)
        assert caught.value.code == "E-STORE-CONFLICT"
        assert name in caught.value.says

    @rule(which=st.integers(0, 9))
    def tail(self, which: int) -> None:
        log = self.pick(which)
        waiting = self.unseen[log.kernel]
        expected = self.recorded if waiting is None else waiting
        events = log.tail()
        assert events == sorted((event for event in expected if event.kernel != log.kernel), key=order)
        self.unseen[log.kernel] = []
        self.met(log, events)

    @rule(which=st.integers(0, 9))
    def snapshot(self, which: int) -> None:
        log = self.pick(which)
        events = log.snapshot()
        assert events == sorted((event for event in self.recorded if event.kind not in ACTIVITY), key=order)
        if self.unseen[log.kernel] is None:
            self.unseen[log.kernel] = []
        self.met(log, events)

    @rule(which=st.integers(0, 9))
    def write_cut_short(self, which: int) -> None:
        self.store.tear(self.pick(which))

    @precondition(lambda self: len(self.logs) > 1)
    @rule(which=st.integers(0, 9), crash=st.booleans())
    def leave(self, which: int, crash: bool) -> None:
        log = self.pick(which)
        self.logs.remove(log)
        if crash:
            self.store.tear(log)
        log.close()
        log.close()
        assert log.tail() == []

    @precondition(lambda self: len(self.logs) > 1)
    @rule(which=st.integers(0, 9), torn=st.integers(0, 900))
    def killed(self, which: int, torn: int) -> None:
        log = self.pick(which)
        self.logs.remove(log)
        self.store.die(log, torn)

    @rule()
    def compaction(self) -> None:
        self.store.tidy()

    @rule(which=st.integers(0, 9), data=st.sampled_from([{"x": float("nan")}, {"x": {1, 2}}, {"x": b""}]))
    def refuse_what_is_not_plain(self, which: int, data: dict[str, Any]) -> None:
        with pytest.raises((TypeError, ValueError)):
            self.pick(which).append("hit", data)
        with pytest.raises(ValueError, match="kind"):
            self.pick(which).append("not a kind", {})

    @invariant()
    def identities_are_unique(self) -> None:
        counted = Counter((event.kernel, event.number) for event in self.recorded)
        assert all(count == 1 for count in counted.values())

    @invariant()
    def nothing_is_damaged(self) -> None:
        assert all(log.damage == [] for log in self.logs)


@pytest.mark.parametrize("backend", [Memory, Folder])
def test_every_backend_keeps_the_contract(backend: type[Memory | Folder]) -> None:
    machine = type(f"{backend.__name__}Contract", (Contract,), {"backend": backend})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("SEGLAM_CONTRACT_EXAMPLES", "40")),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_same_kernel_never_gets_its_own_events_back() -> None:
    log = MemoryLog()
    log.append("hit", {})
    assert log.tail() == []
    assert MemoryLog(log).tail()[0].kernel == log.kernel
