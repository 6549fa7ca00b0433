"""Checking a sample of hits: the question is compiled afresh in the background, and both procedures must agree.

Nobody waits for it. A check has an executor of its own, spends what `recheck_usd` leaves of the day, publishes nothing
and leaves one event, a verdict or a failure; closing stops it at the next piece of the model's reply.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .asking import Asked
from .cache.catalogue import Catalogue
from .cache.labels import Label, tier_of
from .errors import SeglamError
from .making import Maker, task
from .procedure.ambient import repeated
from .procedure.results import same
from .running import Runner
from .settings import Seglam, sampling
from .store import payloads
from .store.notebooks import VSCODE
from .words import Answer, Decision, Revision, Usage

if TYPE_CHECKING:
    from .compiler.author import Compilation
    from .verify import Executor

WAITING = 8  # checks that may wait for their turn; a sample can do without the rest
_COPYABLE = frozenset({"python", "numpy", "polars", "pandas", "pyarrow"})  # a live connection belongs to its own thread


@dataclass(frozen=True, slots=True)
class Check:
    """A hit to be checked, with the inputs it had."""

    asked: Asked
    decision: Decision
    revision: Revision
    label: Label


class Unsettled(Exception):
    """A check that came to no verdict, and why."""


class Rechecker:
    """Checks hits in a thread that lives as long as there is something to check.

    Parameters
    ----------
    settings : the settings that hold when a hit is offered.
    spare : makes the executor of one check; the kernel's own never waits for it.
    """

    def __init__(
        self, settings: Callable[[], Seglam], catalogue: Catalogue, spare: Callable[[], Executor] | None = None
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._spare = spare or _child
        self._lock = threading.Lock()
        self._waiting: deque[Check] = deque(maxlen=WAITING)
        self._seen: set[tuple[str, str, str]] = set()
        self._thread: threading.Thread | None = None
        self._full: tuple[object, ...] = ()
        self._closed = threading.Event()

    def offer(self, asked: Asked, answer: Answer) -> None:
        """Check this hit if it is one of the sample; returns at once."""
        settings = self._settings()
        share = sampling(settings.recheck).share
        if not share or not settings.model or asked.question.options.reuse != "auto":
            return
        day, revision = today(), answer.revision
        key = (day, answer.question, revision.proc_id)
        tier = tier_of(answer.decision)
        if tier is None or not sampled(share, *key) or not _copyable(asked) or self._full == _limits(settings, day):
            return
        label = Label(tier, None, "recompile", answer.question, day=day)
        with self._lock:
            if key in self._seen:
                return
            self._seen.add(key)
            self._waiting.append(Check(_kept(asked), answer.decision, revision, label))
            self._work()

    def wait(self, seconds: float) -> bool:
        """Whether everything was checked within so many seconds."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Check nothing more; a check that is under way ends by itself."""
        self._closed.set()
        with self._lock:
            self._waiting.clear()

    def _work(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._worked, name="seglam-recheck", daemon=True)
            self._thread.start()

    def _worked(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._closed.is_set():
                    self._thread = None
                    return
                check = self._waiting.popleft()
            try:
                self._check(check)
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nobody is there to be told
                self._note(check, Usage(), f"{type(error).__name__}: {error}")

    # ---------------------------------------------------------------- one check

    def _check(self, check: Check) -> None:
        left = self._left(check.label.day)
        self._catalogue.follow()  # another kernel may just have checked it
        if left == 0 or self._catalogue.corrections.label(check.revision.name, check.label) is not None:
            return
        with closing(self._spare()) as executor:
            made = self._compiled(check, executor, left)
            if made is not None:
                self._compared(check, made, executor)

    def _compared(self, check: Check, made: Compilation, executor: Executor) -> None:
        try:
            right = self._agrees(check, made, executor)
        except (Unsettled, SeglamError) as error:
            self._note(check, made.usage, str(error))
            return
        self._note(check, made.usage)
        if not self._closed.is_set():
            self._catalogue.observe(check.revision, dataclasses.replace(check.label, right=right))

    def _left(self, day: str) -> float | None:
        """US dollars the checks of the day may still cost; 0 where there were enough of them, None is no limit."""
        from .store import View

        settings = self._settings()
        (done,) = View(self._catalogue.log).query("rechecks", day=day)
        most, limit = sampling(settings.recheck).per_day, settings.recheck_usd
        left = None if limit is None else max(0.0, limit - done["usd"])
        if left == 0 or (most is not None and done["checks"] >= most):
            self._full = _limits(settings, day)
            return 0.0
        return left

    def _compiled(self, check: Check, executor: Executor, left: float | None) -> Compilation | None:
        from .compiler.course import Course
        from .compiler.ledger import CompileFailed

        maker = Maker(self._settings, executor, self._catalogue)
        options = dataclasses.replace(check.asked.question.options, usd=left, procedure=None)
        unlisted = Course(listed=False)  # nobody waits for it, and nobody speaks to it
        order = maker.order(options, None, check.asked.variables)
        order = dataclasses.replace(order, usd=left, purpose="recheck", course=unlisted)
        try:
            return maker.author().compile(task(check.asked), order, self._stage)
        except CompileFailed as failed:
            self._note(check, failed.usage, str(failed.error))
            return None

    def _stage(self, _stage: str) -> None:
        if self._closed.is_set():
            raise KeyboardInterrupt

    def _agrees(self, check: Check, made: Compilation, executor: Executor) -> bool:
        """Whether both give the same, run on the same inputs; raises Unsettled where these changed meanwhile."""
        if made.revision.returns != check.revision.returns:
            raise Unsettled(f"one gives a {check.revision.returns}, the other a {made.revision.returns}")
        seconds = self._settings().run_timeout
        # nothing runs in the kernel, whose thread this is not
        runner = Runner(lambda: Seglam(trust="sandbox", run_timeout=seconds), executor, self._catalogue)
        space, at = check.asked.question.namespace, repeated(check.decision.bindings)
        before = runner.run(check.revision, check.decision.bindings, space).value
        fresh = runner.run(made.revision, made.bindings, space, at).value
        after = runner.run(check.revision, check.decision.bindings, space).value
        if not same(before, after):
            raise Unsettled("the inputs changed while it was checked")
        return alike(before, fresh, ordered=bool(check.revision.meaning.order))

    def _note(self, check: Check, usage: Usage, error: str = "") -> None:
        """The one event of a check."""
        if not self._closed.is_set():
            data = payloads.recheck(check.label.question, check.revision.label, usage, error)
            self._catalogue.record("failed" if error else "run", {**data, **check.asked.told})


def today() -> str:
    """The day, in UTC: kernels in several places count the same one."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def sampled(share: float, day: str, question: str, proc_id: str) -> bool:
    """Whether this question is in the day's sample; the same for every kernel.

    >>> sampled(1.0, "2026-01-01", "how many?", "ab"), sampled(0.0, "2026-01-01", "how many?", "ab")
    (True, False)
    """
    drawn = hashlib.sha256(f"{day}\0{question}\0{proc_id}".encode()).digest()
    return int.from_bytes(drawn[:6]) < share * 2**48


def alike(one: Any, other: Any, *, ordered: bool = True) -> bool:
    """Whether two results say the same: rounding, and what a column is called, make no difference.

    >>> alike(0.1 + 0.2, 0.3), alike([1, 2], [2, 1]), alike([1, 2], [2, 1], ordered=False)
    (True, False, True)
    """
    from .verify.plain import same as agree

    return same(one, other) or agree(_rows(one), _rows(other), ordered=ordered)


def _rows(value: Any) -> Any:
    """A frame as its rows, without the names of its columns; anything else as it is."""
    if isinstance(value, (str, int, float, list, dict, tuple)) or value is None:
        return value
    import narwhals.stable.v2 as nw

    native = nw.from_native(value, pass_through=True)
    native = native.collect() if isinstance(native, nw.LazyFrame) else native
    return native.rows() if isinstance(native, nw.DataFrame) else value


def _child() -> Executor:
    from .verify import ChildExecutor

    return ChildExecutor()


def _limits(settings: Seglam, day: str) -> tuple[object, ...]:
    return day, settings.recheck, settings.recheck_usd


def _copyable(asked: Asked) -> bool:
    return all(variable.library in _COPYABLE for variable in asked.variables.values())


def _kept(asked: Asked) -> Asked:
    """The question with its inputs alone: the names of the notebook may be other things by the time it is checked."""
    space = asked.question.namespace
    kept = {name: space[name] for name in (*asked.variables, VSCODE) if name in space}
    return dataclasses.replace(asked, question=dataclasses.replace(asked.question, namespace=kept, cell=None))
